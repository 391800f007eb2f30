//! The public history: journal rows told in the terms of Step Functions. Nothing of it is stored; states are named by the machine that wrote
//! the rows.

mod child;
mod join;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use durafn_ir::TypedMachine;

use super::{
    event::{Event, Unreadable},
    kind::{Details, EventKind, HistoryEvent, StateType},
};
use crate::{
    engine::Recorded,
    store::{ExecutionRow, JournalRow},
};

/// Names and types of states, by machine.
#[derive(Default)]
pub(super) struct Machines(HashMap<String, Vec<(String, StateType)>>);

impl Machines {
    /// Takes in a machine as the store has it. One that cannot be read has no names.
    pub(super) fn add(&mut self, key: String, json: &str) {
        if let Ok(machine) = serde_json::from_str::<TypedMachine>(json) {
            let states = machine.states.iter().map(|state| (state.name.clone(), StateType::of(&state.kind)));
            self.0.insert(key, states.collect());
        }
    }
}

/// The machines that a journal's rows refer to.
pub(super) fn machines(row: &ExecutionRow, rows: &[JournalRow]) -> Vec<String> {
    let mut keys = vec![row.machine.clone()];
    for row in rows {
        if let Ok(Event::CodeChanged { from, to }) = Event::from_row(row) {
            keys.extend([from.into(), to.into()]);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The machine that the first rows are of.
pub(super) fn first_machine<'a>(row: &'a ExecutionRow, rows: &'a [JournalRow]) -> &'a str {
    let changed = rows.iter().find(|row| row.event == super::event::CODE_CHANGED);
    changed.and_then(|row| row.payload.as_deref()).unwrap_or(&row.machine)
}

/// Tells a journal.
pub(super) fn tell(
    row: &ExecutionRow,
    rows: &[JournalRow],
    machines: &Machines,
) -> Result<Vec<HistoryEvent>, Unreadable> {
    let mut teller = Teller {
        row,
        machines,
        machine: first_machine(row, rows).to_owned(),
        now: row.started_at,
        events: Vec::new(),
        scopes: BTreeMap::new(),
        entries: HashMap::new(),
    };
    let input = Some(Arc::clone(&row.input));
    teller.say("", EventKind::ExecutionStarted, Details { input, ..Details::default() });
    for (index, row) in rows.iter().enumerate() {
        teller.tell(row)?;
        if row.event == super::event::EXECUTION_REDRIVEN {
            teller.redriven(&rows[..index])?;
        }
    }
    Ok(teller.events)
}

struct Teller<'a> {
    row: &'a ExecutionRow,
    machines: &'a Machines,
    machine: String,
    now: i64,
    events: Vec<HistoryEvent>,
    /// Scopes that have begun and not ended, with the state that each is in.
    scopes: BTreeMap<Box<str>, Option<Entered>>,
    entries: HashMap<(Box<str>, u32), Entry>,
}

#[derive(Clone)]
struct Entered {
    name: String,
    ty: StateType,
}

/// A durable entry that is open.
struct Entry {
    ty: StateType,
    state: u32,
    task: Option<String>,
    input: Option<Arc<str>>,
    attempt: u32,
    /// Workers make its attempts.
    activity: bool,
}

impl Teller<'_> {
    fn say(&mut self, scope: &str, kind: EventKind, details: Details) {
        let id = self.events.len() as u64 + 1;
        self.events.push(HistoryEvent { id, at: self.now, kind, scope: scope.to_owned(), details });
    }

    fn tell(&mut self, row: &JournalRow) -> Result<(), Unreadable> {
        let event = Event::from_row(row)?;
        self.now = self.row.started_at.saturating_add(row.at);
        if let Event::CodeChanged { to, .. } = event {
            self.machine = to.into();
            return Ok(());
        }
        if event != Event::ExecutionRedriven {
            self.begin_scope(&row.scope);
        }
        for visit in row.visits.as_deref().unwrap_or_default().split(' ').filter_map(|visit| visit.parse().ok()) {
            self.enter(&row.scope, visit, StateType::Pass);
        }
        match event {
            Event::TaskScheduled { .. }
            | Event::ActivityScheduled { .. }
            | Event::ChildScheduled { .. }
            | Event::WaitSeconds { .. }
            | Event::WaitUntil { .. }
            | Event::ParallelStarted { .. }
            | Event::RaceStarted { .. }
            | Event::MapStarted { .. } => self.opened(row, event),
            Event::TaskStarted { .. }
            | Event::TaskInterrupted { .. }
            | Event::TaskRetried { .. }
            | Event::TaskSubmitted
            | Event::TaskSucceeded { .. }
            | Event::TaskFailed { .. }
            | Event::ActivityQueued { .. }
            | Event::ActivityStarted { .. } => self.attempted(row, event),
            Event::ChildStarted { .. }
            | Event::ChildRetried { .. }
            | Event::ChildSucceeded { .. }
            | Event::ChildFailed { .. } => self.child(row, event),
            Event::WaitEnded => self.exit(&row.scope, None),
            Event::JoinSucceeded | Event::JoinFailed { .. } | Event::RaceWon { .. } => self.joined(row, event),
            Event::ScopeSucceeded
            | Event::ScopeFailed { .. }
            | Event::ExecutionSucceeded
            | Event::ExecutionFailed { .. }
            | Event::ExecutionAborted { .. }
            | Event::ExecutionTimedOut => self.ended(&row.scope, event),
            Event::ExecutionRedriven => self.say("", EventKind::ExecutionRedriven, Details::default()),
            Event::TaskToken { .. }
            | Event::Now { .. }
            | Event::Uuid { .. }
            | Event::Random { .. }
            | Event::Patched { .. }
            | Event::CodeChanged { .. } => {}
        }
        Ok(())
    }

    /// Enters again the states that a redrive has opened again.
    fn redriven(&mut self, before: &[JournalRow]) -> Result<(), Unreadable> {
        let opened = Recorded::read(before, self.row.started_at)?.reopen();
        self.scopes.clear();
        for place in opened {
            let Some(entry) = self.entries.get_mut(&place) else { continue };
            entry.attempt = 0;
            let (state, ty) = (entry.state, entry.ty);
            self.begin_scope(&place.0);
            self.enter(&place.0, state, ty);
        }
        Ok(())
    }

    /// Tells the start of an iteration with its first row.
    fn begin_scope(&mut self, scope: &str) {
        if self.scopes.contains_key(scope) {
            return;
        }
        self.scopes.insert(scope.into(), None);
        if let Some(index) = self.iteration(scope) {
            self.say(scope, EventKind::MapIterationStarted, Details { index: Some(index), ..Details::default() });
        }
    }

    /// The index, where the scope is an iteration of a Map.
    fn iteration(&self, scope: &str) -> Option<u32> {
        let (join, index) = scope.rsplit_once('.')?;
        let (around, ordinal) = join.rsplit_once('.').unwrap_or(("", join));
        let entry = self.entries.get(&(around.into(), ordinal.parse().ok()?))?;
        if entry.ty == StateType::Map { index.parse().ok() } else { None }
    }

    /// Enters a state; `ty` where the machine is not known.
    fn enter(&mut self, scope: &str, state: u32, ty: StateType) {
        self.exit(scope, None);
        let known = self.machines.0.get(&self.machine).and_then(|states| states.get(state as usize));
        let (name, ty) = known.cloned().unwrap_or_else(|| (format!("#{state}"), ty));
        self.scopes.insert(scope.into(), Some(Entered { name: name.clone(), ty }));
        self.say(scope, EventKind::StateEntered(ty), Details { state: Some(name), ..Details::default() });
    }

    /// Leaves the state that the scope is in.
    fn exit(&mut self, scope: &str, output: Option<Arc<str>>) {
        if let Some(Entered { name, ty }) = self.scopes.get_mut(scope).and_then(Option::take) {
            self.say(scope, EventKind::StateExited(ty), Details { state: Some(name), output, ..Details::default() });
        }
    }

    fn opened(&mut self, row: &JournalRow, event: Event) {
        let scope = &row.scope;
        let ty = match &event {
            Event::TaskScheduled { .. } | Event::ActivityScheduled { .. } | Event::ChildScheduled { .. } => {
                StateType::Task
            }
            Event::ParallelStarted { .. } | Event::RaceStarted { .. } => StateType::Parallel,
            Event::MapStarted { .. } => StateType::Map,
            _ => StateType::Wait,
        };
        let state = row.state.unwrap_or_default();
        self.enter(scope, state, ty);
        let mut entry = Entry { ty, state, task: None, input: None, attempt: 0, activity: false };
        match event {
            Event::TaskScheduled { task, input, started } => {
                entry.task = Some(task.into());
                entry.input = Some(input);
                self.entries.insert((scope.clone(), row.ordinal), entry);
                self.schedule(row, 1);
                if started {
                    self.start(row, 1);
                }
                return;
            }
            Event::ActivityScheduled { task, input } => {
                entry.task = Some(task.into());
                entry.input = Some(input);
                entry.activity = true;
                self.entries.insert((scope.clone(), row.ordinal), entry);
                self.schedule(row, 1);
                return;
            }
            Event::ChildScheduled { workflow, input, .. } => {
                entry.task = Some(workflow.into());
                entry.input = Some(input);
                self.entries.insert((scope.clone(), row.ordinal), entry);
                self.submit(row, 1);
                return;
            }
            Event::ParallelStarted { branches } | Event::RaceStarted { branches } => {
                let details = Details { length: Some(branches), ..Details::default() };
                self.say(scope, EventKind::ParallelStateStarted, details);
            }
            Event::MapStarted { items } => {
                self.say(scope, EventKind::MapStateStarted, Details { length: Some(items), ..Details::default() });
            }
            _ => {}
        }
        self.entries.insert((scope.clone(), row.ordinal), entry);
    }

    fn entry(&self, row: &JournalRow) -> Option<&Entry> {
        self.entries.get(&(row.scope.clone(), row.ordinal))
    }

    fn schedule(&mut self, row: &JournalRow, attempt: u32) {
        let Some(entry) = self.entries.get_mut(&(row.scope.clone(), row.ordinal)) else { return };
        entry.attempt = attempt;
        let (task, input) = (entry.task.clone(), entry.input.clone());
        let kind = if entry.activity { EventKind::ActivityScheduled } else { EventKind::TaskScheduled };
        let details = Details { task, input, attempt: Some(attempt), ..Details::default() };
        self.say(&row.scope, kind, details);
    }

    fn start(&mut self, row: &JournalRow, attempt: u32) {
        let task = self.entry(row).and_then(|entry| entry.task.clone());
        self.say(&row.scope, EventKind::TaskStarted, Details { task, attempt: Some(attempt), ..Details::default() });
    }

    fn attempted(&mut self, row: &JournalRow, event: Event) {
        let (task, attempt, activity) = match self.entry(row) {
            Some(entry) => (entry.task.clone(), entry.attempt, entry.activity),
            None => (None, 0, false),
        };
        let either = |of_activity, of_task| if activity { of_activity } else { of_task };
        let details = Details { task, attempt: Some(attempt), ..Details::default() };
        match event {
            Event::TaskStarted { attempt: next } => {
                if next != attempt {
                    self.schedule(row, next);
                }
                self.start(row, next);
            }
            Event::TaskRetried { error, cause, .. } | Event::TaskFailed { error, cause } => {
                let kind = match &*error {
                    "States.Timeout" | "States.HeartbeatTimeout" => {
                        either(EventKind::ActivityTimedOut, EventKind::TaskTimedOut)
                    }
                    _ => either(EventKind::ActivityFailed, EventKind::TaskFailed),
                };
                self.say(&row.scope, kind, Details { error: Some(error.into()), cause: Some(cause), ..details });
            }
            Event::TaskSubmitted => self.say(&row.scope, EventKind::TaskSubmitted, details),
            // A task that an activity was made of while it was under way is told as an activity from here on.
            Event::ActivityQueued { attempt: next, .. } if next != attempt || !activity => {
                if let Some(entry) = self.entries.get_mut(&(row.scope.clone(), row.ordinal)) {
                    entry.activity = true;
                }
                self.schedule(row, next);
            }
            Event::ActivityStarted { worker, .. } => {
                let worker = Some(worker.into());
                self.say(&row.scope, EventKind::ActivityStarted, Details { worker, ..details });
            }
            Event::TaskSucceeded { output } => {
                let output = Some(output);
                let kind = either(EventKind::ActivitySucceeded, EventKind::TaskSucceeded);
                self.say(&row.scope, kind, Details { output: output.clone(), ..details });
                self.exit(&row.scope, output);
            }
            _ => {}
        }
    }

    fn ended(&mut self, scope: &str, event: Event) {
        let index = self.iteration(scope);
        let end = Details {
            output: self.row.output.clone(),
            error: self.row.error.clone(),
            cause: self.row.cause.as_deref().map(Arc::from),
            ..Details::default()
        };
        match event {
            Event::ScopeSucceeded => {
                self.exit(scope, None);
                if index.is_some() {
                    self.say(scope, EventKind::MapIterationSucceeded, Details { index, ..Details::default() });
                }
            }
            Event::ScopeFailed { error, cause } if index.is_some() => {
                let (error, cause) = (Some(error.into()), Some(cause));
                let details = Details { index, error, cause, ..Details::default() };
                self.say(scope, EventKind::MapIterationFailed, details);
            }
            Event::ExecutionSucceeded => {
                self.exit(scope, None);
                self.say(scope, EventKind::ExecutionSucceeded, end);
            }
            Event::ExecutionFailed { .. } => self.say(scope, EventKind::ExecutionFailed, end),
            Event::ExecutionAborted { .. } => self.say(scope, EventKind::ExecutionAborted, end),
            Event::ExecutionTimedOut => self.say(scope, EventKind::ExecutionTimedOut, end),
            _ => {}
        }
        self.scopes.remove(scope);
    }
}
