//! Executions as workflows see them: their own, and those they start.

use durafn_ir::{TypeId, TypeTable};
use serde::{Deserialize, Serialize};

use crate::data::{Data, Plain};

/// What `execution()` yields: the running execution as its workflow sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionContext {
    /// Its ARN. In an engine, the account is `local` and the region is empty.
    pub id: String,
    /// The name it was started with, else text that no other execution has.
    pub name: String,
    /// When it was started, to the millisecond.
    pub start_time: jiff::Timestamp,
    /// The workflow's name.
    pub workflow: String,
}

/// What `.start()` yields: an execution that was started and is not waited for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StartedExecution {
    /// Its ARN: what [`ExecutionContext::id`] is to it.
    #[serde(rename = "ExecutionArn")]
    pub execution_arn: String,
}

/// The ARN of an execution in an engine: the workflow and the name stand where AWS has them.
pub(crate) fn execution_arn(workflow: &str, name: &str) -> String {
    format!("arn:aws:states::local:execution:{workflow}:{name}")
}

impl ExecutionContext {
    pub(crate) fn new(workflow: &str, name: &str, started_at: i64) -> Self {
        ExecutionContext {
            id: execution_arn(workflow, name),
            name: name.to_owned(),
            start_time: jiff::Timestamp::from_millisecond(started_at).unwrap_or_default(),
            workflow: workflow.to_owned(),
        }
    }
}

impl Data for ExecutionContext {
    type Owned = ExecutionContext;

    fn describe(types: &mut TypeTable) -> TypeId {
        types.execution_context()
    }
}

impl Data for StartedExecution {
    type Owned = StartedExecution;

    fn describe(types: &mut TypeTable) -> TypeId {
        types.started_execution()
    }
}

impl Plain for ExecutionContext {}
impl Plain for StartedExecution {}
