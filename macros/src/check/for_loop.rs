//! A `for` runs over a vector or a range: the machine keeps a position, and a lazy iterator has none to keep.

use crate::{
    ast::{Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    visit::{self, Visit},
};

/// Methods that yield a lazy iterator. Where one of them is of `Option` too, its value is no vector either.
const LAZY: [&str; 22] = [
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "enumerate",
    "zip",
    "chain",
    "take",
    "skip",
    "step_by",
    "take_while",
    "skip_while",
    "rev",
    "split",
    "split_whitespace",
    "chars",
    "lines",
    "keys",
    "values",
    "copied",
    "cloned",
];

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Loops { diag }.block(&workflow.body);
}

struct Loops<'d> {
    diag: &'d Collector,
}

impl Visit for Loops<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::For { iter, .. } = &expr.kind
            && let ExprKind::Method { receiver, method, .. } = &peel(iter).kind
            && LAZY.iter().any(|lazy| method == lazy)
            && !(method == "enumerate" && is_iter(receiver))
        {
            self.diag.report(method.span(), catalog::FOR_ITERATOR, &[&method.to_string()]);
        }
        visit::walk_expr(self, expr);
    }
}

fn peel(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Ref { expr: inner, .. } => peel(inner),
        _ => expr,
    }
}

fn is_iter(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Method { method, .. } if method == "iter" || method == "into_iter")
}
