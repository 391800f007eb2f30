//! Blocks and statements.

use syn::spanned::Spanned as _;

use super::{Parser, entry, expr::attrs_mut, span_of};
use crate::{
    ast::{Block, Expr, ExprKind, Stmt, StmtKind, TailLabel},
    attr,
    diag::catalog,
};

impl Parser<'_> {
    /// `{ .. }`.
    pub(super) fn block(&mut self, block: &syn::Block) -> Block {
        let mut parsed = self.empty_block(block.brace_token.span.open());
        let last = block.stmts.len().saturating_sub(1);
        for (index, stmt) in block.stmts.iter().enumerate() {
            match stmt {
                syn::Stmt::Expr(expr, None) if index == last && has_value(expr) => self.tail(&mut parsed, expr.clone()),
                syn::Stmt::Macro(stmt) if index == last && stmt.semi_token.is_none() && !is_log(&stmt.mac) => {
                    let expr = syn::ExprMacro { attrs: stmt.attrs.clone(), mac: stmt.mac.clone() };
                    self.tail(&mut parsed, syn::Expr::Macro(expr));
                }
                _ => {
                    let stmt = self.stmt(stmt);
                    parsed.stmts.extend(stmt);
                }
            }
        }
        parsed
    }

    /// A block without statements.
    pub(super) fn empty_block(&mut self, span: proc_macro2::Span) -> Block {
        Block { id: self.id(), span, stmts: Vec::new(), tail: None, tail_label: TailLabel::default() }
    }

    fn tail(&mut self, block: &mut Block, mut expr: syn::Expr) {
        block.tail_label = self.label_of(&mut expr);
        block.tail = Some(Box::new(self.expr(&expr)));
    }

    fn stmt(&mut self, stmt: &syn::Stmt) -> Option<Stmt> {
        let id = self.id();
        let (label, span, kind) = match stmt {
            syn::Stmt::Local(local) => {
                let label = self.label(&local.attrs);
                (label, local.let_token.span, self.local(local))
            }
            syn::Stmt::Expr(expr, _) => {
                let mut expr = expr.clone();
                let label = self.label_of(&mut expr);
                let written = entry::filled(&expr).unwrap_or_else(|| expr.clone());
                (label, span_of(&expr), StmtKind::Expr(self.expr(&written)))
            }
            syn::Stmt::Macro(stmt) => {
                let label = self.label(&stmt.attrs);
                (label, stmt.mac.path.span(), self.macro_stmt(&stmt.mac))
            }
            syn::Stmt::Item(item) => {
                self.error(item, catalog::ITEM, &[]);
                return None;
            }
        };
        Some(Stmt { id, span, state: label.state, comment: label.comment, kind })
    }

    fn local(&mut self, local: &syn::Local) -> StmtKind {
        let (pat, ty) = match &local.pat {
            syn::Pat::Type(typed) => (&*typed.pat, Some((*typed.ty).clone())),
            pat => (pat, None),
        };
        let pat = self.pat(pat);
        let Some(syn::LocalInit { expr, diverge, .. }) = &local.init else {
            self.error(local, catalog::LET_WITHOUT_VALUE, &[]);
            let init = self.node(pat.span, ExprKind::Tuple(Vec::new()));
            return StmtKind::Let { pat, ty, init, otherwise: None };
        };
        let init = self.expr(expr);
        let otherwise = diverge.as_ref().and_then(|(_, otherwise)| match &**otherwise {
            syn::Expr::Block(otherwise) => Some(self.block(&otherwise.block)),
            _ => None,
        });
        StmtKind::Let { pat, ty, init, otherwise }
    }

    fn macro_stmt(&mut self, mac: &syn::Macro) -> StmtKind {
        if is_log(mac) {
            return StmtKind::Log(self.log(mac));
        }
        let span = mac.path.span();
        let id = self.id();
        let kind = self.macro_expr(mac);
        StmtKind::Expr(Expr { id, span, kind })
    }

    /// Takes the attributes off a statement's expression; syn hangs them on its leftmost part.
    fn label_of(&mut self, expr: &mut syn::Expr) -> TailLabel {
        let leftmost = match expr {
            syn::Expr::Assign(expr) => return self.label_of(&mut expr.left),
            syn::Expr::Binary(expr) => return self.label_of(&mut expr.left),
            syn::Expr::Cast(expr) => return self.label_of(&mut expr.expr),
            other => attrs_mut(other),
        };
        let attrs = leftmost.map(std::mem::take).unwrap_or_default();
        self.label(&attrs)
    }

    fn label(&mut self, attrs: &[syn::Attribute]) -> TailLabel {
        let mut label = TailLabel { state: None, comment: attr::doc_comment(attrs) };
        for attr in attrs {
            if attr.path().is_ident("state") {
                label.state = attr::state_name(self.diag, attr);
            } else if !attr.path().is_ident("doc") {
                self.error(attr, catalog::STATEMENT_ATTRIBUTE, &[]);
            }
        }
        label
    }
}

/// A last expression that can be the value of its block. Loops that count or test have none.
fn has_value(expr: &syn::Expr) -> bool {
    !matches!(expr, syn::Expr::While(_) | syn::Expr::ForLoop(_))
}

/// Macros that write to a log.
pub(super) fn is_log(mac: &syn::Macro) -> bool {
    const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "event"];
    match &super::path::segments(&mac.path)[..] {
        [name] => LEVELS.contains(&&**name),
        [root, name] => {
            (root == "tracing" && LEVELS.contains(&&**name))
                || (root == "log" && (LEVELS.contains(&&**name) || name == "log"))
        }
        _ => false,
    }
}
