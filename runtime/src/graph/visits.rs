//! The visits of states, put together from a history: what a picture of an execution shows.

use std::collections::BTreeMap;

use crate::history::{EventKind, HistoryEvent, StateType};

/// One visit of a state.
#[derive(Debug)]
pub(super) struct Visit<'a> {
    pub(super) scope: &'a str,
    pub(super) state: &'a str,
    pub(super) ty: StateType,
    /// The visit of the Parallel or Map around it.
    pub(super) around: Option<usize>,
    /// Milliseconds since 1970.
    pub(super) from: i64,
    /// None while it lasts.
    pub(super) to: Option<i64>,
    pub(super) outcome: Outcome,
    pub(super) attempts: Vec<Attempt>,
    /// The error of the last attempt, or of the join.
    pub(super) error: Option<&'a str>,
}

/// What became of a visit, the more important the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Done,
    /// It failed, and the code went on.
    Caught,
    /// It was dropped because something else ended.
    Aborted,
    Failed,
    Running,
}

/// One start of a task.
#[derive(Debug)]
pub(super) struct Attempt {
    /// Its number: a start after a crash has that of the one before.
    pub(super) number: u32,
    pub(super) from: i64,
    pub(super) to: Option<i64>,
    pub(super) failed: bool,
}

impl Visit<'_> {
    /// How many attempts followed a failed one.
    pub(super) fn retries(&self) -> u32 {
        self.attempts.iter().map(|attempt| attempt.number).max().unwrap_or(1).saturating_sub(1)
    }

    pub(super) fn is_durable(&self) -> bool {
        matches!(self.ty, StateType::Task | StateType::Wait | StateType::Parallel | StateType::Map)
    }

    fn end(&mut self, at: i64, outcome: Outcome) {
        self.to = Some(at);
        self.outcome = outcome;
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.to.get_or_insert(at);
        }
    }
}

/// The visits in the order in which they began.
pub(super) fn visits(events: &[HistoryEvent]) -> Vec<Visit<'_>> {
    let mut reader = Reader::default();
    events.iter().for_each(|event| reader.read(event));
    reader.visits
}

#[derive(Default)]
struct Reader<'a> {
    visits: Vec<Visit<'a>>,
    /// The visit that each scope is in.
    open: BTreeMap<&'a str, usize>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, event: &'a HistoryEvent) {
        let (scope, at) = (event.scope.as_str(), event.at);
        let error = event.details.error.as_deref();
        match event.kind {
            EventKind::StateEntered(ty) => self.enter(event, ty),
            EventKind::StateExited(_) => {
                let Some(visit) = self.close(scope) else { return };
                let outcome = if visit.error.is_some() { Outcome::Caught } else { Outcome::Done };
                visit.end(at, outcome);
            }
            EventKind::StateAborted(_) => {
                if let Some(visit) = self.close(scope) {
                    visit.end(at, Outcome::Aborted);
                }
            }
            EventKind::TaskScheduled
            | EventKind::TaskStarted
            | EventKind::ActivityScheduled
            | EventKind::ActivityStarted => {
                let Some(visit) = self.current(scope) else { return };
                visit.error = None;
                if matches!(event.kind, EventKind::TaskStarted | EventKind::ActivityStarted) {
                    if let Some(last) = visit.attempts.last_mut() {
                        last.to.get_or_insert(at);
                    }
                    let number = event.details.attempt.unwrap_or(1);
                    visit.attempts.push(Attempt { number, from: at, to: None, failed: false });
                }
            }
            EventKind::TaskSucceeded
            | EventKind::TaskFailed
            | EventKind::TaskTimedOut
            | EventKind::ActivitySucceeded
            | EventKind::ActivityFailed
            | EventKind::ActivityTimedOut => {
                let Some(visit) = self.current(scope) else { return };
                visit.error = error;
                if let Some(last) = visit.attempts.last_mut() {
                    last.to = Some(at);
                    last.failed = error.is_some();
                }
            }
            EventKind::ParallelStateFailed | EventKind::MapStateFailed => {
                self.fail_below(scope, at);
                if let Some(visit) = self.current(scope) {
                    visit.error = error;
                }
            }
            EventKind::MapIterationFailed => {
                if let Some(visit) = self.close(scope) {
                    visit.end(at, Outcome::Failed);
                }
            }
            EventKind::ExecutionFailed | EventKind::ExecutionAborted | EventKind::ExecutionTimedOut => {
                self.end_all(event.kind == EventKind::ExecutionFailed, at);
            }
            _ => {}
        }
    }

    fn enter(&mut self, event: &'a HistoryEvent, ty: StateType) {
        let scope = event.scope.as_str();
        let around = around(scope).and_then(|around| self.open.get(around).copied());
        self.open.insert(scope, self.visits.len());
        self.visits.push(Visit {
            scope,
            state: event.details.state.as_deref().unwrap_or("?"),
            ty,
            around,
            from: event.at,
            to: None,
            outcome: Outcome::Running,
            attempts: Vec::new(),
            error: None,
        });
    }

    fn current(&mut self, scope: &str) -> Option<&mut Visit<'a>> {
        self.open.get(scope).map(|index| &mut self.visits[*index])
    }

    fn close(&mut self, scope: &str) -> Option<&mut Visit<'a>> {
        self.open.remove(scope).map(|index| &mut self.visits[index])
    }

    /// A join failed: what is still open in it is what failed, since the rest was told to be dropped.
    fn fail_below(&mut self, scope: &str, at: i64) {
        let below = |inner: &str| {
            inner.len() > scope.len()
                && inner.starts_with(scope)
                && (scope.is_empty() || inner[scope.len()..].starts_with('.'))
        };
        let inner: Vec<&str> = self.open.keys().copied().filter(|inner| below(inner)).collect();
        for scope in inner {
            if let Some(visit) = self.close(scope) {
                visit.end(at, Outcome::Failed);
            }
        }
    }

    /// The execution ended without success in the states that are open.
    fn end_all(&mut self, failed: bool, at: i64) {
        for (scope, index) in std::mem::take(&mut self.open) {
            let visit = &mut self.visits[index];
            let is_cause = visit.error.is_some() || visit.ty == StateType::Fail || scope.is_empty();
            visit.end(at, if failed && is_cause { Outcome::Failed } else { Outcome::Aborted });
        }
    }
}

/// The scope around one.
fn around(scope: &str) -> Option<&str> {
    let (join, _) = scope.rsplit_once('.')?;
    Some(join.rsplit_once('.').map_or("", |(around, _)| around))
}
