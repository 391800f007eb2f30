//! Executions as they are stored.

use std::sync::Arc;

use super::{Parent, Status, Wake};

/// Number of an execution in its store, from 1, in the order of creation. Those of Express executions, which no store has, are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ExecutionId(pub i64);

impl ExecutionId {
    /// In a [`Unit`](super::Unit) that creates an execution, stands for the one it creates.
    pub const NEW: ExecutionId = ExecutionId(0);

    /// Of an Express execution: nothing of it is stored.
    #[must_use]
    pub fn is_express(self) -> bool {
        self.0 < 0
    }
}

/// One execution as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecutionRow {
    /// Its number.
    pub id: ExecutionId,
    /// The workflow's name.
    pub workflow: String,
    /// Which of the workflow's bodies it runs.
    pub version: u32,
    /// The name it was started with.
    pub name: Option<String>,
    /// Fingerprint of the machine that its last rows are of.
    pub machine: String,
    /// Its state.
    pub status: Status,
    /// The input: JSON text.
    pub input: Arc<str>,
    /// The output: JSON text.
    pub output: Option<Arc<str>>,
    /// The error name, where it failed, was stopped or is blocked.
    pub error: Option<String>,
    /// What the error is about.
    pub cause: Option<String>,
    /// Random text that no other execution has; idempotency keys are made from it.
    pub nonce: String,
    /// Milliseconds since 1970.
    pub started_at: i64,
    /// Milliseconds since 1970.
    pub closed_at: Option<i64>,
    /// When it wants attention next: see [`Wake`].
    pub wake: Wake,
    /// What started it, where that was another execution.
    pub parent: Option<Parent>,
    /// What it was forked from, where it was.
    pub origin: Option<Origin>,
}

/// The execution whose past a fork shares.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Its number, in the store that it was in.
    pub execution: ExecutionId,
    /// How many rows of its journal are shared.
    pub rows: u32,
    /// The id that the code sees: that of the execution whose past it is.
    pub id: String,
    /// The name that the code sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was forked, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// An execution to be created.
#[derive(Clone, Debug, PartialEq)]
pub struct NewExecution {
    /// The workflow's name.
    pub workflow: String,
    /// Which of the workflow's bodies it runs.
    pub version: u32,
    /// A name that is unique among the workflow's executions.
    pub name: Option<String>,
    /// Fingerprint of its machine, put before by [`Store::put_machine`](super::Store::put_machine).
    pub machine: String,
    /// The input: JSON text.
    pub input: Arc<str>,
    /// Random text that no other execution has.
    pub nonce: String,
    /// Milliseconds since 1970.
    pub started_at: i64,
    /// What starts it.
    pub parent: Option<Parent>,
    /// What it is forked from.
    pub origin: Option<Origin>,
}
