//! Comparisons: equality as JSON has it, order where JSON and Rust have the same.

use crate::data::Data;

/// `a == b`: two values of one type are equal when their JSON is. A hand-written `PartialEq` has no part in it.
pub fn same<L, R>(left: &L, right: &R) -> bool
where
    L: Data + ?Sized,
    R: Data<Owned = L::Owned> + ?Sized,
{
    left.peek() == right.peek()
}

/// `a != b`.
pub fn differ<L, R>(left: &L, right: &R) -> bool
where
    L: Data + ?Sized,
    R: Data<Owned = L::Owned> + ?Sized,
{
    !same(left, right)
}

/// What `<`, sorting, `min` and `max` take: both sides of a workflow put these in one order. Implemented by durafn alone.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` have no order in a workflow",
    note = "numbers, text, `bool`, `Duration`, timestamps and tuples of these have; compare the fields of a type of your own"
)]
pub trait InOrder {}

macro_rules! in_order {
    ($($ty:ty)*) => {$(impl InOrder for $ty {})*};
}

in_order!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize u128 f32 f64 bool char str String std::time::Duration jiff::Timestamp);

impl<T: InOrder + ?Sized> InOrder for &T {}
impl<A: InOrder, B: InOrder> InOrder for (A, B) {}
impl<A: InOrder, B: InOrder, C: InOrder> InOrder for (A, B, C) {}
impl<A: InOrder, B: InOrder, C: InOrder, D: InOrder> InOrder for (A, B, C, D) {}

macro_rules! orders {
    ($($fn:ident $op:tt)*) => {$(
        #[doc = concat!("`left ", stringify!($op), " right`.")]
        #[inline]
        pub fn $fn<L: PartialOrd<R> + InOrder, R: InOrder>(left: &L, right: &R) -> bool {
            *left $op *right
        }
    )*};
}

orders!(lt < le <= gt > ge >=);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_sees_through_references_and_ownership() {
        assert!(same("a", &"a".to_owned()));
        assert!(same(&Some("a"), &Some("a".to_owned())));
        assert!(same(&vec![1, 2], &[1, 2]));
        assert!(!same(&None::<u64>, &Some(1_u64)));
    }

    #[test]
    fn order_is_that_of_std() {
        assert!(lt(&1, &2) && ge(&2.0, &2.0) && !gt(&&1, &&2) && le(&1, &1));
        assert!(lt(&"\u{ffff}", &"😀") && gt(&(1, "b"), &(1, "a")));
        assert!(lt(&std::time::Duration::from_secs(1), &std::time::Duration::from_millis(1001)));
    }
}
