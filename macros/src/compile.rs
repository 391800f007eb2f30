//! The passes over a `#[workflow]`, in order.

use proc_macro2::TokenStream;

use crate::{
    ast::Workflow,
    attr, check,
    diag::{Collector, Diagnostics},
    parse, resolve,
};

/// Parses, resolves and checks. Every pass runs even where an earlier one found mistakes, so that all are shown at once.
pub(crate) fn front(attr: TokenStream, item: TokenStream) -> Result<Workflow, Diagnostics> {
    let item: syn::ItemFn = syn::parse2(item).map_err(|error| Diagnostics::syntax(&error))?;
    let diag = Collector::new();
    let attr = attr::workflow(&diag, attr);
    let mut workflow = parse::workflow(&diag, attr, &item);
    resolve::resolve(&diag, &mut workflow);
    check::check(&diag, &workflow);
    diag.finish().map(|()| workflow)
}
