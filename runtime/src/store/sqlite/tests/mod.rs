//! The contract on a file, what can be wrong with a file, and crashes.

mod crash;
mod damage;
mod index;
mod open;
mod packed;
mod removal;
mod shared;

use super::*;
use crate::store::contract;

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let count = std::sync::atomic::AtomicUsize::new(0);
    contract::check(async || {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        SqliteStore::open(directory.path().join(format!("{number}.db")), SqliteOptions::default()).unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract_on_several_threads() {
    let directory = tempfile::tempdir().unwrap();
    let count = std::sync::atomic::AtomicUsize::new(0);
    contract::check(async || {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        SqliteStore::open(directory.path().join(format!("{number}.db")), SqliteOptions::default()).unwrap()
    })
    .await;
}

#[tokio::test]
async fn sqlite_keeps_what_was_committed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    contract::check_reopening(async || SqliteStore::open(&path, SqliteOptions::default()).unwrap()).await;
}
