//! A task and its attempts.
//!
//! How far it is, [`progress`](super::progress) tells; [`start`](super::start) starts its attempts.

use std::{borrow::Cow, sync::Arc, time::Duration};

use durafn_ir::Retrier;

use super::{
    Core, EntryId, HEARTBEAT_TIMEOUT, ScopeId, TIMEOUT,
    divergence::Step,
    matching::Next,
    progress::{Phase, Progress},
    recorded::Follow,
    retry,
    state::{Kind, Start, State},
};
use crate::{callable::Adjust, failure::Failed, history::event::Event, store::Update};

/// What a task declares about its attempts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Policy {
    /// Seconds an attempt may take.
    pub(crate) timeout: Option<u64>,
    /// Seconds an attempt may be silent.
    pub(crate) heartbeat: Option<u64>,
    pub(crate) retry: Arc<[Retrier]>,
    /// An attempt ends by its token.
    pub(crate) callback: bool,
    /// An attempt is queued for a worker.
    pub(crate) activity: bool,
    /// An attempt that has begun is not started again.
    pub(crate) at_most_once: bool,
    /// An attempt commits its own result.
    pub(crate) transaction: bool,
}

impl Policy {
    pub(super) fn adjusted(mut self, adjust: &Adjust) -> Policy {
        let whole = |duration: Duration| duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
        self.timeout = adjust.timeout.map(whole).or(self.timeout);
        self.heartbeat = adjust.heartbeat.map(whole).or(self.heartbeat);
        if let Some(retry) = &adjust.retry {
            self.retry = retry.as_slice().into();
        }
        self
    }
}

pub(super) struct Call {
    pub(super) task: &'static str,
    pub(super) input: Arc<str>,
    pub(super) state: u32,
    pub(super) policy: Policy,
    pub(super) progress: Progress,
    /// When the attempt under way has taken too long.
    pub(super) late: Option<i64>,
    /// When it has been silent for too long.
    silent: Option<i64>,
    /// It was under way when its scope was stopped: it stays as it is, and nothing of it runs.
    sealed: bool,
}

/// An attempt whose time is over, or that is given up, unless somebody outside of the core says otherwise: that it was heard of, or that its token was used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Suspect {
    pub(crate) entry: EntryId,
    pub(crate) attempt: u32,
    pub(crate) token: Option<Arc<str>>,
    /// It is none where the attempt has taken too long; else a heartbeat after this time would be early enough.
    pub(crate) silent_since: Option<i64>,
    /// Why it is given up, where that is not its time.
    pub(crate) given_up: Option<Failed>,
}

impl Call {
    pub(super) fn result(&self) -> Option<Result<Arc<str>, Failed>> {
        self.progress.result()
    }

    pub(super) fn is_running(&self) -> bool {
        self.progress.phase == Phase::Running && !self.sealed
    }

    /// The token that somebody may complete.
    pub(super) fn open_token(&self) -> Option<&Arc<str>> {
        let open = self.progress.is_under_way() && !self.sealed;
        self.progress.token.as_ref().filter(|_| open).map(|token| &token.text)
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
        let (recorded, activity) = (follow.is_some(), policy.activity);
        let progress = match follow {
            Some(Follow::Call(progress)) => progress,
            Some(_) => unreachable!("a matching entry is of the same kind"),
            None => Progress::scheduled(false),
        };
        let input = Arc::clone(&input);
        let call = Call { task, input, state: entered, policy, progress, late: None, silent: None, sealed };
        let (input, token) = (Arc::clone(&call.input), call.open_token().cloned());
        let id = state.insert(scope, ordinal, Kind::Call(call), recorded);
        if let Some(token) = token {
            state.tokens.insert(token, id);
        }
        if !recorded {
            let event = match activity {
                true => Event::ActivityScheduled { task: task.into(), input },
                false => Event::TaskScheduled { task: task.into(), input, started: false },
            };
            let row = state.push_opening(scope, ordinal, entered, event);
            state.start(id, Some(row));
        } else if !sealed {
            state.continue_call(id);
        }
        id
    }

    /// An attempt has come to its end. One that is no longer under way is ignored. The body of a callback that returns is not the end.
    pub(crate) fn attempt_ended(&self, id: EntryId, attempt: u32, result: Result<Arc<str>, Failed>) {
        let mut state = self.state();
        let callback = match state.call_mut(id) {
            Some(call) if call.is_running() && call.progress.attempt == attempt => call.policy.callback,
            _ => return,
        };
        match result {
            Ok(_) if callback => state.advance(id, Event::TaskSubmitted),
            result => state.attempt_over(id, result),
        }
    }

    /// Somebody has completed a token. Yields the entry, where it was still waited for.
    pub(crate) fn complete(&self, token: &str, result: Result<Arc<str>, Failed>) -> Option<EntryId> {
        let mut state = self.state();
        let id = *state.tokens.get(token)?;
        let open = state.call_mut(id).and_then(|call| call.open_token().cloned());
        open.filter(|open| **open == *token)?;
        state.attempt_over(id, result);
        Some(id)
    }

    /// The task that waits for a token.
    pub(crate) fn task_of(&self, token: &str) -> Option<&'static str> {
        let mut state = self.state();
        let id = *state.tokens.get(token)?;
        state.call_mut(id).map(|call| call.task)
    }

    /// The token of an attempt that is under way.
    pub(crate) fn token_of(&self, id: EntryId, attempt: u32) -> Option<Arc<str>> {
        let mut state = self.state();
        let call = state.call_mut(id).filter(|call| call.progress.attempt == attempt)?;
        call.open_token().cloned()
    }

    /// An attempt was started, and has not ended at once: its time counts from now. That of a callback counts from its token.
    pub(crate) fn attempt_pending(&self, id: EntryId) {
        let mut state = self.state();
        let now = state.now;
        let Some(call) = state.call_mut(id) else { return };
        if !call.policy.callback {
            call.count_from(now);
            state.arm(id);
        }
    }

    /// Attempts whose time may be over.
    pub(crate) fn suspects(&self) -> Vec<Suspect> {
        std::mem::take(&mut self.state().suspects)
    }

    /// A suspect has sent a heartbeat.
    pub(crate) fn heard(&self, id: EntryId, attempt: u32, beat: i64) {
        let mut state = self.state();
        let Some(call) = state.call_mut(id) else { return };
        if call.progress.attempt == attempt {
            call.silent = call.policy.heartbeat.map(|seconds| later(beat, seconds));
            state.arm(id);
        }
    }

    /// The time of a suspect is over indeed.
    pub(crate) fn overdue(&self, suspect: &Suspect) {
        let mut state = self.state();
        let id = suspect.entry;
        let Some(call) = state.call_mut(id) else { return };
        if call.progress.attempt == suspect.attempt && call.progress.is_under_way() {
            let failed = suspect.given_up.clone().unwrap_or_else(|| call.overdue(suspect.silent_since.is_some()));
            state.cancel(id);
            state.attempt_failed(id, failed);
        }
    }
}

impl Call {
    /// Its time counts from here.
    pub(super) fn count_from(&mut self, start: i64) {
        self.late = self.policy.timeout.map(|seconds| later(start, seconds));
        self.silent = self.policy.heartbeat.map(|seconds| later(start, seconds));
    }

    fn overdue(&self, silent: bool) -> Failed {
        let attempt = self.progress.attempt;
        if silent {
            let seconds = self.policy.heartbeat.unwrap_or_default();
            let cause = format!("attempt {attempt} sent no heartbeat for {seconds} seconds");
            return Failed::new(HEARTBEAT_TIMEOUT, cause);
        }
        let seconds = self.policy.timeout.unwrap_or_default();
        Failed::new(TIMEOUT, format!("attempt {attempt} took longer than {seconds} seconds"))
    }
}

/// An attempt that had begun and is not started again.
pub(super) fn begun(why: &str) -> Failed {
    Failed::task_failed(format!("{why} while the task ran, and it is started at most once"))
}

impl State {
    pub(super) fn call_mut(&mut self, id: EntryId) -> Option<&mut Call> {
        match self.entry_mut(id).map(|entry| &mut entry.kind) {
            Some(Kind::Call(call)) => Some(call),
            _ => None,
        }
    }

    /// Goes on with a call as its rows left it.
    fn continue_call(&mut self, id: EntryId) {
        let limit = self.facts.bounds.crash_restarts;
        let Some(call) = self.call_mut(id) else { return };
        let task = call.task;
        match call.progress.phase {
            Phase::Closed(_) => {}
            Phase::Ready => self.start(id, None),
            Phase::BackingOff { due } => self.set_timer(id, Some(due)),
            Phase::Submitted => self.wait_for_token(id),
            Phase::Queued => {}
            Phase::Taken { at } => self.wait_for_worker(id, at),
            Phase::Running if call.policy.at_most_once => {
                self.running += 1;
                self.give_up(id, begun("the process ended"));
            }
            Phase::Running if call.progress.lost < limit => {
                let attempt = call.progress.attempt;
                self.running += 1;
                self.starts.push(Start { entry: id, task, attempt, row: None });
            }
            Phase::Running => {
                self.running += 1;
                let times = limit.saturating_add(1);
                let cause = format!("the process ended {times} times while the task ran, so it is not started again");
                self.give_up(id, Failed::task_failed(cause));
            }
        }
    }

    /// An attempt that had begun is not started again. One with a token may have been completed, so that is asked first.
    fn give_up(&mut self, id: EntryId, failed: Failed) {
        let Some(call) = self.call_mut(id) else { return };
        let (attempt, token) = (call.progress.attempt, call.open_token().cloned());
        match token {
            None => self.attempt_failed(id, failed),
            Some(_) => {
                let given_up = Some(failed);
                self.suspects.push(Suspect { entry: id, attempt, token, silent_since: None, given_up });
            }
        }
    }

    /// An attempt is to start, unless the input is too large. `row` is that of `TaskScheduled`.
    fn start(&mut self, id: EntryId, row: Option<usize>) {
        let bounds = self.facts.bounds;
        let Some(call) = self.call_mut(id) else { return };
        let (task, attempt) = (call.task, call.progress.attempt);
        match bounds.oversized(&call.input, || format!("the input of task `{task}`")) {
            Some(Failed { error, cause }) => {
                self.advance(id, Event::TaskFailed { error: error.into(), cause: cause.into() });
            }
            None => self.starts.push(Start { entry: id, task, attempt, row }),
        }
    }

    /// An attempt has come to its end.
    fn attempt_over(&mut self, id: EntryId, result: Result<Arc<str>, Failed>) {
        self.set_timer(id, None);
        let bounds = self.facts.bounds;
        let Some(call) = self.call_mut(id) else { return };
        let task = call.task;
        let result =
            result.and_then(|output| match bounds.oversized(&output, || format!("the result of task `{task}`")) {
                Some(failed) => Err(failed),
                None => Ok(output),
            });
        match result {
            Ok(output) => self.advance(id, Event::TaskSucceeded { output }),
            Err(failed) => self.attempt_failed(id, failed),
        }
    }

    /// Waits for the token of a callback as long as its attempt may take.
    pub(super) fn wait_for_token(&mut self, id: EntryId) {
        let Some(call) = self.call_mut(id) else { return };
        if let Some(token) = &call.progress.token {
            call.count_from(token.issued_at);
            self.arm(id);
        }
    }

    /// Sets the timer for whichever comes first.
    pub(super) fn arm(&mut self, id: EntryId) {
        let Some(call) = self.call_mut(id) else { return };
        let due = call.late.into_iter().chain(call.silent).min();
        self.set_timer(id, due);
    }

    /// Makes a move and records it.
    pub(super) fn advance(&mut self, id: EntryId, event: Event) {
        let now = self.now;
        let Some(call) = self.call_mut(id) else { return };
        let was_running = call.is_running();
        let token = call.open_token().cloned();
        let legal = call.progress.apply(&event, now);
        debug_assert!(legal, "{event:?} is no move of this call");
        let is_running = call.is_running();
        let closed = matches!(call.progress.phase, Phase::Closed(_));
        if let Some(token) = token.filter(|_| call.open_token().is_none()) {
            self.tokens.remove(&token);
        }
        self.running = self.running + usize::from(is_running) - usize::from(was_running);
        self.push_later(id, event);
        if closed {
            self.wake(id);
        }
    }

    pub(super) fn attempt_failed(&mut self, id: EntryId, failed: Failed) {
        let now = self.now;
        let Some(attempt) = self.call_mut(id).map(|call| call.progress.attempt) else { return };
        let bits = self.draw_for(id, attempt);
        let Some(call) = self.call_mut(id) else { return };
        let retried = call.progress.retried.iter().map(|name| &**name);
        let token = call.open_token().cloned();
        let delay = retry::delay(&call.policy.retry, retried, &failed.error, || super::value::unit(bits));
        let (error, cause) = (failed.error.into(), failed.cause.into());
        // One that was used stays so.
        self.updates.extend(token.map(Update::ExpireToken));
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
        let now = self.now;
        let Some(call) = self.call_mut(id) else { return };
        let late = call.late.is_some_and(|late| late <= now);
        let token = call.open_token().cloned();
        match call.progress.phase {
            Phase::Running | Phase::Submitted if late && token.is_none() => {
                let failed = call.overdue(false);
                self.cancel(id);
                self.attempt_failed(id, failed);
            }
            Phase::Running | Phase::Submitted | Phase::Taken { .. } => {
                let attempt = call.progress.attempt;
                let silence = call.policy.heartbeat.filter(|_| !late);
                let silent_since = silence.map(|seconds| earlier(now, seconds));
                self.suspects.push(Suspect { entry: id, attempt, token, silent_since, given_up: None });
            }
            Phase::BackingOff { .. } => {
                call.progress.phase = Phase::Ready;
                let (task, attempt) = (call.task, call.progress.attempt);
                self.starts.push(Start { entry: id, task, attempt, row: None });
            }
            Phase::Ready | Phase::Queued | Phase::Closed(_) => {}
        }
    }
}

/// A time some seconds later.
pub(crate) fn later(time: i64, seconds: u64) -> i64 {
    time.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000))
}

/// A time some seconds earlier.
fn earlier(time: i64, seconds: u64) -> i64 {
    time.saturating_sub(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000))
}
