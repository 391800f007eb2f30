//! The state of one execution, and what its durable things share: rows, timers, wakers.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
    sync::Arc,
    task::Waker,
};

use super::{
    EntryId, ScopeId,
    call::{Call, Suspect},
    child::{Child, Launch, Release},
    core::{Closing, Draw, Facts, Host, Observer},
    divergence::Divergence,
    join::Join,
    patch::Patches,
    recorded::{Recorded, RecordedScope},
    slab::Slab,
    wait::Wait,
};
use crate::{
    failure::Failed,
    history::event::{Event, Place},
    store::{JournalRow, Update, Wake},
};

/// The state of one execution.
pub(super) struct State {
    pub(super) facts: Facts,
    /// When it has taken too long, in milliseconds since 1970.
    pub(super) deadline: Option<i64>,
    pub(super) host: Arc<dyn Host>,
    pub(super) observer: Option<Box<dyn Observer>>,
    /// Milliseconds since 1970, as the driver last told.
    pub(super) now: i64,
    /// What the journal holds and the code has not reached.
    pub(super) recorded: Recorded,
    /// How many recorded entries the code has agreed with.
    pub(super) matched: u64,
    pub(super) scopes: Slab<Scope>,
    pub(super) entries: Slab<Entry>,
    pub(super) root: ScopeId,
    /// Rows of the next unit.
    pub(super) outbox: Vec<JournalRow>,
    /// Calls of which an attempt wants to start.
    pub(super) starts: Vec<Start>,
    /// Tasks of which attempts want to start, and may not.
    pub(super) refused: Vec<&'static str>,
    pub(super) cancels: Vec<EntryId>,
    /// Calls by the token that ends them.
    pub(super) tokens: HashMap<Arc<str>, EntryId>,
    /// What the next unit says about tokens and the machine.
    pub(super) updates: Vec<Update>,
    pub(super) suspects: Vec<Suspect>,
    /// Child executions to create.
    pub(super) launches: Vec<(EntryId, Launch)>,
    /// Entries whose child execution is waited for no more.
    pub(super) releases: Vec<Release>,
    pub(super) timers: BTreeSet<(i64, EntryId)>,
    /// How many attempts are under way.
    pub(super) running: usize,
    pub(super) closing: Option<Closing>,
    pub(super) divergence: Option<Box<Divergence>>,
    /// The wake that the store holds.
    pub(super) wake: Wake,
    /// Where the code that writes is newer than the journal: that is to be recorded before its rows.
    pub(super) code_change: Option<CodeChange>,
}

/// Rows are of another machine than those before.
pub(super) struct CodeChange {
    pub(super) from: Box<str>,
    pub(super) to: Box<str>,
    /// It is recorded also where there are no rows.
    pub(super) at_once: bool,
}

/// A call of which an attempt wants to start.
pub(super) struct Start {
    pub(super) entry: EntryId,
    pub(super) task: &'static str,
    /// Which one. It may have come to its end before it starts, by its token.
    pub(super) attempt: u32,
    /// Where its `TaskScheduled` row stands, while it is in the outbox.
    pub(super) row: Option<usize>,
}

pub(super) struct Scope {
    pub(super) path: Box<str>,
    pub(super) next_ordinal: u32,
    /// States entered since the last durable entry.
    pub(super) visits: Vec<u32>,
    pub(super) recorded: RecordedScope,
    /// Nothing new happens here: see the module.
    pub(super) sealed: bool,
    /// It has failed in a way that its code cannot hold.
    pub(super) failure: Option<Failed>,
    /// Those of the scopes around it, and its own.
    pub(super) patches: Patches,
}

pub(super) struct Entry {
    pub(super) scope: ScopeId,
    pub(super) ordinal: u32,
    pub(super) kind: Kind,
    /// It was in the journal when the execution was loaded.
    pub(super) recorded: bool,
    pub(super) waker: Option<Waker>,
    pub(super) due: Option<i64>,
}

pub(super) enum Kind {
    Call(Call),
    Child(Child),
    Wait(Wait),
    Join(Join),
    /// Never closes: it stands in a sealed scope, or the execution has diverged.
    Inert,
}

impl State {
    /// Milliseconds since the execution started.
    pub(super) fn elapsed(&self) -> i64 {
        self.now.saturating_sub(self.facts.started_at)
    }

    /// Random bits for an entry of a scope.
    pub(super) fn draw(&self, scope: ScopeId, ordinal: u32, attempt: u32) -> u128 {
        let scope = self.scopes.get(scope.0).map_or("", |scope| &*scope.path);
        self.host.entropy(Draw { nonce: &self.facts.nonce, scope, ordinal, attempt })
    }

    /// Random bits for an attempt of an entry.
    pub(super) fn draw_for(&self, id: EntryId, attempt: u32) -> u128 {
        let (scope, ordinal) = self.entry(id).map_or((self.root, 0), |entry| (entry.scope, entry.ordinal));
        self.draw(scope, ordinal, attempt)
    }

    pub(super) fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(id.0)
    }

    pub(super) fn entry_mut(&mut self, id: EntryId) -> Option<&mut Entry> {
        self.entries.get_mut(id.0)
    }

    pub(super) fn insert(&mut self, scope: ScopeId, ordinal: u32, kind: Kind, recorded: bool) -> EntryId {
        EntryId(self.entries.insert(Entry { scope, ordinal, kind, recorded, waker: None, due: None }))
    }

    pub(super) fn wake(&mut self, id: EntryId) {
        if let Some(waker) = self.entries.get_mut(id.0).and_then(|entry| entry.waker.take()) {
            waker.wake();
        }
    }

    /// Sets the timer of an entry, which has one at most.
    pub(super) fn set_timer(&mut self, id: EntryId, due: Option<i64>) {
        let Some(entry) = self.entries.get_mut(id.0) else { return };
        if let Some(before) = std::mem::replace(&mut entry.due, due) {
            self.timers.remove(&(before, id));
        }
        if let Some(due) = due {
            self.timers.insert((due, id));
        }
    }

    /// Appends the row that opens an entry, with the states visited on the way to it. Yields its position.
    pub(super) fn push_opening(&mut self, scope: ScopeId, ordinal: u32, entered: u32, event: Event) -> usize {
        let visits = match self.scopes.get_mut(scope.0) {
            Some(scope) => {
                // The entry's own state has a column.
                if scope.visits.last() == Some(&entered) {
                    scope.visits.pop();
                }
                take_visits(&mut scope.visits)
            }
            None => None,
        };
        self.push(scope, ordinal, Some(entered), visits, event)
    }

    /// Appends a row that says more about an entry.
    pub(super) fn push_later(&mut self, id: EntryId, event: Event) {
        let Some(entry) = self.entries.get(id.0) else { return };
        let (scope, ordinal) = (entry.scope, entry.ordinal);
        self.push(scope, ordinal, None, None, event);
    }

    pub(super) fn push(
        &mut self,
        scope: ScopeId,
        ordinal: u32,
        state: Option<u32>,
        visits: Option<Box<str>>,
        event: Event,
    ) -> usize {
        let at = self.elapsed();
        let path = self.scopes.get(scope.0).map(|scope| scope.path.clone()).unwrap_or_default();
        self.outbox.push(event.into_row(Place { scope: path, ordinal, at, state, visits }));
        self.outbox.len() - 1
    }

    pub(super) fn row_mut(&mut self, index: usize) -> &mut JournalRow {
        &mut self.outbox[index]
    }

    pub(super) fn cancel(&mut self, id: EntryId) {
        self.cancels.push(id);
    }

    /// What the store must hold about when to take the execution up again.
    pub(super) fn wanted_wake(&self) -> Wake {
        match self.next_due() {
            _ if self.running > 0 || !self.starts.is_empty() => Wake::Active,
            Some(due) => Wake::At(due),
            None => Wake::External,
        }
    }

    /// When the next timer is due, the execution's own among them.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.timers.first().map(|(due, _)| *due).into_iter().chain(self.deadline).min()
    }
}

impl Scope {
    pub(super) fn new(path: Box<str>, recorded: RecordedScope, sealed: bool) -> Self {
        Scope { path, next_ordinal: 0, visits: Vec::new(), recorded, sealed, failure: None, patches: Patches::new() }
    }

    /// All that was recorded of it has been repeated: what its code does now, it does for the first time.
    pub(super) fn is_live(&self) -> bool {
        !self.sealed && self.recorded.entries.is_empty() && self.recorded.end.is_none()
    }
}

/// Visits as a journal row keeps them: `4 7 4`.
pub(super) fn take_visits(visits: &mut Vec<u32>) -> Option<Box<str>> {
    let mut text = String::new();
    for visit in visits.drain(..) {
        let gap = if text.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{gap}{visit}");
    }
    (!text.is_empty()).then(|| text.into())
}
