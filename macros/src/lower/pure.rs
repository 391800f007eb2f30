//! The body of a `#[pure] fn` as one expression.
//!
//! What leaves the function early (`return`, `?`, the block of a `let .. else`) yields its value where it stands, and what comes after it is
//! computed on the other paths only: `if c { return a; } b` is `if c { a } else { b }`.

use durafn_ir::{Arm, Construct, Expr, ExprKind, Pattern, PureFn, Span, VarId, fallible};

use super::{
    builder::{Builder, span_of, unit, untyped, var},
    pattern::choose,
    stmt::one,
};
use crate::{
    ast::{self, Block, ExprKind as Ast, PatKind, Stmt, StmtKind, Workflow},
    lowered::{Lowered, TypeSource},
    walk,
};

/// The pass over a pure function, in place of the one over a workflow.
pub(crate) fn lower_pure(function: &Workflow) -> Result<(PureFn, Lowered), Vec<syn::Error>> {
    let mut builder = Builder::bare(function);
    let body = builder.rest(&Rest::of(&function.body, Then::Leave));
    if !builder.errors.is_empty() {
        return Err(builder.errors);
    }
    let params = (0..function.item.params.len() as u32).map(VarId).collect();
    let pure = PureFn { params, vars: builder.machine.vars.clone(), body };
    Ok((pure, builder.done()))
}

/// What is still to do in a block, and then.
#[derive(Clone, Copy)]
struct Rest<'a> {
    stmts: &'a [Stmt],
    tail: Option<&'a ast::Expr>,
    span: Span,
    then: Then<'a>,
}

/// What becomes of a value.
#[derive(Clone, Copy)]
enum Then<'a> {
    /// The function yields it.
    Leave,
    /// A pattern takes it, and the rest follows.
    Bind(&'a ast::Pat, &'a Rest<'a>),
    /// Nobody reads it, and the rest follows.
    Drop(&'a Rest<'a>),
}

impl<'a> Rest<'a> {
    fn of(block: &'a Block, then: Then<'a>) -> Rest<'a> {
        Rest { stmts: &block.stmts, tail: block.tail.as_deref(), span: span_of(block.span), then }
    }
}

impl Builder<'_> {
    fn rest(&mut self, rest: &Rest<'_>) -> Expr {
        let Some((stmt, stmts)) = rest.stmts.split_first() else {
            return match rest.tail {
                Some(tail) => self.leaving(tail, rest.then),
                None => self.then(unit(rest.span), rest.then),
            };
        };
        let after = Rest { stmts, ..*rest };
        match &stmt.kind {
            StmtKind::Let { pat, init, otherwise: None, .. } => self.leaving(init, Then::Bind(pat, &after)),
            StmtKind::Let { pat, init, otherwise: Some(otherwise), .. } => {
                let value = self.expr(init);
                let hit = Arm { pattern: self.pattern(pat), guard: None, body: self.rest(&after) };
                let body = self.rest(&Rest::of(otherwise, Then::Leave));
                let miss = Arm { pattern: Pattern::Wild, guard: None, body };
                untyped(span_of(stmt.span), ExprKind::Match(value, vec![hit, miss]))
            }
            StmtKind::Expr(expr) => self.leaving(expr, Then::Drop(&after)),
            StmtKind::Log(_) => self.rest(&after),
        }
    }

    /// An expression that may leave the function.
    fn leaving(&mut self, expr: &ast::Expr, then: Then<'_>) -> Expr {
        let span = span_of(expr.span);
        match &expr.kind {
            Ast::Paren(inner) => self.leaving(inner, then),
            Ast::Block(block) => self.rest(&Rest::of(block, then)),
            Ast::Return(None) => unit(span),
            Ast::Return(Some(value)) => self.leaving(value, Then::Leave),
            Ast::Try(inner) => self.tried(inner, then, span),
            Ast::If { cond, then: yes, otherwise } if leaves(expr) => {
                let tests = self.tests(cond);
                let yes = self.rest(&Rest::of(yes, then));
                let no = match otherwise {
                    Some(otherwise) => self.leaving(otherwise, then),
                    None => self.then(unit(span), then),
                };
                choose(tests, yes, no, span)
            }
            Ast::Match { scrutinee, arms } if leaves(expr) => {
                let value = self.expr(scrutinee);
                let arms = arms.iter().map(|arm| Arm {
                    pattern: self.pattern(&arm.pat),
                    guard: arm.guard.as_ref().map(|guard| self.expr(guard)),
                    body: self.leaving(&arm.body, then),
                });
                let arms = arms.collect();
                untyped(span, ExprKind::Match(value, arms))
            }
            _ => {
                let value = self.expr(expr);
                self.then(value, then)
            }
        }
    }

    /// `value?`: the error, as the function's own, or what follows.
    fn tried(&mut self, inner: &ast::Expr, then: Then<'_>, span: Span) -> Expr {
        let result = self.expr(inner);
        let (value, error) = (self.temp("value", span), self.temp("error", span));
        let failure = self.type_hole(TypeSource::Failure);
        let converted = ExprKind::Method("into".to_owned(), vec![var(error, span)]);
        let converted = Expr { ty: Some(failure), span, kind: Box::new(converted) };
        let output = self.type_hole(TypeSource::Output);
        let left = Construct { name: "Err".to_owned(), fields: vec![("0".to_owned(), converted)], base: None };
        let left = Expr { ty: Some(output), span, kind: Box::new(ExprKind::Construct(left)) };
        let body = self.then(var(value, span), then);
        let arms = vec![
            Arm { pattern: one("Ok", Pattern::Bind(value, None)), guard: None, body },
            Arm { pattern: one("Err", Pattern::Bind(error, None)), guard: None, body: left },
        ];
        untyped(span, ExprKind::Match(result, arms))
    }

    fn then(&mut self, value: Expr, then: Then<'_>) -> Expr {
        match then {
            Then::Leave => value,
            Then::Bind(pat, rest) => {
                let body = self.rest(rest);
                self.bound(pat, value, body)
            }
            Then::Drop(rest) => {
                let body = self.rest(rest);
                if !fallible(&value) {
                    return body;
                }
                let span = value.span;
                let unused = self.temp("unused", span);
                untyped(span, ExprKind::Let(unused, value, body))
            }
        }
    }

    /// `let pat = value; body` as an expression.
    pub(super) fn bound(&mut self, pat: &ast::Pat, value: Expr, body: Expr) -> Expr {
        let span = value.span;
        match &pat.kind {
            PatKind::Bind { local: Some(local), sub: None, .. } => {
                untyped(span, ExprKind::Let(self.local(*local), value, body))
            }
            PatKind::Wild if !fallible(&value) => body,
            _ => {
                let arm = Arm { pattern: self.pattern(pat), guard: None, body };
                untyped(span, ExprKind::Match(value, vec![arm]))
            }
        }
    }
}

/// The expression leaves the function on some path.
fn leaves(expr: &ast::Expr) -> bool {
    walk::any(expr, &mut |expr| matches!(expr.kind, Ast::Return(_) | Ast::Try(_)))
        || walk::any(expr, &mut |expr| match &expr.kind {
            Ast::Block(block) => block.stmts.iter().any(leaves_by_let),
            Ast::If { then, .. } => then.stmts.iter().any(leaves_by_let),
            _ => false,
        })
}

fn leaves_by_let(stmt: &Stmt) -> bool {
    matches!(stmt.kind, StmtKind::Let { otherwise: Some(_), .. })
}
