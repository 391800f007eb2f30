//! Calls of functions and methods.

use quote::ToTokens;

use super::{Parser, closure, expr::is_number, path};
use crate::{
    ast::{Casting, ContextCall, Expr, ExprKind},
    check,
    diag::catalog,
};

/// Characters in the name of a patch.
const LONGEST_PATCH: usize = 80;

impl Parser<'_> {
    pub(super) fn call(&mut self, call: &syn::ExprCall) -> ExprKind {
        let syn::Expr::Path(syn::ExprPath { qself: None, path, .. }) = &*call.func else {
            let what = match &*call.func {
                syn::Expr::Path(_) => catalog::QUALIFIED_PATH,
                _ => catalog::CALLED_VALUE,
            };
            self.error(&call.func, what, &[]);
            return self.broken(&call.args);
        };
        if path::is_upper(&path::last(path)) {
            return ExprKind::Construct { path: path.clone(), args: self.exprs(&call.args) };
        }
        if let Some((ty, value)) = lossless(call, path) {
            return ExprKind::Cast(self.boxed(value), ty, Casting::From);
        }
        if let Some(spelling) = path::function(path) {
            return ExprKind::Function {
                path: path.clone(),
                spelling: spelling.to_owned(),
                args: self.exprs(&call.args),
            };
        }
        match path::own_name(path).as_deref() {
            Some(name @ ("now" | "uuid" | "random" | "execution")) => self.context(call, path, name),
            Some("patched") => self.patched(call, path),
            Some(name @ ("sleep" | "sleep_until" | "map" | "timeout")) => {
                self.error(call, catalog::NOT_AWAITED, &[name]);
                // A closure of `map` is no value here; its own mistakes wait until the await is there.
                self.broken(call.args.iter().filter(|arg| !matches!(arg, syn::Expr::Closure(_))))
            }
            _ => ExprKind::Pure { path: path.clone(), args: self.args(path, &call.args) },
        }
    }

    /// The arguments of a function. Where the function is refused anyway, work that is handed to it as a closure or block goes where it goes: into a task.
    pub(super) fn args<'e>(&mut self, path: &syn::Path, args: impl IntoIterator<Item = &'e syn::Expr>) -> Vec<Expr> {
        let refused = check::refuses(path);
        let work = |arg: &syn::Expr| matches!(arg, syn::Expr::Closure(_) | syn::Expr::Async(_));
        self.exprs(args.into_iter().filter(|arg| !(refused && work(arg))))
    }

    fn context(&mut self, call: &syn::ExprCall, path: &syn::Path, name: &str) -> ExprKind {
        if !call.args.is_empty() {
            self.error(call, catalog::ARGUMENTS, &[name, "none"]);
            return self.broken(&call.args);
        }
        let which = match name {
            "now" => ContextCall::Now,
            "uuid" => ContextCall::Uuid,
            "random" => ContextCall::Random,
            _ => ContextCall::Execution,
        };
        ExprKind::Context { path: path.clone(), which }
    }

    fn patched(&mut self, call: &syn::ExprCall, path: &syn::Path) -> ExprKind {
        let args: Vec<&syn::Expr> = call.args.iter().collect();
        let name = match args[..] {
            [syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. })] => name.value(),
            _ => String::new(),
        };
        if !(1..=LONGEST_PATCH).contains(&name.chars().count()) {
            self.error(call, catalog::PATCH_NAME, &[]);
            return self.broken(&call.args);
        }
        ExprKind::Patched { path: path.clone(), name }
    }

    pub(super) fn method(&mut self, call: &syn::ExprMethodCall) -> ExprKind {
        let method = call.method.to_string();
        let receiver = self.boxed(&call.receiver);
        // A method that is refused says so itself; what its closure does wrong says nothing more.
        let refused = !check::is_method(&method);
        let args = call
            .args
            .iter()
            .filter(|arg| !(refused && matches!(arg, syn::Expr::Closure(_))))
            .enumerate()
            .map(|(index, arg)| match closure::params_of(&method, index) {
                Some(params) => self.function_arg(arg, params),
                None => self.expr(arg),
            })
            .collect();
        ExprKind::Method {
            receiver,
            method: call.method.clone(),
            turbofish: call.turbofish.as_ref().map(ToTokens::to_token_stream),
            args,
        }
    }
}

/// `u64::from(value)`: the type and the value.
fn lossless<'c>(call: &'c syn::ExprCall, path: &syn::Path) -> Option<(syn::Type, &'c syn::Expr)> {
    let (ty, from) = match path.segments.iter().collect::<Vec<_>>()[..] {
        [ty, from] if path.leading_colon.is_none() => (&ty.ident, &from.ident),
        _ => return None,
    };
    let ty: syn::Type = syn::parse_quote! { #ty };
    let value = call.args.first().filter(|_| call.args.len() == 1)?;
    (from == "from" && is_number(&ty)).then_some((ty, value))
}
