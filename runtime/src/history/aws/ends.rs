//! How joins, scopes and the execution end. Step Functions does not say with what error a Parallel or Map failed: that is told where it is
//! caught, or by the execution's own end.

use durafn_ir::{StateId, StateKind};
use serde_json::Value;

use super::{document::AwsEvent, envelope::Envelope, journal::Writer};
use crate::history::event::Event;

/// The error by which a winner leaves its race. With another one its value could not be computed, or was too large for a cause.
const WON: &str = "Durafn.Won";

impl Writer<'_> {
    pub(super) fn joined(&mut self, visit: usize, id: StateId, event: &AwsEvent) -> Result<(), String> {
        let inner: Vec<usize> = self.placed.visits[visit].inner.values().copied().collect();
        if event.kind.ends_with("Started") {
            let started = match &self.machine.state(id).kind {
                StateKind::Parallel(race) if race.race => Event::RaceStarted { branches: race.branches.len() as u32 },
                StateKind::Parallel(parallel) => Event::ParallelStarted { branches: parallel.branches.len() as u32 },
                _ => Event::MapStarted { items: event.number("length").unwrap_or(inner.len() as u32) },
            };
            return self.open(visit, id, Envelope::Plain, started);
        }
        if event.kind.ends_with("Succeeded") {
            for scope in inner {
                self.end_scope(scope, Event::ScopeSucceeded)?;
            }
            return self.follow(visit, Event::JoinSucceeded);
        }
        if !event.kind.ends_with("Failed") {
            return Ok(());
        }
        let failing = self.failing(visit, event).ok_or_else(|| self.astray("does not say what failed"))?;
        let index = self.placed.scopes[failing].around.map_or(0, |(_, index)| index);
        let ended = &self.scopes[failing];
        if ended.won && ended.failure.is_none() && self.announced(failing).is_none_or(|(error, _)| error == WON) {
            self.end_scope(failing, Event::ScopeSucceeded)?;
            return self.follow(visit, Event::RaceWon { index });
        }
        let failure = self.scopes[failing].failure.clone().or_else(|| self.announced(failing));
        let (error, cause) = failure.unwrap_or_else(|| ("States.TaskFailed".to_owned(), String::new()));
        let ended = Event::ScopeFailed { error: error.as_str().into(), cause: cause.as_str().into() };
        self.end_scope(failing, ended)?;
        self.scopes[self.placed.visits[visit].scope].failure = Some((error.clone(), cause.clone()));
        self.follow(visit, Event::JoinFailed { index, error: error.into(), cause: cause.into() })
    }

    /// The scope that failed a join: the one that the event before stands in.
    fn failing(&self, visit: usize, event: &AwsEvent) -> Option<usize> {
        let before = usize::try_from(event.previous).ok()?.checked_sub(1)?;
        let mut scope = Some(self.placed.places.get(before)?.scope);
        while let Some(at) = scope {
            match self.placed.scopes[at].around {
                Some((around, _)) if around == visit => return Some(at),
                Some((around, _)) => scope = Some(self.placed.visits[around].scope),
                None => scope = None,
            }
        }
        let mut inner = self.placed.visits[visit].inner.values().copied();
        inner.find(|scope| self.scopes[*scope].failure.is_some())
    }

    /// The failure that leaves a scope, as it is told where it is caught, or where the execution ends.
    pub(super) fn announced(&self, scope: usize) -> Option<(String, String)> {
        let mut scope = scope;
        while let Some((visit, _)) = self.placed.scopes[scope].around {
            if let Some(exit) = self.placed.visits[visit].exit {
                let output = self.events[exit].payload("output").ok()?;
                let text = |key: &str| output.get(key).and_then(Value::as_str).map(str::to_owned);
                return Some((text("Error")?, text("Cause").unwrap_or_default()));
            }
            scope = self.placed.visits[visit].scope;
        }
        let last = self.events.last().filter(|event| event.kind == "ExecutionFailed")?;
        Some(self.said(last))
    }

    /// Ends a branch or iteration, once.
    pub(super) fn end_scope(&mut self, scope: usize, event: Event) -> Result<(), String> {
        if std::mem::replace(&mut self.scopes[scope].ended, true) {
            return Ok(());
        }
        let ordinal = self.scopes[scope].next;
        self.push(scope, ordinal, None, event)
    }

    pub(super) fn execution(&mut self, event: &AwsEvent) -> Result<(), String> {
        let said = (event.text("error"), event.text("cause"));
        let end = match event.kind.as_str() {
            "ExecutionStarted" => return Ok(()),
            "ExecutionSucceeded" => Event::ExecutionSucceeded,
            "ExecutionFailed" => {
                let (error, cause) = self.said(event);
                // A failure that passed unchanged is still in its envelope.
                let own = self.scopes[0].failure.take().filter(|(own, _)| *own == error);
                let (error, cause) = own.unwrap_or((error, cause));
                self.journal.failure = Some((error.clone(), cause));
                Event::ExecutionFailed { error: error.into() }
            }
            "ExecutionAborted" => {
                self.journal.failure = said.0.map(|error| (error.to_owned(), said.1.unwrap_or_default().to_owned()));
                Event::ExecutionAborted { error: said.0.map(Into::into) }
            }
            "ExecutionTimedOut" => {
                self.journal.failure = Some(self.said(event));
                Event::ExecutionTimedOut
            }
            other => return Err(format!("event {} is {other}; histories with it cannot be read", event.id)),
        };
        self.end_scope(0, end)
    }
}
