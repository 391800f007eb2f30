//! How an engine is built.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{
    clock::{Clock, SystemClock},
    driver::{Chance, Settings, Shared},
    error::{Error, Kind},
    handle::Engine,
    limits::{Limits, PAYLOAD_LIMIT, Rate},
    registry::Registry,
    retention::Retention,
    store::{Lease, MemoryStore, SqliteOptions, SqliteStore, Store},
    task::Resources,
};

/// How often a task is started again because the process ended while it ran, unless the builder says otherwise. A shutdown does not
/// count.
pub const CRASH_RESTARTS: u32 = 5;

/// Settings of an engine, made by [`Engine::builder`].
#[must_use = "a builder does nothing until it is opened"]
pub struct EngineBuilder {
    place: Option<Place>,
    registry: Option<Registry>,
    shared: Option<Lease>,
    settings: Settings,
}

enum Place {
    Path { path: PathBuf, options: SqliteOptions, read_only: bool },
    Store(Arc<dyn Store>),
}

impl EngineBuilder {
    pub(crate) fn new() -> Self {
        EngineBuilder {
            place: None,
            registry: None,
            shared: None,
            settings: Settings {
                clock: Arc::new(SystemClock),
                resources: Resources::new(),
                limits: Limits { payload: Some(PAYLOAD_LIMIT), ..Limits::default() },
                tables: Vec::new(),
                crash_restarts: CRASH_RESTARTS,
                paused: false,
                chance: Chance::Random,
                retention: None,
                serve_activities: None,
            },
        }
    }

    /// Keeps executions in a SQLite file, which is created where there is none.
    pub fn path(self, path: impl AsRef<Path>) -> Self {
        self.sqlite(path, SqliteOptions::default())
    }

    /// Keeps executions in a SQLite file, with options.
    pub fn sqlite(mut self, path: impl AsRef<Path>, options: SqliteOptions) -> Self {
        self.place = Some(Place::Path { path: path.as_ref().to_owned(), options, read_only: false });
        self
    }

    pub(crate) fn read_only(mut self, path: impl AsRef<Path>) -> Self {
        let options = SqliteOptions::default();
        self.place = Some(Place::Path { path: path.as_ref().to_owned(), options, read_only: true });
        self
    }

    /// Keeps executions in memory: for tests.
    pub fn in_memory(self) -> Self {
        self.store(MemoryStore::new())
    }

    /// Keeps executions in a store of your own.
    pub fn store(self, store: impl Store) -> Self {
        self.shared_store(Arc::new(store))
    }

    /// Keeps executions in a store that others hold too.
    pub fn shared_store(mut self, store: Arc<dyn Store>) -> Self {
        self.place = Some(Place::Store(store));
        self
    }

    /// Gives tasks a value by its type: a connection pool, a client, configuration. A task takes it by a parameter marked
    /// `#[resource]`.
    pub fn resource<T: Clone + Send + Sync + 'static>(mut self, resource: T) -> Self {
        self.settings.resources.insert(resource);
        self
    }

    /// Gives tasks these values.
    #[cfg(feature = "testing")]
    pub(crate) fn resources(mut self, resources: Resources) -> Self {
        self.settings.resources = resources;
        self
    }

    /// Takes the time from another clock: for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// At most so many tasks run at once; the others wait for their turn. Without it there is no limit.
    pub fn max_concurrent_tasks(mut self, limit: usize) -> Self {
        self.settings.limits.tasks = Some(limit);
        self
    }

    /// At most so many attempts of one task run at once; the others wait for their turn, and no timeout of theirs runs meanwhile.
    pub fn task_concurrency(mut self, task: &str, limit: usize) -> Self {
        self.settings.limits.by_task.entry(task.to_owned()).or_default().at_once = Some(limit);
        self
    }

    /// At most so many attempts of one task start within any stretch of time of this length, at the first moment as at any later: `.task_rate("charge",
    /// 100, Duration::from_secs(1))`. Retries count too; the others wait for their turn, and no timeout of theirs runs meanwhile.
    pub fn task_rate(mut self, task: &str, starts: usize, per: Duration) -> Self {
        self.settings.limits.by_task.entry(task.to_owned()).or_default().rate = Some(Rate { starts, per });
        self
    }

    /// At most so many executions of one workflow run at once. The others are created and wait, in order and on disk alone, until one of these has ended or
    /// is blocked. Children, forks and what is redriven begin at once.
    pub fn workflow_concurrency(mut self, workflow: &str, limit: usize) -> Self {
        self.settings.limits.by_workflow.insert(workflow.to_owned(), limit);
        self
    }

    /// How many bytes of JSON an input, output or result may have; `None` is no limit. [`PAYLOAD_LIMIT`] unless set, which is what AWS allows.
    ///
    /// A start with a larger input is an error ([`Error::is_too_large`]). A task or child execution with a larger input or result fails with
    /// `States.DataLimitExceeded`, and so does a workflow with a larger output.
    pub fn payload_limit(mut self, bytes: impl Into<Option<usize>>) -> Self {
        self.settings.limits.payload = bytes.into();
        self
    }

    /// The tables of the program's own, for tasks marked `transaction`: versions, each of them SQL that is applied once, in this order, when the
    /// engine is opened. One that was released stays as it is; what changes is a new one at the end. Names begin with `app_`.
    ///
    /// See [`Transaction`](crate::Transaction) for an example.
    pub fn tables<S: Into<String>>(mut self, versions: impl IntoIterator<Item = S>) -> Self {
        self.settings.tables = versions.into_iter().map(Into::into).collect();
        self
    }

    /// How often one attempt of a task is started again because the process ended while it ran; then it fails with `States.TaskFailed`, so that a
    /// task that kills the process does not do so for ever. [`CRASH_RESTARTS`] unless set.
    pub fn crash_restarts(mut self, limit: u32) -> Self {
        self.settings.crash_restarts = limit;
        self
    }

    /// Removes executions that ended long ago, now and then while the engine runs. Without it all are kept.
    ///
    /// ```no_run
    /// use durafn::{Engine, Retention};
    /// use std::time::Duration;
    ///
    /// # async fn open() -> Result<(), durafn::Error> {
    /// let month = Duration::from_hours(30 * 24);
    /// let engine = Engine::builder().path("orders.db").retention(Retention::keep(month).export_to("/archive/orders")).open().await?;
    /// # Ok(()) }
    /// ```
    pub fn retention(mut self, retention: Retention) -> Self {
        self.settings.retention = Some(retention);
        self
    }

    /// At most so many Express executions run at once. A program that runs one more waits for its turn, or is refused where it asks for that
    /// ([`Run::without_waiting`](crate::Run::without_waiting)). [`MAX_EXPRESS_EXECUTIONS`](crate::MAX_EXPRESS_EXECUTIONS) unless set.
    pub fn max_express_executions(mut self, limit: usize) -> Self {
        self.settings.limits.express = Some(limit);
        self
    }

    /// Leaves alone what was running: for a look from outside, or to stop an execution before it goes on. Needs no resources.
    pub fn paused(mut self) -> Self {
        self.settings.paused = true;
        self
    }

    /// Shares the file with engines in other processes, which all open it so. Each execution is run by one of them; when a process ends, or is silent for
    /// longer than its lease, the others go on with what it ran. Without this the engine has the file for itself, and that is faster.
    ///
    /// ```no_run
    /// use durafn::{Engine, store::Lease};
    ///
    /// # async fn open() -> Result<(), durafn::Error> {
    /// let engine = Engine::builder().path("orders.db").shared(Lease::default()).open().await?;
    /// # Ok(()) }
    /// ```
    pub fn shared(mut self, lease: Lease) -> Self {
        self.shared = Some(lease);
        self
    }

    /// Makes the attempts of activities in this process too, at most so many at once. Without it the engine only queues them, for a
    /// [`Worker`](crate::Worker) in another process.
    pub fn serve_activities(mut self, attempts: usize) -> Self {
        self.settings.serve_activities = Some(attempts);
        self
    }

    /// What the tasks are given.
    #[cfg(feature = "cli")]
    pub(crate) fn into_resources(self) -> Resources {
        self.settings.resources
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    #[cfg(feature = "testing")]
    pub(crate) fn chance(mut self, chance: Chance) -> Self {
        self.settings.chance = chance;
        self
    }

    /// Opens the engine on the current tokio runtime: finds every linked workflow and task, and goes on with what was running.
    ///
    /// # Errors
    ///
    /// When names of tasks or workflows clash, a task needs a resource that was not given, or the file cannot be opened: each named,
    /// with what to do.
    pub async fn open(self) -> Result<Engine, Error> {
        let EngineBuilder { mut place, registry, shared, settings } = self;
        let serves = settings.serve_activities;
        if serves == Some(0) {
            let what = "with `serve_activities(0)` no activity is made here; give at least 1, or leave it out and start a `Worker`";
            return Err(Kind::Config(what.into()).into());
        }
        match (&mut place, shared) {
            (Some(Place::Path { options, .. }), Some(lease)) => options.shared = Some(lease),
            (Some(Place::Store(_)), Some(_)) => {
                let why =
                    "`shared(..)` goes with `path(..)` or `sqlite(..)`; a store of your own is shared as it was opened";
                return Err(Kind::Config(why.into()).into());
            }
            _ => {}
        }
        let read_only = matches!(place, Some(Place::Path { read_only: true, .. }));
        let registry = match registry {
            Some(registry) => registry,
            None if read_only || settings.paused => Registry::linked_without_resources()?,
            None => Registry::linked(&settings.resources, |task| serves.is_some() || !task.activity)?,
        };
        settings.limits.check(&registry)?;
        let store = match place {
            Some(Place::Store(store)) => store,
            Some(Place::Path { path, options, read_only }) => open_file(path, options, read_only).await?,
            None => return Err(Kind::Config("an engine needs `path(..)`, `in_memory()` or `store(..)`".into()).into()),
        };
        Ok(Engine::new(Shared::open(store, registry, read_only, settings).await?))
    }
}

async fn open_file(path: PathBuf, options: SqliteOptions, read_only: bool) -> Result<Arc<dyn Store>, Error> {
    let open = move || match read_only {
        true => SqliteStore::open_read_only(path),
        false => SqliteStore::open(path, options),
    };
    match tokio::task::spawn_blocking(open).await {
        Ok(store) => Ok(Arc::new(store?)),
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("clock", &self.settings.clock)
            .field("resources", &self.settings.resources)
            .field("limits", &self.settings.limits)
            .field("crash_restarts", &self.settings.crash_restarts)
            .finish_non_exhaustive()
    }
}
