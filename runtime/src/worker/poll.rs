//! Taking attempts of activities by hand, for a worker of one's own.

use std::{future::Future, time::Duration};

use crate::{
    error::Error,
    store::{ExecutionId, Poll, QueuedActivity},
};

/// An attempt of an activity that was handed to a worker: whoever has it completes, fails and keeps it alive by its token.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivityTask {
    queued: QueuedActivity,
}

impl ActivityTask {
    /// The token that ends the attempt.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.queued.activity.token
    }

    /// The input: JSON text.
    #[must_use]
    pub fn input(&self) -> &str {
        &self.queued.activity.input
    }

    /// The activity.
    #[must_use]
    pub fn activity(&self) -> &str {
        &self.queued.activity.task
    }

    /// The execution that waits for it.
    #[must_use]
    pub fn execution(&self) -> ExecutionId {
        self.queued.execution
    }

    /// The number of the attempt, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.queued.activity.attempt
    }

    /// Text that all attempts of the call share, and no other call has.
    #[must_use]
    pub fn idempotency_key(&self) -> &str {
        &self.queued.activity.key
    }

    /// How long the attempt may take, from now.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.queued.activity.timeout.map(Duration::from_secs)
    }

    /// How long it may be silent.
    #[must_use]
    pub fn heartbeat(&self) -> Option<Duration> {
        self.queued.activity.heartbeat.map(Duration::from_secs)
    }
}

/// Without the token and the input: whoever reads a log could complete the task.
impl std::fmt::Debug for ActivityTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActivityTask")
            .field("activity", &self.activity())
            .field("execution", &self.execution())
            .field("attempt", &self.attempt())
            .finish_non_exhaustive()
    }
}

/// How long somebody who polls by hand trusts in being told. Two who share a handle may take each other's word.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Polls until there is something or the time is over. `queued` is ready when there may be something.
pub(crate) async fn poll_until<P, Q>(
    activity: &str,
    worker: &str,
    wait: Duration,
    now: impl Fn() -> i64,
    poll: impl Fn(Poll) -> P,
    queued: impl Fn() -> Q,
) -> Result<Option<ActivityTask>, Error>
where
    P: Future<Output = Result<Option<QueuedActivity>, Error>>,
    Q: Future,
{
    let until = tokio::time::Instant::now().checked_add(wait);
    loop {
        let may_be_queued = queued();
        let request = Poll { tasks: vec![activity.to_owned()], worker: worker.to_owned(), at: now() };
        if let Some(queued) = poll(request).await? {
            return Ok(Some(ActivityTask { queued }));
        }
        let left = until.map(|until| until.saturating_duration_since(tokio::time::Instant::now()));
        match left {
            Some(Duration::ZERO) => return Ok(None),
            left => {
                let _ = tokio::time::timeout(left.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN), may_be_queued).await;
            }
        }
    }
}
