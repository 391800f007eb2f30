//! The reference interpreter: what a machine means, said in the plainest way.
//!
//! It runs a [`TypedMachine`] on a clock of its own, with tasks answered by the caller in no time. Values are decoded by their types, computed on as Rust does and encoded
//! again, so it is what the engine and every ASL interpreter are held against.
//!
//! * Branches of a Parallel and iterations of a Map run one after the other, and the first that fails fails the state: those after it are not
//!   visited. Held against a concurrent run, the scopes of cancelled ones are compared by prefix.
//! * Branches of a race run one after the other too, each from the same moment. The one that ends earliest wins, of several the first; those that were
//!   still under way then are compared by prefix. One that does not end is given up.
//! * An expression that fails does so as `States.QueryEvaluationError`, and its region with it: the catchers of its own state do not see
//!   it, those of the Parallel or Map around it do where they list it.
//! * A retry waits without jitter and evaluates the arguments once.

mod children;
mod eval;
mod failure;
mod format;
mod iterators;
mod joins;
mod numbers;
mod operators;
mod options;
mod pattern;
mod sequences;
mod text;
mod time;
mod value;
mod wire;

#[cfg(test)]
mod tests;

use durafn_ir::{
    Assign, Catcher, Edge, Expr, RegionId, State, StateId, StateKind, Target, TaskState, Test, TypeDef, TypeId, Typed,
    TypedMachine, WaitFor,
};
use serde_json::Value;

use children::may_retry;
use eval::{Env, Eval};
pub use failure::Failure;
use value::Val;

/// Where a state was visited: the name of each Parallel or Map around it with the branch or iteration.
pub type ScopePath = Vec<(String, usize)>;

/// One attempt of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskCall {
    /// Where.
    pub scope: ScopePath,
    /// The state.
    pub state: String,
    /// The name of the task or workflow.
    pub callee: String,
    /// The arguments as they travel: one as it is, several as an object, none as `{}`.
    pub input: Value,
    /// Counts from 1.
    pub attempt: u32,
    /// A child workflow that is not waited for.
    pub detached: bool,
    /// Seconds the attempt may take.
    pub timeout: Option<u64>,
    /// Seconds between heartbeats.
    pub heartbeat: Option<u64>,
}

/// How a task answered.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskOutcome {
    /// With its result.
    Ok(Value),
    /// With an error name and a cause.
    Err(Failure),
    /// Not at all: what waits for it ends by a timeout.
    Never,
}

/// What a machine did.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How it ended.
    pub outcome: Result<Value, Failure>,
    /// The states in the order of their visits.
    pub visits: Vec<(ScopePath, String)>,
    /// The attempts of tasks in order.
    pub calls: Vec<TaskCall>,
    /// Which of the visits are of a Parallel or Map that failed.
    pub failed_joins: Vec<usize>,
    /// Which of the visits are of a race, and the branch that won.
    pub races: Vec<(usize, usize)>,
    /// Which of the visits are the first of a child execution that was started because the one before it failed.
    pub reopened: Vec<usize>,
}

/// What only the execution knows, fixed so that runs can be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// `now()` and the start of the execution: an RFC 3339 string.
    pub now: String,
    /// The execution's id.
    pub id: String,
    /// The execution's name.
    pub name: String,
    /// `random()`.
    pub random: f64,
}

impl Default for Context {
    fn default() -> Self {
        Context {
            now: "2026-01-02T03:04:05.678Z".into(),
            id: "arn:aws:states:us-east-1:000000000000:execution:workflow:run".into(),
            name: "run".into(),
            random: 0.5,
        }
    }
}

/// More visits than any test makes: the machine does not end.
const MAX_VISITS: usize = 100_000;

/// Runs a machine to its end.
pub fn run(machine: &TypedMachine, input: Value, tasks: &mut dyn FnMut(&TaskCall) -> TaskOutcome) -> Run {
    run_in(&Context::default(), machine, input, tasks)
}

/// Runs a machine in an execution of which this is known.
pub fn run_in(
    context: &Context,
    machine: &TypedMachine,
    input: Value,
    tasks: &mut dyn FnMut(&TaskCall) -> TaskOutcome,
) -> Run {
    run_family(context, machine, &|_| None, input, tasks)
}

/// The machines of child executions, by workflow.
pub type Family<'a> = &'a dyn Fn(&str) -> Option<&'static TypedMachine>;

/// Runs a machine that starts executions of others.
pub fn run_family(
    context: &Context,
    machine: &TypedMachine,
    family: Family<'_>,
    input: Value,
    tasks: &mut dyn FnMut(&TaskCall) -> TaskOutcome,
) -> Run {
    let mut interp = Interp::new(context, machine, family, tasks);
    let outcome = interp.workflow(input, &Vec::new());
    let Seen { visits, calls, failed_joins, races, reopened } = interp.seen;
    Run { outcome, visits, calls, failed_joins, races, reopened }
}

/// What was seen, of an execution and its children.
#[derive(Default)]
struct Seen {
    visits: Vec<(ScopePath, String)>,
    calls: Vec<TaskCall>,
    failed_joins: Vec<usize>,
    races: Vec<(usize, usize)>,
    reopened: Vec<usize>,
}

/// Two branches or iterations of one Parallel or Map fail: which of them is first, and stops the other, depends on who runs it.
pub fn has_rival_failures(
    machine: &TypedMachine,
    input: Value,
    tasks: &mut dyn FnMut(&TaskCall) -> TaskOutcome,
) -> bool {
    let context = Context::default();
    let mut interp = Interp { probes: true, ..Interp::new(&context, machine, &|_| None, tasks) };
    // How it ends is not asked for.
    let _ = interp.workflow(input, &Vec::new());
    interp.rivals
}

struct Interp<'a> {
    machine: &'a TypedMachine,
    eval: Eval<'a>,
    context: &'a Context,
    tasks: &'a mut dyn FnMut(&TaskCall) -> TaskOutcome,
    family: Family<'a>,
    seen: Seen,
    /// Milliseconds since the start, in the branch under way.
    clock: u64,
    /// Where the clock stands when the execution has taken too long.
    deadline: Option<u64>,
    /// When the run started, in milliseconds since 1970.
    now: i64,
    /// Within a race: how many visits there may be.
    last_visit: Option<usize>,
    /// Runs branches and iterations on after one has failed, to see whether another fails.
    probes: bool,
    rivals: bool,
}

/// Where evaluation goes on.
enum Step {
    To(StateId),
    End(Val, TypeId),
}

impl<'a> Interp<'a> {
    fn new(
        context: &'a Context,
        machine: &'a TypedMachine,
        family: Family<'a>,
        tasks: &'a mut dyn FnMut(&TaskCall) -> TaskOutcome,
    ) -> Interp<'a> {
        Interp {
            machine,
            context,
            eval: Eval::new(machine, context),
            tasks,
            family,
            seen: Seen::default(),
            clock: 0,
            deadline: None,
            now: time::parse(&context.now).unwrap_or_default(),
            last_visit: None,
            probes: false,
            rivals: false,
        }
    }

    fn workflow(&mut self, input: Value, scope: &ScopePath) -> Result<Value, Failure> {
        let machine = self.machine;
        self.deadline = machine.timeout_seconds.map(|seconds| self.clock + seconds * 1_000);
        let vars = &machine.regions[0].params;
        let names = machine.params.iter().map(String::as_str);
        let types: Vec<(&str, TypeId)> = names.zip(vars).map(|(name, var)| (name, machine.var(*var).ty)).collect();
        let args = self.arguments_from(input, &types)?;
        let env: Env = vars.iter().copied().zip(args).collect();
        let (output, ty) = self.region(RegionId(0), env, scope)?;
        let output = wire::encode(&machine.types, ty, &output)?.to_value();
        failure::within_limit(&output)?;
        Ok(output)
    }

    /// The parameters from their wire form.
    fn arguments_from(&self, input: Value, params: &[(&str, TypeId)]) -> Result<Vec<Val>, Failure> {
        let decode = |ty: TypeId, json: &Value| {
            wire::decode(&self.machine.types, ty, json).map_err(|failure| Failure::new("States.Runtime", failure.cause))
        };
        match params {
            [(_, ty)] => Ok(vec![decode(*ty, &input)?]),
            params => params.iter().map(|(name, ty)| decode(*ty, input.get(*name).unwrap_or(&Value::Null))).collect(),
        }
    }

    /// Runs a region from its start to its output.
    fn region(&mut self, region: RegionId, mut env: Env, scope: &ScopePath) -> Result<(Val, TypeId), Failure> {
        let mut at = self.machine.region(region).start;
        loop {
            match self.state(at, &mut env, scope)? {
                Step::To(next) => at = next,
                Step::End(output, ty) => return Ok((output, ty)),
            }
        }
    }

    fn state(&mut self, id: StateId, env: &mut Env, scope: &ScopePath) -> Result<Step, Failure> {
        let state = self.machine.state(id);
        self.seen.visits.push((scope.clone(), state.name.clone()));
        if self.seen.visits.len() > MAX_VISITS {
            return Err(Failure::new("States.Runtime", "the machine does not end"));
        }
        if self.last_visit.is_some_and(|last| self.seen.visits.len() > last) {
            return Err(Failure::never());
        }
        self.assign(&state.enter, env)?;
        match &state.kind {
            StateKind::Pass(edge) => self.follow(edge, None, env),
            StateKind::Task(task) => self.task(state, task, env, scope),
            StateKind::Wait(wait, edge) => {
                match wait {
                    WaitFor::Seconds(seconds) => {
                        let seconds = self.seconds(seconds, env)?;
                        self.pass(seconds)?;
                    }
                    WaitFor::Until(until) => {
                        if let Val::Timestamp(until) = self.eval.eval(until, env)? {
                            self.clock = self.clock.max(u64::try_from(until - self.now).unwrap_or_default());
                            self.pass(0)?;
                        }
                    }
                }
                self.follow(edge, None, env)
            }
            StateKind::Choice(rules, default) => {
                for rule in rules {
                    if self.tests_hold(&rule.tests, env)? {
                        return self.follow(&rule.next, None, env);
                    }
                }
                self.follow(default, None, env)
            }
            StateKind::Parallel(parallel) => self.parallel(state, parallel, env, scope),
            StateKind::Map(map) => self.map(state, map, env, scope),
            StateKind::Succeed(output) => Ok(Step::End(self.eval.eval(output, env)?, output.ty)),
            StateKind::Fail(failure) => {
                let value = self.eval.eval(failure, env)?;
                Err(failure::of_value(&self.machine.types, failure.ty, &value)?)
            }
        }
    }

    fn assign(&mut self, assigns: &[Assign<Typed>], env: &mut Env) -> Result<(), Failure> {
        for Assign { var, value } in assigns {
            let value = self.eval.eval(value, env)?;
            env.insert(*var, value);
        }
        Ok(())
    }

    fn tests_hold(&mut self, tests: &[Test<Typed>], env: &mut Env) -> Result<bool, Failure> {
        for test in tests {
            let holds = match test {
                Test::If(condition) => self.eval.eval(condition, env)? == Val::Bool(true),
                Test::Matches(subject, pattern) => {
                    let value = self.eval.eval(subject, env)?;
                    pattern::matches(pattern, &value, env)
                }
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn follow(&mut self, edge: &Edge<Typed>, result: Option<Val>, env: &mut Env) -> Result<Step, Failure> {
        if let (Some(var), Some(result)) = (edge.result, result) {
            env.insert(var, result);
        }
        self.assign(&edge.assign, env)?;
        match &edge.to {
            Target::State(state) => Ok(Step::To(*state)),
            Target::End(output) => Ok(Step::End(self.eval.eval(output, env)?, output.ty)),
        }
    }

    fn task(
        &mut self,
        state: &State<Typed>,
        task: &TaskState<Typed>,
        env: &mut Env,
        scope: &ScopePath,
    ) -> Result<Step, Failure> {
        let callee = &task.callee;
        let input = self.task_input(task, env)?;
        let timeout = self.optional_seconds(&task.timeout, callee.timeout_seconds, env)?;
        let heartbeat = self.optional_seconds(&task.heartbeat, callee.heartbeat_seconds, env)?;
        let retriers = task.retry.as_ref().unwrap_or(&callee.retry);
        let mut retried = vec![0; retriers.len()];
        let mut call = TaskCall {
            scope: scope.clone(),
            state: state.name.clone(),
            callee: callee.name.clone(),
            input,
            attempt: 1,
            detached: task.detached,
            timeout,
            heartbeat,
        };
        loop {
            let (outcome, shown) = self.attempt(task, &call);
            match outcome {
                TaskOutcome::Ok(value) => {
                    let result = self.task_result(task, &value)?;
                    return self.follow(&task.next, result, env);
                }
                TaskOutcome::Never => return Err(Failure::never()),
                TaskOutcome::Err(failure) => {
                    match may_retry(retriers, &mut retried, &shown) {
                        Some(seconds) => self.pass(seconds)?,
                        None => return self.catch(&task.catch, failure, env),
                    }
                    call.attempt += 1;
                }
            }
        }
    }

    fn task_input(&mut self, task: &TaskState<Typed>, env: &mut Env) -> Result<Value, Failure> {
        let mut args = Vec::new();
        for arg in &task.args {
            let value = self.eval.eval(arg, env)?;
            args.push(wire::encode(&self.machine.types, arg.ty, &value)?.to_value());
        }
        let names = task.callee.params.iter().map(|(name, _)| name.clone());
        Ok(match &task.callee.places {
            Some(places) => places.filled(&args),
            None if task.callee.sends_one_value() => args.remove(0),
            None => Value::Object(names.zip(args).collect()),
        })
    }

    /// The result, where a variable takes it.
    fn task_result(&self, task: &TaskState<Typed>, value: &Value) -> Result<Option<Val>, Failure> {
        let Some(var) = task.next.result else { return Ok(None) };
        let ty = if task.detached { self.machine.var(var).ty } else { task.callee.output };
        Ok(Some(wire::decode(&self.machine.types, ty, value)?))
    }

    fn optional_seconds(
        &mut self,
        seconds: &Option<Expr<Typed>>,
        declared: Option<u64>,
        env: &mut Env,
    ) -> Result<Option<u64>, Failure> {
        match seconds {
            Some(seconds) => self.seconds(seconds, env).map(Some),
            None => Ok(declared),
        }
    }

    /// The first catcher that lists the error takes it.
    fn catch(&mut self, catchers: &[Catcher<Typed>], failure: Failure, env: &mut Env) -> Result<Step, Failure> {
        if failure.is_never() {
            return Err(failure);
        }
        let takes = |catcher: &&Catcher<Typed>| catcher.errors.iter().any(|name| failure.is_named(name));
        let Some(catcher) = catchers.iter().find(takes) else { return Err(failure) };
        let value = match catcher.next.result {
            Some(_) => match failure::to_value(&self.machine.types, catcher.ty, &failure)? {
                Some(value) => Some(value),
                // The type has no form for it, so it leaves the function as it came.
                None => return Err(failure),
            },
            None => None,
        };
        self.follow(&catcher.next, value, env)
    }
}

/// A missing key of the type is `None`.
fn is_option(types: &durafn_ir::TypeTable, ty: TypeId) -> bool {
    matches!(types.get(ty), TypeDef::Option(_))
}
