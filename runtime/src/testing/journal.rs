//! The trace of an execution, from its journal.

use std::{
    collections::{BTreeSet, HashMap},
    future::Future,
    pin::Pin,
    sync::Arc,
};

use durafn_ir::TypedMachine;

use super::trace::{End, Scope, TaskCall, Trace, Visit, parsed};
use crate::{
    Engine, Error,
    failure::Failed,
    history::{History, event::Event},
    store::{ExecutionId, ExecutionRow, JournalRow, Status},
};

/// The trace of an execution that is over, or as far as it has come. Child executions stand inside of the states that started them.
///
/// # Errors
///
/// When the store has crashed.
pub(super) async fn trace(engine: &Engine, id: ExecutionId) -> Result<Trace, Error> {
    let mut found = Found::default();
    let row = collect(engine, id, Vec::new(), &mut found).await?;
    Ok(found.trace(&row))
}

/// The trace of an execution whose children are not in the store, or that has none.
pub(super) fn trace_of(history: &History) -> Trace {
    let around = Scope::new();
    Reader::of(history, &around).found.trace(&history.execution)
}

/// States in which an execution waits, with what it waits for.
pub(super) async fn open_states(engine: &Engine, id: ExecutionId) -> Vec<String> {
    let mut found = Found::default();
    if collect(engine, id, Vec::new(), &mut found).await.is_err() {
        return Vec::new();
    }
    let open = found.visits.iter().filter_map(|visit| {
        let call = visit.call.as_ref().filter(|call| call.attempts.last() == Some(&None))?;
        Some(format!("task `{}` (state `{}`, called with {})", call.task, visit.state, call.input))
    });
    open.collect()
}

fn end(row: &ExecutionRow) -> End {
    let failed = || Failed::new(row.error.clone().unwrap_or_default(), row.cause.clone().unwrap_or_default());
    match row.status {
        Status::Succeeded => End::Succeeded(parsed(row.output.as_deref().unwrap_or("null"))),
        Status::TimedOut => End::TimedOut,
        Status::Aborted => End::Aborted(failed()),
        Status::Failed | Status::Running | Status::Blocked => End::Failed(failed()),
    }
}

fn collect<'a>(
    engine: &'a Engine,
    id: ExecutionId,
    around: Scope,
    found: &'a mut Found,
) -> Pin<Box<dyn Future<Output = Result<ExecutionRow, Error>> + Send + 'a>> {
    Box::pin(async move {
        let history = engine.recorded(id).await?;
        let Reader { found: Found { visits, ended }, scopes, opened, .. } = Reader::of(&history, &around);
        found.visits.extend(visits);
        found.ended.extend(ended);
        let mut rounds: HashMap<(Scope, String), usize> = HashMap::new();
        for child in engine.children(id).await? {
            let Some(parent) = child.parent else { continue };
            let mut scope = scopes.get(parent.scope.as_str()).cloned().unwrap_or_else(|| around.clone());
            let state = opened.get(&(parent.scope.clone(), parent.ordinal)).cloned().unwrap_or_default();
            let round = rounds.entry((scope.clone(), state.clone())).or_default();
            scope.push((state, *round, 0));
            *round += 1;
            collect(engine, child.id, scope, found).await?;
        }
        Ok(history.execution)
    })
}

/// What journals tell.
#[derive(Default)]
struct Found {
    visits: Vec<Visit>,
    /// Scopes that came to an end of their own.
    ended: BTreeSet<Scope>,
}

impl Found {
    fn trace(self, row: &ExecutionRow) -> Trace {
        let Found { visits, ended } = self;
        let cut = visits.iter().map(|visit| &visit.scope).filter(|scope| !ended.contains(*scope)).cloned().collect();
        Trace { workflow: row.workflow.clone(), input: parsed(&row.input), visits, cut, end: end(row) }
    }
}

/// Reads the rows of one journal.
struct Reader<'a> {
    machine: Option<TypedMachine>,
    around: &'a Scope,
    found: Found,
    /// Scopes by their text in the journal.
    scopes: HashMap<String, Scope>,
    /// The state of an entry, by its place.
    opened: HashMap<(String, u32), String>,
    /// How often a state has opened scopes.
    rounds: HashMap<(String, String), usize>,
    /// The visit of a call, by its place.
    calls: HashMap<(String, u32), usize>,
    joins: HashMap<(String, u32), usize>,
}

impl<'a> Reader<'a> {
    fn of(history: &History, around: &'a Scope) -> Self {
        let machine = history.machine(history.first_machine());
        let scopes = HashMap::from([(String::new(), around.clone())]);
        let (found, opened, rounds, calls, joins) = Default::default();
        let mut reader = Reader { machine, around, found, scopes, opened, rounds, calls, joins };
        history.rows.iter().for_each(|row| reader.read(row));
        reader
    }

    fn name(&self, state: u32) -> String {
        let named = self.machine.as_ref().and_then(|machine| machine.states.get(state as usize));
        named.map_or_else(|| format!("#{state}"), |state| state.name.clone())
    }

    /// A journal's scope is a list of numbers, two a step: the ordinal of the entry that opened it, and the index.
    fn scope(&mut self, text: &str) -> Scope {
        if let Some(scope) = self.scopes.get(text) {
            return scope.clone();
        }
        let Some((join, index)) = text.rsplit_once('.') else { return self.around.clone() };
        let (outside, ordinal) = join.rsplit_once('.').unwrap_or(("", join));
        let mut scope = self.scope(outside);
        let place = (outside.to_owned(), ordinal.parse().unwrap_or_default());
        let state = self.opened.get(&place).cloned().unwrap_or_default();
        let round = self.joins.get(&place).copied().unwrap_or_default();
        scope.push((state, round, index.parse().unwrap_or_default()));
        self.scopes.insert(text.to_owned(), scope.clone());
        scope
    }

    fn read(&mut self, row: &JournalRow) {
        let Ok(event) = Event::from_row(row) else { return };
        let scope = self.scope(&row.scope);
        let place = (row.scope.to_string(), row.ordinal);
        for visit in row.visits.as_deref().unwrap_or_default().split(' ').filter_map(|visit| visit.parse().ok()) {
            let state = self.name(visit);
            self.found.visits.push(Visit { scope: scope.clone(), state, call: None });
        }
        if let Some(state) = row.state {
            let state = self.name(state);
            self.opened.insert(place.clone(), state.clone());
            self.found.visits.push(Visit { scope, state: state.clone(), call: None });
            match event {
                Event::TaskScheduled { task, input, .. } => {
                    self.calls.insert(place, self.found.visits.len() - 1);
                    let call = TaskCall { task: task.into(), state, input: parsed(&input), attempts: vec![None] };
                    if let Some(visit) = self.found.visits.last_mut() {
                        visit.call = Some(call);
                    }
                }
                Event::ParallelStarted { .. } | Event::RaceStarted { .. } | Event::MapStarted { .. } => {
                    let round = self.rounds.entry((row.scope.to_string(), state)).or_default();
                    self.joins.insert(place, *round);
                    *round += 1;
                }
                _ => {}
            }
            return;
        }
        match event {
            Event::ScopeSucceeded
            | Event::ScopeFailed { .. }
            | Event::ExecutionSucceeded
            | Event::ExecutionFailed { .. }
            | Event::ExecutionTimedOut => {
                self.found.ended.insert(scope);
            }
            event => self.attempted(&place, event),
        }
    }

    /// What became of an attempt.
    fn attempted(&mut self, place: &(String, u32), event: Event) {
        let visit = self.calls.get(place).and_then(|index| self.found.visits.get_mut(*index));
        let Some(call) = visit.and_then(|visit| visit.call.as_mut()) else { return };
        let failed = |error: Box<str>, cause: Arc<str>| Some(Err(Failed::new(error, &*cause)));
        if matches!(event, Event::TaskStarted { attempt } if attempt as usize > call.attempts.len()) {
            call.attempts.push(None);
        }
        match (event, call.attempts.last_mut()) {
            (Event::TaskRetried { error, cause, .. } | Event::TaskFailed { error, cause }, Some(last)) => {
                *last = failed(error, cause);
            }
            (Event::TaskSucceeded { output }, Some(last)) => *last = Some(Ok(parsed(&output))),
            _ => {}
        }
    }
}
