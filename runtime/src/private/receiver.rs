//! What methods can be called on: every type of a workflow by its kind.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

/// The kinds, as types: the table of [`on`](super::on) says which method takes which.
pub mod kind {
    /// `str` and `String`.
    #[derive(Debug)]
    pub enum Str {}
    /// `char`.
    #[derive(Debug)]
    pub enum Char {}
    /// `bool`.
    #[derive(Debug)]
    pub enum Bool {}
    /// Integers.
    #[derive(Debug)]
    pub enum Int {}
    /// Floats.
    #[derive(Debug)]
    pub enum Float {}
    /// `Option`.
    #[derive(Debug)]
    pub enum Option {}
    /// `Result`.
    #[derive(Debug)]
    pub enum Result {}
    /// Vectors, slices and arrays.
    #[derive(Debug)]
    pub enum Vec {}
    /// Maps in the order of their keys.
    #[derive(Debug)]
    pub enum Map {}
    /// Maps without an order.
    #[derive(Debug)]
    pub enum HashMap {}
    /// `Duration`.
    #[derive(Debug)]
    pub enum Duration {}
    /// Points in time.
    #[derive(Debug)]
    pub enum Timestamp {}
    /// Tuples.
    #[derive(Debug)]
    pub enum Tuple {}
    /// Types that derive `Data` or `Failure`, and those that are passed through.
    #[derive(Debug)]
    pub enum Derived {}
}

/// A type that has methods in a workflow.
#[diagnostic::on_unimplemented(
    message = "no method of `{Self}` can be called in a workflow",
    note = "methods of std's numbers, text, `Option`, `Result`, vectors, maps and iterators can; a type of your own derives `Data` to be cloned",
    note = "move anything else into a `#[task]`, or into a `#[pure] fn`"
)]
pub trait Receiver {
    /// What it is.
    type Kind;
    /// The value without its owner: a number itself, a `&str`, a slice.
    type View<'a>
    where
        Self: 'a;

    /// Looks at the value.
    fn view(&self) -> Self::View<'_>;
}

macro_rules! receivers {
    ($([$($generic:tt)*] $ty:ty: $kind:ident, $view:ty, $self:ident => $looked:expr;)*) => {$(
        impl<$($generic)*> Receiver for $ty {
            type Kind = kind::$kind;
            type View<'a> = $view where Self: 'a;

            fn view(&self) -> $view {
                let $self = self;
                $looked
            }
        }
    )*};
    (copied $($ty:ty: $kind:ident;)*) => {
        receivers! {$([] $ty: $kind, $ty, it => *it;)*}
    };
}

receivers! { copied
    u8: Int; u16: Int; u32: Int; u64: Int; usize: Int; i8: Int; i16: Int; i32: Int; i64: Int; isize: Int;
    f32: Float; f64: Float; bool: Bool; char: Char; (): Tuple; Duration: Duration; jiff::Timestamp: Timestamp;
}

macro_rules! owners {
    ($([$($generic:tt)*] $ty:ty: $kind:ident, $view:ty;)*) => {$(
        impl<$($generic)*> Receiver for $ty {
            type Kind = kind::$kind;
            type View<'a> = &'a $view where Self: 'a;

            fn view(&self) -> &$view {
                self
            }
        }
    )*};
}

owners! {
    [] str: Str, str;
    [] String: Str, str;
    [T] [T]: Vec, [T];
    [T] Vec<T>: Vec, [T];
    [T, const N: usize] [T; N]: Vec, [T];
    [T] Option<T>: Option, Option<T>;
    [T, E] Result<T, E>: Result, Result<T, E>;
    [T] BTreeMap<String, T>: Map, BTreeMap<String, T>;
    [T] HashMap<String, T>: HashMap, HashMap<String, T>;
    [] serde_json::Value: Derived, serde_json::Value;
    [] crate::Fault: Derived, crate::Fault;
    [] crate::context::ExecutionContext: Derived, crate::context::ExecutionContext;
    [] crate::context::StartedExecution: Derived, crate::context::StartedExecution;
    [A] (A,): Tuple, (A,);
    [A, B] (A, B): Tuple, (A, B);
    [A, B, C] (A, B, C): Tuple, (A, B, C);
    [A, B, C, D] (A, B, C, D): Tuple, (A, B, C, D);
    [A, B, C, D, E] (A, B, C, D, E): Tuple, (A, B, C, D, E);
    [A, B, C, D, E, F] (A, B, C, D, E, F): Tuple, (A, B, C, D, E, F);
    [A, B, C, D, E, F, G] (A, B, C, D, E, F, G): Tuple, (A, B, C, D, E, F, G);
    [A, B, C, D, E, F, G, H] (A, B, C, D, E, F, G, H): Tuple, (A, B, C, D, E, F, G, H);
}

macro_rules! pointers {
    ($($ty:ty)*) => {$(
        impl<T: Receiver + ?Sized> Receiver for $ty {
            type Kind = T::Kind;
            type View<'a> = T::View<'a> where Self: 'a;

            fn view(&self) -> T::View<'_> {
                (**self).view()
            }
        }
    )*};
}

pointers!(&T &mut T Box<T> Arc<T>);
