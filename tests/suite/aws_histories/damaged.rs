//! What is no history, and histories that were damaged: refused with the way out, and nothing panics.

use std::fs;

use durafn::{history::History, verify};
use serde_json::{Value, json};

use super::{Told, recorded};

pub(super) fn refused(document: &Value, words: &[&str]) {
    refused_text(&document.to_string(), None, words);
}

fn refused_text(text: &str, workflow: Option<&str>, words: &[&str]) {
    let error = History::parse_of(text, workflow).expect_err("a refusal");
    assert!(error.is_history());
    for word in words {
        assert!(error.to_string().contains(word), "{error} does not say {word:?}");
    }
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
    for (kind, words) in [
        ("TaskSucceded", ["event 2 is of the type `TaskSucceded`", "did you mean `TaskSucceeded`"]),
        ("WorkflowTaskScheduled", ["does not know", "a newer durafn"]),
        ("MapRunStarted", ["event 2 (MapRunStarted)", "distributed Map"]),
        ("ExecutionRedriven", ["event 2 (ExecutionRedriven)", "take out the events from 2 on"]),
    ] {
        let mut told = Told::default();
        told.started("1");
        told.say(kind, None);
        refused(&json!({ "events": told.0 }), &words);
    }
    let mut told = Told::default();
    told.started("1");
    told.succeeded(&json!(0));
    told.exited("TaskStateExited", "RoundOfMany");
    refused(&json!({ "events": told.0 }), &["event 2 (ExecutionSucceeded) ends the execution", "more events follow"]);

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
    for (name, path, workflow) in recorded() {
        let text = fs::read_to_string(path).expect("a file");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        for _ in 0..100 {
            let mut damaged = document.clone();
            for _ in 0..1 + next(&mut seed) % 3 {
                mutate(&mut damaged, &mut seed);
            }
            if let Ok(history) = History::parse_of(&damaged.to_string(), workflow) {
                readable += 1;
                let _ = (verify::replay(&history), history.events(), durafn::graph::mermaid_of(&history));
            }
        }
        for _ in 0..20 {
            let mut end = next(&mut seed) % text.trim_end().len();
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            assert!(History::parse_of(&text[..end], workflow).is_err(), "{name} is cut off");
        }
    }
    assert!(readable > 100, "{readable}");
}
