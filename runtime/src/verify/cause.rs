//! Why code and journal may part.

use std::{collections::BTreeMap, fmt};

use durafn_ir::{CalleeKind, StateKind, Typed, TypedMachine};

use crate::{
    engine::{Found, JoinKind, Step, same_json},
    store::Link,
};

/// The likely cause of a divergence: what was done to the code since it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A state was added.
    Added,
    /// A state was removed.
    Removed,
    /// What a state calls has another name; the input is the same.
    Renamed,
    /// A state calls something else.
    Replaced,
    /// States have another order.
    Moved,
    /// A state has another input, a wait another length, or a Map other items.
    Input,
    /// What was recorded does not fit its type any more.
    Type,
    /// The execution, or a branch, ends with something else.
    Output,
    /// The same states are there, and the code takes another way through them.
    Way,
}

impl Cause {
    /// The word in tables and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Cause::Added => "state added",
            Cause::Removed => "state removed",
            Cause::Renamed => "callee renamed",
            Cause::Replaced => "callee replaced",
            Cause::Moved => "state moved",
            Cause::Input => "input changed",
            Cause::Type => "type changed",
            Cause::Output => "output changed",
            Cause::Way => "another way taken",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Cause::Added => {
                "put the new state behind everything that was recorded, or keep the old way for old executions: `if patched(\"..\")`, or another `version` of the workflow"
            }
            Cause::Removed => {
                "keep the state, or keep the old way for old executions: `if patched(\"..\")`, or another `version` of the workflow"
            }
            Cause::Renamed => "keep the recorded name with `#[task(name = \"..\")]` on the task",
            Cause::Replaced | Cause::Moved => {
                "keep what is called in the recorded order, or keep the old way for old executions: `if patched(\"..\")`, or another `version` of the workflow"
            }
            Cause::Input => {
                "give the state the input that was recorded, or keep the old way for old executions: `if patched(\"..\")`, or another `version` of the workflow"
            }
            Cause::Type => "let the type take what was recorded, such as with `#[serde(default)]` on a new field",
            Cause::Output => {
                "nothing needs to be done where the execution has ended: only its output would be another today"
            }
            Cause::Way => "look at the conditions before this place: they come to another result today",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the cause is told from.
pub(super) struct Evidence<'a> {
    pub(super) recorded: &'a Found,
    pub(super) attempted: &'a Found,
    /// What was recorded behind it in the same scope.
    pub(super) behind: &'a [Step],
    pub(super) recorded_machine: Option<&'a TypedMachine>,
    pub(super) machine: Option<&'a TypedMachine>,
}

impl Evidence<'_> {
    pub(super) fn cause(&self) -> Cause {
        match (self.recorded, self.attempted) {
            (Found::Undecodable { .. }, _) => Cause::Type,
            (Found::Output(_), _) | (Found::End(_), Found::End(_)) => Cause::Output,
            (Found::Step(recorded), Found::Step(attempted)) if key(recorded) == key(attempted) => {
                match (recorded, attempted) {
                    (Step::Join(JoinKind::Parallel, before), Step::Join(_, now)) if now > before => Cause::Added,
                    (Step::Join(JoinKind::Parallel, _), _) => Cause::Removed,
                    _ => Cause::Input,
                }
            }
            (Found::Step(recorded), Found::Step(attempted)) => self.exchanged(recorded, attempted),
            (Found::End(_), Found::Step(attempted)) => match self.is_new(attempted) {
                Some(false) => Cause::Way,
                Some(true) | None => Cause::Added,
            },
            (Found::Step(recorded), Found::End(_)) => match self.is_gone(recorded) {
                Some(false) => Cause::Way,
                Some(true) | None => Cause::Removed,
            },
            _ => Cause::Way,
        }
    }

    /// One thing is attempted where another was recorded.
    fn exchanged(&self, recorded: &Step, attempted: &Step) -> Cause {
        let comes_later = self.behind.iter().any(|step| key(step) == key(attempted));
        match (self.is_new(attempted), self.is_gone(recorded)) {
            (Some(true), Some(true)) => match (recorded, attempted) {
                (Step::Task { input: before, .. }, Step::Task { input: now, .. }) if same_json(now, before, false) => {
                    Cause::Renamed
                }
                (Step::Child { input: before, link: waited, .. }, Step::Child { input: now, link: waits, .. })
                    if waited == waits && same_json(now, before, false) =>
                {
                    Cause::Renamed
                }
                _ => Cause::Replaced,
            },
            (Some(true), _) => Cause::Added,
            (_, Some(true)) => Cause::Removed,
            (Some(false), Some(false)) if self.swapped(recorded, attempted) => Cause::Moved,
            (Some(false), Some(false)) => Cause::Way,
            _ if comes_later => Cause::Removed,
            _ => Cause::Added,
        }
    }

    /// The two stand in another order in today's source.
    fn swapped(&self, one: &Step, other: &Step) -> bool {
        let is_before = |machine: &TypedMachine| {
            let place =
                |step| machine.states.iter().position(|state| key_of_state(&state.kind).as_ref() == Some(&key(step)));
            place(one) < place(other)
        };
        match (self.recorded_machine, self.machine) {
            (Some(before), Some(now)) => is_before(before) != is_before(now),
            _ => false,
        }
    }

    /// Today's machine has more states that do this; nothing where machines cannot tell.
    fn is_new(&self, step: &Step) -> Option<bool> {
        let (before, now) = self.counts(step)?;
        Some(now > before)
    }

    fn is_gone(&self, step: &Step) -> Option<bool> {
        let (before, now) = self.counts(step)?;
        Some(now < before)
    }

    fn counts(&self, step: &Step) -> Option<(usize, usize)> {
        if matches!(step, Step::Value(_)) {
            return None;
        }
        let count = |machine| states(machine).get(&key(step)).copied().unwrap_or_default();
        Some((count(self.recorded_machine?), count(self.machine?)))
    }
}

/// What is done, without its input.
fn key(step: &Step) -> String {
    match step {
        Step::Task { name, .. } => format!("task {name}"),
        Step::Child { name, link, .. } => format!("{} {name}", verb(*link)),
        Step::Wait(_) => "wait".to_owned(),
        Step::Join(JoinKind::Parallel, _) => "parallel".to_owned(),
        Step::Join(JoinKind::Map, _) => "map".to_owned(),
        other => other.to_string(),
    }
}

/// How many states do each thing.
fn states(machine: &TypedMachine) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (state, _) in machine.states.iter().zip(machine.reachable()).filter(|(_, alive)| *alive) {
        if let Some(key) = key_of_state(&state.kind) {
            *counts.entry(key).or_default() += 1;
        }
    }
    counts
}

fn verb(link: Link) -> &'static str {
    match link {
        Link::Awaited | Link::Released => "child",
        Link::Detached => "start",
        Link::Continues => "anew",
    }
}

fn key_of_state(kind: &StateKind<Typed>) -> Option<String> {
    match kind {
        StateKind::Task(task) if task.callee.kind == CalleeKind::Workflow => {
            let link = match (task.anew, task.detached) {
                (true, _) => Link::Continues,
                (false, true) => Link::Detached,
                (false, false) => Link::Awaited,
            };
            Some(format!("{} {}", verb(link), task.callee.name))
        }
        StateKind::Task(task) => Some(format!("task {}", task.callee.name)),
        StateKind::Wait(..) => Some("wait".to_owned()),
        StateKind::Parallel(_) => Some("parallel".to_owned()),
        StateKind::Map(_) => Some("map".to_owned()),
        StateKind::Pass(_) | StateKind::Choice(..) | StateKind::Succeed(_) | StateKind::Fail(_) => None,
    }
}
