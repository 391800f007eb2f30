//! Expressions: the user's own tokens, with our meaning of operators, comparisons, casts, indices and formats.

use durafn_ir::{BinaryOp, UnaryOp};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{
    body::{Body, Hole, at, ours, ours_at},
    pat::pat,
};
use crate::{
    ast::{Casting, ContextCall, Expr, ExprKind, FormatPiece},
    lowered::Point,
};

impl Body<'_> {
    /// An expression with the visits before it. It can stand as an operand.
    pub(super) fn expr(&mut self, expr: &Expr) -> TokenStream {
        if let ExprKind::Await(awaited) = &expr.kind {
            return self.await_(expr, awaited);
        }
        let enters = self.enters(Point::Before(expr.id));
        let written = self.kind(expr);
        let written = self.through(Hole::Value(expr.id), written, expr.span);
        match enters.is_empty() {
            true => written,
            false => quote_spanned! { at(expr.span) => { #enters #written } },
        }
    }

    /// Passes a value through its slot, where it has one.
    pub(super) fn through(&self, hole: Hole, value: TokenStream, span: Span) -> TokenStream {
        match (self.slot(hole), hole) {
            (None, _) => value,
            (Some(slot), Hole::Error(_)) => quote_spanned! { at(span) => #slot.through_error(#value) },
            (Some(slot), _) => quote_spanned! { at(span) => #slot.through(#value) },
        }
    }

    fn kind(&mut self, expr: &Expr) -> TokenStream {
        let span = at(expr.span);
        match &expr.kind {
            ExprKind::Lit { tokens, .. } => tokens.clone(),
            ExprKind::Name(ident) => quote! { #ident },
            ExprKind::Local(local, ident) => self.local(*local, ident),
            ExprKind::Path(path) => self.through(Hole::Const(expr.id), quote! { #path }, expr.span),
            ExprKind::Field(base, member) => {
                let base = self.atom(base);
                quote_spanned! { span => #base.#member }
            }
            ExprKind::Index(base, index) => {
                let (base, index) = (self.atom(base), self.expr(index));
                quote_spanned! { span => (*::durafn::private::ops::index(&#base, #index)) }
            }
            ExprKind::Unary(op, operand) => self.unary(*op, operand, span),
            ExprKind::Ref { mutable, expr: inner } => {
                let (mutable, inner) = (mutable.then(|| quote_spanned! { span => mut }), self.atom(inner));
                quote_spanned! { span => (&#mutable #inner) }
            }
            ExprKind::Deref(inner) => {
                let inner = self.expr(inner);
                quote_spanned! { span => (*::durafn::private::ops::deref(#inner)) }
            }
            ExprKind::Paren(inner) => {
                let inner = self.expr(inner);
                quote_spanned! { span => (#inner) }
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, span),
            ExprKind::Cast(inner, ty, casting) => self.cast(inner, ty, *casting, span),
            ExprKind::Assign(place, value) => self.assign(place, value),
            ExprKind::AssignOp(op, place, value) => self.assign_op(*op, place, value),
            ExprKind::If { cond, then, otherwise } => self.if_(cond, then, otherwise.as_deref(), span),
            ExprKind::Let(pattern, value) => {
                let (pattern, value) = (pat(pattern), self.expr(value));
                quote_spanned! { span => let #pattern = #value }
            }
            ExprKind::Match { scrutinee, arms } => self.match_(scrutinee, arms, span),
            ExprKind::While { label, cond, body } => self.while_(expr, label.as_ref(), cond, body),
            ExprKind::Loop { label, body } => self.loop_(expr, label.as_ref(), body),
            ExprKind::Labelled { label, body } => {
                let body = self.block(body, &TokenStream::new());
                quote_spanned! { span => #label: #body }
            }
            ExprKind::For { label, pat, iter, body } => self.for_(expr, label.as_ref(), pat, iter, body),
            ExprKind::Break { label, value } => {
                let value = value.as_deref().map(|value| self.expr(value));
                quote_spanned! { span => break #label #value }
            }
            ExprKind::Continue { label } => quote_spanned! { span => continue #label },
            ExprKind::Return(value) => {
                let value = value.as_deref().map(|value| self.expr(value));
                quote_spanned! { span => return #value }
            }
            ExprKind::Block(block) => self.block(block, &TokenStream::new()),
            ExprKind::Tuple(items) => {
                let items = self.exprs(items);
                quote_spanned! { span => (#(#items,)*) }
            }
            ExprKind::Array { vec, items } => {
                let items = self.exprs(items);
                match vec {
                    true => quote_spanned! { span => ::std::vec![#(#items),*] },
                    false => quote_spanned! { span => [#(#items),*] },
                }
            }
            ExprKind::Repeat { vec, value, count } => {
                let (value, count) = (self.expr(value), self.expr(count));
                match vec {
                    true => quote_spanned! { span => ::std::vec![#value; #count] },
                    false => quote_spanned! { span => [#value; #count] },
                }
            }
            ExprKind::Struct { path, fields, base } => {
                let fields = fields.iter().map(|(member, value)| {
                    let value = self.expr(value);
                    quote_spanned! { span => #member: #value }
                });
                let fields: Vec<TokenStream> = fields.collect();
                let base = base.as_deref().map(|base| {
                    let base = self.expr(base);
                    quote_spanned! { span => ..#base }
                });
                quote_spanned! { span => (#path { #(#fields,)* #base }) }
            }
            ExprKind::Construct { path, args } => self.construct(path, args, span),
            ExprKind::Function { path, spelling, args } => self.function(path, spelling, args, span),
            ExprKind::Pure { path, args } => {
                let args = self.exprs(args);
                quote_spanned! { span => ::durafn::private::pure::computed(#path(#(#args),*)) }
            }
            ExprKind::Context { which, .. } => {
                let cx = ours("__cx");
                match which {
                    ContextCall::Now => quote_spanned! { span => #cx.now() },
                    ContextCall::Uuid => quote_spanned! { span => #cx.uuid() },
                    ContextCall::Random => quote_spanned! { span => #cx.random() },
                    ContextCall::Execution => quote_spanned! { span => #cx.execution() },
                }
            }
            ExprKind::Patched { name, .. } => {
                let cx = ours("__cx");
                quote_spanned! { span => #cx.patched(#name) }
            }
            ExprKind::Method { receiver, method, turbofish, args } => {
                self.method(receiver, method, turbofish.as_ref(), args)
            }
            ExprKind::Closure { moves, params, body } => {
                let moves = moves.then(|| quote_spanned! { span => move });
                let bind: TokenStream = params.iter().map(|param| self.bind_pat(&param.pat)).collect();
                let params = params.iter().map(|param| {
                    let (pattern, ty) = (pat(&param.pat), param.ty.as_ref().map(|ty| quote_spanned! { span => : #ty }));
                    quote_spanned! { span => #pattern #ty }
                });
                let params: Vec<TokenStream> = params.collect();
                let body = self.expr(body);
                quote_spanned! { span => #moves |#(#params),*| { #bind #body } }
            }
            ExprKind::Range { from, to, inclusive } => {
                let (from, to) = (self.atom(from), self.atom(to));
                match inclusive {
                    true => quote_spanned! { span => (#from..=#to) },
                    false => quote_spanned! { span => (#from..#to) },
                }
            }
            ExprKind::Format(pieces) => self.format(pieces, span),
            ExprKind::Matches { value, pat: pattern, guard } => {
                let (value, written) = (self.atom(value), pat(pattern));
                let bind = self.bind_pat(pattern);
                let guard = match (guard.as_deref().map(|guard| self.expr(guard)), bind.is_empty()) {
                    (None, true) => None,
                    (Some(guard), true) => Some(quote_spanned! { span => if #guard }),
                    (guard, false) => {
                        let guard = guard.unwrap_or_else(|| quote_spanned! { span => true });
                        Some(quote_spanned! { span => if { #bind #guard } })
                    }
                };
                quote_spanned! { span => ::core::matches!(#value, #written #guard) }
            }
            ExprKind::Try(inner) => self.try_(expr, inner),
            ExprKind::Await(awaited) => self.await_(expr, awaited),
        }
    }

    pub(super) fn exprs(&mut self, exprs: &[Expr]) -> Vec<TokenStream> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    /// An expression that a method, a field or an operator can follow.
    pub(super) fn atom(&mut self, expr: &Expr) -> TokenStream {
        let written = self.expr(expr);
        let slotted = self.slot(Hole::Value(expr.id)).is_some();
        match &expr.kind {
            ExprKind::Local(..)
            | ExprKind::Path(_)
            | ExprKind::Lit { .. }
            | ExprKind::Paren(_)
            | ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::Tuple(_)
            | ExprKind::Struct { .. }
            | ExprKind::Construct { .. }
            | ExprKind::Function { .. }
            | ExprKind::Context { .. }
            | ExprKind::Patched { .. }
            | ExprKind::Method { .. }
            | ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::Cast(..)
            | ExprKind::Ref { .. }
            | ExprKind::Deref(_)
            | ExprKind::Range { .. }
            | ExprKind::Array { .. }
            | ExprKind::Repeat { .. }
            | ExprKind::Format(_)
            | ExprKind::Matches { .. }
            | ExprKind::Pure { .. }
                if self.states(Point::Before(expr.id)).is_empty() =>
            {
                written
            }
            _ if slotted => written,
            _ => quote_spanned! { at(expr.span) => (#written) },
        }
    }

    /// A place that is changed. Its indices are evaluated before it, since they may read what it borrows.
    pub(super) fn place_mut(&mut self, place: &Expr, indices: &mut Vec<TokenStream>) -> TokenStream {
        match &place.kind {
            ExprKind::Local(local, ident) => self.local(*local, ident),
            ExprKind::Paren(inner) => self.place_mut(inner, indices),
            ExprKind::Ref { expr: inner, .. } => self.place_mut(inner, indices),
            ExprKind::Deref(inner) => {
                let inner = self.place_mut(inner, indices);
                quote! { (*#inner) }
            }
            ExprKind::Field(base, member) => {
                let base = self.place_mut(base, indices);
                quote! { #base.#member }
            }
            ExprKind::Index(base, index) => {
                let (base, index) = (self.place_mut(base, indices), self.expr(index));
                let name = ours(&format!("__index{}", indices.len()));
                indices.push(quote! { let #name: usize = #index; });
                quote_spanned! { at(place.span) => (*::durafn::private::ops::index_mut(&mut #base, #name)) }
            }
            _ => self.atom(place),
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, span: Span) -> TokenStream {
        let literal = matches!(operand.unparenthesised().kind, ExprKind::Lit { .. });
        let written = self.expr(operand);
        let v = ours_at("__v", span);
        match op {
            UnaryOp::Neg if literal => quote_spanned! { span => (-#written) },
            UnaryOp::Neg => quote_spanned! { span =>
                (match #written { #v => if false { -#v } else { ::durafn::private::ops::neg(#v) } })
            },
            UnaryOp::Not => quote_spanned! { span =>
                (match #written { #v => if false { !#v } else { ::durafn::private::ops::not(#v) } })
            },
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span) -> TokenStream {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let (left, right) = (self.atom(left), self.atom(right));
                match op {
                    BinaryOp::And => quote_spanned! { span => (#left && #right) },
                    _ => quote_spanned! { span => (#left || #right) },
                }
            }
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                let (left, right) = (self.atom(left), self.atom(right));
                comparison(op, &left, &right, span)
            }
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
                let (left, right) = (self.expr(left), self.expr(right));
                arithmetic(op, &left, &right, span)
            }
        }
    }

    fn cast(&mut self, inner: &Expr, ty: &syn::Type, casting: Casting, span: Span) -> TokenStream {
        let literal = matches!(inner.unparenthesised().kind, ExprKind::Lit { .. });
        let written = self.expr(inner);
        if casting == Casting::From {
            return quote_spanned! { span => ::durafn::private::ops::lossless::<#ty, _>(#written) };
        }
        match literal {
            // Apart from `as`, a literal would not take the type that it is cast to.
            true => quote_spanned! { span => (#written as #ty) },
            false => quote_spanned! { span => ::durafn::private::ops::cast::<#ty, _>(#written) },
        }
    }

    /// As a literal of the struct or variant, which no function can pose as; std's own are written as ever.
    fn construct(&mut self, path: &syn::Path, args: &[Expr], span: Span) -> TokenStream {
        let args = self.exprs(args);
        if ["Some", "Ok", "Err"].iter().any(|name| path.is_ident(name)) {
            return quote_spanned! { span => #path(#(#args),*) };
        }
        let members = (0..args.len()).map(syn::Index::from);
        quote_spanned! { span => (#path { #(#members: #args),* }) }
    }

    /// A function of std, of which only the name is known: the result has std's type, or the code does not compile.
    fn function(&mut self, path: &syn::Path, spelling: &str, args: &[Expr], span: Span) -> TokenStream {
        let args = self.exprs(args);
        match spelling {
            "String::from" => {
                quote_spanned! { span => ::durafn::private::body::string(#path(#(::durafn::private::on::needle(#args)),*)) }
            }
            "String::new" => quote_spanned! { span => ::durafn::private::body::string(#path(#(#args),*)) },
            "Vec::new" => quote_spanned! { span => ::durafn::private::body::vec(#path(#(#args),*)) },
            "BTreeMap::new" => quote_spanned! { span => ::durafn::private::body::map(#path(#(#args),*)) },
            "Default::default" => quote_spanned! { span => ::durafn::private::body::default(#path(#(#args),*)) },
            _ => quote_spanned! { span => ::durafn::private::body::duration(#path(#(#args),*)) },
        }
    }

    fn format(&mut self, pieces: &[FormatPiece], span: Span) -> TokenStream {
        let (mut text, mut args) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                FormatPiece::Text(piece) => text.push_str(&piece.replace('{', "{{").replace('}', "}}")),
                FormatPiece::Value { value, precision, pad } => {
                    let span = at(value.span);
                    let value = self.atom(value);
                    args.push(match precision {
                        Some(_) => quote_spanned! { span => ::durafn::private::format::fixed(&#value) },
                        None => quote_spanned! { span => ::durafn::private::format::shown(&#value) },
                    });
                    let pad = pad.map(|(fill, align, width)| format!("{fill}{align}{width}")).unwrap_or_default();
                    let precision = precision.map(|digits| format!(".{digits}")).unwrap_or_default();
                    let spec = format!("{pad}{precision}");
                    text.push_str(&if spec.is_empty() { "{}".to_owned() } else { format!("{{:{spec}}}") });
                }
            }
        }
        quote_spanned! { span => ::std::format!(#text, #(#args),*) }
    }

    fn try_(&mut self, expr: &Expr, inner: &Expr) -> TokenStream {
        let written = self.expr(inner);
        let written = self.through(Hole::Error(expr.id), written, expr.span);
        let on_error = self.enters(Point::OnError(expr.id));
        let (v, e) = (ours_at("__v", expr.span), ours_at("__e", expr.span));
        quote_spanned! { at(expr.span) =>
            (match #written {
                ::core::result::Result::Ok(#v) => #v,
                ::core::result::Result::Err(#e) => {
                    #on_error
                    return ::core::result::Result::Err(::durafn::private::convert::failure_from(#e))
                }
            })
        }
    }
}

/// The dead operator gives inference what the user's own gives it; the call gives the meaning.
pub(super) fn arithmetic(op: BinaryOp, left: &TokenStream, right: &TokenStream, span: Span) -> TokenStream {
    let span = at(span);
    let (name, symbol) = match op {
        BinaryOp::Add => (quote! { add }, quote_spanned! { span => + }),
        BinaryOp::Sub => (quote! { sub }, quote_spanned! { span => - }),
        BinaryOp::Mul => (quote! { mul }, quote_spanned! { span => * }),
        BinaryOp::Div => (quote! { div }, quote_spanned! { span => / }),
        _ => (quote! { rem }, quote_spanned! { span => % }),
    };
    let (l, r) = (ours_at("__l", span), ours_at("__r", span));
    quote_spanned! { span =>
        (match (#left, #right) { (#l, #r) => if false { #l #symbol #r } else { ::durafn::private::ops::#name(#l, #r) } })
    }
}

fn comparison(op: BinaryOp, left: &TokenStream, right: &TokenStream, span: Span) -> TokenStream {
    let (call, symbol) = match op {
        BinaryOp::Eq => (quote! { same }, quote_spanned! { span => == }),
        BinaryOp::Ne => (quote! { differ }, quote_spanned! { span => != }),
        BinaryOp::Lt => (quote! { lt }, quote_spanned! { span => < }),
        BinaryOp::Le => (quote! { le }, quote_spanned! { span => <= }),
        BinaryOp::Gt => (quote! { gt }, quote_spanned! { span => > }),
        _ => (quote! { ge }, quote_spanned! { span => >= }),
    };
    let (l, r) = (ours_at("__l", span), ours_at("__r", span));
    quote_spanned! { span =>
        (match (&#left, &#right) { (#l, #r) => if false { *#l #symbol *#r } else { ::durafn::private::compare::#call(#l, #r) } })
    }
}
