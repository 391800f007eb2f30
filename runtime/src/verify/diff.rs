//! Where two JSON texts differ.

use std::fmt;

use serde_json::Value;

use crate::engine::same;

/// A place where two values differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where, such as `$.items[2].sku`.
    pub path: String,
    /// JSON text; none where there is nothing.
    pub recorded: Option<String>,
    /// JSON text; none where there is nothing.
    pub attempted: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: recorded {}, attempted {}", self.path, side(&self.recorded), side(&self.attempted))
    }
}

/// All places where two JSON texts differ, in the order of the document. Of texts that are no JSON, the whole.
pub(crate) fn differences(recorded: &str, attempted: &str, redacted: bool) -> Vec<Difference> {
    let mut found = Vec::new();
    match (serde_json::from_str(recorded), serde_json::from_str(attempted)) {
        (Ok(recorded), Ok(attempted)) => {
            let mut diff = Diff { redacted, found: &mut found };
            diff.compare("$", Some(&recorded), Some(&attempted));
        }
        _ if recorded != attempted => found.push(Difference {
            path: "$".to_owned(),
            recorded: Some(recorded.to_owned()),
            attempted: Some(attempted.to_owned()),
        }),
        _ => {}
    }
    found
}

struct Diff<'a> {
    redacted: bool,
    found: &'a mut Vec<Difference>,
}

impl Diff<'_> {
    fn compare(&mut self, path: &str, recorded: Option<&Value>, attempted: Option<&Value>) {
        match (recorded, attempted) {
            (Some(recorded), Some(attempted)) if same(attempted, recorded, self.redacted) => {}
            (Some(Value::Object(recorded)), Some(Value::Object(attempted))) => {
                let more = attempted.keys().filter(|key| !recorded.contains_key(*key));
                for key in recorded.keys().chain(more) {
                    self.compare(&member(path, key), recorded.get(key), attempted.get(key));
                }
            }
            (Some(Value::Array(recorded)), Some(Value::Array(attempted))) => {
                for index in 0..recorded.len().max(attempted.len()) {
                    self.compare(&format!("{path}[{index}]"), recorded.get(index), attempted.get(index));
                }
            }
            (recorded, attempted) => self.found.push(Difference {
                path: path.to_owned(),
                recorded: recorded.map(Value::to_string),
                attempted: attempted.map(Value::to_string),
            }),
        }
    }
}

fn member(path: &str, key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain { format!("{path}.{key}") } else { format!("{path}[{}]", Value::from(key)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(recorded: &str, attempted: &str) -> Vec<String> {
        differences(recorded, attempted, false).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_place_is_named_once() {
        let recorded = r#"{"id":"A","items":[{"sku":"M","n":1},{"sku":"N"}],"odd key":1,"gone":null}"#;
        let attempted = r#"{"items":[{"n":2,"sku":"M"}],"id":"A","odd key":"1","new":[]}"#;
        assert_eq!(
            told(recorded, attempted),
            [
                "$.gone: recorded null, attempted nothing",
                "$.items[0].n: recorded 1, attempted 2",
                r#"$.items[1]: recorded {"sku":"N"}, attempted nothing"#,
                r#"$["odd key"]: recorded 1, attempted "1""#,
                "$.new: recorded nothing, attempted []",
            ]
        );
    }

    #[test]
    fn equal_texts_and_texts_that_are_no_json() {
        assert!(told(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#).is_empty());
        assert_eq!(told("{", "1"), ["$: recorded {, attempted 1"]);
        assert!(told("{", "{").is_empty());
    }
}
