//! Turns: of a workflow with a limit, so many executions run at once, and the others begin when one of these has ended.
//!
//! An execution that waits for its turn is in the store alone: created, running, without a row in its journal, and due at a time that never comes
//! ([`WAITS_FOR_TURN`]). Its first commit sets another. So a crash keeps the line as it was, and a limit that is taken away lets all of it begin.
//!
//! A turn is held by what was started, in memory or not, until it has ended or is blocked. What goes on in the place of an execution has its turn; that of a child,
//! which had none, has one beyond the limit, since nobody waits for it any more. Children, forks and what is redriven begin at once and hold none:
//! a parent that waited for a child of its own kind would else wait for ever.
//!
//! Of several engines on a store, each has its own limits and its own line: what it has started, and what it has taken over of one that is gone.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Awaited, Shared};
use crate::{
    error::Error,
    store::{ExecutionId, ExecutionRow, Link, ListFilter, Status, StoreError, WAITS_FOR_TURN},
};

/// The line is read in pages of this size.
const PAGE: usize = 1_000;

/// Who has a turn, and who waits for one.
#[derive(Debug)]
pub(super) struct Turns {
    limits: BTreeMap<String, usize>,
    /// No other engine is on the store.
    alone: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the store has is known. No turn is given before.
    filled: bool,
    /// Who came to an end before.
    over: HashSet<ExecutionId>,
    lines: HashMap<String, Line>,
}

/// Of one workflow.
#[derive(Debug, Default)]
struct Line {
    running: HashSet<ExecutionId>,
    waiting: BTreeSet<ExecutionId>,
}

impl Turns {
    pub(super) fn new(limits: &BTreeMap<String, usize>, alone: bool) -> Turns {
        Turns { limits: limits.clone(), alone, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_limited(&self, workflow: &str) -> bool {
        self.limits.contains_key(workflow)
    }

    /// An execution was created, and waits.
    fn wait(&self, workflow: &str, id: ExecutionId) {
        let mut state = self.state();
        let line = state.lines.entry(workflow.to_owned()).or_default();
        if !line.running.contains(&id) {
            line.waiting.insert(id);
        }
    }

    /// Takes an execution out of the line; false where it does not wait.
    pub(super) fn withdraw(&self, row: &ExecutionRow) -> bool {
        let mut state = self.state();
        let waits = state.waits(row, self.alone);
        if let Some(line) = state.lines.get_mut(&row.workflow) {
            line.waiting.remove(&row.id);
        }
        waits
    }

    /// An execution holds no turn any more. Yields the workflow, where it held one.
    fn over(&self, id: ExecutionId) -> Option<String> {
        if self.limits.is_empty() {
            return None;
        }
        let mut state = self.state();
        if !state.filled {
            state.over.insert(id);
        }
        state.lines.iter_mut().find_map(|(workflow, line)| line.running.remove(&id).then(|| workflow.clone()))
    }

    /// One has gone on in the place of another.
    pub(super) fn pass_on(&self, workflow: &str, before: ExecutionId, id: ExecutionId) {
        if self.is_limited(workflow) {
            let mut state = self.state();
            let line = state.lines.entry(workflow.to_owned()).or_default();
            line.running.remove(&before);
            line.running.insert(id);
        }
    }

    /// Those whose turn it is.
    fn next(&self, workflow: &str) -> Vec<ExecutionId> {
        let limit = self.limits.get(workflow).copied().unwrap_or(usize::MAX);
        let mut state = self.state();
        let filled = state.filled;
        let mut next = Vec::new();
        let Some(line) = state.lines.get_mut(workflow).filter(|_| filled) else { return next };
        while line.running.len() < limit
            && let Some(id) = line.waiting.pop_first()
        {
            line.running.insert(id);
            next.push(id);
        }
        next
    }

    /// What the store has is known now. Yields the workflows that have a line.
    fn fill(&self, found: Vec<(String, ExecutionId, bool)>) -> Vec<String> {
        let mut state = self.state();
        state.filled = true;
        let over = std::mem::take(&mut state.over);
        for (workflow, id, waits) in found.into_iter().filter(|(_, id, _)| !over.contains(id)) {
            let line = state.lines.entry(workflow).or_default();
            let _ = if waits { line.waiting.insert(id) } else { line.running.insert(id) };
        }
        state.lines.keys().cloned().collect()
    }
}

impl State {
    fn waits(&self, row: &ExecutionRow, alone: bool) -> bool {
        let in_line = self.lines.get(&row.workflow).is_some_and(|line| line.waiting.contains(&row.id));
        in_line || (alone && !self.filled && row.wake == WAITS_FOR_TURN)
    }
}

impl Shared {
    /// An execution was created that waits for its turn.
    pub(super) fn enter_line(self: &Arc<Self>, workflow: &str, id: ExecutionId) -> Arc<Awaited> {
        let awaited = self.absent.wait_for(id);
        self.turns.wait(workflow, id);
        self.give_turns(workflow);
        awaited
    }

    /// An execution that was taken out of the line waits on.
    pub(super) fn stay_in_line(self: &Arc<Self>, workflow: &str, id: ExecutionId) {
        self.turns.wait(workflow, id);
        self.give_turns(workflow);
    }

    /// The outcome of an execution that waits for its turn; none where it does not.
    pub(super) fn awaits_turn(&self, row: &ExecutionRow) -> Option<Arc<Awaited>> {
        let state = self.turns.state();
        // Under the lock: whoever is given a turn afterwards finds who waits for its outcome.
        state.waits(row, self.turns.alone).then(|| self.absent.wait_for(row.id))
    }

    /// An execution has ended or is blocked: the next one begins.
    pub(super) fn turn_is_over(self: &Arc<Self>, id: ExecutionId) {
        if let Some(workflow) = self.turns.over(id) {
            self.give_turns(&workflow);
        }
    }

    /// Lets those begin whose turn it is, in a task of its own.
    fn give_turns(self: &Arc<Self>, workflow: &str) {
        let next = self.turns.next(workflow);
        if next.is_empty() || self.is_draining() {
            return;
        }
        self.busy.enter();
        let shared = Arc::clone(self);
        self.runtime.spawn(async move {
            for id in next {
                shared.take_up_in_turn(id).await;
            }
            shared.busy.leave();
        });
    }

    /// Reads from the store who has a turn and who waits, and lets those begin whose turn it is.
    ///
    /// # Errors
    ///
    /// When the engine or its store is shut down.
    pub(super) async fn fill_turns(self: &Arc<Self>) -> Result<(), StoreError> {
        const UNREADABLE: &str = "executions that wait for their turn cannot be read";
        let mut found = Vec::new();
        // What other engines run is none of this one's.
        for workflow in self.turns.limits.keys().filter(|_| self.turns.alone) {
            let status = Some(Status::Running);
            let mut filter = ListFilter { workflow: Some(workflow.clone()), status, before: None, limit: PAGE };
            loop {
                let rows = self.persevere(UNREADABLE, || self.store.list(&filter)).await?;
                let stands_alone =
                    |row: &ExecutionRow| row.parent.as_ref().is_none_or(|parent| parent.link == Link::Continues);
                let began = |row: &&ExecutionRow| row.wake != WAITS_FOR_TURN && stands_alone(row);
                found.extend(rows.iter().filter(began).map(|row| (workflow.clone(), row.id, false)));
                match rows.last() {
                    Some(last) if rows.len() == PAGE => filter.before = Some(last.id),
                    _ => break,
                }
            }
        }
        let mut after = (WAITS_FOR_TURN, ExecutionId(0));
        loop {
            let (page, _) = self.persevere(UNREADABLE, || self.store.due(after, i64::MAX, PAGE)).await?;
            for (_, id) in &page {
                if let Some(row) = self.persevere(UNREADABLE, || self.store.execution(*id)).await? {
                    found.push((row.workflow, row.id, true));
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = *last,
                _ => break,
            }
        }
        for workflow in self.turns.fill(found) {
            self.give_turns(&workflow);
        }
        Ok(())
    }

    /// Takes over the line of an engine that is gone.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(super) async fn take_over_line(self: &Arc<Self>) -> Result<(), Error> {
        let Some(sharing) = self.store.sharing() else { return Ok(()) };
        let mut after = (WAITS_FOR_TURN, ExecutionId(0));
        let mut workflows = BTreeSet::new();
        loop {
            let (freed, _) = sharing.freed(after, i64::MAX, PAGE).await?;
            for (_, id) in &freed {
                if let Some(row) = self.store.execution(*id).await?
                    && let Some(row) = self.own(row).await?
                    && row.wake == WAITS_FOR_TURN
                {
                    self.turns.wait(&row.workflow, row.id);
                    workflows.insert(row.workflow);
                }
            }
            match freed.last() {
                Some(last) if freed.len() == PAGE => after = *last,
                _ => break,
            }
        }
        for workflow in workflows {
            self.give_turns(&workflow);
        }
        Ok(())
    }
}
