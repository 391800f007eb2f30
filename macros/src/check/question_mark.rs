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

#[cfg(test)]
mod tests {
    use crate::testing::errors;

    #[test]
    fn a_workflow_without_a_result_has_no_question_mark() {
        let body = "{ let a = charge(order).await?; try_join!(async { ship(order).await?; Ok(1) }).unwrap_or(0) }";
        let codes = |output: &str| {
            errors(&format!("async fn run(order: Order) -> {output} {body}"))
                .into_iter()
                .map(|(code, ..)| code)
                .collect()
        };
        let (plain, result): (Vec<_>, Vec<_>) = (codes("u64"), codes("Result<u64, Failed>"));
        assert_eq!((plain, result), (vec!["D0241"], vec![]));
    }
}
