//! A `for` runs over a vector or a range: the machine keeps a position, and a lazy iterator has none to keep.

use crate::{
    ast::{Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    effects::ITERATOR_ADAPTORS,
    visit::{self, Visit},
};

/// Methods that yield a lazy iterator, besides the adaptors. Where one of them is of `Option` too, its value is no vector either.
const LAZY: [&str; 8] = ["split", "split_whitespace", "chars", "lines", "keys", "values", "copied", "cloned"];

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Loops { diag }.block(&workflow.body);
}

struct Loops<'d> {
    diag: &'d Collector,
}

impl Visit for Loops<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::For { iter, .. } = &expr.kind
            && let ExprKind::Method { receiver, method, .. } = &iter.peeled().kind
            && LAZY.iter().chain(ITERATOR_ADAPTORS).any(|lazy| method == lazy)
            && !(method == "enumerate" && is_iter(receiver))
        {
            self.diag.report(method.span(), catalog::FOR_ITERATOR, &[&method.to_string()]);
        }
        visit::walk_expr(self, expr);
    }
}

fn is_iter(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Method { method, .. } if method == "iter" || method == "into_iter")
}

#[cfg(test)]
mod tests {
    use crate::testing::body_errors;

    #[test]
    fn loops_run_over_vectors_and_ranges() {
        let found = body_errors(
            "for a in order.items.clone() {} for b in &order.items {} for c in order.items.iter() {} for d in 0..total {}
             for (i, e) in order.items.iter().enumerate() {} for f in split(order) {} for g in 1..=3 {}
             for h in order.items.iter().rev() {}
             for i in order.items.iter().filter(|i| i.open).enumerate() {}
             for j in order.name.chars() {}",
        );
        assert_eq!(
            found,
            [
                "3 D0238 a `for` over `.rev()` is not part of the workflow language",
                "4 D0238 a `for` over `.enumerate()` is not part of the workflow language",
                "5 D0238 a `for` over `.chars()` is not part of the workflow language",
            ]
        );
    }
}
