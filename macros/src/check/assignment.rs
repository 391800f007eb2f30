//! What changes a variable names it: the place of an assignment, and the receiver of a method that changes it, is a `let mut` variable or a part of
//! one. It stands as a statement, because an expression of a state machine changes nothing; what `pop`, `remove` and `insert` yield can be used where they
//! stand, since normalisation gives them a statement.

use crate::{
    ast::{Arm, Block, Branch, Expr, ExprKind, LocalId, Stmt, StmtKind, Workflow},
    diag::{Collector, catalog},
    effects,
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Assignments { diag, workflow }.flow_block(&workflow.body);
}

/// The variable at the root of a place; none where it is not a place.
pub(super) fn root(place: &Expr) -> Option<LocalId> {
    match &place.kind {
        ExprKind::Local(local, _) => Some(*local),
        ExprKind::Field(base, _) | ExprKind::Index(base, _) | ExprKind::Paren(base) => root(base),
        _ => None,
    }
}

struct Assignments<'a> {
    diag: &'a Collector,
    workflow: &'a Workflow,
}

impl Assignments<'_> {
    fn flow_block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        if let Some(tail) = &block.tail {
            self.flow(tail);
        }
    }

    /// An expression in the place of a statement.
    fn flow(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Assign(place, value) | ExprKind::AssignOp(_, place, value) => self.assign(place, value),
            ExprKind::Method { receiver, method, args, .. } if effects::mutates(&method.to_string()) => {
                self.mutation(receiver, method, args);
            }
            ExprKind::Block(block) => self.flow_block(block),
            ExprKind::If { cond, then, otherwise } => {
                self.expr(cond);
                self.flow_block(then);
                if let Some(otherwise) = otherwise {
                    self.flow(otherwise);
                }
            }
            ExprKind::Match { scrutinee, arms } => {
                self.expr(scrutinee);
                for Arm { guard, body, .. } in arms {
                    guard.iter().for_each(|guard| self.expr(guard));
                    self.flow(body);
                }
            }
            _ => self.expr(expr),
        }
    }

    fn assign(&mut self, place: &Expr, value: &Expr) {
        match root(place) {
            Some(local) => self.mutable(place, local),
            // A name that is not known is reported as such.
            None if matches!(place.kind, ExprKind::Name(_)) => {}
            None => self.diag.report(place.span, catalog::ASSIGN_PLACE, &[]),
        }
        self.expr(place);
        self.expr(value);
    }

    fn mutation(&mut self, receiver: &Expr, method: &proc_macro2::Ident, args: &[Expr]) {
        match root(receiver) {
            Some(local) => self.mutable(receiver, local),
            None if matches!(receiver.kind, ExprKind::Name(_)) => {}
            None => self.diag.report(method.span(), catalog::MUTATION_PLACE, &[&method.to_string()]),
        }
        self.expr(receiver);
        args.iter().for_each(|arg| self.expr(arg));
    }

    fn mutable(&self, place: &Expr, local: LocalId) {
        let local = &self.workflow.locals[local.0 as usize];
        if !local.mutable {
            self.diag.report(place.span, catalog::NOT_MUTABLE, &[&local.ident.to_string()]);
        }
    }
}

impl Visit for Assignments<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let { init, otherwise, .. } => {
                self.expr(init);
                if let Some(otherwise) = otherwise {
                    self.flow_block(otherwise);
                }
            }
            StmtKind::Expr(expr) => self.flow(expr),
            StmtKind::Log(_) => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Assign(..) | ExprKind::AssignOp(..) => {
                self.diag.report(expr.span, catalog::ASSIGN_VALUE, &[]);
            }
            ExprKind::Method { receiver, method, args, .. } if yields(&method.to_string()) => {
                return self.mutation(receiver, method, args);
            }
            ExprKind::Method { method, .. } if effects::mutates(&method.to_string()) => {
                self.diag.report(method.span(), catalog::MUTATION_VALUE, &[&method.to_string()]);
            }
            ExprKind::While { cond, body, .. } => {
                self.expr(cond);
                return self.flow_block(body);
            }
            ExprKind::Loop { body, .. } | ExprKind::Labelled { body, .. } => return self.flow_block(body),
            ExprKind::For { iter, body, .. } => {
                self.expr(iter);
                return self.flow_block(body);
            }
            // Inside a closure nothing is changed at all; that is the rule on closures.
            ExprKind::Closure { .. } => return,
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn branch(&mut self, branch: &Branch) {
        self.flow_block(&branch.body);
    }
}

/// Mutating methods whose value is of use.
fn yields(method: &str) -> bool {
    matches!(method, "pop" | "remove" | "insert")
}

#[cfg(test)]
mod tests {
    use crate::testing::{body_errors, codes};

    #[test]
    fn places_are_mutable_variables_or_parts_of_them() {
        let found = body_errors(
            "let lines = vec![1]; lines.push(2);
             order.amount = 3;
             total += 1;
             make(total).amount = 4;
             order.items.clone().push(1);
             *total = 1;",
        );
        assert_eq!(
            found,
            [
                "1 D0407 `lines` is changed but not declared `mut`",
                "2 D0407 `order` is changed but not declared `mut`",
                "4 D0406 this is no place that can be assigned",
                "5 D0409 `.push(..)` changes its receiver, which must be a variable or a part of one",
                "6 D0406 this is no place that can be assigned",
            ]
        );
    }

    #[test]
    fn changes_are_statements() {
        let found = codes(
            "let mut lines = vec![1]; let last = lines.pop(); let Some(first) = lines.pop() else { return Ok(()) };
             if total > 1 { lines.push(2) } else { lines.clear() }
             match total { 1 => total = 2, _ => lines.sort(), }
             for n in 0..3 { total += n }",
        );
        assert_eq!(found, [""; 0]);
        let found = body_errors(
            "let mut lines = vec![1];
             while let Some(line) = lines.pop() { total += line; }
             let a = lines.remove(0) + 1;
             make(total).pop().is_none();
             let b = (total = 2);
             let c = lines.push(1);",
        );
        assert_eq!(
            found,
            [
                "4 D0409 `.pop(..)` changes its receiver, which must be a variable or a part of one",
                "5 D0411 an assignment must stand as a statement",
                "6 D0410 `.push(..)` changes its receiver, so it must stand as a statement",
            ]
        );
    }
}
