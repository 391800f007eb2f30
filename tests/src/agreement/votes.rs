//! The runs that are not native: the reference interpreter, and interpreters of others on the export.

use std::collections::BTreeMap;

use durafn_ir::{Callee, StateKind, TypedMachine};
use serde_json::Value;

use super::{
    START, Subject,
    answer::Worker,
    aws,
    observed::{Cut, Observed, Outcome, Scope, Step},
};
use crate::{
    interp::{self, Failure, ScopePath, TaskCall, TaskOutcome},
    oracle::{Answer, Call, Done, Interpreter, Oracle, Refused},
};

/// How an attempt of a task ends: its name, its input, the number of the attempt.
pub(crate) type Answers<'a> = &'a mut dyn FnMut(&str, &Value, u32) -> Answer;

/// The reference interpreter on a program's machine.
pub(super) fn reference(subject: &Subject, input: &Value) -> Observed {
    let mut worker = Worker::new();
    let family = |name: &str| subject.machine_of(name);
    interpreted(subject.machine, &family, input, &mut |task, input, attempt| worker.answer(task, input, attempt))
}

/// The reference interpreter on a machine, with those of its children.
pub(crate) fn interpreted(
    machine: &TypedMachine,
    family: interp::Family<'_>,
    input: &Value,
    answers: Answers<'_>,
) -> Observed {
    let mut answer = |call: &TaskCall| outcome_of(call, answers(&call.callee, &call.input, call.attempt));
    let context = interp::Context { now: "2026-01-02T03:04:05.678Z".into(), ..interp::Context::default() };
    let run = interp::run_family(&context, machine, family, input.clone(), &mut answer);
    observed(run, machine.timeout_seconds.is_some())
}

/// What the reference interpreter makes of an answer.
pub(crate) fn outcome_of(call: &TaskCall, answer: Answer) -> TaskOutcome {
    match answer {
        Answer::Ok(value) => TaskOutcome::Ok(value),
        Answer::Err(error, cause) | Answer::NotAsked(error, cause) => TaskOutcome::Err(Failure::new(error, cause)),
        // A heartbeat is shorter than a timeout.
        Answer::Hold if call.heartbeat.is_some() => TaskOutcome::Err(Failure::new("States.HeartbeatTimeout", "")),
        Answer::Hold => TaskOutcome::Never,
    }
}

fn observed(run: interp::Run, limited: bool) -> Observed {
    let mut observed = Observed::new("ir");
    let scopes = with_rounds(&run.visits, &run.reopened);
    for ((_, state), scope) in run.visits.iter().zip(&scopes) {
        observed.visit(scope.clone(), state);
    }
    add_calls(&mut observed, &run, &scopes);
    observed.cut = cut(&run, &scopes);
    observed.outcome = match run.outcome {
        Ok(output) => Outcome::output(&output),
        Err(failure) if failure.is_never() && limited => Outcome::TimedOut,
        Err(Failure { error, cause }) => Outcome::Failed { error, cause },
    };
    observed
}

/// The scope of each visit. The interpreter goes from one visit to the next, so counting the visits of a Parallel or Map in a scope
/// tells its rounds.
fn with_rounds(visits: &[(ScopePath, String)], reopened: &[usize]) -> Vec<Scope> {
    let mut entered = std::collections::HashMap::<(Vec<(String, usize, usize)>, String), usize>::new();
    let mut scopes = Vec::new();
    for (visit, (path, state)) in visits.iter().enumerate() {
        let mut key = Vec::new();
        let last = path.len().saturating_sub(1);
        for (depth, (around, index)) in path.iter().enumerate() {
            if depth == last && reopened.contains(&visit) {
                *entered.entry((key.clone(), around.clone())).or_default() += 1;
            }
            let round = entered.get(&(key.clone(), around.clone())).map_or(0, |count| count - 1);
            key.push((around.clone(), round, *index));
        }
        *entered.entry((key.clone(), state.clone())).or_default() += 1;
        scopes.push(key.into_iter().map(|(state, round, index)| Step { state, round, index }).collect());
    }
    scopes
}

/// Each visit of a task's state makes the attempts that follow.
fn add_calls(observed: &mut Observed, run: &interp::Run, scopes: &[Scope]) {
    let mut calls = run.calls.iter().peekable();
    for ((path, state), scope) in run.visits.iter().zip(scopes) {
        let mut attempt = 1;
        while let Some(call) =
            calls.next_if(|call| call.scope == *path && call.state == *state && call.attempt == attempt)
        {
            observed.call(scope.clone(), &call.callee, &call.input, call.attempt);
            attempt += 1;
        }
    }
    assert!(calls.next().is_none(), "every call belongs to a visit");
}

/// The failing branch of a Parallel or Map is the last one that was visited; the winner of a race is known.
fn cut(run: &interp::Run, scopes: &[Scope]) -> Cut {
    let round_of = |join: usize| {
        let (around, (_, state)) = (&scopes[join], &run.visits[join]);
        run.visits[..join].iter().zip(scopes).filter(|((_, name), scope)| name == state && *scope == around).count()
    };
    let won = run.races.iter().map(|&(race, index)| {
        let step = Step { state: run.visits[race].1.clone(), round: round_of(race), index };
        scopes[race].iter().cloned().chain([step]).collect()
    });
    let failing = run.failed_joins.iter().filter_map(|&join| {
        let (around, round) = (&scopes[join], round_of(join));
        let inside = scopes[join + 1..].iter().take_while(|scope| scope.len() > around.len());
        let inside = inside.filter(|scope| scope.starts_with(around) && scope[around.len()].round == round);
        inside.last().map(|scope| scope[..=around.len()].to_vec())
    });
    Cut { failing: failing.chain(won).collect() }
}

/// Every interpreter of others that this machine can run.
pub(super) fn oracles(subject: &Subject, input: &Value) -> Vec<Observed> {
    let ways = [
        ("sfnx", Interpreter::Sfnx, &subject.activities, 0),
        ("sfnx, Lambda", Interpreter::Sfnx, &subject.lambda, 1),
        ("localstack", Interpreter::LocalStack, &subject.activities, 0),
    ];
    let runs = ways.into_iter().filter_map(|(who, interpreter, definition, target)| {
        let definition = definition.as_ref().ok()?;
        let family = &subject.family;
        let children = family.iter().map(|child| Some((child.name.clone(), child.exports[target].clone().ok()?)));
        let children: BTreeMap<String, Value> = children.collect::<Option<_>>()?;
        let mut worker = Worker::new();
        let export = Export { machine: subject.machine, definition, children: &children };
        let known = |state: &str| subject.has_state(state);
        let answer = |task: &str, input: &Value, attempt| worker.answer(task, input, attempt);
        let mut observed = observe(who, interpreter.get()?, &export, &known, input, answer);
        if let Some(parted) = observed.told.iter().find_map(aws::parted) {
            observed.outcome = Outcome::Other(parted);
        }
        Some(observed)
    });
    runs.collect()
}

/// A machine as interpreters of others run it.
pub(crate) struct Export<'a> {
    pub(crate) machine: &'a TypedMachine,
    pub(crate) definition: &'a Value,
    /// Those of its children.
    pub(crate) children: &'a BTreeMap<String, Value>,
}

/// An interpreter of others on a definition; `known` tells the states that are compared.
pub(crate) fn observe(
    who: &'static str,
    oracle: Oracle,
    export: &Export<'_>,
    known: &dyn Fn(&str) -> bool,
    input: &Value,
    mut answer: impl FnMut(&str, &Value, u32) -> Answer,
) -> Observed {
    let mut observed = Observed::new(who);
    let done = oracle.run(export.definition, input, START, export.children, |call| {
        // A resource that is given does not name the task; its state does.
        let callee = task_of(export.machine, &call.state).filter(|_| call.task.is_none());
        let task = call.task.as_deref().or_else(|| callee.map(|callee| &*callee.name));
        let task = task.unwrap_or("a task outside of the envelope");
        let input = callee.map_or_else(|| call.input.clone(), |callee| without_token(callee, call));
        observed.call(scope(&call.path, &call.rounds), task, &input, call.attempt);
        answer(task, &input, call.attempt)
    });
    match done {
        Ok(done) => {
            // An export tells a child's failures apart in states that the machine does not have.
            for visit in done.visits.iter().filter(|visit| known(&visit.state)) {
                observed.visit(scope(&visit.path, &visit.rounds), &visit.state);
            }
            observed.told = aws::told(&export.machine.name, &done);
            observed.outcome = outcome(done);
        }
        Err(Refused::Rejected(message)) => {
            observed.outcome = Outcome::Other(format!("the definition is refused: {message}"));
        }
        Err(Refused::Broken(message)) => observed.outcome = Outcome::Other(format!("the oracle is broken: {message}")),
    }
    observed
}

/// The task that a state calls.
fn task_of<'a>(machine: &'a TypedMachine, state: &str) -> Option<&'a Callee> {
    machine.states.iter().find(|known| known.name == state).and_then(|state| match &state.kind {
        StateKind::Task(task) => Some(&*task.callee),
        _ => None,
    })
}

/// What is sent to a service, as the native run records it. A token that is not the attempt's own stays, and is told apart.
fn without_token(callee: &Callee, call: &Call) -> Value {
    let mut input = call.input.clone();
    match callee.places.as_ref().and_then(|places| places.take_token(&mut input)) {
        Some(token) if token.as_str() != call.token.as_deref() => call.input.clone(),
        _ => input,
    }
}

fn scope(path: &[(String, usize)], rounds: &[usize]) -> Scope {
    let steps = path.iter().zip(rounds);
    steps.map(|((state, index), round)| Step { state: state.clone(), round: *round, index: *index }).collect()
}

fn outcome(done: Done) -> Outcome {
    match done.status.as_str() {
        "SUCCEEDED" => Outcome::output(&done.output),
        "FAILED" => {
            let error = done.error.unwrap_or_default();
            let cause = done.cause.unwrap_or_default();
            let cause = lambda_cause(&error, &cause).unwrap_or(cause);
            Outcome::Failed { error, cause }
        }
        "TIMED_OUT" => Outcome::TimedOut,
        status => Outcome::Other(format!("{status}: {:?} {:?}", done.error, done.cause)),
    }
}

/// The cause that a worker gave. A failure that passes unchanged leaves the execution in Lambda's envelope.
fn lambda_cause(error: &str, cause: &str) -> Option<String> {
    let document: Value = serde_json::from_str(cause).ok()?;
    if document.get("errorType")? != error {
        return None;
    }
    Some(document.get("errorMessage")?.as_str()?.to_owned())
}
