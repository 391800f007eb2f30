//! Committing a unit, whatever it takes.

use std::{future::Future, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};

use super::Shared;
use crate::{
    failure::Failed,
    store::{Committed, Status, StoreError, Unit, Update},
};

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
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(30))
            .without_max_times()
            .build();
        loop {
            match ask().await {
                Err(StoreError::Medium(error)) if !self.is_draining() => {
                    let delay = delays.next().unwrap_or(Duration::from_secs(30));
                    tracing::error!(error, ?delay, "{what}; it is tried again");
                    let due = self.clock.now().saturating_add(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX));
                    self.clock.sleep_until(due).await;
                }
                done => return done,
            }
        }
    }
}
