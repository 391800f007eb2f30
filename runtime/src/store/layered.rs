//! A store with something in front of it: what counts, delays, refuses or crashes.
//!
//! ```
//! use durafn::store::{Layer, Layered, MemoryStore, Store, StoreCall, StoreError};
//! use std::{future::Future, sync::{Arc, atomic::{AtomicUsize, Ordering}}};
//!
//! /// Counts what is written.
//! #[derive(Debug, Default)]
//! struct Counting(AtomicUsize);
//!
//! impl Layer for Counting {
//!     async fn ask<T: Send + 'static>(
//!         &self,
//!         call: StoreCall,
//!         asked: impl Future<Output = Result<T, StoreError>> + Send + 'static,
//!     ) -> Result<T, StoreError> {
//!         self.0.fetch_add(usize::from(call.writes()), Ordering::Relaxed);
//!         asked.await
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let store = Layered::new(Arc::new(MemoryStore::new()), Counting::default());
//! store.commit(Default::default()).await?;
//! assert_eq!(store.layer().0.load(Ordering::Relaxed), 1);
//! # Ok::<(), StoreError>(())
//! # }).unwrap();
//! ```

use std::{fmt, future::Future, sync::Arc};

use async_trait::async_trait;

use super::{
    Checked, Committed, ExecutionId, ExecutionRow, Expiry, JournalRow, ListFilter, LooseEnds, Message, MessageId, Poll,
    Post, QueuedActivity, Removable, RunningOn, ScheduleRow, Sharing, Status, Store, StoreError, TokenRow,
    TransactionBody, Unit, Waiting, WaitingToken,
};
use crate::failure::Failed;

/// What is asked of a store, as far as layers tell questions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreCall {
    /// [`Store::commit`] or [`Store::transact`].
    Commit,
    /// [`Store::post`], [`Store::heartbeat`], [`Store::expire_token`], [`Store::remove`], [`Store::sweep`], or of schedules: what is written besides units.
    Write,
    /// [`Store::poll_activity`]. Where a process dies at it, what was handed out is lost to the worker, until it times out.
    Poll,
    /// Anything that is only read, the machines, and the tables of tasks.
    Read,
}

impl StoreCall {
    /// It changes executions, tokens or the inbox, and an engine that comes back makes good what a crash took of it.
    #[must_use]
    pub fn writes(self) -> bool {
        !matches!(self, StoreCall::Read | StoreCall::Poll)
    }
}

/// What stands in front of a store.
pub trait Layer: Send + Sync + fmt::Debug + 'static {
    /// Asks the store, by awaiting `asked`; or does not, and answers in its place.
    fn ask<T: Send + 'static>(
        &self,
        call: StoreCall,
        asked: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Closing this store closes the one behind it.
    fn closes(&self) -> bool {
        true
    }
}

/// A store with a layer in front of it.
#[derive(Debug)]
pub struct Layered<L> {
    store: Arc<dyn Store>,
    layer: L,
}

impl<L: Layer> Layered<L> {
    /// Puts a layer in front of a store.
    pub fn new(store: Arc<dyn Store>, layer: L) -> Self {
        Layered { store, layer }
    }

    /// The layer.
    pub fn layer(&self) -> &L {
        &self.layer
    }

    async fn ask<T, F>(&self, call: StoreCall, ask: impl FnOnce(Arc<dyn Store>) -> F + Send) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let asked = ask(Arc::clone(&self.store));
        self.layer.ask(call, asked).await
    }
}

#[async_trait]
impl<L: Layer> Store for Layered<L> {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        self.ask(StoreCall::Commit, |store| async move { store.commit(unit).await }).await
    }

    async fn put_machine(&self, fingerprint: &str, workflow: &str, json: &str) -> Result<(), StoreError> {
        let (fingerprint, workflow, json) = (fingerprint.to_owned(), workflow.to_owned(), json.to_owned());
        self.ask(StoreCall::Read, |store| async move { store.put_machine(&fingerprint, &workflow, &json).await }).await
    }

    async fn machine(&self, fingerprint: &str) -> Result<Option<String>, StoreError> {
        let fingerprint = fingerprint.to_owned();
        self.ask(StoreCall::Read, |store| async move { store.machine(&fingerprint).await }).await
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        self.ask(StoreCall::Read, move |store| async move { store.execution(id).await }).await
    }

    async fn execution_by_name(&self, workflow: &str, name: &str) -> Result<Option<ExecutionRow>, StoreError> {
        let (workflow, name) = (workflow.to_owned(), name.to_owned());
        self.ask(StoreCall::Read, |store| async move { store.execution_by_name(&workflow, &name).await }).await
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<ExecutionRow>, StoreError> {
        let filter = filter.clone();
        self.ask(StoreCall::Read, |store| async move { store.list(&filter).await }).await
    }

    async fn count(&self) -> Result<Vec<(String, Status, u64)>, StoreError> {
        self.ask(StoreCall::Read, |store| async move { store.count().await }).await
    }

    async fn journal(&self, id: ExecutionId) -> Result<Vec<JournalRow>, StoreError> {
        self.ask(StoreCall::Read, move |store| async move { store.journal(id).await }).await
    }

    async fn due(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError> {
        self.ask(StoreCall::Read, move |store| async move { store.due(after, until, limit).await }).await
    }

    async fn running(&self, workflow: &str, after: ExecutionId, limit: usize) -> Result<Vec<RunningOn>, StoreError> {
        let workflow = workflow.to_owned();
        self.ask(StoreCall::Read, move |store| async move { store.running(&workflow, after, limit).await }).await
    }

    async fn checked(&self, workflow: &str) -> Result<Option<Checked>, StoreError> {
        let workflow = workflow.to_owned();
        self.ask(StoreCall::Read, |store| async move { store.checked(&workflow).await }).await
    }

    async fn post(&self, post: Post, at: i64) -> Result<MessageId, StoreError> {
        self.ask(StoreCall::Write, move |store| async move { store.post(post, at).await }).await
    }

    async fn inbox(&self) -> Result<Vec<Message>, StoreError> {
        self.ask(StoreCall::Read, |store| async move { store.inbox().await }).await
    }

    async fn posted(&self) {
        self.store.posted().await;
    }

    async fn token(&self, token: &str) -> Result<Option<TokenRow>, StoreError> {
        let token = token.to_owned();
        self.ask(StoreCall::Read, |store| async move { store.token(&token).await }).await
    }

    async fn waiting_tokens(&self) -> Result<Vec<WaitingToken>, StoreError> {
        self.ask(StoreCall::Read, |store| async move { store.waiting_tokens().await }).await
    }

    async fn heartbeat(&self, token: &str, at: i64) -> Result<(), StoreError> {
        let token = token.to_owned();
        self.ask(StoreCall::Write, move |store| async move { store.heartbeat(&token, at).await }).await
    }

    async fn expire_token(&self, token: &str, silent_since: Option<i64>) -> Result<Expiry, StoreError> {
        let token = token.to_owned();
        self.ask(StoreCall::Write, move |store| async move { store.expire_token(&token, silent_since).await }).await
    }

    async fn poll_activity(&self, poll: &Poll) -> Result<Option<QueuedActivity>, StoreError> {
        let poll = poll.clone();
        self.ask(StoreCall::Poll, |store| async move { store.poll_activity(&poll).await }).await
    }

    async fn children(&self, parent: ExecutionId) -> Result<Vec<ExecutionRow>, StoreError> {
        self.ask(StoreCall::Read, move |store| async move { store.children(parent).await }).await
    }

    async fn loose_ends(&self) -> Result<LooseEnds, StoreError> {
        self.ask(StoreCall::Read, |store| async move { store.loose_ends().await }).await
    }

    async fn transact(
        &self,
        id: ExecutionId,
        row: JournalRow,
        body: TransactionBody,
    ) -> Result<Result<Arc<str>, Failed>, StoreError> {
        self.ask(StoreCall::Commit, move |store| async move { store.transact(id, row, body).await }).await
    }

    async fn bring_tables(&self, versions: &[String]) -> Result<(), StoreError> {
        let versions = versions.to_vec();
        self.ask(StoreCall::Read, |store| async move { store.bring_tables(&versions).await }).await
    }

    async fn removable(&self, which: &Removable) -> Result<Vec<ExecutionId>, StoreError> {
        let which = which.clone();
        self.ask(StoreCall::Read, |store| async move { store.removable(&which).await }).await
    }

    async fn remove(&self, ids: &[ExecutionId]) -> Result<usize, StoreError> {
        let ids = ids.to_vec();
        self.ask(StoreCall::Write, |store| async move { store.remove(&ids).await }).await
    }

    async fn sweep(&self) -> Result<bool, StoreError> {
        self.ask(StoreCall::Write, |store| async move { store.sweep().await }).await
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRow>, StoreError> {
        self.ask(StoreCall::Read, |store| async move { store.schedules().await }).await
    }

    async fn put_schedule(&self, row: ScheduleRow) -> Result<(), StoreError> {
        self.ask(StoreCall::Write, |store| async move { store.put_schedule(row).await }).await
    }

    async fn swap_schedule(&self, was: &ScheduleRow, row: Option<ScheduleRow>) -> Result<bool, StoreError> {
        let was = was.clone();
        self.ask(StoreCall::Write, |store| async move { store.swap_schedule(&was, row).await }).await
    }

    /// What engines ask that share the store passes by the layer.
    fn sharing(&self) -> Option<&dyn Sharing> {
        self.store.sharing()
    }

    async fn close(&self) -> Result<(), StoreError> {
        if !self.layer.closes() {
            return Ok(());
        }
        self.ask(StoreCall::Read, |store| async move { store.close().await }).await
    }
}
