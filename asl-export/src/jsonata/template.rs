//! Values of ASL fields: JSON with `{% .. %}` at its leaves where that means the same as one expression.

use super::ast::{Entry, Jsonata, Key};
use crate::model::Json;

/// Writes an expression as the value of a field. A structure becomes JSON whose leaves are expressions, unless one of its keys may be
/// left out: a leaf that is undefined fails its state.
pub(crate) fn template(expr: &Jsonata) -> Json {
    written(&expr.clone().simplified())
}

fn written(expr: &Jsonata) -> Json {
    match expr {
        Jsonata::Null => Json::Null,
        Jsonata::Bool(value) => Json::Bool(*value),
        Jsonata::Int(value) => match i64::try_from(*value) {
            Ok(value) => Json::Number(value.into()),
            Err(_) => Json::String(in_braces(expr)),
        },
        Jsonata::Float(value) => match serde_json::Number::from_f64(*value) {
            Some(number) => Json::Number(number),
            None => Json::String(in_braces(expr)),
        },
        Jsonata::Str(text) if is_plain_text(text) => Json::String(text.clone()),
        Jsonata::Object(entries) => match object(entries) {
            Some(fields) => Json::Object(fields),
            None => Json::String(in_braces(expr)),
        },
        Jsonata::Array(elements) => Json::Array(elements.iter().map(|element| written(&element.value)).collect()),
        _ => Json::String(in_braces(expr)),
    }
}

/// As [`template`], for `Output`, `Arguments` and `ItemSelector`: validators take an object or an expression there, nothing else.
pub(crate) fn payload(expr: &Jsonata) -> Json {
    match template(expr) {
        object @ Json::Object(_) => object,
        _ => Json::String(braced(expr)),
    }
}

/// An expression as a string that ASL evaluates.
pub(crate) fn braced(expr: &Jsonata) -> String {
    in_braces(&expr.clone().simplified())
}

fn in_braces(expr: &Jsonata) -> String {
    format!("{{% {expr} %}}")
}

/// The string is not taken for an expression, nor for half of one, which fails validation.
pub(crate) fn is_plain_text(text: &str) -> bool {
    // The validator of asl-validator takes no empty text in an `Assign`.
    !text.is_empty() && !text.trim_start().starts_with("{%") && !text.trim_end().ends_with("%}")
}

fn object(entries: &[Entry]) -> Option<Vec<(String, Json)>> {
    let mut fields = Vec::new();
    for Entry { key, value, optional } in entries {
        match key {
            Key::Text(key) if !optional => fields.push((key.clone(), written(value))),
            _ => return None,
        }
    }
    Some(fields)
}
