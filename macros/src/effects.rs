//! What an expression does besides yielding a value, told from spelling.

use crate::{
    ast::{Block, Expr, ExprKind, LocalId, Pat, PatKind, StmtKind},
    walk,
};

/// Methods that change their receiver.
pub(crate) const MUTATING: &[&str] = &[
    "push",
    "push_str",
    "insert",
    "extend",
    "extend_from_slice",
    "pop",
    "remove",
    "swap_remove",
    "swap",
    "retain",
    "dedup",
    "truncate",
    "clear",
    "reverse",
    "sort",
    "sort_by_key",
    "sort_unstable",
    "sort_unstable_by_key",
];

/// Methods that make an iterator of an iterator. Some are `Option`'s too.
pub(crate) const ITERATOR_ADAPTORS: &[&str] = &[
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "enumerate",
    "zip",
    "chain",
    "take",
    "skip",
    "step_by",
    "take_while",
    "skip_while",
    "rev",
];

/// Whether a method changes its receiver. Iterators have a `rev`, strings no `reverse`, so names suffice.
pub(crate) fn mutates(method: &str) -> bool {
    MUTATING.contains(&method)
}

/// Whether an expression is more than a value: it suspends, leaves its place (`?`, `return`, `break`, `continue`), loops or assigns. What is not
/// effectful is one expression of the machine.
pub(crate) fn effectful(expr: &Expr) -> bool {
    walk::any(expr, &mut |expr| {
        match &expr.kind {
        ExprKind::Await(_)
        | ExprKind::Try(_)
        | ExprKind::Return(_)
        | ExprKind::Break { .. }
        | ExprKind::Continue { .. }
        | ExprKind::While { .. }
        | ExprKind::Loop { .. }
        | ExprKind::Labelled { .. }
        | ExprKind::For { .. }
        | ExprKind::Assign(..)
        | ExprKind::AssignOp(..) => true,
        ExprKind::Method { method, .. } => mutates(&method.to_string()),
        ExprKind::Block(block) => block.stmts.iter().any(|stmt| !matches!(&stmt.kind, StmtKind::Let { otherwise: None, pat, .. } if matches!(pat.kind, PatKind::Bind { sub: None, .. }))),
        _ => false,
    }
    })
}

/// Whether an expression suspends or leaves its place, so that it needs states: unlike assignments, which can be folded
/// into an expression for each variable.
pub(crate) fn escapes(expr: &Expr) -> bool {
    walk::any(expr, &mut |expr| {
        matches!(
            &expr.kind,
            ExprKind::Await(_)
                | ExprKind::Try(_)
                | ExprKind::Return(_)
                | ExprKind::Break { .. }
                | ExprKind::Continue { .. }
                | ExprKind::While { .. }
                | ExprKind::Loop { .. }
                | ExprKind::Labelled { .. }
        )
    })
}

/// [`escapes`] for a block.
pub(crate) fn block_escapes(block: &Block) -> bool {
    block.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Let { init, otherwise, .. } => escapes(init) || otherwise.is_some(),
        StmtKind::Expr(expr) => escapes(expr),
        StmtKind::Log(_) => false,
    }) || block.tail.as_deref().is_some_and(escapes)
}

/// Whether evaluating an expression earlier or later makes no difference that anybody could see: it cannot fail, and reads only what is
/// not assigned in between.
pub(crate) fn movable(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Lit { .. } | ExprKind::Local(..) | ExprKind::Path(_) | ExprKind::Closure { .. } => true,
        ExprKind::Field(base, _) => movable(base),
        ExprKind::Ref { expr, .. } | ExprKind::Deref(expr) | ExprKind::Paren(expr) => movable(expr),
        ExprKind::Method { receiver, method, args, .. } => {
            args.is_empty() && movable(receiver) && durafn_ir::IDENTITY_METHODS.contains(&&*method.to_string())
        }
        _ => false,
    }
}

/// The local at the root of a place: of `a.b[0].c`, `a`.
pub(crate) fn root(place: &Expr) -> Option<LocalId> {
    match &place.kind {
        ExprKind::Local(local, _) => Some(*local),
        ExprKind::Field(base, _) | ExprKind::Index(base, _) => root(base),
        ExprKind::Deref(expr) | ExprKind::Paren(expr) | ExprKind::Ref { expr, .. } => root(expr),
        _ => None,
    }
}

/// Whether a pattern matches every value of its type, as far as spelling tells: paths to variants count as refutable.
pub(crate) fn irrefutable(pat: &Pat) -> bool {
    match &pat.kind {
        PatKind::Wild | PatKind::Bind { sub: None, .. } => true,
        PatKind::Bind { sub: Some(sub), .. } | PatKind::Ref(sub) => irrefutable(sub),
        PatKind::Tuple(items) => items.iter().all(irrefutable),
        PatKind::Struct { path, fields, .. } => {
            path.segments.len() == 1 && fields.iter().all(|(_, pat)| irrefutable(pat))
        }
        PatKind::TupleStruct { .. } | PatKind::Lit { .. } | PatKind::Range { .. } | PatKind::Path(_) => false,
        PatKind::Or(alternatives) => alternatives.iter().any(irrefutable),
    }
}
