//! Schedules as SQL.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::store::ScheduleRow;

/// Puts a schedule in the place of the one of its name.
pub(super) fn put(connection: &Connection, row: &ScheduleRow) -> rusqlite::Result<()> {
    let ScheduleRow { name, workflow, input, rule, paused, next, last } = row;
    connection
        .prepare_cached("INSERT OR REPLACE INTO schedule VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![name, workflow, input, rule, paused, next, last])?;
    Ok(())
}

/// Changes a schedule that is still what it was. Says whether it is.
pub(super) fn swap(connection: &Connection, was: &ScheduleRow, row: Option<&ScheduleRow>) -> rusqlite::Result<bool> {
    if one(connection, &was.name)?.as_ref() != Some(was) {
        return Ok(false);
    }
    match row {
        Some(row) => put(connection, row)?,
        None => {
            connection.prepare_cached("DELETE FROM schedule WHERE name = ?1")?.execute([&was.name])?;
        }
    }
    Ok(true)
}

/// All schedules, by name.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<ScheduleRow>> {
    connection
        .prepare_cached("SELECT name, workflow, input, rule, paused, next, last FROM schedule ORDER BY name")?
        .query_map([], schedule)?
        .collect()
}

fn one(connection: &Connection, name: &str) -> rusqlite::Result<Option<ScheduleRow>> {
    connection
        .prepare_cached("SELECT name, workflow, input, rule, paused, next, last FROM schedule WHERE name = ?1")?
        .query_row([name], schedule)
        .optional()
}

fn schedule(row: &Row<'_>) -> rusqlite::Result<ScheduleRow> {
    Ok(ScheduleRow {
        name: row.get(0)?,
        workflow: row.get(1)?,
        input: row.get(2)?,
        rule: row.get(3)?,
        paused: row.get(4)?,
        next: row.get(5)?,
        last: row.get(6)?,
    })
}
