//! Attempts whose success somebody else commits, and attempts that are taken back.

use std::sync::Arc;

use super::{
    Core, EntryId,
    call::begun,
    recorded::no_output,
    state::{Kind, Start, State},
};
use crate::{
    history::event::{Event, Place},
    store::JournalRow,
};

impl Core {
    /// Takes back every attempt under way, because the engine is shut down.
    pub(crate) fn interrupt(&self) {
        let mut state = self.state();
        let running: Vec<(EntryId, &'static str, u32, bool)> = state
            .entries
            .iter()
            .filter_map(|(id, entry)| match &entry.kind {
                // A transaction runs to its end.
                Kind::Call(call) if call.is_running() && !call.policy.transaction => {
                    Some((EntryId(id), call.task, call.progress.attempt, call.policy.at_most_once))
                }
                _ => None,
            })
            .collect();
        for (id, task, attempt, at_most_once) in running {
            state.set_timer(id, None);
            state.cancel(id);
            let has_token = state.call_mut(id).is_some_and(|call| call.open_token().is_some());
            if at_most_once && has_token {
                // It may have been completed. Whoever takes the execution up asks.
            } else if at_most_once {
                state.attempt_failed(id, begun("the engine was shut down"));
            } else {
                state.interrupt(id, task, attempt);
            }
        }
    }

    /// The row by which an attempt succeeds, without its output: whoever commits it writes it.
    pub(crate) fn success_row(&self, id: EntryId) -> Option<JournalRow> {
        let state = self.state();
        let entry = state.entry(id)?;
        let scope = state.scopes.get(entry.scope.0)?.path.clone();
        let place = Place { scope, ordinal: entry.ordinal, at: state.elapsed(), ..Place::default() };
        Some(JournalRow { payload: None, ..Event::TaskSucceeded { output: no_output() }.into_row(place) })
    }

    /// The success of an attempt is committed.
    pub(crate) fn attempt_committed(&self, id: EntryId, attempt: u32, output: Arc<str>) {
        let mut state = self.state();
        let now = state.now;
        let Some(call) = state.call_mut(id) else { return };
        if call.is_running() && call.progress.attempt == attempt {
            call.progress.apply(&Event::TaskSucceeded { output }, now);
            state.running -= 1;
            state.wake(id);
        }
    }

    /// Takes back an attempt that nobody could commit, because the engine is shut down.
    pub(crate) fn attempt_interrupted(&self, id: EntryId, attempt: u32) {
        let mut state = self.state();
        let Some(call) = state.call_mut(id) else { return };
        if call.is_running() && call.progress.attempt == attempt {
            let task = call.task;
            state.interrupt(id, task, attempt);
        }
    }
}

impl State {
    fn interrupt(&mut self, id: EntryId, task: &'static str, attempt: u32) {
        self.advance(id, Event::TaskInterrupted { attempt });
        self.starts.push(Start { entry: id, task, attempt, row: None });
    }
}
