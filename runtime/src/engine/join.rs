//! A Parallel or Map, and its scopes.
//!
//! | from | row | to |
//! |---|---|---|
//! | | `ParallelStarted`, `MapStarted`, `RaceStarted` | open |
//! | open | `JoinSucceeded`: every scope has succeeded | closed |
//! | open | `RaceWon`: this scope ended first, with success | closed; the other scopes are dropped |
//! | open | `JoinFailed`: this scope failed first | closed; the other scopes are dropped |
//! | open | `JoinFailed` of no scope: every one has succeeded, and the whole result is too large | closed |
//!
//! A scope ends with `ScopeSucceeded` or `ScopeFailed`, or is dropped without a row. What it has under way is cancelled, its tokens expire, and its children
//! are released. Where an execution was loaded, a join may be decided before the code has come to all that was recorded under it; the tokens and children there
//! are let go of as well, since nothing comes to them any more.

use std::{fmt::Write as _, sync::Arc};

use super::{
    Core, EntryId, ScopeId,
    child::Release,
    divergence::Step,
    matching::Next,
    patch::Patches,
    recorded::{Follow, no_output},
    state::{Kind, Scope, State},
};
use crate::{failure::Failed, history::event::Event, store::Update};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Parallel,
    Map,
    /// The first branch that ends decides.
    Race,
}

pub(super) struct Join {
    /// What was recorded when the execution was loaded. The code comes to the same end.
    recorded: Option<Decided>,
    result: Option<Result<(), Failed>>,
}

/// In the place of the scope that failed first, where none has.
const NO_SCOPE: u32 = u32::MAX;

/// How a join was decided.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Decided {
    Succeeded,
    Won { index: u32 },
    Failed { index: u32, failed: Failed },
}

impl Decided {
    fn result(&self) -> Result<(), Failed> {
        match self {
            Decided::Succeeded | Decided::Won { .. } => Ok(()),
            Decided::Failed { failed, .. } => Err(failed.clone()),
        }
    }
}

impl Join {
    pub(super) fn result(&self) -> Option<Result<Arc<str>, Failed>> {
        self.result.clone().map(|result| result.map(|()| no_output()))
    }
}

impl Core {
    /// Opens a join, or finds it in the journal.
    pub(crate) fn open_join(&self, scope: ScopeId, entered: u32, kind: JoinKind, count: u32) -> EntryId {
        let mut state = self.state();
        match state.next(scope, Some(entered), &Step::Join(kind, count)) {
            Next::Inert(ordinal) => state.insert(scope, ordinal, Kind::Inert, false),
            Next::Recorded { ordinal, follow: Follow::Join(recorded), .. } => {
                state.insert(scope, ordinal, Kind::Join(Join { recorded, result: None }), true)
            }
            Next::Recorded { .. } => unreachable!("a matching entry is of the same kind"),
            Next::New { ordinal } => {
                let event = match kind {
                    JoinKind::Parallel => Event::ParallelStarted { branches: count },
                    JoinKind::Map => Event::MapStarted { items: count },
                    JoinKind::Race => Event::RaceStarted { branches: count },
                };
                state.push_opening(scope, ordinal, entered, event);
                state.insert(scope, ordinal, Kind::Join(Join { recorded: None, result: None }), false)
            }
        }
    }

    /// Opens the scope of a branch or iteration.
    pub(crate) fn open_scope(&self, join: EntryId, index: u32) -> ScopeId {
        let mut state = self.state();
        let (path, sealed, patches) = match state.entry(join) {
            Some(entry) => {
                let around = state.scopes.get(entry.scope.0);
                let mut path = around.map(|scope| scope.path.to_string()).unwrap_or_default();
                let dot = if path.is_empty() { "" } else { "." };
                // Writing to a string cannot fail.
                let _ = write!(path, "{dot}{}.{index}", entry.ordinal);
                let sealed = match &entry.kind {
                    Kind::Join(join) => join.recorded.is_some(),
                    Kind::Call(_) | Kind::Child(_) | Kind::Wait(_) | Kind::Inert => true,
                };
                let patches = around.map(|scope| scope.patches.clone()).unwrap_or_default();
                (path.into_boxed_str(), sealed || around.is_none_or(|scope| scope.sealed), patches)
            }
            None => (Box::default(), true, Patches::new()),
        };
        let recorded = state.recorded.take(&path);
        ScopeId(state.scopes.insert(Scope { patches, ..Scope::new(path, recorded, sealed) }))
    }

    /// Forgets a scope. What was recorded of it, and was not reached, is kept for its join.
    pub(crate) fn drop_scope(&self, scope: ScopeId) {
        let mut state = self.state();
        let Some(Scope { path, recorded, next_ordinal, .. }) = state.scopes.remove(scope.0) else { return };
        state.recorded.put_back(path, recorded, next_ordinal);
    }

    /// The end of this scope decides the join: it is the first, or was recorded as the first.
    pub(crate) fn decides(&self, join: EntryId, index: u32) -> bool {
        match self.state().entry(join).map(|entry| &entry.kind) {
            Some(Kind::Join(Join { recorded: None, .. })) => true,
            Some(Kind::Join(Join {
                recorded: Some(Decided::Failed { index: recorded, .. } | Decided::Won { index: recorded }),
                ..
            })) => *recorded == index,
            _ => false,
        }
    }

    /// Whether the length of the whole result matters: it is limited, and was not decided on before.
    pub(crate) fn limits_result(&self, join: EntryId) -> bool {
        let state = self.state();
        let is_new = |entry: &super::state::Entry| matches!(&entry.kind, Kind::Join(Join { recorded: None, .. }));
        state.facts.bounds.payload.is_some() && state.entry(join).is_some_and(is_new)
    }

    /// The decision on a join whose scopes have all succeeded, with a result of so many bytes of JSON.
    pub(crate) fn decide_whole(&self, what: JoinKind, bytes: usize) -> Decided {
        let what =
            || format!("the result of a {}, as a whole,", if what == JoinKind::Map { "Map" } else { "Parallel" });
        match self.state().facts.bounds.oversized_by(bytes, what) {
            Some(failed) => Decided::Failed { index: NO_SCOPE, failed },
            None => Decided::Succeeded,
        }
    }

    /// Closes a join.
    pub(crate) fn close_join(&self, id: EntryId, decided: Decided) {
        let mut state = self.state();
        let sealed = state.entry(id).and_then(|entry| state.scopes.get(entry.scope.0)).is_none_or(|scope| scope.sealed);
        let diverged = state.divergence.is_some();
        let Some(Kind::Join(join)) = state.entry_mut(id).map(|entry| &mut entry.kind) else { return };
        if let Some(recorded) = &join.recorded {
            // The scopes have held their own ends against the journal, so the join cannot end otherwise than it did.
            join.result = Some(recorded.result());
        } else if !sealed && !diverged {
            let event = match &decided {
                Decided::Succeeded => Event::JoinSucceeded,
                Decided::Won { index } => Event::RaceWon { index: *index },
                Decided::Failed { index, failed } => Event::JoinFailed {
                    index: *index,
                    error: failed.error.as_str().into(),
                    cause: failed.cause.as_str().into(),
                },
            };
            join.result = Some(decided.result());
            state.push_later(id, event);
            state.let_go(id);
        }
        state.wake(id);
    }
}

impl State {
    /// Nobody waits any more for what was recorded under a join, and was not reached.
    fn let_go(&mut self, join: EntryId) {
        let Some((scope, ordinal)) = self.entry(join).map(|entry| (entry.scope, entry.ordinal)) else { return };
        let path = self.scopes.get(scope.0).map(|scope| &*scope.path).unwrap_or_default();
        let dot = if path.is_empty() { "" } else { "." };
        for (scope, ordinal, follow) in self.recorded.take_below(&format!("{path}{dot}{ordinal}.")) {
            match follow {
                Follow::Call(progress) if progress.is_under_way() => {
                    self.updates.extend(progress.token.map(|token| Update::ExpireToken(token.text)));
                }
                Follow::Child(progress) if progress.is_running() => {
                    self.releases.push(Release { scope, ordinal, stop: true });
                }
                Follow::Call(_) | Follow::Child(_) | Follow::Wait { .. } | Follow::Join(_) | Follow::Value(_) => {}
            }
        }
    }

    /// Fails a scope in a way that its code cannot hold. The first failure counts.
    pub(super) fn set_failure(&mut self, scope: ScopeId, failed: Failed) {
        if let Some(scope) = self.scopes.get_mut(scope.0) {
            scope.failure.get_or_insert(failed);
        }
    }
}
