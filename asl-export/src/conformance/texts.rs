//! Strings and characters.

use durafn_ir::{BinaryOp as Op, Builtin as B, ExprKind, FormatPart, IntType as I, Literal, Pattern, TypeDef};

use super::{Case, case, rows};
use crate::build::{Build, E, expr, method};

fn text(b: &mut Build, name: &str) -> E {
    let ty = b.string();
    let var = b.var(name, ty);
    b.read(var)
}

/// A method of `s` with literal arguments.
fn on_text(builtin: B, literals: &'static [&'static str]) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let mut args = vec![text(b, "s")];
        for literal in literals {
            args.push(b.text(literal));
        }
        let string = b.string();
        let ty = match builtin {
            B::StrContains | B::StrStartsWith | B::StrEndsWith | B::StrIsEmpty => b.bool(),
            B::StrStripPrefix | B::StrStripSuffix => b.option(string),
            B::StrSplitOnce => {
                let pair = b.ty(TypeDef::Tuple(vec![string, string]));
                b.option(pair)
            }
            B::StrSplit | B::StrSplitWhitespace | B::StrLines | B::StrChars => b.iter(string),
            _ => string,
        };
        method(ty, builtin, args)
    }
}

fn two_texts(builtin: B) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (s, t) = (text(b, "s"), text(b, "t"));
        let ty = b.bool();
        method(ty, builtin, vec![s, t])
    }
}

pub(super) fn add(cases: &mut Vec<Case>) {
    tests_of_text(cases);
    changes(cases);
    pieces(cases);
    order(cases);
    parsing(cases);
    formatting(cases);
}

fn tests_of_text(cases: &mut Vec<Case>) {
    case(cases, "is_empty", on_text(B::StrIsEmpty, &[]), rows! { {"s": ""} => true; {"s": " "} => false; });
    case(
        cases,
        "contains",
        two_texts(B::StrContains),
        rows! {
            {"s": "abc", "t": "bc"} => true; {"s": "abc", "t": ""} => true; {"s": "", "t": ""} => true; {"s": "a.c", "t": "."} => true;
            {"s": "abc", "t": "."} => false; {"s": "a😀", "t": "😀"} => true;
        },
    );
    case(
        cases,
        "starts_with a variable",
        two_texts(B::StrStartsWith),
        rows! {
            {"s": "abc", "t": "ab"} => true; {"s": "abc", "t": "bc"} => false; {"s": "abc", "t": ""} => true; {"s": "", "t": "a"} => false;
            {"s": "", "t": ""} => true; {"s": "😀a", "t": "😀"} => true; {"s": "abab", "t": "ab"} => true;
        },
    );
    case(
        cases,
        "starts_with a literal",
        on_text(B::StrStartsWith, &["a.[/"]),
        rows! {
            {"s": "a.[/x"} => true; {"s": "ab[/x"} => false; {"s": "\na.[/"} => false;
        },
    );
    case(
        cases,
        "ends_with",
        on_text(B::StrEndsWith, &["a$"]),
        rows! {
            {"s": "xa$"} => true; {"s": "xa$\n"} => false; {"s": "a$a"} => false; {"s": "a$a$"} => true; {"s": ""} => false;
        },
    );
    case(
        cases,
        "is_ascii_digit",
        |b| {
            let ty = b.ty(TypeDef::Char);
            let var = b.var("c", ty);
            let boolean = b.bool();
            method(boolean, B::CharIsAsciiDigit, vec![b.read(var)])
        },
        rows! { {"c": "7"} => true; {"c": "x"} => false; {"c": "٣"} => false; {"c": "\n"} => false; },
    );
}

fn changes(cases: &mut Vec<Case>) {
    case(
        cases,
        "to_uppercase",
        on_text(B::StrToUppercase, &[]),
        rows! { {"s": "aßé😀"} => "ASSÉ😀"; {"s": ""} => ""; },
    );
    case(cases, "to_lowercase", on_text(B::StrToLowercase, &[]), rows! { {"s": "AÉ"} => "aé"; });
    case(
        cases,
        "trim",
        on_text(B::StrTrim, &[]),
        rows! {
            {"s": " \u{a0}\u{3000}a  b\t\n"} => "a  b"; {"s": " \n "} => ""; {"s": ""} => ""; {"s": "a"} => "a"; {"s": "\u{200b}a"} => "\u{200b}a";
            {"s": "\u{feff}a\u{feff}"} => "\u{feff}a\u{feff}"; {"s": "\u{1c}a"} => "\u{1c}a";
        },
    );
    case(cases, "trim_start", on_text(B::StrTrimStart, &[]), rows! { {"s": " \n a "} => "a "; });
    case(cases, "trim_end", on_text(B::StrTrimEnd, &[]), rows! { {"s": " a \n"} => " a"; {"s": "a\nb"} => "a\nb"; });
    case(
        cases,
        "replace with a literal",
        on_text(B::StrReplace, &[".", "-"]),
        rows! {
            {"s": "a.b.c"} => "a-b-c"; {"s": ""} => ""; {"s": "..."} => "---"; {"s": "abc"} => "abc";
        },
    );
    case(
        cases,
        "replace with a dollar",
        on_text(B::StrReplace, &["b", "$0$$"]),
        rows! { {"s": "abcb"} => "a$0$$c$0$$"; },
    );
    case(
        cases,
        "replace with a variable",
        |b| {
            let (s, t, from) = (text(b, "s"), text(b, "t"), b.text("::"));
            let string = b.string();
            method(string, B::StrReplace, vec![s, from, t])
        },
        rows! { {"s": "a::b::", "t": "$1"} => "a$1b$1"; {"s": "ab", "t": "x"} => "ab"; {"s": "::", "t": ""} => ""; },
    );
    case(
        cases,
        "repeat",
        |b| {
            let s = text(b, "s");
            let count = b.int(I::Usize);
            let count = b.var("n", count);
            let string = b.string();
            method(string, B::StrRepeat, vec![s, b.read(count)])
        },
        rows! { {"s": "ab", "n": 3} => "ababab"; {"s": "ab", "n": 0} => ""; {"s": "", "n": 2} => ""; {"s": "😀", "n": 1} => "😀"; },
    );
    case(
        cases,
        "strip_prefix",
        on_text(B::StrStripPrefix, &["a."]),
        rows! {
            {"s": "a.b"} => "b"; {"s": "a."} => ""; {"s": "xa."} => null; {"s": "ab"} => null; {"s": "a.a.b"} => "a.b";
        },
    );
    case(
        cases,
        "strip_suffix",
        on_text(B::StrStripSuffix, &[".gz"]),
        rows! {
            {"s": "x.gz"} => "x"; {"s": ".gz.gz"} => ".gz"; {"s": "x.gz\n"} => null; {"s": "xygz"} => null;
        },
    );
    case(
        cases,
        "push_str",
        |b| {
            let (s, t) = (text(b, "s"), text(b, "t"));
            method(s.ty, B::StrPushStr, vec![s, t])
        },
        rows! { {"s": "a", "t": "\"b\""} => "a\"b\""; },
    );
}

fn pieces(cases: &mut Vec<Case>) {
    case(
        cases,
        "split",
        on_text(B::StrSplit, &[","]),
        rows! {
            {"s": "a,,b,"} => ["a", "", "b", ""]; {"s": ""} => [""]; {"s": "a"} => ["a"]; {"s": ","} => ["", ""];
        },
    );
    case(
        cases,
        "split_whitespace",
        on_text(B::StrSplitWhitespace, &[]),
        rows! {
            {"s": " a \u{a0} b\n"} => ["a", "b"]; {"s": "a"} => ["a"]; {"s": " "} => []; {"s": ""} => [];
        },
    );
    case(
        cases,
        "split_once",
        on_text(B::StrSplitOnce, &["="]),
        rows! {
            {"s": "a=b=c"} => ["a", "b=c"]; {"s": "ab"} => null; {"s": "="} => ["", ""];
        },
    );
    case(
        cases,
        "chars",
        on_text(B::StrChars, &[]),
        rows! {
            {"s": "a😀\né"} => ["a", "😀", "\n", "é"]; {"s": ""} => []; {"s": "😀"} => ["😀"];
        },
    );
    case(
        cases,
        "lines",
        on_text(B::StrLines, &[]),
        rows! {
            {"s": "a\r\n\nb\n"} => ["a", "", "b"]; {"s": ""} => []; {"s": "a"} => ["a"]; {"s": "\n"} => [""]; {"s": "a\n\n"} => ["a", ""];
            {"s": "a\nb"} => ["a", "b"];
        },
    );
    case(
        cases,
        "chars().count()",
        |b| {
            let s = text(b, "s");
            let iter = b.iter(s.ty);
            let ty = b.int(I::Usize);
            method(ty, B::IterCount, vec![method(iter, B::StrChars, vec![s])])
        },
        rows! { {"s": "a😀é"} => 3; {"s": ""} => 0; },
    );
    case(
        cases,
        "chars().rev().collect()",
        |b| {
            let s = text(b, "s");
            let string = s.ty;
            let iter = b.iter(string);
            let reversed = method(iter, B::IterRev, vec![method(iter, B::StrChars, vec![s])]);
            method(string, B::IterCollect, vec![reversed])
        },
        rows! { {"s": "a😀b"} => "b😀a"; {"s": ""} => ""; {"s": "x"} => "x"; },
    );
}

fn order(cases: &mut Vec<Case>) {
    case(
        cases,
        "String < String",
        |b| {
            let (s, t) = (text(b, "s"), text(b, "t"));
            b.binary(Op::Lt, s, t)
        },
        rows! {
            {"s": "a", "t": "b"} => true; {"s": "b", "t": "a"} => false; {"s": "a", "t": "a"} => false; {"s": "", "t": "a"} => true;
            {"s": "a", "t": "ab"} => true; {"s": "\u{ffee}", "t": "😀"} => true; {"s": "😀", "t": "\u{ffee}"} => false;
            {"s": "\u{d7ff}", "t": "\u{e000}"} => true; {"s": "\u{d7fe}", "t": "\u{d7ff}"} => true; {"s": "x\u{e000}", "t": "x\u{d7ff}z"} => false;
        },
    );
    case(
        cases,
        "String >= literal",
        |b| {
            let (s, t) = (text(b, "s"), b.text("m"));
            b.binary(Op::Ge, s, t)
        },
        rows! { {"s": "😀"} => true; {"s": "\u{ffee}"} => true; {"s": "a"} => false; {"s": "m"} => true; {"s": ""} => false; },
    );
    case(
        cases,
        "char range pattern",
        |b| {
            let ty = b.ty(TypeDef::Char);
            let var = b.var("c", ty);
            let boolean = b.bool();
            let truth = |value| expr(boolean, ExprKind::Literal(Literal::Bool(value)));
            let letters =
                Pattern::Range { from: Some(Literal::Char('a')), to: Some(Literal::Char('z')), inclusive: true };
            crate::build::match_on(boolean, b.read(var), vec![(letters, truth(true)), (Pattern::Wild, truth(false))])
        },
        rows! { {"c": "a"} => true; {"c": "z"} => true; {"c": "😀"} => false; {"c": "A"} => false; {"c": "é"} => false; },
    );
}

fn parse_as(int: I) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let s = text(b, "s");
        let (ok, err) = (b.int(int), b.ty(TypeDef::Opaque("ParseIntError".to_owned())));
        let ty = b.ty(TypeDef::Result(ok, err));
        method(ty, B::StrParse, vec![s])
    }
}

fn parsing(cases: &mut Vec<Case>) {
    case(
        cases,
        "parse::<i32>",
        parse_as(I::I32),
        rows! {
            {"s": "42"} => {"Ok": 42}; {"s": "+42"} => {"Ok": 42}; {"s": "-007"} => {"Ok": -7}; {"s": "+0"} => {"Ok": 0}; {"s": "000"} => {"Ok": 0};
            {"s": ""} => {"Err": null}; {"s": "-"} => {"Err": null}; {"s": " 1"} => {"Err": null}; {"s": "1\n"} => {"Err": null}; {"s": "1.0"} => {"Err": null};
            {"s": "1e3"} => {"Err": null}; {"s": "2147483648"} => {"Err": null}; {"s": "-2147483648"} => {"Ok": -2_147_483_648}; {"s": "٣"} => {"Err": null};
            {"s": "99999999999999999999999"} => {"Err": null}; {"s": "-0"} => {"Ok": 0}; {"s": "+-1"} => {"Err": null};
        },
    );
    case(
        cases,
        "parse::<u64>",
        parse_as(I::U64),
        rows! {
            {"s": "9007199254740991"} => {"Ok": 9_007_199_254_740_991_u64}; {"s": "9007199254740993"} => fails; {"s": "18446744073709551616"} => {"Err": null};
            {"s": "-1"} => {"Err": null};
        },
    );
}

fn formatting(cases: &mut Vec<Case>) {
    case(
        cases,
        "format! of several",
        |b| {
            let (name, count, flag) = (text(b, "name"), b.int(I::U32), b.bool());
            let (count, flag) = (b.var("n", count), b.var("flag", flag));
            let plain = |value| FormatPart::Value { value, precision: None, pad: None };
            let string = b.string();
            let parts = vec![
                plain(name),
                FormatPart::Text(": ".to_owned()),
                plain(b.read(count)),
                FormatPart::Text(" \"{}\" ".to_owned()),
                plain(b.read(flag)),
            ];
            expr(string, ExprKind::Format(parts))
        },
        rows! { {"name": "é😀", "n": 4_294_967_295_u32, "flag": true} => "é😀: 4294967295 \"{}\" true"; },
    );
    for (name, align, expected) in [("{:<5}", '<', "ab***"), ("{:>5}", '>', "***ab"), ("{:^5}", '^', "*ab**")] {
        case(
            cases,
            name,
            |b| {
                let value = text(b, "s");
                let string = b.string();
                expr(
                    string,
                    ExprKind::Format(vec![FormatPart::Value { value, precision: None, pad: Some(('*', align, 5)) }]),
                )
            },
            vec![
                super::row(serde_json::json!({"s": "ab"}), Some(expected.into())),
                super::row(serde_json::json!({"s": "abcdef"}), Some("abcdef".into())),
                super::row(serde_json::json!({"s": "abcde"}), Some("abcde".into())),
                super::row(serde_json::json!({"s": ""}), Some("*****".into())),
            ],
        );
    }
}
