//! Committing a unit, whatever it takes.

use std::{future::Future, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::Shared;
use crate::{
    clock::Clock,
    error::Error,
    failure::Failed,
    store::{Committed, Status, StoreError, Unit, Update},
};

const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The end of an execution.
pub(super) fn close(status: Status, output: Option<Arc<str>>, failed: Option<Failed>, at: i64) -> Update {
    let (error, cause) = match failed {
        Some(Failed { error, cause }) => (Some(error), Some(cause)),
        None => (None, None),
    };
    Update::Close { status, output, error, cause, at }
}

impl Shared {
    /// Commits a unit. While the medium fails (a full disk, say) it is tried again, so that nothing that was done is done twice.
    ///
    /// # Errors
    ///
    /// When trying again is of no use: the execution was closed by somebody else, or the engine or its store is shut down.
    pub(super) async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        self.persevere("the journal cannot be written", || self.store.commit(unit.clone())).await
    }

    /// Asks the store. While the medium fails it is asked again, so that no execution is left behind.
    ///
    /// # Errors
    ///
    /// When the engine or its store is shut down, or the question is refused.
    pub(super) async fn persevere<T, F>(&self, what: &'static str, ask: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut patience = Patience::new();
        loop {
            match ask().await {
                Err(StoreError::Medium(error)) if !self.is_draining() => {
                    tracing::error!(error, "{what}; it is tried again");
                    patience.pause(&*self.clock).await;
                }
                done => return done,
            }
        }
    }

    /// As [`Shared::persevere`], of what asks the store more than one thing.
    ///
    /// # Errors
    ///
    /// As there, and what else is wrong.
    pub(super) async fn insist<T, F>(&self, what: &'static str, ask: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut patience = Patience::new();
        loop {
            match ask().await {
                Err(error) if error.is_medium() && !self.is_draining() => {
                    tracing::error!(%error, "{what}; it is tried again");
                    patience.pause(&*self.clock).await;
                }
                done => return done,
            }
        }
    }
}

/// How long to wait while the medium fails: longer each time.
pub(super) struct Patience(ExponentialBackoff);

impl Patience {
    pub(super) fn new() -> Patience {
        let delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times();
        Patience(delays.build())
    }

    pub(super) async fn pause(&mut self, clock: &dyn Clock) {
        let delay = self.0.next().unwrap_or(LONGEST_PAUSE);
        let due = clock.now().saturating_add(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX));
        clock.sleep_until(due).await;
    }
}
