//! Methods with a meaning of their own: where std panics, a workflow's expression fails; equality is that of JSON.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use durafn_ir::{TypeDef, TypeId, TypeTable};
use serde::{Serialize, Serializer};

use super::{
    compare::{InOrder, same},
    convert::{Converts, Defaulted},
    eval::raise,
    iter::Sequence,
    on::{Needle, On},
    ops::{Number, out_of_range},
};
use crate::data::Data;

/// Why a text is no number. Not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError;

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text does not have the form")
    }
}

impl std::error::Error for ParseError {}

impl Serialize for ParseError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl Data for ParseError {
    type Owned = ParseError;

    fn describe(types: &mut TypeTable) -> TypeId {
        types.intern(TypeDef::Opaque("ParseError".to_owned()))
    }
}

/// What text can be parsed into.
#[diagnostic::on_unimplemented(
    message = "a workflow cannot parse text into `{Self}`",
    note = "numbers, `bool`, `char` and `String` it can; parse anything else in a `#[task]`"
)]
pub trait Parsed: Sized {
    fn parsed(text: &str) -> Option<Self>;
}

macro_rules! parsed {
    ($($ty:ty: $value:ident => $checked:expr;)*) => {$(
        impl Parsed for $ty {
            fn parsed(text: &str) -> Option<$ty> {
                let $value = text.parse().ok()?;
                $checked
            }
        }
    )*};
    (integers $($ty:ty)*) => {
        parsed! {$($ty: value => { let value: $ty = value; Some(value.exact()) };)*}
    };
}

parsed!(integers u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
parsed! {
    // `inf` and `nan` are no numbers of JSON, so no numbers here.
    f32: value => Some(value).filter(|value: &f32| value.is_finite());
    f64: value => Some(value).filter(|value: &f64| value.is_finite());
    bool: value => Some(value);
    char: value => Some(value);
    String: value => Some(value);
}

impl<'a> On<&'a str> {
    pub fn parse<T: Parsed>(self) -> Result<T, ParseError> {
        T::parsed(self.0).ok_or(ParseError)
    }

    pub fn contains<N: Needle>(self, needle: N) -> bool {
        needle.is_in(self.0)
    }

    pub fn splitn<N: Needle>(self, count: usize, needle: N) -> std::vec::IntoIter<&'a str> {
        needle.pieces(self.0, count).into_iter()
    }

    pub fn repeat(self, count: usize) -> String {
        match self.0.len().checked_mul(count) {
            Some(bytes) if bytes <= isize::MAX as usize => self.0.repeat(count),
            _ => raise(format!("a text repeated {count} times does not fit the memory")),
        }
    }
}

impl<T, E> On<Result<T, E>> {
    pub fn unwrap_or_default(self) -> T
    where
        T: Defaulted,
    {
        self.0.unwrap_or_default()
    }
}

impl<T> On<Option<T>> {
    pub fn unwrap_or_default(self) -> T
    where
        T: Defaulted,
    {
        self.0.unwrap_or_default()
    }
}

impl<T: Copy> On<&Option<T>> {
    pub fn unwrap_or_default(self) -> T
    where
        T: Defaulted,
    {
        self.0.unwrap_or_default()
    }
}

impl<T> On<T> {
    pub fn into<U>(self) -> U
    where
        T: Converts<U>,
    {
        self.0.convert()
    }
}

impl<'a, T> On<&'a [T]> {
    pub fn get(self, index: usize) -> Option<&'a T> {
        self.0.get(index)
    }

    pub fn contains(self, value: &T) -> bool
    where
        T: Data,
    {
        self.0.iter().any(|item| same(item, value))
    }

    pub fn windows(self, size: usize) -> std::slice::Windows<'a, T> {
        self.0.windows(some(size))
    }

    pub fn chunks(self, size: usize) -> std::slice::Chunks<'a, T> {
        self.0.chunks(some(size))
    }

    pub fn join(self, separator: &str) -> String
    where
        T: AsRef<str> + Data<Owned = String>,
    {
        let mut text = String::new();
        for (index, item) in self.0.iter().enumerate() {
            if index > 0 {
                text.push_str(separator);
            }
            text.push_str(item.as_ref());
        }
        text
    }
}

/// A number of neighbours.
fn some(size: usize) -> usize {
    if size == 0 {
        raise("a stretch of no elements");
    }
    size
}

impl<T> On<&mut BTreeMap<String, T>> {
    pub fn retain(self, mut keep: impl FnMut(&String, &T) -> bool) {
        self.0.retain(|key, value| keep(key, value));
    }

    pub fn extend<S>(self, entries: S)
    where
        S: Sequence<Item = (String, T)>,
    {
        self.0.extend(entries);
    }
}

impl<T> On<&mut Vec<T>> {
    pub fn insert(self, index: usize, value: T) {
        if index > self.0.len() {
            out_of_range(index, self.0.len());
        }
        self.0.insert(index, value);
    }

    pub fn remove(self, index: usize) -> T {
        if index >= self.0.len() {
            out_of_range(index, self.0.len());
        }
        self.0.remove(index)
    }

    pub fn retain(self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    pub fn dedup(self)
    where
        T: Data,
    {
        self.0.dedup_by(|item, before| same(item, before));
    }

    pub fn swap(self, a: usize, b: usize) {
        if a.max(b) >= self.0.len() {
            out_of_range(a.max(b), self.0.len());
        }
        self.0.swap(a, b);
    }

    pub fn swap_remove(self, index: usize) -> T {
        if index >= self.0.len() {
            out_of_range(index, self.0.len());
        }
        self.0.swap_remove(index)
    }

    pub fn extend_from_slice(self, items: &[T])
    where
        T: Clone,
    {
        self.0.extend_from_slice(items);
    }

    pub fn sort_unstable(self)
    where
        T: InOrder + Ord,
    {
        self.0.sort();
    }

    pub fn sort_unstable_by_key<K: InOrder + Ord>(self, key: impl FnMut(&T) -> K) {
        self.0.sort_by_key(key);
    }

    pub fn extend<S>(self, items: S)
    where
        S: Sequence,
        Vec<T>: Extend<S::Item>,
    {
        self.0.extend(items);
    }

    pub fn sort(self)
    where
        T: InOrder + Ord,
    {
        self.0.sort();
    }

    pub fn sort_by_key<K: InOrder + Ord>(self, key: impl FnMut(&T) -> K) {
        self.0.sort_by_key(key);
    }
}

macro_rules! maps {
    ($($ty:ident)*) => {$(
        impl<'a, T> On<&'a $ty<String, T>> {
            pub fn get<K: AsRef<str> + ?Sized>(self, key: &K) -> Option<&'a T> {
                self.0.get(key.as_ref())
            }

            pub fn contains_key<K: AsRef<str> + ?Sized>(self, key: &K) -> bool {
                self.0.contains_key(key.as_ref())
            }
        }

        impl<T> On<&mut $ty<String, T>> {
            pub fn insert(self, key: String, value: T) -> Option<T> {
                self.0.insert(key, value)
            }

            pub fn remove<K: AsRef<str> + ?Sized>(self, key: &K) -> Option<T> {
                self.0.remove(key.as_ref())
            }
        }
    )*};
}

maps!(BTreeMap HashMap);

#[cfg(test)]
mod tests {
    use super::{super::eval::tests::raised, super::on, *};

    #[test]
    fn what_panics_in_std_fails_here() {
        let mut items = vec![1, 2];
        assert_eq!(raised(|| on::remove(&mut items).remove(2)).unwrap(), "index 2 is out of range for 2 elements");
        assert!(raised(|| on::insert(&mut items).insert(3, 1)).is_some());
        assert!(raised(|| on::abs(&i64::MIN).abs()).is_some());
        assert!(raised(|| on::pow(&10_u64).pow(16)).is_some());
        assert!(raised(|| on::clamp(&1_i32).clamp(3, 2)).is_some());
        assert!(raised(|| on::div_ceil(&1_u32).div_ceil(0)).is_some());
        assert!(raised(|| on::sqrt(&-1.0_f64).sqrt()).is_some());
    }

    #[test]
    fn methods_see_through_references() {
        let order = vec!["a".to_owned(), "b".to_owned()];
        let item = &&order[0];
        assert_eq!((*on::clone(&order)).clone(), order);
        assert_eq!(on::contains(item).contains("a"), on::contains(&order).contains(&"a".to_owned()));
        assert_eq!(on::join(&&order).join("-"), "a-b");
        assert_eq!(on::get(&order).get(1).map(String::as_str), Some("b"));
        assert_eq!(on::max(&&3_u64).max(4), 4);
        let map = BTreeMap::from([("k".to_owned(), 1)]);
        assert_eq!(on::get(&map).get(&"k".to_owned()), Some(&1));
    }

    #[test]
    fn text_of_numbers_is_parsed_within_json() {
        assert_eq!(on::parse("12").parse::<u8>(), Ok(12));
        assert_eq!(on::parse(&"x".to_owned()).parse::<u8>(), Err(ParseError));
        assert_eq!(on::parse("inf").parse::<f64>(), Err(ParseError));
    }
}
