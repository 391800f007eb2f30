//! The public error: one opaque type with predicates.

mod execution;

use std::{borrow::Cow, error, fmt, sync::Arc};

pub use execution::ExecutionError;

use crate::{
    callable::InputError,
    nearest::nearest,
    store::{ExecutionId, OpenError, Status, StoreError, TokenError},
};

/// What an engine could not do, and what to do about it.
///
/// The text names the thing and the way out; the predicates tell the cases apart that a program may want to handle.
#[derive(Clone, Debug)]
pub struct Error(Arc<Kind>);

#[derive(Debug)]
pub(crate) enum Kind {
    UnknownWorkflow {
        name: String,
        known: Vec<String>,
    },
    UnknownVersion {
        name: String,
        version: u32,
        known: Vec<u32>,
    },
    UnknownActivity {
        name: String,
        known: Vec<String>,
    },
    BadInput {
        workflow: String,
        error: InputError,
    },
    UnwritableInput {
        workflow: String,
        error: serde_json::Error,
    },
    NameTaken {
        workflow: String,
        name: String,
        by: ExecutionId,
    },
    UnknownExecution(ExecutionId),
    Overloaded {
        limit: usize,
    },
    NotExpress(String),
    Ended {
        id: ExecutionId,
        status: Status,
    },
    Closed,
    Registry(Vec<String>),
    Machine {
        workflow: String,
        errors: String,
    },
    Open(OpenError),
    Store(StoreError),
    Unreadable {
        id: ExecutionId,
        what: String,
    },
    /// A history file that cannot be read.
    History {
        place: String,
        what: String,
    },
    /// A history that was to be kept is not written.
    Unwritten {
        path: std::path::PathBuf,
        error: std::io::Error,
    },
    /// Why values cannot be taken out of a history.
    #[cfg(feature = "cli")]
    Redaction(String),
    /// The status is none to be redriven from.
    NotRedrivable {
        id: ExecutionId,
        status: Status,
    },
    /// Its own code ends it again at once.
    FailsAgain {
        id: ExecutionId,
        error: String,
    },
    /// Today's code does not fit the past.
    Diverged(String),
    /// A fork that does not fit its history.
    Fork(String),
    /// A payload that is larger than it may be.
    TooLarge(String),
    Config(Cow<'static, str>),
    /// A schedule that cannot be.
    Schedule(String),
    BadResult {
        task: String,
        cause: String,
    },
}

impl Error {
    /// No workflow of this name is linked into the program.
    #[must_use]
    pub fn is_unknown_workflow(&self) -> bool {
        matches!(*self.0, Kind::UnknownWorkflow { .. } | Kind::UnknownVersion { .. })
    }

    /// The input does not have the shape that the workflow takes.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        matches!(*self.0, Kind::BadInput { .. } | Kind::UnwritableInput { .. })
    }

    /// An input or result is larger than [`EngineBuilder::payload_limit`](crate::EngineBuilder::payload_limit) lets it be.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(*self.0, Kind::TooLarge(_))
    }

    /// The name belongs to an execution with another input.
    #[must_use]
    pub fn is_name_taken(&self) -> bool {
        matches!(*self.0, Kind::NameTaken { .. })
    }

    /// There is no such execution.
    #[must_use]
    pub fn is_unknown_execution(&self) -> bool {
        matches!(*self.0, Kind::UnknownExecution(_))
    }

    /// As many Express executions run as the engine allows.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        matches!(*self.0, Kind::Overloaded { .. })
    }

    /// The execution has ended before.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(*self.0, Kind::Ended { .. })
    }

    /// There is no such task token.
    #[must_use]
    pub fn is_unknown_token(&self) -> bool {
        self.token() == Some(TokenError::Unknown)
    }

    /// The task token was used before.
    #[must_use]
    pub fn is_used_token(&self) -> bool {
        self.token() == Some(TokenError::Used)
    }

    /// Nobody waits for the task token any more: the attempt or the execution has ended.
    #[must_use]
    pub fn is_expired_token(&self) -> bool {
        self.token() == Some(TokenError::Expired)
    }

    fn token(&self) -> Option<TokenError> {
        match *self.0 {
            Kind::Store(StoreError::Token(error)) => Some(error),
            _ => None,
        }
    }

    /// The value with which a task was to be completed does not have the type that its workflow waits for.
    #[must_use]
    pub fn is_bad_result(&self) -> bool {
        matches!(*self.0, Kind::BadResult { .. })
    }

    /// The engine is shut down, or shutting down.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(*self.0, Kind::Closed | Kind::Store(StoreError::Shut))
    }

    /// Other engines hold the file, and do not let this one in.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(
            *self.0,
            Kind::Open(OpenError::Held { .. } | OpenError::Shared { .. } | OpenError::SharedByOlder { .. })
        )
    }

    /// The engine has lost its lease on a store that engines share, and others have taken over: see [`Lease`](crate::store::Lease). It writes
    /// nothing more; open it again to take part.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        matches!(*self.0, Kind::Store(StoreError::Fenced))
    }

    /// The medium fails, and may work again.
    pub(crate) fn is_medium(&self) -> bool {
        matches!(*self.0, Kind::Store(StoreError::Medium(_)))
    }

    /// The start that was asked for was carried out before.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(*self.0, Kind::Store(StoreError::Taken(_)))
    }

    /// The file could not be opened, read or written.
    #[must_use]
    pub fn is_store(&self) -> bool {
        self.token().is_none() && matches!(*self.0, Kind::Open(_) | Kind::Store(_) | Kind::Unreadable { .. })
    }

    /// Today's code does not fit what was recorded.
    #[must_use]
    pub fn is_diverged(&self) -> bool {
        matches!(*self.0, Kind::Diverged(_))
    }

    /// The execution cannot be redriven: it has succeeded, has not ended, or would fail again at once.
    #[must_use]
    pub fn is_not_redrivable(&self) -> bool {
        matches!(*self.0, Kind::NotRedrivable { .. } | Kind::FailsAgain { .. })
    }

    /// A history file cannot be read, or is none.
    #[must_use]
    pub fn is_history(&self) -> bool {
        matches!(*self.0, Kind::History { .. })
    }

    /// The program's own tasks and workflows do not fit together, or with what is asked of them: a name is taken twice, a resource is missing, there is no
    /// activity of a name.
    #[must_use]
    pub fn is_program(&self) -> bool {
        matches!(*self.0, Kind::Registry(_) | Kind::Machine { .. } | Kind::Config(_) | Kind::UnknownActivity { .. })
    }

    pub(crate) fn closed() -> Error {
        Kind::Closed.into()
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Error(Arc::new(kind))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Kind::Store(error).into()
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        Kind::Open(error).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::UnknownWorkflow { name, known } => unknown_workflow(f, name, known),
            Kind::UnknownVersion { name, version, known } => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "there is no version {version} of workflow `{name}` in this program, but {}",
                    known.join(", ")
                )
            }
            Kind::UnknownActivity { name, known } => {
                write!(f, "there is no activity `{name}` in this program")?;
                match known.as_slice() {
                    [] => write!(f, "; none is linked into it: is the crate that defines it used?"),
                    known => write!(f, "{}", nearest(name, known)),
                }
            }
            Kind::BadInput { workflow, error } => {
                write!(f, "the input does not have the shape that workflow `{workflow}` takes: {error}")
            }
            Kind::UnwritableInput { workflow, error } => {
                write!(f, "the input of workflow `{workflow}` cannot be written as JSON: {error}")
            }
            Kind::NameTaken { workflow, name, by } => write!(
                f,
                "execution {} of workflow `{workflow}` has the name `{name}` and another input; choose another name, or start it with \
                 the same input to get that execution",
                by.0
            ),
            Kind::UnknownExecution(id) if id.is_express() => write!(
                f,
                "execution {} is an Express one, which is in memory alone, and only until it ends: `run` yields its result, and `with_history` what \
                 happened in it",
                id.0
            ),
            Kind::Overloaded { limit } => write!(
                f,
                "{limit} Express executions run at once, as many as this engine allows; try again later, wait for a place (leave `without_waiting` \
                 out), or allow more with `Engine::builder().max_express_executions(..)`"
            ),
            Kind::NotExpress(workflow) => write!(
                f,
                "`{workflow}` is a Standard workflow, which is started and not run: use `start` or `start_json`, and wait for its result"
            ),
            Kind::UnknownExecution(id) => {
                write!(f, "there is no execution {}; `list` shows those that there are", id.0)
            }
            Kind::Ended { id, status } => write!(f, "execution {} has already ended ({status:?})", id.0),
            Kind::Closed => write!(f, "the engine is shut down; open it again to go on"),
            Kind::Registry(problems) => write!(f, "{}", problems.join("\n")),
            Kind::Machine { workflow, errors } => {
                write!(f, "workflow `{workflow}` cannot be made a machine:\n{errors}")
            }
            Kind::Open(error) => error.fmt(f),
            Kind::Store(error) => error.fmt(f),
            Kind::Unreadable { id, what } => write!(f, "the journal of execution {} cannot be read: {what}", id.0),
            Kind::History { place, what } => write!(f, "the history in {place} cannot be read: {what}"),
            Kind::Unwritten { path, error } => write!(
                f,
                "a history cannot be written to {}: {error}. Nothing is removed that is not written; see to the folder, and try again",
                path.display()
            ),
            #[cfg(feature = "cli")]
            Kind::Redaction(what) => write!(f, "{what}"),
            Kind::NotRedrivable { id, status } => not_redrivable(f, *id, *status),
            Kind::FailsAgain { id, error } => write!(
                f,
                "execution {} would fail again at once with `{error}`: no call of it is left to try again, its own code comes to that end. Change the \
                 code, or fork it before the state that led there",
                id.0
            ),
            Kind::Diverged(what) | Kind::Fork(what) => write!(f, "{what}"),
            Kind::Config(what) => write!(f, "{what}"),
            Kind::TooLarge(what) => write!(f, "{what}"),
            Kind::Schedule(what) => write!(f, "{what}"),
            Kind::BadResult { task, cause } => {
                write!(f, "task `{task}` cannot be completed with this: {cause}")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &*self.0 {
            Kind::BadInput { error, .. } => Some(error),
            Kind::UnwritableInput { error, .. } => Some(error),
            Kind::Open(error) => Some(error),
            Kind::Store(error) => Some(error),
            _ => None,
        }
    }
}

fn unknown_workflow(f: &mut fmt::Formatter<'_>, name: &str, known: &[String]) -> fmt::Result {
    write!(f, "there is no workflow `{name}` in this program")?;
    match known {
        [] => write!(f, "; none is linked into it: is the crate that defines it used?"),
        known => write!(f, "{}", nearest(name, known)),
    }
}

fn not_redrivable(f: &mut fmt::Formatter<'_>, id: ExecutionId, status: Status) -> fmt::Result {
    let why = match status {
        Status::Succeeded => {
            "it has succeeded, so nothing is left to do; fork it to go another way from one of its states"
        }
        Status::Blocked => {
            "it is blocked and has not ended: it goes on by itself as soon as fitting code opens the store"
        }
        _ => "it has not ended",
    };
    write!(f, "execution {} cannot be redriven: {why}", id.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str, known: &[&str]) -> String {
        let known = known.iter().map(|&name| name.to_owned()).collect();
        Error::from(Kind::UnknownWorkflow { name: name.to_owned(), known }).to_string()
    }

    #[test]
    fn an_unknown_workflow_comes_with_the_nearest_names() {
        assert_eq!(
            message("fulfill", &["fulfil", "refund"]),
            "there is no workflow `fulfill` in this program; did you mean `fulfil`?"
        );
        assert_eq!(
            message("xyz", &["fulfil", "refund"]),
            "there is no workflow `xyz` in this program; it has `fulfil`, `refund`"
        );
        assert!(message("xyz", &[]).contains("is the crate that defines it used?"));
    }
}
