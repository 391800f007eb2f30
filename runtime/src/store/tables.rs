//! Tables of tasks: their versions, and the run of a body inside a transaction that is under way.

use std::sync::Arc;

use rusqlite::Connection;

use super::{Guard, StoreError, TransactionBody};
use crate::{failure::Failed, transaction::Transaction};

/// In `meta`, how many versions the file has seen.
const KEY: &str = "tables";

/// Applies those of the versions that the file has not seen.
pub(super) fn bring(
    connection: &Connection,
    guard: &Guard,
    versions: &[String],
) -> rusqlite::Result<Result<(), StoreError>> {
    let seen = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1), 0)";
    let seen: u32 = connection.query_row(seen, [KEY], |row| row.get(0))?;
    let seen = seen as usize;
    if versions.len() < seen {
        let what = format!(
            "the file has seen {seen} versions of the tables of tasks, and this program has {}: it is an older program, or a version was taken \
             out of `tables(..)`; add new ones at its end",
            versions.len()
        );
        return Ok(Err(StoreError::Tables(what)));
    }
    for (version, sql) in versions.iter().enumerate().skip(seen) {
        connection.execute_batch("SAVEPOINT tables")?;
        let tx = Transaction::new(connection, guard);
        if let Err(error) = guard.during(|| tx.execute_batch(sql)) {
            if connection.is_autocommit() {
                return Err(error);
            }
            connection.execute_batch("ROLLBACK TO tables; RELEASE tables")?;
            let what = format!("version {} of `tables(..)` cannot be applied: {error}", version + 1);
            return Ok(Err(StoreError::Tables(what)));
        }
        connection.execute_batch("RELEASE tables")?;
        connection.execute(
            "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
            [KEY, &(version + 1).to_string()],
        )?;
    }
    Ok(Ok(()))
}

/// Runs a body under a savepoint, which stays open where it has succeeded. None where SQLite has rolled back the whole transaction meanwhile.
pub(super) fn run(
    connection: &Connection,
    guard: &Guard,
    body: &TransactionBody,
) -> rusqlite::Result<Option<Result<Arc<str>, Failed>>> {
    connection.execute_batch("SAVEPOINT task")?;
    let ended = guard.during(|| body(&Transaction::new(connection, guard)));
    if connection.is_autocommit() {
        return Ok(None);
    }
    if ended.is_err() {
        undo(connection)?;
    }
    Ok(Some(ended))
}

/// Keeps what the body has written.
pub(super) fn keep(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("RELEASE task")
}

/// Takes back what the body has written.
pub(super) fn undo(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("ROLLBACK TO task; RELEASE task")
}

/// A body after which nothing is left of the transaction around it.
pub(super) fn rolled_back() -> Failed {
    Failed::task_failed(
        "SQLite rolled back the whole transaction while the task ran: the disk is full or failing, or its SQL says `OR ROLLBACK`",
    )
}
