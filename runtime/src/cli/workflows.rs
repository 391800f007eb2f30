//! `workflows`

use std::{collections::BTreeSet, process::ExitCode};

use durafn_ir::{CalleeKind, StateKind, TypedMachine, WorkflowKind};
use serde_json::json;

use super::{BoxError, args::Format, output};
use crate::{
    callable::WorkflowEntry,
    error::{Error, Kind},
};

/// Every linked workflow, by name and version.
pub(super) fn all() -> Vec<&'static WorkflowEntry> {
    let mut all: Vec<_> = inventory::iter::<WorkflowEntry>().collect();
    all.sort_by_key(|entry| (entry.name, entry.version));
    all
}

/// A workflow of this name is linked.
pub(super) fn is_linked(name: &str) -> bool {
    inventory::iter::<WorkflowEntry>().any(|entry| entry.name == name)
}

/// An Express workflow of this name is linked.
pub(super) fn is_express(name: &str) -> bool {
    inventory::iter::<WorkflowEntry>().any(|entry| entry.name == name && entry.kind == WorkflowKind::Express)
}

/// Words for whoever looks for an execution that may be an Express one.
pub(super) fn not_kept() -> &'static str {
    match inventory::iter::<WorkflowEntry>().any(|entry| entry.kind == WorkflowKind::Express) {
        true => "; of an Express execution nothing is kept",
        false => "",
    }
}

/// The machine of a workflow by name: of one version, or of the newest.
pub(super) fn machine(name: &str, version: Option<u32>) -> Result<&'static TypedMachine, BoxError> {
    let entries = all();
    let versions: Vec<_> = entries.iter().filter(|entry| entry.name == name).collect();
    let newest = versions.last().ok_or_else(|| {
        let known = entries.iter().map(|entry| entry.name.to_owned()).collect();
        Error::from(Kind::UnknownWorkflow { name: name.to_owned(), known })
    })?;
    let version = version.unwrap_or(newest.version);
    let entry = versions.iter().find(|entry| entry.version == version).ok_or_else(|| {
        let known = versions.iter().map(|entry| entry.version).collect();
        Error::from(Kind::UnknownVersion { name: name.to_owned(), version, known })
    })?;
    (entry.machine)().map_err(|errors| errors.to_string().into())
}

pub(super) fn run(args: &Format) -> Result<ExitCode, BoxError> {
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for entry in all() {
        let (file, line) = entry.place;
        let kind = match entry.kind {
            WorkflowKind::Standard => "STANDARD",
            WorkflowKind::Express => "EXPRESS",
        };
        let machine = (entry.machine)().ok();
        let states = machine.map(state_count);
        let comment = machine.and_then(|machine| machine.comment.clone());
        documents.push(json!({
            "name": entry.name,
            "version": entry.version,
            "type": kind,
            "comment": comment,
            "states": states,
            "parameters": machine.map(|machine| &machine.params),
            "tasks": machine.map(tasks),
            "file": file,
            "line": line,
        }));
        rows.push(vec![
            output::versioned(entry.name, entry.version),
            kind.to_owned(),
            states.map_or_else(|| "mistakes: see check".to_owned(), |count| count.to_string()),
            comment.unwrap_or_default(),
            format!("{file}:{line}"),
        ]);
    }
    match args.json {
        true => output::json(&documents.into())?,
        false if rows.is_empty() => output::text("this program has no workflows")?,
        false => output::table(&["WORKFLOW", "TYPE", "STATES", "COMMENT", "DEFINED"], rows)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// How many states a machine has.
pub(super) fn state_count(machine: &TypedMachine) -> usize {
    machine.reachable().iter().filter(|alive| **alive).count()
}

/// The names of the tasks that a machine calls.
fn tasks(machine: &TypedMachine) -> BTreeSet<&str> {
    let callees = machine.states.iter().filter_map(|state| match &state.kind {
        StateKind::Task(task) if task.callee.kind != CalleeKind::Workflow => Some(task.callee.name.as_str()),
        _ => None,
    });
    callees.collect()
}
