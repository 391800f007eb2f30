//! Operators with two operands.

use std::cmp::Ordering;

use durafn_ir::{BinaryOp, Expr, FloatType, MAX_EXACT_INT, TypeDef, TypeId, Typed};

use super::{Env, Eval, Failure, Val, numbers};

/// `a op b`.
pub(super) fn binary(
    eval: &Eval,
    op: BinaryOp,
    a: &Expr<Typed>,
    b: &Expr<Typed>,
    env: &mut Env,
) -> Result<Val, Failure> {
    let ty = a.ty;
    let left = eval.eval(a, env)?;
    match (op, &left) {
        (BinaryOp::And, Val::Bool(false)) => return Ok(Val::Bool(false)),
        (BinaryOp::Or, Val::Bool(true)) => return Ok(Val::Bool(true)),
        _ => {}
    }
    let right = eval.eval(b, env)?;
    Ok(match op {
        BinaryOp::And | BinaryOp::Or => right,
        BinaryOp::Eq => Val::Bool(left == right),
        BinaryOp::Ne => Val::Bool(left != right),
        BinaryOp::Lt => Val::Bool(compare(&left, &right) == Some(Ordering::Less)),
        BinaryOp::Le => Val::Bool(compare(&left, &right).is_some_and(Ordering::is_le)),
        BinaryOp::Gt => Val::Bool(compare(&left, &right) == Some(Ordering::Greater)),
        BinaryOp::Ge => Val::Bool(compare(&left, &right).is_some_and(Ordering::is_ge)),
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
            arithmetic(eval, op, ty, left, right)?
        }
    })
}

/// The order of two values of one type.
pub(super) fn compare(a: &Val, b: &Val) -> Option<Ordering> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
        (Val::Float(a), Val::Float(b)) => a.partial_cmp(b),
        (Val::Str(a), Val::Str(b)) => Some(a.cmp(b)),
        (Val::Char(a), Val::Char(b)) => Some(a.cmp(b)),
        (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
        (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(b)),
        (Val::Tuple(a), Val::Tuple(b)) => {
            let mut orders = a.iter().zip(b).map(|(a, b)| compare(a, b));
            orders.find(|order| *order != Some(Ordering::Equal)).unwrap_or(Some(Ordering::Equal))
        }
        (Val::Timestamp(a), Val::Timestamp(b)) => Some(a.cmp(b)),
        (a, b) => unreachable!("{a:?} and {b:?} have no order"),
    }
}

fn arithmetic(eval: &Eval, op: BinaryOp, ty: TypeId, a: Val, b: Val) -> Result<Val, Failure> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => integers(eval, op, ty, a, b),
        (Val::Float(a), Val::Float(b)) => numbers::float(eval.types(), ty, floats(eval, op, ty, a, b)),
        (Val::Str(a), Val::Str(b)) => Ok(Val::Str(a + &b)),
        (a, b) => times(op, a, b),
    }
}

fn integers(eval: &Eval, op: BinaryOp, ty: TypeId, a: i128, b: i128) -> Result<Val, Failure> {
    if b == 0 && matches!(op, BinaryOp::Div | BinaryOp::Rem) {
        return Err(Failure::eval("division by zero"));
    }
    let value = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a.saturating_mul(b),
        BinaryOp::Div => a / b,
        BinaryOp::Rem => {
            // The remainder overflows where the quotient does.
            numbers::int(eval.types(), ty, a / b)?;
            a % b
        }
        other => unreachable!("{other:?} is no arithmetic"),
    };
    numbers::int(eval.types(), ty, value)
}

fn floats(eval: &Eval, op: BinaryOp, ty: TypeId, a: f64, b: f64) -> f64 {
    let is_single = matches!(eval.types().get(ty), TypeDef::Float(FloatType::F32));
    if is_single {
        let (a, b) = (a as f32, b as f32);
        return f64::from(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            BinaryOp::Div => a / b,
            _ => a % b,
        });
    }
    match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        _ => a % b,
    }
}

fn times(op: BinaryOp, a: Val, b: Val) -> Result<Val, Failure> {
    let result = match (op, &a, &b) {
        (BinaryOp::Add, Val::Duration(a), Val::Duration(b)) => a.checked_add(*b).map(Val::Duration),
        (BinaryOp::Sub, Val::Duration(a), Val::Duration(b)) => a.checked_sub(*b).map(Val::Duration),
        (BinaryOp::Mul, Val::Duration(a), Val::Int(b)) | (BinaryOp::Mul, Val::Int(b), Val::Duration(a)) => {
            a.checked_mul(*b as u32).map(Val::Duration)
        }
        (BinaryOp::Div, Val::Duration(a), Val::Int(b)) => a.checked_div(*b as u32).map(Val::Duration),
        (BinaryOp::Add, Val::Timestamp(a), Val::Duration(b)) => {
            millis(b).and_then(|b| a.checked_add(b)).filter(in_years).map(Val::Timestamp)
        }
        (BinaryOp::Sub, Val::Timestamp(a), Val::Duration(b)) => {
            millis(b).and_then(|b| a.checked_sub(b)).filter(in_years).map(Val::Timestamp)
        }
        (op, a, b) => unreachable!("`{}` of {a:?} and {b:?}", op.symbol()),
    };
    let exact = |value: &Val| !matches!(value, Val::Duration(long) if i128::from(long.as_secs()) > MAX_EXACT_INT);
    result.filter(exact).ok_or_else(|| Failure::eval(format!("{a:?} {} {b:?} is out of range", op.symbol())))
}

/// From the year 1 to the year 9999.
fn in_years(millis: &i64) -> bool {
    (-62_135_596_800_000..=253_402_207_200_000).contains(millis)
}

/// Whole milliseconds: a timestamp holds nothing finer.
fn millis(duration: &std::time::Duration) -> Option<i64> {
    let is_whole = duration.subsec_nanos().is_multiple_of(1_000_000);
    i64::try_from(duration.as_millis()).ok().filter(|_| is_whole)
}
