//! The core in a simulated world: random workflows, random schedules, random crashes; all from a seed.
//!
//! Nothing here waits, writes or runs beside anything else. A [`tape`] of chance decides about everything: the workflow ([`plan`]), and what
//! happens next ([`actions`]): an attempt ends, a timer is due, a token is completed, a worker takes an activity, a child ends, a heartbeat comes; the
//! execution is stopped, redriven, shut down in order, leaves memory, or is lost in a crash, before a commit or right after it. What a crash leaves
//! is what was committed, as a store has it ([`world`]); then the execution is taken up only where a driver would find out that it is due.
//!
//! What must hold, whatever happens:
//!
//! 1. **Rows are legal.** A [`ledger`] that knows nothing of the core reads every commit: an entry is opened once, in order, and closed once; a scope ends
//!    once, and a join as its scopes did; behind the end of the execution comes nothing but a redrive.
//! 2. **What was acknowledged stays.** An attempt whose success is in the journal is not followed by another one, with the same key in all attempts; a completion that
//!    the store has taken is how its attempt ends; a child is created once for each attempt.
//! 3. **No attempt runs more often than it may**: once, and once more for each crash; one of a task that is started at most once, once.
//! 4. **The code fits.** At no commit does a replay of what is stored diverge, with the root sealed or not.
//! 5. **Nothing gets stuck.** Once the world is calm, the execution ends.
//! 6. **The outcome is one that the workflow can have**, computed from the plan alone; where neither races nor time decide, there is one.
//!
//! `DURAFN_SIMULATION_SEEDS=100000 cargo test -p durafn simulation` tries so many seeds, and `DURAFN_SIMULATION_SEED=7` one alone. What fails is made
//! smaller by leaving out pieces of the tape, and then told step by step.

mod actions;
mod ledger;
mod plan;
mod tape;
mod turn;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::{tape::Tape, world::World};
use crate::context::panic_message;

/// How many tapes are tried to make a failing one smaller.
const SMALLER: usize = 3_000;

/// What a run did, and what was wrong.
struct Report {
    tape: Vec<usize>,
    told: Vec<String>,
    wrong: Option<String>,
    tally: world::Tally,
}

fn run(tape: Tape) -> Report {
    let mut world = World::new(tape);
    let ended = catch_unwind(AssertUnwindSafe(|| world.run()));
    let wrong = match ended {
        Ok(ended) => ended.err(),
        Err(panic) => Some(format!("a panic: {}", panic_message(panic.as_ref()))),
    };
    let World { tape, told, tally, .. } = world;
    Report { tape: tape.used(), told, wrong, tally }
}

/// The smallest tape that was found to fail.
fn minimise(report: Report) -> Report {
    let mut best = report;
    let mut left = SMALLER;
    loop {
        let before = best.tape.len();
        for size in [64, 16, 4, 2, 1] {
            let mut at = 0;
            while at < best.tape.len() {
                let end = best.tape.len().min(at + size);
                let without = [&best.tape[..at], &best.tape[end..]].concat();
                let mut calmer = best.tape.clone();
                calmer[at..end].fill(0);
                let is_calm = calmer == best.tape;
                let tries = [without].into_iter().chain((!is_calm).then_some(calmer));
                let found = tries.map(|tape| run(Tape::of(tape))).find(|report| report.wrong.is_some());
                match found {
                    // Where the tape ends earlier, the run used less of it.
                    Some(report) if report.tape.len() < best.tape.len() || report.tape < best.tape => best = report,
                    _ => at += size,
                }
                left = left.saturating_sub(2);
                if left == 0 {
                    return best;
                }
            }
        }
        if best.tape.len() == before {
            return best;
        }
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn whatever_happens_nothing_is_lost_and_nothing_is_done_twice() {
    let seeds = match (setting("DURAFN_SIMULATION_SEED"), setting("DURAFN_SIMULATION_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, seeds) => 0..seeds.unwrap_or(4_000),
    };
    let one = seeds.end - seeds.start == 1;
    let mut tally = world::Tally::default();
    for seed in seeds {
        let report = run(Tape::seeded(seed));
        tally.add(&report.tally);
        if let Some(wrong) = report.wrong.clone() {
            let small = minimise(report);
            let told = small.told.join("\n");
            let smaller = small.wrong.unwrap_or_default();
            panic!("DURAFN_SIMULATION_SEED={seed}: {wrong}\n\nThe smallest run that fails:\n{told}\n{smaller}");
        }
        if one {
            println!("{}", report.told.join("\n"));
        }
    }
    println!("{tally:#?}");
    if !one {
        tally.assert_rich();
    }
}

#[test]
fn a_seed_tells_the_same_story_each_time() {
    for seed in 0..20 {
        let (one, other) = (run(Tape::seeded(seed)), run(Tape::seeded(seed)));
        assert_eq!((&one.told, &one.tape), (&other.told, &other.tape));
        assert_eq!(run(Tape::of(one.tape)).told, one.told, "its tape alone tells it too");
    }
}
