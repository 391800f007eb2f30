//! What a journal row says, and the numbers and columns by which the store keeps it.

mod count;

use std::{fmt, sync::Arc};

pub(crate) use self::count::{LONG_HISTORY, told_as};

use crate::store::{JournalRow, Link};

/// A row of a journal, without its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    TaskScheduled { task: Box<str>, input: Arc<str>, started: bool },
    TaskStarted { attempt: u32 },
    TaskInterrupted { attempt: u32 },
    TaskRetried { error: Box<str>, cause: Arc<str>, due: i64 },
    TaskSucceeded { output: Arc<str> },
    TaskFailed { error: Box<str>, cause: Arc<str> },
    TaskToken { attempt: u32, token: Arc<str> },
    TaskSubmitted,
    ActivityScheduled { task: Box<str>, input: Arc<str> },
    ActivityQueued { attempt: u32, token: Arc<str> },
    ActivityStarted { worker: Box<str>, at: i64 },
    WaitSeconds { seconds: u64 },
    WaitUntil { until: i64 },
    WaitEnded,
    ChildScheduled { workflow: Box<str>, input: Arc<str>, link: Link },
    ChildStarted { attempt: u32 },
    ChildRetried { error: Box<str>, cause: Arc<str>, due: i64 },
    ChildSucceeded { output: Arc<str> },
    ChildFailed { error: Box<str>, cause: Arc<str> },
    ParallelStarted { branches: u32 },
    MapStarted { items: u32 },
    RaceStarted { branches: u32 },
    RaceWon { index: u32 },
    JoinSucceeded,
    JoinFailed { index: u32, error: Box<str>, cause: Arc<str> },
    ScopeSucceeded,
    ScopeFailed { error: Box<str>, cause: Arc<str> },
    Now { millis: i64 },
    Uuid { uuid: Box<str> },
    Random { bits: u64 },
    Patched { patch: Box<str> },
    ExecutionSucceeded,
    ExecutionFailed { error: Box<str> },
    ExecutionAborted { error: Option<Box<str>> },
    ExecutionTimedOut,
    ExecutionRedriven,
    CodeChanged { from: Box<str>, to: Box<str> },
}

/// Where a row stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
    pub(crate) scope: Box<str>,
    pub(crate) ordinal: u32,
    pub(crate) at: i64,
    pub(crate) state: Option<u32>,
    pub(crate) visits: Option<Box<str>>,
}

/// Number, name, number column and payload.
type Stored = (u8, Option<Box<str>>, Option<i64>, Option<Arc<str>>);

macro_rules! numbers {
    ($($name:ident = $number:literal;)*) => {
        $(pub(super) const $name: u8 = $number;)*

        /// Every number with its name in capitals.
        pub(super) const ALL: &[(u8, &str)] = &[$(($number, stringify!($name)),)*];
    };
}

/// The numbers that are stored. They never change and are never used again.
mod number {
    numbers! {
        TASK_SCHEDULED = 1;
        TASK_STARTED = 2;
        TASK_INTERRUPTED = 3;
        TASK_RETRIED = 4;
        TASK_SUCCEEDED = 5;
        TASK_FAILED = 6;
        TASK_TOKEN = 7;
        TASK_SUBMITTED = 8;
        ACTIVITY_SCHEDULED = 9;
        WAIT_SECONDS = 10;
        WAIT_UNTIL = 11;
        WAIT_ENDED = 12;
        CHILD_SCHEDULED = 13;
        CHILD_STARTED = 14;
        CHILD_RETRIED = 15;
        CHILD_SUCCEEDED = 16;
        CHILD_FAILED = 17;
        PARALLEL_STARTED = 20;
        MAP_STARTED = 21;
        JOIN_SUCCEEDED = 22;
        JOIN_FAILED = 23;
        SCOPE_SUCCEEDED = 24;
        SCOPE_FAILED = 25;
        RACE_STARTED = 26;
        RACE_WON = 27;
        NOW = 30;
        UUID = 31;
        RANDOM = 32;
        PATCHED = 33;
        EXECUTION_SUCCEEDED = 40;
        EXECUTION_FAILED = 41;
        EXECUTION_ABORTED = 42;
        EXECUTION_TIMED_OUT = 43;
        EXECUTION_REDRIVEN = 51;
        CODE_CHANGED = 50;
        ACTIVITY_QUEUED = 52;
        ACTIVITY_STARTED = 53;
    }
}

pub(super) const CODE_CHANGED: u8 = number::CODE_CHANGED;
/// Rows whose name is a token.
pub(super) const WITH_TOKEN: [u8; 2] = [number::TASK_TOKEN, number::ACTIVITY_QUEUED];
pub(super) const EXECUTION_REDRIVEN: u8 = number::EXECUTION_REDRIVEN;

/// Every number with its name, as the store's table of names and history files have it.
pub(crate) fn numbers() -> impl Iterator<Item = (u8, String)> {
    number::ALL.iter().map(|(number, name)| (*number, name.to_lowercase().replace('_', "-")))
}

/// The name of a number, as the store's table of names has it. Of one that a newer version wrote, none.
pub(crate) fn name_of(event: u8) -> Option<String> {
    numbers().find_map(|(number, name)| (number == event).then_some(name))
}

/// What a row means for the state that its entry belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The state, of this type in ASL, is entered.
    Enters(&'static str),
    /// It is left.
    Leaves,
    /// Neither.
    Within,
}

/// What rows of an event mean for their states.
pub(crate) fn stage_of(event: u8) -> Stage {
    match event {
        number::TASK_SCHEDULED | number::ACTIVITY_SCHEDULED | number::CHILD_SCHEDULED => Stage::Enters("Task"),
        number::WAIT_SECONDS | number::WAIT_UNTIL => Stage::Enters("Wait"),
        number::PARALLEL_STARTED | number::RACE_STARTED => Stage::Enters("Parallel"),
        number::MAP_STARTED => Stage::Enters("Map"),
        number::TASK_SUCCEEDED
        | number::TASK_FAILED
        | number::WAIT_ENDED
        | number::CHILD_SUCCEEDED
        | number::CHILD_FAILED
        | number::JOIN_SUCCEEDED
        | number::JOIN_FAILED
        | number::RACE_WON => Stage::Leaves,
        _ => Stage::Within,
    }
}

/// The event by which an execution starts a child.
pub(crate) const CHILD_SCHEDULED: u8 = number::CHILD_SCHEDULED;

impl Event {
    /// The row of this event at a place.
    pub(crate) fn into_row(self, place: Place) -> JournalRow {
        let (event, name, number, payload) = self.into_columns();
        let Place { scope, ordinal, at, state, visits } = place;
        JournalRow { scope, ordinal, event, at, state, visits, name, number, payload }
    }

    fn into_columns(self) -> Stored {
        match self {
            Event::TaskScheduled { task, input, started } => {
                (number::TASK_SCHEDULED, Some(task), Some(started.into()), Some(input))
            }
            Event::TaskStarted { attempt } => (number::TASK_STARTED, None, Some(attempt.into()), None),
            Event::TaskInterrupted { attempt } => (number::TASK_INTERRUPTED, None, Some(attempt.into()), None),
            Event::TaskRetried { error, cause, due } => (number::TASK_RETRIED, Some(error), Some(due), Some(cause)),
            Event::TaskSucceeded { output } => (number::TASK_SUCCEEDED, None, None, Some(output)),
            Event::TaskFailed { error, cause } => (number::TASK_FAILED, Some(error), None, Some(cause)),
            Event::TaskToken { attempt, token } => {
                (number::TASK_TOKEN, Some(token.as_ref().into()), Some(attempt.into()), None)
            }
            Event::TaskSubmitted => (number::TASK_SUBMITTED, None, None, None),
            Event::ActivityScheduled { task, input } => (number::ACTIVITY_SCHEDULED, Some(task), None, Some(input)),
            Event::ActivityQueued { attempt, token } => {
                (number::ACTIVITY_QUEUED, Some(token.as_ref().into()), Some(attempt.into()), None)
            }
            Event::ActivityStarted { worker, at } => (number::ACTIVITY_STARTED, Some(worker), Some(at), None),
            Event::WaitSeconds { seconds } => {
                (number::WAIT_SECONDS, None, Some(i64::try_from(seconds).unwrap_or(i64::MAX)), None)
            }
            Event::WaitUntil { until } => (number::WAIT_UNTIL, None, Some(until), None),
            Event::WaitEnded => (number::WAIT_ENDED, None, None, None),
            Event::ChildScheduled { workflow, input, link } => {
                (number::CHILD_SCHEDULED, Some(workflow), Some(number_of(link)), Some(input))
            }
            Event::ChildStarted { attempt } => (number::CHILD_STARTED, None, Some(attempt.into()), None),
            Event::ChildRetried { error, cause, due } => (number::CHILD_RETRIED, Some(error), Some(due), Some(cause)),
            Event::ChildSucceeded { output } => (number::CHILD_SUCCEEDED, None, None, Some(output)),
            Event::ChildFailed { error, cause } => (number::CHILD_FAILED, Some(error), None, Some(cause)),
            Event::ParallelStarted { branches } => (number::PARALLEL_STARTED, None, Some(branches.into()), None),
            Event::MapStarted { items } => (number::MAP_STARTED, None, Some(items.into()), None),
            Event::RaceStarted { branches } => (number::RACE_STARTED, None, Some(branches.into()), None),
            Event::RaceWon { index } => (number::RACE_WON, None, Some(index.into()), None),
            Event::JoinSucceeded => (number::JOIN_SUCCEEDED, None, None, None),
            Event::JoinFailed { index, error, cause } => {
                (number::JOIN_FAILED, Some(error), Some(index.into()), Some(cause))
            }
            Event::ScopeSucceeded => (number::SCOPE_SUCCEEDED, None, None, None),
            Event::ScopeFailed { error, cause } => (number::SCOPE_FAILED, Some(error), None, Some(cause)),
            Event::Now { millis } => (number::NOW, None, Some(millis), None),
            Event::Uuid { uuid } => (number::UUID, Some(uuid), None, None),
            Event::Random { bits } => (number::RANDOM, None, Some(bits as i64), None),
            Event::Patched { patch } => (number::PATCHED, Some(patch), None, None),
            Event::ExecutionSucceeded => (number::EXECUTION_SUCCEEDED, None, None, None),
            Event::ExecutionFailed { error } => (number::EXECUTION_FAILED, Some(error), None, None),
            Event::ExecutionAborted { error } => (number::EXECUTION_ABORTED, error, None, None),
            Event::ExecutionTimedOut => (number::EXECUTION_TIMED_OUT, None, None, None),
            Event::ExecutionRedriven => (number::EXECUTION_REDRIVEN, None, None, None),
            Event::CodeChanged { from, to } => (number::CODE_CHANGED, Some(to), None, Some(from.into())),
        }
    }

    /// What a row says.
    ///
    /// # Errors
    ///
    /// When the number is unknown (a newer version wrote it) or a column is missing (somebody edited the file).
    pub(crate) fn from_row(row: &JournalRow) -> Result<Event, Unreadable> {
        let columns = Columns(row);
        Ok(match row.event {
            number::TASK_SCHEDULED => Event::TaskScheduled {
                task: columns.name()?,
                input: columns.payload()?,
                started: columns.number::<i64>()? != 0,
            },
            number::TASK_STARTED => Event::TaskStarted { attempt: columns.number()? },
            number::TASK_INTERRUPTED => Event::TaskInterrupted { attempt: columns.number()? },
            number::TASK_RETRIED => {
                Event::TaskRetried { error: columns.name()?, cause: columns.payload()?, due: columns.number()? }
            }
            number::TASK_SUCCEEDED => Event::TaskSucceeded { output: columns.payload()? },
            number::TASK_FAILED => Event::TaskFailed { error: columns.name()?, cause: columns.payload()? },
            number::TASK_TOKEN => Event::TaskToken { attempt: columns.number()?, token: columns.name()?.into() },
            number::TASK_SUBMITTED => Event::TaskSubmitted,
            number::ACTIVITY_SCHEDULED => Event::ActivityScheduled { task: columns.name()?, input: columns.payload()? },
            number::ACTIVITY_QUEUED => {
                Event::ActivityQueued { attempt: columns.number()?, token: columns.name()?.into() }
            }
            number::ACTIVITY_STARTED => Event::ActivityStarted { worker: columns.name()?, at: columns.number()? },
            number::WAIT_SECONDS => Event::WaitSeconds { seconds: columns.number()? },
            number::WAIT_UNTIL => Event::WaitUntil { until: columns.number()? },
            number::WAIT_ENDED => Event::WaitEnded,
            number::CHILD_SCHEDULED => {
                Event::ChildScheduled { workflow: columns.name()?, input: columns.payload()?, link: columns.link()? }
            }
            number::CHILD_STARTED => Event::ChildStarted { attempt: columns.number()? },
            number::CHILD_RETRIED => {
                Event::ChildRetried { error: columns.name()?, cause: columns.payload()?, due: columns.number()? }
            }
            number::CHILD_SUCCEEDED => Event::ChildSucceeded { output: columns.payload()? },
            number::CHILD_FAILED => Event::ChildFailed { error: columns.name()?, cause: columns.payload()? },
            number::PARALLEL_STARTED => Event::ParallelStarted { branches: columns.number()? },
            number::MAP_STARTED => Event::MapStarted { items: columns.number()? },
            number::RACE_STARTED => Event::RaceStarted { branches: columns.number()? },
            number::RACE_WON => Event::RaceWon { index: columns.number()? },
            number::JOIN_SUCCEEDED => Event::JoinSucceeded,
            number::JOIN_FAILED => {
                Event::JoinFailed { index: columns.number()?, error: columns.name()?, cause: columns.payload()? }
            }
            number::SCOPE_SUCCEEDED => Event::ScopeSucceeded,
            number::SCOPE_FAILED => Event::ScopeFailed { error: columns.name()?, cause: columns.payload()? },
            number::NOW => Event::Now { millis: columns.number()? },
            number::UUID => Event::Uuid { uuid: columns.name()? },
            number::RANDOM => Event::Random { bits: columns.number()? },
            number::PATCHED => Event::Patched { patch: columns.name()? },
            number::EXECUTION_SUCCEEDED => Event::ExecutionSucceeded,
            number::EXECUTION_FAILED => Event::ExecutionFailed { error: columns.name()? },
            number::EXECUTION_ABORTED => Event::ExecutionAborted { error: row.name.clone() },
            number::EXECUTION_TIMED_OUT => Event::ExecutionTimedOut,
            number::EXECUTION_REDRIVEN => Event::ExecutionRedriven,
            number::CODE_CHANGED => {
                Event::CodeChanged { from: columns.payload()?.as_ref().into(), to: columns.name()? }
            }
            _ => return Err(columns.unreadable("is of a kind that this version does not know")),
        })
    }
}

/// How a child stands to its parent, as its first row has it. The numbers never change.
fn number_of(link: Link) -> i64 {
    match link {
        Link::Awaited | Link::Released => 0,
        Link::Detached => 1,
        Link::Continues => 2,
    }
}

/// The columns of a row that its event needs.
struct Columns<'a>(&'a JournalRow);

impl Columns<'_> {
    fn name(&self) -> Result<Box<str>, Unreadable> {
        self.0.name.clone().ok_or_else(|| self.unreadable("has no name"))
    }

    fn payload(&self) -> Result<Arc<str>, Unreadable> {
        self.0.payload.clone().ok_or_else(|| self.unreadable("has no payload"))
    }

    fn number<N: TryFrom<i64>>(&self) -> Result<N, Unreadable> {
        let number = self.0.number.ok_or_else(|| self.unreadable("has no number"))?;
        N::try_from(number).map_err(|_| self.unreadable("has a number out of range"))
    }

    fn link(&self) -> Result<Link, Unreadable> {
        let number: i64 = self.number()?;
        let links = [Link::Awaited, Link::Detached, Link::Continues];
        links
            .into_iter()
            .find(|link| number_of(*link) == number)
            .ok_or_else(|| self.unreadable("has a number out of range"))
    }

    fn unreadable(&self, what: &'static str) -> Unreadable {
        Unreadable { scope: self.0.scope.clone(), ordinal: self.0.ordinal, event: self.0.event, what }
    }
}

/// A journal row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) scope: Box<str>,
    pub(crate) ordinal: u32,
    pub(crate) event: u8,
    pub(crate) what: &'static str,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unreadable { scope, ordinal, event, what } = self;
        let event = numbers()
            .find(|(number, _)| number == event)
            .map_or_else(|| event.to_string(), |(_, name)| format!("`{name}`"));
        write!(f, "the journal row (scope `{scope}`, ordinal {ordinal}, event {event}) {what}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_every_event() {
        let schema = concat!(
            include_str!("../store/sqlite/schema.sql"),
            include_str!("../store/sqlite/forks.sql"),
            include_str!("../store/sqlite/inbox.sql"),
            include_str!("../store/sqlite/race.sql"),
            include_str!("../store/sqlite/children.sql"),
            include_str!("../store/sqlite/patched.sql"),
            include_str!("../store/sqlite/activity.sql")
        );
        for (number, name) in numbers() {
            let row = format!("({number}, '{name}')");
            assert!(schema.contains(&row), "the table `event_name` has no row {row}");
        }
    }

    fn every_event() -> Vec<Event> {
        let (error, cause): (Box<str>, Arc<str>) = ("E".into(), "why".into());
        vec![
            Event::TaskScheduled { task: "t".into(), input: "1".into(), started: true },
            Event::TaskStarted { attempt: 2 },
            Event::TaskInterrupted { attempt: 2 },
            Event::TaskRetried { error: error.clone(), cause: cause.clone(), due: 17 },
            Event::TaskSucceeded { output: "1".into() },
            Event::TaskFailed { error: error.clone(), cause: cause.clone() },
            Event::TaskToken { attempt: 2, token: "t".into() },
            Event::TaskSubmitted,
            Event::ActivityScheduled { task: "t".into(), input: "1".into() },
            Event::ActivityQueued { attempt: 2, token: "t".into() },
            Event::ActivityStarted { worker: "w".into(), at: 17 },
            Event::WaitSeconds { seconds: 60 },
            Event::WaitUntil { until: 1_000 },
            Event::WaitEnded,
            Event::ChildScheduled { workflow: "w".into(), input: "1".into(), link: Link::Detached },
            Event::ChildStarted { attempt: 2 },
            Event::ChildRetried { error: error.clone(), cause: cause.clone(), due: 17 },
            Event::ChildSucceeded { output: "1".into() },
            Event::ChildFailed { error: error.clone(), cause: cause.clone() },
            Event::ParallelStarted { branches: 2 },
            Event::MapStarted { items: 0 },
            Event::RaceStarted { branches: 2 },
            Event::RaceWon { index: 1 },
            Event::JoinSucceeded,
            Event::JoinFailed { index: 1, error: error.clone(), cause: cause.clone() },
            Event::ScopeSucceeded,
            Event::ScopeFailed { error: error.clone(), cause },
            Event::Now { millis: 5 },
            Event::Uuid { uuid: "u".into() },
            Event::Random { bits: 1 << 52 },
            Event::Patched { patch: "p".into() },
            Event::ExecutionSucceeded,
            Event::ExecutionFailed { error: error.clone() },
            Event::ExecutionAborted { error: Some(error) },
            Event::ExecutionTimedOut,
            Event::ExecutionRedriven,
            Event::CodeChanged { from: "m".into(), to: "n".into() },
        ]
    }

    #[test]
    fn events_survive_their_row() {
        for event in every_event() {
            let place = Place { scope: "3.1".into(), ordinal: 4, at: 9, state: Some(2), visits: Some("1 2".into()) };
            let row = event.clone().into_row(place);
            assert_eq!(Event::from_row(&row).as_ref(), Ok(&event));
        }
    }

    #[test]
    fn each_event_has_a_number_of_its_own() {
        let mut numbers: Vec<u8> =
            every_event().into_iter().map(|event| event.into_row(Place::default()).event).collect();
        numbers.sort_unstable();
        assert_eq!(
            numbers,
            [
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 25, 26, 27, 30, 31, 32,
                33, 40, 41, 42, 43, 50, 51, 52, 53
            ]
        );
    }

    #[test]
    fn a_row_from_a_newer_version_is_named() {
        let row = JournalRow { scope: "3.1".into(), ordinal: 4, event: 200, ..JournalRow::default() };
        let error = Event::from_row(&row).unwrap_err().to_string();
        assert_eq!(
            error,
            "the journal row (scope `3.1`, ordinal 4, event 200) is of a kind that this version does not know"
        );
    }
}
