//! `.into()`, `?` and defaults: conversions with one meaning each.

use std::collections::{BTreeMap, HashMap};

use crate::failure::FailureFrom;

/// What `?` returns for an error.
pub fn failure_from<E, F: FailureFrom<E>>(error: E) -> F {
    F::failure_from(error)
}

/// `.into()` that keeps the value: the same on the wire before and after. Implemented by durafn alone.
#[diagnostic::on_unimplemented(
    message = "`.into()` from `{Self}` to `{To}` has no meaning in a workflow",
    note = "it turns `&str` into `String`, a number into a wider one, a value into an `Option` of it; `std::convert::From` of other types \
            belongs in a `#[task]`"
)]
pub trait Converts<To> {
    fn convert(self) -> To;
}

impl<T> Converts<T> for T {
    fn convert(self) -> T {
        self
    }
}

impl<T> Converts<Option<T>> for T {
    fn convert(self) -> Option<T> {
        Some(self)
    }
}

macro_rules! converts {
    (@each $generic:tt $from:ty => $($to:ty)*) => {$(
        converts!(@one $generic $from, $to);
    )*};
    (@one [$($generic:tt)*] $from:ty, $to:ty) => {
        impl<$($generic)*> Converts<$to> for $from {
            fn convert(self) -> $to {
                <$to>::from(self)
            }
        }
    };
    ($($generic:tt $from:ty => $($to:ty)*;)*) => {$(
        converts!(@each $generic $from => $($to)*);
    )*};
}

converts! {
    [] &str => String Box<str>;
    [] &String => String;
    [] String => Box<str>;
    [] Box<str> => String;
    [] char => String;
    [] u8 => u16 u32 u64 usize i16 i32 i64 isize f32 f64;
    [] u16 => u32 u64 usize i32 i64 f32 f64;
    [] u32 => u64 i64 f64;
    [] i8 => i16 i32 i64 isize f32 f64;
    [] i16 => i32 i64 isize f32 f64;
    [] i32 => i64 f64;
    [] f32 => f64;
    [T: Clone] &[T] => Vec<T>;
    [T, const N: usize] [T; N] => Vec<T>;
    [T] T => Box<T>;
}

/// `Default` as std has it for its own types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default that a workflow knows",
    note = "numbers, `bool`, `String`, `Vec`, maps, `Option` and tuples have; write out a value of a type of your own"
)]
pub trait Defaulted: Default {}

macro_rules! defaulted {
    (owned $($ty:ty),*) => {$(impl Defaulted for $ty {})*};
    ($([$($generic:tt)*] $ty:ty;)*) => {$(impl<$($generic)*> Defaulted for $ty {})*};
}

defaulted!(owned u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64, bool, (), String, &str, std::time::Duration);
defaulted! {
    [T] Option<T>;
    [T] Vec<T>;
    [T] BTreeMap<String, T>;
    [T] HashMap<String, T>;
    [A: Defaulted] (A,);
    [A: Defaulted, B: Defaulted] (A, B);
    [A: Defaulted, B: Defaulted, C: Defaulted] (A, B, C);
}
