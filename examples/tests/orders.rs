//! The order example as its user runs it: the real binary, killed for real.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

/// A directory of its own for each test, with a database and a file of orders in it.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().expect("a temporary directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orders"));
        command.args(args).args(["--db".as_ref(), self.path("orders.db").as_os_str()]);
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the binary runs")
    }

    /// What a command that works writes.
    fn written(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.written(args)).expect("one JSON document")
    }

    /// The first orders of the example's own data.
    fn orders(&self, count: usize) -> PathBuf {
        let all = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/orders.jsonl")).expect("data");
        let some: Vec<&str> = all.lines().take(count).collect();
        let path = self.path("orders.jsonl");
        fs::write(&path, some.join("\n")).expect("a file");
        path
    }

    /// How often each order was charged, by the bank's own books.
    fn charges(&self) -> BTreeMap<String, usize> {
        let mut charges = BTreeMap::new();
        let books = fs::read_to_string(self.path("orders.bank.jsonl")).expect("the bank's books");
        for line in books.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            *charges.entry(line["order"].as_str().expect("an order").to_owned()).or_default() += 1;
        }
        charges
    }
}

/// The orders that must be charged: in stock, and with a card that pays.
fn chargeable(orders: &Path) -> Vec<String> {
    let text = fs::read_to_string(orders).expect("orders");
    let orders = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an order"));
    let pays = |order: &Value| {
        let in_stock = |item: &Value| !item["sku"].as_str().expect("a sku").starts_with("GONE");
        !order["card"].as_str().expect("a card").starts_with("5999")
            && order["items"].as_array().expect("items").iter().all(in_stock)
    };
    orders.filter(pays).map(|order| order["id"].as_str().expect("an id").to_owned()).collect()
}

fn assert_all_done(place: &Place, orders: &Path, count: usize) {
    let list = place.json(&["list", "--json", "--limit", "0"]);
    let list = list.as_array().expect("an array");
    assert_eq!(list.len(), count, "one execution for each order");
    let open: Vec<_> = list.iter().filter(|row| row["status"] != "SUCCEEDED" && row["status"] != "FAILED").collect();
    assert!(open.is_empty(), "{open:?}");
    let once: BTreeMap<String, usize> = chargeable(orders).into_iter().map(|order| (order, 1)).collect();
    assert_eq!(place.charges(), once, "each order that pays is charged once, no other is");
}

#[test]
fn a_killed_job_is_finished_by_the_next_run() {
    let place = Place::new();
    let orders = place.orders(120);
    let file = orders.to_str().expect("UTF-8");
    let killed = place.run(&["--orders", file, "--kill-after", "40"]);
    assert_eq!(killed.status.code(), None, "a signal ended it");
    let summary = place.written(&["--orders", file]);
    assert!(summary.contains("0 orders charged twice"), "{summary}");
    assert!(summary.contains("were there from an earlier run"), "{summary}");
    assert_all_done(&place, &orders, 120);
    let replayed = place.json(&["replay", "--all", "--json"]);
    assert_eq!((&replayed["checked"], &replayed["diverged"]), (&120.into(), &Value::Array(vec![])));
}

#[test]
fn a_job_killed_at_any_time_charges_each_order_once() {
    let place = Place::new();
    let orders = place.orders(200);
    let file = orders.to_str().expect("UTF-8");
    for round in 0..6 {
        let mut job =
            place.command(&["--orders", file]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a job");
        thread::sleep(Duration::from_millis(20 + 35 * round));
        job.kill().expect("SIGKILL");
        job.wait().expect("its end");
    }
    place.written(&["--orders", file]);
    assert_all_done(&place, &orders, 200);
}

#[test]
fn a_malformed_line_is_named_and_the_rest_goes_on() {
    let place = Place::new();
    let orders = place.orders(3);
    let mut text = fs::read_to_string(&orders).expect("orders");
    text.insert_str(0, "{\"id\": \"half\n");
    fs::write(&orders, text).expect("a file");
    let output = place.run(&["--orders", orders.to_str().expect("UTF-8")]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    assert!(err.contains("orders.jsonl:1: this line is no order and is left out"), "{err}");
    assert!(out.contains("3 shipped") && out.contains("1 lines were no orders"), "{out}");
}

#[test]
fn executions_can_be_listed_shown_and_told() {
    let place = Place::new();
    let orders = place.orders(3);
    place.written(&["--orders", orders.to_str().expect("UTF-8")]);
    let shown = place.json(&["show", "order-0002", "--json"]);
    assert_eq!((&shown["workflow"], &shown["status"]), (&"fulfil".into(), &"SUCCEEDED".into()));
    assert_eq!(shown["output"]["order"], "order-0002");
    let history = place.json(&["history", "order-0002", "--json"]);
    let types: Vec<_> = history.as_array().expect("events").iter().map(|event| event["type"].as_str()).collect();
    assert_eq!(types.first(), Some(&Some("ExecutionStarted")));
    assert_eq!(types.last(), Some(&Some("ExecutionSucceeded")));
    assert!(types.contains(&Some("MapIterationStarted")), "{types:?}");
    assert!(place.written(&["replay", "order-0002"]).contains("agrees"));
    let page = place.written(&["show", "order-0002"]);
    assert!(page.contains("Reserve each") && page.contains("SUCCEEDED"), "{page}");
    assert!(page.contains('█') && page.contains('─'), "there is a timeline: {page}");
    let drawn = place.written(&["graph", "order-0002"]);
    assert!(drawn.starts_with("flowchart") && drawn.contains(" done\n"), "{drawn}");
    assert_eq!(place.json(&["payload", "order-0002", "output"]), shown["output"]);
    let raw = place.written(&["payload", "order-0002", "input", "--raw"]);
    assert_eq!(serde_json::from_str::<Value>(&raw).expect("JSON"), shown["input"]);
    assert!(!raw.ends_with('\n'), "{raw:?}");
    let charged = place.json(&["payload", "order-0002", "input", "--at", "Charge"]);
    assert!(charged.is_object(), "{charged}");
    for (at, says) in
        [("Reserve each", "no payloads of its own"), ("Charge#9", "was entered once"), ("Fly", "was not entered")]
    {
        let refused = place.run(&["payload", "order-0002", "output", "--at", at]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && said.contains(says), "{said}");
    }
    let file = place.path("order-0002.json");
    let file = file.to_str().expect("UTF-8");
    place.written(&["history", "export", "order-0002", "-o", file]);
    assert_eq!(place.written(&["graph", file]), drawn);
    assert!(place.written(&["graph", file, "--format", "dot"]).contains("class=done"));
}

#[test]
fn the_workflow_is_described_checked_drawn_and_exported() {
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_orders")).args(args).output().expect("the binary runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let workflows: Value = serde_json::from_str(&run(&["workflows", "--json"])).expect("JSON");
    assert_eq!((&workflows[0]["name"], &workflows[0]["type"]), (&"fulfil".into(), &"STANDARD".into()));
    assert!(run(&["check"]).contains("fulfil: good"));
    assert!(run(&["graph", "fulfil"]).starts_with("flowchart"));
    assert!(run(&["graph", "fulfil", "--format", "dot"]).starts_with("digraph"));
    let lambda: Value = serde_json::from_str(&run(&["export", "fulfil"])).expect("JSON alone");
    assert_eq!(lambda["States"]["Charge"]["Resource"], "arn:aws:states:::lambda:invoke");
    let args = ["export", "fulfil", "--target", "activity", "--region", "eu-west-1", "--account", "123456789012"];
    let activity: Value = serde_json::from_str(&run(&args)).expect("JSON alone");
    assert_eq!(activity["States"]["Charge"]["Resource"], "arn:aws:states:eu-west-1:123456789012:activity:charge");
}

#[test]
fn mistakes_are_named_with_the_way_out() {
    let place = Place::new();
    let said = |args: &[&str], code: i32, words: &[&str]| {
        let output = place.run(args);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
        for word in words {
            assert!(err.contains(word), "{args:?} does not say {word:?}: {err}");
        }
    };
    said(&["list"], 1, &["there is no database at", "--db PATH"]);
    said(&["start", "fulfill"], 1, &["there is no workflow `fulfill`", "did you mean `fulfil`?"]);
    said(&["start", "fulfil", "--input", "{\"id\": 3}"], 1, &["at `id`", "expected a string"]);
    said(&["start", "fulfil", "--input", "{"], 1, &["does not have the shape"]);
    said(&["start", "fulfil", "--input-file", "nowhere.json"], 1, &["nowhere.json"]);
    said(&["show", "17"], 1, &["there is no execution", "`list` shows"]);
    said(&["stop", "order-0001"], 1, &["there is no execution"]);
    said(&["stop"], 1, &["name the execution", "--all"]);
    said(&["stop", "order-0001", "--all"], 2, &["cannot be used with"]);
    said(&["stop", "--all", "--status", "failed"], 1, &["FAILED cannot be stopped"]);
    said(&["stop", "--all", "--workflow", "fulfil"], 0, &[]);
    said(&["graph", "fulfill"], 1, &["did you mean `fulfil`?", "as an execution: there is no"]);
    said(&["replay"], 2, &["required"]);
    said(&["list", "--status", "happy"], 2, &["possible values"]);
    fs::write(place.path("orders.db"), "this is no database").expect("a file");
    fs::remove_file(place.path("orders.db-wal")).ok();
    said(&["list"], 1, &["not a SQLite database"]);
    said(&["--orders", "nowhere.jsonl"], 1, &["nowhere.jsonl"]);
}

/// Recorded histories are never changed and replay for ever. A file that an older version wrote is added, never replaced.
#[test]
fn recorded_histories_replay() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    for file in fs::read_dir(recorded).expect("the recorded histories") {
        let place = Place::new();
        let file = file.expect("a file").path();
        if file.extension().is_none_or(|ending| ending != "db") {
            continue;
        }
        fs::copy(&file, place.path("orders.db")).expect("a copy");
        let replayed = place.json(&["replay", "--all", "--json"]);
        assert_eq!(replayed["diverged"], Value::Array(vec![]), "{}", file.display());
        assert!(replayed["checked"].as_u64() > Some(40), "{}: {replayed}", file.display());
    }
}

#[test]
fn an_execution_can_be_started_and_its_failure_is_an_exit_code() {
    let place = Place::new();
    let order = |card: &str| {
        format!(
            r#"{{"id":"x-1","customer":{{"name":"A","country":"DE"}},"card":"{card}","express":true,"items":[{{"sku":"MUG","quantity":1,"price_cents":900}}]}}"#
        )
    };
    let output = place.written(&["start", "fulfil", "--name", "x-1", "--input", &order("4000")]);
    let shipment: Value = serde_json::from_str(&output).expect("the output");
    assert_eq!(shipment["cents"], 2_400);
    let again = place.written(&["start", "fulfil", "--name", "x-1", "--input", &order("4000")]);
    assert_eq!(again, output, "the same name and input is the same execution");
    let taken = place.run(&["start", "fulfil", "--name", "x-1", "--input", &order("4001")]);
    let err = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert_eq!(taken.status.code(), Some(1), "{err}");
    assert!(err.contains("has the name `x-1` and another input"), "{err}");
    let failed = place.run(&["start", "fulfil", "--input", &order("5999")]);
    assert_eq!(failed.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("CardDeclined"));
}
