//! The world of one execution: what is on disk, what is in memory, what time it is.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake as WakeUp, Waker},
};

use super::{
    ledger::Ledger,
    plan::{Plan, code, policy},
    tape::Tape,
};
use crate::{
    Failure as _,
    context::{Body, Cx, poll_body},
    engine::{Bounds, Closing, Core, Draw, EntryId, Facts, Grant, Host, Policy, Recorded, Run},
    failure::Failed,
    history::event::{Event, Place},
    store::{JournalRow, NewActivity, Status, TokenStatus, Wake},
};

/// When every execution starts.
pub(super) const START: i64 = 1_000_000;
/// Steps after which the world is calm.
const WILD: usize = 120;
/// Steps after which a calm world should have come to its end.
const STUCK: usize = 3_000;

pub(super) struct World {
    pub(super) tape: Tape,
    pub(super) told: Vec<String>,
    pub(super) tally: Tally,
    pub(super) plan: Plan,
    pub(super) now: i64,
    pub(super) disk: Disk,
    pub(super) live: Option<Live>,
    pub(super) ledger: Ledger,
    /// How often the execution was taken up.
    pub(super) lives: u32,
    /// Attempts that ran: redrive, scope, ordinal, attempt; and in which lives.
    pub(super) ran: BTreeMap<(u32, Box<str>, u32, u32), Vec<u32>>,
    /// Transactions whose attempt is waited for no more, and that may be committed all the same.
    pub(super) orphans: Vec<Run>,
    /// What failed is healed.
    pub(super) healed: bool,
    pub(super) stopped: bool,
    pub(super) shutdowns: u32,
    /// Rows on disk after each commit.
    pub(super) commits: Vec<usize>,
    pub(super) steps: usize,
}

/// What survives.
pub(super) struct Disk {
    pub(super) rows: Vec<JournalRow>,
    pub(super) wake: Wake,
    pub(super) closing: Option<Closing>,
    pub(super) tokens: BTreeMap<Arc<str>, Token>,
    pub(super) queue: VecDeque<NewActivity>,
    pub(super) inbox: BTreeMap<u64, Posted>,
    pub(super) posted: u64,
    pub(super) children: BTreeMap<String, ChildRow>,
    /// The step of each entry that is a call or a child.
    pub(super) steps: BTreeMap<(Box<str>, u32), usize>,
}

pub(super) struct Token {
    pub(super) scope: Box<str>,
    pub(super) ordinal: u32,
    pub(super) attempt: u32,
    pub(super) status: TokenStatus,
    pub(super) due: Option<i64>,
    pub(super) beat: Option<i64>,
    /// It is an activity's, and a worker has it.
    pub(super) taken: bool,
    pub(super) activity: bool,
    /// How it was completed.
    pub(super) result: Option<Result<Arc<str>, Failed>>,
}

#[derive(Clone, Debug)]
pub(super) enum Posted {
    Complete(Arc<str>, Result<Arc<str>, Failed>),
    Started(Arc<str>, i64),
}

pub(super) struct ChildRow {
    pub(super) scope: Box<str>,
    pub(super) ordinal: u32,
    pub(super) attempt: u32,
    pub(super) detached: bool,
    pub(super) released: bool,
    pub(super) ended: Option<(Status, Result<Arc<str>, Failed>)>,
}

impl ChildRow {
    /// It has ended, and who waits for it was not told.
    pub(super) fn is_news(&self, ledger: &Ledger) -> bool {
        let attempt = ledger.entry(&self.scope, self.ordinal).map(|entry| entry.attempt);
        self.ended.is_some() && !self.released && !self.detached && attempt == Some(self.attempt)
    }
}

/// What a crash takes.
pub(super) struct Live {
    pub(super) core: Arc<Core>,
    pub(super) body: Option<Body<'static, String>>,
    woken: Arc<Woken>,
    pub(super) running: Vec<Attempt>,
    pub(super) messages: Vec<Message>,
    pub(super) taken: Vec<u64>,
    pub(super) draining: bool,
}

#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) run: Run,
    pub(super) beat: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) enum Message {
    Ended { entry: EntryId, attempt: u32, result: Result<Arc<str>, Failed> },
    Transacted { entry: EntryId, attempt: u32, result: Result<Arc<str>, Failed> },
    Posted(u64, Posted),
    ChildEnded(String),
    Due,
    Stop,
}

/// How often things happened.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<&'static str, u64>);

/// What a thousand seeds have to bring about.
const RICH: [&str; 23] = [
    "a crash",
    "a crash before a commit",
    "a crash after a commit",
    "leaves memory",
    "a shutdown",
    "a redrive",
    "a stop",
    "a permit",
    "an attempt ends",
    "an attempt ends at once",
    "a stale end",
    "a heartbeat",
    "a transaction",
    "a late transaction",
    "a worker takes",
    "a completion",
    "a child ends",
    "a child is stopped",
    "an attempt is overdue",
    "succeeded",
    "failed",
    "aborted",
    "timed out",
];

impl Tally {
    pub(super) fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Tally) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    #[track_caller]
    pub(super) fn assert_rich(&self) {
        let never: Vec<_> = RICH.iter().filter(|what| !self.0.contains_key(*what)).collect();
        assert!(never.is_empty(), "these never happened: {never:?}");
    }
}

struct Woken(AtomicBool);

impl WakeUp for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Random bits that differ each time they are asked for in another life, so that what is not recorded is not kept by accident.
struct Chance(u32);

impl Host for Chance {
    fn policy(&self, task: &str) -> Policy {
        policy(task)
    }

    fn entropy(&self, draw: Draw<'_>) -> u128 {
        let half = |which: u8| {
            let mut hasher = DefaultHasher::new();
            (self.0, draw.scope, draw.ordinal, draw.attempt, which).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    }
}

impl World {
    pub(super) fn new(mut tape: Tape) -> World {
        let plan = Plan::new(&mut tape);
        let told = vec![format!("{plan:#?}")];
        let disk = Disk {
            rows: Vec::new(),
            wake: Wake::Active,
            closing: None,
            tokens: BTreeMap::new(),
            queue: VecDeque::new(),
            inbox: BTreeMap::new(),
            posted: 0,
            children: BTreeMap::new(),
            steps: BTreeMap::new(),
        };
        World {
            tape,
            told,
            tally: Tally::default(),
            plan,
            now: START,
            disk,
            live: None,
            ledger: Ledger::default(),
            lives: 0,
            ran: BTreeMap::new(),
            orphans: Vec::new(),
            healed: false,
            stopped: false,
            shutdowns: 0,
            commits: Vec::new(),
            steps: 0,
        }
    }

    /// Runs to the end, and looks whether all is as it should be.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub(super) fn run(&mut self) -> Result<(), String> {
        while self.disk.closing.is_none() || !self.orphans.is_empty() || self.redrives()? {
            self.steps += 1;
            if self.steps > STUCK {
                return Err("it is stuck".to_owned());
            }
            self.step()?;
        }
        self.check_end()
    }

    pub(super) fn tell(&mut self, what: String) {
        self.told.push(format!("{:>4} {:>7} ms  {what}", self.steps, self.now - START));
    }

    pub(super) fn is_wild(&self) -> bool {
        self.steps < WILD
    }

    /// A core on the first rows, and the code on it.
    pub(super) fn core(&self, rows: &[JournalRow], sealed: bool) -> Result<Live, String> {
        let recorded = Recorded::read(rows, START).map_err(|error| format!("the rows cannot be read: {error}"))?;
        let bounds = Bounds { crash_restarts: self.plan.crash_restarts, payload: None };
        let facts = Facts {
            nonce: "nonce".to_owned(),
            id: "id".to_owned(),
            workflow: "w",
            started_at: START,
            timed_from: START,
            timeout: self.plan.timeout,
            bounds,
            dropped: Arc::default(),
        };
        let core = Arc::new(Core::new(facts, Arc::new(Chance(self.lives)), recorded, self.disk.wake, sealed));
        core.set_now(self.now);
        let cx = Cx { core: Arc::clone(&core), scope: core.root() };
        let steps = Arc::clone(&self.plan.steps);
        let body: Body<'static, String> =
            Box::pin(async move { code(cx, steps).await.map_err(|fault| fault.to_failed()) });
        Ok(Live {
            core,
            body: Some(body),
            woken: Arc::new(Woken(AtomicBool::new(true))),
            running: Vec::new(),
            messages: Vec::new(),
            taken: Vec::new(),
            draining: false,
        })
    }

    /// Is the outcome one that may be, and does the code fit what is on disk after each commit?
    fn check_end(&mut self) -> Result<(), String> {
        let Some(Closing { status, output, failed }) = self.disk.closing.clone() else { return Ok(()) };
        let error = failed.map(|failed| failed.error).unwrap_or_default();
        self.tell(format!("{status:?} {output:?} {error}"));
        let outcomes = self.plan.outcomes(self.healed).unwrap_or_default();
        let may_be = match status {
            Status::Succeeded => outcomes.contains(&Ok(output.as_deref().unwrap_or_default().to_owned())),
            Status::Failed => outcomes.contains(&Err(error)),
            Status::Aborted => self.stopped,
            Status::TimedOut => self.plan.timeout.is_some(),
            Status::Running | Status::Blocked => false,
        };
        if !may_be {
            return Err(format!("it ends otherwise than it can: {outcomes:?}"));
        }
        self.tally.count(match status {
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
            Status::Aborted => "aborted",
            _ => "timed out",
        });
        for rows in self.commits.clone() {
            self.check_replay(rows).map_err(|why| format!("with the first {rows} rows {why}"))?;
        }
        Ok(())
    }

    fn check_replay(&self, count: usize) -> Result<(), String> {
        let rows = &self.disk.rows[..count];
        for sealed in [true, false] {
            let mut live = self.core(rows, sealed)?;
            live.poll();
            if let Some(divergence) = live.core.divergence() {
                return Err(format!("the code parts from them (sealed: {sealed}): {divergence:?}"));
            }
            let is_over = |row: &JournalRow| {
                matches!(Event::from_row(row), Ok(Event::ExecutionSucceeded | Event::ExecutionFailed { .. }))
            };
            if live.body.is_some() && rows.last().is_some_and(is_over) {
                return Err(format!("the code does not come to the end (sealed: {sealed})"));
            }
        }
        Ok(())
    }

    /// An execution that has ended without success may be redriven.
    fn redrives(&mut self) -> Result<bool, String> {
        let has_failed = self.disk.closing.as_ref().is_some_and(|closing| closing.status != Status::Succeeded);
        if !has_failed || !self.is_wild() || self.ledger.drives >= 2 || !self.tape.rarely(3) {
            return Ok(false);
        }
        let place = Place { at: self.now - START, ..Place::default() };
        let redriven = Event::ExecutionRedriven.into_row(place);
        let rows = [&self.disk.rows[..], std::slice::from_ref(&redriven)].concat();
        let mut live = self.core(&rows, false)?;
        live.poll();
        let batch = live.core.flush(&mut |_| Grant::Nothing).map_err(|divergence| format!("{divergence:?}"))?;
        if batch.closing.is_some_and(|closing| closing.status != Status::Succeeded) {
            self.tell("a redrive would fail again at once".to_owned());
            return Ok(false);
        }
        self.tell("a redrive".to_owned());
        self.tally.count("a redrive");
        self.ledger.read(&redriven)?;
        self.disk.rows = rows;
        self.disk.closing = None;
        self.disk.wake = Wake::Active;
        self.commits.push(self.disk.rows.len());
        (self.healed, self.stopped) = (true, false);
        Ok(true)
    }
}

impl Live {
    /// Polls the code as long as something wakes it.
    pub(super) fn poll(&mut self) {
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut cx = Context::from_waker(&waker);
        while self.woken.0.swap(false, Ordering::Relaxed) {
            let Some(body) = &mut self.body else { return };
            if let Poll::Ready(ended) = poll_body(body, &self.core, self.core.root(), &mut cx) {
                self.body = None;
                self.core.finish(ended, None);
            }
        }
    }

    pub(super) fn attempt(&self, entry: EntryId) -> Option<&Attempt> {
        self.running.iter().find(|attempt| attempt.run.entry == entry)
    }
}
