//! The ASL interpreters that are not ours, as processes: `oracle/README.md` has their protocol.
//!
//! A process is started at its first use and serves every thread of the test binary: a thread reads what it says and hands it to the run it is
//! about. It ends with its stdin, so with this process, however that ends.

mod process;
mod wire;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

use process::Process;
pub use wire::{Answer, Call, Done, Evaluated, Finding, Question, Step, Visit};
use wire::{Heard, Said};

/// Which interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpreter {
    /// `sfnx.testing`.
    Sfnx,
    /// LocalStack's.
    LocalStack,
}

/// An interpreter that runs.
#[derive(Clone, Copy, Debug)]
pub struct Oracle {
    interpreter: Interpreter,
    process: &'static Process,
}

/// Why a run has no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The definition is refused when it is created.
    Rejected(String),
    /// The oracle cannot go on. Says nothing about the definition.
    Broken(String),
}

/// The name of every execution.
pub const EXECUTION_NAME: &str = "run";

impl Interpreter {
    /// The name of its process.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Interpreter::Sfnx => "sfnx",
            Interpreter::LocalStack => "localstack",
        }
    }

    /// Starts it where it does not run yet. None where this machine cannot run it, which is said once on stderr.
    ///
    /// # Panics
    ///
    /// Where this machine cannot run it and `DURAFN_REQUIRE_ORACLES=1`.
    #[must_use]
    pub fn get(self) -> Option<Oracle> {
        static SFNX: OnceLock<Option<Process>> = OnceLock::new();
        static LOCALSTACK: OnceLock<Option<Process>> = OnceLock::new();
        let cell = match self {
            Interpreter::Sfnx => &SFNX,
            Interpreter::LocalStack => &LOCALSTACK,
        };
        let process = cell.get_or_init(|| {
            set_up().then(|| Process::start(self.name()).unwrap_or_else(|error| panic!("the oracle {self:?}: {error}")))
        });
        process.as_ref().map(|process| Oracle { interpreter: self, process })
    }
}

/// Where the oracles' files are.
fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle")
}

/// Installs what the oracles need, once in a process. False where that cannot be.
fn set_up() -> bool {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        let output = Command::new(directory().join("setup")).stdin(Stdio::null()).output();
        let outcome = match output {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(format!("The oracles cannot be set up: {error}.")),
        };
        if let Err(reason) = &outcome {
            // Not by `eprintln!`, which tests capture.
            let text = format!("{reason} Comparisons with other interpreters are left out.\n");
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
        outcome
    });
    match done {
        Ok(()) => true,
        Err(reason) if required() => panic!("{reason} DURAFN_REQUIRE_ORACLES=1 wants them."),
        Err(_) => false,
    }
}

fn required() -> bool {
    std::env::var_os("DURAFN_REQUIRE_ORACLES").is_some_and(|value| value == "1")
}

impl Oracle {
    /// Which one it is.
    #[must_use]
    pub fn interpreter(&self) -> Interpreter {
        self.interpreter
    }

    /// Runs a definition to its end; `tasks` answers its calls.
    ///
    /// # Errors
    ///
    /// When the definition is refused, or the oracle cannot go on.
    pub fn run(
        &self,
        definition: &Value,
        input: &Value,
        now: i64,
        children: &BTreeMap<String, Value>,
        mut tasks: impl FnMut(&Call) -> Answer,
    ) -> Result<Done, Refused> {
        let conversation = self.process.converse();
        let id = conversation.id().to_owned();
        let history = self.interpreter == Interpreter::LocalStack;
        conversation.say(&Said::Run { id, machine: definition, input, now, machines: children.clone(), history });
        loop {
            match conversation.listen() {
                Heard::Call(call) => conversation.say(&Said::Answer(call.call, tasks(&call))),
                Heard::Done(done) => return Ok(*done),
                Heard::Rejected { message } => return Err(Refused::Rejected(message)),
                Heard::Error { message } => return Err(Refused::Broken(message)),
                Heard::Validated { .. } | Heard::Values { .. } => unreachable!("nothing else was asked"),
            }
        }
    }

    /// What validators say about a definition.
    ///
    /// # Errors
    ///
    /// When the oracle cannot say.
    pub fn validate(&self, definition: &Value) -> Result<Vec<Finding>, Refused> {
        let conversation = self.process.converse();
        let id = conversation.id().to_owned();
        conversation.say(&Said::Validate { id, machine: definition });
        match conversation.listen() {
            Heard::Validated { findings } => Ok(findings),
            Heard::Rejected { message } => Err(Refused::Rejected(message)),
            Heard::Error { message } => Err(Refused::Broken(message)),
            Heard::Call(_) | Heard::Done(_) | Heard::Values { .. } => unreachable!("nothing else was asked"),
        }
    }

    /// What expressions give on its JSONata engine, in order.
    ///
    /// # Errors
    ///
    /// When the oracle cannot say.
    pub fn evaluate(&self, questions: &[Question]) -> Result<Vec<Evaluated>, Refused> {
        let conversation = self.process.converse();
        let id = conversation.id().to_owned();
        conversation.say(&Said::Evaluate { id, questions });
        match conversation.listen() {
            Heard::Values { results } => Ok(results),
            Heard::Rejected { message } => Err(Refused::Rejected(message)),
            Heard::Error { message } => Err(Refused::Broken(message)),
            Heard::Call(_) | Heard::Done(_) | Heard::Validated { .. } => unreachable!("nothing else was asked"),
        }
    }
}
