use durafn_ir::{
    Arm, BinaryOp::*, CastType, ExprKind, FloatType, IntType, Literal, Pattern, Place, TypeDef, UnaryOp, build::*,
};
use serde_json::json;

use super::{cause, compute, failure, over, value};

const I8: TypeDef = TypeDef::Int(IntType::I8);
const U8: TypeDef = TypeDef::Int(IntType::U8);
const I64: TypeDef = TypeDef::Int(IntType::I64);

#[test]
fn integer_arithmetic_is_checked() {
    assert_eq!(value(binary(Add, int(2), int(3))), json!(5));
    assert_eq!(over(U8, json!(255), |x| binary(Sub, x, int(1))).unwrap(), json!(254));
    assert_eq!(cause(over(U8, json!(255), |x| binary(Add, x, int(1)))), "256 is out of range of u8");
    assert_eq!(cause(over(U8, json!(0), |x| binary(Sub, x, int(1)))), "-1 is out of range of u8");
    assert_eq!(cause(over(I8, json!(-128), |x| unary(UnaryOp::Neg, x))), "128 is out of range of i8");
}

#[test]
fn division_truncates_and_remainder_has_the_dividends_sign() {
    for (a, b, quotient, remainder) in [(7, 2, 3, 1), (-7, 2, -3, -1), (7, -2, -3, 1), (-7, -2, 3, -1)] {
        assert_eq!(value(binary(Div, int(a), int(b))), json!(quotient));
        assert_eq!(value(binary(Rem, int(a), int(b))), json!(remainder));
    }
    assert_eq!(failure(binary(Div, int(1), int(0))), "division by zero");
    assert_eq!(failure(binary(Rem, int(1), int(0))), "division by zero");
    assert!(over(I8, json!(-128), |x| binary(Div, x.clone(), int(-1))).is_err());
    assert!(over(I8, json!(-128), |x| binary(Rem, x, int(-1))).is_err());
}

#[test]
fn integers_past_a_double_fail_but_pass_through() {
    let big = json!(9_007_199_254_740_993_i64);
    assert_eq!(over(I64, big.clone(), |x| x).unwrap(), big);
    assert!(cause(over(I64, big, |x| binary(Add, x, int(1)))).contains("past 2^53"));
    let largest = json!(9_007_199_254_740_991_i64);
    assert!(over(I64, largest.clone(), |x| binary(Add, x, int(1))).is_err());
    assert_eq!(over(I64, largest.clone(), |x| binary(Add, x, int(0))).unwrap(), largest);
}

#[test]
fn floats_stay_finite() {
    assert_eq!(value(binary(Mul, float(0.5), float(3.0))), json!(1.5));
    assert_eq!(value(binary(Rem, float(-7.5), float(2.0))), json!(-1.5));
    assert!(failure(binary(Div, float(1.0), float(0.0))).contains("no finite number"));
    assert!(failure(binary(Mul, float(1e300), float(1e300))).contains("no finite number"));
    assert!(failure(binary(Rem, float(1.0), float(0.0))).contains("no finite number"));
}

#[test]
fn single_floats_round_as_such() {
    let sum = over(TypeDef::Float(FloatType::F32), json!(0.1), |x| binary(Add, x, float(0.2))).unwrap();
    assert_eq!(sum.to_string(), (0.1_f32 + 0.2_f32).to_string());
}

#[test]
fn logic_stops_early() {
    let fails = || binary(Eq, binary(Div, int(1), int(0)), int(0));
    assert_eq!(value(binary(And, boolean(false), fails())), json!(false));
    assert_eq!(value(binary(Or, boolean(true), fails())), json!(true));
    assert!(failure(binary(And, boolean(true), fails())).contains("zero"));
    assert_eq!(value(unary(UnaryOp::Not, boolean(true))), json!(false));
}

#[test]
fn comparison_is_that_of_the_type() {
    assert_eq!(value(binary(Lt, int(-1), int(0))), json!(true));
    assert_eq!(value(binary(Ge, float(0.5), float(0.5))), json!(true));
    assert_eq!(value(binary(Le, text("a"), text("b"))), json!(true));
    // By code points, where UTF-16 would say the opposite.
    assert_eq!(value(binary(Gt, text("\u{1F600}"), text("\u{FFFD}"))), json!(true));
    assert_eq!(value(binary(Eq, array([int(1), int(2)]), array([int(1), int(2)]))), json!(true));
    assert_eq!(value(binary(Ne, tuple([int(1), text("a")]), tuple([int(1), text("b")]))), json!(true));
}

#[test]
fn strings_are_joined() {
    assert_eq!(value(binary(Add, text("a"), text("ü"))), json!("aü"));
}

#[test]
fn casts_wrap_and_saturate() {
    let to = CastType::Int;
    assert_eq!(value(cast(int(300), to(IntType::U8))), json!(44));
    assert_eq!(value(cast(int(-1), to(IntType::U32))), json!(u32::MAX));
    assert_eq!(value(cast(float(-1.9), to(IntType::I32))), json!(-1));
    assert_eq!(value(cast(float(1e20), to(IntType::I32))), json!(i32::MAX));
    assert_eq!(value(cast(float(-3.0), to(IntType::U8))), json!(0));
    assert_eq!(value(cast(int(3), CastType::Float(FloatType::F64))), json!(3.0));
    assert!(failure(cast(int(-1), to(IntType::U64))).contains("past 2^53"));
}

#[test]
fn indexing_is_checked() {
    let items = || array([int(10), int(20)]);
    assert_eq!(value(expr(ExprKind::Index(items(), int(1)))), json!(20));
    assert_eq!(failure(expr(ExprKind::Index(items(), int(2)))), "index 2 is out of range of 2");
}

#[test]
fn branches_are_evaluated_only_where_taken() {
    let fails = || binary(Div, int(1), int(0));
    assert_eq!(value(expr(ExprKind::If(boolean(true), int(1), fails()))), json!(1));
    let seven = Pattern::Literal(Literal::Int(7));
    assert_eq!(value(matches(int(7), [(seven, int(1)), (Pattern::Wild, fails())])), json!(1));
}

#[test]
fn patterns_bind_range_and_alternate() {
    let range = |from, to, inclusive| Pattern::Range { from, to, inclusive };
    let lit = |value| Some(Literal::Int(value));
    let low = Pattern::Or(vec![Pattern::Literal(Literal::Int(0)), range(lit(1), lit(5), false)]);
    let size = |n| {
        matches(
            int(n),
            [(low.clone(), text("low")), (range(lit(5), None, false), text("high")), (Pattern::Wild, text("below"))],
        )
    };
    assert_eq!(value(size(0)), json!("low"));
    assert_eq!(value(size(4)), json!("low"));
    assert_eq!(value(size(5)), json!("high"));
    assert_eq!(value(size(-1)), json!("below"));
}

#[test]
fn guards_see_bindings() {
    let mut b = Build::new("w");
    let n = b.var("n", TypeDef::Int(IntType::I32));
    let big = Arm {
        pattern: Pattern::Bind(n, None),
        guard: Some(binary(Gt, var(n), int(5))),
        body: binary(Mul, var(n), int(2)),
    };
    let other = Arm { pattern: Pattern::Wild, guard: None, body: int(0) };
    let matched = |n| expr(ExprKind::Match(int(n), vec![big.clone(), other.clone()]));
    assert_eq!(compute(b.clone(), json!({}), matched(6)).unwrap(), json!(12));
    assert_eq!(compute(b, json!({}), matched(5)).unwrap(), json!(0));
}

#[test]
fn let_and_repeat() {
    let mut b = Build::new("w");
    let x = b.var("x", TypeDef::Int(IntType::I32));
    let doubled = expr(ExprKind::Let(x, int(4), binary(Add, var(x), var(x))));
    assert_eq!(compute(b, json!({}), doubled).unwrap(), json!(8));
    assert_eq!(value(expr(ExprKind::Repeat(text("a"), int(3)))), json!(["a", "a", "a"]));
}

#[test]
fn places_are_replaced() {
    let items = || array([int(1), int(2)]);
    let with = |base, place, value| expr(ExprKind::With { base, place, value });
    assert_eq!(value(with(items(), Place::Index(int(1)), int(9))), json!([1, 9]));
    assert!(failure(with(items(), Place::Index(int(2)), int(9))).contains("out of range"));
    assert_eq!(value(with(tuple([int(1), text("a")]), Place::Field("1".into()), text("b"))), json!([1, "b"]));
}

#[test]
fn formats_follow_rust() {
    assert_eq!(value(display(float(2.5), Some(0), None)), json!(format!("{:.0}", 2.5)));
    assert_eq!(value(display(float(1.005), Some(2), None)), json!(format!("{:.2}", 1.005)));
    assert_eq!(value(display(float(-0.4), Some(0), None)), json!("-0"));
    assert_eq!(value(display(text("ü"), None, Some(('*', '^', 4)))), json!("*ü**"));
    assert_eq!(value(display(int(7), None, Some(('0', '>', 3)))), json!("007"));
    assert_eq!(value(display(text("ab"), None, Some((' ', '<', 3)))), json!("ab "));
    assert_eq!(value(display(text("straße"), Some(5), None)), json!("straß"));
    assert_eq!(value(display(boolean(true), None, None)), json!("true"));
}

#[test]
fn times_are_computed_in_milliseconds() {
    let minute = || method("Duration::from_mins", [int(1)]);
    let later = over(TypeDef::Timestamp, json!("2024-02-28T23:59:30.5Z"), |at| binary(Add, at, minute())).unwrap();
    assert_eq!(later, json!("2024-02-29T00:00:30.5Z"));
    assert_eq!(value(binary(Mul, minute(), int(2))), json!({"secs": 120, "nanos": 0}));
    let between = |at| method("duration_since", [at, expr(ExprKind::Context(durafn_ir::ContextValue::Now))]);
    assert_eq!(
        over(TypeDef::Timestamp, json!("2026-01-02T03:04:06Z"), between).unwrap(),
        json!({"secs": 0, "nanos": 322_000_000})
    );
    assert!(over(TypeDef::Timestamp, json!("2026-01-02T03:04:05Z"), between).is_err());
}
