//! Values as Rust has them.

use std::{collections::BTreeMap, time::Duration};

use super::Failure;

/// A value of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val {
    /// `()`.
    Unit,
    /// `bool`.
    Bool(bool),
    /// An integer of any width: its type holds the range.
    Int(i128),
    /// A float; an `f32` as the `f64` of the same value.
    Float(f64),
    /// `char`.
    Char(char),
    /// `String`.
    Str(String),
    /// `Duration`.
    Duration(Duration),
    /// Milliseconds since 1970.
    Timestamp(i64),
    /// `Option`.
    Option(Option<Box<Val>>),
    /// `Result`.
    Result(Result<Box<Val>, Box<Val>>),
    /// A vector.
    Vec(Vec<Val>),
    /// A tuple.
    Tuple(Vec<Val>),
    /// A map in the order of its keys.
    Map(BTreeMap<String, Val>),
    /// A struct: its fields in declaration order.
    Struct(Vec<(String, Val)>),
    /// A variant and its fields.
    Enum(String, Vec<(String, Val)>),
    /// What is not looked into, as it came.
    Opaque(serde_json::Value),
    /// What each `next` of an iterator would yield or fail with. Expressions have no effects, so that it is known beforehand changes nothing;
    /// who stops early never meets a failure further on.
    Iter(Vec<Result<Val, Failure>>),
}

impl Val {
    /// `Some`.
    pub(super) fn some(value: Val) -> Val {
        Val::Option(Some(Box::new(value)))
    }

    /// `None`.
    pub(super) const NONE: Val = Val::Option(None);

    /// From an option.
    pub(super) fn option(value: Option<Val>) -> Val {
        Val::Option(value.map(Box::new))
    }

    /// A string.
    pub(super) fn str(value: impl Into<String>) -> Val {
        Val::Str(value.into())
    }

    /// An iterator none of whose items fails.
    pub(super) fn iter(items: impl IntoIterator<Item = Val>) -> Val {
        Val::Iter(items.into_iter().map(Ok).collect())
    }

    /// The integer. Types were checked before.
    pub(super) fn int(self) -> i128 {
        match self {
            Val::Int(value) => value,
            other => unreachable!("{other:?} is no integer"),
        }
    }

    /// The integer as a position or count.
    pub(super) fn index(self) -> usize {
        usize::try_from(self.int()).expect("a usize")
    }

    /// The float.
    pub(super) fn float(self) -> f64 {
        match self {
            Val::Float(value) => value,
            other => unreachable!("{other:?} is no float"),
        }
    }

    /// The truth value.
    pub(super) fn bool(self) -> bool {
        match self {
            Val::Bool(value) => value,
            other => unreachable!("{other:?} is no bool"),
        }
    }

    /// The string, of a character too.
    pub(super) fn string(self) -> String {
        match self {
            Val::Str(value) => value,
            Val::Char(value) => value.to_string(),
            other => unreachable!("{other:?} is no string"),
        }
    }

    /// A field of a struct or tuple.
    pub(super) fn field(self, name: &str) -> Val {
        match self {
            Val::Struct(fields) => match fields.into_iter().find(|(field, _)| field == name) {
                Some((_, value)) => value,
                None => unreachable!("no field {name}"),
            },
            Val::Tuple(mut items) => items.swap_remove(name.parse().expect("a position")),
            other => unreachable!("{other:?} has no fields"),
        }
    }
}
