//! Real processes on one file, killed and stopped at any moment, and what those make of it that are left.
//!
//! What was acknowledged is there, each execution ends once and as it should, and an attempt whose end was on disk at a kill is never made again.
//! `DURAFN_KILL_ROUNDS=200 cargo test -p durafn-tests sharing` kills as often.

use std::{fs, time::Duration};

use durafn::{Engine, store::Lease};
use rustix::process::Signal;

use crate::peers::{LEASE, Peer, Random, assert_sound, block_on, effects, ended, owners, rounds, wait_for_all};

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
    stalled.stop_unlocked(directory);
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
