//! Errors as ASL has them: a name and a cause.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A failure on the wire: an error name and a cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Failed {
    /// The error's name, such as `CardDeclined` or `States.Timeout`.
    pub error: String,
    /// What it is about: for an enum that derives `Failure`, its JSON text.
    pub cause: String,
}

impl Failed {
    /// A failure by name.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Failed { error: error.into(), cause: cause.into() }
    }

    /// `States.TaskFailed`.
    pub fn task_failed(cause: impl Into<String>) -> Self {
        Failed::new("States.TaskFailed", cause)
    }
}

/// An error type whose variants are error names. Implemented by `#[derive(Failure)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a task or workflow",
    note = "derive `Failure` (with `Serialize` and `Deserialize`) for the enum, so that each variant has an error name"
)]
pub trait Failure: crate::Data + Serialize + DeserializeOwned + Send + 'static {
    /// The name and cause of this value.
    fn to_failed(&self) -> Failed;

    /// The value that stands for a failure: by name from the declared variants, else in the variant marked `#[fault]`; none
    /// where there is no such variant.
    fn from_failed(failed: &Failed) -> Option<Self>;
}

/// A failure of the machinery, or one with a name that no enum declares.
///
/// An error enum takes it in a variant marked `#[fault]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// `States.Timeout`: an attempt took too long.
    Timeout,
    /// `States.HeartbeatTimeout`: an attempt was silent for too long.
    HeartbeatTimeout,
    /// `States.TaskFailed`: a task panicked or was lost.
    TaskFailed {
        /// What happened.
        cause: String,
    },
    /// Any other name from outside, such as `Lambda.Unknown`.
    Other {
        /// The error's name.
        name: String,
        /// What it is about.
        cause: String,
    },
}
