//! What reaches an engine from outside: tokens of tasks that wait, and the inbox.

use std::sync::Arc;

use super::{ExecutionId, NewActivity};
use crate::failure::Failed;

/// A token that an attempt of a task was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Text that nobody can guess.
    pub token: Arc<str>,
    /// The task.
    pub task: Box<str>,
    /// After this time it is expired, in milliseconds since 1970.
    pub due: Option<i64>,
}

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// The execution that waits for it.
    pub execution: ExecutionId,
    /// The task.
    pub task: String,
    /// What became of it.
    pub status: TokenStatus,
    /// After this time it is expired, in milliseconds since 1970.
    pub due: Option<i64>,
    /// When the last heartbeat came, in milliseconds since 1970.
    pub beat: Option<i64>,
}

/// What became of a token. The numbers are stored and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenStatus {
    /// Somebody may complete it.
    Waiting = 1,
    /// Somebody has completed it.
    Used = 2,
    /// Nobody waits for it any more.
    Expired = 3,
}

/// Why a token cannot be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The store has no such token.
    #[error("there is no such task token; compare it with the text that the task was given")]
    Unknown,
    /// It was completed before.
    #[error("the task token was used before: its task has its result, and the first one counts")]
    Used,
    /// The attempt timed out or failed, its branch was cancelled, or the execution has ended.
    #[error("the task token is expired: nobody waits for it any more, because the attempt or its execution has ended")]
    Expired,
}

/// Number of a message in the inbox, from 1, in the order in which they were posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub i64);

/// A token that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingToken {
    /// The text.
    pub token: Arc<str>,
    /// Who waits for it.
    pub row: TokenRow,
    /// Of an attempt of an activity that no worker has: what was queued.
    pub queued: Option<NewActivity>,
}

/// What is asked of the engine on this store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Post {
    /// The task with a token has this result. Using a token up and posting this are one.
    Complete {
        /// The token.
        token: Arc<str>,
        /// JSON text, or the error's name and cause.
        result: Result<Arc<str>, Failed>,
    },
    /// A workflow is to be started.
    Start {
        /// Its name.
        workflow: String,
        /// A name for the execution.
        name: Option<String>,
        /// JSON text.
        input: Arc<str>,
    },
    /// A worker has taken the attempt of an activity. Posted by [`Store::poll_activity`](super::Store::poll_activity).
    ActivityStarted {
        /// The attempt's token.
        token: Arc<str>,
        /// The worker's name.
        worker: String,
        /// When, in milliseconds since 1970.
        at: i64,
    },
    /// An execution is to be ended.
    Stop {
        /// The execution.
        execution: ExecutionId,
        /// The error's name and cause that it takes.
        failed: Failed,
    },
}

/// A message in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub id: MessageId,
    /// The execution it is for; none of one that is to be started.
    pub execution: Option<ExecutionId>,
    /// What is asked.
    pub post: Post,
}

/// What became of an attempt to expire a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Nobody can complete it any more.
    Expired,
    /// Somebody has completed it before: a message says how.
    Used,
    /// A heartbeat came at this time.
    Alive(i64),
}

/// Whether a token can be completed at a time.
pub(super) fn check_token(row: Option<&TokenRow>, is_open: bool, at: i64) -> Result<&TokenRow, TokenError> {
    match row {
        None => Err(TokenError::Unknown),
        Some(TokenRow { status: TokenStatus::Used, .. }) => Err(TokenError::Used),
        Some(row) if row.status == TokenStatus::Waiting && is_open && row.due.is_none_or(|due| at < due) => Ok(row),
        Some(_) => Err(TokenError::Expired),
    }
}
