//! Executions that start others.

use super::ExecutionId;

/// The entry of a parent execution that started a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The parent.
    pub execution: ExecutionId,
    /// The scope of the entry.
    pub scope: String,
    /// Its ordinal.
    pub ordinal: u32,
    /// What the parent wants of it.
    pub link: Link,
}

/// What a parent wants of its child. The numbers are stored and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// Nothing: it was started and is not waited for.
    Detached = 0,
    /// Its end.
    Awaited = 1,
    /// Nothing any more: it has taken its end, or the child is to be stopped.
    Released = 2,
    /// Nothing: it has ended, and this one goes on in its place.
    Continues = 3,
}

/// Children about which something is left to do, because the process ended before it was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LooseEnds {
    /// Running parents that wait for a child that has ended.
    pub parents: Vec<ExecutionId>,
    /// Children that have not ended and were released.
    pub children: Vec<ExecutionId>,
}
