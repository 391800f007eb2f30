//! Parking: an execution that today's code does not fit stays as it is, blocked, until a program with fitting code opens the store.

use super::{
    Shared,
    live::Outcome,
    runner::{Runner, Step},
};
use crate::{
    engine::Divergence,
    metrics,
    store::{ExecutionId, Unit, Update},
};

impl Runner {
    /// Parks the execution: its code does not fit.
    pub(super) async fn block(&mut self, divergence: &Divergence) -> Step {
        let cause = self.shared.explain(self.id, divergence).await;
        self.park(cause).await
    }

    pub(super) async fn park(&mut self, cause: String) -> Step {
        self.body = None;
        park(&self.shared, self.id, &cause, self.blocked.as_deref()).await;
        Step::Over(Outcome::Blocked { cause })
    }
}

/// Records that an execution is blocked, unless that is known.
pub(super) async fn park(shared: &Shared, id: ExecutionId, cause: &str, known: Option<&str>) {
    metrics::execution_blocked();
    tracing::warn!(id = id.0, "execution blocked: today's code does not fit its history; `show` says where");
    // It tells payloads.
    tracing::debug!(id = id.0, cause, "execution blocked");
    shared.tried(id);
    // Where engines share the store, it is given up with that.
    if known == Some(cause) && !shared.is_sharing() {
        return;
    }
    let unit = Unit { update: vec![(id, Update::Block { cause: cause.to_owned() })], ..Unit::default() };
    if let Err(error) = shared.commit(unit).await {
        tracing::error!(id = id.0, %error, "that an execution is blocked cannot be recorded");
    }
}
