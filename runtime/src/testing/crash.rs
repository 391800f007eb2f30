//! A crash at each write, and what is held against a run without one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
    time::Duration,
};

use super::{
    Settings,
    drive::World,
    elapsed, journal,
    run::Run,
    site::{Attempt, Begun, Site},
    trace::{Scope, Trace},
};
use crate::{
    Error,
    callable::{Call, Workflow},
    history::event::Event,
    store::{Crash, CrashStore, ExecutionId, Lastly, ListFilter, MemoryStore, Store},
};

/// What a workflow did under crashes: in all of them what it promises.
#[derive(Debug)]
pub struct CrashReport<R> {
    run: Run<R>,
    crashes: usize,
    repeated: usize,
}

impl<R> CrashReport<R> {
    /// The run without a crash.
    #[must_use]
    pub fn run(&self) -> &Run<R> {
        &self.run
    }

    /// How many crashes there were.
    #[must_use]
    pub fn crashes(&self) -> usize {
        self.crashes
    }

    /// How many attempts ran once more because they were in flight at a crash.
    #[must_use]
    pub fn repeated(&self) -> usize {
        self.repeated
    }
}

/// One run, with or without a crash.
struct Ended {
    id: ExecutionId,
    trace: Trace,
    elapsed: Duration,
    log: Vec<Begun>,
    /// Attempts that had started and not ended at the crash.
    in_flight: BTreeSet<Attempt>,
}

/// The name of the execution in each run: by it the one that a crash has left is found.
const NAME: &str = "run";

/// Runs a workflow with a crash at each write.
///
/// # Panics
///
/// Where a promise does not hold.
pub(super) async fn everywhere<W: Workflow>(
    settings: &Arc<Settings>,
    call: impl Fn() -> Call<W>,
) -> CrashReport<W::Returned> {
    let counting = Arc::new(CrashStore::crashing(Arc::new(MemoryStore::new()), None));
    let site = Site::new(settings, false);
    let whole = match go_on(&site, Arc::clone(&counting) as _, &call).await {
        Ok(Some((id, trace, elapsed))) => Ended { id, trace, elapsed, log: site.log(), in_flight: BTreeSet::new() },
        Ok(None) => unreachable!("nothing has crashed"),
        Err(error) => panic!("workflow `{}` cannot be run: {error}", W::NAME),
    };
    let (mut crashes, mut repeated) = (0, 0);
    for write in 0..counting.writes() {
        for lastly in [Lastly::Lost, Lastly::Written] {
            let crash = Crash { write, lastly };
            let Some(ended) = crashed(settings, crash, &call).await else { continue };
            crashes += 1;
            repeated += ended.log.len() - attempts(&ended.log).len();
            let broken = broken(&whole, &ended);
            let how = if lastly == Lastly::Lost { "is lost" } else { "was durable, and nobody had learnt of it" };
            assert!(
                broken.is_empty(),
                "a crash of `{}` at write {write} of {}, which {how}:\n{broken}\nwithout a crash:\n{}\nwith it:\n{}",
                W::NAME,
                counting.writes(),
                whole.trace.text(),
                ended.trace.text()
            );
        }
    }
    CrashReport { run: Run::new(whole.trace, Some(whole.id), Some(whole.elapsed)), crashes, repeated }
}

/// Runs until the crash, then from what is there; none where the run is over before.
async fn crashed<W: Workflow>(settings: &Arc<Settings>, crash: Crash, call: &impl Fn() -> Call<W>) -> Option<Ended> {
    let site = Site::new(settings, false);
    let inner: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let store = Arc::new(CrashStore::crashing(Arc::clone(&inner), Some(crash)));
    // Its end, or that the store is gone: the crash decides what is made of it.
    let _ = go_on(&site, Arc::clone(&store) as _, call).await;
    if !store.has_crashed() {
        return None;
    }
    let in_flight = in_flight(&*inner).await;
    match go_on(&site, inner, call).await {
        Ok(Some((id, trace, elapsed))) => Some(Ended { id, trace, elapsed, log: site.log(), in_flight }),
        Ok(None) => unreachable!("the store behind it does not crash"),
        Err(error) => panic!("workflow `{}` cannot go on after a crash: {error}", W::NAME),
    }
}

/// Starts the workflow, or goes on with it, to its end and that of all that it has started; none where the store crashes on the way.
async fn go_on<W: Workflow>(
    site: &Arc<Site>,
    store: Arc<dyn Store>,
    call: &impl Fn() -> Call<W>,
) -> Result<Option<(ExecutionId, Trace, Duration)>, Error> {
    let world = match World::open(site, store).await {
        Ok(world) => world,
        Err(error) if error.is_closed() => return Ok(None),
        Err(error) => return Err(error),
    };
    let ran = async {
        let execution = world.engine.start(call()).name(NAME).await?;
        let id = execution.id();
        world.finish(id).await?;
        world.settle().await?;
        let row = world.engine.describe(id).await?;
        Ok((id, journal::trace(&world.engine, id).await?, elapsed(row.started_at, row.closed_at)))
    };
    let ran = ran.await;
    // Nothing of it runs any more when the next engine opens the store.
    let shut = world.engine.shutdown(Duration::ZERO).await;
    match ran {
        Ok(ran) => shut.map(|()| Some(ran)),
        Err(error) if Error::is_closed(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The attempts that have started and not ended, as the journals have it.
async fn in_flight(store: &dyn Store) -> BTreeSet<Attempt> {
    let mut open = BTreeSet::new();
    for execution in store.list(&ListFilter::default()).await.unwrap_or_default() {
        for row in store.journal(execution.id).await.unwrap_or_default() {
            let key = format!("{}-{}-{}", execution.nonce, row.scope, row.ordinal);
            match Event::from_row(&row) {
                Ok(Event::TaskScheduled { started: true, .. }) => drop(open.insert((key, 1))),
                Ok(Event::TaskStarted { attempt }) => drop(open.insert((key, attempt))),
                Ok(
                    Event::TaskRetried { .. }
                    | Event::TaskSucceeded { .. }
                    | Event::TaskFailed { .. }
                    | Event::TaskSubmitted,
                ) => open.retain(|(other, _)| *other != key),
                _ => {}
            }
        }
    }
    open
}

fn attempts(log: &[Begun]) -> BTreeMap<&Attempt, Vec<&Begun>> {
    let mut attempts = BTreeMap::<&Attempt, Vec<&Begun>>::new();
    for begun in log {
        attempts.entry(&begun.attempt).or_default().push(begun);
    }
    attempts
}

/// Which promises a run with a crash has broken.
fn broken(whole: &Ended, ended: &Ended) -> String {
    let mut broken = String::new();
    let mut say = |what: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(broken, "  {what}");
    };
    let once = |log: &[Begun]| -> BTreeSet<Attempt> {
        log.iter().filter(|begun| begun.at_most_once).map(|begun| begun.attempt.clone()).collect()
    };
    let at_most_once: BTreeSet<Attempt> = once(&whole.log).union(&once(&ended.log)).cloned().collect();
    for (attempt, times) in attempts(&ended.log) {
        let may_repeat = ended.in_flight.contains(attempt) && !at_most_once.contains(attempt);
        let most = if may_repeat { 2 } else { 1 };
        if times.len() > most {
            say(format!(
                "attempt {} of task `{}` ran {} times, and may run {most} times at most",
                attempt.1,
                times[0].task,
                times.len()
            ));
        }
    }
    // Such an attempt fails in the place of running again, so the workflow goes another way.
    if !ended.in_flight.is_disjoint(&at_most_once) {
        return broken;
    }
    if ended.trace.end != whole.trace.end {
        say("it came to another end".to_owned());
    }
    let (expected, actual) = (by_scope(&whole.trace), by_scope(&ended.trace));
    for scope in expected.keys().chain(actual.keys()).collect::<BTreeSet<_>>() {
        let nothing = Vec::new();
        let (expected, actual) = (expected.get(scope).unwrap_or(&nothing), actual.get(scope).unwrap_or(&nothing));
        let is_cut = whole.trace.cut.contains(*scope) || ended.trace.cut.contains(*scope);
        let common = expected.len().min(actual.len());
        // How far a branch came that another one has stopped is its own affair.
        let same = if is_cut { expected[..common] == actual[..common] } else { expected == actual };
        if !same {
            let place = scope
                .last()
                .map_or_else(|| "the workflow".to_owned(), |(state, _, index)| format!("`{state}` [{index}]"));
            say(format!("{place} did not do the same:\n    {}\n    {}", expected.join(", "), actual.join(", ")));
        }
    }
    broken
}

/// What happened in each scope: states, and calls with their inputs.
fn by_scope(trace: &Trace) -> BTreeMap<&Scope, Vec<String>> {
    let mut scopes = BTreeMap::<&Scope, Vec<String>>::new();
    for visit in &trace.visits {
        let call = visit.call.as_ref().map(|call| format!(": {} {}", call.task, call.input)).unwrap_or_default();
        scopes.entry(&visit.scope).or_default().push(format!("{}{call}", visit.state));
    }
    scopes
}
