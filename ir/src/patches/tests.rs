use super::*;
use crate::{Region, RegionId, Spelled, build::*};

type E = Expr<Spelled>;

fn patched(name: &str) -> E {
    expr(ExprKind::Patched(name.to_owned()))
}

fn truth(value: bool) -> E {
    expr(ExprKind::Literal(Literal::Bool(value)))
}

fn folded(mut value: E) -> (E, Vec<String>) {
    let mut names = Vec::new();
    fold(&mut value, &mut names);
    (value, names)
}

#[test]
fn conditions_become_simpler_around_a_patch() {
    let mut b = Build::new("w");
    let x = b.param("x", crate::TypeDef::Bool);
    let x = || var(x);
    let not = |operand| expr(ExprKind::Unary(UnaryOp::Not, operand));
    let cases = [
        (patched("p"), truth(true)),
        (not(patched("p")), truth(false)),
        (binary(BinaryOp::And, patched("p"), x()), x()),
        (binary(BinaryOp::And, x(), patched("p")), x()),
        (binary(BinaryOp::And, x(), not(patched("p"))), truth(false)),
        (binary(BinaryOp::Or, patched("p"), x()), truth(true)),
        (binary(BinaryOp::Or, x(), not(patched("p"))), x()),
        (expr(ExprKind::If(patched("p"), int(1), int(2))), int(1)),
        (expr(ExprKind::If(not(patched("p")), int(1), int(2))), int(2)),
        (
            tuple([expr(ExprKind::If(binary(BinaryOp::And, patched("p"), x()), int(1), int(2)))]),
            tuple([expr(ExprKind::If(x(), int(1), int(2)))]),
        ),
    ];
    for (before, after) in cases {
        assert_eq!(folded(before), (after, vec!["p".to_owned()]));
    }
    let untouched = expr(ExprKind::If(truth(true), int(1), int(2)));
    assert_eq!(folded(untouched.clone()), (untouched, vec![]), "what the user wrote stays");
}

/// A Choice on a patch between two states, with what stands before it.
fn choosing(tests: Vec<Test<Spelled>>) -> Build {
    let mut b = Build::new("w");
    let next = |to| Edge { result: None, assign: Vec::new(), to: Target::State(StateId(to)) };
    b.state("Choose", StateKind::Choice(vec![Rule { tests, next: next(1) }], next(2)));
    b.state("New", StateKind::Succeed(int(1)));
    b.state("Old", StateKind::Succeed(int(2)));
    b
}

#[test]
fn a_choice_that_is_decided_goes_and_the_old_way_keeps_its_number() {
    let mut machine = choosing(vec![Test::If(patched("p"))]).machine;
    take(&mut machine);
    assert_eq!(machine.patches, ["p"]);
    assert_eq!(machine.regions[0], Region { parent: None, start: StateId(1), params: vec![] });
    assert_eq!(machine.states[2].name, "Old");
    let alive: Vec<_> = machine.states_of(RegionId(0)).map(|(id, _)| id).collect();
    assert_eq!(alive, [StateId(1)]);
}

#[test]
fn a_choice_that_is_decided_against_takes_what_is_left() {
    let not = expr(ExprKind::Unary(UnaryOp::Not, patched("p")));
    let mut machine = choosing(vec![Test::If(not)]).machine;
    take(&mut machine);
    assert_eq!(machine.regions[0].start, StateId(2));
}

#[test]
fn a_choice_with_something_left_to_choose_stays() {
    let mut b = choosing(Vec::new());
    let x = b.param("x", crate::TypeDef::Bool);
    let mut machine = b.machine;
    let StateKind::Choice(rules, _) = &mut machine.states[0].kind else { panic!() };
    rules[0].tests = vec![Test::If(patched("p")), Test::If(var(x))];
    take(&mut machine);
    let StateKind::Choice(rules, _) = &machine.states[0].kind else { panic!("it stays") };
    assert_eq!(rules[0].tests, [Test::If(var(x))]);
    assert_eq!(machine.regions[0].start, StateId(0));
}

#[test]
fn a_start_to_which_something_leads_back_stays_behind_a_pass() {
    let mut machine = choosing(vec![Test::If(patched("p"))]).machine;
    let back = Edge { result: None, assign: Vec::new(), to: Target::State(StateId(1)) };
    machine.states[1].kind = StateKind::Wait(crate::WaitFor::Seconds(int(1)), back);
    take(&mut machine);
    assert_eq!(machine.regions[0].start, StateId(0));
    assert!(matches!(&machine.states[0].kind, StateKind::Pass(edge) if edge.to == Target::State(StateId(1))));
}
