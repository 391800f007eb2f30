//! A pure function: itself, with the meaning that operators and methods have in a workflow, and its body for the machines that call it.

use durafn_ir::PureFn;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{ext::IdentExt as _, spanned::Spanned as _};

use super::body::Body;
use crate::{
    ast::{LocalId, Signature, Workflow},
    lowered::Lowered,
};

/// Writes a pure function.
pub(crate) fn pure(function: &Workflow, lowered: &Lowered, pure: &PureFn) -> TokenStream {
    let Signature { attrs, vis, ident, params, output, .. } = &function.item;
    let mut body = Body::new(function, lowered);
    let slots = body.declare_slots();
    let see: TokenStream = (0..).zip(params).map(|(index, param)| body.see(LocalId(index), &param.ident)).collect();
    let block = body.block(&function.body, &TokenStream::new());
    let (type_holes, consts, callees) = body.filled(
        &quote! { <#output as ::durafn::private::Data>::describe(types) },
        &quote! { ::durafn::private::linking::pure_failure_hole::<#output>(types) },
    );
    let (names, types): (Vec<_>, Vec<_>) = params.iter().map(|param| (&param.ident, &param.ty)).unzip();
    let parts = format_ident!("__pure_{}", ident.unraw());
    let template = serde_json::to_string(pure).expect("a function is plain data");
    let described = params.iter().map(|param| {
        let (name, ty) = (param.ident.unraw().to_string(), &param.ty);
        quote_spanned! { ty.span() => (#name.to_owned(), <#ty as ::durafn::private::Data>::describe(types)) }
    });
    let output_type = quote_spanned! { output.span() => <#output as ::durafn::private::Data>::describe(types) };
    quote! {
        #(#attrs)*
        #vis fn #ident(#(#names: #types),*) -> #output {
            (#parts().0)(#(#names),*)
        }

        /// The body, and what fills its holes: in one function, so that both see the same types.
        #[doc(hidden)]
        #[allow(clippy::all, clippy::pedantic, unused_parens, unused_braces, unreachable_code, unused_variables)]
        fn #parts() -> (
            impl ::core::ops::Fn(#(#types),*) -> #output,
            impl ::core::ops::Fn(&mut ::durafn::private::ir::TypeTable) -> ::durafn::private::pure::Filled,
        ) {
            #slots
            let body = move |#(#names: #types),*| -> #output { #see #block };
            let holes = move |types: &mut ::durafn::private::ir::TypeTable| {
                (#type_holes, #consts, #callees)
            };
            (body, holes)
        }

        ::durafn::private::inventory::submit! {
            ::durafn::private::pure::PureEntry {
                key: || ::durafn::private::pure::key(&#ident),
                describe: |types| {
                    let params = ::std::vec![#(#described),*];
                    let output = #output_type;
                    ::durafn::private::pure::described(::durafn::private::pure::key(&#ident), params, output)
                },
                body: |types| ::durafn::private::pure::body(#template, (#parts().1)(types)),
            }
        }
    }
}
