//! Tasks: what they take, and how each attempt of a call ends. That follows from the call alone, so that it is the same for every interpreter.

use std::hash::{DefaultHasher, Hash, Hasher};

use durafn_ir::{Callee, CalleeKind, EVERY_TASK_ERROR, EnumDef, ErrorName, FAULT_TYPE, Retrier, TypeId, TypedMachine};
use serde_json::Value;

use super::{Gen, Tape, values};
use crate::{agreement::observed::normal, oracle::Answer};

/// The tasks of a machine.
pub(super) fn callees(generator: &mut Gen) -> Vec<Callee> {
    (0..1 + generator.tape.below(3)).map(|number| callee(generator, number)).collect()
}

fn callee(generator: &mut Gen, number: usize) -> Callee {
    let names = ["a", "b", "c"].iter().take(generator.tape.pick(&[1, 0, 1, 2, 3]));
    let params = names.map(|name| ((*name).to_owned(), generator.types.any(generator.tape))).collect();
    let output = generator.types.any(generator.tape);
    let failures = generator.types.failures.clone();
    let failure = generator.tape.chance(70).then(|| generator.tape.pick(&failures));
    let retry = if generator.tape.chance(25) { retriers(generator, failure) } else { Vec::new() };
    let timed = generator.tape.chance(15);
    Callee {
        name: format!("task{number}"),
        comment: None,
        kind: CalleeKind::Task,
        by_name: false,
        places: None,
        params,
        output,
        failure,
        timeout_seconds: timed.then_some(60),
        heartbeat_seconds: timed.then_some(20),
        retry,
    }
}

/// Names under which failures of a type travel.
fn names(def: &EnumDef) -> Vec<ErrorName> {
    let own = def.variants.iter().filter_map(|variant| variant.error.clone()).collect();
    if def.name == FAULT_TYPE { EVERY_TASK_ERROR.map(str::to_owned).into() } else { own }
}

fn holds_faults(def: &EnumDef) -> bool {
    def.name == FAULT_TYPE || def.fault_variant().is_some()
}

/// Retries; none in a machine where time stands still.
pub(super) fn retriers(generator: &mut Gen, failure: Option<TypeId>) -> Vec<Retrier> {
    if generator.timeless {
        return Vec::new();
    }
    let mut all: Vec<ErrorName> = EVERY_TASK_ERROR.map(str::to_owned).into();
    all.extend(failure.and_then(|ty| generator.types.table.failure(ty)).map(names).unwrap_or_default());
    let mut retriers = Vec::new();
    for _ in 0..1 + generator.tape.below(2) {
        let errors = (0..1 + generator.tape.below(2)).map(|_| generator.tape.pick(&all)).collect();
        retriers.push(Retrier {
            errors,
            interval_seconds: 1 + generator.tape.below(2) as u32,
            backoff_rate: generator.tape.pick(&[1.0, 2.0, 1.5]),
            max_attempts: generator.tape.below(3) as u32,
            max_delay_seconds: generator.tape.pick(&[None, Some(10)]),
            jitter: generator.tape.chance(20),
        });
    }
    retriers
}

/// A way out for failures.
pub(super) struct Way {
    /// Under these names.
    pub(super) errors: Vec<ErrorName>,
    /// As values of this failure type.
    pub(super) ty: TypeId,
    /// A variable takes the value.
    pub(super) takes_value: bool,
}

/// The ways out of a task.
pub(super) fn catchers(generator: &mut Gen, failure: Option<TypeId>) -> Vec<Way> {
    if !generator.tape.chance(50) {
        return Vec::new();
    }
    let ty = failure.unwrap_or(generator.types.failures[0]);
    ways(generator, ty)
}

/// The ways out of a Parallel or Map, whose own failures come from within.
pub(super) fn join_catchers(generator: &mut Gen) -> Vec<Way> {
    if !generator.tape.chance(50) {
        return Vec::new();
    }
    let failures = generator.types.failures.clone();
    let ty = generator.tape.pick(&failures);
    ways(generator, ty)
}

fn ways(generator: &mut Gen, ty: TypeId) -> Vec<Way> {
    let def = generator.types.table.failure(ty).expect("a failure type").clone();
    let mut all = names(&def);
    let mut ways = Vec::new();
    let takes_value = generator.tape.chance(70);
    if all.len() > 1 && def.name != FAULT_TYPE && generator.tape.chance(40) {
        ways.push(Way { errors: vec![all.remove(0)], ty, takes_value });
    }
    if holds_faults(&def) && def.name != FAULT_TYPE && generator.tape.chance(60) {
        all.extend(EVERY_TASK_ERROR.map(str::to_owned));
    }
    ways.push(Way { errors: all, ty, takes_value });
    ways
}

/// How an attempt of a call ends.
pub(super) fn answer(machine: &TypedMachine, callees: &[Callee], task: &str, input: &Value, attempt: u32) -> Answer {
    let Some(callee) = callees.iter().find(|callee| callee.name == task) else {
        return Answer::Err("States.TaskFailed".into(), format!("there is no task {task}"));
    };
    let mut hasher = DefaultHasher::new();
    (task, normal(input).to_string(), attempt).hash(&mut hasher);
    let mut tape = drawn(hasher.finish());
    match tape.below(10) {
        0..=5 => Answer::Ok(values::value(&machine.types, callee.output, &mut tape, 2)),
        6 | 7 => match callee.failure.and_then(|ty| machine.types.failure(ty)).filter(|def| def.name != FAULT_TYPE) {
            Some(def) => declared(machine, def, &mut tape),
            None => fault(&mut tape),
        },
        _ => fault(&mut tape),
    }
}

/// Choices that follow from a number.
fn drawn(mut state: u64) -> Tape {
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    Tape::new((0..64).map(|_| next()).collect())
}

fn declared(machine: &TypedMachine, def: &EnumDef, tape: &mut Tape) -> Answer {
    let variants: Vec<_> = def.variants.iter().filter(|variant| variant.error.is_some()).collect();
    let variant = tape.pick(&variants);
    let only = EnumDef { variants: vec![variant.clone()], ..def.clone() };
    let value = values::variant(&machine.types, &only, tape, 2);
    Answer::Err(variant.error.clone().expect("a name"), value.to_string())
}

fn fault(tape: &mut Tape) -> Answer {
    let (error, cause) = tape.pick(&[
        ("States.TaskFailed", "it broke"),
        ("States.Timeout", ""),
        ("States.HeartbeatTimeout", ""),
        ("Lambda.Unknown", "nobody knows"),
        ("States.TaskFailed", "{\"a\":1}"),
    ]);
    Answer::Err(error.into(), cause.into())
}
