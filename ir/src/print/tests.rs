use crate::{
    BinaryOp, Catcher, Expr, IntType, Machine, MapState, Pattern, RegionId, Rule, Spelled, SpelledErrorName, StateId,
    StateKind, TaskState, Test, TypeDef, UnaryOp, VarId, build::*,
};

fn text(expr: &Expr<Spelled>) -> String {
    let mut b = Build::new("w");
    b.var("x", TypeDef::Bool);
    b.machine.print_expr(expr)
}

const X: VarId = VarId(0);

#[test]
fn parentheses_stand_where_they_are_needed() {
    use BinaryOp::*;
    let sum = || binary(Add, var(X), int(1));
    assert_eq!(text(&binary(Mul, sum(), int(2))), "(x + 1) * 2");
    assert_eq!(text(&binary(Add, binary(Mul, var(X), int(2)), int(1))), "x * 2 + 1");
    assert_eq!(text(&binary(Sub, var(X), binary(Sub, int(1), int(2)))), "x - (1 - 2)");
    assert_eq!(text(&unary(UnaryOp::Neg, sum())), "-(x + 1)");
    assert_eq!(text(&method("abs", [int(-1)])), "(-1).abs()");
}

#[test]
fn constructors_and_patterns_read_as_rust() {
    assert_eq!(text(&construct("Some", [("0", int(1))])), "Some(1)");
    assert_eq!(text(&construct("Order", [("id", text_of("a"))])), "Order { id: \"a\" }");
    let some = Pattern::Fields("Some".into(), vec![("0".into(), Pattern::Bind(X, None))]);
    assert_eq!(text(&matches(var(X), [(some, var(X)), (Pattern::Wild, int(0))])), "match x { Some(x) => x, _ => 0 }");
}

fn text_of(value: &str) -> Expr<Spelled> {
    crate::build::text(value)
}

#[test]
fn formats_keep_their_specification() {
    assert_eq!(text(&display(var(X), Some(2), Some(('0', '>', 8)))), "format!(\"{:0>8.2}\", x)");
    assert_eq!(text(&method("Duration::from_secs", [int(5)])), "Duration::from_secs(5)");
}

/// A machine with a Map over a task that is caught.
fn machine() -> Machine<Spelled> {
    let mut b = Build::new("ship");
    let string = b.ty(TypeDef::String);
    let items = b.param("items", TypeDef::Vec(string));
    let count = b.var("count", TypeDef::Int(IntType::Usize));
    let item = b.var_in(RegionId(1), "item", None);
    let pack = b.task("pack", &[("item", string)], string);
    let failure = b.hole(TypeDef::String);
    let rule = Rule { tests: vec![Test::If(method("is_empty", [var(items)]))], next: to(3) };
    b.state("items.is_empty()", StateKind::Choice(vec![rule], to(1)));
    let map = MapState {
        items: var(items),
        item,
        index: None,
        body: RegionId(1),
        concurrency: Some(int(5)),
        catch: vec![],
        next: end(var(count)).with_assign(count, int(1)),
    };
    b.state("Pack each", StateKind::Map(map));
    let body = b.region(StateId(1), StateId(2), &[item]);
    let task = TaskState {
        callee: pack,
        args: vec![var(item)],
        detached: false,
        anew: false,
        timeout: Some(int(30)),
        heartbeat: None,
        retry: None,
        catch: vec![Catcher {
            errors: vec![SpelledErrorName::Variant(failure, "Broken".into())],
            ty: Some(failure),
            next: to(2),
        }],
        next: end(unit()),
    };
    b.state_in(body, "Pack", StateKind::Task(task));
    b.state("Nothing", StateKind::Succeed(int(0)));
    b.machine
}

#[test]
fn machine_reads_top_down() {
    let expected = "\
workflow ship(items: T0) -> _
    `items.is_empty()`:
        if items.is_empty(): -> `Nothing`
        else: -> `Pack each`
    `Pack each`:
        for each item in items, 5 at once
            `Pack`:
                call callee_0(item)
                timeout 30 s
                catch T2::Broken as T2: -> `Pack`
                done: end ()
        joined: count = 1; end count
    `Nothing`:
        end 0
";
    assert_eq!(machine().print(), expected);
}
