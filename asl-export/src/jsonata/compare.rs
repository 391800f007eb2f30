//! Comparison, and arithmetic on time.

use durafn_ir::{BinaryOp, Expr, FloatType, TypeDef, Typed};

use super::{
    Jsonata, Result, Value,
    arith::{OVERFLOW, check_int},
    ast::{Entry, Key, Op},
    scope::{Encoder, USE_A_TASK, unsupported},
    types::{Interval, MAX_INT},
};

const NANOS: i128 = 1_000_000_000;

impl Encoder<'_> {
    pub(crate) fn equality(&mut self, equal: bool, a: &Expr<Typed>, b: &Expr<Typed>) -> Result<Jsonata> {
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
            _ => unsupported(a.span, "`<` or `>` on values of this type", "compare their fields"),
        }
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
                let op = if op == BinaryOp::Add { Op::Add } else { Op::Sub };
                let moved = millis(left).binary(op, duration_millis(right));
                Ok(Jsonata::Call("fromMillis", vec![moved]))
            }
            (TypeDef::Timestamp, BinaryOp::Sub, TypeDef::Timestamp) => {
                let distance = millis(left).binary(Op::Sub, millis(right));
                self.with_short("ms", distance, |_, ms| {
                    let forward = ms.clone().binary(Op::Ge, Jsonata::Int(0));
                    Ok(forward.then(from_millis(ms), Jsonata::error(OVERFLOW)))
                })
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
            _ => unsupported(expr.span, "this arithmetic on times", USE_A_TASK),
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

    fn sub_durations(&mut self, a: Jsonata, b: Jsonata) -> Result<Jsonata> {
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

    fn scale_duration(&mut self, duration_value: Jsonata, factor: Jsonata) -> Result<Jsonata> {
        self.with_short("d", duration_value, |this, d| {
            this.with_short("factor", factor, |this, factor| {
                let nanos = d.clone().field("nanos").binary(Op::Mul, factor.clone());
                this.with_short("nanos", nanos, |this, nanos| {
                    let carried = Jsonata::Call("floor", vec![nanos.clone().binary(Op::Div, Jsonata::Int(NANOS))]);
                    let secs = d.field("secs").binary(Op::Mul, factor).binary(Op::Add, carried);
                    let rest = nanos.binary(Op::Rem, Jsonata::Int(NANOS));
                    let most = MAX_INT * MAX_INT;
                    let secs = check_int(this, secs, Interval::new(0, most), durafn_ir::IntType::U64, OVERFLOW)?;
                    Ok(duration(secs, rest))
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

pub(crate) fn millis(timestamp: Jsonata) -> Jsonata {
    Jsonata::Call("toMillis", vec![timestamp])
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

/// The two fields of a duration that is written out.
pub(crate) fn parts(duration: &Jsonata) -> Option<(&Jsonata, &Jsonata)> {
    match duration {
        Jsonata::Object(entries) => match &entries[..] {
            [Entry { key: Key::Text(_), value: secs, .. }, Entry { key: Key::Text(_), value: nanos, .. }] => {
                Some((secs, nanos))
            }
            _ => None,
        },
        _ => None,
    }
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
    let strict = match op {
        Op::Le => Op::Lt,
        Op::Ge => Op::Gt,
        other => other,
    };
    let (secs_a, secs_b) = (a.clone().field("secs"), b.clone().field("secs"));
    let nanos = a.clone().field("nanos").binary(op, b.clone().field("nanos"));
    let tie = secs_a.clone().eq(secs_b.clone()).binary(Op::And, nanos);
    secs_a.binary(strict, secs_b).binary(Op::Or, tie)
}
