//! A file that engines share.

use std::{sync::atomic::AtomicUsize, time::Duration};

use rusqlite::Connection;

use super::*;
use crate::store::{
    contract::{
        self,
        fixtures::{append, closing, create, own, prepare, prepared, row, unit_of},
    },
    sqlite::tail,
};

/// Long enough that no engine loses it by chance.
fn sharing() -> SqliteOptions {
    SqliteOptions { shared: Some(Lease::lasting(Duration::from_secs(600))), ..SqliteOptions::default() }
}

/// Short enough to wait for its end.
fn briefly() -> SqliteOptions {
    SqliteOptions { shared: Some(Lease::lasting(Lease::SHORTEST)), ..SqliteOptions::default() }
}

fn open(path: &Path, options: SqliteOptions) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(path, options)
}

/// Ends the lease of an engine as another one does.
fn fence(store: &SqliteStore) {
    let epoch = store.epoch().unwrap();
    let ended =
        Connection::open(store.path()).unwrap().execute("UPDATE engine SET ended = 1 WHERE epoch = ?1", [epoch]);
    assert_eq!(ended.unwrap(), 1);
}

fn number(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_file_keeps_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let count = AtomicUsize::new(0);
    let path = || {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        directory.path().join(format!("{number}.db"))
    };
    contract::check(async || open(&path(), sharing()).unwrap()).await;
    let pair = async || {
        let path = path();
        [open(&path, sharing()).unwrap(), open(&path, sharing()).unwrap()]
    };
    contract::sharing::check(pair, fence).await;
    let path = path();
    contract::check_reopening(async || open(&path, sharing()).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engines_that_open_a_new_file_at_once_share_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let opened = (0..4).map(|_| {
        let path = path.clone();
        tokio::task::spawn_blocking(move || open(&path, sharing()).unwrap())
    });
    let mut stores = Vec::new();
    for store in opened.collect::<Vec<_>>() {
        stores.push(store.await.unwrap());
    }
    assert_eq!(number(&path, "SELECT count(*) FROM engine WHERE ended = 0"), 4);
    for store in &stores {
        prepare(store).await;
        create(store, None).await;
    }
    assert_eq!(number(&path, "SELECT count(DISTINCT owner) FROM execution"), 4);
}

#[tokio::test]
async fn who_may_open_a_file_beside_whom() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let pid = std::process::id();
    let alone = open(&path, SqliteOptions::default()).unwrap();
    let error = open(&path, sharing()).unwrap_err();
    assert!(matches!(error, OpenError::Held { pid: Some(by), .. } if by == pid), "{error:?}");
    drop(alone);
    let one = open(&path, sharing()).unwrap();
    let other = open(&path, sharing()).unwrap();
    let error = open(&path, SqliteOptions::default()).unwrap_err();
    assert!(matches!(&error, OpenError::Shared { pids, .. } if *pids == [pid, pid]), "{error:?}");
    let message = error.to_string();
    assert!(message.contains(&format!("{pid}, {pid} share it")) && message.contains(".shared("), "{message}");
    let held = OpenError::Held { path: path.as_path().into(), pid: Some(1) }.to_string();
    assert!(held.contains("process 1 ") && held.contains(".shared("), "{held}");
    let short = SqliteOptions { shared: Some(Lease::lasting(Duration::from_millis(99))), ..SqliteOptions::default() };
    assert!(open(&path, short).unwrap_err().to_string().contains("at least 100ms"));
    assert_eq!(names(directory.path()).len(), 6, "{:?}", names(directory.path()));
    drop((one, other));
    assert_eq!(names(directory.path()), ["store.db", "store.db.lock"]);
    drop(open(&path, SqliteOptions::default()).unwrap());
    assert_eq!(number(&path, "SELECT count(*) FROM engine"), 0);
}

#[test]
fn a_file_of_an_earlier_version_is_lifted_only_where_no_other_engine_has_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let current = super::super::migrations::CURRENT;
    let one = open(&path, sharing()).unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", current - 1).unwrap();
    let error = open(&path, sharing()).unwrap_err();
    assert!(matches!(error, OpenError::SharedByOlder { version, .. } if version == current - 1), "{error:?}");
    assert!(error.to_string().contains("Stop all of them once"), "{error}");
    drop(one);
}

/// What an engine leaves whose process was killed: its lease, and no lock.
async fn leave_a_dead_engine(path: &Path) -> ExecutionId {
    let store = open(path, sharing()).unwrap();
    prepare(&store).await;
    let id = create(&store, None).await;
    let epoch = store.epoch().unwrap();
    drop(store);
    let file = Connection::open(path).unwrap();
    let revive =
        "INSERT INTO engine SELECT ?1, 1, 600000, 7, 0, 0, '[]' WHERE true ON CONFLICT DO UPDATE SET ended = 0";
    file.execute(revive, [epoch]).unwrap();
    std::fs::write(connection::beside(path, &format!(".engine-{epoch}")), "").unwrap();
    id
}

#[tokio::test]
async fn what_a_dead_engine_owned_is_taken_over_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let first = leave_a_dead_engine(&path).await;
    let store = prepared(&async || open(&path, sharing()).unwrap()).await;
    own(&store, first).await;
    store.commit(append(first, vec![row(0)])).await.unwrap();
    assert_eq!(number(&path, "SELECT count(*) FROM engine WHERE ended = 0"), 1);
    drop(store);

    let second = leave_a_dead_engine(&path).await;
    let store = prepared(&async || open(&path, SqliteOptions::default()).unwrap()).await;
    let due = store.due(crate::store::FIRST_WAITING, 0, 10).await.unwrap().0;
    assert_eq!(due.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), [first, second], "of engines that have ended");
    store.commit(append(second, vec![row(0)])).await.unwrap();
    store.commit(unit_of(second, closing(Status::Failed))).await.unwrap();
    assert!(!names(directory.path()).iter().any(|name| name.contains("engine")), "{:?}", names(directory.path()));
}

/// Its process lives (it is this one), but it renews nothing.
#[tokio::test]
async fn an_engine_that_is_silent_for_its_lease_is_fenced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let watcher = prepared(&async || open(&path, briefly()).unwrap()).await;
    let silent = lock::together(&path).unwrap().unwrap();
    let mut file = Connection::open(&path).unwrap();
    file.busy_timeout(Duration::from_secs(60)).unwrap();
    let mut seat = lease::Seat::take(&mut file, &path, Lease::lasting(Lease::SHORTEST), silent).unwrap();
    let ended = format!("SELECT ended FROM engine WHERE epoch = {}", seat.epoch);
    // A tombstone that owns nothing goes at once.
    let is_live = || Connection::open(&path).unwrap().query_row(&ended, [], |row| row.get(0)).unwrap_or(1) == 0;
    while is_live() {
        watcher.posted().await;
    }
    assert!(seat.renew(&file).unwrap().is_lost, "it finds out when it comes back");
    assert_eq!(number(&path, "SELECT count(*) FROM engine WHERE ended = 0"), 1, "who renews is not fenced");
}

/// Two engines write; the index of the journal is written by both, and misses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engines_that_write_at_once_index_one_journal() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let [one, other] = [open(&path, sharing()).unwrap(), open(&path, sharing()).unwrap()];
    let rows = u32::try_from(tail::LONGEST).unwrap();
    let write = async |store: SqliteStore| {
        prepare(&store).await;
        let id = create(&store, None).await;
        for first in (0..rows).step_by(20) {
            store.commit(append(id, (first..first + 20).map(row).collect())).await.unwrap();
        }
        (store, id)
    };
    let ((one, mine), (other, theirs)) = tokio::join!(write(one), write(other));
    let written: Vec<_> = (0..rows).map(row).collect();
    for store in [&one, &other] {
        assert_eq!(store.journal(mine).await.unwrap(), written);
        assert_eq!(store.journal(theirs).await.unwrap(), written);
    }
    assert!(number(&path, "SELECT value + 0 FROM meta WHERE key = 'indexed_to'") >= i64::from(rows));
    drop((one, other));
    let alone = open(&path, SqliteOptions::default()).unwrap();
    for id in [mine, theirs] {
        assert_eq!(alone.journal(id).await.unwrap(), written);
    }
    assert_eq!(number(&path, "SELECT max(id) - (SELECT value FROM meta WHERE key = 'indexed_to') FROM journal"), 0);
}

#[test]
fn whoever_keeps_others_from_writing_is_named() {
    let running = error::busy(Some(lock::Writing { pid: 4711, is_stopped: false }));
    assert!(running.contains("process 4711") && running.contains("end its transaction"), "{running}");
    let stopped = error::busy(Some(lock::Writing { pid: 4711, is_stopped: true }));
    assert!(
        stopped.contains("kill -CONT 4711") && stopped.contains("nothing that was acknowledged is lost"),
        "{stopped}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn the_process_that_writes_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let _store = open(&path, SqliteOptions::default()).unwrap();
    assert_eq!(lock::writing(&path), None);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let expected = lock::Writing { pid: std::process::id(), is_stopped: false };
    assert_eq!(lock::writing(&path), Some(expected));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(lock::writing(&path), None);
}
