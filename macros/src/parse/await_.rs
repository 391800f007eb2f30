//! What suspends: calls of tasks and workflows, timers, joins, maps.

use super::{Parser, path, span_of};
use crate::{
    ast::{Await, AwaitKind, Block, Branch, Call, Expr, ExprKind, NodeId, Pat, PatKind, Stmt, StmtKind},
    diag::catalog,
};

/// `path(args).adjust(..)`: what can stand before `.await`.
struct Chain<'e> {
    path: &'e syn::Path,
    call: &'e syn::ExprCall,
    /// In the order written.
    adjustments: Vec<&'e syn::ExprMethodCall>,
}

/// Takes a chain apart; `None` where its root is not a call by name.
fn chain(expr: &syn::Expr) -> Option<Chain<'_>> {
    match expr {
        syn::Expr::Paren(paren) => chain(&paren.expr),
        syn::Expr::Group(group) => chain(&group.expr),
        syn::Expr::Call(call) => match &*call.func {
            syn::Expr::Path(syn::ExprPath { qself: None, path, .. }) => {
                Some(Chain { path, call, adjustments: Vec::new() })
            }
            _ => None,
        },
        syn::Expr::MethodCall(method) => {
            let mut chain = chain(&method.receiver)?;
            chain.adjustments.push(method);
            Some(chain)
        }
        _ => None,
    }
}

impl Parser<'_> {
    /// `base.await`.
    pub(super) fn await_expr(&mut self, awaited: &syn::ExprAwait) -> ExprKind {
        match &*awaited.base {
            syn::Expr::Macro(expr)
                if matches!(path::own_name(&expr.mac.path).as_deref(), Some("try_join" | "join" | "race")) =>
            {
                self.error(&awaited.await_token, catalog::JOIN_AWAITED, &[&path::last(&expr.mac.path)]);
                self.macro_expr(&expr.mac)
            }
            syn::Expr::Async(block) => {
                self.error(&block.async_token, catalog::ASYNC_BLOCK, &[]);
                ExprKind::Block(self.block(&block.block))
            }
            base => match chain(base) {
                Some(chain) => self.suspension(&chain),
                None => {
                    self.error(base, catalog::FOREIGN_AWAIT, &[]);
                    self.broken([base])
                }
            },
        }
    }

    fn suspension(&mut self, chain: &Chain<'_>) -> ExprKind {
        match path::own_name(chain.path).as_deref() {
            Some(name @ ("sleep" | "sleep_until")) => self.sleep(chain, name),
            Some("map") => self.map(chain),
            Some("timeout") => self.timeout(chain),
            Some(name @ ("now" | "uuid" | "random" | "execution" | "patched")) => {
                self.error(chain.call, catalog::CONTEXT_AWAITED, &[name]);
                self.call(chain.call)
            }
            _ => self.task_call(chain),
        }
    }

    fn task_call(&mut self, chain: &Chain<'_>) -> ExprKind {
        let mut call = Call {
            path: chain.path.clone(),
            args: self.args(chain.path, &chain.call.args),
            timeout: None,
            heartbeat: None,
            retry: Vec::new(),
            detached: false,
            anew: false,
            adjusters: chain.adjustments.iter().map(|adjustment| adjustment.method.clone()).collect(),
        };
        for adjustment in &chain.adjustments {
            self.adjust(&mut call, adjustment);
        }
        suspend(AwaitKind::Call(call))
    }

    /// A method between a call and its `.await`.
    fn adjust(&mut self, call: &mut Call, adjustment: &syn::ExprMethodCall) {
        let name = adjustment.method.to_string();
        let args: Vec<_> = adjustment.args.iter().collect();
        match (&*name, &args[..]) {
            ("timeout", [value]) if call.timeout.is_none() => call.timeout = Some(self.expr(value)),
            ("heartbeat", [value]) if call.heartbeat.is_none() => call.heartbeat = Some(self.expr(value)),
            ("start", []) if !call.detached => call.detached = true,
            ("continue_as_new", []) if !call.detached => (call.detached, call.anew) = (true, true),
            ("retry", [policy]) => {
                if let Some(retrier) = self.retry_policy(policy) {
                    call.retry.push((quote::ToTokens::to_token_stream(policy), retrier));
                }
            }
            ("start" | "continue_as_new", []) if call.anew != (name == "continue_as_new") => {
                let help =
                    "leave `.start()` out: `.continue_as_new()` starts the workflow anew, and ends this execution";
                self.error(&adjustment.method, catalog::UNSUPPORTED, &["`.start()` beside `.continue_as_new()`", help]);
            }
            ("timeout" | "heartbeat", [_]) | ("start" | "continue_as_new", []) => {
                self.error(&adjustment.method, catalog::TWICE, &[&name]);
            }
            ("timeout" | "heartbeat" | "retry", _) => {
                self.error(adjustment, catalog::ARGUMENTS, &[&name, "one"]);
            }
            ("start" | "continue_as_new", _) => self.error(adjustment, catalog::ARGUMENTS, &[&name, "none"]),
            _ => self.error(&adjustment.method, catalog::CALL_METHOD, &[&name]),
        }
    }

    fn no_adjustments(&mut self, chain: &Chain<'_>, name: &str, allowed: &str) {
        for adjustment in &chain.adjustments {
            self.error(&adjustment.method, catalog::WAIT_METHOD, &[&adjustment.method.to_string(), name, allowed]);
        }
    }

    fn sleep(&mut self, chain: &Chain<'_>, name: &str) -> ExprKind {
        self.no_adjustments(chain, name, "nothing stands between it and `.await`");
        let args: Vec<_> = chain.call.args.iter().collect();
        let [arg] = args[..] else {
            self.error(chain.call, catalog::ARGUMENTS, &[name, "one"]);
            return self.broken(args);
        };
        let value = self.expr(arg);
        suspend(if name == "sleep" { AwaitKind::Sleep(value) } else { AwaitKind::SleepUntil(value) })
    }

    /// `timeout(duration, block)`: a race of the block and a timer that fails.
    fn timeout(&mut self, chain: &Chain<'_>) -> ExprKind {
        self.no_adjustments(chain, "timeout", "nothing stands between it and `.await`");
        let args: Vec<_> = chain.call.args.iter().collect();
        let [duration, body] = args[..] else {
            self.error(chain.call, catalog::TIMEOUT_ARGUMENTS, &[]);
            return self.broken(args.first().copied());
        };
        let span = span_of(duration);
        let id = self.id();
        let mut block = self.empty_block(span);
        let sleep = AwaitKind::Sleep(self.expr(duration));
        let kind = StmtKind::Expr(self.node(span, suspend(sleep)));
        block.stmts.push(Stmt { id: self.id(), span, state: None, comment: None, kind });
        let fault = self.node(span, ExprKind::Path(syn::parse_quote_spanned!(span=> ::durafn::Fault::Timeout)));
        let err = syn::Path::from(syn::Ident::new("Err", span));
        block.tail = Some(Box::new(self.node(span, ExprKind::Construct { path: err, args: vec![fault] })));
        let timer = Branch { id, body: block, lone_call: false };
        let body = self.branch(body, false);
        suspend(AwaitKind::Race { branches: vec![body, timer], timer: true })
    }

    fn map(&mut self, chain: &Chain<'_>) -> ExprKind {
        let args: Vec<_> = chain.call.args.iter().collect();
        let (items, item, index, body) = match args[..] {
            [items, syn::Expr::Closure(closure)] => {
                let items = self.expr(items);
                let (item, index) = self.map_params(closure);
                (items, item, index, self.branch(&closure.body, closure.asyncness.is_some()))
            }
            [items, syn::Expr::Path(syn::ExprPath { qself: None, path, .. })] => {
                let items = self.expr(items);
                let (item, body) = self.map_by_name(path);
                (items, item, None, body)
            }
            _ => {
                self.error(chain.call, catalog::MAP_ARGUMENTS, &[]);
                return self.broken(args.first().copied());
            }
        };
        let mut concurrency = None;
        for adjustment in &chain.adjustments {
            let args: Vec<_> = adjustment.args.iter().collect();
            match (&*adjustment.method.to_string(), &args[..]) {
                ("concurrency", [value]) if concurrency.is_none() => concurrency = Some(self.expr(value)),
                ("concurrency", [_]) => self.error(&adjustment.method, catalog::TWICE, &["concurrency"]),
                ("concurrency", _) => self.error(adjustment, catalog::ARGUMENTS, &["concurrency", "one"]),
                (method, _) => {
                    let allowed = "only `.concurrency(n)` stands between it and `.await`";
                    self.error(&adjustment.method, catalog::WAIT_METHOD, &[method, "map", allowed]);
                }
            }
        }
        suspend(AwaitKind::Map { items, item, index, body, concurrency })
    }

    /// `map(items, task)` is `map(items, |item| task(item))`.
    fn map_by_name(&mut self, path: &syn::Path) -> (Pat, Branch) {
        let span = span_of(path);
        let ident = syn::Ident::new("item", span);
        let bind = PatKind::Bind { ident: ident.clone(), mutable: false, local: None, sub: None };
        let item = Pat { id: self.id(), span, kind: bind };
        let id = self.id();
        let mut body = self.empty_block(span);
        let tail_id = self.id();
        let args = vec![self.node(span, ExprKind::Name(ident))];
        let call = Call {
            path: path.clone(),
            args,
            timeout: None,
            heartbeat: None,
            retry: Vec::new(),
            detached: false,
            anew: false,
            adjusters: Vec::new(),
        };
        body.tail = Some(Box::new(Expr { id: tail_id, span, kind: suspend(AwaitKind::Call(call)) }));
        (item, Branch { id, body, lone_call: true })
    }

    fn map_params(&mut self, closure: &syn::ExprClosure) -> (Pat, Option<Pat>) {
        if !(1..=2).contains(&closure.inputs.len()) {
            self.error(&closure.inputs_begin, catalog::MAP_ARGUMENTS, &[]);
        }
        if let syn::ReturnType::Type(_, ty) = &closure.output {
            self.error(ty, catalog::UNSUPPORTED, &["the return type of a closure", "leave it out"]);
        }
        let mut pats = closure.inputs.iter().map(|input| match input {
            syn::Pat::Type(typed) => {
                self.error(
                    &typed.ty,
                    catalog::UNSUPPORTED,
                    &["the type of `map`'s item", "leave it out: the vector has it"],
                );
                self.pat(&typed.pat)
            }
            pat => self.pat(pat),
        });
        let (item, index) = (pats.next(), pats.next());
        drop(pats);
        let item = item.unwrap_or_else(|| Pat { id: self.id(), span: span_of(closure), kind: PatKind::Wild });
        (item, index)
    }

    /// A branch of a join, or the body of a map. `runs` where it stands in an `async` closure.
    pub(super) fn branch(&mut self, expr: &syn::Expr, runs: bool) -> Branch {
        let id = self.id();
        if runs {
            let body = match expr {
                syn::Expr::Block(block) => self.block(&block.block),
                expr => self.block_of(expr),
            };
            return Branch { id, body, lone_call: false };
        }
        match expr {
            syn::Expr::Async(block) => Branch { id, body: self.block(&block.block), lone_call: false },
            syn::Expr::Block(syn::ExprBlock { block, label: None, .. }) if lone_tail(block).is_some() => {
                let tail = lone_tail(block).expect("the guard found it");
                self.lone_branch(id, tail)
            }
            other => self.lone_branch(id, other),
        }
    }

    /// A branch that is one call without `.await`: the block that awaits it.
    fn lone_branch(&mut self, id: NodeId, expr: &syn::Expr) -> Branch {
        if let Some(chain) = chain(expr) {
            let mut body = self.empty_block(span_of(expr));
            let tail_id = self.id();
            let kind = self.suspension(&chain);
            body.tail = Some(Box::new(Expr { id: tail_id, span: span_of(expr), kind }));
            return Branch { id, body, lone_call: true };
        }
        match expr {
            syn::Expr::Await(awaited) => self.error(&awaited.await_token, catalog::BRANCH_AWAITED, &[]),
            syn::Expr::Try(_) => self.error(expr, catalog::BRANCH_AWAITED, &[]),
            other => self.error(other, catalog::BRANCH, &[]),
        }
        Branch { id, body: self.block_of(expr), lone_call: false }
    }

    fn block_of(&mut self, expr: &syn::Expr) -> Block {
        let mut body = self.empty_block(span_of(expr));
        body.tail = Some(self.boxed(expr));
        body
    }
}

/// The only thing in a block.
fn lone_tail(block: &syn::Block) -> Option<&syn::Expr> {
    match &block.stmts[..] {
        [syn::Stmt::Expr(expr, None)] => Some(expr),
        _ => None,
    }
}

fn suspend(kind: AwaitKind) -> ExprKind {
    ExprKind::Await(Box::new(Await { kind }))
}
