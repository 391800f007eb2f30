//! How far a call is: a task and its attempts.
//!
//! | from | row | to |
//! |---|---|---|
//! | | `TaskScheduled`, not started; `ActivityScheduled` | ready |
//! | | `TaskScheduled`, started | running, attempt 1 |
//! | ready, backing off | `TaskStarted` | running |
//! | running | `TaskStarted` of the same attempt: the process had ended | running, lost once more |
//! | running | `TaskInterrupted`: the engine was shut down | ready |
//! | running, submitted, queued, taken | `TaskRetried` | backing off until due, next attempt |
//! | running | `TaskToken`: the attempt of a callback has a token | running |
//! | running | `TaskSubmitted`: the body of a callback has returned | submitted |
//! | ready, backing off, running | `ActivityQueued`: the attempt of an activity has a token, and waits for a worker | queued |
//! | queued | `ActivityStarted`: a worker has taken it | taken |
//! | running, submitted, queued, taken | `TaskSucceeded`, `TaskFailed` | closed |
//! | ready | `TaskFailed`: its input is too large | closed |
//!
//! When its time has come, a call that backs off turns ready without a row. A token belongs to its attempt, however often that is started: it ends the
//! attempt also before the body has returned, or while the attempt is ready to be started again.

use std::sync::Arc;

use crate::{failure::Failed, history::event::Event};

/// How far a call is, as its rows tell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Progress {
    /// The attempt that runs or is next.
    pub(super) attempt: u32,
    /// How often the process ended while this attempt ran.
    pub(super) lost: u32,
    /// The errors of the attempts that were repeated.
    pub(super) retried: Vec<Box<str>>,
    /// Of this attempt, where it has begun and is one of a callback or an activity.
    pub(super) token: Option<Token>,
    pub(super) phase: Phase,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) text: Arc<str>,
    pub(super) issued_at: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    Ready,
    Running,
    Submitted,
    /// An activity, and no worker has it.
    Queued,
    /// A worker has it since then.
    Taken {
        at: i64,
    },
    BackingOff {
        due: i64,
    },
    Closed(Result<Arc<str>, Failed>),
}

impl Progress {
    pub(super) fn scheduled(started: bool) -> Progress {
        let phase = if started { Phase::Running } else { Phase::Ready };
        Progress { attempt: 1, lost: 0, retried: Vec::new(), token: None, phase }
    }

    /// The attempt can end: it runs, or somebody has its token.
    pub(super) fn is_under_way(&self) -> bool {
        match self.phase {
            Phase::Running | Phase::Submitted | Phase::Queued | Phase::Taken { .. } => true,
            Phase::Ready => self.token.is_some(),
            Phase::BackingOff { .. } | Phase::Closed(_) => false,
        }
    }

    /// The result, where the call is closed.
    pub(super) fn result(&self) -> Option<Result<Arc<str>, Failed>> {
        match &self.phase {
            Phase::Closed(result) => Some(result.clone()),
            Phase::Ready
            | Phase::Running
            | Phase::Submitted
            | Phase::Queued
            | Phase::Taken { .. }
            | Phase::BackingOff { .. } => None,
        }
    }

    /// Makes the move of a row, written at a time; false where the table has none.
    pub(super) fn apply(&mut self, event: &Event, at: i64) -> bool {
        match (&self.phase, event) {
            (Phase::Ready | Phase::BackingOff { .. }, Event::TaskStarted { attempt }) if *attempt == self.attempt => {
                self.phase = Phase::Running;
            }
            (Phase::Running, Event::TaskStarted { attempt }) if *attempt == self.attempt => self.lost += 1,
            (Phase::Running, Event::TaskInterrupted { attempt }) if *attempt == self.attempt => {
                self.phase = Phase::Ready;
            }
            (Phase::Running, Event::TaskToken { attempt, token })
                if *attempt == self.attempt && self.token.is_none() =>
            {
                self.token = Some(Token { text: Arc::clone(token), issued_at: at });
            }
            (Phase::Running, Event::TaskSubmitted) if self.token.is_some() => self.phase = Phase::Submitted,
            (Phase::Ready | Phase::BackingOff { .. } | Phase::Running, Event::ActivityQueued { attempt, token })
                if *attempt == self.attempt && self.token.is_none() =>
            {
                self.token = Some(Token { text: Arc::clone(token), issued_at: at });
                self.phase = Phase::Queued;
            }
            (Phase::Queued, Event::ActivityStarted { worker: _, at }) => self.phase = Phase::Taken { at: *at },
            (_, Event::TaskRetried { error, cause: _, due }) if self.is_under_way() => {
                self.retried.push(error.clone());
                self.attempt += 1;
                self.lost = 0;
                self.token = None;
                self.phase = Phase::BackingOff { due: *due };
            }
            (_, Event::TaskSucceeded { output }) if self.is_under_way() => {
                self.phase = Phase::Closed(Ok(Arc::clone(output)));
            }
            (_, Event::TaskFailed { error, cause }) if self.is_under_way() || self.phase == Phase::Ready => {
                self.phase = Phase::Closed(Err(Failed::new(&**error, &**cause)));
            }
            _ => return false,
        }
        true
    }
}
