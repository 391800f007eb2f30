//! States of executions.

/// State of an execution, in Step Functions' terms. The numbers are stored and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// `RUNNING`: it goes on, or waits.
    Running = 1,
    /// `SUCCEEDED`.
    Succeeded = 2,
    /// `FAILED`: with an error and a cause.
    Failed = 3,
    /// `ABORTED`: stopped from outside.
    Aborted = 4,
    /// `TIMED_OUT`.
    TimedOut = 5,
    /// `BLOCKED`: today's code does not fit its history. It goes on as soon as fitting code is back.
    Blocked = 6,
}

impl Status {
    pub(super) const ALL: [Status; 6] =
        [Status::Running, Status::Succeeded, Status::Failed, Status::Aborted, Status::TimedOut, Status::Blocked];

    /// As Step Functions writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Running => "RUNNING",
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::Aborted => "ABORTED",
            Status::TimedOut => "TIMED_OUT",
            Status::Blocked => "BLOCKED",
        }
    }

    /// The status that Step Functions writes so.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.name() == name)
    }
}
