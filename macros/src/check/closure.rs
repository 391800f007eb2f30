//! A closure is computed within one state, so nothing in it suspends, leaves, loops or changes a variable.

use crate::{
    ast::{Expr, ExprKind, Stmt, StmtKind, Workflow},
    diag::{Collector, catalog},
    effects,
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Closures { diag, inside: false }.block(&workflow.body);
}

struct Closures<'d> {
    diag: &'d Collector,
    inside: bool,
}

impl Visit for Closures<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        if let (true, StmtKind::Let { otherwise: Some(_), .. }) = (self.inside, &stmt.kind) {
            self.diag.report(stmt.span, catalog::IMPURE_CLOSURE, &["`let .. else`"]);
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &Expr) {
        let found = match &expr.kind {
            ExprKind::Closure { .. } => {
                let outer = std::mem::replace(&mut self.inside, true);
                visit::walk_expr(self, expr);
                self.inside = outer;
                return;
            }
            ExprKind::Await(_) => "an `.await`",
            ExprKind::Try(_) => "`?`",
            ExprKind::Return(_) => "`return`",
            ExprKind::While { .. } | ExprKind::Loop { .. } | ExprKind::For { .. } => "a loop",
            ExprKind::Assign(..) | ExprKind::AssignOp(..) => "an assignment",
            ExprKind::Method { method, .. } if effects::mutates(&method.to_string()) => "a change of a variable",
            _ => return visit::walk_expr(self, expr),
        };
        if self.inside {
            self.diag.report(expr.span, catalog::IMPURE_CLOSURE, &[found]);
            if found == "a loop" {
                return;
            }
        }
        visit::walk_expr(self, expr);
    }
}
