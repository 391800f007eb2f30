//! A `for` runs over items that are there before its first round. The machine takes them out of an iterator at once, so an iterator that computes with
//! closures must be collected first: a closure that fails would fail before the rounds that Rust runs before it.

use crate::{
    ast::{Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    effects::ITERATOR_ADAPTORS,
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Loops { diag }.block(&workflow.body);
}

struct Loops<'d> {
    diag: &'d Collector,
}

impl Visit for Loops<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::For { iter, .. } = &expr.kind
            && let Some(method) = computing(iter)
        {
            self.diag.report(method.span(), catalog::FOR_ITERATOR, &[&method.to_string()]);
        }
        visit::walk_expr(self, expr);
    }
}

/// The first adaptor of an iterator that takes a function.
fn computing(iter: &Expr) -> Option<&syn::Ident> {
    let ExprKind::Method { receiver, method, args, .. } = &iter.peeled().kind else { return None };
    let computes = match &*method.to_string() {
        "zip" | "chain" => args.first().is_some_and(|other| computing(other).is_some()),
        "take" | "skip" | "step_by" | "enumerate" | "flatten" | "rev" | "windows" | "chunks" => false,
        name => ITERATOR_ADAPTORS.contains(&name) && !args.is_empty(),
    };
    computing(receiver).or(computes.then_some(method))
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
             for j in order.name.chars() {} for k in order.items.iter().zip(order.names.iter().map(|n| n.size)) {}",
        );
        assert_eq!(
            found,
            [
                "4 D0238 a `for` over `.filter()` is not part of the workflow language",
                "5 D0238 a `for` over `.zip()` is not part of the workflow language",
            ]
        );
    }
}
