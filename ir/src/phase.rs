//! The two forms of one model: as the macros spell it, and as types have completed it.
//!
//! A macro sees tokens and no types, so what only types can tell is a numbered hole in a [`Spelled`]
//! machine. Generated code carries that machine as text together with a list that fills each hole, and
//! [`link`](crate::link::link) turns the two into a [`Typed`] machine. Both forms share every structure, so
//! the states, the edges and the order of evaluation are settled by spelling alone.

use std::fmt::Debug;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Builtin, Callee, ErrorName, TypeId};

/// What a hole is in one form of the model.
pub trait Phase: Clone + Debug + PartialEq + Sized {
    /// The type of an expression or a variable.
    type Type: Hole;
    /// A constant whose value only the compiled program knows.
    type Const: Hole;
    /// A task or workflow that is called.
    type Callee: Hole;
    /// A method of a standard type.
    type Method: Hole;
    /// One entry of a list of error names.
    type ErrorName: Hole;

    /// The builtins that a method can be: those of its spelling, or the one that it is.
    fn builtins(method: &Self::Method) -> Vec<Builtin>;
}

/// What every hole can do.
pub trait Hole: Clone + Debug + PartialEq + Serialize + DeserializeOwned {}
impl<T: Clone + Debug + PartialEq + Serialize + DeserializeOwned> Hole for T {}

/// The form that macros write: holes are numbers or spellings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spelled;

/// The form that back ends read: every hole is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed;

impl Phase for Spelled {
    type Type = Option<TypeHole>;
    type Const = ConstHole;
    type Callee = CalleeHole;
    type Method = String;
    type ErrorName = SpelledErrorName;

    fn builtins(method: &String) -> Vec<Builtin> {
        Builtin::ALL.iter().copied().filter(|builtin| builtin.spelling() == method).collect()
    }
}

impl Phase for Typed {
    type Type = TypeId;
    type Const = serde_json::Value;
    type Callee = Box<Callee>;
    type Method = Builtin;
    type ErrorName = ErrorName;

    fn builtins(method: &Builtin) -> Vec<Builtin> {
        vec![*method]
    }
}

macro_rules! hole {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
    };
}

hole!(
    /// Index into the list of types that the generated code captured.
    TypeHole
);
hole!(
    /// Index into the list of constants that the generated code captured.
    ConstHole
);
hole!(
    /// Index into the list of callees that the generated code captured.
    CalleeHole
);

/// Error names before the enum that declares them is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SpelledErrorName {
    /// A name that the source states outright, such as `States.Timeout`.
    Literal(ErrorName),
    /// The name of one variant of the error type in the hole. A variant marked `#[fault]` stands for every
    /// fault: `States.TaskFailed`, `States.Timeout` and `States.HeartbeatTimeout`.
    Variant(TypeHole, String),
    /// One variant of [`Fault`](crate::FAULT_TYPE), by its Rust name.
    Fault(String),
    /// Every name that a value of the error type in the hole can have, faults included where it holds them.
    All(TypeHole),
    /// Every name of the first type, where the second is another: what `?` converts. An error that stays as it is needs no catcher.
    Converted(TypeHole, TypeHole),
    /// Every name of the error type in the hole, where a catcher before takes failures whose names it does not list: an error that only passes on
    /// needs a catcher to stay out of that one, and none otherwise.
    PassedOn(TypeHole),
}
