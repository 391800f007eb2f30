//! A timer.
//!
//! | from | row | to |
//! |---|---|---|
//! | | `WaitSeconds`, `WaitUntil` | waiting until due |
//! | waiting | `WaitEnded` | closed |

use std::sync::Arc;

use super::{
    Core, EntryId, ScopeId,
    call::later,
    divergence::Step,
    matching::Next,
    recorded::{Follow, no_output},
    state::{Kind, State},
};
use crate::{failure::Failed, history::event::Event};

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitFor {
    /// A number of seconds from the time of its row.
    Seconds(u64),
    /// A time, in milliseconds since 1970.
    Until(i64),
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wait {
    Waiting,
    Ended,
}

impl Wait {
    pub(super) fn result(self) -> Option<Result<Arc<str>, Failed>> {
        match self {
            Wait::Waiting => None,
            Wait::Ended => Some(Ok(no_output())),
        }
    }
}

impl Core {
    /// Opens a wait, or finds it in the journal.
    pub(crate) fn open_wait(&self, scope: ScopeId, entered: u32, wait_for: WaitFor) -> EntryId {
        let mut state = self.state();
        let (ordinal, due, wait, recorded) = match state.next(scope, Some(entered), &Step::Wait(wait_for)) {
            Next::Inert(ordinal) => return state.insert(scope, ordinal, Kind::Inert, false),
            Next::Recorded { ordinal, follow: Follow::Wait { ended: true, .. }, .. } => {
                (ordinal, None, Wait::Ended, true)
            }
            Next::Recorded { ordinal, follow: Follow::Wait { due, .. }, sealed } => {
                (ordinal, (!sealed).then_some(due), Wait::Waiting, true)
            }
            Next::Recorded { .. } => unreachable!("a matching entry is of the same kind"),
            Next::New { ordinal } => {
                let (event, due) = match wait_for {
                    WaitFor::Seconds(seconds) => (Event::WaitSeconds { seconds }, later(state.now, seconds)),
                    WaitFor::Until(until) => (Event::WaitUntil { until }, until),
                };
                state.push_opening(scope, ordinal, entered, event);
                (ordinal, Some(due), Wait::Waiting, false)
            }
        };
        let id = state.insert(scope, ordinal, Kind::Wait(wait), recorded);
        state.set_timer(id, due);
        id
    }
}

impl State {
    /// The timer of a wait is due.
    pub(super) fn wait_due(&mut self, id: EntryId) {
        if let Some(entry) = self.entry_mut(id) {
            entry.kind = Kind::Wait(Wait::Ended);
            self.push_later(id, Event::WaitEnded);
            self.wake(id);
        }
    }
}
