//! The one traversal of the model, for both of its phases.
//!
//! Expressions: [`Expr::each_child`] knows every place where an expression holds another one, and which variables are bound there;
//! walking, rewriting, free variables and substitution rest on it. States: [`State::each_expr`] and [`State::edges`] know every place
//! where a state holds expressions and edges.

use std::collections::BTreeSet;

use crate::{
    Arm, Catcher, Construct, Edge, Expr, ExprKind, FormatPart, Pattern, Phase, Place, RegionId, State, StateKind,
    Target, TaskState, Test, VarId, WaitFor,
};

macro_rules! edges_of {
    ($next:expr, $catchers:expr) => {
        std::iter::once($next).chain($catchers.map(|Catcher { next, .. }| next)).collect()
    };
}

impl<P: Phase> Expr<P> {
    /// Calls `f` with each direct child in order of evaluation, and the variables that are bound around it.
    pub fn each_child<'a>(&'a self, f: &mut dyn FnMut(&'a Expr<P>, &[VarId])) {
        match &*self.kind {
            ExprKind::Literal(_)
            | ExprKind::Const(_)
            | ExprKind::Var(_)
            | ExprKind::Context(_)
            | ExprKind::Patched(_) => {}
            ExprKind::Field(a, _) | ExprKind::Unary(_, a) | ExprKind::Cast(a, _) => f(a, &[]),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Repeat(a, b) => {
                f(a, &[]);
                f(b, &[]);
            }
            ExprKind::Range { from, to, inclusive: _ } => {
                f(from, &[]);
                f(to, &[]);
            }
            ExprKind::If(a, b, c) => {
                f(a, &[]);
                f(b, &[]);
                f(c, &[]);
            }
            ExprKind::Match(subject, arms) => {
                f(subject, &[]);
                for Arm { pattern, guard, body } in arms {
                    let bound = pattern.bindings();
                    if let Some(guard) = guard {
                        f(guard, &bound);
                    }
                    f(body, &bound);
                }
            }
            ExprKind::Let(var, value, body) => {
                let bound = [*var];
                f(value, &[]);
                f(body, &bound);
            }
            ExprKind::Construct(Construct { name: _, fields, base }) => {
                for (_, value) in fields {
                    f(value, &[]);
                }
                if let Some(base) = base {
                    f(base, &[]);
                }
            }
            ExprKind::Tuple(items) | ExprKind::Array(items) => {
                for item in items {
                    f(item, &[]);
                }
            }
            ExprKind::Format(parts) => {
                for part in parts {
                    match part {
                        FormatPart::Text(_) => {}
                        FormatPart::Value { value, precision: _, pad: _ } => f(value, &[]),
                    }
                }
            }
            ExprKind::Method(_, args) => {
                for arg in args {
                    f(arg, &[]);
                }
            }
            ExprKind::Pure(_, args) => {
                for arg in args {
                    f(arg, &[]);
                }
            }
            ExprKind::Lambda(params, body) => {
                let bound: Vec<VarId> = params.iter().flat_map(|param| param.bindings()).collect();
                f(body, &bound);
            }
            ExprKind::With { base, place, value } => {
                f(base, &[]);
                match place {
                    Place::Field(_) => {}
                    Place::Index(index) => f(index, &[]),
                }
                f(value, &[]);
            }
        }
    }

    /// As [`Expr::each_child`], mutably.
    pub fn each_child_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Expr<P>, &[VarId])) {
        match &mut *self.kind {
            ExprKind::Literal(_)
            | ExprKind::Const(_)
            | ExprKind::Var(_)
            | ExprKind::Context(_)
            | ExprKind::Patched(_) => {}
            ExprKind::Field(a, _) | ExprKind::Unary(_, a) | ExprKind::Cast(a, _) => f(a, &[]),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Repeat(a, b) => {
                f(a, &[]);
                f(b, &[]);
            }
            ExprKind::Range { from, to, inclusive: _ } => {
                f(from, &[]);
                f(to, &[]);
            }
            ExprKind::If(a, b, c) => {
                f(a, &[]);
                f(b, &[]);
                f(c, &[]);
            }
            ExprKind::Match(subject, arms) => {
                f(subject, &[]);
                for Arm { pattern, guard, body } in arms {
                    let bound = pattern.bindings();
                    if let Some(guard) = guard {
                        f(guard, &bound);
                    }
                    f(body, &bound);
                }
            }
            ExprKind::Let(var, value, body) => {
                let bound = [*var];
                f(value, &[]);
                f(body, &bound);
            }
            ExprKind::Construct(Construct { name: _, fields, base }) => {
                for (_, value) in fields {
                    f(value, &[]);
                }
                if let Some(base) = base {
                    f(base, &[]);
                }
            }
            ExprKind::Tuple(items) | ExprKind::Array(items) => {
                for item in items {
                    f(item, &[]);
                }
            }
            ExprKind::Format(parts) => {
                for part in parts {
                    match part {
                        FormatPart::Text(_) => {}
                        FormatPart::Value { value, precision: _, pad: _ } => f(value, &[]),
                    }
                }
            }
            ExprKind::Method(_, args) => {
                for arg in args {
                    f(arg, &[]);
                }
            }
            ExprKind::Pure(_, args) => {
                for arg in args {
                    f(arg, &[]);
                }
            }
            ExprKind::Lambda(params, body) => {
                let bound: Vec<VarId> = params.iter().flat_map(|param| param.bindings()).collect();
                f(body, &bound);
            }
            ExprKind::With { base, place, value } => {
                f(base, &[]);
                match place {
                    Place::Field(_) => {}
                    Place::Index(index) => f(index, &[]),
                }
                f(value, &[]);
            }
        }
    }

    /// Calls `f` with this expression and every one inside it, from the outside in.
    pub fn walk<'a>(&'a self, f: &mut dyn FnMut(&'a Expr<P>)) {
        f(self);
        self.each_child(&mut |child, _| child.walk(f));
    }

    /// Calls `f` with every expression inside this one and then with this one: from the inside out.
    pub fn rewrite(&mut self, f: &mut dyn FnMut(&mut Expr<P>)) {
        self.each_child_mut(&mut |child, _| child.rewrite(f));
        f(self);
    }

    /// As [`Expr::rewrite`], by value.
    #[must_use]
    pub fn map(mut self, f: &mut dyn FnMut(Expr<P>) -> Expr<P>) -> Expr<P> {
        self.each_child_mut(&mut |child, _| *child = child.clone().map(f));
        f(self)
    }

    /// The variables that the expression reads and does not bind itself.
    #[must_use]
    pub fn free_vars(&self) -> BTreeSet<VarId> {
        let mut found = BTreeSet::new();
        self.collect_free_vars(&mut found);
        found
    }

    fn collect_free_vars(&self, found: &mut BTreeSet<VarId>) {
        if let ExprKind::Var(var) = *self.kind {
            found.insert(var);
        }
        self.each_child(&mut |child, bound| {
            if bound.is_empty() {
                child.collect_free_vars(found);
            } else {
                let inner = child.free_vars();
                found.extend(inner.into_iter().filter(|var| !bound.contains(var)));
            }
        });
    }

    /// The expression reads the variable.
    #[must_use]
    pub fn reads(&self, var: VarId) -> bool {
        self.free_vars().contains(&var)
    }

    /// How often the expression mentions a variable that it does not bind itself.
    #[must_use]
    pub fn count_reads(&self, var: VarId) -> usize {
        let mut count = usize::from(matches!(*self.kind, ExprKind::Var(read) if read == var));
        self.each_child(&mut |child, bound| {
            if !bound.contains(&var) {
                count += child.count_reads(var);
            }
        });
        count
    }

    /// Puts `value` in place of every read of `var`. A variable has one binding in a machine, so nothing inside captures a variable of `value`.
    pub fn substitute(&mut self, var: VarId, value: &Expr<P>) {
        if matches!(*self.kind, ExprKind::Var(read) if read == var) {
            *self = value.clone();
            return;
        }
        self.each_child_mut(&mut |child, bound| {
            if !bound.contains(&var) {
                child.substitute(var, value);
            }
        });
    }
}

impl Pattern {
    /// The variables that the pattern binds, in the order of their places; once each, although alternatives bind them again.
    #[must_use]
    pub fn bindings(&self) -> Vec<VarId> {
        let mut found = Vec::new();
        self.collect_bindings(&mut found);
        found
    }

    /// Calls `f` with every place that binds a variable; with each alternative's.
    pub fn each_binding_mut(&mut self, f: &mut dyn FnMut(&mut VarId)) {
        match self {
            Pattern::Wild | Pattern::Literal(_) | Pattern::Range { .. } => {}
            Pattern::Bind(var, inner) => {
                f(var);
                if let Some(inner) = inner {
                    inner.each_binding_mut(f);
                }
            }
            Pattern::Tuple(items) | Pattern::Or(items) => items.iter_mut().for_each(|item| item.each_binding_mut(f)),
            Pattern::Fields(_, fields) => fields.iter_mut().for_each(|(_, field)| field.each_binding_mut(f)),
        }
    }

    fn collect_bindings(&self, found: &mut Vec<VarId>) {
        match self {
            Pattern::Wild | Pattern::Literal(_) | Pattern::Range { .. } => {}
            Pattern::Bind(var, inner) => {
                if !found.contains(var) {
                    found.push(*var);
                }
                if let Some(inner) = inner {
                    inner.collect_bindings(found);
                }
            }
            Pattern::Tuple(items) | Pattern::Or(items) => items.iter().for_each(|item| item.collect_bindings(found)),
            Pattern::Fields(_, fields) => fields.iter().for_each(|(_, field)| field.collect_bindings(found)),
        }
    }
}

impl<P: Phase> State<P> {
    /// Every edge, the way of success before those of catchers; a Choice's rules before its default.
    pub fn edges(&self) -> Vec<&Edge<P>> {
        match &self.kind {
            StateKind::Pass(edge) | StateKind::Wait(_, edge) => vec![edge],
            StateKind::Task(task) => edges_of!(&task.next, task.catch.iter()),
            StateKind::Parallel(parallel) => edges_of!(&parallel.next, parallel.catch.iter()),
            StateKind::Map(map) => edges_of!(&map.next, map.catch.iter()),
            StateKind::Choice(rules, default) => {
                rules.iter().map(|rule| &rule.next).chain(std::iter::once(default)).collect()
            }
            StateKind::Succeed(_) | StateKind::Fail(_) => Vec::new(),
        }
    }

    /// The expressions that the state evaluates between `enter` and its edges: arguments, conditions, items, outputs.
    pub fn each_own_expr<'a>(&'a self, f: &mut dyn FnMut(&'a Expr<P>)) {
        match &self.kind {
            StateKind::Pass(_) | StateKind::Parallel(_) => {}
            StateKind::Task(TaskState { args, timeout, heartbeat, .. }) => {
                args.iter().chain(timeout).chain(heartbeat).for_each(f);
            }
            StateKind::Wait(WaitFor::Seconds(expr) | WaitFor::Until(expr), _)
            | StateKind::Succeed(expr)
            | StateKind::Fail(expr) => f(expr),
            StateKind::Choice(rules, _) => {
                for test in rules.iter().flat_map(|rule| rule.tests.iter()) {
                    match test {
                        Test::If(expr) | Test::Matches(expr, _) => f(expr),
                    }
                }
            }
            StateKind::Map(map) => {
                f(&map.items);
                map.concurrency.iter().for_each(f);
            }
        }
    }

    /// Every expression of the state, in order of evaluation.
    pub fn each_expr<'a>(&'a self, f: &mut dyn FnMut(&'a Expr<P>)) {
        for assign in &self.enter {
            f(&assign.value);
        }
        self.each_own_expr(f);
        for edge in self.edges() {
            edge.each_expr(f);
        }
    }

    /// Every edge, mutably.
    pub fn edges_mut(&mut self) -> Vec<&mut Edge<P>> {
        match &mut self.kind {
            StateKind::Pass(edge) | StateKind::Wait(_, edge) => vec![edge],
            StateKind::Task(task) => edges_of!(&mut task.next, task.catch.iter_mut()),
            StateKind::Parallel(parallel) => edges_of!(&mut parallel.next, parallel.catch.iter_mut()),
            StateKind::Map(map) => edges_of!(&mut map.next, map.catch.iter_mut()),
            StateKind::Choice(rules, default) => {
                rules.iter_mut().map(|rule| &mut rule.next).chain(std::iter::once(default)).collect()
            }
            StateKind::Succeed(_) | StateKind::Fail(_) => Vec::new(),
        }
    }

    /// The expressions that the state evaluates between `enter` and its edges: arguments, conditions, items, outputs; mutably.
    pub fn each_own_expr_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Expr<P>)) {
        match &mut self.kind {
            StateKind::Pass(_) | StateKind::Parallel(_) => {}
            StateKind::Task(TaskState { args, timeout, heartbeat, .. }) => {
                args.iter_mut().chain(timeout).chain(heartbeat).for_each(f);
            }
            StateKind::Wait(WaitFor::Seconds(expr) | WaitFor::Until(expr), _)
            | StateKind::Succeed(expr)
            | StateKind::Fail(expr) => f(expr),
            StateKind::Choice(rules, _) => {
                for test in rules.iter_mut().flat_map(|rule| rule.tests.iter_mut()) {
                    match test {
                        Test::If(expr) | Test::Matches(expr, _) => f(expr),
                    }
                }
            }
            StateKind::Map(map) => {
                f(&mut map.items);
                map.concurrency.iter_mut().for_each(f);
            }
        }
    }

    /// Every expression of the state, mutably.
    pub fn each_expr_mut(&mut self, f: &mut dyn FnMut(&mut Expr<P>)) {
        for assign in &mut self.enter {
            f(&mut assign.value);
        }
        self.each_own_expr_mut(&mut |expr| f(expr));
        for edge in self.edges_mut() {
            edge.each_expr_mut(f);
        }
    }

    /// The catchers of the state.
    #[must_use]
    pub fn catchers(&self) -> &[Catcher<P>] {
        match &self.kind {
            StateKind::Task(task) => &task.catch,
            StateKind::Parallel(parallel) => &parallel.catch,
            StateKind::Map(map) => &map.catch,
            StateKind::Pass(_)
            | StateKind::Wait(..)
            | StateKind::Choice(..)
            | StateKind::Succeed(_)
            | StateKind::Fail(_) => &[],
        }
    }

    /// The regions inside the state: a Parallel's branches, a Map's body.
    #[must_use]
    pub fn regions(&self) -> &[RegionId] {
        match &self.kind {
            StateKind::Parallel(parallel) => &parallel.branches,
            StateKind::Map(map) => std::slice::from_ref(&map.body),
            StateKind::Pass(_)
            | StateKind::Task(_)
            | StateKind::Wait(..)
            | StateKind::Choice(..)
            | StateKind::Succeed(_)
            | StateKind::Fail(_) => &[],
        }
    }
}

impl<P: Phase> Edge<P> {
    /// Every expression of the edge in order of evaluation.
    pub fn each_expr<'a>(&'a self, f: &mut dyn FnMut(&'a Expr<P>)) {
        for assign in &self.assign {
            f(&assign.value);
        }
        match &self.to {
            Target::State(_) => {}
            Target::End(output) => f(output),
        }
    }

    /// As [`Edge::each_expr`], mutably.
    pub fn each_expr_mut(&mut self, f: &mut dyn FnMut(&mut Expr<P>)) {
        for assign in &mut self.assign {
            f(&mut assign.value);
        }
        match &mut self.to {
            Target::State(_) => {}
            Target::End(output) => f(output),
        }
    }
}

#[cfg(test)]
mod tests;
