//! Workers: they make the attempts of activities, in the engine's process or in others on the same file.
//!
//! An activity is a task whose attempts wait in the store's queue. A worker takes one ([`Queue::poll`]), runs the task's body, passes its
//! heartbeats on ([`attempt`]), and posts what came of it. The store hands an attempt to one worker, and lets one end of it count; so a worker that is
//! late, or two that race, cannot do harm to the execution.
//!
//! [`serve`] is the loop of a worker. It never drops a poll that is under way, since what was handed out then would be lost until it times out.

mod attempt;
mod backlog;
mod poll;
mod serve;

use std::{
    any::Any,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::watch;

pub use self::{
    backlog::{ActivityAttempt, ActivityPlace},
    poll::ActivityTask,
};
pub(crate) use self::{poll::poll_until, serve::serve};
use crate::{
    client::Client,
    clock::{Clock, SystemClock},
    error::{Error, Kind},
    registry::Registry,
    store::{Poll, Post, QueuedActivity, Store},
    task::Resources,
};

/// While it is held, something is under way.
pub(crate) type Guard = Box<dyn Any + Send>;

/// The queue of activities as a worker reaches it.
#[async_trait]
pub(crate) trait Queue: Send + Sync + 'static {
    fn store(&self) -> &dyn Store;

    /// The attempt that has waited longest. Must not be dropped while it is under way.
    async fn poll(&self, poll: &Poll) -> Result<Option<QueuedActivity>, Error>;

    async fn post(&self, post: Post) -> Result<(), Error>;

    /// Ready when something may have been queued, or what a worker does may be wanted no more.
    async fn changed(&self) -> Guard;

    fn under_way(&self) -> Guard;
}

/// What a worker is made of.
pub(crate) struct Crew {
    pub(crate) name: String,
    /// The activities that it makes.
    pub(crate) tasks: Vec<String>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) resources: Arc<Resources>,
    pub(crate) clock: Arc<dyn Clock>,
    /// So many attempts at once.
    pub(crate) concurrency: usize,
}

/// How a worker comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It does not.
    No,
    /// It takes nothing more.
    Drain,
    /// It fails what it has.
    Halt,
}

/// How long attempts under way may take to end once a worker is to stop, unless it is told otherwise.
const GRACE: Duration = Duration::from_secs(10);

/// Makes the attempts of activities that an engine in another process queues, through its file: `#[task(activity)]` functions that are linked into
/// this program.
///
/// Any number of workers, in any number of processes, may serve one file. Each attempt is handed to one of them. One whose worker dies ends by the
/// activity's `heartbeat` or `timeout`, and its retriers decide.
///
/// ```no_run
/// use durafn::{Worker, prelude::*};
///
/// #[derive(Clone)]
/// struct Gpu;
///
/// #[task(activity, heartbeat = "30s", retry(on = "States.HeartbeatTimeout", attempts = 2))]
/// async fn train(epochs: u32, #[resource] gpu: Gpu, context: TaskContext) -> u32 {
///     let _ = gpu;
///     for _ in 0..epochs {
///         context.heartbeat();
///     }
///     epochs
/// }
///
/// # async fn worker(asked_to_stop: impl Future<Output = ()>) -> Result<(), durafn::Error> {
/// Worker::open("models.db").resource(Gpu).concurrency(4).run_until(asked_to_stop).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a worker does nothing until it runs"]
pub struct Worker {
    path: PathBuf,
    name: String,
    activities: Option<Vec<String>>,
    resources: Resources,
    concurrency: usize,
    grace: Duration,
    clock: Arc<dyn Clock>,
}

impl Worker {
    /// A worker on the file of an engine, which has made it before. It makes every activity of this program, one attempt at a time.
    pub fn open(path: impl AsRef<Path>) -> Worker {
        Worker {
            path: path.as_ref().to_owned(),
            name: default_name(),
            activities: None,
            resources: Resources::new(),
            concurrency: 1,
            grace: GRACE,
            clock: Arc::new(SystemClock),
        }
    }

    /// The name by which histories tell it. Without one, the program's name and the number of the process.
    pub fn name(mut self, name: impl Into<String>) -> Worker {
        self.name = name.into();
        self
    }

    /// Only these activities.
    pub fn activities<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Worker {
        self.activities = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Gives activities a value by its type, as [`EngineBuilder::resource`](crate::EngineBuilder::resource).
    pub fn resource<T: Clone + Send + Sync + 'static>(mut self, resource: T) -> Worker {
        self.resources.insert(resource);
        self
    }

    #[cfg(feature = "cli")]
    pub(crate) fn resources(mut self, resources: Resources) -> Worker {
        self.resources = resources;
        self
    }

    /// What it makes, and its name.
    #[cfg(feature = "cli")]
    pub(crate) fn described(&self) -> Result<(Vec<String>, &str), Error> {
        Ok((self.crew()?.tasks, &self.name))
    }

    /// So many attempts at once.
    pub fn concurrency(mut self, attempts: usize) -> Worker {
        self.concurrency = attempts;
        self
    }

    /// How long attempts under way may take to end once the worker is to stop; 10 seconds unless set. The rest is dropped and fails with
    /// `States.TaskFailed`, so that nobody waits for it to time out.
    pub fn grace(mut self, grace: Duration) -> Worker {
        self.grace = grace;
        self
    }

    /// Takes the time from another clock: for tests. It must be that of the engine.
    pub fn clock(mut self, clock: impl Clock) -> Worker {
        self.clock = Arc::new(clock);
        self
    }

    /// Serves until the future is dropped. What is under way then ends by its timeouts; see [`Worker::run_until`].
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, there is no such activity in this program, or an activity needs a resource that was not given.
    pub async fn run(self) -> Result<(), Error> {
        self.run_until(std::future::pending()).await
    }

    /// Serves until `stop` is ready; then takes nothing more, and lets what is under way come to its end.
    ///
    /// # Errors
    ///
    /// As [`Worker::run`]. While the file cannot be read or written, it is tried again.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let crew = Arc::new(self.crew()?);
        let client = Client::open_with(&self.path, Arc::clone(&self.clock)).await?;
        let (stops, stopped) = watch::channel(Stop::No);
        let serving = serve(Arc::new(client), crew, stopped);
        let grace = self.grace;
        let stopping = async {
            stop.await;
            stops.send_replace(Stop::Drain);
            tokio::time::sleep(grace).await;
            stops.send_replace(Stop::Halt);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = serving => Ok(()),
            () = stopping => Ok(()),
        }
    }

    fn crew(&self) -> Result<Crew, Error> {
        if self.concurrency == 0 {
            let what = "with `concurrency(0)` a worker never does anything; give at least 1";
            return Err(Kind::Config(what.into()).into());
        }
        let wanted =
            |name: &str| self.activities.as_ref().is_none_or(|names| names.iter().any(|wanted| wanted == name));
        let registry = Registry::linked(&self.resources, |entry| entry.activity && wanted(entry.name))?;
        let known = registry.activities();
        let unknown = self.activities.iter().flatten().find(|name| !known.contains(name));
        if let Some(name) = unknown {
            return Err(Kind::UnknownActivity { name: name.clone(), known }.into());
        }
        let tasks: Vec<String> = known.into_iter().filter(|name| wanted(name)).collect();
        if tasks.is_empty() {
            let what = "there is no activity for this worker to make; link a `#[task(activity)]` into the program";
            return Err(Kind::Config(what.into()).into());
        }
        Ok(Crew {
            name: self.name.clone(),
            tasks,
            registry: Arc::new(registry),
            resources: Arc::new(self.resources.clone()),
            clock: Arc::clone(&self.clock),
            concurrency: self.concurrency,
        })
    }
}

/// The program's name and the number of the process.
pub(crate) fn default_name() -> String {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_stem).map(|name| name.to_string_lossy().into_owned());
    format!("{}-{}", program.unwrap_or_else(|| "worker".to_owned()), std::process::id())
}
