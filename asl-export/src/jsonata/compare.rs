//! Comparison, and arithmetic on time.

use durafn_ir::{BinaryOp, Expr, FloatType, TypeDef, TypeId, Typed};

use super::{
    Jsonata, Result, Value,
    arith::{OVERFLOW, check_int},
    ast::Op,
    scope::Encoder,
    types::{Interval, MAX_INT},
};
use crate::refusal::{self, refused};

const NANOS: i128 = 1_000_000_000;
const MILLI: i128 = 1_000_000;

/// The largest literal that divides a duration: the seconds left over, in nanoseconds, are exact.
const MOST_PARTS: i128 = 1_000_000;

/// The years 1 to 9999 in milliseconds since 1970.
const FIRST: i128 = -62_135_596_800_000;
const LAST: i128 = 253_402_207_200_000;

/// Zeros at the end of the fraction of a second, all of it where it is nothing else.
const NO_FRACTION: &str = "\\.?0+Z";

impl Encoder<'_> {
    pub(crate) fn equality(&mut self, equal: bool, a: &Expr<Typed>, b: &Expr<Typed>) -> Result<Jsonata> {
        if matches!(self.ty(a.ty), TypeDef::Timestamp) {
            let (a, b) = (millis(self.encode(a)?), millis(self.encode(b)?));
            return Ok(if equal { a.eq(b) } else { a.ne(b) });
        }
        self.no_times_inside(a)?;
        let (a, b) = (self.value(a)?, self.value(b)?);
        Ok(match (&a.expr, &b.expr) {
            (_, Jsonata::Null) => null_test(a, equal),
            (Jsonata::Null, _) => null_test(b, equal),
            // Undefined equals nothing, so it is no trouble beside a value that is not null.
            (_, other) if is_value(other) && a.missing => missing_test(a.expr, b.expr, equal),
            (other, _) if is_value(other) && b.missing => missing_test(b.expr, a.expr, equal),
            _ => {
                let (a, b) = (self.present(a), self.present(b));
                if equal { a.eq(b) } else { a.ne(b) }
            }
        })
    }

    pub(crate) fn order(&mut self, op: Op, a: &Expr<Typed>, b: &Expr<Typed>) -> Result<Jsonata> {
        let (left, right) = (self.encode(a)?, self.encode(b)?);
        match self.ty(a.ty) {
            TypeDef::Int(_) | TypeDef::Float(_) => Ok(left.binary(op, right)),
            TypeDef::String | TypeDef::Char => Ok(text_order(op, left, right)),
            // Times may be written with and without milliseconds, so their text does not order.
            TypeDef::Timestamp => Ok(millis(left).binary(op, millis(right))),
            TypeDef::Duration => self.with_short("a", left, |this, left| {
                this.with_short("b", right, |_, right| Ok(duration_order(op, &left, &right)))
            }),
            TypeDef::Bool => Ok(bit(left).binary(op, bit(right))),
            TypeDef::Tuple(_) => self.with_short("a", left, |this, left| {
                this.with_short("b", right, |this, right| match (this.ranks(a.ty, left), this.ranks(b.ty, right)) {
                    (Some(left), Some(right)) => Ok(lexical(op, &left, &right)),
                    _ => refused(a.span, refusal::ORDER, &[]),
                })
            }),
            _ => refused(a.span, refusal::ORDER, &[]),
        }
    }

    /// What JSONata's own `<` compares, for a value given by something short: one after the other until two differ.
    pub(crate) fn ranks(&self, ty: TypeId, value: Jsonata) -> Option<Vec<Jsonata>> {
        Some(match self.ty(ty) {
            TypeDef::Int(_) | TypeDef::Float(_) => vec![value],
            TypeDef::String | TypeDef::Char => vec![order_key(value)],
            TypeDef::Bool => vec![bit(value)],
            TypeDef::Timestamp => vec![millis(value)],
            TypeDef::Duration => vec![value.clone().field("secs"), value.field("nanos")],
            TypeDef::Tuple(items) => {
                let mut all = Vec::new();
                for (position, item) in items.iter().enumerate() {
                    all.extend(self.ranks(*item, value.clone().at(position))?);
                }
                all
            }
            _ => return None,
        })
    }

    /// One time has several texts, so that only times themselves are compared, not what holds them.
    pub(crate) fn no_times_inside(&self, expr: &Expr<Typed>) -> Result<()> {
        if !self.machine.types.mentions_time(expr.ty) {
            return Ok(());
        }
        refused(expr.span, refusal::TIMESTAMP_INSIDE, &[])
    }

    /// Arithmetic on durations and timestamps.
    pub(crate) fn time_op(
        &mut self,
        op: BinaryOp,
        a: &Expr<Typed>,
        b: &Expr<Typed>,
        expr: &Expr<Typed>,
    ) -> Result<Jsonata> {
        let (left, right) = (self.encode(a)?, self.encode(b)?);
        match (self.ty(a.ty), op, self.ty(b.ty)) {
            (TypeDef::Timestamp, BinaryOp::Add | BinaryOp::Sub, TypeDef::Duration) => {
                let (sign, limit) = match op {
                    BinaryOp::Add => (Op::Add, (Op::Le, Jsonata::Int(LAST))),
                    _ => (Op::Sub, (Op::Ge, Jsonata::Int(FIRST))),
                };
                let duration = self.whole_millis(right)?;
                let moved = millis(left).binary(sign, duration);
                let moved = self.with_short("ms", moved, |_, ms| {
                    let fits = ms.clone().binary(limit.0, limit.1);
                    Ok(fits.then(ms, Jsonata::error("the time is out of range")))
                })?;
                Ok(canonical(Jsonata::Call("fromMillis", vec![moved])))
            }
            (TypeDef::Duration, BinaryOp::Add | BinaryOp::Sub, TypeDef::Duration) => {
                self.with_short("a", left, |this, left| {
                    this.with_short("b", right, |this, right| {
                        if op == BinaryOp::Add {
                            this.add_durations(left, right)
                        } else {
                            this.sub_durations(left, right)
                        }
                    })
                })
            }
            (TypeDef::Duration, BinaryOp::Mul, TypeDef::Int(_)) => self.scale_duration(left, right),
            (TypeDef::Int(_), BinaryOp::Mul, TypeDef::Duration) => self.scale_duration(right, left),
            (TypeDef::Duration, BinaryOp::Div, TypeDef::Int(_)) => match right {
                Jsonata::Int(by @ 1..=MOST_PARTS) => self.divide_duration(left, by),
                _ => refused(expr.span, refusal::DURATION_DIVISOR, &[]),
            },
            _ => refused(expr.span, refusal::TIME_ARITHMETIC, &[]),
        }
    }

    fn add_durations(&mut self, a: Jsonata, b: Jsonata) -> Result<Jsonata> {
        let nanos = a.clone().field("nanos").binary(Op::Add, b.clone().field("nanos"));
        let secs = a.field("secs").binary(Op::Add, b.field("secs"));
        self.with_short("nanos", nanos, |this, nanos| {
            let carries = nanos.clone().binary(Op::Ge, Jsonata::Int(NANOS));
            let secs = secs.binary(Op::Add, carries.clone().then(Jsonata::Int(1), Jsonata::Int(0)));
            let rest = carries.then(nanos.clone().binary(Op::Sub, Jsonata::Int(NANOS)), nanos);
            let secs = check_int(this, secs, Interval::new(0, 2 * MAX_INT), durafn_ir::IntType::U64, OVERFLOW)?;
            Ok(duration(secs, rest))
        })
    }

    pub(crate) fn sub_durations(&mut self, a: Jsonata, b: Jsonata) -> Result<Jsonata> {
        let nanos = a.clone().field("nanos").binary(Op::Sub, b.clone().field("nanos"));
        let secs = a.field("secs").binary(Op::Sub, b.field("secs"));
        self.with_short("nanos", nanos, |this, nanos| {
            let borrows = nanos.clone().binary(Op::Lt, Jsonata::Int(0));
            let secs = secs.binary(Op::Sub, borrows.clone().then(Jsonata::Int(1), Jsonata::Int(0)));
            let rest = borrows.then(nanos.clone().binary(Op::Add, Jsonata::Int(NANOS)), nanos);
            let secs = check_int(this, secs, Interval::new(-MAX_INT, MAX_INT), durafn_ir::IntType::U64, OVERFLOW)?;
            Ok(duration(secs, rest))
        })
    }

    /// Milliseconds of a duration beside a point in time; what is finer fails.
    fn whole_millis(&mut self, duration: Jsonata) -> Result<Jsonata> {
        if parts(&duration).is_some_and(|(_, nanos)| matches!(nanos, Jsonata::Int(nanos) if nanos % MILLI == 0)) {
            return Ok(duration_millis(duration));
        }
        self.with_short("d", duration, |_, d| {
            let whole = d.clone().field("nanos").binary(Op::Rem, Jsonata::Int(MILLI)).eq(Jsonata::Int(0));
            Ok(whole.then(duration_millis(d), Jsonata::error("a duration finer than a millisecond")))
        })
    }

    /// The duration from one point in time to a later one.
    pub(crate) fn duration_between(&mut self, later: Jsonata, earlier: Jsonata) -> Result<Jsonata> {
        let distance = millis(later).binary(Op::Sub, millis(earlier));
        self.with_short("ms", distance, |_, ms| {
            let forward = ms.clone().binary(Op::Ge, Jsonata::Int(0));
            Ok(forward.then(from_millis(ms), Jsonata::error(OVERFLOW)))
        })
    }

    /// One duration less another, or what `under` makes of both where the other is longer.
    pub(crate) fn shorter_by(
        &mut self,
        a: Jsonata,
        b: Jsonata,
        under: impl FnOnce(&mut Self, Jsonata, Jsonata) -> Result<Jsonata>,
    ) -> Result<Jsonata> {
        self.with_short("a", a, |this, a| {
            this.with_short("b", b, |this, b| {
                let fits = duration_order(Op::Ge, &a, &b);
                let rest = this.sub_durations(a.clone(), b.clone())?;
                let other = under(this, a, b)?;
                Ok(fits.then(rest, other))
            })
        })
    }

    /// The seconds that are left over and the nanoseconds, divided together, stay below 2^53.
    fn divide_duration(&mut self, duration_value: Jsonata, by: i128) -> Result<Jsonata> {
        self.with_short("d", duration_value, |_, d| {
            let (secs, nanos) = (d.clone().field("secs"), d.field("nanos"));
            let by = Jsonata::Int(by);
            let left = secs.clone().binary(Op::Rem, by.clone()).binary(Op::Mul, Jsonata::Int(NANOS));
            let floor = |ratio| Jsonata::Call("floor", vec![ratio]);
            let nanos = floor(left.binary(Op::Add, nanos).binary(Op::Div, by.clone()));
            Ok(duration(floor(secs.binary(Op::Div, by)), nanos))
        })
    }

    /// Nanoseconds times a large factor pass 2^53, so that the factor is taken in two parts.
    fn scale_duration(&mut self, duration_value: Jsonata, factor: Jsonata) -> Result<Jsonata> {
        if let Some((secs, Jsonata::Int(0))) = parts(&duration_value) {
            let product = secs.clone().binary(Op::Mul, factor);
            let secs =
                check_int(self, product, Interval::new(0, MAX_INT * MAX_INT), durafn_ir::IntType::U64, OVERFLOW)?;
            return Ok(duration(secs, Jsonata::Int(0)));
        }
        self.with_short("d", duration_value, |this, d| {
            this.with_short("factor", factor, |this, factor| {
                let floor = |ratio| Jsonata::Call("floor", vec![ratio]);
                let part = || Jsonata::Int(1 << 16);
                let upper = d.clone().field("nanos").binary(Op::Mul, floor(factor.clone().binary(Op::Div, part())));
                let lower = d.clone().field("nanos").binary(Op::Mul, factor.clone().binary(Op::Rem, part()));
                this.with_short("upper", upper, |this, upper| {
                    let rest = upper.clone().binary(Op::Rem, Jsonata::Int(NANOS)).binary(Op::Mul, part());
                    this.with_short("nanos", rest.binary(Op::Add, lower), |this, nanos| {
                        let whole = |nanos: Jsonata| floor(nanos.binary(Op::Div, Jsonata::Int(NANOS)));
                        let carried = whole(upper).binary(Op::Mul, part()).binary(Op::Add, whole(nanos.clone()));
                        let secs = d.field("secs").binary(Op::Mul, factor).binary(Op::Add, carried);
                        let most = MAX_INT * MAX_INT;
                        let secs = check_int(this, secs, Interval::new(0, most), durafn_ir::IntType::U64, OVERFLOW)?;
                        Ok(duration(secs, nanos.binary(Op::Rem, Jsonata::Int(NANOS))))
                    })
                })
            })
        })
    }

    /// A number, for methods that compare: `min`, `max`, sorting.
    pub(crate) fn is_number(&self, ty: durafn_ir::TypeId) -> bool {
        matches!(self.ty(ty), TypeDef::Int(_) | TypeDef::Float(FloatType::F64 | FloatType::F32))
    }
}

fn null_test(value: Value, equal: bool) -> Jsonata {
    if equal { value.lacks() } else { value.holds() }
}

fn missing_test(missing: Jsonata, other: Jsonata, equal: bool) -> Jsonata {
    let same = missing.eq(other);
    if equal { same } else { same.not() }
}

/// A literal that is not null.
fn is_value(expr: &Jsonata) -> bool {
    matches!(expr, Jsonata::Bool(_) | Jsonata::Int(_) | Jsonata::Float(_) | Jsonata::Str(_))
}

/// Compares text by code points. Engines compare UTF-16 units or code points, which differ only where one text has a character from
/// U+E000 and the other one past U+FFFF; against a literal without either they agree.
pub(crate) fn text_order(op: Op, a: Jsonata, b: Jsonata) -> Jsonata {
    if is_low_text(&a) || is_low_text(&b) { a.binary(op, b) } else { order_key(a).binary(op, order_key(b)) }
}

fn is_low_text(expr: &Jsonata) -> bool {
    matches!(expr, Jsonata::Str(text) if text.chars().all(|c| c < '\u{d7ff}'))
}

/// Text whose order by UTF-16 units and by code points is the order of the original by code points: what UTF-16 would put behind the
/// surrogates is moved before them.
pub(crate) fn order_key(text: Jsonata) -> Jsonata {
    let high = Jsonata::Regex("([\\uD7FF\\uE000-\\uFFFF])".to_owned());
    Jsonata::Call("replace", vec![text, high, Jsonata::str("\u{d7ff}$1")])
}

fn bit(test: Jsonata) -> Jsonata {
    test.then(Jsonata::Int(1), Jsonata::Int(0))
}

/// A point in time in milliseconds since 1970.
pub(crate) fn millis(timestamp: Jsonata) -> Jsonata {
    match instant(timestamp) {
        Jsonata::Call("now", _) => Jsonata::Call("millis", Vec::new()),
        Jsonata::Call("fromMillis", mut args) if args.len() == 1 => args.remove(0),
        other => Jsonata::Call("toMillis", vec![other]),
    }
}

/// Text of a point in time as Rust writes it: without zeros at the end of the fraction of the second.
pub(crate) fn canonical(timestamp: Jsonata) -> Jsonata {
    Jsonata::Call("replace", vec![timestamp, Jsonata::Regex(NO_FRACTION.to_owned()), Jsonata::str("Z")])
}

/// Any text of a point in time, for whom all are the same.
pub(crate) fn instant(timestamp: Jsonata) -> Jsonata {
    match timestamp {
        Jsonata::Call("replace", mut args)
            if args.len() == 3 && matches!(&args[1], Jsonata::Regex(pattern) if pattern == NO_FRACTION) =>
        {
            args.remove(0)
        }
        other => other,
    }
}

/// The values compare so, the first ones that differ deciding.
pub(crate) fn lexical(op: Op, a: &[Jsonata], b: &[Jsonata]) -> Jsonata {
    let strict = match op {
        Op::Le => Op::Lt,
        Op::Ge => Op::Gt,
        other => other,
    };
    match (a, b) {
        ([a], [b]) => a.clone().binary(op, b.clone()),
        ([a, more_a @ ..], [b, more_b @ ..]) => {
            let tie = a.clone().eq(b.clone()).binary(Op::And, lexical(op, more_a, more_b));
            a.clone().binary(strict, b.clone()).binary(Op::Or, tie)
        }
        _ => Jsonata::Bool(matches!(op, Op::Le | Op::Ge)),
    }
}

/// A duration in milliseconds. Timestamps hold no more.
pub(crate) fn duration_millis(duration: Jsonata) -> Jsonata {
    if let Some((secs, Jsonata::Int(nanos))) = parts(&duration) {
        let whole = match secs {
            Jsonata::Int(secs) => Jsonata::Int(secs * 1000),
            secs => secs.clone().binary(Op::Mul, Jsonata::Int(1000)),
        };
        return if *nanos == 0 { whole } else { whole.binary(Op::Add, Jsonata::Int(nanos / 1_000_000)) };
    }
    let rest = duration.clone().field("nanos").binary(Op::Div, Jsonata::Int(1_000_000));
    let whole = duration.field("secs").binary(Op::Mul, Jsonata::Int(1000));
    whole.binary(Op::Add, Jsonata::Call("floor", vec![rest]))
}

/// The two fields of a duration that is written out: seconds and nanoseconds. A constant's keys stand in any order.
pub(crate) fn parts(duration: &Jsonata) -> Option<(&Jsonata, &Jsonata)> {
    Some((duration.entry("secs")?, duration.entry("nanos")?))
}

pub(crate) fn duration(secs: Jsonata, nanos: Jsonata) -> Jsonata {
    Jsonata::object([("secs".to_owned(), secs), ("nanos".to_owned(), nanos)])
}

/// The duration of a number of milliseconds, given by a short expression.
pub(crate) fn from_millis(ms: Jsonata) -> Jsonata {
    if let Jsonata::Int(ms) = ms {
        return duration(Jsonata::Int(ms / 1000), Jsonata::Int(ms % 1000 * 1_000_000));
    }
    let secs = Jsonata::Call("floor", vec![ms.clone().binary(Op::Div, Jsonata::Int(1000))]);
    let nanos = ms.binary(Op::Rem, Jsonata::Int(1000)).binary(Op::Mul, Jsonata::Int(1_000_000));
    duration(secs, nanos)
}

fn duration_order(op: Op, a: &Jsonata, b: &Jsonata) -> Jsonata {
    let ranks = |d: &Jsonata| [d.clone().field("secs"), d.clone().field("nanos")];
    lexical(op, &ranks(a), &ranks(b))
}
