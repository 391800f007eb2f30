//! Reading: rows of the file as the types of the store.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, types::ValueRef};

use super::{error::contradiction, packed};
use crate::store::{Checked, ExecutionId, ExecutionRow, JournalRow, Link, ListFilter, Parent, RunningOn, Status, Wake};

/// `wake` of an execution that has work under way.
pub(super) const ACTIVE: i64 = -1;

pub(super) fn wake_to_sql(wake: Wake) -> Option<i64> {
    match wake {
        Wake::Active => Some(ACTIVE),
        Wake::At(time) => Some(time.max(0)),
        Wake::External => None,
    }
}

pub(super) fn wake_from_sql(wake: Option<i64>) -> Wake {
    match wake {
        None => Wake::External,
        Some(ACTIVE) => Wake::Active,
        Some(time) => Wake::At(time),
    }
}

pub(super) fn link_to_sql(link: Link) -> Option<i64> {
    match link {
        Link::Detached => None,
        Link::Awaited | Link::Released | Link::Continues => Some(link as i64),
    }
}

fn link_from_sql(number: Option<i64>) -> rusqlite::Result<Link> {
    match number {
        None => Ok(Link::Detached),
        Some(1) => Ok(Link::Awaited),
        Some(2) => Ok(Link::Released),
        Some(3) => Ok(Link::Continues),
        Some(number) => Err(contradiction(format!("a child has {number} for `awaited`, which does not exist"))),
    }
}

fn status_from_sql(number: i64) -> rusqlite::Result<Status> {
    Status::ALL
        .into_iter()
        .find(|status| *status as i64 == number)
        .ok_or_else(|| contradiction(format!("an execution has the status {number}, which does not exist")))
}

macro_rules! select_execution {
    ($where:literal) => {
        concat!(
            "SELECT e.id, e.workflow, e.name, m.fingerprint, e.status, e.input, e.output, e.error, e.cause, e.nonce, e.started_at,
                    e.closed_at, e.wake, e.parent, e.parent_scope, e.parent_ordinal, e.origin, e.awaited, e.version,
                    e.packed_input, e.packed_output
             FROM execution AS e JOIN machine AS m ON m.id = e.machine ",
            $where
        )
    };
}

macro_rules! select_journal {
    ($from:literal) => {
        concat!(
            "SELECT j.scope, j.ordinal, j.event, j.at, j.state, j.visits, j.name, j.number, j.payload, j.id, j.execution FROM ",
            $from
        )
    };
}

fn execution_row(row: &Row<'_>) -> rusqlite::Result<ExecutionRow> {
    let parent = match row.get(13)? {
        None => None,
        Some(id) => Some(Parent {
            execution: ExecutionId(id),
            scope: row.get(14)?,
            ordinal: row.get(15)?,
            link: link_from_sql(row.get(17)?)?,
        }),
    };
    let origin = row.get_ref(16)?.as_str_or_null()?.map(serde_json::from_str).transpose();
    let origin =
        origin.map_err(|error| contradiction(format!("what an execution was forked from cannot be read: {error}")))?;
    Ok(ExecutionRow {
        id: ExecutionId(row.get(0)?),
        workflow: row.get(1)?,
        version: row.get::<_, Option<u32>>(18)?.unwrap_or(1),
        name: row.get(2)?,
        machine: row.get(3)?,
        status: status_from_sql(row.get(4)?)?,
        input: packed::read(row.get_ref(5)?, row.get_ref(19)?)?.unwrap_or_default(),
        output: packed::read(row.get_ref(6)?, row.get_ref(20)?)?,
        error: row.get(7)?,
        cause: row.get(8)?,
        nonce: row.get(9)?,
        started_at: row.get(10)?,
        closed_at: row.get(11)?,
        wake: wake_from_sql(row.get(12)?),
        parent,
        origin,
    })
}

pub(super) fn by_id(connection: &Connection, id: ExecutionId) -> rusqlite::Result<Option<ExecutionRow>> {
    connection.prepare_cached(select_execution!("WHERE e.id = ?1"))?.query_row([id.0], execution_row).optional()
}

pub(super) fn by_name(connection: &Connection, workflow: &str, name: &str) -> rusqlite::Result<Option<ExecutionRow>> {
    connection
        .prepare_cached(select_execution!("WHERE e.workflow = ?1 AND e.name = ?2"))?
        .query_row([workflow, name], execution_row)
        .optional()
}

pub(super) fn machine(connection: &Connection, fingerprint: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT json FROM machine WHERE fingerprint = ?1")?
        .query_row([fingerprint], |row| row.get(0))
        .optional()
}

pub(super) fn list(connection: &Connection, filter: &ListFilter) -> rusqlite::Result<Vec<ExecutionRow>> {
    let before = filter.before.map_or(i64::MAX, |id| id.0);
    let limit = if filter.limit == 0 { usize::MAX } else { filter.limit };
    if filter.workflow.is_none() && filter.status.is_none() {
        return connection
            .prepare_cached(select_execution!("WHERE e.id < ?1 ORDER BY e.id DESC LIMIT ?2"))?
            .query_map(params![before, as_limit(limit)], execution_row)?
            .collect();
    }
    // One index serves every filter: the newest of each pair of workflow and state, merged.
    let mut newest = connection.prepare_cached(
        "SELECT id FROM execution WHERE workflow = ?1 AND status = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4",
    )?;
    let mut ids: Vec<i64> = Vec::new();
    for workflow in filter.workflow.clone().map_or_else(|| workflows(connection), |workflow| Ok(vec![workflow]))? {
        for status in Status::ALL.into_iter().filter(|status| filter.status.is_none_or(|wanted| wanted == *status)) {
            let pair = params![workflow, status as i64, before, as_limit(limit)];
            for id in newest.query_map(pair, |row| row.get(0))? {
                ids.push(id?);
            }
        }
    }
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(limit);
    ids.into_iter().filter_map(|id| by_id(connection, ExecutionId(id)).transpose()).collect()
}

pub(super) fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn children(connection: &Connection, parent: ExecutionId) -> rusqlite::Result<Vec<ExecutionRow>> {
    connection
        .prepare_cached(select_execution!("WHERE e.parent = ?1 ORDER BY e.id"))?
        .query_map([parent.0], execution_row)?
        .collect()
}

/// Rows of the execution `$row` that the handle with the epoch `?1` may take up: all, where the file has one engine.
macro_rules! takes {
    ($row:literal) => {
        concat!(
            "(?1 IS NULL OR ",
            $row,
            ".owner IS NULL OR ",
            $row,
            ".owner = ?1
              OR ",
            $row,
            ".owner NOT IN (SELECT epoch FROM engine WHERE ended = 0))"
        )
    };
}
pub(super) use takes;

/// Those of some executions that run no more.
pub(super) fn over(connection: &Connection, ids: &[ExecutionId]) -> rusqlite::Result<Vec<ExecutionRow>> {
    let mut select = connection.prepare_cached(select_execution!("WHERE e.id = ?1 AND e.status <> 1"))?;
    ids.iter().filter_map(|id| select.query_row([id.0], execution_row).optional().transpose()).collect()
}

/// The workflows that have executions, by one seek of the index for each.
fn workflows(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached(
            "WITH RECURSIVE found (workflow) AS (
                 SELECT min(workflow) FROM execution
                 UNION ALL
                 SELECT (SELECT min(e.workflow) FROM execution AS e WHERE e.workflow > found.workflow) FROM found
                 WHERE found.workflow IS NOT NULL
             )
             SELECT workflow FROM found WHERE workflow IS NOT NULL",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

pub(super) fn count(connection: &Connection) -> rusqlite::Result<Vec<(String, Status, u64)>> {
    connection
        .prepare_cached(
            "SELECT workflow, status, count(*) FROM execution GROUP BY workflow, status ORDER BY workflow, status",
        )?
        .query_map([], |row| Ok((row.get(0)?, status_from_sql(row.get(1)?)?, row.get::<_, i64>(2)?.cast_unsigned())))?
        .collect()
}

/// The journal of an execution. What is behind the index is read where it may hold rows of the execution.
pub(super) fn journal(
    connection: &Connection,
    id: ExecutionId,
    behind_index: bool,
) -> rusqlite::Result<Vec<JournalRow>> {
    let Some(input) = connection
        .prepare_cached("SELECT input, packed_input FROM execution WHERE id = ?1")?
        .query_row([id.0], |row| packed::read(row.get_ref(0)?, row.get_ref(1)?))
        .optional()?
        .flatten()
    else {
        return Ok(Vec::new());
    };
    let mut reading = Reading { id, stored: HashMap::from([(0, input)]), journal: Vec::new() };
    let Some(indexed_to) = super::tail::indexed_to(connection)? else {
        reading.all(connection, select_journal!("journal AS j WHERE j.execution = ?1 ORDER BY j.id"), &[&id.0])?;
        return Ok(reading.journal);
    };
    let indexed = select_journal!(
        "journal_run AS r CROSS JOIN journal AS j ON j.id BETWEEN r.first AND r.last WHERE r.execution = ?1 ORDER BY r.first, j.id"
    );
    reading.all(connection, indexed, &[&id.0])?;
    let expected: i64 = connection
        .prepare_cached("SELECT coalesce(sum(last - first + 1), 0) FROM journal_run WHERE execution = ?1")?
        .query_row([id.0], |row| row.get(0))?;
    let found = reading.journal.len();
    if expected != as_limit(found) {
        let detail = format!("the index has {expected} journal rows of execution {}, the journal {found}", id.0);
        return Err(contradiction(detail));
    }
    if behind_index {
        let tail = select_journal!("journal AS j WHERE j.id > ?2 AND j.execution = ?1 ORDER BY j.id");
        reading.all(connection, tail, &[&id.0, &indexed_to])?;
    }
    Ok(reading.journal)
}

/// A journal as far as it is read.
struct Reading {
    id: ExecutionId,
    /// What later rows may refer to.
    stored: HashMap<i64, Arc<str>>,
    journal: Vec<JournalRow>,
}

impl Reading {
    /// Reads all that a statement finds.
    fn all(&mut self, connection: &Connection, sql: &str, params: &[&dyn ToSql]) -> rusqlite::Result<()> {
        let mut select = connection.prepare_cached(sql)?;
        let mut rows = select.query(params)?;
        while let Some(row) = rows.next()? {
            self.add(row)?;
        }
        Ok(())
    }

    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let execution: i64 = row.get(10)?;
        if execution != self.id.0 {
            return Err(contradiction(format!(
                "the index has a journal row of execution {execution} under execution {}",
                self.id.0
            )));
        }
        let payload = match row.get_ref(8)? {
            ValueRef::Null => None,
            ValueRef::Integer(reference) => {
                let shared = self.stored.get(&reference).cloned();
                Some(shared.ok_or_else(|| {
                    contradiction(format!("a journal row refers to row {reference}, which is not there"))
                })?)
            }
            stored => {
                let payload = packed::read(stored, ValueRef::Null)?.unwrap_or_default();
                if payload.len() >= super::recent::SHORTEST_SHARED {
                    self.stored.insert(row.get(9)?, payload.clone());
                }
                Some(payload)
            }
        };
        self.journal.push(JournalRow {
            scope: text(row, 0)?.unwrap_or_default(),
            ordinal: row.get(1)?,
            event: row.get(2)?,
            at: row.get(3)?,
            state: row.get(4)?,
            visits: text(row, 5)?,
            name: text(row, 6)?,
            number: row.get(7)?,
            payload,
        });
        Ok(())
    }
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Box<str>>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Into::into))
}

pub(super) fn running(
    connection: &Connection,
    epoch: Option<i64>,
    workflow: &str,
    after: ExecutionId,
    limit: usize,
) -> rusqlite::Result<Vec<RunningOn>> {
    let mut page = connection.prepare_cached(concat!(
        "SELECT e.id, e.version, m.fingerprint FROM execution AS e JOIN machine AS m ON m.id = e.machine
         WHERE e.workflow = ?2 AND e.status = 1 AND e.id > ?3 AND ",
        takes!("e"),
        " ORDER BY e.id LIMIT ?4"
    ))?;
    let running = |row: &Row<'_>| {
        let version = row.get::<_, Option<u32>>(1)?.unwrap_or(1);
        Ok(RunningOn { id: ExecutionId(row.get(0)?), version, machine: row.get(2)? })
    };
    page.query_map(params![epoch, workflow, after.0, as_limit(limit)], running)?.collect()
}

pub(super) fn checked(connection: &Connection, workflow: &str) -> rusqlite::Result<Option<Checked>> {
    let checked =
        |row: &Row<'_>| Ok(Checked { workflow: workflow.to_owned(), code: row.get(0)?, to: ExecutionId(row.get(1)?) });
    connection
        .prepare_cached("SELECT code, checked_to FROM code_check WHERE workflow = ?1")?
        .query_row([workflow], checked)
        .optional()
}
