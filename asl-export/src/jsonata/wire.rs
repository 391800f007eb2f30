//! Structs and enums in the forms that serde gives them.

use durafn_ir::{
    Construct, EnumDef, Expr, FieldDef, Fields, Omit, Span, StructDef, Tagging, TypeDef, TypeId, Typed, VariantDef,
};

use super::{
    Jsonata, Result, Value,
    ast::{Entry, Key},
    scope::Encoder,
    types::{fields_of, shape, transparent_field},
};
use crate::refusal::{self, malformed, refused};

impl Encoder<'_> {
    /// `base.name`.
    pub(crate) fn field(&mut self, base: &Expr<Typed>, name: &str, span: Span) -> Result<Value> {
        let (object, ty) = self.object_of(base)?;
        match self.ty(ty) {
            TypeDef::Tuple(_) => match name.parse() {
                Ok(position) => Ok(object.at(position).into()),
                Err(_) => malformed(span, format!("the field `{name}` of a tuple")),
            },
            TypeDef::Duration => Ok(object.field(name).into()),
            TypeDef::Struct(def) => match fields_of(&def.fields).iter().find(|field| field.name == name) {
                Some(field) => {
                    let value = self.struct_field(object, def, field)?;
                    self.projected(value, field)
                }
                None => malformed(span, format!("the unknown field `{name}`")),
            },
            _ => malformed(span, format!("the field `{name}` of this type")),
        }
    }

    /// An expression as the object that its fields are read from. A flattened field's keys stand in its parent, so that the parent itself
    /// will do.
    fn object_of(&mut self, base: &Expr<Typed>) -> Result<(Jsonata, TypeId)> {
        if let durafn_ir::ExprKind::Field(outer, name) = &*base.kind {
            let (object, ty) = self.object_of(outer)?;
            if let TypeDef::Struct(def) = self.ty(ty)
                && let Some(field) = fields_of(&def.fields).iter().find(|field| field.name == *name && field.flatten)
            {
                return Ok((object, field.ty));
            }
        }
        Ok((self.encode(base)?, base.ty))
    }

    fn struct_field(&mut self, object: Jsonata, def: &StructDef, field: &FieldDef) -> Result<Value> {
        if transparent_field(def).is_some_and(|only| only.name == field.name) {
            return Ok(object.into());
        }
        self.field_in(object, &def.fields, field)
    }

    /// A field of an object or array that holds it under its key or position.
    pub(crate) fn field_in(&mut self, object: Jsonata, fields: &Fields, field: &FieldDef) -> Result<Value> {
        if field.skip {
            return Ok(Jsonata::json(field.default.as_ref().unwrap_or(&serde_json::Value::Null)).into());
        }
        if field.flatten {
            return Ok(object.into());
        }
        Ok(match fields {
            Fields::Unit => Jsonata::Null.into(),
            Fields::Newtype(_) => object.into(),
            Fields::Tuple(all) => {
                let position = all.iter().filter(|other| !other.skip).position(|other| other.name == field.name);
                object.at(position.unwrap_or_default()).into()
            }
            Fields::Named(_) => {
                let value = object.field(&field.key);
                match &field.default {
                    Some(serde_json::Value::Null) | None if self.is_option(field.ty) => Value::maybe_missing(value),
                    None => match field.omit {
                        Omit::IfEmpty => self.or_else(Value::maybe_missing(value), empty_of(self.ty(field.ty))).into(),
                        Omit::Never | Omit::IfNone => value.into(),
                    },
                    Some(default) => self.or_else(Value::maybe_missing(value), Jsonata::json(default)).into(),
                }
            }
        })
    }

    fn is_option(&self, ty: TypeId) -> bool {
        matches!(self.ty(ty), TypeDef::Option(_))
    }

    /// A flattened field as a value of its own: its keys without those around it.
    pub(crate) fn projected(&mut self, value: Value, field: &FieldDef) -> Result<Value> {
        if !field.flatten {
            return Ok(value);
        }
        match self.ty(field.ty) {
            TypeDef::Struct(StructDef { fields: Fields::Named(fields), transparent: false, .. }) => {
                let all = Fields::Named(fields.clone());
                let mut entries = Vec::new();
                for inner in fields.iter().filter(|inner| !inner.skip) {
                    let read = self.field_in(value.expr.clone(), &all, inner)?;
                    let read = self.projected(read, inner)?;
                    let read = self.present(read);
                    entries.push(self.entry(inner, read));
                }
                Ok(Jsonata::Object(entries).into())
            }
            _ => refused(Span::default(), refusal::FLATTENED_VALUE, &[&field.name]),
        }
    }

    /// A struct, or a variant with fields.
    pub(crate) fn construct(&mut self, construct: &Construct<Typed>, expr: &Expr<Typed>) -> Result<Jsonata> {
        match self.ty(expr.ty) {
            TypeDef::Option(_) => match &construct.fields[..] {
                [(_, value)] => self.encode(value),
                _ => Ok(Jsonata::Null),
            },
            TypeDef::Result(..) => {
                let content = match &construct.fields[..] {
                    [(_, value)] => self.encode(value)?,
                    _ => Jsonata::Null,
                };
                Ok(Jsonata::object([(construct.name.clone(), content)]))
            }
            TypeDef::Struct(def) => self.construct_struct(def, construct, expr.span),
            TypeDef::Enum(def) => match def.variants.iter().find(|variant| variant.name == construct.name) {
                Some(variant) => self.construct_variant(def, variant, construct, expr.span),
                None => malformed(expr.span, format!("the unknown variant `{}`", construct.name)),
            },
            _ => malformed(expr.span, format!("`{}` of this type", construct.name)),
        }
    }

    fn construct_struct(&mut self, def: &StructDef, construct: &Construct<Typed>, span: Span) -> Result<Jsonata> {
        if let Some(only) = transparent_field(def) {
            let given = construct.fields.iter().find(|(name, _)| *name == only.name);
            return match (given, &construct.base) {
                (Some((_, value)), _) => self.encode(value),
                (None, Some(base)) => self.encode(base),
                (None, None) => Ok(Jsonata::Null),
            };
        }
        let Some(base) = &construct.base else {
            return self.content(&def.fields, construct, span);
        };
        let Fields::Named(fields) = &def.fields else {
            return refused(span, refusal::TUPLE_STRUCT_BASE, &[]);
        };
        let base = self.encode(base)?;
        let mut changed = Vec::new();
        for field in fields {
            if let Some((_, value)) = construct.fields.iter().find(|(name, _)| *name == field.name) {
                changed.push((field, value));
            }
        }
        self.changed(base, &changed)
    }

    /// `base` with the field `name` replaced.
    pub(crate) fn with_field(&mut self, base: &Expr<Typed>, name: &str, value: &Expr<Typed>) -> Result<Jsonata> {
        match self.ty(base.ty) {
            TypeDef::Struct(def) if transparent_field(def).is_some() => self.encode(value),
            TypeDef::Struct(StructDef { fields: Fields::Named(fields), .. }) => {
                let Some(field) = fields.iter().find(|field| field.name == name) else {
                    return malformed(base.span, format!("the unknown field `{name}`"));
                };
                let object = self.encode(base)?;
                self.changed(object, &[(field, value)])
            }
            TypeDef::Struct(StructDef { fields: Fields::Tuple(fields), .. }) => {
                let types: Vec<TypeId> = fields.iter().map(|field| field.ty).collect();
                self.with_position(base, &types, name, value)
            }
            TypeDef::Tuple(types) => {
                let types = types.clone();
                self.with_position(base, &types, name, value)
            }
            _ => malformed(base.span, "assignment to a field of this type"),
        }
    }

    fn with_position(
        &mut self,
        base: &Expr<Typed>,
        types: &[TypeId],
        name: &str,
        value: &Expr<Typed>,
    ) -> Result<Jsonata> {
        let array = self.encode(base)?;
        let value = self.encode(value)?;
        self.with_short("tuple", array, |this, array| {
            let elements = types.iter().enumerate().map(|(position, ty)| {
                let element = if position.to_string() == name { value.clone() } else { array.clone().at(position) };
                (element, shape(&this.machine.types, *ty))
            });
            Ok(Jsonata::array(elements))
        })
    }

    fn changed(&mut self, object: Jsonata, fields: &[(&FieldDef, &Expr<Typed>)]) -> Result<Jsonata> {
        let mut entries = Vec::new();
        let mut removed = Vec::new();
        let mut inner = Vec::new();
        for (field, value) in fields {
            if field.flatten {
                match self.flattened_keys(field.ty) {
                    Some(keys) => removed.extend(keys),
                    None => {
                        return refused(value.span, refusal::FLATTENED_CHANGE, &[&field.name]);
                    }
                }
                inner.push((self.encode(value)?, super::ast::Shape::Single));
                continue;
            }
            if field.skip {
                continue;
            }
            let value = self.encode(value)?;
            let entry = self.entry(field, value);
            if entry.optional {
                removed.push(field.key.clone());
            }
            entries.push(entry);
        }
        let kept = if removed.is_empty() { object } else { self.without(object, &removed) };
        let mut parts = vec![(kept, super::ast::Shape::Single)];
        parts.extend(inner);
        if !entries.is_empty() {
            parts.push((Jsonata::Object(entries), super::ast::Shape::Single));
        }
        Ok(Jsonata::Call("merge", vec![Jsonata::array(parts)]))
    }

    /// The keys of a flattened struct that may be missing; the others are written anew. None where its keys are not known.
    fn flattened_keys(&self, ty: TypeId) -> Option<Vec<String>> {
        let TypeDef::Struct(StructDef { fields: Fields::Named(fields), transparent: false, .. }) = self.ty(ty) else {
            return None;
        };
        let mut keys = Vec::new();
        for field in fields.iter().filter(|field| !field.skip) {
            match (field.flatten, field.omit) {
                (true, _) => keys.extend(self.flattened_keys(field.ty)?),
                (false, Omit::Never) => {}
                (false, _) => keys.push(field.key.clone()),
            }
        }
        Some(keys)
    }

    /// An object without some keys.
    fn without(&mut self, object: Jsonata, keys: &[String]) -> Jsonata {
        let (value, key) = (self.fresh("v"), self.fresh("k"));
        let tests = keys.iter().map(|text| Jsonata::var(&key).ne(Jsonata::str(text))).collect();
        Jsonata::Call("sift", vec![object, Jsonata::lambda([&value, &key], Jsonata::all(tests))])
    }

    fn construct_variant(
        &mut self,
        def: &EnumDef,
        variant: &VariantDef,
        construct: &Construct<Typed>,
        span: Span,
    ) -> Result<Jsonata> {
        let content = self.content(&variant.fields, construct, span)?;
        Ok(tagged(&def.tagging, variant, content))
    }

    /// The fields of a struct or variant as one value, in order of declaration.
    fn content(&mut self, fields: &Fields, construct: &Construct<Typed>, span: Span) -> Result<Jsonata> {
        let mut given = Vec::new();
        for field in fields_of(fields).iter().filter(|field| !field.skip) {
            match construct.fields.iter().find(|(name, _)| *name == field.name) {
                Some((_, value)) => given.push((field, self.encode(value)?)),
                None => return malformed(span, format!("the field `{}` left out", field.name)),
            }
        }
        match fields {
            Fields::Unit => Ok(Jsonata::Null),
            Fields::Newtype(_) => Ok(given.pop().map_or(Jsonata::Null, |(_, value)| value)),
            Fields::Tuple(_) => Ok(Jsonata::array(
                given.into_iter().map(|(field, value)| (value, shape(&self.machine.types, field.ty))),
            )),
            Fields::Named(_) => Ok(self.named(given)),
        }
    }

    fn named(&mut self, given: Vec<(&FieldDef, Jsonata)>) -> Jsonata {
        let mut entries = Vec::new();
        let mut parts = Vec::new();
        for (field, value) in given {
            match value {
                Jsonata::Object(inner) if field.flatten => entries.extend(inner),
                value if field.flatten => {
                    parts.push(Jsonata::Object(std::mem::take(&mut entries)));
                    parts.push(value);
                }
                value => entries.push(self.entry(field, value)),
            }
        }
        if parts.is_empty() {
            return Jsonata::Object(entries);
        }
        parts.push(Jsonata::Object(entries));
        parts.retain(|part| *part != Jsonata::Object(Vec::new()));
        let parts = parts.into_iter().map(|part| (part, super::ast::Shape::Single));
        Jsonata::Call("merge", vec![Jsonata::array(parts)])
    }

    /// A key with its value, or without it where serde leaves the key out.
    pub(crate) fn entry(&mut self, field: &FieldDef, value: Jsonata) -> Entry {
        let key = Key::Text(field.key.clone());
        let test = match (field.omit, &value) {
            (Omit::Never, _) => return Entry { key, value, optional: false },
            (Omit::IfNone, _) => |value: Jsonata| value.ne(Jsonata::Null),
            (Omit::IfEmpty, _) => |value: Jsonata| {
                let empty = [Jsonata::str(""), Jsonata::array([]), Jsonata::Object(Vec::new())];
                let tests = empty.into_iter().map(|empty| value.clone().ne(empty)).collect();
                Jsonata::all(tests)
            },
        };
        let value = if value.is_simple() {
            test(value.clone()).then_only(value)
        } else {
            let name = self.fresh("value");
            Jsonata::bind(&name, value, test(Jsonata::var(&name)).then_only(Jsonata::var(&name)))
        };
        Entry { key, value, optional: true }
    }
}

/// A variant's content in the enum's representation.
pub(crate) fn tagged(tagging: &Tagging, variant: &VariantDef, content: Jsonata) -> Jsonata {
    let name = Jsonata::str(&variant.key);
    let is_unit = matches!(variant.fields, Fields::Unit);
    match tagging {
        Tagging::External if is_unit => name,
        Tagging::External => Jsonata::object([(variant.key.clone(), content)]),
        Tagging::Internal { tag } => {
            let tag = Entry { key: Key::Text(tag.clone()), value: name, optional: false };
            match content {
                Jsonata::Null => Jsonata::Object(vec![tag]),
                Jsonata::Object(mut entries) => {
                    entries.insert(0, tag);
                    Jsonata::Object(entries)
                }
                other => {
                    let parts = [Jsonata::Object(vec![tag]), other].map(|part| (part, super::ast::Shape::Single));
                    Jsonata::Call("merge", vec![Jsonata::array(parts)])
                }
            }
        }
        Tagging::Adjacent { tag, content: _ } if is_unit => Jsonata::object([(tag.clone(), name)]),
        Tagging::Adjacent { tag, content: key } => Jsonata::object([(tag.clone(), name), (key.clone(), content)]),
        Tagging::Untagged => content,
    }
}

/// The empty value that serde leaves out.
fn empty_of(ty: &TypeDef) -> Jsonata {
    match ty {
        TypeDef::String => Jsonata::str(""),
        TypeDef::Map(_) => Jsonata::Object(Vec::new()),
        _ => Jsonata::array([]),
    }
}
