//! Every refusal: what has no faithful form in ASL, and what to write instead.
//!
//! Gaps `{0}`, `{1}` are filled where something is refused. The book has the table of all of them, and for each a test has a machine that is refused.

use std::fmt::Display;

use durafn_ir::{Span, State, Typed};

use crate::error::ExportError;

/// One refusal.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// What is refused, in lower case.
    pub(crate) message: &'static str,
    /// The way out.
    pub(crate) help: &'static str,
}

impl Refusal {
    pub(crate) fn at(&self, span: Span, args: &[&dyn Display]) -> ExportError {
        ExportError::new(span, filled(self.message, args), filled(self.help, args))
    }

    pub(crate) fn in_state(&self, state: &State<Typed>, args: &[&dyn Display]) -> ExportError {
        self.at(state.span, args).in_state(&state.name)
    }
}

fn filled(text: &str, args: &[&dyn Display]) -> String {
    let fill = |text: String, (gap, arg): (usize, &&dyn Display)| text.replace(&format!("{{{gap}}}"), &arg.to_string());
    args.iter().enumerate().fold(text.to_owned(), fill)
}

/// Refuses.
pub(crate) fn refused<T>(span: Span, refusal: &Refusal, args: &[&dyn Display]) -> Result<T, ExportError> {
    Err(refusal.at(span, args))
}

/// Refuses a machine that no workflow has: its types do not fit.
pub(crate) fn malformed<T>(span: Span, what: impl Display) -> Result<T, ExportError> {
    refused(span, MALFORMED, &[&what])
}

macro_rules! refusals {
    ($($name:ident $message:literal $help:literal;)*) => {
        $(pub(crate) const $name: &Refusal = &Refusal { message: $message, help: $help };)*

        /// Every refusal by its name, in the order of the book.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &Refusal)] = &[$((stringify!($name), $name)),*];
    };
}

refusals! {
    F32_ARITHMETIC "arithmetic on `f32`: JSONata rounds to `f64`" "use `f64`";
    F32_METHOD "a method of `f32`: JSONata rounds to `f64`" "use `f64`";
    CAST "this cast, whose result JSONata cannot hold" "compute it in a `#[task]`";
    NOT_OF_INTEGER "`!` on an integer" "compute it in a `#[task]`";
    WIDE_INTEGER "an integer of 2^53 or more: numbers in JSONata are doubles" "keep such a number as a string";
    SUM "a sum or product of this type" "use integers or `f64`";
    PRINTED_FLOAT "a float printed without a precision, which engines do differently" "write `{:.2}`";
    PRINTED_VALUE "a value of this type printed as text" "print its fields";
    PRECISION "a precision on what is not an `f64`" "leave it out";
    DIGITS "more than 9 digits after the point" "print fewer digits";
    PARSE "`parse` into this type" "parse it in a `#[task]`";
    TRIMMED_TEXT "`{0}` with an argument that is not a literal, or is empty" "pass a literal that is not empty, or use `strip_prefix` or `strip_suffix` in a loop";
    METHOD "`{0}`, which no JSONata computes alike" "compute it in a `#[task]`";
    OPTION_OF_NULL "`{0}` that yields an option of what may be null: JSON has one null for both" "flatten the option first";
    FAILING_SEARCH "a search whose closure can fail: JSONata looks at every item, Rust stops at the first" "map to what the closure computes and collect into a `Vec` first";
    FAILING_BEFORE_SEARCH "`{0}`, whose closure can fail, before a method that may stop early" "collect into a `Vec` in between";
    SORTED_VALUES "sorting values of this type" "sort by a key";
    SORT_KEY "a key of this type" "use a number, text, a time, or a tuple of these";
    ORDER "`<` or `>` on values of this type" "compare their fields";
    TIMESTAMP_INSIDE "`==` on a value with a timestamp in it" "compare the timestamps, and the other fields";
    TIME_ARITHMETIC "this arithmetic on times" "compute it in a `#[task]`";
    DURATION_DIVISOR "a `Duration` divided by what is not a literal from 1 to 1,000,000" "divide its `as_millis()`, and make a `Duration` of that";
    UNTAGGED_VARIANT "the untagged variant `{0}`, whose JSON looks like another variant's" "tag the enum";
    UNTAGGED_FAULT "a fault in an untagged enum" "tag the enum";
    FLATTENED_VALUE "the flattened field `{0}` as a value of its own" "read its fields one by one, or do not flatten it";
    FLATTENED_CHANGE "a change of the flattened field `{0}`, which is no struct" "build the struct from all its fields";
    TUPLE_STRUCT_BASE "`..base` of a tuple struct" "write every field";
    NO_FAULT_VARIANT "catching {0} into `{1}`, which has no place for it" "give the enum a variant marked `#[fault]`";
    VARYING_ERROR "an error that depends on the moment it is evaluated" "bind it before an await";
    VARYING_WINNER "a race won by a value that depends on the moment it is evaluated" "bind it before an await";
    ENDLESS "a loop that nothing ends: AWS asks for a state that ends the machine, and each branch of it" "give the loop a `break` or a `return`";

    CHILD_RETRY "a retry of a child workflow by its own error names, which AWS reports as `States.TaskFailed`" "retry on `States.TaskFailed`";
    RETRIER_WITHOUT_NAMES "a retrier without error names" "name the errors that it repeats";
    BACKOFF "a backoff rate below 1" "use 1.0 or more";
    LONGEST_DELAY "a longest delay that is not above the first interval" "raise it, or leave it out";
    NO_TIME "a timeout of 0 seconds" "use 1 second or more";
    LATE_HEARTBEAT "a heartbeat that is not below the timeout" "lower it";
    EXPRESS_WAITS "{0} in an express workflow" "make the workflow a standard one, or export its tasks as Lambda functions";
    NO_OBJECT "the argument of `{0}` is no object" "give the parameter a name that the service knows, `#[serde(rename = \"..\")] {1}`, or take a struct";
    ARGUMENT_CASE "`{0}` takes no argument `{1}`: they are written in Pascal case" "write `#[serde(rename_all = \"PascalCase\")]` on the struct";

    MALFORMED "the machine has {0}, which the compiler makes of no workflow" "this is a fault of durafn: please report it";
}

#[cfg(test)]
mod tests;
