//! A task: the user's function as it is, behind a function that makes a call of it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{
    body::ours,
    callable::{Callable, Role, default_name, hidden, is_outer},
};
use crate::{
    ast::{Param, Signature, Task, TaskAttr, is_transaction},
    places::places,
};

/// Writes a task.
pub(crate) fn task(task: &Task) -> TokenStream {
    let Task { attr, item, body, blocking } = task;
    let callable = Callable {
        item,
        payload: item.params.iter().filter(|param| source(param) == Source::Payload).collect(),
        places: places(attr, item).ok().flatten(),
        name: attr.name.clone().unwrap_or_else(|| default_name(item)),
        kind: kind(attr),
        timeout_seconds: attr.timeout_seconds,
        heartbeat_seconds: attr.heartbeat_seconds,
        retry: &attr.retry,
        role: if attr.callback { Role::Callback } else { Role::Task },
        waited_for_as: waited_for_as(attr),
        returned: answered(attr, item),
    };
    let (ident, output, hidden) = (&item.ident, &item.output, hidden(item));
    let facts = facts(attr);
    let inner_attrs = item.attrs.iter().filter(|attr| !is_outer(attr));
    let params = item.params.iter().map(|Param { ident, mutable, ty, .. }| {
        let mutable = mutable.then(|| quote! { mut });
        quote! { #mutable #ident: #ty }
    });
    let (names, needs, context) = (callable.names(), needs(task), ours("__context"));
    let args = item.params.iter().map(|param| argument(param, &callable.name));
    let args: Vec<TokenStream> = args.collect();
    let unused = match attr.transaction {
        true => quote! { let _ = (&#context, #(&#names),*); },
        false => quote! { let _ = &#context; },
    };
    let tx = ours("__tx");
    let transact = attr.transaction.then(|| {
        let args = item.params.iter().map(|param| argument(param, &callable.name));
        let call = quote_spanned! { ident.span() => #ident(#(#args),*) };
        quote! {
            fn transact(
                args: Self::Args,
                #context: ::durafn::private::TaskContext,
                #tx: &::durafn::private::Transaction<'_>,
            ) -> Self::Body {
                let (#(#names,)*) = args;
                let _ = &#context;
                #call
            }
        }
    });
    // The span of the name, so that a future that is not `Send` is reported there.
    let run = match blocking {
        _ if attr.transaction => quote! { ::durafn::private::body::only_in_an_engine::<Self>() },
        true => quote_spanned! { ident.span() =>
            ::std::boxed::Box::pin(::durafn::private::body::blocking(
                ::core::clone::Clone::clone(&#context),
                move || #ident(#(#args),*),
            ))
        },
        false => quote_spanned! { ident.span() => ::std::boxed::Box::pin(async move { #ident(#(#args),*).await }) },
    };
    let into_wire = match callable.role {
        Role::Callback => quote! { ::durafn::private::Returned::into_wire(body) },
        _ => quote! { ::durafn::private::body::into_wire::<Self>(body) },
    };
    let asyncness = (!blocking).then(|| quote! { async });
    callable.expand(&quote! {
        #(#inner_attrs)*
        #asyncness fn #ident(#(#params),*) -> #output #body

        impl ::durafn::private::Task for #hidden {
            type Body = #output;
            #facts

            fn needs() -> ::std::vec::Vec<::durafn::private::Need> {
                ::std::vec![#(#needs),*]
            }

            fn run(
                args: Self::Args,
                #context: ::durafn::private::TaskContext,
            ) -> ::durafn::private::BoxFuture<Self::Body> {
                let (#(#names,)*) = args;
                #unused
                #run
            }

            fn body_into_wire(
                body: Self::Body,
            ) -> ::core::result::Result<::std::string::String, ::durafn::private::Failed> {
                #into_wire
            }

            #transact
        }
    })
}

/// Where an argument comes from.
#[derive(PartialEq, Eq)]
enum Source {
    Payload,
    Resource,
    Context,
    Token,
    Transaction,
}

fn source(param: &Param) -> Source {
    match param.resource {
        true => Source::Resource,
        false if param.is_spelled("TaskContext") => Source::Context,
        false if param.is_token() => Source::Token,
        false if is_transaction(&param.ty) => Source::Transaction,
        false => Source::Payload,
    }
}

/// What the call yields: what the body returns, with what completes the token in it.
fn answered(attr: &TaskAttr, item: &Signature) -> TokenStream {
    let output = &item.output;
    match item.params.iter().find_map(Param::completed_with).filter(|_| attr.callback) {
        Some(value) => quote_spanned! { output.span() => <#output as ::durafn::private::Asks<#value>>::Answered },
        None => quote! { #output },
    }
}

fn facts(attr: &TaskAttr) -> TokenStream {
    let callback = attr.callback.then(|| quote! { const CALLBACK: bool = true; });
    let activity = attr.activity.then(|| quote! { const ACTIVITY: bool = true; });
    let at_most_once = attr.at_most_once.then(|| quote! { const AT_MOST_ONCE: bool = true; });
    let transaction = attr.transaction.then(|| quote! { const TRANSACTION: bool = true; });
    quote! { #callback #activity #at_most_once #transaction }
}

fn argument(param: &Param, task: &str) -> TokenStream {
    let Param { ident, ty, .. } = param;
    let context = ours("__context");
    match source(param) {
        Source::Payload => quote! { #ident },
        Source::Resource => quote_spanned! { ty.span() => ::durafn::private::body::resource::<#ty>(&#context, #task) },
        Source::Context => quote! { ::core::clone::Clone::clone(&#context) },
        Source::Transaction => {
            let tx = ours("__tx");
            quote! { #tx }
        }
        Source::Token => quote_spanned! { ty.span() => ::durafn::private::body::token(&#context, #task) },
    }
}

fn needs(task: &Task) -> Vec<TokenStream> {
    let resources = task.item.params.iter().filter(|param| source(param) == Source::Resource);
    resources.map(|Param { ty, .. }| quote_spanned! { ty.span() => ::durafn::private::body::need::<#ty>() }).collect()
}

/// A resource that a deployment fills in is taken for a function.
fn waited_for_as(attr: &TaskAttr) -> Ident {
    let resource = attr.resource.as_deref().unwrap_or_default();
    let kind = match attr {
        TaskAttr { callback: true, .. } => "Callback",
        TaskAttr { activity: true, .. } => "Activity",
        TaskAttr { transaction: true, .. } => "Transaction",
        _ if resource.ends_with(".sync") || resource.ends_with(".sync:2") => "Job",
        _ if resource.contains(":activity:") => "Activity",
        _ => "Plain",
    };
    format_ident!("{kind}")
}

fn kind(attr: &TaskAttr) -> TokenStream {
    match attr {
        TaskAttr { resource: Some(arn), .. } => quote! { Resource(#arn.to_owned()) },
        TaskAttr { callback: true, .. } => quote! { Callback },
        TaskAttr { activity: true, .. } => quote! { Activity },
        _ => quote! { Task },
    }
}
