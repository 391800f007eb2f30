//! A pure function is computed within one state, wherever it is called: nothing in it suspends, asks the execution, loops or changes a
//! variable. It may leave early: by `return`, `?` and `let .. else`.

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

/// What computes one value, or runs in steps.
const ONE_VALUE: &str = "compute one value from the parameters, or make it a `#[task]`";
/// In place of a loop.
const ITERATE: &str =
    "go through the items with a chain: `.iter().map(..)`, `.filter(..)`, `.sum()`, `.fold(start, |sum, item| ..)`";
/// In place of a change.
const NEW_NAME: &str =
    "bind the new value with `let`; a value that grows with each item is a `.fold(start, |sum, item| ..)`";

impl Visit for Pure<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        if let StmtKind::Log(_) = &stmt.kind {
            self.diag.report(stmt.span, catalog::PURE_BODY, &["a log", ONE_VALUE]);
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &Expr) {
        let (found, instead) = match &expr.kind {
            // The rule on closures is as strict.
            ExprKind::Closure { .. } => return,
            ExprKind::Await(_) => ("an `.await`", ONE_VALUE),
            ExprKind::Context { .. } | ExprKind::Patched { .. } => {
                ("what only the execution knows", "pass the value as a parameter")
            }
            ExprKind::While { .. } | ExprKind::Loop { .. } | ExprKind::For { .. } => ("a loop", ITERATE),
            ExprKind::Labelled { .. } => {
                ("a block with a label", "write an `if` or a `match`, or leave early by `return`")
            }
            ExprKind::Assign(..) | ExprKind::AssignOp(..) => ("an assignment", NEW_NAME),
            ExprKind::Method { method, .. } if effects::mutates(&method.to_string()) => {
                ("a change of a variable", NEW_NAME)
            }
            _ => return visit::walk_expr(self, expr),
        };
        self.diag.report(expr.span, catalog::PURE_BODY, &[found, instead]);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::pure_errors;

    #[test]
    fn a_value_is_pure() {
        let found = pure_errors(
            "fn price(order: &Order, rate: u64) -> Result<u64, Failed> {
                 let net: u64 = order.items.iter().map(|item| item.amount).sum();
                 let Order { discount, .. } = order;
                 if net == 0 { return Ok(0); }
                 let Some(cut) = discount else { return Ok(net) };
                 let rate = checked(rate)?;
                 match discount { Some(cut) if *cut < net => { let left = net - cut; Ok(left * rate) } _ => Ok(net * rate) }
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
                 net = 3;
                 let worst = SystemTime::now();
                 order.rate?
             }",
        );
        let expected = ["D0023", "D0008", "D0008", "D0245", "D0245", "D0245", "D0245", "D0101", "D0241"];
        assert_eq!(found, expected);
    }
}
