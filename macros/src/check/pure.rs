//! A pure function is computed within one state, wherever it is called: nothing in it suspends, asks the execution, leaves early, loops or changes a
//! variable.

use crate::{
    ast::{Expr, ExprKind, Stmt, StmtKind, Workflow},
    diag::{Collector, catalog},
    effects,
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, function: &Workflow) {
    Pure { diag }.block(&function.body);
}

struct Pure<'d> {
    diag: &'d Collector,
}

impl Visit for Pure<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let { otherwise: Some(_), .. } => {
                self.diag.report(stmt.span, catalog::PURE_BODY, &["`let .. else`"]);
            }
            StmtKind::Log(_) => self.diag.report(stmt.span, catalog::PURE_BODY, &["a log"]),
            StmtKind::Let { .. } | StmtKind::Expr(_) => {}
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &Expr) {
        let found = match &expr.kind {
            // The rule on closures is as strict.
            ExprKind::Closure { .. } => return,
            ExprKind::Await(_) => "an `.await`",
            ExprKind::Context { .. } => "what only the execution knows",
            ExprKind::Try(_) => "`?`",
            ExprKind::Return(_) => "`return`",
            ExprKind::While { .. } | ExprKind::Loop { .. } | ExprKind::For { .. } => "a loop",
            ExprKind::Assign(..) | ExprKind::AssignOp(..) => "an assignment",
            ExprKind::Method { method, .. } if effects::mutates(&method.to_string()) => "a change of a variable",
            _ => return visit::walk_expr(self, expr),
        };
        self.diag.report(expr.span, catalog::PURE_BODY, &[found]);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::pure_errors;

    #[test]
    fn a_value_is_pure() {
        let found = pure_errors(
            "fn price(order: &Order, rate: u64) -> u64 {
                 let net: u64 = order.items.iter().map(|item| item.amount).sum();
                 let Order { discount, .. } = order;
                 match discount { Some(cut) if *cut < net => { let left = net - cut; left * rate } _ => net * rate }
             }",
        );
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn what_is_more_than_a_value_is_refused() {
        let found = pure_errors(
            "async fn price(order: Order, list: &mut Vec<u64>) -> &u64 {
                 let rate = fetch(order.id).await;
                 let at = now();
                 let mut net = 0;
                 for item in order.items { net += item; }
                 let Some(cut) = order.discount else { return 0 };
                 let worst = SystemTime::now();
                 order.rate?
             }",
        );
        let expected = ["D0023", "D0008", "D0008", "D0245", "D0245", "D0245", "D0245", "D0245", "D0101", "D0245"];
        assert_eq!(found, expected);
    }
}
