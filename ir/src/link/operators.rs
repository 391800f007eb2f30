//! Operators with two operands: which types they take.

use super::{Linked, Linker, literal::is_arithmetic};
use crate::{BinaryOp, Expr, ExprKind, IntType, Span, Spelled, TypeDef, TypeId, Typed};

impl Linker<'_> {
    pub(super) fn binary(
        &mut self,
        span: Span,
        op: BinaryOp,
        a: &Expr<Spelled>,
        b: &Expr<Spelled>,
        want: Option<TypeId>,
    ) -> Linked<Expr<Typed>> {
        let bool = self.intern(TypeDef::Bool);
        let (ty, a, b) = match op {
            BinaryOp::And | BinaryOp::Or => {
                let (a, b) = (self.check(a, bool), self.check(b, bool));
                (bool, a?, b?)
            }
            BinaryOp::Eq | BinaryOp::Ne => {
                let (a, b) = self.agreeing(span, a, b, None)?;
                if !self.types.is_comparable(a.ty) {
                    let name = self.types.name(a.ty);
                    return self.fail(
                        span,
                        format!("a {name} holds opaque values and cannot be compared: compare in a `#[task]`"),
                    );
                }
                (bool, a, b)
            }
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                let (a, b) = self.agreeing(span, a, b, None)?;
                self.ordered(span, a.ty)?;
                (bool, a, b)
            }
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
                self.arithmetic(span, op, a, b, want)?
            }
        };
        Some(Expr { ty, span, kind: Box::new(ExprKind::Binary(op, a, b)) })
    }

    pub(super) fn ordered(&mut self, span: Span, ty: TypeId) -> Linked<()> {
        if self.types.has_order(ty) {
            return Some(());
        }
        let name = self.types.name(ty);
        self.fail(span, format!("values of {name} have no order in a workflow: compare their fields"))
    }

    fn arithmetic(
        &mut self,
        span: Span,
        op: BinaryOp,
        a: &Expr<Spelled>,
        b: &Expr<Spelled>,
        want: Option<TypeId>,
    ) -> Linked<(TypeId, Expr<Typed>, Expr<Typed>)> {
        debug_assert!(is_arithmetic(op));
        let numeric = want.filter(|want| self.types.is_number(*want));
        let (a, b) = match (a.is_flexible(), b.is_flexible()) {
            (true, false) => {
                let b = self.infer(b, numeric)?;
                let hint = self.factor_of(b.ty);
                (self.infer(a, Some(hint))?, b)
            }
            _ => {
                let first = self.infer(a, numeric);
                let hint = first.as_ref().map(|first| self.factor_of(first.ty)).or(numeric);
                let second = self.infer(b, hint);
                (first?, second?)
            }
        };
        match self.arithmetic_type(op, a.ty, b.ty) {
            Some(ty) => Some((ty, a, b)),
            None => {
                let (left, right) = (self.types.name(a.ty), self.types.name(b.ty));
                self.fail(span, format!("`{}` has no meaning in a workflow for {left} and {right}", op.symbol()))
            }
        }
    }

    /// The type of a number beside a value of a type: the same, but a `Duration` is multiplied by a `u32`.
    fn factor_of(&mut self, ty: TypeId) -> TypeId {
        match self.types.get(ty) {
            TypeDef::Duration => self.intern(TypeDef::Int(IntType::U32)),
            _ => ty,
        }
    }

    fn arithmetic_type(&mut self, op: BinaryOp, a: TypeId, b: TypeId) -> Option<TypeId> {
        let same = (a == b).then_some(a);
        match (op, self.types.get(a), self.types.get(b)) {
            (_, TypeDef::Int(_), TypeDef::Int(_)) | (_, TypeDef::Float(_), TypeDef::Float(_)) => same,
            (BinaryOp::Add, TypeDef::String, TypeDef::String) => same,
            (BinaryOp::Add | BinaryOp::Sub, TypeDef::Duration, TypeDef::Duration) => same,
            (BinaryOp::Mul | BinaryOp::Div, TypeDef::Duration, TypeDef::Int(IntType::U32)) => Some(a),
            (BinaryOp::Mul, TypeDef::Int(IntType::U32), TypeDef::Duration) => Some(b),
            (BinaryOp::Add | BinaryOp::Sub, TypeDef::Timestamp, TypeDef::Duration) => Some(a),
            _ => None,
        }
    }
}

impl BinaryOp {
    /// The operator as Rust writes it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
            BinaryOp::And => "&&",
            BinaryOp::Or => "||",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
        }
    }
}
