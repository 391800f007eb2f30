//! `?` leaves the workflow with an error, so the workflow returns a `Result`. A branch ends by it too, and its
//! error is the workflow's.

use crate::{
    ast::{Branch, Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    if !workflow.item.returns_result {
        QuestionMarks { diag, in_branch: false }.block(&workflow.body);
    }
}

struct QuestionMarks<'d> {
    diag: &'d Collector,
    in_branch: bool,
}

impl Visit for QuestionMarks<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Try(_) => {
                let entry = if self.in_branch { catalog::BRANCH_QUESTION_MARK } else { catalog::QUESTION_MARK };
                self.diag.report(expr.span, entry, &[]);
            }
            // Forbidden there anyway.
            ExprKind::Closure { .. } => return,
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn branch(&mut self, branch: &Branch) {
        let around = std::mem::replace(&mut self.in_branch, true);
        visit::walk_branch(self, branch);
        self.in_branch = around;
    }
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
        assert_eq!((plain, result), (vec!["D0241", "D0246"], vec![]));
    }
}
