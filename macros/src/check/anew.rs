//! `.continue_as_new()` ends the execution and starts its workflow anew, so it is what the workflow returns: the value of a `return`, or of the body's
//! own end, outside of every branch. It starts the workflow itself, or another body of it by version, and no result can follow: the workflow returns nothing.

use std::collections::BTreeSet;

use durafn_ir::WorkflowKind;
use syn::{GenericArgument, PathArguments, Type};

use crate::{
    ast::{AwaitKind, Block, Branch, Call, Expr, ExprKind, NodeId, Workflow},
    diag::{Collector, catalog},
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    let mut anew = Anew { diag, workflow, last: BTreeSet::new(), inside: 0 };
    anew.ends_block(&workflow.body);
    anew.block(&workflow.body);
}

struct Anew<'a> {
    diag: &'a Collector,
    workflow: &'a Workflow,
    /// Expressions whose value is what the workflow returns.
    last: BTreeSet<NodeId>,
    /// So many branches are around the place.
    inside: usize,
}

impl Anew<'_> {
    fn ends_block(&mut self, block: &Block) {
        if let Some(tail) = &block.tail {
            self.ends(tail);
        }
    }

    /// The value of the expression is what the workflow returns.
    fn ends(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Await(_) => {
                self.last.insert(expr.id);
            }
            ExprKind::Paren(inner) => self.ends(inner),
            ExprKind::Block(block) => self.ends_block(block),
            ExprKind::If { cond: _, then, otherwise } => {
                self.ends_block(then);
                otherwise.iter().for_each(|otherwise| self.ends(otherwise));
            }
            ExprKind::Match { scrutinee: _, arms } => arms.iter().for_each(|arm| self.ends(&arm.body)),
            _ => {}
        }
    }

    fn call(&self, expr: &Expr, call: &Call) {
        let Workflow { attr, item, .. } = self.workflow;
        let own = item.ident.to_string();
        let callee = call.path.segments.last().map_or_else(String::new, |last| last.ident.to_string());
        if self.inside > 0 || !self.last.contains(&expr.id) {
            return self.diag.report(expr.span, catalog::ANEW_PLACE, &[&own]);
        }
        // A body of an older version starts the newest. That its name is the same, types tell.
        let has_bodies = attr.version.is_some() || attr.name.is_some();
        if callee != own && !has_bodies {
            self.diag.report_at(&call.path, catalog::ANEW_CALLEE, &[&callee, &own]);
        }
        if !returns_nothing(&item.output) {
            self.diag.report_at(&item.output, catalog::ANEW_OUTPUT, &[&own]);
        }
        if attr.kind == WorkflowKind::Express {
            self.diag.report(expr.span, catalog::ANEW_EXPRESS, &[&own]);
        }
    }
}

impl Visit for Anew<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Return(Some(value)) if self.inside == 0 => self.ends(value),
            ExprKind::Await(awaited) => {
                if let AwaitKind::Call(call @ Call { anew: true, .. }) = &awaited.kind {
                    self.call(expr, call);
                }
            }
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn branch(&mut self, branch: &Branch) {
        self.inside += 1;
        visit::walk_branch(self, branch);
        self.inside -= 1;
    }
}

/// `()`, or `Result<(), E>`, by their spelling.
fn returns_nothing(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Paren(inner) => returns_nothing(&inner.elem),
        Type::Path(path) => match path.path.segments.last() {
            Some(last) if last.ident == "Result" => match &last.arguments {
                PathArguments::AngleBracketed(generic) => {
                    matches!(generic.args.first(), Some(GenericArgument::Type(Type::Tuple(ok))) if ok.elems.is_empty())
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{codes, errors};

    #[test]
    fn it_is_what_the_workflow_returns() {
        let fine = codes(
            "if total > 1 { return run(order, total).continue_as_new().await; }
             match total { 0 => return run(order, 1).continue_as_new().await, _ => {} }
             loop { if total > 2 { return (run(order, total).continue_as_new().await); } total += 1; }",
        );
        assert_eq!(fine, [""; 0]);
        let tail = "async fn run(n: u64) { if n > 1 { run(n - 1).continue_as_new().await } else { work(n).await } }";
        assert_eq!(errors(tail), []);
        let found = codes(
            "run(order, total).continue_as_new().await?;
             let ended = run(order, total).continue_as_new().await;
             return Ok(run(order, total).continue_as_new().await?);
             try_join!(async { return run(order, total).continue_as_new().await; }, run(order, total).continue_as_new())?;
             map(order.items, |item| async move { return run(item, 1).continue_as_new().await; }).await?;",
        );
        assert_eq!(found, ["D0054"; 6]);
    }

    #[test]
    fn it_starts_the_workflow_itself() {
        assert_eq!(codes("return other(order).continue_as_new().await;"), ["D0055"]);
    }

    #[test]
    fn its_workflow_returns_nothing() {
        let of = |output: &str| {
            let source = format!("async fn run(n: u64){output} {{ return run(n).continue_as_new().await; }}");
            errors(&source).into_iter().map(|(code, ..)| code).collect::<Vec<_>>()
        };
        for nothing in ["", " -> ()", " -> Result<(), Failed>", " -> std::result::Result<(), Failed>"] {
            assert_eq!(of(nothing), [""; 0], "{nothing}");
        }
        for something in [" -> u64", " -> Result<u64, Failed>", " -> Vec<()>"] {
            assert_eq!(of(something), ["D0056"], "{something}");
        }
    }
}
