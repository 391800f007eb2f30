//! What an execution does once it is committed: cancel and start attempts, ask for a reminder.

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll};

use super::{
    Shared,
    attempt::{Attempt, Running},
    live::{Message, Outcome},
    permits::InHand,
    runner::Runner,
};
use crate::{
    engine::{EntryId, Grant, Launch, Run, idempotency_key},
    store::NewExecution,
    task::TaskContext,
};

/// What a commit allows.
pub(super) struct After {
    pub(super) runs: Vec<Run>,
    pub(super) cancels: Vec<EntryId>,
    /// Child executions that the commit creates.
    pub(super) children: Vec<NewExecution>,
    /// Child executions that run in memory alone.
    pub(super) express: Vec<Launch>,
    /// It releases child executions that have not ended.
    pub(super) stops: bool,
    /// Something is queued for workers, or what they do may be wanted no more.
    pub(super) wakes_workers: bool,
    pub(super) ended: Option<Outcome>,
}

pub(super) enum Acted {
    Ended(Outcome),
    /// Something happened that the code may go on with.
    Again,
    Waits,
}

impl Runner {
    /// Does what the last commit allows.
    pub(super) async fn act(&mut self, after: After) -> Acted {
        let After { runs, cancels, children: _, express, stops, wakes_workers, ended } = after;
        for entry in cancels {
            if let Some(running) = self.running.remove(&entry) {
                running.cancel();
            }
        }
        if stops {
            self.shared.stop_released();
        }
        for Launch { workflow, version, name, input, .. } in express {
            if let Ok(workflow) = self.shared.registry.workflow_of(&workflow, version) {
                self.shared.queue_express(workflow, Some(name), input);
            }
        }
        if wakes_workers {
            self.shared.wake_workers();
        }
        if let Some(outcome) = ended {
            return Acted::Ended(outcome);
        }
        if !runs.is_empty() {
            self.core.set_now(self.shared.clock.now());
        }
        let alone = runs.len() == 1;
        let mut ended_at_once = false;
        for run in runs {
            ended_at_once |= self.start_attempt(run, alone).await;
        }
        if ended_at_once {
            return Acted::Again;
        }
        self.remind();
        Acted::Waits
    }

    /// Starts an attempt. One that is alone is polled here first: most are done at once, or soon, and cost no task then. Yields whether it
    /// has ended.
    async fn start_attempt(&mut self, run: Run, alone: bool) -> bool {
        let Run { entry, task, input, attempt, scope, ordinal, token, .. } = run.clone();
        let permit = self.permits.next().map(Arc::new);
        let key = idempotency_key(&self.nonce, &scope, ordinal);
        let mut context = TaskContext::new(Arc::clone(&self.shared.resources), self.id.0.to_string(), key, attempt)
            .with_clock(Arc::clone(&self.shared.clock))
            .attended_by(Arc::downgrade(&self.live) as _);
        if let Some(token) = token {
            context = context.with_token(token);
        }
        if let Some(permit) = &permit {
            context = context.with_permit(permit);
        }
        if let Some(transact) = self.shared.registry.task(task).and_then(|task| task.transact) {
            self.start_transaction(run, transact, context, permit);
            return false;
        }
        let span = self.telemetry.attempt(&run);
        let mut work = Attempt::new(self.shared.registry.task(task), task, &input, context.clone(), span);
        if alone {
            let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut work).poll(cx))).await;
            if let Poll::Ready(result) = first {
                drop(permit);
                self.core.set_now(self.shared.clock.now());
                self.end_attempt(entry, attempt, result).await;
                return true;
            }
        }
        self.core.attempt_pending(entry);
        let live = Arc::clone(&self.live);
        let handle = self.shared.runtime.spawn(async move {
            let result = work.await;
            // Whoever reads no more has ended.
            let _ = live.send(Message::AttemptEnded { entry, attempt, result });
        });
        self.running.insert(entry, Running { abort: handle.abort_handle(), context, _permit: permit });
        false
    }

    /// Asks the timekeeper for a reminder of the next timer.
    fn remind(&mut self) {
        let Some(due) = self.core.next_due() else { return };
        if self.reminder.is_none_or(|reminder| due < reminder.0) {
            self.forget_reminder();
            self.reminder = Some(self.shared.timekeeper.remind(due, &self.live));
        }
    }

    pub(super) fn forget_reminder(&mut self) {
        if let Some(reminder) = self.reminder.take() {
            self.shared.timekeeper.forget(reminder);
        }
    }
}

/// Whether one more attempt of a task may start.
pub(super) fn grant<'a>(
    shared: &'a Shared,
    draining: bool,
    in_hand: &'a mut InHand,
) -> impl FnMut(&'static str) -> Grant + use<'a> {
    move |task| match &shared.permits {
        _ if draining => Grant::Nothing,
        None => Grant::Start,
        Some(permits) => in_hand.grant(permits, task),
    }
}
