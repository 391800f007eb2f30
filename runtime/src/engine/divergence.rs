//! Where today's code leaves what was recorded.

use std::{borrow::Cow, fmt, sync::Arc};

use serde_json::Value;

use super::{join::JoinKind, value, wait::WaitFor};
use crate::{
    history::{REDACTED_KEY, REDACTED_TEXT},
    store::Link,
};

/// What identifies a durable entry beside its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Task { name: Cow<'static, str>, input: Arc<str> },
    Child { name: Cow<'static, str>, input: Arc<str>, link: Link },
    Wait(WaitFor),
    Join(JoinKind, u32),
    Value(value::Value),
}

/// What stands, or would stand, at a place of the journal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Step(Step),
    /// The scope ends here: with success, or an error name.
    End(Result<(), Box<str>>),
    /// The execution's output.
    Output(Arc<str>),
    /// A task's recorded output that does not have the type that the code expects.
    Undecodable {
        cause: Box<str>,
    },
    /// A value of the type that the code expects.
    Decodable,
}

/// The first place where today's code does other than what was recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Divergence {
    pub(crate) scope: Box<str>,
    pub(crate) ordinal: u32,
    /// The state of today's machine that the code is in.
    pub(crate) state: Option<u32>,
    /// The state of the recorded machine.
    pub(crate) recorded_state: Option<u32>,
    pub(crate) recorded: Found,
    pub(crate) attempted: Found,
    /// How many entries agreed before.
    pub(crate) matched: u64,
}

impl Step {
    /// The code attempts what was recorded. Inputs are compared by bytes, else as JSON, so that the order of keys does not matter. What was taken out of
    /// a `redacted` history agrees with anything, and so do waits, whose length may come from it.
    pub(super) fn agrees(&self, recorded: &Step, redacted: bool) -> bool {
        match (self, recorded) {
            (Step::Task { name, input }, Step::Task { name: recorded_name, input: recorded_input }) => {
                name == recorded_name && same_json(input, recorded_input, redacted)
            }
            (
                Step::Child { name, input, link },
                Step::Child { name: recorded_name, input: recorded_input, link: recorded_link },
            ) => name == recorded_name && link == recorded_link && same_json(input, recorded_input, redacted),
            (Step::Value(value), Step::Value(recorded)) => value.kind() == recorded.kind(),
            (Step::Wait(WaitFor::Seconds(_)), Step::Wait(WaitFor::Seconds(_)))
            | (Step::Wait(WaitFor::Until(_)), Step::Wait(WaitFor::Until(_)))
                if redacted =>
            {
                true
            }
            (attempted, recorded) => attempted == recorded,
        }
    }
}

/// Two JSON texts have the same value, but for what was taken out.
pub(crate) fn same_json(attempted: &str, recorded: &str, redacted: bool) -> bool {
    if attempted == recorded {
        return true;
    }
    let parse = serde_json::from_str::<Value>;
    match (parse(attempted), parse(recorded)) {
        (Ok(attempted), Ok(recorded)) => same(&attempted, &recorded, redacted),
        _ => false,
    }
}

/// Two values are the same, but for what was taken out. Numbers are equal where their values are: Step Functions writes `1.0` as `1`.
pub(crate) fn same(attempted: &Value, recorded: &Value, redacted: bool) -> bool {
    let is_out = |value: &Value| match value {
        Value::String(text) => text.contains(REDACTED_TEXT),
        Value::Object(fields) => fields.contains_key(REDACTED_KEY),
        _ => false,
    };
    match (attempted, recorded) {
        (attempted, recorded) if attempted == recorded => true,
        (attempted, recorded) if redacted && (is_out(attempted) || is_out(recorded)) => true,
        (Value::Number(a), Value::Number(b)) => (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, redacted)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b, redacted)))
        }
        _ => false,
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Task { name, input } => write!(f, "task `{name}` with input {input}"),
            Step::Child { name, input, link: Link::Awaited | Link::Released } => {
                write!(f, "a child execution of `{name}` with input {input}")
            }
            Step::Child { name, input, link: Link::Detached } => {
                write!(f, "a start of `{name}`, not waited for, with input {input}")
            }
            Step::Child { name, input, link: Link::Continues } => {
                write!(f, "the end, going on as a new execution of `{name}` with input {input}")
            }
            Step::Wait(WaitFor::Seconds(1)) => write!(f, "a wait of 1 second"),
            Step::Wait(WaitFor::Seconds(seconds)) => write!(f, "a wait of {seconds} seconds"),
            Step::Wait(WaitFor::Until(until)) => match jiff::Timestamp::from_millisecond(*until) {
                Ok(until) => write!(f, "a wait until {until}"),
                Err(_) => write!(f, "a wait until {until} ms since 1970"),
            },
            Step::Join(JoinKind::Parallel, branches) => write!(f, "a Parallel of {branches} branches"),
            Step::Join(JoinKind::Race, branches) => write!(f, "a race of {branches} branches"),
            Step::Join(JoinKind::Map, items) => write!(f, "a Map over {items} items"),
            Step::Value(value) => write!(f, "`{}()`", value.kind()),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Step(step) => step.fmt(f),
            Found::End(Ok(())) => write!(f, "the end, with success"),
            Found::End(Err(error)) => write!(f, "the end, with {error}"),
            Found::Output(output) => write!(f, "the end, with output {output}"),
            Found::Undecodable { cause } => write!(f, "an output that does not fit its type ({cause})"),
            Found::Decodable => write!(f, "a value of its type"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &'static str, input: &str) -> Step {
        Step::Task { name: name.into(), input: input.into() }
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        assert!(task("t", r#"{"a":1,"b":2}"#).agrees(&task("t", r#"{"b": 2, "a": 1}"#), false));
        assert!(!task("t", r#"{"a":1}"#).agrees(&task("t", r#"{"a":2}"#), false));
        assert!(!task("t", "1").agrees(&task("u", "1"), false));
    }

    #[test]
    fn numbers_agree_by_value() {
        assert!(same_json("[1.0,2]", "[1, 2.0]", false));
        assert!(!same_json("1", "1.5", false));
        assert!(!same_json("9007199254740993", "9007199254740992", false));
    }

    #[test]
    fn what_was_taken_out_agrees_with_anything() {
        let recorded = r#"{"card":"[redacted 1]","cents":{"$redacted":true},"sku":"A"}"#;
        let attempts = |input: &str, redacted| task("t", input).agrees(&task("t", recorded), redacted);
        assert!(attempts(r#"{"card":"4242","cents":5,"sku":"A"}"#, true));
        assert!(!attempts(r#"{"card":"4242","cents":5,"sku":"B"}"#, true));
        assert!(!attempts(r#"{"card":"4242","cents":5,"sku":"A"}"#, false));
    }

    #[test]
    fn a_time_agrees_with_any_time() {
        assert!(Step::Value(value::Value::Now(1)).agrees(&Step::Value(value::Value::Now(2)), false));
        assert!(!Step::Value(value::Value::Now(1)).agrees(&Step::Value(value::Value::Random(1)), false));
    }
}
