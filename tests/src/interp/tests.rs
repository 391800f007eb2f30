mod builtins;
mod machines;
mod operators;
mod wire;

use durafn_ir::{Expr, Spelled, StateKind, TypeDef, TypedMachine, build::*, link, validate};
use serde_json::{Value, json};

use super::{Failure, run};

/// What a workflow of one expression yields for an input, which is its parameter if it has one.
fn compute(mut b: Build, input: Value, value: Expr<Spelled>) -> Result<Value, Failure> {
    b.state("Compute", StateKind::Pass(end(value)));
    let machine = linked(b);
    run(&machine, input, &mut |call| unreachable!("{call:?}")).outcome
}

/// The value of an expression without variables.
fn value(expr: Expr<Spelled>) -> Value {
    compute(Build::new("w"), json!({}), expr).unwrap()
}

/// Why an expression without variables fails.
fn failure(expr: Expr<Spelled>) -> String {
    cause(compute(Build::new("w"), json!({}), expr))
}

fn cause(outcome: Result<Value, Failure>) -> String {
    let failure = outcome.unwrap_err();
    assert_eq!(failure.error, "States.QueryEvaluationError");
    failure.cause
}

fn linked(b: Build) -> TypedMachine {
    let machine = link(b.machine, b.holes).unwrap_or_else(|errors| panic!("{errors}"));
    if let Err(violations) = validate(&machine) {
        panic!("{violations:?}");
    }
    machine
}

/// An expression over one parameter.
fn over(def: TypeDef, input: Value, f: impl FnOnce(Expr<Spelled>) -> Expr<Spelled>) -> Result<Value, Failure> {
    let mut b = Build::new("w");
    let param = b.param("x", def);
    compute(b, input, f(var(param)))
}
