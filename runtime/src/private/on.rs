//! The methods of a workflow that are not an iterator's, and what receives them.
//!
//! For `value.len()` generated code writes `(*on::len(&value)).len()`: the method keeps the user's tokens and is found as the user's
//! would be, and the receiver must be of a kind that the table lists. Where std would panic or see more than JSON does, the table hands
//! out an [`On`] whose own method of that name has the workflow's meaning ([`methods`](super::methods)).

use super::receiver::{Receiver, kind};

/// A receiver whose method is durafn's own.
#[derive(Debug)]
pub struct On<T>(pub(super) T);

/// How generated code hands over the receiver. The compiler's own table has the same columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `(*on::m(&recv)).m()`
    Shared,
    /// `on::m(recv).m()`
    Moved,
    /// `(*on::m(&mut recv)).m()`
    Changed,
    /// `on::m(&recv).m()`, on an [`On`] of its view.
    OwnShared,
    /// `on::m(recv).m()`, on an [`On`].
    OwnMoved,
    /// `on::m(&mut recv).m()`, on an [`On`].
    OwnChanged,
}

macro_rules! methods {
    ($($name:ident $form:ident on $($kind:ident)+ $(, $note:literal)?;)*) => {
        /// The table: each method, how its receiver is handed over, the kinds that have it.
        pub const METHODS: &[(&str, Form, &[&str])] =
            &[$((stringify!($name), Form::$form, &[$(stringify!($kind)),+]),)*];

        /// Which kinds have a method, as a trait for each.
        pub mod takes {
            use super::kind;
            $(
                #[diagnostic::on_unimplemented(
                    message = "this method has no meaning in a workflow for a value of this type"
                    $(, note = $note)?
                )]
                #[allow(non_camel_case_types)]
                pub trait $name {}
                $(impl $name for kind::$kind {})+
            )*
        }

        $(methods!(@fn $form $name);)*
    };
    (@fn Shared $name:ident) => {
        pub fn $name<R: Receiver + ?Sized>(receiver: &R) -> &R where R::Kind: takes::$name {
            receiver
        }
    };
    (@fn Moved $name:ident) => {
        pub fn $name<R: Receiver>(receiver: R) -> R where R::Kind: takes::$name {
            receiver
        }
    };
    (@fn Changed $name:ident) => {
        pub fn $name<R: Receiver + ?Sized>(receiver: &mut R) -> &mut R where R::Kind: takes::$name {
            receiver
        }
    };
    (@fn OwnShared $name:ident) => {
        pub fn $name<R: Receiver + ?Sized>(receiver: &R) -> On<R::View<'_>> where R::Kind: takes::$name {
            On(receiver.view())
        }
    };
    (@fn OwnMoved $name:ident) => {
        pub fn $name<R: Receiver>(receiver: R) -> On<R> where R::Kind: takes::$name {
            On(receiver)
        }
    };
    (@fn OwnChanged $name:ident) => {
        pub fn $name<R: Receiver + ?Sized>(receiver: &mut R) -> On<&mut R> where R::Kind: takes::$name {
            On(receiver)
        }
    };
}

methods! {
    // Text.
    starts_with Shared on Str;
    ends_with Shared on Str;
    to_uppercase Shared on Str;
    to_lowercase Shared on Str;
    trim Shared on Str;
    trim_start Shared on Str;
    trim_end Shared on Str;
    replace Shared on Str;
    repeat OwnShared on Str;
    split Shared on Str;
    split_whitespace Shared on Str;
    rsplit Shared on Str;
    splitn OwnShared on Str;
    split_once Shared on Str;
    rsplit_once Shared on Str;
    trim_start_matches Shared on Str;
    trim_end_matches Shared on Str;
    to_ascii_uppercase Shared on Str Char;
    to_ascii_lowercase Shared on Str Char;
    eq_ignore_ascii_case Shared on Str;
    is_ascii Shared on Str Char;
    strip_prefix Shared on Str;
    strip_suffix Shared on Str;
    chars Shared on Str;
    lines Shared on Str;
    parse OwnShared on Str;
    push_str Changed on Str;
    is_ascii_digit Shared on Char;
    is_ascii_alphabetic Shared on Char;
    is_ascii_alphanumeric Shared on Char;
    is_ascii_uppercase Shared on Char;
    is_ascii_lowercase Shared on Char;
    is_ascii_hexdigit Shared on Char;
    is_ascii_punctuation Shared on Char;
    is_whitespace Shared on Char;
    to_string Shared on Str Char Bool Int Timestamp, "a float needs a precision: `format!` with `{{:.2}}`; print the fields of other types one by one";

    // Numbers.
    abs OwnShared on Int Float;
    abs_diff OwnShared on Int Duration;
    pow OwnShared on Int, "floats have `.powi(n)`";
    min OwnShared on Int Float;
    max OwnShared on Int Float;
    clamp OwnShared on Int Float;
    signum OwnShared on Int Float;
    unsigned_abs OwnShared on Int;
    is_positive Shared on Int;
    is_negative Shared on Int;
    checked_rem OwnShared on Int;
    checked_neg OwnShared on Int;
    fract Shared on Float;
    div_euclid OwnShared on Int;
    rem_euclid OwnShared on Int;
    div_ceil OwnShared on Int;
    checked_add OwnShared on Int;
    checked_sub OwnShared on Int Duration;
    checked_mul OwnShared on Int;
    checked_div OwnShared on Int;
    saturating_add OwnShared on Int;
    saturating_sub OwnShared on Int Duration;
    saturating_mul OwnShared on Int;
    floor OwnShared on Float;
    ceil OwnShared on Float;
    round OwnShared on Float;
    trunc OwnShared on Float;
    sqrt OwnShared on Float;
    powi OwnShared on Float;
    then_some Moved on Bool;
    then Moved on Bool;
    as_secs Shared on Duration;
    as_millis OwnShared on Duration;
    as_secs_f64 Shared on Duration;
    subsec_millis Shared on Duration;
    is_zero Shared on Duration;
    duration_since OwnShared on Timestamp;
    as_second Shared on Timestamp;
    as_millisecond Shared on Timestamp;

    // Option and Result.
    is_some Shared on Option;
    is_none Shared on Option;
    is_some_and Moved on Option;
    is_none_or Moved on Option;
    and Moved on Option;
    filter Moved on Option, "`.iter()` comes first";
    or Moved on Option;
    or_else Moved on Option Result;
    zip Moved on Option, "`.iter()` comes first";
    xor Moved on Option;
    transpose Moved on Option Result;
    is_ok_and Moved on Result;
    is_err_and Moved on Result;
    flatten Moved on Option, "`.into_iter()` comes first";
    ok_or Moved on Option;
    ok_or_else Moved on Option;
    is_ok Shared on Result;
    is_err Shared on Result;
    ok Moved on Result;
    err Moved on Result;
    map_err Moved on Result;
    map Moved on Option Result, "`.iter()` comes first";
    map_or Moved on Option Result;
    map_or_else Moved on Option Result;
    and_then Moved on Option Result;
    unwrap_or Moved on Option Result;
    unwrap_or_else Moved on Option Result;
    unwrap_or_default OwnMoved on Option Result;

    // Vectors and maps.
    len Shared on Vec Map HashMap, "the length of a text in bytes means nothing in JSON: count its characters by `.chars().count()`";
    is_empty Shared on Str Vec Map HashMap;
    first Shared on Vec;
    last Shared on Vec;
    get OwnShared on Vec Map HashMap, "for the nth character of a text: `.chars().nth(n)`";
    contains OwnShared on Str Vec;
    contains_key OwnShared on Map HashMap;
    iter Shared on Vec Map, "a `HashMap` has no order, so iterating it differs from run to run: use a `BTreeMap`";
    into_iter Moved on Vec Map, "a `HashMap` has no order, so iterating it differs from run to run: use a `BTreeMap`";
    keys Shared on Map, "a `HashMap` has no order, so iterating it differs from run to run: use a `BTreeMap`";
    values Shared on Map, "a `HashMap` has no order, so iterating it differs from run to run: use a `BTreeMap`";
    join OwnShared on Vec;
    concat Shared on Vec;
    push Changed on Str Vec;
    insert OwnChanged on Vec Map HashMap;
    remove OwnChanged on Vec Map HashMap;
    retain OwnChanged on Vec Map;
    dedup OwnChanged on Vec;
    swap OwnChanged on Vec;
    swap_remove OwnChanged on Vec;
    extend_from_slice OwnChanged on Vec;
    split_first Shared on Vec;
    split_last Shared on Vec;
    windows OwnShared on Vec;
    chunks OwnShared on Vec;
    first_key_value Shared on Map;
    last_key_value Shared on Map;
    extend OwnChanged on Vec Map;
    pop Changed on Vec;
    truncate Changed on Vec;
    clear Changed on Vec Map;
    reverse Changed on Vec;
    sort OwnChanged on Vec;
    sort_by_key OwnChanged on Vec;
    sort_unstable OwnChanged on Vec;
    sort_unstable_by_key OwnChanged on Vec;

    // Without effect on the wire.
    into OwnMoved on Str Char Bool Int Float Option Result Vec Map HashMap Duration Timestamp Tuple Derived;
    clone Shared on Str Char Bool Int Float Option Result Vec Map HashMap Duration Timestamp Tuple Derived;
    to_owned Shared on Str Char Bool Int Float Option Result Vec Map HashMap Duration Timestamp Tuple Derived;
    copied Moved on Option;
    cloned Moved on Option;
    as_str Shared on Str;
    as_ref Shared on Option Result;
    as_mut Changed on Option Result;
    as_deref Shared on Option Result;
    as_slice Shared on Vec;
    to_vec Shared on Vec;
    borrow Shared on Str;
    into_boxed_str Moved on Str;
    into_owned Moved on Str;
}

/// A separator or needle: text or a character. Closures and hand-written patterns have no meaning in ASL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be searched for in a workflow",
    note = "a `&str` or a `char` can"
)]
pub trait Needle {
    /// It occurs in a text.
    fn is_in(&self, text: &str) -> bool;

    /// The text in at most so many pieces.
    fn pieces<'t>(&self, text: &'t str, count: usize) -> Vec<&'t str>;
}

impl Needle for &str {
    fn is_in(&self, text: &str) -> bool {
        text.contains(*self)
    }

    fn pieces<'t>(&self, text: &'t str, count: usize) -> Vec<&'t str> {
        text.splitn(count, *self).collect()
    }
}

impl Needle for &String {
    fn is_in(&self, text: &str) -> bool {
        text.contains(self.as_str())
    }

    fn pieces<'t>(&self, text: &'t str, count: usize) -> Vec<&'t str> {
        text.splitn(count, self.as_str()).collect()
    }
}

impl Needle for char {
    fn is_in(&self, text: &str) -> bool {
        text.contains(*self)
    }

    fn pieces<'t>(&self, text: &'t str, count: usize) -> Vec<&'t str> {
        text.splitn(count, *self).collect()
    }
}

/// The first argument of `split`, `replace`, `starts_with`, ...
pub fn needle<N: Needle>(needle: N) -> N {
    needle
}

#[cfg(test)]
mod tests {
    use durafn_ir::{Builtin, IDENTITY_METHODS, Receiver};

    use super::METHODS;
    use crate::private::iter;

    /// Functions whose result generated code checks by its type.
    const FUNCTIONS: [&str; 9] = [
        "Duration::from_secs",
        "Duration::from_millis",
        "Duration::from_mins",
        "Duration::from_hours",
        "String::new",
        "String::from",
        "Vec::new",
        "BTreeMap::new",
        "Default::default",
    ];

    fn kind(receiver: Receiver) -> Option<&'static str> {
        Some(match receiver {
            Receiver::Str => "Str",
            Receiver::Char => "Char",
            Receiver::Bool => "Bool",
            Receiver::Int => "Int",
            Receiver::Float => "Float",
            Receiver::Option => "Option",
            Receiver::Result => "Result",
            Receiver::Vec => "Vec",
            Receiver::Map => "Map",
            Receiver::Duration => "Duration",
            Receiver::Timestamp => "Timestamp",
            Receiver::Display => "Str",
            Receiver::Any => "Derived",
            Receiver::Iterator | Receiver::Function => return None,
        })
    }

    #[test]
    fn every_builtin_has_a_check() {
        for builtin in Builtin::ALL {
            let (spelling, receiver) = (builtin.spelling(), builtin.receiver());
            let known = match kind(receiver) {
                Some(kind) => METHODS.iter().any(|(name, _, kinds)| *name == spelling && kinds.contains(&kind)),
                None if receiver == Receiver::Iterator => iter::METHODS.contains(&spelling),
                None => FUNCTIONS.contains(&spelling),
            };
            assert!(known, "{builtin:?}");
        }
    }

    #[test]
    fn every_identity_method_has_a_check() {
        for method in IDENTITY_METHODS {
            let known = METHODS.iter().any(|(name, ..)| name == method) || iter::METHODS.contains(method);
            assert!(known, "{method}");
        }
    }
}
