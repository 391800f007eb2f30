//! What the exporter must know about types: arrays, nulls and ranges of numbers.

use durafn_ir::{EnumDef, Expr, FieldDef, Fields, IntType, StructDef, Tagging, TypeDef, TypeId, TypeTable, Typed};

use super::ast::Shape;

/// The largest integer that a result may be. 2^53 itself will not do: the sum 2^53 + 1 is rounded to it.
pub(crate) const MAX_INT: i128 = (1 << 53) - 1;

/// Integers up to here are printed in full by every engine; npm's `jsonata` rounds text to 15 digits.
pub(crate) const MAX_PRINTED: i128 = 999_999_999_999_999;

/// A range of integers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) low: i128,
    pub(crate) high: i128,
}

impl Interval {
    pub(crate) const fn new(low: i128, high: i128) -> Interval {
        Interval { low, high }
    }

    /// The values of a type that a workflow can hold.
    pub(crate) fn of(ty: IntType) -> Interval {
        let (low, high) = ty.range();
        Interval { low: low.max(-MAX_INT), high: high.min(MAX_INT) }
    }

    /// Where a sum can lie. Bounds past those of 128 bits are theirs.
    pub(crate) fn plus(self, other: Interval) -> Interval {
        Interval { low: self.low.saturating_add(other.low), high: self.high.saturating_add(other.high) }
    }

    /// Where a difference can lie.
    pub(crate) fn minus(self, other: Interval) -> Interval {
        Interval { low: self.low.saturating_sub(other.high), high: self.high.saturating_sub(other.low) }
    }

    pub(crate) fn contains(self, other: Interval) -> bool {
        self.low <= other.low && other.high <= self.high
    }

    pub(crate) fn intersect(self, other: Interval) -> Interval {
        Interval { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    pub(crate) fn union(self, other: Interval) -> Interval {
        Interval { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// The integer type of an expression, where it has one.
pub(crate) fn int_type(types: &TypeTable, ty: TypeId) -> Option<IntType> {
    match types.get(ty) {
        TypeDef::Int(int) => Some(*int),
        _ => None,
    }
}

/// Whether values of a type are arrays on the wire.
pub(crate) fn shape(types: &TypeTable, ty: TypeId) -> Shape {
    match types.get(ty) {
        TypeDef::Vec(_) | TypeDef::Tuple(_) | TypeDef::Iterator(_) => Shape::Array,
        TypeDef::Option(inner) => match shape(types, *inner) {
            Shape::Single => Shape::Single,
            Shape::Array | Shape::Either => Shape::Either,
        },
        TypeDef::Struct(def) => struct_shape(types, def),
        TypeDef::Enum(def) => enum_shape(types, def),
        TypeDef::Opaque(_) | TypeDef::Pending => Shape::Either,
        _ => Shape::Single,
    }
}

fn struct_shape(types: &TypeTable, def: &StructDef) -> Shape {
    match transparent_field(def) {
        Some(field) => shape(types, field.ty),
        None => fields_shape(types, &def.fields),
    }
}

fn fields_shape(types: &TypeTable, fields: &Fields) -> Shape {
    match fields {
        Fields::Unit | Fields::Named(_) => Shape::Single,
        Fields::Newtype(field) => shape(types, field.ty),
        Fields::Tuple(_) => Shape::Array,
    }
}

fn enum_shape(types: &TypeTable, def: &EnumDef) -> Shape {
    match def.tagging {
        Tagging::External | Tagging::Internal { .. } | Tagging::Adjacent { .. } => Shape::Single,
        Tagging::Untagged => {
            let mut shapes = def.variants.iter().map(|variant| fields_shape(types, &variant.fields));
            let first = shapes.next().unwrap_or(Shape::Single);
            if shapes.all(|shape| shape == first) { first } else { Shape::Either }
        }
    }
}

/// A value of the type can be null on the wire.
pub(crate) fn nullable(types: &TypeTable, ty: TypeId) -> bool {
    match types.get(ty) {
        TypeDef::Unit | TypeDef::Option(_) | TypeDef::Opaque(_) | TypeDef::Pending => true,
        TypeDef::Struct(def) => match transparent_field(def) {
            Some(field) => nullable(types, field.ty),
            None => fields_nullable(types, &def.fields),
        },
        TypeDef::Enum(EnumDef { tagging: Tagging::Untagged, variants, .. }) => {
            variants.iter().any(|variant| fields_nullable(types, &variant.fields))
        }
        _ => false,
    }
}

fn fields_nullable(types: &TypeTable, fields: &Fields) -> bool {
    match fields {
        Fields::Unit => true,
        Fields::Newtype(field) => nullable(types, field.ty),
        Fields::Tuple(_) | Fields::Named(_) => false,
    }
}

/// The field that a struct is written as, where it is written as one of its fields.
pub(crate) fn transparent_field(def: &StructDef) -> Option<&FieldDef> {
    match &def.fields {
        Fields::Newtype(field) => Some(field),
        Fields::Tuple(fields) | Fields::Named(fields) if def.transparent => fields.iter().find(|field| !field.skip),
        Fields::Unit | Fields::Tuple(_) | Fields::Named(_) => None,
    }
}

/// The fields of a struct or variant in order of declaration.
pub(crate) fn fields_of(fields: &Fields) -> &[FieldDef] {
    match fields {
        Fields::Unit => &[],
        Fields::Newtype(field) => std::slice::from_ref(field),
        Fields::Tuple(fields) | Fields::Named(fields) => fields,
    }
}

/// The item type of a vector or iterator.
pub(crate) fn item_type(types: &TypeTable, expr: &Expr<Typed>) -> Option<TypeId> {
    match types.get(expr.ty) {
        TypeDef::Vec(item) | TypeDef::Iterator(item) => Some(*item),
        _ => None,
    }
}
