//! Histories of exported machines as `aws stepfunctions get-execution-history` prints them: recorded from LocalStack, and damaged.
//!
//! `DURAFN_RECORD=1 cargo test -p durafn-tests aws_histories` records the files again.

use std::{fs, path::PathBuf};

use durafn::{
    history::{EventKind, History},
    prelude::*,
    verify,
};
use durafn_tests::agreement::aws_history;
use serde_json::{Value, json};

/// Workflow, input, and the name of the file.
const RECORDED: [(&str, &str, &str); 9] = [
    ("several_retriers", r#"["missing", "busy", "lost", "busy"]"#, "retries"),
    ("errors_leave", r#""refused""#, "failure"),
    ("a_timeout_that_is_caught", "1", "timeout-caught"),
    ("a_join_in_a_loop", "2", "parallel-in-loop"),
    ("the_first_failure_stops_the_others", r#""busy""#, "parallel-failed"),
    ("failures_of_branches_are_caught", r#""refused""#, "parallel-caught"),
    ("maps_in_maps", "[[1, 2], [], [3]]", "maps-in-maps"),
    ("a_failing_item_is_caught", r#"["a", "unknown", "b"]"#, "map-caught"),
    ("one_at_a_time_until_one_fails", "[2, 3, 4]", "map-failed"),
];

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("histories/aws").join(format!("{name}.json"))
}

fn read(document: &Value) -> History {
    History::parse_of(&document.to_string(), None).unwrap_or_else(|error| panic!("{error}"))
}

fn replays(history: &History) -> u64 {
    let replayed = verify::replay(history).expect("a replay");
    assert!(replayed.divergence.is_none(), "{}", replayed.divergence.expect("a divergence"));
    replayed.matching
}

#[test]
fn recorded_files_replay() {
    for (workflow, input, name) in RECORDED {
        let path = file(name);
        if std::env::var_os("DURAFN_RECORD").is_some() {
            let input: Value = serde_json::from_str(input).expect("JSON");
            let history = aws_history(workflow, &input).expect("LocalStack runs here");
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, serde_json::to_string_pretty(&history).expect("JSON") + "\n").expect("a file");
        }
        let history = History::read_of(&path, Some(workflow)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(history.execution.workflow, workflow);
        assert!(replays(&history) > 0, "{name}");
        let events = history.events().expect("events");
        assert_eq!(events[0].kind, EventKind::ExecutionStarted);
        // What is read can be written as a file of our own, which says the same.
        let again = History::parse(&history.to_json().expect("JSON")).expect("a history file");
        assert_eq!(again, history);
    }
}

#[task]
async fn round_of_many(round: u32) -> u32 {
    round
}

#[workflow]
async fn many_rounds(rounds: u32) -> u32 {
    let mut done = 0;
    while done < rounds {
        let last = round_of_many(done).await;
        done = last + 1;
    }
    done
}

#[task]
async fn remember(id: String, at: jiff::Timestamp, chance: f64) -> String {
    format!("{id} {at} {chance}")
}

#[workflow]
async fn values_of_its_own() -> String {
    let id = uuid();
    let at = now();
    let chance = random();
    remember(id, at, chance).await
}

/// Events, one after the other.
#[derive(Default)]
struct Told(Vec<Value>);

impl Told {
    fn say(&mut self, kind: &str, details: Option<(&str, Value)>) {
        let id = self.0.len() + 1;
        let mut event = json!({
            "timestamp": "2026-11-20T09:15:02.120000+00:00", "type": kind, "id": id, "previousEventId": id - 1,
        });
        if let Some((key, details)) = details {
            event[key] = details;
        }
        self.0.push(event);
    }

    fn started(&mut self, input: &str) {
        self.say("ExecutionStarted", Some(("executionStartedEventDetails", json!({ "input": input }))));
    }

    fn entered(&mut self, kind: &str, state: &str) {
        self.say(kind, Some(("stateEnteredEventDetails", json!({ "name": state, "input": "{}" }))));
    }

    fn exited(&mut self, kind: &str, state: &str) {
        self.say(kind, Some(("stateExitedEventDetails", json!({ "name": state, "output": "{}" }))));
    }

    fn called(&mut self, state: &str, task: &str, input: &Value, output: &Value) {
        self.entered("TaskStateEntered", state);
        let resource = format!("arn:aws:states:eu-west-1:123456789012:activity:{task}");
        let scheduled = json!({ "resource": resource, "input": input.to_string() });
        self.say("ActivityScheduled", Some(("activityScheduledEventDetails", scheduled)));
        self.say("ActivityStarted", None);
        self.say("ActivitySucceeded", Some(("activitySucceededEventDetails", json!({ "output": output.to_string() }))));
        self.exited("TaskStateExited", state);
    }

    fn succeeded(&mut self, output: &Value) {
        let details = json!({ "output": output.to_string() });
        self.say("ExecutionSucceeded", Some(("executionSucceededEventDetails", details)));
    }
}

/// As many events as Step Functions allows, as `aws` prints them in pages of a thousand.
fn pages() -> Vec<Value> {
    let mut told = Told::default();
    told.started("4999");
    for round in 0..4_999 {
        told.called("RoundOfMany", "round_of_many", &json!(round), &json!(round));
    }
    told.succeeded(&json!(4_999));
    assert!(told.0.len() > 24_990, "{}", told.0.len());
    let pages = told.0.chunks(1_000);
    let last = pages.len() - 1;
    let page = |(index, events): (usize, &[Value])| match index == last {
        true => json!({ "events": events }),
        false => json!({ "events": events, "nextToken": format!("page {index}") }),
    };
    pages.enumerate().map(page).collect()
}

#[test]
fn twenty_five_thousand_events_in_pages() {
    let pages = pages();
    let behind_each_other: String = pages.iter().map(|page| format!("{page:#}\n")).collect();
    let listed = Value::from(pages.clone()).to_string();
    for text in [behind_each_other, listed] {
        let history = History::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(history.execution.workflow, "many_rounds", "its states tell which workflow it is");
        assert_eq!(replays(&history), 5_000);
    }
    let mut torn = pages.clone();
    torn.remove(7);
    refused(&Value::from(torn), &["events 7001 to 8000 of", "a page is not there"]);
    let cut = &pages[..3];
    refused(&json!(cut), &["up to event 3000", "more follow"]);
}

fn refused(document: &Value, words: &[&str]) {
    refused_text(&document.to_string(), None, words);
}

fn refused_text(text: &str, workflow: Option<&str>, words: &[&str]) {
    let error = History::parse_of(text, workflow).expect_err("a refusal");
    assert!(error.is_history());
    for word in words {
        assert!(error.to_string().contains(word), "{error} does not say {word:?}");
    }
}

/// A run of the workflow that takes values; what `aws` tells of them.
fn taken(assigned: Option<Value>) -> History {
    let input = json!({ "id": "5b0e", "at": "2026-11-20T09:15:02.119Z", "chance": 0.25 });
    let mut told = Told::default();
    told.started("{}");
    told.entered("PassStateEntered", "Assign id");
    let exited = json!({ "name": "Assign id", "output": "{}", "assignedVariables": assigned });
    told.say("PassStateExited", Some(("stateExitedEventDetails", exited)));
    told.called("Remember", "remember", &input, &json!("done"));
    told.succeeded(&json!("done"));
    read(&json!({ "events": told.0, "executionArn":
        "arn:aws:states:eu-west-1:123456789012:execution:values_of_its_own:first" }))
}

#[test]
fn values_are_found_where_they_were_assigned() {
    let assigned = json!({ "id": "\"5b0e\"", "at": "\"2026-11-20T09:15:02.119Z\"", "chance": "0.25" });
    let history = taken(Some(assigned));
    assert_eq!(history.redacted, Vec::<String>::new());
    assert_eq!(history.execution.name.as_deref(), Some("first"));
    assert_eq!(replays(&history), 5);
}

#[test]
fn values_that_nobody_tells_are_named() {
    let history = taken(None);
    assert_eq!(history.redacted, ["$.journal[0].name", "$.journal[1].number", "$.journal[2].number"]);
    let parted = verify::replay(&history).expect("a replay").divergence.expect("a divergence");
    assert!(parted.redacted && parted.to_string().contains("or AWS does not tell them"), "{parted}");
    let paths: Vec<&str> = parted.differences.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(paths, ["$.at", "$.chance"], "an id that is not known agrees with any");
}

#[test]
fn what_is_no_such_history_is_refused_with_the_way_out() {
    let mut told = Told::default();
    told.started("1");
    told.called("RoundOfMani", "round_of_many", &json!(0), &json!(0));
    refused(&json!({ "events": told.0 }), &["no workflow of this program has all of its states"]);
    let text = json!({ "events": told.0 }).to_string();
    refused_text(&text, Some("many_rounds"), &["has no state `RoundOfMani`", "did you mean `RoundOfMany`"]);
    refused_text(&text, Some("many_round"), &["there is no workflow `many_round`", "`many_rounds`"]);
    refused(&json!({ "events": [] }), &["it has no events", "Express"]);
    let express = "arn:aws:states:eu-west-1:123456789012:express:many_rounds:a:b";
    refused(&json!({ "executionArn": express, "events": [] }), &["is an Express execution"]);
    refused(&json!([{ "id": "1", "type": "ExecutionStarted", "previous_event_id": "0" }]), &["log lines", "Standard"]);
    refused_text("{\"events\": [{\"id\": 1,", None, &["it is cut off"]);
    refused(&json!({ "events": "none" }), &["are no list"]);

    let mut told = Told::default();
    told.say("ExecutionStarted", Some(("executionStartedEventDetails", json!({}))));
    told.entered("TaskStateEntered", "RoundOfMany");
    refused(&json!({ "events": told.0 }), &["--include-execution-data"]);
    let mut told = Told::default();
    told.started("1");
    told.exited("TaskStateExited", "RoundOfMany");
    told.say(
        "MapIterationStarted",
        Some(("mapIterationStartedEventDetails", json!({ "name": "Nowhere", "index": 0 }))),
    );
    refused_text(&json!({ "events": told.0 }).to_string(), Some("many_rounds"), &["event 3", "does not follow"]);
}

/// A number that looks like chance.
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize
}

/// Changes one value somewhere in a document.
fn mutate(value: &mut Value, seed: &mut u64) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = next(seed) % items.len();
            match next(seed) % 8 {
                0 => drop(items.remove(at)),
                1 => items.swap(0, at),
                2 => items.push(items[at].clone()),
                _ => mutate(&mut items[at], seed),
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = &keys[next(seed) % keys.len()];
            if next(seed).is_multiple_of(6) {
                fields.remove(key);
            } else if let Some(field) = fields.get_mut(key) {
                mutate(field, seed);
            }
        }
        other => {
            *other = match next(seed) % 6 {
                0 => Value::Null,
                1 => json!(next(seed) % 12),
                2 => json!("TaskFailed"),
                3 => json!("ParallelStateFailed"),
                4 => json!("{\"Payload\":{}}"),
                _ => json!(-1),
            }
        }
    }
}

#[test]
fn damaged_histories_are_refused_or_read_and_nothing_panics() {
    let mut seed = 17;
    let mut readable = 0;
    for (workflow, _, name) in RECORDED {
        let text = fs::read_to_string(file(name)).expect("a file");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        for _ in 0..150 {
            let mut damaged = document.clone();
            for _ in 0..1 + next(&mut seed) % 3 {
                mutate(&mut damaged, &mut seed);
            }
            if let Ok(history) = History::parse_of(&damaged.to_string(), Some(workflow)) {
                readable += 1;
                let _ = (verify::replay(&history), history.events(), durafn::graph::mermaid_of(&history));
            }
        }
        for _ in 0..20 {
            let mut end = next(&mut seed) % text.len();
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            assert!(History::parse_of(&text[..end], Some(workflow)).is_err(), "{name} is cut off");
        }
    }
    assert!(readable > 100, "{readable}");
}
