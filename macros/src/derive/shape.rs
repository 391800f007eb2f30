//! The description of a type, as code that builds it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, Ident, ext::IdentExt as _, spanned::Spanned as _};

use super::{
    Head,
    attr::{Container, DefaultValue, Errors, Field, Omit, Variant},
    failure::Failure,
    rename::Rename,
};

/// The impl of `Data`, with the marks that go with it.
pub(super) fn data(input: &DeriveInput, failure: Option<&Failure>, errors: &mut Errors) -> TokenStream {
    for lifetime in input.generics.lifetimes() {
        errors.at(lifetime, "a value of a workflow owns what it holds: use `String` for `&str`, `Vec<T>` for `&[T]`");
    }
    let (ident, head, container) = (&input.ident, Head::new(input), Container::parse(&input.attrs, errors));
    let name = ident.unraw().to_string();
    let def = match &input.data {
        _ if container.opaque => quote! { ir::TypeDef::Opaque(::core::any::type_name::<Self>().to_owned()) },
        Data::Struct(data) => structure(&name, &data.fields, &container, errors),
        Data::Enum(data) => {
            check_tagging(input, &container, errors);
            enumeration(&name, data, &container, failure, errors)
        }
        Data::Union(_) => {
            errors.at(ident, "a union has no form in JSON: use an enum");
            return TokenStream::new();
        }
    };
    let params = input.generics.type_params().map(|param| &param.ident);
    let described = head.implement(
        &quote!(::durafn::private::Data),
        ident,
        &quote! {
            type Owned = Self;

            fn describe(types: &mut ::durafn::private::ir::TypeTable) -> ::durafn::private::ir::TypeId {
                use ::durafn::private::{describe, ir};
                let args = [#(<#params as ::durafn::private::Data>::describe(types)),*];
                let key = describe::key(::core::concat!(::core::module_path!(), "::", #name), &args);
                types.named(&key, |types| #def)
            }
        },
    );
    let plain = head.implement(&quote!(::durafn::private::Plain), ident, &TokenStream::new());
    let receiver = head.implement(
        &quote!(::durafn::private::Receiver),
        ident,
        &quote! {
            type Kind = ::durafn::private::receiver::kind::Derived;
            type View<'a> = &'a Self where Self: 'a;

            fn view(&self) -> &Self {
                self
            }
        },
    );
    quote! { #described #plain #receiver }
}

fn structure(name: &str, fields: &Fields, container: &Container, errors: &mut Errors) -> TokenStream {
    let fields = self::fields(fields, container.rename_all, &container.default, errors);
    let transparent = container.transparent;
    quote! { ir::TypeDef::Struct(ir::StructDef { name: #name.to_owned(), fields: #fields, transparent: #transparent }) }
}

fn check_tagging(input: &DeriveInput, container: &Container, errors: &mut Errors) {
    if container.untagged && container.tag.is_some() {
        errors.at(&input.ident, "an enum is `tag`ged or `untagged`, not both");
    }
    if container.content.is_some() && container.tag.is_none() {
        errors.at(&input.ident, "`content` stands beside `tag`");
    }
}

fn enumeration(
    name: &str,
    data: &syn::DataEnum,
    container: &Container,
    failure: Option<&Failure>,
    errors: &mut Errors,
) -> TokenStream {
    let tagging = match (container.untagged, &container.tag, &container.content) {
        (true, ..) => quote! { ir::Tagging::Untagged },
        (_, None, _) => quote! { ir::Tagging::External },
        (_, Some(tag), None) => quote! { ir::Tagging::Internal { tag: #tag.to_owned() } },
        (_, Some(tag), Some(content)) => {
            quote! { ir::Tagging::Adjacent { tag: #tag.to_owned(), content: #content.to_owned() } }
        }
    };
    let is_failure = failure.is_some();
    let variants: Vec<TokenStream> = data
        .variants
        .iter()
        .map(|variant| {
            let attr = Variant::parse(&variant.attrs, errors);
            let rust = variant.ident.unraw().to_string();
            let key = attr.rename.unwrap_or_else(|| container.rename_all.variant(&rust));
            let rename = attr.rename_all.unwrap_or(container.rename_all_fields);
            let fields = fields(&variant.fields, rename, &DefaultValue::None, errors);
            let fault = failure.is_some() && attr.fault;
            let error = match failure.and_then(|failure| failure.error_name(&variant.ident)) {
                Some(error) => quote! { ::core::option::Option::Some(#error.to_owned()) },
                None => quote! { ::core::option::Option::None },
            };
            quote! {
                ir::VariantDef { name: #rust.to_owned(), key: #key.to_owned(), fields: #fields, error: #error, fault: #fault }
            }
        })
        .collect();
    quote! {
        ir::TypeDef::Enum(ir::EnumDef {
            name: #name.to_owned(),
            tagging: #tagging,
            variants: ::std::vec![#(#variants),*],
            failure: #is_failure,
        })
    }
}

/// An [`durafn_ir::Fields`].
fn fields(fields: &Fields, rename: Rename, default: &DefaultValue, errors: &mut Errors) -> TokenStream {
    let defs: Vec<TokenStream> = fields
        .iter()
        .enumerate()
        .map(|(index, syntax)| {
            let name = syntax.ident.as_ref().map_or_else(|| index.to_string(), |ident| ident.unraw().to_string());
            field(syntax, &name, rename, default, errors)
        })
        .collect();
    match (fields, defs.as_slice()) {
        (Fields::Unit, _) => quote! { ir::Fields::Unit },
        (Fields::Named(_), _) => quote! { ir::Fields::Named(::std::vec![#(#defs),*]) },
        (Fields::Unnamed(_), [only]) => quote! { ir::Fields::Newtype(::std::boxed::Box::new(#only)) },
        (Fields::Unnamed(_), _) => quote! { ir::Fields::Tuple(::std::vec![#(#defs),*]) },
    }
}

/// A [`durafn_ir::FieldDef`].
fn field(syntax: &syn::Field, name: &str, rename: Rename, around: &DefaultValue, errors: &mut Errors) -> TokenStream {
    let attr = Field::parse(&syntax.attrs, errors);
    let ty = &syntax.ty;
    let key = attr.rename.clone().unwrap_or_else(|| match &syntax.ident {
        Some(_) => rename.field(name),
        None => name.to_owned(),
    });
    if attr.opaque && attr.flatten {
        errors.at(syntax, "a flattened field is looked into, so it cannot be opaque");
    }
    let base = if attr.opaque {
        quote! { describe::opaque(types, #name, #key, ::core::any::type_name::<#ty>()) }
    } else {
        quote_spanned! { ty.span() => describe::field::<#ty>(types, #name, #key) }
    };
    let mut set = Vec::new();
    if let Some(value) = default_of(syntax, &attr, around) {
        if attr.opaque {
            errors.at(
                syntax,
                "the default of an opaque field is not known to a workflow: leave it out, or the field required",
            );
        }
        set.push(quote! { field.default = describe::json(&#value); });
    }
    if attr.skip {
        set.push(quote! { field.skip = true; });
    }
    if attr.flatten {
        set.push(quote! { field.flatten = true; });
    }
    match attr.omit {
        Omit::Never => {}
        Omit::IfNone => set.push(quote! { field.omit = ir::Omit::IfNone; }),
        Omit::IfEmpty => set.push(quote! { field.omit = ir::Omit::IfEmpty; }),
    }
    match set.as_slice() {
        [] => base,
        set => quote! {{ let mut field = #base; #(#set)* field }},
    }
}

/// The expression for what stands for a missing key: the field's own default, else its part of the container's.
fn default_of(syntax: &syn::Field, attr: &Field, around: &DefaultValue) -> Option<TokenStream> {
    let ty = &syntax.ty;
    let part = |whole: TokenStream| {
        let member: Option<&Ident> = syntax.ident.as_ref();
        member.map(|member| quote! { #whole.#member })
    };
    match (&attr.default, around) {
        (DefaultValue::Path(path), _) => Some(quote! { #path() }),
        (DefaultValue::OfType(span), _) => {
            Some(quote_spanned! { *span => <#ty as ::core::default::Default>::default() })
        }
        (DefaultValue::None, DefaultValue::Path(path)) => part(quote! { #path() }),
        (DefaultValue::None, DefaultValue::OfType(span)) => {
            part(quote_spanned! { *span => <Self as ::core::default::Default>::default() })
        }
        (DefaultValue::None, DefaultValue::None) if attr.skip => {
            Some(quote! { <#ty as ::core::default::Default>::default() })
        }
        (DefaultValue::None, DefaultValue::None) => None,
    }
}
