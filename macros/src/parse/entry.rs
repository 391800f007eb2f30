//! `*map.entry(key).or_insert(0) += 1`: a change of the value at a key, or of a default where there is none.
//!
//! A reference into a map has no meaning here, but to take the value out, change it and put it back has the same:
//!
//! ```text
//! { let key = key; let mut item = map.get(&key).cloned().unwrap_or(0); item += 1; map.insert(key, item); }
//! ```
//!
//! This is done to syn's tree, so that every later pass sees a block like any other.

use proc_macro2::Span;
use quote::{ToTokens, quote_spanned};
use syn::Ident;

/// Methods that change their receiver and yield nothing.
const CHANGES: [&str; 11] = [
    "push",
    "push_str",
    "extend",
    "extend_from_slice",
    "clear",
    "truncate",
    "retain",
    "sort",
    "sort_by_key",
    "reverse",
    "dedup",
];

/// `map.entry(key).or_insert(default)` and its kin.
struct Entry<'a> {
    map: &'a syn::Expr,
    key: &'a syn::Expr,
    /// `unwrap_or(default)`.
    otherwise: proc_macro2::TokenStream,
    span: Span,
}

/// What an expression means that changes the value of an entry; none where it is something else.
pub(super) fn changed(expr: &syn::Expr) -> Option<syn::Expr> {
    match expr {
        syn::Expr::Binary(binary) if is_change(&binary.op) => {
            let entry = dereferenced(&binary.left)?;
            let (op, value) = (&binary.op, &binary.right);
            let new = name("value", entry.span);
            let item = name("item", entry.span);
            // What is added is computed first, as Rust does with numbers.
            let before = quote_spanned! { entry.span => let #new = #value; };
            Some(entry.with(&before, &quote_spanned! { entry.span => #item #op #new; }))
        }
        syn::Expr::Assign(assign) => {
            let entry = dereferenced(&assign.left)?;
            let (map, key, value) = (entry.map, entry.key, &assign.right);
            let new = name("value", entry.span);
            parsed(quote_spanned! { entry.span => { let #new = #value; #map.insert(#key, #new); } })
        }
        syn::Expr::MethodCall(call) if CHANGES.iter().any(|change| call.method == change) => {
            let entry = entry(&call.receiver)?;
            let (method, args, item) = (&call.method, &call.args, name("item", entry.span));
            Some(entry.with(&proc_macro2::TokenStream::new(), &quote_spanned! { entry.span => #item.#method(#args); }))
        }
        _ => None,
    }
}

/// `map.entry(key).or_insert(default);` as a statement: the default is put where there is no value.
pub(super) fn filled(expr: &syn::Expr) -> Option<syn::Expr> {
    let nothing = proc_macro2::TokenStream::new();
    entry(expr).map(|entry| entry.with(&nothing, &nothing))
}

impl Entry<'_> {
    fn with(&self, before: &proc_macro2::TokenStream, change: &proc_macro2::TokenStream) -> syn::Expr {
        let Entry { map, key, otherwise, span } = self;
        let (key_name, item) = (name("key", *span), name("item", *span));
        let mutable = (!change.is_empty()).then(|| quote_spanned! { *span => mut });
        let block = quote_spanned! { *span => {
            #before
            let #key_name = #key;
            let #mutable #item = #map.get(&#key_name).cloned().#otherwise;
            #change
            #map.insert(#key_name, #item);
        }};
        parsed(block).expect("it is a block")
    }
}

fn parsed(tokens: proc_macro2::TokenStream) -> Option<syn::Expr> {
    syn::parse2(tokens).ok()
}

fn name(what: &str, span: Span) -> Ident {
    Ident::new(&format!("__{what}__of_entry"), span.resolved_at(Span::mixed_site()))
}

fn dereferenced(expr: &syn::Expr) -> Option<Entry<'_>> {
    match expr {
        syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), expr, .. }) => entry(expr),
        syn::Expr::Paren(syn::ExprParen { expr, .. }) => dereferenced(expr),
        _ => None,
    }
}

fn entry(expr: &syn::Expr) -> Option<Entry<'_>> {
    let syn::Expr::MethodCall(or) = expr else { return None };
    let syn::Expr::MethodCall(entry) = &*or.receiver else { return None };
    let [key] = entry.args.iter().collect::<Vec<_>>()[..] else { return None };
    let span = entry.method.span();
    let args = or.args.to_token_stream();
    let at = or.method.span();
    let otherwise = match (&*or.method.to_string(), or.args.len()) {
        ("or_insert", 1) => quote_spanned! { at => unwrap_or(#args) },
        ("or_insert_with", 1) => quote_spanned! { at => unwrap_or_else(#args) },
        ("or_default", 0) => quote_spanned! { at => unwrap_or_default() },
        _ => return None,
    };
    (entry.method == "entry").then_some(Entry { map: &entry.receiver, key, otherwise, span })
}

fn is_change(op: &syn::BinOp) -> bool {
    use syn::BinOp::{AddAssign, DivAssign, MulAssign, RemAssign, SubAssign};
    matches!(op, AddAssign(_) | SubAssign(_) | MulAssign(_) | DivAssign(_) | RemAssign(_))
}
