//! Names: which local each one means, and where each local lives.
//!
//! Locals shadow as in Rust. A local knows the branches around its declaration, since a branch cannot assign what is outside of it, and whether it lives within one
//! expression, since then it is no variable of the machine. Loops are scopes too: `break` and `continue` must have one around them, in the same
//! branch.

use proc_macro2::Ident;

use crate::{
    ast::{
        Arm, AwaitKind, Block, Branch, Expr, ExprKind, Local, LocalId, NodeId, Pat, PatKind, Stmt, StmtKind, Workflow,
    },
    diag::{Collector, Place, catalog},
    effects,
    visit::{self, VisitMut},
};

/// Resolves every name of the body.
pub(crate) fn resolve(diag: &Collector, workflow: &mut Workflow) {
    resolve_body(diag, workflow, false);
}

/// Resolves a pure function, whose body is one value.
pub(crate) fn resolve_pure(diag: &Collector, function: &mut Workflow) {
    resolve_body(diag, function, true);
}

fn resolve_body(diag: &Collector, workflow: &mut Workflow, value: bool) {
    let mut resolver = Resolver {
        diag,
        locals: Vec::new(),
        names: Vec::new(),
        reuse: None,
        branches: Vec::new(),
        loops: Vec::new(),
        values: usize::from(value),
    };
    for param in &workflow.item.params {
        resolver.declare(&param.ident, param.mutable);
    }
    if value {
        resolver.block(&mut workflow.body);
    } else {
        resolver.flow_block(&mut workflow.body);
    }
    workflow.locals = resolver.locals;
}

struct Resolver<'d> {
    diag: &'d Collector,
    locals: Vec<Local>,
    /// What is visible, the innermost last.
    names: Vec<(String, LocalId)>,
    /// Inside the second and later alternatives of `a | b`: names from here on are bound again, not anew.
    reuse: Option<usize>,
    branches: Vec<NodeId>,
    loops: Vec<Loop>,
    /// How many pure values and closures are around the place.
    values: usize,
}

struct Loop {
    label: Option<String>,
    kind: LoopKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LoopKind {
    /// `while` and `for`.
    Ends,
    /// `loop`, whose `break` can carry a value.
    Endless,
    /// A block with a label: only a `break` that names it means it.
    Block,
}

impl Resolver<'_> {
    fn declare(&mut self, ident: &Ident, mutable: bool) -> LocalId {
        let name = ident.to_string();
        if let Some(from) = self.reuse
            && let Some((_, local)) = self.names[from..].iter().find(|(known, _)| *known == name)
        {
            return *local;
        }
        let id = LocalId(u32::try_from(self.locals.len()).expect("a function has fewer locals than u32 counts"));
        let (scope, closure) = (self.branches.clone(), self.values > 0);
        self.locals.push(Local { ident: ident.clone(), mutable, scope, closure });
        self.names.push((name, id));
        id
    }

    fn lookup(&self, name: &str) -> Option<LocalId> {
        self.names.iter().rev().find(|(known, _)| known == name).map(|(_, local)| *local)
    }

    /// Names declared inside are not visible after it.
    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        let visible = self.names.len();
        let result = inside(self);
        self.names.truncate(visible);
        result
    }

    fn in_value<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.values += 1;
        let result = inside(self);
        self.values -= 1;
        result
    }

    /// What runs on its own: a branch or a closure. Loops outside cannot be left from there.
    fn apart<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        let loops = std::mem::take(&mut self.loops);
        let result = self.scoped(inside);
        self.loops = loops;
        result
    }

    fn name(&mut self, expr: &mut Expr) {
        let ExprKind::Name(ident) = &expr.kind else { return };
        let name = ident.to_string();
        match self.lookup(&name) {
            Some(local) => expr.kind = ExprKind::Local(local, ident.clone()),
            None => {
                let similar = crate::diag::nearest(&name, self.names.iter().map(|(known, _)| &**known));
                let hint = similar.map(|known| format!("; is it `{known}`?")).unwrap_or_default();
                self.diag.report(ident.span(), catalog::UNKNOWN_NAME, &[&name, &hint]);
            }
        }
    }

    /// A local hides the function of its name.
    fn callee(&self, path: &syn::Path) {
        if let Some(ident) = path.get_ident()
            && self.lookup(&ident.to_string()).is_some()
        {
            self.diag.report(ident.span(), catalog::CALLED_LOCAL, &[&ident.to_string()]);
        }
    }

    /// A block whose statements are states: its last expression ends a function, a branch or an arm.
    fn flow_block(&mut self, block: &mut Block) {
        self.scoped(|this| {
            for stmt in &mut block.stmts {
                this.stmt(stmt);
            }
            if let Some(tail) = &mut block.tail {
                this.flow(tail);
            }
        });
    }

    /// An expression in the place of a statement: what it binds are variables of the machine even where it is pure.
    fn flow(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::If { cond, then, otherwise } => {
                self.scoped(|this| {
                    this.condition(cond);
                    this.flow_block(then);
                });
                if let Some(otherwise) = otherwise {
                    self.flow(otherwise);
                }
            }
            ExprKind::Match { scrutinee, arms } => {
                self.expr(scrutinee);
                for arm in arms {
                    self.in_arm(arm, Self::flow);
                }
            }
            ExprKind::Block(block) => self.flow_block(block),
            ExprKind::Paren(inner) => self.flow(inner),
            ExprKind::Return(Some(value)) => self.flow(value),
            _ => self.expr(expr),
        }
    }

    /// The parts of a condition: what `let` binds is visible in those after it and in the block.
    fn condition(&mut self, cond: &mut Expr) {
        match &mut cond.kind {
            ExprKind::Let(pat, value) => {
                self.expr(value);
                self.pat(pat);
            }
            ExprKind::Binary(_, left, right) => {
                self.condition(left);
                self.condition(right);
            }
            _ => self.expr(cond),
        }
    }

    fn in_arm(&mut self, arm: &mut Arm, body: fn(&mut Self, &mut Expr)) {
        self.scoped(|this| {
            this.pat(&mut arm.pat);
            if let Some(guard) = &mut arm.guard {
                this.condition(guard);
            }
            body(this, &mut arm.body);
        });
    }

    fn in_loop(&mut self, label: Option<&syn::Lifetime>, kind: LoopKind, body: &mut Block) {
        self.loops.push(Loop { label: label.map(|label| label.ident.to_string()), kind });
        self.flow_block(body);
        self.loops.pop();
    }

    /// `break` or `continue`: finds the loop it means.
    fn jump(&mut self, place: Place, word: &str, label: Option<&syn::Lifetime>, value: bool) {
        let target = match label {
            Some(label) => {
                let means = |known: &&Loop| known.label.as_deref() == Some(&*label.ident.to_string());
                let target = self.loops.iter().rev().find(means);
                let target = target.filter(|target| word == "break" || target.kind != LoopKind::Block);
                if target.is_none() {
                    self.diag.report(label.apostrophe, catalog::UNKNOWN_LABEL, &[&label.to_string()]);
                    return;
                }
                target
            }
            None => self.loops.iter().rev().find(|known| known.kind != LoopKind::Block),
        };
        match target {
            None => self.diag.report(place, catalog::OUTSIDE_LOOP, &[word]),
            Some(target) if value && target.kind == LoopKind::Ends => {
                self.diag.report(place, catalog::BREAK_VALUE, &[])
            }
            Some(_) => {}
        }
    }

    fn in_branch(&mut self, branch: &mut Branch, items: [Option<&mut Pat>; 2]) {
        self.apart(|this| {
            this.branches.push(branch.id);
            for item in items.into_iter().flatten() {
                this.pat(item);
            }
            this.flow_block(&mut branch.body);
            this.branches.pop();
        });
    }

    fn await_kind(&mut self, kind: &mut AwaitKind) {
        match kind {
            AwaitKind::Call(call) => {
                self.callee(&call.path);
                for operand in call.args.iter_mut().chain(&mut call.timeout).chain(&mut call.heartbeat) {
                    self.expr(operand);
                }
            }
            AwaitKind::Sleep(value) | AwaitKind::SleepUntil(value) => self.expr(value),
            AwaitKind::TryJoin(branches) | AwaitKind::Join(branches) | AwaitKind::Race { branches, timer: _ } => {
                for branch in branches {
                    self.in_branch(branch, [None, None]);
                }
            }
            AwaitKind::Map { items, item, index, body, concurrency } => {
                self.expr(items);
                if let Some(concurrency) = concurrency {
                    self.expr(concurrency);
                }
                self.in_branch(body, [Some(item), index.as_mut()]);
            }
        }
    }

    /// The inside of a value.
    fn value(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Name(_) => self.name(expr),
            ExprKind::Context { path, which: _ } | ExprKind::Patched { path, name: _ } => self.callee(path),
            ExprKind::Pure { path, args } => {
                self.callee(path);
                for arg in args {
                    self.expr(arg);
                }
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { cond, then, otherwise } => {
                self.scoped(|this| {
                    this.condition(cond);
                    this.block(then);
                });
                if let Some(otherwise) = otherwise {
                    self.expr(otherwise);
                }
            }
            ExprKind::Match { scrutinee, arms } => {
                self.expr(scrutinee);
                for arm in arms {
                    self.in_arm(arm, Self::expr);
                }
            }
            ExprKind::While { label, cond, body } => self.scoped(|this| {
                this.condition(cond);
                this.in_loop(label.as_ref(), LoopKind::Ends, body);
            }),
            ExprKind::Loop { label, body } => self.in_loop(label.as_ref(), LoopKind::Endless, body),
            ExprKind::Labelled { label, body } => self.in_loop(Some(label), LoopKind::Block, body),
            ExprKind::For { label, pat, iter, body } => {
                self.expr(iter);
                self.scoped(|this| {
                    this.pat(pat);
                    this.in_loop(label.as_ref(), LoopKind::Ends, body);
                });
            }
            ExprKind::Break { label, value } => {
                let carries = value.is_some();
                if let Some(value) = value {
                    self.expr(value);
                }
                self.jump(expr.span.into(), "break", label.as_ref(), carries);
            }
            ExprKind::Continue { label } => self.jump(expr.span.into(), "continue", label.as_ref(), false),
            ExprKind::Closure { params, body, .. } => self.apart(|this| {
                this.in_value(|this| {
                    for param in params {
                        this.pat(&mut param.pat);
                    }
                    this.expr(body);
                });
            }),
            ExprKind::Matches { value, pat, guard } => {
                self.expr(value);
                self.scoped(|this| {
                    this.in_value(|this| this.pat(pat));
                    if let Some(guard) = guard {
                        this.expr(guard);
                    }
                });
            }
            ExprKind::Await(awaited) => self.await_kind(&mut awaited.kind),
            ExprKind::Return(Some(value)) => self.flow(value),
            _ => visit::walk_expr_mut(self, expr),
        }
    }
}

impl VisitMut for Resolver<'_> {
    fn block(&mut self, block: &mut Block) {
        self.scoped(|this| visit::walk_block_mut(this, block));
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match &mut stmt.kind {
            StmtKind::Let { pat, ty: _, init, otherwise } => {
                self.expr(init);
                if let Some(otherwise) = otherwise {
                    self.flow_block(otherwise);
                }
                self.pat(pat);
            }
            StmtKind::Expr(expr) => self.flow(expr),
            StmtKind::Log(_) => {}
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        if self.values == 0 && binds(expr) && !effects::effectful(expr) {
            self.in_value(|this| this.value(expr));
        } else {
            self.value(expr);
        }
    }

    fn pat(&mut self, pat: &mut Pat) {
        match &mut pat.kind {
            PatKind::Bind { ident, mutable, local, sub } => {
                *local = Some(self.declare(ident, *mutable));
                if let Some(sub) = sub {
                    self.pat(sub);
                }
            }
            PatKind::Or(alternatives) => {
                let outer = self.reuse;
                let from = outer.unwrap_or(self.names.len());
                for (index, alternative) in alternatives.iter_mut().enumerate() {
                    self.reuse = if index == 0 { outer } else { Some(from) };
                    self.pat(alternative);
                }
                self.reuse = outer;
            }
            _ => visit::walk_pat_mut(self, pat),
        }
    }
}

/// The kinds of expression that bind names of their own.
fn binds(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::If { .. } | ExprKind::Match { .. } | ExprKind::Block(_))
}
