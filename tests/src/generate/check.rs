//! Runs a case in every way, and holds the runs against each other.

use std::collections::BTreeMap;

use durafn_asl::Target;
use durafn_ir::{TypedMachine, validate};
use serde_json::Value;

use super::Case;
use crate::{
    agreement::{
        compare,
        observed::{Observed, Outcome},
        report::runs_text,
        votes::{Export, interpreted, observe, outcome_of},
    },
    interp::{TaskCall, has_rival_failures},
    oracle::Interpreter,
};

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Every run of every input agrees. How many inputs were compared, and why others were not.
    Agrees {
        /// The reference's outcome for each input that was compared: none for an output, else the error's name.
        ends: Vec<Option<String>>,
        /// Inputs left out, because which of several failures is first is not defined.
        rivals: usize,
        /// Inputs left out, because the run is too long for a test.
        long: usize,
    },
    /// The exporter refuses the machine, for this reason.
    Refused(String),
}

/// More visits than a case may have.
const MOST_VISITS: usize = 400;

/// Runs a case.
///
/// # Errors
///
/// What is wrong, for a person to read.
pub fn check(case: &Case, seed: &str) -> Result<Verdict, String> {
    let machine = &case.machine;
    if let Err(violations) = validate(machine) {
        let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
        return Err(format!(
            "the generator makes an invalid machine (seed {seed}):\n{}\n{}",
            list.join("\n"),
            machine.print()
        ));
    }
    let exports =
        [Target::Activity, Target::Lambda { per_task: false }].map(|to| crate::agreement::export(machine, to));
    let [activities, lambda] = match exports {
        [Ok(activities), Ok(lambda)] => [activities, lambda],
        [Err(refused), _] | [_, Err(refused)] => return Ok(Verdict::Refused(refused)),
    };
    let (mut ends, mut rivals, mut long) = (Vec::new(), 0, 0);
    for input in &case.inputs {
        let reference =
            interpreted(machine, &|_| None, input, &mut |task, input, attempt| case.answer(task, input, attempt));
        if is_long(&reference) {
            long += 1;
            continue;
        }
        if is_rival(case, input, &reference) {
            rivals += 1;
            continue;
        }
        let ways = [
            ("sfnx", Interpreter::Sfnx, &activities),
            ("sfnx, Lambda", Interpreter::Sfnx, &lambda),
            ("localstack", Interpreter::LocalStack, &activities),
        ];
        let children = BTreeMap::new();
        let runs = ways.into_iter().filter_map(|(who, interpreter, definition)| {
            let oracle = interpreter.get()?;
            let export = Export { machine, definition, children: &children };
            let answer = |task: &str, input: &Value, attempt| case.answer(task, input, attempt);
            Some(without_splits(machine, observe(who, oracle, &export, &|_| true, input, answer)))
        });
        let runs: Vec<Observed> = runs.collect();
        if let Some(difference) = compare::first_difference(&reference, &runs) {
            let all: Vec<&Observed> = std::iter::once(&reference).chain(&runs).collect();
            let runs = runs_text(&all, &difference);
            return Err(report(machine, &activities, input, &runs, seed));
        }
        ends.push(match reference.outcome {
            Outcome::Failed { error, .. } => Some(error),
            _ => None,
        });
    }
    Ok(Verdict::Agrees { ends, rivals, long })
}

/// A run without the states that the exporter puts beside others, where a value that varies is read twice.
fn without_splits(machine: &TypedMachine, mut run: Observed) -> Observed {
    let split = |name: &str| name.contains(": values") && !machine.states.iter().any(|state| state.name == name);
    for trace in run.scopes.values_mut() {
        trace.visits.retain(|name| !split(name));
    }
    run
}

fn is_long(run: &Observed) -> bool {
    let visits: usize = run.scopes.values().map(|trace| trace.visits.len()).sum();
    let endless = matches!(&run.outcome, Outcome::Failed { error, .. } if error == "States.Runtime");
    let size = |value: &Value| value.to_string().len();
    let output = match &run.outcome {
        Outcome::Output(value) => size(value),
        _ => 0,
    };
    let calls = run.scopes.values().flat_map(|trace| &trace.calls).map(|call| size(&call.input)).max();
    visits > MOST_VISITS || endless || output.max(calls.unwrap_or(0)) > 50_000
}

fn is_rival(case: &Case, input: &Value, reference: &Observed) -> bool {
    let mut answers = |call: &TaskCall| outcome_of(call, case.answer(&call.callee, &call.input, call.attempt));
    !reference.cut.failing.is_empty() && has_rival_failures(&case.machine, input.clone(), &mut answers)
}

fn report(machine: &TypedMachine, definition: &Value, input: &Value, runs: &str, seed: &str) -> String {
    format!(
        "the runs disagree (seed {seed}) with input {input}\n{runs}\nthe machine:\n{}\nthe export:\n{definition:#}\n\
         alone: DURAFN_GENERATE_SEED={seed} cargo test -p durafn-tests --test suite generate\n",
        machine.print()
    )
}
