//! What the public history is made of.

use std::sync::Arc;

use durafn_ir::StateKind;

/// Something that happened in an execution.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistoryEvent {
    /// Its number in the history, from 1.
    pub id: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// What happened.
    pub kind: EventKind,
    /// Where: empty for the workflow itself, else the path to a branch or iteration.
    pub scope: String,
    /// What there is to say about it.
    pub details: Details,
}

/// What there is to say about an event; what does not apply is none.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Details {
    /// The state's name.
    pub state: Option<String>,
    /// The task.
    pub task: Option<String>,
    /// The number of the attempt, from 1.
    pub attempt: Option<u32>,
    /// The worker that has taken an activity.
    pub worker: Option<String>,
    /// The index of the iteration.
    pub index: Option<u32>,
    /// How many items or branches there are.
    pub length: Option<u32>,
    /// JSON text.
    pub input: Option<Arc<str>>,
    /// JSON text.
    pub output: Option<Arc<str>>,
    /// The error's name.
    pub error: Option<String>,
    /// What the error is about.
    pub cause: Option<Arc<str>>,
}

/// What does a state: the first word of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StateType {
    Pass,
    Task,
    Wait,
    Choice,
    Parallel,
    Map,
    Succeed,
    Fail,
}

/// What happened, as Step Functions calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EventKind {
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionFailed,
    ExecutionAborted,
    ExecutionTimedOut,
    ExecutionRedriven,
    StateEntered(StateType),
    StateExited(StateType),
    StateAborted(StateType),
    TaskScheduled,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    TaskFailed,
    TaskTimedOut,
    ActivityScheduled,
    ActivityStarted,
    ActivitySucceeded,
    ActivityFailed,
    ActivityTimedOut,
    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,
    MapStateStarted,
    MapStateSucceeded,
    MapStateFailed,
    MapIterationStarted,
    MapIterationSucceeded,
    MapIterationFailed,
    MapIterationAborted,
}

impl EventKind {
    /// The name in Step Functions, such as `TaskStateEntered`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            EventKind::StateEntered(ty) => format!("{ty:?}StateEntered"),
            EventKind::StateExited(ty) => format!("{ty:?}StateExited"),
            EventKind::StateAborted(ty) => format!("{ty:?}StateAborted"),
            other => format!("{other:?}"),
        }
    }
}

impl StateType {
    pub(crate) fn of<P: durafn_ir::Phase>(kind: &StateKind<P>) -> StateType {
        match kind {
            StateKind::Pass(_) => StateType::Pass,
            StateKind::Task(_) => StateType::Task,
            StateKind::Wait(..) => StateType::Wait,
            StateKind::Choice(..) => StateType::Choice,
            StateKind::Parallel(_) => StateType::Parallel,
            StateKind::Map(_) => StateType::Map,
            StateKind::Succeed(_) => StateType::Succeed,
            StateKind::Fail(_) => StateType::Fail,
        }
    }
}
