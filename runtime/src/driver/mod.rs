//! The impure shell around the core: it loads, polls, commits, and acts after the commit.
//!
//! An execution in memory is one tokio task ([`runner`]). Nothing polls: a runner sleeps until its mailbox ([`live`]) has something, the
//! one timer task ([`timekeeper`]) until the first timer is due. A unit that could not be committed is tried again, whole, until
//! the store takes it ([`commit`]); meanwhile the execution does nothing.

mod act;
mod attempt;
mod awaited;
mod chance;
mod checks;
mod child;
mod code_check;
mod commit;
mod continuation;
mod explain;
mod express;
mod facts;
mod fork;
mod inbox;
mod live;
mod load;
mod park;
mod permits;
mod receive;
mod redrive;
mod replay;
mod retention;
mod runner;
mod schedules;
mod sharing;
mod shutdown;
mod start;
mod stop;
mod telemetry;
mod timekeeper;
mod transaction;
mod turns;
mod workers;

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    runtime::Handle,
    sync::{Notify, RwLock, Semaphore},
    task::AbortHandle,
};

pub(crate) use self::{
    attempt::Attempt,
    awaited::Awaited,
    chance::Chance,
    express::{NewExpress, Rows, StartedExpress},
    fork::Plan,
    inbox::check_post,
    live::Outcome,
    replay::{Recording, replay},
};
use self::{
    awaited::Absent,
    code_check::Checking,
    express::Express,
    live::{Busy, Live},
    permits::Permits,
    timekeeper::Timekeeper,
    turns::Turns,
    workers::Workers,
};
use crate::{
    clock::Clock,
    engine::{Bounds, Draw, Host, Policy},
    error::{Error, Kind},
    limits::{Limits, MAX_EXPRESS_EXECUTIONS},
    registry::{Registry, WorkflowDef},
    retention::Retention,
    store::{ExecutionId, ExecutionRow, Status, Store},
    task::Resources,
    verify::{Divergence, Replayed},
};

/// What a program sets of its engine.
pub(crate) struct Settings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) resources: Resources,
    pub(crate) limits: Limits,
    /// Versions of the tables of tasks.
    pub(crate) tables: Vec<String>,
    pub(crate) crash_restarts: u32,
    /// Nothing is taken up at the start, and no timer fires.
    pub(crate) paused: bool,
    pub(crate) chance: Chance,
    pub(crate) retention: Option<Retention>,
    /// So many attempts of activities are made here at once, where any are.
    pub(crate) serve_activities: Option<usize>,
}

/// The engine as its executions share it.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Arc<Registry>,
    resources: Arc<Resources>,
    pub(crate) bounds: Bounds,
    read_only: bool,
    /// What is stored is left alone, but for stopping it.
    paused: bool,
    chance: Chance,
    /// What tasks need to start, where they are limited.
    permits: Option<Arc<Permits>>,
    /// Of workflows that are limited.
    turns: Turns,
    live: Mutex<HashMap<ExecutionId, Arc<Live>>>,
    express: Express,
    absent: Absent,
    /// Places for executions that are being taken up because they are due.
    loading: Arc<Semaphore>,
    /// An execution left `live`.
    left: Notify,
    /// Read while an execution is created and enters `live`; written to take one up from the store, so that none is
    /// taken up that is just being created.
    creation: RwLock<()>,
    timekeeper: Arc<Timekeeper>,
    checking: Checking,
    schedules: schedules::Schedules,
    busy: Arc<Busy>,
    draining: AtomicBool,
    /// Another engine has ended the lease of this one.
    fenced: AtomicBool,
    /// Executions that the code does not fit, where other engines may try them.
    tried: Mutex<HashSet<ExecutionId>>,
    runtime: Handle,
    /// Messages are carried out one after the other.
    inbox: tokio::sync::Mutex<inbox::Refused>,
    /// The inbox could not be read, and holds something.
    look_again: Notify,
    /// The tasks that wait for timers and for messages.
    waiting: Mutex<Vec<AbortHandle>>,
    workers: Workers,
}

impl Shared {
    /// Starts the engine's tasks and takes up what the store has running. Must be called on a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the store cannot tell what is running.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        registry: Registry,
        read_only: bool,
        settings: Settings,
    ) -> Result<Arc<Shared>, Error> {
        crate::metrics::describe();
        let Settings { clock, resources, limits, tables, crash_restarts, paused, chance, retention, serve_activities } =
            settings;
        // Whoever only looks or stops something may not know the tables.
        if !read_only && !tables.is_empty() {
            store.bring_tables(&tables).await?;
        }
        let timekeeper = Arc::new(Timekeeper::new());
        let turns = Turns::new(&limits.by_workflow, store.sharing().is_none());
        let permits = limits.limit_tasks().then(|| Permits::new(&limits, &clock, &timekeeper));
        let shared = Arc::new(Shared {
            store,
            clock,
            registry: Arc::new(registry),
            resources: Arc::new(resources),
            bounds: Bounds { crash_restarts, payload: limits.payload },
            read_only,
            paused,
            chance,
            permits,
            turns,
            live: Mutex::default(),
            express: Express::new(limits.express.unwrap_or(MAX_EXPRESS_EXECUTIONS)),
            absent: Absent::default(),
            loading: Arc::new(Semaphore::new(load::AT_ONCE)),
            left: Notify::new(),
            creation: RwLock::new(()),
            timekeeper,
            checking: Checking::new(),
            schedules: schedules::Schedules::default(),
            busy: Arc::default(),
            draining: AtomicBool::new(read_only),
            fenced: AtomicBool::new(false),
            tried: Mutex::default(),
            runtime: Handle::current(),
            inbox: tokio::sync::Mutex::default(),
            look_again: Notify::new(),
            waiting: Mutex::default(),
            workers: Workers::default(),
        });
        if let Err(error) = shared.begin(retention, serve_activities).await {
            // Nobody has this engine, so nothing of it may go on.
            shared.abandon();
            return Err(error);
        }
        Ok(shared)
    }

    async fn begin(
        self: &Arc<Self>,
        retention: Option<Retention>,
        serve_activities: Option<usize>,
    ) -> Result<(), Error> {
        if self.read_only {
            return Ok(());
        }
        self.join().await?;
        if self.paused {
            return Ok(());
        }
        self.start_timers();
        self.recover().await?;
        self.start_inbox();
        self.look_at_schedules().await?;
        if let Some(retention) = retention {
            self.start_retention(retention);
        }
        if let Some(concurrency) = serve_activities {
            self.start_workers(concurrency);
        }
        Ok(())
    }

    fn start_timers(self: &Arc<Self>) {
        let shared = Arc::downgrade(self);
        let (clock, busy, timekeeper) = (Arc::clone(&self.clock), Arc::clone(&self.busy), Arc::clone(&self.timekeeper));
        let task = self.runtime.spawn({
            let shared = shared.clone();
            async move {
                let load = || {
                    if let Some(shared) = shared.upgrade() {
                        shared.load_due();
                    }
                };
                let hand_out = || {
                    if let Some(shared) = shared.upgrade() {
                        shared.hand_out_permits();
                    }
                };
                timekeeper.run(&*clock, &busy, load, hand_out).await;
            }
        });
        self.waiting().push(task.abort_handle());
    }

    /// Gives permits to tasks that have waited for their time, in a task of its own.
    fn hand_out_permits(self: &Arc<Self>) {
        let Some(permits) = self.permits.clone() else { return };
        self.busy.enter();
        let busy = Arc::clone(&self.busy);
        self.runtime.spawn(async move {
            permits.hand_out();
            busy.leave();
        });
    }

    /// Carries out messages of other processes as they come.
    fn start_inbox(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        let task = self.runtime.spawn(async move { shared.watch_inbox().await });
        self.waiting().push(task.abort_handle());
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<AbortHandle>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) -> MutexGuard<'_, HashMap<ExecutionId, Arc<Live>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// The key of today's machine of a workflow, which the store has from now on.
    async fn stored_machine(&self, workflow: &WorkflowDef) -> Result<Arc<str>, Error> {
        let put = async || -> Result<Arc<str>, Error> {
            let (key, json) = workflow.stored_form()?;
            self.store.put_machine(&key, workflow.name, &json).await?;
            Ok(key)
        };
        workflow.stored.get_or_try_init(put).await.cloned()
    }

    /// The outcome of the execution of a row, which is taken up where it is not over.
    pub(crate) async fn find(self: &Arc<Self>, row: ExecutionRow) -> Result<Arc<Awaited>, Error> {
        let over = |outcome| Ok(Awaited::over(outcome));
        match row.status {
            Status::Running if !self.paused && !self.is_draining() => match self.awaits_turn(&row) {
                Some(awaited) => Ok(awaited),
                None => Ok(Arc::clone(self.take_up(row.id, None).await.awaited())),
            },
            Status::Running => match self.live().get(&row.id) {
                Some(live) => Ok(Arc::clone(live.awaited())),
                None => over(Outcome::Gone(self.gone())),
            },
            Status::Blocked | Status::Succeeded | Status::Failed | Status::Aborted | Status::TimedOut => {
                over(Outcome::of_over(row))
            }
        }
    }

    /// # Errors
    ///
    /// When there is no such execution.
    pub(crate) async fn row(&self, id: ExecutionId) -> Result<ExecutionRow, Error> {
        self.store.execution(id).await?.ok_or_else(|| Kind::UnknownExecution(id).into())
    }

    /// Waits until every execution has ended, is blocked, or waits for a time or for something outside.
    pub(crate) async fn wait_idle(&self) {
        let fires = |now| self.schedules.next().is_some_and(|next| next <= now);
        let idle = || {
            let now = self.clock.now();
            self.timekeeper.is_idle(now) && !fires(now)
        };
        self.busy.wait(idle).await;
    }

    /// When the first timer is due.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.timekeeper.next().into_iter().chain(self.schedules.next()).min()
    }
}

#[cfg(test)]
impl Shared {
    pub(crate) fn in_memory(&self) -> Vec<ExecutionId> {
        self.live().keys().copied().collect()
    }
}

impl Host for Shared {
    fn policy(&self, task: &str) -> Policy {
        self.registry.task(task).map(|task| task.policy.clone()).unwrap_or_default()
    }

    fn entropy(&self, draw: Draw<'_>) -> u128 {
        self.chance.entropy(draw)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("store", &self.store).field("clock", &self.clock).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
