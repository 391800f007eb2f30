//! Vectors and maps.

use durafn_ir::{BinaryOp as Op, Builtin as B, ExprKind, IntType as I, Place, TypeDef, TypeId};
use serde_json::{Value, json};

use super::{Case, Row, case, row, rows};
use crate::build::{Build, E, bind, expr, lambda, method};

/// Vectors of nothing, one, several, and of the values that JSONata merges, drops or unwraps.
pub(super) fn samples() -> Vec<Value> {
    vec![
        json!([]),
        json!([1]),
        json!([1, 2, 3]),
        json!([[1]]),
        json!([[1, 2], [3]]),
        json!([[]]),
        json!([[], []]),
        json!([[[]]]),
        json!([[[1, 2]]]),
        json!(["a"]),
        json!([false]),
        json!([0, false]),
        json!([{"a": [1]}]),
        json!([{}]),
    ]
}

/// Rows over samples.
pub(super) fn over(samples: &[Value], expected: impl Fn(&[Value]) -> Option<Value>) -> Vec<Row> {
    let rows = samples.iter().filter_map(|sample| Some((sample, sample.as_array()?)));
    rows.map(|(sample, items)| row(json!({"xs": sample, "x": [7], "n": 1}), expected(items))).collect()
}

fn anything(b: &mut Build) -> TypeId {
    b.ty(TypeDef::Opaque("Any".to_owned()))
}

/// Items that are arrays or not, but never null.
fn nested(b: &mut Build) -> TypeId {
    let inner = b.int(I::U32);
    let array = b.vec(inner);
    let number =
        crate::build::variant("Number", durafn_ir::Fields::Newtype(Box::new(crate::build::field_def("0", inner))));
    let list = crate::build::variant("List", durafn_ir::Fields::Newtype(Box::new(crate::build::field_def("0", array))));
    b.enumeration("Nested", durafn_ir::Tagging::Untagged, vec![number, list], false)
}

fn vector(b: &mut Build, item: TypeId) -> E {
    let ty = b.vec(item);
    let var = b.var("xs", ty);
    b.read(var)
}

fn usize_var(b: &mut Build, name: &str) -> E {
    let ty = b.int(I::Usize);
    let var = b.var(name, ty);
    b.read(var)
}

/// A method of `xs` that takes nothing else.
fn plain(builtin: B) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let item = nested(b);
        let xs = vector(b, item);
        let ty = match builtin {
            B::VecLen => b.int(I::Usize),
            B::VecIsEmpty => b.bool(),
            B::VecFirst | B::VecLast => b.option(item),
            _ => xs.ty,
        };
        method(ty, builtin, vec![xs])
    }
}

/// A method of `xs` that takes `n`.
fn at_n(builtin: B) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let item = nested(b);
        let (xs, n) = (vector(b, item), usize_var(b, "n"));
        let ty = if builtin == B::VecGet { b.option(item) } else { xs.ty };
        method(ty, builtin, vec![xs, n])
    }
}

pub(super) fn add(cases: &mut Vec<Case>) {
    reading(cases);
    changing(cases);
    writing_out(cases);
    sorting(cases);
    maps(cases);
}

fn reading(cases: &mut Vec<Case>) {
    let samples = samples();
    case(cases, "len", plain(B::VecLen), over(&samples, |items| Some(json!(items.len()))));
    case(cases, "is_empty of a vector", plain(B::VecIsEmpty), over(&samples, |items| Some(json!(items.is_empty()))));
    case(cases, "first", plain(B::VecFirst), over(&samples, |items| Some(json!(items.first()))));
    case(cases, "last", plain(B::VecLast), over(&samples, |items| Some(json!(items.last()))));
    case(cases, "get", at_n(B::VecGet), over(&samples, |items| Some(json!(items.get(1)))));
    case(
        cases,
        "xs[n]",
        |b| {
            let item = anything(b);
            let (xs, n) = (vector(b, item), usize_var(b, "n"));
            expr(item, ExprKind::Index(xs, n))
        },
        over(&samples, |items| items.get(1).cloned()),
    );
    case(
        cases,
        "xs[n][0]",
        |b| {
            let item = b.int(I::U32);
            let items = b.vec(item);
            let (xs, n, zero) = (vector(b, items), usize_var(b, "n"), b.number(I::Usize, 0));
            let inner = expr(items, ExprKind::Index(xs, n));
            expr(item, ExprKind::Index(inner, zero))
        },
        rows! {
            {"xs": [[1, 2], [3, 4]], "n": 1} => 3; {"xs": [[1, 2]], "n": 0} => 1; {"xs": [[], [5]], "n": 1} => 5; {"xs": [[]], "n": 0} => fails;
            {"xs": [[1]], "n": 1} => fails;
        },
    );
    case(
        cases,
        "contains an array",
        |b| {
            let item = b.int(I::U32);
            let items = b.vec(item);
            let xs = vector(b, items);
            let x = b.var("x", items);
            let ty = b.bool();
            method(ty, B::VecContains, vec![xs, b.read(x)])
        },
        rows! {
            {"xs": [[7]], "x": [7]} => true; {"xs": [7], "x": [7]} => false; {"xs": [], "x": []} => false; {"xs": [[]], "x": []} => true;
            {"xs": [[1], [7]], "x": [7]} => true;
        },
    );
    case(
        cases,
        "contains a number",
        |b| {
            let item = b.int(I::U32);
            let xs = vector(b, item);
            let x = b.var("x", item);
            let ty = b.bool();
            method(ty, B::VecContains, vec![xs, b.read(x)])
        },
        rows! { {"xs": [1, 7], "x": 7} => true; {"xs": [], "x": 7} => false; {"xs": [0], "x": 0} => true; {"xs": [1], "x": 0} => false; },
    );
    case(
        cases,
        "contains a struct",
        |b| {
            let int = b.int(I::U32);
            let item = b.structure("P", vec![crate::build::field_def("a", int)]);
            let xs = vector(b, item);
            let x = b.var("x", item);
            let ty = b.bool();
            method(ty, B::VecContains, vec![xs, b.read(x)])
        },
        rows! { {"xs": [{"a": 1}], "x": {"a": 1}} => true; {"xs": [{"a": 2}, {"a": 3}], "x": {"a": 1}} => false; },
    );
    case(
        cases,
        "join",
        |b| {
            let item = b.string();
            let (xs, sep) = (vector(b, item), b.text(", "));
            method(item, B::VecJoin, vec![xs, sep])
        },
        rows! { {"xs": []} => ""; {"xs": ["a"]} => "a"; {"xs": ["a", "", "b"]} => "a, , b"; },
    );
    case(
        cases,
        "concat",
        |b| {
            let item = b.int(I::U32);
            let items = b.vec(item);
            let xs = vector(b, items);
            method(items, B::VecConcat, vec![xs])
        },
        rows! { {"xs": []} => []; {"xs": [[1]]} => [1]; {"xs": [[], [1, 2], [3]]} => [1, 2, 3]; {"xs": [[]]} => []; },
    );
}

fn changing(cases: &mut Vec<Case>) {
    let samples = samples();
    case(
        cases,
        "push",
        |b| {
            let item = nested(b);
            let xs = vector(b, item);
            let x = b.var("x", item);
            method(xs.ty, B::VecPush, vec![xs, b.read(x)])
        },
        over(&samples, |items| Some(json!([items, &[json!([7])][..]].concat()))),
    );
    case(
        cases,
        "push a number",
        |b| {
            let item = b.int(I::U32);
            let (xs, one) = (vector(b, item), b.number(I::U32, 1));
            method(xs.ty, B::VecPush, vec![xs, one])
        },
        rows! { {"xs": []} => [1]; {"xs": [2]} => [2, 1]; },
    );
    case(
        cases,
        "extend",
        |b| {
            let item = nested(b);
            let xs = vector(b, item);
            let other = b.var("x", xs.ty);
            method(xs.ty, B::VecExtend, vec![xs, b.read(other)])
        },
        over(&samples, |items| Some(json!([items, &[json!(7)][..]].concat()))),
    );
    case(
        cases,
        "insert",
        |b| {
            let item = nested(b);
            let (xs, n) = (vector(b, item), usize_var(b, "n"));
            let x = b.var("x", item);
            method(xs.ty, B::VecInsert, vec![xs, n, b.read(x)])
        },
        over(&samples, |items| {
            let mut items = items.to_vec();
            if items.is_empty() {
                return None;
            }
            items.insert(1, json!([7]));
            Some(json!(items))
        }),
    );
    case(cases, "pop", plain(B::VecPop), over(&samples, |items| Some(json!(items[..items.len().saturating_sub(1)]))));
    case(
        cases,
        "remove",
        at_n(B::VecRemove),
        over(&samples, |items| {
            let mut items = items.to_vec();
            (items.len() > 1).then(|| {
                items.remove(1);
                json!(items)
            })
        }),
    );
    case(cases, "truncate", at_n(B::VecTruncate), over(&samples, |items| Some(json!(items[..items.len().min(1)]))));
    case(cases, "clear", plain(B::VecClear), over(&samples, |_| Some(json!([]))));
    case(cases, "reverse", plain(B::VecReverse), over(&samples, |items| Some(items.iter().rev().cloned().collect())));
    case(
        cases,
        "xs[n] = x",
        |b| {
            let item = nested(b);
            let (xs, n) = (vector(b, item), usize_var(b, "n"));
            let x = b.var("x", item);
            let value = b.read(x);
            expr(xs.ty, ExprKind::With { base: xs, place: Place::Index(n), value })
        },
        over(&samples, |items| {
            let mut items = items.to_vec();
            *items.get_mut(1)? = json!([7]);
            Some(json!(items))
        }),
    );
}

fn writing_out(cases: &mut Vec<Case>) {
    let samples = samples();
    case(
        cases,
        "vec![xs, xs]",
        |b| {
            let item = nested(b);
            let xs = vector(b, item);
            let ty = b.vec(xs.ty);
            expr(ty, ExprKind::Array(vec![xs.clone(), xs]))
        },
        over(&samples, |items| Some(json!([items, items]))),
    );
    case(
        cases,
        "vec![first of anything]",
        |b| {
            let item = anything(b);
            let x = b.var("v", item);
            let ty = b.vec(item);
            expr(ty, ExprKind::Array(vec![b.read(x)]))
        },
        rows! {
            {"v": null} => [null]; {"v": []} => [[]]; {"v": [1]} => [[1]]; {"v": [1, 2]} => [[1, 2]]; {"v": 0} => [0]; {"v": [[]]} => [[[]]];
            {"v": "s"} => ["s"]; {"v": false} => [false];
        },
    );
    case(
        cases,
        "(xs, 1)",
        |b| {
            let item = nested(b);
            let (xs, one) = (vector(b, item), b.number(I::U8, 1));
            let ty = b.ty(TypeDef::Tuple(vec![xs.ty, one.ty]));
            expr(ty, ExprKind::Tuple(vec![xs, one]))
        },
        over(&samples, |items| Some(json!([items, 1]))),
    );
    case(
        cases,
        "vec![xs; n]",
        |b| {
            let item = nested(b);
            let (xs, n) = (vector(b, item), usize_var(b, "times"));
            let ty = b.vec(xs.ty);
            expr(ty, ExprKind::Repeat(xs, n))
        },
        rows! {
            {"xs": [1], "times": 0} => []; {"xs": [1], "times": 1} => [[1]]; {"xs": [], "times": 2} => [[], []]; {"xs": [[1]], "times": 1} => [[[1]]];
        },
    );
    case(
        cases,
        "xs == ys",
        |b| {
            let item = nested(b);
            let xs = vector(b, item);
            let ys = b.var("ys", xs.ty);
            let ys = b.read(ys);
            b.binary(Op::Eq, xs, ys)
        },
        rows! {
            {"xs": [], "ys": []} => true; {"xs": [1], "ys": [1]} => true; {"xs": [1], "ys": [1, 1]} => false; {"xs": [[1]], "ys": [1]} => false;
            {"xs": [[]], "ys": []} => false; {"xs": [1, 2], "ys": [2, 1]} => false;
        },
    );
}

fn sorting(cases: &mut Vec<Case>) {
    let ints = |builtin: B| {
        move |b: &mut Build| {
            let item = b.int(I::I32);
            let xs = vector(b, item);
            method(xs.ty, builtin, vec![xs])
        }
    };
    case(
        cases,
        "sort",
        ints(B::VecSort),
        rows! {
            {"xs": [3, -1, 2, 2]} => [-1, 2, 2, 3]; {"xs": []} => []; {"xs": [5]} => [5]; {"xs": [10, 9, 100]} => [9, 10, 100];
        },
    );
    case(
        cases,
        "sort strings",
        |b| {
            let item = b.string();
            let xs = vector(b, item);
            method(xs.ty, B::VecSort, vec![xs])
        },
        rows! { {"xs": ["😀", "\u{ffee}", "a", ""]} => ["", "a", "\u{ffee}", "😀"]; {"xs": []} => []; {"xs": ["x"]} => ["x"]; },
    );
    case(
        cases,
        "sort_by_key is stable",
        |b| {
            let (string, int) = (b.string(), b.int(I::I32));
            let pair = b.ty(TypeDef::Tuple(vec![int, string]));
            let xs = vector(b, pair);
            let x = b.var("x", pair);
            let key = b.field(b.read(x), "0");
            method(xs.ty, B::VecSortByKey, vec![xs, lambda(vec![bind(x)], key)])
        },
        rows! {
            {"xs": [[2, "a"], [1, "b"], [2, "c"], [1, "d"], [1, "e"]]} => [[1, "b"], [1, "d"], [1, "e"], [2, "a"], [2, "c"]];
            {"xs": []} => []; {"xs": [[1, "a"]]} => [[1, "a"]];
        },
    );
}

fn map_method(builtin: B, args: &'static [&'static str]) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let item = nested(b);
        let map = b.ty(TypeDef::Map(item));
        let m = b.var("m", map);
        let string = b.string();
        let mut given = vec![b.read(m)];
        for arg in args {
            let ty = if *arg == "k" { string } else { item };
            let var = b.var(arg, ty);
            given.push(b.read(var));
        }
        let ty = match builtin {
            B::MapLen => b.int(I::Usize),
            B::MapIsEmpty | B::MapContainsKey => b.bool(),
            B::MapGet => b.option(item),
            B::MapKeys => b.iter(string),
            B::MapValues => b.iter(item),
            B::MapIter => {
                let pair = b.ty(TypeDef::Tuple(vec![string, item]));
                b.iter(pair)
            }
            _ => map,
        };
        method(ty, builtin, given)
    }
}

fn maps(cases: &mut Vec<Case>) {
    case(
        cases,
        "map len",
        map_method(B::MapLen, &[]),
        rows! { {"m": {}} => 0; {"m": {"a": 1}} => 1; {"m": {"a": 1, "b": [2]}} => 2; },
    );
    case(cases, "map is_empty", map_method(B::MapIsEmpty, &[]), rows! { {"m": {}} => true; {"m": {"a": 1}} => false; });
    case(
        cases,
        "map get",
        map_method(B::MapGet, &["k"]),
        rows! {
            {"m": {"a": [1]}, "k": "a"} => [1]; {"m": {"a": 1}, "k": "b"} => null; {"m": {}, "k": ""} => null; {"m": {"a b": []}, "k": "a b"} => [];
        },
    );
    case(
        cases,
        "map contains_key",
        map_method(B::MapContainsKey, &["k"]),
        rows! {
            {"m": {"a": [1]}, "k": "a"} => true; {"m": {"a": 0}, "k": "b"} => false; {"m": {}, "k": "a"} => false; {"m": {"a": []}, "k": "a"} => true;
        },
    );
    case(
        cases,
        "map insert",
        map_method(B::MapInsert, &["k", "v"]),
        rows! {
            {"m": {}, "k": "a", "v": [1]} => {"a": [1]}; {"m": {"a": 2, "b": 3}, "k": "a", "v": []} => {"a": [], "b": 3};
        },
    );
    case(
        cases,
        "map remove",
        map_method(B::MapRemove, &["k"]),
        rows! {
            {"m": {"a": 1}, "k": "a"} => {}; {"m": {"a": 1, "b": [2]}, "k": "a"} => {"b": [2]}; {"m": {}, "k": "a"} => {}; {"m": {"b": 1}, "k": "a"} => {"b": 1};
        },
    );
    case(
        cases,
        "map keys",
        map_method(B::MapKeys, &[]),
        rows! {
            {"m": {}} => []; {"m": {"a": 1}} => ["a"]; {"m": {"b": 1, "a": 2, "😀": 3, "\u{ffee}": 4}} => ["a", "b", "\u{ffee}", "😀"];
        },
    );
    case(
        cases,
        "map values",
        map_method(B::MapValues, &[]),
        rows! {
            {"m": {}} => []; {"m": {"a": [1]}} => [[1]]; {"m": {"b": 1, "a": [2, 3]}} => [[2, 3], 1]; {"m": {"a": 5}} => [5];
        },
    );
    case(
        cases,
        "map iter",
        map_method(B::MapIter, &[]),
        rows! {
            {"m": {}} => []; {"m": {"a": [1]}} => [["a", [1]]]; {"m": {"b": 1, "a": [2, 3]}} => [["a", [2, 3]], ["b", 1]];
        },
    );
    case(
        cases,
        "map[k]",
        |b| {
            let item = b.int(I::U32);
            let map = b.ty(TypeDef::Map(item));
            let (m, k) = (b.var("m", map), b.text("a"));
            expr(item, ExprKind::Index(b.read(m), k))
        },
        rows! { {"m": {"a": 1}} => 1; {"m": {}} => fails; },
    );
}
