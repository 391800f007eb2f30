//! Arithmetic. Numbers in JSONata are doubles that never overflow loudly, so what could leave the range of its Rust type is checked, unless
//! the operands' own ranges rule it out.

use durafn_ir::{BinaryOp, Builtin, CastType, Expr, ExprKind, FloatType, IntType, Literal, TypeDef, Typed};

use super::{
    Jsonata, Result,
    ast::Op,
    remainder::remainder,
    scope::Encoder,
    types::{Interval, MAX_INT, int_type},
};
use crate::refusal::{self, malformed, refused};

pub(crate) const OVERFLOW: &str = "attempt to compute with overflow";
const ADD_OVERFLOW: &str = "attempt to add with overflow";
const SUBTRACT_OVERFLOW: &str = "attempt to subtract with overflow";
const MULTIPLY_OVERFLOW: &str = "attempt to multiply with overflow";
const DIVIDE_OVERFLOW: &str = "attempt to divide with overflow";
pub(super) const DIVIDE_BY_ZERO: &str = "attempt to divide by zero";

/// More items than this do not fit a payload.
const MOST_ITEMS: i128 = u32::MAX as i128;

impl Encoder<'_> {
    pub(crate) fn binary(
        &mut self,
        op: BinaryOp,
        a: &Expr<Typed>,
        b: &Expr<Typed>,
        expr: &Expr<Typed>,
    ) -> Result<Jsonata> {
        match op {
            BinaryOp::And => Ok(self.encode(a)?.binary(Op::And, self.encode(b)?)),
            BinaryOp::Or => Ok(self.encode(a)?.binary(Op::Or, self.encode(b)?)),
            BinaryOp::Eq | BinaryOp::Ne => self.equality(op == BinaryOp::Eq, a, b),
            BinaryOp::Lt => self.order(Op::Lt, a, b),
            BinaryOp::Le => self.order(Op::Le, a, b),
            BinaryOp::Gt => self.order(Op::Gt, a, b),
            BinaryOp::Ge => self.order(Op::Ge, a, b),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
                self.arithmetic(op, a, b, expr)
            }
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, a: &Expr<Typed>, b: &Expr<Typed>, expr: &Expr<Typed>) -> Result<Jsonata> {
        match self.ty(a.ty) {
            _ if matches!(self.ty(b.ty), TypeDef::Duration) => self.time_op(op, a, b, expr),
            TypeDef::Int(int) if matches!(self.ty(b.ty), TypeDef::Int(_)) => self.int_op(op, a, b, *int),
            TypeDef::Float(FloatType::F64) => self.float_op(op, a, b, expr),
            TypeDef::Float(FloatType::F32) => refused(expr.span, refusal::F32_ARITHMETIC, &[]),
            TypeDef::String | TypeDef::Char if op == BinaryOp::Add => {
                Ok(self.encode(a)?.binary(Op::Concat, self.encode(b)?))
            }
            TypeDef::Duration | TypeDef::Timestamp => self.time_op(op, a, b, expr),
            _ => malformed(expr.span, "arithmetic on values of this type"),
        }
    }

    fn int_op(&mut self, op: BinaryOp, a: &Expr<Typed>, b: &Expr<Typed>, int: IntType) -> Result<Jsonata> {
        let (range_a, range_b) = (self.interval(a), self.interval(b));
        match op {
            BinaryOp::Add => {
                let (a, b) = (self.addend(a, int)?, self.addend(b, int)?);
                sum(self, a, b, range_a, range_b, int)
            }
            BinaryOp::Sub => difference(self, (a, range_a), (b, range_b), int),
            BinaryOp::Mul => {
                let product = self.encode(a)?.binary(Op::Mul, self.encode(b)?);
                check_int(self, product, multiply(range_a, range_b), int, MULTIPLY_OVERFLOW)
            }
            BinaryOp::Div | BinaryOp::Rem => {
                let (a, b) = (self.encode(a)?, self.encode(b)?);
                divide(self, op == BinaryOp::Div, (a, range_a), (b, range_b), int)
            }
            _ => Ok(Jsonata::error(OVERFLOW)),
        }
    }

    /// One side of a sum. A sum of unsigned integers inside a sum is not checked on its own: where it is too large, so is the whole.
    fn addend(&mut self, expr: &Expr<Typed>, int: IntType) -> Result<Jsonata> {
        match &*expr.kind {
            ExprKind::Binary(BinaryOp::Add, a, b) if int.range().0 == 0 => {
                Ok(self.addend(a, int)?.binary(Op::Add, self.addend(b, int)?))
            }
            _ => self.encode(expr),
        }
    }

    /// What leaves the range of a double is infinite, which JSONata takes for a value but not for an operand: adding 0 makes it fail.
    fn float_op(&mut self, op: BinaryOp, a: &Expr<Typed>, b: &Expr<Typed>, expr: &Expr<Typed>) -> Result<Jsonata> {
        let result = self.float_result(op, a, b, expr)?;
        Ok(if self.magnitude(expr).is_finite() { result } else { finite(result) })
    }

    fn float_result(&mut self, op: BinaryOp, a: &Expr<Typed>, b: &Expr<Typed>, expr: &Expr<Typed>) -> Result<Jsonata> {
        if op == BinaryOp::Rem {
            // What is divided by an infinite number is itself, and would hide that the divisor is one.
            let (a, b) = (self.encode(a)?, self.encode(b)?);
            return remainder(self, a, b);
        }
        let (a, b) = (self.float_operand(a)?, self.float_operand(b)?);
        match op {
            BinaryOp::Add => Ok(a.binary(Op::Add, b)),
            BinaryOp::Sub => Ok(a.binary(Op::Sub, b)),
            BinaryOp::Mul => Ok(a.binary(Op::Mul, b)),
            BinaryOp::Div => match is_nonzero(&b) {
                true => Ok(a.binary(Op::Div, b)),
                false => self.with_short("divisor", b, |_, b| {
                    let quotient = a.binary(Op::Div, b.clone());
                    Ok(b.ne(Jsonata::Int(0)).then(quotient, Jsonata::error(DIVIDE_BY_ZERO)))
                }),
            },
            _ => malformed(expr.span, "this arithmetic on floats"),
        }
    }

    /// An operand is checked by the operator that takes it.
    fn float_operand(&mut self, expr: &Expr<Typed>) -> Result<Jsonata> {
        match &*expr.kind {
            ExprKind::Binary(op, a, b) => self.float_result(*op, a, b, expr),
            _ => self.encode(expr),
        }
    }

    /// A bound of a float's absolute value; infinite where the result can be.
    fn magnitude(&self, expr: &Expr<Typed>) -> f64 {
        match &*expr.kind {
            ExprKind::Literal(Literal::Float(value)) => value.abs(),
            ExprKind::Literal(Literal::Int(value)) => *value as f64,
            ExprKind::Cast(inner, _) if int_type(&self.machine.types, inner.ty).is_some() => MAX_INT as f64,
            ExprKind::Binary(op, a, b) => {
                let (size_a, size_b) = (self.magnitude(a), self.magnitude(b));
                match (op, &*b.kind) {
                    (BinaryOp::Add | BinaryOp::Sub, _) => size_a + size_b,
                    (BinaryOp::Mul, _) => size_a * size_b,
                    (BinaryOp::Rem, _) => f64::MAX,
                    (BinaryOp::Div, ExprKind::Literal(Literal::Float(value))) => size_a / value.abs(),
                    _ => f64::INFINITY,
                }
            }
            _ => f64::MAX,
        }
    }

    /// `expr as int` or `expr as float`.
    pub(crate) fn cast(&mut self, operand: &Expr<Typed>, target: CastType, expr: &Expr<Typed>) -> Result<Jsonata> {
        let range = self.interval(operand);
        let value = self.encode(operand)?;
        match (self.ty(operand.ty), target) {
            (TypeDef::Int(_), CastType::Int(int)) => self.wrap(value, range, int),
            (TypeDef::Float(FloatType::F64), CastType::Int(int)) => self.saturate(value, int),
            (TypeDef::Int(_) | TypeDef::Float(FloatType::F64), CastType::Float(FloatType::F64)) => Ok(value),
            (TypeDef::Float(FloatType::F32), CastType::Float(FloatType::F32)) => Ok(value),
            (TypeDef::Bool, CastType::Int(_)) => Ok(value.then(Jsonata::Int(1), Jsonata::Int(0))),
            _ => refused(expr.span, refusal::CAST, &[]),
        }
    }

    /// An integer modulo the width of its new type. Types of 64 bits wrap past what a double holds, so that fails.
    fn wrap(&mut self, value: Jsonata, range: Interval, int: IntType) -> Result<Jsonata> {
        let (low, high) = int.range();
        if Interval::of(int).contains(range) {
            return Ok(value);
        }
        if high > MAX_INT {
            return check_int(self, value, range, int, OVERFLOW);
        }
        let size = Jsonata::Int(high - low + 1);
        self.with_short("n", value, |_, n| {
            let shifted = if low == 0 { n.clone() } else { n.clone().binary(Op::Add, Jsonata::Int(-low)) };
            let turns = Jsonata::Call("floor", vec![shifted.binary(Op::Div, size.clone())]);
            Ok(n.binary(Op::Sub, size.binary(Op::Mul, turns)))
        })
    }

    /// A float cut to an integer, at the nearest bound where it is out of range.
    fn saturate(&mut self, value: Jsonata, int: IntType) -> Result<Jsonata> {
        let (low, high) = int.range();
        self.with_short("x", value, |_, x| {
            let bound = |limit: i128| {
                if limit.abs() > MAX_INT { Jsonata::error(OVERFLOW) } else { Jsonata::Int(limit) }
            };
            let (least, most) = (low.max(-MAX_INT), high.min(MAX_INT));
            let cut = if low == 0 { Jsonata::Call("floor", vec![x.clone()]) } else { truncated(x.clone()) };
            let below_most = x.clone().binary(Op::Lt, Jsonata::Int(most + 1)).then(cut, bound(high));
            let above = if low == 0 { Op::Lt } else { Op::Le };
            let limit = if low == 0 { 0 } else { least - 1 };
            Ok(x.binary(above, Jsonata::Int(limit)).then(bound(low), below_most))
        })
    }

    /// The integers that an expression can yield.
    pub(crate) fn interval(&self, expr: &Expr<Typed>) -> Interval {
        let Some(int) = int_type(&self.machine.types, expr.ty) else { return Interval::new(-MAX_INT, MAX_INT) };
        self.bounds(expr).intersect(Interval::of(int))
    }

    fn bounds(&self, expr: &Expr<Typed>) -> Interval {
        let whole = Interval::new(-MAX_INT, MAX_INT);
        match &*expr.kind {
            ExprKind::Literal(Literal::Int(value)) => Interval::new(*value, *value),
            ExprKind::Cast(inner, CastType::Int(int)) if int_type(&self.machine.types, inner.ty).is_some() => {
                let inner = self.interval(inner);
                if Interval::of(*int).contains(inner) { inner } else { whole }
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.interval(a), self.interval(b));
                match op {
                    BinaryOp::Add => a.plus(b),
                    BinaryOp::Sub => a.minus(b),
                    BinaryOp::Mul => multiply(a, b),
                    BinaryOp::Rem if b.low > 0 => remainder_bounds(a, b),
                    BinaryOp::Div if b.low > 0 => Interval::new(a.low.min(0), a.high.max(0)),
                    _ => whole,
                }
            }
            ExprKind::If(_, a, b) => self.interval(a).union(self.interval(b)),
            ExprKind::Let(_, _, body) => self.interval(body),
            ExprKind::Method(Builtin::VecLen | Builtin::MapLen | Builtin::IterCount, _) => Interval::new(0, MOST_ITEMS),
            ExprKind::Method(Builtin::IntMin, args) => match &args[..] {
                [a, b] => {
                    let (a, b) = (self.interval(a), self.interval(b));
                    Interval::new(a.low.min(b.low), a.high.min(b.high))
                }
                _ => whole,
            },
            ExprKind::Method(Builtin::IntSignum, _) => Interval::new(-1, 1),
            _ => whole,
        }
    }
}

fn remainder_bounds(a: Interval, b: Interval) -> Interval {
    let most = b.high - 1;
    Interval::new(if a.low < 0 { -most } else { 0 }, if a.high > 0 { most.min(a.high) } else { 0 })
}

pub(crate) fn multiply(a: Interval, b: Interval) -> Interval {
    let corners =
        [(a.low, b.low), (a.low, b.high), (a.high, b.low), (a.high, b.high)].map(|(a, b)| a.saturating_mul(b));
    let low = corners.iter().copied().min().unwrap_or(0);
    let high = corners.iter().copied().max().unwrap_or(0);
    Interval::new(low, high)
}

/// A result of integer arithmetic that fails where it leaves the range of its type or of a double. `computed` is where it can lie.
pub(crate) fn check_int(
    encoder: &mut Encoder<'_>,
    result: Jsonata,
    computed: Interval,
    int: IntType,
    message: &str,
) -> Result<Jsonata> {
    let allowed = Interval::of(int);
    if allowed.contains(computed) {
        return Ok(result);
    }
    encoder.with_short("n", result, |_, n| Ok(within(&n, computed, allowed).then(n, Jsonata::error(message))))
}

/// The tests by which a number in one range is known to be in another.
pub(crate) fn within(n: &Jsonata, computed: Interval, allowed: Interval) -> Jsonata {
    let mut tests = Vec::new();
    if computed.low < allowed.low {
        tests.push(n.clone().binary(Op::Ge, Jsonata::Int(allowed.low)));
    }
    if computed.high > allowed.high {
        tests.push(n.clone().binary(Op::Le, Jsonata::Int(allowed.high)));
    }
    Jsonata::all(tests)
}

fn sum(
    encoder: &mut Encoder<'_>,
    a: Jsonata,
    b: Jsonata,
    range_a: Interval,
    range_b: Interval,
    int: IntType,
) -> Result<Jsonata> {
    let computed = range_a.plus(range_b);
    let allowed = Interval::of(int);
    // `n + 1` is checked before it is computed, which reads better and needs no variable.
    if let (true, Jsonata::Int(step @ 1..)) = (a.is_simple(), &b)
        && !allowed.contains(computed)
    {
        let last = Jsonata::Int(allowed.high - step + 1);
        let test = a.clone().binary(Op::Lt, last);
        return Ok(test.then(a.binary(Op::Add, b), Jsonata::error(ADD_OVERFLOW)));
    }
    check_int(encoder, a.binary(Op::Add, b), computed, int, ADD_OVERFLOW)
}

fn difference(
    encoder: &mut Encoder<'_>,
    (a, range_a): (&Expr<Typed>, Interval),
    (b, range_b): (&Expr<Typed>, Interval),
    int: IntType,
) -> Result<Jsonata> {
    let (a, b) = (encoder.encode(a)?, encoder.encode(b)?);
    let computed = range_a.minus(range_b);
    if int.range().0 == 0 && computed.low < 0 && a.is_simple() && b.is_simple() {
        let test = a.clone().binary(Op::Ge, b.clone());
        return Ok(test.then(a.binary(Op::Sub, b), Jsonata::error(SUBTRACT_OVERFLOW)));
    }
    check_int(encoder, a.binary(Op::Sub, b), computed, int, SUBTRACT_OVERFLOW)
}

/// The quotient cut towards zero, or what it leaves.
pub(crate) fn divide(
    encoder: &mut Encoder<'_>,
    quotient: bool,
    (a, range_a): (Jsonata, Interval),
    (b, range_b): (Jsonata, Interval),
    int: IntType,
) -> Result<Jsonata> {
    let divisor_is_zero = range_b.low <= 0 && range_b.high >= 0;
    encoder.with_short("divisor", b, |encoder, b| {
        let result = if quotient {
            let ratio = a.binary(Op::Div, b.clone());
            let same_sign = range_a.low >= 0 && range_b.low >= 0;
            let cut = if same_sign {
                Jsonata::Call("floor", vec![ratio])
            } else {
                encoder.with_short("ratio", ratio, |_, ratio| Ok(truncated(ratio)))?
            };
            // Only the least value divided by -1 is out of range.
            let negates = range_b.low <= -1 && range_b.high >= -1;
            let high = if negates { -range_a.low } else { 0 };
            check_int(encoder, cut, Interval::new(0, high), int, DIVIDE_OVERFLOW)?
        } else if range_b.low <= -1 && range_b.high >= -1 && range_a.low <= int.range().0 {
            let least = Jsonata::Int(int.range().0);
            return encoder.with_short("dividend", a, |_, a| {
                let overflows = a.clone().eq(least).binary(Op::And, b.clone().eq(Jsonata::Int(-1)));
                let fails = b.clone().eq(Jsonata::Int(0)).binary(Op::Or, overflows);
                Ok(fails.then(Jsonata::error(DIVIDE_BY_ZERO), a.binary(Op::Rem, b)))
            });
        } else {
            a.binary(Op::Rem, b.clone())
        };
        Ok(if divisor_is_zero { b.ne(Jsonata::Int(0)).then(result, Jsonata::error(DIVIDE_BY_ZERO)) } else { result })
    })
}

/// Towards zero.
pub(crate) fn truncated(x: Jsonata) -> Jsonata {
    let test = x.clone().binary(Op::Lt, Jsonata::Int(0));
    test.then(Jsonata::Call("ceil", vec![x.clone()]), Jsonata::Call("floor", vec![x]))
}

/// Fails where a float is infinite.
pub(crate) fn finite(value: Jsonata) -> Jsonata {
    value.binary(Op::Add, Jsonata::Int(0))
}

pub(super) fn is_nonzero(expr: &Jsonata) -> bool {
    match expr {
        Jsonata::Int(value) => *value != 0,
        Jsonata::Float(value) => *value != 0.0,
        _ => false,
    }
}
