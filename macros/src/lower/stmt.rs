//! Statements, blocks, and values on their way into a destination.

use durafn_ir::{Expr, ExprKind, OLD_VALUE, Pattern, Place, Rule, StateKind, Test, VarId, fallible};

use super::{
    awaits::{OnFailure, can_fail},
    builder::{Builder, Cursor, Slot, open_edge, span_of, unit, untyped, var},
    expr::{binary, last_segment, member_name},
};
use crate::{
    ast::{self, Block, ExprKind as Ast, NodeId, PatKind, Stmt, StmtKind},
    effects,
    lowered::{Point, TypeSource},
    normalise::is_await,
};

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dest {
    /// Nobody reads it.
    Drop,
    /// A variable takes it.
    Var(VarId),
    /// The region ends with it.
    Return,
}

impl Builder<'_> {
    /// A block whose value goes to a destination.
    pub(super) fn block_into(&mut self, block: &Block, dest: &Dest) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        match (&block.tail, dest) {
            (Some(tail), _) => {
                if block.tail_label.state.is_some() || block.tail_label.comment.is_some() {
                    self.name.clone_from(&block.tail_label.state);
                    self.comment.clone_from(&block.tail_label.comment);
                }
                self.value_into(tail, dest, tail.id);
            }
            (None, Dest::Drop) => {}
            (None, Dest::Var(var)) => self.assign(*var, unit(span_of(block.span)), block.id),
            // Only where the last statement never ends: otherwise `normalise` wrote a tail.
            (None, Dest::Return) => self.cursor = Cursor::default(),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.name.clone_from(&stmt.state);
        self.comment.clone_from(&stmt.comment);
        match &stmt.kind {
            StmtKind::Let { pat, init, otherwise: None, .. } => self.let_(pat, init, stmt.id),
            StmtKind::Let { pat, init, otherwise: Some(otherwise), .. } => self.let_else(pat, init, otherwise, stmt.id),
            StmtKind::Expr(expr) => self.value_into(expr, &Dest::Drop, stmt.id),
            StmtKind::Log(_) => {}
        }
        self.name = None;
        self.comment = None;
    }

    fn let_(&mut self, pat: &ast::Pat, init: &ast::Expr, origin: NodeId) {
        match &pat.kind {
            PatKind::Bind { local: Some(local), sub: None, .. } => {
                let var = self.local(*local);
                self.value_into(init, &Dest::Var(var), origin);
            }
            PatKind::Wild => self.value_into(init, &Dest::Drop, origin),
            // Each part takes its type from its own variable.
            PatKind::Tuple(pats) => match &init.unparenthesised().kind {
                Ast::Tuple(parts) if parts.len() == pats.len() => {
                    for (pat, part) in pats.iter().zip(parts) {
                        self.let_(pat, part, origin);
                    }
                }
                _ => {
                    let value = self.value_of(init, origin);
                    self.destructure(pat, value, origin);
                }
            },
            _ => {
                let value = self.value_of(init, origin);
                self.destructure(pat, value, origin);
            }
        }
    }

    /// A value that is read more than once: a path stays, anything else goes to a variable first.
    pub(super) fn value_of(&mut self, expr: &ast::Expr, origin: NodeId) -> Expr {
        let span = span_of(expr.span);
        if effects::movable(expr) {
            return self.expr(expr);
        }
        let temp = self.temp(&name_of(expr), span);
        self.value_into(expr, &Dest::Var(temp), origin);
        var(temp, span)
    }

    /// `let pat = init else { otherwise };` of a pure value.
    fn let_else(&mut self, pat: &ast::Pat, init: &ast::Expr, otherwise: &Block, origin: NodeId) {
        let value = self.value_of(init, origin);
        if !self.cursor.reachable() {
            return;
        }
        let rule = Rule { tests: vec![Test::Matches(value, self.pattern(pat))], next: open_edge(None, Vec::new()) };
        let name = format!("let {} = {} else", crate::names::pat_text(pat), crate::names::text(init));
        let kind = StateKind::Choice(vec![rule], open_edge(None, Vec::new()));
        let choice = self.state(&name, span_of(pat.span), Some(Point::Before(origin)), kind);
        self.cursor = self.behind(choice, Slot::Next);
        self.block_into(otherwise, &Dest::Drop);
        self.cursor = self.behind(choice, Slot::Rule(0));
    }

    /// Evaluates an expression; its value goes to the destination. `origin` is the statement, arm or tail that does so.
    pub(super) fn value_into(&mut self, expr: &ast::Expr, dest: &Dest, origin: NodeId) {
        if !self.cursor.reachable() {
            return;
        }
        if *dest == Dest::Return {
            return self.return_value(expr);
        }
        if !effects::effectful(expr) {
            let value = self.expr(expr);
            return self.put(value, dest, origin);
        }
        let span = span_of(expr.span);
        match &expr.kind {
            Ast::Paren(inner) => self.value_into(inner, dest, origin),
            Ast::Await(awaited) => self.await_into(expr, awaited, dest, OnFailure::Value),
            Ast::Try(inner) => self.try_into(expr, inner, dest),
            Ast::If { cond, then, otherwise } => self.if_into(expr, cond, then, otherwise.as_deref(), dest, origin),
            Ast::Match { scrutinee, arms } => self.match_into(expr, scrutinee, arms, dest, origin),
            Ast::Block(block) => self.block_into(block, dest),
            Ast::While { label, cond, body } => self.while_(expr, label.as_ref(), cond, body),
            Ast::Loop { label, body } => self.loop_(expr, label.as_ref(), body, dest),
            Ast::Labelled { label, body } => self.labelled(label, body, dest),
            Ast::For { label, pat, iter, body } => self.for_(expr, label.as_ref(), pat, iter, body, origin),
            Ast::Break { label, value } => self.break_(expr, label.as_ref(), value.as_deref(), origin),
            Ast::Continue { label } => self.continue_(expr, label.as_ref()),
            Ast::Return(value) => match value {
                Some(value) => self.return_value(value),
                None => self.succeed(unit(span), Point::Before(expr.id)),
            },
            Ast::Assign(place, value) => self.assign_(place, value, origin),
            Ast::AssignOp(op, place, value) => {
                let value = binary(*op, self.expr(place), self.expr(value), span);
                self.assign_place(place, value, origin);
            }
            Ast::Method { receiver, method, args, .. } => {
                self.mutate(receiver, &method.to_string(), args, dest, origin)
            }
            _ => self.error(
                expr.span,
                "this cannot stand inside an expression of a workflow\n  help: give it a `let` of its own",
            ),
        }
    }

    /// A pure value goes to its destination. One that nobody reads is still evaluated where it can fail.
    pub(super) fn put(&mut self, value: Expr, dest: &Dest, origin: NodeId) {
        match dest {
            Dest::Var(var) => self.assign(*var, value, origin),
            Dest::Drop if fallible(&value) => {
                let temp = self.temp("unused", value.span);
                self.assign(temp, value, origin);
            }
            Dest::Drop => {}
            Dest::Return => self.succeed(value, Point::Before(origin)),
        }
    }

    /// The region ends with a value: where it yields a `Result`, by `Ok` or `Err`.
    fn return_value(&mut self, expr: &ast::Expr) {
        let point = Point::Before(expr.id);
        match &expr.kind {
            Ast::Paren(inner) => self.return_value(inner),
            Ast::Block(block) => self.block_into(block, &Dest::Return),
            Ast::Await(awaited) if self.joined.is_some() && can_fail(awaited) => self.return_settled(expr, awaited),
            Ast::Await(awaited) => self.await_into(expr, awaited, &Dest::Return, OnFailure::Leaves),
            Ast::Construct { path, args } if self.returns_result && path.is_ident("Ok") && args.len() == 1 => {
                let output = self.output(&args[0]);
                self.succeed(output, point);
            }
            Ast::Construct { path, args } if self.returns_result && path.is_ident("Err") && args.len() == 1 => {
                let error = self.expr(&args[0]);
                self.fail(error, &error_name(&args[0]), point);
            }
            Ast::If { cond, then, otherwise } if self.returns_result || effects::effectful(expr) => {
                self.if_into(expr, cond, then, otherwise.as_deref(), &Dest::Return, expr.id);
            }
            Ast::Match { scrutinee, arms } if self.returns_result || effects::effectful(expr) => {
                self.match_into(expr, scrutinee, arms, &Dest::Return, expr.id);
            }
            Ast::Loop { label, body } => self.loop_(expr, label.as_ref(), body, &Dest::Return),
            Ast::Return(_) | Ast::Break { .. } | Ast::Continue { .. } => self.value_into(expr, &Dest::Drop, expr.id),
            _ if effects::effectful(expr) => {
                let temp = self.temp("output", span_of(expr.span));
                self.value_into(expr, &Dest::Var(temp), expr.id);
                self.succeed(var(temp, span_of(expr.span)), point);
            }
            _ => {
                let output = self.output(expr);
                self.succeed(output, point);
            }
        }
    }

    /// The output of the region. What a workflow yields has its type from the signature; what a branch yields, from where it goes.
    fn output(&mut self, expr: &ast::Expr) -> Expr {
        let mut output = self.expr(expr);
        if output.ty.is_none() && self.region.0 != 0 {
            output.ty = Some(self.type_hole(TypeSource::Value(expr.id)));
        }
        output
    }

    fn try_into(&mut self, expr: &ast::Expr, inner: &ast::Expr, dest: &Dest) {
        if let (true, Ast::Await(awaited)) = (is_await(inner), &inner.kind) {
            return self.await_into(inner, awaited, dest, OnFailure::Converts(expr.id));
        }
        let span = span_of(expr.span);
        let bind = match dest {
            Dest::Var(var) => Pattern::Bind(*var, None),
            Dest::Drop | Dest::Return => Pattern::Wild,
        };
        let (test, error, name) = match ok_or(inner) {
            Some((option, error)) => {
                let value = self.expr(option);
                (Test::Matches(value, one("Some", bind)), self.expr(error), error_name(error))
            }
            None => {
                let value = self.value_of(inner, expr.id);
                let error = self.temp("error", span);
                let arm = durafn_ir::Arm {
                    pattern: one("Err", Pattern::Bind(error, None)),
                    guard: None,
                    body: var(error, span),
                };
                let failed = untyped(span, ExprKind::Match(value.clone(), vec![arm]));
                (Test::Matches(value, one("Ok", bind)), failed, "Fail".to_owned())
            }
        };
        let rule = Rule { tests: vec![test], next: open_edge(None, Vec::new()) };
        let kind = StateKind::Choice(vec![rule], open_edge(None, Vec::new()));
        let choice_name = format!("{}?", crate::names::text(ok_or(inner).map_or(inner, |(option, _)| option)));
        let choice = self.state(&choice_name, span, Some(Point::Before(expr.id)), kind);
        self.cursor = self.behind(choice, Slot::Next);
        let error = self.converted(error);
        self.leave(error, &name, Point::OnError(expr.id));
        self.cursor = self.behind(choice, Slot::Rule(0));
    }

    fn assign_(&mut self, place: &ast::Expr, value: &ast::Expr, origin: NodeId) {
        if let Ast::Local(local, _) = &place.kind {
            let var = self.local(*local);
            return self.value_into(value, &Dest::Var(var), origin);
        }
        let value = if effects::effectful(value) { self.value_of(value, origin) } else { self.expr(value) };
        self.assign_place(place, value, origin);
    }

    /// `place = value`: of `a.b[i]`, `a` becomes itself with that part replaced.
    pub(super) fn assign_place(&mut self, place: &ast::Expr, value: Expr, origin: NodeId) {
        match self.replaced(place, value) {
            Some((var, value)) => self.assign(var, value, origin),
            None => self.error(place.span, "only variables, their fields and their elements can be assigned"),
        }
    }

    /// The variable that holds a place, and its value with the place replaced.
    pub(super) fn replaced(&mut self, place: &ast::Expr, value: Expr) -> Option<(VarId, Expr)> {
        let span = value.span;
        let (base, part) = match &place.kind {
            Ast::Local(local, _) => return Some((self.local(*local), value)),
            Ast::Paren(inner) | Ast::Deref(inner) | Ast::Ref { expr: inner, .. } => return self.replaced(inner, value),
            Ast::Field(base, member) => (base, Place::Field(member_name(member))),
            Ast::Index(base, index) => (base, Place::Index(self.expr(index))),
            _ => return None,
        };
        let before = self.expr(base);
        self.replaced(base, untyped(span, ExprKind::With { base: before, place: part, value }))
    }

    /// A method that changes its receiver.
    fn mutate(&mut self, receiver: &ast::Expr, method: &str, args: &[ast::Expr], dest: &Dest, origin: NodeId) {
        let span = span_of(receiver.span);
        let before = self.expr(receiver);
        if let Dest::Var(taken) = dest {
            let value = match method {
                "pop" => untyped(span, ExprKind::Method("last".to_owned(), vec![before.clone()])),
                "remove" | "insert" => {
                    let mut all = vec![before.clone()];
                    all.extend(self.exprs(args));
                    untyped(span, ExprKind::Method(format!("{method}{OLD_VALUE}"), all))
                }
                _ => unit(span),
            };
            self.assign(*taken, value, origin);
        }
        let value = self.mutated(before, method, args);
        self.assign_place(receiver, value, origin);
    }

    /// What a mutating method leaves of its receiver.
    pub(super) fn mutated(&mut self, before: Expr, method: &str, args: &[ast::Expr]) -> Expr {
        let span = before.span;
        let mut all = vec![before];
        all.extend(self.exprs(args));
        untyped(span, ExprKind::Method(method.to_owned(), all))
    }
}

/// `name(pattern)`.
pub(super) fn one(name: &str, pattern: Pattern) -> Pattern {
    Pattern::Fields(name.to_owned(), vec![("0".to_owned(), pattern)])
}

/// `option.ok_or(error)` and `option.ok_or_else(|| error)`.
fn ok_or(expr: &ast::Expr) -> Option<(&ast::Expr, &ast::Expr)> {
    let Ast::Method { receiver, method, args, .. } = &expr.kind else { return None };
    match (&*method.to_string(), &args[..]) {
        ("ok_or", [error]) => Some((receiver, error)),
        ("ok_or_else", [closure]) => match &closure.kind {
            Ast::Closure { params, body, .. } if params.is_empty() => Some((receiver, body)),
            _ => None,
        },
        _ => None,
    }
}

/// What a Fail is called: after the variant, where that is written.
pub(super) fn error_name(error: &ast::Expr) -> String {
    match &error.kind {
        Ast::Path(path) | Ast::Construct { path, .. } | Ast::Struct { path, .. } => match path.segments.len() {
            0 | 1 => "Fail".to_owned(),
            _ => last_segment(path),
        },
        Ast::Paren(inner) => error_name(inner),
        _ => "Fail".to_owned(),
    }
}

/// What a variable for a value is called.
pub(super) fn name_of(expr: &ast::Expr) -> String {
    match &expr.kind {
        Ast::Paren(inner) | Ast::Try(inner) | Ast::Ref { expr: inner, .. } => name_of(inner),
        Ast::Local(_, ident) => crate::names::of_local(ident),
        Ast::Field(_, syn::Member::Named(name)) => name.to_string(),
        Ast::Method { receiver, .. } => name_of(receiver),
        Ast::Pure { path, .. } => last_segment(path),
        Ast::Await(awaited) => match &awaited.kind {
            ast::AwaitKind::Call(call) => last_segment(&call.path),
            ast::AwaitKind::Map { .. } => "mapped".to_owned(),
            _ => "joined".to_owned(),
        },
        _ => "value".to_owned(),
    }
}
