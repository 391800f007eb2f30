//! A task and its attempts.
//!
//! | from | row | to |
//! |---|---|---|
//! | | `TaskScheduled`, not started | ready |
//! | | `TaskScheduled`, started | running, attempt 1 |
//! | ready, backing off | `TaskStarted` | running |
//! | running | `TaskStarted` of the same attempt: the process had ended | running, lost once more |
//! | running | `TaskInterrupted`: the engine was shut down | ready |
//! | running | `TaskRetried` | backing off until due, next attempt |
//! | running | `TaskSucceeded`, `TaskFailed` | closed |
//!
//! When its time has come, a call that backs off turns ready without a row.

use std::{borrow::Cow, sync::Arc};

use durafn_ir::Retrier;

use super::{
    Core, EntryId, Run, ScopeId, TIMEOUT,
    divergence::Step,
    matching::Next,
    recorded::Follow,
    retry,
    state::{Kind, Start, State},
};
use crate::{callable::Adjust, failure::Failed, history::event::Event};

/// What a task declares about its attempts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Policy {
    /// Seconds an attempt may take.
    pub(crate) timeout: Option<u64>,
    pub(crate) retry: Arc<[Retrier]>,
}

impl Policy {
    fn adjusted(mut self, adjust: &Adjust) -> Policy {
        if let Some(timeout) = adjust.timeout {
            self.timeout = Some(timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0));
        }
        if let Some(retry) = &adjust.retry {
            self.retry = retry.as_slice().into();
        }
        self
    }
}

pub(super) struct Call {
    task: &'static str,
    input: Arc<str>,
    state: u32,
    policy: Policy,
    progress: Progress,
    /// It was under way when its scope was stopped: it stays as it is, and nothing of it runs.
    sealed: bool,
}

/// How far a call is, as its rows tell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Progress {
    /// The attempt that runs or is next.
    attempt: u32,
    /// How often the process ended while this attempt ran.
    lost: u32,
    /// The errors of the attempts that were repeated.
    retried: Vec<Box<str>>,
    phase: Phase,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Ready,
    Running,
    BackingOff { due: i64 },
    Closed(Result<Arc<str>, Failed>),
}

impl Progress {
    pub(super) fn scheduled(started: bool) -> Progress {
        let phase = if started { Phase::Running } else { Phase::Ready };
        Progress { attempt: 1, lost: 0, retried: Vec::new(), phase }
    }

    /// The result, where the call is closed.
    pub(super) fn result(&self) -> Option<Result<Arc<str>, Failed>> {
        match &self.phase {
            Phase::Closed(result) => Some(result.clone()),
            Phase::Ready | Phase::Running | Phase::BackingOff { .. } => None,
        }
    }

    /// Makes the move of a row; false where the table has none.
    pub(super) fn apply(&mut self, event: &Event) -> bool {
        match (&self.phase, event) {
            (Phase::Ready | Phase::BackingOff { .. }, Event::TaskStarted { attempt }) if *attempt == self.attempt => {
                self.phase = Phase::Running;
            }
            (Phase::Running, Event::TaskStarted { attempt }) if *attempt == self.attempt => self.lost += 1,
            (Phase::Running, Event::TaskInterrupted { attempt }) if *attempt == self.attempt => {
                self.phase = Phase::Ready;
            }
            (Phase::Running, Event::TaskRetried { error, cause: _, due }) => {
                self.retried.push(error.clone());
                self.attempt += 1;
                self.lost = 0;
                self.phase = Phase::BackingOff { due: *due };
            }
            (Phase::Running, Event::TaskSucceeded { output }) => {
                self.phase = Phase::Closed(Ok(Arc::clone(output)));
            }
            (Phase::Running, Event::TaskFailed { error, cause }) => {
                self.phase = Phase::Closed(Err(Failed::new(&**error, &**cause)));
            }
            _ => return false,
        }
        true
    }
}

impl Call {
    pub(super) fn result(&self) -> Option<Result<Arc<str>, Failed>> {
        self.progress.result()
    }

    pub(super) fn is_running(&self) -> bool {
        self.progress.phase == Phase::Running && !self.sealed
    }
}

impl Core {
    /// Opens a call, or finds it in the journal.
    pub(crate) fn open_call(
        &self,
        scope: ScopeId,
        entered: u32,
        task: &'static str,
        input: String,
        adjust: &Adjust,
    ) -> EntryId {
        let mut state = self.state();
        let step = Step::Task { name: Cow::Borrowed(task), input: input.into() };
        let next = state.next(scope, Some(entered), &step);
        let Step::Task { input, .. } = step else { unreachable!("the step is a task") };
        let (ordinal, follow, sealed) = match next {
            Next::Inert(ordinal) => return state.insert(scope, ordinal, Kind::Inert, false),
            Next::New { ordinal } => (ordinal, None, false),
            Next::Recorded { ordinal, follow, sealed } => (ordinal, Some(follow), sealed),
        };
        let policy = state.host.policy(task).adjusted(adjust);
        let recorded = follow.is_some();
        let progress = match follow {
            Some(Follow::Call(progress)) => progress,
            Some(_) => unreachable!("a matching entry is of the same kind"),
            None => Progress::scheduled(false),
        };
        let call = Call { task, input: Arc::clone(&input), state: entered, policy, progress, sealed };
        let id = state.insert(scope, ordinal, Kind::Call(call), recorded);
        if !recorded {
            let event = Event::TaskScheduled { task: task.into(), input, started: false };
            let row = state.push_opening(scope, ordinal, entered, event);
            state.starts.push(Start { entry: id, row: Some(row) });
        } else if !sealed {
            state.continue_call(id);
        }
        id
    }

    /// An attempt has come to its end. One that is no longer under way is ignored.
    pub(crate) fn attempt_ended(&self, id: EntryId, attempt: u32, result: Result<Arc<str>, Failed>) {
        let mut state = self.state();
        match state.call_mut(id) {
            Some(call) if call.is_running() && call.progress.attempt == attempt => {}
            _ => return,
        }
        state.set_timer(id, None);
        match result {
            Ok(output) => state.advance(id, Event::TaskSucceeded { output }),
            Err(failed) => state.attempt_failed(id, failed),
        }
    }

    /// An attempt was started, and has not ended at once: its time counts from now.
    pub(crate) fn attempt_pending(&self, id: EntryId, timeout: Option<u64>) {
        if let Some(seconds) = timeout {
            let mut state = self.state();
            let due = later(state.now, seconds);
            state.set_timer(id, Some(due));
        }
    }

    /// Takes back every attempt under way, because the engine is shut down.
    pub(crate) fn interrupt(&self) {
        let mut state = self.state();
        let running: Vec<(EntryId, u32)> = state
            .entries
            .iter()
            .filter_map(|(id, entry)| match &entry.kind {
                Kind::Call(call) if call.is_running() => Some((EntryId(id), call.progress.attempt)),
                _ => None,
            })
            .collect();
        for (id, attempt) in running {
            state.set_timer(id, None);
            state.advance(id, Event::TaskInterrupted { attempt });
            state.cancel(id);
            state.starts.push(Start { entry: id, row: None });
        }
    }
}

impl State {
    fn call_mut(&mut self, id: EntryId) -> Option<&mut Call> {
        match self.entry_mut(id).map(|entry| &mut entry.kind) {
            Some(Kind::Call(call)) => Some(call),
            _ => None,
        }
    }

    /// Goes on with a call as its rows left it.
    fn continue_call(&mut self, id: EntryId) {
        let limit = self.facts.crash_restarts;
        let Some(call) = self.call_mut(id) else { return };
        match call.progress.phase {
            Phase::Closed(_) => {}
            Phase::Ready => self.starts.push(Start { entry: id, row: None }),
            Phase::BackingOff { due } => self.set_timer(id, Some(due)),
            Phase::Running if call.progress.lost < limit => {
                self.running += 1;
                self.starts.push(Start { entry: id, row: None });
            }
            Phase::Running => {
                self.running += 1;
                let times = limit.saturating_add(1);
                let cause = format!("the process ended {times} times while the task ran, so it is not started again");
                self.attempt_failed(id, Failed::task_failed(cause));
            }
        }
    }

    /// Makes a move and records it.
    fn advance(&mut self, id: EntryId, event: Event) {
        let Some(call) = self.call_mut(id) else { return };
        let was_running = call.is_running();
        let legal = call.progress.apply(&event);
        debug_assert!(legal, "{event:?} is no move of this call");
        let is_running = call.is_running();
        let closed = matches!(call.progress.phase, Phase::Closed(_));
        self.running = self.running + usize::from(is_running) - usize::from(was_running);
        self.push_later(id, event);
        if closed {
            self.wake(id);
        }
    }

    fn attempt_failed(&mut self, id: EntryId, failed: Failed) {
        let host = Arc::clone(&self.host);
        let now = self.now;
        let Some(call) = self.call_mut(id) else { return };
        let retried = call.progress.retried.iter().map(|name| &**name);
        let delay = retry::delay(&call.policy.retry, retried, &failed.error, || super::value::unit(host.entropy()));
        let (error, cause) = (failed.error.into(), failed.cause.into());
        match delay {
            Some(delay) => {
                let due = now.saturating_add(delay);
                self.advance(id, Event::TaskRetried { error, cause, due });
                self.set_timer(id, Some(due));
            }
            None => self.advance(id, Event::TaskFailed { error, cause }),
        }
    }

    /// The timer of a call is due: an attempt has taken too long, or the next one may start.
    pub(super) fn call_due(&mut self, id: EntryId) {
        let Some(call) = self.call_mut(id) else { return };
        match call.progress.phase {
            Phase::Running => {
                let seconds = call.policy.timeout.unwrap_or_default();
                let cause = format!("attempt {} took longer than {seconds} seconds", call.progress.attempt);
                self.cancel(id);
                self.attempt_failed(id, Failed::new(TIMEOUT, cause));
            }
            Phase::BackingOff { .. } => {
                call.progress.phase = Phase::Ready;
                self.starts.push(Start { entry: id, row: None });
            }
            Phase::Ready | Phase::Closed(_) => {}
        }
    }

    /// Starts the attempts that may start, and records it.
    pub(super) fn grant_starts(&mut self, grant: &mut dyn FnMut() -> bool) -> Vec<Run> {
        let mut runs = Vec::with_capacity(self.starts.len());
        let mut refused = Vec::new();
        for Start { entry: id, row } in std::mem::take(&mut self.starts) {
            if self.entry(id).is_none() {
                continue;
            }
            if !refused.is_empty() || !grant() {
                refused.push(Start { entry: id, row: None });
                continue;
            }
            let Some(call) = self.call_mut(id) else { continue };
            let started = Event::TaskStarted { attempt: call.progress.attempt };
            match row {
                Some(row) => {
                    call.progress.apply(&started);
                    self.running += 1;
                    // The row that schedules the task says that it has started, so that one row is enough.
                    self.row_mut(row).number = Some(1);
                }
                None => self.advance(id, started),
            }
            runs.extend(self.run_of(id));
        }
        self.starts = refused;
        runs
    }

    fn run_of(&self, id: EntryId) -> Option<Run> {
        let entry = self.entry(id)?;
        let Kind::Call(call) = &entry.kind else { return None };
        Some(Run {
            entry: id,
            task: call.task,
            input: Arc::clone(&call.input),
            attempt: call.progress.attempt,
            state: call.state,
            scope: self.scopes.get(entry.scope.0)?.path.clone(),
            ordinal: entry.ordinal,
            timeout: call.policy.timeout,
        })
    }
}

/// A time some seconds later.
pub(super) fn later(time: i64, seconds: u64) -> i64 {
    time.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000))
}
