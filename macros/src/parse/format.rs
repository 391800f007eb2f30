//! `format!`: the template is taken apart here, and inline arguments become explicit.

use std::iter::Peekable;
use std::str::Chars;

use syn::{
    Token,
    ext::IdentExt as _,
    parse::{Parse, ParseStream},
};

use super::Parser;
use crate::{
    ast::{Expr, ExprKind, FormatPiece},
    diag::{Entry, catalog},
};

/// `"template", a, name = b`.
struct FormatBody {
    template: syn::Expr,
    args: Vec<(Option<syn::Ident>, syn::Expr)>,
}

impl Parse for FormatBody {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let template = input.parse()?;
        let mut args = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let name = if input.peek(syn::Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
                let name = input.call(syn::Ident::parse_any)?;
                input.parse::<Token![=]>()?;
                Some(name)
            } else {
                None
            };
            args.push((name, input.parse()?));
        }
        Ok(FormatBody { template, args })
    }
}

/// `{name:>8.2}` taken apart.
#[derive(Debug, Default, PartialEq)]
struct Hole {
    /// A name, a position, or nothing.
    arg: String,
    precision: Option<u32>,
    pad: Option<(char, char, u32)>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Hole(Hole),
    /// What is wrong, and the hole it is in.
    Wrong(&'static Entry, String),
}

/// The arguments of a call and which of them the template has used.
struct Args<'b> {
    args: &'b [(Option<syn::Ident>, syn::Expr)],
    used: Vec<bool>,
    next: usize,
}

impl Parser<'_> {
    pub(super) fn format(&mut self, mac: &syn::Macro) -> ExprKind {
        let body = match mac.parse_body::<FormatBody>() {
            Ok(body) => body,
            Err(error) => {
                self.diag.syntax(&error);
                return self.broken([]);
            }
        };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(template), .. }) = &body.template else {
            self.error(&body.template, catalog::FORMAT_TEMPLATE, &[]);
            return self.broken(body.args.iter().map(|(_, arg)| arg));
        };
        let mut args = Args { used: vec![false; body.args.len()], args: &body.args, next: 0 };
        let pieces = pieces(&template.value())
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => FormatPiece::Text(text),
                Piece::Hole(hole) => FormatPiece::Value {
                    value: self.format_arg(template, &mut args, &hole.arg),
                    precision: hole.precision,
                    pad: hole.pad,
                },
                Piece::Wrong(entry, inside) => {
                    self.error(template, entry, &[&inside]);
                    // Whichever arguments it wanted count as used.
                    args.used.fill(true);
                    FormatPiece::Text(inside)
                }
            })
            .collect();
        for ((_, arg), used) in args.args.iter().zip(args.used) {
            if !used {
                self.error(arg, catalog::FORMAT_UNUSED, &[]);
            }
        }
        ExprKind::Format(pieces)
    }

    fn format_arg(&mut self, template: &syn::LitStr, args: &mut Args<'_>, name: &str) -> Expr {
        let index = if name.is_empty() {
            args.next += 1;
            Some(args.next - 1)
        } else if let Ok(position) = name.parse() {
            Some(position)
        } else {
            args.args.iter().position(|(known, _)| known.as_ref().is_some_and(|known| known == name))
        };
        match (index, inline_name(name, template.span())) {
            (Some(index), _) if index < args.args.len() => {
                let arg = &args.args[index].1;
                if std::mem::replace(&mut args.used[index], true) && !is_cheap(arg) {
                    self.error(arg, catalog::FORMAT_TWICE, &[]);
                }
                self.expr(arg)
            }
            (None, Some(ident)) => self.node(template.span(), ExprKind::Name(ident)),
            _ => {
                self.error(template, catalog::FORMAT_MISSING, &[name]);
                self.node(template.span(), ExprKind::Tuple(Vec::new()))
            }
        }
    }
}

/// The variable that a template names. `{type}` names `r#type`.
fn inline_name(name: &str, span: proc_macro2::Span) -> Option<syn::Ident> {
    let mut ident = match syn::parse_str::<syn::Ident>(name) {
        Ok(ident) => ident,
        Err(_) if ["", "self", "super", "crate"].contains(&name) => return None,
        Err(_) if name.chars().all(|c| c.is_ascii_lowercase()) => syn::Ident::new_raw(name, span),
        Err(_) => return None,
    };
    ident.set_span(span);
    Some(ident)
}

/// Computing it twice makes no difference.
fn is_cheap(arg: &syn::Expr) -> bool {
    match arg {
        syn::Expr::Path(_) | syn::Expr::Lit(_) => true,
        syn::Expr::Field(field) => is_cheap(&field.base),
        _ => false,
    }
}

/// Takes a template apart.
fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                text.push(c);
            }
            '{' => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                let inside: String = chars.by_ref().take_while(|c| *c != '}').collect();
                pieces.push(match hole(&inside) {
                    Ok(hole) => Piece::Hole(hole),
                    Err(entry) => Piece::Wrong(entry, inside),
                });
            }
            '}' => pieces.push(Piece::Wrong(catalog::FORMAT_SYNTAX, "}".to_owned())),
            c => text.push(c),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// `[arg][:[[fill]align][width][.precision]]`; what else Rust allows there either depends on the type or prints what no contract fixes.
fn hole(inside: &str) -> Result<Hole, &'static Entry> {
    let (arg, spec) = inside.split_once(':').unwrap_or((inside, ""));
    let spec = spec.trim_end();
    let mut hole = Hole { arg: arg.trim().to_owned(), ..Hole::default() };
    if spec.ends_with('?') {
        return Err(catalog::FORMAT_DEBUG);
    }
    if spec.contains('$') || spec.contains('*') && spec.contains('.') {
        return Err(catalog::FORMAT_DYNAMIC);
    }
    let (align, rest) = alignment(spec);
    let mut chars = rest.chars().peekable();
    if chars.peek().is_some_and(|c| matches!(c, '+' | '-' | '#' | '0')) {
        return Err(catalog::FORMAT_FLAG);
    }
    let width = number(&mut chars);
    if chars.peek() == Some(&'.') {
        chars.next();
        hole.precision = Some(number(&mut chars).ok_or(catalog::FORMAT_SYNTAX)?);
    }
    if chars.next().is_some() {
        return Err(catalog::FORMAT_FLAG);
    }
    hole.pad = match (align, width) {
        (Some((fill, align)), Some(width)) => Some((fill, align, width)),
        (None, Some(_)) => return Err(catalog::FORMAT_ALIGN),
        (_, None) => None,
    };
    Ok(hole)
}

fn alignment(spec: &str) -> (Option<(char, char)>, &str) {
    let is_align = |c: char| matches!(c, '<' | '^' | '>');
    let mut chars = spec.chars();
    match (chars.next(), chars.next()) {
        (Some(fill), Some(align)) if is_align(align) => (Some((fill, align)), chars.as_str()),
        (Some(align), _) if is_align(align) => (Some((' ', align)), &spec[align.len_utf8()..]),
        _ => (None, spec),
    }
}

fn number(chars: &mut Peekable<Chars<'_>>) -> Option<u32> {
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(template: &str) -> Vec<String> {
        let show = |piece| match piece {
            Piece::Text(text) => text,
            Piece::Hole(Hole { arg, precision, pad }) => format!("<{arg} {precision:?} {pad:?}>"),
            Piece::Wrong(entry, inside) => format!("{}: {inside}", entry.code),
        };
        pieces(template).into_iter().map(show).collect()
    }

    #[test]
    fn a_template_falls_into_text_and_holes() {
        assert_eq!(
            shown("{{{}}} {name:.2}|{0:*^8}{x:>3.1}"),
            [
                "{",
                "< None None>",
                "} ",
                "<name Some(2) None>",
                "|",
                "<0 None Some(('*', '^', 8))>",
                "<x Some(1) Some((' ', '>', 3))>",
            ]
        );
    }

    #[test]
    fn what_no_contract_fixes_is_refused() {
        assert_eq!(shown("{:?}"), [format!("{}: :?", catalog::FORMAT_DEBUG.code)]);
        assert_eq!(shown("{:#?}"), [format!("{}: :#?", catalog::FORMAT_DEBUG.code)]);
        assert_eq!(shown("{:8}"), [format!("{}: :8", catalog::FORMAT_ALIGN.code)]);
        assert_eq!(shown("{:08}"), [format!("{}: :08", catalog::FORMAT_FLAG.code)]);
        assert_eq!(shown("{:x}"), [format!("{}: :x", catalog::FORMAT_FLAG.code)]);
        assert_eq!(shown("{:.*}"), [format!("{}: :.*", catalog::FORMAT_DYNAMIC.code)]);
        assert_eq!(shown("{:width$}"), [format!("{}: :width$", catalog::FORMAT_DYNAMIC.code)]);
    }
}
