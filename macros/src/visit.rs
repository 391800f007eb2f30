//! The traversal of the tree, shared and mutable: every node, in the order of the source, with nothing left out.
//!
//! A pass implements the methods for the nodes it cares about and calls `walk_..` to go on into them.

use crate::ast::{
    Arm, Await, AwaitKind, Block, Branch, Call, Expr, ExprKind, FormatPiece, Pat, PatKind, Stmt, StmtKind,
};

macro_rules! visitor {
    ($(#[$doc:meta])* $visitor:ident [$($mutable:tt)?] $walk_block:ident $walk_stmt:ident $walk_expr:ident
        $walk_arm:ident $walk_await:ident $walk_branch:ident $walk_pat:ident) => {
        $(#[$doc])*
        pub(crate) trait $visitor {
            fn block(&mut self, block: &$($mutable)? Block) {
                $walk_block(self, block);
            }
            fn stmt(&mut self, stmt: &$($mutable)? Stmt) {
                $walk_stmt(self, stmt);
            }
            fn expr(&mut self, expr: &$($mutable)? Expr) {
                $walk_expr(self, expr);
            }
            fn arm(&mut self, arm: &$($mutable)? Arm) {
                $walk_arm(self, arm);
            }
            fn branch(&mut self, branch: &$($mutable)? Branch) {
                $walk_branch(self, branch);
            }
            fn pat(&mut self, pat: &$($mutable)? Pat) {
                $walk_pat(self, pat);
            }
        }

        pub(crate) fn $walk_block<V: $visitor + ?Sized>(v: &mut V, block: &$($mutable)? Block) {
            for stmt in &$($mutable)? block.stmts {
                v.stmt(stmt);
            }
            if let Some(tail) = &$($mutable)? block.tail {
                v.expr(tail);
            }
        }

        pub(crate) fn $walk_stmt<V: $visitor + ?Sized>(v: &mut V, stmt: &$($mutable)? Stmt) {
            match &$($mutable)? stmt.kind {
                StmtKind::Let { pat, ty: _, init, otherwise } => {
                    v.expr(init);
                    if let Some(otherwise) = otherwise {
                        v.block(otherwise);
                    }
                    v.pat(pat);
                }
                StmtKind::Expr(expr) => v.expr(expr),
                StmtKind::Log(_) => {}
            }
        }

        pub(crate) fn $walk_expr<V: $visitor + ?Sized>(v: &mut V, expr: &$($mutable)? Expr) {
            match &$($mutable)? expr.kind {
                ExprKind::Lit { .. }
                | ExprKind::Name(_)
                | ExprKind::Local(..)
                | ExprKind::Path(_)
                | ExprKind::Context { .. }
                | ExprKind::Patched { .. }
                | ExprKind::Continue { .. } => {}
                ExprKind::Field(a, _)
                | ExprKind::Unary(_, a)
                | ExprKind::Ref { expr: a, mutable: _ }
                | ExprKind::Deref(a)
                | ExprKind::Paren(a)
                | ExprKind::Cast(a, ..)
                | ExprKind::Try(a) => v.expr(a),
                ExprKind::Index(a, b)
                | ExprKind::Binary(_, a, b)
                | ExprKind::Assign(a, b)
                | ExprKind::AssignOp(_, a, b)
                | ExprKind::Range { from: a, to: b, inclusive: _ }
                | ExprKind::Repeat { value: a, count: b, vec: _ } => {
                    v.expr(a);
                    v.expr(b);
                }
                ExprKind::If { cond, then, otherwise } => {
                    v.expr(cond);
                    v.block(then);
                    if let Some(otherwise) = otherwise {
                        v.expr(otherwise);
                    }
                }
                ExprKind::Let(pat, value) => {
                    v.expr(value);
                    v.pat(pat);
                }
                ExprKind::Match { scrutinee, arms } => {
                    v.expr(scrutinee);
                    for arm in arms {
                        v.arm(arm);
                    }
                }
                ExprKind::While { label: _, cond, body } => {
                    v.expr(cond);
                    v.block(body);
                }
                ExprKind::Loop { label: _, body } | ExprKind::Labelled { label: _, body } => v.block(body),
                ExprKind::For { label: _, pat, iter, body } => {
                    v.expr(iter);
                    v.pat(pat);
                    v.block(body);
                }
                ExprKind::Break { label: _, value } | ExprKind::Return(value) => {
                    if let Some(value) = value {
                        v.expr(value);
                    }
                }
                ExprKind::Block(block) => v.block(block),
                ExprKind::Tuple(items)
                | ExprKind::Array { items, vec: _ }
                | ExprKind::Construct { args: items, path: _ }
                | ExprKind::Function { args: items, path: _, spelling: _ }
                | ExprKind::Pure { args: items, path: _ } => {
                    for item in items {
                        v.expr(item);
                    }
                }
                ExprKind::Struct { path: _, fields, base } => {
                    for (_, value) in fields {
                        v.expr(value);
                    }
                    if let Some(base) = base {
                        v.expr(base);
                    }
                }
                ExprKind::Method { receiver, method: _, turbofish: _, args } => {
                    v.expr(receiver);
                    for arg in args {
                        v.expr(arg);
                    }
                }
                ExprKind::Closure { moves: _, params, body } => {
                    for param in params {
                        v.pat(&$($mutable)? param.pat);
                    }
                    v.expr(body);
                }
                ExprKind::Format(pieces) => {
                    for piece in pieces {
                        match piece {
                            FormatPiece::Text(_) => {}
                            FormatPiece::Value { value, precision: _, pad: _ } => v.expr(value),
                        }
                    }
                }
                ExprKind::Matches { value, pat, guard } => {
                    v.expr(value);
                    v.pat(pat);
                    if let Some(guard) = guard {
                        v.expr(guard);
                    }
                }
                ExprKind::Await(awaited) => $walk_await(v, awaited),
            }
        }

        pub(crate) fn $walk_arm<V: $visitor + ?Sized>(v: &mut V, arm: &$($mutable)? Arm) {
            v.pat(&$($mutable)? arm.pat);
            if let Some(guard) = &$($mutable)? arm.guard {
                v.expr(guard);
            }
            v.expr(&$($mutable)? arm.body);
        }

        fn $walk_await<V: $visitor + ?Sized>(v: &mut V, awaited: &$($mutable)? Await) {
            match &$($mutable)? awaited.kind {
                AwaitKind::Call(Call { path: _, args, timeout, heartbeat, retry: _, detached: _, anew: _, adjusters: _ }) => {
                    for arg in args {
                        v.expr(arg);
                    }
                    for adjusted in [timeout, heartbeat].into_iter().flatten() {
                        v.expr(adjusted);
                    }
                }
                AwaitKind::Sleep(value) | AwaitKind::SleepUntil(value) => v.expr(value),
                AwaitKind::TryJoin(branches) | AwaitKind::Join(branches) | AwaitKind::Race { branches, timer: _ } => {
                    for branch in branches {
                        v.branch(branch);
                    }
                }
                AwaitKind::Map { items, item, index, body, concurrency } => {
                    v.expr(items);
                    v.pat(item);
                    if let Some(index) = index {
                        v.pat(index);
                    }
                    v.branch(body);
                    if let Some(concurrency) = concurrency {
                        v.expr(concurrency);
                    }
                }
            }
        }

        pub(crate) fn $walk_branch<V: $visitor + ?Sized>(v: &mut V, branch: &$($mutable)? Branch) {
            v.block(&$($mutable)? branch.body);
        }

        pub(crate) fn $walk_pat<V: $visitor + ?Sized>(v: &mut V, pat: &$($mutable)? Pat) {
            match &$($mutable)? pat.kind {
                PatKind::Wild | PatKind::Lit { .. } | PatKind::Range { .. } | PatKind::Path(_) => {}
                PatKind::Bind { ident: _, mutable: _, local: _, sub } => {
                    if let Some(sub) = sub {
                        v.pat(sub);
                    }
                }
                PatKind::Tuple(items) | PatKind::TupleStruct { items, path: _, rest: _ } | PatKind::Or(items) => {
                    for item in items {
                        v.pat(item);
                    }
                }
                PatKind::Struct { path: _, fields, rest: _ } => {
                    for (_, field) in fields {
                        v.pat(field);
                    }
                }
                PatKind::Ref(inner) => v.pat(inner),
            }
        }
    };
}

visitor!(
    /// Reads the tree.
    Visit [] walk_block walk_stmt walk_expr walk_arm walk_await walk_branch walk_pat
);
visitor!(
    /// Changes the tree.
    VisitMut [mut] walk_block_mut walk_stmt_mut walk_expr_mut walk_arm_mut walk_await_mut walk_branch_mut walk_pat_mut
);
