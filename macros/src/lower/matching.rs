//! `match` on the `Result` of an await: what its `Ok` arms say becomes a Choice behind the state, what its `Err` arms say its Catch.
//!
//! An arm that takes one variant whole is a catcher of its own and leads straight to the arm's body. Where arms look deeper (guards, fields), one
//! catcher leads to a Choice. A last arm that passes the error on unchanged is no catcher, unless one before it would take what passes: ASL has no name
//! for the faults of others, so a Catch for them takes every name that no catcher before it lists. Whether an arm does so is known when the machine is
//! linked; [`SpelledErrorName::PassedOn`] waits for that.

use durafn_ir::{SpelledErrorName, StateId};

use super::{
    builder::{Builder, Cursor, Slot, span_of, var},
    expr::last_segment,
    stmt::{Dest, name_of},
};
use crate::{
    ast::{self, Arm, ExprKind as Ast, NodeId, Pat, PatKind},
    effects,
    lowered::{Point, TypeSource},
    names,
};

/// One alternative of an arm, by the side of the `Result` it takes.
#[derive(Clone, Copy)]
struct Alternative<'a> {
    arm: usize,
    /// The pattern inside `Ok(..)` or `Err(..)`; none where the arm takes the side whole.
    pat: Option<&'a Pat>,
    guard: Option<&'a ast::Expr>,
}

impl Builder<'_> {
    pub(super) fn match_await(&mut self, expr: &ast::Expr, scrutinee: &ast::Expr, arms: &[Arm], dest: &Dest) {
        let scrutinee = scrutinee.unparenthesised();
        let Ast::Await(awaited) = &scrutinee.kind else { return };
        let Some((oks, errs)) = self.sides(arms) else { return };
        let state = self.await_state(scrutinee, awaited);
        let mut cursors = vec![Cursor::default(); arms.len()];
        self.ok_side(state, expr, scrutinee, &oks, &mut cursors);
        self.err_side(state, expr, scrutinee, &errs, arms, *dest, &mut cursors);
        self.arms(arms, cursors, dest);
    }

    fn sides<'a>(&mut self, arms: &'a [Arm]) -> Option<(Vec<Alternative<'a>>, Vec<Alternative<'a>>)> {
        let (mut oks, mut errs) = (Vec::new(), Vec::new());
        for (arm, Arm { pat, guard, .. }) in arms.iter().enumerate() {
            let alternatives = match &pat.kind {
                PatKind::Or(alternatives) => alternatives.iter().collect(),
                _ => vec![pat],
            };
            for pat in alternatives {
                let guard = guard.as_ref();
                match side(pat) {
                    Some((true, inner)) => oks.push(Alternative { arm, pat: Some(inner), guard }),
                    Some((false, inner)) => errs.push(Alternative { arm, pat: Some(inner), guard }),
                    None if matches!(pat.kind, PatKind::Wild) => {
                        oks.push(Alternative { arm, pat: None, guard });
                        errs.push(Alternative { arm, pat: None, guard });
                    }
                    None => {
                        self.error(
                            pat.span,
                            "a `match` on an awaited `Result` has arms `Ok(..)`, `Err(..)` and `_`\n  help: keep the `Result` with `let result = ..await;` and match on that",
                        );
                        return None;
                    }
                }
            }
        }
        Some((oks, errs))
    }

    fn ok_side(
        &mut self,
        state: StateId,
        expr: &ast::Expr,
        scrutinee: &ast::Expr,
        oks: &[Alternative<'_>],
        cursors: &mut [Cursor],
    ) {
        let Some(first) = oks.first() else {
            self.cursor = Cursor::default();
            return;
        };
        self.cursor = self.behind(state, Slot::Next);
        if first.guard.is_none() && first.pat.is_none_or(effects::irrefutable) {
            self.bind_result(state, Slot::Next, first.pat);
            return merge(cursors, first.arm, std::mem::take(&mut self.cursor));
        }
        let span = span_of(scrutinee.span);
        let output = self.temp(&name_of(scrutinee), span);
        self.set_result(state, Slot::Next, output);
        let name = format!("match {}", names::text(scrutinee));
        let patterns: Vec<_> = oks.iter().map(|ok| (ok.pat, ok.guard)).collect();
        let places = self.choose_arm(name, expr, Point::OnOk(scrutinee.id), &var(output, span), &patterns);
        for (ok, place) in oks.iter().zip(places) {
            merge(cursors, ok.arm, place);
        }
    }

    /// Binds the result of an edge by an irrefutable pattern.
    fn bind_result(&mut self, state: StateId, slot: Slot, pat: Option<&Pat>) {
        match pat.map(|pat| (pat, &pat.kind)) {
            None | Some((_, PatKind::Wild)) => {}
            Some((_, PatKind::Bind { local: Some(local), sub: None, .. })) => {
                let local = self.local(*local);
                self.set_result(state, slot, local);
            }
            Some((pat, _)) => {
                let span = span_of(pat.span);
                let value = self.temp("value", span);
                self.set_result(state, slot, value);
                self.bind_matched(pat, &var(value, span), pat.id);
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn err_side(
        &mut self,
        state: StateId,
        expr: &ast::Expr,
        scrutinee: &ast::Expr,
        errs: &[Alternative<'_>],
        arms: &[Arm],
        dest: Dest,
        cursors: &mut [Cursor],
    ) {
        let whole = errs.iter().position(takes_all).map_or(errs, |last| &errs[..=last]);
        let all = SpelledErrorName::All(self.type_hole(TypeSource::Error(scrutinee.id)));
        let named: Option<Vec<_>> = whole.iter().map(|err| self.names_of(err, scrutinee.id)).collect();
        let Some(named) = named else {
            let span = span_of(scrutinee.span);
            self.cursor = self.catch(state, scrutinee.id, vec![all]);
            let slot = Slot::Catch(0);
            let error = self.temp("error", span);
            self.set_result(state, slot, error);
            let name = format!("match error of {}", names::text(scrutinee));
            let patterns: Vec<_> = whole.iter().map(|err| (err.pat, err.guard)).collect();
            let places = self.choose_arm(name, expr, Point::OnError(scrutinee.id), &var(error, span), &patterns);
            for (err, place) in whole.iter().zip(places) {
                merge(cursors, err.arm, place);
            }
            return;
        };
        let mut takes_others = false;
        for (index, (err, mut names)) in whole.iter().zip(named).enumerate() {
            let last = index + 1 == whole.len() && takes_all(err);
            if last && self.joined.is_none() && passes_on(err, &arms[err.arm], dest) {
                if !takes_others {
                    return;
                }
                names = vec![SpelledErrorName::PassedOn(self.type_hole(TypeSource::Error(scrutinee.id)))];
            }
            // A variant may be the one that holds the faults.
            takes_others |= names.iter().any(|name| !matches!(name, SpelledErrorName::Fault(_)));
            self.cursor = self.catch(state, scrutinee.id, names);
            self.bind_result(state, Slot::Catch(index), err.pat);
            merge(cursors, err.arm, std::mem::take(&mut self.cursor));
        }
    }

    /// The error names of an arm that takes whole variants; none for one that looks deeper.
    fn names_of(&mut self, err: &Alternative<'_>, node: NodeId) -> Option<Vec<SpelledErrorName>> {
        if err.guard.is_some() {
            return None;
        }
        let hole = self.type_hole(TypeSource::Error(node));
        match err.pat {
            None => Some(vec![SpelledErrorName::All(hole)]),
            Some(pat) => variant_names(pat, hole),
        }
    }
}

fn variant_names(pat: &Pat, hole: durafn_ir::TypeHole) -> Option<Vec<SpelledErrorName>> {
    let variant = |path: &syn::Path| {
        let named = fault_of(path).is_none_or(|fault| is_named(&fault));
        named.then(|| vec![SpelledErrorName::Variant(hole, last_segment(path))])
    };
    match &pat.kind {
        PatKind::Wild | PatKind::Bind { sub: None, .. } => Some(vec![SpelledErrorName::All(hole)]),
        PatKind::Bind { sub: Some(sub), .. } | PatKind::Ref(sub) => variant_names(sub, hole),
        PatKind::Path(path) => variant(path),
        PatKind::TupleStruct { items, .. } if items.len() == 1 && fault_name(&items[0]).is_some() => {
            Some(vec![SpelledErrorName::Fault(fault_name(&items[0])?)])
        }
        PatKind::TupleStruct { path, items, .. } => {
            items.iter().all(effects::irrefutable).then(|| variant(path)).flatten()
        }
        PatKind::Struct { path, fields, .. } => {
            fields.iter().all(|(_, pat)| effects::irrefutable(pat)).then(|| variant(path)).flatten()
        }
        PatKind::Or(alternatives) => {
            let names: Option<Vec<_>> = alternatives.iter().map(|pat| variant_names(pat, hole)).collect();
            names.map(|names| names.into_iter().flatten().collect())
        }
        PatKind::Lit { .. } | PatKind::Range { .. } | PatKind::Tuple(_) => None,
    }
}

/// `Fault::Timeout` and its like, whole: the variant's name.
fn fault_name(pat: &Pat) -> Option<String> {
    let (path, whole) = match &pat.kind {
        PatKind::Path(path) => (path, true),
        PatKind::TupleStruct { path, items, .. } => (path, items.iter().all(effects::irrefutable)),
        PatKind::Struct { path, fields, .. } => (path, fields.iter().all(|(_, pat)| effects::irrefutable(pat))),
        _ => return None,
    };
    fault_of(path).filter(|fault| whole && is_named(fault))
}

/// The variant of `Fault` that a path spells.
fn fault_of(path: &syn::Path) -> Option<String> {
    let count = path.segments.len();
    (count >= 2 && path.segments[count - 2].ident == "Fault").then(|| last_segment(path))
}

/// A Catch can list this fault and take nothing else by it. `Fault::Other` has no name of its own, and `States.TaskFailed` stands for every name that
/// is no timeout's.
fn is_named(fault: &str) -> bool {
    matches!(fault, "Timeout" | "HeartbeatTimeout")
}

fn takes_all(err: &Alternative<'_>) -> bool {
    err.guard.is_none() && err.pat.is_none_or(|pat| matches!(pat.kind, PatKind::Wild | PatKind::Bind { sub: None, .. }))
}

/// The arm is `Err(e) => return Err(e)`, or `Err(e) => Err(e)` where that ends the region.
fn passes_on(err: &Alternative<'_>, arm: &Arm, dest: Dest) -> bool {
    let Some(PatKind::Bind { local: Some(bound), .. }) = err.pat.map(|pat| &pat.kind) else { return false };
    let mut body = &arm.body;
    let mut returns = dest == Dest::Return;
    loop {
        body = match &body.kind {
            Ast::Paren(inner) => inner,
            Ast::Return(Some(value)) => {
                returns = true;
                value
            }
            Ast::Block(block) => match (&block.stmts[..], &block.tail) {
                ([], Some(tail)) => tail,
                ([ast::Stmt { kind: ast::StmtKind::Expr(expr), .. }], None) => expr,
                _ => return false,
            },
            Ast::Construct { path, args } if returns && path.is_ident("Err") => {
                return matches!(&args[..], [ast::Expr { kind: Ast::Local(local, _), .. }] if local == bound);
            }
            _ => return false,
        };
    }
}

/// `Ok(pattern)` is true and the pattern, `Err(pattern)` false.
fn side(pat: &Pat) -> Option<(bool, &Pat)> {
    match &pat.kind {
        PatKind::Ref(inner) => side(inner),
        PatKind::TupleStruct { path, items, .. } if items.len() == 1 => {
            if path.is_ident("Ok") {
                Some((true, &items[0]))
            } else if path.is_ident("Err") {
                Some((false, &items[0]))
            } else {
                None
            }
        }
        _ => None,
    }
}

fn merge(cursors: &mut [Cursor], arm: usize, place: Cursor) {
    cursors[arm] = std::mem::take(&mut cursors[arm]).join(place);
}
