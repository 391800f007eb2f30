//! Child executions, told as the tasks that run them.

use super::{Details, EventKind, Teller};
use crate::{history::event::Event, store::JournalRow};

impl Teller<'_> {
    /// A child execution starts.
    pub(super) fn submit(&mut self, row: &JournalRow, attempt: u32) {
        self.schedule(row, attempt);
        self.start(row, attempt);
        let task = self.entry(row).and_then(|entry| entry.task.clone());
        let details = Details { task, attempt: Some(attempt), ..Details::default() };
        self.say(&row.scope, EventKind::TaskSubmitted, details);
    }

    /// What becomes of a child execution is told as of the task that runs it.
    pub(super) fn child(&mut self, row: &JournalRow, event: Event) {
        match event {
            Event::ChildStarted { attempt } => self.submit(row, attempt),
            Event::ChildRetried { error, cause, due } => self.attempted(row, Event::TaskRetried { error, cause, due }),
            Event::ChildSucceeded { output } => self.attempted(row, Event::TaskSucceeded { output }),
            Event::ChildFailed { error, cause } => self.attempted(row, Event::TaskFailed { error, cause }),
            _ => {}
        }
    }
}
