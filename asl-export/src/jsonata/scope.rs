//! The place where an expression is evaluated: what variables are called there and what has become of them.

use std::collections::{BTreeMap, BTreeSet};

use durafn_ir::{Expr, Pattern, RegionId, TypeDef, TypeId, Typed, TypedMachine, VarId};

use super::ast::Jsonata;
use crate::{error::ExportError, names::Names};

pub(crate) type Result<T> = std::result::Result<T, ExportError>;

/// An expression's text, and whether undefined stands for null in it, as where a key may be missing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) expr: Jsonata,
    pub(crate) missing: bool,
}

impl From<Jsonata> for Value {
    fn from(expr: Jsonata) -> Value {
        Value { expr, missing: false }
    }
}

impl Value {
    pub(crate) fn maybe_missing(expr: Jsonata) -> Value {
        Value { expr, missing: true }
    }

    /// It holds a value that is not null. `undefined != null` is false.
    pub(crate) fn holds(self) -> Jsonata {
        self.expr.ne(Jsonata::Null)
    }

    pub(crate) fn lacks(self) -> Jsonata {
        if self.missing { self.expr.ne(Jsonata::Null).not() } else { self.expr.eq(Jsonata::Null) }
    }
}

/// Turns expressions into JSONata, as they are evaluated at one point of a state.
#[derive(Clone, Debug)]
pub(crate) struct Encoder<'m> {
    pub(crate) machine: &'m TypedMachine,
    pub(crate) names: &'m Names,
    pub(crate) region: RegionId,
    /// Variables that were assigned earlier in the same state, and those bound inside an expression, by what they stand for.
    pub(crate) env: BTreeMap<VarId, Value>,
    used: BTreeSet<String>,
}

impl<'m> Encoder<'m> {
    pub(crate) fn new(machine: &'m TypedMachine, names: &'m Names, region: RegionId) -> Encoder<'m> {
        Encoder { machine, names, region, env: BTreeMap::new(), used: BTreeSet::new() }
    }

    pub(crate) fn ty(&self, id: TypeId) -> &'m TypeDef {
        self.machine.types.get(id)
    }

    /// What a variable is called here.
    pub(crate) fn name(&self, var: VarId) -> &'m str {
        self.names.get(self.machine, self.region, var)
    }

    pub(crate) fn var(&self, var: VarId) -> Value {
        match self.env.get(&var) {
            Some(value) => value.clone(),
            None => Jsonata::var(self.name(var)).into(),
        }
    }

    /// A name for a value inside an expression that nothing else in it has.
    pub(crate) fn fresh(&mut self, base: &str) -> String {
        let name = (1..)
            .map(|number| if number == 1 { base.to_owned() } else { format!("{base}{number}") })
            .find(|name| !self.used.contains(name) && !self.names.is_taken(name) && !crate::names::is_reserved(name))
            .unwrap_or_default();
        self.used.insert(name.clone());
        name
    }

    /// Hands `f` something short that stands for `value`: itself, or a variable that is bound around what `f` makes.
    pub(crate) fn with_short(
        &mut self,
        base: &str,
        value: Jsonata,
        f: impl FnOnce(&mut Self, Jsonata) -> Result<Jsonata>,
    ) -> Result<Jsonata> {
        if value.is_simple() {
            return f(self, value);
        }
        let name = self.fresh(base);
        let body = f(self, Jsonata::var(&name))?;
        Ok(Jsonata::bind(&name, value, body))
    }

    /// The value with null where it is undefined.
    pub(crate) fn present(&mut self, value: Value) -> Jsonata {
        if !value.missing {
            return value.expr;
        }
        self.or_else(value, Jsonata::Null)
    }

    /// The value, or another where it is undefined.
    pub(crate) fn or_else(&mut self, value: Value, other: Jsonata) -> Jsonata {
        if value.expr.is_simple() {
            return value.expr.clone().exists().then(value.expr, other);
        }
        let name = self.fresh("found");
        let short = Jsonata::var(&name);
        Jsonata::bind(&name, value.expr, short.clone().exists().then(short, other))
    }

    /// Encodes a whole expression of a state. A long value that stands for a variable is bound once where it is read more than
    /// once: its text would be repeated, and what varies would differ.
    pub(crate) fn root(&mut self, expr: &Expr<Typed>) -> Result<Jsonata> {
        let value = self.root_value(expr)?;
        Ok(self.present(value))
    }

    /// As [`Encoder::root`], undefined where null may stand for a missing key.
    pub(crate) fn root_value(&mut self, expr: &Expr<Typed>) -> Result<Value> {
        self.used.clear();
        let (env, bindings) = self.bind_long(&[expr]);
        let outside = std::mem::replace(&mut self.env, env);
        let encoded = self.value(expr);
        self.env = outside;
        let Value { expr: body, missing } = encoded?;
        let bound = bindings.into_iter().rev().fold(body, |body, (name, value)| Jsonata::bind(&name, value, body));
        Ok(Value { expr: bound, missing })
    }

    /// The tests of a pattern on a whole expression's value. What it binds stays in the environment, so it is said without
    /// variables that only the tests have.
    pub(crate) fn root_pattern(
        &mut self,
        value: Value,
        subject: &Expr<Typed>,
        pattern: &Pattern,
    ) -> Result<Vec<Jsonata>> {
        if value.expr.is_simple() {
            return self.pattern(&value, subject.ty, pattern, subject.span);
        }
        let name = self.fresh("value");
        let short = Value { expr: Jsonata::var(&name), missing: value.missing };
        let tests = self.pattern(&short, subject.ty, pattern, subject.span)?;
        for var in pattern.bindings() {
            if let Some(bound) = self.env.get_mut(&var) {
                bound.expr = bound.expr.clone().replace(&name, &value.expr);
            }
        }
        // A value that nothing looks at is evaluated all the same, where it can fail.
        if tests.is_empty() && !value.expr.can_fail() {
            return Ok(tests);
        }
        Ok(vec![Jsonata::bind(&name, value.expr, Jsonata::all(tests))])
    }

    /// The environment in which variables that stand for long values and are read more than once are variables of the expression,
    /// and the bindings that make them so.
    pub(crate) fn bind_long(&mut self, exprs: &[&Expr<Typed>]) -> (BTreeMap<VarId, Value>, Vec<(String, Jsonata)>) {
        let mut env = self.env.clone();
        let mut bindings = Vec::new();
        for (var, value) in &self.env.clone() {
            let reads: usize = exprs.iter().map(|expr| expr.count_reads(*var)).sum();
            if reads > 1 && !value.expr.is_simple() {
                let name = self.name_for_binding(*var);
                let present = self.present(value.clone());
                env.insert(*var, Jsonata::var(&name).into());
                bindings.push((name, present));
            }
        }
        (env, bindings)
    }

    /// The variable's own name, unless some value here still means what the variable held before the state.
    fn name_for_binding(&mut self, var: VarId) -> String {
        let name = self.name(var).to_owned();
        let conflict = self.env.values().any(|value| value.expr.mentions(&name));
        if conflict { self.fresh(&format!("new_{name}")) } else { name }
    }
}
