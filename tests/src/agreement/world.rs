//! What tasks of one run share: how often they were called, so that a program can say "the third time".

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use durafn::{Failed, prelude::TaskContext};
use serde_json::Value;
use tokio::sync::Notify;

/// The world of one run. Tasks find it as a resource.
#[derive(Clone, Default)]
pub struct World {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    calls: Mutex<Calls>,
    hung: Notify,
    /// Answers to tokens that are not delivered yet.
    replies: Mutex<Vec<(String, Reply)>>,
    replied: Notify,
    replied_early: Notify,
    delivered: Notify,
}

/// What somebody outside does with a token.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The call is completed with this.
    Complete(Value),
    /// The attempt is failed.
    Fail(Failed),
}

#[derive(Default)]
struct Calls {
    counts: HashMap<String, u32>,
    /// By kind, key and attempt: what was counted before.
    known: HashMap<(String, String, u32), u32>,
}

impl World {
    fn of(context: &TaskContext) -> World {
        context.resource().expect("tasks of programs run in a world")
    }

    /// The number of this attempt among those of its kind, from 1. One that a crash repeats keeps its number.
    ///
    /// A kind must not be counted in scopes that run at the same time: they have no order.
    #[must_use]
    pub fn count(context: &TaskContext, kind: &str) -> u32 {
        let world = World::of(context);
        let mut calls = world.inner.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let Calls { counts, known } = &mut *calls;
        let attempt = (kind.to_owned(), context.idempotency_key().to_owned(), context.attempt());
        *known.entry(attempt).or_insert_with(|| {
            let count = counts.entry(kind.to_owned()).or_default();
            *count += 1;
            *count
        })
    }

    /// Never answers, so that the attempt times out.
    pub async fn hang<T>(context: &TaskContext) -> T {
        World::of(context).inner.hung.notify_one();
        std::future::pending().await
    }

    /// Somebody answers the token of this attempt.
    pub fn reply(context: &TaskContext, reply: Reply) {
        let world = World::of(context);
        let token = context.token().expect("only callbacks are answered").to_owned();
        world.replies().push((token, reply));
        world.inner.replied.notify_one();
    }

    /// Somebody answers the token of this attempt before its body returns.
    pub async fn reply_early(context: &TaskContext, reply: Reply) {
        let world = World::of(context);
        let delivered = world.inner.delivered.notified();
        World::reply(context, reply);
        world.inner.replied_early.notify_one();
        delivered.await;
    }

    fn replies(&self) -> MutexGuard<'_, Vec<(String, Reply)>> {
        self.inner.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn replied_early(&self) {
        self.inner.replied_early.notified().await;
    }

    /// The answer to a token.
    pub(super) fn take_reply(&self, token: &str) -> Option<Reply> {
        let mut replies = self.replies();
        let index = replies.iter().position(|(other, _)| other == token)?;
        Some(replies.remove(index).1)
    }

    /// Waits for an answer that is to be delivered.
    pub(super) async fn next_reply(&self) -> (String, Reply) {
        loop {
            if let Some(reply) = self.replies().first() {
                return reply.clone();
            }
            self.inner.replied.notified().await;
        }
    }

    /// An answer was delivered, or nobody wanted it.
    pub(super) fn delivered(&self, token: &str) {
        let _ = self.take_reply(token);
        self.inner.delivered.notify_waiters();
    }

    /// Waits until a task hangs.
    pub(super) async fn hung(&self) {
        self.inner.hung.notified().await;
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}
