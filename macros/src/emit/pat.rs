//! Patterns: the user's own, token by token.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ast::{Pat, PatKind};

/// Writes a pattern.
pub(super) fn pat(pattern: &Pat) -> TokenStream {
    match &pattern.kind {
        PatKind::Wild => quote! { _ },
        PatKind::Bind { ident, mutable, sub, local: _ } => {
            let mutable = mutable.then(|| quote! { mut });
            let sub = sub.as_deref().map(|sub| {
                let sub = pat(sub);
                quote! { @ (#sub) }
            });
            quote! { #mutable #ident #sub }
        }
        PatKind::Lit { tokens, .. } | PatKind::Range { tokens, .. } => tokens.clone(),
        PatKind::Tuple(items) => {
            let items = items.iter().map(pat);
            quote! { (#(#items,)*) }
        }
        PatKind::Path(path) => quote! { #path },
        PatKind::TupleStruct { path, items, rest } => {
            let mut items: Vec<TokenStream> = items.iter().map(pat).collect();
            if let Some(rest) = rest {
                items.insert((*rest).min(items.len()), quote! { .. });
            }
            quote! { #path(#(#items),*) }
        }
        PatKind::Struct { path, fields, rest } => {
            let fields = fields.iter().map(|(member, field)| {
                let written = pat(field);
                match is_shorthand(member, field) {
                    true => written,
                    false => quote! { #member: #written },
                }
            });
            let rest = rest.then(|| quote! { .. });
            quote! { #path { #(#fields,)* #rest } }
        }
        PatKind::Ref(inner) => {
            let inner = pat(inner);
            quote! { &#inner }
        }
        PatKind::Or(alternatives) => {
            let alternatives = alternatives.iter().map(pat);
            quote! { (#(#alternatives)|*) }
        }
    }
}

/// `Item { sku }`, which rustc wants for `Item { sku: sku }`.
fn is_shorthand(member: &syn::Member, field: &Pat) -> bool {
    matches!((member, &field.kind), (syn::Member::Named(name), PatKind::Bind { ident, sub: None, .. }) if name == ident)
}
