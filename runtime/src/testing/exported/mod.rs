//! The same test on the exported machine: an interpreter of Amazon States Language runs the definition, and the kit answers its tasks.

mod process;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use durafn_asl::{Account, Options, Target, export};
use durafn_ir::{CalleeKind, StateKind, TypedMachine};
use serde_json::Value;

pub use self::process::InterpreterProcess;
use super::{
    drive::Watchdog,
    elapsed,
    run::Run,
    script::{Act, yielded},
    site::{Failure, Site},
    trace::{End, Scope, TaskCall, Trace, Visit, parsed, plain},
};
use crate::{
    callable::{Call, TaskEntry, Workflow, WorkflowEntry},
    failure::Failed,
    task::TaskContext,
};

/// An interpreter of Amazon States Language that is not ours: an emulator of Step Functions.
///
/// [`InterpreterProcess`] is one that speaks lines of JSON with a process. Another needs this trait: it runs the definition as it is, hands every attempt of a task to
/// [`Tasks::answer`], says by [`Tasks::cancelled`] what it does not want answered any more, and lets time pass by itself.
pub trait Interpreter {
    /// Runs an execution to its end.
    ///
    /// # Errors
    ///
    /// With why it could not be run: the definition was refused, the interpreter is gone, or [`Tasks::answer`] said that the test has failed.
    fn run(&mut self, execution: &Exported, tasks: &Tasks) -> impl Future<Output = Result<Ended, String>> + Send;
}

/// An execution of an exported machine that is to be run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exported {
    /// The definition. Tasks are activities whose ARN ends in the task's name; a callback gets its token through a queue, in a message of
    /// `{"task", "token", "input"}`.
    pub definition: Value,
    /// The definitions of the workflows that it starts, by the last part of the `StateMachineArn`.
    pub children: BTreeMap<String, Value>,
    /// The input.
    pub input: Value,
    /// When it starts, in milliseconds since 1970.
    pub now: i64,
}

/// Where something happens in an execution: each Parallel or Map around it with the branch or iteration, outermost first; a child execution is branch 0 of the
/// Task state that started it.
pub type ScopePath = Vec<(String, usize)>;

/// An attempt of a task that an interpreter wants answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The task's name.
    pub task: String,
    /// The state.
    pub state: String,
    /// Where the state is.
    pub path: ScopePath,
    /// For each element of the path, how often its state had opened scopes before in the scope around it.
    pub rounds: Vec<usize>,
    /// The input, out of its envelope.
    pub input: Value,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// After this time the attempt times out, where it has a limit: `TimeoutSeconds`.
    pub timeout: Option<Duration>,
    /// After this time without a heartbeat it does: `HeartbeatSeconds`.
    pub heartbeat: Option<Duration>,
}

impl Asked {
    /// What time makes of it, where nothing else ends it: after how long, and as which error.
    fn limit(&self) -> Option<(Duration, Failed)> {
        let timeout = self.timeout.map(|timeout| (timeout, "States.Timeout"));
        let heartbeat = self.heartbeat.map(|heartbeat| (heartbeat, "States.HeartbeatTimeout"));
        let first = heartbeat.into_iter().chain(timeout).min_by_key(|(after, _)| *after)?;
        Some((first.0, Failed::new(first.1, "")))
    }
}

/// What becomes of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// So much time passes before.
    pub after: Duration,
    /// And then?
    pub outcome: Outcome,
}

/// How an attempt ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// With an output.
    Output(Value),
    /// With an error.
    Failed(Failed),
    /// What was to pass a callback's token on has failed.
    NotAsked(Failed),
    /// Not by itself: time passes, until a timeout ends it.
    Never,
}

/// A state that was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The state.
    pub state: String,
    /// Where it is.
    pub path: ScopePath,
    /// As [`Asked::rounds`].
    pub rounds: Vec<usize>,
}

/// The end of an execution of an exported machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// As Step Functions writes it: `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: String,
    /// The output, where it succeeded.
    pub output: Value,
    /// The error's name and cause, where it failed or was stopped.
    pub failed: Option<Failed>,
    /// The states that were entered; within a scope in their order.
    pub entered: Vec<Entered>,
    /// When it ended by its clock, in milliseconds since 1970, where the interpreter tells.
    pub at: Option<i64>,
}

/// Answers the tasks of one execution, from the kit's mocks and the tasks' own bodies.
pub struct Tasks {
    site: Arc<Site>,
    watchdog: Watchdog,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    /// Calls in their order, by scope and state.
    made: HashMap<(Scope, String), VecDeque<TaskCall>>,
    failure: Option<Failure>,
}

impl Tasks {
    /// What becomes of an attempt.
    ///
    /// # Errors
    ///
    /// When the test has failed: the execution is to be given up, with this text.
    pub async fn answer(&self, asked: &Asked) -> Result<Answer, String> {
        let Some(entry) = inventory::iter::<TaskEntry>.into_iter().find(|entry| entry.name == asked.task) else {
            return Err(self.fail(Failure::Says(format!("there is no task `{}` in this program", asked.task))));
        };
        let key = self.begin(asked);
        let watched = self.watchdog.watch();
        let input = asked.input.to_string();
        let answered = self.site.answer_of(entry, &input, &key, asked.attempt);
        let answer = tokio::select! {
            biased;
            answer = answered => answer.map_err(|failure| self.fail(failure))?,
            () = watched.barks() => {
                let says = format!("the body of task `{}` has run for too long; mock it, or have more patience", asked.task);
                return Err(self.fail(Failure::Says(says)));
            }
        };
        self.end(asked, &answer);
        Ok(answer)
    }

    /// Nobody wants the answer to an attempt any more: its branch was stopped, or the execution has ended.
    pub fn cancelled(&self, asked: &Asked) {
        self.set_end(asked, None);
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, failure: Failure) -> String {
        self.calls().failure.get_or_insert(failure);
        "the test has failed".to_owned()
    }

    /// Notes an attempt, and yields the key of its call.
    fn begin(&self, asked: &Asked) -> String {
        let place = (scope(&asked.path, &asked.rounds), asked.state.clone());
        let mut calls = self.calls();
        let key = format!("{place:?}");
        let made = calls.made.entry(place).or_default();
        if asked.attempt == 1 {
            let (task, state, input) = (asked.task.clone(), asked.state.clone(), plain(asked.input.clone()));
            made.push_back(TaskCall { task, state, input, attempts: Vec::new() });
        }
        if let Some(call) = made.back_mut() {
            call.attempts.push(None);
        }
        format!("{key} {}", made.len())
    }

    /// Notes what an attempt comes to, as long as it is not cancelled.
    fn end(&self, asked: &Asked, answer: &Answer) {
        let ended = match (&answer.outcome, asked.limit()) {
            (Outcome::Never, limit) => limit.map(|(_, failed)| Err(failed)),
            (_, Some((after, failed))) if after <= answer.after => Some(Err(failed)),
            (Outcome::Output(output), _) => Some(Ok(plain(output.clone()))),
            (Outcome::Failed(failed) | Outcome::NotAsked(failed), _) => Some(Err(failed.clone())),
        };
        self.set_end(asked, ended);
    }

    fn set_end(&self, asked: &Asked, ended: Option<Result<Value, Failed>>) {
        let place = (scope(&asked.path, &asked.rounds), asked.state.clone());
        let mut calls = self.calls();
        let last = calls.made.get_mut(&place).and_then(VecDeque::back_mut).and_then(|call| call.attempts.last_mut());
        if let Some(last) = last {
            *last = ended;
        }
    }
}

fn scope(path: &ScopePath, rounds: &[usize]) -> Scope {
    path.iter().zip(rounds).map(|((state, index), round)| (state.clone(), *round, *index)).collect()
}

/// Runs a workflow's export on an interpreter.
///
/// # Panics
///
/// When it has no form in ASL, the interpreter cannot run it, or the test fails.
pub(super) async fn run_on<W: Workflow, I: Interpreter>(
    site: Arc<Site>,
    interpreter: &mut I,
    call: Call<W>,
) -> Run<W::Returned> {
    let input = W::encode(&call.args).unwrap_or_else(|error| panic!("the input of `{}`: {error}", W::NAME));
    let mut children = BTreeMap::new();
    let definition = exported(W::NAME, &mut children);
    let execution = Exported { definition, children, input: parsed(&input), now: site.settings.start };
    let watchdog = Watchdog::new(site.settings.patience);
    let tasks = Tasks { site, watchdog, calls: Mutex::default() };
    let ended = interpreter.run(&execution, &tasks).await;
    let Calls { made, failure } = std::mem::take(&mut *tasks.calls());
    if let Some(failure) = failure {
        failure.fail();
    }
    let ended = ended.unwrap_or_else(|error| panic!("the export of workflow `{}` cannot be run: {error}", W::NAME));
    let elapsed = ended.at.map(|at| elapsed(execution.now, Some(at)));
    Run::new(trace(W::NAME, execution.input, ended, made), None, elapsed)
}

/// The definition of a workflow; those of the workflows that it starts go to `children`.
fn exported(name: &str, children: &mut BTreeMap<String, Value>) -> Value {
    let entry = inventory::iter::<WorkflowEntry>.into_iter().find(|entry| entry.name == name);
    let entry = entry.unwrap_or_else(|| panic!("there is no workflow `{name}` in this program"));
    let machine = (entry.machine)().unwrap_or_else(|errors| panic!("workflow `{name}` is no machine:\n{errors}"));
    let account = Some(Account { region: "us-east-1".to_owned(), id: "000000000000".to_owned() });
    let options = Options { target: Target::Activity, account, ..Options::default() };
    let export = export(machine, &options).unwrap_or_else(|errors| panic!("workflow `{name}`: {errors}"));
    for child in started_by(machine) {
        if !children.contains_key(&child) {
            children.insert(child.clone(), Value::Null);
            let definition = exported(&child, children);
            children.insert(child, definition);
        }
    }
    serde_json::to_value(&export.definition).unwrap_or_else(|error| panic!("workflow `{name}`: {error}"))
}

/// The workflows that a machine starts.
fn started_by(machine: &TypedMachine) -> Vec<String> {
    let callees = machine.states.iter().filter_map(|state| match &state.kind {
        StateKind::Task(task) if task.callee.kind == CalleeKind::Workflow => Some(task.callee.name.clone()),
        _ => None,
    });
    callees.collect()
}

/// What an execution did, with the calls that were answered in their places.
fn trace(workflow: &str, input: Value, ended: Ended, mut made: HashMap<(Scope, String), VecDeque<TaskCall>>) -> Trace {
    let visits = ended.entered.into_iter().map(|Entered { state, path, rounds }| {
        let place = (scope(&path, &rounds), state);
        let call = made.get_mut(&place).and_then(VecDeque::pop_front);
        let (scope, state) = place;
        Visit { scope, state, call }
    });
    let failed = ended.failed.unwrap_or_else(|| Failed::new("", ""));
    let end = match ended.status.as_str() {
        "SUCCEEDED" => End::Succeeded(plain(ended.output)),
        "TIMED_OUT" => End::TimedOut,
        "ABORTED" => End::Aborted(failed),
        _ => End::Failed(failed),
    };
    Trace { workflow: workflow.to_owned(), input, visits: visits.collect(), cut: Default::default(), end }
}

impl Site {
    /// What becomes of an attempt that an interpreter asks about.
    async fn answer_of(
        &self,
        entry: &'static TaskEntry,
        input: &str,
        key: &str,
        attempt: u32,
    ) -> Result<Answer, Failure> {
        let (act, after, answers) = match self.choose(entry, input, key, attempt)? {
            Some((step, answers)) => (step.act, step.takes, answers),
            None => (Act::Runs, Duration::ZERO, false),
        };
        let at = |outcome| Ok(Answer { after, outcome });
        let result = match yielded(&act, input) {
            None => None,
            Some(Ok(result)) => Some(result),
            Some(Err(panic)) => return Err(Failure::Panicked(panic)),
        };
        let runs = matches!(act, Act::Runs);
        let answers = answers && entry.callback;
        if let Act::Panics(message) = act {
            return at(Outcome::Failed(Failed::task_failed(format!("the task panicked: {message}"))));
        }
        let body = match runs || answers {
            true => Some(self.body_outside(entry, input, key, attempt).await?),
            false => None,
        };
        match (result, body) {
            (_, Some(Err(failed))) if entry.callback => at(Outcome::NotAsked(failed)),
            (Some(Ok(output)), _) => at(Outcome::Output(parsed(&output))),
            (Some(Err(failed)), _) => at(Outcome::Failed(failed)),
            (None, Some(Ok(output))) if !entry.callback => at(Outcome::Output(parsed(&output))),
            (None, Some(Err(failed))) => at(Outcome::Failed(failed)),
            (None, _) => at(Outcome::Never),
        }
    }

    /// The task's own body, outside of an engine.
    async fn body_outside(
        &self,
        entry: &'static TaskEntry,
        input: &str,
        key: &str,
        attempt: u32,
    ) -> Result<Result<String, Failed>, Failure> {
        self.check_needs(entry)?;
        let mut context = TaskContext::new(Arc::new(self.resources.clone()), "run", key, attempt);
        if entry.callback {
            context = context.with_token(blake3::hash(format!("{key} {attempt}").as_bytes()).to_hex().as_str());
        }
        let (run, input) = (entry.run, input.to_owned());
        match tokio::spawn(async move { run(&input, context).await }).await {
            Ok(result) => Ok(result),
            Err(error) => {
                let panic = error.into_panic();
                let message = crate::context::panic_message(panic.as_ref());
                Ok(Err(Failed::task_failed(format!("the task panicked: {message}"))))
            }
        }
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("site", &self.site).finish_non_exhaustive()
    }
}
