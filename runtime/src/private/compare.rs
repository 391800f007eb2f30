//! Comparisons: equality as JSON has it, order on numbers.

use super::ops::Number;
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

macro_rules! orders {
    ($($fn:ident $op:tt)*) => {$(
        #[doc = concat!("`left ", stringify!($op), " right` of numbers.")]
        #[inline]
        pub fn $fn<L: PartialOrd<R> + Number, R: Number>(left: &L, right: &R) -> bool {
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
    fn order_is_that_of_numbers() {
        assert!(lt(&1, &2) && ge(&2.0, &2.0) && !gt(&&1, &&2) && le(&1, &1));
    }
}
