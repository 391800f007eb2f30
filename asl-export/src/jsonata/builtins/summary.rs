//! Iterators of which one value is made.

use durafn_ir::{Builtin, Expr, ExprKind, TypeDef, Typed};

use super::{argument, call, items::Items, no_encoding, parameters};
use crate::jsonata::{
    Jsonata, Result, Value,
    arith::{OVERFLOW, check_int, finite},
    ast::{Op, Shape},
    compare,
    encode::collected,
    scope::Encoder,
    types::{Interval, shape},
};
use crate::refusal::{self, refused};

impl Encoder<'_> {
    /// Methods that make one value of all items.
    pub(super) fn summary(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        let receiver = argument(args, 0, expr)?;
        if let (Builtin::IterCount, ExprKind::Method(Builtin::StrChars, text)) = (method, &*receiver.kind) {
            return Ok(call("length", [self.encode(argument(text, 0, expr)?)?]).into());
        }
        let items = self.items(receiver)?;
        let item = items.item;
        match method {
            Builtin::IterCount => Ok(call("count", [items.any_form()]).into()),
            Builtin::IterMin | Builtin::IterMax if self.is_number(item) => {
                let function = if method == Builtin::IterMin { "min" } else { "max" };
                Ok(Value::maybe_missing(call(function, [items.array()])))
            }
            Builtin::IterMin | Builtin::IterMax => {
                let op = if method == Builtin::IterMin { Op::Lt } else { Op::Ge };
                let (best, other) = (self.fresh("best"), self.fresh("other"));
                match (self.ranks(item, Jsonata::var(&other)), self.ranks(item, Jsonata::var(&best))) {
                    (Some(of_other), Some(of_best)) => {
                        Ok(best_of(items.array(), &best, &other, compare::lexical(op, &of_other, &of_best)))
                    }
                    _ => no_encoding(method, expr),
                }
            }
            Builtin::IterMinByKey | Builtin::IterMaxByKey => {
                let op = if method == Builtin::IterMinByKey { Op::Lt } else { Op::Ge };
                self.extreme(op, items, argument(args, 1, expr)?)
            }
            Builtin::IterSum => Ok(self.total(Op::Add, items, expr)?.into()),
            Builtin::IterProduct => Ok(self.total(Op::Mul, items, expr)?.into()),
            Builtin::IterReduce => {
                let closure = argument(args, 1, expr)?;
                let (params, body) = parameters(closure)?;
                let (first, second) =
                    (self.parameter(params.first(), item, closure)?, self.parameter(params.get(1), item, closure)?);
                let body = self.encode(body)?;
                let reduced = call("reduce", [items.array(), Jsonata::lambda([&first, &second], body)]);
                Ok(Value::maybe_missing(reduced))
            }
            Builtin::IterPartition => {
                let closure = argument(args, 1, expr)?;
                let (params, body) = parameters(closure)?;
                let name = self.parameter(params.first(), item, closure)?;
                let test = self.encode(body)?;
                let shape = items.shape;
                Ok(self
                    .with_short("items", items.array(), |_, items| {
                        let part =
                            |test| collected(call("filter", [items.clone(), Jsonata::lambda([&name], test)]), shape);
                        let parts = [part(test.clone()), part(test.not())];
                        Ok(Jsonata::array(parts.map(|part| (part, Shape::Array))))
                    })?
                    .into())
            }
            Builtin::IterUnzip => {
                let TypeDef::Tuple(sides) = self.ty(item) else { return no_encoding(method, expr) };
                let shapes: Vec<Shape> = sides.iter().map(|side| shape(&self.machine.types, *side)).collect();
                let pair = self.fresh("pair");
                Ok(self
                    .with_short("items", items.array(), |_, items| {
                        let side = |(position, shape): (usize, &Shape)| {
                            let each = Jsonata::lambda([&pair], Jsonata::var(&pair).at(position));
                            (collected(call("map", [items.clone(), each]), *shape), Shape::Array)
                        };
                        Ok(Jsonata::array(shapes.iter().enumerate().map(side)))
                    })?
                    .into())
            }
            Builtin::IterFold => {
                let (init, closure) = (argument(args, 1, expr)?, argument(args, 2, expr)?);
                Ok(self.fold(items, init, closure)?.into())
            }
            _ => no_encoding(method, expr),
        }
    }

    pub(super) fn fold(&mut self, items: Items, init: &Expr<Typed>, closure: &Expr<Typed>) -> Result<Jsonata> {
        let (params, body) = parameters(closure)?;
        let item = items.item;
        let first = self.encode(init)?;
        let carried = self.parameter(params.first(), init.ty, closure)?;
        let name = self.parameter(params.get(1), item, closure)?;
        let body = self.encode(body)?;
        Ok(call("reduce", [items.array(), Jsonata::lambda([&carried, &name], body), first]))
    }

    /// Added or multiplied in order. Only a sum of unsigned integers need not be looked at before its end.
    pub(super) fn total(&mut self, op: Op, items: Items, expr: &Expr<Typed>) -> Result<Jsonata> {
        let start = Jsonata::Int(if op == Op::Add { 0 } else { 1 });
        let int = match self.ty(expr.ty) {
            TypeDef::Int(int) => Some(*int),
            TypeDef::Float(durafn_ir::FloatType::F64) => None,
            _ => return refused(expr.span, refusal::SUM, &[]),
        };
        let unsigned = int.is_some_and(|int| int.range().0 == 0);
        if let (Some(int), true, Op::Add) = (int, unsigned, op) {
            let sum = call("sum", [items.array()]);
            return check_int(self, sum, Interval::new(0, i128::MAX), int, OVERFLOW);
        }
        let (so_far, name) = (self.fresh("so_far"), self.fresh("item"));
        let next = Jsonata::var(&so_far).binary(op, Jsonata::var(&name));
        let next = match int {
            Some(int) => {
                let low = if unsigned { 0 } else { i128::MIN };
                check_int(self, next, Interval::new(low, i128::MAX), int, OVERFLOW)?
            }
            None => next,
        };
        let total = call("reduce", [items.array(), Jsonata::lambda([&so_far, &name], next), start]);
        Ok(if int.is_some() { total } else { finite(total) })
    }

    pub(super) fn extreme(&mut self, op: Op, items: Items, closure: &Expr<Typed>) -> Result<Value> {
        let (params, body) = parameters(closure)?;
        let item = items.item;
        let name = self.parameter(params.first(), item, closure)?;
        let ranks = self.key_ranks(body)?;
        let (best, other) = (self.fresh("best"), self.fresh("other"));
        let of = |side: &str| -> Vec<Jsonata> {
            ranks.iter().map(|rank| rank.clone().replace(&name, &Jsonata::var(side))).collect()
        };
        Ok(best_of(items.array(), &best, &other, compare::lexical(op, &of(&other), &of(&best))))
    }

    /// `collect()`, into what its type says.
    pub(super) fn collect(&mut self, receiver: &Expr<Typed>, expr: &Expr<Typed>) -> Result<Jsonata> {
        let items = self.items(receiver)?;
        match self.ty(expr.ty) {
            TypeDef::Vec(_) | TypeDef::Iterator(_) => Ok(items.array()),
            TypeDef::String => Ok(call("join", [items.array()])),
            TypeDef::Map(_) => {
                let pairs = items.array();
                Ok(self.map_of(pairs))
            }
            TypeDef::Option(inner) if matches!(self.ty(*inner), TypeDef::Vec(_)) => {
                let item = self.fresh("item");
                self.with_short("items", items.array(), |_, items| {
                    let is_null = Jsonata::lambda([&item], Jsonata::var(&item).eq(Jsonata::Null));
                    Ok(call("filter", [items.clone(), is_null]).exists().then(Jsonata::Null, items))
                })
            }
            TypeDef::Result(ok, _) => match self.ty(*ok) {
                TypeDef::Vec(inner) => {
                    let shape = shape(&self.machine.types, *inner);
                    self.collect_results(items.array(), shape)
                }
                _ => no_encoding(Builtin::IterCollect, expr),
            },
            _ => no_encoding(Builtin::IterCollect, expr),
        }
    }

    pub(super) fn collect_results(&mut self, results: Jsonata, shape: Shape) -> Result<Jsonata> {
        let (result, error) = (self.fresh("result"), self.fresh("error_found"));
        self.with_short("results", results, |_, results| {
            let of = |name: &str| Jsonata::var(&result).field(name);
            let errors = call("filter", [results.clone(), Jsonata::lambda([&result], of("Err").exists())]);
            let values = call("map", [results, Jsonata::lambda([&result], of("Ok"))]);
            let success = Jsonata::object([("Ok".to_owned(), collected(values, shape))]);
            let found = Jsonata::var(&error);
            Ok(Jsonata::bind(&error, errors.at(0), found.clone().exists().then(found, success)))
        })
    }
}

/// The item that is better than each before it.
fn best_of(array: Jsonata, best: &str, other: &str, better: Jsonata) -> Value {
    let step = Jsonata::lambda([best, other], better.then(Jsonata::var(other), Jsonata::var(best)));
    Value::maybe_missing(call("reduce", [array, step]))
}
