//! The journal that native code would have written, from placed events.

use std::collections::HashMap;

use durafn_ir::{Edge, ExprKind, Literal, StateId, StateKind, Target, TaskState, Typed, TypedMachine, WaitFor};
use serde_json::Value;

use super::{
    document::AwsEvent,
    envelope::{self, Envelope},
    place::Placed,
    values::{self, Sources, Taken},
};
use crate::{
    history::event::{Event, Place},
    store::JournalRow,
};

/// What came of the events.
#[derive(Debug, Default)]
pub(super) struct Journal {
    pub(super) rows: Vec<JournalRow>,
    /// JSON paths into a history file of what the service does not tell.
    pub(super) unknown: Vec<String>,
    /// Error and cause of the execution, out of their envelope.
    pub(super) failure: Option<(String, String)>,
}

/// Writes the journal.
///
/// # Errors
///
/// When an event does not say what is needed of it.
pub(super) fn write(machine: &TypedMachine, events: &[AwsEvent], placed: &Placed) -> Result<Journal, String> {
    let scopes = placed.scopes.iter().map(|_| Written::default()).collect();
    let journal = Journal::default();
    let mut writer = Writer { machine, events, placed, journal, scopes, entries: HashMap::new(), index: 0 };
    for (index, event) in events.iter().enumerate() {
        writer.index = index;
        writer.event(event)?;
    }
    Ok(writer.journal)
}

/// What has been written of a scope.
#[derive(Default)]
pub(super) struct Written {
    begun: bool,
    pub(super) next: u32,
    visits: Vec<u32>,
    pub(super) ended: bool,
    /// The branch of a race has come to its end: it leaves by an error, as the export has it.
    pub(super) won: bool,
    pub(super) failure: Option<(String, String)>,
    /// What states that only the export has assigned.
    added: HashMap<String, String>,
}

/// A durable entry.
pub(super) struct Entry {
    ordinal: u32,
    pub(super) attempt: u32,
    pub(super) running: bool,
    pub(super) closed: bool,
    pub(super) envelope: Envelope,
}

pub(super) struct Writer<'a> {
    pub(super) machine: &'a TypedMachine,
    pub(super) events: &'a [AwsEvent],
    pub(super) placed: &'a Placed,
    pub(super) journal: Journal,
    pub(super) scopes: Vec<Written>,
    /// By visit.
    pub(super) entries: HashMap<usize, Entry>,
    pub(super) index: usize,
}

impl<'a> Writer<'a> {
    fn event(&mut self, event: &'a AwsEvent) -> Result<(), String> {
        let place = self.placed.places[self.index];
        let kind = event.kind.as_str();
        if kind.starts_with("Execution") {
            return self.execution(event);
        }
        let visit = place.visit;
        let state = visit.and_then(|visit| self.placed.visits[visit].state);
        match (visit, state) {
            (Some(visit), Some(state)) if kind.ends_with("StateEntered") => self.entered(visit, state),
            (Some(visit), _) if kind.ends_with("StateExited") => self.exited(visit, state),
            (Some(visit), Some(state)) if kind.starts_with("Parallel") || kind.starts_with("MapState") => {
                self.joined(visit, state, event)
            }
            _ if kind == "MapIterationSucceeded" => self.end_scope(place.scope, Event::ScopeSucceeded),
            _ if kind == "EvaluationFailed" => {
                self.scopes[place.scope].failure = Some(self.said(event));
                Ok(())
            }
            (Some(visit), Some(state)) => self.attempted(visit, state, event),
            _ => Ok(()),
        }
    }

    /// The path of a scope.
    fn path(&self, scope: usize) -> Result<String, String> {
        let Some((visit, index)) = self.placed.scopes[scope].around else { return Ok(String::new()) };
        let around = self.path(self.placed.visits[visit].scope)?;
        let entry = self.entries.get(&visit).ok_or_else(|| self.astray("is inside of what has not begun"))?;
        let dot = if around.is_empty() { "" } else { "." };
        Ok(format!("{around}{dot}{}.{index}", entry.ordinal))
    }

    pub(super) fn astray(&self, what: &str) -> String {
        let event = &self.events[self.index];
        format!("event {} ({}) {what}", event.id, event.kind)
    }

    pub(super) fn push(
        &mut self,
        scope: usize,
        ordinal: u32,
        state: Option<StateId>,
        event: Event,
    ) -> Result<(), String> {
        if !std::mem::replace(&mut self.scopes[scope].begun, true) {
            self.patched(scope)?;
        }
        let takes_visits = state.is_some() || self.scopes[scope].ended;
        let visits = if takes_visits { std::mem::take(&mut self.scopes[scope].visits) } else { Vec::new() };
        let visits: Vec<String> = visits.iter().map(u32::to_string).collect();
        let place = Place {
            scope: self.path(scope)?.into(),
            ordinal,
            at: self.events[self.index].at - self.events[0].at,
            state: state.map(|state| state.0),
            visits: (!visits.is_empty()).then(|| visits.join(" ").into()),
        };
        self.journal.rows.push(event.into_row(place));
        Ok(())
    }

    /// The exported machine goes the new way of each patch.
    fn patched(&mut self, scope: usize) -> Result<(), String> {
        let at = self.events[self.index].at - self.events[0].at;
        let place = Place { scope: self.path(scope)?.into(), at, ..Place::default() };
        let row = |patch: &String| Event::Patched { patch: patch.as_str().into() }.into_row(place.clone());
        self.journal.rows.extend(self.machine.patches.iter().map(row));
        Ok(())
    }

    /// Opens the entry of a visit.
    pub(super) fn open(
        &mut self,
        visit: usize,
        state: StateId,
        envelope: Envelope,
        event: Event,
    ) -> Result<(), String> {
        let scope = self.placed.visits[visit].scope;
        let ordinal = self.take_ordinal(scope);
        self.push(scope, ordinal, Some(state), event)?;
        self.entries.insert(visit, Entry { ordinal, attempt: 1, running: false, closed: false, envelope });
        Ok(())
    }

    fn take_ordinal(&mut self, scope: usize) -> u32 {
        let next = &mut self.scopes[scope].next;
        *next += 1;
        *next - 1
    }

    pub(super) fn follow(&mut self, visit: usize, event: Event) -> Result<(), String> {
        let Some(entry) = self.entries.get(&visit) else { return Err(self.astray("is about what has not begun")) };
        self.push(self.placed.visits[visit].scope, entry.ordinal, None, event)
    }

    /// Marks a column of the last row as unknown.
    fn unknown(&mut self, column: &str) {
        self.journal.unknown.push(format!("$.journal[{}].{column}", self.journal.rows.len() - 1));
    }

    fn entered(&mut self, visit: usize, id: StateId) -> Result<(), String> {
        let state = self.machine.state(id);
        let scope = self.placed.visits[visit].scope;
        self.values(visit, values::before(state))?;
        match &state.kind {
            StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_) => {}
            StateKind::Wait(wait, _) => return self.wait(visit, id, wait),
            StateKind::Fail(_) => {
                self.scopes[scope].visits.push(id.0);
                self.scopes[scope].failure = self.announced(scope);
            }
            StateKind::Succeed(_) if self.machine.is_race(state.region) => {
                self.scopes[scope].visits.push(id.0);
                self.scopes[scope].won = true;
            }
            StateKind::Pass(_) | StateKind::Choice(..) | StateKind::Succeed(_) => self.scopes[scope].visits.push(id.0),
        }
        Ok(())
    }

    /// A wait of a length that only the code knows takes that of the clock, and is marked.
    fn wait(&mut self, visit: usize, id: StateId, wait: &WaitFor<Typed>) -> Result<(), String> {
        let from = self.events[self.index].at;
        let to = self.placed.visits[visit].exit.map_or(from, |exit| self.events[exit].at);
        let (event, known) = match wait {
            WaitFor::Seconds(seconds) => match literal_seconds(seconds) {
                Some(seconds) => (Event::WaitSeconds { seconds }, true),
                None => (Event::WaitSeconds { seconds: u64::try_from((to - from) / 1_000).unwrap_or(0) }, false),
            },
            WaitFor::Until(_) => (Event::WaitUntil { until: to }, false),
        };
        self.open(visit, id, Envelope::Plain, event)?;
        if !known {
            self.unknown("number");
        }
        Ok(())
    }

    fn exited(&mut self, visit: usize, id: Option<StateId>) -> Result<(), String> {
        let scope = self.placed.visits[visit].scope;
        let Some(id) = id else {
            let assigned = self.assigned(visit);
            self.scopes[scope].added.extend(assigned);
            return Ok(());
        };
        let state = self.machine.state(id);
        if matches!(state.kind, StateKind::Wait(..)) {
            self.follow(visit, Event::WaitEnded)?;
        }
        if self.placed.visits[visit].fails {
            return Ok(());
        }
        let caught = self.scopes[scope].failure.take().is_some();
        let edge = self.edge(visit, id, caught);
        if let Some(edge) = edge {
            self.values(visit, values::of_edge(edge))?;
        }
        self.scopes[scope].added.clear();
        let ends =
            matches!(state.kind, StateKind::Succeed(_)) || edge.is_some_and(|edge| matches!(edge.to, Target::End(_)));
        if ends && self.placed.scopes[scope].around.is_some() {
            return self.end_scope(scope, Event::ScopeSucceeded);
        }
        Ok(())
    }

    /// The edge by which a visit was left.
    fn edge(&self, visit: usize, id: StateId, caught: bool) -> Option<&'a Edge<Typed>> {
        let state = self.machine.state(id);
        let next = self.placed.visits[visit].next.and_then(|next| self.placed.visits[next].state);
        let leads = |edge: &Edge<Typed>| match edge.to {
            Target::State(to) => Some(to) == next,
            Target::End(_) => next.is_none(),
        };
        let (all, catchers) = (state.edges(), state.catchers().len());
        let (ways, catching) = all.split_at(all.len() - catchers.min(all.len()));
        let mut candidates = if caught { catching.iter() } else { ways.iter() };
        candidates.find(|edge| leads(edge)).copied().or(match ways {
            // What follows is not in the history yet.
            [only] if !caught => Some(*only),
            _ => None,
        })
    }

    /// The values that the code takes in a visit.
    fn values(&mut self, visit: usize, taken: Vec<Taken>) -> Result<(), String> {
        if taken.is_empty() {
            return Ok(());
        }
        let scope = self.placed.visits[visit].scope;
        let mut assigned = self.scopes[scope].added.clone();
        assigned.extend(self.assigned(visit));
        let call = self.call_of(visit);
        let params = call.as_ref().map(|(params, _)| params.as_slice());
        let sources = Sources {
            machine: self.machine,
            assigned: &assigned,
            call: params.zip(call.as_ref().map(|(_, input)| input)),
        };
        for taken in taken {
            let number = self.journal.unknown.len() + 1;
            let (event, unknown) = taken.event(&sources, self.events[self.index].at, number);
            let ordinal = self.take_ordinal(scope);
            self.push(scope, ordinal, None, event)?;
            if let Some(column) = unknown {
                self.unknown(column);
            }
        }
        Ok(())
    }

    /// What the service says that the visit has assigned.
    fn assigned(&self, visit: usize) -> HashMap<String, String> {
        let exit = self.placed.visits[visit].exit.map(|exit| &self.events[exit]);
        let assigned = exit.and_then(|exit| exit.details.get("assignedVariables")).and_then(Value::as_object);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assigned.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// The parameters and the input of the call that a visit makes.
    fn call_of(&self, visit: usize) -> Option<(Vec<String>, Value)> {
        let task = self.task(self.placed.visits[visit].state?)?;
        let places = self.placed.places.iter().enumerate().skip(self.index);
        let scheduled = places.map(|(index, place)| (place, &self.events[index]));
        let mut scheduled =
            scheduled.filter(|(place, event)| place.visit == Some(visit) && event.kind.ends_with("Scheduled"));
        let call = envelope::call(&task.callee, scheduled.next()?.1).ok()?;
        Some((task.callee.params.iter().map(|(name, _)| name.clone()).collect(), call.input))
    }

    pub(super) fn task(&self, id: StateId) -> Option<&'a TaskState<Typed>> {
        match &self.machine.state(id).kind {
            StateKind::Task(task) => Some(task),
            _ => None,
        }
    }

    /// Error and cause as an event has them.
    pub(super) fn said(&self, event: &AwsEvent) -> (String, String) {
        let timed_out = if event.kind.ends_with("TimedOut") { "States.Timeout" } else { "States.TaskFailed" };
        let text = |key: &str, otherwise: &str| event.text(key).unwrap_or(otherwise).to_owned();
        (text("error", timed_out), text("cause", ""))
    }
}

/// A wait whose length stands in the code.
fn literal_seconds(expr: &durafn_ir::Expr<Typed>) -> Option<u64> {
    match &*expr.kind {
        ExprKind::Literal(Literal::Int(seconds)) => u64::try_from(*seconds).ok(),
        _ => None,
    }
}
