//! The history of an exported machine as AWS Step Functions tells it, turned into the journal that native code would have written. So an
//! execution that failed there is replayed, debugged and drawn here.
//!
//! `document` reads the pages, `place` finds the scope of each event, `envelope` takes off what the export put around calls, `values` looks for
//! what the code took from the clock or from chance, and `journal`, `attempts` and `ends` write the rows. `kinds` is the list of all events.

mod attempts;
mod document;
mod ends;
mod envelope;
mod journal;
mod kinds;
mod place;
mod values;

use std::collections::BTreeMap;

use durafn_ir::TypedMachine;

pub(super) use document::looks_like_it;

use super::History;
use crate::{
    callable::WorkflowEntry,
    nearest::nearest,
    registry::machine_key,
    store::{ExecutionId, ExecutionRow, Status, Wake},
};
use document::Document;

/// Reads a history of Step Functions. `workflow` names the workflow where the file does not tell which one it is.
///
/// # Errors
///
/// Says what is wrong with it.
pub(super) fn read(text: &str, workflow: Option<&str>) -> Result<History, String> {
    let document = document::read(text)?;
    let (version, machine) = machine(&document, workflow)?;
    let placed = place::place(machine, &document.events)?;
    let journal = journal::write(machine, &document.events, &placed)?;
    let (first, last) = (&document.events[0], &document.events[document.events.len() - 1]);
    let status = match last.kind.as_str() {
        "ExecutionSucceeded" => Status::Succeeded,
        "ExecutionFailed" => Status::Failed,
        "ExecutionAborted" => Status::Aborted,
        "ExecutionTimedOut" => Status::TimedOut,
        _ => Status::Running,
    };
    let has_ended = status != Status::Running;
    let output = if status == Status::Succeeded { Some(last.payload("output")?.to_string().into()) } else { None };
    let (error, cause) = journal.failure.unzip();
    let arn = document.execution.as_deref();
    let key = machine_key(machine);
    let execution = ExecutionRow {
        id: ExecutionId(0),
        workflow: machine.name.clone(),
        version,
        name: arn.and_then(|arn| arn.rsplit(':').next()).map(str::to_owned),
        machine: key.to_string(),
        status,
        input: first.payload("input")?.to_string().into(),
        output,
        error,
        cause,
        nonce: arn.unwrap_or("unknown").to_owned(),
        started_at: first.at,
        closed_at: has_ended.then_some(last.at),
        wake: if has_ended { Wake::External } else { Wake::Active },
        parent: None,
        origin: None,
    };
    let json = serde_json::to_string(machine).map_err(|error| error.to_string())?;
    let machines = BTreeMap::from([(key.to_string(), json)]);
    Ok(History { execution, rows: journal.rows, machines, redacted: journal.unknown })
}

/// A version of a workflow.
type Versioned = (u32, &'static TypedMachine);

/// The machine that made a history, with its version: of the one that is named, or that the file names, or of the only one that has all its states.
/// Of several versions, the newest that has all its states.
fn machine(document: &Document, workflow: Option<&str>) -> Result<Versioned, String> {
    let mut all: Vec<&WorkflowEntry> = inventory::iter::<WorkflowEntry>().collect();
    all.sort_by_key(|entry| std::cmp::Reverse(entry.version));
    let entered = document.events.iter().filter(|event| event.kind.ends_with("StateEntered"));
    let mut states: Vec<&str> = entered.filter_map(|event| event.text("name")).collect();
    states.sort_unstable();
    states.dedup();
    let missing = |machine: &'static TypedMachine| -> Vec<&str> {
        let names = place::Names::of(machine);
        states.iter().copied().filter(|name| names.find(name).is_none()).collect()
    };
    let named = |name: &str| {
        let versions: Vec<_> = all.iter().filter(|entry| entry.name == name).collect();
        let fits = |entry: &&&&WorkflowEntry| linked(entry).is_ok_and(|(_, machine)| missing(machine).is_empty());
        versions.iter().find(fits).or(versions.first()).map(|entry| **entry)
    };
    if let Some(name) = workflow {
        let known: Vec<String> = all.iter().map(|entry| entry.name.to_owned()).collect();
        let found = named(name);
        let entry =
            found.ok_or_else(|| format!("there is no workflow `{name}` in this program{}", nearest(name, &known)))?;
        return linked(entry);
    }
    if let Some(entry) = document.machine.as_deref().and_then(named) {
        return linked(entry);
    }
    let mut fitting: Vec<(&str, Versioned)> = Vec::new();
    let mut nearest_one: Option<(usize, String)> = None;
    for entry in &all {
        let Ok(found) = linked(entry) else { continue };
        let missing = missing(found.1);
        match missing.first() {
            None if fitting.iter().any(|(name, _)| *name == entry.name) => {}
            None => fitting.push((entry.name, found)),
            Some(first) if nearest_one.as_ref().is_none_or(|(count, _)| missing.len() < *count) => {
                nearest_one = Some((missing.len(), place::Names::of(found.1).unknown(first)));
            }
            Some(_) => {}
        }
    }
    match fitting.as_slice() {
        [(_, found)] => Ok(*found),
        [] => {
            let nearest = nearest_one.map_or_else(String::new, |(_, unknown)| format!(": {unknown}"));
            Err(format!(
                "no workflow of this program has all of its states{nearest}; --workflow NAME says which one it is"
            ))
        }
        several => {
            let names: Vec<String> = several.iter().map(|(name, _)| format!("`{name}`")).collect();
            Err(format!(
                "several workflows have all of its states: {}; --workflow NAME says which one it is",
                names.join(", ")
            ))
        }
    }
}

fn linked(entry: &WorkflowEntry) -> Result<Versioned, String> {
    let machine = (entry.machine)();
    machine
        .map(|machine| (entry.version, machine))
        .map_err(|errors| format!("the workflow `{}` has mistakes: {errors}", entry.name))
}
