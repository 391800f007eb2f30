//! Text that is searched for something computed, and ASCII.

use durafn_ir::{Builtin as B, IntType as I, TypeDef, TypeId};
use serde_json::{Value, json};

use super::{Case, Row, case, row, rows};
use crate::build::{Build, E, method};

/// Texts and what is looked for in them: nothing, overlaps, characters of two units.
const PAIRS: [(&str, &str); 12] = [
    ("abcab", "ab"),
    ("abab", "ab"),
    ("aaa", "aa"),
    ("abc", ""),
    ("", ""),
    ("", "a"),
    ("a😀b😀", "😀"),
    ("😀é", ""),
    ("a.b$", "."),
    ("x", "xx"),
    ("ab", "ab"),
    ("1$&2", "$"),
];

fn string(b: &mut Build, name: &str) -> E {
    let ty = b.string();
    let var = b.var(name, ty);
    b.read(var)
}

fn over_pairs(expected: impl Fn(&str, &str) -> Value) -> Vec<Row> {
    PAIRS.iter().map(|(s, t)| row(json!({"s": s, "t": t}), Some(expected(s, t)))).collect()
}

fn both(builtin: B, ty: impl Fn(&mut Build) -> TypeId) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (s, t) = (string(b, "s"), string(b, "t"));
        let ty = ty(b);
        method(ty, builtin, vec![s, t])
    }
}

pub(super) fn add(cases: &mut Vec<Case>) {
    computed(cases);
    matches(cases);
    ascii(cases);
    characters(cases);
}

fn computed(cases: &mut Vec<Case>) {
    let boolean = |b: &mut Build| b.bool();
    let text = |b: &mut Build| {
        let ty = b.string();
        b.option(ty)
    };
    let texts = |b: &mut Build| {
        let ty = b.string();
        b.iter(ty)
    };
    let pair = |b: &mut Build| {
        let ty = b.string();
        let ty = b.ty(TypeDef::Tuple(vec![ty, ty]));
        b.option(ty)
    };
    let list = |pieces: Vec<&str>| json!(pieces);
    case(cases, "ends_with a variable", both(B::StrEndsWith, boolean), over_pairs(|s, t| json!(s.ends_with(t))));
    case(
        cases,
        "strip_prefix of a variable",
        both(B::StrStripPrefix, text),
        over_pairs(|s, t| json!(s.strip_prefix(t))),
    );
    case(
        cases,
        "strip_suffix of a variable",
        both(B::StrStripSuffix, text),
        over_pairs(|s, t| json!(s.strip_suffix(t))),
    );
    case(cases, "split by a variable", both(B::StrSplit, texts), over_pairs(|s, t| list(s.split(t).collect())));
    case(cases, "rsplit by a variable", both(B::StrRsplit, texts), over_pairs(|s, t| list(s.rsplit(t).collect())));
    case(cases, "split_once at a variable", both(B::StrSplitOnce, pair), over_pairs(|s, t| json!(s.split_once(t))));
    case(cases, "rsplit_once at a variable", both(B::StrRsplitOnce, pair), over_pairs(|s, t| json!(s.rsplit_once(t))));
    for count in [0, 1, 2, 3] {
        let build = move |b: &mut Build| {
            let (s, t) = (string(b, "s"), string(b, "t"));
            let (n, ty) = (b.number(I::Usize, count), b.string());
            let ty = b.iter(ty);
            method(ty, B::StrSplitn, vec![s, n, t])
        };
        let rows = over_pairs(move |s, t| json!(s.splitn(count as usize, t).collect::<Vec<_>>()));
        case(cases, &format!("splitn({count})"), build, rows);
    }
    let replaced = |b: &mut Build| {
        let (s, t, by) = (string(b, "s"), string(b, "t"), string(b, "by"));
        let ty = s.ty;
        method(ty, B::StrReplace, vec![s, t, by])
    };
    let mut all = Vec::new();
    for (s, t) in PAIRS {
        for by in ["", "$1", "-"] {
            all.push(row(json!({"s": s, "t": t, "by": by}), Some(json!(s.replace(t, by)))));
        }
    }
    case(cases, "replace a variable", replaced, all);
}

fn on_literal(builtin: B, literal: &'static str) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (s, literal) = (string(b, "s"), b.text(literal));
        let ty = s.ty;
        method(ty, builtin, vec![s, literal])
    }
}

fn matches(cases: &mut Vec<Case>) {
    let samples = ["", "ab", "abab-abab", "aba", "ababa", "x.ab", "ab\n"];
    let over = |expected: fn(&str) -> &str| {
        samples.iter().map(|s| row(json!({"s": s}), Some(json!(expected(s))))).collect::<Vec<_>>()
    };
    case(cases, "trim_start_matches", on_literal(B::StrTrimStartMatches, "ab"), over(|s| s.trim_start_matches("ab")));
    case(cases, "trim_end_matches", on_literal(B::StrTrimEndMatches, "ab"), over(|s| s.trim_end_matches("ab")));
    case(
        cases,
        "trim_end_matches with a border",
        on_literal(B::StrTrimEndMatches, "aba"),
        over(|s| s.trim_end_matches("aba")),
    );
    let dots = rows! { {"s": "..a.."} => "..a"; {"s": "😀"} => "😀"; };
    case(cases, "trim_end_matches of a mark", on_literal(B::StrTrimEndMatches, "."), dots);
}

fn ascii(cases: &mut Vec<Case>) {
    let samples = ["", "aZ", "Äß İ😀", "K", "stRaße"];
    let over = |expected: fn(&str) -> Value| {
        samples.iter().map(|s| row(json!({"s": s}), Some(expected(s)))).collect::<Vec<_>>()
    };
    let plain = |builtin: B, test: bool| {
        move |b: &mut Build| {
            let s = string(b, "s");
            let ty = if test { b.bool() } else { s.ty };
            method(ty, builtin, vec![s])
        }
    };
    case(cases, "to_ascii_uppercase", plain(B::StrToAsciiUppercase, false), over(|s| json!(s.to_ascii_uppercase())));
    case(cases, "to_ascii_lowercase", plain(B::StrToAsciiLowercase, false), over(|s| json!(s.to_ascii_lowercase())));
    case(cases, "is_ascii", plain(B::StrIsAscii, true), over(|s| json!(s.is_ascii())));
    let boolean = |b: &mut Build| b.bool();
    let same = rows! {
        {"s": "aB", "t": "Ab"} => true; {"s": "ä", "t": "Ä"} => false; {"s": "", "t": ""} => true; {"s": "a", "t": "ab"} => false;
    };
    case(cases, "eq_ignore_ascii_case", both(B::StrEqIgnoreAsciiCase, boolean), same);
}

/// What std makes of a character.
type OfChar<T> = fn(&char) -> T;

fn characters(cases: &mut Vec<Case>) {
    let samples = ['a', 'Z', 'g', '0', '_', '[', '`', '{', '~', '!', '/', ':', '@', ' ', '\u{a0}', '\n', 'é', '😀'];
    let tests: [(&str, B, OfChar<bool>); 6] = [
        ("is_ascii_uppercase", B::CharIsAsciiUppercase, char::is_ascii_uppercase),
        ("is_ascii_lowercase", B::CharIsAsciiLowercase, char::is_ascii_lowercase),
        ("is_ascii_hexdigit", B::CharIsAsciiHexdigit, char::is_ascii_hexdigit),
        ("is_ascii_punctuation", B::CharIsAsciiPunctuation, char::is_ascii_punctuation),
        ("char is_ascii", B::CharIsAscii, char::is_ascii),
        ("is_whitespace", B::CharIsWhitespace, |c| c.is_whitespace()),
    ];
    let read = |b: &mut Build| {
        let ty = b.ty(TypeDef::Char);
        let var = b.var("c", ty);
        b.read(var)
    };
    for (name, builtin, expected) in tests {
        let build = move |b: &mut Build| {
            let (c, ty) = (read(b), b.bool());
            method(ty, builtin, vec![c])
        };
        case(cases, name, build, samples.iter().map(|c| row(json!({"c": c}), Some(json!(expected(c))))).collect());
    }
    let changes: [(&str, B, OfChar<char>); 2] = [
        ("char to_ascii_uppercase", B::CharToAsciiUppercase, char::to_ascii_uppercase),
        ("char to_ascii_lowercase", B::CharToAsciiLowercase, char::to_ascii_lowercase),
    ];
    for (name, builtin, expected) in changes {
        let build = move |b: &mut Build| {
            let c = read(b);
            let ty = c.ty;
            method(ty, builtin, vec![c])
        };
        case(cases, name, build, samples.iter().map(|c| row(json!({"c": c}), Some(json!(expected(c))))).collect());
    }
}
