//! Ending an execution from outside, in memory or not.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Outcome, Shared, child, commit, live::Message};
use crate::{
    error::{Error, Kind},
    failure::Failed,
    history::event::{Event, Place},
    store::{ExecutionId, ExecutionRow, JournalRow, Post, Status, StoreError, Unit},
};

/// Where an execution was stopped.
pub(super) enum Stopped {
    Here,
    /// Another engine runs it, and nothing was done.
    Elsewhere,
}

impl Shared {
    /// Ends an execution from outside. Where another engine runs it, that is asked to, and waited for.
    ///
    /// # Errors
    ///
    /// When there is none, or it has ended.
    pub(crate) async fn stop(self: &Arc<Self>, id: ExecutionId, failed: Failed) -> Result<(), Error> {
        let shared = Arc::clone(self);
        self.whole(async move {
            match shared.stop_here(id, failed.clone()).await? {
                Stopped::Here => Ok(()),
                Stopped::Elsewhere if shared.paused => Err(StoreError::NotOwned(id).into()),
                Stopped::Elsewhere => shared.stop_elsewhere(id, failed).await,
            }
        })
        .await
    }

    /// Does something in a task of its own, so that it is done whole where whoever asked for it stops waiting.
    ///
    /// # Errors
    ///
    /// Those of the work; or when the runtime ends.
    pub(super) async fn whole<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        match self.runtime.spawn(work).await {
            Ok(done) => done,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(self.gone()),
        }
    }

    /// Ends an execution from outside, unless another engine runs it.
    ///
    /// # Errors
    ///
    /// As [`Shared::stop`].
    pub(super) async fn stop_here(self: &Arc<Self>, id: ExecutionId, failed: Failed) -> Result<Stopped, Error> {
        self.check_writable()?;
        if id.is_express() {
            return self.stop_express(id, failed).await.map(|()| Stopped::Here);
        }
        let row = self.row(id).await?;
        match row.status {
            Status::Running if !self.paused && !self.turns.withdraw(&row) => {
                let (reply, stopped) = oneshot::channel();
                self.tell(id, Message::Stop { failed: failed.clone(), reply }).await;
                if stopped.await.is_ok() {
                    return Ok(Stopped::Here);
                }
                // It came to another end meanwhile: it ended, was blocked, or left memory.
                let row = self.row(id).await?;
                match row.status {
                    Status::Blocked => self.stop_stored(row, failed).await,
                    Status::Running if self.is_sharing() && !self.is_draining() => Ok(Stopped::Elsewhere),
                    Status::Running => Err(self.gone()),
                    status => Err(Kind::Ended { id, status }.into()),
                }
            }
            Status::Running | Status::Blocked => {
                let in_line = (row.status == Status::Running && !self.paused).then(|| row.workflow.clone());
                let stopped = self.stop_stored(row, failed).await;
                if let (Err(_), Some(workflow)) = (&stopped, in_line) {
                    self.stay_in_line(&workflow, id);
                }
                stopped
            }
            status => Err(Kind::Ended { id, status }.into()),
        }
    }

    async fn stop_elsewhere(self: &Arc<Self>, id: ExecutionId, failed: Failed) -> Result<(), Error> {
        let ended = |status| Error::from(Kind::Ended { id, status });
        let awaited = self.find(self.row(id).await?).await?;
        match self.store.post(Post::Stop { execution: id, failed }, self.clock.now()).await {
            Ok(_) => {}
            Err(StoreError::Closed(_)) => return Err(ended(self.row(id).await?.status)),
            Err(error) => return Err(error.into()),
        }
        match awaited.outcome().await {
            Outcome::Ended { status: Status::Aborted, .. } => Ok(()),
            Outcome::Ended { status, .. } => Err(ended(status)),
            // The message stays for whoever can carry it out.
            Outcome::Blocked { .. } => Ok(()),
            Outcome::Gone(error) => Err(error),
        }
    }

    /// Tells an execution something, which is taken up for that. Where it is over by then, the message is dropped.
    pub(super) async fn tell(self: &Arc<Self>, id: ExecutionId, mut message: Message) {
        loop {
            let live = self.take_up(id, None).await;
            match live.send(message) {
                Ok(()) => return,
                // It has left memory meanwhile, as what waits does.
                Err(refused) if !self.is_draining() && live.awaited().is_open() => message = refused,
                Err(_) => return,
            }
        }
    }

    /// Ends an execution that is not in memory.
    async fn stop_stored(self: &Arc<Self>, row: ExecutionRow, failed: Failed) -> Result<Stopped, Error> {
        if let Some(sharing) = self.store.sharing()
            && !sharing.claim(row.id).await?
        {
            return Ok(Stopped::Elsewhere);
        }
        let at = self.clock.now();
        let error = (!failed.error.is_empty()).then(|| failed.error.as_str().into());
        let journal = self.store.journal(row.id).await?;
        let entries = journal.iter().filter(|entry| entry.scope.is_empty()).map(|entry| entry.ordinal + 1);
        let place = Place { at: at - row.started_at, ordinal: entries.max().unwrap_or(0), ..Place::default() };
        let aborted: JournalRow = Event::ExecutionAborted { error }.into_row(place);
        let close = commit::close(Status::Aborted, None, Some(failed.clone()), at);
        let unit = Unit { append: vec![(row.id, aborted)], update: vec![(row.id, close)], ..Unit::default() };
        match self.store.commit(unit).await {
            Ok(_) => {
                let outcome = Outcome::Ended { status: Status::Aborted, output: None, failed: Some(failed) };
                if let Some(awaited) = self.absent.take(row.id) {
                    awaited.tell(outcome.clone());
                }
                if let Some(parent) = &row.parent
                    && let Some(ended) = child::end_of(parent, row.name.unwrap_or_default(), &outcome)
                {
                    self.tell_parent(parent, ended);
                }
                self.stop_all_released().await;
                self.wake_workers();
                Ok(Stopped::Here)
            }
            Err(StoreError::Closed(id)) => Err(Kind::Ended { id, status: self.row(id).await?.status }.into()),
            Err(error) => Err(error.into()),
        }
    }
}
