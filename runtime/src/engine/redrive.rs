//! Opening again what had failed, for an execution that is redriven.
//!
//! The row `ExecutionRedriven` follows the end of an execution. The rows before it stay what they are; what they say of the following is
//! over:
//!
//! * the end of the execution;
//! * its last entry, where that had failed and the code did not go on after it: a call starts from its first attempt, a join is open;
//! * an entry that was under way: a call starts from its first attempt, that of a callback with another token; a wait keeps its time;
//! * in both places, a child execution: another one is started, under the number of the next attempt, and its retriers count from the start;
//! * in a join that is open again: the end of each scope that did not succeed, and so on within it. A scope that succeeded stays closed.

use super::{
    join::Decided,
    progress::Progress,
    recorded::{Follow, Recorded},
};

impl Recorded {
    /// Opens again what had failed or was under way. Yields the places of those entries, from the outside in.
    pub(crate) fn reopen(&mut self) -> Vec<(Box<str>, u32)> {
        let mut opened = Vec::new();
        self.reopen_scope("", &mut opened);
        opened
    }

    fn reopen_scope(&mut self, path: &str, opened: &mut Vec<(Box<str>, u32)>) {
        let Some(scope) = self.scopes.get_mut(path) else { return };
        if let Some(Ok(())) = scope.end {
            return;
        }
        let error = scope.end.take().and_then(Result::err).map(|failed| failed.error);
        let went_on = std::mem::take(&mut scope.went_on);
        let caused = |name: &str| !went_on && error.as_deref().is_none_or(|error| error == name);
        let ordinal = scope.taken + (scope.entries.len() as u32).saturating_sub(1);
        let Some(last) = scope.entries.back_mut() else { return };
        match &mut last.follow {
            Follow::Call(progress) => match progress.result() {
                Some(Ok(_)) => return,
                Some(Err(failed)) if !caused(&failed.error) => return,
                Some(Err(_)) | None => *progress = Progress::scheduled(false),
            },
            Follow::Child(progress) => match progress.result() {
                Some(Ok(_)) => return,
                Some(Err(failed)) if !caused(&failed.error) => return,
                Some(Err(_)) | None => progress.reopen(),
            },
            Follow::Join(None) => {}
            Follow::Join(decided @ Some(Decided::Failed { .. })) => {
                if let Some(Decided::Failed { failed, .. }) = decided
                    && !caused(&failed.error)
                {
                    return;
                }
                *decided = None;
            }
            Follow::Wait { ended: false, .. } => {}
            Follow::Join(Some(Decided::Succeeded | Decided::Won { .. }))
            | Follow::Wait { ended: true, .. }
            | Follow::Value(_) => return,
        }
        let is_join = matches!(last.follow, Follow::Join(_));
        opened.push((path.into(), ordinal));
        if is_join {
            let dot = if path.is_empty() { "" } else { "." };
            for inner in self.scopes_below(&format!("{path}{dot}{ordinal}.")) {
                self.reopen_scope(&inner, opened);
            }
        }
    }

    /// The scopes whose path is this and an index, by index.
    fn scopes_below(&self, prefix: &str) -> Vec<Box<str>> {
        let index = |path: &str| path.strip_prefix(prefix)?.parse::<u32>().ok();
        let mut below: Vec<Box<str>> = self.scopes.keys().filter(|path| index(path).is_some()).cloned().collect();
        below.sort_by_key(|path| index(path));
        below
    }
}
