//! Iterators. An iterator is an array inside one expression.
//!
//! `$map` and `$filter` yield sequences: nothing for none, the value itself for one. They are made arrays again where that shows.

use durafn_ir::{Builtin, Expr, ExprKind, Pattern, TypeDef, TypeId, Typed};

use super::{argument, call, no_encoding, parameters};
use crate::jsonata::{
    Jsonata, Result, Value,
    ast::{Op, Shape},
    encode::collected,
    scope::Encoder,
    types::{item_type, nullable, shape},
};
use crate::refusal::malformed;

/// The items of an iterator.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) expr: Jsonata,
    /// A sequence is nothing for none, and the value itself for one.
    is_sequence: bool,
    pub(super) item: TypeId,
    pub(super) shape: Shape,
    nullable: bool,
}

impl Items {
    pub(super) fn array(self) -> Jsonata {
        if self.is_sequence { collected(self.expr, self.shape) } else { self.expr }
    }

    /// What functions that take sequences as well as arrays may be given.
    pub(super) fn any_form(self) -> Jsonata {
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
            | Builtin::IterReduce
            | Builtin::IterPartition
            | Builtin::IterUnzip
            | Builtin::IterFold => self.summary(method, args, expr),
            Builtin::IterCollect => Ok(self.collect(argument(args, 0, expr)?, expr)?.into()),
            _ => Ok(self.items_of(method, args, expr)?.array().into()),
        }
    }

    pub(super) fn items(&mut self, expr: &Expr<Typed>) -> Result<Items> {
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

    pub(super) fn as_items(&self, expr: Jsonata, is_sequence: bool, typed: &Expr<Typed>) -> Result<Items> {
        let types = &self.machine.types;
        let Some(item) = item_type(types, typed) else {
            return malformed(typed.span, "an iterator over what is not a vector");
        };
        Ok(Items { expr, is_sequence, item, shape: shape(types, item), nullable: nullable(types, item) })
    }

    /// Methods that yield iterators.
    pub(super) fn items_of(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Items> {
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
                // Rust evaluates it for no items too.
                let first = count.can_fail().then(|| self.fresh("n"));
                let (count, fails) = match first {
                    Some(name) => (Jsonata::var(&name), Some((name, count))),
                    None => (count, None),
                };
                let is_step = method == Builtin::IterStepBy;
                let made = match is_step {
                    true => self.every_nth(array, count, item_shape)?,
                    false => self.by_position(method, array, count)?,
                };
                let made = match fails {
                    Some((name, count)) => Jsonata::bind(&name, count, made),
                    None => made,
                };
                return self.as_items(made, !is_step, expr);
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
    pub(super) fn each(&mut self, method: Builtin, receiver: &Expr<Typed>, closure: &Expr<Typed>) -> Result<Jsonata> {
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
    pub(super) fn or_nothing(&mut self, option: &Expr<Typed>) -> Result<Jsonata> {
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

    pub(super) fn flattened(&mut self, receiver: &Expr<Typed>, expr: &Expr<Typed>) -> Result<Items> {
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

    pub(super) fn by_position(&mut self, method: Builtin, array: Jsonata, count: Jsonata) -> Result<Jsonata> {
        // In front of the sequence, a binding would be in the way of what keeps it an array.
        let (item, position) = (self.fresh("item"), self.fresh("i"));
        let op = if method == Builtin::IterTake { Op::Lt } else { Op::Ge };
        let test = Jsonata::var(&position).binary(op, count);
        Ok(call("filter", [array, Jsonata::lambda([&item, &position], test)]))
    }

    pub(super) fn every_nth(&mut self, array: Jsonata, count: Jsonata, shape: Shape) -> Result<Jsonata> {
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
    pub(super) fn while_holds(
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
}
