//! The shapes of values, as serde writes them.
//!
//! A workflow sees only values that were decoded from JSON, so a type here is a Rust type together with its wire form:
//! the key of each field, the representation of each enum. Types refer to each other by number, so a recursive
//! type is an ordinary cycle.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ErrorName;

/// The name under which [`TypeDef::Enum`] describes `durafn::Fault`, the error type of the machinery itself.
pub const FAULT_TYPE: &str = "durafn::Fault";

/// A type of a machine: an index into its [`TypeTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypeId(pub u32);

/// Every type that a machine mentions. Equal types have one entry, so comparing ids compares types.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypeTable {
    defs: Vec<TypeDef>,
    /// Named types by key, so that a type is described once and a recursive one ends.
    #[serde(skip)]
    named: BTreeMap<String, TypeId>,
}

impl PartialEq for TypeTable {
    fn eq(&self, other: &Self) -> bool {
        self.defs == other.defs
    }
}

/// One type and its wire form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TypeDef {
    /// Stands for a named type while it is being described; never left in a finished table.
    Pending,
    /// `()`: null.
    Unit,
    /// `bool`.
    Bool,
    /// An integer: a number.
    Int(IntType),
    /// A float: a number.
    Float(FloatType),
    /// `char`: a string of one code point.
    Char,
    /// `String` or `str`.
    String,
    /// `std::time::Duration`: `{"secs": .., "nanos": ..}`.
    Duration,
    /// A point in time: an RFC 3339 string in UTC with millisecond precision.
    Timestamp,
    /// `Option<T>`: null or the value.
    Option(TypeId),
    /// `Result<T, E>`: `{"Ok": ..}` or `{"Err": ..}`.
    Result(TypeId, TypeId),
    /// A vector, slice or array: an array.
    Vec(TypeId),
    /// A tuple of two or more: an array.
    Tuple(Vec<TypeId>),
    /// A map with string keys: an object.
    Map(TypeId),
    /// A struct that derives `Data`.
    Struct(StructDef),
    /// An enum that derives `Data` or `Failure`.
    Enum(EnumDef),
    /// A value that is passed through and never looked into.
    Opaque(String),
    /// An iterator over items of a type. Exists inside one expression only and has no wire form.
    Iterator(TypeId),
}

/// Width and sign of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum IntType {
    U8,
    U16,
    U32,
    U64,
    Usize,
    I8,
    I16,
    I32,
    I64,
    Isize,
}

/// Width of a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum FloatType {
    F32,
    F64,
}

/// A struct and its wire form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StructDef {
    /// The Rust name, without its module.
    pub name: String,
    /// The fields and how they are written.
    pub fields: Fields,
    /// `#[serde(transparent)]`: the value is written as its only field is.
    pub transparent: bool,
}

/// The fields of a struct or variant, by the syntax that declares them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fields {
    /// No fields: a unit struct is null.
    Unit,
    /// One unnamed field, written as itself.
    Newtype(Box<FieldDef>),
    /// Unnamed fields, written as an array.
    Tuple(Vec<FieldDef>),
    /// Named fields, written as an object.
    Named(Vec<FieldDef>),
}

/// One field and its wire form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldDef {
    /// The Rust name, or the position of an unnamed field.
    pub name: String,
    /// The key on the wire.
    pub key: String,
    /// The type.
    pub ty: TypeId,
    /// `#[serde(default)]`: the value that stands for a missing key.
    #[serde(with = "given")]
    pub default: Option<serde_json::Value>,
    /// `#[serde(skip)]`: never on the wire; its value is always `default`.
    pub skip: bool,
    /// `#[serde(flatten)]`: the keys of this field's value stand among the keys of its parent.
    pub flatten: bool,
    /// `#[serde(skip_serializing_if)]`: when the key is left out.
    pub omit: Omit,
}

/// A value that may be null, or none: `{"value": null}` or `null`.
mod given {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    #[derive(Serialize, Deserialize)]
    struct Given<T> {
        value: T,
    }

    pub(super) fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(|value| Given { value }).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        let given: Option<Given<Value>> = Option::deserialize(deserializer)?;
        Ok(given.map(|given| given.value))
    }
}

/// When a field's key is left out on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Omit {
    /// Never.
    #[default]
    Never,
    /// Where the value is `None`.
    IfNone,
    /// Where the vector, map or string is empty.
    IfEmpty,
}

/// An enum and its wire form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnumDef {
    /// The Rust name, without its module; [`FAULT_TYPE`] for the machinery's own.
    pub name: String,
    /// How a variant is told on the wire.
    pub tagging: Tagging,
    /// The variants in declaration order.
    pub variants: Vec<VariantDef>,
    /// It derives `Failure`: every variant has an error name or is marked `#[fault]`.
    pub failure: bool,
}

/// The four enum representations of serde.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tagging {
    /// `"Unit"`, `{"Variant": content}`.
    External,
    /// `{"tag": "Variant", fields..}`.
    Internal {
        /// The key that holds the variant.
        tag: String,
    },
    /// `{"tag": "Variant", "content": content}`.
    Adjacent {
        /// The key that holds the variant.
        tag: String,
        /// The key that holds the fields.
        content: String,
    },
    /// The content alone.
    Untagged,
}

/// One variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantDef {
    /// The Rust name.
    pub name: String,
    /// The name on the wire.
    pub key: String,
    /// The fields.
    pub fields: Fields,
    /// The error name, where the enum is a failure and the variant is not `fault`.
    pub error: Option<ErrorName>,
    /// `#[fault]`: holds a [`FAULT_TYPE`], whose error name it takes.
    pub fault: bool,
}

impl TypeTable {
    /// The definition behind an id.
    ///
    /// # Panics
    ///
    /// When the id belongs to another table.
    #[must_use]
    pub fn get(&self, id: TypeId) -> &TypeDef {
        &self.defs[id.0 as usize]
    }

    /// Every type with its id.
    pub fn iter(&self) -> impl Iterator<Item = (TypeId, &TypeDef)> {
        self.defs.iter().enumerate().map(|(index, def)| (TypeId(index as u32), def))
    }

    /// The id of a type, added if it is new.
    pub fn intern(&mut self, def: TypeDef) -> TypeId {
        match self.defs.iter().position(|known| *known == def) {
            Some(index) => TypeId(index as u32),
            None => {
                self.defs.push(def);
                TypeId(self.defs.len() as u32 - 1)
            }
        }
    }

    /// The id of a named type, described by `define` if it is new. `key` tells types apart, so it holds the full
    /// path and the type arguments; `define` may meet the same key again, which closes a recursive type.
    pub fn named(&mut self, key: &str, define: impl FnOnce(&mut TypeTable) -> TypeDef) -> TypeId {
        if let Some(id) = self.named.get(key) {
            return *id;
        }
        let id = TypeId(self.defs.len() as u32);
        self.defs.push(TypeDef::Pending);
        self.named.insert(key.to_owned(), id);
        let def = define(self);
        self.defs[id.0 as usize] = def;
        id
    }
}

impl FieldDef {
    /// A field without serde attributes.
    #[must_use]
    pub fn plain(name: &str, ty: TypeId) -> FieldDef {
        let (name, key) = (name.to_owned(), name.to_owned());
        FieldDef { name, key, ty, default: None, skip: false, flatten: false, omit: Omit::Never }
    }
}

impl IntType {
    /// The Rust name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            IntType::U8 => "u8",
            IntType::U16 => "u16",
            IntType::U32 => "u32",
            IntType::U64 => "u64",
            IntType::Usize => "usize",
            IntType::I8 => "i8",
            IntType::I16 => "i16",
            IntType::I32 => "i32",
            IntType::I64 => "i64",
            IntType::Isize => "isize",
        }
    }

    /// The unsigned type of the same width.
    #[must_use]
    pub fn unsigned(self) -> IntType {
        match self {
            IntType::U8 | IntType::I8 => IntType::U8,
            IntType::U16 | IntType::I16 => IntType::U16,
            IntType::U32 | IntType::I32 => IntType::U32,
            IntType::U64 | IntType::I64 => IntType::U64,
            IntType::Usize | IntType::Isize => IntType::Usize,
        }
    }

    /// The smallest and largest value. `usize` and `isize` have 64 bits.
    #[must_use]
    pub fn range(self) -> (i128, i128) {
        match self {
            IntType::U8 => (0, u8::MAX.into()),
            IntType::U16 => (0, u16::MAX.into()),
            IntType::U32 => (0, u32::MAX.into()),
            IntType::U64 | IntType::Usize => (0, u64::MAX.into()),
            IntType::I8 => (i8::MIN.into(), i8::MAX.into()),
            IntType::I16 => (i16::MIN.into(), i16::MAX.into()),
            IntType::I32 => (i32::MIN.into(), i32::MAX.into()),
            IntType::I64 | IntType::Isize => (i64::MIN.into(), i64::MAX.into()),
        }
    }
}
