//! Every function, type and constant that a workflow names must be of the language: its own, durafn's, or one of std with a fixed
//! meaning. The rules on clocks, randomness and so on say what is wrong with the others where they know.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use super::{clock, hash, io, lock, randomness, spawn};
use crate::{
    ast::{AwaitKind, ClosureParam, Expr, ExprKind, Stmt, StmtKind, Workflow},
    diag::{Collector, Entry, catalog},
    parse::path,
    visit::{self, Visit},
};

/// A path and what it is there for.
pub(super) struct Named {
    pub(super) segments: Vec<String>,
    call: bool,
}

impl Named {
    fn new(path: &syn::Path, call: bool) -> Named {
        Named { segments: path::segments(path), call }
    }

    /// It is called.
    pub(super) fn is_call(&self) -> bool {
        self.call
    }

    pub(super) fn root(&self) -> &str {
        // One segment alone is a name in scope, not a crate.
        if self.segments.len() > 1 { &self.segments[0] } else { "" }
    }

    pub(super) fn last(&self) -> &str {
        self.segments.last().map_or("", |last| last)
    }

    /// The segment before the last: a type or module.
    pub(super) fn owner(&self) -> &str {
        self.segments.iter().rev().nth(1).map_or("", |owner| owner)
    }

    pub(super) fn ends_with(&self, owner: &str, last: &str) -> bool {
        self.owner() == owner && self.last() == last
    }

    pub(super) fn is(&self, segments: &[&str]) -> bool {
        self.segments.iter().eq(segments)
    }

    pub(super) fn has_segment(&self, names: &[&str]) -> bool {
        self.segments.iter().any(|segment| names.contains(&&**segment))
    }
}

const RULES: [fn(&Named) -> Option<&'static Entry>; 7] =
    [clock::claims, randomness::claims, io::claims, spawn::claims, lock::claims, hash::claims, reversed];

/// `std::cmp::Reverse` turns round the order of a key.
fn reversed(named: &Named) -> Option<&'static Entry> {
    (named.is(&["Reverse"]) || named.ends_with("cmp", "Reverse")).then_some(catalog::REVERSED_KEY)
}

/// Crates whose futures somebody may await by habit.
const FOREIGN: [&str; 7] = ["std", "core", "tokio", "futures", "futures_util", "async_std", "smol"];

/// Types in lower case.
const PRIMITIVES: [&str; 15] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "str", "char", "bool"];

/// Functions of std that are often meant, and what to write for them.
const INSTEAD: [(&str, &str); 11] = [
    ("with_capacity", "; `::new()` makes an empty one"),
    ("max", "; the larger of two numbers is `a.max(b)`"),
    ("min", "; the smaller of two numbers is `a.min(b)`"),
    ("from", "; between numbers write `as`, between types that are the same JSON `.into()`"),
    ("try_from", "; test the range first, `if n <= 255 { n as u8 } else { .. }`: what does not fit is wrapped by `as`"),
    ("from_secs_f64", "; a durable timer counts whole seconds: `Duration::from_secs(..)`"),
    ("from_secs_f32", "; a durable timer counts whole seconds: `Duration::from_secs(..)`"),
    ("swap", "; bind both with `let (a, b) = (b, a);`"),
    ("take", "; copy the value with `.clone()`, then assign the variable"),
    ("replace", "; copy the value with `.clone()`, then assign the variable"),
    ("from_iter", "; `.collect()` an iterator"),
];

/// The call of a function is refused, whatever its arguments are.
pub(crate) fn refuses(path: &syn::Path) -> bool {
    let named = Named::new(path, true);
    RULES.iter().any(|claims| claims(&named).is_some())
}

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    let mut pass = Paths { diag };
    for param in &workflow.item.params {
        pass.types(param.ty.to_token_stream());
    }
    pass.types(workflow.item.output.to_token_stream());
    pass.block(&workflow.body);
}

struct Paths<'d> {
    diag: &'d Collector,
}

impl Paths<'_> {
    /// Reports what a rule knows about a path; false where none does.
    fn claimed(&self, path: &syn::Path, call: bool) -> bool {
        let named = Named::new(path, call);
        match RULES.iter().find_map(|claims| claims(&named)) {
            Some(entry) => {
                self.diag.report_at(path, entry, &[&path::display(path)]);
                true
            }
            None => {
                for segment in &path.segments {
                    self.types(segment.arguments.to_token_stream());
                }
                false
            }
        }
    }

    fn function(&self, path: &syn::Path) {
        if self.claimed(path, true) {
            return;
        }
        let named = Named::new(path, true);
        let primitive = PRIMITIVES.contains(&named.owner()) || ["f32", "f64"].contains(&named.owner());
        if path::of_type(path) || primitive || FOREIGN.contains(&named.root()) {
            let instead = INSTEAD.iter().find(|(name, _)| *name == named.last()).map_or("", |(_, instead)| instead);
            self.diag.report_at(path, catalog::UNSUPPORTED_FUNCTION, &[&path::display(path), instead]);
        }
    }

    fn awaited(&self, path: &syn::Path) {
        let foreign = path::of_type(path)
            || path::is_upper(&path::last(path))
            || FOREIGN.contains(&Named::new(path, true).root());
        if !self.claimed(path, true) && foreign {
            self.diag.report_at(path, catalog::FOREIGN_CALL, &[&path::display(path)]);
        }
    }

    /// The names in a type. Qualified or not, the last segment tells.
    fn types(&self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    let name = ident.to_string();
                    let entry = if hash::claims_type(&name) {
                        catalog::HASH
                    } else if lock::claims_type(&name) {
                        catalog::LOCK
                    } else if clock::claims_type(&name) {
                        catalog::CLOCK
                    } else {
                        continue;
                    };
                    self.diag.report(ident.span(), entry, &[&name]);
                }
                TokenTree::Group(group) => self.types(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl Visit for Paths<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        if let StmtKind::Let { ty: Some(ty), .. } = &stmt.kind {
            self.types(ty.to_token_stream());
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Pure { path, .. } => self.function(path),
            ExprKind::Function { path, .. }
            | ExprKind::Path(path)
            | ExprKind::Struct { path, .. }
            | ExprKind::Construct { path, .. } => {
                self.claimed(path, matches!(expr.kind, ExprKind::Function { .. }));
            }
            ExprKind::Await(awaited) => {
                if let AwaitKind::Call(call) = &awaited.kind {
                    self.awaited(&call.path);
                }
            }
            ExprKind::Method { turbofish: Some(turbofish), .. } => self.types(turbofish.clone()),
            ExprKind::Closure { params, .. } => {
                for ClosureParam { pat: _, ty } in params {
                    self.types(ty.to_token_stream());
                }
            }
            _ => {}
        }
        visit::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::body_errors;

    #[test]
    fn functions_that_are_not_of_the_language_are_refused() {
        let found = body_errors(
            "let a = Vec::with_capacity(3); let b = u8::try_from(total); let c = std::cmp::max(1, 2);
             let d = helper(total); let e = rules::price(order); let f = Order::default();
             let g = u64::MAX; let h = String::from(\"x\");",
        );
        assert_eq!(
            found,
            [
                "1 D0215 `Vec::with_capacity` is not part of the workflow language",
                "1 D0215 `u8::try_from` is not part of the workflow language",
                "1 D0215 `std::cmp::max` is not part of the workflow language",
            ]
        );
    }

    #[test]
    fn only_tasks_and_workflows_are_awaited() {
        let found = body_errors(
            "let a = Client::connect(order).await; let b = futures::future::ready(1).await;
             tasks::charge(order).await?; crate::charge(order).await?;",
        );
        assert_eq!(
            found,
            [
                "1 D0305 `Client::connect` is neither a task nor a workflow, so its result would not be recorded",
                "1 D0305 `futures::future::ready` is neither a task nor a workflow, so its result would not be recorded",
            ]
        );
    }
}
