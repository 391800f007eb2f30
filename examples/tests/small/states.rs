//! How many states an export has, beside the same workflow written by hand. The table in docs/examples.md says both and explains the difference; it must
//! stay true.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

/// Each workflow with the binary that exports it.
const WORKFLOWS: [(&str, &str); 8] = [
    ("fulfil", env!("CARGO_BIN_EXE_orders")),
    ("etl", env!("CARGO_BIN_EXE_etl")),
    ("train_model", env!("CARGO_BIN_EXE_training")),
    ("render", env!("CARGO_BIN_EXE_batch")),
    ("approve", env!("CARGO_BIN_EXE_approval")),
    ("check_out", env!("CARGO_BIN_EXE_services")),
    ("on_event", env!("CARGO_BIN_EXE_events")),
    ("roll_out", env!("CARGO_BIN_EXE_rollout")),
];

/// The states of a machine, those of its branches and Map bodies included.
fn states(machine: &Value) -> usize {
    let all = machine["States"].as_object().expect("states").values();
    let inner = |state: &Value| {
        let branches = state["Branches"].as_array().into_iter().flatten().map(states);
        branches.sum::<usize>() + state.get("ItemProcessor").map_or(0, states)
    };
    all.map(|state| 1 + inner(state)).sum()
}

#[test]
fn the_book_tells_the_number_of_states() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../docs/examples.md")).expect("the page on examples");
    for (workflow, binary) in WORKFLOWS {
        let output = Command::new(binary).args(["export", workflow]).output().expect("the binary runs");
        assert!(output.status.success(), "{workflow}: {}", String::from_utf8_lossy(&output.stderr));
        let exported = states(&serde_json::from_slice(&output.stdout).expect("JSON"));
        let by_hand = fs::read(root.join(format!("by-hand/{workflow}.asl.json"))).expect("the machine written by hand");
        let by_hand = states(&serde_json::from_slice(&by_hand).expect("JSON"));
        let row = format!("| `{workflow}` | {exported} | {by_hand} |");
        assert!(page.contains(&row), "docs/examples.md has no row that begins with {row}");
    }
}

#[test]
fn every_machine_written_by_hand_is_compared() {
    let by_hand = Path::new(env!("CARGO_MANIFEST_DIR")).join("by-hand");
    let mut names: Vec<String> = fs::read_dir(by_hand)
        .expect("the machines written by hand")
        .map(|file| file.expect("a file").file_name().to_string_lossy().replace(".asl.json", ""))
        .collect();
    names.sort();
    let mut compared = WORKFLOWS.map(|(workflow, _)| workflow);
    compared.sort_unstable();
    assert_eq!(names, compared);
}
