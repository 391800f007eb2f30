//! Macro calls: those that the language has, each parsed into what it means, and a way out for the others.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Token,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use super::{Parser, path, stmt};
use crate::{
    ast::{Await, AwaitKind, Branch, ExprKind, Stmt, StmtKind},
    diag::catalog,
};

impl Parser<'_> {
    pub(super) fn macro_expr(&mut self, mac: &syn::Macro) -> ExprKind {
        if stmt::is_log(mac) {
            return self.log_block(mac);
        }
        match path::own_name(&mac.path).as_deref() {
            Some("try_join") => return self.join(mac, AwaitKind::TryJoin),
            Some("join") => return self.join(mac, AwaitKind::Join),
            Some("race") => return self.join(mac, |branches| AwaitKind::Race { branches, timer: false }),
            _ => {}
        }
        match path::std_name(&mac.path).as_deref() {
            Some("format") => self.format(mac),
            Some("vec") => self.vec(mac),
            Some("matches") => self.matches(mac),
            Some(name) => self.refused_macro(mac, name),
            None => self.refused_macro(mac, &path::last(&mac.path)),
        }
    }

    fn refused_macro(&mut self, mac: &syn::Macro, name: &str) -> ExprKind {
        let foreign = path::display(&mac.path);
        let entry = match name {
            "println" | "eprintln" | "print" | "eprint" | "dbg" => catalog::PRINT,
            "write" | "writeln" => catalog::WRITE,
            "panic" | "unreachable" | "todo" | "unimplemented" | "assert" | "assert_eq" | "assert_ne"
            | "debug_assert" | "debug_assert_eq" | "debug_assert_ne" => catalog::PANIC,
            "try_join" | "join" => catalog::FOREIGN_JOIN,
            "select" | "select_biased" => {
                self.error(&mac.path, catalog::SELECT, &[&foreign]);
                return self.broken([]);
            }
            "thread_local" => catalog::GLOBAL_STATE,
            _ => catalog::UNKNOWN_MACRO,
        };
        self.error(&mac.path, entry, &[&foreign]);
        self.broken([])
    }

    /// The tokens of a macro that logs, checked for what would leave it.
    pub(super) fn log(&mut self, mac: &syn::Macro) -> TokenStream {
        if let Some(token) = find_keyword(mac.tokens.clone()) {
            self.error(&token, catalog::LOG_ARGUMENT, &[&token.to_string()]);
        }
        quote::ToTokens::to_token_stream(mac)
    }

    /// A log macro in the place of a value, as in `None => warn!(".."),`: a block of that statement.
    fn log_block(&mut self, mac: &syn::Macro) -> ExprKind {
        let span = super::span_of(&mac.path);
        let mut block = self.empty_block(span);
        let id = self.id();
        let kind = StmtKind::Log(self.log(mac));
        block.stmts.push(Stmt { id, span, state: None, comment: None, kind });
        ExprKind::Block(block)
    }

    fn macro_args(&mut self, mac: &syn::Macro) -> Option<Punctuated<syn::Expr, Token![,]>> {
        self.body(mac, Punctuated::parse_terminated)
    }

    fn body<T>(&mut self, mac: &syn::Macro, parse: fn(ParseStream<'_>) -> syn::Result<T>) -> Option<T> {
        match mac.parse_body_with(parse) {
            Ok(body) => Some(body),
            Err(error) => {
                self.diag.syntax(&error);
                None
            }
        }
    }

    fn join(&mut self, mac: &syn::Macro, kind: fn(Vec<Branch>) -> AwaitKind) -> ExprKind {
        let Some(args) = self.macro_args(mac) else { return self.broken([]) };
        if args.is_empty() {
            self.error(mac, catalog::EMPTY_JOIN, &[&path::last(&mac.path)]);
        }
        let branches = args.iter().map(|arg| self.branch(arg, false)).collect();
        ExprKind::Await(Box::new(Await { kind: kind(branches) }))
    }

    fn vec(&mut self, mac: &syn::Macro) -> ExprKind {
        match self.body(mac, VecBody::parse) {
            Some(VecBody::Items(items)) => ExprKind::Array { vec: true, items: self.exprs(&items) },
            Some(VecBody::Repeat(value, count)) => {
                ExprKind::Repeat { vec: true, value: self.boxed(&value), count: self.boxed(&count) }
            }
            None => self.broken([]),
        }
    }

    fn matches(&mut self, mac: &syn::Macro) -> ExprKind {
        let Some(MatchesBody { value, pat, guard }) = self.body(mac, MatchesBody::parse) else {
            return self.broken([]);
        };
        ExprKind::Matches {
            value: self.boxed(&value),
            pat: Box::new(self.pat(&pat)),
            guard: guard.map(|guard| self.boxed(&guard)),
        }
    }
}

/// `await` or a jump: it would belong to the workflow, and the macro's arguments are not part of it.
fn find_keyword(tokens: TokenStream) -> Option<proc_macro2::Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ["await", "return", "break", "continue"].iter().any(|word| ident == word) => {
            Some(ident)
        }
        TokenTree::Group(group) => find_keyword(group.stream()),
        _ => None,
    })
}

enum VecBody {
    Items(Punctuated<syn::Expr, Token![,]>),
    Repeat(syn::Expr, syn::Expr),
}

impl Parse for VecBody {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut items = Punctuated::new();
        while !input.is_empty() {
            items.push_value(input.parse::<syn::Expr>()?);
            if items.len() == 1 && input.parse::<Option<Token![;]>>()?.is_some() {
                let value = items.into_iter().next().expect("one was pushed");
                return Ok(VecBody::Repeat(value, input.parse()?));
            }
            if !input.is_empty() {
                items.push_punct(input.parse()?);
            }
        }
        Ok(VecBody::Items(items))
    }
}

struct MatchesBody {
    value: syn::Expr,
    pat: syn::Pat,
    guard: Option<syn::Expr>,
}

impl Parse for MatchesBody {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let value = input.parse()?;
        input.parse::<Token![,]>()?;
        let pat = syn::Pat::parse_multi_with_leading_vert(input)?;
        let guard = match input.parse::<Option<Token![if]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        input.parse::<Option<Token![,]>>()?;
        Ok(MatchesBody { value, pat, guard })
    }
}
