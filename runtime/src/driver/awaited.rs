//! Outcomes of executions, for those who wait for them: also while an execution is not in memory.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::watch;

use super::{
    Shared,
    live::{Live, Outcome},
};
use crate::{error::Error, store::ExecutionId};

/// The outcome of an execution, shared by all who wait for it. It outlives the execution's stay in memory.
#[derive(Debug)]
pub(crate) struct Awaited {
    outcome: watch::Sender<Option<Outcome>>,
}

impl Awaited {
    pub(super) fn new() -> Arc<Awaited> {
        Arc::new(Awaited { outcome: watch::Sender::new(None) })
    }

    /// Of an execution that is known to be over.
    pub(super) fn over(outcome: Outcome) -> Arc<Awaited> {
        Arc::new(Awaited { outcome: watch::Sender::new(Some(outcome)) })
    }

    /// Tells all who wait. The first outcome counts.
    pub(super) fn tell(&self, outcome: Outcome) {
        self.outcome.send_if_modified(|known| {
            let first = known.is_none();
            known.get_or_insert(outcome);
            first
        });
    }

    /// There is no outcome yet.
    pub(super) fn is_open(&self) -> bool {
        self.outcome.borrow().is_none()
    }

    /// Waits until the execution has ended, is blocked, or the engine lets go of it.
    pub(crate) async fn outcome(&self) -> Outcome {
        let mut outcome = self.outcome.subscribe();
        match outcome.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            // The sender lives as long as this.
            Ok(None) | Err(_) => Outcome::Gone(Error::closed()),
        }
    }
}

/// Who is waited for although it is not in memory: it is only in the store, or another engine runs it. Nothing is kept of the others.
#[derive(Debug, Default)]
pub(super) struct Absent {
    awaited: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_id: HashMap<ExecutionId, Weak<Awaited>>,
    /// Those of them that another engine runs.
    elsewhere: HashSet<ExecutionId>,
    /// At this size, those that nobody waits for any more are thrown out.
    sweep_at: usize,
}

impl Kept {
    fn insert(&mut self, id: ExecutionId, awaited: &Arc<Awaited>) {
        if self.by_id.len() >= self.sweep_at {
            self.by_id.retain(|_, awaited| awaited.strong_count() > 0);
            self.by_id.shrink_to_fit();
            self.sweep_at = (2 * self.by_id.len()).max(1_024);
        }
        self.by_id.insert(id, Arc::downgrade(awaited));
    }
}

impl Absent {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An execution leaves memory, and nobody can find it there any more; if somebody waits for it, or is about to, that is kept in mind.
    pub(super) fn keep(&self, id: ExecutionId, live: &Arc<Live>) {
        let awaited = live.awaited();
        // One is the execution's own.
        if Arc::strong_count(awaited) == 1 && Arc::strong_count(live) == 1 {
            return;
        }
        self.kept().insert(id, awaited);
    }

    /// What is waited for of an execution that is not in memory.
    pub(super) fn wait_for(&self, id: ExecutionId) -> Arc<Awaited> {
        let mut kept = self.kept();
        if let Some(awaited) = kept.by_id.get(&id).and_then(Weak::upgrade) {
            return awaited;
        }
        let awaited = Awaited::new();
        kept.insert(id, &awaited);
        awaited
    }

    /// Another engine runs an execution; somebody may wait for it here.
    pub(super) fn keep_elsewhere(&self, id: ExecutionId, live: &Arc<Live>) {
        let mut kept = self.kept();
        kept.by_id.insert(id, Arc::downgrade(live.awaited()));
        kept.elsewhere.insert(id);
    }

    /// Who is waited for here and run by another engine.
    pub(super) fn elsewhere(&self) -> Vec<ExecutionId> {
        let Kept { by_id, elsewhere, .. } = &mut *self.kept();
        elsewhere.retain(|id| by_id.get(id).is_some_and(|awaited| awaited.strong_count() > 0));
        elsewhere.iter().copied().collect()
    }

    /// Who waits for an execution that has ended elsewhere.
    pub(super) fn take_elsewhere(&self, id: ExecutionId) -> Option<Arc<Awaited>> {
        let mut kept = self.kept();
        if kept.elsewhere.remove(&id) { kept.by_id.remove(&id)?.upgrade() } else { None }
    }

    /// Who waits for an execution that comes back.
    pub(super) fn take(&self, id: ExecutionId) -> Option<Arc<Awaited>> {
        let mut kept = self.kept();
        kept.elsewhere.remove(&id);
        kept.by_id.remove(&id)?.upgrade()
    }

    /// The engine ends: whoever still waits is told.
    pub(super) fn tell_all(&self, outcome: &Outcome) {
        let kept = std::mem::take(&mut *self.kept());
        for awaited in kept.by_id.values().filter_map(Weak::upgrade) {
            awaited.tell(outcome.clone());
        }
    }
}

impl Shared {
    /// An execution that waits leaves memory, unless there are messages for it. Whoever takes it up from now on loads it.
    pub(super) fn unload(&self, id: ExecutionId, live: &Arc<Live>) -> bool {
        let mut all = self.live();
        if !live.retire() {
            return false;
        }
        all.remove(&id);
        self.absent.keep(id, live);
        drop(all);
        self.left.notify_waiters();
        true
    }

    /// An execution that is over leaves memory.
    pub(super) fn leave(&self, id: ExecutionId) {
        self.live().remove(&id);
        self.left.notify_waiters();
    }
}
