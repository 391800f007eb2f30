//! Every type of event that Step Functions documents, and what is made of it here.

use crate::nearest::nearest_names;

/// What is read, or says nothing that a journal has to hold.
const READ: &[&str] = &[
    "ActivityFailed",
    "ActivityScheduleFailed",
    "ActivityScheduled",
    "ActivityStarted",
    "ActivitySucceeded",
    "ActivityTimedOut",
    "ChoiceStateEntered",
    "ChoiceStateExited",
    "EvaluationFailed",
    "ExecutionAborted",
    "ExecutionFailed",
    "ExecutionStarted",
    "ExecutionSucceeded",
    "ExecutionTimedOut",
    "FailStateEntered",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduleFailed",
    "LambdaFunctionScheduled",
    "LambdaFunctionStartFailed",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "LambdaFunctionTimedOut",
    "MapIterationAborted",
    "MapIterationFailed",
    "MapIterationStarted",
    "MapIterationSucceeded",
    "MapStateAborted",
    "MapStateEntered",
    "MapStateExited",
    "MapStateFailed",
    "MapStateStarted",
    "MapStateSucceeded",
    "ParallelStateAborted",
    "ParallelStateEntered",
    "ParallelStateExited",
    "ParallelStateFailed",
    "ParallelStateStarted",
    "ParallelStateSucceeded",
    "PassStateEntered",
    "PassStateExited",
    "SucceedStateEntered",
    "SucceedStateExited",
    "TaskFailed",
    "TaskScheduled",
    "TaskStartFailed",
    "TaskStarted",
    "TaskStateAborted",
    "TaskStateEntered",
    "TaskStateExited",
    "TaskSubmitFailed",
    "TaskSubmitted",
    "TaskSucceeded",
    "TaskTimedOut",
    "WaitStateAborted",
    "WaitStateEntered",
    "WaitStateExited",
];

const OF_DISTRIBUTED_MAPS: &[&str] =
    &["MapRunAborted", "MapRunFailed", "MapRunRedriven", "MapRunStarted", "MapRunSucceeded"];

const OF_REDRIVES: &[&str] = &["ExecutionRedriven"];

/// Events of this type can be read.
///
/// # Errors
///
/// Says of event `id` why not.
pub(super) fn check(id: u64, kind: &str) -> Result<(), String> {
    if READ.contains(&kind) {
        return Ok(());
    }
    if OF_DISTRIBUTED_MAPS.contains(&kind) {
        return Err(format!("event {id} ({kind}) is of a distributed Map, which no exported machine has"));
    }
    if OF_REDRIVES.contains(&kind) {
        return Err(format!(
            "event {id} ({kind}): the execution was redriven on AWS, and that cannot be read; take out the events from {id} on to replay \
             what led to the failure"
        ));
    }
    let near = match nearest_names(kind, READ.iter().copied()).as_slice() {
        [] => String::new(),
        near => format!(" (did you mean `{}`?)", near.join("` or `")),
    };
    Err(format!(
        "event {id} is of the type `{kind}`, which this program does not know{near}: the file was edited, or a newer durafn reads it"
    ))
}
