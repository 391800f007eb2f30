//! Many cases, several at once.

use std::{
    collections::BTreeMap,
    env,
    panic::catch_unwind,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{Case, Tapes, check::Verdict, check::check, coverage::Coverage};
use crate::oracle::Interpreter;

/// Cases of a run in CI.
const CASES: u64 = 1_500;
/// Cases that run at once: both interpreters are processes, and each takes many runs.
const AT_ONCE: usize = 8;
/// Candidates that are tried to make a failing case simpler.
const SHRINKS: u32 = 1_500;
/// The seed of CI.
const SEED: u64 = 0x6475_7261_666e;

/// What a run was.
#[derive(Debug, Default)]
pub struct Summary {
    /// What the machines held and did.
    pub coverage: Coverage,
    /// Cases.
    pub cases: u64,
    /// Inputs that were compared.
    pub compared: usize,
    /// Inputs left out: several failures at once.
    pub rivals: usize,
    /// Inputs left out: too long.
    pub long: usize,
    /// Reasons of refusals, and how many cases have each.
    pub refused: BTreeMap<String, usize>,
    failures: Vec<String>,
}

/// Runs the cases that the environment asks for.
///
/// # Panics
///
/// When runs disagree, or the machines do not reach what they should.
pub fn machines_agree() {
    let cases: u64 = env::var("DURAFN_GENERATE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES);
    let (first, cases) = match env::var("DURAFN_GENERATE_SEED").as_deref() {
        Ok("random") => (rand_seed(), cases),
        Ok(seed) => (u64::from_str_radix(seed, 16).expect("a seed is a hexadecimal number"), 1),
        Err(_) => (SEED, cases),
    };
    let is_missing = |interpreter: &Interpreter| interpreter.get().is_none();
    if [Interpreter::Sfnx, Interpreter::LocalStack].iter().any(is_missing) {
        return;
    }
    let summary = run(first, cases);
    println!("{summary}");
    assert!(summary.failures.is_empty(), "\n{}", summary.failures.join("\n\n"));
    if cases >= CASES {
        summary.coverage.assert_complete();
        let refused: usize = summary.refused.values().sum();
        assert!(refused as u64 * 20 < cases, "{refused} of {cases} machines are refused: {:#?}", summary.refused);
    }
}

/// A seed that nobody knows before.
fn rand_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0)
}

/// Runs cases, each with the seed after the one before.
#[must_use]
pub fn run(first: u64, cases: u64) -> Summary {
    let most_failures: usize =
        env::var("DURAFN_GENERATE_FAILURES").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let summary = Mutex::new(Summary { cases, ..Summary::default() });
    let (next, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
    let worker = || {
        while !stopped.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= cases {
                return;
            }
            let seed = first.wrapping_add(number);
            let outcome = run_one(seed);
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.add(outcome);
            if summary.failures.len() >= most_failures {
                stopped.store(true, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            // Expressions are nested deeply, and their encoding is recursive.
            let builder = thread::Builder::new().stack_size(16 << 20);
            builder.spawn_scoped(scope, worker).expect("a thread");
        }
    });
    summary.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn choices(seed: u64) -> super::tape::Shrinking {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    Tapes.new_tree(&mut runner).expect("any list of choices will do")
}

/// The case of a seed.
#[must_use]
pub fn case(seed: u64) -> Case {
    Case::of(choices(seed).current())
}

fn run_one(seed: u64) -> Result<(Case, Verdict), String> {
    let mut tree = choices(seed);
    let name = format!("{seed:x}");
    let try_out = |choices| {
        let case = Case::of(choices);
        let verdict = catch_unwind(|| check(&case, &name));
        let verdict = verdict.unwrap_or_else(|_| Err(format!("seed {name} panics:\n{}", case.machine.print())));
        verdict.map(|verdict| (case, verdict))
    };
    let mut simplest = match try_out(tree.current()) {
        Ok(fine) => return Ok(fine),
        Err(wrong) => wrong,
    };
    let mut more = tree.simplify();
    for _ in 0..SHRINKS {
        if !more {
            break;
        }
        more = match try_out(tree.current()) {
            Ok(_) => tree.complicate(),
            Err(wrong) => {
                simplest = wrong;
                tree.simplify()
            }
        };
    }
    Err(simplest)
}

impl Summary {
    fn add(&mut self, outcome: Result<(Case, Verdict), String>) {
        match outcome {
            Err(wrong) => self.failures.push(wrong),
            Ok((_, Verdict::Refused(reason))) => {
                let short = reason.lines().skip(1).filter(|line| !line.trim_start().starts_with("help"));
                let short = short.filter_map(|line| line.split_once(": ")).map(|(_, reason)| reason.to_owned()).next();
                *self.refused.entry(short.unwrap_or(reason)).or_default() += 1;
            }
            Ok((case, Verdict::Agrees { ends, rivals, long })) => {
                self.coverage.add(&case.machine, &ends);
                self.compared += ends.len();
                self.rivals += rivals;
                self.long += long;
            }
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Summary { coverage, cases, compared, rivals, long, refused, failures: _ } = self;
        writeln!(
            f,
            "{cases} machines, {compared} runs compared, {rivals} left out for rival failures, {long} for length"
        )?;
        writeln!(f, "{} machines refused", refused.values().sum::<usize>())?;
        for (reason, count) in refused {
            writeln!(f, "  {count:>5} {reason}")?;
        }
        write!(f, "{coverage}")
    }
}
