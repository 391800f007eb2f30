//! Questions that linking, validation and both back ends ask about types.

use crate::{EnumDef, FAULT_TYPE, FieldDef, Fields, StructDef, TypeDef, TypeId, TypeTable, VariantDef};

impl TypeTable {
    /// The type as Rust spells it, for messages.
    #[must_use]
    pub fn name(&self, id: TypeId) -> String {
        match self.get(id) {
            TypeDef::Pending => "_".into(),
            TypeDef::Unit => "()".into(),
            TypeDef::Bool => "bool".into(),
            TypeDef::Int(int) => int.name().into(),
            TypeDef::Float(crate::FloatType::F32) => "f32".into(),
            TypeDef::Float(crate::FloatType::F64) => "f64".into(),
            TypeDef::Char => "char".into(),
            TypeDef::String => "String".into(),
            TypeDef::Duration => "Duration".into(),
            TypeDef::Timestamp => "Timestamp".into(),
            TypeDef::Option(inner) => format!("Option<{}>", self.name(*inner)),
            TypeDef::Result(ok, err) => format!("Result<{}, {}>", self.name(*ok), self.name(*err)),
            TypeDef::Vec(item) => format!("Vec<{}>", self.name(*item)),
            TypeDef::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.name(*item)).collect();
                format!("({})", items.join(", "))
            }
            TypeDef::Map(value) => format!("BTreeMap<String, {}>", self.name(*value)),
            TypeDef::Struct(def) => def.name.clone(),
            TypeDef::Enum(def) => def.name.clone(),
            TypeDef::Opaque(name) => name.clone(),
            TypeDef::Iterator(item) => format!("impl Iterator<Item = {}>", self.name(*item)),
        }
    }

    /// The type is a number.
    #[must_use]
    pub fn is_number(&self, id: TypeId) -> bool {
        matches!(self.get(id), TypeDef::Int(_) | TypeDef::Float(_))
    }

    /// Two values of the type can be held against each other by `==`: nothing in it is opaque.
    #[must_use]
    pub fn is_comparable(&self, id: TypeId) -> bool {
        self.all_parts(id, &mut Vec::new(), &|def| !matches!(def, TypeDef::Opaque(_) | TypeDef::Iterator(_)))
    }

    /// Values of the type have an order: numbers, text by code points, times, booleans, and tuples of these.
    #[must_use]
    pub fn has_order(&self, id: TypeId) -> bool {
        match self.get(id) {
            TypeDef::Int(_)
            | TypeDef::Float(_)
            | TypeDef::String
            | TypeDef::Char
            | TypeDef::Bool
            | TypeDef::Duration
            | TypeDef::Timestamp => true,
            TypeDef::Tuple(items) => items.iter().all(|item| self.has_order(*item)),
            _ => false,
        }
    }

    /// There is a timestamp inside of values of the type.
    #[must_use]
    pub fn mentions_time(&self, id: TypeId) -> bool {
        !self.all_parts(id, &mut Vec::new(), &|def| !matches!(def, TypeDef::Timestamp))
    }

    /// The type can be printed by `{}` without a precision.
    #[must_use]
    pub fn is_display(&self, id: TypeId) -> bool {
        matches!(self.get(id), TypeDef::String | TypeDef::Char | TypeDef::Int(_) | TypeDef::Bool | TypeDef::Timestamp)
    }

    /// The wire form of `Default::default()` for the types of std. A type of the user's own has a default that only its code knows.
    #[must_use]
    pub fn default_value(&self, id: TypeId) -> Option<serde_json::Value> {
        use serde_json::json;
        Some(match self.get(id) {
            TypeDef::Unit | TypeDef::Option(_) => json!(null),
            TypeDef::Bool => json!(false),
            TypeDef::Int(_) => json!(0),
            TypeDef::Float(_) => json!(0.0),
            TypeDef::Char => json!("\0"),
            TypeDef::String => json!(""),
            TypeDef::Duration => json!({"secs": 0, "nanos": 0}),
            TypeDef::Vec(_) => json!([]),
            TypeDef::Map(_) => json!({}),
            TypeDef::Tuple(items) => {
                items.iter().map(|item| self.default_value(*item)).collect::<Option<Vec<_>>>()?.into()
            }
            TypeDef::Pending
            | TypeDef::Timestamp
            | TypeDef::Result(..)
            | TypeDef::Struct(_)
            | TypeDef::Enum(_)
            | TypeDef::Opaque(_)
            | TypeDef::Iterator(_) => return None,
        })
    }

    /// The enum behind an id that derives `Failure`, or the machinery's own error type.
    #[must_use]
    pub fn failure(&self, id: TypeId) -> Option<&EnumDef> {
        match self.get(id) {
            TypeDef::Enum(def) if def.failure || def.name == FAULT_TYPE => Some(def),
            _ => None,
        }
    }

    /// `holds` of the type and of everything that it is made of.
    fn all_parts(&self, id: TypeId, seen: &mut Vec<TypeId>, holds: &dyn Fn(&TypeDef) -> bool) -> bool {
        if seen.contains(&id) {
            return true;
        }
        seen.push(id);
        let def = self.get(id);
        holds(def) && self.parts(id).into_iter().all(|part| self.all_parts(part, seen, holds))
    }

    /// The types that a type mentions directly.
    #[must_use]
    pub fn parts(&self, id: TypeId) -> Vec<TypeId> {
        match self.get(id) {
            TypeDef::Pending
            | TypeDef::Unit
            | TypeDef::Bool
            | TypeDef::Int(_)
            | TypeDef::Float(_)
            | TypeDef::Char
            | TypeDef::String
            | TypeDef::Duration
            | TypeDef::Timestamp
            | TypeDef::Opaque(_) => Vec::new(),
            TypeDef::Option(part) | TypeDef::Vec(part) | TypeDef::Map(part) | TypeDef::Iterator(part) => vec![*part],
            TypeDef::Result(ok, err) => vec![*ok, *err],
            TypeDef::Tuple(items) => items.clone(),
            TypeDef::Struct(StructDef { fields, .. }) => fields.iter().map(|field| field.ty).collect(),
            TypeDef::Enum(EnumDef { variants, .. }) => {
                variants.iter().flat_map(|variant| variant.fields.iter()).map(|field| field.ty).collect()
            }
        }
    }
}

impl Fields {
    /// The fields in declaration order.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldDef> {
        match self {
            Fields::Unit => [].iter(),
            Fields::Newtype(field) => std::slice::from_ref(&**field).iter(),
            Fields::Tuple(fields) | Fields::Named(fields) => fields.iter(),
        }
    }

    /// A field by Rust name or position, and its place in declaration order.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(usize, &FieldDef)> {
        self.iter().enumerate().find(|(_, field)| field.name == name)
    }
}

impl<'a> IntoIterator for &'a Fields {
    type Item = &'a FieldDef;
    type IntoIter = std::slice::Iter<'a, FieldDef>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl EnumDef {
    /// A variant by Rust name, and its place in declaration order.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(usize, &VariantDef)> {
        self.variants.iter().enumerate().find(|(_, variant)| variant.name == name)
    }

    /// The variant that takes faults: its only field is a [`FAULT_TYPE`].
    #[must_use]
    pub fn fault_variant(&self) -> Option<(usize, &VariantDef)> {
        self.variants.iter().enumerate().find(|(_, variant)| variant.fault)
    }

    /// Two variants of an untagged enum that cannot be told apart by the kind of their JSON or by a key that only one of
    /// them always has; none where a `match` can tell every variant.
    #[must_use]
    pub fn ambiguous_variants(&self, types: &TypeTable) -> Option<(&str, &str)> {
        let indexed = || self.variants.iter().enumerate();
        indexed()
            .flat_map(|(index, a)| self.variants[index + 1..].iter().map(move |b| (a, b)))
            .find(|(a, b)| !told_apart(&a.fields, &b.fields, types))
            .map(|(a, b)| (a.name.as_str(), b.name.as_str()))
    }
}

/// The kinds of JSON that a value can be.
const KINDS: [&str; 6] = ["null", "boolean", "number", "string", "array", "object"];

fn told_apart(a: &Fields, b: &Fields, types: &TypeTable) -> bool {
    let (kinds_a, kinds_b) = (json_kinds(a, types, 0), json_kinds(b, types, 0));
    if !kinds_a.iter().any(|kind| kinds_b.contains(kind)) {
        return true;
    }
    match (named_fields(a, types, 0), named_fields(b, types, 0)) {
        (Some(a), Some(b)) => has_own_key(a, b, types) || has_own_key(b, a, types),
        _ => false,
    }
}

/// `a` always writes a key that `b` never does.
fn has_own_key(a: &[FieldDef], b: &[FieldDef], types: &TypeTable) -> bool {
    let optional = |field: &FieldDef| matches!(types.get(field.ty), TypeDef::Option(_));
    !b.iter().any(|field| field.flatten)
        && a.iter().any(|field| {
            let required = !field.skip && !field.flatten && field.default.is_none() && !optional(field);
            required && !b.iter().any(|other| !other.skip && other.key == field.key)
        })
}

fn named_fields<'a>(fields: &'a Fields, types: &'a TypeTable, depth: u32) -> Option<&'a [FieldDef]> {
    match fields {
        Fields::Named(fields) => Some(fields),
        Fields::Newtype(field) => match types.get(field.ty) {
            TypeDef::Struct(StructDef { fields, transparent: false, .. }) if depth < DEEPEST => {
                named_fields(fields, types, depth + 1)
            }
            _ => None,
        },
        Fields::Unit | Fields::Tuple(_) => None,
    }
}

/// How many types that are written as what is in them are followed: `struct List(Option<Box<List>>)` has no end.
const DEEPEST: u32 = 16;

fn json_kinds(fields: &Fields, types: &TypeTable, depth: u32) -> Vec<&'static str> {
    match fields {
        Fields::Unit => vec!["null"],
        Fields::Newtype(field) => type_kinds(field.ty, types, depth),
        Fields::Tuple(_) => vec!["array"],
        Fields::Named(_) => vec!["object"],
    }
}

fn type_kinds(id: TypeId, types: &TypeTable, depth: u32) -> Vec<&'static str> {
    if depth == DEEPEST {
        return KINDS.to_vec();
    }
    match types.get(id) {
        TypeDef::Unit => vec!["null"],
        TypeDef::Bool => vec!["boolean"],
        TypeDef::Int(_) | TypeDef::Float(_) => vec!["number"],
        TypeDef::Char | TypeDef::String | TypeDef::Timestamp => vec!["string"],
        TypeDef::Duration | TypeDef::Map(_) | TypeDef::Result(..) => vec!["object"],
        TypeDef::Vec(_) | TypeDef::Tuple(_) => vec!["array"],
        TypeDef::Option(inner) => {
            let mut kinds = type_kinds(*inner, types, depth + 1);
            kinds.push("null");
            kinds
        }
        TypeDef::Struct(StructDef { fields, transparent, .. }) => match (fields, transparent) {
            (Fields::Named(fields), true) => fields
                .iter()
                .find(|field| !field.skip)
                .map_or_else(|| KINDS.to_vec(), |field| type_kinds(field.ty, types, depth + 1)),
            _ => json_kinds(fields, types, depth + 1),
        },
        TypeDef::Enum(_) | TypeDef::Opaque(_) | TypeDef::Pending | TypeDef::Iterator(_) => KINDS.to_vec(),
    }
}
