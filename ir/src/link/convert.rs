//! Conversions whose target the compiler has captured: `into`, `parse`, `collect`, `sum`.

use super::{
    Linked, Linker,
    methods::{Output, Rule},
};
use crate::{Builtin, Construct, Expr, ExprKind, Fields, Span, TypeDef, TypeId, Typed};

impl Linker<'_> {
    /// `.into()`: the same value on the wire, or an error wrapped in the variant that takes it.
    pub(super) fn convert_into(&mut self, span: Span, value: Expr<Typed>, want: Option<TypeId>) -> Linked<Expr<Typed>> {
        let Some(want) = want else {
            return self.fail(span, "the target of `.into()` is not known here: annotate the variable that takes it");
        };
        if value.ty == want {
            return Some(value);
        }
        if let Some(name) = self.wrapping_variant(value.ty, want) {
            let construct = Construct { name, fields: vec![("0".into(), value)], base: None };
            return Some(Expr { ty: want, span, kind: Box::new(ExprKind::Construct(construct)) });
        }
        if !self.same_on_the_wire(value.ty, want) {
            let (from, to) = (self.types.name(value.ty), self.types.name(want));
            return self
                .fail(span, format!("`.into()` from {from} to {to} changes the value: convert it in a `#[task]`"));
        }
        Some(Expr { ty: want, span, kind: Box::new(ExprKind::Method(Builtin::Into, vec![value])) })
    }

    /// The only variant of a failure type that holds just a value of the type, as `#[from]` declares it.
    fn wrapping_variant(&self, from: TypeId, to: TypeId) -> Option<String> {
        let def = self.types.failure(to)?;
        let mut wrapping =
            def.variants.iter().filter(|variant| matches!(&variant.fields, Fields::Newtype(field) if field.ty == from));
        match (wrapping.next(), wrapping.next()) {
            (Some(variant), None) => Some(variant.name.clone()),
            _ => None,
        }
    }

    fn same_on_the_wire(&self, from: TypeId, to: TypeId) -> bool {
        match (self.types.get(from), self.types.get(to)) {
            (TypeDef::Int(from), TypeDef::Int(to)) => {
                let ((from_min, from_max), (to_min, to_max)) = (from.range(), to.range());
                to_min <= from_min && from_max <= to_max
            }
            (TypeDef::Int(int), TypeDef::Float(_)) => int.range().1 <= i128::from(u32::MAX),
            (TypeDef::Float(_), TypeDef::Float(_)) | (TypeDef::Char, TypeDef::String) => true,
            (_, TypeDef::Option(inner)) => from == *inner,
            _ => false,
        }
    }

    /// `parse`: a result whose error is not looked into.
    pub(super) fn parse_rule(&mut self, span: Span, want: Option<TypeId>) -> Linked<Rule> {
        let Some(want) = want else {
            return self.fail(span, "the target of `.parse()` is not known here: write `.parse::<u32>()`");
        };
        let (ok, result) = match *self.types.get(want) {
            TypeDef::Result(ok, _) => (ok, want),
            _ => {
                let error = self.intern(TypeDef::Opaque("ParseError".into()));
                (want, self.intern(TypeDef::Result(want, error)))
            }
        };
        match self.types.get(ok) {
            TypeDef::Int(_) | TypeDef::Float(_) | TypeDef::Bool | TypeDef::Char | TypeDef::String => {
                Some(Rule { params: Vec::new(), output: Output::Is(result) })
            }
            _ => {
                let name = self.types.name(ok);
                self.fail(
                    span,
                    format!("a workflow parses numbers and booleans, not a {name}: parse it in a `#[task]`"),
                )
            }
        }
    }

    /// `collect`: into what the compiler has captured, where the items fit.
    pub(super) fn collect_rule(&mut self, span: Span, item: TypeId, want: Option<TypeId>) -> Linked<Rule> {
        let Some(want) = want else {
            return self
                .fail(span, "the target of `.collect()` is not known here: annotate the variable that takes it");
        };
        if !self.collects(item, want) {
            let (item, want) = (self.types.name(item), self.types.name(want));
            return self.fail(span, format!("items of {item} cannot be collected into a {want} in a workflow"));
        }
        Some(Rule { params: Vec::new(), output: Output::Is(want) })
    }

    fn collects(&self, item: TypeId, into: TypeId) -> bool {
        match (self.types.get(into), self.types.get(item)) {
            (TypeDef::Vec(inner), _) if *inner == item => true,
            (TypeDef::String, TypeDef::String | TypeDef::Char) => true,
            (TypeDef::Map(value), TypeDef::Tuple(pair)) => match pair.as_slice() {
                [key, held] => matches!(self.types.get(*key), TypeDef::String) && held == value,
                _ => false,
            },
            (TypeDef::Option(into), TypeDef::Option(item)) => self.collects(*item, *into),
            (TypeDef::Result(into, error), TypeDef::Result(item, item_error)) => {
                error == item_error && self.collects(*item, *into)
            }
            _ => false,
        }
    }
}
