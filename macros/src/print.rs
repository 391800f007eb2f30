//! The tree as text, for tests: close to Rust, with each local's number, and a `'` behind locals that live within one expression.

use std::fmt::Write as _;

use durafn_ir::BinaryOp;
use quote::ToTokens;

use crate::ast::{
    AwaitKind, Block, Branch, Expr, ExprKind, FormatPiece, LocalId, Pat, PatKind, Stmt, StmtKind, Workflow,
};

/// The body of a workflow.
pub(crate) fn body(workflow: &Workflow) -> String {
    let mut printer = Printer { workflow, out: String::new(), indent: 0 };
    printer.block(&workflow.body);
    printer.out
}

struct Printer<'a> {
    workflow: &'a Workflow,
    out: String,
    indent: usize,
}

impl Printer<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn tokens(&mut self, tokens: &impl ToTokens) {
        let text = tokens.to_token_stream().to_string();
        self.put(&text.replace(" :: ", "::"));
    }

    fn line(&mut self) {
        let _ = write!(self.out, "\n{}", "  ".repeat(self.indent));
    }

    fn local(&mut self, id: LocalId) {
        let local = &self.workflow.locals[id.0 as usize];
        let mark = if local.closure { "'" } else { "" };
        let _ = write!(self.out, "{}{}{mark}", local.ident, id.0);
    }

    fn list<T>(&mut self, open: &str, items: &[T], close: &str, item: impl Fn(&mut Self, &T)) {
        self.put(open);
        for (index, each) in items.iter().enumerate() {
            if index > 0 {
                self.put(", ");
            }
            item(self, each);
        }
        self.put(close);
    }

    fn exprs(&mut self, open: &str, items: &[Expr], close: &str) {
        self.list(open, items, close, Self::expr);
    }

    fn block(&mut self, block: &Block) {
        self.put("{");
        self.indent += 1;
        for stmt in &block.stmts {
            self.line();
            self.stmt(stmt);
        }
        if let Some(tail) = &block.tail {
            self.line();
            self.label(block.tail_label.state.as_ref(), block.tail_label.comment.as_ref());
            self.expr(tail);
        }
        self.indent -= 1;
        self.line();
        self.put("}");
    }

    fn label(&mut self, state: Option<&String>, comment: Option<&String>) {
        if let Some(state) = state {
            self.put(&format!("#[{state}] "));
        }
        if let Some(comment) = comment {
            self.put(&format!("/*{comment}*/ "));
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.label(stmt.state.as_ref(), stmt.comment.as_ref());
        match &stmt.kind {
            StmtKind::Let { pat, ty, init, otherwise } => {
                self.put("let ");
                self.pat(pat);
                if let Some(ty) = ty {
                    self.put(": ");
                    self.tokens(ty);
                }
                self.put(" = ");
                self.expr(init);
                if let Some(otherwise) = otherwise {
                    self.put(" else ");
                    self.block(otherwise);
                }
            }
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Log(tokens) => {
                self.put("log ");
                self.tokens(tokens);
            }
        }
        self.put(";");
    }

    fn pair(&mut self, a: &Expr, between: &str, b: &Expr) {
        self.put("(");
        self.expr(a);
        self.put(between);
        self.expr(b);
        self.put(")");
    }

    fn call(&mut self, what: &str, path: &syn::Path, args: &[Expr]) {
        self.put(what);
        self.tokens(path);
        self.exprs("(", args, ")");
    }

    fn jump(&mut self, word: &str, label: Option<&syn::Lifetime>, value: Option<&Expr>) {
        self.put(word);
        if let Some(label) = label {
            self.put(&format!(" {label}"));
        }
        if let Some(value) = value {
            self.put(" ");
            self.expr(value);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Lit { tokens, .. } => self.tokens(tokens),
            ExprKind::Name(ident) => self.put(&format!("?{ident}")),
            ExprKind::Local(local, _) => self.local(*local),
            ExprKind::Path(path) => self.tokens(path),
            ExprKind::Field(base, member) => {
                self.expr(base);
                self.put(".");
                self.tokens(member);
            }
            ExprKind::Index(base, index) => {
                self.expr(base);
                self.put("[");
                self.expr(index);
                self.put("]");
            }
            ExprKind::Unary(op, operand) => {
                self.put(&format!("{op:?} "));
                self.expr(operand);
            }
            ExprKind::Ref { mutable: _, expr } => {
                self.put("&");
                self.expr(expr);
            }
            ExprKind::Deref(expr) => {
                self.put("*");
                self.expr(expr);
            }
            ExprKind::Paren(expr) => self.expr(expr),
            ExprKind::Binary(op, a, b) => self.pair(a, symbol(*op), b),
            ExprKind::Cast(value, ty, _) => {
                self.expr(value);
                self.put(" as ");
                self.tokens(ty);
            }
            ExprKind::Assign(place, value) => self.pair(place, " = ", value),
            ExprKind::AssignOp(op, place, value) => self.pair(place, &format!("{}= ", symbol(*op).trim_end()), value),
            ExprKind::Let(pat, value) => {
                self.put("let ");
                self.pat(pat);
                self.put(" = ");
                self.expr(value);
            }
            ExprKind::Tuple(items) => self.exprs("(", items, ",)"),
            ExprKind::Array { vec, items } => self.exprs(if *vec { "vec[" } else { "[" }, items, "]"),
            ExprKind::Repeat { vec: _, value, count } => self.pair(value, "; ", count),
            ExprKind::Construct { path, args } => self.call("new ", path, args),
            ExprKind::Function { path: _, spelling, args } => {
                self.put(&format!("std {spelling}"));
                self.exprs("(", args, ")");
            }
            ExprKind::Pure { path, args } => self.call("pure ", path, args),
            ExprKind::Context { path: _, which } => self.put(&format!("{which:?}()")),
            ExprKind::Patched { path: _, name } => self.put(&format!("patched({name:?})")),
            ExprKind::Range { from, to, inclusive } => self.pair(from, if *inclusive { "..=" } else { ".." }, to),
            ExprKind::Try(value) => {
                self.expr(value);
                self.put("?");
            }
            ExprKind::Await(awaited) => self.awaited(&awaited.kind),
            _ => self.compound(expr),
        }
    }

    fn compound(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::If { cond, then, otherwise } => {
                self.put("if ");
                self.expr(cond);
                self.put(" ");
                self.block(then);
                if let Some(otherwise) = otherwise {
                    self.put(" else ");
                    self.expr(otherwise);
                }
            }
            ExprKind::Match { scrutinee, arms } => {
                self.put("match ");
                self.expr(scrutinee);
                self.put(" {");
                self.indent += 1;
                for arm in arms {
                    self.line();
                    self.pat(&arm.pat);
                    if let Some(guard) = &arm.guard {
                        self.put(" if ");
                        self.expr(guard);
                    }
                    self.put(" => ");
                    self.expr(&arm.body);
                }
                self.indent -= 1;
                self.line();
                self.put("}");
            }
            ExprKind::While { label, cond, body } => {
                self.jump("while", label.as_ref(), Some(cond));
                self.put(" ");
                self.block(body);
            }
            ExprKind::Loop { label, body } => {
                self.jump("loop", label.as_ref(), None);
                self.put(" ");
                self.block(body);
            }
            ExprKind::Labelled { label, body } => {
                self.put(&format!("{label}: "));
                self.block(body);
            }
            ExprKind::For { label, pat, iter, body } => {
                self.jump("for", label.as_ref(), None);
                self.put(" ");
                self.pat(pat);
                self.put(" in ");
                self.expr(iter);
                self.put(" ");
                self.block(body);
            }
            ExprKind::Break { label, value } => self.jump("break", label.as_ref(), value.as_deref()),
            ExprKind::Continue { label } => self.jump("continue", label.as_ref(), None),
            ExprKind::Return(value) => self.jump("return", None, value.as_deref()),
            ExprKind::Block(block) => self.block(block),
            ExprKind::Struct { path, fields, base } => {
                self.tokens(path);
                self.list(" { ", fields, "", |this, (member, value)| {
                    this.tokens(member);
                    this.put(": ");
                    this.expr(value);
                });
                if let Some(base) = base {
                    self.put(" ..");
                    self.expr(base);
                }
                self.put(" }");
            }
            ExprKind::Method { receiver, method, turbofish, args } => {
                self.expr(receiver);
                self.put(&format!(".{method}"));
                if let Some(turbofish) = turbofish {
                    self.tokens(turbofish);
                }
                self.exprs("(", args, ")");
            }
            ExprKind::Closure { moves: _, params, body } => {
                self.list("|", params, "| ", |this, param| this.pat(&param.pat));
                self.expr(body);
            }
            ExprKind::Format(pieces) => self.list("format(", pieces, ")", |this, piece| match piece {
                FormatPiece::Text(text) => this.put(&format!("{text:?}")),
                FormatPiece::Value { value, precision, pad } => {
                    this.expr(value);
                    if let Some(precision) = precision {
                        this.put(&format!(" .{precision}"));
                    }
                    if let Some((fill, align, width)) = pad {
                        this.put(&format!(" {fill}{align}{width}"));
                    }
                }
            }),
            ExprKind::Matches { value, pat, guard } => {
                self.put("matches(");
                self.expr(value);
                self.put(", ");
                self.pat(pat);
                if let Some(guard) = guard {
                    self.put(" if ");
                    self.expr(guard);
                }
                self.put(")");
            }
            other => unreachable!("printed before: {other:?}"),
        }
    }

    fn awaited(&mut self, kind: &AwaitKind) {
        match kind {
            AwaitKind::Call(call) => {
                let verb = match (call.anew, call.detached) {
                    (true, _) => "anew ",
                    (false, true) => "start ",
                    (false, false) => "await ",
                };
                self.call(verb, &call.path, &call.args);
                for (word, value) in [("timeout", &call.timeout), ("heartbeat", &call.heartbeat)] {
                    if let Some(value) = value {
                        self.put(&format!(" {word} "));
                        self.expr(value);
                    }
                }
                for (_, retrier) in &call.retry {
                    self.put(&format!(" {retrier:?}"));
                }
            }
            AwaitKind::Sleep(value) => {
                self.put("sleep ");
                self.expr(value);
            }
            AwaitKind::SleepUntil(value) => {
                self.put("sleep until ");
                self.expr(value);
            }
            AwaitKind::TryJoin(branches) => self.list("try_join(", branches, ")", Self::branch),
            AwaitKind::Join(branches) => self.list("join(", branches, ")", Self::branch),
            AwaitKind::Race { branches, timer } => {
                self.list(if *timer { "timeout(" } else { "race(" }, branches, ")", Self::branch);
            }
            AwaitKind::Map { items, item, index, body, concurrency } => {
                self.put("map ");
                self.expr(items);
                self.put(" |");
                self.pat(item);
                if let Some(index) = index {
                    self.put(", ");
                    self.pat(index);
                }
                self.put("| ");
                self.branch(body);
                if let Some(concurrency) = concurrency {
                    self.put(" concurrency ");
                    self.expr(concurrency);
                }
            }
        }
    }

    fn branch(&mut self, branch: &Branch) {
        self.put(if branch.lone_call { "call " } else { "async " });
        self.block(&branch.body);
    }

    fn pat(&mut self, pat: &Pat) {
        match &pat.kind {
            PatKind::Wild => self.put("_"),
            PatKind::Bind { ident, mutable, local, sub } => {
                self.put(if *mutable { "mut " } else { "" });
                match local {
                    Some(local) => self.local(*local),
                    None => self.put(&format!("?{ident}")),
                }
                if let Some(sub) = sub {
                    self.put(" @ ");
                    self.pat(sub);
                }
            }
            PatKind::Lit { tokens, .. } | PatKind::Range { tokens, .. } => self.tokens(tokens),
            PatKind::Tuple(items) => self.list("(", items, ")", Self::pat),
            PatKind::Path(path) => self.tokens(path),
            PatKind::TupleStruct { path, items, rest } => {
                self.tokens(path);
                self.list("(", items, ")", Self::pat);
                if let Some(rest) = rest {
                    self.put(&format!("..{rest}"));
                }
            }
            PatKind::Struct { path, fields, rest } => {
                self.tokens(path);
                self.list(" { ", fields, if *rest { " .. }" } else { " }" }, |this, (member, field)| {
                    this.tokens(member);
                    this.put(": ");
                    this.pat(field);
                });
            }
            PatKind::Ref(inner) => {
                self.put("&");
                self.pat(inner);
            }
            PatKind::Or(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.put(if index > 0 { " | " } else { "" });
                    self.pat(item);
                }
            }
        }
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => " + ",
        BinaryOp::Sub => " - ",
        BinaryOp::Mul => " * ",
        BinaryOp::Div => " / ",
        BinaryOp::Rem => " % ",
        BinaryOp::And => " && ",
        BinaryOp::Or => " || ",
        BinaryOp::Eq => " == ",
        BinaryOp::Ne => " != ",
        BinaryOp::Lt => " < ",
        BinaryOp::Le => " <= ",
        BinaryOp::Gt => " > ",
        BinaryOp::Ge => " >= ",
    }
}
