//! Real processes, killed by SIGKILL at a commit, and what the next one makes of what they left.
//!
//! A task is run again only where its attempt was in flight at the kill: where its effect had happened, but its end was not in the journal.
//! `DURAFN_CRASH_ROUNDS=100 cargo test -p durafn-tests crash` repeats all of it as often.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Command, Output},
};

use durafn::store::{ListFilter, SqliteStore, Store as _};

const SIGKILL: i32 = 9;

/// Events of journal rows that end an attempt: retried, succeeded, failed.
const ENDS: [u8; 3] = [4, 5, 6];

/// More commits than the job makes.
const MANY: usize = 200;

fn run(directory: &Path, kill: Option<(usize, &str)>) -> Output {
    run_with(&[], directory, kill)
}

fn run_with(before: &[&str], directory: &Path, kill: Option<(usize, &str)>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crash_child"));
    child.args(before).arg(directory);
    if let Some((commit, lastly)) = kill {
        child.arg(commit.to_string()).arg(lastly);
    }
    child.output().expect("the child runs")
}

fn total(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// How often each effect happened, by what and attempt. The key of the call is left out: it differs between executions.
fn effects(directory: &Path) -> BTreeMap<(String, String, String), usize> {
    let text = fs::read_to_string(directory.join("effects")).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let [what, key, attempt] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("a torn effect: {line}") };
        *counts.entry((what.to_owned(), key.to_owned(), attempt.to_owned())).or_insert(0) += 1;
    }
    counts
}

/// What happened, whatever the keys.
fn kinds(effects: &BTreeMap<(String, String, String), usize>) -> BTreeSet<(String, String)> {
    effects.keys().map(|(what, _, attempt)| (what.clone(), attempt.clone())).collect()
}

/// The attempts whose end is on disk: key and attempt.
fn ended(directory: &Path) -> BTreeSet<(String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let Ok(store) = SqliteStore::open_read_only(directory.join("job.db")) else { return BTreeSet::new() };
        let mut ended = BTreeSet::new();
        for row in store.list(&ListFilter::default()).await.expect("the file is whole") {
            let mut attempts = BTreeMap::<(String, u32), u32>::new();
            for entry in store.journal(row.id).await.expect("the file is whole") {
                if ENDS.contains(&entry.event) {
                    let attempt = attempts.entry((entry.scope.to_string(), entry.ordinal)).or_insert(0);
                    *attempt += 1;
                    let key = format!("{}-{}-{}", row.nonce, entry.scope, entry.ordinal);
                    ended.insert((key, attempt.to_string()));
                }
            }
        }
        ended
    })
}

/// Kills at one commit after the other until the job is done before the kill comes.
fn kill_everywhere(lastly: &str) {
    let whole = tempfile::tempdir().expect("a directory");
    let wanted = total(&run(whole.path(), None));
    let expected = effects(whole.path());
    assert!(expected.values().all(|count| *count == 1), "{expected:?}");
    for commit in 0..MANY {
        let directory = tempfile::tempdir().expect("a directory");
        let directory = directory.path();
        let killed = run(directory, Some((commit, lastly)));
        if killed.status.success() {
            assert!(commit > 10, "the job makes more than {commit} commits");
            return;
        }
        assert_eq!(killed.status.signal(), Some(SIGKILL), "{}", String::from_utf8_lossy(&killed.stderr));
        let ended = ended(directory);
        let before = effects(directory);
        assert_eq!(total(&run(directory, None)), wanted, "after a kill at commit {commit} ({lastly})");
        let after = effects(directory);
        assert_eq!(kinds(&after), kinds(&expected), "after a kill at commit {commit} ({lastly})");
        for (effect, count) in &after {
            let (what, key, attempt) = effect;
            let in_flight = before.contains_key(effect) && !ended.contains(&(key.clone(), attempt.clone()));
            let most = if in_flight { 2 } else { 1 };
            assert!(
                *count <= most,
                "{what}, attempt {attempt}, happened {count} times with a kill at commit {commit} ({lastly})"
            );
        }
        assert_eq!(after.len(), expected.len(), "each call has one key: {after:?}");
    }
    panic!("the job makes no end of commits");
}

fn rounds() -> usize {
    std::env::var("DURAFN_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

#[test]
fn a_kill_before_any_commit_loses_nothing_and_repeats_nothing() {
    (0..rounds()).for_each(|_| kill_everywhere("lost"));
}

#[test]
fn a_kill_after_any_commit_loses_nothing_and_repeats_nothing() {
    (0..rounds()).for_each(|_| kill_everywhere("written"));
}

#[test]
fn kills_in_a_row_come_to_an_end() {
    let whole = tempfile::tempdir().expect("a directory");
    let wanted = total(&run(whole.path(), None));
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let mut kills = 0;
    loop {
        // The third commit of each process: every one of them gets on.
        let output = run(directory, Some((3, "written")));
        if output.status.success() {
            assert_eq!(total(&output), wanted);
            break;
        }
        assert_eq!(output.status.signal(), Some(SIGKILL), "{}", String::from_utf8_lossy(&output.stderr));
        kills += 1;
        assert!(kills < MANY, "it never ends");
    }
    assert!(kills > 2, "it was killed {kills} times");
    assert_eq!(kinds(&effects(directory)), kinds(&effects(whole.path())));
}

/// The keys of the entries that tasks wrote, and those of the calls that the journal says have succeeded.
fn written_and_told(directory: &Path) -> (Vec<String>, Vec<String>) {
    const TASK_SUCCEEDED: u8 = 5;
    let path = directory.join("job.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut told = runtime.block_on(async {
        let mut told = Vec::new();
        let Ok(store) = SqliteStore::open_read_only(&path) else { return told };
        for row in store.list(&ListFilter::default()).await.expect("the file is whole") {
            let journal = store.journal(row.id).await.expect("the file is whole");
            let succeeded = journal.iter().filter(|entry| entry.event == TASK_SUCCEEDED);
            told.extend(succeeded.map(|entry| format!("{}-{}-{}", row.nonce, entry.scope, entry.ordinal)));
        }
        told
    });
    let Ok(connection) = durafn::rusqlite::Connection::open(&path) else { return (Vec::new(), told) };
    let mut written = Vec::new();
    if let Ok(mut select) = connection.prepare("SELECT key FROM app_entry") {
        let keys = select.query_map([], |row| row.get(0)).expect("the table can be read");
        written.extend(keys.map(|key| key.expect("a key")));
    }
    told.sort_unstable();
    written.sort_unstable();
    (written, told)
}

#[test]
fn a_kill_at_any_commit_of_a_transaction_leaves_its_writes_and_its_entry_or_neither() {
    for lastly in ["lost", "written"] {
        for commit in 0..MANY {
            let directory = tempfile::tempdir().expect("a directory");
            let directory = directory.path();
            let killed = run_with(&["bank"], directory, Some((commit, lastly)));
            let (written, told) = written_and_told(directory);
            assert_eq!(written, told, "after a kill at commit {commit} ({lastly})");
            if killed.status.success() {
                assert!(commit > 10, "the bank makes more than {commit} commits");
                assert_eq!(written.len(), 8);
                break;
            }
            assert_eq!(killed.status.signal(), Some(SIGKILL), "{}", String::from_utf8_lossy(&killed.stderr));
            assert_eq!(total(&run_with(&["bank"], directory, None)), "31");
            let (written, told) = written_and_told(directory);
            assert_eq!(
                (written.len(), written),
                (8, told),
                "after a kill at commit {commit} ({lastly}) and a new start"
            );
        }
    }
}
