//! What ASL cannot express whatever the expressions are, looked for before anything is translated; and what works but differs for some values.

use std::collections::BTreeSet;

use durafn_ir::{
    CalleeKind, EnumDef, Fields, IntType, Retrier, Span, State, StateKind, StructDef, TaskState, TypeDef, TypeId,
    Typed, TypedMachine, WorkflowKind,
};

use crate::{
    error::Warning,
    lower::Findings,
    options::{Options, Target},
    refusal,
};

/// Checks a machine as a whole.
pub(crate) fn check(machine: &TypedMachine, options: &Options, findings: &mut Findings) {
    for state in &machine.states {
        if let StateKind::Task(task) = &state.kind {
            if machine.kind == WorkflowKind::Express {
                check_express(state, task, options, findings);
            }
            check_arguments(machine, state, task, findings);
            check_retries(state, task, findings);
            check_times(state, task, findings);
            warn_of_lost_workers(state, task, findings);
        }
    }
    if machine.kind == WorkflowKind::Express {
        let message = "a definition does not tell its type: create the state machine as EXPRESS; an execution that is started there, and not run, may run \
                       more than once";
        findings.warnings.push(Warning { state: None, message: message.to_owned() });
    }
    warn_of_wide_integers(machine, findings);
    warn_of_numbers_in_causes(machine, findings);
}

/// An Express execution only sends requests: it waits for no token, activity or child.
fn check_express(state: &State<Typed>, task: &TaskState<Typed>, options: &Options, findings: &mut Findings) {
    let waits = match (&task.callee.kind, options.target) {
        (CalleeKind::Callback, _) => Some("a callback"),
        (CalleeKind::Activity, _) | (CalleeKind::Task, Target::Activity) => Some("an activity"),
        (CalleeKind::Workflow, _) if !task.detached => Some("a child workflow that is waited for"),
        (CalleeKind::Resource(resource), _) if is_waited_for(resource) => Some("a service integration that waits"),
        _ => None,
    };
    if let Some(what) = waits {
        findings.errors.push(refusal::EXPRESS_WAITS.in_state(state, &[&what]));
    }
}

/// A service takes an object of arguments in Pascal case. Where there are several parameters, the compiler has seen to it.
fn check_arguments(machine: &TypedMachine, state: &State<Typed>, task: &TaskState<Typed>, findings: &mut Findings) {
    let CalleeKind::Resource(resource) = &task.callee.kind else { return };
    if !resource.contains(":states:::") || !task.callee.sends_one_value() {
        return;
    }
    let (name, ty) = &task.callee.params[0];
    let fields = match machine.types.get(*ty) {
        TypeDef::Map(_) | TypeDef::Opaque(_) | TypeDef::Enum(_) => return,
        TypeDef::Struct(StructDef { transparent: false, fields: Fields::Named(fields), .. }) => fields,
        _ => {
            return findings.errors.push(refusal::NO_OBJECT.in_state(state, &[resource, name]));
        }
    };
    let strange = |key: &str| !key.starts_with(|c: char| c.is_ascii_uppercase());
    for field in fields.iter().filter(|field| !field.flatten && !field.skip && strange(&field.key)) {
        findings.errors.push(refusal::ARGUMENT_CASE.in_state(state, &[resource, &field.key]));
    }
}

fn is_waited_for(resource: &str) -> bool {
    resource.contains(".sync") || resource.ends_with(".waitForTaskToken") || resource.contains(":activity:")
}

fn check_retries(state: &State<Typed>, task: &TaskState<Typed>, findings: &mut Findings) {
    let retriers = task.retry.as_ref().unwrap_or(&task.callee.retry);
    for Retrier { interval_seconds, backoff_rate, max_delay_seconds, errors, .. } in retriers {
        let own_names = errors.iter().any(|name| !name.starts_with("States."));
        if task.callee.kind == CalleeKind::Workflow && own_names {
            findings.errors.push(refusal::CHILD_RETRY.in_state(state, &[]));
        }
        if errors.is_empty() {
            findings.errors.push(refusal::RETRIER_WITHOUT_NAMES.in_state(state, &[]));
        }
        if !backoff_rate.is_finite() || *backoff_rate < 1.0 {
            findings.errors.push(refusal::BACKOFF.in_state(state, &[]));
        }
        if max_delay_seconds.is_some_and(|most| most <= (*interval_seconds).max(1)) {
            findings.errors.push(refusal::LONGEST_DELAY.in_state(state, &[]));
        }
        if *interval_seconds == 0 {
            findings.warnings.push(Warning {
                state: Some(state.name.clone()),
                message: "a retry after 0 seconds waits for 1 on AWS".to_owned(),
            });
        }
    }
}

fn check_times(state: &State<Typed>, task: &TaskState<Typed>, findings: &mut Findings) {
    let timeout = if task.timeout.is_some() { None } else { task.callee.timeout_seconds };
    let heartbeat = if task.heartbeat.is_some() { None } else { task.callee.heartbeat_seconds };
    if timeout == Some(0) || heartbeat == Some(0) {
        findings.errors.push(refusal::NO_TIME.in_state(state, &[]));
    }
    if let (Some(timeout), Some(heartbeat)) = (timeout, heartbeat)
        && heartbeat >= timeout
    {
        findings.errors.push(refusal::LATE_HEARTBEAT.in_state(state, &[]));
    }
}

/// Whether a worker is dead, only time tells.
fn warn_of_lost_workers(state: &State<Typed>, task: &TaskState<Typed>, findings: &mut Findings) {
    let TaskState { callee, timeout, heartbeat, .. } = task;
    let timed =
        timeout.is_some() || heartbeat.is_some() || callee.timeout_seconds.or(callee.heartbeat_seconds).is_some();
    if callee.kind == CalleeKind::Activity && !timed {
        findings.warnings.push(Warning {
            state: Some(state.name.clone()),
            message: format!(
                "the activity `{}` has neither `timeout` nor `heartbeat`: when its worker dies, it is waited for for ever",
                callee.name
            ),
        });
    }
}

/// Integers of 64 bits that cross states: JSONata reads numbers as doubles.
fn warn_of_wide_integers(machine: &TypedMachine, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    let mut wide = Vec::new();
    for var in &machine.vars {
        if is_wide(machine, var.ty) {
            wide.push(format!("the variable `{}`", var.name));
        }
        wide_fields(machine, var.ty, &mut seen, &mut wide);
    }
    wide.dedup();
    for what in wide {
        findings.warnings.push(Warning {
            state: None,
            message: format!("{what} has 64 bits: AWS rounds integers of 2^53 or more; send such a number as a string"),
        });
    }
}

fn is_wide(machine: &TypedMachine, ty: TypeId) -> bool {
    matches!(machine.types.get(ty), TypeDef::Int(IntType::U64 | IntType::I64))
}

fn wide_fields(machine: &TypedMachine, ty: TypeId, seen: &mut BTreeSet<TypeId>, wide: &mut Vec<String>) {
    if !seen.insert(ty) {
        return;
    }
    match machine.types.get(ty) {
        TypeDef::Option(inner) | TypeDef::Vec(inner) | TypeDef::Map(inner) | TypeDef::Iterator(inner) => {
            wide_fields(machine, *inner, seen, wide);
        }
        TypeDef::Result(ok, err) => {
            wide_fields(machine, *ok, seen, wide);
            wide_fields(machine, *err, seen, wide);
        }
        TypeDef::Tuple(types) => types.iter().for_each(|ty| wide_fields(machine, *ty, seen, wide)),
        TypeDef::Struct(StructDef { name, fields, .. }) => wide_in(machine, name, fields, seen, wide),
        TypeDef::Enum(EnumDef { name, variants, .. }) => {
            for variant in variants {
                wide_in(machine, &format!("{name}::{}", variant.name), &variant.fields, seen, wide);
            }
        }
        _ => {}
    }
}

fn wide_in(machine: &TypedMachine, name: &str, fields: &Fields, seen: &mut BTreeSet<TypeId>, wide: &mut Vec<String>) {
    let fields = match fields {
        Fields::Unit => &[][..],
        Fields::Newtype(field) => std::slice::from_ref(&**field),
        Fields::Tuple(fields) | Fields::Named(fields) => fields,
    };
    for field in fields.iter().filter(|field| !field.skip) {
        if is_wide(machine, field.ty) {
            wide.push(format!("the field `{}` of `{name}`", field.name));
        }
        wide_fields(machine, field.ty, seen, wide);
    }
}

/// `$string` writes numbers with 15 digits, and an error's cause is text. A race's winner travels in one.
fn warn_of_numbers_in_causes(machine: &TypedMachine, findings: &mut Findings) {
    let mut warned = BTreeSet::new();
    for state in &machine.states {
        if let StateKind::Succeed(output) = &state.kind
            && machine.is_race(state.region)
            && is_long(machine, output.ty, &mut BTreeSet::new())
        {
            findings.warnings.push(Warning {
                state: Some(state.name.clone()),
                message: "numbers in the value of a race's winner keep 15 digits".to_owned(),
            });
        }
        let StateKind::Fail(failure) = &state.kind else { continue };
        let TypeDef::Enum(def) = machine.types.get(failure.ty) else { continue };
        let mut held = BTreeSet::new();
        let long = def.variants.iter().any(|variant| holds_long_numbers(machine, &variant.fields, &mut held));
        if long && warned.insert(def.name.clone()) {
            findings.warnings.push(Warning {
                state: Some(state.name.clone()),
                message: format!("numbers inside `{}` keep 15 digits in an error's cause", def.name),
            });
        }
    }
}

fn holds_long_numbers(machine: &TypedMachine, fields: &Fields, seen: &mut BTreeSet<TypeId>) -> bool {
    let fields = match fields {
        Fields::Unit => return false,
        Fields::Newtype(field) => std::slice::from_ref(&**field),
        Fields::Tuple(fields) | Fields::Named(fields) => fields,
    };
    fields.iter().any(|field| is_long(machine, field.ty, seen))
}

fn is_long(machine: &TypedMachine, ty: TypeId, seen: &mut BTreeSet<TypeId>) -> bool {
    if !seen.insert(ty) {
        return false;
    }
    match machine.types.get(ty) {
        TypeDef::Float(_) | TypeDef::Int(IntType::U64 | IntType::I64) => true,
        TypeDef::Option(inner) | TypeDef::Vec(inner) | TypeDef::Map(inner) => is_long(machine, *inner, seen),
        TypeDef::Result(ok, err) => is_long(machine, *ok, seen) || is_long(machine, *err, seen),
        TypeDef::Tuple(types) => types.iter().any(|ty| is_long(machine, *ty, seen)),
        TypeDef::Struct(def) => holds_long_numbers(machine, &def.fields, seen),
        TypeDef::Enum(def) => def.variants.iter().any(|variant| holds_long_numbers(machine, &variant.fields, seen)),
        _ => false,
    }
}

/// The place of a state in the source, by its name.
pub(crate) fn span_of(machine: &TypedMachine, state: Option<&str>) -> Span {
    machine.states.iter().find(|known| Some(known.name.as_str()) == state).map_or(Span::default(), |state| state.span)
}
