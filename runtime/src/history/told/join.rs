//! Parallel and Map as they end.

use super::{Details, Entered, EventKind, StateType, Teller};
use crate::{history::event::Event, store::JournalRow};

impl Teller<'_> {
    pub(super) fn joined(&mut self, row: &JournalRow, event: Event) {
        let is_map = self.entry(row).is_some_and(|entry| entry.ty == StateType::Map);
        match event {
            Event::JoinFailed { error, cause, .. } => {
                self.abort_below(row);
                let kind = if is_map { EventKind::MapStateFailed } else { EventKind::ParallelStateFailed };
                let details = Details { error: Some(error.into()), cause: Some(cause), ..Details::default() };
                self.say(&row.scope, kind, details);
            }
            won => {
                if matches!(won, Event::RaceWon { .. }) {
                    self.abort_below(row);
                }
                let kind = if is_map { EventKind::MapStateSucceeded } else { EventKind::ParallelStateSucceeded };
                self.say(&row.scope, kind, Details::default());
                self.exit(&row.scope, None);
            }
        }
    }

    /// Tells of the scopes that a failed join, or a race that is won, has dropped.
    fn abort_below(&mut self, row: &JournalRow) {
        let dot = if row.scope.is_empty() { "" } else { "." };
        let below = format!("{}{dot}{}.", row.scope, row.ordinal);
        let dropped: Vec<Box<str>> = self.scopes.keys().filter(|scope| scope.starts_with(&below)).cloned().collect();
        for scope in dropped.into_iter().rev() {
            if let Some(Some(Entered { name, ty })) = self.scopes.remove(&scope) {
                let details = Details { state: Some(name), ..Details::default() };
                self.say(&scope, EventKind::StateAborted(ty), details);
            }
            if let Some(index) = self.iteration(&scope) {
                let details = Details { index: Some(index), ..Details::default() };
                self.say(&scope, EventKind::MapIterationAborted, details);
            }
        }
    }
}
