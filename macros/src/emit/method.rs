//! Methods: the user's call, with the receiver handed over by what checks it.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use super::body::{Body, at, ours_at};
use crate::{
    ast::{Expr, ExprKind},
    effects,
};

/// How the receiver is handed over. The runtime's table `durafn::private::on::METHODS` has the same column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `(*on::m(&recv)).m()`
    Shared,
    /// `on::m(recv).m()`
    Moved,
    /// `(*on::m(&mut recv)).m()`
    Changed,
    /// `on::m(&recv).m()`
    OwnShared,
    /// `on::m(recv).m()`
    OwnMoved,
    /// `on::m(&mut recv).m()`
    OwnChanged,
}

const MOVED: &[&str] = &[
    "then_some",
    "then",
    "is_some_and",
    "is_none_or",
    "and",
    "filter",
    "or",
    "or_else",
    "zip",
    "flatten",
    "xor",
    "transpose",
    "is_ok_and",
    "is_err_and",
    "ok_or",
    "ok_or_else",
    "ok",
    "err",
    "map_err",
    "map",
    "map_or",
    "map_or_else",
    "and_then",
    "unwrap_or",
    "unwrap_or_else",
    "into_iter",
    "copied",
    "cloned",
    "into_boxed_str",
    "into_owned",
];
const CHANGED: &[&str] = &["push_str", "push", "pop", "truncate", "clear", "reverse", "as_mut"];
const OWN_SHARED: &[&str] = &[
    "repeat",
    "parse",
    "abs",
    "abs_diff",
    "pow",
    "min",
    "max",
    "clamp",
    "signum",
    "unsigned_abs",
    "checked_rem",
    "checked_neg",
    "splitn",
    "windows",
    "chunks",
    "div_euclid",
    "rem_euclid",
    "div_ceil",
    "checked_add",
    "checked_sub",
    "checked_mul",
    "checked_div",
    "saturating_add",
    "saturating_sub",
    "saturating_mul",
    "floor",
    "ceil",
    "round",
    "trunc",
    "sqrt",
    "powi",
    "as_millis",
    "duration_since",
    "get",
    "contains",
    "contains_key",
    "join",
];
const OWN_MOVED: &[&str] = &["unwrap_or_default", "into"];
const OWN_CHANGED: &[&str] = &[
    "insert",
    "remove",
    "swap_remove",
    "swap",
    "extend",
    "extend_from_slice",
    "retain",
    "dedup",
    "sort",
    "sort_by_key",
    "sort_unstable",
    "sort_unstable_by_key",
];

/// Their first argument is what is searched for.
const WITH_NEEDLE: &[&str] = &[
    "starts_with",
    "ends_with",
    "replace",
    "split",
    "rsplit",
    "split_once",
    "rsplit_once",
    "strip_prefix",
    "strip_suffix",
    "trim_start_matches",
    "trim_end_matches",
];

/// Methods whose value is an iterator.
const TO_ITERATOR: &[&str] = &[
    "iter",
    "into_iter",
    "chars",
    "lines",
    "split",
    "rsplit",
    "splitn",
    "split_whitespace",
    "windows",
    "chunks",
    "keys",
    "values",
];

/// Methods of iterators, besides the adaptors, whose value is an iterator. The receiver decides: other types have them too.
const SAME_ITERATOR: &[&str] = &["copied", "cloned", "by_ref", "clone", "into_iter"];

fn form(method: &str) -> Form {
    let lists = [
        (MOVED, Form::Moved),
        (CHANGED, Form::Changed),
        (OWN_SHARED, Form::OwnShared),
        (OWN_MOVED, Form::OwnMoved),
        (OWN_CHANGED, Form::OwnChanged),
    ];
    lists.iter().find(|(names, _)| names.contains(&method)).map_or(Form::Shared, |(_, form)| *form)
}

/// The value is an iterator, as far as spelling tells: an iterator is never kept in a variable.
fn is_iterator(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) => is_iterator(inner),
        ExprKind::Range { .. } => true,
        ExprKind::Method { receiver, method, .. } => {
            let method = method.to_string();
            let stays = |list: &[&str]| list.contains(&&*method);
            stays(TO_ITERATOR) || ((stays(effects::ITERATOR_ADAPTORS) || stays(SAME_ITERATOR)) && is_iterator(receiver))
        }
        _ => false,
    }
}

impl Body<'_> {
    pub(super) fn method(
        &mut self,
        receiver: &Expr,
        method: &Ident,
        turbofish: Option<&TokenStream>,
        args: &[Expr],
    ) -> TokenStream {
        let (name, span) = (method.to_string(), at(method.span()));
        if is_iterator(receiver) {
            let (receiver, args) = (self.expr(receiver), self.exprs(args));
            return quote_spanned! { span => ::durafn::private::iter::iter(#receiver).#method #turbofish (#(#args),*) };
        }
        if effects::mutates(&name) {
            return self.mutation(receiver, method, args);
        }
        let receiver = self.atom(receiver);
        let mut args = self.exprs(args);
        if WITH_NEEDLE.contains(&&*name) {
            args.iter_mut()
                .take(1)
                .for_each(|arg| *arg = quote_spanned! { span => ::durafn::private::on::needle(#arg) });
        }
        let on = checked(method);
        match form(&name) {
            Form::Shared | Form::Changed | Form::OwnChanged => {
                quote_spanned! { span => (*#on(&#receiver)).#method #turbofish (#(#args),*) }
            }
            Form::OwnShared => quote_spanned! { span => #on(&#receiver).#method #turbofish (#(#args),*) },
            Form::Moved | Form::OwnMoved => quote_spanned! { span => #on(#receiver).#method #turbofish (#(#args),*) },
        }
    }

    /// A method that changes its receiver. Arguments that read the receiver are evaluated before it is borrowed.
    fn mutation(&mut self, receiver: &Expr, method: &Ident, args: &[Expr]) -> TokenStream {
        let (on, span) = (checked(method), at(method.span()));
        let (see, reads) = (self.see_root(receiver), args.iter().any(|arg| mentions_root(arg, receiver)));
        let mut before = Vec::new();
        let place = self.place_mut(receiver, &mut before);
        let mut written = self.exprs(args);
        if reads {
            for (index, arg) in written.iter_mut().enumerate() {
                let name = ours_at(&format!("__arg{index}"), method.span());
                before.push(quote_spanned! { span => let #name = #arg; });
                *arg = quote_spanned! { span => #name };
            }
        }
        let call = match form(&method.to_string()) {
            Form::OwnChanged => quote_spanned! { span => #on(&mut #place).#method(#(#written),*) },
            _ => quote_spanned! { span => (*#on(&mut #place)).#method(#(#written),*) },
        };
        let value = ours_at("__value", method.span());
        quote_spanned! { span => { #(#before)* let #value = #call; #see #value } }
    }
}

/// The function that checks a method's receiver. An error about the kind of the receiver stands on the method.
fn checked(method: &Ident) -> TokenStream {
    quote_spanned! { at(method.span()) => ::durafn::private::on::#method }
}

fn mentions_root(arg: &Expr, receiver: &Expr) -> bool {
    let Some(root) = effects::root(receiver) else { return false };
    crate::walk::any(arg, &mut |expr| matches!(expr.kind, ExprKind::Local(local, _) if local == root))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the runtime, read from its source: the crates do not know each other.
    #[test]
    fn forms_are_those_of_the_runtime() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime/src/private/on.rs");
        let source = std::fs::read_to_string(source).expect("the runtime lies beside this crate");
        let table =
            source.split("\nmethods! {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("it has a table");
        let mut rows = 0;
        for row in table.lines().map(str::trim).filter(|row| row.contains(" on ")) {
            if row.starts_with("//") {
                continue;
            }
            let mut words = row.split(' ');
            let (method, expected) = (words.next().expect("a name"), words.next().expect("a form"));
            assert_eq!(format!("{:?}", form(method)), expected, "{method}");
            rows += 1;
        }
        assert!(rows > 90, "{rows} rows were read");
    }
}
