//! Engines that share a file, and workers that make their activities, as real processes: killed and stopped at any moment.
//!
//! Beside what holds of engines alone: an attempt of an activity is made once, whoever had it, and a payment stands in the file once. `DURAFN_KILL_ROUNDS=200 cargo
//! test -p durafn-tests field` kills as often.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use durafn::store::Status;
use rustix::process::Signal;

use crate::peers::{LEASE, Peer, Random, assert_sound, block_on, ended, made, rounds, rows, wait_for_all};

/// Waits until so many attempts of activities have begun.
fn wait_for_made(directory: &Path, count: usize) {
    while made(directory).len() < count {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn engines_and_workers_are_killed_again_and_again_under_load() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let (mut random, mut said, mut ends) = (Random::new(), Vec::new(), Vec::new());
    let mut started = 0;
    let mut peer = |is_engine: bool| {
        started += 1;
        let name = format!("peer{started}");
        if is_engine { Peer::idle(directory, &name, 6) } else { Peer::worker(directory, &name) }
    };
    let mut first = peer(true);
    // It makes the file.
    first.wait_for("open", 1);
    let mut peers = vec![first, peer(true), peer(false), peer(false)];
    for _ in 0..rounds() {
        let index = usize::try_from(random.below(4)).expect("a small number");
        let mut victim = std::mem::replace(&mut peers[index], peer(index < 2));
        victim.wait_for("open", 1);
        std::thread::sleep(Duration::from_millis(random.below(60)));
        said.extend(victim.kill());
        ends.push(ended(directory));
    }
    for engine in &mut peers[..2] {
        engine.wait_for("finished", 1);
    }
    wait_for_all(directory);
    said.extend(peers.into_iter().flat_map(Peer::end));
    assert_sound(directory, &said, rounds(), &ends);
}

#[test]
fn an_activity_outlives_its_engine() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    fs::write(directory.join("hold"), "").expect("a file");
    let mut one = Peer::idle(directory, "a", 3);
    one.wait_for("started", 3);
    let worker = Peer::worker(directory, "w");
    wait_for_made(directory, 3);
    let mut said = one.kill();
    let ends = [ended(directory)];
    let mut two = Peer::idle(directory, "b", 0);
    two.wait_for("finished", 1);
    fs::remove_file(directory.join("hold")).expect("a file");
    wait_for_all(directory);
    let attempts: BTreeSet<String> = made(directory).into_keys().map(|(_, attempt)| attempt).collect();
    assert_eq!(attempts, ["1".to_owned()].into(), "what the worker had, it has ended");
    said.extend([two, worker].into_iter().flat_map(Peer::end));
    assert_sound(directory, &said, 1, &ends);
}

#[test]
fn a_worker_that_stalls_while_its_engine_is_killed_does_no_harm() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    fs::write(directory.join("hold"), "").expect("a file");
    let mut one = Peer::idle(directory, "a", 3);
    one.wait_for("started", 3);
    let slow = Peer::worker(directory, "slow");
    wait_for_made(directory, 3);
    // Not while it holds the file's lock: what then is another test.
    slow.stop_unlocked(directory);
    let mut said = one.kill();
    let ends = [ended(directory)];
    let mut two = Peer::idle(directory, "b", 2);
    let quick = Peer::worker(directory, "quick");
    // Second attempts do not wait.
    wait_for_made(directory, 8);
    fs::remove_file(directory.join("hold")).expect("a file");
    two.wait_for("finished", 1);
    wait_for_all(directory);
    slow.signal(Signal::CONT);
    let mut calls = made(directory);
    calls.retain(|(_, attempt), _| attempt != "1");
    assert!(calls.len() >= 3, "what the stalled worker had, another one made: {calls:?}");
    said.extend([two, quick, slow].into_iter().flat_map(Peer::end));
    assert_sound(directory, &said, 1, &ends);
}

#[test]
fn ten_thousand_starts_of_one_name_from_several_processes_make_one_execution() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let mut engines = vec![Peer::start(directory, &[LEASE, "same", "2500"])];
    engines[0].wait_for("open", 1);
    engines.push(Peer::start(directory, &[LEASE, "same", "2500"]));
    let mut clients = [(); 2].map(|()| Peer::start(directory, &["ask", "2500"]));
    engines.iter_mut().chain(&mut clients).for_each(|peer| peer.wait_for("finished", 1));
    wait_for_all(directory);
    while inbox(directory) > 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let said: Vec<String> = engines.into_iter().chain(clients).flat_map(Peer::end).collect();
    let ids: BTreeSet<&str> = said.iter().filter_map(|line| line.strip_prefix("id ")).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let rows = block_on(rows(directory));
    let named: Vec<_> = rows.iter().filter(|row| row.workflow == "load").collect();
    let [same] = named[..] else { panic!("{named:?}") };
    assert_eq!((same.status, same.output.as_deref()), (Status::Succeeded, Some("15")));
    assert!(ids.contains(&*same.id.0.to_string()));
    assert_sound(directory, &["started same".to_owned()], 0, &[]);
}

/// How much is asked and was not carried out.
fn inbox(directory: &Path) -> i64 {
    let file = rusqlite::Connection::open(directory.join("job.db")).expect("a file");
    file.query_row("SELECT count(*) FROM inbox", [], |row| row.get(0)).expect("a number")
}
