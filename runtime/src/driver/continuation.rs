//! Executions that go on in the place of others: `continue_as_new`.
//!
//! The unit that ends an execution creates the one that goes on, so there is exactly one, whatever crashes. It is no child: nobody waits for it, its timeout counts
//! anew, and where executions of its workflow take turns, it has that of the one before it.
//!
//! One that goes on for a named execution has a name, too: `feed`, `feed~2`, `feed~3`. Should somebody have taken the next one, it has a name that nobody can take.

use std::sync::Arc;

use super::Shared;
use crate::store::{Committed, ExecutionId, ExecutionRow, Link, NewExecution, StoreError, Unit};

/// Stands between a name and the number.
const MARK: char = '~';

/// The name behind a name.
pub(super) fn next_name(name: &str) -> String {
    let (base, number) = match name.rsplit_once(MARK) {
        Some((base, number)) => (base, number.split_once('.').map_or(number, |(number, _)| number)),
        None => (name, "1"),
    };
    match number.parse::<u64>() {
        Ok(number) if number < u64::MAX => format!("{base}{MARK}{}", number + 1),
        _ => format!("{name}{MARK}2"),
    }
}

/// The same name where it is taken: the nonce is this execution's own.
fn other_name(name: &str, nonce: &str) -> String {
    format!("{name}.{nonce}")
}

/// Gives the execution that would go on under a taken name another one; false where the name is not of one that goes on.
pub(super) fn rename(children: &mut [NewExecution], taken: &ExecutionRow) -> bool {
    let is_it = |child: &&mut NewExecution| {
        goes_on(child) && child.workflow == taken.workflow && child.name.is_some() && child.name == taken.name
    };
    let Some(child) = children.iter_mut().find(is_it) else { return false };
    child.name = child.name.as_deref().map(|name| other_name(name, &child.nonce));
    true
}

fn goes_on(child: &NewExecution) -> bool {
    child.parent.as_ref().is_some_and(|parent| parent.link == Link::Continues)
}

impl Shared {
    /// Commits a unit of an execution by `commit`, under another name where that of the one that goes on is taken. `children` are those that the unit creates.
    pub(super) async fn commit_and_go_on<F>(
        &self,
        mut unit: Unit,
        children: &mut Vec<NewExecution>,
        commit: impl Fn(Unit) -> F,
    ) -> Result<Committed, StoreError>
    where
        F: Future<Output = Result<Committed, StoreError>>,
    {
        if !unit.children.iter().any(goes_on) {
            return commit(unit).await;
        }
        loop {
            match commit(unit.clone()).await? {
                Committed::NameTaken(taken) if rename(&mut unit.children, &taken) => {
                    children.clone_from(&unit.children);
                }
                committed => return Ok(committed),
            }
        }
    }

    /// One goes on in the place of another, and has its turn.
    pub(super) fn pass_turn_on(self: &Arc<Self>, before: ExecutionId, children: &[(ExecutionId, NewExecution)]) {
        for (id, child) in children.iter().filter(|(_, child)| goes_on(child)) {
            self.turns.pass_on(&child.workflow, before, *id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_on() {
        let mut name = "feed".to_owned();
        for expected in ["feed~2", "feed~3", "feed~4"] {
            name = next_name(&name);
            assert_eq!(name, expected);
        }
        assert_eq!(next_name("feed~9"), "feed~10");
        assert_eq!(next_name("a~b"), "a~b~2");
        assert_eq!(next_name("~"), "~~2");
        assert_eq!(next_name(&format!("feed~{}", u64::MAX)), format!("feed~{}~2", u64::MAX));
    }

    #[test]
    fn a_taken_name_is_followed_by_the_next_number() {
        let other = other_name(&next_name("feed"), "n0nce");
        assert_eq!(other, "feed~2.n0nce");
        assert_eq!(next_name(&other), "feed~3");
    }
}
