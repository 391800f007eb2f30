//! What is removed from a file is gone from it in the end, whatever happens in between; and copies of files.

use std::fs;

use rusqlite::Connection;

use super::*;
use crate::store::{
    Removable,
    contract::fixtures::{append, closing, create, prepared, row, unit_of},
};

async fn store_at(path: &Path) -> SqliteStore {
    prepared(&async || SqliteStore::open(path, SqliteOptions::default()).unwrap()).await
}

fn number(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Executions with some rows each, of which the first half has ended and stands between the rows of the others.
async fn filled(store: &SqliteStore, executions: usize, rows: u32) -> (Vec<ExecutionId>, Vec<ExecutionId>) {
    let mut ids = Vec::new();
    for _ in 0..executions {
        ids.push(create(store, None).await);
    }
    for ordinal in 0..rows {
        for id in &ids {
            store.commit(append(*id, vec![row(ordinal), row(ordinal)])).await.unwrap();
        }
    }
    let kept = ids.split_off(executions / 2);
    for id in &ids {
        store.commit(unit_of(*id, closing(Status::Succeeded))).await.unwrap();
    }
    (ids, kept)
}

async fn sweep(store: &SqliteStore) -> usize {
    let mut pieces = 1;
    while store.sweep().await.unwrap() {
        pieces += 1;
    }
    pieces
}

#[tokio::test]
async fn rows_go_in_pieces_and_the_file_shrinks() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = store_at(&path).await;
    let one = create(&store, None).await;
    let rows: Vec<_> = (0..9_000).map(row).collect();
    store.commit(append(one, rows)).await.unwrap();
    store.commit(unit_of(one, closing(Status::Failed))).await.unwrap();
    let (gone, kept) = filled(&store, 6, 40).await;
    let before = number(&path, "SELECT page_count FROM pragma_page_count");

    let all = [&[one][..], &gone].concat();
    assert_eq!(store.remove(&all).await.unwrap(), 4);
    let pieces = sweep(&store).await;
    assert!(pieces > 9, "9,240 rows went in {pieces} pieces");
    assert_eq!(number(&path, "SELECT count(*) FROM removed"), 0);
    assert_eq!(number(&path, "SELECT count(*) FROM journal"), 3 * 80);
    let after = number(&path, "SELECT page_count FROM pragma_page_count");
    assert!(after * 2 < before, "{before} pages are {after} pages");
    for id in &kept {
        assert_eq!(store.journal(*id).await.unwrap().len(), 80);
    }
    // Rows whose numbers are given again are found.
    store.commit(append(kept[0], vec![row(7)])).await.unwrap();
    assert_eq!(store.journal(kept[0]).await.unwrap().len(), 81);
    store.close().await.unwrap();
    let again = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(again.journal(kept[0]).await.unwrap().len(), 81);
    assert_eq!(again.journal(kept[2]).await.unwrap().len(), 80);
}

#[tokio::test]
async fn a_kill_between_removal_and_sweep_leaves_nothing_for_good() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = store_at(&path).await;
    let (gone, kept) = filled(&store, 4, 600).await;
    assert_eq!(store.remove(&gone).await.unwrap(), 2);
    assert!(store.sweep().await.unwrap(), "there is more");
    let killed = directory.path().join("killed.db");
    fs::copy(&path, &killed).unwrap();
    fs::copy(connection::beside(&path, "-wal"), connection::beside(&killed, "-wal")).unwrap();

    let store = SqliteStore::open(&killed, SqliteOptions::default()).unwrap();
    let which = Removable { closed_before: i64::MAX, workflow: None, after: ExecutionId(0), limit: 9 };
    assert_eq!(store.removable(&which).await.unwrap(), [], "they are out of sight");
    assert_eq!(number(&killed, "SELECT count(*) FROM removed"), 2);
    sweep(&store).await;
    assert_eq!(number(&killed, "SELECT count(*) FROM removed"), 0);
    assert_eq!(number(&killed, "SELECT count(*) FROM journal"), 2 * 1_200);
    assert_eq!(store.journal(kept[0]).await.unwrap().len(), 1_200);
}

#[tokio::test]
async fn a_copy_holds_what_was_committed_when_it_began() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let copy = directory.path().join("copy.db");
    let store = store_at(&path).await;
    let id = create(&store, Some("kept")).await;
    store.commit(append(id, vec![row(0), row(1)])).await.unwrap();

    back_up(&path, &copy).unwrap();
    store.commit(append(id, vec![row(2)])).await.unwrap();
    let refused = back_up(&path, &copy).unwrap_err().to_string();
    assert!(refused.ends_with("there is a file of this name. Name another, or remove that one first"), "{refused}");
    let refused = back_up(directory.path().join("no.db"), directory.path().join("other.db")).unwrap_err();
    assert!(matches!(refused, OpenError::MissingFile { .. }), "{refused}");
    let refused = back_up(&path, directory.path().join("no/such/folder.db")).unwrap_err().to_string();
    assert!(refused.contains("folder.db"), "{refused}");

    let names: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{names:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let copied = SqliteStore::open(&copy, SqliteOptions::default()).unwrap();
    assert_eq!(copied.journal(id).await.unwrap(), [row(0), row(1)]);
    assert_eq!(copied.execution(id).await.unwrap(), store.execution(id).await.unwrap());
    copied.commit(append(id, vec![row(9)])).await.unwrap();
    assert_eq!(store.journal(id).await.unwrap(), [row(0), row(1), row(2)]);
}
