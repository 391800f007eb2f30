//! What every part of the body's emission needs: slots, visits, and how a local is named at the place.

use std::collections::{BTreeMap, BTreeSet};

use durafn_ir::StateId;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::{
    ast::{Block, Expr, ExprKind, LocalId, NodeId, Pat, PatKind, Workflow},
    lowered::{Lowered, Point, TypeSource},
    visit::{self, Visit},
};

/// The user's place with our hygiene: errors stand there, lints about spelling do not, and names of ours meet none of the user's.
pub(super) fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// A name of ours.
pub(super) fn ours(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A name of ours, at the user's place.
pub(super) fn ours_at(name: &str, span: Span) -> Ident {
    Ident::new(name, at(span))
}

/// The emission of one body.
pub(super) struct Body<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) lowered: &'a Lowered,
    /// The slot of each local, expression, error, constant and callee that fills a hole.
    slots: BTreeMap<Hole, Ident>,
    /// Locals that are references here: a branch reads what is around it.
    refs: BTreeSet<LocalId>,
}

/// What a slot learns about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Hole {
    Local(LocalId),
    Value(NodeId),
    Error(NodeId),
    Const(NodeId),
    Callee(NodeId),
}

impl<'a> Body<'a> {
    pub(super) fn new(workflow: &'a Workflow, lowered: &'a Lowered) -> Self {
        let mut slots = BTreeMap::new();
        for (index, source) in lowered.type_holes.iter().enumerate() {
            let hole = match source {
                TypeSource::Local(local) => Hole::Local(*local),
                TypeSource::Value(node) => Hole::Value(*node),
                TypeSource::Error(node) => Hole::Error(*node),
                TypeSource::Output | TypeSource::Failure => continue,
            };
            slots.entry(hole).or_insert_with(|| ours(&format!("__type{index}")));
        }
        let consts = lowered.const_holes.iter().enumerate().map(|(index, node)| (Hole::Const(*node), "const", index));
        // A pure function is known by its path.
        let awaited = |node: &NodeId| super::machine::path(&workflow.body, *node).is_none();
        let callees = lowered.callee_holes.iter().enumerate().filter(|(_, node)| awaited(node));
        let callees = callees.map(|(index, node)| (Hole::Callee(*node), "callee", index));
        for (hole, kind, index) in consts.chain(callees) {
            slots.entry(hole).or_insert_with(|| ours(&format!("__{kind}{index}")));
        }
        Body { workflow, lowered, slots, refs: BTreeSet::new() }
    }

    pub(super) fn slot(&self, hole: Hole) -> Option<&Ident> {
        self.slots.get(&hole)
    }

    /// `let`s that make every slot.
    pub(super) fn declare_slots(&self) -> TokenStream {
        let slots = self.slots.iter().map(|(hole, ident)| {
            let kind = match hole {
                Hole::Local(_) | Hole::Value(_) | Hole::Error(_) => format_ident!("Slot"),
                Hole::Const(_) => format_ident!("ConstSlot"),
                Hole::Callee(_) => format_ident!("CalleeSlot"),
            };
            quote! { let #ident = ::durafn::private::slots::#kind::new(); }
        });
        quote! { #(#slots)* }
    }

    /// The states that a point reports.
    pub(super) fn states(&self, point: Point) -> &[StateId] {
        self.lowered.enters.get(&point).map_or(&[], Vec::as_slice)
    }

    /// Reports the states of a point.
    pub(super) fn enters(&self, point: Point) -> TokenStream {
        enter(self.states(point))
    }

    /// Shows the slots what a pattern bound.
    pub(super) fn see_pat(&self, pat: &Pat) -> TokenStream {
        bindings(pat).into_iter().map(|(local, ident)| self.see(local, &ident)).collect()
    }

    /// Shows a local to its slot.
    pub(super) fn see(&self, local: LocalId, ident: &Ident) -> TokenStream {
        let Some(slot) = self.slot(Hole::Local(local)) else { return TokenStream::new() };
        let (cx, span) = (ours("__cx"), at(ident.span()));
        let described = &self.workflow.locals[local.0 as usize];
        if described.closure {
            return quote_spanned! { span => #slot.bind(&#ident); };
        }
        let (index, name) = (local.0, described.ident.to_string());
        quote_spanned! { span => #slot.see(#cx, #index, #name, &#ident); }
    }

    /// As [`Body::see_pat`], only for types: where a closure or guard binds.
    pub(super) fn bind_pat(&self, pat: &Pat) -> TokenStream {
        let slots = bindings(pat).into_iter().filter_map(|(local, ident)| {
            let slot = self.slot(Hole::Local(local))?;
            Some(quote_spanned! { at(ident.span()) => #slot.bind(&#ident); })
        });
        slots.collect()
    }

    /// A local as a place.
    pub(super) fn local(&self, local: LocalId, ident: &Ident) -> TokenStream {
        match self.refs.contains(&local) {
            true => quote_spanned! { at(ident.span()) => (*#ident) },
            false => quote! { #ident },
        }
    }

    /// Emits a branch: what it reads of the locals around it is rebound by reference first. A local that the branch moves stays as it is
    /// where `moves`, so that the compiler moves it, or says that it cannot.
    pub(super) fn inside(
        &mut self,
        branch: &Block,
        params: &[&Pat],
        moves: bool,
        emit: impl FnOnce(&mut Self) -> TokenStream,
    ) -> (TokenStream, TokenStream) {
        let uses = Uses::of(branch, params, self.workflow);
        let refs: BTreeSet<LocalId> = uses
            .read
            .keys()
            .copied()
            .filter(|local| !moves || !uses.moved.contains(local) || self.refs.contains(local))
            .collect();
        let rebind = refs.iter().map(|local| {
            let ident = &uses.read[local];
            let place = self.local(*local, ident);
            quote! { let #ident = &#place; }
        });
        let rebind = quote! { #(#rebind)* };
        let outer = std::mem::replace(&mut self.refs, refs);
        let body = emit(self);
        self.refs = outer;
        (rebind, body)
    }
}

/// Reports states.
pub(super) fn enter(states: &[StateId]) -> TokenStream {
    let cx = ours("__cx");
    let states = states.iter().map(|state| state.0);
    quote! { #(#cx.enter(#states);)* }
}

/// What a pattern binds; of alternatives, the first one's.
pub(super) fn bindings(pat: &Pat) -> Vec<(LocalId, Ident)> {
    fn collect(pat: &Pat, found: &mut Vec<(LocalId, Ident)>) {
        match &pat.kind {
            PatKind::Wild | PatKind::Lit { .. } | PatKind::Range { .. } | PatKind::Path(_) => {}
            PatKind::Bind { ident, local, sub, mutable: _ } => {
                found.extend(local.map(|local| (local, ident.clone())));
                if let Some(sub) = sub {
                    collect(sub, found);
                }
            }
            PatKind::Tuple(items) | PatKind::TupleStruct { items, .. } => {
                items.iter().for_each(|item| collect(item, found));
            }
            PatKind::Struct { fields, .. } => fields.iter().for_each(|(_, pat)| collect(pat, found)),
            PatKind::Ref(inner) => collect(inner, found),
            PatKind::Or(alternatives) => alternatives.iter().take(1).for_each(|pat| collect(pat, found)),
        }
    }
    let mut found = Vec::new();
    collect(pat, &mut found);
    found
}

/// The locals of a condition's `let`s.
pub(super) fn condition_pats(cond: &Expr) -> Vec<&Pat> {
    match &cond.kind {
        ExprKind::Let(pat, _) => vec![pat],
        ExprKind::Binary(_, left, right) => [condition_pats(left), condition_pats(right)].concat(),
        ExprKind::Paren(inner) => condition_pats(inner),
        _ => Vec::new(),
    }
}

/// The locals around a branch that it uses.
#[derive(Default)]
struct Uses {
    read: BTreeMap<LocalId, Ident>,
    moved: BTreeSet<LocalId>,
}

impl Uses {
    fn of(branch: &Block, params: &[&Pat], workflow: &Workflow) -> Uses {
        let mut bound = Bound(BTreeSet::new());
        params.iter().for_each(|pat| bound.pat(pat));
        bound.block(branch);
        let mut visitor = Reads { workflow, uses: Uses::default(), borrowed: false };
        visitor.block(branch);
        let mut uses = visitor.uses;
        uses.read.retain(|local, _| !bound.0.contains(local));
        uses
    }
}

/// Locals that a branch binds itself.
struct Bound(BTreeSet<LocalId>);

impl Visit for Bound {
    fn pat(&mut self, pat: &Pat) {
        self.0.extend(bindings(pat).into_iter().map(|(local, _)| local));
        visit::walk_pat(self, pat);
    }
}

/// Locals that a branch mentions. One is moved where it stands as a value of its own, not as the base of a field, a receiver or the like.
struct Reads<'a> {
    workflow: &'a Workflow,
    uses: Uses,
    borrowed: bool,
}

impl Reads<'_> {
    fn borrowing(&mut self, expr: &Expr) {
        let outer = std::mem::replace(&mut self.borrowed, true);
        self.expr(expr);
        self.borrowed = outer;
    }
}

impl Visit for Reads<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Local(local, ident) => {
                self.uses.read.entry(*local).or_insert_with(|| ident.clone());
                if !self.borrowed {
                    self.uses.moved.insert(*local);
                }
            }
            ExprKind::Field(base, _) | ExprKind::Ref { expr: base, .. } | ExprKind::Deref(base) => self.borrowing(base),
            ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Index(base, index) => {
                self.borrowing(base);
                self.borrowing(index);
            }
            ExprKind::Binary(_, left, right) => {
                self.borrowing(left);
                self.borrowing(right);
            }
            ExprKind::Method { receiver, args, .. } => {
                self.borrowing(receiver);
                args.iter().for_each(|arg| self.value(arg));
            }
            ExprKind::Match { scrutinee, arms } => {
                self.borrowing(scrutinee);
                arms.iter().for_each(|arm| self.arm(arm));
            }
            ExprKind::Matches { value, guard, .. } => {
                self.borrowing(value);
                guard.iter().for_each(|guard| self.borrowing(guard));
            }
            ExprKind::Format(_) => {
                let outer = std::mem::replace(&mut self.borrowed, true);
                visit::walk_expr(self, expr);
                self.borrowed = outer;
            }
            _ => {
                let outer = std::mem::replace(&mut self.borrowed, false);
                visit::walk_expr(self, expr);
                self.borrowed = outer;
            }
        }
    }

    /// The tokens of a log macro mention locals by name.
    fn stmt(&mut self, stmt: &crate::ast::Stmt) {
        if let crate::ast::StmtKind::Log(tokens) = &stmt.kind {
            let mut names = BTreeSet::new();
            idents(tokens.clone(), &mut names);
            for (index, local) in self.workflow.locals.iter().enumerate() {
                if names.contains(&local.ident.to_string()) && !local.closure {
                    self.uses.read.entry(LocalId(index as u32)).or_insert_with(|| local.ident.clone());
                }
            }
        }
        visit::walk_stmt(self, stmt);
    }
}

impl Reads<'_> {
    fn value(&mut self, expr: &Expr) {
        let outer = std::mem::replace(&mut self.borrowed, false);
        self.expr(expr);
        self.borrowed = outer;
    }
}

fn idents(tokens: TokenStream, names: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => {
                names.insert(ident.to_string());
            }
            proc_macro2::TokenTree::Group(group) => idents(group.stream(), names),
            // `"{order}"` mentions a local too; it is found by its name in the text.
            proc_macro2::TokenTree::Literal(literal) => {
                let text = literal.to_string();
                names.extend(text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
            }
            proc_macro2::TokenTree::Punct(_) => {}
        }
    }
}
