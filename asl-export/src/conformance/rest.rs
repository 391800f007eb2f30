//! The remaining methods, so that each has a row.

use durafn_ir::{BinaryOp as Op, Builtin as B, ExprKind, FloatType, IntType as I, Literal, TypeDef, TypeId};

use super::{Case, case, rows};
use crate::build::{Build, E, bind, construct, expr, lambda, method};

fn var(b: &mut Build, name: &str, ty: TypeId) -> E {
    let var = b.var(name, ty);
    b.read(var)
}

/// `|x| x + 1`.
fn increment(b: &mut Build) -> E {
    let int = b.int(I::I32);
    let x = b.var("x", int);
    let (read, one) = (b.read(x), b.number(I::I32, 1));
    let sum = b.binary(Op::Add, read, one);
    lambda(vec![bind(x)], sum)
}

/// `|| value`.
fn constant(value: E) -> E {
    lambda(vec![], value)
}

fn option(b: &mut Build) -> E {
    let int = b.int(I::I32);
    let ty = b.option(int);
    var(b, "o", ty)
}

fn result(b: &mut Build) -> E {
    let (int, string) = (b.int(I::I32), b.string());
    let ty = b.ty(TypeDef::Result(int, string));
    var(b, "r", ty)
}

pub(super) fn add(cases: &mut Vec<Case>) {
    texts(cases);
    floats(cases);
    options(cases);
    results(cases);
    made(cases);
}

fn texts(cases: &mut Vec<Case>) {
    case(
        cases,
        "push a char",
        |b| {
            let (string, c) = (b.string(), b.ty(TypeDef::Char));
            let args = vec![var(b, "s", string), var(b, "c", c)];
            method(string, B::StrPush, args)
        },
        rows! { {"s": "a", "c": "😀"} => "a😀"; {"s": "", "c": "\""} => "\""; },
    );
    let of_char = |builtin| {
        move |b: &mut Build| {
            let (c, boolean) = (b.ty(TypeDef::Char), b.bool());
            let args = vec![var(b, "c", c)];
            method(boolean, builtin, args)
        }
    };
    case(
        cases,
        "is_ascii_alphabetic",
        of_char(B::CharIsAsciiAlphabetic),
        rows! { {"c": "Z"} => true; {"c": "é"} => false; {"c": "["} => false; {"c": "_"} => false; {"c": "5"} => false; },
    );
    case(
        cases,
        "is_ascii_alphanumeric",
        of_char(B::CharIsAsciiAlphanumeric),
        rows! { {"c": "Z"} => true; {"c": "5"} => true; {"c": "😀"} => false; {"c": " "} => false; },
    );
}

fn floats(cases: &mut Vec<Case>) {
    let float = |b: &mut Build| b.ty(TypeDef::Float(FloatType::F64));
    case(
        cases,
        "powi(2)",
        move |b| {
            let (ty, two) = (float(b), b.number(I::I32, 2));
            let x = var(b, "x", ty);
            method(ty, B::FloatPowi, vec![x, two])
        },
        rows! { {"x": 1.1} => 1.2100000000000002; {"x": -3.0} => 9; {"x": 1e200} => fails; },
    );
    case(
        cases,
        "powi(3)",
        move |b| {
            let (ty, three) = (float(b), b.number(I::I32, 3));
            let x = var(b, "x", ty);
            method(ty, B::FloatPowi, vec![x, three])
        },
        rows! { {"x": 1.1} => 1.3310000000000004; {"x": -2.0} => (-8); },
    );
    case(
        cases,
        "f64::max",
        move |b| {
            let ty = float(b);
            let args = vec![var(b, "x", ty), var(b, "y", ty)];
            method(ty, B::FloatMax, args)
        },
        rows! { {"x": 1.5, "y": -2.5} => 1.5; {"x": 1.5, "y": 2.5} => 2.5; },
    );
    case(
        cases,
        "f64::clamp",
        move |b| {
            let ty = float(b);
            let args = ["x", "y", "z"].map(|name| var(b, name, ty)).into();
            method(ty, B::FloatClamp, args)
        },
        rows! { {"x": 5.5, "y": 0.5, "z": 1.5} => 1.5; {"x": -5.5, "y": 0.5, "z": 1.5} => 0.5; {"x": 1.0, "y": 2.0, "z": 1.0} => fails; },
    );
}

fn options(cases: &mut Vec<Case>) {
    case(
        cases,
        "then",
        |b| {
            let (boolean, int) = (b.bool(), b.int(I::I32));
            let (flag, n, ten) = (var(b, "flag", boolean), var(b, "n", int), b.number(I::I32, 10));
            let ratio = b.binary(Op::Div, ten, n);
            let ty = b.option(int);
            method(ty, B::BoolThen, vec![flag, constant(ratio)])
        },
        rows! { {"flag": true, "n": 3} => 3; {"flag": false, "n": 0} => null; {"flag": true, "n": 0} => fails; },
    );
    for (name, builtin) in [("unwrap_or_else", B::OptionUnwrapOrElse), ("or_else", B::OptionOrElse)] {
        case(
            cases,
            name,
            move |b| {
                let (o, nine) = (option(b), b.number(I::I32, 9));
                let ty = if builtin == B::OptionOrElse { o.ty } else { nine.ty };
                let other = if builtin == B::OptionOrElse { construct(ty, "Some", vec![("0", nine)]) } else { nine };
                method(ty, builtin, vec![o, constant(other)])
            },
            rows! { {"o": 1} => 1; {"o": null} => 9; {"o": 0} => 0; },
        );
    }
    case(
        cases,
        "map_or_else",
        |b| {
            let (o, nine, closure) = (option(b), b.number(I::I32, 9), increment(b));
            method(nine.ty, B::OptionMapOrElse, vec![o, constant(nine), closure])
        },
        rows! { {"o": 1} => 2; {"o": null} => 9; },
    );
    case(
        cases,
        "and_then",
        |b| {
            let o = option(b);
            let int = b.int(I::I32);
            let x = b.var("x", int);
            let (read, zero) = (b.read(x), b.number(I::I32, 0));
            let test = b.binary(Op::Gt, read, zero);
            let some = construct(o.ty, "Some", vec![("0", b.read(x))]);
            let none = construct(o.ty, "None", vec![]);
            let body = expr(o.ty, ExprKind::If(test, some, none));
            method(o.ty, B::OptionAndThen, vec![o, lambda(vec![bind(x)], body)])
        },
        rows! { {"o": 1} => 1; {"o": null} => null; {"o": -1} => null; },
    );
    case(
        cases,
        "and",
        |b| {
            let o = option(b);
            let other = var(b, "other", o.ty);
            method(o.ty, B::OptionAnd, vec![o, other])
        },
        rows! { {"o": 1, "other": 2} => 2; {"o": null, "other": 2} => null; {"o": 0, "other": null} => null; },
    );
    case(
        cases,
        "flatten an option",
        |b| {
            let o = option(b);
            let nested = b.option(o.ty);
            let outer = var(b, "oo", nested);
            method(o.ty, B::OptionFlatten, vec![outer])
        },
        rows! { {"oo": 1} => 1; {"oo": null} => null; },
    );
    case(
        cases,
        "ok_or_else",
        |b| {
            let (o, error) = (option(b), b.text("none"));
            let int = b.int(I::I32);
            let ty = b.ty(TypeDef::Result(int, error.ty));
            method(ty, B::OptionOkOrElse, vec![o, constant(error)])
        },
        rows! { {"o": 1} => {"Ok": 1}; {"o": null} => {"Err": "none"}; },
    );
}

fn results(cases: &mut Vec<Case>) {
    case(
        cases,
        "map a result",
        |b| {
            let (r, closure) = (result(b), increment(b));
            method(r.ty, B::ResultMap, vec![r, closure])
        },
        rows! { {"r": {"Ok": 1}} => {"Ok": 2}; {"r": {"Err": "x"}} => {"Err": "x"}; },
    );
    case(
        cases,
        "map_or of a result",
        |b| {
            let (r, nine, closure) = (result(b), b.number(I::I32, 9), increment(b));
            method(nine.ty, B::ResultMapOr, vec![r, nine, closure])
        },
        rows! { {"r": {"Ok": 1}} => 2; {"r": {"Err": "x"}} => 9; },
    );
    case(
        cases,
        "and_then of a result",
        |b| {
            let r = result(b);
            let int = b.int(I::I32);
            let x = b.var("x", int);
            let error = method(r.ty, B::Into, vec![construct(r.ty, "Err", vec![("0", b.text("no"))])]);
            let same = construct(r.ty, "Ok", vec![("0", b.read(x))]);
            let (read, zero) = (b.read(x), b.number(I::I32, 0));
            let test = b.binary(Op::Gt, read, zero);
            let body = expr(r.ty, ExprKind::If(test, same, error));
            method(r.ty, B::ResultAndThen, vec![r, lambda(vec![bind(x)], body)])
        },
        rows! { {"r": {"Ok": 1}} => {"Ok": 1}; {"r": {"Ok": 0}} => {"Err": "no"}; {"r": {"Err": "x"}} => {"Err": "x"}; },
    );
    case(
        cases,
        "unwrap_or of a result",
        |b| {
            let (r, nine) = (result(b), b.number(I::I32, 9));
            method(nine.ty, B::ResultUnwrapOr, vec![r, nine])
        },
        rows! { {"r": {"Ok": 1}} => 1; {"r": {"Err": "x"}} => 9; },
    );
    case(
        cases,
        "unwrap_or_else of a result",
        |b| {
            let r = result(b);
            let (string, int) = (b.string(), b.int(I::I32));
            let e = b.var("e", string);
            let read = b.read(e);
            let iter = b.iter(string);
            let count = method(int, B::IterCount, vec![method(iter, B::StrChars, vec![read])]);
            method(int, B::ResultUnwrapOrElse, vec![r, lambda(vec![bind(e)], count)])
        },
        rows! { {"r": {"Ok": 1}} => 1; {"r": {"Err": "x😀"}} => 2; },
    );
}

fn made(cases: &mut Vec<Case>) {
    case(
        cases,
        "find_map to arrays",
        |b| {
            let int = b.int(I::I32);
            let ints = b.vec(int);
            let optional = b.option(ints);
            let iter = b.iter(ints);
            let xs = var(b, "xs", iter);
            let x = b.var("x", ints);
            let boolean = b.bool();
            let empty = method(boolean, B::VecIsEmpty, vec![b.read(x)]);
            let some = construct(optional, "Some", vec![("0", method(ints, B::VecIter, vec![b.read(x)]))]);
            let none = construct(optional, "None", vec![]);
            let body = expr(optional, ExprKind::If(empty, none, some));
            method(optional, B::IterFindMap, vec![xs, lambda(vec![bind(x)], body)])
        },
        rows! { {"xs": [[], [1, 2], [3]]} => [1, 2]; {"xs": [[5]]} => [5]; {"xs": [[]]} => null; {"xs": []} => null; },
    );
    case(
        cases,
        "empty values",
        |b| {
            let (string, int) = (b.string(), b.int(I::I32));
            let (ints, map, boolean) = (b.vec(int), b.ty(TypeDef::Map(int)), b.bool());
            let truth = expr(boolean, ExprKind::Literal(Literal::Bool(true)));
            let literal = b.text("x");
            let items = vec![
                method(string, B::StringNew, vec![]),
                method(string, B::StringFrom, vec![literal]),
                method(ints, B::VecNew, vec![]),
                method(map, B::MapNew, vec![]),
                method(ints, B::Default, vec![]),
                method(int, B::Default, vec![]),
                method(boolean, B::Default, vec![]),
                truth,
            ];
            let ty = b.ty(TypeDef::Tuple(items.iter().map(|item| item.ty).collect()));
            expr(ty, ExprKind::Tuple(items))
        },
        vec![super::row(serde_json::json!({}), Some(serde_json::json!(["", "x", [], {}, [], 0, false, true])))],
    );
}
