//! Pure expressions.

use durafn_ir::{
    Arm, BinaryOp, Builtin, CastType, Construct, ContextValue, Expr, ExprKind, FloatType, FormatPart, IDENTITY_METHODS,
    IntType, Literal, Span, VarId,
};

use super::builder::{Builder, span_of, unit, untyped};
use crate::{
    ast::{self, ContextCall, FormatPiece, NodeId, Stmt, StmtKind},
    lowered::TypeSource,
};

/// Methods whose result's type depends on where it goes.
const INFERRED: &[&str] =
    &["collect", "sum", "product", "parse", "into", "unwrap_or_default", "ok_or", "ok_or_else", "map_err"];

impl Builder<'_> {
    /// A pure expression.
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Expr {
        let span = span_of(expr.span);
        let kind = match &expr.kind {
            ast::ExprKind::Lit { value, .. } => ExprKind::Literal(value.clone()),
            ast::ExprKind::Local(local, _) => ExprKind::Var(self.local(*local)),
            ast::ExprKind::Path(path) => return self.path(expr.id, path, span),
            ast::ExprKind::Field(base, member) => match part_of_execution(base, member) {
                Some(part) => ExprKind::Context(part),
                None => ExprKind::Field(self.expr(base), member_name(member)),
            },
            ast::ExprKind::Index(base, index) => ExprKind::Index(self.expr(base), self.expr(index)),
            ast::ExprKind::Unary(op, operand) => ExprKind::Unary(*op, self.expr(operand)),
            ast::ExprKind::Ref { expr, .. } | ast::ExprKind::Deref(expr) | ast::ExprKind::Paren(expr) => {
                return self.expr(expr);
            }
            ast::ExprKind::Binary(op, left, right) => ExprKind::Binary(*op, self.expr(left), self.expr(right)),
            ast::ExprKind::Cast(value, ty, _) => match cast_type(ty) {
                Some(target) => ExprKind::Cast(self.expr(value), target),
                None => return self.unsupported(expr.span, "`as` converts between numbers only"),
            },
            ast::ExprKind::If { cond, then, otherwise } => return self.if_expr(cond, then, otherwise.as_deref(), span),
            ast::ExprKind::Match { scrutinee, arms } => {
                let scrutinee = self.expr(scrutinee);
                ExprKind::Match(scrutinee, arms.iter().map(|arm| self.arm_expr(arm)).collect())
            }
            ast::ExprKind::Matches { value, pat, guard } => {
                let value = self.expr(value);
                let guard = guard.as_deref().map(|guard| self.expr(guard));
                return self.matches(value, pat, guard, span);
            }
            ast::ExprKind::Block(block) => return self.block_expr(block),
            ast::ExprKind::Tuple(items) => ExprKind::Tuple(self.exprs(items)),
            ast::ExprKind::Array { items, .. } => {
                let ty = items.is_empty().then(|| self.type_hole(TypeSource::Value(expr.id)));
                return Expr { ty, span, kind: Box::new(ExprKind::Array(self.exprs(items))) };
            }
            ast::ExprKind::Repeat { value, count, .. } => ExprKind::Repeat(self.expr(value), self.expr(count)),
            ast::ExprKind::Struct { path, fields, base } => {
                let fields = fields.iter().map(|(member, value)| (member_name(member), self.expr(value))).collect();
                let base = base.as_deref().map(|base| self.expr(base));
                return self.construct(expr.id, last_segment(path), fields, base, span);
            }
            ast::ExprKind::Construct { path, args } => {
                let fields = args.iter().enumerate().map(|(n, arg)| (n.to_string(), self.expr(arg))).collect();
                return self.construct(expr.id, last_segment(path), fields, None, span);
            }
            ast::ExprKind::Function { spelling, args, .. } => {
                let ty = args.is_empty().then(|| self.type_hole(TypeSource::Value(expr.id)));
                let kind = ExprKind::Method(spelling.clone(), self.exprs(args));
                return Expr { ty, span, kind: Box::new(kind) };
            }
            ast::ExprKind::Pure { args, .. } => ExprKind::Pure(self.callee_hole(expr.id), self.exprs(args)),
            ast::ExprKind::Patched { name, .. } => ExprKind::Patched(name.clone()),
            ast::ExprKind::Context { which, .. } => match which {
                ContextCall::Now => ExprKind::Context(ContextValue::Now),
                ContextCall::Uuid => ExprKind::Context(ContextValue::Uuid),
                ContextCall::Random => ExprKind::Context(ContextValue::Random),
                ContextCall::Execution => ExprKind::Context(ContextValue::Execution),
            },
            ast::ExprKind::Method { receiver, method, args, .. } => {
                return self.method(expr, receiver, &method.to_string(), args);
            }
            ast::ExprKind::Closure { params, body, .. } => {
                let params = params.iter().map(|param| self.pattern(&param.pat)).collect();
                ExprKind::Lambda(params, self.expr(body))
            }
            ast::ExprKind::Range { from, to, inclusive } => {
                ExprKind::Range { from: self.expr(from), to: self.expr(to), inclusive: *inclusive }
            }
            ast::ExprKind::Format(pieces) => ExprKind::Format(pieces.iter().map(|piece| self.piece(piece)).collect()),
            ast::ExprKind::Name(_) | ast::ExprKind::Let(..) => {
                return self.unsupported(expr.span, "this cannot stand here");
            }
            ast::ExprKind::Assign(..)
            | ast::ExprKind::AssignOp(..)
            | ast::ExprKind::While { .. }
            | ast::ExprKind::Loop { .. }
            | ast::ExprKind::Labelled { .. }
            | ast::ExprKind::For { .. }
            | ast::ExprKind::Break { .. }
            | ast::ExprKind::Continue { .. }
            | ast::ExprKind::Return(_)
            | ast::ExprKind::Try(_)
            | ast::ExprKind::Await(_) => {
                return self.unsupported(
                    expr.span,
                    "this cannot stand inside an expression or closure of a workflow\n  help: give it a statement of its own, with `let`",
                );
            }
        };
        untyped(span, kind)
    }

    pub(super) fn exprs(&mut self, exprs: &[ast::Expr]) -> Vec<Expr> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn unsupported(&mut self, span: proc_macro2::Span, message: &str) -> Expr {
        self.error(span, message);
        unit(span_of(span))
    }

    fn path(&mut self, id: NodeId, path: &syn::Path, span: Span) -> Expr {
        if path.is_ident("None") {
            return self.construct(id, "None".to_owned(), Vec::new(), None, span);
        }
        let hole = self.const_hole(id);
        untyped(span, ExprKind::Const(hole))
    }

    /// A struct or variant; its type comes from a hole, since a path does not tell a variant from a struct in a module.
    pub(super) fn construct(
        &mut self,
        id: NodeId,
        name: String,
        fields: Vec<(String, Expr)>,
        base: Option<Expr>,
        span: Span,
    ) -> Expr {
        let ty = (name != "Some").then(|| self.type_hole(TypeSource::Value(id)));
        Expr { ty, span, kind: Box::new(ExprKind::Construct(Construct { name, fields, base })) }
    }

    fn method(&mut self, expr: &ast::Expr, receiver: &ast::Expr, method: &str, args: &[ast::Expr]) -> Expr {
        let span = span_of(expr.span);
        if IDENTITY_METHODS.contains(&method) && args.is_empty() {
            return self.expr(receiver);
        }
        if method == "into_iter" || method == "iter_mut" {
            return self.method(expr, receiver, Builtin::VecIter.spelling(), args);
        }
        let mut all = vec![self.expr(receiver)];
        all.extend(self.exprs(args));
        let ty = INFERRED.contains(&method).then(|| self.type_hole(TypeSource::Value(expr.id)));
        Expr { ty, span, kind: Box::new(ExprKind::Method(method.to_owned(), all)) }
    }

    fn piece(&mut self, piece: &FormatPiece) -> FormatPart {
        match piece {
            FormatPiece::Text(text) => FormatPart::Text(text.clone()),
            FormatPiece::Value { value, precision, pad } => {
                FormatPart::Value { value: self.expr(value), precision: *precision, pad: *pad }
            }
        }
    }

    fn arm_expr(&mut self, arm: &ast::Arm) -> Arm {
        Arm {
            pattern: self.pattern(&arm.pat),
            guard: arm.guard.as_ref().map(|guard| self.expr(guard)),
            body: self.expr(&arm.body),
        }
    }

    /// `if` as a value. A `let` in its condition makes it a `match`.
    fn if_expr(&mut self, cond: &ast::Expr, then: &ast::Block, otherwise: Option<&ast::Expr>, span: Span) -> Expr {
        let then = self.block_expr(then);
        let otherwise = otherwise.map_or_else(|| unit(span), |otherwise| self.expr(otherwise));
        let tests = self.tests(cond);
        super::pattern::choose(tests, then, otherwise, span)
    }

    /// A block of pure statements.
    pub(super) fn block_expr(&mut self, block: &ast::Block) -> Expr {
        self.stmts_expr(&block.stmts, block.tail.as_deref(), span_of(block.span))
    }

    fn stmts_expr(&mut self, stmts: &[Stmt], tail: Option<&ast::Expr>, span: Span) -> Expr {
        let Some((stmt, rest)) = stmts.split_first() else {
            return tail.map_or_else(|| unit(span), |tail| self.expr(tail));
        };
        match &stmt.kind {
            StmtKind::Let { pat, init, otherwise: None, .. } => {
                let value = self.expr(init);
                let body = self.stmts_expr(rest, tail, span);
                return self.bound(pat, value, body);
            }
            StmtKind::Let { pat, .. } => self.error(pat.span, "`let .. else` cannot stand inside an expression"),
            StmtKind::Expr(expr) => {
                self.expr(expr);
            }
            StmtKind::Log(_) => {}
        }
        self.stmts_expr(rest, tail, span)
    }
}

/// `{ let a = ..; let b = ..; body }`.
pub(super) fn wrap_lets(lets: Vec<(VarId, Expr)>, body: Expr) -> Expr {
    lets.into_iter().rev().fold(body, |body, (var, value)| {
        let span = value.span;
        untyped(span, ExprKind::Let(var, value, body))
    })
}

/// `left op right`.
pub(super) fn binary(op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
    untyped(span, ExprKind::Binary(op, left, right))
}

/// An integer literal.
pub(super) fn int(value: i128, span: Span) -> Expr {
    untyped(span, ExprKind::Literal(Literal::Int(value)))
}

/// `execution().name` and its like.
fn part_of_execution(base: &ast::Expr, member: &syn::Member) -> Option<ContextValue> {
    match &base.kind {
        ast::ExprKind::Paren(inner) => part_of_execution(inner, member),
        ast::ExprKind::Context { which: ContextCall::Execution, .. } => Some(match &*member_name(member) {
            "id" => ContextValue::ExecutionId,
            "name" => ContextValue::ExecutionName,
            "start_time" => ContextValue::ExecutionStart,
            "workflow" => ContextValue::ExecutionWorkflow,
            _ => return None,
        }),
        _ => None,
    }
}

/// The Rust name of a field, or its position.
pub(crate) fn member_name(member: &syn::Member) -> String {
    match member {
        syn::Member::Named(ident) => ident.to_string().trim_start_matches("r#").to_owned(),
        syn::Member::Unnamed(index) => index.index.to_string(),
    }
}

/// The last segment of a path: a struct's or a variant's name.
pub(crate) fn last_segment(path: &syn::Path) -> String {
    path.segments.last().map_or_else(String::new, |segment| segment.ident.to_string())
}

fn cast_type(ty: &syn::Type) -> Option<CastType> {
    let syn::Type::Path(path) = ty else { return None };
    Some(match &*path.path.get_ident()?.to_string() {
        "u8" => CastType::Int(IntType::U8),
        "u16" => CastType::Int(IntType::U16),
        "u32" => CastType::Int(IntType::U32),
        "u64" => CastType::Int(IntType::U64),
        "usize" => CastType::Int(IntType::Usize),
        "i8" => CastType::Int(IntType::I8),
        "i16" => CastType::Int(IntType::I16),
        "i32" => CastType::Int(IntType::I32),
        "i64" => CastType::Int(IntType::I64),
        "isize" => CastType::Int(IntType::Isize),
        "f32" => CastType::Float(FloatType::F32),
        "f64" => CastType::Float(FloatType::F64),
        _ => return None,
    })
}
