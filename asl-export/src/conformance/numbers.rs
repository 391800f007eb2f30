//! Arithmetic, casts and comparison.

use durafn_ir::{
    BinaryOp as Op, Builtin as B, CastType, ExprKind, FloatType, FormatPart, IntType as I, TypeDef, UnaryOp,
};

use super::{Case, case, rows};
use crate::build::{Build, E, expr, method};

fn int(b: &mut Build, name: &str, int: I) -> E {
    let ty = b.int(int);
    let var = b.var(name, ty);
    b.read(var)
}

pub(super) fn float(b: &mut Build, name: &str) -> E {
    let ty = b.ty(TypeDef::Float(FloatType::F64));
    let var = b.var(name, ty);
    b.read(var)
}

fn pair(op: Op, ty: I) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (x, y) = (int(b, "a", ty), int(b, "b", ty));
        b.binary(op, x, y)
    }
}

fn with_literal(op: Op, ty: I, literal: i128) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let (x, y) = (int(b, "a", ty), b.number(ty, literal));
        b.binary(op, x, y)
    }
}

fn ints(builtin: B, ty: I, count: usize) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let args = ["a", "b", "c"].into_iter().take(count).map(|name| int(b, name, ty)).collect();
        let ty = b.int(ty);
        let ty = match builtin {
            B::IntCheckedAdd | B::IntCheckedSub | B::IntCheckedMul | B::IntCheckedDiv => b.option(ty),
            _ => ty,
        };
        method(ty, builtin, args)
    }
}

fn floats(builtin: B) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let x = float(b, "x");
        method(x.ty, builtin, vec![x])
    }
}

fn cast(from: Option<I>, to: I) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let value = match from {
            Some(from) => int(b, "a", from),
            None => float(b, "a"),
        };
        let ty = b.int(to);
        expr(ty, ExprKind::Cast(value, CastType::Int(to)))
    }
}

pub(super) fn add(cases: &mut Vec<Case>) {
    arithmetic(cases);
    division(cases);
    methods(cases);
    checked(cases);
    casts(cases);
    floating(cases);
}

fn arithmetic(cases: &mut Vec<Case>) {
    case(
        cases,
        "u32 + u32",
        pair(Op::Add, I::U32),
        rows! {
            {"a": 1, "b": 2} => 3;
            {"a": 4_294_967_295_u32, "b": 0} => 4_294_967_295_u32;
            {"a": 4_294_967_295_u32, "b": 1} => fails;
        },
    );
    case(
        cases,
        "i32 + 1",
        with_literal(Op::Add, I::I32, 1),
        rows! {
            {"a": -5} => (-4);
            {"a": 2_147_483_646} => 2_147_483_647;
            {"a": 2_147_483_647} => fails;
        },
    );
    case(
        cases,
        "u64 + u64",
        pair(Op::Add, I::U64),
        rows! {
            {"a": 9_007_199_254_740_990_u64, "b": 1} => 9_007_199_254_740_991_u64;
            {"a": 9_007_199_254_740_991_u64, "b": 1} => fails;
            {"a": 9_007_199_254_740_991_u64, "b": 2} => fails;
        },
    );
    case(
        cases,
        "u32 - u32",
        pair(Op::Sub, I::U32),
        rows! {
            {"a": 2, "b": 2} => 0;
            {"a": 2, "b": 3} => fails;
        },
    );
    case(
        cases,
        "i8 - i8",
        pair(Op::Sub, I::I8),
        rows! {
            {"a": -100, "b": 28} => (-128);
            {"a": -100, "b": 29} => fails;
            {"a": 100, "b": -28} => fails;
        },
    );
    case(
        cases,
        "i64 * i64",
        pair(Op::Mul, I::I64),
        rows! {
            {"a": -3, "b": 4} => (-12);
            {"a": 94_906_265, "b": 94_906_265} => 9_007_199_136_250_225_i64;
            {"a": 94_906_266, "b": 94_906_266} => fails;
            {"a": 94_906_266, "b": -94_906_266} => fails;
        },
    );
    case(
        cases,
        "u8 * 2",
        with_literal(Op::Mul, I::U8, 2),
        rows! {
            {"a": 127} => 254;
            {"a": 128} => fails;
        },
    );
    case(
        cases,
        "a + b + c of u8",
        |b| {
            let (x, y, z) = (int(b, "a", I::U8), int(b, "b", I::U8), int(b, "c", I::U8));
            let sum = b.binary(Op::Add, x, y);
            b.binary(Op::Add, sum, z)
        },
        rows! {
            {"a": 100, "b": 100, "c": 55} => 255;
            {"a": 200, "b": 100, "c": 1} => fails;
        },
    );
    case(
        cases,
        "-i32",
        |b| {
            let x = int(b, "a", I::I32);
            expr(x.ty, ExprKind::Unary(UnaryOp::Neg, x))
        },
        rows! {
            {"a": 5} => (-5);
            {"a": -5} => 5;
            {"a": -2_147_483_648} => fails;
        },
    );
}

fn division(cases: &mut Vec<Case>) {
    case(
        cases,
        "i32 / i32",
        pair(Op::Div, I::I32),
        rows! {
            {"a": 7, "b": 2} => 3;
            {"a": -7, "b": 2} => (-3);
            {"a": 7, "b": -2} => (-3);
            {"a": -7, "b": -2} => 3;
            {"a": -1, "b": 2} => 0;
            {"a": 1, "b": 0} => fails;
            {"a": 0, "b": 0} => fails;
            {"a": -2_147_483_648, "b": -1} => fails;
        },
    );
    case(
        cases,
        "u64 / 3",
        with_literal(Op::Div, I::U64, 3),
        rows! {
            {"a": 8} => 2;
            {"a": 9_007_199_254_740_991_u64} => 3_002_399_751_580_330_u64;
        },
    );
    case(
        cases,
        "i32 / 2",
        with_literal(Op::Div, I::I32, 2),
        rows! {
            {"a": -7} => (-3);
            {"a": 7} => 3;
        },
    );
    case(
        cases,
        "i32 % i32",
        pair(Op::Rem, I::I32),
        rows! {
            {"a": 7, "b": 3} => 1;
            {"a": -7, "b": 3} => (-1);
            {"a": 7, "b": -3} => 1;
            {"a": -6, "b": 3} => 0;
            {"a": 7, "b": 0} => fails;
            {"a": -2_147_483_648, "b": -1} => fails;
        },
    );
    case(
        cases,
        "u8 % 10",
        with_literal(Op::Rem, I::U8, 10),
        rows! {
            {"a": 255} => 5;
            {"a": 10} => 0;
        },
    );
    case(
        cases,
        "(i32 / 2).to_string()",
        |b| {
            let (x, two) = (int(b, "a", I::I32), b.number(I::I32, 2));
            let half = b.binary(Op::Div, x, two);
            let string = b.string();
            method(string, B::ToString, vec![half])
        },
        rows! {
            {"a": -1} => "0";
            {"a": -4} => "-2";
        },
    );
    case(
        cases,
        "(i32 % 3).to_string()",
        |b| {
            let (x, three) = (int(b, "a", I::I32), b.number(I::I32, 3));
            let rest = b.binary(Op::Rem, x, three);
            let string = b.string();
            method(string, B::ToString, vec![rest])
        },
        rows! {
            {"a": -6} => "0";
            {"a": -5} => "-2";
        },
    );
}

fn methods(cases: &mut Vec<Case>) {
    case(
        cases,
        "i32::abs",
        ints(B::IntAbs, I::I32, 1),
        rows! {
            {"a": -5} => 5;
            {"a": -2_147_483_648} => fails;
        },
    );
    case(
        cases,
        "i32::abs_diff",
        ints(B::IntAbsDiff, I::I32, 2),
        rows! {
            {"a": -5, "b": 5} => 10;
            {"a": 2_147_483_647, "b": -2_147_483_648} => 4_294_967_295_u32;
        },
    );
    case(
        cases,
        "u32::pow",
        ints(B::IntPow, I::U32, 2),
        rows! {
            {"a": 3, "b": 4} => 81;
            {"a": 3, "b": 0} => 1;
            {"a": 0, "b": 0} => 1;
            {"a": 2, "b": 31} => 2_147_483_648_u32;
            {"a": 2, "b": 32} => fails;
        },
    );
    case(
        cases,
        "i32::pow",
        ints(B::IntPow, I::I32, 2),
        rows! {
            {"a": -2, "b": 31} => (-2_147_483_648);
            {"a": -2, "b": 3} => (-8);
            {"a": -2, "b": 32} => fails;
        },
    );
    case(cases, "i32::min", ints(B::IntMin, I::I32, 2), rows! { {"a": 1, "b": 2} => 1; {"a": 2, "b": -1} => (-1); });
    case(cases, "i32::max", ints(B::IntMax, I::I32, 2), rows! { {"a": 1, "b": 2} => 2; {"a": 2, "b": -1} => 2; });
    case(
        cases,
        "i32::clamp",
        ints(B::IntClamp, I::I32, 3),
        rows! {
            {"a": 5, "b": 1, "c": 3} => 3;
            {"a": -5, "b": 1, "c": 3} => 1;
            {"a": 2, "b": 1, "c": 3} => 2;
            {"a": 2, "b": 3, "c": 1} => fails;
        },
    );
    case(
        cases,
        "i32::signum",
        ints(B::IntSignum, I::I32, 1),
        rows! {
            {"a": 9} => 1; {"a": 0} => 0; {"a": -9} => (-1);
        },
    );
    case(
        cases,
        "i32::div_euclid",
        ints(B::IntDivEuclid, I::I32, 2),
        rows! {
            {"a": 7, "b": 4} => 1;
            {"a": -7, "b": 4} => (-2);
            {"a": 7, "b": -4} => (-1);
            {"a": -7, "b": -4} => 2;
            {"a": 7, "b": 0} => fails;
            {"a": -2_147_483_648, "b": -1} => fails;
        },
    );
    case(
        cases,
        "i32::rem_euclid",
        ints(B::IntRemEuclid, I::I32, 2),
        rows! {
            {"a": 7, "b": 4} => 3;
            {"a": -7, "b": 4} => 1;
            {"a": 7, "b": -4} => 3;
            {"a": -7, "b": -4} => 1;
            {"a": 7, "b": 0} => fails;
        },
    );
    case(
        cases,
        "u32::div_ceil",
        ints(B::IntDivCeil, I::U32, 2),
        rows! {
            {"a": 7, "b": 2} => 4; {"a": 8, "b": 2} => 4; {"a": 0, "b": 2} => 0; {"a": 1, "b": 0} => fails;
        },
    );
}

fn checked(cases: &mut Vec<Case>) {
    case(
        cases,
        "u8::checked_add",
        ints(B::IntCheckedAdd, I::U8, 2),
        rows! {
            {"a": 250, "b": 5} => 255; {"a": 250, "b": 6} => null;
        },
    );
    case(
        cases,
        "u64::checked_add",
        ints(B::IntCheckedAdd, I::U64, 2),
        rows! {
            {"a": 9_007_199_254_740_990_u64, "b": 1} => 9_007_199_254_740_991_u64;
            {"a": 9_007_199_254_740_991_u64, "b": 1} => fails;
        },
    );
    case(
        cases,
        "u8::checked_sub",
        ints(B::IntCheckedSub, I::U8, 2),
        rows! {
            {"a": 5, "b": 5} => 0; {"a": 5, "b": 6} => null;
        },
    );
    case(
        cases,
        "i8::checked_mul",
        ints(B::IntCheckedMul, I::I8, 2),
        rows! {
            {"a": -64, "b": 2} => (-128); {"a": 64, "b": 2} => null; {"a": -65, "b": 2} => null;
        },
    );
    case(
        cases,
        "i32::checked_div",
        ints(B::IntCheckedDiv, I::I32, 2),
        rows! {
            {"a": -7, "b": 2} => (-3);
            {"a": 7, "b": 0} => null;
            {"a": -2_147_483_648, "b": -1} => null;
        },
    );
    case(
        cases,
        "u8::saturating_add",
        ints(B::IntSaturatingAdd, I::U8, 2),
        rows! {
            {"a": 250, "b": 5} => 255; {"a": 250, "b": 200} => 255; {"a": 0, "b": 0} => 0;
        },
    );
    case(
        cases,
        "u64::saturating_sub",
        ints(B::IntSaturatingSub, I::U64, 2),
        rows! {
            {"a": 5, "b": 3} => 2; {"a": 3, "b": 5} => 0;
        },
    );
    case(
        cases,
        "i8::saturating_sub",
        ints(B::IntSaturatingSub, I::I8, 2),
        rows! {
            {"a": -100, "b": 100} => (-128); {"a": 100, "b": -100} => 127; {"a": 1, "b": 2} => (-1);
        },
    );
    case(
        cases,
        "i32::saturating_mul",
        ints(B::IntSaturatingMul, I::I32, 2),
        rows! {
            {"a": 100_000, "b": 100_000} => 2_147_483_647;
            {"a": -100_000, "b": 100_000} => (-2_147_483_648);
            {"a": -3, "b": 4} => (-12);
        },
    );
}

fn casts(cases: &mut Vec<Case>) {
    case(
        cases,
        "i32 as u8",
        cast(Some(I::I32), I::U8),
        rows! {
            {"a": 255} => 255; {"a": 256} => 0; {"a": -1} => 255; {"a": -256} => 0; {"a": 1000} => 232;
        },
    );
    case(
        cases,
        "i32 as i8",
        cast(Some(I::I32), I::I8),
        rows! {
            {"a": 127} => 127; {"a": 128} => (-128); {"a": -129} => 127; {"a": 255} => (-1);
        },
    );
    case(cases, "u8 as u64", cast(Some(I::U8), I::U64), rows! { {"a": 200} => 200; });
    case(cases, "i32 as u64", cast(Some(I::I32), I::U64), rows! { {"a": 5} => 5; {"a": -1} => fails; });
    case(
        cases,
        "f64 as u8",
        cast(None, I::U8),
        rows! {
            {"a": 2.9} => 2; {"a": -2.9} => 0; {"a": -0.5} => 0; {"a": 255.9} => 255; {"a": 256.0} => 255; {"a": 1e300} => 255;
        },
    );
    case(
        cases,
        "f64 as i32",
        cast(None, I::I32),
        rows! {
            {"a": 2.9} => 2; {"a": -2.9} => (-2); {"a": 1e10} => 2_147_483_647; {"a": -1e10} => (-2_147_483_648);
            {"a": -2147483648.5} => (-2_147_483_648);
        },
    );
    case(
        cases,
        "f64 as i64",
        cast(None, I::I64),
        rows! {
            {"a": 9007199254740991.0} => 9_007_199_254_740_991_i64; {"a": 1e17} => fails; {"a": -1e17} => fails; {"a": -7.5} => (-7);
        },
    );
}

fn fixed(digits: u32) -> impl FnOnce(&mut Build) -> E {
    move |b| {
        let value = float(b, "x");
        let string = b.string();
        expr(string, ExprKind::Format(vec![FormatPart::Value { value, precision: Some(digits), pad: None }]))
    }
}

fn floating(cases: &mut Vec<Case>) {
    case(
        cases,
        "f64 / f64",
        |b| {
            let (x, y) = (float(b, "x"), float(b, "y"));
            b.binary(Op::Div, x, y)
        },
        rows! {
            {"x": 1.0, "y": 4.0} => 0.25;
            {"x": 1.0, "y": 0.0} => fails;
            {"x": 1e300, "y": 1e-300} => fails;
        },
    );
    case(
        cases,
        "f64 * f64 - 1.0",
        |b| {
            let (x, y) = (float(b, "x"), float(b, "y"));
            let one = expr(x.ty, ExprKind::Literal(durafn_ir::Literal::Float(1.0)));
            let product = b.binary(Op::Mul, x, y);
            b.binary(Op::Sub, product, one)
        },
        rows! {
            {"x": 1.5, "y": 2.0} => 2;
            {"x": 1e300, "y": 1e300} => fails;
            {"x": -1e300, "y": 1e300} => fails;
            {"x": 0.1, "y": 3.0} => (-0.7);
        },
    );
    case(
        cases,
        "f64::round",
        floats(B::FloatRound),
        rows! {
            {"x": 2.5} => 3; {"x": -2.5} => (-3); {"x": 2.4} => 2; {"x": 0.49999999999999994} => 0; {"x": -0.4} => 0; {"x": 3.5} => 4;
            {"x": 4503599627370497.5} => 4503599627370498.0;
        },
    );
    case(cases, "f64::trunc", floats(B::FloatTrunc), rows! { {"x": 2.9} => 2; {"x": -2.9} => (-2); });
    case(cases, "f64::floor", floats(B::FloatFloor), rows! { {"x": 2.9} => 2; {"x": -2.1} => (-3); });
    case(cases, "f64::ceil", floats(B::FloatCeil), rows! { {"x": 2.1} => 3; {"x": -2.9} => (-2); });
    case(cases, "f64::sqrt", floats(B::FloatSqrt), rows! { {"x": 9.0} => 3; {"x": -1.0} => fails; });
    case(cases, "f64::abs", floats(B::FloatAbs), rows! { {"x": -2.5} => 2.5; });
    case(
        cases,
        "f64::min",
        |b| {
            let (x, y) = (float(b, "x"), float(b, "y"));
            method(x.ty, B::FloatMin, vec![x, y])
        },
        rows! { {"x": 1.5, "y": -2.5} => (-2.5); },
    );
    case(
        cases,
        "{:.2}",
        fixed(2),
        rows! {
            {"x": 0.125} => "0.12"; {"x": 0.375} => "0.38"; {"x": 2.675} => "2.67"; {"x": 1.005} => "1.00"; {"x": 1.0} => "1.00";
            {"x": -1.005} => "-1.00"; {"x": -0.001} => "-0.00"; {"x": 0.0} => "0.00"; {"x": 1234567.891} => "1234567.89"; {"x": 0.995} => "0.99";
            {"x": 99.995} => "100.00"; {"x": 0.05} => "0.05"; {"x": 1e-9} => "0.00"; {"x": 8.345} => "8.35"; {"x": 1e11} => "100000000000.00";
        },
    );
    case(
        cases,
        "{:.1}",
        fixed(1),
        rows! {
            {"x": 1.45} => "1.4"; {"x": 0.25} => "0.2"; {"x": 0.35} => "0.3"; {"x": 0.75} => "0.8"; {"x": 0.15} => "0.1";
        },
    );
    case(
        cases,
        "{:.0}",
        fixed(0),
        rows! { {"x": 0.5} => "0"; {"x": 1.5} => "2"; {"x": 2.5} => "2"; {"x": -1.5} => "-2"; },
    );
    case(
        cases,
        "u64 printed",
        |b| {
            let value = int(b, "n", I::U64);
            let string = b.string();
            method(string, B::ToString, vec![value])
        },
        rows! {
            {"n": 9_007_199_254_740_991_u64} => "9007199254740991"; {"n": 0} => "0"; {"n": 1_234_567} => "1234567";
        },
    );
}
