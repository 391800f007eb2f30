//! Control flow that needs states: `if` and `match` as Choice, loops, `break` and `continue`.

use durafn_ir::{BinaryOp, CastType, Expr, ExprKind, ITEMS, IntType, Rule, StateId, StateKind, Test, TypeHole};

use super::{
    builder::{Builder, Cursor, Loop, Slot, open_edge, span_of, unit, untyped, var},
    expr::{binary, int},
    stmt::Dest,
};
use crate::{
    ast::{self, Arm, Block, ExprKind as Ast, NodeId, Pat, PatKind},
    effects,
    lowered::{Point, TypeSource},
    names,
    normalise::is_await,
};

impl Builder<'_> {
    pub(super) fn if_into(
        &mut self,
        expr: &ast::Expr,
        cond: &ast::Expr,
        then: &Block,
        otherwise: Option<&ast::Expr>,
        dest: &Dest,
        origin: NodeId,
    ) {
        if *dest != Dest::Return && !effects::escapes(expr) {
            return self.fold_if(cond, then, otherwise, dest, origin);
        }
        let tests = self.tests(cond);
        let choice = self.choice(names::text(cond), expr, Point::Before(expr.id), vec![tests]);
        self.cursor = self.behind(choice, Slot::Rule(0));
        self.block_into(then, dest);
        let after_then = std::mem::take(&mut self.cursor);
        self.cursor = self.behind(choice, Slot::Next);
        if let Some(otherwise) = otherwise {
            self.value_into(otherwise, dest, otherwise.id);
        }
        let after_else = std::mem::take(&mut self.cursor);
        self.cursor = after_then.join(after_else);
    }

    /// A Choice with open edges. The cursor is left at nothing.
    pub(super) fn choice(&mut self, name: String, at: &ast::Expr, point: Point, rules: Vec<Vec<Test>>) -> StateId {
        let rules = rules.into_iter().map(|tests| Rule { tests, next: open_edge(None, Vec::new()) }).collect();
        let kind = StateKind::Choice(rules, open_edge(None, Vec::new()));
        self.state(&name, span_of(at.span), Some(point), kind)
    }

    pub(super) fn match_into(
        &mut self,
        expr: &ast::Expr,
        scrutinee: &ast::Expr,
        arms: &[Arm],
        dest: &Dest,
        origin: NodeId,
    ) {
        if is_await(scrutinee) {
            return self.match_await(expr, scrutinee, arms, dest);
        }
        if *dest != Dest::Return && !effects::escapes(expr) {
            return self.fold_match(scrutinee, arms, dest, origin);
        }
        let value = self.value_of(scrutinee, origin);
        let name = format!("match {}", names::text(scrutinee));
        let patterns: Vec<_> = arms.iter().map(|arm| (Some(&arm.pat), arm.guard.as_ref())).collect();
        let cursors = self.choose_arm(name, expr, Point::Before(expr.id), &value, &patterns);
        self.arms(arms, cursors, dest);
    }

    /// Lowers each arm's body where its cursor is, and joins what comes after.
    pub(super) fn arms(&mut self, arms: &[Arm], cursors: Vec<Cursor>, dest: &Dest) {
        let mut after = Cursor::default();
        for (arm, cursor) in arms.iter().zip(cursors) {
            self.cursor = cursor;
            self.value_into(&arm.body, dest, arm.body.id);
            after = after.join(std::mem::take(&mut self.cursor));
        }
        self.cursor = after;
    }

    /// Chooses among patterns of one value, with the last as the default where it can be. Yields the place behind each, its bindings
    /// assigned. No pattern stands for one that always matches.
    pub(super) fn choose_arm(
        &mut self,
        name: String,
        at: &ast::Expr,
        point: Point,
        value: &Expr,
        patterns: &[(Option<&Pat>, Option<&ast::Expr>)],
    ) -> Vec<Cursor> {
        let always = |pat: Option<&Pat>, guard: Option<&ast::Expr>| guard.is_none() && pat.is_none_or(catches_all);
        let last = patterns
            .iter()
            .position(|(pat, guard)| always(*pat, *guard))
            .unwrap_or_else(|| patterns.len().saturating_sub(1));
        let default_has_guard = patterns.get(last).is_some_and(|(_, guard)| guard.is_some());
        let rules = if default_has_guard { last + 1 } else { last };
        let choice = (rules > 0).then(|| {
            let tests = patterns[..rules].iter().map(|(pat, guard)| {
                let pattern = pat.map_or(durafn_ir::Pattern::Wild, |pat| self.pattern(pat));
                let mut tests = vec![Test::Matches(value.clone(), pattern)];
                tests.extend(guard.map(|guard| Test::If(self.expr(guard))));
                tests
            });
            let tests = tests.collect();
            self.choice(name, at, point, tests)
        });
        let mut cursors = Vec::new();
        for (index, (pat, _)) in patterns.iter().enumerate() {
            self.cursor = match choice {
                Some(choice) if index < rules => self.behind(choice, Slot::Rule(index)),
                Some(choice) if index == last => self.behind(choice, Slot::Next),
                None if index == last => std::mem::take(&mut self.cursor),
                _ => Cursor::default(),
            };
            if index == last
                && !default_has_guard
                && let Some(pat) = pat
            {
                self.bind_matched(pat, value, pat.id);
            }
            cursors.push(std::mem::take(&mut self.cursor));
        }
        cursors
    }

    pub(super) fn while_(&mut self, expr: &ast::Expr, label: Option<&syn::Lifetime>, cond: &ast::Expr, body: &Block) {
        let head = self.loop_head(expr);
        let tests = self.tests(cond);
        let name = format!("while {}", names::text(cond));
        let choice = self.choice(name, expr, Point::Head(expr.id), vec![tests]);
        self.enter_loop(label, head, Dest::Drop);
        self.cursor = self.behind(choice, Slot::Rule(0));
        self.block_into(body, &Dest::Drop);
        self.leave_loop(self.behind(choice, Slot::Next));
    }

    pub(super) fn loop_(&mut self, expr: &ast::Expr, label: Option<&syn::Lifetime>, body: &Block, dest: &Dest) {
        let head = self.loop_head(expr);
        self.enter_loop(label, head, *dest);
        self.block_into(body, &Dest::Drop);
        self.leave_loop(Cursor::default());
    }

    /// A block that `break` leaves.
    pub(super) fn labelled(&mut self, label: &syn::Lifetime, body: &Block, dest: &Dest) {
        // Nothing comes round to a block, so its head is never asked for.
        self.enter_loop(Some(label), StateId(u32::MAX), *dest);
        if let Some(entered) = self.loops.last_mut() {
            entered.block = true;
        }
        self.block_into(body, dest);
        let done = self.loops.pop().expect("the block that was entered");
        self.cursor = std::mem::take(&mut self.cursor).join(done.exits);
    }

    /// Where a loop comes round to. The optimiser removes it, unless the region begins here and has an input to take.
    fn loop_head(&mut self, expr: &ast::Expr) -> StateId {
        let kind = StateKind::Pass(open_edge(None, Vec::new()));
        let head = self.state("Start", span_of(expr.span), Some(Point::Before(expr.id)), kind);
        self.cursor = self.behind(head, Slot::Next);
        head
    }

    fn enter_loop(&mut self, label: Option<&syn::Lifetime>, head: StateId, dest: Dest) {
        let label = label.map(|label| label.ident.to_string());
        self.loops.push(Loop { label, head, exits: Cursor::default(), dest, block: false });
    }

    fn leave_loop(&mut self, exit: Cursor) {
        let done = self.loops.pop().expect("the loop that was entered");
        let cursor = std::mem::take(&mut self.cursor);
        self.close(cursor, done.head);
        self.cursor = exit.join(done.exits);
    }

    fn find_loop(&mut self, at: &ast::Expr, label: Option<&syn::Lifetime>) -> Option<usize> {
        let label = label.map(|label| label.ident.to_string());
        let means = |each: &Loop| if label.is_none() { !each.block } else { each.label == label };
        let found = self.loops.iter().rposition(means);
        if found.is_none() {
            self.error(at.span, "there is no such loop around this");
        }
        found
    }

    pub(super) fn break_(
        &mut self,
        expr: &ast::Expr,
        label: Option<&syn::Lifetime>,
        value: Option<&ast::Expr>,
        origin: NodeId,
    ) {
        let Some(index) = self.find_loop(expr, label) else { return };
        let dest = self.loops[index].dest;
        match value {
            Some(value) => self.value_into(value, &dest, origin),
            None if self.loops[index].block => self.put(unit(span_of(expr.span)), &dest, origin),
            None => {}
        }
        let cursor = std::mem::take(&mut self.cursor);
        let exits = std::mem::take(&mut self.loops[index].exits);
        self.loops[index].exits = exits.join(cursor);
    }

    pub(super) fn continue_(&mut self, expr: &ast::Expr, label: Option<&syn::Lifetime>) {
        let Some(index) = self.find_loop(expr, label) else { return };
        let head = self.loops[index].head;
        let cursor = std::mem::take(&mut self.cursor);
        self.close(cursor, head);
    }

    pub(super) fn for_(
        &mut self,
        expr: &ast::Expr,
        label: Option<&syn::Lifetime>,
        pat: &Pat,
        iter: &ast::Expr,
        body: &Block,
        origin: NodeId,
    ) {
        if !effects::block_escapes(body) {
            return self.fold_for(pat, iter, body, origin);
        }
        let span = span_of(iter.span);
        let name = format!("for {} in {}", names::pat_text(pat), names::text(iter));
        let (cond, item, counter) = match &iter.peeled().kind {
            Ast::Range { from, to, inclusive } => {
                let source = match &pat.kind {
                    PatKind::Bind { local: Some(local), .. } => TypeSource::Local(*local),
                    _ => TypeSource::Value(to.id),
                };
                let ty = self.type_hole(source);
                let counter = self.variable("index", Some(ty), span);
                let end = self.value_of_end(to, ty, origin);
                let from = self.expr(from);
                self.assign(counter, from, origin);
                let op = if *inclusive { BinaryOp::Le } else { BinaryOp::Lt };
                (binary(op, var(counter, span), end, span), var(counter, span), counter)
            }
            _ => {
                let (items, enumerated) = self.loop_items(iter, origin);
                let counter = self.temp("index", span);
                let first = untyped(span, ExprKind::Cast(int(0, span), CastType::Int(IntType::Usize)));
                self.assign(counter, first, origin);
                let len = untyped(span, ExprKind::Method("len".to_owned(), vec![items.clone()]));
                let element = untyped(span, ExprKind::Index(items, var(counter, span)));
                let item = match enumerated {
                    true => untyped(span, ExprKind::Tuple(vec![var(counter, span), element])),
                    false => element,
                };
                (binary(BinaryOp::Lt, var(counter, span), len, span), item, counter)
            }
        };
        let head = self.loop_head(expr);
        let choice = self.choice(name, expr, Point::Head(expr.id), vec![vec![Test::If(cond)]]);
        self.enter_loop(label, head, Dest::Drop);
        self.cursor = self.behind(choice, Slot::Rule(0));
        self.bind_item(pat, item, body.id);
        let next = binary(BinaryOp::Add, var(counter, span), int(1, span), span);
        self.assign(counter, next, body.id);
        self.block_into(body, &Dest::Drop);
        self.leave_loop(self.behind(choice, Slot::Next));
    }

    fn bind_item(&mut self, pat: &Pat, item: Expr, origin: NodeId) {
        match (&pat.kind, &*item.kind) {
            (PatKind::Tuple(pats), ExprKind::Tuple(items)) if pats.len() == items.len() => {
                for (pat, item) in pats.iter().zip(items) {
                    self.destructure(pat, item.clone(), origin);
                }
            }
            (PatKind::Bind { .. } | PatKind::Wild, _) => self.destructure(pat, item, origin),
            _ => {
                let temp = self.temp("item", item.span);
                let span = item.span;
                self.assign(temp, item, origin);
                self.destructure(pat, var(temp, span), origin);
            }
        }
    }

    /// The end of a range, evaluated once.
    fn value_of_end(&mut self, end: &ast::Expr, ty: TypeHole, origin: NodeId) -> Expr {
        match &end.kind {
            Ast::Lit { .. } => self.expr(end),
            _ => {
                let temp = self.variable("end", Some(ty), span_of(end.span));
                let value = self.expr(end);
                self.assign(temp, value, origin);
                var(temp, span_of(end.span))
            }
        }
    }

    /// The vector that a loop goes over, and whether it counts. A variable that nobody assigns meanwhile is read in place; anything else is kept aside.
    fn loop_items(&mut self, iter: &ast::Expr, origin: NodeId) -> (Expr, bool) {
        let (iter, enumerated) = match enumerated(iter) {
            Some(inner) => (inner, true),
            None => (iter, false),
        };
        let source = source(iter);
        let span = span_of(iter.span);
        let kept = source.filter(|source| match effects::root(source) {
            Some(local) => effects::movable(source) && !self.workflow.locals[local.0 as usize].mutable,
            None => false,
        });
        let items_of = |value| untyped(span, ExprKind::Method(ITEMS.to_owned(), vec![value]));
        if let Some(kept) = kept {
            return (items_of(self.expr(kept)), enumerated);
        }
        let value = self.expr(source.unwrap_or(iter));
        let value = items_of(value);
        let items = self.temp("items", span);
        self.assign(items, value, origin);
        (var(items, span), enumerated)
    }

    /// An iterator as an expression: a vector stands for its items.
    pub(super) fn iterator(&mut self, iter: &ast::Expr) -> Expr {
        let span = span_of(iter.span);
        match source(iter) {
            Some(source) => {
                let items = self.expr(source);
                untyped(span, ExprKind::Method("iter".to_owned(), vec![items]))
            }
            None => self.expr(iter),
        }
    }
}

/// The pattern takes every value, whatever its type.
fn catches_all(pat: &Pat) -> bool {
    matches!(pat.kind, PatKind::Wild | PatKind::Bind { sub: None, .. })
}

/// Of `x.iter().enumerate()`, `x.iter()`.
fn enumerated(iter: &ast::Expr) -> Option<&ast::Expr> {
    match &iter.peeled().kind {
        Ast::Method { receiver, method, args, .. } if method == "enumerate" && args.is_empty() => Some(receiver),
        _ => None,
    }
}

/// Of `&x`, `x.iter()` and `x.into_iter()`, `x`; of `x`, itself. None for other iterators.
fn source(iter: &ast::Expr) -> Option<&ast::Expr> {
    let iter = iter.peeled();
    match &iter.kind {
        Ast::Local(..) | Ast::Field(..) | Ast::Index(..) | Ast::Array { .. } | Ast::Path(_) | Ast::Pure { .. } => {
            Some(iter)
        }
        Ast::Method { receiver, method, args, .. } if args.is_empty() => match &*method.to_string() {
            "iter" | "into_iter" => Some(receiver.peeled()),
            "cloned" | "copied" => source(receiver),
            name if durafn_ir::IDENTITY_METHODS.contains(&name) => Some(iter),
            _ => None,
        },
        _ => None,
    }
}
