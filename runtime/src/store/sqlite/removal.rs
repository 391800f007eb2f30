//! Removal as SQL. An execution is moved to `removed` at once; its journal goes in pieces of [`PIECE`] rows, found by `journal_run`, and what that frees
//! is given back to the file system in pieces of [`PAGES`].

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::{ExecutionId, Removable};

/// Rows that one sweep removes: some milliseconds.
const PIECE: i64 = 1_000;
/// Pages that one sweep gives back.
const PAGES: i64 = 256;
/// The file keeps one free page in so many, to grow into.
const KEPT: i64 = 10;

/// The executions that may be removed. The newest stays, so that no number is given twice; so does whatever an open execution has started.
pub(super) fn removable(connection: &Connection, which: &Removable) -> rusqlite::Result<Vec<ExecutionId>> {
    connection
        .prepare_cached(
            "SELECT e.id FROM execution AS e
             WHERE e.id > ?1 AND e.id < (SELECT max(id) FROM execution) AND e.closed_at < ?2 AND (?3 IS NULL OR e.workflow = ?3)
               AND NOT EXISTS (SELECT 1 FROM execution AS p WHERE p.id = e.parent AND p.closed_at IS NULL)
             ORDER BY e.id LIMIT ?4",
        )?
        .query_map(
            params![which.after.0, which.closed_before, which.workflow, i64::try_from(which.limit).unwrap_or(i64::MAX)],
            |row| Ok(ExecutionId(row.get(0)?)),
        )?
        .collect()
}

/// Takes executions out of sight, those that may be removed still. Says how many.
pub(super) fn remove(connection: &Connection, ids: &[ExecutionId]) -> rusqlite::Result<usize> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM execution
         WHERE id = ?1 AND id < (SELECT max(id) FROM execution) AND closed_at IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM execution AS p WHERE p.id = execution.parent AND p.closed_at IS NULL)",
    )?;
    let mut note = connection.prepare_cached("INSERT INTO removed VALUES (?1)")?;
    let mut tokens = connection.prepare_cached("DELETE FROM token WHERE execution = ?1")?;
    let mut messages = connection.prepare_cached("DELETE FROM inbox WHERE execution = ?1")?;
    let mut removed = 0;
    for id in ids {
        if delete.execute([id.0])? == 0 {
            continue;
        }
        note.execute([id.0])?;
        tokens.execute([id.0])?;
        messages.execute([id.0])?;
        removed += 1;
    }
    Ok(removed)
}

/// Removes one piece of what is left of removed executions, all of whose rows are indexed. Says whether there is more.
pub(super) fn sweep(connection: &Connection) -> rusqlite::Result<bool> {
    let mut left = PIECE;
    while left > 0 {
        let next = connection
            .prepare_cached("SELECT execution FROM removed ORDER BY execution LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let Some(id) = next else { return shrink(connection) };
        match sweep_run(connection, id, left)? {
            Some(rows) => left -= rows,
            None => {
                connection.prepare_cached("DELETE FROM removed WHERE execution = ?1")?.execute([id])?;
            }
        }
    }
    Ok(true)
}

/// Removes the first rows of an execution's first run, at most `limit`. Says how many numbers that were; none where no run is left.
fn sweep_run(connection: &Connection, id: i64, limit: i64) -> rusqlite::Result<Option<i64>> {
    let run = connection
        .prepare_cached("SELECT first, last FROM journal_run WHERE execution = ?1 ORDER BY first LIMIT 1")?
        .query_row([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let Some((first, last)) = run else { return Ok(None) };
    let end = last.min(first + limit - 1);
    connection
        .prepare_cached("DELETE FROM journal WHERE id BETWEEN ?1 AND ?2 AND execution = ?3")?
        .execute([first, end, id])?;
    connection.prepare_cached("DELETE FROM journal_run WHERE execution = ?1 AND first = ?2")?.execute([id, first])?;
    if end < last {
        connection.prepare_cached("INSERT INTO journal_run VALUES (?1, ?2, ?3)")?.execute([id, end + 1, last])?;
    }
    Ok(Some(end - first + 1))
}

/// Gives free pages back to the file system, where there are many. Says whether there are more.
fn shrink(connection: &Connection) -> rusqlite::Result<bool> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let spare = number("freelist_count")? - number("page_count")? / KEPT;
    // A file that was not made so cannot shrink in place.
    if spare <= 0 || number("auto_vacuum")? != 2 {
        return Ok(false);
    }
    let pages = spare.min(PAGES);
    // Each step gives one page back.
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = vacuum.query([])?;
    while rows.next()?.is_some() {}
    Ok(spare > pages)
}
