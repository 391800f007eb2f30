//! Going on with an execution that has ended without success, in place.

use std::sync::Arc;

use super::{
    Awaited, Shared,
    replay::{Outlook, Recording, outlook},
};
use crate::{
    error::{Error, Kind},
    history::{
        History,
        event::{Event, Place},
    },
    store::{ExecutionId, Status, StoreError, Unit, Update},
    verify::Divergence,
};

impl Shared {
    /// Reopens an execution at the state that failed, and goes on with it. See [`engine::redrive`](crate::engine).
    ///
    /// # Errors
    ///
    /// When there is none, it has not ended or has succeeded, today's code does not fit it, or it would fail again at once.
    pub(crate) async fn redrive(self: &Arc<Self>, id: ExecutionId) -> Result<Arc<Awaited>, Error> {
        self.check_writable()?;
        let mut history = History::load(&*self.store, id).await?;
        let row = &history.execution;
        match row.status {
            Status::Failed | Status::Aborted | Status::TimedOut => {}
            Status::Running | Status::Blocked | Status::Succeeded => {
                return Err(Kind::NotRedrivable { id, status: row.status }.into());
            }
        }
        let now = self.clock.now();
        let place = Place { at: now.saturating_sub(row.started_at), ..Place::default() };
        let redriven = Event::ExecutionRedriven.into_row(place);
        history.rows.push(redriven.clone());
        let recording = Recording { execution: &history.execution, rows: &history.rows, redacted: false };
        match outlook(&self.registry, recording, now)? {
            Outlook::GoesOn { .. } | Outlook::Ends { status: Status::Succeeded, .. } => {}
            Outlook::Ends { failed, .. } => {
                let error = failed.map(|failed| failed.error).unwrap_or_default();
                return Err(Kind::FailsAgain { id, error }.into());
            }
            Outlook::Diverged(found) => {
                let divergence = Divergence::describe(&self.registry, &history, &found);
                return Err(Kind::Diverged(divergence.to_string()).into());
            }
        }
        self.has_left(id).await;
        let unit = Unit { append: vec![(id, redriven)], update: vec![(id, Update::Reopen)], ..Unit::default() };
        match self.store.commit(unit).await {
            Ok(_) => {}
            // Somebody else was faster.
            Err(StoreError::Open(_)) => {
                return Err(Kind::NotRedrivable { id, status: self.row(id).await?.status }.into());
            }
            Err(error) => return Err(error.into()),
        }
        self.find(self.row(id).await?).await
    }

    /// Waits until an execution that has ended has left memory, so that it can be taken up again.
    async fn has_left(&self, id: ExecutionId) {
        loop {
            let left = self.left.notified();
            if !self.live().contains_key(&id) {
                return;
            }
            left.await;
        }
    }
}
