//! Histories of exported machines as `aws stepfunctions get-execution-history` prints them: recorded from LocalStack, and damaged.
//!
//! `DURAFN_RECORD=1 cargo test -p durafn-tests aws_histories` records those that are not there.

mod damaged;

use std::{fs, path::PathBuf};

use damaged::refused;
use durafn::{
    debug::{Direction, Recording, Session},
    graph,
    history::{EventKind, History},
    prelude::*,
    store::Status,
    verify,
};
use durafn_tests::agreement::{
    Way::{self, Activities, Lambda},
    aws_histories,
};
use serde_json::{Value, json};

/// Workflow, input, how its tasks travel, and the name of the file.
const RECORDED: [(&str, &str, Way, &str); 39] = [
    ("several_retriers", r#"["missing", "busy", "lost", "busy"]"#, Lambda, "retries"),
    ("several_retriers", r#"["missing", "busy", "lost", "busy"]"#, Activities, "activity-retries"),
    ("retries_that_run_out", "5", Lambda, "retries-run-out"),
    ("errors_leave", r#""refused""#, Lambda, "failure"),
    ("errors_leave", r#""refused""#, Activities, "activity-failure"),
    ("a_timeout_that_is_caught", "1", Lambda, "timeout-caught"),
    ("a_timeout_of_the_task", "true", Activities, "activity-timeout"),
    ("silent_task", "1", Activities, "activity-heartbeat"),
    ("limited", "1", Lambda, "execution-timed-out"),
    ("a_join_in_a_loop", "2", Lambda, "parallel-in-loop"),
    ("the_first_failure_stops_the_others", r#""busy""#, Lambda, "parallel-failed"),
    ("failures_of_branches_are_caught", r#""refused""#, Lambda, "parallel-caught"),
    ("maps_in_maps", "[[1, 2], [], [3]]", Lambda, "maps-in-maps"),
    ("a_failing_item_is_caught", r#"["a", "unknown", "b"]"#, Lambda, "map-caught"),
    ("one_at_a_time_until_one_fails", "[2, 3, 4]", Lambda, "map-failed"),
    ("races_in_races", r#"{"a": 2, "b": 9}"#, Lambda, "races"),
    ("a_join_in_a_race", "1", Lambda, "race-lost"),
    ("a_task_that_hangs_loses", "1", Lambda, "race-timeout"),
    ("approval", r#""yes""#, Lambda, "callback"),
    ("approval", r#""yes""#, Activities, "callback-by-queue"),
    ("approval", r#""refused""#, Lambda, "callback-failed"),
    ("approval", r#""no mail""#, Lambda, "callback-not-submitted"),
    ("approval", r#""silence""#, Lambda, "callback-timeout"),
    ("heartbeats", "0", Lambda, "callback-heartbeat"),
    ("retried", "9", Lambda, "callback-retries"),
    ("nested_two_deep", "3", Lambda, "child"),
    ("a_failure_that_is_matched", "10", Lambda, "child-caught"),
    ("a_failure_that_passes_two_parents", r#""refused""#, Lambda, "child-failed"),
    ("a_child_that_is_repeated", "500", Lambda, "child-retries"),
    ("a_child_that_takes_too_long", "1", Lambda, "child-timeout"),
    ("a_child_with_a_limit", "1", Activities, "child-limit"),
    ("a_sibling_fails", "3", Activities, "child-in-parallel"),
    ("only_started", "4", Lambda, "child-started"),
    ("packed", "1", Lambda, "declared-activity-failed"),
    ("packed_or_not", "2", Lambda, "declared-activity-retried"),
    ("comes_late", "2", Lambda, "declared-activity-timeout"),
    ("supervised", "0", Lambda, "declared-activity-heartbeat"),
    ("activities_in_a_map", r#"["a", "bb", "ccc"]"#, Lambda, "declared-activity-in-map"),
    ("activity_beside", "0", Lambda, "declared-activity-beside"),
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

/// Runs it on LocalStack, and keeps what is told of it and of the executions that it starts.
fn record(workflow: &str, input: &str, way: Way, name: &str) {
    let input: Value = serde_json::from_str(input).expect("JSON");
    let told = aws_histories(workflow, &input, way).expect("LocalStack runs here");
    for (number, told) in told.iter().enumerate() {
        let path = if number == 0 { file(name) } else { file(&format!("{name}.{number}")) };
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, serde_json::to_string_pretty(&told.document()).expect("JSON") + "\n").expect("a file");
    }
}

/// Every recorded file with the workflow whose it is, where the file does not tell.
pub(crate) fn recorded() -> impl Iterator<Item = (String, PathBuf, Option<&'static str>)> {
    RECORDED.into_iter().flat_map(|(workflow, _, _, name)| {
        let children = (1..).map(move |number| file(&format!("{name}.{number}"))).take_while(|path| path.is_file());
        let children = children.map(|path| (path, None));
        let own = std::iter::once((file(name), Some(workflow)));
        own.chain(children).map(|(path, workflow)| (path.display().to_string(), path, workflow))
    })
}

#[test]
fn recorded_files_replay() {
    if std::env::var_os("DURAFN_RECORD").is_some() {
        for (workflow, input, way, name) in RECORDED {
            if !file(name).is_file() {
                record(workflow, input, way, name);
            }
        }
    }
    for (name, path, workflow) in recorded() {
        let history = History::read_of(&path, workflow).unwrap_or_else(|error| panic!("{error}"));
        assert!(workflow.is_none_or(|workflow| workflow == history.execution.workflow), "{name}");
        assert!(replays(&history) > 0, "{name}");
        let events = history.events().expect("events");
        assert_eq!(events[0].kind, EventKind::ExecutionStarted);
        // What is read can be written as a file of our own, which says the same.
        let again = History::parse(&history.to_json().expect("JSON")).expect("a history file");
        assert_eq!(again, history, "{name}");
    }
}

#[test]
fn recorded_files_are_debugged_and_drawn() {
    for (name, path, workflow) in recorded() {
        let history = History::read_of(&path, workflow).unwrap_or_else(|error| panic!("{error}"));
        let mut session = Session::new(Recording::of(&history).unwrap_or_else(|error| panic!("{name}: {error}")));
        assert!(session.recording().divergence().is_none(), "{name}");
        let failed = history.execution.status == Status::Failed;
        assert!(!failed || session.to_failure(Direction::Forward).is_ok(), "{name}: the failure is found");
        let drawn = graph::mermaid_of(&history).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(drawn.contains(":::done") || drawn.contains("class "), "{name}: {drawn}");
        assert!(!graph::timeline(&history, history.execution.started_at).expect("a timeline").is_empty(), "{name}");
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

/// Events in pages of a thousand, as `aws` prints them.
fn pages(events: &[Value]) -> Vec<Value> {
    let pages = events.chunks(1_000);
    let last = pages.len() - 1;
    let page = |(index, events): (usize, &[Value])| match index == last {
        true => json!({ "events": events }),
        false => json!({ "events": events, "nextToken": format!("page {index}") }),
    };
    pages.enumerate().map(page).collect()
}

fn behind_each_other(pages: &[Value]) -> String {
    pages.iter().map(|page| format!("{page:#}\n")).collect()
}

/// As many events as Step Functions allows.
fn as_many_as_allowed() -> Vec<Value> {
    let mut told = Told::default();
    told.started("4999");
    for round in 0..4_999 {
        told.called("RoundOfMany", "round_of_many", &json!(round), &json!(round));
    }
    told.succeeded(&json!(4_999));
    assert!(told.0.len() > 24_990, "{}", told.0.len());
    told.0
}

#[test]
fn twenty_five_thousand_events_in_pages() {
    let events = as_many_as_allowed();
    let pages = pages(&events);
    let listed = Value::from(pages.clone()).to_string();
    for text in [behind_each_other(&pages), listed] {
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

#[test]
fn pages_in_reverse_order() {
    let mut events = as_many_as_allowed();
    events.reverse();
    let mut pages = pages(&events);
    assert_eq!(replays(&read(&Value::from(pages.clone()))), 5_000);
    pages.pop();
    refused(&Value::from(pages), &["events 1 to", "are missing"]);
    let single = json!({ "events": [events[0]], "nextToken": "page 1" });
    assert_eq!(replays(&read(&json!([single, { "events": events[1..] }]))), 5_000, "one event has no order");
}

#[test]
fn twenty_five_thousand_events_of_localstack() {
    let Some(told) = aws_histories("many_rounds", &json!(2_776), Lambda) else { return };
    let events = &told[0].events;
    assert!((24_900..=25_000).contains(&events.len()), "{}", events.len());
    let history = History::parse_of(&behind_each_other(&pages(events)), Some("many_rounds"));
    assert_eq!(replays(&history.unwrap_or_else(|error| panic!("{error}"))), 2_777);
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

/// What is told of an execution that somebody stopped while it waited for a token.
#[test]
fn an_execution_that_was_stopped_replays_up_to_there() {
    let text = fs::read_to_string(file("callback-timeout")).expect("a file");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    let events = document["events"].as_array_mut().expect("events");
    let submitted = events.iter().position(|event| event["type"] == "TaskSubmitted").expect("a token is out");
    events.truncate(submitted + 1);
    let read = |document: &Value| History::parse_of(&document.to_string(), Some("approval")).expect("a history");
    let waiting = read(&document);
    assert_eq!(waiting.execution.status, Status::Running);
    assert_eq!(replays(&waiting), 1);
    let stopped = json!({ "id": submitted + 2, "previousEventId": submitted + 1, "type": "ExecutionAborted",
        "timestamp": "2026-01-03T00:00:00Z", "executionAbortedEventDetails": { "error": "Stopped", "cause": "by hand" } });
    document["events"].as_array_mut().expect("events").push(stopped);
    let stopped = read(&document);
    assert_eq!(stopped.execution.status, Status::Aborted);
    assert_eq!(
        (stopped.execution.error.as_deref(), stopped.execution.cause.as_deref()),
        (Some("Stopped"), Some("by hand"))
    );
    replays(&stopped);
    let kinds: Vec<EventKind> = stopped.events().expect("events").iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::TaskSubmitted) && kinds.ends_with(&[EventKind::ExecutionAborted]), "{kinds:?}");
}
