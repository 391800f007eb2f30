//! Processes that run engines and workers on one file, and what must hold of the file and of what they did, whoever was killed.

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

use durafn::store::{ExecutionRow, ListFilter, SqliteStore, Status, Store as _};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// Events of journal rows that end an attempt: retried, succeeded, failed.
const ENDS: [u8; 3] = [4, 5, 6];
/// Long enough for a machine that has no time, short enough to wait for its end.
pub(crate) const LEASE: &str = "3000";
/// Nobody waits so long for a line; a test that would hang fails.
pub(crate) const FOREVER: Duration = Duration::from_secs(240);

/// A process that runs an engine, or workers.
pub(crate) struct Peer {
    pub(crate) child: Child,
    _input: Option<ChildStdin>,
    pub(crate) lines: Receiver<String>,
    pub(crate) said: Vec<String>,
}

impl Peer {
    pub(crate) fn start(directory: &Path, args: &[&str]) -> Peer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_share_child"));
        command.arg(directory).args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the child runs");
        let (send, lines) = channel();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        // The end of the pipe is the end of the process, or a torn line of a killed one.
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Peer { _input: child.stdin.take(), child, lines, said: Vec::new() }
    }

    pub(crate) fn serve(directory: &Path, lease: &str, name: &str, jobs: usize) -> Peer {
        Peer::start(directory, &[lease, name, &jobs.to_string()])
    }

    /// An engine that makes no activities.
    pub(crate) fn idle(directory: &Path, name: &str, jobs: usize) -> Peer {
        Peer::start(directory, &[LEASE, name, &jobs.to_string(), "idle"])
    }

    /// A process that makes activities and runs no engine.
    pub(crate) fn worker(directory: &Path, name: &str) -> Peer {
        Peer::start(directory, &["work", name])
    }

    /// Waits until it has said so many lines that begin with a word.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, word: &str, count: usize) {
        while self.said.iter().filter(|line| line.starts_with(word)).count() < count {
            match self.lines.recv_timeout(FOREVER) {
                Ok(line) => self.said.push(line),
                Err(error) => panic!("it does not say `{word}` ({error}), but {:?}", self.said),
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process is there");
    }

    /// Stops it, and returns when it is stopped.
    pub(crate) fn stop(&self) {
        self.signal(Signal::STOP);
        let stopped = waitpid(Some(Pid::from_child(&self.child)), WaitOptions::UNTRACED).expect("it is a child");
        assert!(stopped.is_some_and(|(_, status)| status.stopped()), "it runs");
    }

    /// Stops it while it does not hold the file's lock.
    pub(crate) fn stop_unlocked(&self, directory: &Path) {
        loop {
            self.stop();
            let file = rusqlite::Connection::open(directory.join("job.db")).expect("a file");
            if file.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok() {
                return;
            }
            self.signal(Signal::CONT);
        }
    }

    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("it can be killed");
        let status = self.child.wait().expect("it was started");
        assert_eq!(status.signal(), Some(9), "it was killed, and did not end before: {status}");
        self.said.extend(self.lines.iter());
        self.said
    }

    /// Lets it come to an orderly end.
    pub(crate) fn end(mut self) -> Vec<String> {
        self._input = None;
        let status = self.child.wait().expect("it was started");
        assert!(status.success(), "{status}: {:?}", self.said);
        self.said.extend(self.lines.iter());
        self.said
    }

    pub(crate) fn pid(&self) -> String {
        self.child.id().to_string()
    }
}

pub(crate) type Effect = (String, String);

/// How often each effect happened, by the key of the call and the attempt; of one process, or of all.
pub(crate) fn effects(directory: &Path, of: Option<&str>) -> BTreeMap<Effect, usize> {
    effects_in(directory, "effects", of)
}

fn effects_in(directory: &Path, file: &str, of: Option<&str>) -> BTreeMap<Effect, usize> {
    let text = fs::read_to_string(directory.join(file)).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let [key, attempt, pid] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("a torn effect: {line}") };
        if of.is_none_or(|of| of == pid) {
            *counts.entry((key.to_owned(), attempt.to_owned())).or_insert(0) += 1;
        }
    }
    counts
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

pub(crate) async fn rows(directory: &Path) -> Vec<ExecutionRow> {
    let Ok(store) = SqliteStore::open_read_only(directory.join("job.db")) else { return Vec::new() };
    store.list(&ListFilter::default()).await.expect("the file is whole")
}

/// The attempts whose end is on disk, and how often each effect had happened then.
pub(crate) fn ended(directory: &Path) -> BTreeMap<Effect, usize> {
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
pub(crate) fn wait_for_all(directory: &Path) {
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
pub(crate) fn assert_sound(directory: &Path, said: &[String], kills: usize, ended: &[BTreeMap<Effect, usize>]) {
    let rows = block_on(rows(directory));
    let by_name: BTreeMap<&str, &ExecutionRow> =
        rows.iter().map(|row| (row.name.as_deref().unwrap_or_default(), row)).collect();
    let loads = rows.iter().filter(|row| row.workflow == "load").count();
    for row in rows.iter().filter(|row| row.workflow == "load") {
        let n: u64 = row.input.parse().expect("a number");
        assert_eq!((row.status, row.output.as_deref()), (Status::Succeeded, Some(&*(n + 14).to_string())), "{row:?}");
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
    assert_made_and_paid(directory, loads);
    let (steps, happened) = (after.len(), after.values().sum::<usize>());
    println!(
        "{kills} kills: {loads} executions, {acknowledged} acknowledgements, {steps} attempts of steps that happened {happened} times, {} attempts of \
         activities, {loads} payments",
        made(directory).len()
    );
    let mut check = Peer::start(directory, &["check"]);
    let fits = check.child.wait().expect("it was started").success();
    assert!(fits, "code and histories part: {:?}", check.lines.iter().collect::<Vec<_>>());
}

/// An attempt of an activity is made once, whoever dies; a payment stands in the file once, and where the journal says so.
fn assert_made_and_paid(directory: &Path, loads: usize) {
    const SUCCEEDED: u8 = 5;
    let made = made(directory);
    assert!(made.values().all(|count| *count == 1), "an attempt is handed out once: {made:?}");
    let calls: BTreeSet<&str> = made.keys().map(|(key, _)| key.as_str()).collect();
    assert_eq!(calls.len(), loads, "each execution has one activity: {made:?}");
    let file = rusqlite::Connection::open(directory.join("job.db")).expect("a file");
    let mut select = file.prepare("SELECT key FROM app_payment ORDER BY key").expect("the table is there");
    let paid = select.query_map([], |row| row.get::<_, String>(0)).expect("it can be read");
    let paid: Vec<String> = paid.map(|key| key.expect("a key")).collect();
    let mut told: Vec<String> = block_on(async {
        let store = SqliteStore::open_read_only(directory.join("job.db")).expect("a file");
        let mut told = Vec::new();
        for row in rows(directory).await {
            for entry in store.journal(row.id).await.expect("the file is whole") {
                let key = format!("{}-{}-{}", row.nonce, entry.scope, entry.ordinal);
                told.extend((entry.event == SUCCEEDED && paid.binary_search(&key).is_ok()).then_some(key));
            }
        }
        told
    });
    told.sort();
    assert_eq!((paid.len(), &paid), (loads, &told), "each is paid once");
}

/// The attempts of activities that began.
pub(crate) fn made(directory: &Path) -> BTreeMap<Effect, usize> {
    effects_in(directory, "made", None)
}

pub(crate) fn owners(directory: &Path) -> i64 {
    let file = rusqlite::Connection::open(directory.join("job.db")).expect("a file");
    file.busy_timeout(FOREVER).expect("a setting");
    file.query_row("SELECT count(*) FROM engine WHERE ended = 0", [], |row| row.get(0)).expect("a number")
}

/// Numbers that look random, from a seed that is printed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Random {
        let seed = std::env::var("DURAFN_KILL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        println!("DURAFN_KILL_SEED={seed}");
        Random(seed)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

pub(crate) fn rounds() -> usize {
    std::env::var("DURAFN_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20)
}
