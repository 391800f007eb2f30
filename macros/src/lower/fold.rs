//! Control flow that only assigns needs no state: it becomes one expression for each variable.
//!
//! `if c { x += 1 }` is `x = if c { x + 1 } else { x }`; a `for` over a vector is a fold.

use std::collections::BTreeSet;

use durafn_ir::{Arm, Expr, ExprKind, Pattern, Span, VarId, fallible};

use super::{
    builder::{Builder, span_of, untyped, var},
    expr::wrap_lets,
    pattern::choose,
    stmt::Dest,
};
use crate::ast::{self, Block, NodeId, Pat, StmtKind};

/// Assignments in order.
pub(super) type Sequence = Vec<(VarId, Expr)>;

impl Builder<'_> {
    /// What a piece of code assigns when it does nothing else.
    pub(super) fn sequence(&mut self, run: impl FnOnce(&mut Self)) -> Sequence {
        let outer = self.sink.replace(Vec::new());
        run(self);
        std::mem::replace(&mut self.sink, outer).unwrap_or_default()
    }

    /// `if` whose arms only assign.
    pub(super) fn fold_if(
        &mut self,
        cond: &ast::Expr,
        then: &Block,
        otherwise: Option<&ast::Expr>,
        dest: &Dest,
        origin: NodeId,
    ) {
        let span = span_of(cond.span);
        let known = self.machine.vars.len();
        let tests = self.tests(cond);
        let then_seq = self.sequence(|builder| builder.block_into(then, dest));
        let else_seq = self.sequence(|builder| {
            if let Some(otherwise) = otherwise {
                builder.value_into(otherwise, dest, otherwise.id);
            }
        });
        let mut inner = BTreeSet::new();
        self.declared_in_block(then, &mut inner);
        if let Some(otherwise) = otherwise {
            self.declared_in(otherwise, &mut inner);
        }
        let changed = changed(&[&then_seq, &else_seq], &inner, known);
        let after_then = self.outcomes(&then_seq, &changed);
        let after_else = self.outcomes(&else_seq, &changed);
        let values = after_then.into_iter().zip(after_else);
        let values = values.map(|(then, otherwise)| choose(tests.clone(), then, otherwise, span));
        self.assign_at_once(changed.iter().copied().zip(values).collect(), origin);
    }

    /// `match` whose arms only assign.
    pub(super) fn fold_match(&mut self, scrutinee: &ast::Expr, arms: &[ast::Arm], dest: &Dest, origin: NodeId) {
        let span = span_of(scrutinee.span);
        let value = self.value_of(scrutinee, origin);
        let known = self.machine.vars.len();
        let mut inner = BTreeSet::new();
        let mut folded = Vec::new();
        for arm in arms {
            let pattern = self.pattern(&arm.pat);
            let guard = arm.guard.as_ref().map(|guard| self.expr(guard));
            let seq = self.sequence(|builder| builder.value_into(&arm.body, dest, arm.body.id));
            self.declared_in(&arm.body, &mut inner);
            folded.push((pattern, guard, seq));
        }
        let sequences: Vec<&Sequence> = folded.iter().map(|(_, _, seq)| seq).collect();
        let changed = changed(&sequences, &inner, known);
        let bodies: Vec<Vec<Expr>> = folded.iter().map(|(_, _, seq)| self.outcomes(seq, &changed)).collect();
        let values = changed.iter().enumerate().map(|(n, var)| {
            let arms = folded.iter().zip(&bodies).map(|((pattern, guard, _), bodies)| Arm {
                pattern: pattern.clone(),
                guard: guard.clone(),
                body: bodies[n].clone(),
            });
            (*var, untyped(span, ExprKind::Match(value.clone(), arms.collect())))
        });
        let values = values.collect();
        self.assign_at_once(values, origin);
    }

    /// `for` over an iterator, whose body only assigns.
    pub(super) fn fold_for(&mut self, pat: &Pat, iter: &ast::Expr, body: &Block, origin: NodeId) {
        let span = span_of(iter.span);
        let items = self.iterator(iter);
        let known = self.machine.vars.len();
        let item = self.pattern(pat);
        let seq = self.sequence(|builder| builder.block_into(body, &Dest::Drop));
        let mut inner = BTreeSet::new();
        self.declared_in_block(body, &mut inner);
        let changed = changed(&[&seq], &inner, known);
        let fold = |start: Expr, accumulator: Pattern, next: Expr| {
            let step = untyped(span, ExprKind::Lambda(vec![accumulator, item], next));
            untyped(span, ExprKind::Method("fold".to_owned(), vec![items, start, step]))
        };
        let mut next = self.outcomes(&seq, &changed);
        // What is carried from item to item is a variable of the closure's own.
        let carried: Vec<(VarId, VarId)> = changed.iter().map(|each| (*each, self.like(*each, span))).collect();
        next.iter_mut().for_each(|value| rename(value, &carried));
        match &changed[..] {
            [] => {}
            [only] => {
                let value = fold(var(*only, span), Pattern::Bind(carried[0].1, None), next.remove(0));
                self.assign(*only, value, origin);
            }
            several => {
                let start = several.iter().map(|each| var(*each, span)).collect();
                let binds = carried.iter().map(|(_, own)| Pattern::Bind(*own, None)).collect();
                let value = fold(
                    untyped(span, ExprKind::Tuple(start)),
                    Pattern::Tuple(binds),
                    untyped(span, ExprKind::Tuple(next)),
                );
                let folded = self.temp("folded", span);
                self.assign(folded, value, origin);
                for (position, each) in several.iter().enumerate() {
                    let part = untyped(span, ExprKind::Field(var(folded, span), position.to_string()));
                    self.assign(*each, part, origin);
                }
            }
        }
    }

    /// Assigns several variables whose values all read what was before.
    fn assign_at_once(&mut self, mut values: Sequence, origin: NodeId) {
        while !values.is_empty() {
            let unread = (0..values.len()).find(|&n| {
                let (var, _) = values[n];
                values.iter().enumerate().all(|(m, (_, value))| m == n || !value.free_vars().contains(&var))
            });
            match unread {
                Some(n) => {
                    let (var, value) = values.remove(n);
                    self.assign(var, value, origin);
                }
                // A cycle: keep one variable's new value aside until the others have read the old one.
                None => {
                    let (var, value) = values.remove(0);
                    let span = value.span;
                    let aside = self.temp(&self.machine.var(var).name.clone(), span);
                    self.assign(aside, value, origin);
                    values.push((var, super::builder::var(aside, span)));
                }
            }
        }
    }

    fn declared_in(&self, expr: &ast::Expr, out: &mut BTreeSet<VarId>) {
        crate::walk::any(expr, &mut |expr| {
            for block in crate::walk::blocks(expr) {
                self.declared_in_stmts(block, out);
            }
            if let ast::ExprKind::Match { arms, .. } = &expr.kind {
                arms.iter().for_each(|arm| self.declared_by(&arm.pat, out));
            }
            false
        });
    }

    fn declared_in_block(&self, block: &Block, out: &mut BTreeSet<VarId>) {
        self.declared_in_stmts(block, out);
        crate::walk::any_in_block(block, &mut |expr| {
            self.declared_in(expr, out);
            false
        });
    }

    fn declared_in_stmts(&self, block: &Block, out: &mut BTreeSet<VarId>) {
        for stmt in &block.stmts {
            if let StmtKind::Let { pat, .. } = &stmt.kind {
                self.declared_by(pat, out);
            }
        }
    }

    fn declared_by(&self, pat: &Pat, out: &mut BTreeSet<VarId>) {
        let mut bound = Vec::new();
        crate::normalise::bindings(pat, &mut bound);
        out.extend(bound.into_iter().map(|(_, _, local)| self.local(local)));
    }
}

/// The variables that sequences assign and that outlive them: not declared inside, not made while lowering them.
fn changed(sequences: &[&Sequence], inner: &BTreeSet<VarId>, known: usize) -> Vec<VarId> {
    let mut changed = Vec::new();
    for (var, _) in sequences.iter().flat_map(|sequence| sequence.iter()) {
        if !inner.contains(var) && (var.0 as usize) < known && !changed.contains(var) {
            changed.push(*var);
        }
    }
    changed
}

impl Builder<'_> {
    /// The values of variables after a sequence, each as one expression. What a variable does not depend on is left out of its value; what no
    /// variable depends on but can fail is evaluated with the first.
    fn outcomes(&mut self, sequence: &Sequence, of: &[VarId]) -> Vec<Expr> {
        let mut slices: Vec<BTreeSet<usize>> = of.iter().map(|var| slice(sequence, &BTreeSet::from([*var]))).collect();
        let covered: BTreeSet<usize> = slices.iter().flatten().copied().collect();
        let failing = |n: &usize| fallible(&sequence[*n].1) && !covered.contains(n);
        let left_over: Vec<usize> = (0..sequence.len()).filter(failing).collect();
        if let Some(first) = slices.first_mut() {
            for n in left_over {
                first.extend(slice(&sequence[..n].to_vec(), &sequence[n].1.free_vars()));
                first.insert(n);
            }
        }
        of.iter().zip(slices).map(|(var, slice)| self.outcome(sequence, *var, &slice)).collect()
    }

    /// The value of a variable after some of the assignments of a sequence. Each assignment but the last is a `let` of a variable of its own,
    /// so that nothing in a machine is hidden by a name inside an expression.
    fn outcome(&mut self, sequence: &Sequence, of: VarId, slice: &BTreeSet<usize>) -> Expr {
        let span = sequence.first().map_or_else(Span::default, |(_, value)| value.span);
        let mut lets: Sequence = Vec::new();
        let mut current: Vec<(VarId, VarId)> = Vec::new();
        let last = slice.last().copied();
        for n in slice {
            let (assigned, mut value) = sequence[*n].clone();
            rename(&mut value, &current);
            if Some(*n) == last && assigned == of {
                return wrap_lets(lets, value);
            }
            let own = self.like(assigned, span);
            lets.push((own, value));
            current.retain(|(known, _)| *known != assigned);
            current.push((assigned, own));
        }
        let mut body = var(of, span);
        rename(&mut body, &current);
        wrap_lets(lets, body)
    }

    /// A variable of the type of another.
    fn like(&mut self, other: VarId, span: Span) -> VarId {
        let known = self.machine.var(other).clone();
        self.variable(&known.name, known.ty, span)
    }
}

fn rename(value: &mut Expr, names: &[(VarId, VarId)]) {
    for (from, to) in names {
        let span = value.span;
        value.substitute(*from, &var(*to, span));
    }
}

/// The assignments on which variables depend.
fn slice(sequence: &Sequence, of: &BTreeSet<VarId>) -> BTreeSet<usize> {
    let mut needed = of.clone();
    let mut slice = BTreeSet::new();
    for (n, (var, value)) in sequence.iter().enumerate().rev() {
        if needed.remove(var) {
            needed.extend(value.free_vars());
            slice.insert(n);
        }
    }
    slice
}
