use super::*;
use crate::{
    BinaryOp, Construct, EnumDef, Expr, ExprKind, FieldDef, Fields, IntType, Literal, StateKind, StructDef, Tagging,
    Target, Typed, VariantDef, build::*,
};

const U64: TypeDef = TypeDef::Int(IntType::U64);

/// Links a workflow that only computes an expression.
fn link_expr(mut b: Build, value: Expr<Spelled>) -> Result<(Expr<Typed>, TypeTable), String> {
    b.state("Compute", StateKind::Pass(end(value)));
    let mut machine = link(b.machine, b.holes).map_err(|errors| errors.to_string())?;
    match machine.states.remove(0).kind {
        StateKind::Pass(edge) => match edge.to {
            Target::End(output) => Ok((output, machine.types)),
            Target::State(_) => unreachable!(),
        },
        _ => unreachable!(),
    }
}

fn type_of(b: Build, value: Expr<Spelled>) -> String {
    let (value, types) = link_expr(b, value).unwrap();
    types.name(value.ty)
}

fn error_of(b: Build, value: Expr<Spelled>) -> String {
    link_expr(b, value).unwrap_err()
}

fn order(b: &mut Build) -> TypeDef {
    let string = b.ty(TypeDef::String);
    let amount = b.ty(U64);
    let items = b.ty(TypeDef::Vec(string));
    let fields = [("id", string), ("items", items), ("amount", amount)];
    TypeDef::Struct(StructDef {
        name: "Order".into(),
        fields: Fields::Named(fields.map(|(name, ty)| FieldDef::plain(name, ty)).into()),
        transparent: false,
    })
}

#[test]
fn literal_takes_its_neighbours_type() {
    let mut b = Build::new("w");
    let order = order(&mut b);
    let order = b.param("order", order);
    let sum = binary(BinaryOp::Add, int(1), field(var(order), "amount"));
    let (sum, types) = link_expr(b, sum).unwrap();
    assert_eq!(types.name(sum.ty), "u64");
    let ExprKind::Binary(_, one, _) = *sum.kind else { panic!() };
    assert_eq!(types.name(one.ty), "u64");
}

#[test]
fn lone_literals_have_defaults() {
    assert_eq!(type_of(Build::new("w"), int(1)), "i32");
    assert_eq!(type_of(Build::new("w"), float(1.5)), "f64");
    assert_eq!(type_of(Build::new("w"), array([int(1), int(2)])), "Vec<i32>");
}

#[test]
fn literal_out_of_range_is_reported() {
    let mut b = Build::new("w");
    let byte = b.param("byte", TypeDef::Int(IntType::U8));
    let test = binary(BinaryOp::Lt, var(byte), int(300));
    assert_eq!(error_of(b, test), "src/main.rs:9:9: 300 is out of range of u8");
}

#[test]
fn negative_literal_is_folded() {
    let (value, _) = link_expr(Build::new("w"), unary(crate::UnaryOp::Neg, int(5))).unwrap();
    assert_eq!(*value.kind, ExprKind::Literal(Literal::Int(-5)));
}

#[test]
fn opaque_types_have_no_fields() {
    let mut b = Build::new("w");
    let value = b.param("value", TypeDef::Opaque("Event".into()));
    let error = error_of(b, field(var(value), "id"));
    assert!(error.contains("Event is opaque, so a workflow cannot look at its field `id`"), "{error}");
}

#[test]
fn errors_accumulate() {
    let mut b = Build::new("w");
    let value = b.param("value", TypeDef::String);
    let error = error_of(b, tuple([field(var(value), "id"), method("len", [var(value)])]));
    assert_eq!(error.lines().count(), 2, "{error}");
    assert!(error.contains("counts bytes"), "{error}");
}

#[test]
fn method_is_found_by_its_receiver() {
    let mut b = Build::new("w");
    let order = order(&mut b);
    let order = b.param("order", order);
    let item = b.var("item", TypeDef::String);
    let upper = closure([item], method("to_uppercase", [var(item)]));
    let items = method("map", [method("iter", [field(var(order), "items")]), upper]);
    let hole = b.hole(TypeDef::String);
    let string = b.holes.type_holes[hole.0 as usize];
    let vec = b.hole(TypeDef::Vec(string));
    let (value, types) = link_expr(b, typed(vec, method("collect", [items]))).unwrap();
    assert_eq!(types.name(value.ty), "Vec<String>");
    let ExprKind::Method(crate::Builtin::IterCollect, args) = *value.kind else { panic!() };
    assert!(matches!(*args[0].kind, ExprKind::Method(crate::Builtin::IterMap, _)));
}

#[test]
fn closure_parameter_tells_what_a_range_counts() {
    let mut b = Build::new("w");
    let i = b.var("i", U64);
    let range = expr(ExprKind::Range { from: int(0), to: int(3), inclusive: false });
    let doubled = method("map", [range, closure([i], binary(BinaryOp::Mul, var(i), int(2)))]);
    let hole = b.hole(U64);
    assert_eq!(type_of(b, typed(hole, method("sum", [doubled]))), "u64");
}

#[test]
fn fold_carries_the_type_of_its_first_parameter() {
    let mut b = Build::new("w");
    let int64 = b.ty(U64);
    let items = b.param("items", TypeDef::Vec(int64));
    let (sum, x) = (b.var("sum", U64), b.var("x", U64));
    let add = closure([sum, x], binary(BinaryOp::Add, var(sum), var(x)));
    assert_eq!(type_of(b, method("fold", [method("iter", [var(items)]), int(0), add])), "u64");
}

#[test]
fn unknown_method_names_the_type() {
    let mut b = Build::new("w");
    let flag = b.param("flag", TypeDef::Bool);
    let error = error_of(b, method("frobnicate", [var(flag)]));
    assert!(error.contains("`frobnicate` on a bool has no meaning in a workflow"), "{error}");
}

#[test]
fn operand_types_must_agree() {
    let mut b = Build::new("w");
    let (a, c) = (b.param("a", U64), b.param("b", TypeDef::String));
    let error = error_of(b, binary(BinaryOp::Eq, var(a), var(c)));
    assert!(error.contains("a u64 and a String do not go together"), "{error}");
}

#[test]
fn late_types_settle_early_reads() {
    let mut b = Build::new("w");
    let late = b.var_in(crate::RegionId(0), "late", None);
    b.state("Read", StateKind::Pass(to(1).with_assign(late, int(1))));
    b.state("Done", StateKind::Succeed(var(late)));
    let machine = link(b.machine, b.holes).unwrap();
    assert_eq!(machine.types.name(machine.vars[0].ty), "i32");
}

fn failure(b: &mut Build) -> TypeDef {
    let string = b.ty(TypeDef::String);
    let fault = b.ty(TypeDef::Enum(EnumDef {
        name: crate::FAULT_TYPE.into(),
        tagging: Tagging::External,
        variants: Vec::new(),
        failure: false,
    }));
    let variant = |name: &str, fields, error: Option<&str>| VariantDef {
        name: name.into(),
        key: name.into(),
        fields,
        fault: error.is_none(),
        error: error.map(str::to_owned),
    };
    let newtype = |ty| Fields::Newtype(Box::new(FieldDef::plain("0", ty)));
    TypeDef::Enum(EnumDef {
        name: "OrderError".into(),
        tagging: Tagging::External,
        variants: vec![
            variant("Fault", newtype(fault), None),
            variant("Declined", Fields::Unit, Some("CardDeclined")),
            variant("Rejected", newtype(string), Some("Rejected")),
        ],
        failure: true,
    })
}

/// The names that each catcher of a task has when it is linked, from those that are spelled.
fn caught(spelled: impl Fn(crate::TypeHole) -> Vec<crate::SpelledErrorName>) -> Vec<String> {
    use crate::{Catcher, TaskState};
    let mut b = Build::new("w");
    let def = failure(&mut b);
    let hole = b.hole(def);
    let unit_type = b.ty(TypeDef::Unit);
    let callee = b.task("charge", &[], unit_type);
    let catch = spelled(hole).into_iter().map(|name| Catcher { errors: vec![name], ty: Some(hole), next: to(1) });
    b.state(
        "Charge",
        StateKind::Task(TaskState {
            callee,
            args: Vec::new(),
            detached: false,
            anew: false,
            timeout: None,
            heartbeat: None,
            retry: None,
            catch: catch.collect(),
            next: end(unit()),
        }),
    );
    b.state("Give up", StateKind::Succeed(unit()));
    let machine = link(b.machine, b.holes).unwrap();
    let StateKind::Task(task) = &machine.states[0].kind else { panic!() };
    task.catch.iter().map(|catcher| catcher.errors.join(" ")).collect()
}

#[test]
fn error_names_follow_the_enum_and_the_wildcard_comes_last() {
    use crate::SpelledErrorName::{All, Variant};
    let names = caught(|hole| vec![Variant(hole, "Fault".into()), All(hole)]);
    assert_eq!(names, ["States.Timeout States.HeartbeatTimeout", "CardDeclined Rejected", "States.TaskFailed"]);
}

#[test]
fn a_name_is_caught_once_and_a_catcher_without_names_goes() {
    use crate::SpelledErrorName::{All, Variant};
    let declined = |hole| Variant(hole, "Declined".into());
    let names = caught(|hole| vec![declined(hole), All(hole), declined(hole)]);
    assert_eq!(names, ["CardDeclined", "States.TaskFailed States.Timeout States.HeartbeatTimeout Rejected"]);
}

#[test]
fn an_error_that_passes_on_is_caught_where_a_catcher_before_would_take_it() {
    use crate::SpelledErrorName::{PassedOn, Variant};
    let declined = |hole| Variant(hole, "Declined".into());
    assert_eq!(caught(|hole| vec![declined(hole), PassedOn(hole)]), ["CardDeclined"]);
    let names = caught(|hole| vec![declined(hole), Variant(hole, "Fault".into()), PassedOn(hole)]);
    assert_eq!(names, ["CardDeclined", "States.Timeout States.HeartbeatTimeout", "Rejected", "States.TaskFailed"]);
}

#[test]
fn variants_are_constructed_and_matched() {
    use crate::Pattern;
    let mut b = Build::new("w");
    let def = failure(&mut b);
    let error = b.param("error", def);
    let why = b.var("why", TypeDef::String);
    let rejected = Pattern::Fields("Rejected".into(), vec![("0".into(), Pattern::Bind(why, None))]);
    assert_eq!(type_of(b, matches(var(error), [(rejected, var(why)), (Pattern::Wild, text("other"))])), "String");
}

#[test]
fn unknown_variant_is_reported() {
    let mut b = Build::new("w");
    let def = failure(&mut b);
    let hole = b.hole(def);
    let error = error_of(b, typed(hole, construct("Nope", [])));
    assert!(error.contains("`Nope` is no form of a OrderError"), "{error}");
}

#[test]
fn into_wraps_an_error_in_its_variant() {
    let mut b = Build::new("w");
    let def = failure(&mut b);
    let hole = b.hole(def);
    let (value, _) = link_expr(b, typed(hole, method("into", [text("late")]))).unwrap();
    let ExprKind::Construct(Construct { name, .. }) = *value.kind else { panic!() };
    assert_eq!(name, "Rejected");
}

#[test]
fn floats_print_only_with_a_precision() {
    let error = error_of(Build::new("w"), display(float(1.5), None, None));
    assert!(error.contains("prints only with a precision"), "{error}");
    assert_eq!(type_of(Build::new("w"), display(float(1.5), Some(2), None)), "String");
}

#[test]
fn literal_durations_become_whole_seconds() {
    let wait = |millis| {
        let mut b = Build::new("w");
        let wait = crate::WaitFor::Seconds(method("Duration::from_millis", [int(millis)]));
        b.state("Wait", StateKind::Wait(wait, end(unit())));
        link(b.machine, b.holes)
    };
    let machine = wait(2000).unwrap();
    let StateKind::Wait(crate::WaitFor::Seconds(seconds), _) = &machine.states[0].kind else { panic!() };
    assert_eq!(*seconds.kind, ExprKind::Literal(Literal::Int(2)));
    assert!(wait(1500).unwrap_err().to_string().contains("whole seconds"));
}

#[test]
fn untagged_enum_is_matched_only_where_its_json_tells() {
    use crate::Pattern;
    let matched = |second: TypeDef| {
        let mut b = Build::new("w");
        let (first, second) = (b.ty(TypeDef::String), b.ty(second));
        let variant = |name: &str, ty| VariantDef {
            name: name.into(),
            key: name.into(),
            fields: Fields::Newtype(Box::new(FieldDef::plain("0", ty))),
            error: None,
            fault: false,
        };
        let variants = vec![variant("Text", first), variant("Other", second)];
        let def = EnumDef { name: "Id".into(), tagging: Tagging::Untagged, variants, failure: false };
        let id = b.param("id", TypeDef::Enum(def));
        let pattern = Pattern::Fields("Text".into(), vec![("0".into(), Pattern::Wild)]);
        link_expr(b, matches(var(id), [(pattern, boolean(true)), (Pattern::Wild, boolean(false))]))
    };
    assert!(matched(U64).is_ok());
    assert!(matched(TypeDef::Char).unwrap_err().contains("cannot be told apart"));
}

/// `fn double(x: i32) -> i32 { x * 2 }`, or one that calls itself.
fn pure(types: &mut TypeTable, recursive: bool) -> PureBody {
    let int = types.intern(TypeDef::Int(IntType::I32));
    let x = crate::VarId(0);
    let body = match recursive {
        true => expr(ExprKind::Pure(crate::CalleeHole(0), vec![var(x)])),
        false => binary(BinaryOp::Mul, var(x), int_literal(2)),
    };
    let param = Var { name: "x".into(), ty: Some(TypeHole(0)), region: crate::RegionId(0), span: Span::default() };
    let mut b = Build::new("w");
    b.holes.types = types.clone();
    b.task("double", &[("x", int)], int);
    let function = PureFn { params: vec![x], vars: vec![param], body };
    PureBody { function, type_holes: vec![int], consts: vec![], callees: b.holes.callees }
}

fn int_literal(value: i128) -> Expr<Spelled> {
    int(value)
}

fn link_pure(recursive: bool) -> Result<TypedMachine, LinkErrors> {
    let mut b = Build::new("w");
    let n = b.param("n", TypeDef::Int(IntType::I32));
    let int = b.ty(TypeDef::Int(IntType::I32));
    let double = b.task("double", &[("x", int)], int);
    let call = |arg| expr(ExprKind::Pure(double, vec![arg]));
    b.state("Compute", StateKind::Pass(end(call(call(var(n))))));
    link_with(b.machine, b.holes, &|_, types| Some(pure(types, recursive)))
}

#[test]
fn body_of_a_pure_function_takes_the_place_of_its_call() {
    let machine = link_pure(false).unwrap();
    crate::validate(&machine).unwrap();
    let StateKind::Pass(edge) = &machine.states[0].kind else { panic!() };
    let Target::End(output) = &edge.to else { panic!() };
    let (inner, outer) = (&machine.vars[1].name, &machine.vars[2].name);
    let expected = format!("{{ let {outer} = {{ let {inner} = n; {inner} * 2 }}; {outer} * 2 }}");
    assert_eq!(machine.print_expr(output), expected);
}

#[test]
fn pure_function_that_calls_itself_is_reported() {
    assert!(link_pure(true).unwrap_err().to_string().contains("calls itself"));
}

#[test]
fn plain_function_is_named_with_what_to_write() {
    let mut b = Build::new("w");
    let unit = b.ty(TypeDef::Unit);
    let helper = b.task("shop::helper TypeId(1)", &[], unit);
    b.state("Compute", StateKind::Pass(end(expr(ExprKind::Pure(helper, vec![])))));
    let found = link(b.machine, b.holes).unwrap_err().to_string();
    assert!(found.contains("`helper` is a plain function") && found.contains("`#[pure]`"), "{found}");
}

#[test]
fn spelled_machine_survives_its_json_text() {
    let mut b = Build::new("w");
    let order = order(&mut b);
    let order = b.param("order", order);
    let big = binary(BinaryOp::Add, field(var(order), "amount"), int(i128::from(u64::MAX)));
    b.state("Compute", StateKind::Pass(end(tuple([big, int(-1), float(0.1), character('ü')]))));
    let text = serde_json::to_string(&b.machine).unwrap();
    let back: Machine<Spelled> = serde_json::from_str(&text).unwrap();
    assert_eq!(back, b.machine);
}
