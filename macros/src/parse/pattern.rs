//! Patterns.

use durafn_ir::Literal;
use quote::ToTokens;

use super::{Parser, path, span_of};
use crate::{
    ast::{Pat, PatKind},
    diag::catalog,
};

impl Parser<'_> {
    pub(super) fn pat(&mut self, pat: &syn::Pat) -> Pat {
        if let syn::Pat::Paren(inner) = pat {
            return self.pat(&inner.pat);
        }
        Pat { id: self.id(), span: span_of(pat), kind: self.pat_kind(pat) }
    }

    fn pats<'p>(&mut self, pats: impl IntoIterator<Item = &'p syn::Pat>) -> Vec<Pat> {
        pats.into_iter().map(|pat| self.pat(pat)).collect()
    }

    fn pat_kind(&mut self, pat: &syn::Pat) -> PatKind {
        match pat {
            syn::Pat::Wild(_) => PatKind::Wild,
            syn::Pat::Ident(pat) => self.pat_ident(pat),
            syn::Pat::Lit(lit) => PatKind::Lit { value: self.literal(&lit.lit), tokens: lit.to_token_stream() },
            syn::Pat::Range(range) => self.pat_range(range),
            syn::Pat::Tuple(tuple) => self.pat_tuple(tuple),
            syn::Pat::Path(pat) => {
                self.pat_path(&pat.qself, &pat.path);
                PatKind::Path(pat.path.clone())
            }
            syn::Pat::TupleStruct(pat) => self.pat_tuple_struct(pat),
            syn::Pat::Struct(pat) => self.pat_struct(pat),
            syn::Pat::Reference(pat) => {
                if pat.mutability.is_some() {
                    self.error(pat, catalog::MUTABLE_REFERENCE, &[]);
                }
                PatKind::Ref(Box::new(self.pat(&pat.pat)))
            }
            syn::Pat::Or(or) => PatKind::Or(self.pats(&or.cases)),
            syn::Pat::Guard(guarded) => {
                self.error(&guarded.if_token, catalog::NESTED_GUARD, &[]);
                self.pat(&guarded.pat).kind
            }
            syn::Pat::Type(typed) => {
                self.error(&typed.ty, catalog::PATTERN, &["a type inside a pattern"]);
                self.pat(&typed.pat).kind
            }
            syn::Pat::Slice(slice) => {
                self.error(slice, catalog::SLICE_PATTERN, &[]);
                PatKind::Tuple(self.pats(slice.elems.iter().filter(|elem| !matches!(elem, syn::Pat::Rest(_)))))
            }
            other => {
                self.error(other, catalog::PATTERN, &["this pattern"]);
                PatKind::Wild
            }
        }
    }

    /// A name binds, unless it is spelled as a variant or a constant.
    fn pat_ident(&mut self, pat: &syn::PatIdent) -> PatKind {
        let syn::PatIdent { by_ref, mutability, ident, subpat, .. } = pat;
        let name = ident.to_string();
        if path::is_upper(&name) && by_ref.is_none() && mutability.is_none() && subpat.is_none() {
            let path = syn::Path::from(ident.clone());
            self.pat_path(&None, &path);
            return PatKind::Path(path);
        }
        if by_ref.is_some() {
            self.error(pat, catalog::REF_PATTERN, &[&name]);
        }
        let sub = subpat.as_ref().map(|(_, sub)| Box::new(self.pat(sub)));
        PatKind::Bind { ident: ident.clone(), mutable: mutability.is_some(), local: None, sub }
    }

    /// A path that is a pattern of its own names a variant or unit struct. The value of a constant is not known when the machine is made.
    fn pat_path(&mut self, qself: &Option<syn::QSelf>, path: &syn::Path) {
        let name = path::last(path);
        if qself.is_some() || !path::is_upper(&name) {
            self.error(path, catalog::PATTERN, &["this path"]);
        } else if path::is_constant(&name) && !path::of_type(path) {
            self.error(path, catalog::CONSTANT_PATTERN, &[&path::display(path)]);
        }
    }

    fn pat_range(&mut self, range: &syn::PatRange) -> PatKind {
        PatKind::Range {
            from: self.range_bound(range.start.as_deref()),
            to: self.range_bound(range.end.as_deref()),
            inclusive: matches!(range.limits, syn::RangeLimits::Closed(_)),
            tokens: range.to_token_stream(),
        }
    }

    fn range_bound(&mut self, bound: Option<&syn::Expr>) -> Option<Literal> {
        match bound? {
            syn::Expr::Lit(lit) => Some(self.literal(&lit.lit)),
            syn::Expr::Path(path) => {
                self.error(path, catalog::CONSTANT_PATTERN, &[&path::display(&path.path)]);
                None
            }
            other => {
                self.error(other, catalog::PATTERN, &["this bound"]);
                None
            }
        }
    }

    fn pat_tuple(&mut self, tuple: &syn::PatTuple) -> PatKind {
        let (rest, items): (Vec<_>, Vec<_>) = tuple.elems.iter().partition(|elem| matches!(elem, syn::Pat::Rest(_)));
        if let Some(rest) = rest.first() {
            self.error(rest, catalog::TUPLE_REST, &[]);
        }
        PatKind::Tuple(self.pats(items))
    }

    fn pat_tuple_struct(&mut self, pat: &syn::PatTupleStruct) -> PatKind {
        if let Some(qself) = &pat.qself {
            self.error(&qself.ty, catalog::PATTERN, &["this path"]);
        }
        let rest = pat.elems.iter().position(|elem| matches!(elem, syn::Pat::Rest(_)));
        let items = self.pats(pat.elems.iter().filter(|elem| !matches!(elem, syn::Pat::Rest(_))));
        PatKind::TupleStruct { path: pat.path.clone(), items, rest }
    }

    fn pat_struct(&mut self, pat: &syn::PatStruct) -> PatKind {
        if let Some(qself) = &pat.qself {
            self.error(&qself.ty, catalog::PATTERN, &["this path"]);
        }
        let fields = pat
            .fields
            .iter()
            .map(|field| {
                self.no_attributes(&field.attrs);
                (field.member.clone(), self.pat(&field.pat))
            })
            .collect();
        PatKind::Struct { path: pat.path.clone(), fields, rest: pat.rest.is_some() }
    }
}
