//! Reads rows as they are committed, and knows what may follow what. It knows nothing of the core: only rows.

use std::collections::BTreeMap;

use crate::{history::event::Event, store::JournalRow};

type At = (String, u32);

#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<At, Entry>,
    scopes: BTreeMap<String, Scope>,
    ended: bool,
    /// How often it was redriven.
    pub(super) drives: u32,
}

#[derive(Debug)]
pub(super) struct Entry {
    kind: Kind,
    /// A transaction's own commit may come when nobody waits for it any more.
    late: bool,
    pub(super) attempt: u32,
    /// The attempt that the journal says has started last.
    pub(super) started: u32,
    pub(super) closed: Option<Closed>,
    /// A redrive may have opened it again.
    redriven: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Call,
    Child,
    Wait,
    Parallel(u32),
    Race(u32),
    Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Closed {
    Succeeded,
    Failed(String),
}

#[derive(Debug, Default)]
struct Scope {
    entries: u32,
    end: Option<Result<(), String>>,
}

impl Ledger {
    pub(super) fn entry(&self, scope: &str, ordinal: u32) -> Option<&Entry> {
        self.entries.get(&(scope.to_owned(), ordinal))
    }

    /// Somebody waits for the entry: it is open, and so are the joins and scopes around it.
    pub(super) fn is_open(&self, scope: &str, ordinal: u32) -> bool {
        let is_open = self.entry(scope, ordinal).is_some_and(|entry| entry.closed.is_none());
        !self.ended && is_open && self.within_open(scope)
    }

    fn within_open(&self, scope: &str) -> bool {
        if self.scopes.get(scope).is_some_and(|scope| scope.end.is_some()) {
            return false;
        }
        around(scope).is_none_or(|(outer, ordinal)| self.is_open(outer, ordinal))
    }

    /// Takes a row in.
    ///
    /// # Errors
    ///
    /// When it cannot stand here.
    pub(super) fn read(&mut self, row: &JournalRow) -> Result<(), String> {
        let event = Event::from_row(row).map_err(|error| error.to_string())?;
        self.take(row, &event).map_err(|why| format!("{event:?} at {}#{}: {why}", row.scope, row.ordinal))
    }

    fn take(&mut self, row: &JournalRow, event: &Event) -> Result<(), &'static str> {
        if let Event::ExecutionRedriven = event {
            return self.redrive();
        }
        if self.ended {
            return Err("the execution has ended");
        }
        let at = (row.scope.to_string(), row.ordinal);
        match event {
            Event::Patched { .. } => return Ok(()),
            Event::ExecutionAborted { .. } | Event::ExecutionTimedOut => {
                self.ended = true;
                return Ok(());
            }
            Event::ExecutionSucceeded => return self.end_scope(&at.0, Ok(())),
            Event::ExecutionFailed { error } => return self.end_scope(&at.0, Err(error.to_string())),
            Event::ScopeSucceeded => return self.end_scope(&at.0, Ok(())),
            Event::ScopeFailed { error, .. } => return self.end_scope(&at.0, Err(error.to_string())),
            _ => {}
        }
        match opened(event) {
            Some((kind, late, closed)) => {
                let started = u32::from(matches!(event, Event::TaskScheduled { started: true, .. }));
                self.open(at, Entry { kind, late, attempt: 1, started, closed, redriven: false })
            }
            None => self.go_on(&at, event),
        }
    }

    fn open(&mut self, at: At, entry: Entry) -> Result<(), &'static str> {
        if !self.within_open(&at.0) {
            return Err("nobody waits for its scope");
        }
        let scope = self.scopes.entry(at.0.clone()).or_default();
        if at.1 != scope.entries {
            return Err("it is not the next of its scope");
        }
        scope.entries += 1;
        self.entries.insert(at, entry);
        Ok(())
    }

    fn go_on(&mut self, at: &At, event: &Event) -> Result<(), &'static str> {
        let waits = self.within_open(&at.0);
        let scopes = self.ends_of(at);
        let entry = self.entries.get_mut(at).ok_or("it was not opened")?;
        let came_late = entry.late && matches!(event, Event::TaskSucceeded { .. });
        if !waits && !came_late {
            return Err("nobody waits for its scope");
        }
        if entry.closed.is_some() {
            match entry.redriven && entry.closed != Some(Closed::Succeeded) {
                true => entry.closed = None,
                false => return Err("it is closed"),
            }
        }
        match (entry.kind, event) {
            (Kind::Call, Event::TaskStarted { attempt } | Event::ActivityQueued { attempt, .. })
            | (Kind::Child, Event::ChildStarted { attempt }) => {
                // A redrive begins anew.
                let fits =
                    *attempt == entry.attempt || (entry.redriven && (*attempt == 1 || *attempt == entry.attempt + 1));
                (entry.attempt, entry.started) = (*attempt, *attempt);
                entry.redriven = false;
                if !fits {
                    return Err("it is another attempt's");
                }
            }
            (Kind::Call, Event::TaskRetried { .. }) | (Kind::Child, Event::ChildRetried { .. }) => entry.attempt += 1,
            (Kind::Call, Event::TaskToken { attempt, .. } | Event::TaskInterrupted { attempt }) => {
                if *attempt != entry.attempt {
                    return Err("it is another attempt's");
                }
            }
            (Kind::Call, Event::TaskSubmitted | Event::ActivityStarted { .. }) => {}
            (Kind::Call, Event::TaskSucceeded { .. })
            | (Kind::Child, Event::ChildSucceeded { .. })
            | (Kind::Wait, Event::WaitEnded) => entry.closed = Some(Closed::Succeeded),
            (Kind::Call, Event::TaskFailed { error, .. }) | (Kind::Child, Event::ChildFailed { error, .. }) => {
                entry.closed = Some(Closed::Failed(error.to_string()));
            }
            (Kind::Parallel(count), Event::JoinSucceeded) => {
                let all = (0..count).all(|index| matches!(scopes.get(&index), Some(Ok(()))));
                entry.closed = Some(Closed::Succeeded);
                if !all {
                    return Err("not every scope has succeeded");
                }
            }
            (Kind::Race(_), Event::RaceWon { index }) => {
                entry.closed = Some(Closed::Succeeded);
                if !matches!(scopes.get(index), Some(Ok(()))) {
                    return Err("this branch has not succeeded");
                }
            }
            (Kind::Parallel(_) | Kind::Race(_), Event::JoinFailed { index, error, .. }) => {
                entry.closed = Some(Closed::Failed(error.to_string()));
                if !matches!(scopes.get(index), Some(Err(failed)) if **failed == **error) {
                    return Err("this scope has not failed so");
                }
            }
            _ => return Err("its entry is of another kind"),
        }
        Ok(())
    }

    /// How the scopes of a join have ended, by index.
    fn ends_of(&self, (scope, ordinal): &At) -> BTreeMap<u32, Result<(), String>> {
        let dot = if scope.is_empty() { "" } else { "." };
        let prefix = format!("{scope}{dot}{ordinal}.");
        let index = |path: &str| path.strip_prefix(&prefix)?.parse().ok();
        self.scopes.iter().filter_map(|(path, scope)| Some((index(path)?, scope.end.clone()?))).collect()
    }

    fn end_scope(&mut self, path: &str, end: Result<(), String>) -> Result<(), &'static str> {
        if !self.within_open(path) {
            return Err("nobody waits for its scope");
        }
        let count = around(path).and_then(|(outer, ordinal)| match self.entry(outer, ordinal)?.kind {
            Kind::Parallel(count) | Kind::Race(count) => Some(count),
            _ => Some(0),
        });
        let index = path.rsplit('.').next().and_then(|index| index.parse::<u32>().ok());
        if count.is_some_and(|count| index.is_none_or(|index| index >= count)) {
            return Err("the join has no such scope");
        }
        self.ended |= path.is_empty();
        self.scopes.entry(path.to_owned()).or_default().end = Some(end);
        Ok(())
    }

    /// What did not succeed may be opened again.
    fn redrive(&mut self) -> Result<(), &'static str> {
        if !self.ended {
            return Err("the execution has not ended");
        }
        self.ended = false;
        self.drives += 1;
        for scope in self.scopes.values_mut() {
            scope.end.take_if(|end| end.is_err());
        }
        self.scopes.entry(String::new()).or_default().end = None;
        for entry in self.entries.values_mut().filter(|entry| entry.closed != Some(Closed::Succeeded)) {
            entry.redriven = true;
            if matches!(entry.kind, Kind::Parallel(_) | Kind::Race(_)) {
                entry.closed = None;
            }
        }
        Ok(())
    }
}

/// The join that a scope belongs to.
pub(super) fn around(scope: &str) -> Option<(&str, u32)> {
    let (join, _index) = scope.rsplit_once('.')?;
    let (outer, ordinal) = join.rsplit_once('.').unwrap_or(("", join));
    Some((outer, ordinal.parse().ok()?))
}

/// The entry that a row opens; whether its success may come late; how it is closed already.
fn opened(event: &Event) -> Option<(Kind, bool, Option<Closed>)> {
    Some(match event {
        Event::TaskScheduled { task, .. } => (Kind::Call, **task == *"transaction", None),
        Event::ActivityScheduled { .. } => (Kind::Call, false, None),
        Event::ChildScheduled { .. } => (Kind::Child, false, None),
        Event::WaitSeconds { .. } | Event::WaitUntil { .. } => (Kind::Wait, false, None),
        Event::ParallelStarted { branches } => (Kind::Parallel(*branches), false, None),
        Event::MapStarted { items } => (Kind::Parallel(*items), false, None),
        Event::RaceStarted { branches } => (Kind::Race(*branches), false, None),
        Event::Now { .. } | Event::Uuid { .. } | Event::Random { .. } => (Kind::Value, false, Some(Closed::Succeeded)),
        _ => return None,
    })
}
