//! One attempt of an activity as a worker makes it.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};

use super::{Crew, Guard, Queue};
use crate::{
    driver::Attempt,
    error::Error,
    failure::Failed,
    store::{NewActivity, Post, QueuedActivity, StoreError},
    task::TaskContext,
};

/// Heartbeats are passed on so often in the time that an attempt may be silent.
const BEATS: i64 = 4;

/// Runs the task and posts what came of it. An attempt that nobody waits for any more is dropped.
pub(super) async fn make(
    queue: Arc<dyn Queue>,
    crew: Arc<Crew>,
    queued: QueuedActivity,
    context: TaskContext,
    guard: Guard,
) -> Guard {
    let activity = &queued.activity;
    let span = tracing::info_span!(
        "activity",
        task = &*activity.task,
        execution = queued.execution.0,
        attempt = activity.attempt
    );
    let Some((name, task)) = crew.registry.named_task(&activity.task) else {
        // It takes none but those of its program.
        let failed = Failed::task_failed(format!("there is no task `{}` in the worker's program", activity.task));
        settle(&*queue, &crew, activity, Err(failed)).await;
        return guard;
    };
    let work = Attempt::new(Some(task), name, &activity.input, context.clone(), span);
    let result = tokio::select! {
        biased;
        result = work => result,
        () = pass_heartbeats(&*queue, &crew, activity, &context) => {
            context.cancel();
            tracing::info!(task = &*activity.task, "an attempt of an activity is dropped: nobody waits for it any more");
            return guard;
        }
    };
    settle(&*queue, &crew, activity, result).await;
    guard
}

/// Passes heartbeats on, each with its own time, not too often. Ready when nobody waits for the attempt any more.
async fn pass_heartbeats(queue: &dyn Queue, crew: &Crew, activity: &NewActivity, context: &TaskContext) {
    let Some(seconds) = activity.heartbeat else { return std::future::pending().await };
    let pause = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000) / BEATS;
    let mut heartbeats = context.heartbeats();
    let mut next = i64::MIN;
    loop {
        // The sender lives as long as the context.
        let _ = heartbeats.changed().await;
        while crew.clock.now() < next {
            crew.clock.sleep_until(next).await;
        }
        heartbeats.mark_unchanged();
        let at = context.last_heartbeat().unwrap_or_else(|| crew.clock.now());
        next = crew.clock.now().saturating_add(pause);
        match queue.store().heartbeat(&activity.token, at).await {
            Ok(()) => {}
            Err(StoreError::Token(_)) => return,
            Err(error) => tracing::error!(%error, "a heartbeat cannot be written"),
        }
    }
}

/// Posts how an attempt ended. While the store fails it is tried again.
async fn settle(queue: &dyn Queue, crew: &Crew, activity: &NewActivity, result: Result<Arc<str>, Failed>) {
    let mut delays = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(30))
        .without_max_times()
        .build();
    while let Some(error) = settle_once(queue, crew, activity, result.clone()).await {
        let delay = delays.next().unwrap_or(Duration::from_secs(30));
        tracing::error!(task = &*activity.task, %error, ?delay, "what an activity yields cannot be written; it is tried again");
        tokio::time::sleep(delay).await;
    }
}

/// Posts how an attempt ended; the error where that may work at another time.
pub(super) async fn settle_once(
    queue: &dyn Queue,
    crew: &Crew,
    activity: &NewActivity,
    result: Result<Arc<str>, Failed>,
) -> Option<Error> {
    let token = Arc::clone(&activity.token);
    let error = match queue.post(Post::Complete { token: Arc::clone(&token), result }).await {
        Ok(()) => return None,
        Err(error) if error.is_bad_result() => {
            let result = Err(Failed::task_failed(error.to_string()));
            queue.post(Post::Complete { token, result }).await.err()?
        }
        Err(error) => error,
    };
    let over = error.is_closed() || error.is_fenced();
    if over || error.is_used_token() || error.is_expired_token() || error.is_unknown_token() {
        let (worker, task) = (&crew.name, &*activity.task);
        tracing::warn!(worker, task, attempt = activity.attempt, %error, "what an activity yields came too late");
        return None;
    }
    Some(error)
}
