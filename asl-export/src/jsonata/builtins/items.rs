//! Iterators. An iterator is an array inside one expression.
//!
//! `$map` and `$filter` yield sequences: nothing for none, the value itself for one. They are made arrays again where that shows.

use durafn_ir::{Builtin, Expr, ExprKind, Pattern, TypeDef, TypeId, Typed};

use super::{argument, call, no_encoding, parameters};
use crate::jsonata::{
    Jsonata, Result, Value,
    arith::{OVERFLOW, check_int},
    ast::{Op, Shape},
    encode::collected,
    scope::{Encoder, unsupported},
    types::{Interval, item_type, nullable, shape},
};

/// The items of an iterator.
#[derive(Debug)]
struct Items {
    expr: Jsonata,
    /// A sequence is nothing for none, and the value itself for one.
    is_sequence: bool,
    item: TypeId,
    shape: Shape,
    nullable: bool,
}

impl Items {
    fn array(self) -> Jsonata {
        if self.is_sequence { collected(self.expr, self.shape) } else { self.expr }
    }

    /// What functions that take sequences as well as arrays may be given.
    fn any_form(self) -> Jsonata {
        if self.shape == Shape::Single && !self.nullable { self.expr } else { self.array() }
    }
}

impl Encoder<'_> {
    pub(super) fn iterator_method(
        &mut self,
        method: Builtin,
        args: &[Expr<Typed>],
        expr: &Expr<Typed>,
    ) -> Result<Value> {
        match method {
            Builtin::IterFind
            | Builtin::IterFindMap
            | Builtin::IterPosition
            | Builtin::IterAny
            | Builtin::IterAll
            | Builtin::IterLast
            | Builtin::IterNext
            | Builtin::IterNth => self.search(method, args, expr),
            Builtin::IterSum
            | Builtin::IterProduct
            | Builtin::IterMin
            | Builtin::IterMax
            | Builtin::IterMinByKey
            | Builtin::IterMaxByKey
            | Builtin::IterCount
            | Builtin::IterFold => self.summary(method, args, expr),
            Builtin::IterCollect => Ok(self.collect(argument(args, 0, expr)?, expr)?.into()),
            _ => Ok(self.items_of(method, args, expr)?.array().into()),
        }
    }

    fn items(&mut self, expr: &Expr<Typed>) -> Result<Items> {
        if let ExprKind::Method(method, args) = &*expr.kind
            && matches!(
                method,
                Builtin::IterMap
                    | Builtin::IterFilter
                    | Builtin::IterFilterMap
                    | Builtin::IterTake
                    | Builtin::IterSkip
                    | Builtin::IterStepBy
                    | Builtin::IterEnumerate
                    | Builtin::IterFlatten
            )
        {
            return self.items_of(*method, args, expr);
        }
        let array = self.encode(expr)?;
        self.as_items(array, false, expr)
    }

    fn as_items(&self, expr: Jsonata, is_sequence: bool, typed: &Expr<Typed>) -> Result<Items> {
        let types = &self.machine.types;
        let Some(item) = item_type(types, typed) else {
            return unsupported(typed.span, "an iterator over what is not a vector", "collect it into a `Vec`");
        };
        Ok(Items { expr, is_sequence, item, shape: shape(types, item), nullable: nullable(types, item) })
    }

    /// Methods that yield iterators.
    fn items_of(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Items> {
        let receiver = argument(args, 0, expr)?;
        match method {
            Builtin::IterMap | Builtin::IterFilter | Builtin::IterFilterMap => {
                let closure = argument(args, 1, expr)?;
                let made = self.each(method, receiver, closure)?;
                return self.as_items(made, true, expr);
            }
            Builtin::IterFlatten => return self.flattened(receiver, expr),
            _ => {}
        }
        if matches!(method, Builtin::IterTake | Builtin::IterTakeWhile | Builtin::IterZip) {
            self.must_not_fail(receiver, expr)?;
        }
        let items = self.items(receiver)?;
        let (item, item_shape) = (items.item, items.shape);
        let array = items.array();
        let made = match method {
            Builtin::IterFlatMap => {
                let closure = argument(args, 1, expr)?;
                let (params, body) = parameters(closure)?;
                let all = self.fresh("all");
                let param = self.parameter(params.first(), item, closure)?;
                let more = self.encode(body)?;
                let more = if matches!(self.ty(body.ty), TypeDef::Option(_)) {
                    self.with_short("found", more, |_, found| {
                        Ok(found.clone().ne(Jsonata::Null).then(found, Jsonata::array([])))
                    })?
                } else {
                    more
                };
                let appended = call("append", [Jsonata::var(&all), more]);
                call("reduce", [array, Jsonata::lambda([&all, &param], appended), Jsonata::array([])])
            }
            Builtin::IterEnumerate => {
                let (value, position) = (self.fresh("item"), self.fresh("i"));
                let pair =
                    super::option::pair((Jsonata::var(&position), Shape::Single), (Jsonata::var(&value), item_shape));
                let pairs = call("map", [array, Jsonata::lambda([&value, &position], pair)]);
                return self.as_items(pairs, true, expr);
            }
            Builtin::IterZip => call("zip", [array, self.items(argument(args, 1, expr)?)?.array()]),
            Builtin::IterChain => call("append", [array, self.items(argument(args, 1, expr)?)?.array()]),
            Builtin::IterTake | Builtin::IterSkip | Builtin::IterStepBy => {
                let count = self.encode(argument(args, 1, expr)?)?;
                if method == Builtin::IterStepBy {
                    self.every_nth(array, count, item_shape)?
                } else {
                    let made = self.by_position(method, array, count)?;
                    return self.as_items(made, true, expr);
                }
            }
            Builtin::IterTakeWhile | Builtin::IterSkipWhile => {
                self.while_holds(method == Builtin::IterTakeWhile, array, item, argument(args, 1, expr)?, item_shape)?
            }
            Builtin::IterRev => call("reverse", [array]),
            _ => return no_encoding(method, expr),
        };
        self.as_items(made, false, expr)
    }

    /// `$map` or `$filter`, with the position as a second parameter where the items are enumerated and taken apart at once.
    fn each(&mut self, method: Builtin, receiver: &Expr<Typed>, closure: &Expr<Typed>) -> Result<Jsonata> {
        let (params, body) = parameters(closure)?;
        let (source, params) = match (&*receiver.kind, params) {
            (ExprKind::Method(Builtin::IterEnumerate, inner), [Pattern::Tuple(parts)])
                if parts.len() == 2 && method != Builtin::IterFilter =>
            {
                let items = self.items(argument(inner, 0, receiver)?)?;
                let item = items.item;
                let value = self.parameter(parts.get(1), item, closure)?;
                let position = match &parts[0] {
                    Pattern::Wild => None,
                    pattern => Some(self.parameter(Some(pattern), item, closure)?),
                };
                (items.any_form(), std::iter::once(value).chain(position).collect())
            }
            _ => {
                let items = self.items(receiver)?;
                let name = self.parameter(params.first(), items.item, closure)?;
                (items.any_form(), vec![name])
            }
        };
        let body = match method {
            Builtin::IterFilterMap => self.or_nothing(body)?,
            _ => self.encode(body)?,
        };
        let function = if method == Builtin::IterFilter { "filter" } else { "map" };
        Ok(call(function, [source, Jsonata::Lambda(params, Box::new(body))]))
    }

    /// An option as a value that is undefined for `None`, which `$map` leaves out.
    fn or_nothing(&mut self, option: &Expr<Typed>) -> Result<Jsonata> {
        let value = self.value(option)?;
        let never_null = match self.ty(option.ty) {
            TypeDef::Option(inner) => !nullable(&self.machine.types, *inner),
            _ => false,
        };
        let is_some =
            |expr: &Expr<Typed>| matches!(&*expr.kind, ExprKind::Construct(construct) if construct.name == "Some");
        let then_is_some = match &*option.kind {
            ExprKind::If(_, then, _) => is_some(then),
            ExprKind::Method(Builtin::BoolThen | Builtin::BoolThenSome, _) => true,
            _ => false,
        };
        match value.expr {
            Jsonata::Cond(test, then, Some(other)) if *other == Jsonata::Null && never_null && then_is_some => {
                Ok(test.then_only(*then))
            }
            value => self.with_short("found", value, |_, found| Ok(found.clone().ne(Jsonata::Null).then_only(found))),
        }
    }

    fn flattened(&mut self, receiver: &Expr<Typed>, expr: &Expr<Typed>) -> Result<Items> {
        let items = self.items(receiver)?;
        match self.ty(items.item) {
            TypeDef::Option(_) => {
                let item = self.fresh("item");
                let test = Jsonata::lambda([&item], Jsonata::var(&item).ne(Jsonata::Null));
                let held = call("filter", [items.array(), test]);
                self.as_items(held, true, expr)
            }
            TypeDef::Vec(_) | TypeDef::Iterator(_) => {
                let array = items.array();
                let all = self.concatenated(array);
                self.as_items(all, false, expr)
            }
            _ => no_encoding(Builtin::IterFlatten, expr),
        }
    }

    fn by_position(&mut self, method: Builtin, array: Jsonata, count: Jsonata) -> Result<Jsonata> {
        // In front of the sequence, a binding would be in the way of what keeps it an array.
        let (item, position) = (self.fresh("item"), self.fresh("i"));
        let op = if method == Builtin::IterTake { Op::Lt } else { Op::Ge };
        let test = Jsonata::var(&position).binary(op, count);
        Ok(call("filter", [array, Jsonata::lambda([&item, &position], test)]))
    }

    fn every_nth(&mut self, array: Jsonata, count: Jsonata, shape: Shape) -> Result<Jsonata> {
        self.with_short("n", count, |this, count| {
            let (item, position) = (this.fresh("item"), this.fresh("i"));
            let test = Jsonata::var(&position).binary(Op::Rem, count.clone()).eq(Jsonata::Int(0));
            let kept = collected(call("filter", [array, Jsonata::lambda([&item, &position], test)]), shape);
            Ok(match count {
                Jsonata::Int(1..) => kept,
                count => count.ne(Jsonata::Int(0)).then(kept, Jsonata::error("step_by of zero")),
            })
        })
    }

    /// The position of the first item for which the closure does not hold tells where to cut.
    fn while_holds(
        &mut self,
        take: bool,
        array: Jsonata,
        item: TypeId,
        closure: &Expr<Typed>,
        shape: Shape,
    ) -> Result<Jsonata> {
        let (params, body) = parameters(closure)?;
        self.with_short("items", array, |this, array| {
            let name = this.parameter(params.first(), item, closure)?;
            let test = this.encode(body)?;
            this.closure_must_not_fail(&test, closure)?;
            let (position, cut) = (this.fresh("i"), this.fresh("cut"));
            let failing = test.not().then_only(Jsonata::var(&position));
            let first = call("map", [array.clone(), Jsonata::lambda([&name, &position], failing)]).at(0);
            let found = Jsonata::var(&cut);
            let end = found.clone().exists().then(found, call("count", [array.clone()]));
            let end_name = this.fresh("end");
            let limit = Jsonata::var(&end_name);
            let kept = this.where_position(array, shape, |position, _| {
                position.binary(if take { Op::Lt } else { Op::Ge }, limit)
            })?;
            Ok(Jsonata::bind(&cut, first, Jsonata::bind(&end_name, end, kept)))
        })
    }

    /// Methods that look for an item.
    fn search(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        let receiver = argument(args, 0, expr)?;
        if method != Builtin::IterLast {
            self.must_not_fail(receiver, expr)?;
        }
        match method {
            Builtin::IterNext => Ok(Value::maybe_missing(self.items(receiver)?.array().at(0))),
            Builtin::IterLast => Ok(Value::maybe_missing(self.items(receiver)?.array().index(Jsonata::Int(-1)))),
            Builtin::IterNth => {
                let array = self.items(receiver)?.array();
                let index = self.encode(argument(args, 1, expr)?)?;
                Ok(Value::maybe_missing(array.index(index)))
            }
            _ => self.search_by(method, receiver, argument(args, 1, expr)?),
        }
    }

    fn search_by(&mut self, method: Builtin, receiver: &Expr<Typed>, closure: &Expr<Typed>) -> Result<Value> {
        let (params, body) = parameters(closure)?;
        let items = self.items(receiver)?;
        let shape = items.shape;
        let name = self.parameter(params.first(), items.item, closure)?;
        if method == Builtin::IterFindMap {
            let found = self.or_nothing(body)?;
            self.closure_must_not_fail(&found, closure)?;
            let inner = match self.ty(body.ty) {
                TypeDef::Option(inner) => crate::jsonata::types::shape(&self.machine.types, *inner),
                _ => Shape::Either,
            };
            let all = call("map", [items.any_form(), Jsonata::lambda([&name], found)]);
            return Ok(Value::maybe_missing(collected(all, inner).at(0)));
        }
        let test = self.encode(body)?;
        let source = items.any_form();
        let filter = |test| call("filter", [source.clone(), Jsonata::lambda([&name], test)]);
        match method {
            Builtin::IterAny | Builtin::IterAll if test.can_fail() => {
                // What Rust would not look at any more must not fail.
                let any = method == Builtin::IterAny;
                let known = self.fresh("known");
                let op = if any { Op::Or } else { Op::And };
                let step = Jsonata::lambda([&known, &name], Jsonata::var(&known).binary(op, test));
                Ok(call("reduce", [collected(source, shape), step, Jsonata::Bool(!any)]).into())
            }
            Builtin::IterAny => Ok(filter(test).exists().into()),
            Builtin::IterAll => Ok(filter(test.not()).exists().not().into()),
            Builtin::IterFind => {
                self.closure_must_not_fail(&test, closure)?;
                let found = filter(test);
                let array = if shape == Shape::Single { found } else { collected(found, shape) };
                Ok(Value::maybe_missing(array.at(0)))
            }
            _ => {
                self.closure_must_not_fail(&test, closure)?;
                let position = self.fresh("i");
                let found = Jsonata::lambda([&name, &position], test.then_only(Jsonata::var(&position)));
                Ok(Value::maybe_missing(call("map", [source, found]).at(0)))
            }
        }
    }

    /// An iterator is lazy: Rust stops where JSONata computes every item, so that nothing in it may fail.
    fn must_not_fail(&mut self, iterator: &Expr<Typed>, by: &Expr<Typed>) -> Result<()> {
        let mut source = iterator;
        while let ExprKind::Method(method, args) = &*source.kind {
            if !matches!(self.ty(source.ty), TypeDef::Iterator(_)) {
                break;
            }
            let lambdas = args.iter().filter(|arg| matches!(*arg.kind, ExprKind::Lambda(..)));
            if lambdas.clone().any(|lambda| lambda.effects().fails) {
                let whole = self.clone().encode(source)?;
                let fails = |part: &Jsonata| matches!(part, Jsonata::Lambda(_, body) if body.can_fail());
                if whole.any_part(&fails) {
                    return unsupported(
                        by.span,
                        format!("`{}`, whose closure can fail, before a method that may stop early", method.spelling()),
                        "collect into a `Vec` in between",
                    );
                }
            }
            let Some(next) = args.first() else { break };
            source = next;
        }
        Ok(())
    }

    fn closure_must_not_fail(&self, body: &Jsonata, closure: &Expr<Typed>) -> Result<()> {
        if !body.can_fail() {
            return Ok(());
        }
        unsupported(
            closure.span,
            "a search whose closure can fail: JSONata looks at every item, Rust stops at the first",
            "map to what the closure computes and collect into a `Vec` first",
        )
    }

    /// Methods that make one value of all items.
    fn summary(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
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
            Builtin::IterMinByKey | Builtin::IterMaxByKey => {
                let op = if method == Builtin::IterMinByKey { Op::Lt } else { Op::Ge };
                self.extreme(op, items, argument(args, 1, expr)?)
            }
            Builtin::IterSum => Ok(self.total(Op::Add, items, expr)?.into()),
            Builtin::IterProduct => Ok(self.total(Op::Mul, items, expr)?.into()),
            Builtin::IterFold => {
                let (init, closure) = (argument(args, 1, expr)?, argument(args, 2, expr)?);
                Ok(self.fold(items, init, closure)?.into())
            }
            _ => no_encoding(method, expr),
        }
    }

    fn fold(&mut self, items: Items, init: &Expr<Typed>, closure: &Expr<Typed>) -> Result<Jsonata> {
        let (params, body) = parameters(closure)?;
        let item = items.item;
        let first = self.encode(init)?;
        let carried = self.parameter(params.first(), init.ty, closure)?;
        let name = self.parameter(params.get(1), item, closure)?;
        let body = self.encode(body)?;
        Ok(call("reduce", [items.array(), Jsonata::lambda([&carried, &name], body), first]))
    }

    /// Added or multiplied in order. Only a sum of unsigned integers need not be looked at before its end.
    fn total(&mut self, op: Op, items: Items, expr: &Expr<Typed>) -> Result<Jsonata> {
        let start = Jsonata::Int(if op == Op::Add { 0 } else { 1 });
        let int = match self.ty(expr.ty) {
            TypeDef::Int(int) => Some(*int),
            TypeDef::Float(durafn_ir::FloatType::F64) => None,
            _ => return unsupported(expr.span, "a sum or product of this type", "use integers or `f64`"),
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
        Ok(call("reduce", [items.array(), Jsonata::lambda([&so_far, &name], next), start]))
    }

    fn extreme(&mut self, op: Op, items: Items, closure: &Expr<Typed>) -> Result<Value> {
        let (params, body) = parameters(closure)?;
        if !self.is_number(body.ty) {
            return unsupported(closure.span, "a key that is not a number", "use a key that is a number");
        }
        let item = items.item;
        let name = self.parameter(params.first(), item, closure)?;
        let key = self.encode(body)?;
        let (best, other) = (self.fresh("best"), self.fresh("other"));
        let better = key.replace(&name, &Jsonata::var(&other)).binary(op, key.replace(&name, &Jsonata::var(&best)));
        let step = Jsonata::lambda([&best, &other], better.then(Jsonata::var(&other), Jsonata::var(&best)));
        Ok(Value::maybe_missing(call("reduce", [items.array(), step])))
    }

    /// `collect()`, into what its type says.
    fn collect(&mut self, receiver: &Expr<Typed>, expr: &Expr<Typed>) -> Result<Jsonata> {
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

    fn collect_results(&mut self, results: Jsonata, shape: Shape) -> Result<Jsonata> {
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
