//! Telling a divergence to people: states by name, the source line, what to do.

use super::{Divergence, Shared};
use crate::{
    engine,
    store::{ExecutionId, ExecutionRow},
};

impl Shared {
    /// Why an execution is blocked.
    pub(super) async fn explain(&self, id: ExecutionId, found: &engine::Divergence) -> String {
        match self.store.execution(id).await {
            Ok(Some(row)) => self.describe_divergence(&row, found).await.to_string(),
            Ok(None) | Err(_) => format!("recorded: {}; today's code: {}", found.recorded, found.attempted),
        }
    }

    pub(super) async fn describe_divergence(&self, row: &ExecutionRow, found: &engine::Divergence) -> Divergence {
        let today = self.registry.find_workflow(&row.workflow).and_then(|workflow| workflow.machine());
        let state = found.state.and_then(|state| Some((today?, today?.states.get(state as usize)?)));
        let recorded_state = match found.recorded_state {
            Some(state) => self.recorded_state(row, state).await,
            None => None,
        };
        Divergence {
            execution: row.id,
            workflow: row.workflow.clone(),
            name: row.name.clone(),
            scope: found.scope.to_string(),
            ordinal: found.ordinal,
            state: state.map(|(_, state)| state.name.clone()),
            place: state.map(|(machine, state)| (machine.file.clone(), state.span.line)),
            recorded_state,
            recorded: found.recorded.to_string(),
            attempted: found.attempted.to_string(),
            matching: found.matched,
        }
    }

    /// The name of a state as it was when the execution started.
    async fn recorded_state(&self, row: &ExecutionRow, state: u32) -> Option<String> {
        let json = self.store.machine(&row.machine).await.ok()??;
        let machine: durafn_ir::TypedMachine = serde_json::from_str(&json).ok()?;
        machine.states.get(state as usize).map(|state| state.name.clone())
    }
}
