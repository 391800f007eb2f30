//! Iterators.

use durafn_ir::{BinaryOp as Op, Builtin as B, ExprKind, IntType as I, Pattern, TypeDef, TypeId};
use serde_json::json;

use super::{
    Case, case, rows,
    vectors::{over, samples},
};
use crate::build::{Build, E, bind, construct, expr, field_def, lambda, method};

fn numbers(b: &mut Build) -> (E, TypeId) {
    let item = b.int(I::I32);
    let ty = b.iter(item);
    let var = b.var("xs", ty);
    (b.read(var), item)
}

fn nested(b: &mut Build) -> (E, TypeId) {
    let inner = b.int(I::U32);
    let item = b.vec(inner);
    let ty = b.iter(item);
    let var = b.var("xs", ty);
    (b.read(var), item)
}

/// Items of which some are arrays.
fn mixed(b: &mut Build) -> (E, TypeId) {
    let inner = b.int(I::U32);
    let array = b.vec(inner);
    let number = crate::build::variant("Number", durafn_ir::Fields::Newtype(Box::new(field_def("0", inner))));
    let list = crate::build::variant("List", durafn_ir::Fields::Newtype(Box::new(field_def("0", array))));
    let item = b.enumeration("Mixed", durafn_ir::Tagging::Untagged, vec![number, list], false);
    let ty = b.iter(item);
    let var = b.var("xs", ty);
    (b.read(var), item)
}

fn above(b: &mut Build, item: TypeId, limit: i128) -> E {
    let x = b.var("x", item);
    let (read, limit) = (b.read(x), b.number(I::I32, limit));
    let test = b.binary(Op::Gt, read, limit);
    lambda(vec![bind(x)], test)
}

/// A method of `xs` with a closure `x > 1`.
fn with_test(builtin: B) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (xs, item) = numbers(b);
        let test = above(b, item, 1);
        let ty = match builtin {
            B::IterAny | B::IterAll => b.bool(),
            B::IterFind => b.option(item),
            B::IterPosition => {
                let position = b.int(I::Usize);
                b.option(position)
            }
            _ => xs.ty,
        };
        method(ty, builtin, vec![xs, test])
    }
}

fn counted(builtin: B) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (xs, item) = mixed(b);
        let n = b.int(I::Usize);
        let n = b.var("n", n);
        let ty = if builtin == B::IterNth { b.option(item) } else { xs.ty };
        method(ty, builtin, vec![xs, b.read(n)])
    }
}

fn summed(builtin: B, int: I) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let item = b.int(int);
        let ty = b.iter(item);
        let xs = b.var("xs", ty);
        let ty = match builtin {
            B::IterMin | B::IterMax => b.option(item),
            _ => item,
        };
        method(ty, builtin, vec![b.read(xs)])
    }
}

pub(super) fn add(cases: &mut Vec<Case>) {
    mapping(cases);
    searching(cases);
    cutting(cases);
    summing(cases);
    collecting(cases);
}

fn mapping(cases: &mut Vec<Case>) {
    let samples = samples();
    case(
        cases,
        "map to itself",
        |b| {
            let (xs, item) = mixed(b);
            let x = b.var("x", item);
            let body = lambda(vec![bind(x)], b.read(x));
            method(xs.ty, B::IterMap, vec![xs, body])
        },
        over(&samples, |items| Some(json!(items))),
    );
    case(
        cases,
        "map to arrays",
        |b| {
            let (xs, item) = mixed(b);
            let x = b.var("x", item);
            let array = b.vec(item);
            let body = expr(array, ExprKind::Array(vec![b.read(x)]));
            let ty = b.iter(array);
            method(ty, B::IterMap, vec![xs, lambda(vec![bind(x)], body)])
        },
        over(&samples, |items| Some(items.iter().map(|item| json!([item])).collect())),
    );
    case(
        cases,
        "map to options",
        |b| {
            let (xs, item) = numbers(b);
            let test = above(b, item, 1);
            let option = b.option(item);
            let ExprKind::Lambda(params, test) = *test.kind else { return xs };
            let Some(Pattern::Bind(x, _)) = params.first() else { return xs };
            let some = construct(option, "Some", vec![("0", b.read(*x))]);
            let none = construct(option, "None", vec![]);
            let ty = b.iter(option);
            let body = expr(option, ExprKind::If(test, some, none));
            method(ty, B::IterMap, vec![xs, lambda(params, body)])
        },
        rows! { {"xs": [1, 2]} => [null, 2]; {"xs": [1]} => [null]; {"xs": []} => []; },
    );
    case(
        cases,
        "map to a field that is an array",
        |b| {
            let int = b.int(I::U32);
            let ints = b.vec(int);
            let item = b.structure("S", vec![field_def("a", ints)]);
            let iter = b.iter(item);
            let xs = b.var("xs", iter);
            let x = b.var("x", item);
            let body = b.field(b.read(x), "a");
            let ty = b.iter(ints);
            method(ty, B::IterMap, vec![b.read(xs), lambda(vec![bind(x)], body)])
        },
        rows! { {"xs": [{"a": [1]}]} => [[1]]; {"xs": [{"a": []}]} => [[]]; {"xs": []} => []; {"xs": [{"a": [1, 2]}, {"a": [3]}]} => [[1, 2], [3]]; },
    );
    case(
        cases,
        "filter",
        with_test(B::IterFilter),
        rows! { {"xs": [1, 2, 3]} => [2, 3]; {"xs": [2]} => [2]; {"xs": [0]} => []; {"xs": []} => []; },
    );
    case(
        cases,
        "filter arrays",
        |b| {
            let (xs, item) = nested(b);
            let x = b.var("x", item);
            let boolean = b.bool();
            let empty = method(boolean, B::VecIsEmpty, vec![b.read(x)]);
            let body = expr(boolean, ExprKind::Unary(durafn_ir::UnaryOp::Not, empty));
            method(xs.ty, B::IterFilter, vec![xs, lambda(vec![bind(x)], body)])
        },
        rows! { {"xs": [[], [1]]} => [[1]]; {"xs": [[]]} => []; {"xs": [[1], [2, 3]]} => [[1], [2, 3]]; },
    );
    case(
        cases,
        "filter arrays, count",
        |b| {
            let (xs, item) = nested(b);
            let x = b.var("x", item);
            let boolean = b.bool();
            let test = method(boolean, B::VecIsEmpty, vec![b.read(x)]);
            let kept = method(xs.ty, B::IterFilter, vec![xs, lambda(vec![bind(x)], test)]);
            let ty = b.int(I::Usize);
            method(ty, B::IterCount, vec![kept])
        },
        rows! { {"xs": [[], [1]]} => 1; {"xs": [[]]} => 1; {"xs": [[], []]} => 2; {"xs": [[1]]} => 0; {"xs": []} => 0; },
    );
    case(
        cases,
        "filter_map",
        |b| {
            let (xs, item) = numbers(b);
            let test = above(b, item, 1);
            let option = b.option(item);
            let ExprKind::Lambda(params, test) = *test.kind else { return xs };
            let Some(Pattern::Bind(x, _)) = params.first() else { return xs };
            let some = construct(option, "Some", vec![("0", b.read(*x))]);
            let none = construct(option, "None", vec![]);
            let body = expr(option, ExprKind::If(test, some, none));
            method(xs.ty, B::IterFilterMap, vec![xs, lambda(params, body)])
        },
        rows! { {"xs": [1, 2, 3]} => [2, 3]; {"xs": [1]} => []; {"xs": []} => []; {"xs": [2]} => [2]; },
    );
    case(
        cases,
        "filter_map of an optional field",
        |b| {
            let int = b.int(I::U32);
            let option = b.option(int);
            let item = b.structure("S", vec![field_def("a", option)]);
            let (iter, out) = (b.iter(item), b.iter(int));
            let xs = b.var("xs", iter);
            let x = b.var("x", item);
            let body = b.field(b.read(x), "a");
            method(out, B::IterFilterMap, vec![b.read(xs), lambda(vec![bind(x)], body)])
        },
        rows! { {"xs": [{"a": 1}, {"a": null}, {}]} => [1]; {"xs": [{}]} => []; {"xs": []} => []; },
    );
    case(
        cases,
        "flat_map",
        |b| {
            let (xs, item) = nested(b);
            let x = b.var("x", item);
            let inner = b.int(I::U32);
            let ty = b.iter(inner);
            method(ty, B::IterFlatMap, vec![xs, lambda(vec![bind(x)], b.read(x))])
        },
        rows! { {"xs": [[1], [2, 3]]} => [1, 2, 3]; {"xs": [[]]} => []; {"xs": []} => []; {"xs": [[1]]} => [1]; },
    );
    case(
        cases,
        "flatten options",
        |b| {
            let int = b.int(I::U32);
            let option = b.option(int);
            let (from, ty) = (b.iter(option), b.iter(int));
            let xs = b.var("xs", from);
            method(ty, B::IterFlatten, vec![b.read(xs)])
        },
        rows! { {"xs": [1, null, 2]} => [1, 2]; {"xs": [null]} => []; {"xs": [3]} => [3]; },
    );
    case(
        cases,
        "enumerate",
        |b| {
            let (xs, item) = mixed(b);
            let position = b.int(I::Usize);
            let pair = b.ty(TypeDef::Tuple(vec![position, item]));
            let ty = b.iter(pair);
            method(ty, B::IterEnumerate, vec![xs])
        },
        over(&samples, |items| Some(items.iter().enumerate().map(|pair| json!(pair)).collect())),
    );
    case(
        cases,
        "enumerate, map",
        |b| {
            let (xs, item) = numbers(b);
            let position = b.int(I::I32);
            let pair = b.ty(TypeDef::Tuple(vec![position, item]));
            let pairs = b.iter(pair);
            let (i, x) = (b.var("i", position), b.var("x", item));
            let (left, right) = (b.read(i), b.read(x));
            let body = b.binary(Op::Mul, left, right);
            let pattern = Pattern::Tuple(vec![bind(i), bind(x)]);
            let ty = xs.ty;
            method(ty, B::IterMap, vec![method(pairs, B::IterEnumerate, vec![xs]), lambda(vec![pattern], body)])
        },
        rows! { {"xs": [5, 6, 7]} => [0, 6, 14]; {"xs": [5]} => [0]; {"xs": []} => []; {"xs": [1, 2_147_483_647, 2]} => [0, 2_147_483_647, 4]; },
    );
    case(
        cases,
        "zip",
        |b| {
            let (xs, item) = mixed(b);
            let ys = b.iter(item);
            let ys = b.var("ys", ys);
            let pair = b.ty(TypeDef::Tuple(vec![item, item]));
            let ty = b.iter(pair);
            method(ty, B::IterZip, vec![xs, b.read(ys)])
        },
        rows! {
            {"xs": [1, 2], "ys": [3]} => [[1, 3]]; {"xs": [], "ys": [3]} => []; {"xs": [[1], []], "ys": [[], [2]]} => [[[1], []], [[], [2]]];
        },
    );
    case(
        cases,
        "chain",
        |b| {
            let (xs, _) = mixed(b);
            let ys = b.var("ys", xs.ty);
            let ys = b.read(ys);
            method(xs.ty, B::IterChain, vec![xs, ys])
        },
        rows! { {"xs": [], "ys": []} => []; {"xs": [[1]], "ys": [[]]} => [[1], []]; {"xs": [], "ys": [[2]]} => [[2]]; {"xs": [1], "ys": []} => [1]; },
    );
    case(
        cases,
        "rev",
        |b| {
            let (xs, _) = mixed(b);
            method(xs.ty, B::IterRev, vec![xs])
        },
        over(&samples, |items| Some(items.iter().rev().cloned().collect())),
    );
    case(
        cases,
        "(a..b).map",
        |b| {
            let int = b.int(I::I32);
            let (from, to) = (b.var("a", int), b.var("b", int));
            let ty = b.iter(int);
            let range = expr(ty, ExprKind::Range { from: b.read(from), to: b.read(to), inclusive: false });
            let x = b.var("x", int);
            method(ty, B::IterMap, vec![range, lambda(vec![bind(x)], b.read(x))])
        },
        rows! { {"a": 1, "b": 4} => [1, 2, 3]; {"a": 1, "b": 2} => [1]; {"a": 1, "b": 1} => []; {"a": 3, "b": 0} => []; {"a": -1, "b": 1} => [-1, 0]; },
    );
}

fn searching(cases: &mut Vec<Case>) {
    case(
        cases,
        "any",
        with_test(B::IterAny),
        rows! { {"xs": [1, 2]} => true; {"xs": [1]} => false; {"xs": []} => false; },
    );
    case(
        cases,
        "all",
        with_test(B::IterAll),
        rows! { {"xs": [1, 2]} => false; {"xs": [2]} => true; {"xs": []} => true; },
    );
    case(
        cases,
        "any of what can fail",
        |b| {
            let (xs, item) = numbers(b);
            let x = b.var("x", item);
            let (ten, read, four) = (b.number(I::I32, 10), b.read(x), b.number(I::I32, 4));
            let ratio = b.binary(Op::Div, ten, read);
            let test = b.binary(Op::Gt, ratio, four);
            let ty = b.bool();
            method(ty, B::IterAny, vec![xs, lambda(vec![bind(x)], test)])
        },
        rows! { {"xs": [5, 2, 0]} => true; {"xs": [5, 0, 2]} => fails; {"xs": [5]} => false; {"xs": []} => false; },
    );
    case(
        cases,
        "find",
        with_test(B::IterFind),
        rows! { {"xs": [1, 2, 3]} => 2; {"xs": [1]} => null; {"xs": []} => null; {"xs": [2]} => 2; },
    );
    case(
        cases,
        "find an array",
        |b| {
            let (xs, item) = nested(b);
            let x = b.var("x", item);
            let boolean = b.bool();
            let empty = method(boolean, B::VecIsEmpty, vec![b.read(x)]);
            let test = expr(boolean, ExprKind::Unary(durafn_ir::UnaryOp::Not, empty));
            let ty = b.option(item);
            method(ty, B::IterFind, vec![xs, lambda(vec![bind(x)], test)])
        },
        rows! { {"xs": [[], [1, 2], [3]]} => [1, 2]; {"xs": [[3]]} => [3]; {"xs": [[]]} => null; {"xs": []} => null; },
    );
    case(
        cases,
        "position",
        with_test(B::IterPosition),
        rows! { {"xs": [1, 2, 3]} => 1; {"xs": [5]} => 0; {"xs": [1]} => null; {"xs": []} => null; },
    );
    case(
        cases,
        "next",
        |b| {
            let (xs, item) = mixed(b);
            let ty = b.option(item);
            method(ty, B::IterNext, vec![xs])
        },
        over(&samples(), |items| Some(json!(items.first()))),
    );
    case(
        cases,
        "last item",
        |b| {
            let (xs, item) = mixed(b);
            let ty = b.option(item);
            method(ty, B::IterLast, vec![xs])
        },
        over(&samples(), |items| Some(json!(items.last()))),
    );
    case(cases, "nth", counted(B::IterNth), over(&samples(), |items| Some(json!(items.get(1)))));
}

fn cutting(cases: &mut Vec<Case>) {
    let samples = samples();
    case(cases, "take", counted(B::IterTake), over(&samples, |items| Some(json!(items[..items.len().min(1)]))));
    case(cases, "skip", counted(B::IterSkip), over(&samples, |items| Some(json!(items[items.len().min(1)..]))));
    case(
        cases,
        "step_by",
        counted(B::IterStepBy),
        rows! {
            {"xs": [1, 2, 3, 4, 5], "n": 2} => [1, 3, 5]; {"xs": [[1], 2], "n": 5} => [[1]]; {"xs": [], "n": 1} => []; {"xs": [1], "n": 0} => fails;
        },
    );
    case(
        cases,
        "take_while",
        with_test(B::IterTakeWhile),
        rows! {
            {"xs": [3, 2, 1, 5]} => [3, 2]; {"xs": [1, 5]} => []; {"xs": [5]} => [5]; {"xs": []} => []; {"xs": [5, 6]} => [5, 6];
        },
    );
    case(
        cases,
        "skip_while",
        with_test(B::IterSkipWhile),
        rows! {
            {"xs": [3, 2, 1, 5]} => [1, 5]; {"xs": [1, 5]} => [1, 5]; {"xs": [5]} => []; {"xs": []} => [];
        },
    );
}

fn summing(cases: &mut Vec<Case>) {
    case(
        cases,
        "sum of u8",
        summed(B::IterSum, I::U8),
        rows! { {"xs": [1, 2]} => 3; {"xs": []} => 0; {"xs": [200, 100]} => fails; {"xs": [7]} => 7; },
    );
    case(
        cases,
        "sum of i8",
        summed(B::IterSum, I::I8),
        rows! { {"xs": [100, 27]} => 127; {"xs": [100, 100, -100]} => fails; {"xs": []} => 0; {"xs": [-128]} => (-128); },
    );
    case(
        cases,
        "product of u8",
        summed(B::IterProduct, I::U8),
        rows! { {"xs": [5, 51]} => 255; {"xs": []} => 1; {"xs": [16, 16, 0]} => fails; },
    );
    case(
        cases,
        "min",
        summed(B::IterMin, I::I32),
        rows! { {"xs": [3, -1, 2]} => (-1); {"xs": []} => null; {"xs": [4]} => 4; },
    );
    case(cases, "max", summed(B::IterMax, I::I32), rows! { {"xs": [3, -1, 2]} => 3; {"xs": []} => null; });
    case(
        cases,
        "sum of f64",
        |b| {
            let item = b.ty(TypeDef::Float(durafn_ir::FloatType::F64));
            let ty = b.iter(item);
            let xs = b.var("xs", ty);
            method(item, B::IterSum, vec![b.read(xs)])
        },
        rows! { {"xs": [0.1, 0.2, 0.3]} => 0.6000000000000001; {"xs": [1e16, 1.0, -1e16]} => 0.0; {"xs": []} => 0; },
    );
    for (name, builtin) in [("min_by_key", B::IterMinByKey), ("max_by_key", B::IterMaxByKey)] {
        let expected = if builtin == B::IterMinByKey { "b" } else { "c" };
        case(
            cases,
            name,
            |b| {
                let (string, int) = (b.string(), b.int(I::I32));
                let pair = b.ty(TypeDef::Tuple(vec![int, string]));
                let iter = b.iter(pair);
                let xs = b.var("xs", iter);
                let x = b.var("x", pair);
                let key = b.field(b.read(x), "0");
                let ty = b.option(pair);
                method(ty, builtin, vec![b.read(xs), lambda(vec![bind(x)], key)])
            },
            vec![
                super::row(
                    json!({"xs": [[2, "a"], [1, "b"], [2, "c"], [1, "d"]]}),
                    Some(json!([if expected == "b" { 1 } else { 2 }, expected])),
                ),
                super::row(json!({"xs": []}), Some(json!(null))),
                super::row(json!({"xs": [[1, "x"]]}), Some(json!([1, "x"]))),
            ],
        );
    }
    case(
        cases,
        "fold",
        |b| {
            let (xs, item) = numbers(b);
            let all = b.vec(item);
            let (carried, x) = (b.var("carried", all), b.var("x", item));
            let body = method(all, B::VecPush, vec![b.read(carried), b.read(x)]);
            let start = method(all, B::VecNew, vec![]);
            method(all, B::IterFold, vec![xs, start, lambda(vec![bind(carried), bind(x)], body)])
        },
        rows! { {"xs": [1, 2]} => [1, 2]; {"xs": []} => []; {"xs": [1]} => [1]; },
    );
    case(
        cases,
        "fold an option",
        |b| {
            let (xs, item) = numbers(b);
            let option = b.option(item);
            let (carried, x) = (b.var("carried", option), b.var("x", item));
            let body = construct(option, "Some", vec![("0", b.read(x))]);
            let start = construct(option, "None", vec![]);
            method(option, B::IterFold, vec![xs, start, lambda(vec![bind(carried), bind(x)], body)])
        },
        rows! { {"xs": [1, 2]} => 2; {"xs": []} => null; },
    );
}

fn collecting(cases: &mut Vec<Case>) {
    case(
        cases,
        "collect into a String",
        |b| {
            let string = b.string();
            let iter = b.iter(string);
            let xs = b.var("xs", iter);
            method(string, B::IterCollect, vec![b.read(xs)])
        },
        rows! { {"xs": ["a", "b"]} => "ab"; {"xs": []} => ""; {"xs": ["x"]} => "x"; },
    );
    case(
        cases,
        "collect into a map",
        |b| {
            let (string, int) = (b.string(), b.int(I::U32));
            let ints = b.vec(int);
            let pair = b.ty(TypeDef::Tuple(vec![string, ints]));
            let iter = b.iter(pair);
            let xs = b.var("xs", iter);
            let ty = b.ty(TypeDef::Map(ints));
            method(ty, B::IterCollect, vec![b.read(xs)])
        },
        rows! { {"xs": [["a", [1]], ["b", []], ["a", [2]]]} => {"a": [2], "b": []}; {"xs": []} => {}; {"xs": [["k", [1, 2]]]} => {"k": [1, 2]}; },
    );
    case(
        cases,
        "collect options",
        |b| {
            let int = b.int(I::U32);
            let (option, ints) = (b.option(int), b.vec(int));
            let (iter, ty) = (b.iter(option), b.option(ints));
            let xs = b.var("xs", iter);
            method(ty, B::IterCollect, vec![b.read(xs)])
        },
        rows! { {"xs": [1, 2]} => [1, 2]; {"xs": [1, null]} => null; {"xs": []} => []; {"xs": [null]} => null; {"xs": [5]} => [5]; },
    );
    case(
        cases,
        "collect results",
        |b| {
            let (int, string) = (b.int(I::U32), b.string());
            let ints = b.vec(int);
            let result = b.ty(TypeDef::Result(ints, string));
            let lists = b.vec(ints);
            let (iter, ty) = (b.iter(result), b.ty(TypeDef::Result(lists, string)));
            let xs = b.var("xs", iter);
            method(ty, B::IterCollect, vec![b.read(xs)])
        },
        rows! {
            {"xs": [{"Ok": [1]}]} => {"Ok": [[1]]}; {"xs": []} => {"Ok": []}; {"xs": [{"Ok": [1]}, {"Err": "x"}, {"Err": "y"}]} => {"Err": "x"};
            {"xs": [{"Ok": []}, {"Ok": [2]}]} => {"Ok": [[], [2]]};
        },
    );
}
