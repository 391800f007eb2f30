//! How scopes end, and with the outermost one the execution.

use std::sync::Arc;

use super::{
    Core, DATA_LIMIT_EXCEEDED, ScopeId, TIMEOUT,
    core::Closing,
    divergence::{Found, same_json},
    state::{State, take_visits},
};
use crate::{failure::Failed, history::event::Event, store::Status};

/// What the journal says about the end that the code has come to.
enum Ended {
    /// It had come to this end before.
    Recorded(Result<(), Failed>),
    New,
    Inert,
}

impl Core {
    /// The scope has failed with something that the type it awaited cannot hold.
    pub(crate) fn fail_scope(&self, scope: ScopeId, failed: Failed) {
        self.state().set_failure(scope, failed);
    }

    /// The failure that ends the scope, once.
    pub(crate) fn take_failure(&self, scope: ScopeId) -> Option<Failed> {
        self.state().scopes.get_mut(scope.0)?.failure.take()
    }

    /// A branch or iteration has ended. Yields how, as recorded; nothing where nobody may learn of it, because the code has left what
    /// was recorded or nothing happens here any more.
    pub(crate) fn close_scope(&self, id: ScopeId, ended: Result<(), Failed>) -> Option<Result<(), Failed>> {
        let mut state = self.state();
        match state.ended(id, &ended) {
            Ended::Recorded(recorded) => Some(recorded),
            Ended::Inert => None,
            Ended::New => {
                let event = match &ended {
                    Ok(()) => Event::ScopeSucceeded,
                    Err(failed) => {
                        Event::ScopeFailed { error: failed.error.as_str().into(), cause: failed.cause.as_str().into() }
                    }
                };
                state.push_end(id, event);
                Some(ended)
            }
        }
    }

    /// The workflow has ended. Where its end was recorded, `output` is the recorded one.
    pub(crate) fn finish(&self, ended: Result<String, Failed>, output: Option<&str>) {
        let mut state = self.state();
        let root = state.root;
        let ended = state.within_bounds(root, ended);
        let outcome = ended.as_ref().map(drop).map_err(Failed::clone);
        match state.ended(root, &outcome) {
            Ended::Recorded(_) => {
                if let (Ok(today), Some(recorded)) = (&ended, output)
                    && !same_json(today, recorded, state.recorded.redacted)
                {
                    let (recorded, today) = (Arc::from(recorded), Arc::from(today.as_str()));
                    state.diverge(root, None, None, Found::Output(recorded), Found::Output(today));
                }
            }
            Ended::Inert => {}
            Ended::New => {
                let (event, closing) = match ended {
                    Ok(output) => {
                        let output = Some(output.into());
                        (Event::ExecutionSucceeded, Closing { status: Status::Succeeded, output, failed: None })
                    }
                    Err(failed) => (
                        Event::ExecutionFailed { error: failed.error.as_str().into() },
                        Closing { status: Status::Failed, output: None, failed: Some(failed) },
                    ),
                };
                state.push_end(root, event);
                state.closing = Some(closing);
            }
        }
    }

    /// The execution has taken too long.
    pub(crate) fn is_overdue(&self) -> bool {
        let state = self.state();
        state.closing.is_none() && state.deadline.is_some_and(|deadline| deadline <= state.now)
    }

    /// Ends the execution because it has taken too long.
    pub(crate) fn time_out(&self) {
        let mut state = self.state();
        let root = state.root;
        state.push_end(root, Event::ExecutionTimedOut);
        let failed = Failed::new(TIMEOUT, "");
        state.closing = Some(Closing { status: Status::TimedOut, output: None, failed: Some(failed) });
    }

    /// Stops the execution from outside.
    pub(crate) fn abort(&self, failed: Failed) {
        let mut state = self.state();
        let root = state.root;
        let error = (!failed.error.is_empty()).then(|| failed.error.as_str().into());
        state.push_end(root, Event::ExecutionAborted { error });
        state.closing = Some(Closing { status: Status::Aborted, output: None, failed: Some(failed) });
    }
}

impl State {
    /// The end of the workflow; where its output is too large, or was when it ended, that is a failure.
    fn within_bounds(&self, root: ScopeId, ended: Result<String, Failed>) -> Result<String, Failed> {
        let output = ended?;
        let recorded = self.scopes.get(root.0).and_then(|scope| scope.recorded.end.as_ref());
        match recorded {
            Some(Ok(())) => return Ok(output),
            Some(Err(failed)) if failed.error == DATA_LIMIT_EXCEEDED => return Err(failed.clone()),
            Some(Err(_)) | None => {}
        }
        let workflow = self.facts.workflow;
        match self.facts.bounds.oversized(&output, || format!("the output of workflow `{workflow}`")) {
            Some(failed) => Err(failed),
            None => Ok(output),
        }
    }

    /// Holds the end of a scope against the journal.
    fn ended(&mut self, id: ScopeId, ended: &Result<(), Failed>) -> Ended {
        let Some(scope) = self.scopes.get_mut(id.0) else { return Ended::Inert };
        if self.divergence.is_some() {
            return Ended::Inert;
        }
        let name = |ended: &Result<(), Failed>| ended.clone().map_err(|failed| failed.error.into_boxed_str());
        if let Some(entry) = scope.recorded.entries.pop_front() {
            self.diverge(id, None, entry.state, Found::Step(entry.step), Found::End(name(ended)));
            return Ended::Inert;
        }
        match scope.recorded.end.take() {
            Some(recorded) if name(&recorded) == name(ended) => {
                self.matched += 1;
                Ended::Recorded(recorded)
            }
            Some(recorded) => {
                self.diverge(id, None, None, Found::End(name(&recorded)), Found::End(name(ended)));
                Ended::Inert
            }
            None if scope.sealed => Ended::Inert,
            None => Ended::New,
        }
    }

    /// Appends the row that ends a scope, with the states visited on the way to it.
    fn push_end(&mut self, id: ScopeId, event: Event) {
        let Some(scope) = self.scopes.get_mut(id.0) else { return };
        let ordinal = scope.next_ordinal;
        let visits = take_visits(&mut scope.visits);
        self.push(id, ordinal, None, visits, event);
    }
}
