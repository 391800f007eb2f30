//! From syn's tree to ours. What our tree cannot say is a diagnostic here; what it can say and must not mean is for `check`.
//!
//! After a mistake parsing goes on: an expression that is not in the language becomes a tuple of its parts, which stands in its place so that later
//! passes still see them. The tree of a source with mistakes is never lowered.

mod await_;
mod call;
mod closure;
mod entry;
mod expr;
mod format;
mod item;
mod literal;
mod macros;
pub(crate) mod path;
mod pattern;
mod range;
mod retry;
mod stmt;
#[cfg(test)]
mod tests;

use proc_macro2::Span;
use quote::ToTokens;

use crate::{
    ast::{Expr, ExprKind, NodeId, Task, TaskAttr, Workflow, WorkflowAttr},
    diag::{Collector, Entry},
};

/// Holds what every part of parsing needs.
#[derive(Debug)]
pub(crate) struct Parser<'d> {
    diag: &'d Collector,
    next: u32,
}

/// Parses a workflow.
pub(crate) fn workflow(diag: &Collector, attr: WorkflowAttr, item: &syn::ItemFn) -> Workflow {
    Parser::new(diag).workflow(attr, item)
}

/// Parses a task; its body stays as it is.
pub(crate) fn task(diag: &Collector, attr: TaskAttr, item: &syn::ItemFn) -> Task {
    Parser::new(diag).task(attr, item)
}

/// Parses a pure function, in the form of a workflow whose body is one value.
pub(crate) fn pure(diag: &Collector, item: &syn::ItemFn) -> Workflow {
    Parser::new(diag).pure(item)
}

impl<'d> Parser<'d> {
    fn new(diag: &'d Collector) -> Self {
        Parser { diag, next: 0 }
    }

    fn id(&mut self) -> NodeId {
        let id = NodeId(self.next);
        self.next += 1;
        id
    }

    fn error(&self, tokens: &impl ToTokens, entry: &'static Entry, args: &[&str]) {
        self.diag.report_at(tokens, entry, args);
    }

    fn node(&mut self, span: Span, kind: ExprKind) -> Expr {
        Expr { id: self.id(), span, kind }
    }

    /// Stands for an expression that is not in the language.
    fn broken<'e>(&mut self, parts: impl IntoIterator<Item = &'e syn::Expr>) -> ExprKind {
        ExprKind::Tuple(parts.into_iter().map(|part| self.expr(part)).collect())
    }
}

/// The first token's span: what a node's errors and places point at.
fn span_of(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
