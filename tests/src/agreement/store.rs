//! A store that tells how far a run has come, and can die on the way.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use durafn::store::{Committed, ExecutionId, ExecutionRow, JournalRow, ListFilter, Status, Store, StoreError, Unit};
use tokio::{runtime::Handle, sync::Notify};

/// A store around another one.
///
/// Everything asked of it runs on the runtime's blocking pool, so that a paused clock of tokio does not take waiting for the
/// disk for idleness.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    store: Arc<dyn Store>,
    commits: Arc<AtomicUsize>,
    /// From the start of this commit on nothing is answered, and whether it is still written.
    dies: Option<(usize, Lastly)>,
    dead: Arc<Notify>,
}

/// What becomes of the last commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lastly {
    /// It is written, but nobody hears of it.
    Written,
    /// It is lost.
    Lost,
}

impl Watched {
    pub(super) fn new(store: Arc<dyn Store>, dies: Option<(usize, Lastly)>) -> Watched {
        Watched { store, commits: Arc::default(), dies, dead: Arc::default() }
    }

    /// How many commits were asked for.
    pub(super) fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    /// Waits for the death.
    pub(super) async fn dead(&self) {
        self.dead.notified().await;
    }

    async fn asked<T, F>(&self, ask: impl FnOnce(Arc<dyn Store>) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let asked = ask(Arc::clone(&self.store));
        let runtime = Handle::current();
        match tokio::task::spawn_blocking(move || runtime.block_on(asked)).await {
            Ok(answer) => answer,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is being dropped, and so is whoever asked.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

#[async_trait]
impl Store for Watched {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        match self.dies {
            Some((last, lastly)) if number >= last => {
                if number == last && lastly == Lastly::Written {
                    self.asked(|store| async move { store.commit(unit).await }).await?;
                }
                self.dead.notify_one();
                std::future::pending().await
            }
            _ => self.asked(|store| async move { store.commit(unit).await }).await,
        }
    }

    async fn put_machine(&self, fingerprint: &str, workflow: &str, json: &str) -> Result<(), StoreError> {
        let (fingerprint, workflow, json) = (fingerprint.to_owned(), workflow.to_owned(), json.to_owned());
        self.asked(|store| async move { store.put_machine(&fingerprint, &workflow, &json).await }).await
    }

    async fn machine(&self, fingerprint: &str) -> Result<Option<String>, StoreError> {
        let fingerprint = fingerprint.to_owned();
        self.asked(|store| async move { store.machine(&fingerprint).await }).await
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        self.asked(move |store| async move { store.execution(id).await }).await
    }

    async fn execution_by_name(&self, workflow: &str, name: &str) -> Result<Option<ExecutionRow>, StoreError> {
        let (workflow, name) = (workflow.to_owned(), name.to_owned());
        self.asked(|store| async move { store.execution_by_name(&workflow, &name).await }).await
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<ExecutionRow>, StoreError> {
        let filter = filter.clone();
        self.asked(|store| async move { store.list(&filter).await }).await
    }

    async fn count(&self) -> Result<Vec<(String, Status, u64)>, StoreError> {
        self.asked(|store| async move { store.count().await }).await
    }

    async fn journal(&self, id: ExecutionId) -> Result<Vec<JournalRow>, StoreError> {
        self.asked(move |store| async move { store.journal(id).await }).await
    }

    async fn due(&self, until: i64, limit: usize) -> Result<(Vec<ExecutionId>, Option<i64>), StoreError> {
        self.asked(move |store| async move { store.due(until, limit).await }).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.asked(|store| async move { store.close().await }).await
    }
}
