//! An attempt of an activity: it is queued under a token, a worker takes it, and it ends by the token.
//!
//! | what happens | row | its time |
//! |---|---|---|
//! | the attempt is due | `ActivityQueued`, and in the same unit the token and a place in the store's queue | does not count |
//! | a worker has taken it from the store | `ActivityStarted` | counts from when it was taken |
//! | the worker completes or fails it, or is silent or late | as of a callback: `TaskSucceeded`, `TaskRetried`, `TaskFailed` | |
//!
//! Nothing of it runs here, so it needs no place among the tasks that run at once, and an execution that waits for it leaves memory. No attempt
//! is queued twice: one whose worker has died fails by its time.

use std::sync::Arc;

use super::{
    Core, EntryId,
    call::Call,
    idempotency_key,
    progress::Phase,
    state::{Kind, State},
};
use crate::{
    history::event::Event,
    store::{NewActivity, Update},
};

impl Core {
    /// A worker has taken the attempt with a token, at a time. Of one that nobody waits for any more, nothing is recorded.
    pub(crate) fn activity_started(&self, token: &str, worker: &str, at: i64) {
        let mut state = self.state();
        let Some(&id) = state.tokens.get(token) else { return };
        if state.call_mut(id).is_some_and(|call| call.progress.phase == Phase::Queued) {
            state.advance(id, Event::ActivityStarted { worker: worker.into(), at });
            state.wait_for_worker(id, at);
        }
    }
}

impl State {
    pub(super) fn is_activity(&self, id: EntryId) -> bool {
        matches!(self.entry(id).map(|entry| &entry.kind), Some(Kind::Call(call)) if call.policy.activity)
    }

    /// Queues the attempt that is due.
    pub(super) fn queue(&mut self, id: EntryId) {
        let queued_at = self.now;
        let startable = |call: &&mut Call| matches!(call.progress.phase, Phase::Ready | Phase::Running);
        let Some(call) = self.call_mut(id).filter(startable) else { return };
        let attempt = call.progress.attempt;
        let token: Arc<str> = format!("{:032x}", self.draw_for(id, attempt)).into();
        self.advance(id, Event::ActivityQueued { attempt, token: Arc::clone(&token) });
        self.tokens.insert(Arc::clone(&token), id);
        let Some(key) = self.key_of(id) else { return };
        let Some(call) = self.call_mut(id) else { return };
        let new = NewActivity {
            token,
            task: call.task.into(),
            input: Arc::clone(&call.input),
            attempt,
            key,
            timeout: call.policy.timeout,
            heartbeat: call.policy.heartbeat,
            queued_at,
        };
        self.updates.push(Update::QueueActivity(Box::new(new)));
    }

    fn key_of(&self, id: EntryId) -> Option<String> {
        let entry = self.entry(id)?;
        let scope = &self.scopes.get(entry.scope.0)?.path;
        Some(idempotency_key(&self.facts.nonce, scope, entry.ordinal))
    }

    /// Waits for the worker that has taken an attempt, as long as the attempt may take.
    pub(super) fn wait_for_worker(&mut self, id: EntryId, since: i64) {
        let Some(call) = self.call_mut(id) else { return };
        call.count_from(since);
        self.arm(id);
    }
}
