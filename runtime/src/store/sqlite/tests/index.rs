//! The journal is found whole, whatever of it is indexed.

use std::fs;

use rusqlite::Connection;

use super::*;
use crate::store::{
    contract::fixtures::{append, create, prepared, row},
    sqlite::{migrations, tail},
};

async fn store_at(path: &Path) -> SqliteStore {
    prepared(&async || SqliteStore::open(path, SqliteOptions::default()).unwrap()).await
}

fn number(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_journal_is_read_whole_across_the_end_of_the_index() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = store_at(&path).await;
    let (one, other) = (create(&store, None).await, create(&store, None).await);
    let looking = SqliteStore::open_read_only(&path).unwrap();
    let mut written = Vec::new();
    let mut indexed = 0;
    for round in 0..u32::try_from(tail::LONGEST / 100 + 3).unwrap() {
        let rows: Vec<_> = (0..25).map(|ordinal| row(100 * round + ordinal)).collect();
        for _ in 0..2 {
            store.commit(append(one, rows.clone())).await.unwrap();
            store.commit(append(other, rows.clone())).await.unwrap();
            written.extend(rows.clone());
        }
        for store in [&store, &looking] {
            assert_eq!(store.journal(one).await.unwrap(), written);
            assert_eq!(store.journal(other).await.unwrap(), written);
        }
        indexed = number(&path, "SELECT value + 0 FROM meta WHERE key = 'indexed_to'");
    }
    assert!(indexed >= tail::LONGEST as i64 && indexed < 4 * i64::try_from(written.len()).unwrap(), "{indexed}");
    // As after a kill: the file as it is, without an orderly end.
    let killed = directory.path().join("killed.db");
    fs::copy(&path, &killed).unwrap();
    fs::copy(connection::beside(&path, "-wal"), connection::beside(&killed, "-wal")).unwrap();
    for path in [killed, path] {
        if path.ends_with("store.db") {
            store.close().await.unwrap();
            assert_eq!(
                number(&path, "SELECT max(id) - (SELECT value FROM meta WHERE key = 'indexed_to') FROM journal"),
                0
            );
        }
        let again = SqliteStore::open_read_only(&path).unwrap();
        assert_eq!(again.journal(one).await.unwrap(), written);
        if !path.ends_with("store.db") {
            let again = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
            again.commit(append(other, vec![row(0)])).await.unwrap();
            assert_eq!(again.journal(one).await.unwrap(), written);
            assert_eq!(again.journal(other).await.unwrap().len(), written.len() + 1);
        }
    }
}

#[tokio::test]
async fn a_file_of_version_1_is_indexed_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let mut old = Connection::open(&path).unwrap();
    migrations::migrate(&mut old, &migrations::MIGRATIONS[..1]).unwrap();
    old.execute_batch(
        "INSERT INTO machine VALUES (1, 'f', 'w', '{\"states\":[]}');
         INSERT INTO execution (id, workflow, machine, status, started_at, input, nonce)
         VALUES (1, 'w', 1, 1, 0, '1', 'a'), (2, 'w', 1, 1, 0, '1', 'b');
         INSERT INTO journal (execution, event, ordinal, at)
         VALUES (1, 1, 0, 0), (1, 5, 0, 0), (2, 1, 0, 0), (1, 1, 1, 0), (2, 5, 0, 0), (2, 1, 1, 0);",
    )
    .unwrap();
    drop(old);
    let as_it_is = SqliteStore::open_read_only(&path).unwrap();
    let check = async |store: &SqliteStore| {
        for id in [ExecutionId(1), ExecutionId(2)] {
            let events: Vec<u8> = store.journal(id).await.unwrap().iter().map(|row| row.event).collect();
            assert_eq!(events, [1, 5, 1]);
        }
    };
    check(&as_it_is).await;
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    check(&store).await;
    check(&as_it_is).await;
    assert_eq!(number(&path, "SELECT count(*) FROM journal_run"), 4);
    assert_eq!(number(&path, "SELECT count(*) FROM history WHERE execution = 2"), 3);
}

#[tokio::test]
async fn an_index_that_does_not_fit_the_journal_is_reported() {
    for harm in [
        "DELETE FROM journal WHERE id = 7",
        "UPDATE journal SET execution = 2 WHERE id = 7",
        "UPDATE journal_run SET last = last + 5",
        "UPDATE journal_run SET first = first + 100, last = last + 100",
        "DELETE FROM meta WHERE key = 'indexed_to'",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let store = store_at(&path).await;
        let id = create(&store, None).await;
        store.commit(append(id, (0..20).map(row).collect())).await.unwrap();
        store.close().await.unwrap();
        Connection::open(&path).unwrap().execute_batch(harm).unwrap();
        let error = match SqliteStore::open(&path, SqliteOptions::default()) {
            Ok(store) => store.journal(id).await.unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(error.contains("damaged"), "{harm}: {error}");
    }
}

#[tokio::test]
async fn numbers_that_are_given_again_are_indexed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = store_at(&path).await;
    let (gone, stays) = (create(&store, None).await, create(&store, None).await);
    store.commit(append(gone, (0..20).map(row).collect())).await.unwrap();
    store.close().await.unwrap();
    Connection::open(&path).unwrap().execute_batch("DELETE FROM journal; DELETE FROM journal_run").unwrap();
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    store.commit(append(stays, vec![row(0), row(1)])).await.unwrap();
    assert_eq!(store.journal(stays).await.unwrap(), [row(0), row(1)]);
    let looking = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(looking.journal(stays).await.unwrap(), [row(0), row(1)]);
}

/// A person's question about one execution reads no other's rows.
#[tokio::test]
async fn the_views_use_the_index() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let _store = store_at(&path).await;
    let looking = Connection::open(&path).unwrap();
    let plan: Vec<String> = looking
        .prepare("EXPLAIN QUERY PLAN SELECT time, event FROM history WHERE execution = 5 ORDER BY row")
        .unwrap()
        .query_map([], |row| row.get(3))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let plan = plan.join("\n");
    assert!(plan.contains("SEARCH r USING PRIMARY KEY (execution=?)"), "{plan}");
    assert!(plan.contains("SEARCH i USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"), "{plan}");
    assert!(!plan.lines().any(|line| line.starts_with("SCAN") && !line.contains("SCAN j")), "{plan}");
}
