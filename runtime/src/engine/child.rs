//! A child execution and its attempts.
//!
//! | from | row | to |
//! |---|---|---|
//! | | `ChildScheduled` | running, attempt 1 |
//! | running | `ChildRetried` | backing off until due, next attempt |
//! | backing off | `ChildStarted` | running |
//! | running | `ChildSucceeded`, `ChildFailed` | closed |
//! | running | `ChildStarted` | running: a fork starts an execution of its own |
//!
//! The unit that records the start of an attempt creates its execution, so there is exactly one for each. The unit that ends an attempt, or drops the
//! entry, releases it: an execution that has not ended is stopped then. One that is not waited for closes its entry with the same unit. So does one that
//! goes on in the place of this execution, whose end is in that unit too: the code has nothing left to do.
//!
//! A retrier sees what Step Functions shows it: `States.TaskFailed` for a child that came to any other end than success, and `States.Timeout` where
//! the attempt itself took too long. What awaits the call sees the child's own error.

use std::{borrow::Cow, sync::Arc};

use super::{
    Core, EntryId, ScopeId, TIMEOUT,
    call::{Policy, later},
    divergence::Step,
    matching::Next,
    recorded::Follow,
    retry,
    state::{Kind, State},
};
use crate::{
    callable::Adjust,
    context::execution_arn,
    failure::Failed,
    history::event::Event,
    store::{Link, Status},
};

/// What a retrier is shown of every child that failed.
const CHILD_FAILED: &str = "States.TaskFailed";

pub(super) struct Child {
    workflow: &'static str,
    version: u32,
    input: Arc<str>,
    link: Link,
    policy: Policy,
    progress: Progress,
    /// As of a call.
    sealed: bool,
}

/// How far a child is, as its rows tell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Progress {
    attempt: u32,
    /// The errors of the attempts that were repeated, as retriers see them.
    retried: Vec<Box<str>>,
    phase: Phase,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Running { since: i64 },
    BackingOff { due: i64 },
    Closed(Result<Arc<str>, Failed>),
}

/// A child execution to create.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Launch {
    pub(crate) workflow: Box<str>,
    pub(crate) version: u32,
    /// What is its own alone. An execution that goes on in the place of this one has its name from that.
    pub(crate) name: String,
    pub(crate) input: Arc<str>,
    pub(crate) scope: Box<str>,
    pub(crate) ordinal: u32,
    pub(crate) attempt: u32,
    pub(crate) link: Link,
}

/// An entry whose child is waited for no more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Release {
    pub(crate) scope: Box<str>,
    pub(crate) ordinal: u32,
    /// It has not ended, and is to be stopped.
    pub(crate) stop: bool,
}

/// The end of a child execution, for the entry that waits for it.
#[derive(Clone, Debug)]
pub(crate) struct ChildEnd {
    pub(crate) name: String,
    pub(crate) scope: String,
    pub(crate) ordinal: u32,
    pub(crate) status: Status,
    pub(crate) output: Option<Arc<str>>,
    pub(crate) failed: Option<Failed>,
}

impl Progress {
    pub(super) fn scheduled(since: i64) -> Progress {
        Progress { attempt: 1, retried: Vec::new(), phase: Phase::Running { since } }
    }

    pub(super) fn result(&self) -> Option<&Result<Arc<str>, Failed>> {
        match &self.phase {
            Phase::Closed(result) => Some(result),
            Phase::Running { .. } | Phase::BackingOff { .. } => None,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running { .. })
    }

    /// A redrive starts another execution, at once; retriers count from the start.
    pub(super) fn reopen(&mut self) {
        if !matches!(self.phase, Phase::BackingOff { .. }) {
            self.attempt += 1;
        }
        self.retried.clear();
        self.phase = Phase::BackingOff { due: 0 };
    }

    /// Makes the move of a row; false where the table has none.
    pub(super) fn apply(&mut self, event: &Event, at: i64) -> bool {
        match (&self.phase, event) {
            (Phase::BackingOff { .. } | Phase::Running { .. }, Event::ChildStarted { attempt })
                if *attempt == self.attempt =>
            {
                self.phase = Phase::Running { since: at };
            }
            (Phase::Running { .. }, Event::ChildRetried { error, cause: _, due }) => {
                self.retried.push(error.clone());
                self.attempt += 1;
                self.phase = Phase::BackingOff { due: *due };
            }
            (Phase::Running { .. }, Event::ChildSucceeded { output }) => {
                self.phase = Phase::Closed(Ok(Arc::clone(output)));
            }
            (Phase::Running { .. }, Event::ChildFailed { error, cause }) => {
                self.phase = Phase::Closed(Err(Failed::new(&**error, &**cause)));
            }
            _ => return false,
        }
        true
    }
}

impl Child {
    pub(super) fn result(&self) -> Option<Result<Arc<str>, Failed>> {
        self.progress.result().cloned()
    }

    pub(super) fn is_running(&self) -> bool {
        self.progress.is_running() && !self.sealed
    }
}

impl Core {
    /// Opens a child execution, or finds it in the journal.
    pub(crate) fn open_child(
        &self,
        scope: ScopeId,
        entered: u32,
        (workflow, version): (&'static str, u32),
        input: String,
        link: Link,
        adjust: &Adjust,
    ) -> EntryId {
        let mut state = self.state();
        let step = Step::Child { name: Cow::Borrowed(workflow), input: input.into(), link };
        let next = state.next(scope, Some(entered), &step);
        let Step::Child { input, .. } = step else { unreachable!("the step is a child") };
        let (ordinal, follow, sealed) = match next {
            Next::Inert(ordinal) => return state.insert(scope, ordinal, Kind::Inert, false),
            Next::New { ordinal } => (ordinal, None, false),
            Next::Recorded { ordinal, follow, sealed } => (ordinal, Some(follow), sealed),
        };
        let recorded = follow.is_some();
        let progress = match follow {
            Some(Follow::Child(progress)) => progress,
            Some(_) => unreachable!("a matching entry is of the same kind"),
            None => Progress::scheduled(state.now),
        };
        let policy = Policy::default().adjusted(adjust);
        let child = Child { workflow, version, input: Arc::clone(&input), link, policy, progress, sealed };
        let id = state.insert(scope, ordinal, Kind::Child(child), recorded);
        if recorded {
            state.set_child_timer(id);
            return id;
        }
        let oversized = state.facts.bounds.oversized(&input, || format!("the input of workflow `{workflow}`"));
        state.push_opening(scope, ordinal, entered, Event::ChildScheduled { workflow: workflow.into(), input, link });
        if let Some(Failed { error, cause }) = oversized {
            state.advance_child(id, Event::ChildFailed { error: error.into(), cause: cause.into() });
            return id;
        }
        state.launch(id);
        match link {
            Link::Detached => {
                let arn = execution_arn(workflow, &state.child_name(id));
                let output = serde_json::json!({ "ExecutionArn": arn }).to_string().into();
                state.advance_child(id, Event::ChildSucceeded { output });
            }
            // The driver knows by which name it goes on, and the code learns nothing of it.
            Link::Continues => state.advance_child(id, Event::ChildSucceeded { output: "null".into() }),
            Link::Awaited | Link::Released => state.set_child_timer(id),
        }
        id
    }

    /// The children that the journal has under way, as this execution would start them.
    pub(crate) fn recorded_children(&self) -> Vec<Launch> {
        let state = self.state();
        let running = |entry: &super::state::Entry| {
            entry.recorded && matches!(&entry.kind, Kind::Child(child) if child.is_running())
        };
        let entries = state.entries.iter().filter(|(_, entry)| running(entry));
        entries.filter_map(|(id, _)| state.launch_of(EntryId(id))).collect()
    }

    /// A child execution has ended. One that is no longer waited for is ignored.
    pub(crate) fn child_ended(&self, ended: ChildEnd) {
        let mut state = self.state();
        let ChildEnd { name, scope, ordinal, status, output, failed } = ended;
        let waits = |(id, entry): (super::slab::Id, &super::state::Entry)| match &entry.kind {
            Kind::Child(child) if entry.ordinal == ordinal && child.is_running() => {
                let path = state.scopes.get(entry.scope.0).map(|scope| &*scope.path);
                (path == Some(&*scope)).then_some(EntryId(id))
            }
            _ => None,
        };
        let Some(id) = state.entries.iter().find_map(waits) else { return };
        if state.child_name(id) != name {
            return;
        }
        match status {
            Status::Succeeded => {
                let output = output.unwrap_or_else(|| "null".into());
                state.set_timer(id, None);
                state.release_entry(id, false);
                state.advance_child(id, Event::ChildSucceeded { output });
            }
            Status::TimedOut => state.child_failed(id, CHILD_FAILED, Failed::new(TIMEOUT, "")),
            _ => {
                let mut failed = failed.unwrap_or_else(|| Failed::task_failed(""));
                if failed.error.is_empty() {
                    failed.error = CHILD_FAILED.to_owned();
                }
                state.child_failed(id, CHILD_FAILED, failed);
            }
        }
    }
}

impl State {
    fn child_mut(&mut self, id: EntryId) -> Option<&mut Child> {
        match self.entry_mut(id).map(|entry| &mut entry.kind) {
            Some(Kind::Child(child)) => Some(child),
            _ => None,
        }
    }

    /// The name of the execution of the attempt that runs.
    fn child_name(&self, id: EntryId) -> String {
        let Some(entry) = self.entry(id) else { return String::new() };
        let Kind::Child(child) = &entry.kind else { return String::new() };
        let path = self.scopes.get(entry.scope.0).map_or("", |scope| &scope.path);
        let dot = if path.is_empty() { "" } else { "." };
        format!("{}-{path}{dot}{}-{}", self.facts.nonce, entry.ordinal, child.progress.attempt)
    }

    /// Sets the timer that the phase of a child asks for.
    fn set_child_timer(&mut self, id: EntryId) {
        let Some(child) = self.child_mut(id) else { return };
        if child.sealed {
            return;
        }
        let due = match child.progress.phase {
            Phase::Running { since } => child.policy.timeout.map(|seconds| later(since, seconds)),
            Phase::BackingOff { due } => Some(due),
            Phase::Closed(_) => None,
        };
        self.set_timer(id, due);
    }

    /// Makes a move and records it.
    fn advance_child(&mut self, id: EntryId, event: Event) {
        let now = self.now;
        let Some(child) = self.child_mut(id) else { return };
        let legal = child.progress.apply(&event, now);
        debug_assert!(legal, "{event:?} is no move of this child");
        let closed = matches!(child.progress.phase, Phase::Closed(_));
        self.push_later(id, event);
        if closed {
            self.wake(id);
        }
    }

    /// An attempt has failed; `seen` is what retriers see of it.
    fn child_failed(&mut self, id: EntryId, seen: &str, failed: Failed) {
        self.release_entry(id, seen == TIMEOUT);
        let now = self.now;
        let Some(attempt) = self.child_mut(id).map(|child| child.progress.attempt) else { return };
        let bits = self.draw_for(id, attempt);
        let Some(child) = self.child_mut(id) else { return };
        let retried = child.progress.retried.iter().map(|name| &**name);
        match retry::delay(&child.policy.retry, retried, seen, || super::value::unit(bits)) {
            Some(delay) => {
                let due = now.saturating_add(delay);
                let cause = failed.to_string().into();
                self.advance_child(id, Event::ChildRetried { error: seen.into(), cause, due });
            }
            None => {
                let (error, cause) = (failed.error.into(), failed.cause.into());
                self.advance_child(id, Event::ChildFailed { error, cause });
            }
        }
        self.set_child_timer(id);
    }

    /// The timer of a child is due: an attempt has taken too long, or the next one starts.
    pub(super) fn child_due(&mut self, id: EntryId) {
        let Some(child) = self.child_mut(id) else { return };
        match child.progress.phase {
            Phase::Running { .. } => {
                let seconds = child.policy.timeout.unwrap_or_default();
                let cause = format!("attempt {} took longer than {seconds} seconds", child.progress.attempt);
                self.child_failed(id, TIMEOUT, Failed::new(TIMEOUT, cause));
            }
            Phase::BackingOff { .. } => {
                let attempt = child.progress.attempt;
                self.advance_child(id, Event::ChildStarted { attempt });
                self.launch(id);
                self.set_child_timer(id);
            }
            Phase::Closed(_) => {}
        }
    }

    fn release_entry(&mut self, id: EntryId, stop: bool) {
        if let Some((scope, ordinal)) = self.entry(id).map(|entry| (entry.scope, entry.ordinal)) {
            self.release(scope, ordinal, stop);
        }
    }

    fn release(&mut self, scope: ScopeId, ordinal: u32, stop: bool) {
        let Some(scope) = self.scopes.get(scope.0).map(|scope| scope.path.clone()) else { return };
        self.releases.push(Release { scope, ordinal, stop });
    }

    /// The entry of a child that runs is dropped. Where it was to be created with the next unit, it is not.
    pub(super) fn drop_child(&mut self, id: EntryId, scope: ScopeId, ordinal: u32) {
        self.launches.retain(|(launched, _)| *launched != id);
        self.release(scope, ordinal, true);
    }

    fn launch(&mut self, id: EntryId) {
        if let Some(launch) = self.launch_of(id) {
            self.launches.push((id, launch));
        }
    }

    fn launch_of(&self, id: EntryId) -> Option<Launch> {
        let entry = self.entry(id)?;
        let Kind::Child(child) = &entry.kind else { return None };
        Some(Launch {
            workflow: child.workflow.into(),
            version: child.version,
            name: self.child_name(id),
            input: Arc::clone(&child.input),
            scope: self.scopes.get(entry.scope.0)?.path.clone(),
            ordinal: entry.ordinal,
            attempt: child.progress.attempt,
            link: child.link,
        })
    }
}
