//! A case or more for every builtin: what std itself answers.

use durafn_ir::{BinaryOp::*, Builtin, Expr, ExprKind, IntType, Spelled, StateKind, TypeDef, TypeId, VarId, build::*};
use serde_json::{Value, json};

use super::{cause, compute, linked};

/// Variables that closures bind, and types that are captured.
struct Fixture {
    b: Build,
    n: VarId,
    m: VarId,
    s: VarId,
    e: VarId,
    int: TypeId,
    string: TypeId,
    text_int: TypeId,
}

const I32: TypeDef = TypeDef::Int(IntType::I32);

impl Fixture {
    fn new() -> Fixture {
        let mut b = Build::new("w");
        let (n, m, s) = (b.var("n", I32), b.var("m", I32), b.var("s", TypeDef::String));
        let e = b.var_in(durafn_ir::RegionId(0), "e", None);
        let (int, string) = (b.ty(I32), b.ty(TypeDef::String));
        let text_int = b.ty(TypeDef::Result(int, string));
        Fixture { b, n, m, s, e, int, string, text_int }
    }

    fn captured(&mut self, def: TypeDef, expr: Expr<Spelled>) -> Expr<Spelled> {
        typed(self.b.hole(def), expr)
    }

    fn some(&self, value: Expr<Spelled>) -> Expr<Spelled> {
        construct("Some", [("0", value)])
    }

    fn none(&mut self) -> Expr<Spelled> {
        self.captured(TypeDef::Option(self.int), construct("None", []))
    }

    fn ok(&mut self, value: Expr<Spelled>) -> Expr<Spelled> {
        self.captured(TypeDef::Result(self.int, self.string), construct("Ok", [("0", value)]))
    }

    fn err(&mut self) -> Expr<Spelled> {
        self.captured(TypeDef::Result(self.int, self.string), construct("Err", [("0", text("no"))]))
    }

    fn double(&self) -> Expr<Spelled> {
        closure([self.n], binary(Mul, var(self.n), int(2)))
    }

    fn above(&self, bound: i128) -> Expr<Spelled> {
        closure([self.n], binary(Gt, var(self.n), int(bound)))
    }

    fn vec(&mut self, items: Expr<Spelled>) -> Expr<Spelled> {
        self.captured(TypeDef::Vec(self.int), method("collect", [items]))
    }

    fn strings(&mut self, items: Expr<Spelled>) -> Expr<Spelled> {
        self.captured(TypeDef::Vec(self.string), method("collect", [items]))
    }

    /// An empty vector of integers.
    fn empty(&mut self) -> Expr<Spelled> {
        self.captured(TypeDef::Vec(self.int), method("Vec::new", []))
    }

    /// `{"a": 1, "b": 2}`.
    fn map(&mut self) -> Expr<Spelled> {
        let empty = self.captured(TypeDef::Map(self.int), method("BTreeMap::new", []));
        method("insert", [method("insert", [empty, text("b"), int(2)]), text("a"), int(1)])
    }
}

fn ints<const N: usize>(items: [i128; N]) -> Expr<Spelled> {
    array(items.map(int))
}

fn iter<const N: usize>(items: [i128; N]) -> Expr<Spelled> {
    method("iter", [ints(items)])
}

/// Expressions, what they yield, and the machine in the making that holds their variables and types.
type Cases = (Build, Vec<(Expr<Spelled>, Value)>);

fn strings() -> Cases {
    let mut f = Fixture::new();
    let pieces =
        |f: &mut Fixture, name: &str, text: Expr<Spelled>| f.strings(expr(ExprKind::Method(name.into(), vec![text])));
    let chars = method(
        "map",
        [method("chars", [text("a\u{1F600}")]), {
            let c = f.b.var("c", TypeDef::Char);
            closure([c], method("to_string", [var(c)]))
        }],
    );
    let cases = vec![
        (method("is_empty", [text("")]), json!(true)),
        (method("contains", [text("größe"), character('ö')]), json!(true)),
        (method("contains", [text("größe"), text("")]), json!(true)),
        (method("starts_with", [text("abc"), text("ab")]), json!(true)),
        (method("ends_with", [text("abc"), character('b')]), json!(false)),
        (method("to_uppercase", [text("straße")]), json!("STRASSE")),
        (method("to_lowercase", [text("ÄB")]), json!("äb")),
        (method("trim", [text("\u{3000} a  b\n")]), json!("a  b")),
        (method("trim_start", [text(" a ")]), json!("a ")),
        (method("trim_end", [text(" a ")]), json!(" a")),
        (method("replace", [text("aXbX"), character('X'), text("--")]), json!("a--b--")),
        (method("replace", [text("ab"), text(""), text(".")]), json!(".a.b.")),
        (method("repeat", [text("ab"), int(3)]), json!("ababab")),
        (method("repeat", [text("ab"), int(0)]), json!("")),
        (f.strings(method("split", [text("a,,b,"), character(',')])), json!(["a", "", "b", ""])),
        (pieces(&mut f, "split_whitespace", text("  a \t b ")), json!(["a", "b"])),
        (pieces(&mut f, "lines", text("a\r\n\nb\n")), json!(["a", "", "b"])),
        (method("split_once", [text("k=v=w"), character('=')]), json!(["k", "v=w"])),
        (method("split_once", [text("k"), character('=')]), json!(null)),
        (method("strip_prefix", [text("abc"), text("ab")]), json!("c")),
        (method("strip_prefix", [text("abc"), text("b")]), json!(null)),
        (method("strip_suffix", [text("abc"), text("c")]), json!("ab")),
        (f.strings(chars), json!(["a", "\u{1F600}"])),
        (method("count", [method("chars", [text("a\u{1F600}é")])]), json!(3)),
        (method("push", [text("a"), character('ü')]), json!("aü")),
        (method("push_str", [text("a"), text("bc")]), json!("abc")),
        (method("is_ascii_digit", [character('7')]), json!(true)),
        (method("is_ascii_digit", [character('\u{0667}')]), json!(false)),
        (method("is_ascii_alphabetic", [character('ü')]), json!(false)),
        (method("is_ascii_alphanumeric", [character('Z')]), json!(true)),
        (method("to_string", [int(-5)]), json!("-5")),
        (method("to_string", [boolean(false)]), json!("false")),
        (method("String::new", []), json!("")),
        (method("String::from", [text("a")]), json!("a")),
    ];
    (f.b, cases)
}

fn conversions() -> Cases {
    let mut f = Fixture::new();
    let result = TypeDef::Result(f.int, f.string);
    let parse = |f: &mut Fixture, text_in: &str| {
        let parsed = f.captured(result.clone(), method("parse", [text(text_in)]));
        method("unwrap_or", [parsed, int(-99)])
    };
    let i64 = f.b.hole(TypeDef::Int(IntType::I64));
    let maybe = f.b.hole(TypeDef::Option(f.string));
    let pair = f.b.ty(TypeDef::Tuple(vec![f.int, f.string]));
    let cases = vec![
        (parse(&mut f, "42"), json!(42)),
        (parse(&mut f, "+7"), json!(7)),
        (parse(&mut f, "-0"), json!(0)),
        (parse(&mut f, " 1"), json!(-99)),
        (parse(&mut f, ""), json!(-99)),
        (parse(&mut f, "2147483648"), json!(-99)),
        (parse(&mut f, "1.0"), json!(-99)),
        (typed(i64, method("into", [int(5)])), json!(5)),
        (typed(maybe, method("into", [text("a")])), json!("a")),
        (f.captured(TypeDef::Tuple(vec![f.int, f.string]), method("Default::default", [])), json!([0, ""])),
        (f.captured(TypeDef::Option(pair), method("Default::default", [])), json!(null)),
        (method("then_some", [boolean(true), int(1)]), json!(1)),
        (method("then_some", [boolean(false), int(1)]), json!(null)),
        (method("then", [boolean(false), closure([], binary(Div, int(1), int(0)))]), json!(null)),
        (method("then", [boolean(true), closure([], int(3))]), json!(3)),
    ];
    (f.b, cases)
}

fn integers() -> Cases {
    let mut f = Fixture::new();
    let byte = |f: &mut Fixture, value: i128| f.captured(TypeDef::Int(IntType::U8), int(value));
    let cases = vec![
        (method("abs", [int(-5)]), json!(5)),
        (method("abs_diff", [int(-5), int(7)]), json!(12)),
        (method("pow", [int(-2), int(3)]), json!(-8)),
        (method("pow", [int(0), int(0)]), json!(1)),
        (method("min", [int(1), int(2)]), json!(1)),
        (method("max", [int(1), int(2)]), json!(2)),
        (method("clamp", [int(9), int(1), int(5)]), json!(5)),
        (method("signum", [int(-9)]), json!(-1)),
        (method("signum", [int(0)]), json!(0)),
        (method("div_euclid", [int(-7), int(2)]), json!(-4)),
        (method("rem_euclid", [int(-7), int(2)]), json!(1)),
        (method("rem_euclid", [int(-7), int(-2)]), json!(1)),
        (method("div_ceil", [byte(&mut f, 7), int(2)]), json!(4)),
        (method("div_ceil", [byte(&mut f, 6), int(2)]), json!(3)),
        (method("checked_add", [byte(&mut f, 255), int(1)]), json!(null)),
        (method("checked_add", [byte(&mut f, 254), int(1)]), json!(255)),
        (method("checked_sub", [byte(&mut f, 0), int(1)]), json!(null)),
        (method("checked_mul", [byte(&mut f, 16), int(16)]), json!(null)),
        (method("checked_div", [int(1), int(0)]), json!(null)),
        (method("checked_div", [int(-7), int(2)]), json!(-3)),
        (method("saturating_add", [byte(&mut f, 250), int(10)]), json!(255)),
        (method("saturating_sub", [byte(&mut f, 5), int(10)]), json!(0)),
        (method("saturating_mul", [byte(&mut f, 100), int(3)]), json!(255)),
    ];
    (f.b, cases)
}

fn floats() -> Cases {
    let f = Fixture::new();
    let cases = vec![
        (method("abs", [float(-0.5)]), json!(0.5)),
        (method("floor", [float(-0.5)]), json!(-1.0)),
        (method("ceil", [float(0.2)]), json!(1.0)),
        (method("round", [float(2.5)]), json!(3.0)),
        (method("round", [float(-2.5)]), json!(-3.0)),
        (method("round", [float(0.49999999999999994)]), json!(0.0)),
        (method("trunc", [float(-1.9)]), json!(-1.0)),
        (method("sqrt", [float(2.25)]), json!(1.5)),
        (method("powi", [float(2.0), int(-2)]), json!(0.25)),
        (method("min", [float(1.0), float(2.0)]), json!(1.0)),
        (method("max", [float(1.0), float(2.0)]), json!(2.0)),
        (method("clamp", [float(9.0), float(1.0), float(5.0)]), json!(5.0)),
    ];
    (f.b, cases)
}

fn options() -> Cases {
    let mut f = Fixture::new();
    let some = || construct("Some", [("0", int(3))]);
    let none = f.none();
    let none = || none.clone();
    let half = closure([f.n], f.some(binary(Div, var(f.n), int(2))));
    let nested = f.some(some());
    let cases = vec![
        (method("is_some", [some()]), json!(true)),
        (method("is_none", [some()]), json!(false)),
        (method("is_some_and", [some(), f.above(2)]), json!(true)),
        (method("is_some_and", [none(), f.above(2)]), json!(false)),
        (method("is_none_or", [none(), f.above(2)]), json!(true)),
        (method("is_none_or", [some(), f.above(9)]), json!(false)),
        (method("unwrap_or", [none(), int(7)]), json!(7)),
        (method("unwrap_or", [some(), int(7)]), json!(3)),
        (method("unwrap_or_else", [none(), closure([], int(8))]), json!(8)),
        (method("unwrap_or_default", [none()]), json!(0)),
        (method("map", [some(), f.double()]), json!(6)),
        (method("map", [none(), f.double()]), json!(null)),
        (method("map_or", [none(), int(1), f.double()]), json!(1)),
        (method("map_or", [some(), int(1), f.double()]), json!(6)),
        (method("map_or_else", [none(), closure([], int(2)), f.double()]), json!(2)),
        (method("and_then", [some(), half]), json!(1)),
        (method("and", [some(), f.some(text("x"))]), json!("x")),
        (method("filter", [some(), f.above(3)]), json!(null)),
        (method("filter", [some(), f.above(2)]), json!(3)),
        (method("or", [none(), some()]), json!(3)),
        (method("or_else", [none(), closure([], some())]), json!(3)),
        (method("zip", [some(), f.some(text("x"))]), json!([3, "x"])),
        (method("zip", [none(), f.some(text("x"))]), json!(null)),
        (method("flatten", [nested]), json!(3)),
        (method("ok_or", [some(), text("no")]), json!({"Ok": 3})),
        (method("ok_or", [none(), text("no")]), json!({"Err": "no"})),
        (method("ok_or_else", [none(), closure([], text("none"))]), json!({"Err": "none"})),
    ];
    (f.b, cases)
}

fn results() -> Cases {
    let mut f = Fixture::new();
    let (ok, err) = (f.ok(int(3)), f.err());
    let (ok, err) = (|| ok.clone(), || err.clone());
    let say = closure([f.s], method("push_str", [var(f.s), text("!")]));
    let fails = closure([f.n], err());
    let zero = closure([f.e], int(0));
    let cases = vec![
        (method("is_ok", [ok()]), json!(true)),
        (method("is_err", [ok()]), json!(false)),
        (method("ok", [ok()]), json!(3)),
        (method("ok", [err()]), json!(null)),
        (method("err", [err()]), json!("no")),
        (method("map", [ok(), f.double()]), json!({"Ok": 6})),
        (method("map", [err(), f.double()]), json!({"Err": "no"})),
        (method("map_err", [err(), say]), json!({"Err": "no!"})),
        (method("map_or", [err(), int(1), f.double()]), json!(1)),
        (method("and_then", [ok(), fails]), json!({"Err": "no"})),
        (method("unwrap_or", [err(), int(7)]), json!(7)),
        (method("unwrap_or_else", [err(), zero]), json!(0)),
        (method("unwrap_or_default", [err()]), json!(0)),
    ];
    (f.b, cases)
}

fn vectors() -> Cases {
    let mut f = Fixture::new();
    let empty = f.empty();
    let empty = || empty.clone();
    let items = || ints([3, 1, 2]);
    let distance = closure([f.n], method("abs", [binary(Sub, var(f.n), int(2))]));
    let cases = vec![
        (method("len", [items()]), json!(3)),
        (method("is_empty", [empty()]), json!(true)),
        (method("first", [items()]), json!(3)),
        (method("first", [empty()]), json!(null)),
        (method("last", [items()]), json!(2)),
        (method("get", [items(), int(1)]), json!(1)),
        (method("get", [items(), int(3)]), json!(null)),
        (method("contains", [items(), int(2)]), json!(true)),
        (method("join", [array([text("a"), text("b")]), text(", ")]), json!("a, b")),
        (method("concat", [array([ints([1]), ints([2, 3])])]), json!([1, 2, 3])),
        (method("concat", [array([text("a"), text("b")])]), json!("ab")),
        (method("push", [items(), int(9)]), json!([3, 1, 2, 9])),
        (method("insert", [items(), int(3), int(9)]), json!([3, 1, 2, 9])),
        (method("extend", [items(), iter([8, 9])]), json!([3, 1, 2, 8, 9])),
        (method("extend", [items(), ints([8])]), json!([3, 1, 2, 8])),
        (method("pop", [items()]), json!([3, 1])),
        (method("pop", [empty()]), json!([])),
        (method("remove", [items(), int(0)]), json!([1, 2])),
        (method("truncate", [items(), int(1)]), json!([3])),
        (method("truncate", [items(), int(9)]), json!([3, 1, 2])),
        (method("clear", [items()]), json!([])),
        (method("reverse", [items()]), json!([2, 1, 3])),
        (method("sort", [items()]), json!([1, 2, 3])),
        // Stable: 3 and 1 are equally far from 2 and keep their order.
        (method("sort_by_key", [items(), distance]), json!([2, 3, 1])),
    ];
    (f.b, cases)
}

fn maps() -> Cases {
    let mut f = Fixture::new();
    let map = f.map();
    let map = || map.clone();
    let values = f.vec(method("values", [map()]));
    let keys = f.strings(method("keys", [map()]));
    let cases = vec![
        (map(), json!({"a": 1, "b": 2})),
        (method("len", [map()]), json!(2)),
        (method("is_empty", [map()]), json!(false)),
        (method("get", [map(), text("a")]), json!(1)),
        (method("get", [map(), text("z")]), json!(null)),
        (method("contains_key", [map(), text("b")]), json!(true)),
        (method("insert", [map(), text("a"), int(5)]), json!({"a": 5, "b": 2})),
        (method("remove", [map(), text("a")]), json!({"b": 2})),
        (keys, json!(["a", "b"])),
        (values, json!([1, 2])),
        (method("last", [method("iter", [map()])]), json!(["b", 2])),
    ];
    (f.b, cases)
}

fn adapters() -> Cases {
    let mut f = Fixture::new();
    let items = || iter([1, 2, 3, 4]);
    let odd = || binary(Eq, binary(Rem, var(f.n), int(2)), int(1));
    let if_odd = closure([f.n], method("then_some", [odd(), binary(Mul, var(f.n), int(10))]));
    let twice = closure([f.n], array([var(f.n), var(f.n)]));
    let by_two = f.vec(method("step_by", [items(), int(2)]));
    let (double, above) = (f.double(), f.above(2));
    let below = closure([f.n], binary(Lt, var(f.n), int(3)));
    let pairs = |f: &mut Fixture, items| {
        let string = f.string;
        let pair = f.b.ty(TypeDef::Tuple(vec![f.int, string]));
        f.captured(TypeDef::Vec(pair), method("collect", [items]))
    };
    let letters = array([text("a"), text("b")]);
    let range = |inclusive| expr(ExprKind::Range { from: int(2), to: int(4), inclusive });
    let cases = vec![
        (f.vec(method("map", [items(), double])), json!([2, 4, 6, 8])),
        (f.vec(method("filter", [items(), above])), json!([3, 4])),
        (f.vec(method("filter_map", [items(), if_odd])), json!([10, 30])),
        (f.vec(method("flat_map", [iter([1, 2]), twice])), json!([1, 1, 2, 2])),
        (f.vec(method("flatten", [method("iter", [array([ints([1]), ints([2, 3])])])])), json!([1, 2, 3])),
        (method("last", [method("enumerate", [items()])]), json!([3, 4])),
        (pairs(&mut f, method("zip", [items(), letters])), json!([[1, "a"], [2, "b"]])),
        (f.vec(method("chain", [items(), iter([9])])), json!([1, 2, 3, 4, 9])),
        (f.vec(method("take", [items(), int(2)])), json!([1, 2])),
        (f.vec(method("skip", [items(), int(3)])), json!([4])),
        (f.vec(method("skip", [items(), int(9)])), json!([])),
        (by_two, json!([1, 3])),
        (f.vec(method("take_while", [items(), below.clone()])), json!([1, 2])),
        (f.vec(method("skip_while", [items(), below])), json!([3, 4])),
        (f.vec(method("rev", [items()])), json!([4, 3, 2, 1])),
        (f.vec(range(false)), json!([2, 3])),
        (f.vec(range(true)), json!([2, 3, 4])),
    ];
    (f.b, cases)
}

fn consumers() -> Cases {
    let mut f = Fixture::new();
    let items = || iter([4, 1, 3]);
    let empty = f.empty();
    let none = || method("iter", [empty.clone()]);
    let found = closure([f.n], method("then_some", [binary(Gt, var(f.n), int(1)), method("to_string", [var(f.n)])]));
    let add = closure([f.m, f.n], binary(Sub, var(f.m), var(f.n)));
    let n = f.n;
    let parity = || closure([n], binary(Rem, var(n), int(2)));
    let sum = |f: &mut Fixture, items| f.captured(I32, method("sum", [items]));
    let product = |f: &mut Fixture, items| f.captured(I32, method("product", [items]));
    let parsed = closure([f.s], typed(f.b.hole_of(f.text_int), method("parse", [var(f.s)])));
    let texts = |texts: [&str; 2]| method("map", [method("iter", [array(texts.map(text))]), parsed.clone()]);
    let vec_int = f.b.ty(TypeDef::Vec(f.int));
    let all = |f: &mut Fixture, items| {
        let collected = f.captured(TypeDef::Result(vec_int, f.string), method("collect", [items]));
        method("ok", [collected])
    };
    let some = closure([f.n], method("checked_sub", [var(f.n), int(1)]));
    let pairs = method("iter", [array([tuple([text("k"), int(1)]), tuple([text("k"), int(2)])])]);
    let cases = vec![
        (method("find", [items(), f.above(1)]), json!(4)),
        (method("find", [none(), f.above(1)]), json!(null)),
        (method("find_map", [items(), found]), json!("4")),
        (method("position", [items(), closure([f.n], binary(Eq, var(f.n), int(3)))]), json!(2)),
        (method("any", [items(), f.above(3)]), json!(true)),
        (method("any", [none(), f.above(3)]), json!(false)),
        (method("all", [items(), f.above(1)]), json!(false)),
        (method("all", [none(), f.above(1)]), json!(true)),
        (sum(&mut f, items()), json!(8)),
        (sum(&mut f, none()), json!(0)),
        (product(&mut f, items()), json!(12)),
        (product(&mut f, none()), json!(1)),
        (method("min", [items()]), json!(1)),
        (method("max", [none()]), json!(null)),
        (method("max", [items()]), json!(4)),
        // Of equal keys, the first is the smallest and the last the largest.
        (method("min_by_key", [iter([1, 4, 2]), parity()]), json!(4)),
        (method("max_by_key", [iter([1, 4, 3]), parity()]), json!(3)),
        (method("count", [items()]), json!(3)),
        (method("fold", [items(), int(10), add]), json!(2)),
        (method("last", [items()]), json!(3)),
        (method("next", [items()]), json!(4)),
        (method("nth", [items(), int(1)]), json!(1)),
        (method("nth", [items(), int(9)]), json!(null)),
        (
            f.captured(TypeDef::String, method("collect", [method("rev", [method("chars", [text("abc")])])])),
            json!("cba"),
        ),
        (f.captured(TypeDef::Map(f.int), method("collect", [pairs])), json!({"k": 2})),
        (all(&mut f, texts(["1", "2"])), json!([1, 2])),
        (all(&mut f, texts(["1", "x"])), json!(null)),
        (f.captured(TypeDef::Option(vec_int), method("collect", [method("map", [items(), some])])), json!([3, 0, 2])),
    ];
    (f.b, cases)
}

fn durations() -> Cases {
    let f = Fixture::new();
    let secs = |count| method("Duration::from_secs", [int(count)]);
    let now = || expr(ExprKind::Context(durafn_ir::ContextValue::Now));
    let cases = vec![
        (method("Duration::from_secs", [int(5)]), json!({"secs": 5, "nanos": 0})),
        (method("Duration::from_millis", [int(1500)]), json!({"secs": 1, "nanos": 500_000_000})),
        (method("Duration::from_mins", [int(2)]), json!({"secs": 120, "nanos": 0})),
        (method("Duration::from_hours", [int(1)]), json!({"secs": 3600, "nanos": 0})),
        (method("as_secs", [method("Duration::from_millis", [int(1500)])]), json!(1)),
        (method("as_millis", [method("Duration::from_secs", [int(2)])]), json!(2000)),
        (method("as_secs_f64", [method("Duration::from_millis", [int(1500)])]), json!(1.5)),
        (method("subsec_millis", [method("Duration::from_millis", [int(1500)])]), json!(500)),
        (method("is_zero", [method("Duration::from_secs", [int(0)])]), json!(true)),
        (method("checked_sub", [secs(1), secs(2)]), json!(null)),
        (method("checked_sub", [secs(2), secs(2)]), json!({"secs": 0, "nanos": 0})),
        (method("saturating_sub", [secs(1), secs(2)]), json!({"secs": 0, "nanos": 0})),
        (method("abs_diff", [secs(1), secs(3)]), json!({"secs": 2, "nanos": 0})),
        (method("duration_since", [now(), binary(Sub, now(), secs(9))]), json!({"secs": 9, "nanos": 0})),
        (method("as_second", [now()]), json!(1_767_323_045)),
        (method("as_millisecond", [now()]), json!(1_767_323_045_678_i64)),
    ];
    (f.b, cases)
}

/// What is rearranged, parted or looked at in ways of its own.
fn others() -> Cases {
    let mut f = Fixture::new();
    let on = |name: &str, value: Expr<Spelled>| method(name, [value]);
    let ch = |c: char| expr(ExprKind::Literal(durafn_ir::Literal::Char(c)));
    let (ok, err, none) = (f.ok(int(3)), f.err(), f.none());
    let one = f.captured(TypeDef::Option(f.int), f.some(int(1)));
    let result = f.b.ty(TypeDef::Result(f.int, f.string));
    let held = f.captured(TypeDef::Option(result), construct("Some", [("0", ok.clone())]));
    let option = f.b.ty(TypeDef::Option(f.int));
    let holding = f.captured(TypeDef::Result(option, f.string), construct("Ok", [("0", one.clone())]));
    let backwards = f.strings(method("rsplit", [text("a.b"), text(".")]));
    let zero = closure([f.e], int(0));
    let map = f.map();
    let add = closure([f.n, f.m], binary(Add, var(f.n), var(f.m)));
    let keep = closure([f.s, f.n], binary(Gt, var(f.n), int(1)));
    let again = closure([f.s], f.err());
    let known = closure([f.s], binary(Eq, var(f.s), text("no")));
    let cases = vec![
        (on("to_ascii_uppercase", text("aé")), json!("Aé")),
        (on("to_ascii_lowercase", text("AÉ")), json!("aÉ")),
        (on("is_ascii", text("é")), json!(false)),
        (method("eq_ignore_ascii_case", [text("aB"), text("Ab")]), json!(true)),
        (method("trim_start_matches", [text("aab"), text("a")]), json!("b")),
        (method("trim_end_matches", [text("abb"), text("b")]), json!("a")),
        (method("rsplit_once", [text("a.b.c"), text(".")]), json!(["a.b", "c"])),
        (method("join", [backwards, text("+")]), json!("b+a")),
        (method("count", [method("splitn", [text("a.b.c"), int(2), text(".")])]), json!(2)),
        (on("is_ascii", ch('é')), json!(false)),
        (on("is_ascii_uppercase", ch('A')), json!(true)),
        (on("is_ascii_lowercase", ch('A')), json!(false)),
        (on("is_ascii_hexdigit", ch('g')), json!(false)),
        (on("is_ascii_punctuation", ch('.')), json!(true)),
        (on("is_whitespace", ch('\u{a0}')), json!(true)),
        (on("to_ascii_uppercase", ch('a')), json!("A")),
        (on("to_ascii_lowercase", ch('A')), json!("a")),
        (on("unsigned_abs", int(-5)), json!(5)),
        (on("is_positive", int(0)), json!(false)),
        (on("is_negative", int(-1)), json!(true)),
        (on("checked_neg", int(-5)), json!(5)),
        (method("checked_rem", [int(7), int(0)]), json!(null)),
        (method("checked_rem", [int(7), int(4)]), json!(3)),
        (on("fract", expr(ExprKind::Literal(durafn_ir::Literal::Float(1.5)))), json!(0.5)),
        (on("signum", expr(ExprKind::Literal(durafn_ir::Literal::Float(-1.5)))), json!(-1.0)),
        (method("swap", [ints([1, 2, 3]), int(0), int(2)]), json!([3, 2, 1])),
        (method("swap_remove", [ints([1, 2, 3]), int(0)]), json!([3, 2])),
        (on("dedup", ints([1, 1, 2])), json!([1, 2])),
        (method("extend_from_slice", [ints([1]), ints([2])]), json!([1, 2])),
        (on("split_first", ints([1, 2])), json!([1, [2]])),
        (on("split_last", ints([1, 2])), json!([2, [1]])),
        (method("count", [method("windows", [ints([1, 2, 3]), int(2)])]), json!(2)),
        (method("count", [method("chunks", [ints([1, 2, 3]), int(2)])]), json!(2)),
        (on("sort_unstable", ints([2, 1])), json!([1, 2])),
        (method("sort_unstable_by_key", [ints([1, 2]), closure([f.n], binary(Sub, int(0), var(f.n)))]), json!([2, 1])),
        (method("retain", [ints([1, 2]), f.above(1)]), json!([2])),
        (method("xor", [one.clone(), none]), json!(1)),
        (on("transpose", held), json!({"Ok": 3})),
        (on("transpose", holding), json!({"Ok": 1})),
        (method("is_ok_and", [ok.clone(), f.above(5)]), json!(false)),
        (method("is_err_and", [err.clone(), known]), json!(true)),
        (method("map_or_else", [err.clone(), zero, f.double()]), json!(0)),
        (method("or_else", [ok, again]), json!({"Ok": 3})),
        (on("clear", map.clone()), json!({})),
        (method("extend", [map.clone(), map.clone()]), json!({"a": 1, "b": 2})),
        (method("retain", [map.clone(), keep]), json!({"b": 2})),
        (on("first_key_value", map.clone()), json!(["a", 1])),
        (on("last_key_value", map.clone()), json!(["b", 2])),
        (method("reduce", [iter([1, 2, 3]), add]), json!(6)),
        (method("partition", [iter([1, 2, 3]), f.above(1)]), json!([[2, 3], [1]])),
        (on("unzip", method("zip", [iter([1, 2]), iter([3, 4])])), json!([[1, 2], [3, 4]])),
    ];
    (f.b, cases)
}

fn all_cases() -> [Cases; 12] {
    [
        others(),
        strings(),
        conversions(),
        integers(),
        floats(),
        options(),
        results(),
        vectors(),
        maps(),
        adapters(),
        consumers(),
        durations(),
    ]
}

#[test]
fn builtins_answer_as_std_does() {
    for (b, cases) in all_cases() {
        for (case, expected) in cases {
            let name = b.machine.print_expr(&case);
            match compute(b.clone(), json!({}), case) {
                Ok(value) => assert_eq!(value, expected, "{name}"),
                Err(failure) => panic!("{name}: {failure:?}"),
            }
        }
    }
}

#[test]
fn every_builtin_has_a_case() {
    let mut seen = Vec::new();
    for (b, cases) in all_cases() {
        for (case, _) in cases {
            let mut b = b.clone();
            b.state("Compute", StateKind::Pass(end(case)));
            linked(b).states[0].each_expr(&mut |root| {
                root.walk(&mut |expr| {
                    if let ExprKind::Method(builtin, _) = *expr.kind {
                        seen.push(builtin);
                    }
                });
            });
        }
    }
    let missing: Vec<&Builtin> = Builtin::ALL.iter().filter(|builtin| !seen.contains(builtin)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Why an expression of a fixture fails.
fn failing(f: &Fixture, expr: Expr<Spelled>) -> String {
    cause(compute(f.b.clone(), json!({}), expr))
}

#[test]
fn builtins_fail_where_std_panics() {
    let mut f = Fixture::new();
    let byte = |f: &mut Fixture, value: i128| f.captured(TypeDef::Int(IntType::I8), int(value));
    let least = byte(&mut f, -128);
    assert!(failing(&f, method("abs", [least.clone()])).contains("out of range of i8"));
    assert!(failing(&f, method("pow", [int(10), int(10)])).contains("out of range of i32"));
    assert!(failing(&f, method("clamp", [int(1), int(3), int(2)])).contains("above"));
    assert!(failing(&f, method("div_euclid", [int(1), int(0)])).contains("zero"));
    assert!(failing(&f, method("rem_euclid", [least, int(-1)])).contains("out of range"));
    assert!(failing(&f, method("sqrt", [float(-1.0)])).contains("no finite number"));
    assert!(failing(&f, method("powi", [float(10.0), int(400)])).contains("no finite number"));
    assert!(failing(&f, method("insert", [ints([1]), int(2), int(0)])).contains("out of range"));
    assert!(failing(&f, method("remove", [ints([1]), int(1)])).contains("out of range"));
    let step = f.vec(method("step_by", [iter([1]), int(0)]));
    assert!(failing(&f, step).contains("step of 0"));
    let sum = f.captured(I32, method("sum", [iter([i32::MAX.into(), 1])]));
    assert!(failing(&f, sum).contains("out of range of i32"));
}

/// What is never reached never fails; what is skipped is computed all the same.
#[test]
fn iterators_fail_as_lazily_as_std() {
    let mut f = Fixture::new();
    let inverse = closure([f.n], binary(Div, int(6), var(f.n)));
    let items = |items: [i128; 3]| method("map", [iter(items), inverse.clone()]);
    let find = |list| method("find", [items(list), f.above(2)]);
    assert_eq!(compute(f.b.clone(), json!({}), find([6, 2, 0])).unwrap(), json!(3));
    assert!(failing(&f, find([6, 0, 2])).contains("zero"));
    let taken = f.vec(method("take", [items([1, 2, 0]), int(2)]));
    assert_eq!(compute(f.b.clone(), json!({}), taken).unwrap(), json!([6, 3]));
    let skipped = f.vec(method("skip", [items([0, 2, 3]), int(1)]));
    assert!(failing(&f, skipped).contains("zero"));
    let any = method("any", [items([2, 0, 0]), f.above(1)]);
    assert_eq!(compute(f.b.clone(), json!({}), any).unwrap(), json!(true));
}
