//! What tasks and workflows share: a function that makes a call, and behind it a type that knows names, payload and description.

use durafn_ir::{Argument, Arguments, Retrier, WorkflowKind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, ext::IdentExt as _, spanned::Spanned as _};

use crate::ast::{Param, Signature, WorkflowAttr};

/// A function as its callers see it.
pub(super) struct Callable<'a> {
    pub(super) item: &'a Signature,
    /// The parameters that are payload.
    pub(super) payload: Vec<&'a Param>,
    /// The name that addresses it.
    pub(super) name: String,
    /// Where a service takes them, and the token.
    pub(super) places: Option<Arguments>,
    /// A [`durafn_ir::CalleeKind`].
    pub(super) kind: TokenStream,
    pub(super) timeout_seconds: Option<u64>,
    pub(super) heartbeat_seconds: Option<u64>,
    pub(super) retry: &'a [Retrier],
    pub(super) role: Role,
    /// Of `durafn::callable::kind`.
    pub(super) waited_for_as: Ident,
    /// What a call yields.
    pub(super) returned: TokenStream,
}

/// What a callable is to the engine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Task,
    /// A task that ends by its token.
    Callback,
    Workflow,
}

impl Role {
    fn trait_name(self) -> Ident {
        match self {
            Role::Task | Role::Callback => format_ident!("Task"),
            Role::Workflow => format_ident!("Workflow"),
        }
    }
}

/// The name of the type behind a function. Inside the function, so it meets no other.
pub(super) fn hidden(item: &Signature) -> Ident {
    format_ident!("__{}", item.ident.unraw())
}

/// How a workflow is waited for.
pub(super) fn workflow_kind(attr: &WorkflowAttr) -> Ident {
    match attr.kind {
        WorkflowKind::Standard => format_ident!("StandardWorkflow"),
        WorkflowKind::Express => format_ident!("ExpressWorkflow"),
    }
}

/// The name that addresses a function unless one is set.
pub(super) fn default_name(item: &Signature) -> String {
    item.ident.unraw().to_string()
}

impl Callable<'_> {
    /// The function in the place of the user's; `inner` are the items that do the work.
    pub(super) fn expand(&self, inner: &TokenStream) -> TokenStream {
        let Signature { attrs, vis, ident, .. } = self.item;
        let output = &self.returned;
        let outer = attrs.iter().filter(|attr| is_outer(attr));
        let (hidden, role) = (hidden(self.item), self.role.trait_name());
        let entry = format_ident!("{role}Entry");
        let (names, types) = (self.names(), self.types());
        let callable = self.impl_callable();
        let waited_for_as = &self.waited_for_as;
        let line = ident.span().start().line as u32;
        quote! {
            #(#outer)*
            #vis fn #ident(#(#names: #types),*) -> ::durafn::private::Call<
                impl ::durafn::private::#role<
                    Args = (#(#types,)*),
                    Returned = #output,
                    Kind = ::durafn::private::kind::#waited_for_as,
                >
            > {
                #[allow(non_camel_case_types)]
                enum #hidden {}

                #callable
                #inner

                ::durafn::private::inventory::submit! {
                    ::durafn::private::#entry::of::<#hidden>(::core::file!(), #line)
                }

                ::durafn::private::Call::<#hidden>::new((#(#names,)*))
            }
        }
    }

    pub(super) fn names(&self) -> Vec<&Ident> {
        self.payload.iter().map(|param| &param.ident).collect()
    }

    pub(super) fn types(&self) -> Vec<&syn::Type> {
        self.payload.iter().map(|param| &param.ty).collect()
    }

    fn wire_names(&self) -> Vec<String> {
        self.payload.iter().map(|param| param.wire_name()).collect()
    }

    /// One parameter is sent as it is, unless it has a key.
    fn by_name(&self) -> bool {
        matches!(self.payload.as_slice(), [param] if param.key.is_some())
    }

    fn impl_callable(&self) -> TokenStream {
        let (hidden, name, output) = (hidden(self.item), &self.name, &self.returned);
        let types = self.types();
        let (describe, encode, decode) = (self.describe(), self.encode(), self.decode());
        let (plain, durable) = match self.role {
            Role::Task => (
                quote! { <Self as ::durafn::private::Task>::run(args, ::durafn::private::TaskContext::outside()) },
                quote! { cx.call(state, call) },
            ),
            Role::Callback => {
                (quote! { ::durafn::private::body::nobody_completes::<Self>(args) }, quote! { cx.call(state, call) })
            }
            Role::Workflow => (
                quote! { ::durafn::private::body::outside_engine::<Self>(args) },
                quote! { ::durafn::private::body::child(cx, state, call) },
            ),
        };
        let returned = quote_spanned! { self.item.output.span() => type Returned = #output; };
        let waited_for_as = &self.waited_for_as;
        quote! {
            impl ::durafn::private::Callable for #hidden {
                const NAME: &'static str = #name;
                type Args = (#(#types,)*);
                #returned
                type Kind = ::durafn::private::kind::#waited_for_as;

                fn describe(types: &mut ::durafn::private::ir::TypeTable) -> ::durafn::private::ir::Callee {
                    #describe
                }

                fn encode(args: &Self::Args) -> ::core::result::Result<::std::string::String, ::durafn::private::wire::Error> {
                    #encode
                }

                fn decode(json: &str) -> ::core::result::Result<Self::Args, ::durafn::private::InputError> {
                    #decode
                }

                fn run_plain(args: Self::Args) -> ::durafn::private::BoxFuture<Self::Returned> {
                    #plain
                }

                fn durable(
                    cx: &::durafn::private::Cx,
                    state: u32,
                    call: ::durafn::private::Call<Self>,
                ) -> impl ::core::future::Future<Output = Self::Returned> + ::core::marker::Send {
                    #durable
                }
            }
        }
    }

    fn describe(&self) -> TokenStream {
        let (name, kind) = (&self.name, &self.kind);
        let comment = option(self.item.comment.as_ref());
        let (timeout, heartbeat) = (option(self.timeout_seconds), option(self.heartbeat_seconds));
        let retry = self.retry.iter().map(retrier);
        let by_name = self.by_name();
        let places = option(self.places.as_ref().map(places));
        let params = self.payload.iter().zip(self.wire_names()).map(|(param, name)| {
            let ty = &param.ty;
            quote_spanned! { ty.span() => (#name.to_owned(), <#ty as ::durafn::private::Data>::describe(types)) }
        });
        quote! {
            let params = ::std::vec![#(#params),*];
            ::durafn::private::linking::CalleeText {
                name: #name,
                comment: #comment,
                kind: ::durafn::private::ir::CalleeKind::#kind,
                by_name: #by_name,
                places: #places,
                timeout_seconds: #timeout,
                heartbeat_seconds: #heartbeat,
                retry: ::std::vec![#(#retry),*],
            }
            .callee::<Self>(params, types)
        }
    }

    fn encode(&self) -> TokenStream {
        if let Some(places) = &self.places {
            let unused = self.payload.is_empty().then(|| quote! { let _ = args; });
            let request = request(places);
            return quote! {
                #unused
                let request = #request;
                ::core::result::Result::Ok(request)
            };
        }
        match self.payload.as_slice() {
            [_] if !self.by_name() => quote! { ::durafn::private::wire::encode(&args.0) },
            several => {
                let fields = self.wire_names().into_iter().enumerate().map(|(index, name)| {
                    let index = syn::Index::from(index);
                    quote! { .field(#name, &args.#index)? }
                });
                let unused = several.is_empty().then(|| quote! { let _ = args; });
                quote! {
                    #unused
                    ::core::result::Result::Ok(::durafn::private::wire::ObjectWriter::default() #(#fields)* .finish())
                }
            }
        }
    }

    fn decode(&self) -> TokenStream {
        let names = self.wire_names();
        if self.places.is_some() {
            return quote! {
                let request = ::durafn::private::wire::RequestReader::new(json)?;
                ::core::result::Result::Ok((#(request.at(#names)?,)*))
            };
        }
        match names.as_slice() {
            // What a function without parameters is given is not looked at: an event, `{}`, null.
            [] => quote! {
                ::durafn::private::wire::decode_none(json)
            },
            [_] if !self.by_name() => quote! { ::core::result::Result::Ok((::durafn::private::wire::decode(json)?,)) },
            _ => quote! {
                let object = ::durafn::private::wire::ObjectReader::new(json)?;
                ::core::result::Result::Ok((#(object.field(#names)?,)*))
            },
        }
    }
}

/// The tree of a request.
fn places(places: &Arguments) -> TokenStream {
    let ir = quote! { ::durafn::private::ir };
    places.fold(
        &mut |argument| {
            let argument = match argument {
                Argument::Param(index) => quote! { Param(#index) },
                Argument::Token => quote! { Token },
            };
            quote! { #ir::Arguments::Value(#ir::Argument::#argument) }
        },
        &mut |fields| {
            let fields = fields.into_iter().map(|(key, field)| quote! { (#key.to_owned(), #field) });
            quote! { #ir::Arguments::Object(::std::vec![#(#fields),*]) }
        },
        &mut |elements| quote! { #ir::Arguments::Array(::std::vec![#(#elements),*]) },
    )
}

/// The text of a request, null for the token.
fn request(places: &Arguments) -> TokenStream {
    let wire = quote! { ::durafn::private::wire };
    places.fold(
        &mut |argument| match argument {
            Argument::Param(index) => {
                let index = syn::Index::from(*index as usize);
                quote! { #wire::encode(&args.#index)? }
            }
            Argument::Token => quote! { ::std::string::String::from("null") },
        },
        &mut |fields| {
            let fields = fields.into_iter().map(|(key, field)| quote! { (#key, #field) });
            quote! { #wire::object([#(#fields),*])? }
        },
        &mut |elements| quote! { #wire::array([#(#elements),*]) },
    )
}

/// Attributes of the function that is seen from outside. The others stay with the user's own.
pub(super) fn is_outer(attr: &Attribute) -> bool {
    ["doc", "cfg", "deprecated", "must_use"].iter().any(|name| attr.path().is_ident(name))
}

/// An `Option` as tokens.
pub(super) fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote! { ::core::option::Option::Some(#value) },
        None => quote! { ::core::option::Option::None },
    }
}

pub(super) fn retrier(retrier: &Retrier) -> TokenStream {
    let Retrier { errors, interval_seconds, backoff_rate, max_attempts, max_delay_seconds, jitter } = retrier;
    let max_delay = option(*max_delay_seconds);
    quote! {
        ::durafn::private::linking::retrier(
            &[#(#errors),*], #interval_seconds, #backoff_rate, #max_attempts, #max_delay, #jitter,
        )
    }
}
