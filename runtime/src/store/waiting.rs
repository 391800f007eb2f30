//! When executions want attention, and which of them run.

use super::ExecutionId;

/// When an execution that is not closed wants attention.
///
/// In the order in which executions are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    /// Now: it has work under way, so it is taken up when the store is opened.
    Active,
    /// At a time, in milliseconds since 1970: it waits for timers alone.
    At(i64),
    /// When something outside completes what it waits for.
    External,
}

/// Of an execution that waits for its turn, because its workflow is limited: the end of the year 9999, which never comes.
pub const WAITS_FOR_TURN: Wake = Wake::At(253_402_300_799_999);

/// An execution that wants attention, and when. What is active comes first, then by time, then by number.
pub type Waiting = (Wake, ExecutionId);

/// Before all that waits.
pub const FIRST_WAITING: Waiting = (Wake::Active, ExecutionId(0));

/// Before all that waits for a time, and behind all that is active.
pub const FIRST_TIMER: Waiting = (Wake::At(0), ExecutionId(0));

/// A running execution, and the fingerprint of the machine that its last rows are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningOn {
    /// Its number.
    pub id: ExecutionId,
    /// Which of the workflow's bodies it runs.
    pub version: u32,
    /// The machine.
    pub machine: String,
}

/// How far a workflow's running executions were held against a program's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The workflow's name.
    pub workflow: String,
    /// What that program had of it: the fingerprint of each version's machine.
    pub code: String,
    /// The last execution that was looked at.
    pub to: ExecutionId,
}
