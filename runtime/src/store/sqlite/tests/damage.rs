//! Units that fail, media that fail, files that are damaged or taken away: the rest is whole, and what is wrong is said.

use std::{fs, sync::Arc};

use rusqlite::Connection;
use tokio::task::JoinSet;

use super::*;
use crate::store::contract::fixtures::{append, create, prepared, row};

async fn store_at(path: &Path, options: SqliteOptions) -> SqliteStore {
    prepared(&async || SqliteStore::open(path, options.clone()).unwrap()).await
}

fn large(letter: char) -> JournalRow {
    JournalRow { payload: Some(format!("\"{}\"", letter.to_string().repeat(50_000)).into()), ..row(0) }
}

#[tokio::test]
async fn a_unit_that_cannot_be_stored_takes_no_other_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = Arc::new(store_at(&path, SqliteOptions::default()).await);
    let id = create(&*store, None).await;
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE INSERT ON journal WHEN new.name = 'poison' BEGIN SELECT RAISE(ABORT, 'refused'); END",
        )
        .unwrap();
    let mut tasks = JoinSet::new();
    for ordinal in 0..300 {
        let store = store.clone();
        tasks.spawn(async move {
            let poison = (ordinal % 10 == 0).then(|| "poison".into());
            let rows = vec![row(ordinal), JournalRow { name: poison, ..row(ordinal) }];
            (ordinal, store.commit(append(id, rows)).await)
        });
    }
    while let Some(done) = tasks.join_next().await {
        let (ordinal, answer) = done.unwrap();
        assert_eq!(answer.is_err(), ordinal % 10 == 0, "{ordinal}: {answer:?}");
    }
    let journal = store.journal(id).await.unwrap();
    assert_eq!(journal.len(), 2 * 270);
    assert!(journal.chunks(2).all(|pair| pair[0] == pair[1] && pair[0].ordinal % 10 != 0));
}

#[tokio::test]
async fn a_full_disk_fails_commits_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store =
        store_at(&path, SqliteOptions { max_bytes: Some(1 << 20), compress_from: None, ..SqliteOptions::default() })
            .await;
    let id = create(&store, None).await;
    let mut stored = Vec::new();
    let mut failures = 0;
    for letter in ('a'..='z').chain('A'..='Z') {
        match store.commit(append(id, vec![large(letter), row(1)])).await {
            Ok(_) => stored.extend([large(letter), row(1)]),
            Err(error) => {
                failures += 1;
                assert!(error.to_string().contains("the disk is full"), "{error}");
            }
        }
        assert_eq!(store.journal(id).await.unwrap(), stored);
    }
    assert!(failures > 10 && stored.len() > 20, "{failures} failures, {} rows", stored.len());
    drop(store);

    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    assert_eq!(store.journal(id).await.unwrap(), stored);
    store.commit(append(id, vec![large('!')])).await.unwrap();
}

#[tokio::test]
#[cfg(unix)]
async fn a_file_that_was_deleted_or_replaced_is_written_no_more() {
    for suffix in ["", "-wal"] {
        for replace in [false, true] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("store.db");
            let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
            let taken = connection::beside(&path, suffix);
            fs::rename(&taken, directory.path().join("elsewhere")).unwrap();
            if replace {
                fs::copy(directory.path().join("elsewhere"), &taken).unwrap();
            }
            let error = store.put_machine("f", "order", "{}").await.unwrap_err().to_string();
            assert!(error.contains(&*taken.to_string_lossy()) && error.contains("deleted or replaced"), "{error}");
        }
    }
}

#[tokio::test]
async fn damaged_pages_are_reported_and_never_read_as_something_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = store_at(&path, SqliteOptions::default()).await;
    let mut expected = Vec::new();
    for _ in 0..40 {
        let id = create(&store, None).await;
        let rows: Vec<_> = (0..20).map(row).collect();
        store.commit(append(id, rows.clone())).await.unwrap();
        expected.push((id, rows));
    }
    drop(store);
    let whole = fs::read(&path).unwrap();
    let pages = whole.len() / 4096;
    for (page, filling) in (0..pages).flat_map(|page| [(page, 0x00), (page, 0xA5)]) {
        let mut damaged = whole.clone();
        damaged[page * 4096..][..4096].fill(filling);
        fs::write(&path, damaged).unwrap();
        match SqliteStore::open(&path, SqliteOptions::default()) {
            Err(error) => assert!(
                matches!(error, OpenError::Damaged { .. } | OpenError::NotADatabase { .. }),
                "page {page}: {error:?}"
            ),
            Ok(store) => {
                for (id, rows) in &expected {
                    match store.journal(*id).await {
                        Ok(read) => assert_eq!(read, *rows, "page {page}"),
                        Err(error) => assert!(error.to_string().contains("damaged"), "page {page}: {error}"),
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn views_show_names_and_resolve_references() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    store.put_machine("f", "order", r#"{"states": [{"name": "Reserve"}, {"name": "Charge card"}]}"#).await.unwrap();
    let input: Arc<str> = format!("[\"{}\"]", "i".repeat(80)).into();
    let output: Arc<str> = format!("[\"{}\"]", "o".repeat(80)).into();
    let new = crate::store::NewExecution {
        machine: "f".into(),
        input: input.clone(),
        ..crate::store::contract::fixtures::new_execution(None)
    };
    let rows = [(1, 0, &input), (5, 0, &output), (1, 1, &output)].map(|(event, state, payload)| {
        let row = JournalRow { event, state: Some(state), payload: Some(payload.clone()), ..row(0) };
        (ExecutionId::NEW, row)
    });
    store.commit(Unit { create: Some(new), append: rows.into(), ..Unit::default() }).await.unwrap();
    let looking = Connection::open(&path).unwrap();
    let shown: Vec<String> = looking
        .prepare("SELECT event || ', ' || state || ', ' || time || ', ' || payload FROM history ORDER BY row")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let time = "2023-11-14T22:13:20.003Z";
    assert_eq!(
        shown,
        [
            format!("task-scheduled, Reserve, {time}, {input}"),
            format!("task-succeeded, Reserve, {time}, {output}"),
            format!("task-scheduled, Charge card, {time}, {output}"),
        ]
    );
    let kinds: String =
        looking.query_row("SELECT group_concat(typeof(payload) || ' ') FROM journal", [], |row| row.get(0)).unwrap();
    assert_eq!(kinds, "integer ,text ,integer ");
    let status: String =
        looking.query_row("SELECT status || ' ' || wake FROM executions", [], |row| row.get(0)).unwrap();
    assert_eq!(status, "RUNNING now");
}
