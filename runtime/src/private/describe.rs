//! What derives are made of.

use durafn_ir::{FieldDef, TypeDef, TypeId, TypeTable};
use serde::Serialize;

use super::wire;
use crate::{
    data::Data,
    failure::{Failed, Failure},
};

/// What tells a type from others: its path, and its arguments by number.
pub fn key(path: &str, args: &[TypeId]) -> String {
    match args {
        [] => path.to_owned(),
        args => format!("{path}<{}>", args.iter().map(|arg| arg.0.to_string()).collect::<Vec<_>>().join(", ")),
    }
}

/// A field without further attributes.
pub fn field<T: Data>(types: &mut TypeTable, name: &str, key: &str) -> FieldDef {
    let ty = T::describe(types);
    FieldDef { key: key.to_owned(), ..FieldDef::plain(name, ty) }
}

/// A field that is passed through and never looked into.
pub fn opaque(types: &mut TypeTable, name: &str, key: &str, ty: &str) -> FieldDef {
    let ty = types.intern(TypeDef::Opaque(ty.to_owned()));
    FieldDef { key: key.to_owned(), ..FieldDef::plain(name, ty) }
}

/// A default.
pub fn json<T: Serialize>(value: &T) -> Option<serde_json::Value> {
    serde_json::to_value(value).ok()
}

/// A failure whose cause is the JSON of the error.
pub fn failed<E: Failure>(name: &str, error: &E) -> Failed {
    Failed::new(name, wire::encode(error).unwrap_or_else(|unwritten| unwritten.to_string()))
}

/// The error whose JSON is the cause, where it is of the variant that the name says.
pub fn from_cause<E: Failure>(failed: &Failed) -> Option<E> {
    let error: E = wire::decode(&failed.cause).ok()?;
    (error.to_failed().error == failed.error).then_some(error)
}
