//! Histories as AWS tells them, replayed on the native code.

use std::collections::BTreeMap;

use durafn::{history::History, verify};
use serde_json::{Value, json};

use super::{START, Subject, answer::Worker};
use crate::oracle::{EXECUTION_NAME, Oracle};

/// Why the native code parts from a history; none where there is none, or it agrees. A history that does not tell all values may part.
pub(super) fn parted(workflow: &str, events: &[Value]) -> Option<String> {
    if events.is_empty() {
        return None;
    }
    let arn = format!("arn:aws:states:us-east-1:000000000000:execution:{workflow}:{EXECUTION_NAME}");
    let document = json!({ "executionArn": arn, "events": events });
    let history = match History::parse_of(&document.to_string(), Some(workflow)) {
        Ok(history) => history,
        Err(error) => return Some(format!("its history cannot be read: {error}")),
    };
    match verify::replay(&history) {
        Ok(replayed) => replayed
            .divergence
            .filter(|_| history.redacted.is_empty())
            .map(|divergence| format!("its history does not replay: {divergence}")),
        Err(error) => Some(format!("its history does not replay: {error}")),
    }
}

/// The history of a run with tasks as Lambda functions.
pub(super) fn history(subject: &Subject, oracle: Oracle, input: &Value) -> Value {
    let definition = subject.lambda.as_ref().expect("it has a form in ASL");
    let mut worker = Worker::new();
    let done = oracle.run(definition, input, START, &BTreeMap::new(), |call| {
        worker.answer(call.task.as_deref().unwrap_or_default(), &call.input, call.attempt)
    });
    json!({ "events": done.expect("it runs").history })
}
