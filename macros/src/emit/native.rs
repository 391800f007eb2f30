//! A workflow: its body as native code, and its machine, from one closure whose types rustc infers once.

use durafn_ir::WorkflowKind;
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{
    body::{Body, ours},
    callable::{Callable, Role, default_name, hidden, workflow_kind},
};
use crate::{
    ast::{Param, Workflow, WorkflowAttr},
    lowered::Lowered,
};

/// Attributes of the function that are about its body.
const LINTS: &[&str] = &["allow", "expect", "warn", "deny", "forbid"];

/// Writes a workflow.
pub(crate) fn native(workflow: &Workflow, lowered: &Lowered) -> TokenStream {
    let Workflow { attr, item, .. } = workflow;
    let callable = Callable {
        places: None,
        item,
        payload: item.params.iter().collect(),
        name: attr.name.clone().unwrap_or_else(|| default_name(item)),
        kind: quote! { Workflow },
        // That of its machine ends the execution; a call that waits for it has one of its own.
        timeout_seconds: None,
        heartbeat_seconds: None,
        retry: &[],
        role: Role::Workflow,
        waited_for_as: workflow_kind(attr),
        returned: item.output.to_token_stream(),
    };
    let hidden = hidden(item);
    let lints = item.attrs.iter().filter(|attr| LINTS.iter().any(|lint| attr.path().is_ident(lint)));
    let mut body = Body::new(workflow, lowered);
    let (types, output) = (callable.types(), &item.output);
    let (parts, template) = (parts(&mut body), body.template());
    let kind = kind(attr);
    let version = attr.version.map(|version| quote! { const VERSION: u32 = #version; });
    callable.expand(&quote! {
        impl #hidden {
            /// The body, and what fills the machine's holes: in one function, so that both see the same types.
            #(#lints)*
            #[allow(clippy::all, unused_parens, unused_braces, unreachable_code, path_statements)]
            fn parts() -> (
                impl ::core::ops::Fn(::durafn::private::Cx, (#(#types,)*)) -> ::durafn::private::BoxFuture<#output>,
                impl ::core::ops::Fn() -> ::durafn::private::ir::Holes,
            ) {
                #parts
            }
        }

        impl ::durafn::private::Workflow for #hidden {
            const KIND: ::durafn::private::ir::WorkflowKind = ::durafn::private::ir::WorkflowKind::#kind;
            #version

            fn run(cx: ::durafn::private::Cx, args: Self::Args) -> ::durafn::private::BoxFuture<Self::Returned> {
                (Self::parts().0)(cx, args)
            }

            fn machine() -> ::core::result::Result<
                &'static ::durafn::private::ir::TypedMachine,
                &'static ::durafn::private::ir::LinkErrors,
            > {
                static MACHINE: ::durafn::private::linking::MachineCell = ::durafn::private::linking::MachineCell::new();
                ::durafn::private::linking::machine(&MACHINE, #template, ::core::file!(), Self::parts().1)
            }
        }
    })
}

/// The variant of `WorkflowKind`.
pub(super) fn kind(attr: &WorkflowAttr) -> TokenStream {
    match attr.kind {
        WorkflowKind::Standard => quote! { Standard },
        WorkflowKind::Express => quote! { Express },
    }
}

fn parts(body: &mut Body<'_>) -> TokenStream {
    let workflow = body.workflow;
    let (params, output) = (&workflow.item.params, &workflow.item.output);
    let (cx, returned) = (ours("__cx"), ours("__returned"));
    let slots = body.declare_slots();
    let names = params.iter().map(|Param { ident, mutable, .. }| {
        let mutable = mutable.then(|| quote! { mut });
        quote! { #mutable #ident }
    });
    let types = params.iter().map(|param| &param.ty);
    let see: TokenStream =
        (0..).zip(params).map(|(index, param)| body.see(crate::ast::LocalId(index), &param.ident)).collect();
    let block = body.block(&workflow.body, &TokenStream::new());
    let holes = body.holes();
    // The span of the name, so that a future that is not `Send` is reported there.
    let pinned = quote_spanned! { output.span() =>
        // The type of the block, for `?` and `return` inside it.
        if let ::core::option::Option::Some(#returned) = ::core::option::Option::None::<#output> {
            return #returned;
        }
    };
    quote! {
        #slots
        let body = move |#cx: ::durafn::private::Cx, (#(#names,)*): (#(#types,)*)| -> ::durafn::private::BoxFuture<#output> {
            ::std::boxed::Box::pin(async move {
                #pinned
                let #cx = &#cx;
                #see
                let #returned: #output = #block;
                #returned
            })
        };
        (body, #holes)
    }
}
