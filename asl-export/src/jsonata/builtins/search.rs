//! Iterators that are searched. JSONata looks at every item where Rust stops at the first, so that nothing on the way may fail.

use durafn_ir::{Builtin, Expr, ExprKind, TypeDef, Typed};

use super::{argument, call, parameters};
use crate::jsonata::{
    Jsonata, Result, Value,
    ast::{Op, Shape},
    encode::collected,
    scope::Encoder,
};
use crate::refusal::{self, refused};

impl Encoder<'_> {
    /// Methods that look for an item.
    pub(super) fn search(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
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

    pub(super) fn search_by(
        &mut self,
        method: Builtin,
        receiver: &Expr<Typed>,
        closure: &Expr<Typed>,
    ) -> Result<Value> {
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
            Builtin::IterFind if test.can_fail() => {
                let item = Jsonata::var(&name);
                Ok(self.first_by(collected(source, shape), &name, None, test, (item, shape)))
            }
            Builtin::IterPosition if test.can_fail() => {
                let position = self.fresh("i");
                let found = (Jsonata::var(&position), Shape::Single);
                Ok(self.first_by(collected(source, shape), &name, Some(&position), test, found))
            }
            Builtin::IterFind => {
                let found = filter(test);
                let array = if shape == Shape::Single { found } else { collected(found, shape) };
                Ok(Value::maybe_missing(array.at(0)))
            }
            _ => {
                let position = self.fresh("i");
                let found = Jsonata::lambda([&name, &position], test.then_only(Jsonata::var(&position)));
                Ok(Value::maybe_missing(call("map", [source, found]).at(0)))
            }
        }
    }

    /// The first that passes a test which can fail: what comes after it is not tested.
    fn first_by(
        &mut self,
        array: Jsonata,
        name: &str,
        position: Option<&str>,
        test: Jsonata,
        found: (Jsonata, Shape),
    ) -> Value {
        let so_far = self.fresh("so_far");
        let one = test.then(Jsonata::array([found]), Jsonata::array([]));
        let none_yet = Jsonata::var(&so_far).eq(Jsonata::array([]));
        let step = none_yet.then(one, Jsonata::var(&so_far));
        let params = [so_far.as_str(), name].into_iter().chain(position).map(str::to_owned).collect();
        let step = Jsonata::Lambda(params, Box::new(step));
        Value::maybe_missing(call("reduce", [array, step, Jsonata::array([])]).at(0))
    }

    /// An iterator is lazy: Rust stops where JSONata computes every item, so that nothing in it may fail.
    pub(super) fn must_not_fail(&mut self, iterator: &Expr<Typed>, by: &Expr<Typed>) -> Result<()> {
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
                    return refused(by.span, refusal::FAILING_BEFORE_SEARCH, &[&method.spelling()]);
                }
            }
            let Some(next) = args.first() else { break };
            source = next;
        }
        Ok(())
    }

    pub(super) fn closure_must_not_fail(&self, body: &Jsonata, closure: &Expr<Typed>) -> Result<()> {
        if !body.can_fail() {
            return Ok(());
        }
        refused(closure.span, refusal::FAILING_SEARCH, &[])
    }
}
