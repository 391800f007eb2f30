//! `check`

use std::process::ExitCode;

use durafn_asl::{Options, export};
use serde_json::json;

use super::{BoxError, MISTAKES, args::Format, output, workflows};
use crate::callable::WorkflowEntry;

/// What was found in one workflow.
struct Found {
    mistakes: Vec<String>,
    warnings: Vec<String>,
    states: Option<usize>,
}

pub(super) fn run(args: &Format) -> Result<ExitCode, BoxError> {
    let checked: Vec<_> = workflows::all().into_iter().map(|entry| (entry.name, check(entry))).collect();
    let bad = checked.iter().any(|(_, found)| !found.mistakes.is_empty());
    if args.json {
        let document = checked.iter().map(|(name, found)| {
            json!({ "workflow": name, "mistakes": found.mistakes, "warnings": found.warnings, "states": found.states })
        });
        output::json(&document.collect())?;
    } else {
        for (name, found) in &checked {
            let states = found.states.map_or_else(String::new, |count| format!(", {count} states"));
            output::text(&match found.mistakes.len() {
                0 => format!("{name}: good{states}"),
                count => format!("{name}: {count} mistakes"),
            })?;
            for text in found.mistakes.iter().chain(&found.warnings) {
                output::text(&format!("  {}", text.replace('\n', "\n  ")))?;
            }
        }
    }
    Ok(if bad { ExitCode::from(MISTAKES) } else { ExitCode::SUCCESS })
}

fn check(entry: &WorkflowEntry) -> Found {
    let mut found = Found { mistakes: Vec::new(), warnings: Vec::new(), states: None };
    let machine = match (entry.machine)() {
        Ok(machine) => machine,
        Err(errors) => {
            found.mistakes.push(errors.to_string());
            return found;
        }
    };
    found.states = Some(workflows::state_count(machine));
    if let Err(violations) = durafn_ir::validate(machine) {
        found.mistakes.extend(violations.iter().map(ToString::to_string));
    }
    match export(machine, &Options::default()) {
        Ok(export) => found.warnings.extend(export.warnings.iter().map(|warning| format!("warning: {warning}"))),
        Err(errors) => found.mistakes.push(errors.to_string()),
    }
    found
}
