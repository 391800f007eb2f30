//! `(from..=to).contains(&value)`: two comparisons.
//!
//! A range is an iterator here, and of floats it is none. Its `contains` compares, as std's does: done to syn's tree, as for [`entry`](super::entry).

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};

/// What a `contains` of a range means; none where the expression is something else, or has no bound to compare with.
pub(super) fn contains(expr: &syn::Expr) -> Option<syn::Expr> {
    let syn::Expr::MethodCall(call) = expr else { return None };
    let [value] = call.args.iter().collect::<Vec<_>>()[..] else { return None };
    let range = range(&call.receiver)?;
    if call.method != "contains" {
        return None;
    }
    let span = call.method.span().resolved_at(Span::mixed_site());
    let (bound, value) = compared(value, span)?;
    let from = range.start.as_ref().map(|from| quote_spanned! { span => #from <= #value });
    let to = range.end.as_ref().map(|to| match range.limits {
        syn::RangeLimits::HalfOpen(_) => quote_spanned! { span => #value < #to },
        syn::RangeLimits::Closed(_) => quote_spanned! { span => #value <= #to },
    });
    let test = match (from, to) {
        (Some(from), Some(to)) => quote_spanned! { span => #from && #to },
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    let tokens = match bound {
        Some(bound) => quote_spanned! { span => { #bound #test } },
        None => quote_spanned! { span => (#test) },
    };
    syn::parse2(tokens).ok()
}

fn range(expr: &syn::Expr) -> Option<&syn::ExprRange> {
    match expr {
        syn::Expr::Paren(paren) => range(&paren.expr),
        syn::Expr::Range(range) => Some(range),
        _ => None,
    }
}

/// What is compared, and how it is bound where it is computed: once.
fn compared(value: &syn::Expr, span: Span) -> Option<(Option<TokenStream>, TokenStream)> {
    match value {
        syn::Expr::Reference(syn::ExprReference { expr, mutability: None, .. }) if is_place(expr) => {
            Some((None, expr.to_token_stream()))
        }
        syn::Expr::Reference(syn::ExprReference { expr, mutability: None, .. }) => {
            let name = syn::Ident::new("__value", span);
            Some((Some(quote_spanned! { span => let #name = #expr; }), name.to_token_stream()))
        }
        place if is_place(place) => Some((None, quote_spanned! { span => (*#place) })),
        _ => None,
    }
}

fn is_place(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Path(_) => true,
        syn::Expr::Field(field) => is_place(&field.base),
        _ => false,
    }
}
