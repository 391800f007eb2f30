//! Histories as AWS tells them, replayed on the native code.

use durafn::{history::History, verify};
use serde_json::{Value, json};

use super::{START, Subject, Way, answer::Worker};
use crate::oracle::{Done, EXECUTION_NAME, Oracle};

/// What GetExecutionHistory tells of one execution.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its ARN.
    pub arn: String,
    /// The events.
    pub events: Vec<Value>,
}

impl Told {
    fn workflow(&self) -> &str {
        self.arn.split(':').nth(6).unwrap_or_default()
    }

    /// As the CLI of AWS prints it.
    #[must_use]
    pub fn document(&self) -> Value {
        json!({ "executionArn": self.arn, "events": self.events })
    }
}

/// What was told of a run: its own history first, then those of the executions that it started.
pub(super) fn told(workflow: &str, done: &Done) -> Vec<Told> {
    let arn = format!("arn:aws:states:us-east-1:000000000000:execution:{workflow}:{EXECUTION_NAME}");
    let own = Some(Told { arn, events: done.history.clone() }).filter(|told| !told.events.is_empty());
    // The interpreter calls the machine that it runs `machine`, and so those that it starts anew.
    let named = |arn: &str| arn.replace(":execution:machine:", &format!(":execution:{workflow}:"));
    let children = done.histories.iter().map(|(arn, events)| Told { arn: named(arn), events: events.clone() });
    own.into_iter().chain(children).collect()
}

/// Why the native code parts from a history; none where it agrees. A history that does not tell all values may part.
pub(super) fn parted(told: &Told) -> Option<String> {
    let workflow = told.workflow();
    let history = match History::parse_of(&told.document().to_string(), Some(workflow)) {
        Ok(history) => history,
        Err(error) => return Some(format!("the history of {workflow} cannot be read: {error}")),
    };
    match verify::replay(&history) {
        Ok(replayed) => replayed
            .divergence
            .filter(|_| history.redacted.is_empty())
            .map(|divergence| format!("the history of {workflow} does not replay: {divergence}")),
        Err(error) => Some(format!("the history of {workflow} does not replay: {error}")),
    }
}

/// The histories of a run on LocalStack, with tasks as Lambda functions or as activities.
pub(super) fn histories(subject: &Subject, oracle: Oracle, input: &Value, way: Way) -> Vec<Told> {
    let (definition, target) = match way {
        Way::Activities => (&subject.activities, 0),
        Way::Lambda => (&subject.lambda, 1),
    };
    let definition = definition.as_ref().expect("it has a form in ASL");
    let children = subject.family.iter().map(|child| (child.name.clone(), child.exports[target].clone()));
    let children = children.map(|(name, export)| (name, export.expect("it has a form in ASL"))).collect();
    let mut worker = Worker::new();
    let done = oracle.run(definition, input, START, &children, |call| {
        worker.answer(call.task.as_deref().unwrap_or_default(), &call.input, call.attempt)
    });
    told(subject.workflow.name, &done.expect("it runs"))
}
