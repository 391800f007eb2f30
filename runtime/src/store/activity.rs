//! Attempts of activities that wait for a worker, and what a worker gets.

use std::sync::Arc;

use super::ExecutionId;

/// An attempt of an activity that is to wait for a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivity {
    /// Text that nobody can guess. It ends the attempt.
    pub token: Arc<str>,
    /// The task.
    pub task: Box<str>,
    /// JSON text.
    pub input: Arc<str>,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// Text that all attempts of the call share.
    pub key: String,
    /// Seconds that the attempt may take, from when a worker has it.
    pub timeout: Option<u64>,
    /// Seconds that it may be silent.
    pub heartbeat: Option<u64>,
    /// Since when it waits, in milliseconds since 1970.
    pub queued_at: i64,
}

/// An attempt of an activity that was handed to a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedActivity {
    /// The execution that waits for it.
    pub execution: ExecutionId,
    /// What was queued.
    pub activity: NewActivity,
}

/// A worker that wants something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// The tasks that it can do.
    pub tasks: Vec<String>,
    /// Its name.
    pub worker: String,
    /// The time in milliseconds since 1970.
    pub at: i64,
}

impl NewActivity {
    /// When the attempt is too late, where a worker takes it at a time.
    pub(super) fn due(&self, taken_at: i64) -> Option<i64> {
        self.timeout.map(|seconds| crate::engine::later(taken_at, seconds))
    }
}
