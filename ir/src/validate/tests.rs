use super::*;
use crate::{
    BinaryOp, Catcher, ContextValue, EnumDef, ExprKind, FAULT_TYPE, IntType, MapState, ParallelState, RegionId,
    Retrier, StateKind, Tagging, TaskState, Test, TypeDef, TypeHole, VarId, build::*, link,
};

const NONE: [u32; 0] = [];
const I32: TypeDef = TypeDef::Int(IntType::I32);

fn machine(b: Build) -> TypedMachine {
    link(b.machine, b.holes).unwrap()
}

/// The rules that a machine breaks.
fn broken(b: Build) -> Vec<u32> {
    broken_machine(&machine(b))
}

fn broken_machine(machine: &TypedMachine) -> Vec<u32> {
    match validate(machine) {
        Ok(_) => Vec::new(),
        Err(violations) => violations.iter().map(|violation| violation.rule).collect(),
    }
}

fn pass(b: &mut Build, name: &str) {
    b.state(name, StateKind::Pass(end(unit())));
}

fn fault(b: &mut Build) -> TypeHole {
    let name = FAULT_TYPE.into();
    b.hole(TypeDef::Enum(EnumDef { name, tagging: Tagging::External, variants: vec![], failure: true }))
}

fn task(b: &mut Build, next: crate::Edge) -> TaskState {
    let unit_type = b.ty(TypeDef::Unit);
    let callee = b.task("charge", &[], unit_type);
    TaskState {
        callee,
        args: vec![],
        detached: false,
        anew: false,
        timeout: None,
        heartbeat: None,
        retry: None,
        catch: vec![],
        next,
    }
}

fn caught(b: &mut Build, names: &[&str], next: crate::Edge) -> TaskState {
    let ty = Some(fault(b));
    let errors = names.iter().map(|name| crate::SpelledErrorName::Literal((*name).into())).collect();
    TaskState { catch: vec![Catcher { errors, ty, next }], ..task(b, end(unit())) }
}

fn retrier() -> Retrier {
    Retrier {
        errors: vec!["States.Timeout".into()],
        interval_seconds: 1,
        backoff_rate: 2.0,
        max_attempts: 3,
        max_delay_seconds: None,
        jitter: false,
    }
}

#[test]
fn a_sound_machine_is_accepted() {
    let mut b = Build::new("w");
    let x = b.param("x", I32);
    let y = b.var("y", I32);
    b.state("First", StateKind::Pass(to(1).with_assign(y, var(x))));
    b.state("Last", StateKind::Succeed(var(y)));
    assert_eq!(broken(b), NONE);
}

#[test]
fn rule_1_unknown_state() {
    let mut b = Build::new("w");
    b.state("First", StateKind::Pass(to(7)));
    assert_eq!(broken(b), [1]);
}

#[test]
fn rule_1_unknown_variable() {
    let mut b = Build::new("w");
    pass(&mut b, "First");
    let mut machine = machine(b);
    machine.regions[0].params.push(VarId(3));
    assert_eq!(broken_machine(&machine), [1]);
}

/// A machine whose JSON was edited.
fn edited(edit: impl FnOnce(&mut serde_json::Value)) -> Vec<u32> {
    let mut b = Build::new("w");
    let x = b.var("x", I32);
    b.state("A", StateKind::Pass(end(unit()).with_assign(x, int(1))));
    let mut json = serde_json::to_value(machine(b)).unwrap();
    edit(&mut json);
    broken_machine(&serde_json::from_value(json).unwrap())
}

#[test]
fn rule_1_unknown_type() {
    assert_eq!(edited(|json| json["vars"][0]["ty"] = 99.into()), [1]);
    assert_eq!(edited(|json| json["output"] = 99.into()), [1]);
}

#[test]
fn rule_1_type_made_of_itself() {
    assert_eq!(edited(|json| json["types"] = serde_json::json!([{ "Vec": 1 }, { "Option": 0 }, "Unit"])), [1]);
    assert_eq!(edited(|json| json["types"][0] = "Pending".into()), [1]);
}

#[test]
fn rule_2_region_within_itself() {
    assert_eq!(edited(|json| json["regions"][0]["parent"] = 0.into())[0], 2);
}

#[test]
fn rule_2_region_without_its_parent() {
    let mut b = Build::new("w");
    pass(&mut b, "First");
    let region = b.region(crate::StateId(0), crate::StateId(1), &[]);
    b.state_in(region, "Inner", StateKind::Pass(end(unit())));
    assert_eq!(broken(b), [2]);
}

#[test]
fn rule_3_edge_out_of_a_region() {
    let mut b = Build::new("w");
    let parallel = ParallelState { branches: vec![RegionId(1)], race: false, catch: vec![], next: end(unit()) };
    b.state("Both", StateKind::Parallel(parallel));
    let region = b.region(crate::StateId(0), crate::StateId(1), &[]);
    b.state_in(region, "Inner", StateKind::Pass(to(0)));
    assert_eq!(broken(b), [3]);
}

#[test]
fn rule_4_state_names() {
    let mut b = Build::new("w");
    b.state("Same", StateKind::Pass(to(1)));
    b.state("Same", StateKind::Pass(to(2)));
    b.state("", StateKind::Pass(to(3)));
    b.state("tab\t", StateKind::Pass(to(4)));
    b.state(&"x".repeat(81), StateKind::Pass(end(unit())));
    assert_eq!(broken(b), [4, 4, 4, 4]);
}

#[test]
fn rule_5_variable_names() {
    let mut b = Build::new("w");
    for name in ["states", "1st", "a-b", "fine", "fine"] {
        b.var(name, I32);
    }
    pass(&mut b, "First");
    assert_eq!(broken(b), [5, 5, 5, 5]);
}

#[test]
fn rule_6_item_is_the_parameter_of_the_body() {
    let mut b = Build::new("w");
    let int32 = b.ty(I32);
    let items = b.param("items", TypeDef::Vec(int32));
    let item = b.var_in(RegionId(1), "item", None);
    b.state(
        "Each",
        StateKind::Map(MapState {
            items: var(items),
            item,
            index: None,
            body: RegionId(1),
            concurrency: None,
            catch: vec![],
            next: end(unit()),
        }),
    );
    let body = b.region(crate::StateId(0), crate::StateId(1), &[]);
    b.state_in(body, "One", StateKind::Pass(end(unit())));
    assert_eq!(broken(b), [6]);
}

#[test]
fn rule_7_edge_to_the_state_that_reads_parameters() {
    let mut b = Build::new("w");
    b.param("x", I32);
    b.state("First", StateKind::Pass(to(1)));
    b.state("Again", StateKind::Choice(vec![], to(0)));
    assert_eq!(broken(b), [7]);
}

#[test]
fn rule_8_end_out_of_a_choice() {
    let mut b = Build::new("w");
    b.state("Which", StateKind::Choice(vec![], end(unit())));
    assert_eq!(broken(b), [8]);
}

#[test]
fn rule_8_end_out_of_a_catcher() {
    let mut b = Build::new("w");
    let charge = caught(&mut b, &["States.Timeout"], end(unit()));
    b.state("Charge", StateKind::Task(charge));
    assert_eq!(broken(b), [8]);
}

#[test]
fn rule_9_assignment_of_an_outer_variable() {
    let mut b = Build::new("w");
    let x = b.param("x", I32);
    let parallel = ParallelState { branches: vec![RegionId(1)], race: false, catch: vec![], next: end(unit()) };
    b.state("Both", StateKind::Parallel(parallel));
    let region = b.region(crate::StateId(0), crate::StateId(1), &[]);
    b.state_in(region, "Inner", StateKind::Pass(end(unit()).with_assign(x, int(1))));
    assert_eq!(broken(b), [9]);
}

#[test]
fn rule_10_read_before_assignment_on_one_way() {
    let mut b = Build::new("w");
    let (flag, x) = (b.param("flag", TypeDef::Bool), b.var("x", I32));
    let rule = crate::Rule { tests: vec![Test::If(var(flag))], next: to(1).with_assign(x, int(1)) };
    b.state("Which", StateKind::Choice(vec![rule], to(1)));
    b.state("Read", StateKind::Succeed(var(x)));
    assert_eq!(broken(b), [10]);
}

#[test]
fn rule_10_inner_regions_read_what_is_assigned_around_them() {
    let mut b = Build::new("w");
    let x = b.var("x", I32);
    b.state("Set", StateKind::Pass(to(1).with_assign(x, int(1))));
    let parallel = ParallelState { branches: vec![RegionId(1)], race: false, catch: vec![], next: end(unit()) };
    b.state("Both", StateKind::Parallel(parallel));
    let region = b.region(crate::StateId(1), crate::StateId(2), &[]);
    b.state_in(region, "Inner", StateKind::Pass(end(var(x))));
    assert_eq!(broken(b), NONE);
}

#[test]
fn rule_11_entry_that_varies_between_attempts() {
    let mut b = Build::new("w");
    let id = b.var("id", TypeDef::String);
    let charge = TaskState { retry: Some(vec![retrier()]), ..task(&mut b, end(unit())) };
    b.state("Charge", StateKind::Task(charge));
    let uuid = expr(ExprKind::Context(ContextValue::Uuid));
    b.machine.states[0].enter.push(crate::Assign { var: id, value: uuid });
    assert_eq!(broken(b), [11]);
}

#[test]
fn rule_12_failing_assignment_of_a_catcher() {
    let mut b = Build::new("w");
    let x = b.param("x", I32);
    let y = b.var("y", I32);
    let next = to(1).with_assign(y, binary(BinaryOp::Add, var(x), int(1)));
    let charge = caught(&mut b, &["States.Timeout"], next);
    b.state("Charge", StateKind::Task(charge));
    b.state("Done", StateKind::Succeed(unit()));
    assert_eq!(broken(b), [12]);
}

#[test]
fn rule_13_types_disagree() {
    let mut b = Build::new("w");
    let x = b.var("x", I32);
    b.state("First", StateKind::Pass(end(unit()).with_assign(x, int(1))));
    let mut machine = machine(b);
    machine.vars[0].ty = machine.output;
    assert_eq!(broken_machine(&machine), [13]);
}

#[test]
fn rule_14_error_names() {
    let mut b = Build::new("w");
    let charge = caught(&mut b, &["States.ALL"], to(1));
    b.state("Charge", StateKind::Task(charge));
    b.state("Done", StateKind::Succeed(unit()));
    assert_eq!(broken(b), [14]);
}

#[test]
fn rule_14_retriers() {
    let mut b = Build::new("w");
    let retry = Some(vec![Retrier { backoff_rate: 0.5, ..retrier() }]);
    let charge = TaskState { retry, ..task(&mut b, end(unit())) };
    b.state("Charge", StateKind::Task(charge));
    assert_eq!(broken(b), [14]);
}

#[test]
fn rule_15_iterator_in_a_variable() {
    let mut b = Build::new("w");
    let chars = b.var_in(RegionId(0), "chars", None);
    b.state("First", StateKind::Pass(end(unit()).with_assign(chars, method("chars", [text("ab")]))));
    assert_eq!(broken(b), [15]);
}

/// `w` starts `callee` in its place, and then `next`.
fn anew(callee: &str, next: crate::Edge) -> Build {
    let mut b = Build::new("w");
    let unit_type = b.ty(TypeDef::Unit);
    let callee = b.task(callee, &[], unit_type);
    b.holes.callees[callee.0 as usize].kind = crate::CalleeKind::Workflow;
    let start = TaskState { callee, detached: true, anew: true, ..task(&mut b, next) };
    b.state("Anew", StateKind::Task(start));
    pass(&mut b, "More");
    b
}

#[test]
fn rule_16_what_continues_as_new_ends_the_workflow_itself() {
    assert_eq!(broken(anew("w", end(unit()))), NONE);
    assert_eq!(broken(anew("other", end(unit()))), [16]);
    assert_eq!(broken(anew("w", to(1))), [16]);
}
