//! What an export wraps around the input, the result and the failure of a task, taken off again.

use durafn_ir::{Callee, CalleeKind};
use serde_json::{Value, json};

use super::document::AwsEvent;

/// How a call travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Envelope {
    /// As it is.
    Plain,
    /// A Lambda function that is called by its ARN: only failures are wrapped.
    Function,
    /// `lambda:invoke`, which wraps the result too.
    Invoke,
    /// `lambda:invoke.waitForTaskToken`: the result is the callback's, the failure the callback's or the invocation's.
    InvokeForToken,
    /// A child execution; a detached one is only started.
    Execution { detached: bool },
}

/// A call out of its envelope.
pub(super) struct Call {
    pub(super) task: String,
    pub(super) input: Value,
    pub(super) envelope: Envelope,
}

/// The call that an event schedules.
///
/// # Errors
///
/// When it does not say what is sent.
pub(super) fn call(callee: &Callee, event: &AwsEvent) -> Result<Call, String> {
    let plain = |input, envelope| Call { task: callee.name.clone(), input, envelope };
    if event.kind == "LambdaFunctionScheduled" {
        return Ok(plain(event.payload("input")?, Envelope::Function));
    }
    if event.kind == "ActivityScheduled" {
        let arn = event.text("resource").unwrap_or_default();
        let task = arn.split_once(":activity:").map_or(callee.name.as_str(), |(_, task)| task).to_owned();
        return Ok(Call { task, input: event.payload("input")?, envelope: Envelope::Plain });
    }
    let mut parameters = event.payload("parameters")?;
    let resource = event.text("resource").unwrap_or_default();
    let is_lambda = event.text("resourceType") == Some("lambda");
    if matches!(callee.kind, CalleeKind::Resource(_)) {
        let token = callee.places.as_ref().and_then(|places| places.take_token(&mut parameters));
        let by_function = is_lambda && token.is_some();
        return Ok(plain(parameters, if by_function { Envelope::InvokeForToken } else { Envelope::Plain }));
    }
    if callee.kind == CalleeKind::Workflow {
        let input = out_of_text(parameters["Input"].take());
        return Ok(plain(input, Envelope::Execution { detached: !resource.contains(".sync") }));
    }
    let mut message = out_of_text(parameters[if is_lambda { "Payload" } else { "MessageBody" }].take());
    let envelope = match (is_lambda, resource.ends_with(".waitForTaskToken")) {
        (true, false) => Envelope::Invoke,
        (true, true) => Envelope::InvokeForToken,
        (false, _) => Envelope::Plain,
    };
    match (message.get("task").and_then(Value::as_str).map(str::to_owned), message.get_mut("input")) {
        (Some(task), Some(input)) => Ok(Call { task, input: input.take(), envelope }),
        _ => Err(format!(
            "event {} ({}) does not send `{{\"task\":..,\"input\":..}}`, as an exported machine does for task `{}`",
            event.id, event.kind, callee.name
        )),
    }
}

/// What is sent as the text of a JSON document.
fn out_of_text(sent: Value) -> Value {
    match &sent {
        Value::String(text) => serde_json::from_str(text).unwrap_or(sent),
        _ => sent,
    }
}

impl Envelope {
    /// The result of a call.
    pub(super) fn result(self, mut output: Value) -> Value {
        let mut field = |key: &str| output.get_mut(key).map(Value::take).unwrap_or_default();
        match self {
            Envelope::Invoke => field("Payload"),
            Envelope::Execution { detached: false } => field("Output"),
            Envelope::Execution { detached: true } => json!({ "ExecutionArn": field("ExecutionArn") }),
            Envelope::Plain | Envelope::Function | Envelope::InvokeForToken => output,
        }
    }

    /// The error's name and its cause.
    pub(super) fn failure(self, error: &str, cause: &str) -> (String, String) {
        let text = |document: &Value, key: &str| document.get(key).and_then(Value::as_str).map(str::to_owned);
        let document: Value = serde_json::from_str(cause).unwrap_or_default();
        let unwrapped = match self {
            Envelope::Plain => None,
            Envelope::Function | Envelope::Invoke | Envelope::InvokeForToken => {
                text(&document, "errorMessage").map(|message| (error.to_owned(), message))
            }
            Envelope::Execution { detached: false } if error == "States.TaskFailed" && document.is_object() => {
                let cause = text(&document, "Cause").unwrap_or_default();
                let unnamed = match document.get("Status").and_then(Value::as_str) {
                    Some("TIMED_OUT") => "States.Timeout",
                    _ => "States.TaskFailed",
                };
                let error = text(&document, "Error").unwrap_or_else(|| unnamed.to_owned());
                // What a Lambda function reported, and the child passed on.
                let inner: Value = serde_json::from_str(&cause).unwrap_or_default();
                Some((error, text(&inner, "errorMessage").unwrap_or(cause)))
            }
            Envelope::Execution { .. } => None,
        };
        unwrapped.unwrap_or_else(|| (error.to_owned(), cause.to_owned()))
    }
}
