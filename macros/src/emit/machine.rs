//! The embedded machine: one text, and what fills its holes.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    body::{Body, Hole},
    callable::hidden,
};
use crate::{
    ast::{Block, Expr, ExprKind, NodeId},
    lowered::TypeSource,
    visit::{self, Visit},
};

impl Body<'_> {
    /// The machine as JSON.
    pub(super) fn template(&self) -> String {
        serde_json::to_string(&self.lowered.machine).expect("a machine is plain data")
    }

    /// The closure that fills the holes, from the slots that the body fills.
    pub(super) fn holes(&self) -> TokenStream {
        let hidden = hidden(&self.workflow.item);
        let output_hole = quote! { ::durafn::private::linking::output_hole::<#hidden>(types) };
        let failure_hole = quote! { ::durafn::private::linking::failure_hole::<#hidden>(types) };
        let (type_holes, consts, callees) = self.filled(&output_hole, &failure_hole);
        quote! {
            move || {
                let mut table = ::durafn::private::ir::TypeTable::default();
                #[allow(unused_variables)]
                let types = &mut table;
                let type_holes = #type_holes;
                let consts = #consts;
                let callees = #callees;
                ::durafn::private::ir::Holes { types: table, type_holes, consts, callees }
            }
        }
    }

    /// What fills each kind of hole, described into `types`.
    pub(super) fn filled(
        &self,
        output_hole: &TokenStream,
        failure_hole: &TokenStream,
    ) -> (TokenStream, TokenStream, TokenStream) {
        let type_holes = self.lowered.type_holes.iter().map(|source| {
            let hole = match source {
                TypeSource::Local(local) => Hole::Local(*local),
                TypeSource::Value(node) => Hole::Value(*node),
                TypeSource::Error(node) => Hole::Error(*node),
                TypeSource::Output => return output_hole.clone(),
                TypeSource::Failure => return failure_hole.clone(),
            };
            let slot = self.slot(hole);
            quote! { #slot.describe(types) }
        });
        let consts = self.lowered.const_holes.iter().map(|node| {
            let (slot, path) = (self.slot(Hole::Const(*node)), path(&self.workflow.body, *node));
            quote! { #slot.describe(#path, types) }
        });
        let callees = self.lowered.callee_holes.iter().map(|node| match path(&self.workflow.body, *node) {
            Some(pure) => quote! { ::durafn::private::pure::callee(&#pure, types) },
            None => {
                let slot = self.slot(Hole::Callee(*node));
                quote! { #slot.describe(types) }
            }
        });
        (
            quote! { ::std::vec![#(#type_holes),*] },
            quote! { ::std::vec![#(#consts),*] },
            quote! { ::std::vec![#(#callees),*] },
        )
    }
}

/// The path of a constant or a pure function.
pub(super) fn path(block: &Block, node: NodeId) -> Option<syn::Path> {
    struct Find(NodeId, Option<syn::Path>);
    impl Visit for Find {
        fn expr(&mut self, expr: &Expr) {
            match &expr.kind {
                ExprKind::Path(path) | ExprKind::Pure { path, .. } if expr.id == self.0 => self.1 = Some(path.clone()),
                _ => visit::walk_expr(self, expr),
            }
        }
    }
    let mut find = Find(node, None);
    find.block(block);
    find.1
}
