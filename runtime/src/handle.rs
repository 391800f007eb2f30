//! The engine as a program holds it.

use std::{path::Path, sync::Arc, time::Duration};

use crate::{
    builder::EngineBuilder,
    callable::{Call, Workflow},
    data::Data,
    debug::Recording,
    driver::{Awaited, Plan, Shared},
    error::{Error, Kind},
    execution::{Execution, Start},
    failure::Failed,
    fork::Fork,
    history::{History, HistoryEvent},
    private::wire,
    stopping::{Stopped, stop_all},
    store::{ExecutionId, ExecutionRow, ListFilter, Poll, Post, Status},
    task::TaskToken,
    verify::{CodeCheck, Replayed, Report},
    worker::{ActivityTask, poll_until},
};

/// The wire form of what completes a task.
pub(crate) fn encoded<T: Data>(value: &T) -> Result<String, Error> {
    let unwritable = |error: wire::Error| Kind::BadResult { task: "..".to_owned(), cause: error.to_string() };
    Ok(wire::encode(value).map_err(unwritable)?)
}

/// Runs workflows durably on one store. Clones are handles of the same engine; when the last is dropped, what runs is left resumable.
///
/// ```standalone_crate
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let engine = durafn::Engine::builder().in_memory().open().await?;
/// let error = engine.start_json("fulfil", None, "{}").await.unwrap_err();
/// assert!(error.is_unknown_workflow());
/// engine.shutdown(std::time::Duration::from_secs(5)).await?;
/// # Ok::<(), durafn::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    owner: Arc<Owner>,
}

/// What all handles share. Dropped with the last of them.
#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.abandon();
    }
}

impl Engine {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Engine { owner: Arc::new(Owner { shared }) }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.owner.shared
    }

    /// Opens an engine on a SQLite file, which is created where there is none: finds every linked workflow and task, and goes on with
    /// what was running.
    ///
    /// # Errors
    ///
    /// As [`EngineBuilder::open`].
    ///
    /// ```no_run
    /// # async fn open() -> Result<(), durafn::Error> {
    /// let engine = durafn::Engine::open("orders.db").await?;
    /// # Ok(()) }
    /// ```
    pub async fn open(path: impl AsRef<Path>) -> Result<Engine, Error> {
        Engine::builder().path(path).open().await
    }

    /// Opens a file to look at it, also while another process runs an engine on it. Starting and stopping fail, nothing runs.
    ///
    /// # Errors
    ///
    /// When names of tasks or workflows clash, or the file cannot be opened.
    pub async fn open_read_only(path: impl AsRef<Path>) -> Result<Engine, Error> {
        Engine::builder().read_only(path).open().await
    }

    /// An engine with settings.
    ///
    /// ```standalone_crate
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let engine = durafn::Engine::builder().in_memory().max_concurrent_tasks(16).open().await?;
    /// # Ok::<(), durafn::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn builder() -> EngineBuilder {
        EngineBuilder::new()
    }

    /// Starts a workflow. Awaited, it yields the execution once it is durable; that of an Express workflow once there is a place for it, and it is
    /// in memory alone.
    ///
    /// ```standalone_crate
    /// use durafn::{Engine, prelude::*, task, workflow};
    ///
    /// #[task]
    /// async fn greet(name: String) -> String {
    ///     format!("Hello, {name}!")
    /// }
    ///
    /// #[workflow]
    /// async fn hello(name: String) -> String {
    ///     greet(name).await
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let engine = Engine::builder().in_memory().open().await?;
    /// let execution = engine.start(hello("Ada".to_owned())).name("first").await?;
    /// assert_eq!(execution.result().await?, "Hello, Ada!");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn start<W: Workflow>(&self, call: Call<W>) -> Start<W> {
        Start::new(self.clone(), call)
    }

    /// Starts the newest version of a workflow by name, with an input in its wire form. With a name, starting again with the same input yields the
    /// running or finished execution.
    ///
    /// # Errors
    ///
    /// When there is no such workflow, the input does not have its shape, or the name is taken by an execution with another input.
    pub async fn start_json(
        &self,
        workflow: &str,
        name: Option<String>,
        input: &str,
    ) -> Result<Execution<serde_json::Value>, Error> {
        let definition = self.shared().registry.workflow(workflow)?;
        self.shared().check_size(input, || format!("the input of workflow `{workflow}`"))?;
        (definition.check_input)(input).map_err(|error| Kind::BadInput { workflow: workflow.to_owned(), error })?;
        let (id, awaited) = self.shared().start(definition, name, input.into(), None).await?;
        Ok(Execution::new(self.clone(), id, awaited))
    }

    pub(crate) async fn start_encoded(
        &self,
        (workflow, version): (&str, u32),
        name: Option<String>,
        input: Arc<str>,
    ) -> Result<(ExecutionId, Arc<Awaited>), Error> {
        let definition = self.shared().registry.workflow_of(workflow, version)?;
        self.shared().start(definition, name, input, None).await
    }

    /// The handle of an execution, to wait for its result as JSON.
    ///
    /// # Errors
    ///
    /// When there is no such execution.
    pub async fn execution(&self, id: ExecutionId) -> Result<Execution<serde_json::Value>, Error> {
        let awaited = match self.shared().running_express(id).filter(|_| id.is_express()) {
            Some(awaited) => awaited,
            None => self.shared().find(self.shared().row(id).await?).await?,
        };
        Ok(Execution::new(self.clone(), id, awaited))
    }

    /// An execution as the store has it now.
    ///
    /// # Errors
    ///
    /// When there is no such execution.
    pub async fn describe(&self, id: ExecutionId) -> Result<ExecutionRow, Error> {
        self.shared().row(id).await
    }

    /// The execution of a workflow with a name, if there is one.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionRow>, Error> {
        Ok(self.shared().store.execution_by_name(workflow, name).await?)
    }

    /// Executions from the newest to the oldest. Express executions are not among them: nothing of them is kept.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn list(&self, filter: &ListFilter) -> Result<Vec<ExecutionRow>, Error> {
        Ok(self.shared().store.list(filter).await?)
    }

    /// The executions that an execution has started, in the order of creation.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn children(&self, id: ExecutionId) -> Result<Vec<ExecutionRow>, Error> {
        Ok(self.shared().store.children(id).await?)
    }

    /// How many executions there are, by workflow and status.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn count(&self) -> Result<Vec<(String, Status, u64)>, Error> {
        Ok(self.shared().store.count().await?)
    }

    /// What happened in an execution, in the terms of Step Functions.
    ///
    /// # Errors
    ///
    /// When there is no such execution, or its journal cannot be read.
    pub async fn history(&self, id: ExecutionId) -> Result<Vec<HistoryEvent>, Error> {
        self.recorded(id).await?.events()
    }

    /// All that was recorded of an execution, as it travels in a history file.
    ///
    /// # Errors
    ///
    /// When there is no such execution.
    pub async fn recorded(&self, id: ExecutionId) -> Result<History, Error> {
        History::load(&*self.shared().store, id).await
    }

    /// Ends an execution from outside. Its running tasks are dropped.
    ///
    /// # Errors
    ///
    /// When there is no such execution, or it has ended.
    pub async fn stop(&self, id: ExecutionId, error: &str, cause: &str) -> Result<(), Error> {
        self.shared().stop(id, Failed::new(error, cause)).await
    }

    /// Ends every execution from outside that the filter lets through and that has not ended, page by page. Children that they wait for follow.
    ///
    /// # Errors
    ///
    /// When the filter asks for executions that have ended, or the store fails; what was stopped before stays so.
    ///
    /// ```
    /// # async fn stop(engine: &durafn::Engine) -> Result<(), durafn::Error> {
    /// let filter = durafn::store::ListFilter { workflow: Some("fulfil".to_owned()), ..Default::default() };
    /// let stopped = engine.stop_all(&filter, "Recalled", "the supplier is gone").await?;
    /// println!("{} were stopped, {} had ended before", stopped.stopped, stopped.ended);
    /// # Ok(()) }
    /// ```
    pub async fn stop_all(&self, filter: &ListFilter, error: &str, cause: &str) -> Result<Stopped, Error> {
        let failed = Failed::new(error, cause);
        stop_all(&self.shared().store, filter, |id| self.shared().stop(id, failed.clone())).await
    }

    /// Goes on with an execution that failed, was stopped or took too long, in place and from the state that failed: what succeeded is not run again,
    /// of a Parallel or Map only the branches and iterations that did not succeed. Attempts count from 1 again. Idempotency keys stay the same.
    ///
    /// # Errors
    ///
    /// When there is no such execution, it has succeeded or has not ended, today's code does not fit it, or it would fail again at once,
    /// because its own code fails and no call.
    pub async fn redrive(&self, id: ExecutionId) -> Result<Execution<serde_json::Value>, Error> {
        let live = self.shared().redrive(id).await?;
        Ok(Execution::new(self.clone(), id, live))
    }

    /// A new execution with the past of another: choose where it parts and what changes, then start it.
    pub fn fork(&self, id: ExecutionId) -> Fork {
        Fork::of(self.clone(), id)
    }

    /// As [`Engine::fork`], of a history that comes from a file.
    pub fn fork_of(&self, history: History) -> Fork {
        Fork::of_history(self.clone(), history)
    }

    pub(crate) async fn fork_history(
        &self,
        history: &History,
        plan: &Plan,
    ) -> Result<(ExecutionId, Arc<Awaited>), Error> {
        self.shared().fork(history, plan).await
    }

    /// Completes the call of a callback that waits for a token. When this returns, it is durable.
    ///
    /// # Errors
    ///
    /// When there is no such token, it was used before, or nobody waits for it any more ([`Error::is_unknown_token`],
    /// [`Error::is_used_token`], [`Error::is_expired_token`]); when the value cannot be written; when the store fails.
    pub async fn complete<T: Data>(&self, token: &TaskToken<T>, value: T) -> Result<(), Error> {
        self.complete_json(token, &encoded(&value)?).await
    }

    /// As [`Engine::complete`], with a value in its wire form.
    ///
    /// # Errors
    ///
    /// As [`Engine::complete`], and when the value does not have the type that the workflow waits for ([`Error::is_bad_result`]).
    pub async fn complete_json(&self, token: impl AsRef<str>, json: &str) -> Result<(), Error> {
        self.shared().post(Post::Complete { token: token.as_ref().into(), result: Ok(json.into()) }).await
    }

    /// Fails the attempt that waits for a token, by a name and a cause: `Failed::new(..)`, or `.to_failed()` of an error that derives `Failure`. Retry
    /// and `match` decide as for any failure of a task.
    ///
    /// # Errors
    ///
    /// As [`Engine::complete`].
    pub async fn fail(&self, token: impl AsRef<str>, failed: Failed) -> Result<(), Error> {
        self.shared().post(Post::Complete { token: token.as_ref().into(), result: Err(failed) }).await
    }

    /// Says that whoever holds the token is alive, where the task has a heartbeat timeout.
    ///
    /// # Errors
    ///
    /// As [`Engine::complete`].
    pub async fn heartbeat(&self, token: impl AsRef<str>) -> Result<(), Error> {
        self.shared().heartbeat(token.as_ref()).await
    }

    /// Takes the attempt of an activity that has waited longest, for a worker of your own; waits for one, at most so long. As
    /// [`Client::get_activity_task`](crate::Client::get_activity_task).
    ///
    /// # Errors
    ///
    /// When the engine is shut down, or the store fails.
    pub async fn get_activity_task(
        &self,
        activity: &str,
        worker: &str,
        wait: Duration,
    ) -> Result<Option<ActivityTask>, Error> {
        let shared = self.shared();
        let poll = async |request: Poll| shared.poll_activity(&request).await;
        let queued = || {
            let mut queued = shared.queued();
            async move { queued.changed().await }
        };
        poll_until(activity, worker, wait, || shared.clock.now(), poll, queued).await
    }

    /// Runs today's code against what was recorded of an execution, without any effect, and says where they part.
    ///
    /// # Errors
    ///
    /// When there is no such execution, its workflow is not in this program, or its journal cannot be read.
    pub async fn replay(&self, id: ExecutionId) -> Result<Replayed, Error> {
        self.shared().replay(id).await
    }

    /// Runs today's code against what was recorded of every execution that the filter lets through, several at once and without any effect, and
    /// says which of them would block.
    ///
    /// # Errors
    ///
    /// When the store fails. An execution that cannot be run is in the report.
    pub async fn verify(&self, filter: &ListFilter) -> Result<Report, Error> {
        self.verify_with(filter, || {}).await
    }

    /// As [`Engine::verify`]; `done` learns of each execution.
    pub(crate) async fn verify_with(&self, filter: &ListFilter, done: impl Fn()) -> Result<Report, Error> {
        self.shared().verify(filter.clone(), done).await
    }

    /// Waits until today's code was held against the executions that wait and were recorded under another machine. That begins after every open, behind
    /// all that is due; those that do not fit are parked as blocked, and those that were blocked and fit go on.
    ///
    /// # Errors
    ///
    /// When the engine is paused, only reads, or is shut down before; or its store failed.
    pub async fn code_checked(&self) -> Result<CodeCheck, Error> {
        self.shared().code_checked().await
    }

    /// Runs today's code against what was recorded of an execution, without any effect, and keeps all that went by: to look at it forwards
    /// and backwards in a [`Session`](crate::debug::Session).
    ///
    /// # Errors
    ///
    /// As [`Engine::replay`], and when the workflow's machine cannot be linked.
    pub async fn record(&self, id: ExecutionId) -> Result<Recording, Error> {
        let history = History::load(&*self.shared().store, id).await?;
        Recording::with(&self.shared().registry, &history)
    }

    /// Waits until nothing is under way: every execution has ended, is blocked, or waits for a time or for something outside.
    pub async fn wait_idle(&self) {
        self.shared().wait_idle().await;
    }

    /// When the engine wants to do something next by itself, in milliseconds since 1970: the first timer in memory or in the store. A test
    /// moves its [`VirtualClock`](crate::VirtualClock) there.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        self.shared().next_due()
    }

    /// Stops taking new work, lets running tasks come to their end until the deadline, takes the rest back, and closes the store. What has
    /// not ended goes on when the engine is opened again; tasks that were taken back run again then. Express executions go on, with new tasks too, until
    /// the deadline, and are dropped then.
    ///
    /// # Errors
    ///
    /// When it was shut down before, or the store fails.
    pub async fn shutdown(&self, deadline: Duration) -> Result<(), Error> {
        self.shared().shutdown(deadline).await
    }
}
