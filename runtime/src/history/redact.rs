//! Taking payloads out of a history before it travels.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serde_json_path::JsonPath;

use super::{History, REDACTED_KEY, REDACTED_TEXT};
use crate::error::{Error, Kind};

/// The shortest text that is looked for in other texts of the history.
const SHORTEST: usize = 4;

impl History {
    /// Takes values out, by JSON paths into the history file, such as `$.input.card` or `$..card`. Only payloads are touched: the input, the
    /// output, the cause, and the payloads of the journal.
    ///
    /// A text becomes `[redacted 1]`, the same in every place where the history has it, so that a replay still sees where it goes. A
    /// number becomes 0 and a boolean false in what the code reads, and agrees with anything in what it is compared with.
    ///
    /// # Errors
    ///
    /// When a path is none, or hits no payload.
    pub fn redact<P: AsRef<str>>(&self, paths: &[P]) -> Result<History, Error> {
        let refuse = |what: String| Error::from(Kind::Redaction(what));
        let text = self.to_json()?;
        let mut document: Value = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        let mut pointers = Vec::new();
        for path in paths.iter().map(AsRef::as_ref) {
            let parsed = JsonPath::parse(path).map_err(|error| refuse(format!("`{path}` is no JSON path: {error}")))?;
            let located = parsed.query_located(&document);
            let hits = located.locations().map(|location| location.to_json_pointer()).filter(|hit| is_payload(hit));
            let before = pointers.len();
            pointers.extend(hits);
            if pointers.len() == before {
                return Err(refuse(format!(
                    "`{path}` is nowhere in the payloads of this history; paths look like `$.input.card`, \
                     `$.journal[*].payload.card` or `$..card`"
                )));
            }
        }
        let mut texts = BTreeMap::new();
        for pointer in &pointers {
            let compared = is_compared(&document, pointer);
            if let Some(value) = document.pointer_mut(pointer) {
                take_out(value, compared, &mut texts);
            }
        }
        replace_texts(&mut document, &texts);
        let all = self.redacted.iter().map(String::as_str).chain(paths.iter().map(AsRef::as_ref));
        document["redacted"] = all.collect::<Vec<_>>().into();
        History::parse(&document.to_string())
    }
}

/// The place is in a payload.
fn is_payload(pointer: &str) -> bool {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    matches!(parts.as_slice(), ["input" | "output", ..] | ["cause"] | ["journal", _, "payload" | "text", ..])
}

/// The place is in the input of a task or a child, which code is compared with and never reads.
fn is_compared(document: &Value, pointer: &str) -> bool {
    let row = pointer.split('/').take(3).collect::<Vec<_>>().join("/");
    document.pointer(&row).is_some_and(|row| row["event"] == "task-scheduled" || row["event"] == "child-scheduled")
}

fn take_out(value: &mut Value, compared: bool, texts: &mut BTreeMap<String, usize>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| take_out(item, compared, texts)),
        Value::Object(fields) if fields.contains_key(REDACTED_KEY) => {}
        Value::Object(fields) => fields.values_mut().for_each(|field| take_out(field, compared, texts)),
        Value::String(text) if text.contains(REDACTED_TEXT) => {}
        Value::String(text) => {
            let next = texts.len() + 1;
            let number = *texts.entry(std::mem::take(text)).or_insert(next);
            *text = stand_in(number);
        }
        Value::Number(_) | Value::Bool(_) if compared => *value = json!({ REDACTED_KEY: true }),
        Value::Number(_) => *value = 0.into(),
        Value::Bool(_) => *value = false.into(),
        Value::Null => {}
    }
}

fn stand_in(number: usize) -> String {
    format!("{REDACTED_TEXT}{number}]")
}

/// Puts the same stand-in wherever a text that was taken out is in a payload, alone or in another text.
fn replace_texts(document: &mut Value, texts: &BTreeMap<String, usize>) {
    // Longer ones first, so that what holds another goes whole.
    let mut sought: Vec<(&str, String)> = texts
        .iter()
        .filter(|(text, _)| text.chars().count() >= SHORTEST)
        .map(|(text, number)| (text.as_str(), stand_in(*number)))
        .collect();
    sought.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    for key in ["input", "output", "cause"] {
        if let Some(value) = document.get_mut(key) {
            replace(value, &sought);
        }
    }
    for row in document["journal"].as_array_mut().into_iter().flatten() {
        for key in ["payload", "text"] {
            if let Some(value) = row.get_mut(key) {
                replace(value, &sought);
            }
        }
    }
}

fn replace(value: &mut Value, sought: &[(&str, String)]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, sought)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, sought)),
        Value::String(text) => {
            for (sought, stand_in) in sought {
                if text.contains(sought) {
                    *text = text.replace(sought, stand_in);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
