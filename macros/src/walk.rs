//! Looking into the tree without caring for every kind of node.

use crate::ast::{Arm, Await, AwaitKind, Block, Branch, Expr, ExprKind, FormatPiece, Stmt, StmtKind};

/// Both forms of "the operands of": shared and mutable.
macro_rules! operands {
    ($name:ident, $of_await:ident, $iter:ident, $as_deref:ident, [$($mut:tt)?]) => {
        /// The parts of an expression that it evaluates itself, in order of evaluation. A closure's body, a branch's body and nested blocks are
        /// not among them: see [`blocks`].
        pub(crate) fn $name(expr: &$($mut)? Expr) -> Vec<&$($mut)? Expr> {
            match &$($mut)? expr.kind {
                ExprKind::Lit { .. }
                | ExprKind::Name(_)
                | ExprKind::Local(..)
                | ExprKind::Path(_)
                | ExprKind::Context { .. }
                | ExprKind::Patched { .. }
                | ExprKind::Continue { .. }
                | ExprKind::Loop { .. }
                | ExprKind::Labelled { .. }
                | ExprKind::Block(_)
                | ExprKind::Closure { .. } => Vec::new(),
                ExprKind::Field(a, _)
                | ExprKind::Unary(_, a)
                | ExprKind::Ref { expr: a, .. }
                | ExprKind::Deref(a)
                | ExprKind::Paren(a)
                | ExprKind::Cast(a, ..)
                | ExprKind::Let(_, a)
                | ExprKind::Try(a)
                | ExprKind::If { cond: a, .. }
                | ExprKind::Match { scrutinee: a, .. }
                | ExprKind::While { cond: a, .. }
                | ExprKind::For { iter: a, .. }
                | ExprKind::Matches { value: a, .. } => vec![a],
                ExprKind::Index(a, b)
                | ExprKind::Binary(_, a, b)
                | ExprKind::Range { from: a, to: b, .. }
                | ExprKind::Repeat { value: a, count: b, .. } => vec![a, b],
                // The place of an assignment is evaluated after its value.
                ExprKind::Assign(place, value) | ExprKind::AssignOp(_, place, value) => vec![value, place],
                ExprKind::Break { value, .. } | ExprKind::Return(value) => value.$as_deref().into_iter().collect(),
                ExprKind::Tuple(items) | ExprKind::Array { items, .. } => items.$iter().collect(),
                ExprKind::Construct { args, .. } | ExprKind::Function { args, .. } | ExprKind::Pure { args, .. } => {
                    args.$iter().collect()
                }
                ExprKind::Struct { fields, base, .. } => {
                    fields.$iter().map(|(_, value)| value).chain(base.$as_deref()).collect()
                }
                ExprKind::Method { receiver, args, .. } => {
                    std::iter::once(&$($mut)? **receiver).chain(args.$iter()).collect()
                }
                ExprKind::Format(pieces) => pieces
                    .$iter()
                    .filter_map(|piece| match piece {
                        FormatPiece::Text(_) => None,
                        FormatPiece::Value { value, .. } => Some(value),
                    })
                    .collect(),
                ExprKind::Await(awaited) => $of_await(awaited),
            }
        }

        /// The operands of an await.
        pub(crate) fn $of_await(awaited: &$($mut)? Await) -> Vec<&$($mut)? Expr> {
            match &$($mut)? awaited.kind {
                AwaitKind::Call(call) => {
                    call.args.$iter().chain(call.timeout.$iter()).chain(call.heartbeat.$iter()).collect()
                }
                AwaitKind::Sleep(expr) | AwaitKind::SleepUntil(expr) => vec![expr],
                AwaitKind::TryJoin(_) | AwaitKind::Join(_) | AwaitKind::Race { .. } => Vec::new(),
                AwaitKind::Map { items, concurrency, .. } => {
                    std::iter::once(items).chain(concurrency.$iter()).collect()
                }
            }
        }
    };
}

operands!(operands, await_operands, iter, as_deref, []);
operands!(operands_mut, await_operands_mut, iter_mut, as_deref_mut, [mut]);

/// The blocks that an expression runs as control flow in the same function, without closures and branches.
pub(crate) fn blocks(expr: &Expr) -> Vec<&Block> {
    match &expr.kind {
        ExprKind::If { then, .. } => vec![then],
        ExprKind::While { body, .. } | ExprKind::Loop { body, .. } | ExprKind::For { body, .. } => vec![body],
        ExprKind::Labelled { body, .. } => vec![body],
        ExprKind::Block(block) => vec![block],
        _ => Vec::new(),
    }
}

/// The expressions that an expression evaluates only on some paths: `else`, arms and their guards.
pub(crate) fn alternatives(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::If { otherwise, .. } => otherwise.iter().map(|expr| &**expr).collect(),
        ExprKind::Match { arms, .. } => arms.iter().flat_map(arm_parts).collect(),
        ExprKind::Matches { guard, .. } => guard.iter().map(|expr| &**expr).collect(),
        _ => Vec::new(),
    }
}

fn arm_parts(arm: &Arm) -> impl Iterator<Item = &Expr> {
    arm.guard.iter().chain(std::iter::once(&arm.body))
}

/// The branches of an await.
pub(crate) fn branches_mut(awaited: &mut Await) -> Vec<&mut Branch> {
    match &mut awaited.kind {
        AwaitKind::TryJoin(branches) | AwaitKind::Join(branches) | AwaitKind::Race { branches, timer: _ } => {
            branches.iter_mut().collect()
        }
        AwaitKind::Map { body, .. } => vec![body],
        AwaitKind::Call(_) | AwaitKind::Sleep(_) | AwaitKind::SleepUntil(_) => Vec::new(),
    }
}

/// Whether something holds for an expression or for any part of it that runs in the same function.
pub(crate) fn any(expr: &Expr, holds: &mut dyn FnMut(&Expr) -> bool) -> bool {
    holds(expr)
        || operands(expr).into_iter().any(|part| any(part, holds))
        || alternatives(expr).into_iter().any(|part| any(part, holds))
        || blocks(expr).into_iter().any(|block| any_in_block(block, holds))
}

/// [`any`] for a block.
pub(crate) fn any_in_block(block: &Block, holds: &mut dyn FnMut(&Expr) -> bool) -> bool {
    block.stmts.iter().any(|stmt| any_in_stmt(stmt, holds))
        || block.tail.as_deref().is_some_and(|tail| any(tail, holds))
}

/// [`any`] for a statement.
pub(crate) fn any_in_stmt(stmt: &Stmt, holds: &mut dyn FnMut(&Expr) -> bool) -> bool {
    match &stmt.kind {
        StmtKind::Let { init, otherwise, .. } => {
            any(init, holds) || otherwise.as_ref().is_some_and(|block| any_in_block(block, holds))
        }
        StmtKind::Expr(expr) => any(expr, holds),
        StmtKind::Log(_) => false,
    }
}
