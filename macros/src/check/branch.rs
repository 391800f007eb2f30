//! A branch of a join and the body of a map read the variables around them and change only their own: branches run concurrently and
//! may run again, so what they yield is the only way out.

use super::assignment::root;
use crate::{
    ast::{Branch, Expr, ExprKind, NodeId, Workflow},
    diag::{Collector, catalog},
    effects,
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Branches { diag, workflow, around: Vec::new() }.block(&workflow.body);
}

struct Branches<'a> {
    diag: &'a Collector,
    workflow: &'a Workflow,
    around: Vec<NodeId>,
}

impl Branches<'_> {
    fn changed(&self, place: &Expr) {
        let Some(local) = root(place).map(|local| &self.workflow.locals[local.0 as usize]) else { return };
        if local.scope == self.around {
            return;
        }
        let line = local.ident.span().start().line;
        let declared = if line == 0 { String::new() } else { format!(" (`let mut {}`, line {line})", local.ident) };
        self.diag.report(place.span, catalog::OUTER_ASSIGNMENT, &[&local.ident.to_string(), &declared]);
    }
}

impl Visit for Branches<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Assign(place, _) | ExprKind::AssignOp(_, place, _) => self.changed(place),
            ExprKind::Method { receiver, method, .. } if effects::mutates(&method.to_string()) => {
                self.changed(receiver)
            }
            ExprKind::Closure { .. } => return,
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn branch(&mut self, branch: &Branch) {
        self.around.push(branch.id);
        visit::walk_branch(self, branch);
        self.around.pop();
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::body_errors;

    #[test]
    fn branches_change_only_their_own() {
        let found = body_errors(
            "let mut seen = Vec::new();
             try_join!(
                 async { let mut mine = 0; mine += 1; total += mine; charge(mine).await },
                 async { seen.push(1); charge(total).await }
             )?;
             map(order.items, |mut item| async move { item.count += 1; seen[0] = item.count; ship(item).await }).await?;
             seen.push(2); total = 1;",
        );
        assert_eq!(
            found,
            [
                "3 D0408 a branch cannot change `total`, which is declared outside of it (`let mut total`, line 1)",
                "4 D0408 a branch cannot change `seen`, which is declared outside of it (`let mut seen`, line 2)",
                "6 D0408 a branch cannot change `seen`, which is declared outside of it (`let mut seen`, line 2)",
            ]
        );
    }
}
