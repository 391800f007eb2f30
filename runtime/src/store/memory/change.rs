//! What becomes of the row of an execution.

use super::{Contents, Stored};
use crate::store::{ExecutionId, ExecutionRow, NewExecution, Status, Update, Wake};

impl Contents {
    pub(super) fn create(&mut self, new: NewExecution, owner: Option<i64>) -> ExecutionId {
        let id = ExecutionId(self.executions.len() as i64 + 1);
        if let Some(name) = &new.name {
            self.names.insert((new.workflow.clone(), name.clone()), id);
        }
        let row = ExecutionRow {
            id,
            workflow: new.workflow,
            version: new.version,
            name: new.name,
            machine: new.machine,
            status: Status::Running,
            input: new.input,
            output: None,
            error: None,
            cause: None,
            nonce: new.nonce,
            started_at: new.started_at,
            closed_at: None,
            wake: Wake::Active,
            parent: new.parent,
            origin: new.origin,
        };
        self.executions.push(Stored { row, journal: Vec::new(), removed: false, owner });
        id
    }

    /// Whether an execution may be removed: it is closed and not the newest, and what has started it is closed too.
    pub(super) fn may_go(&self, row: &ExecutionRow) -> bool {
        let last = self.executions.len() as i64;
        let held = row.parent.as_ref().is_some_and(|parent| self.is_open(parent.execution));
        row.closed_at.is_some() && row.id.0 < last && !held
    }

    pub(super) fn remove(&mut self, id: ExecutionId) -> bool {
        let Some(row) = self.stored(id).map(|stored| &stored.row).filter(|row| self.may_go(row)) else { return false };
        let name = row.name.clone().map(|name| (row.workflow.clone(), name));
        name.and_then(|name| self.names.remove(&name));
        self.tokens.retain(|_, token| token.execution != id);
        self.inbox.retain(|_, message| message.execution != Some(id));
        let stored = self.at(id);
        stored.removed = true;
        stored.journal = Vec::new();
        true
    }
}

pub(super) fn change(row: &mut ExecutionRow, update: Update) {
    match update {
        Update::Close { status, output, error, cause, at } => {
            row.status = status;
            row.output = output;
            row.error = error;
            row.cause = cause;
            row.closed_at = Some(at);
            row.wake = Wake::External;
        }
        Update::Wake(Wake::At(time)) => row.wake = Wake::At(time.max(0)),
        Update::Wake(wake) => row.wake = wake,
        Update::Release { .. } => {}
        Update::Block { cause } => {
            row.status = Status::Blocked;
            row.cause = Some(cause);
        }
        Update::Reopen => {
            row.status = Status::Running;
            (row.output, row.error, row.cause, row.closed_at) = (None, None, None, None);
            row.wake = Wake::Active;
        }
        Update::Unblock => {
            row.status = Status::Running;
            row.cause = None;
            row.wake = Wake::Active;
        }
        Update::Move { machine } => row.machine = machine,
        Update::IssueToken(_) | Update::QueueActivity(_) | Update::ExpireToken(_) => {
            unreachable!("tokens are not the execution's row")
        }
    }
}
