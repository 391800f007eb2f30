//! Activities in the engine's own process: who waits for them to be queued, and the workers that make them here.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
};

use super::{Shared, check_post};
use crate::{
    error::Error,
    store::{Poll, Post, QueuedActivity, Store},
    worker::{Crew, Guard, Queue, Stop, default_name, serve},
};

/// Who waits for activities in this process.
#[derive(Debug, Default)]
pub(super) struct Workers {
    /// Changes when something was queued.
    queued: watch::Sender<()>,
    served: OnceLock<Served>,
}

/// The workers of the engine.
#[derive(Debug)]
struct Served {
    notify: Notify,
    /// They are to look, and are counted as busy for that.
    woken: AtomicBool,
    stop: watch::Sender<Stop>,
    ended: watch::Sender<bool>,
    task: Mutex<Option<AbortHandle>>,
}

impl Workers {
    pub(super) fn stop(&self, stop: Stop) {
        if let Some(served) = self.served.get() {
            served.stop.send_replace(stop);
        }
    }

    /// Waits until no worker of the engine does anything.
    pub(super) async fn ended(&self) {
        if let Some(served) = self.served.get() {
            // The sender lives as long as this.
            let _ = served.ended.subscribe().wait_for(|ended| *ended).await;
        }
    }

    /// Drops what they do.
    pub(super) fn abandon(&self) {
        let task =
            self.served.get().and_then(|served| served.task.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(task) = task {
            task.abort();
        }
    }
}

impl Shared {
    /// Makes attempts of activities here, so many at once.
    pub(super) fn start_workers(self: &Arc<Self>, concurrency: usize) {
        let tasks = self.registry.activities();
        let crew = Crew {
            name: default_name(),
            tasks,
            registry: Arc::clone(&self.registry),
            resources: Arc::clone(&self.resources),
            clock: Arc::clone(&self.clock),
            concurrency,
        };
        let (stop, stopped) = watch::channel(Stop::No);
        let served = Served {
            notify: Notify::new(),
            woken: AtomicBool::new(false),
            stop,
            ended: watch::Sender::new(false),
            task: Mutex::default(),
        };
        if self.workers.served.set(served).is_err() {
            return;
        }
        self.wake_workers();
        let here = Arc::new(Here(Arc::clone(self)));
        let task = self.runtime.spawn(async move {
            let _ends = Ends(Arc::clone(&here.0));
            serve(here, Arc::new(crew), stopped).await;
        });
        if let Some(served) = self.workers.served.get() {
            *served.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.abort_handle());
        }
    }

    /// Something was queued for workers, or what they do may be wanted no more.
    pub(super) fn wake_workers(&self) {
        self.workers.queued.send_replace(());
        if let Some(served) = self.workers.served.get() {
            if !served.woken.swap(true, Ordering::SeqCst) {
                self.busy.enter();
            }
            served.notify.notify_one();
        }
    }

    /// Changes when an activity was queued in this process.
    pub(crate) fn queued(&self) -> watch::Receiver<()> {
        self.workers.queued.subscribe()
    }
}

/// Says that the workers have ended, however that came.
struct Ends(Arc<Shared>);

impl Drop for Ends {
    fn drop(&mut self) {
        if let Some(served) = self.0.workers.served.get() {
            if served.woken.swap(false, Ordering::SeqCst) {
                self.0.busy.leave();
            }
            served.ended.send_replace(true);
        }
    }
}

/// The queue as workers in the engine's process see it. What they do counts as something under way.
struct Here(Arc<Shared>);

#[async_trait]
impl Queue for Here {
    fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    async fn poll(&self, poll: &Poll) -> Result<Option<QueuedActivity>, Error> {
        self.0.poll_activity(poll).await
    }

    async fn post(&self, post: Post) -> Result<(), Error> {
        match self.0.post(post.clone()).await {
            // The next engine that opens the store carries it out.
            Err(error) if error.is_closed() => {
                check_post(self.store(), &post).await?;
                self.store().post(post, self.0.clock.now()).await?;
                Ok(())
            }
            posted => posted,
        }
    }

    async fn changed(&self) -> Guard {
        let Some(served) = self.0.workers.served.get() else { return std::future::pending().await };
        loop {
            served.notify.notified().await;
            if served.woken.swap(false, Ordering::SeqCst) {
                let under_way = self.0.busy.under_way();
                // What it was counted as when it was woken.
                self.0.busy.leave();
                return Box::new(under_way);
            }
        }
    }

    fn under_way(&self) -> Guard {
        Box::new(self.0.busy.under_way())
    }
}
