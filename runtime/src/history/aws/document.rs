//! The JSON of `aws stepfunctions get-execution-history`, page by page, as a list of events.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::kinds;

/// An event of Step Functions' own history.
#[derive(Clone, Debug)]
pub(super) struct AwsEvent {
    pub(super) id: u64,
    /// The event that led to it; 0 for the first.
    pub(super) previous: u64,
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) kind: String,
    pub(super) details: Map<String, Value>,
}

impl AwsEvent {
    /// A text among its details.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.details.get(key).and_then(Value::as_str)
    }

    pub(super) fn number(&self, key: &str) -> Option<u32> {
        self.details.get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
    }

    /// A payload among its details: JSON text.
    ///
    /// # Errors
    ///
    /// When it is not there, cut off, or no JSON.
    pub(super) fn payload(&self, key: &str) -> Result<Value, String> {
        let event = || format!("event {} ({})", self.id, self.kind);
        let text = self.text(key).ok_or_else(|| {
            format!(
                "{} has no `{key}`: the history was fetched without its payloads; fetch it with --include-execution-data",
                event()
            )
        })?;
        if self.details.get(&format!("{key}Details")).and_then(|of| of.get("truncated")) == Some(&Value::Bool(true)) {
            return Err(format!("the `{key}` of {} was cut off; fetch it from the API, not from a log", event()));
        }
        serde_json::from_str(text).map_err(|error| format!("the `{key}` of {} is no JSON: {error}", event()))
    }
}

/// The last event of an execution.
const ENDS: [&str; 4] = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"];

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// By id, without a gap, from 1.
    pub(super) events: Vec<AwsEvent>,
    /// The ARN of the execution, where the file has it.
    pub(super) execution: Option<String>,
    /// The name of the state machine, where the file has it.
    pub(super) machine: Option<String>,
}

/// The text may be a history of Step Functions.
pub(in crate::history) fn looks_like_it(text: &str) -> bool {
    ["\"events\"", "\"previousEventId\"", "\"previous_event_id\""].iter().any(|key| text.contains(key))
}

/// Reads the pages: one document, several behind each other, or a list of them; and what `describe-execution` says, where it is there too.
///
/// # Errors
///
/// Says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Document, String> {
    if text.contains("\"previous_event_id\"") {
        return Err("these are log lines, as Express executions write them to CloudWatch Logs. Step Functions keeps no history of Express \
                    executions; only those of Standard ones can be read"
            .to_owned());
    }
    let mut pages = Pages::default();
    for document in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let document = document.map_err(|error| match error.is_eof() {
            true => format!("it is cut off: {error}"),
            false => format!("it is no JSON: {error}"),
        })?;
        pages.add(document)?;
    }
    pages.finish()
}

#[derive(Default)]
struct Pages {
    events: BTreeMap<u64, AwsEvent>,
    execution: Option<String>,
    machine: Option<String>,
    /// The page with the latest events says that more follow.
    goes_on: bool,
}

impl Pages {
    fn add(&mut self, document: Value) -> Result<(), String> {
        match document {
            Value::Array(items) => items.into_iter().try_for_each(|item| match item.get("previousEventId") {
                Some(_) => self.event(item),
                None => self.add(item),
            }),
            Value::Object(mut fields) => {
                for (key, is_machine) in [("executionArn", false), ("stateMachineArn", true)] {
                    if let Some(arn) = fields.get(key).and_then(Value::as_str) {
                        self.arn(arn, is_machine)?;
                    }
                }
                let Some(events) = fields.remove("events") else { return Ok(()) };
                let Value::Array(events) = events else { return Err("its `events` are no list".to_owned()) };
                let token = fields.get("nextToken").or_else(|| fields.get("NextToken"));
                self.page(events, token.is_some_and(|token| !token.is_null()))
            }
            other => Err(format!("it holds {}, and a page is an object with `events`", short(&other))),
        }
    }

    /// A page, which says or does not say that another one follows. In reverse order that one holds what was before.
    fn page(&mut self, events: Vec<Value>, goes_on: bool) -> Result<(), String> {
        let last = self.events.keys().last().copied();
        let id = |event: Option<&Value>| event.and_then(|event| event.get("id")).and_then(Value::as_u64);
        let reversed = id(events.first()) > id(events.last());
        events.into_iter().try_for_each(|event| self.event(event))?;
        if self.events.keys().last().copied() != last {
            self.goes_on = goes_on && !reversed;
        }
        Ok(())
    }

    fn arn(&mut self, arn: &str, is_machine: bool) -> Result<(), String> {
        let parts: Vec<&str> = arn.split(':').collect();
        if parts.get(5) == Some(&"express") {
            return Err(format!("`{arn}` is an Express execution, of which Step Functions keeps no history"));
        }
        match (parts.get(5), parts.get(6)) {
            (Some(&"stateMachine"), Some(name)) if is_machine => self.machine = Some((*name).to_owned()),
            (Some(&"execution"), Some(name)) if !is_machine => {
                self.machine.get_or_insert_with(|| (*name).to_owned());
                self.execution = Some(arn.to_owned());
            }
            _ => return Err(format!("`{arn}` is no ARN of a Standard execution or its state machine")),
        }
        Ok(())
    }

    fn event(&mut self, value: Value) -> Result<(), String> {
        let event = event(value)?;
        self.events.insert(event.id, event);
        Ok(())
    }

    fn finish(self) -> Result<Document, String> {
        let Some(last) = self.events.keys().last().copied() else {
            return Err("it has no events. Step Functions keeps a history of Standard executions for 90 days, and of Express ones none"
                .to_owned());
        };
        for (expected, id) in (1..).zip(self.events.keys()) {
            if *id != expected {
                return Err(format!(
                    "events {expected} to {} of {last} are missing: a page is not there; fetch all of them in one go",
                    id - 1
                ));
            }
        }
        let has_ended = |kind: &str| ENDS.contains(&kind);
        // A page of one event has no order; nothing follows the end, in either.
        if self.goes_on && !self.events.get(&last).is_some_and(|event| has_ended(&event.kind)) {
            return Err(format!(
                "its last page, up to event {last}, says by `nextToken` that more follow; fetch them too, or leave out --max-items"
            ));
        }
        let events: Vec<AwsEvent> = self.events.into_values().collect();
        if let Some(event) = events.iter().find(|event| event.previous >= event.id) {
            return Err(format!("event {} says that it follows event {}", event.id, event.previous));
        }
        if events[0].kind != "ExecutionStarted" {
            return Err(format!("its first event is {}, and a history begins with ExecutionStarted", events[0].kind));
        }
        events.iter().try_for_each(|event| kinds::check(event.id, &event.kind))?;
        if let Some(event) =
            events.split_last().and_then(|(_, before)| before.iter().find(|event| has_ended(&event.kind)))
        {
            return Err(format!("event {} ({}) ends the execution, and more events follow", event.id, event.kind));
        }
        Ok(Document { events, execution: self.execution, machine: self.machine })
    }
}

fn event(value: Value) -> Result<AwsEvent, String> {
    let what = short(&value);
    let bad = |missing: &str| format!("the event {what} has no {missing}");
    let Value::Object(mut fields) = value else { return Err(format!("{what} is no event")) };
    let number = |key: &str| fields.get(key).and_then(Value::as_u64);
    let id = number("id").filter(|id| *id > 0).ok_or_else(|| bad("`id`"))?;
    let previous = number("previousEventId").unwrap_or(0);
    let at = fields.get("timestamp").and_then(time).ok_or_else(|| bad("`timestamp` that is a time"))?;
    let kind = fields.get("type").and_then(Value::as_str).ok_or_else(|| bad("`type`"))?.to_owned();
    let key = fields.keys().find(|key| key.ends_with("EventDetails")).cloned();
    let details = match key.and_then(|key| fields.remove(&key)) {
        Some(Value::Object(details)) => details,
        Some(_) => return Err(format!("the details of event {id} are no object")),
        None => Map::new(),
    };
    Ok(AwsEvent { id, previous, at, kind, details })
}

/// A time as the versions of the AWS CLI write it: a text, or seconds since 1970.
fn time(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        Value::Number(seconds) => {
            let millis = (seconds.as_f64()? * 1_000.0).round() as i64;
            jiff::Timestamp::from_millisecond(millis).ok().map(jiff::Timestamp::as_millisecond)
        }
        _ => None,
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
