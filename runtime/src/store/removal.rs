//! Removing executions that ended long ago.
//!
//! [`Store::remove`](super::Store::remove) takes an execution out of sight in one short transaction; its journal goes piece by piece by
//! [`Store::sweep`](super::Store::sweep), each piece a transaction of its own, so that no commit of a running execution waits for long. A crash in between
//! leaves rows that nobody sees, and the next sweep takes them.

use super::ExecutionId;

/// Which executions are to be removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Removable {
    /// Only those that ended before this time, in milliseconds since 1970.
    pub closed_before: i64,
    /// Only of this workflow.
    pub workflow: Option<String>,
    /// Only with a larger number than this.
    pub after: ExecutionId,
    /// At most so many.
    pub limit: usize,
}
