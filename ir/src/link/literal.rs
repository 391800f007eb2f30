//! Literals and other expressions that take the type of what stands beside them.

use super::{Linked, Linker};
use crate::{
    BinaryOp, Construct, Expr, ExprKind, FloatType, IntType, Literal, Span, Spelled, TypeDef, TypeId, Typed, UnaryOp,
};

/// The largest integer that a double tells from its neighbours: 2^53 itself is also what 2^53 + 1 rounds to.
pub const MAX_EXACT_INT: i128 = (1 << 53) - 1;

impl Linker<'_> {
    pub(super) fn literal(&mut self, span: Span, literal: &Literal, want: Option<TypeId>) -> Linked<Expr<Typed>> {
        let ty = match literal {
            Literal::Unit => self.intern(TypeDef::Unit),
            Literal::Bool(_) => self.intern(TypeDef::Bool),
            Literal::Str(_) => self.intern(TypeDef::String),
            Literal::Char(_) => self.intern(TypeDef::Char),
            Literal::Int(value) => self.int_literal(span, *value, want)?,
            Literal::Float(value) => match want.map(|want| (want, self.types.get(want))) {
                Some((want, TypeDef::Float(_))) => want,
                _ if !value.is_finite() => return self.fail(span, "a float must be finite"),
                _ => self.intern(TypeDef::Float(FloatType::F64)),
            },
        };
        Some(Expr { ty, span, kind: Box::new(ExprKind::Literal(literal.clone())) })
    }

    fn int_literal(&mut self, span: Span, value: i128, want: Option<TypeId>) -> Linked<TypeId> {
        let (ty, int) = match want.map(|want| (want, self.types.get(want))) {
            Some((want, TypeDef::Int(int))) => (want, *int),
            _ => (self.intern(TypeDef::Int(IntType::I32)), IntType::I32),
        };
        let (min, max) = int.range();
        if value < min || value > max {
            return self.fail(span, format!("{value} is out of range of {}", int.name()));
        }
        if value.abs() > MAX_EXACT_INT {
            return self
                .fail(span, format!("{value} is past 2^53, which a machine cannot compute with: keep it as a string"));
        }
        Some(ty)
    }

    pub(super) fn unary(
        &mut self,
        span: Span,
        op: UnaryOp,
        operand: &Expr<Spelled>,
        want: Option<TypeId>,
    ) -> Linked<Expr<Typed>> {
        match (op, &*operand.kind) {
            (UnaryOp::Neg, ExprKind::Literal(Literal::Int(value))) => {
                let want = self.hole(operand.ty).or(want);
                return self.literal(span, &Literal::Int(-value), want);
            }
            (UnaryOp::Neg, ExprKind::Literal(Literal::Float(value))) => {
                let want = self.hole(operand.ty).or(want);
                return self.literal(span, &Literal::Float(-value), want);
            }
            _ => {}
        }
        let operand = self.infer(operand, want)?;
        let fits = match (op, self.types.get(operand.ty)) {
            (UnaryOp::Not, TypeDef::Bool) | (UnaryOp::Neg, TypeDef::Float(_)) => true,
            (UnaryOp::Neg, TypeDef::Int(int)) => int.range().0 < 0,
            _ => false,
        };
        if !fits {
            let sign = if op == UnaryOp::Not { "!" } else { "-" };
            let name = self.types.name(operand.ty);
            return self.fail(span, format!("`{sign}` has no meaning in a workflow for a {name}"));
        }
        Some(Expr { ty: operand.ty, span, kind: Box::new(ExprKind::Unary(op, operand)) })
    }

    /// Two expressions of one type, whichever of them decides it.
    pub(super) fn agreeing(
        &mut self,
        span: Span,
        a: &Expr<Spelled>,
        b: &Expr<Spelled>,
        want: Option<TypeId>,
    ) -> Linked<(Expr<Typed>, Expr<Typed>)> {
        let (a, b) = if a.is_flexible() && !b.is_flexible() {
            let b = self.infer(b, want)?;
            (self.infer(a, Some(b.ty))?, b)
        } else {
            let first = self.infer(a, want);
            let second = self.infer(b, first.as_ref().map(|first| first.ty).or(want));
            (first?, second?)
        };
        if a.ty != b.ty {
            let (left, right) = (self.types.name(a.ty), self.types.name(b.ty));
            return self
                .fail(span, format!("a {left} and a {right} do not go together: convert one with `as` or `.into()`"));
        }
        Some((a, b))
    }
}

impl Expr<Spelled> {
    /// The expression takes the type that is expected of it, and has a default only where nothing is.
    pub(super) fn is_flexible(&self) -> bool {
        if self.ty.is_some() {
            return false;
        }
        match &*self.kind {
            ExprKind::Literal(Literal::Int(_) | Literal::Float(_)) => true,
            ExprKind::Unary(UnaryOp::Neg, operand) => operand.is_flexible(),
            ExprKind::Binary(op, a, b) => is_arithmetic(*op) && a.is_flexible() && b.is_flexible(),
            ExprKind::If(_, a, b) => a.is_flexible() && b.is_flexible(),
            ExprKind::Array(items) | ExprKind::Tuple(items) => items.iter().all(Expr::is_flexible),
            ExprKind::Repeat(value, _) => value.is_flexible(),
            ExprKind::Range { from, to, inclusive: _ } => from.is_flexible() && to.is_flexible(),
            ExprKind::Construct(Construct { fields, base, name: _ }) => {
                base.is_none() && fields.iter().all(|(_, value)| value.is_flexible())
            }
            ExprKind::Let(_, _, body) => body.is_flexible(),
            ExprKind::Match(_, arms) => arms.iter().all(|arm| arm.body.is_flexible()),
            _ => false,
        }
    }
}

pub(super) fn is_arithmetic(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem)
}
