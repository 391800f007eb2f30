//! What the journal says of each durable entry: what it was given, what it gave, its attempts.

use std::{collections::HashMap, sync::Arc};

use crate::{
    history::event::{Event, Unreadable},
    store::{JournalRow, Link},
};

/// The durable entry of a state.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Its number in its scope.
    pub ordinal: u32,
    /// When it was recorded: milliseconds since 1970.
    pub opened_at: i64,
    /// When it closed.
    pub closed_at: Option<i64>,
    /// The task that is called, the workflow of the child execution, or what else is done, in words.
    pub what: String,
    /// The input: JSON text.
    pub input: Option<Arc<str>>,
    /// How it ended.
    pub outcome: Outcome,
    /// The attempts of a task or of a child execution.
    pub attempts: Vec<Attempt>,
}

/// How an entry ended.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Outcome {
    /// It has not ended, or was dropped because another branch failed or won.
    Open,
    /// With an output, JSON text, where there is one.
    Succeeded(Option<Arc<str>>),
    Failed {
        error: String,
        cause: Arc<str>,
    },
}

/// An attempt of a task or of a child execution.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When its start was recorded: milliseconds since 1970.
    pub at: i64,
    /// Why it was repeated, where it was: the error and its cause.
    pub failed: Option<(String, Arc<str>)>,
}

/// The entries of a journal, by scope and ordinal, each with the number of the row that opened it.
#[derive(Debug, Default)]
pub(super) struct Entries {
    entries: HashMap<(Box<str>, u32), (usize, Entry)>,
    ends: HashMap<Box<str>, (usize, i64)>,
}

impl Entries {
    /// # Errors
    ///
    /// When a row cannot be read.
    pub(super) fn read(rows: &[JournalRow], started_at: i64) -> Result<Entries, Unreadable> {
        let mut entries = Entries::default();
        for (number, row) in rows.iter().enumerate() {
            let (event, at) = (Event::from_row(row)?, started_at.saturating_add(row.at));
            if matches!(event, Event::CodeChanged { .. } | Event::ExecutionRedriven) {
                continue;
            }
            let key = (row.scope.clone(), row.ordinal);
            if let Some((_, entry)) = entries.entries.get_mut(&key) {
                entry.add(event, at);
            } else if let Some(entry) = opening(row.ordinal, event, at) {
                entries.entries.insert(key, (number, entry));
            } else {
                entries.ends.insert(row.scope.clone(), (number, at));
            }
        }
        Ok(entries)
    }

    /// The number of the row that opened an entry, and the entry.
    pub(super) fn get(&self, scope: &str, ordinal: u32) -> Option<&(usize, Entry)> {
        self.entries.get(&(scope.into(), ordinal))
    }

    /// The number and the time of the row that ended a scope.
    pub(super) fn end(&self, scope: &str) -> Option<(usize, i64)> {
        self.ends.get(scope).copied()
    }
}

/// The entry that a row opens; none where the row ends a scope.
fn opening(ordinal: u32, event: Event, at: i64) -> Option<Entry> {
    let entry = |what: String| Entry {
        ordinal,
        opened_at: at,
        closed_at: None,
        what,
        input: None,
        outcome: Outcome::Open,
        attempts: Vec::new(),
    };
    Some(match event {
        Event::TaskScheduled { task, input, started } => {
            let attempts = if started { vec![Attempt { number: 1, at, failed: None }] } else { Vec::new() };
            Entry { input: Some(input), attempts, ..entry(task.into()) }
        }
        Event::ActivityScheduled { task, input } => Entry { input: Some(input), ..entry(task.into()) },
        Event::ChildScheduled { workflow, input, link } => {
            let attempts = vec![Attempt { number: 1, at, failed: None }];
            let what = match link {
                Link::Awaited | Link::Released => format!("execution of {workflow}"),
                Link::Detached => format!("start of {workflow}"),
                Link::Continues => format!("fresh start of {workflow}"),
            };
            Entry { input: Some(input), attempts, ..entry(what) }
        }
        Event::WaitSeconds { seconds } => entry(format!("wait for {seconds} s")),
        Event::WaitUntil { until } => {
            let until =
                jiff::Timestamp::from_millisecond(until).map_or_else(|_| until.to_string(), |at| at.to_string());
            entry(format!("wait until {until}"))
        }
        Event::ParallelStarted { branches } => entry(format!("{branches} branches")),
        Event::RaceStarted { branches } => entry(format!("race of {branches} branches")),
        Event::MapStarted { items } => entry(format!("{items} items")),
        Event::Now { .. } | Event::Uuid { .. } | Event::Random { .. } => entry("a drawn value".to_owned()),
        _ => return None,
    })
}

impl Entry {
    fn add(&mut self, event: Event, at: i64) {
        match event {
            Event::TaskStarted { attempt }
            | Event::ChildStarted { attempt }
            | Event::ActivityQueued { attempt, .. } => {
                // Also where a redrive opens it again.
                (self.closed_at, self.outcome) = (None, Outcome::Open);
                self.attempts.push(Attempt { number: attempt, at, failed: None });
            }
            Event::TaskRetried { error, cause, .. } | Event::ChildRetried { error, cause, .. } => {
                if let Some(attempt) = self.attempts.last_mut() {
                    attempt.failed = Some((error.into(), cause));
                }
            }
            Event::TaskSucceeded { output } | Event::ChildSucceeded { output } => {
                self.close(at, Outcome::Succeeded(Some(output)))
            }
            Event::TaskFailed { error, cause }
            | Event::ChildFailed { error, cause }
            | Event::JoinFailed { error, cause, .. } => {
                self.close(at, Outcome::Failed { error: error.into(), cause });
            }
            Event::WaitEnded | Event::JoinSucceeded | Event::RaceWon { .. } => self.close(at, Outcome::Succeeded(None)),
            _ => {}
        }
    }

    /// All that is text in it.
    pub(super) fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.what.as_str()];
        texts.extend(self.input.as_deref());
        for (error, cause) in self.attempts.iter().filter_map(|attempt| attempt.failed.as_ref()) {
            texts.extend([error.as_str(), cause]);
        }
        match &self.outcome {
            Outcome::Open => {}
            Outcome::Succeeded(output) => texts.extend(output.as_deref()),
            Outcome::Failed { error, cause } => texts.extend([error.as_str(), cause]),
        }
        texts
    }

    fn close(&mut self, at: i64, outcome: Outcome) {
        self.closed_at = Some(at);
        self.outcome = outcome;
    }
}
