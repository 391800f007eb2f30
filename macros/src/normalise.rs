//! Puts the tree into the form that states need: whatever suspends, leaves its place or assigns stands on its own.
//!
//! Afterwards an effectful expression ([`effects::effectful`]) stands only as a statement, as the value of a `let`, an assignment, a `return` or a `break`, as
//! a tail, as an arm's body, under a `?`, or as the scrutinee of a `match`; everything else is pure. So `ship(charge(o).await?, a / b).await`
//! becomes `let __charge = charge(o).await?; ship(__charge, a / b).await`. Order of evaluation stays: operands before the one that moves are
//! moved too, unless nobody could tell. Both emitters read the result, so they agree on what happens before which state.

use std::collections::BTreeSet;

use durafn_ir::BinaryOp;
use proc_macro2::{Ident, Span};

use crate::{
    ast::{
        Arm, Await, AwaitKind, Block, Expr, ExprKind, Local, LocalId, NodeId, Pat, PatKind, Stmt, StmtKind, TailLabel,
        Workflow,
    },
    effects,
    walk::{self, branches_mut, operands_mut},
};

/// Nodes made here are numbered from here on, above those of the parser.
const FIRST_NODE: u32 = 1 << 24;

/// The pass.
pub(crate) fn normalise(workflow: &mut Workflow) {
    let body = std::mem::replace(&mut workflow.body, empty());
    let mut pass = Normalise {
        locals: &mut workflow.locals,
        next: FIRST_NODE,
        scope: Vec::new(),
        returns_result: false,
        value: false,
    };
    workflow.body = pass.function(body, workflow.item.returns_result);
}

/// The pass over a pure function: what leaves it stands on its own. It is no region, so its ends stay as they are.
pub(crate) fn normalise_pure(function: &mut Workflow) {
    let body = std::mem::replace(&mut function.body, empty());
    let mut pass = Normalise {
        locals: &mut function.locals,
        next: FIRST_NODE,
        scope: Vec::new(),
        returns_result: false,
        value: true,
    };
    function.body = pass.block(body);
}

/// Stands where a block has been taken.
fn empty() -> Block {
    Block { id: NodeId(0), span: Span::call_site(), stmts: Vec::new(), tail: None, tail_label: TailLabel::default() }
}

struct Normalise<'a> {
    locals: &'a mut Vec<Local>,
    next: u32,
    /// The branches around the place.
    scope: Vec<NodeId>,
    /// The function or branch around the place yields a `Result`.
    returns_result: bool,
    /// The function is pure: its locals live within one expression.
    value: bool,
}

impl Normalise<'_> {
    fn node(&mut self) -> NodeId {
        self.next += 1;
        NodeId(self.next)
    }

    fn expr(&mut self, span: Span, kind: ExprKind) -> Expr {
        Expr { id: self.node(), span, kind }
    }

    fn pat(&mut self, span: Span, kind: PatKind) -> Pat {
        Pat { id: self.node(), span, kind }
    }

    fn wrap(&mut self, span: Span, stmts: Vec<Stmt>, tail: Option<Expr>) -> Block {
        Block { id: self.node(), span, stmts, tail: tail.map(Box::new), tail_label: TailLabel::default() }
    }

    fn unit(&mut self, span: Span) -> Expr {
        let tokens = quote::quote_spanned!(span=> ());
        self.expr(span, ExprKind::Lit { value: durafn_ir::Literal::Unit, tokens })
    }

    fn bool(&mut self, span: Span, value: bool) -> Expr {
        let tokens = quote::quote_spanned!(span=> #value);
        self.expr(span, ExprKind::Lit { value: durafn_ir::Literal::Bool(value), tokens })
    }

    /// The body of a workflow or branch: its ends are written out, so that the state that ends the region has a place.
    fn function(&mut self, block: Block, returns_result: bool) -> Block {
        let outer = std::mem::replace(&mut self.returns_result, returns_result);
        let mut block = self.ended(block);
        if returns_result {
            block = self.result_block(block);
        }
        let block = self.block(block);
        self.returns_result = outer;
        block
    }

    /// A block in whose place the region ends: where it falls off its end, `()` is written there.
    fn ended(&mut self, mut block: Block) -> Block {
        let span = block.span;
        if let Some(tail) = block.tail.take_if(|tail| is_unit(tail)) {
            let TailLabel { state, comment } = std::mem::take(&mut block.tail_label);
            block.stmts.push(Stmt { id: self.node(), span, state, comment, kind: StmtKind::Expr(*tail) });
        }
        block.tail = match block.tail.take() {
            Some(tail) => Some(Box::new(self.ended_tail(*tail))),
            None if block.stmts.last().is_some_and(never_ends) => None,
            None => Some(Box::new(self.unit(span))),
        };
        block
    }

    fn ended_tail(&mut self, mut tail: Expr) -> Expr {
        tail.kind = match tail.kind {
            ExprKind::Block(block) => ExprKind::Block(self.ended(block)),
            ExprKind::If { cond, then, otherwise } => ExprKind::If {
                cond,
                then: self.ended(then),
                otherwise: otherwise.map(|otherwise| Box::new(self.ended_tail(*otherwise))),
            },
            ExprKind::Match { scrutinee, arms } => {
                let arms = arms.into_iter().map(|arm| Arm { body: self.ended_tail(arm.body), ..arm }).collect();
                ExprKind::Match { scrutinee, arms }
            }
            kind => kind,
        };
        tail
    }

    /// A tail that is a `Result` in a value is taken apart: `r` is `match r { Ok(v) => Ok(v), Err(e) => Err(e) }`.
    fn result_tail(&mut self, mut tail: Expr) -> Expr {
        let span = tail.span;
        tail.kind = match tail.kind {
            ExprKind::Paren(inner) => return self.result_tail(*inner),
            ExprKind::Block(block) => ExprKind::Block(self.result_block(block)),
            ExprKind::If { cond, then, otherwise } => ExprKind::If {
                cond,
                then: self.result_block(then),
                otherwise: otherwise.map(|otherwise| Box::new(self.result_tail(*otherwise))),
            },
            ExprKind::Match { scrutinee, arms } => {
                let arms = arms.into_iter().map(|arm| Arm { body: self.result_tail(arm.body), ..arm }).collect();
                ExprKind::Match { scrutinee, arms }
            }
            kind @ (ExprKind::Construct { .. }
            | ExprKind::Await(_)
            | ExprKind::Return(_)
            | ExprKind::Break { .. }
            | ExprKind::Continue { .. }
            | ExprKind::Loop { .. }) => kind,
            kind => {
                tail.kind = kind;
                let ok = self.passed_on(span, "Ok");
                let err = self.passed_on(span, "Err");
                return self.expr(span, ExprKind::Match { scrutinee: Box::new(tail), arms: vec![ok, err] });
            }
        };
        tail
    }

    fn result_block(&mut self, mut block: Block) -> Block {
        block.tail = block.tail.map(|tail| Box::new(self.result_tail(*tail)));
        block
    }

    /// `Name(value) => Name(value)`.
    fn passed_on(&mut self, span: Span, name: &str) -> Arm {
        let path = || syn::Path::from(Ident::new(name, span));
        let (local, ident) = self.local("value", span);
        let bind = PatKind::Bind { ident: ident.clone(), mutable: false, local: Some(local), sub: None };
        let items = vec![self.pat(span, bind)];
        let pat = self.pat(span, PatKind::TupleStruct { path: path(), items, rest: None });
        let args = vec![self.expr(span, ExprKind::Local(local, ident))];
        let body = self.expr(span, ExprKind::Construct { path: path(), args });
        Arm { id: self.node(), span, pat, guard: None, body }
    }

    fn local(&mut self, name: &str, span: Span) -> (LocalId, Ident) {
        let taken = |ident: &str| self.locals.iter().any(|local| local.ident == ident);
        let names = (1..).map(|n| if n == 1 { format!("__{name}") } else { format!("__{name}__{n}") });
        let unique = names.into_iter().find(|name| !taken(name)).expect("some number is free");
        let ident = Ident::new(&unique, span.resolved_at(Span::mixed_site()));
        let local = LocalId(self.locals.len() as u32);
        self.locals.push(Local {
            ident: ident.clone(),
            mutable: false,
            scope: self.scope.clone(),
            closure: self.value,
        });
        (local, ident)
    }

    fn block(&mut self, block: Block) -> Block {
        let mut stmts = Vec::new();
        for stmt in block.stmts {
            self.stmt(stmt, &mut stmts);
        }
        let tail = block.tail.map(|tail| Box::new(self.root(*tail, &mut stmts)));
        Block { id: block.id, span: block.span, stmts, tail, tail_label: block.tail_label }
    }

    fn stmt(&mut self, mut stmt: Stmt, out: &mut Vec<Stmt>) {
        stmt.kind = match stmt.kind {
            StmtKind::Let { pat, ty, init, otherwise: None } => {
                StmtKind::Let { pat, ty, init: self.root(init, out), otherwise: None }
            }
            StmtKind::Let { pat, ty: _, init, otherwise: Some(block) } if is_await(&init) => {
                self.let_else_await(pat, init, block, out)
            }
            StmtKind::Let { pat, ty, init, otherwise: Some(block) } => {
                let init = self.operand(init, out);
                StmtKind::Let { pat, ty, init, otherwise: Some(self.block(block)) }
            }
            StmtKind::Expr(expr) => StmtKind::Expr(self.root(expr, out)),
            StmtKind::Log(tokens) => StmtKind::Log(tokens),
        };
        out.push(stmt);
    }

    /// `let PAT = x.await else { .. }` is `let (a, b) = match x.await { PAT => (a, b), _ => { .. } }`.
    fn let_else_await(&mut self, pat: Pat, init: Expr, otherwise: Block, out: &mut Vec<Stmt>) -> StmtKind {
        let span = init.span;
        let mut bound = Vec::new();
        bindings(&pat, &mut bound);
        let mut values: Vec<Expr> = Vec::new();
        let mut outer: Vec<Pat> = Vec::new();
        for (ident, mutable, local) in bound {
            values.push(self.expr(span, ExprKind::Local(local, ident.clone())));
            outer.push(self.pat(span, PatKind::Bind { ident, mutable, local: Some(local), sub: None }));
        }
        let (value, outer) = match values.len() {
            1 => (values.remove(0), outer.remove(0)),
            0 => {
                let unit = self.wrap(span, Vec::new(), None);
                (self.expr(span, ExprKind::Block(unit)), self.pat(span, PatKind::Wild))
            }
            _ => (self.expr(span, ExprKind::Tuple(values)), self.pat(span, PatKind::Tuple(outer))),
        };
        let block = self.expr(span, ExprKind::Block(otherwise));
        let matched = self.two_arms(init, pat, value, block);
        StmtKind::Let { pat: outer, ty: None, init: self.root(matched, out), otherwise: None }
    }

    /// `match scrutinee { pat => then, _ => otherwise }`.
    fn two_arms(&mut self, scrutinee: Expr, pat: Pat, then: Expr, otherwise: Expr) -> Expr {
        let span = scrutinee.span;
        let wild = self.pat(span, PatKind::Wild);
        let arms = vec![
            Arm { id: self.node(), span, pat, guard: None, body: then },
            Arm { id: self.node(), span, pat: wild, guard: None, body: otherwise },
        ];
        self.expr(span, ExprKind::Match { scrutinee: Box::new(scrutinee), arms })
    }

    /// An expression where an effect may stand.
    fn root(&mut self, mut expr: Expr, out: &mut Vec<Stmt>) -> Expr {
        if !effects::effectful(&expr) {
            return expr;
        }
        let span = expr.span;
        expr.kind = match expr.kind {
            ExprKind::Paren(inner) => return self.root(*inner, out),
            ExprKind::Await(mut awaited) => {
                self.operands_in_order(walk::await_operands_mut(&mut awaited), out);
                self.branches(&mut awaited);
                ExprKind::Await(awaited)
            }
            ExprKind::Try(inner) if is_await(&inner) => ExprKind::Try(Box::new(self.root(*inner, out))),
            ExprKind::Try(inner) => ExprKind::Try(Box::new(self.operand(*inner, out))),
            ExprKind::If { cond, then, otherwise } => return self.if_(expr.id, span, *cond, then, otherwise, out),
            ExprKind::Match { scrutinee, arms } => {
                let stays = is_await(&scrutinee) && arms.iter().all(|arm| takes_side(&arm.pat));
                let scrutinee = if stays { self.root(*scrutinee, out) } else { self.operand(*scrutinee, out) };
                let arms = arms.into_iter().map(|arm| Arm { body: self.arm(arm.body), ..arm }).collect();
                ExprKind::Match { scrutinee: Box::new(scrutinee), arms }
            }
            ExprKind::While { label, cond, body } => self.while_(span, label, *cond, body),
            ExprKind::For { label, pat, iter, body } => {
                let iter = self.operand(*iter, out);
                ExprKind::For { label, pat, iter: Box::new(iter), body: self.block(body) }
            }
            ExprKind::Loop { label, body } => ExprKind::Loop { label, body: self.block(body) },
            ExprKind::Labelled { label, body } => ExprKind::Labelled { label, body: self.block(body) },
            ExprKind::Block(block) => ExprKind::Block(self.block(block)),
            ExprKind::Return(value) => {
                let value = value.map(|value| if self.returns_result { self.result_tail(*value) } else { *value });
                ExprKind::Return(value.map(|value| Box::new(self.root(value, out))))
            }
            ExprKind::Break { label, value } => {
                ExprKind::Break { label, value: value.map(|value| Box::new(self.root(*value, out))) }
            }
            // What a place holds besides the variable is evaluated after the value, so the value then stands before.
            ExprKind::Assign(place, value) if matches!(place.kind, ExprKind::Local(..)) => {
                ExprKind::Assign(place, Box::new(self.root(*value, out)))
            }
            kind => {
                expr.kind = kind;
                self.operands_in_order(operands_mut(&mut expr), out);
                return expr;
            }
        };
        expr
    }

    fn if_(
        &mut self,
        id: NodeId,
        span: Span,
        cond: Expr,
        then: Block,
        otherwise: Option<Box<Expr>>,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        match cond.kind {
            ExprKind::Let(pat, value) if is_await(&value) => {
                let then = self.expr(span, ExprKind::Block(then));
                let otherwise = match otherwise {
                    Some(otherwise) => *otherwise,
                    None => {
                        let unit = self.wrap(span, Vec::new(), None);
                        self.expr(span, ExprKind::Block(unit))
                    }
                };
                let matched = self.two_arms(*value, *pat, then, otherwise);
                self.root(matched, out)
            }
            kind => {
                let cond = self.cond(Expr { kind, ..cond }, out);
                let then = self.block(then);
                let otherwise = otherwise.map(|otherwise| Box::new(self.arm(*otherwise)));
                Expr { id, span, kind: ExprKind::If { cond: Box::new(cond), then, otherwise } }
            }
        }
    }

    /// A condition: `let` parts stay, values are made pure.
    fn cond(&mut self, mut cond: Expr, out: &mut Vec<Stmt>) -> Expr {
        if !effects::effectful(&cond) {
            return cond;
        }
        cond.kind = match cond.kind {
            ExprKind::Let(pat, value) => ExprKind::Let(pat, Box::new(self.operand(*value, out))),
            ExprKind::Binary(BinaryOp::And, left, right) if left.has_let() || right.has_let() => {
                let left = self.cond(*left, out);
                let right = self.cond(*right, out);
                ExprKind::Binary(BinaryOp::And, Box::new(left), Box::new(right))
            }
            kind => {
                cond.kind = kind;
                return self.operand(cond, out);
            }
        };
        cond
    }

    /// A `while` whose condition is effectful is a `loop` that evaluates it and breaks.
    fn while_(&mut self, span: Span, label: Option<syn::Lifetime>, cond: Expr, body: Block) -> ExprKind {
        if !effects::effectful(&cond) {
            return ExprKind::While { label, cond: Box::new(cond), body: self.block(body) };
        }
        let leave = self.expr(span, ExprKind::Break { label: label.clone(), value: None });
        let leave = self.expr_block(leave);
        let mut stmts = Vec::new();
        let id = self.node();
        let step = self.if_(id, span, cond, body, Some(Box::new(leave)), &mut stmts);
        let step = Stmt { id: self.node(), span, state: None, comment: None, kind: StmtKind::Expr(step) };
        stmts.push(step);
        ExprKind::Loop { label, body: self.wrap(span, stmts, None) }
    }

    fn expr_block(&mut self, expr: Expr) -> Expr {
        let span = expr.span;
        let stmt = Stmt { id: self.node(), span, state: None, comment: None, kind: StmtKind::Expr(expr) };
        let block = self.wrap(span, vec![stmt], None);
        self.expr(span, ExprKind::Block(block))
    }

    /// An expression that is evaluated on one path only: what has to move stays on that path.
    fn arm(&mut self, expr: Expr) -> Expr {
        let mut stmts = Vec::new();
        let span = expr.span;
        let value = self.root(expr, &mut stmts);
        if stmts.is_empty() {
            return value;
        }
        let block = self.wrap(span, stmts, Some(value));
        self.expr(span, ExprKind::Block(block))
    }

    /// An expression where only a value may stand.
    fn operand(&mut self, mut expr: Expr, out: &mut Vec<Stmt>) -> Expr {
        if !effects::effectful(&expr) {
            return expr;
        }
        let span = expr.span;
        match expr.kind {
            ExprKind::Paren(inner) => self.operand(*inner, out),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) if effects::effectful(&right) => {
                let decided = self.bool(span, op == BinaryOp::Or);
                let right_block = self.wrap(span, Vec::new(), Some(*right));
                let decided_block = self.wrap(span, Vec::new(), Some(decided));
                let (then, otherwise) =
                    if op == BinaryOp::And { (right_block, decided_block) } else { (decided_block, right_block) };
                let otherwise = self.expr(span, ExprKind::Block(otherwise));
                let chosen = self.expr(span, ExprKind::If { cond: left, then, otherwise: Some(Box::new(otherwise)) });
                self.hoist(chosen, out)
            }
            _ if stands_alone(&expr) => self.hoist(expr, out),
            _ => {
                self.operands_in_order(operands_mut(&mut expr), out);
                expr
            }
        }
    }

    fn operands_in_order(&mut self, operands: Vec<&mut Expr>, out: &mut Vec<Stmt>) {
        let Some(last) = operands.iter().rposition(|operand| effects::effectful(operand)) else { return };
        let mut changed: Vec<BTreeSet<LocalId>> = operands.iter().map(|operand| changes(operand)).collect();
        for (index, operand) in operands.into_iter().enumerate() {
            if index > last {
                return;
            }
            changed[index].clear();
            let taken = std::mem::replace(
                operand,
                Expr { id: NodeId(0), span: Span::call_site(), kind: ExprKind::Tuple(Vec::new()) },
            );
            *operand = if effects::effectful(&taken) {
                self.operand(taken, out)
            } else if effects::movable(&taken) && !reads_any(&taken, &changed) {
                taken
            } else {
                self.hoist(taken, out)
            };
        }
    }

    /// `let __name = expr;`, and the name in its place.
    fn hoist(&mut self, expr: Expr, out: &mut Vec<Stmt>) -> Expr {
        let span = expr.span;
        let name = name_of(&expr);
        let init = self.root(expr, out);
        let (local, ident) = self.local(&name, span);
        let pat = self.pat(span, PatKind::Bind { ident: ident.clone(), mutable: false, local: Some(local), sub: None });
        let kind = StmtKind::Let { pat, ty: None, init, otherwise: None };
        out.push(Stmt { id: self.node(), span, state: None, comment: None, kind });
        self.expr(span, ExprKind::Local(local, ident))
    }

    fn branches(&mut self, awaited: &mut crate::ast::Await) {
        // The failure of a branch of `join!` is a value.
        let values = matches!(awaited.kind, AwaitKind::Join(_));
        for branch in branches_mut(awaited) {
            self.scope.push(branch.id);
            let empty = self.wrap(Span::call_site(), Vec::new(), None);
            let body = std::mem::replace(&mut branch.body, empty);
            let result = !values && yields_result(&body);
            branch.body = self.function(body, result);
            self.scope.pop();
        }
    }
}

/// The locals that an expression changes.
fn changes(expr: &Expr) -> BTreeSet<LocalId> {
    let mut changed = BTreeSet::new();
    walk::any(expr, &mut |part| {
        changed.extend(match &part.kind {
            ExprKind::Assign(place, _) | ExprKind::AssignOp(_, place, _) => effects::root(place),
            ExprKind::Method { receiver, method, .. } if effects::mutates(&method.to_string()) => {
                effects::root(receiver)
            }
            _ => None,
        });
        false
    });
    changed
}

/// An expression reads a local of one of the sets.
fn reads_any(expr: &Expr, sets: &[BTreeSet<LocalId>]) -> bool {
    walk::any(expr, &mut |part| match &part.kind {
        ExprKind::Local(local, _) => sets.iter().any(|set| set.contains(local)),
        _ => false,
    })
}

/// The expression suspends itself, parentheses aside.
pub(crate) fn is_await(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Await(_) => true,
        ExprKind::Paren(inner) => is_await(inner),
        _ => false,
    }
}

/// An expression whose value is `()` by its form, so that nothing is lost when it becomes a statement.
fn is_unit(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::While { .. } | ExprKind::For { .. } | ExprKind::Assign(..) | ExprKind::AssignOp(..) => true,
        ExprKind::If { otherwise, .. } => otherwise.is_none(),
        ExprKind::Loop { label, body } => breaks(body, label.as_ref(), false),
        _ => false,
    }
}

fn never_ends(stmt: &Stmt) -> bool {
    let StmtKind::Expr(expr) = &stmt.kind else { return false };
    matches!(expr.kind, ExprKind::Return(_) | ExprKind::Loop { .. }) && !is_unit(expr)
}

/// A `break` without a value leaves the loop with this body and label. `inner`: the block belongs to a loop inside of it.
fn breaks(body: &Block, label: Option<&syn::Lifetime>, inner: bool) -> bool {
    fn in_expr(expr: &Expr, label: Option<&syn::Lifetime>, inner: bool) -> bool {
        if let ExprKind::Break { label: named, value: None } = &expr.kind {
            return match named {
                Some(named) => Some(named) == label,
                None => !inner,
            };
        }
        let is_loop = matches!(expr.kind, ExprKind::While { .. } | ExprKind::Loop { .. } | ExprKind::For { .. });
        walk::operands(expr).into_iter().any(|part| in_expr(part, label, inner))
            || walk::alternatives(expr).into_iter().any(|part| in_expr(part, label, inner))
            || walk::blocks(expr).into_iter().any(|block| breaks(block, label, inner || is_loop))
    }
    body.tail.as_deref().is_some_and(|tail| in_expr(tail, label, inner))
        || body.stmts.iter().any(|stmt| match &stmt.kind {
            StmtKind::Let { init, otherwise, .. } => {
                in_expr(init, label, inner) || otherwise.as_ref().is_some_and(|block| breaks(block, label, inner))
            }
            StmtKind::Expr(expr) => in_expr(expr, label, inner),
            StmtKind::Log(_) => false,
        })
}

/// Whether a branch's block yields a `Result`, told from what it returns: it says `?`, or ends with `Ok` or `Err`.
pub(crate) fn yields_result(block: &Block) -> bool {
    walk::any_in_block(block, &mut |expr| match &expr.kind {
        ExprKind::Try(_) => true,
        ExprKind::Return(Some(value)) => is_result(value),
        _ => false,
    }) || block.tail.as_deref().is_some_and(is_result)
}

fn is_result(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Construct { path, .. } => path.is_ident("Ok") || path.is_ident("Err"),
        ExprKind::Paren(inner) => is_result(inner),
        ExprKind::Block(block) => block.tail.as_deref().is_some_and(is_result),
        ExprKind::If { then, .. } => then.tail.as_deref().is_some_and(is_result),
        ExprKind::Match { arms, .. } => arms.iter().any(|arm| is_result(&arm.body)),
        _ => false,
    }
}

/// The pattern takes one side of a `Result`, or both whole: what a Catch can tell apart. Another pattern matches the awaited value.
fn takes_side(pat: &Pat) -> bool {
    match &pat.kind {
        PatKind::Wild => true,
        PatKind::TupleStruct { path, items, .. } => items.len() == 1 && (path.is_ident("Ok") || path.is_ident("Err")),
        PatKind::Or(alternatives) => alternatives.iter().all(takes_side),
        PatKind::Ref(inner) => takes_side(inner),
        _ => false,
    }
}

/// The effect is the expression's own, not one of its operands'.
fn stands_alone(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Method { method, .. } => effects::mutates(&method.to_string()),
        ExprKind::Await(_)
        | ExprKind::Try(_)
        | ExprKind::If { .. }
        | ExprKind::Match { .. }
        | ExprKind::While { .. }
        | ExprKind::Loop { .. }
        | ExprKind::Labelled { .. }
        | ExprKind::For { .. }
        | ExprKind::Block(_)
        | ExprKind::Return(_)
        | ExprKind::Break { .. }
        | ExprKind::Continue { .. }
        | ExprKind::Assign(..)
        | ExprKind::AssignOp(..) => true,
        _ => false,
    }
}

/// What a hoisted value is called: after the task that yields it or what was done to a variable, else `value`.
fn name_of(expr: &Expr) -> String {
    let name = match &expr.kind {
        ExprKind::Try(inner) | ExprKind::Paren(inner) => return name_of(inner),
        ExprKind::Await(awaited) => called(awaited),
        // `a && task().await`
        ExprKind::If { .. } => {
            let mut found = None;
            walk::any(expr, &mut |expr| {
                if let (ExprKind::Await(awaited), None) = (&expr.kind, &found) {
                    found = called(awaited);
                }
                found.is_some()
            });
            found
        }
        ExprKind::Method { method, .. } => match &*method.to_string() {
            "pop" => Some("popped".to_owned()),
            "remove" | "swap_remove" => Some("removed".to_owned()),
            "insert" => Some("replaced".to_owned()),
            _ => None,
        },
        _ => None,
    };
    name.unwrap_or_else(|| "value".to_owned())
}

fn called(awaited: &Await) -> Option<String> {
    let AwaitKind::Call(call) = &awaited.kind else { return None };
    call.path.segments.last().map(|last| last.ident.to_string())
}

/// The locals that a pattern binds, each once, in order.
pub(crate) fn bindings(pat: &Pat, out: &mut Vec<(Ident, bool, LocalId)>) {
    match &pat.kind {
        PatKind::Bind { ident, mutable, local, sub } => {
            if let Some(local) = local
                && !out.iter().any(|(_, _, known)| known == local)
            {
                out.push((ident.clone(), *mutable, *local));
            }
            if let Some(sub) = sub {
                bindings(sub, out);
            }
        }
        PatKind::Wild | PatKind::Lit { .. } | PatKind::Range { .. } | PatKind::Path(_) => {}
        PatKind::Tuple(items) | PatKind::TupleStruct { items, .. } | PatKind::Or(items) => {
            items.iter().for_each(|item| bindings(item, out));
        }
        PatKind::Struct { fields, .. } => fields.iter().for_each(|(_, item)| bindings(item, out)),
        PatKind::Ref(inner) => bindings(inner, out),
    }
}
