//! The core as the workflow's code and the driver call it.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use super::{
    DATA_LIMIT_EXCEEDED, EntryId, ScopeId,
    call::{Policy, later},
    child::{Launch, Release},
    divergence::Divergence,
    recorded::Recorded,
    slab::Slab,
    start::Grant,
    state::{CodeChange, Kind, Scope, State},
};
use crate::{
    context::ExecutionContext,
    failure::Failed,
    history::event::{Event, Place},
    store::{JournalRow, Status, Update, Wake},
};

/// The state of one execution, shared by its code and its driver. Calls are short; nothing is called back under the lock but wakers.
pub(crate) struct Core {
    state: Mutex<State>,
}

/// What the core asks of its surroundings. Answers have no effects.
pub(crate) trait Host: Send + Sync {
    /// The policy that a task declares.
    fn policy(&self, task: &str) -> Policy;

    /// Random bits.
    fn entropy(&self, draw: Draw<'_>) -> u128;
}

/// What random bits are for: of an execution, an attempt of the entry at a place; 0 where it has no attempts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw<'a> {
    pub(crate) nonce: &'a str,
    pub(crate) scope: &'a str,
    pub(crate) ordinal: u32,
    pub(crate) attempt: u32,
}

/// Watches a replay: the debugger's place.
pub(crate) trait Observer: Send {
    /// A state was entered.
    fn entered(&mut self, scope: &str, state: u32);

    /// A recorded entry was met, by the code in a state.
    fn opened(&mut self, scope: &str, ordinal: u32, state: Option<u32>);

    /// A variable has a value.
    fn observed(&mut self, scope: &str, slot: u32, name: &'static str, value: serde_json::Value);
}

/// What does not change about an execution.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// Random text from which its children have their names.
    pub(crate) nonce: String,
    /// The id that its code sees.
    pub(crate) id: String,
    /// The workflow's name.
    pub(crate) workflow: &'static str,
    pub(crate) started_at: i64,
    /// Since when its timeout counts, where it was not redriven.
    pub(crate) timed_from: i64,
    /// How many seconds it may take.
    pub(crate) timeout: Option<u64>,
    pub(crate) bounds: Bounds,
    /// States that the body reports and the machine does not have: types have shown that nothing leads to them.
    pub(crate) dropped: Arc<[u32]>,
}

/// What an engine allows its executions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bounds {
    /// How often an attempt is started again because the process ended while it ran.
    pub(crate) crash_restarts: u32,
    /// How many bytes of JSON an input, output or result may have; none is no limit.
    pub(crate) payload: Option<usize>,
}

impl Bounds {
    /// Why a payload cannot be: it is too large.
    pub(crate) fn oversized(&self, payload: &str, what: impl FnOnce() -> String) -> Option<Failed> {
        self.oversized_by(payload.len(), what)
    }

    /// The same by the length alone.
    pub(crate) fn oversized_by(&self, bytes: usize, what: impl FnOnce() -> String) -> Option<Failed> {
        let limit = self.payload?;
        (bytes > limit).then(|| {
            let cause = format!(
                "{} has {bytes} bytes of JSON, and may have {limit}: hand on a key by which a task finds it, or set \
                 `payload_limit` of the engine",
                what()
            );
            Failed::new(DATA_LIMIT_EXCEEDED, cause)
        })
    }
}

/// How a durable entry closed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Closed {
    /// Empty where there is no output.
    pub(crate) result: Result<Arc<str>, Failed>,
    /// The entry was in the journal when the execution was loaded.
    pub(crate) recorded: bool,
}

/// How the execution closes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Closing {
    pub(crate) status: Status,
    pub(crate) output: Option<Arc<str>>,
    pub(crate) failed: Option<Failed>,
}

/// What is to be committed, and what is to be done after it.
#[derive(Debug, PartialEq)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<JournalRow>,
    pub(crate) wake: Option<Wake>,
    /// What becomes of tokens, and the machine that the rows are of.
    pub(crate) updates: Vec<Update>,
    pub(crate) closing: Option<Closing>,
    pub(crate) runs: Vec<Run>,
    pub(crate) cancels: Vec<EntryId>,
    /// Child executions to create with this commit.
    pub(crate) launches: Vec<Launch>,
    pub(crate) releases: Vec<Release>,
}

/// What a poll led to: something to commit and to do, or nothing; or the code does not fit the journal.
pub(crate) type Flushed = Result<Batch, Box<Divergence>>;

/// An attempt to start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) entry: EntryId,
    pub(crate) task: &'static str,
    pub(crate) input: Arc<str>,
    pub(crate) attempt: u32,
    pub(crate) state: u32,
    pub(crate) scope: Box<str>,
    pub(crate) ordinal: u32,
    /// Of a callback.
    pub(crate) token: Option<Arc<str>>,
}

impl Core {
    /// The core of an execution: new where nothing is recorded. A sealed one matches and does nothing else.
    pub(crate) fn new(facts: Facts, host: Arc<dyn Host>, mut recorded: Recorded, wake: Wake, sealed: bool) -> Self {
        let timed_from = recorded.redriven_at.unwrap_or(facts.timed_from);
        let mut scopes = Slab::new();
        let root = ScopeId(scopes.insert(Scope::new("".into(), recorded.take(""), sealed)));
        Core {
            state: Mutex::new(State {
                now: facts.started_at,
                deadline: facts.timeout.map(|seconds| later(timed_from, seconds)),
                facts,
                host,
                observer: None,
                recorded,
                matched: 0,
                scopes,
                entries: Slab::new(),
                root,
                outbox: Vec::new(),
                starts: Vec::new(),
                refused: Vec::new(),
                cancels: Vec::new(),
                tokens: HashMap::new(),
                updates: Vec::new(),
                suspects: Vec::new(),
                launches: Vec::new(),
                releases: Vec::new(),
                timers: BTreeSet::new(),
                running: 0,
                closing: None,
                divergence: None,
                wake,
                code_change: None,
            }),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The scope of the workflow itself.
    pub(crate) fn root(&self) -> ScopeId {
        self.state().root
    }

    /// Tells the time; everything until the next call happens then.
    pub(crate) fn started_at(&self) -> i64 {
        self.state().facts.started_at
    }

    pub(crate) fn set_now(&self, now: i64) {
        self.state().now = now;
    }

    /// Rows that are written from now on are of another machine than those before. That is written before the first of them, or at once.
    pub(crate) fn code_changed(&self, from: &str, to: &str, at_once: bool) {
        self.state().code_change = Some(CodeChange { from: from.into(), to: to.into(), at_once });
    }

    /// What is to be committed and done now. `grant` says whether one more attempt of a task may start.
    pub(crate) fn flush(&self, grant: &mut dyn FnMut(&'static str) -> Grant) -> Flushed {
        let mut state = self.state();
        if let Some(divergence) = state.divergence.take() {
            return Err(divergence);
        }
        let runs = state.grant_starts(grant);
        let launches = std::mem::take(&mut state.launches).into_iter().map(|(_, launch)| launch).collect();
        let mut rows = std::mem::take(&mut state.outbox);
        if let Some(CodeChange { from, to, .. }) =
            state.code_change.take_if(|change| change.at_once || !rows.is_empty())
        {
            state.updates.push(Update::Move { machine: to.as_ref().into() });
            let place = Place { at: state.elapsed(), ..Place::default() };
            rows.insert(0, Event::CodeChanged { from, to }.into_row(place));
        }
        let closing = state.closing.take();
        let wanted = state.wanted_wake();
        let wake = (closing.is_none() && wanted != state.wake).then_some(wanted);
        state.wake = wanted;
        let (cancels, releases) = (std::mem::take(&mut state.cancels), std::mem::take(&mut state.releases));
        let updates = std::mem::take(&mut state.updates);
        Ok(Batch { rows, wake, updates, closing, runs, cancels, launches, releases })
    }

    /// The tasks of which attempts wait for leave to start.
    pub(crate) fn refused(&self) -> Vec<&'static str> {
        self.state().refused.clone()
    }

    /// No attempt is under way but so many that wait for the time themselves.
    pub(crate) fn is_idle(&self, parked: usize) -> bool {
        self.state().running <= parked
    }

    /// Nothing is under way but waiting, and so many attempts that wait for the time themselves.
    pub(crate) fn is_quiet(&self, parked: usize) -> bool {
        let state = self.state();
        state.running <= parked && state.starts.is_empty()
    }

    /// When the next timer is due.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.state().next_due()
    }

    /// Fires the timers that are due.
    pub(crate) fn fire(&self) {
        let mut state = self.state();
        while let Some((due, id)) = state.timers.first().copied()
            && due <= state.now
        {
            state.set_timer(id, None);
            match state.entry(id).map(|entry| &entry.kind) {
                Some(Kind::Call(_)) => state.call_due(id),
                Some(Kind::Child(_)) => state.child_due(id),
                Some(Kind::Wait(_)) => state.wait_due(id),
                Some(Kind::Join(_) | Kind::Inert) | None => {}
            }
        }
    }

    /// Ready when the entry is closed.
    pub(crate) fn poll_entry(&self, id: EntryId, waker: &Waker) -> Poll<Closed> {
        let mut state = self.state();
        let Some(entry) = state.entries.get_mut(id.0) else { return Poll::Pending };
        let result = match &entry.kind {
            Kind::Call(call) => call.result(),
            Kind::Child(child) => child.result(),
            Kind::Wait(wait) => wait.result(),
            Kind::Join(join) => join.result(),
            Kind::Inert => None,
        };
        match result {
            Some(result) => Poll::Ready(Closed { result, recorded: entry.recorded }),
            None => {
                match &mut entry.waker {
                    Some(known) => known.clone_from(waker),
                    none => *none = Some(waker.clone()),
                }
                Poll::Pending
            }
        }
    }

    /// Forgets an entry; what it has under way is cancelled.
    pub(crate) fn drop_entry(&self, id: EntryId) {
        let mut state = self.state();
        state.set_timer(id, None);
        let Some(entry) = state.entries.remove(id.0) else { return };
        let call = match &entry.kind {
            Kind::Call(call) => call,
            Kind::Child(child) if child.is_running() => return state.drop_child(id, entry.scope, entry.ordinal),
            Kind::Child(_) | Kind::Wait(_) | Kind::Join(_) | Kind::Inert => return,
        };
        if call.is_running() {
            state.running -= 1;
            state.cancels.push(id);
        }
        if let Some(token) = call.open_token() {
            state.tokens.remove(token);
            state.updates.push(Update::ExpireToken(Arc::clone(token)));
        }
    }

    pub(crate) fn enter(&self, scope: ScopeId, entered: u32) {
        let mut state = self.state();
        let State { scopes, observer, facts, .. } = &mut *state;
        if facts.dropped.contains(&entered) {
            return;
        }
        let Some(scope) = scopes.get_mut(scope.0) else { return };
        scope.visits.push(entered);
        if let Some(observer) = observer {
            observer.entered(&scope.path, entered);
        }
    }

    pub(crate) fn context(&self) -> ExecutionContext {
        let state = self.state();
        let Facts { id, workflow, started_at, .. } = &state.facts;
        ExecutionContext::new(workflow, id, *started_at)
    }

    /// How many recorded entries the code has agreed with.
    pub(crate) fn matched(&self) -> u64 {
        self.state().matched
    }

    pub(crate) fn is_live(&self, scope: ScopeId) -> bool {
        self.state().scopes.get(scope.0).is_some_and(|scope| scope.is_live())
    }

    pub(crate) fn observing(&self) -> bool {
        self.state().observer.is_some()
    }

    pub(crate) fn set_observer(&self, observer: Box<dyn Observer>) {
        self.state().observer = Some(observer);
    }

    pub(crate) fn observe(&self, scope: ScopeId, slot: u32, name: &'static str, value: serde_json::Value) {
        let mut state = self.state();
        let State { scopes, observer, .. } = &mut *state;
        if let (Some(scope), Some(observer)) = (scopes.get(scope.0), observer) {
            observer.observed(&scope.path, slot, name, value);
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").finish_non_exhaustive()
    }
}
