//! `%` of floats.

use durafn_ir::{BinaryOp as Op, ExprKind, Literal};
use serde_json::json;

use super::{Case, Row, case, numbers::float, row, rows};
use crate::build::expr;

/// Pairs of what is near and far, large and small, with what Rust computes.
pub(super) fn add(cases: &mut Vec<Case>) {
    const SIZES: [f64; 22] = [
        5e-324,
        1.5e-323,
        2.225_073_858_507_201e-308,
        2.225_073_858_507_201_4e-308,
        1e-300,
        0.1,
        0.3,
        0.5,
        1.0,
        1.1,
        2.0,
        3.0,
        7.5,
        10.0,
        1e15 + 0.3,
        9_007_199_254_740_991.0,
        9_007_199_254_740_993.0,
        1e17,
        1e22,
        1.234_567_890_123_456_7e100,
        1e300,
        f64::MAX,
    ];
    let pairs = SIZES.iter().flat_map(|x| SIZES.iter().map(|y| (*x, *y)));
    let signed = pairs
        .flat_map(|(x, y)| if x == y || y == 3.0 { vec![(x, y), (-x, y), (x, -y), (-x, -y)] } else { vec![(x, y)] });
    let mut rows: Vec<Row> = signed.map(|(x, y)| row(json!({"x": x, "y": y}), Some(json!(x % y)))).collect();
    rows.extend(rows! { {"x": 7.5, "y": 0.0} => fails; {"x": 0.0, "y": 0.0} => fails; {"x": 0.0, "y": 2.5} => 0; });
    case(
        cases,
        "f64 % f64",
        |b| {
            let (x, y) = (float(b, "x"), float(b, "y"));
            b.binary(Op::Rem, x, y)
        },
        rows,
    );
    case(
        cases,
        "(f64 * f64) % 2.5 % f64",
        |b| {
            let (x, y) = (float(b, "x"), float(b, "y"));
            let half = expr(x.ty, ExprKind::Literal(Literal::Float(2.5)));
            let product = b.binary(Op::Mul, x, y.clone());
            let rest = b.binary(Op::Rem, product, half);
            b.binary(Op::Rem, rest, y)
        },
        rows! {
            {"x": 3.0, "y": 2.0} => 1;
            {"x": -4.6, "y": 1.0} => (-4.6 % 2.5 % 1.0);
            {"x": 1e300, "y": 1e300} => fails;
            {"x": 1.0, "y": 0.0} => fails;
        },
    );
}
