//! What an execution tells of itself while it runs: one line for each row of its journal, and a span for each state it is in.
//!
//! Names of spans and fields are part of the interface; the book lists them. Above `debug` nothing tells payloads. A span of a state opens
//! when the state is entered and closes when it is left, or when the execution leaves memory; spans nest as scopes do. Where nobody listens, none
//! is made and nothing is kept.

use std::collections::HashMap;

use durafn_ir::TypedMachine;
use tracing::Span;

use crate::{
    engine::Run,
    history::event::{LONG_HISTORY, Stage, name_of, stage_of, told_as},
    metrics,
    store::{ExecutionId, JournalRow},
};

/// What is told of one execution.
pub(super) struct Telemetry {
    execution: Span,
    workflow: &'static str,
    machine: Option<&'static TypedMachine>,
    /// The spans of states that were entered and not left, by scope and ordinal.
    states: HashMap<(Box<str>, u32), Span>,
    /// How long its history is, as Step Functions counts.
    events: u64,
}

impl Telemetry {
    pub(super) fn new(execution: Span, workflow: &'static str, machine: Option<&'static TypedMachine>) -> Self {
        Telemetry { execution, workflow, machine, states: HashMap::new(), events: 1 }
    }

    pub(super) fn execution(&self) -> &Span {
        &self.execution
    }

    pub(super) fn workflow(&self) -> &'static str {
        self.workflow
    }

    /// A span for an attempt.
    pub(super) fn attempt(&self, run: &Run) -> Span {
        let Run { task, state, attempt, scope, ordinal, .. } = run;
        tracing::info_span!(parent: self.state(scope, *ordinal), "task", otel.name = task, task, state, attempt)
    }

    /// The span of a state that was entered; else that of the execution.
    fn state(&self, scope: &str, ordinal: u32) -> &Span {
        if self.states.is_empty() {
            return &self.execution;
        }
        self.states.get(&(scope.into(), ordinal)).unwrap_or(&self.execution)
    }

    fn name(&self, state: Option<u32>) -> &'static str {
        let machine = self.machine.and_then(|machine| machine.states.get(state? as usize));
        machine.map_or("", |state| &state.name)
    }

    /// What the journal holds already.
    pub(super) fn recall(&mut self, rows: &[JournalRow]) {
        self.events += rows.iter().map(told_as).sum::<u64>();
    }

    /// Rows are about to be committed. Says once, before it is too late on AWS, that the history has grown long.
    pub(super) fn count(&mut self, id: ExecutionId, rows: &[JournalRow]) {
        let before = self.events;
        self.recall(rows);
        if (before + 1..=self.events).contains(&LONG_HISTORY) {
            tracing::warn!(
                parent: &self.execution,
                id = id.0,
                workflow = self.workflow,
                events = self.events,
                "the history of this execution is long: Step Functions ends one at 25,000 events, and each replay reads all of it. Let it end and start anew: \
                 `return {}(..).continue_as_new().await;`",
                self.workflow
            );
        }
    }

    /// A row is about to be committed.
    pub(super) fn transition(&mut self, row: &JournalRow) {
        let stage = stage_of(row.event);
        if tracing::enabled!(tracing::Level::DEBUG) {
            tracing::debug!(
                parent: &self.execution,
                event = name_of(row.event),
                state = self.name(row.state),
                scope = &*row.scope,
                ordinal = row.ordinal,
                name = row.name.as_deref(),
                number = row.number,
                "transition"
            );
        }
        match stage {
            Stage::Enters(kind) => {
                metrics::state_entered(self.workflow, kind);
                self.enter(row, kind);
            }
            Stage::Leaves => self.leave(row),
            Stage::Within => {}
        }
    }

    fn enter(&mut self, row: &JournalRow, kind: &'static str) {
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let parent = match around(&row.scope) {
            Some((scope, ordinal)) => self.state(scope, ordinal),
            None => &self.execution,
        };
        let (name, callee) = (self.name(row.state), row.name.as_deref());
        let span = tracing::info_span!(
            parent: parent, "state", otel.name = name, state = name, r#type = kind, callee,
            scope = &*row.scope, ordinal = row.ordinal
        );
        if !span.is_disabled() {
            self.states.insert((row.scope.clone(), row.ordinal), span);
        }
    }

    /// A state is left, and with a Parallel or Map whatever its branches are in still.
    fn leave(&mut self, row: &JournalRow) {
        if self.states.remove(&(row.scope.clone(), row.ordinal)).is_some() && !self.states.is_empty() {
            let inner = match &*row.scope {
                "" => format!("{}.", row.ordinal),
                scope => format!("{scope}.{}.", row.ordinal),
            };
            self.states.retain(|(scope, _), _| !scope.starts_with(&inner));
        }
    }
}

/// The entry of the Parallel or Map that a scope is a branch of: its scope and ordinal.
fn around(scope: &str) -> Option<(&str, u32)> {
    let (entry, _branch) = scope.rsplit_once('.')?;
    let (outer, ordinal) = entry.rsplit_once('.').unwrap_or(("", entry));
    Some((outer, ordinal.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_branch_of_an_entry() {
        assert_eq!(around(""), None);
        assert_eq!(around("3.1"), Some(("", 3)));
        assert_eq!(around("3.1.0.17"), Some(("3.1", 0)));
    }
}
