//! Running Express workflows.
//!
//! `engine.run(call).await` is the result itself: the execution is in memory from its first step to its last, and when it has ended nothing is left of
//! it. A run says by which name the execution knows itself, whether it waits for a place, and whether its history is wanted.

use std::{
    fmt,
    future::IntoFuture,
    marker::PhantomData,
    mem,
    sync::{Arc, PoisonError},
};

use durafn_ir::WorkflowKind;

use crate::{
    callable::{BoxFuture, Call, Returned, Workflow, kind::RunsAtOnce},
    context::Joined,
    driver::{NewExpress, Outcome, Rows, StartedExpress},
    error::{Error, ExecutionError, Kind},
    execution::Execution,
    handle::Engine,
    history::History,
    store::{ExecutionRow, NewExecution, Wake},
};

/// A run of an Express workflow, made by [`Engine::run`](crate::Engine::run) and [`Engine::run_json`](crate::Engine::run_json): await it. `R` is what
/// the workflow returns.
#[must_use = "nothing is run until this is awaited"]
pub struct Run<R> {
    engine: Engine,
    workflow: String,
    version: Option<u32>,
    input: Result<Arc<str>, Error>,
    name: Option<String>,
    at_once: bool,
    returned: PhantomData<fn() -> R>,
}

impl Engine {
    /// Runs an Express workflow to its end, in memory alone. Awaited, it yields the result. Where as many Express executions run as the engine allows
    /// ([`EngineBuilder::max_express_executions`](crate::EngineBuilder::max_express_executions)), it waits for its turn.
    ///
    /// It takes five minutes at most, and is dropped where the process ends or the engine is shut down meanwhile: at most once. Several that wait get
    /// their places in the order in which they asked.
    ///
    /// ```standalone_crate
    /// use durafn::{Engine, prelude::*};
    ///
    /// #[task]
    /// async fn score(reading: f64) -> f64 { reading * 1.8 + 32.0 }
    ///
    /// #[workflow(express)]
    /// async fn judge(readings: Vec<f64>) -> bool {
    ///     let scores = map(readings, |reading| score(reading)).await;
    ///     scores.iter().any(|score| *score > 100.0)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::builder().in_memory().max_express_executions(64).open().await?;
    /// assert!(engine.run(judge(vec![20.5, 39.0])).await?);
    /// // Fire and forget, or wait later:
    /// let execution = engine.start(judge(vec![20.5])).await?;
    /// assert!(!execution.result().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn run<W: Workflow<Kind: RunsAtOnce>>(&self, call: Call<W>) -> Run<W::Returned> {
        Run::of(self.clone(), &call)
    }

    /// Runs an Express workflow by name, with an input in its wire form. [`Run::output_json`] yields the output.
    pub fn run_json(&self, workflow: &str, input: &str) -> Run<serde_json::Value> {
        let check = || -> Result<Arc<str>, Error> {
            let definition = self.shared().registry.workflow(workflow)?;
            (definition.check_input)(input).map_err(|error| Kind::BadInput { workflow: workflow.to_owned(), error })?;
            Ok(input.into())
        };
        Run::new(self.clone(), (workflow, None), check())
    }
}

impl<R> Run<R> {
    /// Without a version, the newest.
    fn new(engine: Engine, (workflow, version): (&str, Option<u32>), input: Result<Arc<str>, Error>) -> Self {
        Run { engine, workflow: workflow.to_owned(), version, input, name: None, at_once: false, returned: PhantomData }
    }

    pub(crate) fn of<W: Workflow<Returned = R>>(engine: Engine, call: &Call<W>) -> Self {
        Run::new(engine, (W::NAME, Some(W::VERSION)), call.input())
    }

    /// The name that `execution()` tells. Nothing makes it unique.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Fails at once where as many Express executions run as the engine allows ([`Error::is_overloaded`]), in place of waiting for its turn: for a
    /// server that says "try again later".
    pub fn without_waiting(mut self) -> Self {
        self.at_once = true;
        self
    }

    /// Runs it to its end, and yields the output in its wire form.
    ///
    /// # Errors
    ///
    /// When it failed, was stopped or took too long; when there is no place for it and it does not wait; when there is no such Express
    /// workflow, the input does not fit, or the engine was shut down.
    pub async fn output_json(self) -> Result<Arc<str>, ExecutionError> {
        self.start(None).await?.0.output_json().await
    }

    /// Runs it to its end, and yields the execution, whose result is there, with all that happened in it: what a Standard execution leaves in the file.
    /// [`History::to_json`] makes a history file of it, which the debugger opens.
    ///
    /// # Errors
    ///
    /// When the run could not begin or was not let to its end. How the execution ended is in its result.
    ///
    /// ```standalone_crate
    /// use durafn::{Engine, prelude::*};
    ///
    /// #[task]
    /// async fn greet(name: String) -> String { format!("Hello, {name}!") }
    ///
    /// #[workflow(express)]
    /// async fn hello(name: String) -> String { greet(name).await }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::builder().in_memory().open().await?;
    /// let (execution, history) = engine.run(hello("Ada".into())).with_history().await?;
    /// assert_eq!(execution.result().await?, "Hello, Ada!");
    /// let events: Vec<String> = history.events()?.iter().map(|event| event.kind.name()).collect();
    /// assert_eq!(events[..3], ["ExecutionStarted", "TaskStateEntered", "TaskScheduled"]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn with_history(self) -> Result<(Execution<R>, History), Error> {
        let rows = Rows::default();
        let shared = Arc::clone(self.engine.shared());
        let (execution, new) = self.start(Some(Arc::clone(&rows))).await?;
        let outcome = execution.awaited().outcome().await;
        let closed_at = shared.clock.now();
        let rows = mem::take(&mut *rows.lock().unwrap_or_else(PoisonError::into_inner));
        let workflow = shared.registry.workflow_of(&new.workflow, new.version)?;
        let (machine, json) = workflow.stored_form()?;
        let row = row(&execution, new, outcome, machine.to_string(), closed_at)?;
        Ok((execution, History::of_run(row, rows, [(machine.to_string(), json)].into())))
    }

    async fn start(self, rows: Option<Rows>) -> Result<(Execution<R>, NewExecution), Error> {
        let Run { engine, workflow, version, input, name, at_once, returned: _ } = self;
        let input = input?;
        let registry = &engine.shared().registry;
        let definition = match version {
            Some(version) => registry.workflow_of(&workflow, version)?,
            None => registry.workflow(&workflow)?,
        };
        if definition.kind != WorkflowKind::Express {
            return Err(Kind::NotExpress(workflow).into());
        }
        let express = NewExpress { name, input, at_once, rows };
        let StartedExpress { id, awaited, new } = engine.shared().start_express(definition, express).await?;
        Ok((Execution::new(engine, id, awaited), new))
    }
}

/// The execution as a store would have it.
fn row<R>(
    execution: &Execution<R>,
    new: NewExecution,
    outcome: Outcome,
    machine: String,
    closed_at: i64,
) -> Result<ExecutionRow, Error> {
    let (status, output, failed) = match outcome {
        Outcome::Ended { status, output, failed } => (status, output, failed),
        Outcome::Gone(error) => return Err(error),
        Outcome::Blocked { .. } => return Err(Error::closed()),
    };
    let (error, cause) = failed.map_or((None, None), |failed| (Some(failed.error), Some(failed.cause)));
    let NewExecution { workflow, version, name, input, nonce, started_at, .. } = new;
    Ok(ExecutionRow {
        id: execution.id(),
        workflow,
        version,
        name,
        machine,
        status,
        input,
        output,
        error,
        cause,
        nonce,
        started_at,
        closed_at: Some(closed_at),
        wake: Wake::External,
        parent: None,
        origin: None,
    })
}

impl<R: Returned + Joined> IntoFuture for Run<R>
where
    R: 'static,
{
    type Output = Result<<R as Joined>::Value, ExecutionError>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.start(None).await?.0.result().await })
    }
}

impl<R> fmt::Debug for Run<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("workflow", &self.workflow).field("name", &self.name).finish_non_exhaustive()
    }
}
