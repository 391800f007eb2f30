//! Tables of tasks, for a store in memory.

use std::sync::Arc;

use rusqlite::Connection;

use super::{
    super::{ExecutionId, Guard, JournalRow, StoreError, TransactionBody, tables},
    Contents,
};
use crate::failure::Failed;

/// A database in memory beside the executions.
#[derive(Debug)]
pub(super) struct Tables {
    connection: Connection,
    guard: Guard,
}

impl Tables {
    fn new() -> rusqlite::Result<Tables> {
        let mut connection = Connection::open_in_memory()?;
        connection
            .execute_batch("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID")?;
        let guard = Guard::of(&mut connection)?;
        Ok(Tables { connection, guard })
    }

    /// The database, in a transaction.
    fn within<T>(&self, work: impl FnOnce(&Connection, &Guard) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let transaction = self.connection.unchecked_transaction()?;
        let done = work(&self.connection, &self.guard)?;
        // SQLite may have ended it.
        if self.connection.is_autocommit() { Ok(done) } else { transaction.commit().map(|()| done) }
    }
}

impl Contents {
    fn tables(&mut self) -> rusqlite::Result<&Tables> {
        let tables = match self.tables.take() {
            Some(tables) => tables,
            None => Tables::new()?,
        };
        Ok(self.tables.insert(tables))
    }

    pub(super) fn transact(
        &mut self,
        id: ExecutionId,
        row: JournalRow,
        body: &TransactionBody,
        epoch: Option<i64>,
    ) -> Result<Result<Arc<str>, Failed>, StoreError> {
        if let Some(refused) = self.standing(id, epoch).refusal(id) {
            return Err(refused);
        }
        let run = |connection: &Connection, guard: &Guard| {
            let ended = tables::run(connection, guard, body)?;
            if let Some(Ok(_)) = &ended {
                tables::keep(connection)?;
            }
            Ok(ended.unwrap_or_else(|| Err(tables::rolled_back())))
        };
        let ended = self.tables().and_then(|tables| tables.within(run)).map_err(medium)?;
        if let Ok(output) = &ended {
            self.at(id).journal.push(JournalRow { payload: Some(Arc::clone(output)), ..row });
        }
        Ok(ended)
    }

    pub(super) fn bring_tables(&mut self, versions: &[String]) -> Result<(), StoreError> {
        let bring = |connection: &Connection, guard: &Guard| tables::bring(connection, guard, versions);
        self.tables().and_then(|tables| tables.within(bring)).map_err(medium)?
    }
}

fn medium(error: rusqlite::Error) -> StoreError {
    StoreError::Medium(error.to_string())
}
