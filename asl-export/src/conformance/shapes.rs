//! Structs and enums in serde's representations: reading, building, changing, matching.

use durafn_ir::{
    BinaryOp as Op, Builtin as B, Construct, ExprKind, FieldDef, Fields, IntType as I, Literal, Omit, Pattern, Place,
    StructDef, Tagging, TypeDef, TypeId,
};
use serde_json::json;

use super::{Case, Row, case, row, rows};
use crate::build::{Build, E, bind, construct, expr, field_def, fields, match_on, method, variant};

pub(super) fn add(cases: &mut Vec<Case>) {
    structs(cases);
    flattened(cases);
    changed(cases);
    enums(cases);
    patterns(cases);
}

fn renamed(name: &str, key: &str, ty: TypeId) -> FieldDef {
    FieldDef { key: key.to_owned(), ..field_def(name, ty) }
}

fn structs(cases: &mut Vec<Case>) {
    case(
        cases,
        "renamed fields",
        |b| {
            let int = b.int(I::U32);
            let inner = b.structure("Inner", vec![renamed("b", "type of", int)]);
            let outer = b.structure("Outer", vec![renamed("a", "and", inner)]);
            let x = b.var("x", outer);
            b.field(b.field(b.read(x), "a"), "b")
        },
        rows! { {"x": {"and": {"type of": 7}}} => 7; },
    );
    case(
        cases,
        "a defaulted field",
        |b| {
            let ints = b.int(I::U32);
            let ints = b.vec(ints);
            let field = FieldDef { default: Some(json!([1])), ..field_def("a", ints) };
            let outer = b.structure("Outer", vec![field]);
            let x = b.var("x", outer);
            b.field(b.read(x), "a")
        },
        rows! { {"x": {"a": []}} => []; {"x": {}} => [1]; {"x": {"a": [2]}} => [2]; },
    );
    case(
        cases,
        "a skipped field",
        |b| {
            let int = b.int(I::U32);
            let field = FieldDef { default: Some(json!(3)), skip: true, ..field_def("a", int) };
            let outer = b.structure("Outer", vec![field]);
            let x = b.var("x", outer);
            b.field(b.read(x), "a")
        },
        rows! { {"x": {}} => 3; },
    );
    case(
        cases,
        "fields left out",
        |b| {
            let (int, string) = (b.int(I::U32), b.string());
            let (option, ints) = (b.option(int), b.vec(int));
            let ty = b.structure(
                "S",
                vec![
                    field_def("id", string),
                    FieldDef { omit: Omit::IfNone, ..field_def("a", option) },
                    FieldDef { omit: Omit::IfEmpty, ..field_def("b", ints) },
                ],
            );
            let (id, x, y) = (b.var("id", string), b.var("x", option), b.var("y", ints));
            construct(ty, "S", vec![("a", b.read(x)), ("b", b.read(y)), ("id", b.read(id))])
        },
        rows! {
            {"id": "i", "x": 1, "y": [2]} => {"id": "i", "a": 1, "b": [2]}; {"id": "i", "x": null, "y": []} => {"id": "i"}; {"id": "", "x": 0, "y": [0]} => {"id": "", "a": 0, "b": [0]};
        },
    );
    case(
        cases,
        "a newtype",
        |b| {
            let int = b.int(I::U32);
            let ty = b.ty(TypeDef::Struct(StructDef {
                name: "N".to_owned(),
                fields: Fields::Newtype(Box::new(field_def("0", int))),
                transparent: false,
            }));
            let x = b.var("x", ty);
            let one = b.number(I::U32, 1);
            let sum = b.field(b.read(x), "0");
            let sum = b.binary(Op::Add, sum, one);
            construct(ty, "N", vec![("0", sum)])
        },
        rows! { {"x": 4} => 5; },
    );
    case(
        cases,
        "a tuple struct",
        |b| {
            let int = b.int(I::U32);
            let ints = b.vec(int);
            let ty = b.ty(TypeDef::Struct(StructDef {
                name: "P".to_owned(),
                fields: Fields::Tuple(vec![field_def("0", ints), field_def("1", int)]),
                transparent: false,
            }));
            let x = b.var("x", ty);
            let (left, right) = (b.field(b.read(x), "0"), b.field(b.read(x), "1"));
            construct(ty, "P", vec![("0", left), ("1", right)])
        },
        rows! { {"x": [[1], 2]} => [[1], 2]; {"x": [[], 0]} => [[], 0]; },
    );
    case(
        cases,
        "a field of an element of a field",
        |b| {
            let int = b.int(I::U32);
            let ints = b.vec(int);
            let item = b.structure("Item", vec![field_def("ns", ints)]);
            let items = b.vec(item);
            let outer = b.structure("Outer", vec![field_def("items", items)]);
            let x = b.var("x", outer);
            let zero = b.number(I::Usize, 0);
            let first = expr(item, ExprKind::Index(b.field(b.read(x), "items"), zero));
            b.field(first, "ns")
        },
        rows! { {"x": {"items": [{"ns": [5]}]}} => [5]; {"x": {"items": [{"ns": []}, {"ns": [1]}]}} => []; {"x": {"items": []}} => fails; },
    );
}

/// `struct Outer { id, #[serde(flatten)] meta: Meta }`.
fn outer_type(b: &mut Build) -> (TypeId, TypeId) {
    let (string, int) = (b.string(), b.int(I::U32));
    let option = b.option(int);
    let meta = b.structure("Meta", vec![field_def("author", string), field_def("year", option)]);
    let flat = FieldDef { flatten: true, ..field_def("meta", meta) };
    (b.structure("Outer", vec![field_def("id", string), flat]), meta)
}

fn flattened(cases: &mut Vec<Case>) {
    case(
        cases,
        "a field of a flattened field",
        |b| {
            let (outer, _) = outer_type(b);
            let x = b.var("x", outer);
            b.field(b.field(b.read(x), "meta"), "author")
        },
        rows! { {"x": {"id": "i", "author": "me", "year": 1}} => "me"; },
    );
    case(
        cases,
        "a flattened field itself",
        |b| {
            let (outer, _) = outer_type(b);
            let x = b.var("x", outer);
            b.field(b.read(x), "meta")
        },
        rows! { {"x": {"id": "i", "author": "me", "year": null}} => {"author": "me", "year": null}; {"x": {"id": "i", "author": "me"}} => {"author": "me", "year": null}; },
    );
    case(
        cases,
        "building with a flattened field",
        |b| {
            let (outer, meta) = outer_type(b);
            let string = b.string();
            let (m, id) = (b.var("m", meta), b.var("id", string));
            construct(outer, "Outer", vec![("id", b.read(id)), ("meta", b.read(m))])
        },
        rows! { {"m": {"author": "me", "year": 1}, "id": "i"} => {"id": "i", "author": "me", "year": 1}; },
    );
}

fn point(b: &mut Build) -> (TypeId, E) {
    let int = b.int(I::I32);
    let ints = b.vec(int);
    let option = b.option(int);
    let ty = b.structure(
        "Point",
        vec![field_def("x", int), field_def("ys", ints), FieldDef { omit: Omit::IfNone, ..field_def("z", option) }],
    );
    let p = b.var("p", ty);
    (ty, b.read(p))
}

fn changed(cases: &mut Vec<Case>) {
    case(
        cases,
        "struct update",
        |b| {
            let (ty, p) = point(b);
            let one = b.number(I::I32, 1);
            expr(
                ty,
                ExprKind::Construct(Construct {
                    name: "Point".to_owned(),
                    fields: vec![("x".to_owned(), one)],
                    base: Some(p),
                }),
            )
        },
        rows! { {"p": {"x": 0, "ys": [2], "z": 3}} => {"x": 1, "ys": [2], "z": 3}; {"p": {"x": 0, "ys": []}} => {"x": 1, "ys": []}; },
    );
    case(
        cases,
        "p.ys = vec![1]",
        |b| {
            let (ty, p) = point(b);
            let int = b.int(I::I32);
            let (one, vec) = (b.number(I::I32, 1), b.vec(int));
            let value = expr(vec, ExprKind::Array(vec![one]));
            expr(ty, ExprKind::With { base: p, place: Place::Field("ys".to_owned()), value })
        },
        rows! { {"p": {"x": 0, "ys": [2, 3]}} => {"x": 0, "ys": [1]}; },
    );
    case(
        cases,
        "p.z = option",
        |b| {
            let (ty, p) = point(b);
            let int = b.int(I::I32);
            let option = b.option(int);
            let value = b.var("o", option);
            let value = b.read(value);
            expr(ty, ExprKind::With { base: p, place: Place::Field("z".to_owned()), value })
        },
        rows! {
            {"p": {"x": 0, "ys": [], "z": 1}, "o": null} => {"x": 0, "ys": []}; {"p": {"x": 0, "ys": []}, "o": 5} => {"x": 0, "ys": [], "z": 5};
            {"p": {"x": 0, "ys": [], "z": 1}, "o": 0} => {"x": 0, "ys": [], "z": 0};
        },
    );
    case(
        cases,
        "p.ys[n] = 9",
        |b| {
            let (ty, p) = point(b);
            let usize_ty = b.int(I::Usize);
            let n = b.var("n", usize_ty);
            let nine = b.number(I::I32, 9);
            let ys = b.field(p.clone(), "ys");
            let inner = expr(ys.ty, ExprKind::With { base: ys, place: Place::Index(b.read(n)), value: nine });
            expr(ty, ExprKind::With { base: p, place: Place::Field("ys".to_owned()), value: inner })
        },
        rows! { {"p": {"x": 0, "ys": [1, 2]}, "n": 1} => {"x": 0, "ys": [1, 9]}; {"p": {"x": 0, "ys": [1]}, "n": 0} => {"x": 0, "ys": [9]}; {"p": {"x": 0, "ys": []}, "n": 0} => fails; },
    );
    case(
        cases,
        "tuple.1 = ys",
        |b| {
            let int = b.int(I::I32);
            let ints = b.vec(int);
            let ty = b.ty(TypeDef::Tuple(vec![ints, ints]));
            let (t, ys) = (b.var("t", ty), b.var("ys", ints));
            let value = b.read(ys);
            expr(ty, ExprKind::With { base: b.read(t), place: Place::Field("1".to_owned()), value })
        },
        rows! { {"t": [[1], [2]], "ys": []} => [[1], []]; {"t": [[], [2]], "ys": [3]} => [[], [3]]; },
    );
}

/// `enum Shape { Point, Circle(u32), Line(u32, Vec<u32>), Rect { w, name } }`.
fn shape(b: &mut Build, tagging: Tagging) -> TypeId {
    let (int, string) = (b.int(I::U32), b.string());
    let ints = b.vec(int);
    let mut variants = vec![
        variant("Point", Fields::Unit),
        variant("Rect", Fields::Named(vec![field_def("w", int), renamed("name", "label", string)])),
    ];
    if !matches!(tagging, Tagging::Internal { .. }) {
        variants.push(variant("Circle", Fields::Newtype(Box::new(field_def("0", int)))));
    }
    if matches!(tagging, Tagging::External | Tagging::Adjacent { .. }) {
        variants.push(variant("Line", Fields::Tuple(vec![field_def("0", int), field_def("1", ints)])));
    }
    b.enumeration("Shape", tagging, variants, false)
}

fn taggings() -> Vec<(&'static str, Tagging)> {
    vec![
        ("external", Tagging::External),
        ("internal", Tagging::Internal { tag: "type".to_owned() }),
        ("adjacent", Tagging::Adjacent { tag: "t".to_owned(), content: "c".to_owned() }),
        ("untagged", Tagging::Untagged),
    ]
}

/// The wire forms of `Point`, `Rect { w: 3, name: "n" }`, `Circle(5)` and `Line(1, vec![2])`, as far as the representation has them.
fn wire(tagging: &str) -> Vec<serde_json::Value> {
    match tagging {
        "external" => vec![
            json!("Point"),
            json!({"Rect": {"w": 3, "label": "n"}}),
            json!({"Circle": 5}),
            json!({"Line": [1, [2]]}),
        ],
        "internal" => vec![json!({"type": "Point"}), json!({"type": "Rect", "w": 3, "label": "n"})],
        "adjacent" => vec![
            json!({"t": "Point"}),
            json!({"t": "Rect", "c": {"w": 3, "label": "n"}}),
            json!({"t": "Circle", "c": 5}),
            json!({"t": "Line", "c": [1, [2]]}),
        ],
        _ => vec![json!(null), json!({"w": 3, "label": "n"}), json!(5)],
    }
}

fn enums(cases: &mut Vec<Case>) {
    for (name, tagging) in taggings() {
        let forms = wire(name);
        let expected = [json!("point"), json!("n"), json!("5"), json!("[2]")];
        let rows: Vec<Row> =
            forms.iter().zip(expected).map(|(form, expected)| row(json!({"s": form}), Some(expected))).collect();
        let of = tagging.clone();
        case(cases, &format!("match on an enum, {name}"), |b| match_on_shape(b, of), rows);
        for (position, form) in forms.into_iter().enumerate() {
            let of = tagging.clone();
            let rows = vec![row(json!({"n": 3, "m": 5, "k": 1, "label": "n", "ys": [2]}), Some(form))];
            case(cases, &format!("building variant {position}, {name}"), |b| build_shape(b, of, position), rows);
        }
    }
}

fn match_on_shape(b: &mut Build, tagging: Tagging) -> E {
    let ty = shape(b, tagging.clone());
    let (int, string) = (b.int(I::U32), b.string());
    let ints = b.vec(int);
    let s = b.var("s", ty);
    let (label, radius, ys) = (b.var("label", string), b.var("radius", int), b.var("ys", ints));
    let mut arms =
        vec![(fields("Point", vec![]), b.text("point")), (fields("Rect", vec![("name", bind(label))]), b.read(label))];
    if !matches!(tagging, Tagging::Internal { .. }) {
        arms.push((fields("Circle", vec![("0", bind(radius))]), method(string, B::ToString, vec![b.read(radius)])));
    }
    if matches!(tagging, Tagging::External | Tagging::Adjacent { .. }) {
        let first = b.number(I::Usize, 0);
        let element = expr(int, ExprKind::Index(b.read(ys), first));
        let text = method(string, B::ToString, vec![element]);
        let (open, close) = (b.text("["), b.text("]"));
        let opened = b.binary(Op::Add, open, text);
        let text = b.binary(Op::Add, opened, close);
        arms.push((fields("Line", vec![("0", Pattern::Wild), ("1", bind(ys))]), text));
    }
    match_on(string, b.read(s), arms)
}

fn build_shape(b: &mut Build, tagging: Tagging, position: usize) -> E {
    let ty = shape(b, tagging);
    let (int, string) = (b.int(I::U32), b.string());
    let ints = b.vec(int);
    let var = |b: &mut Build, name: &str, ty| {
        let var = b.var(name, ty);
        b.read(var)
    };
    match position {
        0 => construct(ty, "Point", vec![]),
        1 => construct(ty, "Rect", vec![("name", var(b, "label", string)), ("w", var(b, "n", int))]),
        2 => construct(ty, "Circle", vec![("0", var(b, "m", int))]),
        _ => construct(ty, "Line", vec![("0", var(b, "k", int)), ("1", var(b, "ys", ints))]),
    }
}

fn patterns(cases: &mut Vec<Case>) {
    case(
        cases,
        "literals, ranges, alternatives",
        |b| {
            let (int, string) = (b.int(I::I32), b.string());
            let (n, rest) = (b.var("n", int), b.var("rest", int));
            let literal = |value| Pattern::Literal(Literal::Int(value));
            let range = Pattern::Range { from: Some(Literal::Int(10)), to: Some(Literal::Int(20)), inclusive: false };
            let big = Pattern::Bind(
                rest,
                Some(Box::new(Pattern::Range { from: Some(Literal::Int(100)), to: None, inclusive: false })),
            );
            let arms = vec![
                (literal(0), b.text("zero")),
                (Pattern::Or(vec![literal(1), literal(2), literal(-3)]), b.text("few")),
                (range, b.text("teens")),
                (big, method(string, B::ToString, vec![b.read(rest)])),
                (Pattern::Wild, b.text("other")),
            ];
            match_on(string, b.read(n), arms)
        },
        rows! {
            {"n": 0} => "zero"; {"n": 2} => "few"; {"n": -3} => "few"; {"n": 10} => "teens"; {"n": 19} => "teens"; {"n": 20} => "other"; {"n": 100} => "100"; {"n": -1} => "other";
        },
    );
    case(
        cases,
        "tuples and nested options",
        |b| {
            let (int, string, boolean) = (b.int(I::I32), b.string(), b.bool());
            let option = b.option(int);
            let tuple = b.ty(TypeDef::Tuple(vec![option, boolean]));
            let (t, x) = (b.var("t", tuple), b.var("x", int));
            let truth = Pattern::Literal(Literal::Bool(true));
            let arms = vec![
                (
                    Pattern::Tuple(vec![fields("Some", vec![("0", bind(x))]), truth]),
                    method(string, B::ToString, vec![b.read(x)]),
                ),
                (Pattern::Tuple(vec![fields("None", vec![]), Pattern::Wild]), b.text("none")),
                (Pattern::Wild, b.text("off")),
            ];
            match_on(string, b.read(t), arms)
        },
        rows! { {"t": [5, true]} => "5"; {"t": [null, true]} => "none"; {"t": [5, false]} => "off"; {"t": [null, false]} => "none"; },
    );
    case(
        cases,
        "alternatives that bind in different places",
        |b| {
            let int = b.int(I::U32);
            let ty = b.enumeration(
                "E",
                Tagging::External,
                vec![
                    variant("A", Fields::Newtype(Box::new(field_def("0", int)))),
                    variant("B", Fields::Named(vec![field_def("n", int)])),
                    variant("C", Fields::Unit),
                ],
                false,
            );
            let (e, n) = (b.var("e", ty), b.var("n", int));
            let either = Pattern::Or(vec![fields("A", vec![("0", bind(n))]), fields("B", vec![("n", bind(n))])]);
            let arms = vec![(either, b.read(n)), (Pattern::Wild, b.number(I::U32, 0))];
            match_on(int, b.read(e), arms)
        },
        rows! { {"e": {"A": 1}} => 1; {"e": {"B": {"n": 2}}} => 2; {"e": "C"} => 0; },
    );
    case(
        cases,
        "a variant that holds null",
        |b| {
            let int = b.int(I::U32);
            let option = b.option(int);
            let string = b.string();
            let ty = b.enumeration(
                "E",
                Tagging::External,
                vec![variant("A", Fields::Newtype(Box::new(field_def("0", option)))), variant("B", Fields::Unit)],
                false,
            );
            let e = b.var("e", ty);
            let arms = vec![
                (fields("A", vec![("0", fields("None", vec![]))]), b.text("A none")),
                (fields("A", vec![("0", Pattern::Wild)]), b.text("A some")),
                (fields("B", vec![]), b.text("B")),
            ];
            match_on(string, b.read(e), arms)
        },
        rows! { {"e": {"A": null}} => "A none"; {"e": {"A": 1}} => "A some"; {"e": "B"} => "B"; },
    );
}
