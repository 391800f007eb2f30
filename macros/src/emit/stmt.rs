//! Blocks, statements, control flow.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{
    body::{Body, Hole, at, condition_pats, ours, ours_at},
    pat::pat,
};
use crate::{
    ast::{Arm, Block, Expr, ExprKind, LocalId, Pat, Stmt, StmtKind},
    effects,
    lowered::Point,
    normalise::is_await,
};

impl Body<'_> {
    /// `{ prefix stmts tail }`
    pub(super) fn block(&mut self, block: &Block, prefix: &TokenStream) -> TokenStream {
        let enters = self.enters(Point::Before(block.id));
        let stmts: Vec<TokenStream> = block.stmts.iter().map(|stmt| self.stmt(stmt)).collect();
        let tail = block.tail.as_deref().map(|tail| self.expr(tail));
        quote_spanned! { at(block.span) => { #prefix #enters #(#stmts)* #tail } }
    }

    fn stmt(&mut self, stmt: &Stmt) -> TokenStream {
        let enters = self.enters(Point::Before(stmt.id));
        let kind = match &stmt.kind {
            StmtKind::Let { pat: pattern, ty, init, otherwise } => {
                let (written, init) = (pat(pattern), self.expr(init));
                let ty = ty.as_ref().map(|ty| quote! { : #ty });
                let otherwise = otherwise.as_ref().map(|block| {
                    let block = self.block(block, &TokenStream::new());
                    quote! { else #block }
                });
                let see = self.see_pat(pattern);
                // An initialiser that ends in a brace may not stand before `else`.
                let init = if otherwise.is_some() {
                    quote! { (#init) }
                } else {
                    init
                };
                quote_spanned! { at(stmt.span) => let #written #ty = #init #otherwise; #see }
            }
            StmtKind::Expr(expr) => {
                let written = self.expr(expr);
                if !is_await(expr) {
                    return quote! { #enters #written; };
                }
                // Under a name of the user's, so that the warning about a dropped `Result` stands at the call.
                let dropped = syn::Ident::new("__dropped", expr.span);
                quote! { let #dropped = #written; #dropped; }
            }
            StmtKind::Log(tokens) => {
                let cx = ours("__cx");
                quote! { if ::durafn::private::body::live(#cx) { #tokens; } }
            }
        };
        quote! { #enters #kind }
    }

    pub(super) fn if_(&mut self, cond: &Expr, then: &Block, otherwise: Option<&Expr>, span: Span) -> TokenStream {
        let (written, see) = self.condition(cond);
        let then = self.block(then, &see);
        let otherwise = otherwise.map(|otherwise| match &otherwise.kind {
            ExprKind::Block(block) if self.states(Point::Before(otherwise.id)).is_empty() => {
                let block = self.block(block, &TokenStream::new());
                quote! { else #block }
            }
            _ => {
                let otherwise = self.expr(otherwise);
                quote! { else { #otherwise } }
            }
        });
        quote_spanned! { span => if #written #then #otherwise }
    }

    /// A condition, and what shows the slots its bindings.
    fn condition(&mut self, cond: &Expr) -> (TokenStream, TokenStream) {
        let see = condition_pats(cond).into_iter().map(|pat| self.see_pat(pat)).collect();
        (self.cond(cond), see)
    }

    /// `let` and `&&` stand as they are: parentheses around a `let` are no condition.
    fn cond(&mut self, cond: &Expr) -> TokenStream {
        match &cond.kind {
            ExprKind::Let(pattern, value) => {
                let (pattern, value) = (pat(pattern), self.atom(value));
                quote! { let #pattern = #value }
            }
            ExprKind::Binary(durafn_ir::BinaryOp::And, left, right) if !condition_pats(cond).is_empty() => {
                let (left, right) = (self.cond(left), self.cond(right));
                quote! { #left && #right }
            }
            _ => self.expr(cond),
        }
    }

    pub(super) fn match_(&mut self, scrutinee: &Expr, arms: &[Arm], span: Span) -> TokenStream {
        let scrutinee = self.atom(scrutinee);
        let arms: Vec<TokenStream> = arms.iter().map(|arm| self.arm(arm)).collect();
        quote_spanned! { span => match #scrutinee { #(#arms)* } }
    }

    fn arm(&mut self, arm: &Arm) -> TokenStream {
        let (pattern, see) = (pat(&arm.pat), self.see_pat(&arm.pat));
        let guard = arm.guard.as_ref().map(|guard| {
            let guard = self.expr(guard);
            quote! { if #guard }
        });
        let (enters, body) = (self.enters(Point::Before(arm.id)), self.expr(&arm.body));
        quote_spanned! { at(arm.span) => #pattern #guard => { #see #enters #body } }
    }

    pub(super) fn while_(
        &mut self,
        expr: &Expr,
        label: Option<&syn::Lifetime>,
        cond: &Expr,
        body: &Block,
    ) -> TokenStream {
        let (head, label) = (self.enters(Point::Head(expr.id)), label_of(label));
        let (cond, see) = self.condition(cond);
        let body = self.block(body, &see);
        quote_spanned! { at(expr.span) => #label loop { #head if #cond #body else { break; } } }
    }

    pub(super) fn loop_(&mut self, expr: &Expr, label: Option<&syn::Lifetime>, body: &Block) -> TokenStream {
        let (head, label) = (self.enters(Point::Head(expr.id)), label_of(label));
        let body = self.block(body, &head);
        quote_spanned! { at(expr.span) => #label loop #body }
    }

    /// What a `for` goes through is evaluated first, as the machine does; a range is counted.
    pub(super) fn for_(
        &mut self,
        expr: &Expr,
        label: Option<&syn::Lifetime>,
        pattern: &Pat,
        iter: &Expr,
        body: &Block,
    ) -> TokenStream {
        let (head, label) = (self.enters(Point::Head(expr.id)), label_of(label));
        let span = at(iter.span);
        let make = match &iter.unparenthesised().kind {
            ExprKind::Range { .. } => quote_spanned! { span => ::durafn::private::iter::range },
            _ => quote_spanned! { span => ::durafn::private::iter::items },
        };
        let iter_span = iter.span;
        let iter = self.expr(iter);
        let (items, item) = (ours_at("__items", iter_span), ours_at("__item", iter_span));
        let (written, see) = (pat(pattern), self.see_pat(pattern));
        let body = self.block(body, &quote! { let #written = #item; #see });
        quote! {{
            let mut #items = #make(#iter);
            #label loop {
                #head
                match ::core::iter::Iterator::next(&mut #items) {
                    ::core::option::Option::Some(#item) => #body
                    ::core::option::Option::None => break,
                }
            }
        }}
    }

    pub(super) fn assign(&mut self, place: &Expr, value: &Expr) -> TokenStream {
        let value = self.expr(value);
        let see = self.see_root(place);
        let mut indices = Vec::new();
        let written = self.place_mut(place, &mut indices);
        if indices.is_empty() {
            return quote_spanned! { at(place.span) => { #written = #value; #see } };
        }
        let new = ours_at("__value", place.span);
        quote_spanned! { at(place.span) => { let #new = #value; #(#indices)* #written = #new; #see } }
    }

    pub(super) fn assign_op(&mut self, op: durafn_ir::BinaryOp, place: &Expr, value: &Expr) -> TokenStream {
        let value = self.expr(value);
        let see = self.see_root(place);
        let mut indices = Vec::new();
        let written = self.place_mut(place, &mut indices);
        let new = ours_at("__value", place.span);
        let computed = super::expr::arithmetic(op, &written, &quote! { #new }, place.span);
        quote_spanned! { at(place.span) => { let #new = #value; #(#indices)* #written = #computed; #see } }
    }

    /// Shows the local that a place is part of to its slot.
    pub(super) fn see_root(&self, place: &Expr) -> TokenStream {
        fn root(place: &Expr) -> Option<(LocalId, &syn::Ident)> {
            match &place.kind {
                ExprKind::Local(local, ident) => Some((*local, ident)),
                ExprKind::Field(base, _) | ExprKind::Index(base, _) => root(base),
                ExprKind::Deref(inner) | ExprKind::Paren(inner) | ExprKind::Ref { expr: inner, .. } => root(inner),
                _ => None,
            }
        }
        debug_assert_eq!(root(place).map(|(local, _)| local), effects::root(place));
        match root(place) {
            Some((local, ident)) if self.slot(Hole::Local(local)).is_some() => self.see(local, ident),
            _ => TokenStream::new(),
        }
    }
}

fn label_of(label: Option<&syn::Lifetime>) -> Option<TokenStream> {
    label.map(|label| quote! { #label: })
}
