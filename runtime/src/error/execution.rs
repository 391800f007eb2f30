//! Why an execution has no result.

use std::{error, fmt};

use super::Error;
use crate::{
    failure::{Failed, Failure},
    store::ExecutionId,
};

/// Why an execution has no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecutionError {
    /// It failed.
    Failed {
        /// Which one.
        id: ExecutionId,
        /// The error's name and cause.
        failed: Failed,
    },
    /// It was stopped from outside.
    Aborted {
        /// Which one.
        id: ExecutionId,
        /// The error's name and cause that were given.
        failed: Failed,
    },
    /// It took longer than its workflow may take.
    TimedOut {
        /// Which one.
        id: ExecutionId,
    },
    /// It is parked, because today's code does not fit its history. It goes on once fitting code opens the engine.
    Blocked {
        /// Which one.
        id: ExecutionId,
        /// The state, what was recorded, what was attempted, what to do.
        cause: String,
    },
    /// It was not waited for to the end: it goes on when the engine is opened again.
    Engine(Error),
}

impl ExecutionError {
    /// The error's name, where there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.failed().map(|failed| failed.error.as_str())
    }

    /// What the error is about.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            ExecutionError::Blocked { cause, .. } => Some(cause),
            other => other.failed().map(|failed| failed.cause.as_str()),
        }
    }

    /// The error that the workflow returned, as its type.
    #[must_use]
    pub fn failure<E: Failure>(&self) -> Option<E> {
        match self {
            ExecutionError::Failed { failed, .. } => E::from_failed(failed),
            _ => None,
        }
    }

    fn failed(&self) -> Option<&Failed> {
        match self {
            ExecutionError::Failed { failed, .. } | ExecutionError::Aborted { failed, .. } => Some(failed),
            ExecutionError::TimedOut { .. } | ExecutionError::Blocked { .. } | ExecutionError::Engine(_) => None,
        }
    }
}

impl fmt::Display for ExecutionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExecutionError::Failed { id, failed } => write!(f, "{} failed with {failed}", called(*id)),
            ExecutionError::Aborted { id, failed } => match failed.error.as_str() {
                "" => write!(f, "{} was stopped", called(*id)),
                _ => write!(f, "{} was stopped with {failed}", called(*id)),
            },
            ExecutionError::TimedOut { id } => write!(f, "{} took too long", called(*id)),
            ExecutionError::Blocked { id, cause } => write!(f, "execution {} is blocked: {cause}", id.0),
            ExecutionError::Engine(error) => error.fmt(f),
        }
    }
}

fn called(id: ExecutionId) -> String {
    format!("{}execution {}", if id.is_express() { "Express " } else { "" }, id.0)
}

impl error::Error for ExecutionError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            ExecutionError::Engine(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for ExecutionError {
    fn from(error: Error) -> Self {
        ExecutionError::Engine(error)
    }
}
