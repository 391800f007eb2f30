//! The book's examples as real processes, killed by SIGKILL at their commits: each comes to the end that it has without a kill, and an attempt begins once more only
//! where it was under way at the kill.
//!
//! CI kills at some commits of each; `DURAFN_KILL_EVERYWHERE=1 cargo test -p durafn-tests examples_killed` at every one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use durafn::store::{ListFilter, SqliteStore, Store as _};
use serde_json::{Value, json};

const SIGKILL: i32 = 9;
/// More commits than any of them makes.
const MANY: usize = 400;
/// CI kills at the first commits and then at each of so many.
const STEP: usize = 7;

struct Example {
    binary: &'static str,
    workflow: &'static str,
    input: Value,
    /// What the end says.
    ends: &'static str,
}

/// An attempt: its task, state and number.
type Attempt = (String, u32, u32);

fn run(example: &Example, directory: &Path, kill: Option<(usize, &str)>) -> Output {
    let mut child = Command::new(example.binary);
    let input = example.input.to_string().replace("DIR", directory.to_str().expect("UTF-8"));
    child.arg(directory).args([example.workflow, &input]);
    if let Some((commit, lastly)) = kill {
        child.args([&commit.to_string(), lastly]);
    }
    child.output().expect("the child runs")
}

/// The last line that it says: tasks of examples print too.
fn end(output: &Output, directory: &Path) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    last.replace(directory.to_str().expect("UTF-8"), "DIR")
}

fn begun(directory: &Path) -> BTreeMap<Attempt, usize> {
    let text = fs::read_to_string(directory.join("begun")).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let [task, state, attempt] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("a torn line: {line}") };
        let attempt = (task.to_owned(), state.parse().expect("a number"), attempt.parse().expect("a number"));
        *counts.entry(attempt).or_insert(0) += 1;
    }
    counts
}

/// How many attempts the journals have of each kind, and of how many of them the body's end.
#[derive(Default)]
struct Recorded {
    started: BTreeMap<Attempt, usize>,
    ended: BTreeMap<Attempt, usize>,
}

fn recorded(directory: &Path) -> Recorded {
    const SCHEDULED: u8 = 1;
    const STARTED: u8 = 2;
    const RETRIED: u8 = 4;
    const SUCCEEDED: u8 = 5;
    const FAILED: u8 = 6;
    const SUBMITTED: u8 = 8;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut recorded = Recorded::default();
        let Ok(store) = SqliteStore::open_read_only(directory.join("job.db")) else { return recorded };
        for row in store.list(&ListFilter::default()).await.expect("the file is whole") {
            let (mut calls, mut started, mut ended) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
            for row in store.journal(row.id).await.expect("the file is whole") {
                let place = (row.scope.clone(), row.ordinal);
                if row.event == SCHEDULED {
                    let task = row.name.expect("a task").to_string();
                    calls.insert(place.clone(), (task, row.state.expect("a state"), 1));
                }
                let Some((task, state, attempt)) = calls.get_mut(&place) else { continue };
                let this = (place, (task.clone(), *state, *attempt));
                match (row.event, row.number) {
                    (SCHEDULED, Some(1)) | (STARTED, _) => drop(started.insert(this)),
                    (RETRIED, _) => {
                        *attempt += 1;
                        ended.insert(this);
                    }
                    (SUCCEEDED | FAILED | SUBMITTED, _) => drop(ended.insert(this)),
                    _ => {}
                }
            }
            for (from, to) in [(started, &mut recorded.started), (ended, &mut recorded.ended)] {
                from.into_iter().for_each(|(_, attempt)| *to.entry(attempt).or_insert(0) += 1);
            }
        }
        recorded
    })
}

/// Kills once, and lets the next process go on. False where the kill came too late.
fn kill_at(example: &Example, commit: usize, lastly: &str, wanted: &str) -> bool {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let what = format!("`{}` killed at commit {commit} ({lastly})", example.workflow);
    let killed = run(example, directory, Some((commit, lastly)));
    if killed.status.success() {
        return false;
    }
    assert_eq!(killed.status.signal(), Some(SIGKILL), "{what}: {}", String::from_utf8_lossy(&killed.stderr));
    let (before, at_the_kill) = (begun(directory), recorded(directory));
    assert_eq!(end(&run(example, directory, None), directory), wanted, "{what}");
    // Each attempt that the journal has began once, and what was under way at the kill once more.
    let mut expected = recorded(directory).started;
    for (attempt, count) in before {
        let ended = at_the_kill.ended.get(&attempt).copied().unwrap_or_default();
        assert!(ended <= count, "{what}: {attempt:?} had ended before it began");
        *expected.entry(attempt).or_insert(0) += count - ended;
    }
    assert_eq!(begun(directory), expected, "{what}");
    true
}

fn kill_everywhere(example: &Example) {
    let whole = tempfile::tempdir().expect("a directory");
    let wanted = end(&run(example, whole.path(), None), whole.path());
    assert!(wanted.contains(example.ends), "{wanted}");
    assert_eq!(begun(whole.path()), recorded(whole.path()).started, "each attempt begins once");
    let everywhere = std::env::var_os("DURAFN_KILL_EVERYWHERE").is_some();
    for lastly in ["lost", "written"] {
        let commits = (0..MANY).filter(|commit| everywhere || *commit < 2 || commit % STEP == 3);
        let kills = commits.take_while(|commit| kill_at(example, *commit, lastly, &wanted)).count();
        println!("{}: {kills} kills ({lastly})", example.workflow);
        assert!((2..MANY).contains(&kills), "it was killed {kills} times");
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data").join(name)
}

const EXAMPLES: &str = env!("CARGO_BIN_EXE_examples_child");
const SERVICES: &str = env!("CARGO_BIN_EXE_services_child");

#[test]
fn orders() {
    let orders = fs::read_to_string(data("orders.jsonl")).expect("orders");
    let input = serde_json::from_str(orders.lines().next().expect("an order")).expect("JSON");
    kill_everywhere(&Example { binary: EXAMPLES, workflow: "fulfil", input, ends: "charge-order-0001" });
}

#[test]
fn etl() {
    let input = json!({ "folder": data("weather"), "report": "DIR/report.json" });
    kill_everywhere(&Example { binary: EXAMPLES, workflow: "etl", input, ends: "\"stations\":5" });
}

#[test]
fn training() {
    let input =
        json!({ "data": data("machines.csv"), "folder": "DIR", "learning_rates": [0.01, 0.1, 1.0], "margin": 0.5 });
    kill_everywhere(&Example { binary: EXAMPLES, workflow: "train_model", input, ends: "deployed" });
}

#[test]
fn batch() {
    let input = json!({ "scene": "harbour", "frames": 120 });
    kill_everywhere(&Example { binary: EXAMPLES, workflow: "render", input, ends: "harbour.mp4" });
}

#[test]
fn approval() {
    let input = json!({ "what": "a lamp", "cents": 9_900, "manager": "Ada", "director": "Grace", "patience": 600 });
    kill_everywhere(&Example { binary: EXAMPLES, workflow: "approve", input, ends: "States.Timeout" });
}

#[test]
fn services() {
    let lines =
        json!([{ "sku": "MUG", "quantity": 2, "cents": 900 }, { "sku": "LAMP", "quantity": 1, "cents": 4_900 }]);
    let input = json!({ "id": "c-1", "customer": "Ada", "lines": lines });
    kill_everywhere(&Example { binary: SERVICES, workflow: "check_out", input, ends: "card of Ada: 6700" });
}

#[test]
fn rollout() {
    let input = json!({ "version": "1.5.0-slow", "services": ["accounts", "checkout", "mail"] });
    kill_everywhere(&Example { binary: SERVICES, workflow: "roll_out", input, ends: "RolledBack" });
}
