//! Patches: which way an execution goes where its code was changed under it.
//!
//! A scope decides about a patch when its code asks first, and keeps to that; scopes within it keep to it too. The new way is taken where
//! nothing was recorded behind the place, so that the code comes to it for the first time; that is recorded ([`Event::Patched`]). The old way is taken
//! where the journal goes on without having recorded the patch: the code that wrote it did not know it.
//!
//! The row is no entry: it has no place in the order of the scope, and is not held against the code. So a patch can be moved within its scope, and
//! taken out of the code when no execution goes the old way any more.

use super::{Core, ScopeId};
use crate::history::event::Event;

/// What a scope has decided, by name.
pub(super) type Patches = Vec<(Box<str>, bool)>;

impl Core {
    /// Whether the code goes the new way.
    pub(crate) fn patched(&self, id: ScopeId, name: &str) -> bool {
        let mut state = self.state();
        let diverged = state.divergence.is_some();
        let Some(scope) = state.scopes.get_mut(id.0) else { return true };
        if let Some((_, known)) = scope.patches.iter().find(|(known, _)| **known == *name) {
            return *known;
        }
        let recorded = scope.recorded.patches.iter().any(|recorded| **recorded == *name);
        // Where nothing happens any more, nobody sees the answer.
        let first_time = scope.recorded.entries.is_empty() && scope.recorded.end.is_none();
        let (new_way, ordinal) = (recorded || first_time, scope.next_ordinal);
        let is_new = !recorded && first_time && !scope.sealed && !diverged;
        scope.patches.push((name.into(), new_way));
        if is_new {
            state.push(id, ordinal, None, None, Event::Patched { patch: name.into() });
        }
        new_way
    }
}
