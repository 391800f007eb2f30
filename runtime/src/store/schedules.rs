//! Schedules as a store keeps them.

use std::sync::Arc;

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRow {
    /// Its name, which no other has.
    pub name: String,
    /// The workflow that it starts.
    pub workflow: String,
    /// The input of each execution: JSON text.
    pub input: Arc<str>,
    /// When it fires, and what it does where that cannot be: JSON text. See [`Schedule`](crate::Schedule).
    pub rule: String,
    /// It does not fire.
    pub paused: bool,
    /// When it fires next, in milliseconds since 1970. None where it never does again.
    pub next: Option<i64>,
    /// The name of the execution that it started last.
    pub last: Option<String>,
}
