//! The methods and functions of std that a workflow may call, with a fixed meaning each.
//!
//! One line of [`builtins!`] a method: its name here, its Rust spelling, and what receives it. The macros write the spelling, linking
//! resolves it by the receiver's type, back ends and the reference interpreter match on the variant. Methods that change nothing on the wire
//! (`clone`, `as_str`, `to_owned`, `as_ref`, `iter().copied()`, ...) are [`IDENTITY_METHODS`] and never reach a machine; methods that
//! change their receiver (`push`, ...) yield the receiver's new value here, and the macros make the call an assignment.

use serde::{Deserialize, Serialize};

/// What a builtin's first argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Receiver {
    Str,
    Char,
    Bool,
    Int,
    Float,
    Option,
    Result,
    Vec,
    Map,
    Iterator,
    Duration,
    Timestamp,
    /// Printed as `Display` prints it: a string, character, integer, boolean or timestamp.
    Display,
    /// Any type.
    Any,
    /// An associated function: no receiver. The spelling holds the path.
    Function,
}

macro_rules! builtins {
    ($($(#[$doc:meta])* $variant:ident = $spelling:literal on $receiver:ident;)*) => {
        /// A method or function of std.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Builtin { $($(#[$doc])* $variant,)* }

        impl Builtin {
            /// Every builtin.
            pub const ALL: &'static [Builtin] = &[$(Builtin::$variant,)*];

            /// The Rust spelling: a method's name, or a function's path from its type.
            #[must_use]
            pub fn spelling(self) -> &'static str {
                match self { $(Builtin::$variant => $spelling,)* }
            }

            /// What receives it.
            #[must_use]
            pub fn receiver(self) -> Receiver {
                match self { $(Builtin::$variant => Receiver::$receiver,)* }
            }
        }
    };
}

/// Methods without effect on the wire form of a value.
pub const IDENTITY_METHODS: &[&str] = &[
    "clone",
    "as_str",
    "to_owned",
    "as_ref",
    "as_deref",
    "as_slice",
    "to_vec",
    "copied",
    "cloned",
    "borrow",
    "into_boxed_str",
    "as_mut",
    "by_ref",
    "into_owned",
];

builtins! {
    /// Nothing between an opening and a closing quote.
    StrIsEmpty = "is_empty" on Str;
    /// The argument is a string or a character.
    StrContains = "contains" on Str;
    /// The argument is a string or a character.
    StrStartsWith = "starts_with" on Str;
    /// The argument is a string or a character.
    StrEndsWith = "ends_with" on Str;
    /// Unicode upper case.
    StrToUppercase = "to_uppercase" on Str;
    /// Unicode lower case.
    StrToLowercase = "to_lowercase" on Str;
    /// Without white space at both ends.
    StrTrim = "trim" on Str;
    /// Without white space at the start.
    StrTrimStart = "trim_start" on Str;
    /// Without white space at the end.
    StrTrimEnd = "trim_end" on Str;
    /// Every occurrence replaced.
    StrReplace = "replace" on Str;
    /// n times.
    StrRepeat = "repeat" on Str;
    /// Pieces between separators; an iterator.
    StrSplit = "split" on Str;
    /// Pieces between runs of white space; an iterator.
    StrSplitWhitespace = "split_whitespace" on Str;
    /// The two sides of the first separator.
    StrSplitOnce = "split_once" on Str;
    /// Pieces between separators, from the last; an iterator.
    StrRsplit = "rsplit" on Str;
    /// At most so many pieces, the last of which is the rest; an iterator.
    StrSplitn = "splitn" on Str;
    /// The two sides of the last separator.
    StrRsplitOnce = "rsplit_once" on Str;
    /// Without a literal text at the start, as often as it stands there.
    StrTrimStartMatches = "trim_start_matches" on Str;
    /// Without a literal text at the end, as often as it stands there.
    StrTrimEndMatches = "trim_end_matches" on Str;
    /// Upper case of a to z.
    StrToAsciiUppercase = "to_ascii_uppercase" on Str;
    /// Lower case of A to Z.
    StrToAsciiLowercase = "to_ascii_lowercase" on Str;
    /// Equal but for the case of a to z.
    StrEqIgnoreAsciiCase = "eq_ignore_ascii_case" on Str;
    /// Nothing but ASCII.
    StrIsAscii = "is_ascii" on Str;
    /// The rest after a prefix.
    StrStripPrefix = "strip_prefix" on Str;
    /// The rest before a suffix.
    StrStripSuffix = "strip_suffix" on Str;
    /// Code points; an iterator.
    StrChars = "chars" on Str;
    /// Lines; an iterator.
    StrLines = "lines" on Str;
    /// A number or boolean from text; a `Result` whose error is not looked into.
    StrParse = "parse" on Str;
    /// The string with a character appended.
    StrPush = "push" on Str;
    /// The string with a string appended.
    StrPushStr = "push_str" on Str;

    /// 0 to 9.
    CharIsAsciiDigit = "is_ascii_digit" on Char;
    /// a to z and A to Z.
    CharIsAsciiAlphabetic = "is_ascii_alphabetic" on Char;
    /// Letters and digits of ASCII.
    CharIsAsciiAlphanumeric = "is_ascii_alphanumeric" on Char;
    /// A to Z.
    CharIsAsciiUppercase = "is_ascii_uppercase" on Char;
    /// a to z.
    CharIsAsciiLowercase = "is_ascii_lowercase" on Char;
    /// 0 to 9, a to f and A to F.
    CharIsAsciiHexdigit = "is_ascii_hexdigit" on Char;
    /// Punctuation of ASCII.
    CharIsAsciiPunctuation = "is_ascii_punctuation" on Char;
    /// One of ASCII.
    CharIsAscii = "is_ascii" on Char;
    /// White space of Unicode.
    CharIsWhitespace = "is_whitespace" on Char;
    /// Upper case of a to z.
    CharToAsciiUppercase = "to_ascii_uppercase" on Char;
    /// Lower case of A to Z.
    CharToAsciiLowercase = "to_ascii_lowercase" on Char;

    /// As `Display` prints it.
    ToString = "to_string" on Display;
    /// Into a type that is the same on the wire.
    Into = "into" on Any;

    /// `Some` where true.
    BoolThenSome = "then_some" on Bool;
    /// `Some` of a closure's value where true.
    BoolThen = "then" on Bool;

    /// Absolute value; fails on overflow.
    IntAbs = "abs" on Int;
    /// Distance.
    IntAbsDiff = "abs_diff" on Int;
    /// Power; fails on overflow.
    IntPow = "pow" on Int;
    /// The smaller.
    IntMin = "min" on Int;
    /// The larger.
    IntMax = "max" on Int;
    /// Between two bounds; fails where the lower is above the upper.
    IntClamp = "clamp" on Int;
    /// -1, 0 or 1.
    IntSignum = "signum" on Int;
    /// Euclidean quotient.
    IntDivEuclid = "div_euclid" on Int;
    /// Euclidean remainder.
    IntRemEuclid = "rem_euclid" on Int;
    /// Quotient rounded up, of unsigned integers.
    IntDivCeil = "div_ceil" on Int;
    /// `None` on overflow.
    IntCheckedAdd = "checked_add" on Int;
    /// `None` on overflow.
    IntCheckedSub = "checked_sub" on Int;
    /// `None` on overflow.
    IntCheckedMul = "checked_mul" on Int;
    /// `None` on division by zero or overflow.
    IntCheckedDiv = "checked_div" on Int;
    /// `None` on division by zero or overflow.
    IntCheckedRem = "checked_rem" on Int;
    /// `None` on overflow.
    IntCheckedNeg = "checked_neg" on Int;
    /// Absolute value, as an unsigned integer.
    IntUnsignedAbs = "unsigned_abs" on Int;
    /// Above zero.
    IntIsPositive = "is_positive" on Int;
    /// Below zero.
    IntIsNegative = "is_negative" on Int;
    /// At the nearest bound on overflow.
    IntSaturatingAdd = "saturating_add" on Int;
    /// At the nearest bound on overflow.
    IntSaturatingSub = "saturating_sub" on Int;
    /// At the nearest bound on overflow.
    IntSaturatingMul = "saturating_mul" on Int;

    /// Absolute value.
    FloatAbs = "abs" on Float;
    /// Towards minus infinity.
    FloatFloor = "floor" on Float;
    /// Towards plus infinity.
    FloatCeil = "ceil" on Float;
    /// To the nearest, halves away from zero.
    FloatRound = "round" on Float;
    /// Towards zero.
    FloatTrunc = "trunc" on Float;
    /// Square root; fails below zero.
    FloatSqrt = "sqrt" on Float;
    /// What follows the point.
    FloatFract = "fract" on Float;
    /// -1.0 below zero, else 1.0.
    FloatSignum = "signum" on Float;
    /// Power by an integer: multiplied from left to right.
    FloatPowi = "powi" on Float;
    /// The smaller.
    FloatMin = "min" on Float;
    /// The larger.
    FloatMax = "max" on Float;
    /// Between two bounds.
    FloatClamp = "clamp" on Float;

    /// It holds a value.
    OptionIsSome = "is_some" on Option;
    /// It holds none.
    OptionIsNone = "is_none" on Option;
    /// It holds a value for which the closure holds.
    OptionIsSomeAnd = "is_some_and" on Option;
    /// It holds none or a value for which the closure holds.
    OptionIsNoneOr = "is_none_or" on Option;
    /// The value or the argument.
    OptionUnwrapOr = "unwrap_or" on Option;
    /// The value or the closure's.
    OptionUnwrapOrElse = "unwrap_or_else" on Option;
    /// The value or the type's default.
    OptionUnwrapOrDefault = "unwrap_or_default" on Option;
    /// The closure of the value.
    OptionMap = "map" on Option;
    /// The closure of the value, or the first argument.
    OptionMapOr = "map_or" on Option;
    /// The closure of the value, or the first closure's value.
    OptionMapOrElse = "map_or_else" on Option;
    /// The closure's option.
    OptionAndThen = "and_then" on Option;
    /// The argument where a value is held.
    OptionAnd = "and" on Option;
    /// The value where the closure holds.
    OptionFilter = "filter" on Option;
    /// This or the argument.
    OptionOr = "or" on Option;
    /// This or the closure's.
    OptionOrElse = "or_else" on Option;
    /// Both or none.
    OptionZip = "zip" on Option;
    /// The one of the two that is alone.
    OptionXor = "xor" on Option;
    /// The `Result` of an option.
    OptionTranspose = "transpose" on Option;
    /// One level less.
    OptionFlatten = "flatten" on Option;
    /// `Ok` of the value, or `Err` of the argument.
    OptionOkOr = "ok_or" on Option;
    /// `Ok` of the value, or `Err` of the closure's value.
    OptionOkOrElse = "ok_or_else" on Option;

    /// It is `Ok`.
    ResultIsOk = "is_ok" on Result;
    /// It is `Err`.
    ResultIsErr = "is_err" on Result;
    /// The value as an option.
    ResultOk = "ok" on Result;
    /// The error as an option.
    ResultErr = "err" on Result;
    /// The closure of the value.
    ResultMap = "map" on Result;
    /// The closure of the error.
    ResultMapErr = "map_err" on Result;
    /// The closure of the value, or the argument.
    ResultMapOr = "map_or" on Result;
    /// The second closure of the value, or the first of the error.
    ResultMapOrElse = "map_or_else" on Result;
    /// The closure's result of the error.
    ResultOrElse = "or_else" on Result;
    /// It is `Ok` of a value for which the closure holds.
    ResultIsOkAnd = "is_ok_and" on Result;
    /// It is `Err` of an error for which the closure holds.
    ResultIsErrAnd = "is_err_and" on Result;
    /// The option of a result.
    ResultTranspose = "transpose" on Result;
    /// The closure's result.
    ResultAndThen = "and_then" on Result;
    /// The value or the argument.
    ResultUnwrapOr = "unwrap_or" on Result;
    /// The value or the closure of the error.
    ResultUnwrapOrElse = "unwrap_or_else" on Result;
    /// The value or the type's default.
    ResultUnwrapOrDefault = "unwrap_or_default" on Result;

    /// The number of elements.
    VecLen = "len" on Vec;
    /// No elements.
    VecIsEmpty = "is_empty" on Vec;
    /// The first element.
    VecFirst = "first" on Vec;
    /// The last element.
    VecLast = "last" on Vec;
    /// The element at an index, or `None`.
    VecGet = "get" on Vec;
    /// An element equals the argument.
    VecContains = "contains" on Vec;
    /// The elements; an iterator. `into_iter` and `drain(..)` of owned data are spelled so too.
    VecIter = "iter" on Vec;
    /// Strings with a separator between.
    VecJoin = "join" on Vec;
    /// One level less.
    VecConcat = "concat" on Vec;
    /// The vector with an element appended.
    VecPush = "push" on Vec;
    /// The vector with an element inserted at an index; fails out of range.
    VecInsert = "insert" on Vec;
    /// The vector with the elements of another appended.
    VecExtend = "extend" on Vec;
    /// The vector without its last element: what `pop` leaves.
    VecPop = "pop" on Vec;
    /// The vector without the element at an index: what `remove` leaves; fails out of range.
    VecRemove = "remove" on Vec;
    /// The first n elements.
    VecTruncate = "truncate" on Vec;
    /// No elements are left.
    VecClear = "clear" on Vec;
    /// Elements for which the closure holds.
    VecRetain = "retain" on Vec;
    /// Of equal neighbours the first.
    VecDedup = "dedup" on Vec;
    /// Two elements in each other's place; fails out of range.
    VecSwap = "swap" on Vec;
    /// The vector without the element at an index, whose place the last one takes; fails out of range.
    VecSwapRemove = "swap_remove" on Vec;
    /// The vector with the elements of another appended.
    VecExtendFromSlice = "extend_from_slice" on Vec;
    /// The first element and the others.
    VecSplitFirst = "split_first" on Vec;
    /// The last element and the others.
    VecSplitLast = "split_last" on Vec;
    /// So many neighbours, from each position; an iterator. Fails for none.
    VecWindows = "windows" on Vec;
    /// So many neighbours at a time; an iterator. Fails for none.
    VecChunks = "chunks" on Vec;
    /// In ascending order.
    VecSortUnstable = "sort_unstable" on Vec;
    /// In ascending order of a key; here stable too.
    VecSortUnstableByKey = "sort_unstable_by_key" on Vec;
    /// In the opposite order.
    VecReverse = "reverse" on Vec;
    /// In ascending order, stable.
    VecSort = "sort" on Vec;
    /// In ascending order of a key, stable.
    VecSortByKey = "sort_by_key" on Vec;

    /// The number of entries.
    MapLen = "len" on Map;
    /// No entries.
    MapIsEmpty = "is_empty" on Map;
    /// The value at a key, or `None`.
    MapGet = "get" on Map;
    /// There is a value at a key.
    MapContainsKey = "contains_key" on Map;
    /// The map with a value at a key.
    MapInsert = "insert" on Map;
    /// The map without a key.
    MapRemove = "remove" on Map;
    /// No entries are left.
    MapClear = "clear" on Map;
    /// The map with the entries of another.
    MapExtend = "extend" on Map;
    /// Entries for which the closure holds.
    MapRetain = "retain" on Map;
    /// The entry with the first key.
    MapFirstKeyValue = "first_key_value" on Map;
    /// The entry with the last key.
    MapLastKeyValue = "last_key_value" on Map;
    /// The keys in order; an iterator.
    MapKeys = "keys" on Map;
    /// The values in the order of their keys; an iterator.
    MapValues = "values" on Map;
    /// Pairs in the order of their keys; an iterator.
    MapIter = "iter" on Map;

    /// The closure of each item.
    IterMap = "map" on Iterator;
    /// Items for which the closure holds.
    IterFilter = "filter" on Iterator;
    /// What the closure finds.
    IterFilterMap = "filter_map" on Iterator;
    /// The closure's items one after the other.
    IterFlatMap = "flat_map" on Iterator;
    /// Items of items.
    IterFlatten = "flatten" on Iterator;
    /// The first item for which the closure holds.
    IterFind = "find" on Iterator;
    /// The first value that the closure finds.
    IterFindMap = "find_map" on Iterator;
    /// The position of the first item for which the closure holds.
    IterPosition = "position" on Iterator;
    /// The closure holds for one item.
    IterAny = "any" on Iterator;
    /// The closure holds for all items.
    IterAll = "all" on Iterator;
    /// The sum; fails on overflow.
    IterSum = "sum" on Iterator;
    /// The product; fails on overflow.
    IterProduct = "product" on Iterator;
    /// The smallest item.
    IterMin = "min" on Iterator;
    /// The largest item.
    IterMax = "max" on Iterator;
    /// The first item with the smallest key.
    IterMinByKey = "min_by_key" on Iterator;
    /// The last item with the largest key.
    IterMaxByKey = "max_by_key" on Iterator;
    /// The number of items.
    IterCount = "count" on Iterator;
    /// Items with their positions.
    IterEnumerate = "enumerate" on Iterator;
    /// Items of two iterators side by side.
    IterZip = "zip" on Iterator;
    /// Items of two iterators one after the other.
    IterChain = "chain" on Iterator;
    /// The first n items.
    IterTake = "take" on Iterator;
    /// All but the first n items.
    IterSkip = "skip" on Iterator;
    /// Every nth item.
    IterStepBy = "step_by" on Iterator;
    /// Items before the first for which the closure does not hold.
    IterTakeWhile = "take_while" on Iterator;
    /// Items from the first for which the closure does not hold.
    IterSkipWhile = "skip_while" on Iterator;
    /// In the opposite order.
    IterRev = "rev" on Iterator;
    /// A value carried from item to item.
    IterFold = "fold" on Iterator;
    /// The first item, and what the closure makes of it with each other item.
    IterReduce = "reduce" on Iterator;
    /// Items for which the closure holds, and the others; two vectors.
    IterPartition = "partition" on Iterator;
    /// The first and the second of each pair; two vectors.
    IterUnzip = "unzip" on Iterator;
    /// The last item.
    IterLast = "last" on Iterator;
    /// The first item.
    IterNext = "next" on Iterator;
    /// The item at a position.
    IterNth = "nth" on Iterator;
    /// Into a vector, a string of strings or characters, a map of pairs, an option or result of a vector.
    IterCollect = "collect" on Iterator;

    /// Whole seconds.
    DurationAsSecs = "as_secs" on Duration;
    /// Whole milliseconds.
    DurationAsMillis = "as_millis" on Duration;
    /// Seconds with their fraction.
    DurationAsSecsF64 = "as_secs_f64" on Duration;
    /// Milliseconds past the whole seconds.
    DurationSubsecMillis = "subsec_millis" on Duration;
    /// It is no time at all.
    DurationIsZero = "is_zero" on Duration;
    /// `None` where the other is longer.
    DurationCheckedSub = "checked_sub" on Duration;
    /// No time at all where the other is longer.
    DurationSaturatingSub = "saturating_sub" on Duration;
    /// Distance.
    DurationAbsDiff = "abs_diff" on Duration;

    /// The `Duration` since an earlier time; fails where the other is later.
    TimestampDurationSince = "duration_since" on Timestamp;
    /// Whole seconds since 1970.
    TimestampAsSecond = "as_second" on Timestamp;
    /// Whole milliseconds since 1970.
    TimestampAsMillisecond = "as_millisecond" on Timestamp;

    /// From whole seconds.
    DurationFromSecs = "Duration::from_secs" on Function;
    /// From whole milliseconds.
    DurationFromMillis = "Duration::from_millis" on Function;
    /// From whole minutes.
    DurationFromMins = "Duration::from_mins" on Function;
    /// From whole hours.
    DurationFromHours = "Duration::from_hours" on Function;

    /// An empty string.
    StringNew = "String::new" on Function;
    /// From a string.
    StringFrom = "String::from" on Function;
    /// An empty vector.
    VecNew = "Vec::new" on Function;
    /// An empty map.
    MapNew = "BTreeMap::new" on Function;
    /// The default of the expression's type.
    Default = "Default::default" on Function;
}
