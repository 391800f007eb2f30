//! Types whose values a workflow may hold: what `#[derive(Data)]` implements.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use durafn_ir::{FloatType, IntType, TypeDef, TypeId, TypeTable};
use serde::Serialize;

/// A type whose wire form is known: fields, keys and variants as serde's attributes make them.
///
/// `#[derive(Data)]` implements it, together with serde's own derives. Values of a type that is not yours go into a field marked
/// `#[data(opaque)]`: they are passed through and never looked into.
///
/// ```
/// use durafn::prelude::*;
///
/// #[derive(Serialize, Deserialize, Data, Clone, Debug)]
/// #[serde(rename_all = "camelCase")]
/// struct Order {
///     order_id: String,
///     #[serde(default)]
///     lines: Vec<Line>,
/// }
///
/// #[derive(Serialize, Deserialize, Data, Clone, Debug)]
/// struct Line { sku: String, count: u32 }
/// ```
#[diagnostic::on_unimplemented(
    message = "values of type `{Self}` cannot be part of a workflow",
    label = "`Data` is not implemented for `{Self}`",
    note = "derive it beside serde's own: `#[derive(Serialize, Deserialize, Data)]`",
    note = "for a field of a foreign type: `#[data(opaque)]` on the field; an iterator is collected first: `.collect::<Vec<_>>()`",
    note = "maps have `String` keys; sets, integers of 128 bits and other types of std have no form in a workflow"
)]
pub trait Data: Serialize {
    /// The type without references: what a reference to it, or a slice of it, owns. Types with the same `Owned` have the same form on the
    /// wire and can be compared.
    type Owned: Data + 'static;

    /// Describes the type.
    fn describe(types: &mut TypeTable) -> TypeId;

    /// The value as comparisons see it.
    #[doc(hidden)]
    fn peek(&self) -> Peek<'_> {
        Peek::of(self)
    }
}

/// A value as comparisons see it: primitives without detour, all else as JSON.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub enum Peek<'a> {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Char(char),
    Str(&'a str),
    Items(Vec<Peek<'a>>),
    Json(serde_json::Value),
}

impl Peek<'_> {
    /// Through serde. A value that serde cannot write fails the expression.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Peek<'static> {
        match serde_json::to_value(value) {
            Ok(json) => Peek::Json(json),
            Err(error) => crate::private::raise(format!("a value cannot be compared: {error}")),
        }
    }
}

macro_rules! scalars {
    ($($ty:ty: $def:expr, $value:ident => $peek:expr;)*) => {$(
        impl Data for $ty {
            type Owned = $ty;

            fn describe(types: &mut TypeTable) -> TypeId {
                types.intern($def)
            }

            fn peek(&self) -> Peek<'_> {
                let $value = *self;
                $peek
            }
        }
    )*};
}

scalars! {
    u8: TypeDef::Int(IntType::U8), v => Peek::Int(v.into());
    u16: TypeDef::Int(IntType::U16), v => Peek::Int(v.into());
    u32: TypeDef::Int(IntType::U32), v => Peek::Int(v.into());
    u64: TypeDef::Int(IntType::U64), v => Peek::Int(v.into());
    usize: TypeDef::Int(IntType::Usize), v => Peek::Int(v as i128);
    i8: TypeDef::Int(IntType::I8), v => Peek::Int(v.into());
    i16: TypeDef::Int(IntType::I16), v => Peek::Int(v.into());
    i32: TypeDef::Int(IntType::I32), v => Peek::Int(v.into());
    i64: TypeDef::Int(IntType::I64), v => Peek::Int(v.into());
    isize: TypeDef::Int(IntType::Isize), v => Peek::Int(v as i128);
    f32: TypeDef::Float(FloatType::F32), v => Peek::Float(v.into());
    f64: TypeDef::Float(FloatType::F64), v => Peek::Float(v);
    bool: TypeDef::Bool, v => Peek::Bool(v);
    char: TypeDef::Char, v => Peek::Char(v);
    (): TypeDef::Unit, _unit => Peek::Null;
}

macro_rules! text {
    ($($ty:ty)*) => {$(
        impl Data for $ty {
            type Owned = String;

            fn describe(types: &mut TypeTable) -> TypeId {
                types.intern(TypeDef::String)
            }

            fn peek(&self) -> Peek<'_> {
                Peek::Str(self)
            }
        }
    )*};
}

text!(str String);

impl Data for Duration {
    type Owned = Duration;

    fn describe(types: &mut TypeTable) -> TypeId {
        types.intern(TypeDef::Duration)
    }
}

impl Data for jiff::Timestamp {
    type Owned = jiff::Timestamp;

    fn describe(types: &mut TypeTable) -> TypeId {
        types.intern(TypeDef::Timestamp)
    }

    fn peek(&self) -> Peek<'_> {
        Peek::Int(crate::private::times::millis(*self).into())
    }
}

impl Data for serde_json::Value {
    type Owned = serde_json::Value;

    fn describe(types: &mut TypeTable) -> TypeId {
        types.intern(TypeDef::Opaque(std::any::type_name::<serde_json::Value>().to_owned()))
    }
}

macro_rules! pointers {
    ($($ty:ty)*) => {$(
        impl<T: Data + ?Sized> Data for $ty {
            type Owned = T::Owned;

            fn describe(types: &mut TypeTable) -> TypeId {
                T::describe(types)
            }

            fn peek(&self) -> Peek<'_> {
                (**self).peek()
            }
        }
    )*};
}

pointers!(&T &mut T Box<T> std::sync::Arc<T>);

impl<T: Data> Data for Option<T> {
    type Owned = Option<T::Owned>;

    fn describe(types: &mut TypeTable) -> TypeId {
        let inner = T::describe(types);
        types.intern(TypeDef::Option(inner))
    }

    fn peek(&self) -> Peek<'_> {
        self.as_ref().map_or(Peek::Null, Data::peek)
    }
}

impl<T: Data, E: Data> Data for Result<T, E> {
    type Owned = Result<T::Owned, E::Owned>;

    fn describe(types: &mut TypeTable) -> TypeId {
        let (ok, err) = (T::describe(types), E::describe(types));
        types.intern(TypeDef::Result(ok, err))
    }
}

impl<T: Data> Data for [T] {
    type Owned = Vec<T::Owned>;

    fn describe(types: &mut TypeTable) -> TypeId {
        let item = T::describe(types);
        types.intern(TypeDef::Vec(item))
    }

    fn peek(&self) -> Peek<'_> {
        Peek::Items(self.iter().map(Data::peek).collect())
    }
}

impl<T: Data> Data for Vec<T> {
    type Owned = Vec<T::Owned>;

    fn describe(types: &mut TypeTable) -> TypeId {
        <[T]>::describe(types)
    }

    fn peek(&self) -> Peek<'_> {
        self.as_slice().peek()
    }
}

impl<T: Data, const N: usize> Data for [T; N]
where
    [T; N]: Serialize,
{
    type Owned = Vec<T::Owned>;

    fn describe(types: &mut TypeTable) -> TypeId {
        <[T]>::describe(types)
    }

    fn peek(&self) -> Peek<'_> {
        self.as_slice().peek()
    }
}

macro_rules! maps {
    ($($ty:ident)*) => {$(
        impl<T: Data> Data for $ty<String, T> {
            type Owned = $ty<String, T::Owned>;

            fn describe(types: &mut TypeTable) -> TypeId {
                let value = T::describe(types);
                types.intern(TypeDef::Map(value))
            }
        }
    )*};
}

maps!(BTreeMap HashMap);

macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: Data),*> Data for ($($name,)*) {
            type Owned = ($($name::Owned,)*);

            fn describe(types: &mut TypeTable) -> TypeId {
                let items = vec![$($name::describe(types)),*];
                types.intern(TypeDef::Tuple(items))
            }

            #[allow(non_snake_case)]
            fn peek(&self) -> Peek<'_> {
                let ($($name,)*) = self;
                Peek::Items(vec![$($name.peek()),*])
            }
        }
    )*};
}

tuples!((A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F)(A B C D E F G)(A B C D E F G H));

/// Marks types other than `Result`, so that a function's plain value and its `Result` are told apart.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a task or workflow returns",
    note = "return a type that derives `Data`, or `Result<T, E>` of such a type and an error that derives `Failure`"
)]
pub trait Plain {}

macro_rules! plain {
    (owned $($ty:ty),*) => {$(impl Plain for $ty {})*};
    ($([$($param:ident),*] $ty:ty;)*) => {$(impl<$($param),*> Plain for $ty {})*};
}

plain!(owned u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64, bool, char, (), String, Duration);
plain!(owned jiff::Timestamp, serde_json::Value);
plain! {
    [T] Box<T>;
    [T] std::sync::Arc<T>;
    [T] Option<T>;
    [T] Vec<T>;
    [T] BTreeMap<String, T>;
    [T] HashMap<String, T>;
    [A] (A,);
    [A, B] (A, B);
    [A, B, C] (A, B, C);
    [A, B, C, D] (A, B, C, D);
    [A, B, C, D, E] (A, B, C, D, E);
    [A, B, C, D, E, F] (A, B, C, D, E, F);
    [A, B, C, D, E, F, G] (A, B, C, D, E, F, G);
    [A, B, C, D, E, F, G, H] (A, B, C, D, E, F, G, H);
}

impl<T, const N: usize> Plain for [T; N] {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_what_they_point_to_have_one_description() {
        let mut types = TypeTable::default();
        let owned = <Option<Vec<String>>>::describe(&mut types);
        assert_eq!(<&Option<&[&str]>>::describe(&mut types), owned);
        assert_eq!(<Option<[String; 2]>>::describe(&mut types), owned);
    }

    #[test]
    fn peeks_of_text_in_all_its_forms_are_equal() {
        assert_eq!("a".to_owned().peek(), "a".peek());
        assert_eq!(vec!["a"].peek(), ["a".to_owned()].peek());
        assert_eq!(Some(&1_u64).peek(), Some(1_u64).peek());
        assert_ne!(1_u64.peek(), 2_u64.peek());
    }
}
