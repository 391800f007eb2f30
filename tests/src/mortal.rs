//! A store that counts commits and can die at one of them.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use durafn::store::{
    Checked, Committed, ExecutionId, ExecutionRow, Expiry, JournalRow, ListFilter, LooseEnds, Message, MessageId, Poll,
    Post, QueuedActivity, RunningOn, Status, Store, StoreError, TokenRow, Unit, Waiting,
};
use tokio::{runtime::Handle, sync::Notify};

/// A store around another one.
///
/// Everything asked of it runs on the runtime's blocking pool, so that a paused clock of tokio does not take waiting for the
/// disk for idleness.
#[derive(Clone, Debug)]
pub struct Mortal {
    store: Arc<dyn Store>,
    commits: Arc<AtomicUsize>,
    death: Option<Death>,
    dead: Arc<Notify>,
}

/// When and how a store dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// At this commit, from 0.
    pub commit: usize,
    /// What becomes of that commit.
    pub lastly: Lastly,
    /// What dies.
    pub of: Victim,
}

/// What becomes of the last commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lastly {
    /// It is written, but nobody hears of it.
    Written,
    /// It is lost.
    Lost,
}

/// What dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// The store: it never answers again.
    Store,
    /// The process, by SIGKILL.
    Process,
}

impl Mortal {
    /// A store around another one.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, death: Option<Death>) -> Mortal {
        Mortal { store, commits: Arc::default(), death, dead: Arc::default() }
    }

    /// How many commits were asked for.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    /// Waits for the death.
    pub async fn dead(&self) {
        self.dead.notified().await;
    }

    async fn die(&self, of: Victim) -> ! {
        if of == Victim::Process {
            // Nobody lives to see an error.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        self.dead.notify_one();
        loop {
            std::future::pending::<()>().await;
        }
    }

    /// Asks for something that is written, and dies at it where that is its turn.
    async fn written<T, F>(&self, write: impl FnOnce(Arc<dyn Store>) -> F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        match self.death {
            Some(Death { commit, lastly, of }) if number >= commit => {
                if number == commit && lastly == Lastly::Written {
                    self.asked(write).await?;
                }
                self.die(of).await
            }
            _ => self.asked(write).await,
        }
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
impl Store for Mortal {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        self.written(|store| async move { store.commit(unit).await }).await
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

    async fn due(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError> {
        self.asked(move |store| async move { store.due(after, until, limit).await }).await
    }

    async fn running(&self, workflow: &str, after: ExecutionId, limit: usize) -> Result<Vec<RunningOn>, StoreError> {
        let workflow = workflow.to_owned();
        self.asked(move |store| async move { store.running(&workflow, after, limit).await }).await
    }

    async fn checked(&self, workflow: &str) -> Result<Option<Checked>, StoreError> {
        let workflow = workflow.to_owned();
        self.asked(move |store| async move { store.checked(&workflow).await }).await
    }

    /// Counts as a commit.
    async fn post(&self, post: Post, at: i64) -> Result<MessageId, StoreError> {
        self.written(|store| async move { store.post(post, at).await }).await
    }

    async fn inbox(&self) -> Result<Vec<Message>, StoreError> {
        self.asked(|store| async move { store.inbox().await }).await
    }

    async fn posted(&self) {
        self.store.posted().await;
    }

    async fn token(&self, token: &str) -> Result<Option<TokenRow>, StoreError> {
        let token = token.to_owned();
        self.asked(|store| async move { store.token(&token).await }).await
    }

    async fn heartbeat(&self, token: &str, at: i64) -> Result<(), StoreError> {
        let token = token.to_owned();
        self.written(|store| async move { store.heartbeat(&token, at).await }).await
    }

    async fn expire_token(&self, token: &str, silent_since: Option<i64>) -> Result<Expiry, StoreError> {
        let token = token.to_owned();
        self.written(|store| async move { store.expire_token(&token, silent_since).await }).await
    }

    /// Does not count: an attempt whose worker never hears of it is lost until it times out.
    async fn poll_activity(&self, poll: &Poll) -> Result<Option<QueuedActivity>, StoreError> {
        let poll = poll.clone();
        self.asked(|store| async move { store.poll_activity(&poll).await }).await
    }

    async fn children(&self, parent: ExecutionId) -> Result<Vec<ExecutionRow>, StoreError> {
        self.asked(move |store| async move { store.children(parent).await }).await
    }

    async fn loose_ends(&self) -> Result<LooseEnds, StoreError> {
        self.asked(|store| async move { store.loose_ends().await }).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.asked(|store| async move { store.close().await }).await
    }
}
