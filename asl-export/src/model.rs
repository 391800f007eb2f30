//! The Amazon States Language document, field by field as the service reads it. Order is the order of writing.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Number;

/// A state machine definition.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateMachine {
    /// The workflow's doc comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Always `JSONata`.
    pub query_language: &'static str,
    /// `TimeoutSeconds` of the execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// The states of the workflow.
    #[serde(flatten)]
    pub states: States,
}

/// A set of states with a start: the workflow, a branch, or the body of a Map.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct States {
    /// `ProcessorConfig`, in the body of a Map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor_config: Option<ProcessorConfig>,
    /// The name of the first state.
    pub start_at: String,
    /// The states by name, in source order.
    #[serde(serialize_with = "as_map")]
    pub states: Vec<(String, State)>,
}

/// How the iterations of a Map run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessorConfig {
    /// `INLINE`: as part of the execution.
    pub mode: &'static str,
}

/// One state. Which fields it has is settled by its `Type`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct State {
    /// What the user wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// `Task`, `Choice`, ...
    pub r#type: &'static str,
    /// What a Task calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The input of a Task or of the branches of a Parallel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Json>,
    /// The array that a Map goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Json>,
    /// The input of each iteration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_selector: Option<Json>,
    /// How many iterations run at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<Json>,
    /// The body of a Map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_processor: Option<States>,
    /// The branches of a Parallel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<States>,
    /// What a Wait waits for, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<Json>,
    /// What a Wait waits for, as a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Json>,
    /// The rules of a Choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<ChoiceRule>,
    /// The error of a Fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Json>,
    /// Its cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Json>,
    /// How long an attempt may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<Json>,
    /// How long it may be silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat_seconds: Option<Json>,
    /// How failures are repeated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<Retrier>,
    /// The variables that the state sets.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_map")]
    pub assign: Vec<(String, Json)>,
    /// What it yields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// Where failures lead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catcher>,
    /// Where a Choice leads when no rule holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The next state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The state ends its region.
    #[serde(skip_serializing_if = "is_false")]
    pub end: bool,
}

/// One rule of a Choice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChoiceRule {
    /// An expression that yields a boolean.
    pub condition: Json,
    /// The variables that are set when it holds.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_map")]
    pub assign: Vec<(String, Json)>,
    /// What the state yields then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// Where it leads.
    pub next: String,
}

/// One retrier.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Retrier {
    /// The names of errors.
    pub error_equals: Vec<String>,
    /// Seconds before the first retry.
    pub interval_seconds: u32,
    /// The factor from one interval to the next.
    pub backoff_rate: f64,
    /// Retries, not counting the first attempt.
    pub max_attempts: u32,
    /// The longest interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_delay_seconds: Option<u32>,
    /// `FULL` where the delay is random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter_strategy: Option<&'static str>,
}

/// One catcher.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Catcher {
    /// The names of errors.
    pub error_equals: Vec<String>,
    /// The variables that are set.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_map")]
    pub assign: Vec<(String, Json)>,
    /// What the state yields then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// Where it leads.
    pub next: String,
}

/// JSON whose objects keep the order they were written in.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl StateMachine {
    /// The definition as JSON, indented, each field in a fixed place. Ends with a line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Nothing in the model can fail to serialize: keys are strings and numbers are finite.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl States {
    /// Calls `f` with every state, those of branches and bodies included.
    pub fn each_state<'a>(&'a self, f: &mut dyn FnMut(&'a str, &'a State)) {
        for (name, state) in &self.states {
            f(name, state);
            for inner in state.branches.iter().chain(&state.item_processor) {
                inner.each_state(f);
            }
        }
    }
}

impl Json {
    /// Calls `f` with every string in it, keys aside.
    pub fn each_string<'a>(&'a self, f: &mut dyn FnMut(&'a str)) {
        match self {
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
            Json::String(text) => f(text),
            Json::Array(items) => items.iter().for_each(|item| item.each_string(f)),
            Json::Object(fields) => fields.iter().for_each(|(_, value)| value.each_string(f)),
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::String(text.to_owned())
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Json {
        Json::Number(number.into())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => number.serialize(serializer),
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => serializer.collect_seq(items),
            Json::Object(fields) => as_map(fields, serializer),
        }
    }
}

fn as_map<T: Serialize, S: Serializer>(pairs: &[(String, T)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !value
}
