//! An execution with all that was recorded of it, apart from any store.

use std::collections::BTreeMap;

use durafn_ir::TypedMachine;

use super::{HistoryEvent, event::Event, told};
use crate::{
    error::{Error, Kind},
    store::{ExecutionId, ExecutionRow, JournalRow, Store},
};

/// An execution with its journal and the machines that its rows refer to: all that a replay needs beside the code.
///
/// It travels as a file: [`History::to_json`] writes it, [`History::read`] reads it on any machine, and `durafn::verify` runs
/// today's code against it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// The execution.
    pub execution: ExecutionRow,
    /// Its journal, in order.
    pub rows: Vec<JournalRow>,
    /// The JSON of the machines, by fingerprint. One that is missing leaves its states without names.
    pub machines: BTreeMap<String, String>,
    /// The paths of what was taken out of it.
    pub redacted: Vec<String>,
}

impl History {
    /// Reads an execution from a store.
    ///
    /// # Errors
    ///
    /// When there is no such execution, or the store fails.
    pub async fn load(store: &dyn Store, id: ExecutionId) -> Result<History, Error> {
        let execution = store.execution(id).await?.ok_or(Kind::UnknownExecution(id))?;
        let rows = store.journal(id).await?;
        History::complete(store, execution, rows).await
    }

    /// Of an execution that no store has.
    pub(crate) fn of_run(
        execution: ExecutionRow,
        rows: Vec<JournalRow>,
        machines: BTreeMap<String, String>,
    ) -> History {
        History { execution, rows, machines, redacted: Vec::new() }
    }

    /// Adds the machines.
    pub(crate) async fn complete(
        store: &dyn Store,
        execution: ExecutionRow,
        rows: Vec<JournalRow>,
    ) -> Result<History, Error> {
        let mut machines = BTreeMap::new();
        for key in told::machines(&execution, &rows) {
            if let Some(json) = store.machine(&key).await? {
                machines.insert(key, json);
            }
        }
        Ok(History { execution, rows, machines, redacted: Vec::new() })
    }

    /// The history in the terms of Step Functions.
    ///
    /// # Errors
    ///
    /// When a row cannot be read.
    pub fn events(&self) -> Result<Vec<HistoryEvent>, Error> {
        let mut machines = told::Machines::default();
        for (key, json) in &self.machines {
            machines.add(key.clone(), json);
        }
        told::tell(&self.execution, &self.rows, &machines)
            .map_err(|error| Kind::Unreadable { id: self.execution.id, what: error.to_string() }.into())
    }

    /// The machine that the execution started on.
    pub(crate) fn first_machine(&self) -> &str {
        told::first_machine(&self.execution, &self.rows)
    }

    /// The fingerprint of the machine that each row is of.
    pub(crate) fn machine_keys(&self) -> Vec<Box<str>> {
        let mut key: Box<str> = self.first_machine().into();
        let keys = self.rows.iter().map(|row| {
            if let Ok(Event::CodeChanged { to, .. }) = Event::from_row(row) {
                key = to;
            }
            key.clone()
        });
        keys.collect()
    }

    /// A machine, where it is there and can be read, and nobody broke it.
    pub(crate) fn machine(&self, key: &str) -> Option<TypedMachine> {
        serde_json::from_str(self.machines.get(key)?).ok().filter(durafn_ir::is_well_formed)
    }
}
