//! The handle of an engine that shares the file.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{
    SqliteStore, due,
    due::Whose,
    rows,
    writer::{Work, Written},
};
use crate::store::{ExecutionId, ExecutionRow, Sharing, StoreError, Waiting};

/// What an engine is among those that share a file.
#[derive(Debug)]
pub(super) struct Shared {
    epoch: i64,
    /// The workflows that it runs, as JSON.
    workflows: Mutex<String>,
}

impl Shared {
    pub(super) fn new(epoch: i64) -> Shared {
        Shared { epoch, workflows: Mutex::new("[]".to_owned()) }
    }

    pub(super) fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The engine's own executions, and those that nobody owns.
    pub(super) fn own_and_free(&self) -> Whose {
        Whose { epoch: Some(self.epoch), ..self.free() }
    }

    fn free(&self) -> Whose {
        Whose { epoch: None, workflows: Some(self.workflows()) }
    }

    fn workflows(&self) -> String {
        self.workflows.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Sharing for SqliteStore {
    async fn join(&self, workflows: Vec<String>) -> Result<(), StoreError> {
        let workflows = serde_json::Value::from(workflows).to_string();
        if let Some(shared) = &self.shared {
            shared.workflows.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&workflows);
        }
        self.write(Work::Join { workflows }).await.map(|_| ())
    }

    async fn claim(&self, id: ExecutionId) -> Result<bool, StoreError> {
        match self.write(Work::Claim(id)).await? {
            Written::Claimed(claimed) => Ok(claimed),
            _ => unreachable!("a claim is answered as one"),
        }
    }

    async fn freed(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError> {
        let whose = self.shared.as_ref().map(Shared::free).unwrap_or_default();
        self.readers.read(move |connection| due::due(connection, &whose, after, until, limit)).await
    }

    async fn over(&self, ids: Vec<ExecutionId>) -> Result<Vec<ExecutionRow>, StoreError> {
        self.readers.read(move |connection| rows::over(connection, &ids)).await
    }

    async fn blocked(&self) -> Result<Vec<ExecutionId>, StoreError> {
        let workflows = self.shared.as_ref().map(Shared::workflows).unwrap_or_default();
        self.readers.read(move |connection| due::blocked(connection, &workflows)).await
    }

    async fn fenced(&self) {
        match &self.writer {
            Some(writer) => writer.fenced().await,
            None => std::future::pending().await,
        }
    }
}
