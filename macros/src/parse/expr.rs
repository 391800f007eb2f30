//! Expressions.

use durafn_ir::{BinaryOp, FloatType, IntType, Literal, UnaryOp};
use quote::ToTokens;

use super::{Parser, entry, path, range, span_of};
use crate::{
    ast::{Arm, Block, Casting, Expr, ExprKind, Pat, PatKind, Stmt, StmtKind},
    diag::catalog,
};

impl Parser<'_> {
    pub(super) fn expr(&mut self, expr: &syn::Expr) -> Expr {
        if let syn::Expr::Group(group) = expr {
            return self.expr(&group.expr);
        }
        if let Some(attrs) = attrs(expr) {
            self.no_attributes(attrs);
        }
        if let Some(written) = entry::changed(expr).or_else(|| range::contains(expr)) {
            return self.expr(&written);
        }
        Expr { id: self.id(), span: span_of(expr), kind: self.expr_kind(expr) }
    }

    pub(super) fn boxed(&mut self, expr: &syn::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn maybe(&mut self, expr: &Option<Box<syn::Expr>>) -> Option<Box<Expr>> {
        expr.as_ref().map(|expr| self.boxed(expr))
    }

    pub(super) fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e syn::Expr>) -> Vec<Expr> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn no_attributes(&self, attrs: &[syn::Attribute]) {
        for attr in attrs {
            self.error(attr, catalog::EXPRESSION_ATTRIBUTE, &[]);
        }
    }

    fn expr_kind(&mut self, expr: &syn::Expr) -> ExprKind {
        match expr {
            syn::Expr::Lit(lit) => ExprKind::Lit { value: self.literal(&lit.lit), tokens: lit.lit.to_token_stream() },
            syn::Expr::Path(path) => self.path_expr(path),
            syn::Expr::Field(field) => ExprKind::Field(self.boxed(&field.base), field.member.clone()),
            syn::Expr::Index(index) => self.index(index),
            syn::Expr::Unary(unary) => self.unary(unary),
            syn::Expr::Reference(reference) => {
                if reference.mutability.is_some() {
                    self.error(reference, catalog::MUTABLE_REFERENCE, &[]);
                }
                ExprKind::Ref { mutable: reference.mutability.is_some(), expr: self.boxed(&reference.expr) }
            }
            syn::Expr::Paren(paren) => ExprKind::Paren(self.boxed(&paren.expr)),
            syn::Expr::Binary(binary) => self.binary(binary),
            syn::Expr::Cast(cast) => self.cast(cast),
            syn::Expr::Tuple(tuple) if tuple.elems.is_empty() => {
                ExprKind::Lit { value: Literal::Unit, tokens: tuple.to_token_stream() }
            }
            syn::Expr::Tuple(tuple) => ExprKind::Tuple(self.exprs(&tuple.elems)),
            syn::Expr::Array(array) => ExprKind::Array { vec: false, items: self.exprs(&array.elems) },
            syn::Expr::Repeat(repeat) => {
                ExprKind::Repeat { vec: false, value: self.boxed(&repeat.expr), count: self.boxed(&repeat.len) }
            }
            syn::Expr::Struct(expr) => self.struct_expr(expr),
            syn::Expr::Range(range) => self.range(range),
            syn::Expr::Call(call) => self.call(call),
            syn::Expr::MethodCall(call) => self.method(call),
            syn::Expr::Closure(closure) => {
                self.error(closure, catalog::CLOSURE_VALUE, &[]);
                self.closure(closure)
            }
            syn::Expr::Macro(expr) => self.macro_expr(&expr.mac),
            syn::Expr::Await(awaited) => self.await_expr(awaited),
            syn::Expr::Try(expr) => ExprKind::Try(self.boxed(&expr.expr)),
            other => self.control_flow(other),
        }
    }

    fn control_flow(&mut self, expr: &syn::Expr) -> ExprKind {
        match expr {
            syn::Expr::If(expr) => ExprKind::If {
                cond: self.boxed(&expr.cond),
                then: self.block(&expr.then_branch),
                otherwise: expr.else_branch.as_ref().map(|(_, otherwise)| self.boxed(otherwise)),
            },
            syn::Expr::Let(expr) => {
                let pat = Box::new(self.pat(&expr.pat));
                ExprKind::Let(pat, self.boxed(&expr.expr))
            }
            syn::Expr::Match(expr) if expr.arms.is_empty() => {
                self.error(
                    expr,
                    catalog::UNSUPPORTED,
                    &["a `match` without arms", "there is no value to match; leave it out"],
                );
                self.broken([&*expr.expr])
            }
            syn::Expr::Match(expr) => ExprKind::Match {
                scrutinee: self.boxed(&expr.expr),
                arms: expr.arms.iter().map(|arm| self.arm(arm)).collect(),
            },
            syn::Expr::While(expr) => ExprKind::While {
                label: label(&expr.label),
                cond: self.boxed(&expr.cond),
                body: self.block(&expr.body),
            },
            syn::Expr::Loop(expr) => ExprKind::Loop { label: label(&expr.label), body: self.block(&expr.body) },
            syn::Expr::ForLoop(expr) => {
                let pat = self.pat(&expr.pat);
                ExprKind::For {
                    label: label(&expr.label),
                    pat,
                    iter: self.boxed(&expr.expr),
                    body: self.block(&expr.body),
                }
            }
            syn::Expr::Break(expr) => ExprKind::Break { label: expr.label.clone(), value: self.maybe(&expr.expr) },
            syn::Expr::Continue(expr) => ExprKind::Continue { label: expr.label.clone() },
            syn::Expr::Return(expr) => ExprKind::Return(self.maybe(&expr.expr)),
            syn::Expr::Block(expr) => {
                let body = self.block(&expr.block);
                match label(&expr.label) {
                    Some(label) => ExprKind::Labelled { label, body },
                    None => ExprKind::Block(body),
                }
            }
            syn::Expr::Assign(expr) => self.assign(expr),
            other => self.unsupported(other),
        }
    }

    /// What has no meaning in a workflow. Blocks inside are parsed all the same, so that their mistakes are found.
    fn unsupported(&mut self, expr: &syn::Expr) -> ExprKind {
        let (what, instead, block) = match expr {
            syn::Expr::Async(expr) => {
                self.error(&expr.async_token, catalog::ASYNC_BLOCK, &[]);
                return ExprKind::Block(self.block(&expr.block));
            }
            syn::Expr::Unsafe(expr) => {
                self.error(&expr.unsafe_token, catalog::UNSAFE, &[]);
                return ExprKind::Block(self.block(&expr.block));
            }
            syn::Expr::Const(expr) => {
                ("a `const` block", "write the value itself, or a constant outside the function", Some(&expr.block))
            }
            syn::Expr::TryBlock(expr) => ("a `try` block", "write `match` or `and_then`", Some(&expr.block)),
            syn::Expr::Infer(_) => ("`_` as a value", "bind what you do not need with `let _ = ..;`", None),
            syn::Expr::RawAddr(_) => ("a raw pointer", "use the value itself", None),
            _ => ("this expression", "move it into a `#[task]`", None),
        };
        self.error(expr, catalog::UNSUPPORTED, &[what, instead]);
        match block {
            Some(block) => ExprKind::Block(self.block(block)),
            None => self.broken([]),
        }
    }

    fn arm(&mut self, arm: &syn::Arm) -> Arm {
        let id = self.id();
        for attr in &arm.attrs {
            self.error(attr, catalog::ARM_ATTRIBUTE, &[]);
        }
        let (pat, guard) = match &arm.pat {
            syn::Pat::Guard(guarded) => (self.pat(&guarded.pat), Some(self.expr(&guarded.guard))),
            pat => (self.pat(pat), None),
        };
        Arm { id, span: pat.span, pat, guard, body: self.expr(&arm.body) }
    }

    fn path_expr(&mut self, expr: &syn::ExprPath) -> ExprKind {
        let path = &expr.path;
        let name = path::last(path);
        if expr.qself.is_some() {
            self.error(expr, catalog::QUALIFIED_PATH, &[]);
            return self.broken([]);
        }
        if path::is_upper(&name) {
            return ExprKind::Path(path.clone());
        }
        match path.get_ident() {
            Some(ident) => ExprKind::Name(ident.clone()),
            None => {
                self.error(path, catalog::FUNCTION_VALUE, &[&path::display(path)]);
                self.broken([])
            }
        }
    }

    fn index(&mut self, index: &syn::ExprIndex) -> ExprKind {
        if matches!(&*index.index, syn::Expr::Range(_)) {
            self.error(&index.index, catalog::SLICE, &[]);
            return self.broken([&*index.expr]);
        }
        ExprKind::Index(self.boxed(&index.expr), self.boxed(&index.index))
    }

    fn unary(&mut self, unary: &syn::ExprUnary) -> ExprKind {
        match unary.op {
            syn::UnOp::Deref(_) => ExprKind::Deref(self.boxed(&unary.expr)),
            syn::UnOp::Not(_) => ExprKind::Unary(UnaryOp::Not, self.boxed(&unary.expr)),
            syn::UnOp::Neg(_) => ExprKind::Unary(UnaryOp::Neg, self.boxed(&unary.expr)),
            _ => self.unsupported(&unary.expr),
        }
    }

    fn binary(&mut self, binary: &syn::ExprBinary) -> ExprKind {
        let (left, right) = (&*binary.left, &*binary.right);
        let Some((op, assigns)) = binary_op(&binary.op) else {
            self.error(&binary.op, catalog::BIT_OPERATOR, &[&binary.op.to_token_stream().to_string()]);
            return self.broken([left, right]);
        };
        if assigns {
            ExprKind::AssignOp(op, self.boxed(left), self.boxed(right))
        } else {
            ExprKind::Binary(op, self.boxed(left), self.boxed(right))
        }
    }

    fn assign(&mut self, assign: &syn::ExprAssign) -> ExprKind {
        match &*assign.left {
            syn::Expr::Infer(_) => {
                self.error(&assign.left, catalog::UNSUPPORTED, &["`_` as a place", "write `let _ = ..;`"]);
                self.broken([&*assign.right])
            }
            syn::Expr::Array(_) | syn::Expr::Struct(_) | syn::Expr::Call(_) => {
                self.error(&assign.left, catalog::DESTRUCTURING_ASSIGNMENT, &[]);
                self.broken([&*assign.right])
            }
            syn::Expr::Tuple(places) => self.destructuring(places, &assign.right),
            left => ExprKind::Assign(self.boxed(left), self.boxed(&assign.right)),
        }
    }

    /// `(a, b.c) = value` is `{ let (x, y) = value; a = x; b.c = y; }`.
    fn destructuring(&mut self, places: &syn::ExprTuple, value: &syn::Expr) -> ExprKind {
        let span = span_of(places);
        let mut assigned = Vec::new();
        let pat = self.places(places, &mut assigned);
        let init = self.expr(value);
        let kinds = std::iter::once(StmtKind::Let { pat, ty: None, init, otherwise: None }).chain(
            assigned.into_iter().map(|(place, ident)| {
                let place = Box::new(place);
                let value = Box::new(self.node(span, ExprKind::Name(ident)));
                StmtKind::Expr(self.node(span, ExprKind::Assign(place, value)))
            }),
        );
        let kinds: Vec<StmtKind> = kinds.collect();
        let stmt = |kind| Stmt { id: self.id(), span, state: None, comment: None, kind };
        let stmts = kinds.into_iter().map(stmt).collect();
        ExprKind::Block(Block { stmts, ..self.empty_block(span) })
    }

    /// The pattern that takes the values of places, each under a name of its own.
    fn places(&mut self, places: &syn::ExprTuple, assigned: &mut Vec<(Expr, syn::Ident)>) -> Pat {
        let items = places.elems.iter().map(|place| {
            let span = span_of(place);
            let kind = match place {
                syn::Expr::Infer(_) => PatKind::Wild,
                syn::Expr::Tuple(inner) => return self.places(inner, assigned),
                syn::Expr::Array(_) | syn::Expr::Struct(_) | syn::Expr::Call(_) => {
                    self.error(place, catalog::DESTRUCTURING_ASSIGNMENT, &[]);
                    PatKind::Wild
                }
                place => {
                    let name = format!("__assigned{}", assigned.len());
                    let ident = syn::Ident::new(&name, proc_macro2::Span::mixed_site().located_at(span));
                    assigned.push((self.expr(place), ident.clone()));
                    PatKind::Bind { ident, mutable: false, local: None, sub: None }
                }
            };
            Pat { id: self.id(), span, kind }
        });
        let items = items.collect();
        Pat { id: self.id(), span: span_of(places), kind: PatKind::Tuple(items) }
    }

    fn cast(&mut self, cast: &syn::ExprCast) -> ExprKind {
        if !is_number(&cast.ty) {
            self.error(&cast.ty, catalog::CAST, &[&cast.ty.to_token_stream().to_string()]);
            return self.broken([&*cast.expr]);
        }
        ExprKind::Cast(self.boxed(&cast.expr), (*cast.ty).clone(), Casting::As)
    }

    fn struct_expr(&mut self, expr: &syn::ExprStruct) -> ExprKind {
        if let Some(qself) = &expr.qself {
            self.error(&qself.ty, catalog::QUALIFIED_PATH, &[]);
        }
        let fields = expr
            .fields
            .iter()
            .map(|field| {
                self.no_attributes(&field.attrs);
                (field.member.clone(), self.expr(&field.expr))
            })
            .collect();
        ExprKind::Struct { path: expr.path.clone(), fields, base: self.maybe(&expr.rest) }
    }

    fn range(&mut self, range: &syn::ExprRange) -> ExprKind {
        let (Some(from), Some(to)) = (&range.start, &range.end) else {
            self.error(range, catalog::OPEN_RANGE, &[]);
            return self.broken(range.start.iter().chain(&range.end).map(|bound| &**bound));
        };
        let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
        ExprKind::Range { from: self.boxed(from), to: self.boxed(to), inclusive }
    }
}

fn label(label: &Option<syn::Label>) -> Option<syn::Lifetime> {
    label.as_ref().map(|label| label.name.clone())
}

/// The operator, and whether it assigns.
fn binary_op(op: &syn::BinOp) -> Option<(BinaryOp, bool)> {
    use BinaryOp::{Add, And, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Rem, Sub};
    Some(match op {
        syn::BinOp::Add(_) => (Add, false),
        syn::BinOp::Sub(_) => (Sub, false),
        syn::BinOp::Mul(_) => (Mul, false),
        syn::BinOp::Div(_) => (Div, false),
        syn::BinOp::Rem(_) => (Rem, false),
        syn::BinOp::And(_) => (And, false),
        syn::BinOp::Or(_) => (Or, false),
        syn::BinOp::Eq(_) => (Eq, false),
        syn::BinOp::Ne(_) => (Ne, false),
        syn::BinOp::Lt(_) => (Lt, false),
        syn::BinOp::Le(_) => (Le, false),
        syn::BinOp::Gt(_) => (Gt, false),
        syn::BinOp::Ge(_) => (Ge, false),
        syn::BinOp::AddAssign(_) => (Add, true),
        syn::BinOp::SubAssign(_) => (Sub, true),
        syn::BinOp::MulAssign(_) => (Mul, true),
        syn::BinOp::DivAssign(_) => (Div, true),
        syn::BinOp::RemAssign(_) => (Rem, true),
        _ => return None,
    })
}

/// An integer or float type that a machine has.
pub(super) fn is_number(ty: &syn::Type) -> bool {
    const INTS: [IntType; 10] = [
        IntType::U8,
        IntType::U16,
        IntType::U32,
        IntType::U64,
        IntType::Usize,
        IntType::I8,
        IntType::I16,
        IntType::I32,
        IntType::I64,
        IntType::Isize,
    ];
    const FLOATS: [(FloatType, &str); 2] = [(FloatType::F32, "f32"), (FloatType::F64, "f64")];
    let syn::Type::Path(syn::TypePath { qself: None, path, .. }) = ty else { return false };
    path.get_ident()
        .is_some_and(|ident| INTS.iter().any(|int| ident == int.name()) || FLOATS.iter().any(|(_, name)| ident == name))
}

macro_rules! attributes {
    ($expr:ident, $($variant:ident)*) => {
        match $expr {
            $(syn::Expr::$variant(expr) => Some(&mut expr.attrs),)*
            _ => None,
        }
    };
    (& $expr:ident, $($variant:ident)*) => {
        match $expr {
            $(syn::Expr::$variant(expr) => Some(&expr.attrs),)*
            _ => None,
        }
    };
}

/// The attributes that syn hung on an expression.
pub(super) fn attrs_mut(expr: &mut syn::Expr) -> Option<&mut Vec<syn::Attribute>> {
    attributes!(expr, Array Assign Async Await Binary Block Break Call Cast Closure Const Continue Field ForLoop Group If Index
        Infer Let Lit Loop Macro Match MethodCall Paren Path Range RawAddr Reference Repeat Return Struct Try TryBlock Tuple Unary
        Unsafe While Yield)
}

fn attrs(expr: &syn::Expr) -> Option<&Vec<syn::Attribute>> {
    attributes!(& expr, Array Assign Async Await Binary Block Break Call Cast Closure Const Continue Field ForLoop Group If Index
        Infer Let Lit Loop Macro Match MethodCall Paren Path Range RawAddr Reference Repeat Return Struct Try TryBlock Tuple Unary
        Unsafe While Yield)
}
