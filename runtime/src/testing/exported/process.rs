//! An interpreter in a process of its own, which speaks lines of JSON on stdin and stdout.

use std::{
    collections::HashMap,
    fmt,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Answer, Asked, Ended, Entered, Exported, Interpreter, Outcome, ScopePath, Tasks};
use crate::failure::Failed;

/// An interpreter in a process of its own. It ends with this.
///
/// It is told `run`, asks `call`, is answered by `result`, `failure` or `hold`, and tells `done`: one JSON object a line, which the page on tests in the book
/// describes.
///
/// ```no_run
/// # use durafn::{prelude::*, testing::{InterpreterProcess, TestEngine}};
/// # #[workflow] async fn order(customer: String) -> String { customer }
/// # async fn check() -> std::io::Result<()> {
/// let mut command = std::process::Command::new("tests/oracle/run");
/// command.arg("sfnx");
/// let mut sfnx = InterpreterProcess::spawn(&mut command)?;
///
/// let kit = TestEngine::new();
/// let native = kit.run(order("Ada".into())).await;
/// let exported = kit.run_on(&mut sfnx, order("Ada".into())).await;
/// assert_eq!(exported.history(), native.history());
/// # Ok(()) }
/// ```
pub struct InterpreterProcess {
    process: Child,
    stdin: ChildStdin,
    lines: UnboundedReceiver<String>,
    runs: u64,
}

/// What the process says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Ready,
    Call(Box<CallLine>),
    /// Nobody wants the answer any more.
    Cancelled {
        call: u64,
    },
    Done(Box<DoneLine>),
    Rejected {
        id: String,
        message: String,
    },
    Error {
        id: Option<String>,
        message: String,
    },
}

#[derive(Deserialize)]
struct CallLine {
    call: u64,
    run: String,
    state: String,
    path: ScopePath,
    rounds: Vec<usize>,
    task: Option<String>,
    resource: String,
    input: Value,
    attempt: u32,
    /// Seconds.
    #[serde(default)]
    timeout: Option<f64>,
    /// Seconds.
    #[serde(default)]
    heartbeat: Option<f64>,
}

#[derive(Deserialize)]
struct DoneLine {
    id: String,
    status: String,
    output: Value,
    error: Option<String>,
    cause: Option<String>,
    visits: Vec<VisitLine>,
    /// When the execution ended, in milliseconds since 1970.
    now: Option<i64>,
}

#[derive(Deserialize)]
struct VisitLine {
    path: ScopePath,
    rounds: Vec<usize>,
    state: String,
}

impl InterpreterProcess {
    /// Starts the process of a command.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::Error::other("the process has no pipes"));
        };
        let (said, lines) = unbounded_channel();
        let listen = move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("durafn-interpreter".to_owned()).spawn(listen)?;
        Ok(InterpreterProcess { process, stdin, lines, runs: 0 })
    }

    fn say(&mut self, message: &Value) -> Result<(), String> {
        let said = self.stdin.write_all(format!("{message}\n").as_bytes()).and_then(|()| self.stdin.flush());
        said.map_err(|error| format!("the interpreter's process does not listen any more: {error}"))
    }

    async fn listen(&mut self) -> Result<Line, String> {
        let line = self.lines.recv().await;
        let line = line.ok_or("the interpreter's process has ended; what it said last is on stderr")?;
        serde_json::from_str(&line)
            .map_err(|error| format!("the interpreter said what is no message ({error}): {line}"))
    }

    /// Answers an attempt, and yields what was asked.
    async fn answer(&mut self, call: CallLine, tasks: &Tasks) -> Result<Asked, String> {
        let CallLine { call, state, path, rounds, task, resource, input, attempt, timeout, heartbeat, run: _ } = call;
        let Some(task) = task else {
            return Err(format!("state `{state}` asks for `{resource}`, which is no task of the program"));
        };
        let seconds = |limit: f64| Duration::try_from_secs_f64(limit).unwrap_or(Duration::MAX);
        let (timeout, heartbeat) = (timeout.map(seconds), heartbeat.map(seconds));
        let asked = Asked { task, state, path, rounds, input, attempt, timeout, heartbeat };
        let Answer { after, outcome } = tasks.answer(&asked).await?;
        let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        self.say(&match outcome {
            Outcome::Output(output) => json!({"type": "result", "call": call, "output": output, "after": after}),
            Outcome::Failed(Failed { error, cause }) => {
                json!({"type": "failure", "call": call, "error": error, "cause": cause, "after": after})
            }
            Outcome::NotAsked(Failed { error, cause }) => {
                json!({"type": "failure", "call": call, "error": error, "cause": cause, "before_token": true})
            }
            Outcome::Never => json!({"type": "hold", "call": call}),
        })?;
        Ok(asked)
    }
}

impl Interpreter for InterpreterProcess {
    async fn run(&mut self, execution: &Exported, tasks: &Tasks) -> Result<Ended, String> {
        let Exported { definition, children, input, now } = execution;
        self.runs += 1;
        let id = self.runs.to_string();
        self.say(&json!({
            "type": "run", "id": id, "machine": definition, "machines": children, "input": input, "now": now,
            "execution_name": "run",
        }))?;
        let mut asked = HashMap::new();
        loop {
            match self.listen().await? {
                // What is left of a run that was given up.
                Line::Call(call) if call.run != id => {}
                Line::Done(done) if done.id != id => {}
                Line::Rejected { id: other, .. } if other != id => {}
                Line::Ready => {}
                Line::Cancelled { call } => {
                    if let Some(asked) = asked.remove(&call) {
                        tasks.cancelled(&asked);
                    }
                }
                Line::Call(call) => {
                    let number = call.call;
                    asked.insert(number, self.answer(*call, tasks).await?);
                }
                Line::Done(done) => return Ok(done.ended()),
                Line::Rejected { message, .. } => return Err(format!("the definition is refused: {message}")),
                Line::Error { id: Some(other), .. } if other != id => {}
                Line::Error { message, .. } => return Err(message),
            }
        }
    }
}

impl DoneLine {
    fn ended(self) -> Ended {
        let DoneLine { status, output, error, cause, visits, now, id: _ } = self;
        let entered = visits.into_iter().map(|VisitLine { path, rounds, state }| Entered { state, path, rounds });
        let failed = error.map(|error| Failed::new(error, cause.unwrap_or_default()));
        Ended { status, output, failed, entered: entered.collect(), at: now }
    }
}

impl Drop for InterpreterProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl fmt::Debug for InterpreterProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterpreterProcess").field("process", &self.process.id()).finish_non_exhaustive()
    }
}
