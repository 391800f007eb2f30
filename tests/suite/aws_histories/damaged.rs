//! What is no history: refused with the way out.

use std::fs;

use durafn::history::History;
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

#[test]
fn what_is_cut_off_is_refused() {
    for (name, path, workflow) in recorded() {
        let text = fs::read_to_string(path).expect("a file");
        let text = text.trim_end();
        for end in (0..text.len()).step_by(97).filter(|end| text.is_char_boundary(*end)) {
            assert!(History::parse_of(&text[..end], workflow).is_err(), "{name} is cut off at {end}");
        }
    }
}
