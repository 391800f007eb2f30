//! A patch decides between two ways, so it stands in the condition of an `if`: `patched(..)`, `!patched(..)`, or one of several conditions. The
//! exported machine has the new way alone, and so the old one is seen where it is written.

use durafn_ir::{BinaryOp, UnaryOp};

use crate::{
    ast::{Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Patches { diag }.block(&workflow.body);
}

struct Patches<'d> {
    diag: &'d Collector,
}

impl Patches<'_> {
    /// Looks at a condition: at its parts where it is made of some.
    fn condition(&mut self, condition: &Expr) {
        match &condition.kind {
            ExprKind::Patched { .. } => {}
            ExprKind::Paren(inner) | ExprKind::Unary(UnaryOp::Not, inner) => self.condition(inner),
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, left, right) => {
                self.condition(left);
                self.condition(right);
            }
            _ => self.expr(condition),
        }
    }
}

impl Visit for Patches<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Patched { name, .. } => self.diag.report(expr.span, catalog::PATCH_PLACE, &[name]),
            ExprKind::If { cond, then, otherwise } => {
                self.condition(cond);
                self.block(then);
                if let Some(otherwise) = otherwise {
                    self.expr(otherwise);
                }
            }
            _ => visit::walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn a_patch_decides_an_if() {
        let fine = codes(
            "if patched(\"a\") { charge(order).await?; } else if !(durafn::patched(\"b\")) && total > 1 { refund(order).await?; }
             let rate = if total > 1 || patched(\"c\") { 1 } else { 2 };
             let all: Vec<u64> = order.items.iter().map(|item| if patched(\"d\") { 1 } else { 2 }).collect();",
        );
        assert_eq!(fine, [""; 0]);
        let found = codes(
            "let new = patched(\"a\");
             while patched(\"b\") {}
             match patched(\"c\") { true => {} false => {} }
             if charge_for(patched(\"d\")) {}
             if total > 1 { let x = (patched(\"e\"), 1); }
             match total { _ if patched(\"f\") => {} _ => {} }",
        );
        assert_eq!(found, ["D0331"; 6]);
    }
}
