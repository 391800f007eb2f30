//! What a journal holds, by scope, ready to be matched.

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use super::{
    call::later,
    child,
    divergence::Step,
    join::{Decided, JoinKind},
    progress::Progress,
    value::Value,
    wait::WaitFor,
};
use crate::{
    failure::Failed,
    history::event::{Event, Unreadable},
    store::JournalRow,
};

/// A journal, by scope.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub(super) scopes: HashMap<Box<str>, RecordedScope>,
    machine: Option<Box<str>>,
    /// Payloads were taken out of it: see [`History::redact`](crate::history::History).
    pub(crate) redacted: bool,
    /// When it was reopened last, in milliseconds since 1970.
    pub(super) redriven_at: Option<i64>,
}

/// What was recorded of a scope.
#[derive(Debug, Default)]
pub(crate) struct RecordedScope {
    /// By ordinal, without gaps.
    pub(super) entries: VecDeque<RecordedEntry>,
    pub(super) end: Option<Result<(), Failed>>,
    /// Where it went the new way.
    pub(super) patches: Vec<Box<str>>,
    /// States were entered between the last entry and the end: the code went on after that entry.
    pub(super) went_on: bool,
    /// The ordinal of the first entry.
    pub(super) taken: u32,
}

/// A durable entry and all that its rows said.
#[derive(Debug)]
pub(super) struct RecordedEntry {
    pub(super) state: Option<u32>,
    pub(super) step: Step,
    pub(super) follow: Follow,
}

/// How far a recorded entry is.
#[derive(Debug)]
pub(super) enum Follow {
    Call(Progress),
    Child(child::Progress),
    Wait { due: i64, ended: bool },
    Join(Option<Decided>),
    Value(Value),
}

impl Recorded {
    /// Reads a journal.
    ///
    /// # Errors
    ///
    /// When a row cannot be read, or stands where no row of its kind can stand.
    pub(crate) fn read(rows: &[JournalRow], started_at: i64) -> Result<Recorded, Unreadable> {
        let mut recorded = Recorded::default();
        let mut ended = false;
        for row in rows {
            let event = Event::from_row(row)?;
            let misplaced = || {
                let what = "does not fit the rows before it";
                Unreadable { scope: row.scope.clone(), ordinal: row.ordinal, event: row.event, what }
            };
            if ended != (event == Event::ExecutionRedriven) {
                return Err(misplaced());
            }
            match event {
                Event::CodeChanged { to, .. } => {
                    recorded.machine = Some(to);
                    continue;
                }
                Event::ExecutionRedriven => {
                    recorded.reopen();
                    recorded.redriven_at = Some(started_at.saturating_add(row.at));
                    ended = false;
                    continue;
                }
                Event::ExecutionAborted { .. } | Event::ExecutionTimedOut => {
                    ended = true;
                    continue;
                }
                _ => {}
            }
            ended = row.scope.is_empty() && end_of(&event).is_some();
            if !recorded.scopes.contains_key(&row.scope) {
                recorded.scopes.insert(row.scope.clone(), RecordedScope::default());
            }
            let Some(scope) = recorded.scopes.get_mut(&row.scope) else { continue };
            if !scope.add(row, event, started_at) {
                return Err(misplaced());
            }
        }
        Ok(recorded)
    }

    /// The machine that the last rows are of, where it is not the one that the execution started on.
    pub(crate) fn machine(&self) -> Option<&str> {
        self.machine.as_deref()
    }

    /// What a scope holds, in order.
    pub(crate) fn steps(&self, scope: &str) -> impl Iterator<Item = &Step> {
        self.scopes.get(scope).into_iter().flat_map(|scope| scope.entries.iter().map(|entry| &entry.step))
    }

    pub(super) fn take(&mut self, scope: &str) -> RecordedScope {
        self.scopes.remove(scope).unwrap_or_default()
    }

    /// Takes back what was not reached of a scope: from this ordinal on.
    pub(super) fn put_back(&mut self, path: Box<str>, mut scope: RecordedScope, from: u32) {
        if !scope.entries.is_empty() {
            scope.taken = from;
            self.scopes.insert(path, scope);
        }
    }

    /// Takes the entries of all scopes whose path begins so, with their scope and ordinal.
    pub(super) fn take_below(&mut self, prefix: &str) -> Vec<(Box<str>, u32, Follow)> {
        let mut paths: Vec<Box<str>> = self.scopes.keys().filter(|path| path.starts_with(prefix)).cloned().collect();
        paths.sort_unstable();
        let scopes = paths.into_iter().map(|path| (self.take(&path), path));
        let entries = scopes.flat_map(|(scope, path)| {
            let entries = (scope.taken..).zip(scope.entries);
            entries.map(move |(ordinal, entry)| (path.clone(), ordinal, entry.follow))
        });
        entries.collect()
    }
}

impl RecordedScope {
    /// Takes in a row; false where it does not fit.
    fn add(&mut self, row: &JournalRow, event: Event, started_at: i64) -> bool {
        if self.end.is_some() {
            return false;
        }
        if let Event::Patched { patch } = event {
            self.patches.push(patch);
            return true;
        }
        if let Some(end) = end_of(&event) {
            self.end = Some(end);
            self.went_on = row.visits.is_some();
            return true;
        }
        let index = row.ordinal.wrapping_sub(self.taken) as usize;
        if let Some(entry) = self.entries.get_mut(index) {
            return entry.add(event, started_at.saturating_add(row.at));
        }
        let Some((step, follow)) = opening(event, started_at.saturating_add(row.at)) else { return false };
        self.entries.push_back(RecordedEntry { state: row.state, step, follow });
        index + 1 == self.entries.len()
    }
}

fn end_of(event: &Event) -> Option<Result<(), Failed>> {
    match event {
        Event::ScopeSucceeded | Event::ExecutionSucceeded => Some(Ok(())),
        Event::ScopeFailed { error, cause } => Some(Err(Failed::new(&**error, &**cause))),
        Event::ExecutionFailed { error } => Some(Err(Failed::new(&**error, ""))),
        _ => None,
    }
}

/// The entry that a row opens, `at` a time.
fn opening(event: Event, at: i64) -> Option<(Step, Follow)> {
    Some(match event {
        Event::TaskScheduled { task, input, started } => {
            (Step::recorded_task(task, input), Follow::Call(Progress::scheduled(started)))
        }
        Event::ActivityScheduled { task, input } => {
            (Step::recorded_task(task, input), Follow::Call(Progress::scheduled(false)))
        }
        Event::ChildScheduled { workflow, input, link } => {
            let step = Step::Child { name: Cow::Owned(workflow.into()), input, link };
            (step, Follow::Child(child::Progress::scheduled(at)))
        }
        Event::WaitSeconds { seconds } => {
            (Step::Wait(WaitFor::Seconds(seconds)), Follow::Wait { due: later(at, seconds), ended: false })
        }
        Event::WaitUntil { until } => (Step::Wait(WaitFor::Until(until)), Follow::Wait { due: until, ended: false }),
        Event::ParallelStarted { branches } => (Step::Join(JoinKind::Parallel, branches), Follow::Join(None)),
        Event::RaceStarted { branches } => (Step::Join(JoinKind::Race, branches), Follow::Join(None)),
        Event::MapStarted { items } => (Step::Join(JoinKind::Map, items), Follow::Join(None)),
        Event::Now { millis } => value(Value::Now(millis)),
        Event::Uuid { uuid } => value(Value::Uuid(uuid)),
        Event::Random { bits } => value(Value::Random(bits)),
        _ => return None,
    })
}

fn value(value: Value) -> (Step, Follow) {
    (Step::Value(value.clone()), Follow::Value(value))
}

impl RecordedEntry {
    /// Takes in a further row of the entry, written at a time; false where it does not fit.
    fn add(&mut self, event: Event, at: i64) -> bool {
        match (&mut self.follow, event) {
            (Follow::Call(progress), event) => progress.apply(&event, at),
            (Follow::Child(progress), event) => progress.apply(&event, at),
            (Follow::Wait { ended: ended @ false, .. }, Event::WaitEnded) => {
                *ended = true;
                true
            }
            (Follow::Join(decided @ None), Event::JoinSucceeded) => {
                *decided = Some(Decided::Succeeded);
                true
            }
            (Follow::Join(decided @ None), Event::RaceWon { index }) => {
                *decided = Some(Decided::Won { index });
                true
            }
            (Follow::Join(decided @ None), Event::JoinFailed { index, error, cause }) => {
                let failed = Failed::new(&*error, &*cause);
                *decided = Some(Decided::Failed { index, failed });
                true
            }
            _ => false,
        }
    }
}

/// The empty output of entries that have none.
pub(super) fn no_output() -> Arc<str> {
    Arc::from("")
}
