//! Starting the attempts of calls.

use std::sync::Arc;

use super::{
    EntryId, Run,
    call::Call,
    progress::{Phase, Token},
    state::{Kind, Start, State},
};
use crate::{
    history::event::Event,
    store::{NewToken, Update},
};

/// Whether an attempt may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    Start,
    /// None of this task; another may.
    NotThis,
    /// None of any task.
    Nothing,
}

impl State {
    /// Starts the attempts that may start, and records it.
    pub(super) fn grant_starts(&mut self, grant: &mut dyn FnMut(&'static str) -> Grant) -> Vec<Run> {
        let mut runs = Vec::new();
        let now = self.now;
        self.refused.clear();
        let starts = std::mem::take(&mut self.starts);
        // Workers have limits of their own.
        let (activities, starts): (Vec<Start>, Vec<Start>) =
            starts.into_iter().partition(|start| self.is_activity(start.entry));
        activities.into_iter().for_each(|start| self.queue(start.entry));
        let mut starts = starts.into_iter();
        while let Some(Start { entry: id, task, attempt, row }) = starts.next() {
            if self.refused.contains(&task) {
                self.starts.push(Start { entry: id, task, attempt, row: None });
                continue;
            }
            // Its token may have ended it meanwhile; then the next attempt starts by itself.
            let startable = |call: &mut Call| {
                call.progress.attempt == attempt && matches!(call.progress.phase, Phase::Ready | Phase::Running)
            };
            if !self.call_mut(id).is_some_and(startable) {
                continue;
            }
            match grant(task) {
                Grant::Start => {}
                Grant::NotThis => {
                    self.refused.push(task);
                    self.starts.push(Start { entry: id, task, attempt, row: None });
                    continue;
                }
                Grant::Nothing => {
                    self.refused.push(task);
                    self.starts.push(Start { entry: id, task, attempt, row: None });
                    self.starts.extend(starts.map(|start| Start { row: None, ..start }));
                    break;
                }
            }
            let Some(call) = self.call_mut(id) else { continue };
            let started = Event::TaskStarted { attempt: call.progress.attempt };
            match row {
                Some(row) => {
                    call.progress.apply(&started, now);
                    self.running += 1;
                    // The row that schedules the task says that it has started, so that one row is enough.
                    self.row_mut(row).number = Some(1);
                }
                None => self.advance(id, started),
            }
            self.issue_token(id);
            runs.extend(self.run_of(id));
        }
        runs
    }

    /// Gives the attempt of a callback its token, or the same once more.
    fn issue_token(&mut self, id: EntryId) {
        let Some(call) = self.call_mut(id).filter(|call| call.policy.callback) else { return };
        let attempt = call.progress.attempt;
        if call.progress.token.is_none() {
            let token: Arc<str> = format!("{:032x}", self.draw_for(id, attempt)).into();
            self.advance(id, Event::TaskToken { attempt, token: Arc::clone(&token) });
            self.tokens.insert(token, id);
        }
        self.wait_for_token(id);
        let Some(call) = self.call_mut(id) else { return };
        if let Some(Token { text, .. }) = &call.progress.token {
            let new = NewToken { token: Arc::clone(text), task: call.task.into(), due: call.late };
            self.updates.push(Update::IssueToken(new));
        }
    }

    fn run_of(&self, id: EntryId) -> Option<Run> {
        let entry = self.entry(id)?;
        let Kind::Call(call) = &entry.kind else { return None };
        Some(Run {
            entry: id,
            task: call.task,
            input: Arc::clone(&call.input),
            attempt: call.progress.attempt,
            state: call.state,
            scope: self.scopes.get(entry.scope.0)?.path.clone(),
            ordinal: entry.ordinal,
            token: call.progress.token.as_ref().map(|token| Arc::clone(&token.text)),
        })
    }
}
