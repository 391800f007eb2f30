//! Attributes of serde and our own. What changes the wire form in a way that a workflow cannot follow is an error on its span.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Attribute, LitStr, Token, meta::ParseNestedMeta};

use super::rename::Rename;

/// Every error of one derive.
#[derive(Debug, Default)]
pub(super) struct Errors(Vec<syn::Error>);

impl Errors {
    pub(super) fn at(&mut self, tokens: &impl ToTokens, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    pub(super) fn push(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    pub(super) fn into_compile_errors(self) -> Option<TokenStream> {
        let mut errors = self.0.into_iter();
        let mut first = errors.next()?;
        first.extend(errors);
        Some(first.into_compile_error())
    }
}

/// What stands for a missing value.
#[derive(Debug, Default)]
pub(super) enum DefaultValue {
    #[default]
    None,
    /// `default`: of the type.
    OfType(Span),
    /// `default = "path"`.
    Path(syn::ExprPath),
}

/// Attributes of a struct or enum.
#[derive(Debug, Default)]
pub(super) struct Container {
    pub(super) rename: Option<String>,
    pub(super) rename_all: Rename,
    pub(super) rename_all_fields: Rename,
    pub(super) tag: Option<String>,
    pub(super) content: Option<String>,
    pub(super) untagged: bool,
    pub(super) transparent: bool,
    pub(super) default: DefaultValue,
    pub(super) opaque: bool,
}

/// Attributes of a variant.
#[derive(Debug, Default)]
pub(super) struct Variant {
    pub(super) rename: Option<String>,
    pub(super) rename_all: Option<Rename>,
    /// `#[failure(name = "..")]`.
    pub(super) error: Option<LitStr>,
    /// `#[fault]`.
    pub(super) fault: bool,
}

/// When a key is left out: [`durafn_ir::Omit`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Omit {
    #[default]
    Never,
    IfNone,
    IfEmpty,
}

/// Attributes of a field.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) rename: Option<String>,
    pub(super) default: DefaultValue,
    pub(super) skip: bool,
    pub(super) flatten: bool,
    pub(super) omit: Omit,
    pub(super) opaque: bool,
    /// `#[from]`.
    pub(super) from: bool,
}

impl Container {
    pub(super) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Container {
        let mut container = Container::default();
        each_meta(attrs, "serde", errors, |meta| {
            match &*name(&meta) {
                "rename" => container.rename = Some(renamed(&meta)?),
                "rename_all" => container.rename_all = rule(&meta)?,
                "rename_all_fields" => container.rename_all_fields = rule(&meta)?,
                "tag" => container.tag = Some(text(&meta)?.value()),
                "content" => container.content = Some(text(&meta)?.value()),
                "untagged" => container.untagged = true,
                "transparent" => container.transparent = true,
                "default" => container.default = default_value(&meta)?,
                // These change what serde accepts, or how its impls are written, but not the wire form.
                "deny_unknown_fields" => {}
                "bound" | "crate" | "expecting" => skip_value(&meta)?,
                _ => {
                    return Err(unsupported(
                        &meta,
                        "mark the type `#[data(opaque)]`, so that it is passed through and never looked into",
                    ));
                }
            }
            Ok(())
        });
        each_meta(attrs, "data", errors, |meta| match &*name(&meta) {
            "opaque" => {
                container.opaque = true;
                Ok(())
            }
            _ => Err(meta.error("`data` takes `opaque`")),
        });
        container
    }
}

impl Variant {
    pub(super) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Variant {
        let mut variant = Variant::default();
        each_meta(attrs, "serde", errors, |meta| {
            match &*name(&meta) {
                "rename" => variant.rename = Some(renamed(&meta)?),
                "rename_all" => variant.rename_all = Some(rule(&meta)?),
                "bound" => skip_value(&meta)?,
                _ => {
                    return Err(unsupported(
                        &meta,
                        "mark the enum `#[data(opaque)]`, so that it is passed through and never looked into",
                    ));
                }
            }
            Ok(())
        });
        each_meta(attrs, "failure", errors, |meta| match &*name(&meta) {
            "name" => {
                variant.error = Some(text(&meta)?);
                Ok(())
            }
            _ => Err(meta.error("`failure` takes `name = \"..\"`")),
        });
        variant.fault = attrs.iter().any(|attr| attr.path().is_ident("fault"));
        variant
    }
}

impl Field {
    pub(super) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Field {
        let mut field = Field::default();
        each_meta(attrs, "serde", errors, |meta| {
            match &*name(&meta) {
                "rename" => field.rename = Some(renamed(&meta)?),
                "default" => field.default = default_value(&meta)?,
                "skip" => field.skip = true,
                "flatten" => field.flatten = true,
                "skip_serializing_if" => field.omit = omitted(&meta)?,
                "with" | "serialize_with" | "deserialize_with" => {
                    skip_value(&meta)?;
                    field.opaque = true;
                }
                "bound" => skip_value(&meta)?,
                _ => {
                    return Err(unsupported(
                        &meta,
                        "mark the field `#[data(opaque)]` together with `serde(with)`, or leave the attribute out",
                    ));
                }
            }
            Ok(())
        });
        each_meta(attrs, "data", errors, |meta| match &*name(&meta) {
            "opaque" => {
                field.opaque = true;
                Ok(())
            }
            _ => Err(meta.error("`data` takes `opaque`")),
        });
        field.from = attrs.iter().any(|attr| attr.path().is_ident("from"));
        field
    }
}

/// Calls `f` with each argument of the attributes of a name. An error in one does not hide those in the others.
fn each_meta(
    attrs: &[Attribute],
    path: &str,
    errors: &mut Errors,
    mut f: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(path)) {
        if let Err(error) = attr.parse_nested_meta(&mut f) {
            errors.push(error);
        }
    }
}

fn name(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    meta.value()?.parse()
}

fn rule(meta: &ParseNestedMeta<'_>) -> syn::Result<Rename> {
    if meta.input.peek(syn::token::Paren) {
        return Err(meta.error("a workflow has one name for reading and writing: give `rename_all` one rule"));
    }
    Rename::parse(&text(meta)?)
}

fn renamed(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    if meta.input.peek(syn::token::Paren) {
        return Err(meta.error("a workflow has one name for reading and writing: give `rename` one name"));
    }
    Ok(text(meta)?.value())
}

fn default_value(meta: &ParseNestedMeta<'_>) -> syn::Result<DefaultValue> {
    if meta.input.peek(Token![=]) {
        return Ok(DefaultValue::Path(text(meta)?.parse()?));
    }
    Ok(DefaultValue::OfType(meta.path.get_ident().map_or_else(Span::call_site, syn::Ident::span)))
}

fn omitted(meta: &ParseNestedMeta<'_>) -> syn::Result<Omit> {
    let path = text(meta)?;
    let value = path.value();
    // The last two segments: `Option::is_none`, `std::option::Option::is_none`.
    let segments: Vec<&str> = value.split("::").map(str::trim).collect();
    match &segments[segments.len().saturating_sub(2)..] {
        ["Option", "is_none"] => Ok(Omit::IfNone),
        ["Vec" | "String" | "str" | "BTreeMap" | "HashMap", "is_empty"] => Ok(Omit::IfEmpty),
        _ => Err(syn::Error::new(
            path.span(),
            "a workflow knows `Option::is_none`, `Vec::is_empty`, `String::is_empty` and `BTreeMap::is_empty` here; a function of your own \
             has no meaning in ASL",
        )),
    }
}

/// Steps over `= value` or `(..)`.
fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    }
    Ok(())
}

fn unsupported(meta: &ParseNestedMeta<'_>, remedy: &str) -> syn::Error {
    let name = meta.path.to_token_stream();
    meta.error(format!("a workflow cannot follow serde's `{name}`: {remedy}"))
}
