//! Real processes on one file, killed and stopped at any moment, and what those make of it that are left.
//!
//! What was acknowledged is there, each execution ends once and as it should, and an attempt whose end was on disk at a kill is never made again.
//! `DURAFN_KILL_ROUNDS=200 cargo test -p durafn-tests sharing` kills as often.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use durafn::{
    Engine,
    store::{ExecutionRow, Lease, ListFilter, SqliteStore, Status, Store as _},
};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// Events of journal rows that end an attempt: retried, succeeded, failed.
const ENDS: [u8; 3] = [4, 5, 6];
/// Long enough for a machine that has no time, short enough to wait for its end.
const LEASE: &str = "3000";
/// Nobody waits so long for a line; a test that would hang fails.
const FOREVER: Duration = Duration::from_secs(240);

/// A process that runs an engine.
struct Peer {
    child: Child,
    _input: Option<ChildStdin>,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Peer {
    fn start(directory: &Path, args: &[&str]) -> Peer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_share_child"));
        command.arg(directory).args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the child runs");
        let (send, lines) = channel();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        // The end of the pipe is the end of the process, or a torn line of a killed one.
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Peer { _input: child.stdin.take(), child, lines, said: Vec::new() }
    }

    fn serve(directory: &Path, lease: &str, name: &str, jobs: usize) -> Peer {
        Peer::start(directory, &[lease, name, &jobs.to_string()])
    }

    /// Waits until it has said so many lines that begin with a word.
    #[track_caller]
    fn wait_for(&mut self, word: &str, count: usize) {
        while self.said.iter().filter(|line| line.starts_with(word)).count() < count {
            match self.lines.recv_timeout(FOREVER) {
                Ok(line) => self.said.push(line),
                Err(error) => panic!("it does not say `{word}` ({error}), but {:?}", self.said),
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process is there");
    }

    /// Stops it, and returns when it is stopped.
    fn stop(&self) {
        self.signal(Signal::STOP);
        let stopped = waitpid(Some(Pid::from_child(&self.child)), WaitOptions::UNTRACED).expect("it is a child");
        assert!(stopped.is_some_and(|(_, status)| status.stopped()), "it runs");
    }

    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("it can be killed");
        let status = self.child.wait().expect("it was started");
        assert_eq!(status.signal(), Some(9), "it was killed, and did not end before: {status}");
        self.said.extend(self.lines.iter());
        self.said
    }

    /// Lets it come to an orderly end.
    fn end(mut self) -> Vec<String> {
        self._input = None;
        let status = self.child.wait().expect("it was started");
        assert!(status.success(), "{status}: {:?}", self.said);
        self.said.extend(self.lines.iter());
        self.said
    }

    fn pid(&self) -> String {
        self.child.id().to_string()
    }
}

type Effect = (String, String);

/// How often each effect happened, by the key of the call and the attempt; of one process, or of all.
fn effects(directory: &Path, of: Option<&str>) -> BTreeMap<Effect, usize> {
    let text = fs::read_to_string(directory.join("effects")).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let [key, attempt, pid] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("a torn effect: {line}") };
        if of.is_none_or(|of| of == pid) {
            *counts.entry((key.to_owned(), attempt.to_owned())).or_insert(0) += 1;
        }
    }
    counts
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

async fn rows(directory: &Path) -> Vec<ExecutionRow> {
    let Ok(store) = SqliteStore::open_read_only(directory.join("job.db")) else { return Vec::new() };
    store.list(&ListFilter::default()).await.expect("the file is whole")
}

/// The attempts whose end is on disk, and how often each effect had happened then.
fn ended(directory: &Path) -> BTreeMap<Effect, usize> {
    let ended = block_on(async {
        let mut ended = BTreeSet::new();
        let Ok(store) = SqliteStore::open_read_only(directory.join("job.db")) else { return ended };
        for row in rows(directory).await {
            let mut attempts = BTreeMap::<(String, u32), u32>::new();
            for entry in store.journal(row.id).await.expect("the file is whole") {
                if ENDS.contains(&entry.event) {
                    let attempt = attempts.entry((entry.scope.to_string(), entry.ordinal)).or_insert(0);
                    *attempt += 1;
                    ended.insert((format!("{}-{}-{}", row.nonce, entry.scope, entry.ordinal), attempt.to_string()));
                }
            }
        }
        ended
    });
    let mut effects = effects(directory, None);
    effects.retain(|effect, _| ended.contains(effect));
    effects
}

/// Waits until no execution runs any more.
fn wait_for_all(directory: &Path) {
    loop {
        let rows = block_on(rows(directory));
        if rows.iter().all(|row| row.closed_at.is_some()) {
            return;
        }
        let blocked: Vec<_> = rows.iter().filter(|row| row.status == Status::Blocked).collect();
        assert!(blocked.is_empty(), "{blocked:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What was acknowledged is there and as it should be; what had ended when somebody was killed did not happen again.
fn assert_sound(directory: &Path, said: &[String], kills: usize, ended: &[BTreeMap<Effect, usize>]) {
    let rows = block_on(rows(directory));
    let by_name: BTreeMap<&str, &ExecutionRow> =
        rows.iter().map(|row| (row.name.as_deref().unwrap_or_default(), row)).collect();
    let loads = rows.iter().filter(|row| row.workflow == "load").count();
    for row in rows.iter().filter(|row| row.workflow == "load") {
        let n: u64 = row.input.parse().expect("a number");
        assert_eq!((row.status, row.output.as_deref()), (Status::Succeeded, Some(&*(n + 12).to_string())), "{row:?}");
    }
    let gates = rows.iter().filter(|row| row.workflow == "gate").count();
    assert_eq!(rows.len(), 2 * loads + gates, "each has one child");
    let mut acknowledged = 0;
    for line in said {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["started", name] => assert!(by_name.contains_key(name), "{name} was acknowledged and is lost"),
            ["done", name, output] => assert_eq!(by_name[name].output.as_deref(), Some(output), "{name}"),
            _ => continue,
        }
        acknowledged += 1;
    }
    assert!(acknowledged > 0, "nothing was acknowledged: {said:?}");
    let after = effects(directory, None);
    assert_eq!(after.len(), 6 * loads + gates, "each step of each execution, and no other");
    for (effect, count) in &after {
        assert!(*count <= 1 + kills, "{effect:?} happened {count} times with {kills} kills");
    }
    for (effect, before) in ended.iter().flatten() {
        assert_eq!(after[effect], *before, "{effect:?} had ended, and happened again");
    }
    let mut check = Peer::start(directory, &["check"]);
    let fits = check.child.wait().expect("it was started").success();
    assert!(fits, "code and histories part: {:?}", check.lines.iter().collect::<Vec<_>>());
}

fn owners(directory: &Path) -> i64 {
    let file = rusqlite::Connection::open(directory.join("job.db")).expect("a file");
    file.busy_timeout(FOREVER).expect("a setting");
    file.query_row("SELECT count(*) FROM engine WHERE ended = 0", [], |row| row.get(0)).expect("a number")
}

#[test]
fn a_killed_engine_is_taken_over_by_the_others() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let [mut one, mut two, mut three] = ["a", "b", "c"].map(|name| Peer::serve(directory, LEASE, name, 20));
    one.wait_for("done", 2);
    let mut said = one.kill();
    let ended = ended(directory);
    two.wait_for("finished", 1);
    three.wait_for("finished", 1);
    wait_for_all(directory);
    // It may have had nothing left to be taken over.
    while owners(directory) != 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    said.extend(two.end());
    said.extend(three.end());
    assert_sound(directory, &said, 1, &[ended]);
}

#[test]
fn a_stopped_engine_is_fenced_and_writes_nothing_when_it_goes_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let mut stalled = Peer::start(directory, &[LEASE, "a", "40", "gate"]);
    let mut other = Peer::serve(directory, LEASE, "b", 5);
    other.wait_for("finished", 1);
    stalled.wait_for("started a-gate", 1);
    // Not while it holds the file's lock: what then is another test.
    loop {
        stalled.stop();
        let file = rusqlite::Connection::open(directory.join("job.db")).expect("a file");
        if file.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok() {
            break;
        }
        stalled.signal(Signal::CONT);
    }
    while owners(directory) == 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::write(directory.join("go"), "").expect("a file");
    wait_for_all(directory);
    let (ended, before) = (ended(directory), effects(directory, Some(&stalled.pid())));
    stalled.signal(Signal::CONT);
    stalled.wait_for("fenced", 1);
    assert_eq!(stalled.child.wait().expect("it was started").code(), Some(3), "it says so in good order");
    assert_eq!(owners(directory), 1);
    // A body that ran on may have had its effect once more; no step was begun.
    let after = effects(directory, Some(&stalled.pid()));
    assert!(after.keys().all(|effect| before.contains_key(effect) || ended.contains_key(effect)), "{after:?}");
    let mut said = stalled.said;
    said.extend(stalled.lines.iter());
    said.extend(other.end());
    assert_sound(directory, &said, 1, &[]);
}

/// Numbers that look random, from a seed that is printed.
struct Random(u64);

impl Random {
    fn new() -> Random {
        let seed = std::env::var("DURAFN_KILL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        println!("DURAFN_KILL_SEED={seed}");
        Random(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn rounds() -> usize {
    std::env::var("DURAFN_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20)
}

#[test]
fn one_engine_is_killed_again_and_again_under_load() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let (mut random, mut said, mut ends) = (Random::new(), Vec::new(), Vec::new());
    for round in 0..rounds() {
        let mut peer = Peer::serve(directory, "alone", &format!("round{round}"), 10);
        peer.wait_for("open", 1);
        std::thread::sleep(Duration::from_millis(random.below(60)));
        said.extend(peer.kill());
        ends.push(ended(directory));
    }
    let mut last = Peer::serve(directory, "alone", "last", 10);
    last.wait_for("finished", 1);
    wait_for_all(directory);
    said.extend(last.end());
    assert_sound(directory, &said, rounds(), &ends);
}

#[test]
fn engines_that_share_a_file_are_killed_again_and_again_under_load() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let (mut random, mut said, mut ends) = (Random::new(), Vec::new(), Vec::new());
    let mut started = 0;
    let mut peer = || {
        started += 1;
        Peer::serve(directory, LEASE, &format!("peer{started}"), 6)
    };
    let mut peers: Vec<Peer> = (0..3).map(|_| peer()).collect();
    for _ in 0..rounds() {
        let victim = usize::try_from(random.below(3)).expect("a small number");
        let mut victim = std::mem::replace(&mut peers[victim], peer());
        victim.wait_for("open", 1);
        std::thread::sleep(Duration::from_millis(random.below(60)));
        said.extend(victim.kill());
        ends.push(ended(directory));
    }
    for peer in &mut peers {
        peer.wait_for("finished", 1);
    }
    wait_for_all(directory);
    said.extend(peers.into_iter().flat_map(Peer::end));
    assert_sound(directory, &said, rounds(), &ends);
}

/// Nobody can write while a process is stopped in the middle of a commit. Whoever tries is told which, and what to do; then all goes on, and nobody is fenced
/// for having had to wait.
#[test]
fn a_process_that_is_stopped_in_a_commit_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let mut peer = Peer::serve(directory, LEASE, "a", 1);
    peer.wait_for("finished", 1);
    let mut writer = Peer::start(directory, &["write"]);
    writer.wait_for("writing", 1);
    writer.stop();
    let error = block_on(async {
        let path = directory.join("job.db");
        let engine = Engine::builder().path(path).shared(Lease::default()).paused().open().await;
        engine.expect_err("nobody can write").to_string()
    });
    let pid = writer.pid();
    if cfg!(target_os = "linux") {
        let stopped = format!("process {pid} is stopped in the middle of a commit");
        assert!(error.contains(&stopped) && error.contains(&format!("kill -CONT {pid}")), "{error}");
    } else {
        assert!(error.contains("another program has been writing"), "{error}");
    }
    writer.signal(Signal::CONT);
    writer.end();
    let mut again = Peer::serve(directory, LEASE, "b", 3);
    again.wait_for("finished", 1);
    assert_eq!(owners(directory), 2, "the one that had to wait is not fenced");
    let mut said = again.end();
    said.extend(peer.end());
    assert_sound(directory, &said, 0, &[]);
}
