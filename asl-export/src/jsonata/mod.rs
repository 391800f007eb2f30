//! JSONata: the language of every value in the definition.

pub(crate) mod arith;
pub(crate) mod ast;
pub(crate) mod builtins;
pub(crate) mod compare;
pub(crate) mod conforms;
pub(crate) mod encode;
pub(crate) mod format;
pub(crate) mod patterns;
mod print;
mod remainder;
pub(crate) mod scan;
pub(crate) mod scope;
pub(crate) mod simplify;
pub(crate) mod template;
pub(crate) mod types;
pub(crate) mod wire;

pub(crate) use ast::Jsonata;
pub(crate) use scope::{Encoder, Result, Value};
