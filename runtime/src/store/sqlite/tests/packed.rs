//! Payloads that are stored compressed: nobody notices but the file.

use rusqlite::Connection;

use super::*;
use crate::store::{
    NewExecution, Update,
    contract::fixtures::{append, closing, new_execution, prepared, row, unit_of},
};

fn from(bytes: impl Into<Option<usize>>) -> SqliteOptions {
    SqliteOptions { compress_from: bytes.into(), ..SqliteOptions::default() }
}

/// JSON of some length that no other letter has.
fn payload(letter: char, length: usize) -> Arc<str> {
    format!("\"{}\"", letter.to_string().repeat(length - 2)).into()
}

fn with(payload: &Arc<str>) -> JournalRow {
    JournalRow { payload: Some(payload.clone()), ..row(0) }
}

/// A closed execution with a large input, a large output and a journal of payloads.
async fn fill(store: &SqliteStore, payloads: &[Arc<str>]) -> ExecutionId {
    let new = NewExecution { input: payload('i', 5_000), ..new_execution(None) };
    let unit = Unit { create: Some(new), ..Unit::default() };
    let Ok(Committed::Done { created: Some(id), .. }) = store.commit(unit).await else { panic!("created") };
    store.commit(append(id, payloads.iter().map(with).collect())).await.unwrap();
    let Update::Close { status, error, cause, at, .. } = closing(Status::Succeeded) else { unreachable!() };
    let close = Update::Close { status, output: Some(payload('o', 6_000)), error, cause, at };
    store.commit(unit_of(id, close)).await.unwrap();
    id
}

async fn is_whole(store: &SqliteStore, id: ExecutionId, payloads: &[Arc<str>]) {
    let row = store.execution(id).await.unwrap().unwrap();
    assert_eq!((row.input, row.output), (payload('i', 5_000), Some(payload('o', 6_000))));
    let read: Vec<_> = store.journal(id).await.unwrap().into_iter().map(|row| row.payload.unwrap()).collect();
    assert_eq!(read, payloads);
}

fn types(connection: &Connection) -> Vec<String> {
    let mut select = connection.prepare("SELECT typeof(payload) FROM journal ORDER BY id").unwrap();
    select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn compressed_payloads_keep_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let count = std::sync::atomic::AtomicUsize::new(0);
    contract::check(async || {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        SqliteStore::open(directory.path().join(format!("{number}.db")), from(1)).unwrap()
    })
    .await;
    let path = directory.path().join("store.db");
    contract::check_reopening(async || SqliteStore::open(&path, from(1)).unwrap()).await;
}

#[tokio::test]
async fn what_is_long_is_compressed_once_and_read_by_any_setting() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let payloads = [payload('a', 4_095), payload('b', 4_096), payload('b', 4_096), payload('i', 5_000)];
    let store = prepared(&async || SqliteStore::open(&path, SqliteOptions::default()).unwrap()).await;
    let id = fill(&store, &payloads).await;
    is_whole(&store, id, &payloads).await;
    store.close().await.unwrap();
    drop(store);

    let connection = Connection::open(&path).unwrap();
    assert_eq!(types(&connection), ["text", "blob", "integer", "integer"]);
    let view = "SELECT typeof(input), typeof(output), length(input) < 100 FROM executions";
    let shown = connection.query_row(view, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    assert_eq!(shown, ("blob".to_owned(), "blob".to_owned(), true));
    let view = "SELECT count(*) FROM history WHERE typeof(payload) = 'blob'";
    assert_eq!(connection.query_row(view, [], |row| row.get::<_, i64>(0)).unwrap(), 3, "references too");
    drop(connection);

    let store = SqliteStore::open(&path, from(None)).unwrap();
    is_whole(&store, id, &payloads).await;
    let plain = fill(&store, &payloads).await;
    is_whole(&store, plain, &payloads).await;
    is_whole(&SqliteStore::open_read_only(&path).unwrap(), id, &payloads).await;
    drop(store);
    let all = types(&Connection::open(&path).unwrap());
    assert_eq!(all[4..], ["text", "text", "integer", "integer"]);
}

#[tokio::test]
async fn an_engine_that_comes_back_knows_what_is_stored_already() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = prepared(&async || SqliteStore::open(&path, from(1_000)).unwrap()).await;
    let new = NewExecution { input: payload('i', 5_000), ..new_execution(None) };
    let unit = Unit { create: Some(new), ..Unit::default() };
    let Ok(Committed::Done { created: Some(id), .. }) = store.commit(unit).await else { panic!("created") };
    drop(store);
    let store = SqliteStore::open(&path, from(1_000)).unwrap();
    store.commit(append(id, vec![with(&payload('i', 5_000))])).await.unwrap();
    drop(store);
    assert_eq!(types(&Connection::open(&path).unwrap()), ["integer"]);
}

#[tokio::test]
async fn a_damaged_payload_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let payloads = [payload('a', 5_000)];
    let store = prepared(&async || SqliteStore::open(&path, from(1_000)).unwrap()).await;
    let id = fill(&store, &payloads).await;
    store.close().await.unwrap();
    drop(store);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("UPDATE journal SET payload = substr(payload, 1, length(payload) - 1)").unwrap();
    let store = SqliteStore::open_read_only(&path).unwrap();
    let error = store.journal(id).await.unwrap_err().to_string();
    assert!(error.contains("a compressed payload cannot be read"), "{error}");
    connection.execute_batch("UPDATE execution SET packed_output = x'28b52ffd0001'").unwrap();
    let error = store.execution(id).await.unwrap_err().to_string();
    assert!(error.contains("a compressed payload cannot be read"), "{error}");
}
