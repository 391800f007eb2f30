//! The messages of the protocol.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is said to an oracle.
pub(super) enum Said<'a> {
    Run { id: String, machine: &'a Value, input: &'a Value, now: i64, machines: BTreeMap<String, Value>, history: bool },
    Validate { id: String, machine: &'a Value },
    Evaluate { id: String, questions: &'a [Question] },
    Answer(u64, Answer),
}

/// A JSONata expression, and the variables it reads by name.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// The expression.
    pub expr: String,
    /// An object.
    pub bindings: Value,
}

/// What an expression gives.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Evaluated {
    /// A value, or nothing where it is not defined.
    Value {
        /// It is defined.
        defined: bool,
        /// The value.
        value: Value,
    },
    /// It fails.
    Error {
        /// In the engine's words.
        message: String,
    },
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It succeeds.
    Ok(Value),
    /// It fails with an error name and a cause.
    Err(String, String),
    /// What was to pass its token on has failed, with an error name and a cause.
    NotAsked(String, String),
    /// It stays in flight and time passes.
    Hold,
}

impl Said<'_> {
    pub(super) fn line(&self) -> String {
        let message = match self {
            Said::Run { id, machine, input, now, machines, history } => {
                json!({"type": "run", "id": id, "machine": machine, "input": input, "now": now, "machines": machines,
                    "execution_name": super::EXECUTION_NAME, "history": history})
            }
            Said::Validate { id, machine } => json!({"type": "validate", "id": id, "machine": machine}),
            Said::Evaluate { id, questions } => json!({"type": "jsonata", "id": id, "exprs": questions}),
            Said::Answer(call, Answer::Ok(output)) => json!({"type": "result", "call": call, "output": output}),
            Said::Answer(call, Answer::Err(error, cause)) => {
                json!({"type": "failure", "call": call, "error": error, "cause": cause})
            }
            Said::Answer(call, Answer::NotAsked(error, cause)) => {
                json!({"type": "failure", "call": call, "error": error, "cause": cause, "before_token": true})
            }
            Said::Answer(call, Answer::Hold) => json!({"type": "hold", "call": call}),
        };
        format!("{message}\n")
    }
}

/// What an oracle says about one run.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    Call(Box<Call>),
    Done(Box<Done>),
    Rejected { message: String },
    Error { message: String },
    Validated { findings: Vec<Finding> },
    Values { results: Vec<Evaluated> },
}

/// A line of an oracle.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Ready,
    Call(Box<Call>),
    /// Its answer, if it comes, is ignored.
    Cancelled,
    Done(Box<Done>),
    Rejected {
        id: String,
        message: String,
    },
    Error {
        id: Option<String>,
        message: String,
    },
    Validated {
        id: String,
        findings: Vec<Finding>,
    },
    Values {
        id: String,
        results: Vec<Evaluated>,
    },
}

/// To whom a line is said.
pub(super) enum Addressed {
    To(String, Heard),
    /// A mistake in what was said, which no run owns.
    Complaint(String),
    Nobody,
}

/// Reads a line.
pub(super) fn read(line: &str) -> Result<Addressed, serde_json::Error> {
    Ok(match serde_json::from_str(line)? {
        Line::Ready | Line::Cancelled => Addressed::Nobody,
        Line::Call(call) => Addressed::To(call.run.clone(), Heard::Call(call)),
        Line::Done(done) => Addressed::To(done.id.clone(), Heard::Done(done)),
        Line::Rejected { id, message } => Addressed::To(id, Heard::Rejected { message }),
        Line::Error { id: Some(id), message } => Addressed::To(id, Heard::Error { message }),
        Line::Error { id: None, message } => Addressed::Complaint(message),
        Line::Values { id, results } => Addressed::To(id, Heard::Values { results }),
        Line::Validated { id, findings } => Addressed::To(id, Heard::Validated { findings }),
    })
}

/// One step of a scope's path: a Parallel or Map, and the branch or iteration.
pub type Step = (String, usize);

/// An attempt of a task.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Call {
    pub(super) call: u64,
    pub(super) run: String,
    /// The state.
    pub state: String,
    /// Where.
    pub path: Vec<Step>,
    /// How often each Parallel or Map of the path had begun before.
    pub rounds: Vec<usize>,
    /// The task's name, where the envelope tells it.
    pub task: Option<String>,
    /// Its input, out of the envelope.
    pub input: Value,
    /// Counts from 1.
    pub attempt: u32,
    /// What completes it, where the resource waits for that.
    #[serde(default)]
    pub token: Option<String>,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Done {
    id: String,
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: String,
    /// The output.
    pub output: Value,
    /// The error's name, where it failed.
    pub error: Option<String>,
    /// What the error is about.
    pub cause: Option<String>,
    /// Each state entered.
    pub visits: Vec<Visit>,
    /// What GetExecutionHistory tells, where the oracle keeps that.
    #[serde(default)]
    pub history: Vec<Value>,
    /// The same of the executions that it has started, by ARN.
    #[serde(default)]
    pub histories: BTreeMap<String, Vec<Value>>,
}

/// A state entered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Visit {
    /// Where.
    pub path: Vec<Step>,
    /// How often each Parallel or Map of the path had begun before.
    pub rounds: Vec<usize>,
    /// The state.
    pub state: String,
}

/// What a validator says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Finding {
    /// Which validator.
    pub tool: String,
    /// What it says.
    pub message: String,
}
