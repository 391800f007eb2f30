//! Expression by expression: what Rust means, said in JSONata.

use durafn_ir::{Arm, ContextValue, Expr, ExprKind, Literal, Place, TypeDef, Typed, UnaryOp, VarId};

use super::{
    Jsonata, Result, Value,
    arith::{OVERFLOW, check_int},
    ast::{Op, Shape},
    scope::Encoder,
    types::{Interval, item_type, shape},
};
use crate::refusal::{self, malformed, refused};

impl Encoder<'_> {
    /// The expression's value; null for `None`.
    pub(crate) fn encode(&mut self, expr: &Expr<Typed>) -> Result<Jsonata> {
        let value = self.value(expr)?;
        Ok(self.present(value))
    }

    /// The expression's value; `None` is null or undefined.
    pub(crate) fn value(&mut self, expr: &Expr<Typed>) -> Result<Value> {
        match &*expr.kind {
            ExprKind::Literal(literal) => Ok(literal_value(expr, literal)?.into()),
            ExprKind::Const(value) => {
                check_numbers(expr, value)?;
                Ok(Jsonata::json(value).into())
            }
            ExprKind::Var(var) => Ok(self.var(*var)),
            ExprKind::Field(base, name) => self.field(base, name, expr.span),
            ExprKind::Index(base, index) => self.index(base, index),
            ExprKind::Unary(op, operand) => Ok(self.unary(*op, operand, expr)?.into()),
            ExprKind::Binary(op, a, b) => Ok(self.binary(*op, a, b, expr)?.into()),
            ExprKind::Cast(operand, target) => Ok(self.cast(operand, *target, expr)?.into()),
            ExprKind::If(test, then, other) => {
                let test = self.encode(test)?;
                let then = self.encode(then)?;
                let other = self.encode(other)?;
                Ok(test.then(then, other).into())
            }
            ExprKind::Match(subject, arms) => Ok(self.match_value(subject, arms)?.into()),
            ExprKind::Let(var, value, body) => Ok(self.let_value(*var, value, body)?.into()),
            ExprKind::Construct(construct) => Ok(self.construct(construct, expr)?.into()),
            ExprKind::Tuple(items) | ExprKind::Array(items) => Ok(self.array(items)?.into()),
            ExprKind::Repeat(item, count) => Ok(self.repeat(item, count)?.into()),
            ExprKind::Range { from, to, inclusive } => Ok(self.range(from, to, *inclusive)?.into()),
            ExprKind::Format(parts) => Ok(self.format(parts, expr.span)?.into()),
            ExprKind::Method(method, args) => self.builtin(*method, args, expr),
            ExprKind::Lambda(..) => malformed(expr.span, "a closure that is a value of its own"),
            ExprKind::Pure(callee, _) => {
                malformed(expr.span, format!("the call of `{}`, whose body is not in the model", callee.name))
            }
            ExprKind::Context(value) => Ok(context(*value).into()),
            ExprKind::Patched(_) => Ok(Jsonata::Bool(true).into()),
            ExprKind::With { base, place, value } => Ok(self.with(base, place, value)?.into()),
        }
    }

    fn index(&mut self, base: &Expr<Typed>, index: &Expr<Typed>) -> Result<Value> {
        if matches!(self.ty(base.ty), TypeDef::Map(_)) {
            return self.map_index(base, index);
        }
        let range = self.interval(index);
        let array = self.encode(base)?;
        let index = self.encode(index)?;
        Ok(self
            .with_short("items", array, |this, array| {
                this.with_short("index", index, |_, index| {
                    let element = array.clone().index(index.clone());
                    Ok(inside(&array, index, range, element))
                })
            })?
            .into())
    }

    fn match_value(&mut self, subject: &Expr<Typed>, arms: &[Arm<Typed>]) -> Result<Jsonata> {
        let value = self.value(subject)?;
        let missing = value.missing;
        self.with_short("value", value.expr, |this, short| {
            let value = Value { expr: short, missing };
            let mut branches = Vec::new();
            for (position, arm) in arms.iter().enumerate() {
                let mut tests = this.pattern(&value, subject.ty, &arm.pattern, subject.span)?;
                if let Some(guard) = &arm.guard {
                    tests.push(this.encode(guard)?);
                } else if position + 1 == arms.len() {
                    // Rust has checked that the arms cover every value.
                    tests.clear();
                }
                let body = this.encode(&arm.body)?;
                branches.push((Jsonata::all(tests), body));
            }
            Ok(conditional(branches))
        })
    }

    fn let_value(&mut self, var: VarId, value: &Expr<Typed>, body: &Expr<Typed>) -> Result<Jsonata> {
        let value = self.value(value)?;
        if value.expr.is_simple() {
            return self.encode_with(var, value, body);
        }
        let value = self.present(value);
        let base = self.name(var).to_owned();
        let name = self.fresh(&base);
        let body = self.encode_with(var, Jsonata::var(&name).into(), body)?;
        Ok(Jsonata::bind(&name, value, body))
    }

    /// An expression in which a variable stands for a value, and nowhere else.
    fn encode_with(&mut self, var: VarId, value: Value, body: &Expr<Typed>) -> Result<Jsonata> {
        let outside = self.env.insert(var, value);
        let body = self.encode(body);
        match outside {
            Some(value) => self.env.insert(var, value),
            None => self.env.remove(&var),
        };
        body
    }

    /// An array of the values of expressions.
    pub(crate) fn array(&mut self, items: &[Expr<Typed>]) -> Result<Jsonata> {
        let mut elements = Vec::new();
        for item in items {
            let value = self.encode(item)?;
            elements.push((value, shape(&self.machine.types, item.ty)));
        }
        Ok(Jsonata::array(elements))
    }

    fn repeat(&mut self, item: &Expr<Typed>, count: &Expr<Typed>) -> Result<Jsonata> {
        let shape = shape(&self.machine.types, item.ty);
        let item = self.encode(item)?;
        let count = self.encode(count)?;
        let name = self.fresh("i");
        let body = Jsonata::Lambda(vec![name], Box::new(item));
        let each = Jsonata::Call("map", vec![Jsonata::Range(Jsonata::Int(1).into(), count.into()), body]);
        Ok(collected(each, shape))
    }

    fn range(&mut self, from: &Expr<Typed>, to: &Expr<Typed>, inclusive: bool) -> Result<Jsonata> {
        let from = self.encode(from)?;
        let to = match (self.encode(to)?, inclusive) {
            (to, true) => to,
            (Jsonata::Int(to), false) => Jsonata::Int(to - 1),
            (to, false) => to.binary(Op::Sub, Jsonata::Int(1)),
        };
        Ok(Jsonata::Range(from.into(), to.into()))
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr<Typed>, expr: &Expr<Typed>) -> Result<Jsonata> {
        let value = self.encode(operand)?;
        match op {
            UnaryOp::Not => match self.ty(operand.ty) {
                TypeDef::Bool => Ok(value.not()),
                _ => refused(expr.span, refusal::NOT_OF_INTEGER, &[]),
            },
            UnaryOp::Neg => match (value, self.ty(operand.ty)) {
                (Jsonata::Int(value), TypeDef::Int(int)) if -value <= int.range().1 => Ok(Jsonata::Int(-value)),
                (value, TypeDef::Int(int)) => {
                    let range = self.interval(operand);
                    let negated = Interval::new(-range.high, -range.low);
                    check_int(self, Jsonata::Neg(value.into()), negated, *int, OVERFLOW)
                }
                (Jsonata::Int(value), _) => Ok(Jsonata::Int(-value)),
                (Jsonata::Float(value), _) => Ok(Jsonata::Float(-value)),
                (value, _) => Ok(Jsonata::Neg(value.into())),
            },
        }
    }

    /// The value with the part at a place replaced.
    fn with(&mut self, base: &Expr<Typed>, place: &Place<Typed>, value: &Expr<Typed>) -> Result<Jsonata> {
        let place_index = match place {
            Place::Field(name) => return self.with_field(base, name, value),
            Place::Index(index) => index,
        };
        let Some(item) = item_type(&self.machine.types, base) else {
            return malformed(base.span, "assignment to an element of what is not a vector");
        };
        let range = self.interval(place_index);
        let array = self.encode(base)?;
        let index = self.encode(place_index)?;
        let value = self.encode(value)?;
        let shape = shape(&self.machine.types, item);
        self.with_short("items", array, |this, array| {
            this.with_short("index", index, |this, index| {
                this.with_short("value", value, |this, value| {
                    let (item, at) = (this.fresh("item"), this.fresh("i"));
                    let chosen = Jsonata::var(&at).eq(index.clone()).then(value, Jsonata::var(&item));
                    let each = Jsonata::Call("map", vec![array.clone(), Jsonata::lambda([&item, &at], chosen)]);
                    Ok(inside(&array, index, range, collected(each, shape)))
                })
            })
        })
    }
}

/// Fails where the index is out of range; a predicate would be undefined.
pub(crate) fn inside(array: &Jsonata, index: Jsonata, range: Interval, element: Jsonata) -> Jsonata {
    let mut tests = Vec::new();
    if range.low < 0 {
        tests.push(index.clone().binary(Op::Ge, Jsonata::Int(0)));
    }
    tests.push(index.binary(Op::Lt, Jsonata::Call("count", vec![array.clone()])));
    Jsonata::all(tests).then(element, Jsonata::error("index out of bounds"))
}

/// A sequence, which JSONata gives as nothing, one value or several, as an array.
pub(crate) fn collected(sequence: Jsonata, shape: Shape) -> Jsonata {
    match shape {
        Shape::Single => Jsonata::Collect(Box::new(sequence)),
        // In brackets a single array would lose a level.
        Shape::Array | Shape::Either => {
            Jsonata::Call("append", vec![Jsonata::array([]), Jsonata::Keep(Box::new(sequence))])
        }
    }
}

/// `a ? x : b ? y : z`. Branches behind one that always holds are dropped.
pub(crate) fn conditional(branches: Vec<(Jsonata, Jsonata)>) -> Jsonata {
    let end = branches.iter().position(|(test, _)| *test == Jsonata::Bool(true));
    let reached = end.map_or(branches.len(), |end| end + 1);
    let mut branches = branches.into_iter().take(reached).rev();
    let last = match branches.next() {
        Some((Jsonata::Bool(true), body)) => body,
        Some((test, body)) => test.then(body, Jsonata::error("no arm matches")),
        None => Jsonata::error("no arm matches"),
    };
    branches.fold(last, |other, (test, body)| test.then(body, other))
}

pub(crate) fn literal(literal: &Literal) -> Jsonata {
    match literal {
        Literal::Unit => Jsonata::Null,
        Literal::Bool(value) => Jsonata::Bool(*value),
        Literal::Int(value) => Jsonata::Int(*value),
        Literal::Float(value) => Jsonata::Float(*value),
        Literal::Str(text) => Jsonata::str(text),
        Literal::Char(c) => Jsonata::str(*c),
    }
}

fn literal_value(expr: &Expr<Typed>, value: &Literal) -> Result<Jsonata> {
    if let Literal::Int(int) = value
        && int.abs() > super::types::MAX_INT
    {
        return past_the_limit(expr);
    }
    Ok(literal(value))
}

fn check_numbers(expr: &Expr<Typed>, value: &serde_json::Value) -> Result<()> {
    match value {
        serde_json::Value::Number(number) => match number.as_i128() {
            Some(int) if int.abs() > super::types::MAX_INT => past_the_limit(expr),
            _ => Ok(()),
        },
        serde_json::Value::Array(items) => items.iter().try_for_each(|item| check_numbers(expr, item)),
        serde_json::Value::Object(fields) => fields.values().try_for_each(|field| check_numbers(expr, field)),
        _ => Ok(()),
    }
}

fn past_the_limit<T>(expr: &Expr<Typed>) -> Result<T> {
    refused(expr.span, refusal::WIDE_INTEGER, &[])
}

fn context(value: ContextValue) -> Jsonata {
    let call = |name| Jsonata::Call(name, Vec::new());
    match value {
        ContextValue::Now => super::compare::canonical(call("now")),
        ContextValue::Uuid => call("uuid"),
        ContextValue::Random => call("random"),
        ContextValue::ExecutionId => Jsonata::states(["context", "Execution", "Id"]),
        ContextValue::ExecutionName => Jsonata::states(["context", "Execution", "Name"]),
        ContextValue::ExecutionStart => Jsonata::states(["context", "Execution", "StartTime"]),
        ContextValue::ExecutionWorkflow => Jsonata::states(["context", "StateMachine", "Name"]),
        ContextValue::Execution => Jsonata::object(
            [
                ("id", ContextValue::ExecutionId),
                ("name", ContextValue::ExecutionName),
                ("start_time", ContextValue::ExecutionStart),
                ("workflow", ContextValue::ExecutionWorkflow),
            ]
            .map(|(key, part)| (key.to_owned(), context(part))),
        ),
        ContextValue::TaskToken => Jsonata::states(["context", "Task", "Token"]),
    }
}
