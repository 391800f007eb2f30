//! Handles of executions.

use std::{
    fmt,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
};

use crate::{
    callable::{Call, Callable, Returned, Workflow},
    context::Joined,
    driver::{Awaited, Outcome},
    error::{Error, ExecutionError},
    failure::{Failed, Failure},
    handle::Engine,
    store::{ExecutionId, ExecutionRow, Status},
};

/// An execution that is to be started: await it.
#[must_use = "nothing is started until this is awaited"]
pub struct Start<W: Callable> {
    engine: Engine,
    call: Call<W>,
    name: Option<String>,
}

impl<W: Workflow> Start<W> {
    pub(crate) fn new(engine: Engine, call: Call<W>) -> Self {
        Start { engine, call, name: None }
    }

    /// Gives the execution a name. Starting again with the same name and input yields the running or finished execution, with
    /// another input it is an error. Of an Express execution, it is only what `execution()` tells.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl<W: Workflow> IntoFuture for Start<W> {
    type Output = Result<Execution<W::Returned>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Start { engine, call, name } = self;
        let input = call.input();
        Box::pin(async move {
            let (id, awaited) = engine.start_encoded((W::NAME, W::VERSION), name, input?).await?;
            Ok(Execution::new(engine, id, awaited))
        })
    }
}

impl<W: Callable> fmt::Debug for Start<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("call", &self.call).field("name", &self.name).finish_non_exhaustive()
    }
}

/// An execution. `R` is what its workflow returns.
pub struct Execution<R> {
    engine: Engine,
    id: ExecutionId,
    awaited: Arc<Awaited>,
    returned: PhantomData<fn() -> R>,
}

impl<R> Execution<R> {
    pub(crate) fn new(engine: Engine, id: ExecutionId, awaited: Arc<Awaited>) -> Self {
        Execution { engine, id, awaited, returned: PhantomData }
    }

    pub(crate) fn awaited(&self) -> &Awaited {
        &self.awaited
    }

    /// Its number in the store. That of an Express execution is negative, and no store has it.
    #[must_use]
    pub fn id(&self) -> ExecutionId {
        self.id
    }

    /// As the store has it now.
    ///
    /// # Errors
    ///
    /// When the store fails, and for an Express execution.
    pub async fn describe(&self) -> Result<ExecutionRow, Error> {
        self.engine.describe(self.id).await
    }

    /// Ends it from outside.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub async fn stop(&self, error: &str, cause: &str) -> Result<(), Error> {
        self.engine.stop(self.id, error, cause).await
    }

    /// Waits for the end, and yields the output in its wire form.
    ///
    /// # Errors
    ///
    /// As [`Execution::result`].
    pub async fn output_json(&self) -> Result<Arc<str>, ExecutionError> {
        let id = self.id;
        match self.awaited.outcome().await {
            Outcome::Ended { status: Status::Succeeded, output, .. } => Ok(output.unwrap_or_else(|| "null".into())),
            Outcome::Ended { status, failed, .. } => {
                let failed = failed.unwrap_or_else(|| Failed::new("", ""));
                Err(match status {
                    Status::Aborted => ExecutionError::Aborted { id, failed },
                    Status::TimedOut => ExecutionError::TimedOut { id },
                    _ => ExecutionError::Failed { id, failed },
                })
            }
            Outcome::Blocked { cause } => Err(ExecutionError::Blocked { id, cause }),
            Outcome::Gone(error) => Err(ExecutionError::Engine(error)),
        }
    }
}

impl<R: Returned> Execution<R> {
    /// Waits for the end, and yields what the workflow returned: its `Result` where it returns one.
    ///
    /// # Errors
    ///
    /// When it came to no such end: it failed with an error that the type does not hold, was stopped, took too long, is blocked, or the engine
    /// was shut down before.
    pub async fn returned(&self) -> Result<R, ExecutionError> {
        let wire = match self.output_json().await {
            Ok(output) => R::from_wire(Ok(&output)),
            Err(ExecutionError::Failed { failed, .. }) => R::from_wire(Err(failed)),
            Err(error) => return Err(error),
        };
        wire.map_err(|failed| ExecutionError::Failed { id: self.id, failed })
    }

    /// Waits for the end, and yields the output: the `Ok` value where the workflow returns a `Result`. Its own error is
    /// [`ExecutionError::failure`].
    ///
    /// # Errors
    ///
    /// When it failed, was stopped, took too long, is blocked, or the engine was shut down before.
    pub async fn result(&self) -> Result<<R as Joined>::Value, ExecutionError>
    where
        R: Joined,
    {
        let returned = self.returned().await?;
        returned.into_result().map_err(|error| ExecutionError::Failed { id: self.id, failed: error.to_failed() })
    }
}

impl<R> fmt::Debug for Execution<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution").field("id", &self.id).finish_non_exhaustive()
    }
}
