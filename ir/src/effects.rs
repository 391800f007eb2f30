//! What evaluating an expression can do besides yielding a value: fail, or yield another value the next time.
//!
//! Needed before types are known, so the answer is conservative: a method counts as every builtin of its spelling, an operator as
//! one on integers. In ASL a failing assignment of a state makes its Retry and Catch act, and a varying argument differs from attempt to attempt; only
//! expressions that are [`fixed`](Effects::is_fixed) may be folded into such a state.

use crate::{BinaryOp, Builtin, CastType, ContextValue, Expr, ExprKind, FloatType, IntType, Phase, Place, UnaryOp};

/// What an expression may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// It can fail.
    pub fails: bool,
    /// It can yield another value when it is evaluated again.
    pub varies: bool,
}

impl Effects {
    /// It neither fails nor varies.
    #[must_use]
    pub fn is_fixed(self) -> bool {
        !self.fails && !self.varies
    }

    fn and(self, other: Effects) -> Effects {
        Effects { fails: self.fails || other.fails, varies: self.varies || other.varies }
    }
}

/// The expression can fail or varies.
#[must_use]
pub fn fallible<P: Phase>(expr: &Expr<P>) -> bool {
    !expr.effects().is_fixed()
}

impl<P: Phase> Expr<P> {
    /// What evaluating the expression can do.
    #[must_use]
    pub fn effects(&self) -> Effects {
        let own = Effects { fails: fails(&self.kind), varies: varies(&self.kind) };
        let mut all = own;
        self.each_child(&mut |child, _| all = all.and(child.effects()));
        all
    }
}

/// The expression itself can fail, its operands aside.
fn fails<P: Phase>(kind: &ExprKind<P>) -> bool {
    match kind {
        ExprKind::Literal(_)
        | ExprKind::Const(_)
        | ExprKind::Var(_)
        | ExprKind::Field(..)
        | ExprKind::If(..)
        | ExprKind::Match(..)
        | ExprKind::Let(..)
        | ExprKind::Construct(_)
        | ExprKind::Tuple(_)
        | ExprKind::Array(_)
        | ExprKind::Repeat(..)
        | ExprKind::Range { .. }
        | ExprKind::Format(_)
        | ExprKind::Lambda(..)
        | ExprKind::Context(_)
        | ExprKind::Patched(_) => false,
        ExprKind::Index(..) | ExprKind::Pure(..) => true,
        ExprKind::Unary(UnaryOp::Not, _) => false,
        ExprKind::Unary(UnaryOp::Neg, operand) => !matches!(*operand.kind, ExprKind::Literal(_)),
        ExprKind::Binary(op, a, b) => binary_fails(*op, a, b),
        ExprKind::Cast(_, target) => cast_fails(*target),
        ExprKind::Method(method, _) => {
            let candidates = P::builtins(method);
            candidates.is_empty() || candidates.into_iter().any(Builtin::can_fail)
        }
        ExprKind::With { place, .. } => matches!(place, Place::Index(_)),
    }
}

fn varies<P: Phase>(kind: &ExprKind<P>) -> bool {
    match kind {
        ExprKind::Context(value) => match value {
            ContextValue::Now | ContextValue::Uuid | ContextValue::Random | ContextValue::TaskToken => true,
            ContextValue::ExecutionId
            | ContextValue::ExecutionName
            | ContextValue::ExecutionStart
            | ContextValue::ExecutionWorkflow
            | ContextValue::Execution => false,
        },
        // The body of a pure function reads no context, so only its arguments can vary.
        _ => false,
    }
}

fn binary_fails<P: Phase>(op: BinaryOp, a: &Expr<P>, b: &Expr<P>) -> bool {
    match op {
        BinaryOp::Add => !is_text(a) && !is_text(b),
        BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => true,
        BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Eq
        | BinaryOp::Ne
        | BinaryOp::Lt
        | BinaryOp::Le
        | BinaryOp::Gt
        | BinaryOp::Ge => false,
    }
}

/// The expression is text by its spelling.
fn is_text<P: Phase>(expr: &Expr<P>) -> bool {
    match &*expr.kind {
        ExprKind::Literal(crate::Literal::Str(_)) | ExprKind::Format(_) => true,
        ExprKind::Binary(BinaryOp::Add, a, b) => is_text(a) || is_text(b),
        ExprKind::Method(method, _) => {
            P::builtins(method).iter().any(|builtin| matches!(builtin, Builtin::ToString | Builtin::StringFrom))
        }
        _ => false,
    }
}

/// A value past 2^53, or a float that is not finite, is a failure.
fn cast_fails(target: CastType) -> bool {
    match target {
        CastType::Int(IntType::U64 | IntType::Usize | IntType::I64 | IntType::Isize) => true,
        CastType::Int(IntType::U8 | IntType::U16 | IntType::U32 | IntType::I8 | IntType::I16 | IntType::I32) => false,
        CastType::Float(FloatType::F32) => true,
        CastType::Float(FloatType::F64) => false,
    }
}

impl Builtin {
    /// It can fail for arguments of the right types; closures aside. What computes an integer can pass 2^53, which fails whether or not
    /// it overflows.
    #[must_use]
    pub fn can_fail(self) -> bool {
        matches!(
            self,
            Builtin::StrParse
                | Builtin::IntAbs
                | Builtin::IntAbsDiff
                | Builtin::IntPow
                | Builtin::IntClamp
                | Builtin::IntDivEuclid
                | Builtin::IntRemEuclid
                | Builtin::IntDivCeil
                | Builtin::IntCheckedAdd
                | Builtin::IntCheckedSub
                | Builtin::IntCheckedMul
                | Builtin::IntCheckedDiv
                | Builtin::IntCheckedRem
                | Builtin::IntCheckedNeg
                | Builtin::IntUnsignedAbs
                | Builtin::IntSaturatingAdd
                | Builtin::IntSaturatingSub
                | Builtin::IntSaturatingMul
                | Builtin::FloatSqrt
                | Builtin::FloatPowi
                | Builtin::FloatClamp
                | Builtin::VecInsert
                | Builtin::VecRemove
                | Builtin::VecSwap
                | Builtin::VecSwapRemove
                | Builtin::VecWindows
                | Builtin::VecChunks
                | Builtin::IterSum
                | Builtin::IterProduct
                | Builtin::IterStepBy
                | Builtin::DurationAsMillis
                | Builtin::TimestampDurationSince
                | Builtin::DurationFromMins
                | Builtin::DurationFromHours
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expr, VarId, build::*};

    fn effects(expr: &Expr) -> (bool, bool) {
        let Effects { fails, varies } = expr.effects();
        (fails, varies)
    }

    #[test]
    fn reading_and_building_is_fixed() {
        let x = || var(VarId(0));
        for expr in [
            field(x(), "a"),
            tuple([x(), int(1)]),
            construct("Some", [("0", x())]),
            binary(BinaryOp::Eq, x(), int(1)),
            method("len", [x()]),
            method("push", [x(), int(1)]),
            binary(BinaryOp::Add, text("a"), x()),
            unary(UnaryOp::Neg, int(1)),
            cast(x(), CastType::Int(IntType::U32)),
        ] {
            assert!(!fallible(&expr), "{expr:?}");
        }
    }

    #[test]
    fn arithmetic_and_unknown_methods_can_fail() {
        let x = || var(VarId(0));
        for expr in [
            binary(BinaryOp::Add, x(), int(1)),
            method("abs", [x()]),
            method("nobody_knows", [x()]),
            tuple([method("remove", [x(), int(0)])]),
            cast(x(), CastType::Int(IntType::U64)),
            method("map", [x(), closure([VarId(1)], binary(BinaryOp::Div, int(1), var(VarId(1))))]),
        ] {
            assert_eq!(effects(&expr), (true, false), "{expr:?}");
        }
    }

    #[test]
    fn context_varies_unless_it_is_the_executions_own() {
        let context = |value| expr(ExprKind::Context(value));
        assert_eq!(effects(&context(ContextValue::Uuid)), (false, true));
        assert_eq!(effects(&tuple([context(ContextValue::Now)])), (false, true));
        assert_eq!(effects(&context(ContextValue::ExecutionId)), (false, false));
    }
}
