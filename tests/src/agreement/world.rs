//! What tasks of one run share: how often they were called, so that a program can say "the third time".

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use durafn::prelude::TaskContext;
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
