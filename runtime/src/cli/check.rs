//! `check`

use std::process::ExitCode;

use serde_json::json;

use super::{BoxError, MISTAKES, args::Format, output, workflows};
use crate::check::check;

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
