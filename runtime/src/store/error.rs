//! Why a store could not do its work.

use super::{ExecutionId, MessageId, TokenError};

/// Why a store could not do its work.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The unit changes an execution that is closed, or that does not exist.
    #[error("execution {} is closed or does not exist, so nothing more can be recorded for it", .0.0)]
    Closed(ExecutionId),
    /// The unit reopens an execution that is not closed.
    #[error("execution {} has not ended, so it cannot be reopened", .0.0)]
    Open(ExecutionId),
    /// The unit names a machine that was not put before.
    #[error("no machine with fingerprint {0} is in the store, so no execution can run on it")]
    NoMachine(String),
    /// The token cannot be completed.
    #[error("{0}")]
    Token(TokenError),
    /// The unit changes an execution that another engine owns, or nobody.
    #[error("execution {} is run by another engine on this store, so nothing can be recorded for it here", .0.0)]
    NotOwned(ExecutionId),
    /// The message that asks for the execution that the unit creates was carried out before.
    #[error("the start that message {} asks for was carried out before", .0.0)]
    Taken(MessageId),
    /// The engine has lost its lease. Nothing of what it asks is done any more.
    #[error(
        "this engine has lost its lease on the store, because it did not renew it in time: its process was stopped, or had no processor. Other \
         engines go on with its executions, and it writes nothing more. Open it again to take part; if it happens often, give it a longer lease"
    )]
    Fenced,
    /// The medium failed. What was asked is not done.
    #[error("{0}")]
    Medium(String),
    /// What is stored contradicts itself: asking again is of no use.
    #[error("{0}")]
    Damaged(String),
    /// The tables of tasks cannot be brought to their last version.
    #[error("{0}")]
    Tables(String),
    /// The store keeps no tables but its own.
    #[error(
        "this store keeps no tables of tasks: `#[task(transaction)]` and `tables(..)` need a SQLite file, or `in_memory()`"
    )]
    NoTables,
    /// The store was closed before.
    #[error("the store is closed")]
    Shut,
}
