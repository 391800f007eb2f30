//! The end of the journal, which the index does not hold yet.
//!
//! An index that every commit keeps up costs a page for each execution in the commit. So rows are indexed when there are many of them, in the
//! order of the index, and those of one execution that stand side by side as one. What is not indexed is short enough to be read through.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, OptionalExtension};

use super::error::contradiction;
use crate::store::ExecutionId;

/// So many rows are indexed at a time.
pub(super) const LONGEST: usize = 2_000;

/// What the writer knows of the end of the journal. Readers ask it to be spared reading that end.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    shared: Arc<Mutex<Runs>>,
}

/// Rows that are not indexed, as runs, by execution. A row is entered before it is committed and leaves after its run was committed.
#[derive(Debug, Default)]
struct Runs {
    indexed_to: i64,
    /// The last row that is known.
    last: i64,
    rows: usize,
    /// Removal has freed the last numbers, and one was given again: the file would take the row for one that is indexed.
    reused: bool,
    by_execution: BTreeMap<ExecutionId, Vec<(i64, i64)>>,
}

impl Tail {
    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an execution may have rows that are not indexed. Asked before the file is read.
    pub(super) fn may_hold(&self, id: ExecutionId) -> bool {
        self.runs().by_execution.contains_key(&id)
    }

    /// Reads what the file holds: at the start, and after what was entered may be wrong.
    pub(super) fn load(&self, connection: &Connection) -> rusqlite::Result<()> {
        let indexed_to = indexed_to(connection)?
            .ok_or_else(|| contradiction("it does not say how far its journal is indexed".to_owned()))?;
        let mut loaded = Runs { indexed_to, last: indexed_to, ..Runs::default() };
        loaded.read(connection)?;
        *self.runs() = loaded;
        Ok(())
    }

    /// Reads what others have written since the last row that is known.
    pub(super) fn catch_up(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut runs = self.runs();
        if indexed_to(connection)? == Some(runs.indexed_to) {
            return runs.read(connection);
        }
        drop(runs);
        self.load(connection)
    }

    /// Enters a row.
    pub(super) fn add(&self, id: ExecutionId, row: i64) {
        self.runs().add(id, row);
    }

    /// Indexes the rows, within the transaction that is open, where there are at least so many.
    pub(super) fn index(&self, connection: &Connection, least: usize) -> rusqlite::Result<bool> {
        let runs = self.runs();
        if runs.rows < least && !runs.reused {
            return Ok(false);
        }
        let mut insert =
            connection.prepare_cached("INSERT INTO journal_run (execution, first, last) VALUES (?1, ?2, ?3)")?;
        let mut last_row = runs.indexed_to;
        for (id, runs) in &runs.by_execution {
            for (first, last) in runs {
                insert.execute([id.0, *first, *last])?;
                last_row = last_row.max(*last);
            }
        }
        connection
            .prepare_cached("UPDATE meta SET value = ?1 WHERE key = 'indexed_to'")?
            .execute([last_row.to_string()])?;
        Ok(true)
    }

    /// What was indexed is committed.
    pub(super) fn indexed(&self) {
        let mut runs = self.runs();
        let last = runs.by_execution.values().flatten().map(|(_, last)| *last).max();
        let indexed_to = last.unwrap_or_default().max(runs.indexed_to);
        *runs = Runs { indexed_to, last: indexed_to, ..Runs::default() };
    }
}

impl Runs {
    fn read(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut select = connection.prepare_cached("SELECT execution, id FROM journal WHERE id > ?1 ORDER BY id")?;
        let mut rows = select.query([self.last])?;
        while let Some(row) = rows.next()? {
            self.add(ExecutionId(row.get(0)?), row.get(1)?);
        }
        Ok(())
    }

    fn add(&mut self, id: ExecutionId, row: i64) {
        self.rows += 1;
        self.last = self.last.max(row);
        self.reused |= row <= self.indexed_to;
        match self.by_execution.entry(id) {
            Entry::Vacant(none) => {
                none.insert(vec![(row, row)]);
            }
            Entry::Occupied(mut known) => match known.get_mut().last_mut() {
                Some((_, last)) if *last + 1 == row => *last = row,
                _ => known.get_mut().push((row, row)),
            },
        }
    }
}

/// The last row that is indexed. A file of version 1 does not say so.
pub(super) fn indexed_to(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'indexed_to'")?
        .query_row([], |row| row.get(0))
        .optional()
}
