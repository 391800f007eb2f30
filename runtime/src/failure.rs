//! Errors as ASL has them: a name and a cause.

use durafn_ir::{EnumDef, FAULT_TYPE, FieldDef, Fields, Tagging, TypeDef, TypeId, TypeTable, VariantDef};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    context::NoError,
    data::{Data, Plain},
};

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

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.cause.as_str() {
            "" => write!(f, "{}", self.error),
            cause => write!(f, "{}: {cause}", self.error),
        }
    }
}

/// An error type whose variants are error names. Implemented by `#[derive(Failure)]`.
///
/// Each variant's name is the error's name, unless `#[failure(name = "..")]` sets another; its JSON is the cause. `?` converts as
/// `#[from]` declares. The variant marked `#[fault]` takes what the machinery reports; without it such failures end the execution.
///
/// ```
/// use durafn::prelude::*;
///
/// #[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
/// enum OrderError {
///     OutOfStock { sku: String },
///     #[failure(name = "Card.Declined")]
///     CardDeclined,
///     #[fault]
///     Fault(Fault),
/// }
///
/// let failed = OrderError::OutOfStock { sku: "A1".into() }.to_failed();
/// assert_eq!((failed.error.as_str(), failed.cause.as_str()), ("OutOfStock", r#"{"OutOfStock":{"sku":"A1"}}"#));
/// assert_eq!(OrderError::CardDeclined.to_failed().error, "Card.Declined");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a task or workflow",
    note = "derive `Failure` (with `Serialize` and `Deserialize`) for the enum, so that each variant has an error name"
)]
pub trait Failure: Data + Serialize + DeserializeOwned + Send + 'static {
    /// The name and cause of this value.
    fn to_failed(&self) -> Failed;

    /// The value that stands for a failure: by name from the declared variants, else in the variant marked `#[fault]`; none
    /// where there is no such variant.
    fn from_failed(failed: &Failed) -> Option<Self>;
}

/// An error that `?` turns into `Self`: the type itself, and what a variant marked `#[from]` holds.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`?` cannot turn `{E}` into `{Self}`",
    note = "add a variant that holds it: `#[from] Other({E})`; `std::convert::From` has no meaning in a workflow",
    note = "or convert it in place: `.map_err(|error| ..)`"
)]
pub trait FailureFrom<E> {
    fn failure_from(error: E) -> Self;
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
    /// Any other name, such as `Lambda.Unknown` or `States.DataLimitExceeded`.
    Other {
        /// The error's name.
        name: String,
        /// What it is about.
        cause: String,
    },
}

const TIMEOUT: &str = "States.Timeout";
const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
const TASK_FAILED: &str = "States.TaskFailed";

/// A payload is larger than it may be.
const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";

/// What `http:invoke` fails with: `States.Http.StatusCode.404`, `States.Http.Socket`.
const HTTP: &str = "States.Http.";

impl Failure for Fault {
    fn to_failed(&self) -> Failed {
        match self {
            Fault::Timeout => Failed::new(TIMEOUT, ""),
            Fault::HeartbeatTimeout => Failed::new(HEARTBEAT_TIMEOUT, ""),
            Fault::TaskFailed { cause } => Failed::task_failed(cause),
            Fault::Other { name, cause } => Failed::new(name, cause),
        }
    }

    /// Reserved names that a Catch of the three of tasks does not take (`States.QueryEvaluationError`, `States.Runtime`, ..) are no fault either.
    fn from_failed(failed: &Failed) -> Option<Self> {
        let cause = failed.cause.clone();
        match failed.error.as_str() {
            TIMEOUT => Some(Fault::Timeout),
            HEARTBEAT_TIMEOUT => Some(Fault::HeartbeatTimeout),
            TASK_FAILED => Some(Fault::TaskFailed { cause }),
            DATA_LIMIT_EXCEEDED => Some(Fault::Other { name: DATA_LIMIT_EXCEEDED.to_owned(), cause }),
            reserved if reserved.starts_with("States.") && !reserved.starts_with(HTTP) => None,
            name => Some(Fault::Other { name: name.to_owned(), cause }),
        }
    }
}

impl Data for Fault {
    type Owned = Fault;

    fn describe(types: &mut TypeTable) -> TypeId {
        let text = String::describe(types);
        let variant = |name: &str, error: Option<&str>, fields: &[&str]| VariantDef {
            name: name.to_owned(),
            key: name.to_owned(),
            fields: match fields {
                [] => Fields::Unit,
                _ => Fields::Named(fields.iter().map(|field| FieldDef::plain(field, text)).collect()),
            },
            error: error.map(str::to_owned),
            fault: false,
        };
        types.named(FAULT_TYPE, |_| {
            TypeDef::Enum(EnumDef {
                name: FAULT_TYPE.to_owned(),
                tagging: Tagging::External,
                variants: vec![
                    variant("Timeout", Some(TIMEOUT), &[]),
                    variant("HeartbeatTimeout", Some(HEARTBEAT_TIMEOUT), &[]),
                    variant("TaskFailed", Some(TASK_FAILED), &["cause"]),
                    variant("Other", None, &["name", "cause"]),
                ],
                failure: true,
            })
        })
    }
}

impl Plain for Fault {}

impl FailureFrom<Fault> for Fault {
    fn failure_from(error: Fault) -> Self {
        error
    }
}

impl Failure for NoError {
    fn to_failed(&self) -> Failed {
        match *self {}
    }

    fn from_failed(_failed: &Failed) -> Option<Self> {
        None
    }
}

impl Data for NoError {
    type Owned = NoError;

    fn describe(types: &mut TypeTable) -> TypeId {
        types.named("durafn::NoError", |_| {
            TypeDef::Enum(EnumDef {
                name: "NoError".to_owned(),
                tagging: Tagging::External,
                variants: Vec::new(),
                failure: true,
            })
        })
    }
}

impl Plain for NoError {}

impl FailureFrom<NoError> for NoError {
    fn failure_from(error: NoError) -> Self {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_survive_the_wire() {
        let faults = [
            Fault::Timeout,
            Fault::HeartbeatTimeout,
            Fault::TaskFailed { cause: "it panicked".into() },
            Fault::Other { name: "Lambda.Unknown".into(), cause: String::new() },
        ];
        for fault in faults {
            assert_eq!(Fault::from_failed(&fault.to_failed()), Some(fault));
        }
    }

    #[test]
    fn reserved_names_are_no_fault() {
        assert_eq!(Fault::from_failed(&Failed::new("States.QueryEvaluationError", "")), None);
        let not_found = Failed::new("States.Http.StatusCode.404", "Not Found");
        assert_eq!(Fault::from_failed(&not_found).map(|fault| fault.to_failed()), Some(not_found));
    }
}
