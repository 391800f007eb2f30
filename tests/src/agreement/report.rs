//! A disagreement as a person reads it.

use std::{fmt::Write as _, fs};

use serde_json::Value;

use super::{Exported, Subject, compare::Difference, compare::ShownScope, observed::Observed};

/// Shows who said what, and where they part first.
pub(super) fn show(subject: &Subject, input: &Value, runs: &[&Observed], difference: &Difference) -> String {
    let name = subject.workflow.name;
    let (file, line) = subject.workflow.place;
    let mut text = format!("{name} ({file}:{line}) with input {input}: the runs disagree\n");
    text.push_str(&runs_text(runs, difference));
    let _ = writeln!(text, "  export: {}", write(name, &subject.activities));
    text
}

/// Where two runs part, how each ended, and what those two did.
pub(crate) fn runs_text(runs: &[&Observed], difference: &Difference) -> String {
    let mut text = String::new();
    let Difference { between: [one, other], place, has: [left, right] } = difference;
    let _ = writeln!(text, "  at {place}");
    let _ = writeln!(text, "    {one:<16} {left}");
    let _ = writeln!(text, "    {other:<16} {right}");
    for run in runs {
        let _ = writeln!(text, "  {:<16} {}", run.who, run.outcome);
    }
    for run in runs.iter().filter(|run| run.who == *one || run.who == *other) {
        let _ = writeln!(text, "  {}:", run.who);
        for (scope, trace) in &run.scopes {
            let visits = trace.visits.join(" > ");
            let _ = writeln!(text, "    {}: {visits}", ShownScope(scope));
            for call in &trace.calls {
                let _ = writeln!(text, "      {call}");
            }
        }
    }
    text
}

/// Writes a definition to where it can be looked at, and yields the path.
pub(super) fn write(workflow: &str, definition: &Exported) -> String {
    let Ok(definition) = definition else { return "none".to_owned() };
    let directory = std::env::temp_dir().join("durafn-agreement");
    let path = directory.join(format!("{workflow}.asl.json"));
    let text = format!("{definition:#}\n");
    match fs::create_dir_all(&directory).and_then(|()| fs::write(&path, text)) {
        Ok(()) => path.display().to_string(),
        Err(error) => format!("cannot be written to {}: {error}", path.display()),
    }
}
