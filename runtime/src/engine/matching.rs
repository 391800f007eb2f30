//! Holding what the code attempts against what was recorded.

use std::borrow::Cow;

use super::{
    Core, ScopeId,
    divergence::{Divergence, Found, Step},
    recorded::Follow,
    state::State,
};

/// What stands at the place that the code has reached.
pub(super) enum Next {
    /// The code agrees with a recorded entry.
    Recorded { ordinal: u32, follow: Follow, sealed: bool },
    /// Nothing was recorded: a new entry.
    New { ordinal: u32 },
    /// Nothing happens here any more.
    Inert(u32),
}

impl State {
    /// Takes the next place of a scope for what the code attempts in a state.
    pub(super) fn next(&mut self, id: ScopeId, entered: Option<u32>, attempted: &Step) -> Next {
        let redacted = self.recorded.redacted;
        let Some(scope) = self.scopes.get_mut(id.0) else { return Next::Inert(0) };
        let ordinal = scope.next_ordinal;
        if self.divergence.is_some() {
            return Next::Inert(ordinal);
        }
        if let Some(entry) = scope.recorded.entries.pop_front() {
            if let Some(observer) = &mut self.observer {
                observer.opened(&scope.path, ordinal, entered);
            }
            if !attempted.agrees(&entry.step, redacted) {
                self.diverge(id, entered, entry.state, Found::Step(entry.step), Found::Step(attempted.clone()));
                return Next::Inert(ordinal);
            }
            scope.next_ordinal += 1;
            scope.visits.clear();
            self.matched += 1;
            return Next::Recorded { ordinal, follow: entry.follow, sealed: scope.sealed };
        }
        if let Some(end) = &scope.recorded.end {
            let end = Found::End(end.clone().map_err(|failed| failed.error.into()));
            self.diverge(id, entered, None, end, Found::Step(attempted.clone()));
            return Next::Inert(ordinal);
        }
        if scope.sealed {
            return Next::Inert(ordinal);
        }
        scope.next_ordinal += 1;
        Next::New { ordinal }
    }

    /// Turns inert: the code does other than what was recorded. The first divergence is kept.
    pub(super) fn diverge(
        &mut self,
        scope: ScopeId,
        entered: Option<u32>,
        recorded_state: Option<u32>,
        recorded: Found,
        attempted: Found,
    ) {
        if self.divergence.is_some() {
            return;
        }
        let Some(scope) = self.scopes.get(scope.0) else { return };
        self.divergence = Some(Box::new(Divergence {
            scope: scope.path.clone(),
            ordinal: scope.next_ordinal,
            state: entered.or(scope.visits.last().copied()),
            recorded_state,
            recorded,
            attempted,
            matched: self.matched,
        }));
    }
}

impl Core {
    /// The code cannot read what a task had returned.
    pub(crate) fn diverge_undecodable(&self, scope: ScopeId, entered: u32, cause: &str) {
        let recorded = Found::Undecodable { cause: cause.into() };
        self.state().diverge(scope, Some(entered), None, recorded, Found::Decodable);
    }

    /// The divergence, where there is one.
    pub(crate) fn divergence(&self) -> Option<Divergence> {
        self.state().divergence.as_deref().cloned()
    }
}

impl Step {
    pub(super) fn recorded_task(name: Box<str>, input: std::sync::Arc<str>) -> Step {
        Step::Task { name: Cow::Owned(name.into()), input }
    }
}
