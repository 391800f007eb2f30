//! The compiler of durafn. Entry points only: `compile` lists the passes. The documentation of each macro is at its re-export in `durafn`.

// Trees are small and live for one expansion.
#![allow(clippy::large_enum_variant)]

mod ast;
mod attr;
mod check;
mod compile;
mod derive;
mod diag;
mod effects;
mod emit;
#[cfg(test)]
mod fuzzing;
mod lower;
mod lowered;
mod names;
mod normalise;
mod optimise;
mod parse;
mod places;
#[cfg(test)]
mod print;
mod resolve;
mod services;
#[cfg(test)]
mod testing;
mod visit;
mod walk;

use proc_macro::TokenStream;

/// See `durafn::workflow`.
#[proc_macro_attribute]
pub fn workflow(attr: TokenStream, item: TokenStream) -> TokenStream {
    compile::workflow(attr.into(), item.into()).into()
}

/// See `durafn::task`.
#[proc_macro_attribute]
pub fn task(attr: TokenStream, item: TokenStream) -> TokenStream {
    compile::task(attr.into(), item.into()).into()
}

/// See `durafn::pure`.
#[proc_macro_attribute]
pub fn pure(attr: TokenStream, item: TokenStream) -> TokenStream {
    compile::pure(attr.into(), item.into()).into()
}

/// See `durafn::Data`.
#[proc_macro_derive(Data, attributes(data, serde))]
pub fn derive_data(input: TokenStream) -> TokenStream {
    derive::data(input.into()).into()
}

/// See `durafn::Failure`.
#[proc_macro_derive(Failure, attributes(data, failure, fault, from, serde))]
pub fn derive_failure(input: TokenStream) -> TokenStream {
    derive::failure(input.into()).into()
}
