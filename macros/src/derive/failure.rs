//! Error names: what `#[derive(Failure)]` adds to `Data`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Ident, ext::IdentExt as _};

use super::{
    Head,
    attr::{Errors, Field, Variant},
};

/// Names that start so belong to the machinery.
const RESERVED: &str = "States.";

/// An error enum.
#[derive(Debug)]
pub(super) struct Failure {
    /// The name of each variant that has one of its own.
    names: Vec<(Ident, String)>,
    /// The variant marked `#[fault]`.
    fault: Option<Ident>,
    /// Variants that `?` makes, and what of: with the member that holds it.
    from: Vec<(Ident, syn::Member, syn::Type)>,
}

impl Failure {
    pub(super) fn parse(input: &DeriveInput, errors: &mut Errors) -> Option<Failure> {
        let Data::Enum(data) = &input.data else {
            errors.at(&input.ident, "an error is an enum: the name of each variant is the name of an error");
            return None;
        };
        let mut failure = Failure { names: Vec::new(), fault: None, from: Vec::new() };
        for variant in &data.variants {
            // What serde's attributes have wrong is reported once, with the shape.
            let attr = Variant::parse(&variant.attrs, &mut Errors::default());
            if attr.fault {
                failure.add_fault(variant, errors);
            } else {
                let set = attr.error;
                let name = set.as_ref().map_or_else(|| variant.ident.unraw().to_string(), syn::LitStr::value);
                failure.check_name(variant, set.as_ref(), &name, errors);
                failure.names.push((variant.ident.clone(), name));
            }
            failure.add_from(variant, errors);
        }
        Some(failure)
    }

    /// The error name of a variant; none for that marked `#[fault]`.
    pub(super) fn error_name(&self, variant: &Ident) -> Option<&str> {
        self.names.iter().find(|(ident, _)| ident == variant).map(|(_, name)| name.as_str())
    }

    fn check_name(&self, variant: &syn::Variant, set: Option<&syn::LitStr>, name: &str, errors: &mut Errors) {
        let mut error = |message: String| match set {
            Some(literal) => errors.at(literal, message),
            None => errors.at(&variant.ident, message),
        };
        if name.is_empty() || name.chars().count() > 256 {
            error("the name of an error has 1 to 256 characters".to_owned());
        }
        if name.starts_with(RESERVED) {
            error(format!(
                "names that start with `{RESERVED}` are reserved: a variant `#[fault] Fault(Fault)` takes them"
            ));
        }
        if self.names.iter().any(|(_, taken)| taken == name) {
            error(format!("another variant has the error name `{name}`"));
        }
    }

    fn add_fault(&mut self, variant: &syn::Variant, errors: &mut Errors) {
        if !matches!(&variant.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1) {
            errors.at(variant, "the variant marked `#[fault]` holds a `Fault` and nothing else: `Fault(Fault)`");
        }
        if self.fault.replace(variant.ident.clone()).is_some() {
            errors.at(variant, "one variant takes the faults");
        }
    }

    /// `#[from]` on a variant with one field, or on that field.
    fn add_from(&mut self, variant: &syn::Variant, errors: &mut Errors) {
        let of_variant = variant.attrs.iter().any(|attr| attr.path().is_ident("from"));
        if of_variant && variant.fields.is_empty() {
            errors.at(variant, "`#[from]` stands on a variant that holds one error");
        }
        for (index, field) in variant.fields.iter().enumerate() {
            if !of_variant && !Field::parse(&field.attrs, &mut Errors::default()).from {
                continue;
            }
            if variant.fields.len() != 1 {
                errors.at(field, "`#[from]` stands on a variant that holds one error");
                continue;
            }
            let member = field.ident.clone().map_or_else(|| syn::Member::from(index), syn::Member::from);
            self.from.push((variant.ident.clone(), member, field.ty.clone()));
        }
    }

    pub(super) fn expand(&self, input: &DeriveInput) -> TokenStream {
        let (ident, head) = (&input.ident, Head::new(input));
        let names =
            self.names.iter().map(|(variant, name)| quote! { Self::#variant { .. } => describe::failed(#name, self), });
        let fault = self.fault.iter().map(|variant| {
            quote! { Self::#variant(fault) => ::durafn::private::Failure::to_failed(fault), }
        });
        let known = self.names.iter().map(|(_, name)| name);
        let known = if self.names.is_empty() {
            TokenStream::new()
        } else {
            quote! { #(#known)|* => describe::from_cause(failed), }
        };
        let unknown = match &self.fault {
            Some(variant) => quote! {
                <::durafn::private::Fault as ::durafn::private::Failure>::from_failed(failed).map(Self::#variant)
            },
            None => quote! { ::core::option::Option::None },
        };
        let failure = head.implement(
            &quote!(::durafn::private::Failure),
            ident,
            &quote! {
                fn to_failed(&self) -> ::durafn::private::Failed {
                    #[allow(unused_imports)]
                    use ::durafn::private::describe;
                    match self { #(#names)* #(#fault)* }
                }

                fn from_failed(failed: &::durafn::private::Failed) -> ::core::option::Option<Self> {
                    #[allow(unused_imports)]
                    use ::durafn::private::describe;
                    match failed.error.as_str() { #known _ => #unknown }
                }
            },
        );
        let itself = head.implement(
            &quote!(::durafn::private::FailureFrom<Self>),
            ident,
            &quote! {
                fn failure_from(error: Self) -> Self {
                    error
                }
            },
        );
        let from = self.from.iter().map(|(variant, member, ty)| self.conversion(input, variant, member, ty));
        quote! { #failure #itself #(#from)* }
    }

    /// `?` and `.into()` from what a variant holds.
    fn conversion(&self, input: &DeriveInput, variant: &Ident, member: &syn::Member, ty: &syn::Type) -> TokenStream {
        let (ident, head) = (&input.ident, Head::new(input));
        let from = head.implement(
            &quote!(::durafn::private::FailureFrom<#ty>),
            ident,
            &quote! {
                fn failure_from(error: #ty) -> Self {
                    Self::#variant { #member: error }
                }
            },
        );
        let (generics, args, clause) = head.generics.split_for_impl();
        quote! {
            #from
            #[automatically_derived]
            impl #generics ::durafn::private::convert::Converts<#ident #args> for #ty #clause {
                fn convert(self) -> #ident #args {
                    ::durafn::private::convert::failure_from(self)
                }
            }
        }
    }
}
