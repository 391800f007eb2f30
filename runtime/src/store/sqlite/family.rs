//! What parents and children have to do with each other, as SQL. Each statement costs what it finds, however many executions wait for children: every
//! execution that ends asks.

use rusqlite::{Connection, params};

use super::rows::takes;
use crate::store::{ExecutionId, LooseEnds};

const RELEASE_ALL: &str = "UPDATE execution SET awaited = 2 WHERE parent = ?1 AND awaited = 1";
const RELEASE: &str = "
    UPDATE execution SET awaited = 2 WHERE parent = ?1 AND awaited = 1 AND parent_scope = ?2 AND parent_ordinal = ?3";
const TOLD_OF_NO_END: &str = concat!(
    "SELECT DISTINCT p.id FROM execution AS c JOIN execution AS p ON p.id = c.parent
     WHERE c.awaited = 1 AND c.closed_at IS NOT NULL AND p.status = 1 AND ",
    takes!("p"),
    " ORDER BY p.id"
);
const RELEASED: &str = concat!(
    "SELECT e.id FROM execution AS e WHERE e.awaited = 2 AND e.closed_at IS NULL AND ",
    takes!("e"),
    " ORDER BY e.id"
);

/// An execution waits for no child any more.
pub(super) fn release_all(connection: &Connection, parent: ExecutionId) -> rusqlite::Result<()> {
    connection.prepare_cached(RELEASE_ALL)?.execute([parent.0]).map(|_| ())
}

/// An entry waits for its child no more.
pub(super) fn release(connection: &Connection, parent: ExecutionId, scope: &str, ordinal: u32) -> rusqlite::Result<()> {
    connection.prepare_cached(RELEASE)?.execute(params![parent.0, scope, ordinal]).map(|_| ())
}

pub(super) fn loose_ends(connection: &Connection, epoch: Option<i64>) -> rusqlite::Result<LooseEnds> {
    let ids = |sql: &str| -> rusqlite::Result<Vec<ExecutionId>> {
        connection.prepare_cached(sql)?.query_map([epoch], |row| Ok(ExecutionId(row.get(0)?)))?.collect()
    };
    Ok(LooseEnds { parents: ids(TOLD_OF_NO_END)?, children: ids(RELEASED)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{SqliteOptions, SqliteStore};

    #[test]
    fn no_statement_reads_all_that_wait_for_children() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let _store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        let connection = Connection::open(&path).unwrap();
        for (sql, index) in [
            (RELEASE_ALL, "INDEX execution_by_parent (parent=?)"),
            (RELEASE, "INDEX execution_by_parent (parent=?)"),
            (TOLD_OF_NO_END, "INDEX execution_child_ended"),
            (RELEASED, "INDEX execution_released (awaited=?)"),
        ] {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan: Vec<String> = explain.raw_query().mapped(|row| row.get(3)).map(Result::unwrap).collect();
            assert!(plan[0].contains(index), "{sql}: {plan:?}");
        }
    }
}
