//! A call whose value nobody uses is a task or workflow that its author forgot to await.

use crate::{
    ast::{ExprKind, Stmt, StmtKind, Workflow},
    diag::{Collector, catalog},
    parse::path,
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Unused { diag }.block(&workflow.body);
}

struct Unused<'d> {
    diag: &'d Collector,
}

impl Visit for Unused<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        if let StmtKind::Expr(expr) = &stmt.kind
            && let ExprKind::Pure { path, .. } = &expr.peeled().kind
            && !super::refuses(path)
        {
            self.diag.report(expr.span, catalog::NOT_AWAITED, &[&path::display(path)]);
        }
        visit::walk_stmt(self, stmt);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::body_errors;

    #[test]
    fn a_call_that_does_nothing_is_a_forgotten_await() {
        let found = body_errors("charge(order);\nlet paid = price(order);\ntasks::note(paid).await;");
        assert_eq!(found, ["1 D0301 `charge` does nothing until it is awaited"]);
    }
}
