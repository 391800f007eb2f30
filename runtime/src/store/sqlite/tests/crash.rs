//! Processes that are killed in the middle of a storm of commits, and write-ahead logs that end in the middle.
//!
//! The process that dies is this test binary, run again for [`child`] alone.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};

use super::*;
use crate::store::contract::fixtures::{append, create, prepared, row};

const PATH: &str = "DURAFN_TEST_STORM_ON";
const EXECUTIONS: i64 = 20;
/// Each unit appends a pair of rows, which must not be torn apart.
const PAIR: usize = 2;

/// Commits without end and prints what is acknowledged. A test like any other where it is not told to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(path) = env::var(PATH) else { return };
    let store = Arc::new(prepared(&async || SqliteStore::open(&path, SqliteOptions::default()).unwrap()).await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..EXECUTIONS {
        let id = create(&*store, None).await;
        println!("\nacknowledged {} 0", id.0);
        let store = store.clone();
        tasks.spawn(async move {
            for ordinal in 0.. {
                if let Err(error) = store.commit(append(id, vec![row(ordinal); PAIR])).await {
                    println!("\nfailed {} {error}", id.0);
                    return;
                }
                println!("\nacknowledged {} {}", id.0, ordinal + 1);
            }
        });
    }
    tasks.join_all().await;
}

struct Storm {
    child: Child,
    output: BufReader<ChildStdout>,
    /// Units acknowledged, by execution.
    acknowledged: BTreeMap<i64, usize>,
    failures: Vec<String>,
}

impl Storm {
    fn start(path: &Path) -> Storm {
        Storm::start_with(Command::new(env::current_exe().unwrap()), path)
    }

    fn start_with(mut command: Command, path: &Path) -> Storm {
        let name = concat!(module_path!(), "::child");
        let name = name.split_once("::").map_or(name, |(_, name)| name);
        let mut child = command
            .args(["--exact", name, "--nocapture"])
            .env(PATH, path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Storm { child, output, acknowledged: BTreeMap::new(), failures: Vec::new() }
    }

    /// Reads what the child says until it has acknowledged so many units, or has ended.
    fn read(&mut self, units: usize) {
        let mut line = String::new();
        while self.acknowledged.values().sum::<usize>() < units && self.output.read_line(&mut line).unwrap() > 0 {
            // A line that the kill cut off acknowledges nothing.
            if let Some(said) = line.strip_suffix('\n') {
                self.hear(said);
            }
            line.clear();
        }
    }

    fn hear(&mut self, said: &str) {
        if let Some((id, count)) = said.strip_prefix("acknowledged ").and_then(|said| said.split_once(' ')) {
            self.acknowledged.insert(id.parse().unwrap(), count.parse().unwrap());
        } else if let Some(failure) = said.strip_prefix("failed ") {
            self.failures.push(failure.to_owned());
        }
    }

    /// Kills the child, and reads what it had acknowledged until then.
    fn kill(mut self) -> BTreeMap<i64, usize> {
        self.child.kill().unwrap();
        self.read(usize::MAX);
        self.child.wait().unwrap();
        assert!(self.failures.is_empty(), "{:?}", self.failures);
        self.acknowledged
    }
}

/// The units of each execution in a file, after a check that they are whole and that none is missing in between.
async fn units(store: &SqliteStore) -> BTreeMap<i64, usize> {
    let mut units = BTreeMap::new();
    for listed in store.list(&ListFilter::default()).await.unwrap() {
        let journal = store.journal(listed.id).await.unwrap();
        let count = journal.len() / PAIR;
        let expected: Vec<_> = (0..count as u32).flat_map(|ordinal| vec![row(ordinal); PAIR]).collect();
        assert_eq!(journal, expected);
        units.insert(listed.id.0, count);
    }
    units
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    for (round, after) in [1, 30, 500, 3_000, 10_000].into_iter().enumerate() {
        let path = directory.path().join(format!("{round}.db"));
        let mut storm = Storm::start(&path);
        storm.read(after);
        let acknowledged = storm.kill();
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        let found = units(&store).await;
        for (id, count) in acknowledged {
            assert!(found.get(&id).is_some_and(|found| *found >= count), "round {round}: {id} had {count}: {found:?}");
        }
        // What the dead process left behind stops nobody.
        create(&store, None).await;
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_running_engine_is_named_by_its_process_and_can_be_watched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let mut storm = Storm::start(&path);
    storm.read(100);
    let error = SqliteStore::open(&path, SqliteOptions::default()).unwrap_err();
    assert!(matches!(error, OpenError::Held { pid: Some(pid), .. } if pid == storm.child.id()), "{error:?}");
    let watcher = SqliteStore::open_read_only(&path).unwrap();
    let seen = units(&watcher).await;
    assert!(storm.acknowledged.iter().all(|(id, count)| seen[id] >= *count));
    storm.kill();
}

#[tokio::test]
async fn a_log_that_ends_in_the_middle_leaves_a_prefix_of_what_was_committed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let mut storm = Storm::start(&path);
    storm.read(200);
    let acknowledged = storm.kill();
    let file = fs::read(&path).unwrap();
    let log = fs::read(connection::beside(&path, "-wal")).unwrap();
    let mut before: BTreeMap<i64, usize> = BTreeMap::new();
    let mut lengths: Vec<_> = (0..log.len()).step_by(log.len() / 40 + 1).collect();
    lengths.push(log.len());
    for (number, length) in lengths.into_iter().enumerate() {
        let torn = directory.path().join(format!("{number}.db"));
        fs::write(&torn, &file).unwrap();
        let garbage = [0xA5; 777];
        let tail = if number % 2 == 0 && length < log.len() { &garbage[..] } else { &[] };
        fs::write(connection::beside(&torn, "-wal"), [&log[..length], tail].concat()).unwrap();
        let store = SqliteStore::open(&torn, SqliteOptions::default()).unwrap();
        let found = units(&store).await;
        assert!(before.iter().all(|(id, count)| found[id] >= *count), "a longer log holds less");
        before = found;
    }
    assert!(acknowledged.iter().all(|(id, count)| before[id] >= *count));
}

/// The shell limits how large a file the child may write: beyond, every write fails as on a broken disk.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_disk_that_fails_keeps_what_was_acknowledged_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 16000; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
    let mut storm = Storm::start_with(shell, &path);
    storm.read(usize::MAX);
    storm.child.wait().unwrap();
    assert_eq!(storm.failures.len(), EXECUTIONS as usize);
    assert!(
        storm.failures.iter().all(|failure| failure.contains("the disk reported an error")),
        "{:?}",
        storm.failures
    );
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    assert_eq!(units(&store).await, storm.acknowledged);
}
