//! A random workflow: what its code does, what its tasks do, and which outcomes it can have.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use durafn_ir::Retrier;

use super::tape::Tape;
use crate::{
    Failure, Fault,
    callable::{Adjust, BoxFuture},
    context::Cx,
    engine::Policy,
    failure::Failed,
    store::Link,
};

/// A plan has fewer outcomes than this.
const MOST_OUTCOMES: usize = 64;
/// More often than any retrier allows.
pub(super) const ALWAYS: u32 = 9;
/// What attempts fail with.
pub(super) const ERROR: &str = "E";
const TIMEOUT: &str = "States.Timeout";
const HEARTBEAT: &str = "States.HeartbeatTimeout";
const TASK_FAILED: &str = "States.TaskFailed";

/// Outputs, and names of errors.
pub(super) type Outcomes = BTreeSet<Result<String, String>>;

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Arc<[Step]>,
    /// Seconds that the execution may take.
    pub(super) timeout: Option<u64>,
    pub(super) crash_restarts: u32,
    /// By step: which of its attempts fail, and so of its child.
    pub(super) fails: Vec<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its number: its state, the input and the output of its task.
    number: usize,
    kind: Kind,
    /// Its failure is a value.
    caught: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Call(&'static str),
    /// A call whose input has the time and random bits in it.
    Random,
    Wait(u64),
    Patch,
    Child {
        retried: bool,
        timeout: Option<u64>,
    },
    Detached,
    Parallel(Vec<Arc<[Step]>>),
    Race(Vec<Arc<[Step]>>),
    Map {
        items: usize,
        at_once: Option<u64>,
        body: Arc<[Step]>,
    },
}

/// Tasks by name: each stands for a policy.
const TASKS: [&str; 9] =
    ["plain", "retried", "transaction", "callback", "activity", "timed", "beating", "once", "asks_once"];

pub(super) fn policy(task: &str) -> Policy {
    let retry = |errors: &[&str], attempts: u32| -> Arc<[Retrier]> {
        let errors = errors.iter().map(|&name| name.to_owned()).collect();
        let retrier = Retrier {
            errors,
            interval_seconds: 3,
            backoff_rate: 2.0,
            max_attempts: attempts,
            max_delay_seconds: None,
            jitter: attempts == 2,
        };
        [retrier].into()
    };
    let policy = Policy::default();
    match task {
        "retried" => Policy { retry: retry(&[ERROR], 2), ..policy },
        "transaction" => Policy { transaction: true, retry: retry(&[ERROR], 1), ..policy },
        "callback" => Policy { callback: true, timeout: Some(100), retry: retry(&[ERROR, TIMEOUT], 1), ..policy },
        "activity" => Policy {
            activity: true,
            timeout: Some(60),
            heartbeat: Some(25),
            retry: retry(&[ERROR, TIMEOUT, HEARTBEAT], 2),
            ..policy
        },
        "timed" => Policy { timeout: Some(30), retry: retry(&[TIMEOUT], 1), ..policy },
        "beating" => Policy { timeout: Some(90), heartbeat: Some(20), ..policy },
        "asks_once" => Policy { at_most_once: true, callback: true, timeout: Some(200), ..policy },
        "once" => Policy { at_most_once: true, retry: retry(&[ERROR], 1), ..policy },
        _ => policy,
    }
}

impl Plan {
    pub(super) fn new(tape: &mut Tape) -> Plan {
        loop {
            let mut fails = Vec::new();
            let steps = steps(tape, 0, &mut fails);
            let timeout = tape.rarely(6).then_some(400);
            let crash_restarts = if tape.rarely(4) { 1 } else { u32::MAX };
            let plan = Plan { steps, timeout, crash_restarts, fails };
            if plan.outcomes(false).is_some() && plan.outcomes(true).is_some() {
                return plan;
            }
        }
    }

    /// The outcomes that it can have, where those are not too many. Where what failed was `healed`, also those of success.
    pub(super) fn outcomes(&self, healed: bool) -> Option<Outcomes> {
        self.outcomes_of(&self.steps, healed)
    }

    fn outcomes_of(&self, steps: &[Step], healed: bool) -> Option<Outcomes> {
        let mut all: Outcomes = [Ok(String::new())].into();
        for step in steps {
            let own = self.outcomes_of_step(step, healed)?;
            let mut next = BTreeSet::new();
            for before in &all {
                match before {
                    Ok(before) => next.extend(own.iter().map(|own| own.clone().map(|own| format!("{before} {own}")))),
                    Err(error) => drop(next.insert(Err(error.clone()))),
                }
            }
            all = few(next)?;
        }
        Some(all)
    }

    fn outcomes_of_step(&self, step: &Step, healed: bool) -> Option<Outcomes> {
        let scopes = |scopes: &[Arc<[Step]>]| -> Option<Vec<Outcomes>> {
            scopes.iter().map(|steps| self.outcomes_of(steps, healed)).collect()
        };
        let own = match &step.kind {
            Kind::Call(task) => self.outcomes_of_call(step.number, task, healed),
            Kind::Random => self.outcomes_of_call(step.number, "plain", healed),
            Kind::Wait(_) => [Ok("w".to_owned())].into(),
            Kind::Patch => [Ok("p".to_owned())].into(),
            Kind::Detached => [Ok("d".to_owned())].into(),
            Kind::Child { retried, timeout } => {
                let (fails, attempts) = (self.fails[step.number], if *retried { 3 } else { 1 });
                let mut own = BTreeSet::new();
                if fails < attempts || healed {
                    own.insert(Ok(step.number.to_string()));
                }
                if fails >= attempts {
                    own.insert(Err(ERROR.to_owned()));
                }
                if timeout.is_some() {
                    own.insert(Err(TIMEOUT.to_owned()));
                }
                own
            }
            Kind::Parallel(branches) => all_of(scopes(branches)?)?,
            Kind::Map { items, body, .. } => all_of(vec![self.outcomes_of(body, healed)?; *items])?,
            Kind::Race(branches) => few(scopes(branches)?.into_iter().flatten().collect())?,
        };
        let caught =
            |own: Result<String, String>| if step.caught { own.or_else(|error| Ok(format!("!{error}"))) } else { own };
        Some(own.into_iter().map(caught).collect())
    }

    fn outcomes_of_call(&self, number: usize, task: &str, healed: bool) -> Outcomes {
        let (policy, fails) = (policy(task), self.fails[number]);
        let of_time = policy.timeout.is_some() || policy.heartbeat.is_some();
        let retries = policy.retry.iter().filter(|retrier| retrier.errors.iter().any(|name| name == ERROR));
        let attempts = 1 + retries.map(|retrier| retrier.max_attempts).sum::<u32>();
        let mut own = BTreeSet::new();
        // An attempt that takes too long is one that does not fail by itself.
        let all_attempts = 1 + policy.retry.iter().map(|retrier| retrier.max_attempts).sum::<u32>();
        if fails < attempts || (of_time && fails < all_attempts) || healed {
            own.insert(Ok(number.to_string()));
        }
        // Where other failures use attempts up, fewer are left for this one.
        if fails >= attempts || (fails > 0 && of_time) {
            own.insert(Err(ERROR.to_owned()));
        }
        if policy.timeout.is_some() {
            own.insert(Err(TIMEOUT.to_owned()));
        }
        if policy.heartbeat.is_some() {
            own.insert(Err(HEARTBEAT.to_owned()));
        }
        if policy.at_most_once || self.crash_restarts != u32::MAX {
            own.insert(Err(TASK_FAILED.to_owned()));
        }
        own
    }

    /// What an attempt of a step yields.
    pub(super) fn result(&self, number: usize, attempt: u32, healed: bool) -> Result<Arc<str>, Failed> {
        match attempt <= self.fails[number] && !healed {
            true => Err(Failed::new(ERROR, number.to_string())),
            false => Ok(number.to_string().into()),
        }
    }
}

fn few(outcomes: Outcomes) -> Option<Outcomes> {
    (outcomes.len() < MOST_OUTCOMES).then_some(outcomes)
}

/// All scopes succeed, or one of those that can fail does so first.
fn all_of(scopes: Vec<Outcomes>) -> Option<Outcomes> {
    let errors: Outcomes = scopes.iter().flatten().filter(|own| own.is_err()).cloned().collect();
    let mut all: Outcomes = [Ok(String::new())].into();
    for scope in scopes {
        let values: Vec<String> = scope.into_iter().filter_map(Result::ok).collect();
        let next = |before: &Result<String, String>| {
            let before = before.clone().unwrap_or_default();
            values.iter().map(move |value| Ok(format!("{before}({value})")))
        };
        all = few(all.iter().flat_map(next).collect())?;
    }
    few(all.into_iter().chain(errors).collect())
}

fn steps(tape: &mut Tape, depth: usize, fails: &mut Vec<u32>) -> Arc<[Step]> {
    let most = [4, 3, 2][depth.min(2)];
    let count = 1 + tape.below(most);
    (0..count).map(|_| step(tape, depth, fails)).collect()
}

fn step(tape: &mut Tape, depth: usize, fails: &mut Vec<u32>) -> Step {
    let number = fails.len();
    let failing = [0, 0, 0, 1, 2, ALWAYS][tape.below(6)];
    fails.push(failing);
    let caught = tape.below(3) == 1;
    let scopes = |tape: &mut Tape, fails: &mut Vec<u32>| -> Vec<Arc<[Step]>> {
        let count = 1 + tape.below(3);
        (0..count).map(|_| steps(tape, depth + 1, fails)).collect()
    };
    let kinds = if depth < 3 { 11 } else { 8 };
    let kind = match tape.below(kinds) {
        0..=2 => Kind::Call(TASKS[tape.below(TASKS.len())]),
        3 => Kind::Wait([10, 0, 40, 1_000][tape.below(4)]),
        4 => Kind::Random,
        5 => Kind::Child { retried: tape.below(2) == 1, timeout: (tape.below(2) == 1).then_some(50) },
        6 => Kind::Detached,
        7 => Kind::Patch,
        8 => Kind::Parallel(scopes(tape, fails)),
        9 => Kind::Race(scopes(tape, fails)),
        _ => {
            let (items, at_once) = (tape.below(4), [None, Some(1), Some(2)][tape.below(3)]);
            Kind::Map { items, at_once, body: steps(tape, depth + 1, fails) }
        }
    };
    Step { number, kind, caught }
}

/// The code.
pub(super) fn code(cx: Cx, steps: Arc<[Step]>) -> BoxFuture<Result<String, Fault>> {
    Box::pin(async move {
        let mut output = String::new();
        for step in steps.iter() {
            let ended = match (run(&cx, step).await, step.caught) {
                (Err(fault), true) => format!("!{}", fault.to_failed().error),
                (ended, _) => ended?,
            };
            output = format!("{output} {ended}");
        }
        Ok(output)
    })
}

async fn run(cx: &Cx, step: &Step) -> Result<String, Fault> {
    let state = u32::try_from(step.number).unwrap_or_default();
    cx.enter(state);
    match &step.kind {
        Kind::Call(task) => call(cx, state, task, state.to_string()).await,
        Kind::Random => {
            let bits = (cx.now().as_millisecond(), cx.uuid(), cx.random());
            let input = serde_json::json!([state, bits]).to_string();
            call(cx, state, "plain", input).await
        }
        Kind::Wait(seconds) => {
            cx.sleep(state, Duration::from_secs(*seconds)).await;
            Ok("w".to_owned())
        }
        Kind::Patch => {
            // Code that does not change goes one way.
            assert!(cx.patched("p"), "it was new when the execution came here first");
            Ok("p".to_owned())
        }
        Kind::Child { retried, timeout } => {
            let retry = retried.then(|| policy("retried").retry.to_vec()).map(|mut retry| {
                retry[0].errors = vec![TASK_FAILED.to_owned()];
                retry
            });
            let timeout = timeout.map(Duration::from_secs);
            let adjust = Adjust { timeout, retry, ..Adjust::default() };
            let ended = cx.child_by_name(state, ("child", 1), state.to_string(), &adjust, value).await;
            ended.map_err(fault)
        }
        Kind::Detached => {
            let (callee, adjust) = (("child", 1), Adjust::default());
            let entry = cx.core.open_child(cx.scope, state, callee, "0".to_owned(), Link::Detached, &adjust);
            crate::context::EntryFuture::new(&cx.core, entry).await.result.map_err(fault)?;
            Ok("d".to_owned())
        }
        Kind::Parallel(branches) => {
            let mut join = cx.parallel::<Fault>(state);
            let branches: Vec<_> = branches
                .iter()
                .map(|steps| {
                    let steps = Arc::clone(steps);
                    join.branch(move |cx| code(cx, steps))
                })
                .collect();
            join.run().await?;
            Ok(branches.into_iter().map(|branch| format!("({})", branch.take())).collect())
        }
        Kind::Race(branches) => {
            let mut race = cx.race::<Result<String, Fault>>(state);
            for steps in branches {
                let steps = Arc::clone(steps);
                race.branch(move |cx| code(cx, steps));
            }
            race.run().await
        }
        Kind::Map { items, at_once, body } => {
            let items: Vec<u64> = (0..*items as u64).collect();
            let many = cx.map(state, items, *at_once, |cx, _, _| code(cx, Arc::clone(body))).await?;
            Ok(many.into_iter().map(|value| format!("({value})")).collect())
        }
    }
}

async fn call(cx: &Cx, state: u32, task: &'static str, input: String) -> Result<String, Fault> {
    cx.call_by_name(state, task, input, &Adjust::default(), value).await.map_err(fault)
}

/// A result as a value, so that the code can look at it.
fn value(wire: Result<&str, Failed>) -> Result<Result<String, Failed>, Failed> {
    Ok(wire.map(str::to_owned))
}

fn fault(failed: Failed) -> Fault {
    Fault::from_failed(&failed).unwrap_or_else(|| panic!("no fault: {failed}"))
}

/// The step that an input is of.
pub(super) fn step_of(input: &str) -> usize {
    let input: serde_json::Value = serde_json::from_str(input).expect("JSON");
    let number = input.as_u64().or_else(|| input[0].as_u64());
    usize::try_from(number.expect("a number")).expect("a small number")
}
