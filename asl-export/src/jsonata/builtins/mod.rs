//! Methods and functions of std, one encoding each.

mod items;
mod maps;
mod number;
mod option;
mod rearranged;
mod search;
mod summary;
mod text;
mod vectors;

use durafn_ir::{Builtin, Expr, ExprKind, Pattern, Receiver, TypeDef, TypeId, Typed, VarId};

use super::{Jsonata, Result, Value, ast::Op, compare, scope::Encoder, types::nullable};
use crate::refusal::{self, malformed, refused};

impl Encoder<'_> {
    /// A call of a method or function of std.
    pub(crate) fn builtin(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        if let TypeDef::Option(inner) = self.ty(expr.ty)
            && nullable(&self.machine.types, *inner)
        {
            return refused(expr.span, refusal::OPTION_OF_NULL, &[&method.spelling()]);
        }
        match self.unread_argument(method, args)? {
            Some(position) => self.with_argument_first(method, args, position, expr),
            None => self.method(method, args, expr),
        }
    }

    /// An argument that can fail and that the encoding may leave out, where Rust evaluates every argument.
    fn unread_argument(&mut self, method: Builtin, args: &[Expr<Typed>]) -> Result<Option<usize>> {
        for (position, arg) in args.iter().enumerate() {
            if may_leave_out(method, position) && arg.effects().fails && self.clone().encode(arg)?.can_fail() {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    /// The method with an argument that is evaluated before, whatever the method makes of it.
    fn with_argument_first(
        &mut self,
        method: Builtin,
        args: &[Expr<Typed>],
        position: usize,
        expr: &Expr<Typed>,
    ) -> Result<Value> {
        let value = self.encode(&args[position])?;
        let name = self.fresh("argument");
        let mut args = args.to_vec();
        // No variable of the machine has this number.
        let stand_in = VarId(u32::MAX - self.env.len() as u32);
        args[position] = Expr { kind: Box::new(ExprKind::Var(stand_in)), ..args[position].clone() };
        self.env.insert(stand_in, Jsonata::var(&name).into());
        let made = self.method(method, &args, expr);
        self.env.remove(&stand_in);
        let Value { expr: body, missing } = made?;
        Ok(Value { expr: Jsonata::bind(&name, value, body), missing })
    }

    fn method(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        match method.receiver() {
            Receiver::Str | Receiver::Char | Receiver::Display => self.text_method(method, args, expr),
            Receiver::Int | Receiver::Float => Ok(self.number_method(method, args, expr)?.into()),
            Receiver::Bool | Receiver::Option | Receiver::Result => self.option_method(method, args, expr),
            Receiver::Vec => self.vec_method(method, args, expr),
            Receiver::Map => self.map_method(method, args, expr),
            Receiver::Iterator => self.iterator_method(method, args, expr),
            Receiver::Any => self.value(argument(args, 0, expr)?),
            Receiver::Duration | Receiver::Timestamp => Ok(self.time_method(method, args, expr)?.into()),
            Receiver::Function => Ok(self.function(method, args, expr)?.into()),
        }
    }

    /// Methods of durations and points in time.
    fn time_method(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Jsonata> {
        let duration = self.encode(argument(args, 0, expr)?)?;
        match method {
            Builtin::DurationAsSecs => Ok(duration.field("secs")),
            Builtin::DurationAsMillis => self.with_short("d", duration, |this, d| {
                let millis = compare::duration_millis(d);
                let most = super::types::MAX_INT;
                let computed = super::types::Interval::new(0, most * 1000);
                super::arith::check_int(this, millis, computed, durafn_ir::IntType::U64, super::arith::OVERFLOW)
            }),
            Builtin::DurationAsSecsF64 => self.with_short("d", duration, |_, d| {
                let fraction = d.clone().field("nanos").binary(Op::Div, Jsonata::Int(1_000_000_000));
                Ok(d.field("secs").binary(Op::Add, fraction))
            }),
            Builtin::DurationSubsecMillis => {
                Ok(call("floor", [duration.field("nanos").binary(Op::Div, Jsonata::Int(1_000_000))]))
            }
            Builtin::DurationIsZero => self.with_short("d", duration, |_, d| {
                let none = |part: &str| d.clone().field(part).eq(Jsonata::Int(0));
                Ok(none("secs").binary(Op::And, none("nanos")))
            }),
            Builtin::TimestampAsSecond => {
                let seconds = compare::millis(duration).binary(Op::Div, Jsonata::Int(1000));
                self.with_short("s", seconds, |_, seconds| Ok(super::arith::truncated(seconds)))
            }
            Builtin::TimestampAsMillisecond => Ok(compare::millis(duration)),
            _ => {
                let other = self.encode(argument(args, 1, expr)?)?;
                match method {
                    Builtin::DurationCheckedSub => self.shorter_by(duration, other, |_, _, _| Ok(Jsonata::Null)),
                    Builtin::DurationSaturatingSub => self
                        .shorter_by(duration, other, |_, _, _| Ok(compare::duration(Jsonata::Int(0), Jsonata::Int(0)))),
                    Builtin::DurationAbsDiff => self.shorter_by(duration, other, |this, a, b| this.sub_durations(b, a)),
                    Builtin::TimestampDurationSince => self.duration_between(duration, other),
                    _ => no_encoding(method, expr),
                }
            }
        }
    }

    fn function(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Jsonata> {
        match method {
            Builtin::DurationFromSecs => self.seconds_times(args, expr, 1),
            Builtin::DurationFromMins => self.seconds_times(args, expr, 60),
            Builtin::DurationFromHours => self.seconds_times(args, expr, 3600),
            Builtin::DurationFromMillis => {
                let millis = self.encode(argument(args, 0, expr)?)?;
                self.with_short("ms", millis, |_, ms| Ok(compare::from_millis(ms)))
            }
            Builtin::StringNew => Ok(Jsonata::str("")),
            Builtin::StringFrom => self.encode(argument(args, 0, expr)?),
            Builtin::VecNew => Ok(Jsonata::array([])),
            Builtin::MapNew => Ok(Jsonata::object([])),
            Builtin::Default => self.default_of(expr.ty, expr),
            _ => no_encoding(method, expr),
        }
    }

    fn seconds_times(&mut self, args: &[Expr<Typed>], expr: &Expr<Typed>, factor: i128) -> Result<Jsonata> {
        use super::types::{Interval, MAX_INT};
        let number = argument(args, 0, expr)?;
        let range = self.interval(number);
        let secs = match self.encode(number)? {
            Jsonata::Int(number) => Jsonata::Int(number * factor),
            number if factor == 1 => number,
            number => {
                let secs = number.binary(Op::Mul, Jsonata::Int(factor));
                let computed = Interval::new(0, range.high.min(MAX_INT) * factor);
                super::arith::check_int(self, secs, computed, durafn_ir::IntType::U64, super::arith::OVERFLOW)?
            }
        };
        Ok(compare::duration(secs, Jsonata::Int(0)))
    }

    /// `Default::default()` of a std type. What a derive makes is a constant of the program, which types do not tell.
    pub(crate) fn default_of(&self, ty: TypeId, expr: &Expr<Typed>) -> Result<Jsonata> {
        match self.ty(ty) {
            TypeDef::Unit | TypeDef::Option(_) => Ok(Jsonata::Null),
            TypeDef::Bool => Ok(Jsonata::Bool(false)),
            TypeDef::Int(_) | TypeDef::Float(_) => Ok(Jsonata::Int(0)),
            TypeDef::String => Ok(Jsonata::str("")),
            TypeDef::Duration => Ok(compare::duration(Jsonata::Int(0), Jsonata::Int(0))),
            TypeDef::Vec(_) => Ok(Jsonata::array([])),
            TypeDef::Map(_) => Ok(Jsonata::object([])),
            TypeDef::Tuple(types) => {
                let mut elements = Vec::new();
                for ty in types {
                    elements.push((self.default_of(*ty, expr)?, super::types::shape(&self.machine.types, *ty)));
                }
                Ok(Jsonata::array(elements))
            }
            _ => malformed(expr.span, "the default of this type"),
        }
    }

    /// A closure of one parameter applied to a value, in place.
    pub(crate) fn apply(&mut self, closure: &Expr<Typed>, value: Value, ty: TypeId) -> Result<Value> {
        let (params, body) = parameters(closure)?;
        let pattern = params.first().unwrap_or(&Pattern::Wild);
        if value.expr.is_simple() || matches!(pattern, Pattern::Wild) {
            self.pattern(&value, ty, pattern, closure.span)?;
            return self.value(body);
        }
        let name = match pattern {
            Pattern::Bind(var, None) => self.name(*var).to_owned(),
            _ => self.fresh("value"),
        };
        let present = self.present(value);
        self.pattern(&Jsonata::var(&name).into(), ty, pattern, closure.span)?;
        let Value { expr, missing } = self.value(body)?;
        Ok(Value { expr: Jsonata::bind(&name, present, expr), missing })
    }

    /// The name of a function's parameter that takes what a pattern binds.
    pub(crate) fn parameter(&mut self, pattern: Option<&Pattern>, ty: TypeId, closure: &Expr<Typed>) -> Result<String> {
        let name = match pattern {
            Some(Pattern::Bind(var, None)) => self.name(*var).to_owned(),
            _ => self.fresh("item"),
        };
        self.pattern(&Jsonata::var(&name).into(), ty, pattern.unwrap_or(&Pattern::Wild), closure.span)?;
        Ok(name)
    }
}

/// A closure's parameters and body.
pub(crate) fn parameters(closure: &Expr<Typed>) -> Result<(&[Pattern], &Expr<Typed>)> {
    match &*closure.kind {
        ExprKind::Lambda(params, body) => Ok((params, body)),
        _ => malformed(closure.span, "a function that is named, not written out"),
    }
}

pub(crate) fn argument<'e>(args: &'e [Expr<Typed>], position: usize, expr: &Expr<Typed>) -> Result<&'e Expr<Typed>> {
    match args.get(position) {
        Some(arg) => Ok(arg),
        None => malformed(expr.span, "a method with too few arguments"),
    }
}

pub(crate) fn no_encoding<T>(method: Builtin, expr: &Expr<Typed>) -> Result<T> {
    refused(expr.span, refusal::METHOD, &[&method.spelling()])
}

/// The encoding of a method evaluates this argument only where it is needed.
fn may_leave_out(method: Builtin, position: usize) -> bool {
    use Builtin as B;
    match method {
        B::VecClear => position == 0,
        B::OptionUnwrapOr
        | B::OptionMapOr
        | B::OptionOr
        | B::OptionAnd
        | B::OptionZip
        | B::OptionOkOr
        | B::BoolThenSome
        | B::ResultMapOr
        | B::ResultUnwrapOr
        | B::VecTruncate
        | B::IterNth => position == 1,
        _ => false,
    }
}

/// `$name(args)`.
pub(crate) fn call<const N: usize>(name: &'static str, args: [Jsonata; N]) -> Jsonata {
    Jsonata::Call(name, args.into())
}
