//! The loop of a worker: take what there is a place for, start it, wait until there is something new.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::{AbortHandle, Id, JoinSet},
};

use super::{
    Crew, Guard, Queue, Stop,
    attempt::{self, settle_once},
};
use crate::{
    failure::Failed,
    store::{Poll, QueuedActivity, Store, StoreError, TokenStatus},
    task::TaskContext,
};

/// How long a worker waits before it polls again where the store failed.
const AFTER_AN_ERROR: Duration = Duration::from_secs(1);

/// An attempt under way.
struct Held {
    queued: QueuedActivity,
    context: TaskContext,
    abort: AbortHandle,
}

/// What a worker has under way.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<Guard>,
    held: HashMap<Id, Held>,
}

/// Makes attempts of activities until it is stopped, or the queue is closed.
pub(crate) async fn serve(queue: Arc<dyn Queue>, crew: Arc<Crew>, mut stop: watch::Receiver<Stop>) {
    let mut under_way = UnderWay::default();
    // While it is held, something may be there to be taken.
    let mut woken: Option<Guard> = None;
    loop {
        let stage = *stop.borrow_and_update();
        match stage {
            Stop::Halt => return under_way.give_up(&*queue, &crew).await,
            Stop::Drain if under_way.tasks.is_empty() => return,
            Stop::Drain | Stop::No => {}
        }
        let mut failed = false;
        while stage == Stop::No && under_way.tasks.len() < crew.concurrency && !failed {
            let poll = Poll { tasks: crew.tasks.clone(), worker: crew.name.clone(), at: crew.clock.now() };
            match queue.poll(&poll).await {
                Ok(Some(queued)) => under_way.start(&queue, &crew, queued),
                Ok(None) => break,
                // The engine drains: it says so to its workers too.
                Err(error) if error.is_closed() || error.is_fenced() => break,
                Err(error) => {
                    tracing::error!(worker = crew.name, %error, "the queue of activities cannot be read; it is tried again");
                    failed = true;
                }
            }
        }
        drop(woken.take());
        tokio::select! {
            Some(ended) = under_way.tasks.join_next_with_id(), if !under_way.tasks.is_empty() => {
                woken = under_way.ended(ended);
            }
            guard = queue.changed() => {
                under_way.drop_unwanted(queue.store()).await;
                woken = Some(guard);
            }
            changed = stop.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = tokio::time::sleep(AFTER_AN_ERROR), if failed => {}
        }
    }
}

impl UnderWay {
    fn start(&mut self, queue: &Arc<dyn Queue>, crew: &Arc<Crew>, queued: QueuedActivity) {
        let activity = &queued.activity;
        let (resources, key) = (Arc::clone(&crew.resources), activity.key.clone());
        let context = TaskContext::new(resources, queued.execution.0.to_string(), key, activity.attempt)
            .with_clock(Arc::clone(&crew.clock));
        tracing::debug!(worker = crew.name, task = &*activity.task, execution = queued.execution.0, "activity started");
        let work =
            attempt::make(Arc::clone(queue), Arc::clone(crew), queued.clone(), context.clone(), queue.under_way());
        let abort = self.tasks.spawn(work);
        self.held.insert(abort.id(), Held { queued, context, abort });
    }

    fn ended(&mut self, ended: Result<(Id, Guard), tokio::task::JoinError>) -> Option<Guard> {
        match ended {
            Ok((id, guard)) => {
                self.held.remove(&id);
                Some(guard)
            }
            // It was dropped: nobody wants it any more.
            Err(error) => {
                self.held.remove(&error.id());
                None
            }
        }
    }

    /// Drops attempts that nobody waits for any more. Blocking ones are told.
    async fn drop_unwanted(&self, store: &dyn Store) {
        for held in self.held.values() {
            if let Ok(false) = is_wanted(store, &held.queued.activity.token).await {
                held.cancel();
            }
        }
    }

    /// Drops what is under way, and fails it, so that nobody waits for it to time out.
    async fn give_up(mut self, queue: &dyn Queue, crew: &Crew) {
        for held in self.held.values() {
            held.cancel();
        }
        while let Some(ended) = self.tasks.join_next_with_id().await {
            if let Ok((id, _)) = ended {
                self.held.remove(&id);
            }
        }
        for held in self.held.into_values() {
            let failed = Failed::task_failed("the worker was stopped while the task ran");
            settle_once(queue, crew, &held.queued.activity, Err(failed)).await;
        }
    }
}

impl Held {
    fn cancel(&self) {
        self.context.cancel();
        self.abort.abort();
    }
}

/// Somebody waits for a token.
async fn is_wanted(store: &dyn Store, token: &str) -> Result<bool, StoreError> {
    let Some(row) = store.token(token).await? else { return Ok(false) };
    // One that is used may be this worker's own, which is about to end.
    if row.status != TokenStatus::Waiting {
        return Ok(row.status == TokenStatus::Used);
    }
    let execution = store.execution(row.execution).await?;
    Ok(execution.is_some_and(|execution| execution.closed_at.is_none()))
}
