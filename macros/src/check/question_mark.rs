//! `?` leaves the workflow with an error, so the workflow returns a `Result`. A branch has a result of its own.

use crate::{
    ast::{Branch, Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    if !workflow.item.returns_result {
        QuestionMarks { diag }.block(&workflow.body);
    }
}

struct QuestionMarks<'d> {
    diag: &'d Collector,
}

impl Visit for QuestionMarks<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Try(_) => self.diag.report(expr.span, catalog::QUESTION_MARK, &[]),
            // Forbidden there anyway.
            ExprKind::Closure { .. } => return,
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn branch(&mut self, _: &Branch) {}
}
