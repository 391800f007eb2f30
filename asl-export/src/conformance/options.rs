//! `bool`, `Option` and `Result`.

use durafn_ir::{BinaryOp as Op, Builtin as B, IntType as I, TypeDef, TypeId};
use serde_json::json;

use super::{Case, Row, case, row, rows};
use crate::build::{Build, E, bind, field_def, fields, lambda, match_on, method};

/// `s.a`, an optional field that may be missing.
fn optional(b: &mut Build) -> (E, TypeId) {
    let int = b.int(I::I32);
    let option = b.option(int);
    let structure = b.structure("S", vec![field_def("a", option)]);
    let s = b.var("s", structure);
    (b.field(b.read(s), "a"), int)
}

/// Rows for a value, a null and a missing key.
fn three(some: serde_json::Value, none: serde_json::Value) -> Vec<Row> {
    let bindings = [json!({"s": {"a": 5}}), json!({"s": {"a": null}}), json!({"s": {}})];
    let expected = [some, none.clone(), none];
    bindings.into_iter().zip(expected).map(|(bindings, expected)| row(bindings, Some(expected))).collect()
}

fn plain(builtin: B) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (option, int) = optional(b);
        let ty = match builtin {
            B::OptionUnwrapOrDefault => int,
            _ => b.bool(),
        };
        method(ty, builtin, vec![option])
    }
}

/// With a closure `x > 3` or `x + 1`.
fn with_closure(builtin: B, test: bool) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (option, int) = optional(b);
        let x = b.var("x", int);
        let (read, number) = (b.read(x), b.number(I::I32, if test { 3 } else { 1 }));
        let body = b.binary(if test { Op::Gt } else { Op::Add }, read, number);
        let ty = match builtin {
            B::OptionMap | B::OptionFilter => option.ty,
            _ => b.bool(),
        };
        method(ty, builtin, vec![option, lambda(vec![bind(x)], body)])
    }
}

pub(super) fn add(cases: &mut Vec<Case>) {
    case(cases, "an optional field", |b| optional(b).0, three(json!(5), json!(null)));
    case(cases, "is_some", plain(B::OptionIsSome), three(json!(true), json!(false)));
    case(cases, "is_none", plain(B::OptionIsNone), three(json!(false), json!(true)));
    case(cases, "unwrap_or_default", plain(B::OptionUnwrapOrDefault), three(json!(5), json!(0)));
    case(cases, "is_some_and", with_closure(B::OptionIsSomeAnd, true), three(json!(true), json!(false)));
    case(cases, "is_none_or", with_closure(B::OptionIsNoneOr, true), three(json!(true), json!(true)));
    case(cases, "map an option", with_closure(B::OptionMap, false), three(json!(6), json!(null)));
    case(cases, "filter an option", with_closure(B::OptionFilter, true), three(json!(5), json!(null)));
    combining(cases);
    comparing(cases);
    long(cases);
    results(cases);
}

fn combining(cases: &mut Vec<Case>) {
    case(
        cases,
        "unwrap_or",
        |b| {
            let (option, int) = optional(b);
            let other = b.number(I::I32, 9);
            method(int, B::OptionUnwrapOr, vec![option, other])
        },
        three(json!(5), json!(9)),
    );
    case(
        cases,
        "map_or",
        |b| {
            let (option, int) = optional(b);
            let (other, x) = (b.number(I::I32, 9), b.var("x", int));
            let body = lambda(vec![bind(x)], b.read(x));
            method(int, B::OptionMapOr, vec![option, other, body])
        },
        three(json!(5), json!(9)),
    );
    case(
        cases,
        "or",
        |b| {
            let (option, int) = optional(b);
            let ty = b.option(int);
            let other = b.var("other", ty);
            method(ty, B::OptionOr, vec![option, b.read(other)])
        },
        rows! {
            {"s": {"a": 5}, "other": 1} => 5; {"s": {}, "other": 1} => 1; {"s": {"a": null}, "other": null} => null;
        },
    );
    case(
        cases,
        "zip of options",
        |b| {
            let (option, int) = optional(b);
            let list = b.vec(int);
            let lists = b.option(list);
            let other = b.var("other", lists);
            let pair = b.ty(TypeDef::Tuple(vec![int, list]));
            let ty = b.option(pair);
            method(ty, B::OptionZip, vec![option, b.read(other)])
        },
        rows! {
            {"s": {"a": 5}, "other": [1]} => [5, [1]]; {"s": {}, "other": [1]} => null; {"s": {"a": 5}, "other": null} => null;
            {"s": {"a": 5}, "other": []} => [5, []];
        },
    );
    case(
        cases,
        "ok_or",
        |b| {
            let (option, int) = optional(b);
            let error = b.text("none");
            let ty = b.ty(TypeDef::Result(int, error.ty));
            method(ty, B::OptionOkOr, vec![option, error])
        },
        three(json!({"Ok": 5}), json!({"Err": "none"})),
    );
    case(
        cases,
        "then_some",
        |b| {
            let boolean = b.bool();
            let flag = b.var("flag", boolean);
            let value = b.number(I::I32, 1);
            let ty = b.option(value.ty);
            method(ty, B::BoolThenSome, vec![b.read(flag), value])
        },
        rows! { {"flag": true} => 1; {"flag": false} => null; },
    );
    case(
        cases,
        "match on an optional field",
        |b| {
            let (option, int) = optional(b);
            let x = b.var("x", int);
            let arms =
                vec![(fields("Some", vec![("0", bind(x))]), b.read(x)), (fields("None", vec![]), b.number(I::I32, -1))];
            match_on(int, option, arms)
        },
        three(json!(5), json!(-1)),
    );
}

fn comparing(cases: &mut Vec<Case>) {
    for (name, op, some, none) in [("== None", Op::Eq, false, true), ("!= None", Op::Ne, true, false)] {
        case(
            cases,
            name,
            |b| {
                let (option, _) = optional(b);
                let none = crate::build::construct(option.ty, "None", vec![]);
                b.binary(op, option, none)
            },
            three(json!(some), json!(none)),
        );
    }
    for (name, op, some, none) in [("== Some(5)", Op::Eq, true, false), ("!= Some(5)", Op::Ne, false, true)] {
        case(
            cases,
            name,
            |b| {
                let (option, _) = optional(b);
                let five = b.number(I::I32, 5);
                let five = crate::build::construct(option.ty, "Some", vec![("0", five)]);
                b.binary(op, option, five)
            },
            three(json!(some), json!(none)),
        );
    }
    case(
        cases,
        "two options",
        |b| {
            let (option, int) = optional(b);
            let ty = b.option(int);
            let other = b.var("other", ty);
            let other = b.read(other);
            b.binary(Op::Eq, option, other)
        },
        rows! { {"s": {}, "other": null} => true; {"s": {"a": 1}, "other": 1} => true; {"s": {"a": null}, "other": 1} => false; },
    );
}

/// Options that are not a mere path are computed once.
fn long(cases: &mut Vec<Case>) {
    let as_iter = |b: &mut Build| {
        let int = b.int(I::I32);
        let iter = b.iter(int);
        let xs = b.var("xs", iter);
        let option = b.option(int);
        (method(option, B::IterMax, vec![b.read(xs)]), int)
    };
    case(
        cases,
        "max().unwrap_or(0)",
        move |b| {
            let (option, int) = as_iter(b);
            let zero = b.number(I::I32, 0);
            method(int, B::OptionUnwrapOr, vec![option, zero])
        },
        rows! { {"xs": [1, 3]} => 3; {"xs": []} => 0; },
    );
    case(
        cases,
        "max().map(|x| x * x)",
        move |b| {
            let (option, int) = as_iter(b);
            let x = b.var("x", int);
            let (left, right) = (b.read(x), b.read(x));
            let square = b.binary(Op::Mul, left, right);
            method(option.ty, B::OptionMap, vec![option, lambda(vec![bind(x)], square)])
        },
        rows! { {"xs": [1, 3]} => 9; {"xs": []} => null; {"xs": [46_341]} => fails; },
    );
    case(
        cases,
        "max().is_none()",
        move |b| {
            let (option, _) = as_iter(b);
            let ty = b.bool();
            method(ty, B::OptionIsNone, vec![option])
        },
        rows! { {"xs": [1, 3]} => false; {"xs": []} => true; },
    );
}

fn results(cases: &mut Vec<Case>) {
    let result = |b: &mut Build| {
        let (int, string) = (b.int(I::I32), b.string());
        let ty = b.ty(TypeDef::Result(int, string));
        let r = b.var("r", ty);
        (b.read(r), int, string)
    };
    for (name, builtin, ok, err) in [
        ("is_ok", B::ResultIsOk, json!(true), json!(false)),
        ("is_err", B::ResultIsErr, json!(false), json!(true)),
        ("ok", B::ResultOk, json!(5), json!(null)),
        ("err", B::ResultErr, json!(null), json!("bad")),
        ("unwrap_or_default of a result", B::ResultUnwrapOrDefault, json!(5), json!(0)),
    ] {
        case(
            cases,
            name,
            move |b| {
                let (r, int, string) = result(b);
                let ty = match builtin {
                    B::ResultOk => b.option(int),
                    B::ResultErr => b.option(string),
                    B::ResultUnwrapOrDefault => int,
                    _ => b.bool(),
                };
                method(ty, builtin, vec![r])
            },
            vec![row(json!({"r": {"Ok": 5}}), Some(ok)), row(json!({"r": {"Err": "bad"}}), Some(err))],
        );
    }
    case(
        cases,
        "map_err",
        move |b| {
            let (r, _, string) = result(b);
            let e = b.var("e", string);
            let (left, right) = (b.read(e), b.text("!"));
            let body = b.binary(Op::Add, left, right);
            method(r.ty, B::ResultMapErr, vec![r, lambda(vec![bind(e)], body)])
        },
        rows! { {"r": {"Ok": 1}} => {"Ok": 1}; {"r": {"Err": "x"}} => {"Err": "x!"}; },
    );
    case(
        cases,
        "match on a result",
        move |b| {
            let (r, int, string) = result(b);
            let (x, e) = (b.var("x", int), b.var("e", string));
            let arms = vec![
                (fields("Ok", vec![("0", bind(x))]), method(string, B::ToString, vec![b.read(x)])),
                (fields("Err", vec![("0", bind(e))]), b.read(e)),
            ];
            match_on(string, r, arms)
        },
        rows! { {"r": {"Ok": 1}} => "1"; {"r": {"Err": "x"}} => "x"; },
    );
}
