use crate::{
    Arm, BinaryOp, Expr, ExprKind, Literal, Pattern, RegionId, Rule, StateKind, Test, TypeDef, VarId, WaitFor, build::*,
};

const X: VarId = VarId(0);
const Y: VarId = VarId(1);

fn free(expr: &Expr) -> Vec<u32> {
    expr.free_vars().into_iter().map(|var| var.0).collect()
}

#[test]
fn bound_variables_are_not_free() {
    assert_eq!(free(&binary(BinaryOp::Add, var(X), var(Y))), [0, 1]);
    assert_eq!(free(&closure([X], binary(BinaryOp::Add, var(X), var(Y)))), [1]);
    assert_eq!(free(&expr(ExprKind::Let(X, var(Y), var(X)))), [1]);
    assert_eq!(free(&expr(ExprKind::Let(X, var(X), var(X)))), [0]);
    let arm = Arm { pattern: Pattern::Bind(X, None), guard: Some(var(X)), body: var(Y) };
    assert_eq!(free(&expr(ExprKind::Match(int(1), vec![arm]))), [1]);
}

#[test]
fn substitution_leaves_bound_variables_alone() {
    let mut sum = tuple([var(X), closure([X], var(X)), closure([Y], var(X))]);
    sum.substitute(X, &int(1));
    assert_eq!(sum, tuple([int(1), closure([X], var(X)), closure([Y], int(1))]));
    assert_eq!(sum.count_reads(X), 0);
}

#[test]
fn rewriting_goes_from_the_inside_out() {
    let fold = |expr: Expr| match &*expr.kind {
        ExprKind::Binary(BinaryOp::Add, a, b) => match (&*a.kind, &*b.kind) {
            (ExprKind::Literal(Literal::Int(a)), ExprKind::Literal(Literal::Int(b))) => int(a + b),
            _ => expr,
        },
        _ => expr,
    };
    let sum = binary(BinaryOp::Add, int(1), binary(BinaryOp::Add, int(2), int(3)));
    assert_eq!(sum.clone().map(&mut |expr| fold(expr)), int(6));
    let mut same = sum;
    same.rewrite(&mut |expr| *expr = fold(expr.clone()));
    assert_eq!(same, int(6));
}

#[test]
fn alternatives_bind_once() {
    let bind = || Pattern::Bind(X, None);
    let some = Pattern::Fields("Some".into(), vec![("0".into(), bind())]);
    assert_eq!(Pattern::Or(vec![some, bind()]).bindings(), [X]);
    assert_eq!(Pattern::Tuple(vec![bind(), Pattern::Bind(Y, Some(Box::new(Pattern::Wild)))]).bindings(), [X, Y]);
}

#[test]
fn states_show_every_expression_in_order() {
    let mut b = Build::new("w");
    b.var("x", TypeDef::Bool);
    let rule = Rule { tests: vec![Test::If(text("test"))], next: to(0).with_assign(X, text("taken")) };
    b.state("Which", StateKind::Choice(vec![rule], to(1).with_assign(X, text("default"))));
    b.state("Wait", StateKind::Wait(WaitFor::Seconds(text("seconds")), end(text("end"))));
    b.machine.states[0].enter.push(crate::Assign { var: X, value: text("enter") });
    let mut seen = Vec::new();
    for (_, state) in b.machine.states_of(RegionId(0)) {
        state.each_expr(&mut |expr| seen.push(expr.text(&b.machine.vars)));
    }
    assert_eq!(seen, ["\"enter\"", "\"test\"", "\"taken\"", "\"default\"", "\"seconds\"", "\"end\""]);
    b.machine.states[0].each_expr_mut(&mut |expr| *expr = int(1));
    let mut count = 0;
    b.machine.states[0].each_expr(&mut |expr| count += usize::from(*expr == int(1)));
    assert_eq!(count, 4);
}
