//! An engine and workers as real processes on one file: racing, killed, stopped, and left alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use durafn::{
    Engine,
    history::EventKind,
    store::{ExecutionId, ListFilter},
};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A process that dies with the test.
struct Process(Child);

impl Process {
    fn start(args: &[&str]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_worker_child"));
        Process(command.args(args).stdout(Stdio::piped()).spawn().expect("the child runs"))
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, signal).expect("the child is there");
    }

    fn kill(mut self) {
        self.0.kill().expect("the child is there");
        self.0.wait().expect("the child ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An engine whose activities are queued.
struct Running {
    process: Process,
    said: BufReader<ChildStdout>,
}

impl Running {
    fn start(directory: &TempDir, name: &str, items: u64) -> Running {
        let mut process = Process::start(&["engine", text(directory), name, &items.to_string()]);
        let mut said = BufReader::new(process.0.stdout.take().expect("it speaks"));
        let mut line = String::new();
        said.read_line(&mut line).expect("it speaks");
        assert_eq!(line.trim(), "ready");
        Running { process, said }
    }

    fn total(mut self) -> u64 {
        let mut said = String::new();
        self.said.read_to_string(&mut said).expect("it speaks");
        assert!(self.process.0.wait().expect("it ends").success());
        said.trim().parse().expect("a total")
    }
}

fn text(directory: &TempDir) -> &str {
    directory.path().to_str().expect("a path in plain text")
}

fn worker(directory: &TempDir, name: &str, stuck: Option<u64>) -> Process {
    let stuck = stuck.map(|item| item.to_string());
    let args = ["worker", text(directory), name].into_iter().chain(stuck.as_deref());
    Process::start(&args.collect::<Vec<_>>())
}

/// An attempt that began: its item, its number, its worker.
type Effect = (u64, u32, String);

/// How often each began.
fn effects(directory: &Path) -> BTreeMap<Effect, usize> {
    let text = fs::read_to_string(directory.join("effects")).unwrap_or_default();
    let mut counts = BTreeMap::new();
    let mut keys = BTreeMap::new();
    // The last line may be on its way.
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let [item, key, attempt, worker] = line.trim().split(' ').collect::<Vec<_>>()[..] else {
            panic!("a torn effect: {line}")
        };
        let (item, attempt) = (item.parse().expect("an item"), attempt.parse().expect("a number"));
        *counts.entry((item, attempt, worker.to_owned())).or_insert(0) += 1;
        keys.entry(key.to_owned()).or_insert_with(BTreeSet::new).insert(item);
    }
    assert!(keys.values().all(|items| items.len() == 1), "each call has a key of its own");
    counts
}

/// Waits until an attempt of an item has begun.
fn begun(directory: &TempDir, item: u64) -> String {
    loop {
        if let Some((_, _, worker)) = effects(directory.path()).into_keys().find(|(known, ..)| *known == item) {
            return worker;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Which worker has taken each attempt, as the histories of all executions tell it, in order.
fn taken(directory: &TempDir) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let engine = Engine::open_read_only(directory.path().join("job.db")).await.expect("the file is whole");
        let mut workers = Vec::new();
        for row in engine.list(&ListFilter::default()).await.expect("the file is whole") {
            let events = engine.history(ExecutionId(row.id.0)).await.expect("the file is whole");
            let started = events.into_iter().filter(|event| event.kind == EventKind::ActivityStarted);
            workers.extend(started.filter_map(|event| event.details.worker));
        }
        workers
    })
}

#[test]
fn of_workers_that_race_one_gets_each_attempt() {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = Running::start(&directory, "job", 60);
    let _workers = ["one", "two", "three"].map(|name| worker(&directory, name, None));
    assert_eq!(engine.total(), (1..=60).sum::<u64>() * 10);
    let effects = effects(directory.path());
    assert!(effects.iter().all(|((_, attempt, _), count)| (*attempt, *count) == (1, 1)), "{effects:?}");
    assert_eq!(effects.len(), 60);
    assert_eq!(taken(&directory).len(), 60);
}

#[test]
fn an_attempt_whose_worker_is_killed_times_out_and_is_made_by_another() {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = Running::start(&directory, "job", 6);
    let first = worker(&directory, "first", Some(2));
    begun(&directory, 2);
    // It has three at most: what it had not begun is lost to it too.
    first.kill();
    let before = effects(directory.path());
    let _second = worker(&directory, "second", None);
    assert_eq!(engine.total(), 210);
    let after = effects(directory.path());
    assert!(after.values().all(|count| *count == 1), "no attempt is made twice: {after:?}");
    assert!(before.keys().all(|effect| after.contains_key(effect)));
    let of_two: Vec<_> = after.keys().filter(|(item, ..)| *item == 2).cloned().collect();
    assert_eq!(of_two, [(2, 1, "first".to_owned()), (2, 2, "second".to_owned())]);
    for item in 1..=6 {
        let attempts = after.keys().filter(|(known, ..)| *known == item);
        assert!((1..=2).contains(&attempts.count()), "one by each at most: {after:?}");
    }
}

#[test]
fn a_worker_goes_on_while_the_engine_is_dead() {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = Running::start(&directory, "job", 4);
    let _worker = worker(&directory, "worker", Some(3));
    begun(&directory, 3);
    engine.process.kill();
    fs::write(directory.path().join("gate"), "").expect("the gate opens");
    for item in 1..=4 {
        begun(&directory, item);
    }
    let engine = Running::start(&directory, "job", 4);
    assert_eq!(engine.total(), 100);
    let effects = effects(directory.path());
    assert!(effects.iter().all(|((_, attempt, _), count)| (*attempt, *count) == (1, 1)), "{effects:?}");
    assert_eq!((effects.len(), taken(&directory)), (4, vec!["worker".to_owned(); 4]));
}

#[test]
fn a_worker_that_stalls_until_its_time_is_over_does_no_harm_and_goes_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let engine = Running::start(&directory, "job", 1);
    let slow = worker(&directory, "slow", Some(1));
    begun(&directory, 1);
    slow.signal(Signal::STOP);
    fs::write(directory.path().join("gate"), "").expect("the gate opens");
    let quick = worker(&directory, "quick", None);
    assert_eq!(engine.total(), 10);
    quick.kill();
    slow.signal(Signal::CONT);
    assert_eq!(Running::start(&directory, "another", 1).total(), 10);
    let effects = effects(directory.path());
    let expected = [(1, 1, "slow"), (1, 2, "quick")].map(|(item, attempt, worker)| (item, attempt, worker.to_owned()));
    assert_eq!(effects.keys().cloned().collect::<Vec<_>>(), {
        let mut expected = expected.to_vec();
        expected.sort();
        expected
    });
    assert_eq!(effects[&(1, 1, "slow".to_owned())], 2, "once in each execution");
    assert_eq!(taken(&directory), ["slow", "slow", "quick"], "the last execution first");
}
