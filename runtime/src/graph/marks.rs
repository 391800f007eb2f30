//! What an execution did to the states and arrows of its machine.

use std::collections::{BTreeMap, BTreeSet};

use super::visits::{Outcome, Visit, visits};
use crate::{error::Error, history::History};

/// Marks by the names of states. The marks of no execution mark nothing.
#[derive(Default)]
pub(super) struct Marks {
    states: BTreeMap<String, Mark>,
    taken: BTreeSet<(String, String)>,
    /// Whether what was not visited will not be.
    ended: bool,
}

#[derive(Default)]
struct Mark {
    /// Of the last visit of each scope.
    outcomes: BTreeMap<String, Outcome>,
    visits: u32,
    retries: u32,
    caught: u32,
}

/// The classes of states, with the colours of their fill and line.
pub(super) const CLASSES: [(&str, &str, &str); 6] = [
    ("done", "#d3f2d3", "#2e7d32"),
    ("caught", "#fdeec2", "#b26a00"),
    ("aborted", "#e6e6e6", "#555555"),
    ("failed", "#f9d0d0", "#b71c1c"),
    ("running", "#cfe3fb", "#1558b0"),
    ("skipped", "#ffffff", "#aaaaaa"),
];

impl Marks {
    pub(super) fn of(history: &History) -> Result<Marks, Error> {
        let events = history.events()?;
        let ended = history.execution.closed_at.is_some();
        let mut marks = Marks { ended, ..Marks::default() };
        let mut last: BTreeMap<&str, &str> = BTreeMap::new();
        for visit in &visits(&events) {
            marks.add(visit);
            if let Some(before) = last.insert(visit.scope, visit.state) {
                marks.taken.insert((before.to_owned(), visit.state.to_owned()));
            }
        }
        Ok(marks)
    }

    fn add(&mut self, visit: &Visit<'_>) {
        let mark = self.states.entry(visit.state.to_owned()).or_default();
        mark.outcomes.insert(visit.scope.to_owned(), visit.outcome);
        mark.visits += 1;
        mark.retries += visit.retries();
        mark.caught += u32::from(visit.outcome == Outcome::Caught);
    }

    /// The class of a state.
    pub(super) fn class(&self, state: &str) -> Option<&'static str> {
        let outcome = self.states.get(state).and_then(|mark| mark.outcomes.values().max());
        Some(match outcome {
            Some(Outcome::Done) => "done",
            Some(Outcome::Caught) => "caught",
            Some(Outcome::Aborted) => "aborted",
            Some(Outcome::Failed) => "failed",
            Some(Outcome::Running) => "running",
            None if self.ended => "skipped",
            None => return None,
        })
    }

    /// What there is to say about a state beside its class.
    pub(super) fn note(&self, state: &str) -> Option<String> {
        let mark = self.states.get(state)?;
        let counted = [(mark.visits, 2, "visit"), (mark.retries, 1, "retry"), (mark.caught, 1, "caught")];
        let words = counted.into_iter().filter(|(count, least, _)| count >= least).map(|(count, _, word)| match word {
            "visit" => format!("{count} visits"),
            "retry" if count == 1 => "1 retry".to_owned(),
            "retry" => format!("{count} retries"),
            _ if mark.visits == 1 => "caught".to_owned(),
            _ => format!("{count} caught"),
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// The execution went from a state to another of its region, or to the region's end.
    pub(super) fn took(&self, from: &str, to: Option<&str>) -> bool {
        match to {
            Some(to) => self.taken.contains(&(from.to_owned(), to.to_owned())),
            None => self.class(from) == Some("done"),
        }
    }
}
