//! Closures as arguments of methods, and functions named in their place.

use syn::spanned::Spanned as _;

use super::{Parser, path, span_of};
use crate::{
    ast::{ClosureParam, Expr, ExprKind, Pat, PatKind},
    diag::catalog,
};

/// How many parameters the closure has that a method takes at a position; `None` where it takes a value. Where a method of `Option` and one of
/// `Result` differ, the one that a bare function can be meant for.
pub(super) fn params_of(method: &str, index: usize) -> Option<usize> {
    match (method, index) {
        (
            "map" | "filter" | "filter_map" | "flat_map" | "find" | "find_map" | "position" | "any" | "all"
            | "min_by_key" | "max_by_key" | "take_while" | "skip_while" | "is_some_and" | "is_none_or" | "and_then"
            | "map_err" | "sort_by_key" | "for_each" | "inspect" | "is_ok_and" | "is_err_and" | "retain" | "partition",
            0,
        )
        | ("map_or", 1)
        | ("map_or_else", 1) => Some(1),
        ("unwrap_or_else" | "or_else" | "ok_or_else" | "then" | "map_or_else", 0) => Some(0),
        ("fold" | "try_fold" | "scan", 1) | ("sort_by" | "reduce" | "max_by" | "min_by", 0) => Some(2),
        _ => None,
    }
}

impl Parser<'_> {
    /// An argument that is a closure, or a function's name, which becomes the closure that calls it.
    pub(super) fn function_arg(&mut self, arg: &syn::Expr, params: usize) -> Expr {
        match arg {
            syn::Expr::Closure(closure) => Expr { id: self.id(), span: span_of(closure), kind: self.closure(closure) },
            syn::Expr::Path(syn::ExprPath { qself: None, path, .. }) => match self.eta(path, params) {
                Some(expr) => expr,
                None => self.expr(arg),
            },
            _ => self.expr(arg),
        }
    }

    /// `|value| path(value)`. A local of the path's name is told by `resolve`: it is not a function either way.
    fn eta(&mut self, path: &syn::Path, params: usize) -> Option<Expr> {
        let function = path::function(path);
        let constructs = path::is_upper(&path::last(path));
        if function.is_none() && !constructs && (path::of_type(path) || params == 0) {
            return None;
        }
        // `unwrap_or_else(String::from)` is of a `Result`, `unwrap_or_else(String::new)` of an `Option`.
        let params = match function {
            Some(name) if name.ends_with("::new") || name.ends_with("::default") => 0,
            Some(_) => params.max(1),
            None if constructs => params.max(1),
            None => params,
        };
        let span = path.span();
        let id = self.id();
        let names: Vec<_> = (0..params).map(|index| syn::Ident::new(["value", "next"][index], span)).collect();
        let bind = |parser: &mut Self, ident: &syn::Ident| ClosureParam {
            pat: Pat {
                id: parser.id(),
                span,
                kind: PatKind::Bind { ident: ident.clone(), mutable: false, local: None, sub: None },
            },
            ty: None,
        };
        let closure_params = names.iter().map(|ident| bind(self, ident)).collect();
        let body_id = self.id();
        let args = names.iter().map(|ident| self.node(span, ExprKind::Name(ident.clone()))).collect();
        let path = path.clone();
        let call = match function {
            Some(spelling) => ExprKind::Function { path, spelling: spelling.to_owned(), args },
            None if constructs => ExprKind::Construct { path, args },
            None => ExprKind::Pure { path, args },
        };
        let body = Box::new(Expr { id: body_id, span, kind: call });
        Some(Expr { id, span, kind: ExprKind::Closure { moves: false, params: closure_params, body } })
    }

    pub(super) fn closure(&mut self, closure: &syn::ExprClosure) -> ExprKind {
        if let Some(asyncness) = &closure.asyncness {
            self.error(asyncness, catalog::IMPURE_CLOSURE, &["`async`"]);
        }
        if let syn::ReturnType::Type(_, ty) = &closure.output {
            self.error(
                ty,
                catalog::UNSUPPORTED,
                &["the return type of a closure", "leave it out, or bind the value with a type: `let x: T = ..;`"],
            );
        }
        if let Some(lifetimes) = &closure.lifetimes {
            self.error(lifetimes, catalog::UNSUPPORTED, &["`for<..>` on a closure", "leave it out"]);
        }
        let params = closure
            .inputs
            .iter()
            .map(|input| match input {
                syn::Pat::Type(typed) => ClosureParam { pat: self.pat(&typed.pat), ty: Some((*typed.ty).clone()) },
                pat => ClosureParam { pat: self.pat(pat), ty: None },
            })
            .collect();
        ExprKind::Closure { moves: closure.capture.is_some(), params, body: self.boxed(&closure.body) }
    }
}
