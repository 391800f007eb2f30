//! A store around another: a hook is asked before each call, and may refuse it.

use std::fmt;

use async_trait::async_trait;

use super::*;
use crate::store::{
    Checked, Committed, ExecutionId, ExecutionRow, Expiry, JournalRow, ListFilter, LooseEnds, Message, MessageId, Poll,
    Post, QueuedActivity, RunningOn, Status, StoreError, TokenRow, Unit, Waiting,
};

/// What is called, as far as hooks tell calls apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Commit,
    Other,
}

type Before = Box<dyn Fn(Call) -> Result<(), StoreError> + Send + Sync>;

pub(super) struct Hooked {
    inner: Arc<MemoryStore>,
    before: Before,
    closes: bool,
}

impl Hooked {
    pub(super) fn new(
        inner: &Arc<MemoryStore>,
        before: impl Fn(Call) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Hooked {
        Hooked { inner: Arc::clone(inner), before: Box::new(before), closes: true }
    }

    /// A store that outlives its engine.
    pub(super) fn unclosed(inner: &Arc<MemoryStore>) -> Hooked {
        Hooked { closes: false, ..Hooked::new(inner, |_| Ok(())) }
    }
}

impl fmt::Debug for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooked").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for Hooked {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        (self.before)(Call::Commit)?;
        self.inner.commit(unit).await
    }

    async fn put_machine(&self, fingerprint: &str, workflow: &str, json: &str) -> Result<(), StoreError> {
        (self.before)(Call::Other)?;
        self.inner.put_machine(fingerprint, workflow, json).await
    }

    async fn machine(&self, fingerprint: &str) -> Result<Option<String>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.machine(fingerprint).await
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.execution(id).await
    }

    async fn execution_by_name(&self, workflow: &str, name: &str) -> Result<Option<ExecutionRow>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.execution_by_name(workflow, name).await
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<ExecutionRow>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.list(filter).await
    }

    async fn count(&self) -> Result<Vec<(String, Status, u64)>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.count().await
    }

    async fn children(&self, parent: ExecutionId) -> Result<Vec<ExecutionRow>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.children(parent).await
    }

    async fn loose_ends(&self) -> Result<LooseEnds, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.loose_ends().await
    }

    async fn journal(&self, id: ExecutionId) -> Result<Vec<JournalRow>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.journal(id).await
    }

    async fn due(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError> {
        (self.before)(Call::Other)?;
        self.inner.due(after, until, limit).await
    }

    async fn running(&self, workflow: &str, after: ExecutionId, limit: usize) -> Result<Vec<RunningOn>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.running(workflow, after, limit).await
    }

    async fn checked(&self, workflow: &str) -> Result<Option<Checked>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.checked(workflow).await
    }

    async fn post(&self, post: Post, at: i64) -> Result<MessageId, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.post(post, at).await
    }

    async fn inbox(&self) -> Result<Vec<Message>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.inbox().await
    }

    async fn posted(&self) {
        self.inner.posted().await;
    }

    async fn token(&self, token: &str) -> Result<Option<TokenRow>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.token(token).await
    }

    async fn heartbeat(&self, token: &str, at: i64) -> Result<(), StoreError> {
        (self.before)(Call::Other)?;
        self.inner.heartbeat(token, at).await
    }

    async fn expire_token(&self, token: &str, silent_since: Option<i64>) -> Result<Expiry, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.expire_token(token, silent_since).await
    }

    async fn poll_activity(&self, poll: &Poll) -> Result<Option<QueuedActivity>, StoreError> {
        (self.before)(Call::Other)?;
        self.inner.poll_activity(poll).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        if self.closes { self.inner.close().await } else { Ok(()) }
    }
}
