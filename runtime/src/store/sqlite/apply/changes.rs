//! What a unit changes of an execution.

use rusqlite::params;

use super::{Applier, Role};
use crate::store::{
    ExecutionId, Status, Update,
    sqlite::{activity, family, inbox, rows},
};

impl Applier<'_> {
    pub(super) fn update(&mut self, id: ExecutionId, update: &Update) -> rusqlite::Result<()> {
        match update {
            Update::Wake(wake) => {
                self.set_wake.execute(params![id.0, rows::wake_to_sql(*wake)])?;
            }
            Update::Close { status, output, error, cause, at } => {
                let (output, packed) = output.as_deref().map(|output| self.packer.columns(output)).unzip();
                self.cached(
                    "UPDATE execution SET status = ?2, output = ?3, error = ?4, cause = ?5, closed_at = ?6, packed_output = ?7,
                         wake = NULL, owner = NULL
                     WHERE id = ?1",
                )?
                .execute(params![id.0, *status as i64, output, error, cause, at, packed.flatten()])?;
                family::release_all(self.connection, id)?;
                activity::drop_all(self.connection, id)?;
                self.recent.remove(id);
            }
            Update::Release { scope, ordinal } => family::release(self.connection, id, scope, *ordinal)?,
            Update::Block { cause } => {
                self.cached("UPDATE execution SET status = ?2, cause = ?3, owner = NULL WHERE id = ?1")?
                    .execute(params![id.0, Status::Blocked as i64, cause])?;
                if matches!(self.role, Role::Shared(_)) {
                    self.recent.remove(id);
                }
            }
            Update::Reopen => {
                self.cached(
                    "UPDATE execution SET status = ?2, output = NULL, packed_output = NULL, error = NULL, cause = NULL, closed_at = NULL,
                         wake = ?3, owner = ?4
                     WHERE id = ?1",
                )?
                .execute(params![id.0, Status::Running as i64, rows::ACTIVE, self.owner()])?;
                inbox::expire_all(self.connection, id)?;
            }
            Update::Unblock => {
                self.cached("UPDATE execution SET status = ?2, wake = ?3, cause = NULL WHERE id = ?1")?
                    .execute(params![id.0, Status::Running as i64, rows::ACTIVE])?;
            }
            Update::Move { machine } => {
                let machine = self.machine_id(machine)?;
                self.cached("UPDATE execution SET machine = ?2 WHERE id = ?1")?.execute(params![id.0, machine])?;
            }
            Update::IssueToken(new) => inbox::issue(self.connection, id, new)?,
            Update::QueueActivity(new) => activity::queue(self.connection, id, new)?,
            Update::ExpireToken(token) => {
                inbox::expire(self.connection, token, None)?;
            }
        }
        Ok(())
    }
}
