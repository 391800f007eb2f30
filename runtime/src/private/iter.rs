//! Iterators of a workflow: those of std that have an order, each method with one meaning.
//!
//! For `items.iter().map(f)` generated code writes `iter((*on::iter(&items)).iter()).map(f)`. Methods of [`Iter`] are those of
//! std; they differ where std would panic, or would run code of the user's (`FromIterator`, `Sum`, `Ord`).

use std::{
    collections::{BTreeMap, HashMap, btree_map},
    iter, ops, option, result, slice, str, vec,
};

use super::{compare::InOrder, eval::raise};

/// An iterator with an order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an iterator that a workflow can use",
    note = "iterators over vectors, ranges, text and `BTreeMap`s are, and what their methods make of them",
    note = "a `HashMap` or `HashSet` has no order, so iterating it differs from run to run: use a `BTreeMap`"
)]
pub trait Ordered: Iterator {}

macro_rules! ordered {
    ($([$($generic:tt)*] $ty:ty;)*) => {$(
        impl<$($generic)*> Ordered for $ty where $ty: Iterator {}
    )*};
}

ordered! {
    ['a, T] slice::Iter<'a, T>;
    [T] vec::IntoIter<T>;
    [T, const N: usize] std::array::IntoIter<T, N>;
    ['a] vec::Drain<'a, String>;
    [T] ops::Range<T>;
    [T] ops::RangeInclusive<T>;
    [T] option::IntoIter<T>;
    ['a, T] option::Iter<'a, T>;
    [T] result::IntoIter<T>;
    ['a] str::Chars<'a>;
    ['a] str::Lines<'a>;
    ['a] str::SplitWhitespace<'a>;
    ['a] str::Split<'a, char>;
    ['a, 'b] str::Split<'a, &'b str>;
    ['a, 'b] str::Split<'a, &'b String>;
    ['a] str::RSplit<'a, char>;
    ['a, 'b] str::RSplit<'a, &'b str>;
    ['a, 'b] str::RSplit<'a, &'b String>;
    ['a, T] slice::Windows<'a, T>;
    ['a, T] slice::Chunks<'a, T>;
    ['a, K, V] btree_map::Iter<'a, K, V>;
    ['a, K, V] btree_map::Keys<'a, K, V>;
    ['a, K, V] btree_map::Values<'a, K, V>;
    [K, V] btree_map::IntoIter<K, V>;
    [I: Ordered, F] iter::Map<I, F>;
    [I: Ordered, F] iter::Filter<I, F>;
    [I: Ordered, F] iter::FilterMap<I, F>;
    [I: Ordered, U: Sequence, F] iter::FlatMap<I, U, F>;
    [I: Ordered<Item: Sequence>] iter::Flatten<I>;
    [I: Ordered] iter::Enumerate<I>;
    [A: Ordered, B: Ordered] iter::Zip<A, B>;
    [A: Ordered, B: Ordered] iter::Chain<A, B>;
    [I: Ordered] iter::Take<I>;
    [I: Ordered] iter::Skip<I>;
    [I: Ordered] iter::StepBy<I>;
    [I: Ordered, F] iter::TakeWhile<I, F>;
    [I: Ordered, F] iter::SkipWhile<I, F>;
    [I: Ordered] iter::Rev<I>;
    [I: Ordered] iter::Copied<I>;
    [I: Ordered] iter::Cloned<I>;
}

/// What yields items in an order: an [`Ordered`] iterator, or a collection.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no items that a workflow can go through",
    note = "vectors, slices, ranges, `Option`s and `BTreeMap`s have, and iterators over them",
    note = "a `HashMap` or `HashSet` has no order, so iterating it differs from run to run: use a `BTreeMap`"
)]
pub trait Sequence: IntoIterator<IntoIter: Ordered> {}

impl<I: Ordered> Sequence for I {}
impl<T> Sequence for Vec<T> {}
impl<'a, T> Sequence for &'a Vec<T> where &'a Vec<T>: IntoIterator<IntoIter: Ordered> {}
impl<T> Sequence for &[T] {}
impl<T, const N: usize> Sequence for [T; N] {}
impl<'a, T, const N: usize> Sequence for &'a [T; N] where &'a [T; N]: IntoIterator<IntoIter: Ordered> {}
impl<T> Sequence for Option<T> {}
impl<'a, T> Sequence for &'a Option<T> where &'a Option<T>: IntoIterator<IntoIter: Ordered> {}
impl<T, E> Sequence for Result<T, E> {}
impl<V> Sequence for BTreeMap<String, V> {}
impl<'a, V> Sequence for &'a BTreeMap<String, V> where &'a BTreeMap<String, V>: IntoIterator<IntoIter: Ordered> {}

/// What a `for` goes through, evaluated before the first round, as a state machine does.
pub fn items<S: Sequence>(sequence: S) -> vec::IntoIter<S::Item> {
    sequence.into_iter().collect::<Vec<_>>().into_iter()
}

/// A range that a `for` goes through: not written out.
pub fn range<I: Ordered>(range: I) -> I {
    range
}

/// An iterator whose methods are those of a workflow.
#[derive(Debug)]
pub struct Iter<I>(I);

/// The receiver of an iterator's method. It comes from a method that [`on`](super::on) knows to have an order, or from a range.
pub fn iter<I: Iterator>(iterator: I) -> Iter<I> {
    Iter(iterator)
}

/// The methods of [`Iter`].
pub const METHODS: &[&str] = &[
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "find",
    "find_map",
    "position",
    "any",
    "all",
    "sum",
    "product",
    "min",
    "max",
    "min_by_key",
    "max_by_key",
    "count",
    "enumerate",
    "zip",
    "chain",
    "take",
    "skip",
    "step_by",
    "take_while",
    "skip_while",
    "rev",
    "fold",
    "reduce",
    "partition",
    "unzip",
    "last",
    "next",
    "nth",
    "collect",
    "copied",
    "cloned",
    "clone",
    "by_ref",
    "into_iter",
];

impl<I: Iterator> Iter<I> {
    pub fn map<B, F: FnMut(I::Item) -> B>(self, f: F) -> iter::Map<I, F> {
        self.0.map(f)
    }

    pub fn filter<F: FnMut(&I::Item) -> bool>(self, f: F) -> iter::Filter<I, F> {
        self.0.filter(f)
    }

    pub fn filter_map<B, F: FnMut(I::Item) -> Option<B>>(self, f: F) -> iter::FilterMap<I, F> {
        self.0.filter_map(f)
    }

    pub fn flat_map<U: Sequence, F: FnMut(I::Item) -> U>(self, f: F) -> iter::FlatMap<I, U, F> {
        self.0.flat_map(f)
    }

    pub fn flatten(self) -> iter::Flatten<I>
    where
        I::Item: Sequence,
    {
        self.0.flatten()
    }

    pub fn find<F: FnMut(&I::Item) -> bool>(mut self, f: F) -> Option<I::Item> {
        self.0.find(f)
    }

    pub fn find_map<B, F: FnMut(I::Item) -> Option<B>>(mut self, f: F) -> Option<B> {
        self.0.find_map(f)
    }

    pub fn position<F: FnMut(I::Item) -> bool>(mut self, f: F) -> Option<usize> {
        self.0.position(f)
    }

    pub fn any<F: FnMut(I::Item) -> bool>(mut self, f: F) -> bool {
        self.0.any(f)
    }

    pub fn all<F: FnMut(I::Item) -> bool>(mut self, f: F) -> bool {
        self.0.all(f)
    }

    pub fn sum<S: Total<I::Item>>(self) -> S {
        S::sum(self.0)
    }

    pub fn product<S: Total<I::Item>>(self) -> S {
        S::product(self.0)
    }

    pub fn min(self) -> Option<I::Item>
    where
        I::Item: InOrder + Ord,
    {
        self.0.min()
    }

    pub fn max(self) -> Option<I::Item>
    where
        I::Item: InOrder + Ord,
    {
        self.0.max()
    }

    pub fn min_by_key<K: InOrder + Ord, F: FnMut(&I::Item) -> K>(self, f: F) -> Option<I::Item> {
        self.0.min_by_key(f)
    }

    pub fn max_by_key<K: InOrder + Ord, F: FnMut(&I::Item) -> K>(self, f: F) -> Option<I::Item> {
        self.0.max_by_key(f)
    }

    pub fn count(self) -> usize {
        self.0.count()
    }

    pub fn enumerate(self) -> iter::Enumerate<I> {
        self.0.enumerate()
    }

    pub fn zip<S: Sequence>(self, other: S) -> iter::Zip<I, S::IntoIter> {
        self.0.zip(other)
    }

    pub fn chain<S: Sequence<Item = I::Item>>(self, other: S) -> iter::Chain<I, S::IntoIter> {
        self.0.chain(other)
    }

    pub fn take(self, count: usize) -> iter::Take<I> {
        self.0.take(count)
    }

    pub fn skip(self, count: usize) -> iter::Skip<I> {
        self.0.skip(count)
    }

    pub fn step_by(self, step: usize) -> iter::StepBy<I> {
        if step == 0 {
            raise("`step_by` of 0");
        }
        self.0.step_by(step)
    }

    pub fn take_while<F: FnMut(&I::Item) -> bool>(self, f: F) -> iter::TakeWhile<I, F> {
        self.0.take_while(f)
    }

    pub fn skip_while<F: FnMut(&I::Item) -> bool>(self, f: F) -> iter::SkipWhile<I, F> {
        self.0.skip_while(f)
    }

    pub fn rev(self) -> iter::Rev<I>
    where
        I: DoubleEndedIterator,
    {
        self.0.rev()
    }

    pub fn fold<B, F: FnMut(B, I::Item) -> B>(self, first: B, f: F) -> B {
        self.0.fold(first, f)
    }

    pub fn reduce<F: FnMut(I::Item, I::Item) -> I::Item>(self, f: F) -> Option<I::Item> {
        self.0.reduce(f)
    }

    pub fn partition<B: Partitioned<I::Item>, F: FnMut(&I::Item) -> bool>(self, f: F) -> (B, B) {
        self.0.partition(f)
    }

    pub fn unzip<A, B, FromA: Partitioned<A>, FromB: Partitioned<B>>(self) -> (FromA, FromB)
    where
        I: Iterator<Item = (A, B)>,
    {
        self.0.unzip()
    }

    pub fn last(self) -> Option<I::Item> {
        self.0.last()
    }

    #[allow(clippy::should_implement_trait)]
    pub fn next(mut self) -> Option<I::Item> {
        self.0.next()
    }

    pub fn nth(mut self, index: usize) -> Option<I::Item> {
        self.0.nth(index)
    }

    pub fn collect<C: Collected<I::Item>>(self) -> C {
        self.0.collect()
    }

    pub fn copied<'a, T: Copy + 'a>(self) -> iter::Copied<I>
    where
        I: Iterator<Item = &'a T>,
    {
        self.0.copied()
    }

    pub fn cloned<'a, T: Clone + 'a>(self) -> iter::Cloned<I>
    where
        I: Iterator<Item = &'a T>,
    {
        self.0.cloned()
    }

    #[allow(clippy::should_implement_trait)]
    pub fn clone(self) -> I {
        self.0
    }

    pub fn by_ref(self) -> I {
        self.0
    }

    #[allow(clippy::should_implement_trait)]
    pub fn into_iter(self) -> I {
        self.0
    }
}

/// What `sum` and `product` yield.
#[diagnostic::on_unimplemented(
    message = "items of type `{T}` have no sum of type `{Self}` in a workflow",
    note = "numbers have, of their own type"
)]
pub trait Total<T>: Sized {
    fn sum(items: impl Iterator<Item = T>) -> Self;
    fn product(items: impl Iterator<Item = T>) -> Self;
}

macro_rules! totals {
    ($($ty:ty: $zero:literal $one:literal)*) => {$(
        impl Total<$ty> for $ty {
            fn sum(items: impl Iterator<Item = $ty>) -> $ty {
                items.fold($zero, super::ops::add::<$ty, $ty, $ty>)
            }

            fn product(items: impl Iterator<Item = $ty>) -> $ty {
                items.fold($one, super::ops::mul::<$ty, $ty, $ty>)
            }
        }

        impl<'a> Total<&'a $ty> for $ty {
            fn sum(items: impl Iterator<Item = &'a $ty>) -> $ty {
                <$ty as Total<$ty>>::sum(items.copied())
            }

            fn product(items: impl Iterator<Item = &'a $ty>) -> $ty {
                <$ty as Total<$ty>>::product(items.copied())
            }
        }
    )*};
}

totals!(u8: 0 1 u16: 0 1 u32: 0 1 u64: 0 1 usize: 0 1 i8: 0 1 i16: 0 1 i32: 0 1 i64: 0 1 isize: 0 1 f32: 0.0 1.0 f64: 0.0 1.0);

/// What `partition` and `unzip` yield.
#[diagnostic::on_unimplemented(message = "a workflow parts items of type `{T}` into two `Vec`s, not into `{Self}`")]
pub trait Partitioned<T>: Default + Extend<T> {}

impl<T> Partitioned<T> for Vec<T> {}

/// What `collect` yields.
#[diagnostic::on_unimplemented(
    message = "a workflow cannot collect items of type `{T}` into `{Self}`",
    note = "into a `Vec` it can, a `String` of texts or characters, a map of pairs with `String` keys, and an `Option` or `Result` of these"
)]
pub trait Collected<T>: FromIterator<T> {}

impl<T> Collected<T> for Vec<T> {}
impl Collected<String> for String {}
impl Collected<&str> for String {}
impl Collected<char> for String {}
impl Collected<&char> for String {}
impl<V> Collected<(String, V)> for BTreeMap<String, V> {}
impl<V> Collected<(String, V)> for HashMap<String, V> {}
impl<T, C: Collected<T>> Collected<Option<T>> for Option<C> {}
impl<T, E, C: Collected<T>> Collected<Result<T, E>> for Result<C, E> {}

#[cfg(test)]
mod tests {
    use super::{super::eval::tests::raised, *};

    #[test]
    fn closures_are_inferred_as_with_std() {
        let words = ["a".to_owned(), "bc".to_owned()];
        let joined: String = iter(iter(words.iter()).map(|word| word.to_uppercase())).collect();
        assert_eq!(joined, "ABC");
        let firsts: Vec<char> = iter(iter(words.iter()).flat_map(|word| word.chars())).collect();
        assert_eq!(firsts, ['a', 'b', 'c']);
        assert_eq!(iter(words.iter()).position(|word| word == "bc"), Some(1));
        let parsed: Option<Vec<u32>> = iter(iter("12x".chars()).map(|c| c.to_digit(10))).collect();
        assert_eq!(parsed, None);
    }

    #[test]
    fn totals_are_checked() {
        assert_eq!(iter([1_u8, 2].iter()).sum::<u8>(), 3);
        assert!(raised(|| iter([200_u8, 100].iter()).sum::<u8>()).is_some());
        assert!(raised(|| iter([f64::MAX, f64::MAX].into_iter()).product::<f64>()).is_some());
    }

    #[test]
    fn what_a_for_goes_through_is_evaluated_once() {
        assert_eq!(items(iter(vec![1, 2].into_iter()).rev()).as_slice(), [2, 1]);
        assert_eq!(items(&vec![1]).count(), 1);
    }
}
