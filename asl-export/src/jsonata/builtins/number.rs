//! Integers and floats.

use durafn_ir::{Builtin, Expr, FloatType, IntType, TypeDef, Typed};

use super::{argument, call, no_encoding};
use crate::jsonata::{
    Jsonata, Result,
    arith::{OVERFLOW, check_int, divide, finite, multiply, truncated, within},
    ast::Op,
    scope::Encoder,
    types::{Interval, MAX_INT},
};
use crate::refusal::{self, refused};

impl Encoder<'_> {
    pub(super) fn number_method(
        &mut self,
        method: Builtin,
        args: &[Expr<Typed>],
        expr: &Expr<Typed>,
    ) -> Result<Jsonata> {
        let receiver = argument(args, 0, expr)?;
        match self.ty(receiver.ty) {
            TypeDef::Int(int) => self.int_method(method, *int, args, expr),
            TypeDef::Float(FloatType::F64) => self.float_method(method, args, expr),
            TypeDef::Float(FloatType::F32) => refused(expr.span, refusal::F32_METHOD, &[]),
            _ => no_encoding(method, expr),
        }
    }

    fn int_method(
        &mut self,
        method: Builtin,
        int: IntType,
        args: &[Expr<Typed>],
        expr: &Expr<Typed>,
    ) -> Result<Jsonata> {
        let receiver = argument(args, 0, expr)?;
        let range = self.interval(receiver);
        let value = self.encode(receiver)?;
        let most = range.high.max(-range.low);
        match method {
            Builtin::IntAbs => check_int(self, call("abs", [value]), Interval::new(0, most), int, OVERFLOW),
            Builtin::IntCheckedNeg => {
                self.checked(Jsonata::Neg(value.into()), Interval::new(-range.high, -range.low), int)
            }
            Builtin::IntUnsignedAbs => Ok(call("abs", [value])),
            Builtin::IntIsPositive => Ok(value.binary(Op::Gt, Jsonata::Int(0))),
            Builtin::IntIsNegative => Ok(value.binary(Op::Lt, Jsonata::Int(0))),
            Builtin::IntSignum => self.with_short("n", value, |_, n| {
                let negative = n.clone().binary(Op::Lt, Jsonata::Int(0)).then(Jsonata::Int(-1), Jsonata::Int(0));
                Ok(n.binary(Op::Gt, Jsonata::Int(0)).then(Jsonata::Int(1), negative))
            }),
            _ => {
                let other = argument(args, 1, expr)?;
                let other_range = self.interval(other);
                let other_value = self.encode(other)?;
                match method {
                    Builtin::IntClamp => {
                        let upper = self.encode(argument(args, 2, expr)?)?;
                        self.clamp(value, other_value, upper)
                    }
                    Builtin::IntPow => self.power(value, other_value, int),
                    Builtin::IntDivEuclid | Builtin::IntRemEuclid | Builtin::IntDivCeil => {
                        self.euclid(method, (value, range), (other_value, other_range), int)
                    }
                    _ => self.int_pair(method, (value, range), (other_value, other_range), int, expr),
                }
            }
        }
    }

    fn int_pair(
        &mut self,
        method: Builtin,
        (a, range_a): (Jsonata, Interval),
        (b, range_b): (Jsonata, Interval),
        int: IntType,
        expr: &Expr<Typed>,
    ) -> Result<Jsonata> {
        let add = range_a.plus(range_b);
        let sub = range_a.minus(range_b);
        let op = |op, a: Jsonata, b| a.binary(op, b);
        match method {
            Builtin::IntMin => self.pick(Op::Lt, a, b),
            Builtin::IntMax => self.pick(Op::Gt, a, b),
            Builtin::IntAbsDiff => {
                let most = sub.high.max(-sub.low);
                check_int(self, call("abs", [op(Op::Sub, a, b)]), Interval::new(0, most), IntType::U64, OVERFLOW)
            }
            Builtin::IntCheckedAdd => self.checked(op(Op::Add, a, b), add, int),
            Builtin::IntCheckedSub => self.checked(op(Op::Sub, a, b), sub, int),
            Builtin::IntCheckedMul => self.checked(op(Op::Mul, a, b), multiply(range_a, range_b), int),
            Builtin::IntCheckedDiv | Builtin::IntCheckedRem => self.with_short("divisor", b, |this, b| {
                let nonzero = Interval::new(1, 1);
                let least = Jsonata::Int(int.range().0);
                let overflows = int.range().0 < 0 && range_a.low <= int.range().0 && range_b.low < 0;
                this.with_short("dividend", a, |this, a| {
                    let mut fails = b.clone().eq(Jsonata::Int(0));
                    if overflows {
                        let both = a.clone().eq(least).binary(Op::And, b.clone().eq(Jsonata::Int(-1)));
                        fails = fails.binary(Op::Or, both);
                    }
                    let signed = if range_a.low < 0 || range_b.low < 0 { Interval::new(-1, 1) } else { nonzero };
                    let whole = method == Builtin::IntCheckedDiv;
                    let cut = divide(this, whole, (a, signed), (b, nonzero), int)?;
                    Ok(fails.then(Jsonata::Null, cut))
                })
            }),
            Builtin::IntSaturatingAdd => self.saturated(op(Op::Add, a, b), add, int),
            Builtin::IntSaturatingSub if int.range().0 == 0 && a.is_simple() && b.is_simple() => {
                Ok(op(Op::Gt, a.clone(), b.clone()).then(op(Op::Sub, a, b), Jsonata::Int(0)))
            }
            Builtin::IntSaturatingSub => self.saturated(op(Op::Sub, a, b), sub, int),
            Builtin::IntSaturatingMul => self.saturated(op(Op::Mul, a, b), multiply(range_a, range_b), int),
            _ => no_encoding(method, expr),
        }
    }

    /// `a` where it compares so to `b`, else `b`.
    fn pick(&mut self, op: Op, a: Jsonata, b: Jsonata) -> Result<Jsonata> {
        self.with_short("a", a, |this, a| {
            this.with_short("b", b, |_, b| Ok(a.clone().binary(op, b.clone()).then(a, b)))
        })
    }

    fn clamp(&mut self, value: Jsonata, low: Jsonata, high: Jsonata) -> Result<Jsonata> {
        self.with_short("n", value, |this, n| {
            this.with_short("low", low, |this, low| {
                this.with_short("high", high, |_, high| {
                    let under = n.clone().binary(Op::Lt, low.clone());
                    let over = n.clone().binary(Op::Gt, high.clone());
                    let clamped = under.then(low.clone(), over.then(high.clone(), n));
                    let known = matches!((&low, &high), (Jsonata::Int(low), Jsonata::Int(high)) if low <= high);
                    let ordered = low.binary(Op::Le, high);
                    Ok(if known { clamped } else { ordered.then(clamped, Jsonata::error("min > max")) })
                })
            })
        })
    }

    /// Multiplied step by step: `$power` is not exact everywhere.
    fn power(&mut self, base: Jsonata, exponent: Jsonata, int: IntType) -> Result<Jsonata> {
        self.with_short("base", base, |this, base| {
            let (product, step) = (this.fresh("product"), this.fresh("i"));
            let multiplied = Jsonata::var(&product).binary(Op::Mul, base);
            let everything = Interval::new(if int.range().0 < 0 { i128::MIN } else { 0 }, i128::MAX);
            let checked = check_int(this, multiplied, everything, int, OVERFLOW)?;
            let exponent = few_steps(this, exponent)?;
            let steps = Jsonata::Range(Jsonata::Int(1).into(), exponent.into());
            Ok(call("reduce", [steps, Jsonata::lambda([&product, &step], checked), Jsonata::Int(1)]))
        })
    }

    /// Multiplied step by step, from left to right; `$power` rounds differently. Of a negative exponent the reciprocal.
    fn float_power(&mut self, base: Jsonata, exponent: Jsonata) -> Result<Jsonata> {
        self.with_short("base", base, |this, base| {
            this.with_short("exponent", exponent, |this, exponent| {
                let (product, step) = (this.fresh("product"), this.fresh("i"));
                let multiplied = Jsonata::var(&product).binary(Op::Mul, base);
                let steps = Jsonata::Range(Jsonata::Int(1).into(), call("abs", [exponent.clone()]).into());
                let power =
                    call("reduce", [steps, Jsonata::lambda([&product, &step], finite(multiplied)), Jsonata::Int(1)]);
                this.with_short("power", power, |_, power| {
                    let negative = exponent.binary(Op::Lt, Jsonata::Int(0));
                    Ok(negative.then(finite(Jsonata::Int(1).binary(Op::Div, power.clone())), power))
                })
            })
        })
    }

    fn euclid(
        &mut self,
        method: Builtin,
        (a, range_a): (Jsonata, Interval),
        (b, range_b): (Jsonata, Interval),
        int: IntType,
    ) -> Result<Jsonata> {
        let unsigned = range_a.low >= 0 && range_b.low >= 0;
        if unsigned && method != Builtin::IntDivCeil {
            return divide(self, method == Builtin::IntDivEuclid, (a, range_a), (b, range_b), int);
        }
        let zero = range_b.low <= 0 && range_b.high >= 0;
        self.with_short("divisor", b, |this, b| {
            let result = match method {
                Builtin::IntDivCeil => call("ceil", [a.binary(Op::Div, b.clone())]),
                Builtin::IntDivEuclid => {
                    let ratio = a.binary(Op::Div, b.clone());
                    this.with_short("ratio", ratio, |this, ratio| {
                        let positive = b.clone().binary(Op::Gt, Jsonata::Int(0));
                        let cut = positive.then(call("floor", [ratio.clone()]), call("ceil", [ratio]));
                        let high = if range_b.low < 0 { -range_a.low } else { range_a.high };
                        check_int(
                            this,
                            cut,
                            Interval::new(range_a.low.min(-range_a.high), high.max(range_a.high)),
                            int,
                            OVERFLOW,
                        )
                    })?
                }
                _ => this.with_short("dividend", a, |this, a| {
                    let size = if range_b.low > 0 { b.clone() } else { call("abs", [b.clone()]) };
                    this.with_short("size", size, |_, size| {
                        let turns = call("floor", [a.clone().binary(Op::Div, size.clone())]);
                        Ok(a.binary(Op::Sub, size.binary(Op::Mul, turns)))
                    })
                })?,
            };
            let fails = Jsonata::error("attempt to divide by zero");
            Ok(if zero { b.ne(Jsonata::Int(0)).then(result, fails) } else { result })
        })
    }

    /// Null where the result leaves the type; an error where it fits the type but not a double.
    fn checked(&mut self, result: Jsonata, computed: Interval, int: IntType) -> Result<Jsonata> {
        self.bounded(result, computed, int, Jsonata::Null, Jsonata::Null)
    }

    /// The nearest bound where the result leaves the type; an error where that does not fit a double.
    fn saturated(&mut self, result: Jsonata, computed: Interval, int: IntType) -> Result<Jsonata> {
        let (low, high) = int.range();
        let bound = |limit: i128| if limit.abs() > MAX_INT { Jsonata::error(OVERFLOW) } else { Jsonata::Int(limit) };
        self.bounded(result, computed, int, bound(low), bound(high))
    }

    fn bounded(
        &mut self,
        result: Jsonata,
        computed: Interval,
        int: IntType,
        under: Jsonata,
        over: Jsonata,
    ) -> Result<Jsonata> {
        let (low, high) = int.range();
        let allowed = Interval::of(int);
        if allowed.contains(computed) {
            return Ok(result);
        }
        self.with_short("n", result, |_, n| {
            let mut rest = None;
            if computed.high > allowed.high {
                rest = Some(if allowed.high < high && over == Jsonata::Null {
                    let beyond = n.clone().binary(Op::Ge, Jsonata::Float(high as f64));
                    beyond.then(over, Jsonata::error(OVERFLOW))
                } else {
                    over
                });
            }
            if computed.low < allowed.low {
                let under = if allowed.low > low && under == Jsonata::Null {
                    let beyond = n.clone().binary(Op::Lt, Jsonata::Float(low as f64));
                    beyond.then(under, Jsonata::error(OVERFLOW))
                } else {
                    under
                };
                rest = Some(match rest {
                    None => under,
                    Some(over) if over == under => under,
                    Some(over) => n.clone().binary(Op::Lt, Jsonata::Int(0)).then(under, over),
                });
            }
            Ok(within(&n, computed, allowed).then(n, rest.unwrap_or(Jsonata::Null)))
        })
    }

    fn float_method(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Jsonata> {
        let value = self.encode(argument(args, 0, expr)?)?;
        let arg = |this: &mut Self, position| this.encode(argument(args, position, expr)?);
        match method {
            Builtin::FloatAbs => Ok(call("abs", [value])),
            Builtin::FloatFloor => Ok(call("floor", [value])),
            Builtin::FloatCeil => Ok(call("ceil", [value])),
            Builtin::FloatTrunc => self.with_short("x", value, |_, x| Ok(truncated(x))),
            // `$round` takes halves to even. The sum rounds for the float below one half, so the distance is compared.
            Builtin::FloatRound => self.with_short("x", value, |this, x| {
                let cut = truncated(x.clone());
                this.with_short("whole", cut, |_, whole| {
                    let up = x.clone().binary(Op::Sub, whole.clone()).binary(Op::Ge, Jsonata::Float(0.5));
                    let down = x.binary(Op::Sub, whole.clone()).binary(Op::Le, Jsonata::Float(-0.5));
                    let less = down.then(whole.clone().binary(Op::Sub, Jsonata::Int(1)), whole.clone());
                    Ok(up.then(whole.binary(Op::Add, Jsonata::Int(1)), less))
                })
            }),
            Builtin::FloatSqrt => Ok(call("sqrt", [value])),
            Builtin::FloatFract => self.with_short("x", value, |_, x| Ok(x.clone().binary(Op::Sub, truncated(x)))),
            Builtin::FloatSignum => Ok(value.binary(Op::Lt, Jsonata::Int(0)).then(Jsonata::Int(-1), Jsonata::Int(1))),
            Builtin::FloatPowi => match arg(self, 1)? {
                Jsonata::Int(0) => Ok(Jsonata::Int(1)),
                Jsonata::Int(1) => Ok(value),
                Jsonata::Int(2) => self.with_short("x", value, |_, x| Ok(finite(x.clone().binary(Op::Mul, x)))),
                Jsonata::Int(3) => self.with_short("x", value, |_, x| {
                    let square = x.clone().binary(Op::Mul, x.clone());
                    Ok(finite(x.binary(Op::Mul, square)))
                }),
                exponent => self.float_power(value, exponent),
            },
            Builtin::FloatMin => {
                let other = arg(self, 1)?;
                self.pick(Op::Lt, value, other)
            }
            Builtin::FloatMax => {
                let other = arg(self, 1)?;
                self.pick(Op::Gt, value, other)
            }
            Builtin::FloatClamp => {
                let (low, high) = (arg(self, 1)?, arg(self, 2)?);
                self.clamp(value, low, high)
            }
            _ => no_encoding(method, expr),
        }
    }
}

/// An exponent after whose many steps every base from 2 on has overflown; of -1, 0 and 1 only its parity matters. A range has its limits.
fn few_steps(encoder: &mut Encoder<'_>, exponent: Jsonata) -> Result<Jsonata> {
    const ENOUGH: i128 = 64;
    if matches!(exponent, Jsonata::Int(0..=ENOUGH)) {
        return Ok(exponent);
    }
    encoder.with_short("exponent", exponent, |_, exponent| {
        let parity = exponent.clone().binary(Op::Rem, Jsonata::Int(2));
        let few = Jsonata::Int(ENOUGH).binary(Op::Add, parity);
        Ok(exponent.clone().binary(Op::Gt, Jsonata::Int(ENOUGH)).then(few, exponent))
    })
}
