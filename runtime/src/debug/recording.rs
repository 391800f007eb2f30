//! A replay, kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use durafn_ir::TypedMachine;
use serde_json::Value;

use super::journal::{Entries, Entry, Outcome};
use crate::{
    engine::Observer,
    error::{Error, Kind},
    history::{History, StateType},
    registry::Registry,
    store::ExecutionRow,
    verify::{self, Divergence},
};

/// What went by while an execution was replayed.
#[derive(Clone, Debug)]
pub struct Recording {
    pub(super) execution: ExecutionRow,
    pub(super) machine: &'static TypedMachine,
    pub(super) moments: Vec<Moment>,
    /// What each scope binds before its first state.
    pub(super) initial: HashMap<Box<str>, Vec<Change>>,
    pub(super) divergence: Option<Divergence>,
}

/// One visit of a state: the instant at which it is entered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Moment {
    /// The state's number in the machine.
    pub state: u32,
    /// The state's name.
    pub name: String,
    /// What does the state do.
    pub kind: StateType,
    /// Which visit of this state it is, from 1.
    pub visit: u32,
    /// Where: empty for the workflow itself, else the path to a branch or iteration.
    pub scope: String,
    /// The line of the source.
    pub line: u32,
    /// When, as far as the journal tells: milliseconds since 1970.
    pub at: Option<i64>,
    /// What was recorded of it, where it is durable.
    pub entry: Option<Entry>,
    /// The variables that change from here to the next moment of the scope.
    pub changes: Vec<Change>,
}

/// A variable takes a value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// Tells variables of one name apart.
    pub slot: u32,
    /// The variable's name.
    pub variable: &'static str,
    /// Its value from then on.
    pub value: Value,
}

impl Moment {
    /// The state failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.kind == StateType::Fail || matches!(&self.entry, Some(Entry { outcome: Outcome::Failed { .. }, .. }))
    }
}

impl Recording {
    /// Runs today's code, as it is linked into this program, against a history.
    ///
    /// # Errors
    ///
    /// When the workflow is not in this program, does not take the recorded input, or its machine cannot be linked.
    pub fn of(history: &History) -> Result<Recording, Error> {
        Recording::with(verify::linked()?, history)
    }

    pub(crate) fn with(registry: &Arc<Registry>, history: &History) -> Result<Recording, Error> {
        let machine = registry.workflow_of(&history.execution.workflow, history.execution.version)?.linked()?;
        let watch = Watch::default();
        let replayed = verify::replay_with(registry, history, Some(Box::new(watch.clone())))?;
        watch.recording(history, machine, replayed.divergence)
    }

    /// The execution.
    #[must_use]
    pub fn execution(&self) -> &ExecutionRow {
        &self.execution
    }

    /// Every visit of a state, in order.
    #[must_use]
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// Where today's code does other than what was recorded: the recording ends there.
    #[must_use]
    pub fn divergence(&self) -> Option<&Divergence> {
        self.divergence.as_ref()
    }

    /// The machine of today's code, on which it was replayed.
    #[must_use]
    pub fn machine(&self) -> &'static TypedMachine {
        self.machine
    }

    /// The names of all variables that were seen.
    #[must_use]
    pub fn variables(&self) -> Vec<&'static str> {
        let changes = self.initial.values().flatten().chain(self.moments.iter().flat_map(|moment| &moment.changes));
        let mut names: Vec<_> = changes.map(|change| change.variable).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The name of each state that was visited or could have been, in the order of the source.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.machine.states.iter().map(|state| state.name.as_str())
    }
}

/// What an observer is told.
#[derive(Debug)]
enum Seen {
    Entered { scope: Box<str>, state: u32, ordinal: Option<u32> },
    Observed { scope: Box<str>, change: Change },
}

/// Writes down what an observer is told.
#[derive(Clone, Debug, Default)]
struct Watch {
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Watch {
    fn push(&self, seen: Seen) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    /// The recording of what was seen.
    fn recording(
        &self,
        history: &History,
        machine: &'static TypedMachine,
        divergence: Option<Divergence>,
    ) -> Result<Recording, Error> {
        let execution = history.execution.clone();
        let entries = Entries::read(&history.rows, execution.started_at)
            .map_err(|error| Kind::Unreadable { id: execution.id, what: error.to_string() })?;
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        let mut builder =
            Builder { machine, entries: &entries, moments: Vec::new(), last: HashMap::new(), initial: HashMap::new() };
        seen.into_iter().for_each(|seen| builder.add(seen));
        let Builder { moments, initial, .. } = builder;
        let moments = in_order(moments, &entries);
        Ok(Recording { execution, machine, moments, initial, divergence })
    }
}

impl Observer for Watch {
    fn entered(&mut self, scope: &str, state: u32) {
        self.push(Seen::Entered { scope: scope.into(), state, ordinal: None });
    }

    fn opened(&mut self, scope: &str, ordinal: u32, state: Option<u32>) {
        // A drawn value belongs to no state.
        if let Some(state) = state {
            self.push(Seen::Entered { scope: scope.into(), state, ordinal: Some(ordinal) });
        }
    }

    fn observed(&mut self, scope: &str, slot: u32, variable: &'static str, value: Value) {
        self.push(Seen::Observed { scope: scope.into(), change: Change { slot, variable, value } });
    }
}

struct Builder<'a> {
    machine: &'static TypedMachine,
    entries: &'a Entries,
    moments: Vec<Moment>,
    /// The last moment of each scope.
    last: HashMap<Box<str>, usize>,
    initial: HashMap<Box<str>, Vec<Change>>,
}

impl Builder<'_> {
    fn add(&mut self, seen: Seen) {
        match seen {
            Seen::Entered { scope, state, ordinal } => {
                let Some(known) = self.machine.states.get(state as usize) else { return };
                let entry =
                    ordinal.and_then(|ordinal| self.entries.get(&scope, ordinal)).map(|(_, entry)| entry.clone());
                // A durable state is told twice: as it is entered, and as its entry is met.
                if let (Some(_), Some(last)) = (ordinal, self.last.get(&scope))
                    && let moment = &mut self.moments[*last]
                    && moment.state == state
                    && moment.entry.is_none()
                {
                    moment.entry = entry;
                    return;
                }
                self.moments.push(Moment {
                    state,
                    name: known.name.clone(),
                    kind: StateType::of(&known.kind),
                    visit: 0,
                    scope: scope.to_string(),
                    line: known.span.line,
                    at: None,
                    entry,
                    changes: Vec::new(),
                });
                self.last.insert(scope, self.moments.len() - 1);
            }
            Seen::Observed { scope, change } => match self.last.get(&scope) {
                Some(last) => self.moments[*last].changes.push(change),
                None => self.initial.entry(scope).or_default().push(change),
            },
        }
    }
}

/// Puts moments in the order of the journal, and gives them their times and the numbers of their visits.
fn in_order(moments: Vec<Moment>, entries: &Entries) -> Vec<Moment> {
    let mut next: HashMap<String, (usize, Option<i64>)> = HashMap::new();
    let mut placed: Vec<(usize, Moment)> = Vec::with_capacity(moments.len());
    for mut moment in moments.into_iter().rev() {
        let end = || entries.end(&moment.scope).map_or((usize::MAX, None), |(row, at)| (row, Some(at)));
        let own = moment.entry.as_ref().and_then(|entry| entries.get(&moment.scope, entry.ordinal));
        let place = match own {
            Some((row, entry)) => (*row, Some(entry.opened_at)),
            None => next.get(&moment.scope).copied().unwrap_or_else(end),
        };
        next.insert(moment.scope.clone(), place);
        moment.at = place.1;
        placed.push((place.0, moment));
    }
    placed.reverse();
    placed.sort_by_key(|(row, _)| *row);
    let mut visits = HashMap::new();
    let number = |mut moment: Moment| {
        let visit = visits.entry(moment.state).or_insert(0);
        *visit += 1;
        moment.visit = *visit;
        moment
    };
    placed.into_iter().map(|(_, moment)| moment).map(number).collect()
}
