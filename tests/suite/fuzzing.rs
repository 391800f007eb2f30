//! Readers of what comes from outside, fed with recorded input that was damaged at random: nothing panics. The targets in `fuzz/` do the same
//! without an end.

use std::{fs, path::Path};

use durafn::{
    debug::{Recording, Session},
    fuzzing,
    history::History,
};
use serde_json::{Value, json};

use crate::aws_histories::recorded;

/// `DURAFN_FUZZ_ROUNDS=100` goes through everything so many times.
fn times(rounds: usize) -> usize {
    rounds * std::env::var("DURAFN_FUZZ_ROUNDS").map_or(1, |times| times.parse().expect("a number"))
}

/// Numbers that look like chance, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// Changes one value somewhere in a document.
fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = dice.below(items.len());
            match dice.below(8) {
                0 => drop(items.remove(at)),
                1 => items.swap(0, at),
                2 => items.push(items[at].clone()),
                _ => change(&mut items[at], dice),
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = dice.pick(&keys);
            if dice.below(6) == 0 {
                fields.remove(&key);
            } else if let Some(field) = fields.get_mut(&key) {
                change(field, dice);
            }
        }
        Value::Number(number) if dice.below(2) == 0 => {
            *value = json!(number.as_i64().unwrap_or_default().wrapping_add(dice.below(5) as i64 - 2));
        }
        other => {
            let words = ["TaskFailed", "ParallelStateFailed", "{\"Payload\":{}}", "1 7 9000", "0.0", "task-failed", ""];
            *other = match dice.below(7) {
                0 => Value::Null,
                1 => json!(dice.below(12)),
                2 => json!(-1),
                3 => json!(i64::MAX),
                4 => json!([]),
                _ => dice.pick(&words).into(),
            }
        }
    }
}

/// Feeds a reader with documents that differ from one in a few places. Yields how many it took.
fn damaged(document: &Value, rounds: usize, dice: &mut Dice, reads: impl Fn(&str) -> bool) -> usize {
    let damaged = (0..times(rounds)).map(|_| {
        let mut damaged = document.clone();
        for _ in 0..1 + dice.below(3) {
            change(&mut damaged, dice);
        }
        damaged.to_string()
    });
    damaged.filter(|text| reads(text)).count()
}

fn parsed(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON")
}

/// Recorded histories, as history files.
fn history_files() -> Vec<Value> {
    let document = |(name, path, workflow): (String, _, _)| {
        let history = History::read_of(path, workflow).unwrap_or_else(|error| panic!("{name}: {error}"));
        serde_json::from_str(&history.to_json().expect("a history file")).expect("JSON")
    };
    recorded().map(document).collect()
}

#[test]
fn histories_of_aws() {
    let mut dice = Dice(17);
    let read = recorded()
        .map(|(_, path, workflow)| damaged(&parsed(&path), 20, &mut dice, |text| fuzzing::history(text, workflow)));
    assert!(read.sum::<usize>() > 50, "most damage is not seen, and the rest is replayed");
}

#[test]
fn history_files_and_rows_of_a_store() {
    let mut dice = Dice(23);
    let (mut read, mut told) = (0, 0);
    for document in history_files() {
        read += damaged(&document, 10, &mut dice, |text| fuzzing::history(text, None));
        told += damaged(&document, 10, &mut dice, fuzzing::journal);
    }
    assert!(read > 50 && told > read / 2, "{read} files are read, {told} journals are told");
}

#[test]
fn machines() {
    let mut dice = Dice(29);
    let mut valid = 0;
    for document in history_files() {
        for machine in document["machines"].as_object().expect("machines").values() {
            assert!(fuzzing::machine(&machine.to_string()));
            valid += damaged(machine, 15, &mut dice, fuzzing::machine);
        }
    }
    assert!(valid > 50, "{valid}");
}

#[test]
fn inputs_of_every_workflow() {
    let mut dice = Dice(31);
    let seeds: Vec<Value> = history_files().into_iter().map(|document| document["input"].clone()).collect();
    let mut fits = 0;
    for workflow in durafn::private::inventory::iter::<durafn::callable::WorkflowEntry> {
        for _ in 0..times(3) {
            let mut input = dice.pick(&seeds);
            change(&mut input, &mut dice);
            fits += usize::from(fuzzing::input(workflow.name, &input.to_string()));
        }
    }
    assert!(fits > 50, "{fits}");
}

/// Texts that differ from some in a few letters.
fn garbled(seeds: &[&str], rounds: usize, dice: &mut Dice) -> Vec<String> {
    let garble = |_| {
        let mut letters: Vec<char> = dice.pick(seeds).chars().collect();
        for _ in 0..dice.below(4) {
            let at = dice.below(letters.len() + 1);
            match dice.below(3) {
                0 if at < letters.len() => drop(letters.remove(at)),
                1 if at < letters.len() => letters[at] = dice.pick(&['9', '#', '*', 'é', '\'', '[', ' ', '-']),
                _ => letters.insert(at, dice.pick(&['$', '.', '0', '?', '(', '"', '\u{1f600}', '\n'])),
            }
        }
        letters.into_iter().collect()
    };
    (0..times(rounds)).map(garble).collect()
}

fn one_history() -> History {
    let (_, path, workflow) = recorded().next().expect("a recorded file");
    History::read_of(path, workflow).expect("a history")
}

#[test]
fn paths_of_what_is_taken_out() {
    let history = one_history();
    let seeds = [
        "$.input",
        "$..seconds",
        "$.journal[*].payload",
        "$.input[?@ > 1 && length(@) < 3]",
        "$.journal[-1:0:2]",
        "$['input'][0]",
    ];
    let paths = garbled(&seeds, 400, &mut Dice(37));
    assert!(paths.iter().filter(|path| fuzzing::redaction(&history, path)).count() > 10);
}

#[test]
fn commands_of_the_debugger() {
    let recording = Recording::of(&one_history()).expect("a recording");
    let seeds = [
        "next 3",
        "back",
        "over",
        "until",
        "into 0",
        "out",
        "to WithSeveral#2",
        "back to Nowhere",
        "line 42",
        "change script",
        "failure",
        "back failure",
        "search busy",
        "/lost",
        "where",
        "vars script",
        "changed",
        "input",
        "output",
        "source 9",
        "states",
        "history",
        "end",
        "start",
        "help",
    ];
    let mut session = Session::new(recording);
    let lines = garbled(&seeds, 2_000, &mut Dice(41));
    assert!(lines.iter().filter(|line| fuzzing::debugger(&mut session, line)).count() > 200);
}

#[test]
fn texts_of_tokens() {
    let texts = garbled(&["5f1e0c9d", "a b", "", "AAAAKgAAAAIAAAAA"], 200, &mut Dice(43));
    let taken = texts.iter().filter(|text| fuzzing::token(text)).count();
    assert!(taken > 10 && taken < texts.len(), "{taken}");
}

#[test]
fn rules_of_schedules() {
    let seeds = [
        json!({ "fires": { "every": { "seconds": 900 } }, "overlap": "queue", "missed": "all" }),
        json!({ "fires": { "cron": { "expression": "0 3 * * MON-FRI", "timeZone": "Europe/Berlin" } } }),
    ];
    let mut dice = Dice(53);
    assert!(fuzzing::schedule(&seeds[0].to_string()));
    let taken = seeds.iter().map(|seed| damaged(seed, 200, &mut dice, fuzzing::schedule));
    assert!(taken.sum::<usize>() > 10);
}
