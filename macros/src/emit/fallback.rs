//! What stands for an item with mistakes: something of the same name and signature, so that its callers show no mistakes of their own. A task with a mistake in
//! its attribute stands for itself.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

use super::{
    callable::{Callable, Role, default_name, hidden, workflow_kind},
    native,
};
use crate::ast::Workflow;

/// A workflow whose body is wrong: callable as if it were right.
pub(crate) fn workflow(workflow: &Workflow) -> TokenStream {
    let Workflow { attr, item, .. } = workflow;
    let (hidden, kind) = (hidden(item), native::kind(attr));
    let callable = Callable {
        places: None,
        item,
        payload: item.params.iter().collect(),
        name: attr.name.clone().unwrap_or_else(|| default_name(item)),
        kind: quote! { Workflow },
        timeout_seconds: None,
        heartbeat_seconds: None,
        retry: &[],
        role: Role::Workflow,
        waited_for_as: workflow_kind(attr),
        returned: item.output.to_token_stream(),
    };
    callable.expand(&quote! {
        impl ::durafn::private::Workflow for #hidden {
            const KIND: ::durafn::private::ir::WorkflowKind = ::durafn::private::ir::WorkflowKind::#kind;

            fn run(_: ::durafn::private::Cx, _: Self::Args) -> ::durafn::private::BoxFuture<Self::Returned> {
                ::core::unreachable!()
            }

            fn machine() -> ::core::result::Result<
                &'static ::durafn::private::ir::TypedMachine,
                &'static ::durafn::private::ir::LinkErrors,
            > {
                ::core::unreachable!()
            }
        }
    })
}

/// An item whose signature is wrong, with the signature as the user wrote it: no callable can be made of it.
pub(crate) fn plain(item: &syn::ItemFn) -> TokenStream {
    let has_self = item.sig.receiver().is_some();
    let hides_type =
        matches!(&item.sig.output, syn::ReturnType::Type(_, ty) if matches!(**ty, syn::Type::ImplTrait(_)));
    if has_self || hides_type {
        return TokenStream::new();
    }
    let (vis, sig) = (&item.vis, &item.sig);
    let inputs = sig.inputs.iter().map(|input| match input {
        syn::FnArg::Typed(typed) => syn::FnArg::Typed(syn::PatType { attrs: Vec::new(), ..typed.clone() }),
        receiver => receiver.clone(),
    });
    let sig = syn::Signature { inputs: inputs.collect(), ..sig.clone() };
    quote! {
        #[allow(dead_code, unused_variables, unused_mut)]
        #vis #sig { ::core::unreachable!() }
    }
}
