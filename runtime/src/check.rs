//! What only types can tell of a workflow: found when its machine is linked, validated and, with the feature `cli`, exported.

use std::fmt::Write as _;

use crate::{callable::WorkflowEntry, registry::Registry};

/// Generates a test that fails with every mistake in the workflows that are linked into it: what the compiler cannot see before types are known, such as a
/// look into an opaque field, the call of a plain function, or what has no form in Amazon States Language. Each is named with its place and the way out.
///
/// One for each crate is enough. In an integration test, `use your_crate as _;` links the workflows of the library.
///
/// ```
/// use durafn::prelude::*;
///
/// #[workflow]
/// async fn doubled(n: u32) -> u32 {
///     n * 2
/// }
///
/// durafn::check_workflows!();
/// ```
#[macro_export]
macro_rules! check_workflows {
    () => {
        #[test]
        fn check_workflows() {
            $crate::private::check_workflows();
        }
    };
}

/// What was found in one workflow.
pub(crate) struct Found {
    pub(crate) mistakes: Vec<String>,
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only the export warns"))]
    pub(crate) warnings: Vec<String>,
    pub(crate) states: Option<usize>,
}

pub(crate) fn check(entry: &WorkflowEntry) -> Found {
    let mut found = Found { mistakes: Vec::new(), warnings: Vec::new(), states: None };
    let machine = match (entry.machine)() {
        Ok(machine) => machine,
        Err(errors) => {
            found.mistakes.push(errors.to_string());
            return found;
        }
    };
    found.states = Some(machine.reachable().iter().filter(|alive| **alive).count());
    if let Err(violations) = durafn_ir::validate(machine) {
        found.mistakes.extend(violations.iter().map(ToString::to_string));
    }
    #[cfg(feature = "cli")]
    match durafn_asl::export(machine, &durafn_asl::Options::default()) {
        Ok(export) => found.warnings.extend(export.warnings.iter().map(|warning| format!("warning: {warning}"))),
        Err(errors) => found.mistakes.push(errors.to_string()),
    }
    found
}

/// All mistakes of all workflows; none where there are none.
pub fn report<'a>(entries: impl IntoIterator<Item = &'a WorkflowEntry>) -> Option<String> {
    let mut entries: Vec<&WorkflowEntry> = entries.into_iter().collect();
    entries.sort_by_key(|entry| entry.name);
    if entries.is_empty() {
        return Some(
            "no workflow is linked into this test: name the crate that has them, `use your_crate as _;`".to_owned(),
        );
    }
    let mut text = String::new();
    if let Err(clash) = Registry::linked_without_resources() {
        let _ = writeln!(text, "{clash}");
    }
    for entry in entries {
        let Found { mistakes, .. } = check(entry);
        if !mistakes.is_empty() {
            let _ = writeln!(text, "workflow `{}` ({}:{})", entry.name, entry.place.0, entry.place.1);
        }
        for mistake in mistakes {
            let _ = writeln!(text, "  {}", mistake.replace('\n', "\n  "));
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The test that [`check_workflows!`](crate::check_workflows) generates.
///
/// # Panics
///
/// With every mistake.
pub fn check_workflows() {
    if let Some(mistakes) = report(inventory::iter::<WorkflowEntry>) {
        panic!("workflows have mistakes\n\n{mistakes}");
    }
}
