//! `bool`, `Option` and `Result`. `None` is null, or undefined where a key may be missing; `!= null` is false for both.

use durafn_ir::{Builtin, Expr, TypeDef, TypeId, Typed};

use super::{argument, no_encoding, parameters};
use crate::jsonata::{
    Jsonata, Result, Value,
    ast::{Op, Shape},
    scope::Encoder,
    types::shape,
};

impl Encoder<'_> {
    pub(super) fn option_method(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        let receiver = argument(args, 0, expr)?;
        match self.ty(receiver.ty) {
            TypeDef::Bool => {
                let test = self.encode(receiver)?;
                let then = argument(args, 1, expr)?;
                let value = match method {
                    Builtin::BoolThen => self.encode(parameters(then)?.1)?,
                    _ => self.encode(then)?,
                };
                Ok(test.then(value, Jsonata::Null).into())
            }
            TypeDef::Option(inner) => self.of_option(method, *inner, args, expr),
            TypeDef::Result(ok, err) => self.of_result(method, (*ok, *err), args, expr),
            _ => no_encoding(method, expr),
        }
    }

    fn of_option(&mut self, method: Builtin, inner: TypeId, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        let option = self.value(argument(args, 0, expr)?)?;
        match method {
            Builtin::OptionIsSome => return Ok(option.holds().into()),
            Builtin::OptionIsNone => return Ok(option.lacks().into()),
            Builtin::OptionFlatten => return Ok(option),
            _ => {}
        }
        let missing = option.missing;
        let made = self.with_short("value", option.expr, |this, short| {
            let option = Value { expr: short.clone(), missing };
            this.of_short_option(method, option, inner, args, expr)
        })?;
        Ok(made.into())
    }

    fn of_short_option(
        &mut self,
        method: Builtin,
        option: Value,
        inner: TypeId,
        args: &[Expr<Typed>],
        expr: &Expr<Typed>,
    ) -> Result<Jsonata> {
        let value = option.expr.clone();
        let some = option.holds();
        let held = || Value::from(value.clone());
        let arg = |this: &mut Self, position| this.encode(argument(args, position, expr)?);
        let closure = |position| argument(args, position, expr);
        Ok(match method {
            Builtin::OptionIsSomeAnd => some.binary(Op::And, self.applied(closure(1)?, held(), inner)?),
            Builtin::OptionIsNoneOr => some.not().binary(Op::Or, self.applied(closure(1)?, held(), inner)?),
            Builtin::OptionUnwrapOr | Builtin::OptionOr => some.then(value, arg(self, 1)?),
            Builtin::OptionUnwrapOrElse | Builtin::OptionOrElse => some.then(value, self.called(closure(1)?)?),
            Builtin::OptionUnwrapOrDefault => some.then(value, self.default_of(inner, expr)?),
            Builtin::OptionMap | Builtin::OptionAndThen => {
                some.then(self.applied(closure(1)?, held(), inner)?, Jsonata::Null)
            }
            Builtin::OptionMapOr => {
                let other = arg(self, 1)?;
                some.then(self.applied(closure(2)?, held(), inner)?, other)
            }
            Builtin::OptionMapOrElse => {
                let other = self.called(closure(1)?)?;
                some.then(self.applied(closure(2)?, held(), inner)?, other)
            }
            Builtin::OptionAnd => some.then(arg(self, 1)?, Jsonata::Null),
            Builtin::OptionFilter => {
                let keep = self.applied(closure(1)?, held(), inner)?;
                some.binary(Op::And, keep).then(value, Jsonata::Null)
            }
            Builtin::OptionZip => {
                let other = closure(1)?;
                let shapes = [inner, self.option_item(other)].map(|ty| shape(&self.machine.types, ty));
                let other = self.value(other)?;
                let missing = other.missing;
                self.with_short("other", other.expr, |_, other| {
                    let both = some.binary(Op::And, Value { expr: other.clone(), missing }.holds());
                    let pair = Jsonata::array([(value, shapes[0]), (other, shapes[1])]);
                    Ok(both.then(pair, Jsonata::Null))
                })?
            }
            Builtin::OptionXor => {
                let other = self.value(closure(1)?)?;
                let missing = other.missing;
                self.with_short("other", other.expr, |_, other| {
                    let alone = Value { expr: other.clone(), missing };
                    let this_one = alone.clone().holds().then(Jsonata::Null, value);
                    Ok(some.then(this_one, alone.holds().then(other, Jsonata::Null)))
                })?
            }
            Builtin::OptionTranspose => some.then(value, labelled("Ok", Jsonata::Null)),
            Builtin::OptionOkOr => {
                let error = arg(self, 1)?;
                some.then(labelled("Ok", value), labelled("Err", error))
            }
            Builtin::OptionOkOrElse => {
                let error = self.called(closure(1)?)?;
                some.then(labelled("Ok", value), labelled("Err", error))
            }
            _ => return no_encoding(method, expr),
        })
    }

    fn of_result(
        &mut self,
        method: Builtin,
        (ok, err): (TypeId, TypeId),
        args: &[Expr<Typed>],
        expr: &Expr<Typed>,
    ) -> Result<Value> {
        let result = self.encode(argument(args, 0, expr)?)?;
        let made = self.with_short("result", result, |this, result| {
            let is = |name: &str| result.clone().field(name).exists();
            let held = |name: &str| Value::from(result.clone().field(name));
            let closure = |position| argument(args, position, expr);
            let success = held("Ok").expr;
            Ok(match method {
                Builtin::ResultIsOk => is("Ok"),
                Builtin::ResultIsErr => is("Err"),
                Builtin::ResultOk => is("Ok").then(success, Jsonata::Null),
                Builtin::ResultErr => is("Err").then(held("Err").expr, Jsonata::Null),
                Builtin::ResultMap => {
                    let mapped = this.applied(closure(1)?, held("Ok"), ok)?;
                    is("Ok").then(labelled("Ok", mapped), result.clone())
                }
                Builtin::ResultMapErr => {
                    let mapped = this.applied(closure(1)?, held("Err"), err)?;
                    is("Err").then(labelled("Err", mapped), result.clone())
                }
                Builtin::ResultMapOr => {
                    let other = this.encode(closure(1)?)?;
                    is("Ok").then(this.applied(closure(2)?, held("Ok"), ok)?, other)
                }
                Builtin::ResultMapOrElse => {
                    let other = this.applied(closure(1)?, held("Err"), err)?;
                    is("Ok").then(this.applied(closure(2)?, held("Ok"), ok)?, other)
                }
                Builtin::ResultOrElse => is("Ok").then(result.clone(), this.applied(closure(1)?, held("Err"), err)?),
                Builtin::ResultIsOkAnd => is("Ok").binary(Op::And, this.applied(closure(1)?, held("Ok"), ok)?),
                Builtin::ResultIsErrAnd => is("Err").binary(Op::And, this.applied(closure(1)?, held("Err"), err)?),
                Builtin::ResultTranspose => {
                    let none = success.clone().eq(Jsonata::Null);
                    none.then(Jsonata::Null, result.clone())
                }
                Builtin::ResultAndThen => is("Ok").then(this.applied(closure(1)?, held("Ok"), ok)?, result.clone()),
                Builtin::ResultUnwrapOr => is("Ok").then(success, this.encode(closure(1)?)?),
                Builtin::ResultUnwrapOrElse => is("Ok").then(success, this.applied(closure(1)?, held("Err"), err)?),
                Builtin::ResultUnwrapOrDefault => is("Ok").then(success, this.default_of(ok, expr)?),
                _ => return no_encoding(method, expr),
            })
        })?;
        Ok(made.into())
    }

    /// A closure's value for an argument; null for `None`.
    pub(super) fn applied(&mut self, closure: &Expr<Typed>, value: Value, ty: TypeId) -> Result<Jsonata> {
        let made = self.apply(closure, value, ty)?;
        Ok(self.present(made))
    }

    /// The value of a closure without parameters.
    fn called(&mut self, closure: &Expr<Typed>) -> Result<Jsonata> {
        self.encode(parameters(closure)?.1)
    }

    fn option_item(&self, expr: &Expr<Typed>) -> TypeId {
        match self.ty(expr.ty) {
            TypeDef::Option(inner) => *inner,
            _ => expr.ty,
        }
    }
}

fn labelled(name: &str, value: Jsonata) -> Jsonata {
    Jsonata::object([(name.to_owned(), value)])
}

/// A pair as an array.
pub(super) fn pair(a: (Jsonata, Shape), b: (Jsonata, Shape)) -> Jsonata {
    Jsonata::array([a, b])
}
