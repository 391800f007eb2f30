//! `#[derive(Data)]` and `#[derive(Failure)]`: the wire form of a type, read from the same attributes as serde reads.
//!
//! `attr` reads attributes, `rename` is serde's renaming, `shape` writes the description, `failure` the error names.

mod attr;
mod failure;
pub(crate) mod rename;
mod shape;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Ident};

use self::attr::Errors;

/// `#[derive(Data)]`.
pub(crate) fn data(input: TokenStream) -> TokenStream {
    expand(input, |input, errors| shape::data(input, None, errors))
}

/// `#[derive(Failure)]`, which implies `Data`.
pub(crate) fn failure(input: TokenStream) -> TokenStream {
    expand(input, |input, errors| match failure::Failure::parse(input, errors) {
        Some(failure) => {
            let (data, failure) = (shape::data(input, Some(&failure), errors), failure.expand(input));
            quote! { #data #failure }
        }
        None => TokenStream::new(),
    })
}

/// Writes the impls, or every error.
fn expand(input: TokenStream, derive: impl FnOnce(&DeriveInput, &mut Errors) -> TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let impls = derive(&input, &mut errors);
    match errors.into_compile_errors() {
        None => quote! { const _: () = { #impls }; },
        Some(errors) => errors,
    }
}

/// The head of an impl: generics with `Data` for each type parameter.
struct Head {
    generics: syn::Generics,
}

impl Head {
    fn new(input: &DeriveInput) -> Head {
        let mut generics = input.generics.clone();
        for param in generics.type_params_mut() {
            param.bounds.push(syn::parse_quote!(::durafn::private::Data));
            param.bounds.push(syn::parse_quote!('static));
        }
        Head { generics }
    }

    /// `impl<..> trait_path for Type<..> where .. { body }`
    fn implement(&self, trait_path: &TokenStream, ident: &Ident, body: &TokenStream) -> TokenStream {
        let (generics, args, clause) = self.generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #generics #trait_path for #ident #args #clause { #body }
        }
    }
}
