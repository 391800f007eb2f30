use durafn_ir::{
    Assign, BinaryOp::*, CalleeHole, Catcher, EnumDef, FAULT_TYPE, FieldDef, Fields, IntType, MapState, ParallelState,
    Pattern, RegionId, Retrier, Rule, SpelledErrorName, StateId, StateKind, Tagging, TaskState, Test, TypeDef,
    TypeHole, VariantDef, WaitFor, build::*,
};
use serde_json::{Value, json};

use super::linked;
use crate::interp::{Failure, Run, TaskCall, TaskOutcome, run};

const I32: TypeDef = TypeDef::Int(IntType::I32);

fn call(callee: CalleeHole, args: Vec<durafn_ir::Expr>, next: durafn_ir::Edge) -> TaskState {
    TaskState {
        callee,
        args,
        detached: false,
        anew: false,
        timeout: None,
        heartbeat: None,
        retry: None,
        catch: vec![],
        next,
    }
}

fn variant(name: &str, fields: Fields, error: Option<&str>) -> VariantDef {
    VariantDef { name: name.into(), key: name.into(), fields, error: error.map(str::to_owned), fault: false }
}

/// `enum OrderError { Declined, Rejected(String), #[fault] Fault(Fault) }`.
fn order_error(b: &mut Build) -> TypeHole {
    let string = b.ty(TypeDef::String);
    let newtype = |ty| Fields::Newtype(Box::new(FieldDef::plain("0", ty)));
    let named = |names: &[&str]| Fields::Named(names.iter().map(|name| FieldDef::plain(name, string)).collect());
    let fault = b.ty(TypeDef::Enum(EnumDef {
        name: FAULT_TYPE.into(),
        tagging: Tagging::External,
        variants: vec![
            variant("Timeout", Fields::Unit, None),
            variant("HeartbeatTimeout", Fields::Unit, None),
            variant("TaskFailed", named(&["cause"]), None),
            variant("Other", named(&["name", "cause"]), None),
        ],
        failure: true,
    }));
    b.hole(TypeDef::Enum(EnumDef {
        name: "OrderError".into(),
        tagging: Tagging::External,
        variants: vec![
            variant("Declined", Fields::Unit, Some("CardDeclined")),
            variant("Rejected", newtype(string), Some("Rejected")),
            VariantDef { fault: true, ..variant("Fault", newtype(fault), None) },
        ],
        failure: true,
    }))
}

fn ran(b: Build, input: Value, mut answer: impl FnMut(&TaskCall) -> TaskOutcome) -> Run {
    run(&linked(b), input, &mut answer)
}

fn names(run: &Run) -> Vec<&str> {
    run.visits.iter().map(|(_, name)| name.as_str()).collect()
}

fn fails(error: &str, cause: &str) -> TaskOutcome {
    TaskOutcome::Err(Failure::new(error, cause))
}

/// `charge(amount)`, whose failures are caught into the output.
fn charged(names: fn(TypeHole) -> Vec<SpelledErrorName>) -> Build {
    let mut b = Build::new("w");
    let amount = b.param("amount", I32);
    let error_hole = order_error(&mut b);
    let error = b.var_in(RegionId(0), "error", Some(error_hole));
    let int = b.ty(I32);
    let charge = b.task("charge", &[("amount", int)], int);
    let catch = Catcher { errors: names(error_hole), ty: Some(error_hole), next: to(1).with_result(error) };
    let output = b.hole_of(int);
    b.machine.output = Some(output);
    b.machine.failure = Some(Some(error_hole));
    let receipt = b.var("receipt", I32);
    let task =
        TaskState { catch: vec![catch], ..call(charge, vec![var(amount)], end(var(receipt)).with_result(receipt)) };
    b.state("Charge", StateKind::Task(task));
    b.state("Fail", StateKind::Fail(var(error)));
    b
}

#[test]
fn task_takes_and_yields_json() {
    let run = ran(charged(|ty| vec![SpelledErrorName::All(ty)]), json!(5), |call| {
        assert_eq!((call.callee.as_str(), &call.input, call.attempt), ("charge", &json!(5), 1));
        TaskOutcome::Ok(json!(6))
    });
    assert_eq!(run.outcome, Ok(json!(6)));
    assert_eq!(names(&run), ["Charge"]);
    assert_eq!(run.calls.len(), 1);
}

#[test]
fn declared_error_travels_with_its_json() {
    let run =
        ran(charged(|ty| vec![SpelledErrorName::All(ty)]), json!(5), |_| fails("Rejected", r#"{"Rejected":"fraud"}"#));
    assert_eq!(run.outcome, Err(Failure::new("Rejected", r#"{"Rejected":"fraud"}"#)));
    assert_eq!(names(&run), ["Charge", "Fail"]);
}

#[test]
fn faults_keep_their_name_and_cause() {
    for (error, cause) in [("States.Timeout", ""), ("States.TaskFailed", "panicked"), ("Lambda.Unknown", "gone")] {
        let run = ran(charged(|ty| vec![SpelledErrorName::All(ty)]), json!(5), |_| fails(error, cause));
        assert_eq!(run.outcome, Err(Failure::new(error, cause)));
        assert_eq!(names(&run), ["Charge", "Fail"]);
    }
}

#[test]
fn error_that_no_catcher_lists_leaves_the_workflow() {
    let declined = |ty| vec![SpelledErrorName::Variant(ty, "Declined".into())];
    let run = ran(charged(declined), json!(5), |_| fails("States.TaskFailed", "panicked"));
    assert_eq!(run.outcome, Err(Failure::new("States.TaskFailed", "panicked")));
    assert_eq!(names(&run), ["Charge"]);
}

fn retrier(errors: &[&str], max_attempts: u32) -> Retrier {
    Retrier {
        errors: errors.iter().map(|error| (*error).to_owned()).collect(),
        interval_seconds: 1,
        backoff_rate: 1.0,
        max_attempts,
        max_delay_seconds: None,
        jitter: false,
    }
}

fn retried(retry: Vec<Retrier>) -> Build {
    let mut b = charged(|ty| vec![SpelledErrorName::All(ty)]);
    if let StateKind::Task(task) = &mut b.machine.states[0].kind {
        task.retry = Some(retry);
    }
    b
}

#[test]
fn retrier_repeats_what_it_lists() {
    let run = ran(retried(vec![retrier(&["States.Timeout"], 2)]), json!(5), |call| match call.attempt {
        3 => TaskOutcome::Ok(json!(1)),
        _ => fails("States.Timeout", ""),
    });
    assert_eq!(run.outcome, Ok(json!(1)));
    assert_eq!(run.calls.len(), 3);
    assert_eq!(names(&run), ["Charge"]);
}

#[test]
fn each_retrier_counts_its_own() {
    let retry = vec![retrier(&["States.Timeout"], 1), retrier(&["States.TaskFailed"], 1)];
    let mut errors = ["States.Timeout", "CardDeclined", "States.Timeout"].into_iter();
    let run = ran(retried(retry), json!(5), |_| fails(errors.next().unwrap(), "\"Declined\""));
    assert_eq!(run.outcome.unwrap_err().error, "States.Timeout");
    assert_eq!(run.calls.len(), 3);
}

#[test]
fn wildcard_covers_all_but_timeouts_and_failed_expressions() {
    let named = |error: &str, entry: &str| Failure::new(error, "").is_named(entry);
    assert!(named("CardDeclined", "States.TaskFailed"));
    assert!(named("States.HeartbeatTimeout", "States.TaskFailed"));
    assert!(!named("States.Timeout", "States.TaskFailed"));
    assert!(!named("States.QueryEvaluationError", "States.TaskFailed"));
    assert!(named("States.QueryEvaluationError", "States.ALL"));
    assert!(!named("States.DataLimitExceeded", "States.ALL"));
    assert!(named("States.DataLimitExceeded", "States.TaskFailed"));
    assert!(named("X", "X") && !named("X", "Y"));
}

/// `for i in 0..n { double(i) }` as a Map, with what its body does with the item.
fn mapped(body_output: fn(durafn_ir::Expr) -> durafn_ir::Expr) -> Build {
    let mut b = Build::new("w");
    let int = b.ty(I32);
    let items = b.param("items", TypeDef::Vec(int));
    let outputs = b.var_in(RegionId(0), "outputs", None);
    let item = b.var_in(RegionId(1), "item", None);
    let index = b.var_in(RegionId(1), "index", None);
    let map = MapState {
        items: var(items),
        item,
        index: Some(index),
        body: RegionId(1),
        concurrency: Some(int_literal(2)),
        catch: vec![],
        next: end(var(outputs)).with_result(outputs),
    };
    b.state("Each", StateKind::Map(map));
    let body = b.region(StateId(0), StateId(1), &[item, index]);
    b.state_in(body, "One", StateKind::Pass(end(tuple([var(index), body_output(var(item))]))));
    b
}

fn int_literal(value: i128) -> durafn_ir::Expr {
    int(value)
}

#[test]
fn map_yields_in_the_order_of_its_items() {
    let run = ran(mapped(|item| binary(Mul, item, int(2))), json!([5, 6]), |_| unreachable!());
    assert_eq!(run.outcome, Ok(json!([[0, 10], [1, 12]])));
    let scopes: Vec<_> = run.visits.iter().map(|(scope, _)| scope.clone()).collect();
    assert_eq!(scopes, [vec![], vec![("Each".into(), 0)], vec![("Each".into(), 1)]]);
}

#[test]
fn first_failing_iteration_fails_the_map() {
    let run = ran(mapped(|item| binary(Div, int(6), item)), json!([3, 0, 2]), |_| unreachable!());
    assert_eq!(run.outcome.unwrap_err().error, "States.QueryEvaluationError");
    assert_eq!(run.visits.len(), 3);
}

#[test]
fn parallel_joins_its_branches_and_catches_what_they_fail_with() {
    let build = |catches: bool| {
        let mut b = Build::new("w");
        let x = b.param("x", I32);
        let hole = order_error(&mut b);
        let both = b.var_in(RegionId(0), "both", None);
        let error = Catcher {
            errors: vec![SpelledErrorName::Literal("States.QueryEvaluationError".into())],
            ty: Some(hole),
            next: to(3),
        };
        let parallel = ParallelState {
            branches: vec![RegionId(1), RegionId(2)],
            race: false,
            catch: if catches { vec![error] } else { vec![] },
            next: end(field(var(both), "1")).with_result(both),
        };
        b.state("Both", StateKind::Parallel(parallel));
        let first = b.region(StateId(0), StateId(1), &[]);
        let second = b.region(StateId(0), StateId(2), &[]);
        b.state_in(first, "First", StateKind::Pass(end(unit())));
        b.state_in(second, "Second", StateKind::Pass(end(binary(Div, int(6), var(x)))));
        b.state("Caught", StateKind::Succeed(int(-1)));
        b
    };
    assert_eq!(ran(build(false), json!(2), |_| unreachable!()).outcome, Ok(json!(3)));
    assert_eq!(ran(build(true), json!(0), |_| unreachable!()).outcome, Ok(json!(-1)));
    assert!(ran(build(false), json!(0), |_| unreachable!()).outcome.is_err());
}

#[test]
fn expression_that_fails_escapes_its_own_catchers() {
    let mut b = charged(|ty| vec![SpelledErrorName::All(ty)]);
    if let StateKind::Task(task) = &mut b.machine.states[0].kind {
        let amount = task.args[0].clone();
        task.args[0] = binary(Div, int(1), amount);
    }
    let run = ran(b, json!(0), |_| unreachable!());
    assert_eq!(run.outcome.unwrap_err().error, "States.QueryEvaluationError");
    assert!(run.calls.is_empty());
}

#[test]
fn loop_goes_round_until_its_condition_fails() {
    let mut b = Build::new("w");
    let (limit, i) = (b.param("limit", I32), b.var("i", I32));
    b.state("Start", StateKind::Pass(to(1).with_assign(i, int(0))));
    let again = Rule { tests: vec![Test::If(binary(Lt, var(i), var(limit)))], next: to(2) };
    b.state("i < limit", StateKind::Choice(vec![again], to(3)));
    let next = to(1).with_assign(i, binary(Add, var(i), int(1)));
    b.state("Wait", StateKind::Wait(WaitFor::Seconds(method("Duration::from_secs", [int(60)])), next));
    b.state("Done", StateKind::Succeed(var(i)));
    let run = ran(b, json!(2), |_| unreachable!());
    assert_eq!(run.outcome, Ok(json!(2)));
    assert_eq!(names(&run), ["Start", "i < limit", "Wait", "i < limit", "Wait", "i < limit", "Done"]);
}

#[test]
fn tests_of_a_rule_see_what_those_before_bound() {
    let mut b = Build::new("w");
    let int = b.ty(I32);
    let maybe = b.param("maybe", TypeDef::Option(int));
    let n = b.var("n", I32);
    let some = Pattern::Fields("Some".into(), vec![("0".into(), Pattern::Bind(n, None))]);
    let tests = vec![Test::Matches(var(maybe), some), Test::If(binary(Gt, var(n), int_literal(5)))];
    b.state("Which", StateKind::Choice(vec![Rule { tests, next: to(1) }], to(2)));
    b.state("Large", StateKind::Succeed(var(n)));
    b.state("Other", StateKind::Succeed(int_literal(0)));
    assert_eq!(ran(b.clone(), json!(6), |_| unreachable!()).outcome, Ok(json!(6)));
    assert_eq!(ran(b.clone(), json!(5), |_| unreachable!()).outcome, Ok(json!(0)));
    assert_eq!(ran(b, json!(null), |_| unreachable!()).outcome, Ok(json!(0)));
}

#[test]
fn parameters_and_arguments_travel_by_their_number() {
    let mut b = Build::new("w");
    let (x, y) = (b.param("x", I32), b.param("y", I32));
    let int = b.ty(I32);
    let none = b.task("none", &[], int);
    let two = b.task("two", &[("a", int), ("b", int)], int);
    let sum = b.var("sum", I32);
    b.state("None", StateKind::Task(call(none, vec![], to(1))));
    b.state("Two", StateKind::Task(call(two, vec![var(y), var(x)], end(var(sum)).with_result(sum))));
    b.machine.states[1].enter.push(Assign { var: sum, value: int_literal(0) });
    let run = ran(b, json!({"x": 1, "y": 2}), |_| TaskOutcome::Ok(json!(7)));
    assert_eq!(run.outcome, Ok(json!(7)));
    let inputs: Vec<&Value> = run.calls.iter().map(|call| &call.input).collect();
    assert_eq!(inputs, [&json!({}), &json!({"a": 2, "b": 1})]);
}

#[test]
fn input_of_another_shape_does_not_start() {
    let run = ran(charged(|ty| vec![SpelledErrorName::All(ty)]), json!("five"), |_| unreachable!());
    assert_eq!(run.outcome.unwrap_err().error, "States.Runtime");
    assert!(run.visits.is_empty());
}
