//! Durations and points in time, and the order of values that are no numbers.

use durafn_ir::{
    BinaryOp as Op, Builtin as B, ContextValue, ExprKind, FloatType, FormatPart, IntType as I, TypeDef, TypeId,
};

use super::{Case, Row, case, rows};
use crate::build::{Build, E, bind, expr, lambda, method};

fn variable(b: &mut Build, name: &str, def: TypeDef) -> E {
    let ty = b.ty(def);
    let var = b.var(name, ty);
    b.read(var)
}

fn time(b: &mut Build, name: &str) -> E {
    variable(b, name, TypeDef::Timestamp)
}

fn duration(b: &mut Build, name: &str) -> E {
    variable(b, name, TypeDef::Duration)
}

pub(super) fn add(cases: &mut Vec<Case>) {
    points(cases);
    between(cases);
    durations(cases);
    methods(cases);
    makers(cases);
    orders(cases);
}

fn points(cases: &mut Vec<Case>) {
    let compare = |op| {
        move |b: &mut Build| {
            let (s, t) = (time(b, "s"), time(b, "t"));
            b.binary(op, s, t)
        }
    };
    case(
        cases,
        "Timestamp < Timestamp",
        compare(Op::Lt),
        rows! {
            {"s": "2026-01-01T00:00:00.000Z", "t": "2026-01-01T00:00:00.001Z"} => true; {"s": "2026-01-01T00:00:00Z", "t": "2026-01-01T00:00:00.001Z"} => true;
            {"s": "2026-01-02T00:00:00.000Z", "t": "2026-01-01T23:59:59.999Z"} => false; {"s": "2026-01-01T00:00:00.5Z", "t": "2026-01-01T00:00:00.45Z"} => false;
            {"s": "2026-01-01T00:00:00+01:00", "t": "2026-01-01T00:00:00Z"} => true; {"s": "1969-12-31T23:59:59.999Z", "t": "1970-01-01T00:00:00Z"} => true;
        },
    );
    let same = rows! {
        {"s": "2026-01-01T00:00:00.000Z", "t": "2026-01-01T00:00:00Z"} => true; {"s": "2026-01-01T01:00:00+01:00", "t": "2026-01-01T00:00:00Z"} => true;
        {"s": "2026-01-01T00:00:00.500Z", "t": "2026-01-01T00:00:00.5Z"} => true; {"s": "2026-01-01T00:00:00.001Z", "t": "2026-01-01T00:00:00Z"} => false;
    };
    case(cases, "Timestamp == Timestamp", compare(Op::Eq), same);
    case(
        cases,
        "a Timestamp among others",
        |b| {
            let (s, ty) = (time(b, "s"), b.ty(TypeDef::Timestamp));
            let all = b.vec(ty);
            let all = b.var("all", all);
            let boolean = b.bool();
            method(boolean, B::VecContains, vec![b.read(all), s])
        },
        rows! {
            {"s": "2026-01-01T00:00:00Z", "all": ["2025-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"]} => true;
            {"s": "2026-01-01T00:00:00Z", "all": []} => false; {"s": "2026-01-01T00:00:00Z", "all": ["2026-01-01T00:00:00.001Z"]} => false;
        },
    );
    case(
        cases,
        "Timestamp + Duration",
        |b| {
            let (s, d) = (time(b, "s"), duration(b, "d"));
            b.binary(Op::Add, s, d)
        },
        rows! {
            {"s": "2026-01-01T00:00:00.500Z", "d": {"secs": 86_400, "nanos": 500_000_000}} => "2026-01-02T00:00:01Z";
            {"s": "2024-02-28T23:59:59.999Z", "d": {"secs": 0, "nanos": 1_000_000}} => "2024-02-29T00:00:00Z";
            {"s": "2026-01-01T00:00:00Z", "d": {"secs": 0, "nanos": 120_000_000}} => "2026-01-01T00:00:00.12Z";
            {"s": "2026-01-01T00:00:20Z", "d": {"secs": 0, "nanos": 0}} => "2026-01-01T00:00:20Z";
            {"s": "2026-01-01T00:00:00Z", "d": {"secs": 0, "nanos": 1}} => fails; {"s": "9999-12-01T00:00:00Z", "d": {"secs": 31_536_000, "nanos": 0}} => fails;
        },
    );
    case(
        cases,
        "Timestamp - Duration",
        |b| {
            let (s, d) = (time(b, "s"), duration(b, "d"));
            b.binary(Op::Sub, s, d)
        },
        rows! {
            {"s": "2026-01-01T00:00:00.500Z", "d": {"secs": 1, "nanos": 0}} => "2025-12-31T23:59:59.5Z"; {"s": "1970-01-01T00:00:00Z", "d": {"secs": 0, "nanos": 1_000_000}} => "1969-12-31T23:59:59.999Z";
            {"s": "0001-02-01T00:00:00Z", "d": {"secs": 31_536_000, "nanos": 0}} => fails;
        },
    );
    case(
        cases,
        "now() + Duration since now()",
        |b| {
            let ty = b.ty(TypeDef::Timestamp);
            let now = || expr(ty, ExprKind::Context(ContextValue::Now));
            let d = duration(b, "d");
            let later = b.binary(Op::Add, now(), d);
            let out = b.ty(TypeDef::Duration);
            method(out, B::TimestampDurationSince, vec![later, now()])
        },
        rows! { {"d": {"secs": 61, "nanos": 5_000_000}} => {"secs": 61, "nanos": 5_000_000}; },
    );
    case(
        cases,
        "the text of a Timestamp",
        |b| {
            let (s, string) = (time(b, "s"), b.string());
            let printed = method(string, B::ToString, vec![s.clone()]);
            let format =
                expr(string, ExprKind::Format(vec![FormatPart::Value { value: s, precision: None, pad: None }]));
            b.binary(Op::Eq, printed, format)
        },
        rows! { {"s": "2026-01-01T01:00:00.120+01:00"} => true; },
    );
    case(
        cases,
        "Timestamp to_string",
        |b| {
            let (s, string) = (time(b, "s"), b.string());
            method(string, B::ToString, vec![s])
        },
        rows! {
            {"s": "2026-01-01T01:00:00.120+01:00"} => "2026-01-01T00:00:00.12Z"; {"s": "2026-01-01T00:00:00Z"} => "2026-01-01T00:00:00Z";
            {"s": "2026-01-01T00:00:00.000Z"} => "2026-01-01T00:00:00Z"; {"s": "2026-01-01T00:00:30.5Z"} => "2026-01-01T00:00:30.5Z";
        },
    );
}

fn between(cases: &mut Vec<Case>) {
    case(
        cases,
        "duration_since",
        |b| {
            let (s, t) = (time(b, "s"), time(b, "t"));
            let ty = b.ty(TypeDef::Duration);
            method(ty, B::TimestampDurationSince, vec![s, t])
        },
        rows! {
            {"s": "2026-01-02T00:00:00.001Z", "t": "2026-01-01T00:00:00Z"} => {"secs": 86_400, "nanos": 1_000_000};
            {"s": "2026-01-02T00:00:00Z", "t": "2026-01-02T00:00:00.000Z"} => {"secs": 0, "nanos": 0}; {"s": "2026-01-01T00:00:00Z", "t": "2026-01-02T00:00:00Z"} => fails;
        },
    );
    for (name, builtin, rows) in [
        (
            "as_second",
            B::TimestampAsSecond,
            rows! { {"s": "1970-01-01T00:01:01.999Z"} => 61; {"s": "1969-12-31T23:59:58.500Z"} => (-1); },
        ),
        ("as_millisecond", B::TimestampAsMillisecond, rows! { {"s": "1970-01-01T00:00:01.5Z"} => 1500; }),
    ] {
        case(
            cases,
            name,
            move |b| {
                let (s, ty) = (time(b, "s"), b.int(I::I64));
                method(ty, builtin, vec![s])
            },
            rows,
        );
    }
}

fn two(builtin: Option<B>, op: Op, ty: impl Fn(&mut Build) -> TypeId) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (s, t) = (duration(b, "s"), duration(b, "t"));
        match builtin {
            Some(builtin) => {
                let ty = ty(b);
                method(ty, builtin, vec![s, t])
            }
            None => b.binary(op, s, t),
        }
    }
}

fn durations(cases: &mut Vec<Case>) {
    let plain = |b: &mut Build| b.ty(TypeDef::Duration);
    case(
        cases,
        "Duration < Duration",
        two(None, Op::Lt, plain),
        rows! {
            {"s": {"secs": 1, "nanos": 5}, "t": {"secs": 1, "nanos": 6}} => true; {"s": {"secs": 2, "nanos": 5}, "t": {"secs": 1, "nanos": 6}} => false;
            {"s": {"secs": 1, "nanos": 5}, "t": {"secs": 1, "nanos": 5}} => false; {"s": {"secs": 0, "nanos": 9}, "t": {"secs": 1, "nanos": 0}} => true;
        },
    );
    case(
        cases,
        "Duration + Duration",
        two(None, Op::Add, plain),
        rows! {
            {"s": {"secs": 1, "nanos": 600_000_000}, "t": {"secs": 2, "nanos": 500_000_000}} => {"secs": 4, "nanos": 100_000_000};
            {"s": {"secs": 9_007_199_254_740_991_i64, "nanos": 0}, "t": {"secs": 1, "nanos": 0}} => fails;
        },
    );
    case(
        cases,
        "Duration - Duration",
        two(None, Op::Sub, plain),
        rows! {
            {"s": {"secs": 3, "nanos": 100_000_000}, "t": {"secs": 1, "nanos": 500_000_000}} => {"secs": 1, "nanos": 600_000_000};
            {"s": {"secs": 1, "nanos": 0}, "t": {"secs": 1, "nanos": 1}} => fails;
        },
    );
    let rest: Vec<Row> = rows! {
        {"s": {"secs": 3, "nanos": 100_000_000}, "t": {"secs": 1, "nanos": 500_000_000}} => {"secs": 1, "nanos": 600_000_000};
        {"s": {"secs": 3, "nanos": 1}, "t": {"secs": 3, "nanos": 1}} => {"secs": 0, "nanos": 0};
    };
    let shorter = rows! { {"s": {"secs": 1, "nanos": 0}, "t": {"secs": 1, "nanos": 1}} => null; };
    let option = |b: &mut Build| {
        let ty = b.ty(TypeDef::Duration);
        b.option(ty)
    };
    case(
        cases,
        "checked_sub of durations",
        two(Some(B::DurationCheckedSub), Op::Sub, option),
        [rest.clone(), shorter].concat(),
    );
    let shorter = rows! { {"s": {"secs": 1, "nanos": 0}, "t": {"secs": 1, "nanos": 1}} => {"secs": 0, "nanos": 0}; };
    case(
        cases,
        "saturating_sub of durations",
        two(Some(B::DurationSaturatingSub), Op::Sub, plain),
        [rest.clone(), shorter].concat(),
    );
    let shorter = rows! { {"s": {"secs": 1, "nanos": 0}, "t": {"secs": 2, "nanos": 1}} => {"secs": 1, "nanos": 1}; };
    case(cases, "abs_diff of durations", two(Some(B::DurationAbsDiff), Op::Sub, plain), [rest, shorter].concat());
    let scaled = |left: bool| {
        move |b: &mut Build| {
            let (d, n) = (duration(b, "d"), variable(b, "n", TypeDef::Int(I::U32)));
            let ty = d.ty;
            let kind = if left { ExprKind::Binary(Op::Mul, d, n) } else { ExprKind::Binary(Op::Mul, n, d) };
            expr(ty, kind)
        }
    };
    let products: Vec<Row> = rows! {
        {"d": {"secs": 2, "nanos": 400_000_000}, "n": 3} => {"secs": 7, "nanos": 200_000_000}; {"d": {"secs": 2, "nanos": 5}, "n": 0} => {"secs": 0, "nanos": 0};
        {"d": {"secs": 0, "nanos": 999_999_999}, "n": 4_294_967_295_u32} => {"secs": 4_294_967_290_u64, "nanos": 705_032_705};
        {"d": {"secs": 1, "nanos": 123_456_789}, "n": 100_001} => {"secs": 112_346, "nanos": 802_356_789}; {"d": {"secs": 9_007_199_254_740_991_i64, "nanos": 0}, "n": 2} => fails;
    };
    case(cases, "Duration * u32", scaled(true), products.clone());
    case(cases, "u32 * Duration", scaled(false), products);
    case(
        cases,
        "Duration / 7",
        |b| {
            let (d, n) = (duration(b, "d"), b.number(I::U32, 7));
            b.binary(Op::Div, d, n)
        },
        rows! {
            {"d": {"secs": 10, "nanos": 0}} => {"secs": 1, "nanos": 428_571_428}; {"d": {"secs": 7, "nanos": 6}} => {"secs": 1, "nanos": 0};
            {"d": {"secs": 0, "nanos": 0}} => {"secs": 0, "nanos": 0}; {"d": {"secs": 6, "nanos": 999_999_999}} => {"secs": 0, "nanos": 999_999_999};
        },
    );
}

fn methods(cases: &mut Vec<Case>) {
    let on = |builtin: B, def: TypeDef| {
        move |b: &mut Build| {
            let (d, ty) = (duration(b, "d"), b.ty(def));
            method(ty, builtin, vec![d])
        }
    };
    let u64_type = || TypeDef::Int(I::U64);
    case(cases, "as_secs", on(B::DurationAsSecs, u64_type()), rows! { {"d": {"secs": 2, "nanos": 999_999_999}} => 2; });
    case(
        cases,
        "as_millis",
        on(B::DurationAsMillis, u64_type()),
        rows! { {"d": {"secs": 2, "nanos": 1_999_999}} => 2001; {"d": {"secs": 0, "nanos": 0}} => 0; },
    );
    let fractions = rows! { {"d": {"secs": 2, "nanos": 500_000_000}} => 2.5; {"d": {"secs": 0, "nanos": 1}} => 1e-9; };
    case(cases, "as_secs_f64", on(B::DurationAsSecsF64, TypeDef::Float(FloatType::F64)), fractions);
    let millis = rows! { {"d": {"secs": 2, "nanos": 1_999_999}} => 1; {"d": {"secs": 2, "nanos": 999}} => 0; };
    case(cases, "subsec_millis", on(B::DurationSubsecMillis, TypeDef::Int(I::U32)), millis);
    let zero = rows! { {"d": {"secs": 0, "nanos": 0}} => true; {"d": {"secs": 0, "nanos": 1}} => false; {"d": {"secs": 1, "nanos": 0}} => false; };
    case(cases, "is_zero", on(B::DurationIsZero, TypeDef::Bool), zero);
}

fn makers(cases: &mut Vec<Case>) {
    for (name, builtin, factor) in [
        ("from_secs", B::DurationFromSecs, 1_u64),
        ("from_mins", B::DurationFromMins, 60),
        ("from_hours", B::DurationFromHours, 3600),
    ] {
        case(
            cases,
            name,
            move |b| {
                let (n, ty) = (variable(b, "n", TypeDef::Int(I::U64)), b.ty(TypeDef::Duration));
                method(ty, builtin, vec![n])
            },
            vec![super::row(serde_json::json!({"n": 7}), Some(serde_json::json!({"secs": 7 * factor, "nanos": 0})))],
        );
    }
    case(
        cases,
        "from_millis",
        |b| {
            let (ms, ty) = (variable(b, "ms", TypeDef::Int(I::U64)), b.ty(TypeDef::Duration));
            method(ty, B::DurationFromMillis, vec![ms])
        },
        rows! { {"ms": 2001} => {"secs": 2, "nanos": 1_000_000}; {"ms": 0} => {"secs": 0, "nanos": 0}; },
    );
}

/// `[duration, string, bool]`, the item of the sorted vectors.
fn triple(b: &mut Build) -> TypeId {
    let items = [TypeDef::Duration, TypeDef::String, TypeDef::Bool].map(|def| b.ty(def));
    b.ty(TypeDef::Tuple(items.to_vec()))
}

fn orders(cases: &mut Vec<Case>) {
    let short = serde_json::json!({"secs": 1, "nanos": 0});
    let long = serde_json::json!({"secs": 1, "nanos": 5});
    let items = serde_json::json!([
        [long, "a", true],
        [short, "😀", false],
        [short, "\u{ffee}", true],
        [short, "\u{ffee}", false]
    ]);
    let sorted = serde_json::json!([
        [short, "\u{ffee}", false],
        [short, "\u{ffee}", true],
        [short, "😀", false],
        [long, "a", true]
    ]);
    let rows = |expected: serde_json::Value, none: serde_json::Value| {
        vec![
            super::row(serde_json::json!({"xs": items}), Some(expected)),
            super::row(serde_json::json!({"xs": []}), Some(none)),
        ]
    };
    for (name, builtin, by_key) in
        [("sort tuples", B::VecSort, false), ("sort_by_key of tuples", B::VecSortByKey, true)]
    {
        let build = move |b: &mut Build| {
            let item = triple(b);
            let xs = variable(b, "xs", TypeDef::Vec(item));
            let x = b.var("x", item);
            let key = by_key.then(|| lambda(vec![bind(x)], b.read(x)));
            let ty = xs.ty;
            method(ty, builtin, std::iter::once(xs).chain(key).collect())
        };
        case(cases, name, build, rows(sorted.clone(), serde_json::json!([])));
    }
    for (name, builtin, at) in [("min of tuples", B::IterMin, 0), ("max of tuples", B::IterMax, 3)] {
        let build = move |b: &mut Build| {
            let item = triple(b);
            let (xs, iter, ty) = (variable(b, "xs", TypeDef::Vec(item)), b.iter(item), b.option(item));
            method(ty, builtin, vec![method(iter, B::VecIter, vec![xs])])
        };
        case(cases, name, build, rows(sorted[at].clone(), serde_json::json!(null)));
    }
    case(
        cases,
        "max_by_key of text",
        |b| {
            let item = triple(b);
            let (xs, iter, ty) = (variable(b, "xs", TypeDef::Vec(item)), b.iter(item), b.option(item));
            let x = b.var("x", item);
            let key = b.field(b.read(x), "1");
            method(ty, B::IterMaxByKey, vec![method(iter, B::VecIter, vec![xs]), lambda(vec![bind(x)], key)])
        },
        rows(serde_json::json!([short, "😀", false]), serde_json::json!(null)),
    );
    case(
        cases,
        "a tuple <= a tuple",
        |b| {
            let item = triple(b);
            let (s, t) = (b.var("s", item), b.var("t", item));
            let (s, t) = (b.read(s), b.read(t));
            b.binary(Op::Le, s, t)
        },
        vec![
            super::row(serde_json::json!({"s": sorted[0], "t": sorted[1]}), Some(serde_json::json!(true))),
            super::row(serde_json::json!({"s": sorted[1], "t": sorted[1]}), Some(serde_json::json!(true))),
            super::row(serde_json::json!({"s": sorted[3], "t": sorted[2]}), Some(serde_json::json!(false))),
        ],
    );
}
