//! The passes over a `#[workflow]`, a `#[task]` and a `#[pure]` function, in order.
//!
//! Parsing, resolving and checking find every mistake before anything is made of the tree; lowering finds those that only it can see. After a
//! mistake a stub stands in the item's place.

use proc_macro2::TokenStream;

use crate::{
    ast::{Task, Workflow},
    attr, check,
    diag::{Collector, Diagnostics, catalog},
    emit, lower,
    lowered::Lowered,
    normalise, parse, resolve,
};

/// `#[workflow]`.
pub(crate) fn workflow(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item: syn::ItemFn = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return Diagnostics::syntax(&error).to_compile_errors(),
    };
    let (mut workflow, found) = analyse(attr, &item);
    match found.and_then(|()| back(&mut workflow)) {
        Ok(lowered) => emit::native(&workflow, &lowered),
        Err(found) => instead(&item, &found, || emit::fallback::workflow(&workflow)),
    }
}

/// `#[task]`.
pub(crate) fn task(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item: syn::ItemFn = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return Diagnostics::syntax(&error).to_compile_errors(),
    };
    let diag = Collector::new();
    let attr = attr::task(&diag, attr);
    let task: Task = parse::task(&diag, attr, &item);
    match diag.finish() {
        Ok(()) => emit::task(&task),
        Err(found) => instead(&item, &found, || emit::task(&task)),
    }
}

/// `#[pure]`.
pub(crate) fn pure(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item: syn::ItemFn = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return Diagnostics::syntax(&error).to_compile_errors(),
    };
    let (mut function, found) = analyse_pure(attr, &item);
    let back = |function: &mut Workflow| {
        normalise::normalise_pure(function);
        lower::lower_pure(function).map_err(Diagnostics::lowering)
    };
    match found.and_then(|()| back(&mut function)) {
        Ok((pure, lowered)) => emit::pure(&function, &lowered, &pure),
        Err(found) => {
            let mut tokens = found.to_compile_errors();
            tokens.extend(emit::fallback::plain(&item));
            tokens
        }
    }
}

/// Parses, resolves and checks. Every pass runs even where an earlier one found mistakes, so that all are shown at once.
fn analyse(attr: TokenStream, item: &syn::ItemFn) -> (Workflow, Result<(), Diagnostics>) {
    let diag = Collector::new();
    let attr = attr::workflow(&diag, attr);
    let mut workflow = parse::workflow(&diag, attr, item);
    resolve::resolve(&diag, &mut workflow);
    check::check(&diag, &workflow);
    (workflow, diag.finish())
}

/// The same for a pure function.
fn analyse_pure(attr: TokenStream, item: &syn::ItemFn) -> (Workflow, Result<(), Diagnostics>) {
    let diag = Collector::new();
    if !attr.is_empty() {
        diag.report_at(&attr, catalog::NO_ARGUMENTS, &["pure"]);
    }
    let mut function = parse::pure(&diag, item);
    resolve::resolve_pure(&diag, &mut function);
    check::check_pure(&diag, &function);
    (function, diag.finish())
}

/// From a tree without mistakes to the machine.
fn back(workflow: &mut Workflow) -> Result<Lowered, Diagnostics> {
    normalise::normalise(workflow);
    lower::lower(workflow).map_err(Diagnostics::lowering)
}

/// The mistakes, and what stands for the item.
fn instead(item: &syn::ItemFn, found: &Diagnostics, stub: impl FnOnce() -> TokenStream) -> TokenStream {
    let mut tokens = found.to_compile_errors();
    tokens.extend(if found.in_signature() { emit::fallback::plain(item) } else { stub() });
    tokens
}

/// What the tests of single passes begin with.
#[cfg(test)]
pub(crate) fn front(attr: TokenStream, item: TokenStream) -> Result<Workflow, Diagnostics> {
    let item: syn::ItemFn = syn::parse2(item).map_err(|error| Diagnostics::syntax(&error))?;
    let (workflow, found) = analyse(attr, &item);
    found.map(|()| workflow)
}

/// [`front`] for a pure function.
#[cfg(test)]
pub(crate) fn pure_front(item: TokenStream) -> Result<Workflow, Diagnostics> {
    let item: syn::ItemFn = syn::parse2(item).map_err(|error| Diagnostics::syntax(&error))?;
    let (function, found) = analyse_pure(TokenStream::new(), &item);
    found.map(|()| function)
}
