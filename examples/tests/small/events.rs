use std::fs;

use serde_json::{Value, json};

use crate::{Example, data};

fn events() -> Example {
    Example::new(env!("CARGO_BIN_EXE_events"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_event_of_the_file_runs_and_nothing_is_left() {
    let example = events();
    let output = example.run(&["feed", data("events.jsonl").to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "3 alarmed\n1 failed\n4 ignored\n16 stored\n");
    let said = text(&output.stderr);
    assert!(said.contains("UnknownStation") && said.contains("island"), "{said}");
    assert_eq!(said.matches("Readings: ").count(), 19, "{said}");
    assert_eq!(fs::read_dir(example.dir.path()).expect("a folder").count(), 0, "nothing is on disk");
}

#[test]
fn one_event_is_run_by_the_command_line() {
    let example = events();
    let event: Value = serde_json::from_str(&fs::read_to_string(data("event.json")).expect("a file")).expect("JSON");
    assert_eq!(example.output("on_event", &event), json!({ "outcome": "alarmed", "gust": 231 }));
    let other = json!({ "id": "x", "detail-type": "Station Online", "detail": { "station": "ridge", "gusts": [] } });
    assert_eq!(example.output("on_event", &other), json!({ "outcome": "ignored" }));
    let strange =
        json!({ "id": "x", "detail-type": "Station Readings", "detail": { "station": "moon", "gusts": [1] } });
    let said = example.failure("on_event", &strange);
    assert!(said.contains("UnknownStation"), "{said}");
    let listed = example.run(&["list"]);
    assert!(text(&listed.stdout).contains("of an Express execution nothing is kept"), "{}", text(&listed.stdout));
    let shown = example.run(&["show", "-1"]);
    assert!(!shown.status.success());
}

#[test]
fn its_type_is_told() {
    let listed = events().run(&["workflows"]);
    assert!(text(&listed.stdout).contains("EXPRESS"), "{}", text(&listed.stdout));
}
