//! Vectors, maps and iterators that are rearranged or parted, and what else std's methods make of one value.

use durafn_ir::{BinaryOp as Op, Builtin as B, FieldDef, FloatType, IntType as I, TypeDef, TypeId};

use super::{Case, case, rows};
use crate::build::{Build, E, bind, construct, expr, field_def, lambda, method};

fn variable(b: &mut Build, name: &str, ty: TypeId) -> E {
    let var = b.var(name, ty);
    b.read(var)
}

pub(super) fn add(cases: &mut Vec<Case>) {
    vectors(cases);
    stretches(cases);
    maps(cases);
    iterators(cases);
    numbers(cases);
    held(cases);
    flattened(cases);
    failing_searches(cases);
}

/// A vector of vectors: an item that is an array is where JSONata merges.
fn nested(b: &mut Build) -> E {
    let item = b.int(I::I32);
    let item = b.vec(item);
    let ty = b.vec(item);
    variable(b, "xs", ty)
}

fn on_nested(builtin: B, numbers: &'static [&'static str]) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let xs = nested(b);
        let ty = xs.ty;
        let usize = b.int(I::Usize);
        let numbers: Vec<E> = numbers.iter().map(|name| variable(b, name, usize)).collect();
        method(ty, builtin, std::iter::once(xs).chain(numbers).collect())
    }
}

fn vectors(cases: &mut Vec<Case>) {
    case(
        cases,
        "swap",
        on_nested(B::VecSwap, &["a", "b"]),
        rows! {
            {"xs": [[1], [], [3]], "a": 0, "b": 2} => [[3], [], [1]]; {"xs": [[1]], "a": 0, "b": 0} => [[1]]; {"xs": [[1]], "a": 0, "b": 1} => fails;
            {"xs": [], "a": 0, "b": 0} => fails;
        },
    );
    case(
        cases,
        "swap_remove",
        on_nested(B::VecSwapRemove, &["a"]),
        rows! { {"xs": [[1], [2], [3]], "a": 0} => [[3], [2]]; {"xs": [[1], [2]], "a": 1} => [[1]]; {"xs": [[1]], "a": 0} => []; {"xs": [], "a": 0} => fails; },
    );
    case(
        cases,
        "dedup",
        on_nested(B::VecDedup, &[]),
        rows! { {"xs": [[1], [1], [2], [1]]} => [[1], [2], [1]]; {"xs": [[]]} => [[]]; {"xs": []} => []; {"xs": [[5], [5]]} => [[5]]; },
    );
    case(
        cases,
        "retain",
        |b| {
            let xs = nested(b);
            let (ty, boolean) = (xs.ty, b.bool());
            let item = b.int(I::I32);
            let item = b.vec(item);
            let x = b.var("x", item);
            let empty = method(boolean, B::VecIsEmpty, vec![b.read(x)]);
            method(ty, B::VecRetain, vec![xs, lambda(vec![bind(x)], empty)])
        },
        rows! { {"xs": [[], [1], []]} => [[], []]; {"xs": [[1]]} => []; {"xs": [[]]} => [[]]; },
    );
    case(
        cases,
        "extend_from_slice",
        |b| {
            let xs = nested(b);
            let ty = xs.ty;
            let ys = variable(b, "ys", ty);
            method(ty, B::VecExtendFromSlice, vec![xs, ys])
        },
        rows! { {"xs": [[1]], "ys": [[2]]} => [[1], [2]]; {"xs": [], "ys": [[]]} => [[]]; {"xs": [], "ys": []} => []; },
    );
    for (name, builtin) in [("split_first", B::VecSplitFirst), ("split_last", B::VecSplitLast)] {
        let first = builtin == B::VecSplitFirst;
        let build = move |b: &mut Build| {
            let xs = nested(b);
            let item = b.int(I::I32);
            let item = b.vec(item);
            let pair = b.ty(TypeDef::Tuple(vec![item, xs.ty]));
            let ty = b.option(pair);
            method(ty, builtin, vec![xs])
        };
        let long = if first { serde_json::json!([[1], [[2], []]]) } else { serde_json::json!([[], [[1], [2]]]) };
        let mut rows = rows! { {"xs": [[7]]} => [[7], []]; {"xs": []} => null; };
        rows.push(super::row(serde_json::json!({"xs": [[1], [2], []]}), Some(long)));
        case(cases, name, build, rows);
    }
    case(
        cases,
        "sort_unstable",
        |b| {
            let item = b.int(I::I32);
            let ty = b.vec(item);
            let xs = variable(b, "xs", ty);
            method(ty, B::VecSortUnstable, vec![xs])
        },
        rows! { {"xs": [3, 1, 2]} => [1, 2, 3]; {"xs": []} => []; },
    );
    case(
        cases,
        "sort_unstable_by_key",
        |b| {
            let item = b.int(I::I32);
            let ty = b.vec(item);
            let (xs, x) = (variable(b, "xs", ty), b.var("x", item));
            let key = expr(item, durafn_ir::ExprKind::Unary(durafn_ir::UnaryOp::Neg, b.read(x)));
            method(ty, B::VecSortUnstableByKey, vec![xs, lambda(vec![bind(x)], key)])
        },
        rows! { {"xs": [3, 1, 2]} => [3, 2, 1]; {"xs": [1]} => [1]; },
    );
}

fn stretches(cases: &mut Vec<Case>) {
    let build = |builtin: B| {
        move |b: &mut Build| {
            let item = b.int(I::I32);
            let (vec, usize) = (b.vec(item), b.int(I::Usize));
            let (xs, n, ty) = (variable(b, "xs", vec), variable(b, "n", usize), b.iter(vec));
            method(ty, builtin, vec![xs, n])
        }
    };
    case(
        cases,
        "windows",
        build(B::VecWindows),
        rows! {
            {"xs": [1, 2, 3], "n": 2} => [[1, 2], [2, 3]]; {"xs": [1, 2], "n": 2} => [[1, 2]]; {"xs": [1], "n": 2} => []; {"xs": [1, 2], "n": 1} => [[1], [2]];
            {"xs": [], "n": 1} => []; {"xs": [1], "n": 0} => fails;
        },
    );
    case(
        cases,
        "chunks",
        build(B::VecChunks),
        rows! {
            {"xs": [1, 2, 3], "n": 2} => [[1, 2], [3]]; {"xs": [1, 2], "n": 2} => [[1, 2]]; {"xs": [1], "n": 5} => [[1]]; {"xs": [], "n": 1} => [];
            {"xs": [1], "n": 0} => fails;
        },
    );
}

fn maps(cases: &mut Vec<Case>) {
    let map = |b: &mut Build, name: &str| {
        let item = b.int(I::I32);
        let ty = b.ty(TypeDef::Map(item));
        variable(b, name, ty)
    };
    case(
        cases,
        "clear a map",
        move |b| {
            let m = map(b, "m");
            let ty = m.ty;
            method(ty, B::MapClear, vec![m])
        },
        rows! { {"m": {"a": 1}} => {}; },
    );
    case(
        cases,
        "extend a map",
        move |b| {
            let (m, n) = (map(b, "m"), map(b, "n"));
            let ty = m.ty;
            method(ty, B::MapExtend, vec![m, n])
        },
        rows! { {"m": {"a": 1, "b": 2}, "n": {"b": 3, "c": 4}} => {"a": 1, "b": 3, "c": 4}; {"m": {}, "n": {}} => {}; },
    );
    case(
        cases,
        "extend a map by pairs",
        move |b| {
            let m = map(b, "m");
            let (string, int) = (b.string(), b.int(I::I32));
            let pair = b.ty(TypeDef::Tuple(vec![string, int]));
            let pairs = b.vec(pair);
            let (ty, pairs) = (m.ty, variable(b, "pairs", pairs));
            method(ty, B::MapExtend, vec![m, pairs])
        },
        rows! { {"m": {"a": 1}, "pairs": [["a", 2], ["b", 3]]} => {"a": 2, "b": 3}; {"m": {"a": 1}, "pairs": []} => {"a": 1}; },
    );
    case(
        cases,
        "retain of a map",
        move |b| {
            let m = map(b, "m");
            let (string, int, ty) = (b.string(), b.int(I::I32), m.ty);
            let (k, v) = (b.var("k", string), b.var("v", int));
            let (key, literal) = (b.read(k), b.text("a"));
            let other = b.binary(Op::Ne, key, literal);
            let (value, one) = (b.read(v), b.number(I::I32, 1));
            let large = b.binary(Op::Gt, value, one);
            let test = b.binary(Op::And, other, large);
            method(ty, B::MapRetain, vec![m, lambda(vec![bind(k), bind(v)], test)])
        },
        rows! { {"m": {"a": 5, "b": 2, "c": 1}} => {"b": 2}; {"m": {"a": 5}} => {}; {"m": {}} => {}; },
    );
    for (name, builtin, found) in
        [("first_key_value", B::MapFirstKeyValue, "B"), ("last_key_value", B::MapLastKeyValue, "a")]
    {
        let build = move |b: &mut Build| {
            let m = map(b, "m");
            let (string, int) = (b.string(), b.int(I::I32));
            let pair = b.ty(TypeDef::Tuple(vec![string, int]));
            let ty = b.option(pair);
            method(ty, builtin, vec![m])
        };
        let mut rows = rows! { {"m": {}} => null; {"m": {"x": 9}} => ["x", 9]; };
        rows.push(super::row(serde_json::json!({"m": {"a": 1, "B": 1}}), Some(serde_json::json!([found, 1]))));
        case(cases, name, build, rows);
    }
}

fn iterators(cases: &mut Vec<Case>) {
    let items = |b: &mut Build| {
        let xs = nested(b);
        let item = b.int(I::I32);
        let item = b.vec(item);
        let iter = b.iter(item);
        (method(iter, B::VecIter, vec![xs]), item)
    };
    case(
        cases,
        "reduce",
        move |b| {
            let (xs, item) = items(b);
            let (x, y) = (b.var("x", item), b.var("y", item));
            let body = method(item, B::VecExtend, vec![b.read(x), b.read(y)]);
            let ty = b.option(item);
            method(ty, B::IterReduce, vec![xs, lambda(vec![bind(x), bind(y)], body)])
        },
        rows! { {"xs": [[1], [], [2, 3]]} => [1, 2, 3]; {"xs": [[1]]} => [1]; {"xs": []} => null; {"xs": [[]]} => []; },
    );
    case(
        cases,
        "partition",
        move |b| {
            let (xs, item) = items(b);
            let x = b.var("x", item);
            let boolean = b.bool();
            let empty = method(boolean, B::VecIsEmpty, vec![b.read(x)]);
            let vec = b.vec(item);
            let ty = b.ty(TypeDef::Tuple(vec![vec, vec]));
            method(ty, B::IterPartition, vec![xs, lambda(vec![bind(x)], empty)])
        },
        rows! { {"xs": [[], [1], []]} => [[[], []], [[1]]]; {"xs": [[1]]} => [[], [[1]]]; {"xs": []} => [[], []]; },
    );
    case(
        cases,
        "unzip",
        |b| {
            let int = b.int(I::I32);
            let vec = b.vec(int);
            let pair = b.ty(TypeDef::Tuple(vec![int, vec]));
            let pairs = b.vec(pair);
            let (xs, iter) = (variable(b, "xs", pairs), b.iter(pair));
            let vecs = b.vec(vec);
            let ty = b.ty(TypeDef::Tuple(vec![vec, vecs]));
            method(ty, B::IterUnzip, vec![method(iter, B::VecIter, vec![xs])])
        },
        rows! { {"xs": [[1, [2]], [3, []]]} => [[1, 3], [[2], []]]; {"xs": [[1, []]]} => [[1], [[]]]; {"xs": []} => [[], []]; },
    );
}

fn numbers(cases: &mut Vec<Case>) {
    let int = |builtin: B, def: fn(I) -> TypeDef| {
        move |b: &mut Build| {
            let i8 = b.int(I::I8);
            let (n, ty) = (variable(b, "n", i8), b.ty(def(I::I8)));
            method(ty, builtin, vec![n])
        }
    };
    case(
        cases,
        "unsigned_abs",
        int(B::IntUnsignedAbs, |_| TypeDef::Int(I::U8)),
        rows! { {"n": -128} => 128; {"n": 5} => 5; {"n": 0} => 0; },
    );
    case(
        cases,
        "is_positive",
        int(B::IntIsPositive, |_| TypeDef::Bool),
        rows! { {"n": -1} => false; {"n": 0} => false; {"n": 1} => true; },
    );
    case(
        cases,
        "is_negative",
        int(B::IntIsNegative, |_| TypeDef::Bool),
        rows! { {"n": -1} => true; {"n": 0} => false; {"n": 1} => false; },
    );
    let optional = |b: &mut Build| {
        let ty = b.int(I::I8);
        b.option(ty)
    };
    case(
        cases,
        "checked_neg",
        move |b| {
            let (i8, ty) = (b.int(I::I8), optional(b));
            let n = variable(b, "n", i8);
            method(ty, B::IntCheckedNeg, vec![n])
        },
        rows! { {"n": -128} => null; {"n": 127} => (-127); {"n": 0} => 0; },
    );
    case(
        cases,
        "checked_rem",
        move |b| {
            let (i8, ty) = (b.int(I::I8), optional(b));
            let (n, m) = (variable(b, "n", i8), variable(b, "m", i8));
            method(ty, B::IntCheckedRem, vec![n, m])
        },
        rows! { {"n": 7, "m": 3} => 1; {"n": -7, "m": 3} => (-1); {"n": 7, "m": 0} => null; {"n": -128, "m": -1} => null; {"n": 7, "m": -3} => 1; },
    );
    let float = |builtin: B| {
        move |b: &mut Build| {
            let ty = b.ty(TypeDef::Float(FloatType::F64));
            let x = variable(b, "x", ty);
            method(ty, builtin, vec![x])
        }
    };
    case(
        cases,
        "fract",
        float(B::FloatFract),
        rows! { {"x": 1.75} => 0.75; {"x": (-1.25)} => (-0.25); {"x": 3} => 0; },
    );
    case(
        cases,
        "signum of a float",
        float(B::FloatSignum),
        rows! { {"x": 1.75} => 1; {"x": (-1.25)} => (-1); {"x": 0} => 1; },
    );
    case(
        cases,
        "powi",
        |b| {
            let (ty, i32) = (b.ty(TypeDef::Float(FloatType::F64)), b.int(I::I32));
            let (x, n) = (variable(b, "x", ty), variable(b, "n", i32));
            method(ty, B::FloatPowi, vec![x, n])
        },
        rows! {
            {"x": 1.5, "n": 4} => 5.0625; {"x": 2, "n": -2} => 0.25; {"x": 0.1, "n": 0} => 1; {"x": 0, "n": -1} => fails; {"x": 10, "n": 400} => fails;
        },
    );
}

fn held(cases: &mut Vec<Case>) {
    let option = |b: &mut Build, name: &str| {
        let int = b.int(I::I32);
        let ty = b.option(int);
        variable(b, name, ty)
    };
    case(
        cases,
        "xor",
        move |b| {
            let (s, t) = (option(b, "s"), option(b, "t"));
            let ty = s.ty;
            method(ty, B::OptionXor, vec![s, t])
        },
        rows! { {"s": 1, "t": null} => 1; {"s": null, "t": 2} => 2; {"s": 1, "t": 2} => null; {"s": null, "t": null} => null; },
    );
    let result = |b: &mut Build, ok: TypeId| {
        let string = b.string();
        b.ty(TypeDef::Result(ok, string))
    };
    case(
        cases,
        "transpose an option",
        move |b| {
            let int = b.int(I::I32);
            let inner = result(b, int);
            let (ty, option) = (b.option(inner), b.option(int));
            let (s, ty) = (variable(b, "s", ty), result(b, option));
            method(ty, B::OptionTranspose, vec![s])
        },
        rows! { {"s": {"Ok": 1}} => {"Ok": 1}; {"s": null} => {"Ok": null}; {"s": {"Err": "e"}} => {"Err": "e"}; },
    );
    case(
        cases,
        "transpose a result",
        move |b| {
            let int = b.int(I::I32);
            let option = b.option(int);
            let (ty, inner) = (result(b, option), result(b, int));
            let (s, ty) = (variable(b, "s", ty), b.option(inner));
            method(ty, B::ResultTranspose, vec![s])
        },
        rows! { {"s": {"Ok": 1}} => {"Ok": 1}; {"s": {"Ok": null}} => null; {"s": {"Err": "e"}} => {"Err": "e"}; },
    );
    let with = |builtin: B| {
        move |b: &mut Build| {
            let (int, string, boolean) = (b.int(I::I32), b.string(), b.bool());
            let ty = result(b, int);
            let s = variable(b, "s", ty);
            let (x, e) = (b.var("x", int), b.var("e", string));
            let (value, one, error, letter) = (b.read(x), b.number(I::I32, 1), b.read(e), b.text("e"));
            let large = b.binary(Op::Gt, value, one);
            let known = b.binary(Op::Eq, error.clone(), letter);
            let zero = construct(ty, "Err", vec![("0", error)]);
            match builtin {
                B::ResultIsOkAnd => method(boolean, builtin, vec![s, lambda(vec![bind(x)], large)]),
                B::ResultIsErrAnd => method(boolean, builtin, vec![s, lambda(vec![bind(e)], known)]),
                B::ResultMapOrElse => {
                    method(boolean, builtin, vec![s, lambda(vec![bind(e)], known), lambda(vec![bind(x)], large)])
                }
                _ => method(ty, builtin, vec![s, lambda(vec![bind(e)], zero)]),
            }
        }
    };
    case(
        cases,
        "is_ok_and",
        with(B::ResultIsOkAnd),
        rows! { {"s": {"Ok": 2}} => true; {"s": {"Ok": 1}} => false; {"s": {"Err": "e"}} => false; },
    );
    case(
        cases,
        "is_err_and",
        with(B::ResultIsErrAnd),
        rows! { {"s": {"Ok": 2}} => false; {"s": {"Err": "f"}} => false; {"s": {"Err": "e"}} => true; },
    );
    case(
        cases,
        "map_or_else of a result",
        with(B::ResultMapOrElse),
        rows! { {"s": {"Ok": 2}} => true; {"s": {"Err": "f"}} => false; {"s": {"Err": "e"}} => true; },
    );
    case(
        cases,
        "or_else of a result",
        with(B::ResultOrElse),
        rows! { {"s": {"Ok": 2}} => {"Ok": 2}; {"s": {"Err": "f"}} => {"Err": "f"}; },
    );
}

/// A change of a field that is flattened into its struct.
fn flattened(cases: &mut Vec<Case>) {
    case(
        cases,
        "a flattened field changed",
        |b| {
            let int = b.int(I::I32);
            let option = b.option(int);
            let omitted = FieldDef { omit: durafn_ir::Omit::IfNone, ..field_def("q", option) };
            let inner = b.structure("Inner", vec![field_def("p", int), omitted]);
            let outer = b
                .structure("Outer", vec![field_def("a", int), FieldDef { flatten: true, ..field_def("inner", inner) }]);
            let (s, option) = (variable(b, "s", outer), variable(b, "q", option));
            let five = b.number(I::I32, 5);
            let value = construct(inner, "Inner", vec![("p", five), ("q", option)]);
            let place = durafn_ir::Place::Field("inner".to_owned());
            expr(outer, durafn_ir::ExprKind::With { base: s, place, value })
        },
        rows! {
            {"s": {"a": 1, "p": 2, "q": 3}, "q": null} => {"a": 1, "p": 5}; {"s": {"a": 1, "p": 2}, "q": 4} => {"a": 1, "p": 5, "q": 4};
        },
    );
}

/// Searches whose closure fails behind what they find.
fn failing_searches(cases: &mut Vec<Case>) {
    let search = |builtin: B| {
        move |b: &mut Build| {
            let (int, boolean, usize) = (b.int(I::I32), b.bool(), b.int(I::Usize));
            let vec = b.vec(int);
            let (xs, x) = (variable(b, "xs", vec), b.var("x", int));
            let (six, value, two) = (b.number(I::I32, 6), b.read(x), b.number(I::I32, 2));
            let ratio = b.binary(Op::Div, six, value);
            let test = b.binary(Op::Eq, ratio, two);
            debug_assert_eq!(test.ty, boolean);
            let (iter, found) = (b.iter(int), if builtin == B::IterFind { int } else { usize });
            let ty = b.option(found);
            method(ty, builtin, vec![method(iter, B::VecIter, vec![xs]), lambda(vec![bind(x)], test)])
        }
    };
    case(
        cases,
        "find that can fail",
        search(B::IterFind),
        rows! { {"xs": [1, 3, 0]} => 3; {"xs": [1]} => null; {"xs": []} => null; {"xs": [0, 3]} => fails; },
    );
    case(
        cases,
        "position that can fail",
        search(B::IterPosition),
        rows! { {"xs": [1, 3, 0]} => 1; {"xs": [1]} => null; {"xs": []} => null; {"xs": [0, 3]} => fails; },
    );
}
