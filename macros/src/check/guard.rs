//! The guard of an arm is a condition and nothing more: it may be tested for several arms or not at all.

use crate::{
    ast::{Arm, Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    effects,
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Guards { diag }.block(&workflow.body);
}

struct Guards<'d> {
    diag: &'d Collector,
}

impl Guards<'_> {
    fn guard(&self, guard: &Expr) {
        let what = match &guard.kind {
            ExprKind::Let(..) => "`let`",
            _ if effects::effectful(guard) => "what suspends, leaves or assigns",
            ExprKind::Binary(_, left, right) => {
                self.guard(left);
                return self.guard(right);
            }
            _ => return,
        };
        self.diag.report(guard.span, catalog::GUARD_EFFECT, &[what]);
    }
}

impl Visit for Guards<'_> {
    fn arm(&mut self, arm: &Arm) {
        if let Some(guard) = &arm.guard {
            self.guard(guard);
        }
        visit::walk_arm(self, arm);
    }

    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Matches { guard: Some(guard), .. } = &expr.kind {
            self.guard(guard);
        }
        visit::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn guards_are_conditions() {
        let found = codes(
            "match total {
                 n if n > 1 && order.open => {}
                 n if check(n).await? => {}
                 n if n == 1 && total? => {}
                 _ if matches!(order.kind, Kind::A(x) if find(x).await) => {}
                 _ => {}
             }",
        );
        assert_eq!(found, ["D0244"; 4]);
    }
}
