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
            ExprKind::Labelled { .. } => "a block with a label",
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

#[cfg(test)]
mod tests {
    use crate::testing::body_errors;

    #[test]
    fn closures_compute_and_nothing_else() {
        let found = body_errors(
            "let a: Vec<_> = order.items.iter().map(|item| { let twice = item.n * 2; twice + total }).collect();
             let b: Vec<_> = order.items.iter().map(|item| { total += item.n; item.n }).collect();
             let c = order.items.iter().map(|item| price(item).await).count();
             let d = order.items.iter().any(|item| item.n? > 1);
             let e = order.items.iter().all(|item| { return true; });
             let f = order.items.iter().all(|item| { for n in 0..3 { total += n; } true });
             let g = order.items.iter().all(|item| { let Some(n) = item.n else { break }; n });
             let h = order.items.iter().map(async |item| item.n).count();",
        );
        let lines: Vec<_> = found.iter().map(|line| line.split(" cannot stand").next().unwrap_or_default()).collect();
        assert_eq!(
            lines,
            [
                "2 D0242 an assignment",
                "3 D0242 an `.await`",
                "4 D0242 `?`",
                "5 D0242 `return`",
                "6 D0242 a loop",
                "7 D0242 `let .. else`",
                "7 D0404 `break` without a loop around it",
                "8 D0242 `async`",
            ]
        );
    }
}
