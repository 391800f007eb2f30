//! What the targets share: programs that are linked in, and recorded histories.

mod agreement;

use std::{fs, path::Path};

use durafn::history::History;

/// Workflows whose histories and inputs are tried. Naming one of them links them all.
pub const WORKFLOWS: [&str; 8] = [
    "approval",
    "several_retriers",
    "maps_in_maps",
    "races_in_races",
    "nested_two_deep",
    "failures_of_branches_are_caught",
    "a_join_in_a_loop",
    "a_retrier_with_every_field",
];

/// A recorded history.
pub fn recorded() -> History {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/histories/aws/retries.json");
    let text = fs::read_to_string(file).expect("a file");
    History::parse_of(&text, Some("several_retriers")).expect("a history")
}

/// Splits what a target is fed with: a choice, and the rest.
pub fn choice<'t>(text: &'t str, of: &[&'static str]) -> Option<(&'static str, &'t str)> {
    let first = text.chars().next()?;
    let chosen = of.get(first as usize % of.len())?;
    Some((chosen, &text[first.len_utf8()..]))
}
