//! Integers and floats: checked, exact in a double, finite.

use durafn_ir::{Builtin, CastType, Expr, FloatType, IntType, MAX_EXACT_INT, TypeDef, TypeId, TypeTable, Typed};

use super::{Env, Eval, Failure, Val};

/// The result of integer arithmetic of a type.
pub(super) fn int(types: &TypeTable, ty: TypeId, value: i128) -> Result<Val, Failure> {
    let TypeDef::Int(int) = types.get(ty) else { unreachable!("no integer type") };
    in_type(*int, value)?;
    exact(Val::Int(value))
}

fn in_type(int: IntType, value: i128) -> Result<(), Failure> {
    let (min, max) = int.range();
    if (min..=max).contains(&value) { Ok(()) } else { Err(overflow(value, int)) }
}

fn overflow(value: i128, int: IntType) -> Failure {
    Failure::eval(format!("{value} is out of range of {}", int.name()))
}

/// The result of float arithmetic.
pub(super) fn float(types: &TypeTable, ty: TypeId, value: f64) -> Result<Val, Failure> {
    exact(Val::Float(match types.get(ty) {
        TypeDef::Float(FloatType::F32) => f64::from(value as f32),
        _ => value,
    }))
}

/// The value, if its numbers survive JSON: integers up to 2^53, finite floats.
pub(super) fn exact(value: Val) -> Result<Val, Failure> {
    match &value {
        Val::Int(int) if int.abs() > MAX_EXACT_INT => {
            Err(Failure::eval(format!("{int} is past 2^53, which a double does not hold exactly")))
        }
        Val::Float(float) if !float.is_finite() => Err(Failure::eval(format!("{float} is no finite number"))),
        Val::Option(Some(inner)) | Val::Result(Ok(inner)) => exact((**inner).clone()).map(|_| value),
        _ => Ok(value),
    }
}

/// `as`: wraps between integers, saturates from floats.
pub(super) fn cast(value: Val, target: CastType) -> Result<Val, Failure> {
    exact(match (value, target) {
        (Val::Int(value), CastType::Int(int)) => Val::Int(match int {
            IntType::U8 => i128::from(value as u8),
            IntType::U16 => i128::from(value as u16),
            IntType::U32 => i128::from(value as u32),
            IntType::U64 | IntType::Usize => i128::from(value as u64),
            IntType::I8 => i128::from(value as i8),
            IntType::I16 => i128::from(value as i16),
            IntType::I32 => i128::from(value as i32),
            IntType::I64 | IntType::Isize => i128::from(value as i64),
        }),
        (Val::Float(value), CastType::Int(int)) => {
            let (min, max) = int.range();
            Val::Int((value as i128).clamp(min, max))
        }
        (Val::Int(value), CastType::Float(FloatType::F64)) => Val::Float(value as f64),
        (Val::Int(value), CastType::Float(FloatType::F32)) => Val::Float(f64::from(value as f32)),
        (Val::Float(value), CastType::Float(FloatType::F64)) => Val::Float(value),
        (Val::Float(value), CastType::Float(FloatType::F32)) => Val::Float(f64::from(value as f32)),
        (other, _) => unreachable!("{other:?} is no number"),
    })
}

/// Methods of integers. What computes is held against 2^53 by the caller.
pub(super) fn int_method(eval: &Eval, builtin: Builtin, args: &[Expr<Typed>], env: &mut Env) -> Result<Val, Failure> {
    let TypeDef::Int(ty) = *eval.types().get(args[0].ty) else { unreachable!("no integer") };
    let values: Vec<i128> = eval.all(args, env)?.into_iter().map(Val::int).collect();
    let (a, b) = (values[0], values.get(1).copied().unwrap_or_default());
    let checked = |value: i128| in_type(ty, value).map(|()| Val::Int(value));
    let optional = |value: Option<i128>| Val::option(value.filter(|value| in_type(ty, *value).is_ok()).map(Val::Int));
    let saturated = |value: i128| Val::Int(value.clamp(ty.range().0, ty.range().1));
    let divisor = || if b == 0 { Err(Failure::eval("division by zero")) } else { Ok(b) };
    match builtin {
        Builtin::IntAbs => checked(a.abs()),
        Builtin::IntAbsDiff => Ok(Val::Int(a.abs_diff(b) as i128)),
        Builtin::IntPow => match a.checked_pow(b as u32) {
            Some(power) => checked(power),
            None => Err(Failure::eval(format!("{a} to the power of {b} is out of range of {}", ty.name()))),
        },
        Builtin::IntMin => Ok(Val::Int(a.min(b))),
        Builtin::IntMax => Ok(Val::Int(a.max(b))),
        Builtin::IntClamp if b > values[2] => Err(Failure::eval(format!("{b} is above {}", values[2]))),
        Builtin::IntClamp => Ok(Val::Int(a.clamp(b, values[2]))),
        Builtin::IntSignum => Ok(Val::Int(a.signum())),
        Builtin::IntDivEuclid => checked(a.div_euclid(divisor()?)),
        Builtin::IntRemEuclid => {
            checked(a.div_euclid(divisor()?))?;
            checked(a.rem_euclid(b))
        }
        Builtin::IntDivCeil => {
            let quotient = a / divisor()?;
            checked(if a % b == 0 { quotient } else { quotient + 1 })
        }
        Builtin::IntCheckedAdd => Ok(optional(Some(a + b))),
        Builtin::IntCheckedSub => Ok(optional(Some(a - b))),
        Builtin::IntCheckedMul => Ok(optional(a.checked_mul(b))),
        Builtin::IntCheckedDiv => Ok(optional(a.checked_div(b))),
        Builtin::IntCheckedRem => Ok(match optional(a.checked_div(b)) {
            Val::Option(None) => Val::NONE,
            _ => optional(a.checked_rem(b)),
        }),
        Builtin::IntCheckedNeg => Ok(optional(Some(-a))),
        Builtin::IntUnsignedAbs => Ok(Val::Int(a.abs())),
        Builtin::IntIsPositive => Ok(Val::Bool(a > 0)),
        Builtin::IntIsNegative => Ok(Val::Bool(a < 0)),
        Builtin::IntSaturatingAdd => Ok(saturated(a + b)),
        Builtin::IntSaturatingSub => Ok(saturated(a - b)),
        Builtin::IntSaturatingMul => Ok(saturated(a.saturating_mul(b))),
        other => unreachable!("{other:?} is no method of integers"),
    }
}

/// Methods of floats.
pub(super) fn float_method(eval: &Eval, builtin: Builtin, args: &[Expr<Typed>], env: &mut Env) -> Result<Val, Failure> {
    let ty = args[0].ty;
    let values = eval.all(args, env)?;
    let a = values[0].clone().float();
    let other = |index: usize| values[index].clone().float();
    let value = match builtin {
        Builtin::FloatAbs => a.abs(),
        Builtin::FloatFloor => a.floor(),
        Builtin::FloatCeil => a.ceil(),
        Builtin::FloatRound => a.round(),
        Builtin::FloatTrunc => a.trunc(),
        Builtin::FloatSqrt => a.sqrt(),
        Builtin::FloatFract => a.fract(),
        Builtin::FloatSignum if a < 0.0 => -1.0,
        Builtin::FloatSignum => 1.0,
        Builtin::FloatPowi => {
            let exponent = values[1].clone().int();
            let power = (0..exponent.abs()).fold(1.0, |power, _| power * a);
            if exponent < 0 { 1.0 / power } else { power }
        }
        Builtin::FloatMin => a.min(other(1)),
        Builtin::FloatMax => a.max(other(1)),
        Builtin::FloatClamp if other(1) > other(2) => {
            return Err(Failure::eval(format!("{} is above {}", other(1), other(2))));
        }
        Builtin::FloatClamp => a.clamp(other(1), other(2)),
        other => unreachable!("{other:?} is no method of floats"),
    };
    float(eval.types(), ty, value)
}
