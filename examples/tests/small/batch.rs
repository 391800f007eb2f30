use serde_json::json;

use crate::Example;

fn batch() -> Example {
    Example::new(env!("CARGO_BIN_EXE_batch"))
}

#[test]
fn a_job_is_asked_for_until_it_is_done() {
    let example = batch();
    assert_eq!(example.output("render", &json!({ "scene": "harbour", "frames": 120 })), "harbour.mp4");
    assert_eq!(example.calls("1"), ["submit", "job_state", "job_state", "job_state"]);
}

#[test]
fn a_broken_job_ends_the_loop() {
    let example = batch();
    let said = example.failure("render", &json!({ "scene": "corrupt", "frames": 24 }));
    assert!(said.contains("Broken") && said.contains("no camera"), "{said}");
    assert_eq!(example.calls("1"), ["submit", "job_state", "job_state"]);
}
