//! Calls and their attempts: tasks, callbacks, activities and child executions.

use std::sync::Arc;

use durafn_ir::StateId;

use super::{
    document::AwsEvent,
    envelope::{self, Call, Envelope},
    journal::Writer,
    place::is_failure,
};
use crate::{
    history::{TOKEN_WITHHELD, event::Event},
    store::Link,
};

impl Writer<'_> {
    pub(super) fn attempted(&mut self, visit: usize, id: StateId, event: &AwsEvent) -> Result<(), String> {
        let kind = event.kind.as_str();
        let Some(task) = self.task(id) else { return Ok(()) };
        if kind.ends_with("Scheduled") {
            return match self.entries.get(&visit).map(|entry| (entry.envelope, entry.attempt)) {
                None => self.schedule(visit, id, envelope::call(&task.callee, event)?),
                // Step Functions schedules each attempt, the journal the call.
                Some((Envelope::Execution { .. }, attempt)) => self.follow(visit, Event::ChildStarted { attempt }),
                Some(_) => Ok(()),
            };
        }
        let (failed, ends, submitted) = (is_failure(kind), kind.ends_with("Succeeded"), kind == "TaskSubmitted");
        if !(failed || ends || submitted || kind.ends_with("Started")) {
            return Ok(());
        }
        let Some(entry) = self.entries.get_mut(&visit) else {
            return Err(self.astray("is about a call that was not scheduled"));
        };
        if entry.closed {
            return Ok(());
        }
        let (attempt, envelope) = (entry.attempt, entry.envelope);
        let is_child = matches!(envelope, Envelope::Execution { .. });
        if !is_child && !std::mem::replace(&mut entry.running, true) {
            self.follow(visit, Event::TaskStarted { attempt })?;
        }
        if submitted && task.callee.waits_for_token() {
            self.follow(visit, Event::TaskToken { attempt, token: TOKEN_WITHHELD.into() })?;
            return self.follow(visit, Event::TaskSubmitted);
        }
        if ends {
            self.close(visit);
            let output: Arc<str> = envelope.result(event.payload("output")?).to_string().into();
            return self.follow(
                visit,
                if is_child { Event::ChildSucceeded { output } } else { Event::TaskSucceeded { output } },
            );
        }
        if failed { self.attempt_failed(visit, envelope, event) } else { Ok(()) }
    }

    fn schedule(&mut self, visit: usize, id: StateId, call: Call) -> Result<(), String> {
        let input: Arc<str> = call.input.to_string().into();
        let callee = call.task.into();
        let scheduled = match call.envelope {
            Envelope::Execution { detached } => {
                let link = match (self.task(id).is_some_and(|task| task.anew), detached) {
                    (true, _) => Link::Continues,
                    (false, true) => Link::Detached,
                    (false, false) => Link::Awaited,
                };
                Event::ChildScheduled { workflow: callee, input, link }
            }
            _ => Event::TaskScheduled { task: callee, input, started: false },
        };
        self.open(visit, id, call.envelope, scheduled)
    }

    fn attempt_failed(&mut self, visit: usize, envelope: Envelope, event: &AwsEvent) -> Result<(), String> {
        let is_child = matches!(envelope, Envelope::Execution { .. });
        let (seen, cause) = self.said(event);
        let (error, cause) = envelope.failure(&seen, &cause);
        let under_way = self.index + 1 == self.events.len();
        if let Some(due) = self.placed.retried.get(&self.index).copied().or(under_way.then_some(event.at)) {
            if let Some(entry) = self.entries.get_mut(&visit) {
                entry.attempt += 1;
                entry.running = false;
            }
            let retried = match is_child {
                // Retriers see only that the child failed.
                true => {
                    let cause = crate::failure::Failed::new(error, cause).to_string().into();
                    Event::ChildRetried { error: seen.into(), cause, due }
                }
                false => Event::TaskRetried { error: error.into(), cause: cause.into(), due },
            };
            return self.follow(visit, retried);
        }
        self.close(visit);
        self.scopes[self.placed.visits[visit].scope].failure = Some((error.clone(), cause.clone()));
        let (error, cause) = (error.into(), cause.into());
        self.follow(
            visit,
            if is_child { Event::ChildFailed { error, cause } } else { Event::TaskFailed { error, cause } },
        )
    }

    fn close(&mut self, visit: usize) {
        if let Some(entry) = self.entries.get_mut(&visit) {
            entry.closed = true;
        }
    }
}
