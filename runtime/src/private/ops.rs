//! Arithmetic, logic, casts and indices.
//!
//! Generated code writes `match (a, b) { (l, r) => if false { l + r } else { ops::add(l, r) } }`: the dead `l + r` gives inference what the
//! user's own operator gives it, the call gives the meaning. A result that a double cannot hold exactly, or that is not finite, fails.

use durafn_ir::MAX_EXACT_INT;

use super::eval::raise;

/// A number of a workflow. Implemented by durafn alone, for numbers and references to them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that a workflow can compute with",
    note = "integers of 8 to 64 bits, `f32` and `f64` are"
)]
pub trait Number {
    /// The number itself.
    type Value: Copy;

    /// Fails where JSON, and with it ASL, cannot hold the number: an integer of 2^53 or more, a float that is not finite.
    fn exact(self) -> Self::Value;
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl Number for $ty {
            type Value = $ty;

            #[inline]
            fn exact(self) -> $ty {
                // Comparisons of types too small to pass the bound are constant.
                if (self as i128).unsigned_abs() > MAX_EXACT_INT as u128 {
                    raise(format!("the integer {self} has a size of 2^53 or more, where numbers of JSON are no longer exact"));
                }
                self
            }
        }
    )*};
}

macro_rules! floats {
    ($($ty:ty)*) => {$(
        impl Number for $ty {
            type Value = $ty;

            #[inline]
            fn exact(self) -> $ty {
                if !self.is_finite() {
                    raise(format!("the result is {self}, which is not a number of JSON"));
                }
                self
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize u128);
floats!(f32 f64);

impl<T: Number + Copy> Number for &T {
    type Value = T::Value;

    fn exact(self) -> T::Value {
        (*self).exact()
    }
}

macro_rules! operators {
    ($($trait:ident $fn:ident $checked:ident $op:tt $verb:literal;)*) => {$(
        #[doc = concat!("`a ", stringify!($op), " b`.")]
        #[diagnostic::on_unimplemented(
            message = "`{Self}` and `{R}` have no such operator in a workflow",
            note = "arithmetic is on numbers of one type, `+` also on a `String` and a `&str`, `+` and `-` on a `Duration` or a timestamp and a `Duration`, `*` and `/` on a `Duration` and a `u32`",
            note = "the time between two timestamps is `later.duration_since(earlier)`; an operator of a type of your own belongs in a `#[task]`"
        )]
        pub trait $trait<R> {
            type Out;

            fn apply(self, right: R) -> Self::Out;
        }

        #[doc = concat!("`left ", stringify!($op), " right`, checked.")]
        #[inline]
        pub fn $fn<L: $trait<R, Out = O>, R, O>(left: L, right: R) -> O {
            left.apply(right)
        }

        operators!(@ints $trait $checked $verb: u8 u16 u32 u64 usize i8 i16 i32 i64 isize u128);
        operators!(@floats $trait $op: f32 f64);
    )*};
    (@ints $trait:ident $checked:ident $verb:literal: $($ty:ty)*) => {$(
        impl $trait<$ty> for $ty {
            type Out = $ty;

            #[inline]
            fn apply(self, right: $ty) -> $ty {
                match self.$checked(right) {
                    Some(value) => value.exact(),
                    None if right == 0 => raise(format!("attempt to {} {self} by zero or past the bounds of {}", $verb, stringify!($ty))),
                    None => raise(format!("attempt to {} {self} and {right} overflows {}", $verb, stringify!($ty))),
                }
            }
        }
        operators!(@refs $trait $ty);
    )*};
    (@floats $trait:ident $op:tt: $($ty:ty)*) => {$(
        impl $trait<$ty> for $ty {
            type Out = $ty;

            #[inline]
            fn apply(self, right: $ty) -> $ty {
                (self $op right).exact()
            }
        }
        operators!(@refs $trait $ty);
    )*};
    (@refs $trait:ident $ty:ty) => {
        impl $trait<&$ty> for $ty {
            type Out = $ty;

            fn apply(self, right: &$ty) -> $ty {
                $trait::apply(self, *right)
            }
        }
        impl $trait<$ty> for &$ty {
            type Out = $ty;

            fn apply(self, right: $ty) -> $ty {
                $trait::apply(*self, right)
            }
        }
        impl $trait<&$ty> for &$ty {
            type Out = $ty;

            fn apply(self, right: &$ty) -> $ty {
                $trait::apply(*self, *right)
            }
        }
    };
}

operators! {
    Add add checked_add + "add";
    Sub sub checked_sub - "subtract";
    Mul mul checked_mul * "multiply";
    Div div checked_div / "divide";
    Rem rem checked_rem % "divide";
}

impl Add<&str> for String {
    type Out = String;

    fn apply(self, right: &str) -> String {
        self + right
    }
}

impl Add<&String> for String {
    type Out = String;

    fn apply(self, right: &String) -> String {
        self + right
    }
}

/// `-a`.
#[diagnostic::on_unimplemented(
    message = "`-` has no meaning on `{Self}` in a workflow",
    note = "it negates signed numbers"
)]
pub trait Neg {
    type Out;

    fn apply(self) -> Self::Out;
}

macro_rules! negation {
    ($($ty:ty: $value:ident => $negated:expr;)*) => {$(
        impl Neg for $ty {
            type Out = $ty;

            fn apply(self) -> $ty {
                let $value = self;
                $negated
            }
        }
        impl Neg for &$ty {
            type Out = $ty;

            fn apply(self) -> $ty {
                Neg::apply(*self)
            }
        }
    )*};
    (int $($ty:ty)*) => {
        negation! {$(
            $ty: v => v.checked_neg().unwrap_or_else(|| raise(format!("attempt to negate {v} overflows {}", stringify!($ty)))).exact();
        )*}
    };
}

negation!(int i8 i16 i32 i64 isize);
negation! {
    f32: v => -v;
    f64: v => -v;
}

/// `-a`, checked.
pub fn neg<T: Neg<Out = O>, O>(value: T) -> O {
    value.apply()
}

/// `!a`.
#[diagnostic::on_unimplemented(message = "`!` has no meaning on `{Self}` in a workflow", note = "it negates a `bool`")]
pub trait Not {
    fn apply(self) -> bool;
}

impl Not for bool {
    fn apply(self) -> bool {
        !self
    }
}

impl Not for &bool {
    fn apply(self) -> bool {
        !*self
    }
}

/// `!a`.
pub fn not<T: Not>(value: T) -> bool {
    value.apply()
}

/// `a as To`, as Rust casts between numbers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cast to `{To}` in a workflow",
    note = "`as` is between numbers; for a `bool` or an enum write a `match`"
)]
pub trait Cast<To> {
    fn cast(self) -> To;
}

macro_rules! casts {
    ($($from:ty)*) => {$(
        casts!(@ $from => u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);
    )*};
    (@ $from:ty => $($to:ty)*) => {$(
        impl Cast<$to> for $from {
            #[inline]
            fn cast(self) -> $to {
                (self as $to).exact()
            }
        }
    )*};
}

casts!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize u128 f32 f64);

/// `value as To`; an integer of 2^53 or more or a float that is not finite fails.
#[inline]
pub fn cast<To, From: Cast<To>>(value: From) -> To {
    value.cast()
}

/// `To::from(value)` between numbers, where every value has its like.
#[diagnostic::on_unimplemented(
    message = "`{To}::from` takes no `{Self}` in a workflow",
    note = "it is between numbers, where nothing can be lost; `as` makes any number another type's"
)]
pub trait Lossless<To>: Cast<To> {}

macro_rules! lossless {
    ($($from:ty => $($to:ty)*;)*) => {$($(
        impl Lossless<$to> for $from {}
    )*)*};
}

lossless! {
    u8 => u8 u16 u32 u64 usize i16 i32 i64 isize f32 f64;
    u16 => u16 u32 u64 usize i32 i64 f32 f64;
    u32 => u32 u64 i64 f64;
    u64 => u64;
    usize => usize;
    i8 => i8 i16 i32 i64 isize f32 f64;
    i16 => i16 i32 i64 isize f32 f64;
    i32 => i32 i64 f64;
    i64 => i64;
    isize => isize;
    f32 => f32 f64;
    f64 => f64;
}

/// `To::from(value)`.
#[inline]
pub fn lossless<To, From: Lossless<To>>(value: From) -> To {
    value.cast()
}

/// Types with elements by position.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be indexed in a workflow",
    note = "vectors, slices and arrays can, by one `usize`; ask a map by `.get(..)`"
)]
pub trait Indexed {
    type Item;

    fn items(&self) -> &[Self::Item];
}

/// [`Indexed`] whose elements can be assigned.
#[diagnostic::on_unimplemented(message = "elements of `{Self}` cannot be assigned in a workflow")]
pub trait IndexedMut: Indexed {
    fn items_mut(&mut self) -> &mut [Self::Item];
}

impl<T> Indexed for Vec<T> {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }
}

impl<T> Indexed for [T] {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }
}

impl<T, const N: usize> Indexed for [T; N] {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }
}

impl<S: Indexed + ?Sized> Indexed for &S {
    type Item = S::Item;

    fn items(&self) -> &[S::Item] {
        (**self).items()
    }
}

impl<T> IndexedMut for Vec<T> {
    fn items_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T> IndexedMut for [T] {
    fn items_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T, const N: usize> IndexedMut for [T; N] {
    fn items_mut(&mut self) -> &mut [T] {
        self
    }
}

/// `items[index]`; out of range fails.
pub fn index<S: Indexed + ?Sized>(items: &S, index: usize) -> &S::Item {
    let items = items.items();
    items.get(index).unwrap_or_else(|| out_of_range(index, items.len()))
}

/// `items[index]` as a place to assign to; out of range fails.
pub fn index_mut<S: IndexedMut + ?Sized>(items: &mut S, index: usize) -> &mut S::Item {
    let items = items.items_mut();
    let count = items.len();
    items.get_mut(index).unwrap_or_else(|| out_of_range(index, count))
}

/// Fails for an index.
pub(super) fn out_of_range(index: usize, count: usize) -> ! {
    raise(format!("index {index} is out of range for {count} elements"))
}

/// `*reference`: only a reference has this meaning, not `Deref` of a type of the user's.
pub fn deref<T: ?Sized>(reference: &T) -> &T {
    reference
}

#[cfg(test)]
mod tests {
    use super::{super::eval::tests::raised, *};

    #[test]
    fn arithmetic_is_checked() {
        assert_eq!(add(1_u64, &2), 3);
        assert_eq!(raised(|| sub(1_u64, 2_u64)).unwrap(), "attempt to subtract 1 and 2 overflows u64");
        assert!(raised(|| div(1_i64, 0_i64)).unwrap().contains("by zero"));
        assert!(raised(|| rem(i64::MIN, -1_i64)).is_some());
        assert!(raised(|| mul(1_u64 << 27, 1_u64 << 27)).unwrap().contains("2^53"));
        assert!(raised(|| div(1.0, 0.0)).unwrap().contains("inf"));
        assert!(raised(|| neg(i8::MIN)).is_some());
    }

    #[test]
    fn integers_end_before_two_to_the_53() {
        assert_eq!(add((1_u64 << 53) - 2, 1), (1 << 53) - 1);
        assert!(raised(|| add((1_u64 << 53) - 1, 1)).is_some());
    }

    #[test]
    fn casts_are_as_in_rust() {
        assert_eq!(cast::<u8, _>(300_i32), 44);
        assert_eq!(cast::<i64, _>(-1.9_f64), -1);
        assert!(raised(|| cast::<u64, _>(-1_i64)).is_some());
    }

    #[test]
    fn indices_out_of_range_fail() {
        assert_eq!(*index(&&vec![1, 2], 1), 2);
        assert_eq!(raised(|| *index(&[0; 2], 2)).unwrap(), "index 2 is out of range for 2 elements");
    }
}
