//! Patterns: as tests, as bindings, as destructuring.

use durafn_ir::{Arm, BinaryOp, Expr, ExprKind, Literal, Pattern, Span, Test};

use super::{
    builder::{Builder, span_of, untyped},
    expr::{last_segment, member_name},
};
use crate::{
    ast::{self, NodeId, PatKind},
    effects,
};

impl Builder<'_> {
    /// A pattern of the machine.
    pub(super) fn pattern(&mut self, pat: &ast::Pat) -> Pattern {
        match &pat.kind {
            PatKind::Wild => Pattern::Wild,
            PatKind::Bind { local: Some(local), sub, .. } => {
                let sub = sub.as_deref().map(|sub| Box::new(self.pattern(sub)));
                Pattern::Bind(self.local(*local), sub)
            }
            PatKind::Bind { local: None, .. } => {
                self.error(pat.span, "this pattern binds nothing that is known");
                Pattern::Wild
            }
            PatKind::Lit { value, .. } => Pattern::Literal(value.clone()),
            PatKind::Range { from, to, inclusive, .. } => {
                Pattern::Range { from: from.clone(), to: to.clone(), inclusive: *inclusive }
            }
            PatKind::Tuple(items) => Pattern::Tuple(items.iter().map(|item| self.pattern(item)).collect()),
            PatKind::Path(path) => Pattern::Fields(last_segment(path), Vec::new()),
            PatKind::TupleStruct { path, items, rest } => {
                if rest.is_some_and(|rest| rest < items.len()) {
                    self.error(pat.span, "`..` must come last among the fields of a pattern");
                }
                let items = items.iter().enumerate().map(|(n, item)| (n.to_string(), self.pattern(item))).collect();
                Pattern::Fields(last_segment(path), items)
            }
            PatKind::Struct { path, fields, .. } => {
                let fields = fields.iter().map(|(member, pat)| (member_name(member), self.pattern(pat))).collect();
                Pattern::Fields(last_segment(path), fields)
            }
            PatKind::Ref(inner) => self.pattern(inner),
            PatKind::Or(alternatives) => Pattern::Or(alternatives.iter().map(|pat| self.pattern(pat)).collect()),
        }
    }

    /// A condition as tests that hold one after the other.
    pub(super) fn tests(&mut self, cond: &ast::Expr) -> Vec<Test> {
        match &cond.kind {
            ast::ExprKind::Paren(inner) => self.tests(inner),
            ast::ExprKind::Let(pat, value) => {
                let value = self.expr(value);
                vec![Test::Matches(value, self.pattern(pat))]
            }
            ast::ExprKind::Binary(BinaryOp::And, left, right) if left.has_let() || right.has_let() => {
                let mut tests = self.tests(left);
                tests.extend(self.tests(right));
                tests
            }
            _ => vec![Test::If(self.expr(cond))],
        }
    }

    /// `matches!(value, pat if guard)`.
    pub(super) fn matches(&mut self, value: Expr, pat: &ast::Pat, guard: Option<Expr>, span: Span) -> Expr {
        let bool = |value| untyped(span, ExprKind::Literal(Literal::Bool(value)));
        let mut tests = vec![Test::Matches(value, self.pattern(pat))];
        tests.extend(guard.map(Test::If));
        choose(tests, bool(true), bool(false), span)
    }

    /// Assigns what an irrefutable pattern binds of a value.
    pub(super) fn destructure(&mut self, pat: &ast::Pat, value: Expr, origin: NodeId) {
        match &pat.kind {
            PatKind::Wild => {}
            PatKind::Ref(inner) => self.destructure(inner, value, origin),
            PatKind::Bind { local: Some(local), sub: None, .. } => self.assign(self.local(*local), value, origin),
            PatKind::Tuple(items) => {
                for (n, item) in items.iter().enumerate() {
                    self.destructure(item, field(&value, n.to_string(), item), origin);
                }
            }
            PatKind::TupleStruct { items, .. } => {
                for (n, item) in items.iter().enumerate() {
                    self.destructure(item, field(&value, n.to_string(), item), origin);
                }
            }
            PatKind::Struct { fields, .. } => {
                for (member, item) in fields {
                    self.destructure(item, field(&value, member_name(member), item), origin);
                }
            }
            PatKind::Path(_) => {}
            PatKind::Bind { .. } | PatKind::Lit { .. } | PatKind::Range { .. } | PatKind::Or(_) => {
                self.error(pat.span, "this pattern cannot be destructured by a plain `let`\n  help: use `match`");
            }
        }
    }

    /// What a pattern that is known to match binds: `match value { pat => local }` for each local.
    pub(super) fn bind_matched(&mut self, pat: &ast::Pat, value: &Expr, origin: NodeId) {
        if effects::irrefutable(pat) {
            return self.destructure(pat, value.clone(), origin);
        }
        let mut bound = Vec::new();
        crate::normalise::bindings(pat, &mut bound);
        for (_, _, local) in bound {
            let var = self.local(local);
            let body = super::builder::var(var, value.span);
            let arm = Arm { pattern: self.pattern(pat), guard: None, body };
            let bound = untyped(value.span, ExprKind::Match(value.clone(), vec![arm]));
            self.assign(var, bound, origin);
        }
    }
}

fn field(value: &Expr, name: String, pat: &ast::Pat) -> Expr {
    untyped(span_of(pat.span), ExprKind::Field(value.clone(), name))
}

/// `if tests { then } else { otherwise }` as a value.
pub(super) fn choose(tests: Vec<Test>, then: Expr, otherwise: Expr, span: Span) -> Expr {
    tests.into_iter().rev().fold(then, |then, test| match test {
        Test::If(cond) => untyped(span, ExprKind::If(cond, then, otherwise.clone())),
        Test::Matches(value, pattern) => {
            let hit = Arm { pattern, guard: None, body: then };
            let miss = Arm { pattern: Pattern::Wild, guard: None, body: otherwise.clone() };
            untyped(span, ExprKind::Match(value, vec![hit, miss]))
        }
    })
}
