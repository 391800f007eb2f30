//! Express executions: in memory alone.
//!
//! They run on the same core and the same runner as those that are stored. What differs is here: a step is done without a commit, nothing leaves memory
//! before its end, and a shutdown lets them run on until its deadline, since nobody could go on with them. Their numbers are negative, so that no
//! store has them.
//!
//! | | waits for a place | where there is none |
//! |---|---|---|
//! | started by the program | yes, in the order of the calls | an error at once, where it was asked for |
//! | started by an execution or by a message | by itself, and nobody waits for that | it stays in memory until there is one |

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use durafn_ir::WorkflowKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    Shared,
    act::{Acted, After},
    awaited::Awaited,
    facts,
    live::{Live, Message, Outcome},
    runner::{Past, Runner, Step},
};
use crate::{
    callable::BoxFuture,
    engine::{Batch, Closing, Launch, Recorded},
    error::{Error, Kind},
    failure::Failed,
    metrics,
    registry::WorkflowDef,
    store::{ExecutionId, JournalRow, Link, NewExecution, Wake},
};

/// The Express executions of an engine.
#[derive(Debug)]
pub(super) struct Express {
    places: Arc<Semaphore>,
    limit: usize,
    /// The number of the last one.
    last: AtomicI64,
    /// The engine ends: none begins any more.
    halted: AtomicBool,
}

/// The rows of an execution that would be in its journal.
pub(crate) type Rows = Arc<Mutex<Vec<JournalRow>>>;

/// What a runner holds of an Express execution.
pub(super) struct InMemory {
    _place: OwnedSemaphorePermit,
    /// Where somebody wants to see its history.
    rows: Option<Rows>,
}

/// An Express execution to start.
#[derive(Debug)]
pub(crate) struct NewExpress {
    pub(crate) name: Option<String>,
    pub(crate) input: Arc<str>,
    /// Where there is no place for it, that is an error.
    pub(crate) at_once: bool,
    pub(crate) rows: Option<Rows>,
}

/// One that was started.
pub(crate) struct StartedExpress {
    pub(crate) id: ExecutionId,
    pub(crate) awaited: Arc<Awaited>,
    pub(crate) new: NewExecution,
}

impl Express {
    pub(super) fn new(limit: usize) -> Express {
        let places = Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
        Express { places, limit, last: AtomicI64::new(0), halted: AtomicBool::new(false) }
    }

    /// No execution begins any more. Whoever waits for a place is told.
    pub(super) fn halt(&self) {
        self.halted.store(true, Ordering::SeqCst);
        self.places.close();
    }

    async fn place(&self, at_once: bool) -> Result<OwnedSemaphorePermit, Error> {
        let places = Arc::clone(&self.places);
        if !at_once {
            return places.acquire_owned().await.map_err(|_| Error::closed());
        }
        places.try_acquire_owned().map_err(|refused| match refused {
            tokio::sync::TryAcquireError::Closed => Error::closed(),
            tokio::sync::TryAcquireError::NoPermits => Kind::Overloaded { limit: self.limit }.into(),
        })
    }
}

impl Shared {
    /// Starts an Express execution once there is a place for it.
    pub(crate) async fn start_express(
        self: &Arc<Self>,
        workflow: &Arc<WorkflowDef>,
        express: NewExpress,
    ) -> Result<StartedExpress, Error> {
        self.check_starts()?;
        workflow.check_machine()?;
        let NewExpress { name, input, at_once, rows } = express;
        self.check_size(&input, || format!("the input of workflow `{}`", workflow.name))?;
        let place = self.express.place(at_once).await?;
        self.check_starts()?;
        let new = self.new_express(workflow, name, input);
        let live = self.enter_express()?;
        let id = live.id().unwrap_or(ExecutionId::NEW);
        let awaited = Arc::clone(live.awaited());
        match self.express_runner(workflow, &new, &live, InMemory { _place: place, rows }) {
            Ok(runner) => {
                metrics::execution_started(workflow.name);
                self.runtime.spawn(runner.run(None, None));
            }
            Err(error) => {
                self.leave(id);
                live.close(Outcome::Gone(error.clone()));
                return Err(error);
            }
        }
        Ok(StartedExpress { id, awaited, new })
    }

    /// Starts an Express execution that nobody waits for, as soon as there is a place.
    pub(super) fn queue_express(self: &Arc<Self>, workflow: &Arc<WorkflowDef>, name: Option<String>, input: Arc<str>) {
        let Ok(live) = self.enter_express() else {
            tracing::warn!(workflow = workflow.name, "an Express execution is dropped, because the engine ends");
            return;
        };
        let (shared, workflow) = (Arc::clone(self), Arc::clone(workflow));
        self.runtime.spawn(async move {
            let runner = match shared.express.place(false).await {
                Ok(place) => {
                    let new = shared.new_express(&workflow, name, input);
                    shared.express_runner(&workflow, &new, &live, InMemory { _place: place, rows: None })
                }
                Err(error) => Err(error),
            };
            match runner {
                Ok(runner) => {
                    metrics::execution_started(workflow.name);
                    runner.run(None, None).await;
                }
                Err(error) => {
                    tracing::error!(workflow = workflow.name, %error, "an Express execution cannot be started");
                    live.id().into_iter().for_each(|id| shared.leave(id));
                    live.close(Outcome::Gone(error));
                }
            }
        });
    }

    fn new_express(&self, workflow: &WorkflowDef, name: Option<String>, input: Arc<str>) -> NewExecution {
        NewExecution {
            workflow: workflow.name.to_owned(),
            version: workflow.version,
            name,
            machine: String::new(),
            input,
            nonce: self.chance.nonce(),
            started_at: self.clock.now(),
            parent: None,
            origin: None,
        }
    }

    /// A number and a mailbox, among those who are told when the engine ends.
    fn enter_express(&self) -> Result<Arc<Live>, Error> {
        let id = ExecutionId(self.express.last.fetch_sub(1, Ordering::Relaxed) - 1);
        let live = Live::new(Some(id), Awaited::new(), &self.busy);
        let mut all = self.live();
        // Under the lock: whoever enters before the end is told of it.
        if self.express.halted.load(Ordering::SeqCst) {
            drop(all);
            live.close(Outcome::Gone(Error::closed()));
            return Err(Error::closed());
        }
        all.insert(id, Arc::clone(&live));
        Ok(live)
    }

    fn express_runner(
        self: &Arc<Self>,
        workflow: &WorkflowDef,
        new: &NewExecution,
        live: &Arc<Live>,
        express: InMemory,
    ) -> Result<Runner, Error> {
        let past = Past {
            id: live.id().unwrap_or(ExecutionId::NEW),
            nonce: new.nonce.clone(),
            name: new.name.clone(),
            facts: facts::of_new(workflow, new, self.bounds),
            recorded: Recorded::default(),
            wake: Wake::Active,
            parent: None,
        };
        let mut runner = Runner::new(self, workflow, &new.input, past, |_| Arc::clone(live))?;
        runner.express = Some(express);
        Ok(runner)
    }

    /// Starts what an Express execution has started: a workflow of its own kind in memory, another one in the store, under the name that the execution
    /// knows it by.
    fn launch(self: &Arc<Self>, launches: Vec<Launch>) -> BoxFuture<Result<(), Error>> {
        let shared = Arc::clone(self);
        Box::pin(async move {
            for launch in shared.start_in_memory(launches)? {
                let workflow = shared.registry.workflow_of(&launch.workflow, launch.version)?;
                shared.start(workflow, Some(launch.name), launch.input, None).await?;
            }
            Ok(())
        })
    }

    /// Starts what runs in memory alone, and yields the others.
    ///
    /// # Errors
    ///
    /// When a workflow is not in this program.
    pub(super) fn start_in_memory(self: &Arc<Self>, launches: Vec<Launch>) -> Result<Vec<Launch>, Error> {
        let mut others = Vec::new();
        for launch in launches {
            let workflow = self.registry.workflow_of(&launch.workflow, launch.version)?;
            match workflow.kind {
                WorkflowKind::Express => self.queue_express(workflow, Some(launch.name), launch.input),
                WorkflowKind::Standard => others.push(launch),
            }
        }
        Ok(others)
    }

    /// Children of a stored execution that run in memory alone, and the others.
    pub(super) fn split(&self, launches: Vec<Launch>) -> (Vec<Launch>, Vec<Launch>) {
        let is_express = |launch: &Launch| {
            let workflow = self.registry.workflow_of(&launch.workflow, launch.version);
            launch.link == Link::Detached && workflow.is_ok_and(|workflow| workflow.kind == WorkflowKind::Express)
        };
        launches.into_iter().partition(is_express)
    }

    /// The outcome of an Express execution that has not ended.
    pub(crate) fn running_express(&self, id: ExecutionId) -> Option<Arc<Awaited>> {
        self.live().get(&id).map(|live| Arc::clone(live.awaited()))
    }

    /// Ends an Express execution from outside.
    ///
    /// # Errors
    ///
    /// When it has ended, or there was none.
    pub(super) async fn stop_express(&self, id: ExecutionId, failed: Failed) -> Result<(), Error> {
        let gone = || Error::from(Kind::UnknownExecution(id));
        let live = self.live().get(&id).cloned().ok_or_else(gone)?;
        let (reply, stopped) = oneshot::channel();
        live.send(Message::Stop { failed, reply }).map_err(|_| gone())?;
        stopped.await.map_err(|_| gone())
    }

    /// Holds the kind of a workflow against an execution that is stored.
    ///
    /// # Errors
    ///
    /// When the workflow is an Express one, whose executions are not stored.
    pub(super) fn check_stored(&self, workflow: &WorkflowDef) -> Result<(), String> {
        match workflow.kind {
            WorkflowKind::Standard => Ok(()),
            WorkflowKind::Express => Err(format!(
                "it is an execution of a Standard workflow, and today's `{0}` is an Express one, which nobody can go on with; give the Express \
                 workflow another name (`#[workflow(express, name = \"{0}-express\")]`), and keep the Standard one for the executions that it has",
                workflow.name
            )),
        }
    }
}

impl Runner {
    /// Does what a poll led to, without a commit. Yields what comes of it; none where the code is to be polled again.
    pub(super) async fn step_in_memory(&mut self, batch: Batch) -> Option<Step> {
        let Batch { rows, closing, runs, cancels, launches, .. } = batch;
        for row in &rows {
            self.telemetry.transition(row);
        }
        if let Some(kept) = self.express.as_ref().and_then(|express| express.rows.as_ref()) {
            kept.lock().unwrap_or_else(PoisonError::into_inner).extend(rows);
        }
        if !launches.is_empty()
            && let Err(error) = self.shared.launch(launches).await
        {
            return Some(Step::Over(Outcome::Gone(error)));
        }
        let ended = closing.map(|Closing { status, output, failed }| Outcome::Ended { status, output, failed });
        let after = After {
            runs,
            cancels,
            children: Vec::new(),
            express: Vec::new(),
            stops: false,
            wakes_workers: false,
            ended,
        };
        match self.act(after).await {
            Acted::Ended(outcome) => Some(Step::Over(outcome)),
            Acted::Again => None,
            Acted::Waits if self.halted => Some(Step::Over(Outcome::Gone(Error::closed()))),
            Acted::Waits => Some(Step::On),
        }
    }

    /// What it holds is free before anybody learns of its end.
    pub(super) fn give_up_place(&mut self) {
        self.express = None;
    }
}
