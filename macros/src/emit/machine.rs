//! The embedded machine: one text, and what fills its holes.

use proc_macro2::TokenStream;
use quote::quote;

use super::body::{Body, Hole};
use crate::{
    ast::{Expr, ExprKind, NodeId},
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
        let output = &self.workflow.item.output;
        let types = self.lowered.type_holes.iter().map(|source| {
            let hole = match source {
                TypeSource::Local(local) => Hole::Local(*local),
                TypeSource::Value(node) => Hole::Value(*node),
                TypeSource::Error(node) => Hole::Error(*node),
                TypeSource::Output => return quote! { ::durafn::private::linking::output_hole::<#output>(&mut types) },
                TypeSource::Failure => {
                    return quote! { ::durafn::private::linking::failure_hole::<#output>(&mut types) };
                }
            };
            let slot = self.slot(hole);
            quote! { #slot.describe(&mut types) }
        });
        let consts = self.lowered.const_holes.iter().map(|node| {
            let (slot, path) = (self.slot(Hole::Const(*node)), self.path(*node));
            quote! { #slot.describe(#path, &mut types) }
        });
        let callees = self.lowered.callee_holes.iter().map(|node| {
            let slot = self.slot(Hole::Callee(*node));
            quote! { #slot.describe(&mut types) }
        });
        quote! {
            move || {
                #[allow(unused_mut)]
                let mut types = ::durafn::private::ir::TypeTable::default();
                let type_holes = ::std::vec![#(#types),*];
                let consts = ::std::vec![#(#consts),*];
                let callees = ::std::vec![#(#callees),*];
                ::durafn::private::ir::Holes { types, type_holes, consts, callees }
            }
        }
    }

    /// The path of a constant.
    fn path(&self, node: NodeId) -> Option<syn::Path> {
        struct Find(NodeId, Option<syn::Path>);
        impl Visit for Find {
            fn expr(&mut self, expr: &Expr) {
                match &expr.kind {
                    ExprKind::Path(path) if expr.id == self.0 => self.1 = Some(path.clone()),
                    _ => visit::walk_expr(self, expr),
                }
            }
        }
        let mut find = Find(node, None);
        find.block(&self.workflow.body);
        find.1
    }
}
