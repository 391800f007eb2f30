//! Forks as a program asks for them.

use crate::{
    driver::Plan, error::Error, execution::Execution, failure::Failed, handle::Engine, history::History,
    store::ExecutionId,
};

/// A new execution with the past of another, made by [`Engine::fork`]. Nothing happens before [`Fork::start`].
///
/// Its past is what was recorded before the chosen visit of a state; from there it runs today's code, with effects. It has idempotency keys of its
/// own, so its tasks are none of the other execution's. Its code goes on seeing the id, the name and the start of the execution whose past it
/// shares, as the past has seen them. What was in flight elsewhere begins anew in it; callbacks get tokens of their own.
///
/// ```no_run
/// # async fn fork(engine: durafn::Engine, id: durafn::store::ExecutionId) -> Result<(), durafn::Error> {
/// let fork = engine.fork(id).at("Charge").occurrence(2).result(r#"{"paid":true}"#).start().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing happens until it is started"]
pub struct Fork {
    engine: Engine,
    source: Source,
    plan: Plan,
}

#[derive(Clone, Debug)]
enum Source {
    Stored(ExecutionId),
    File(Box<History>),
}

impl Fork {
    pub(crate) fn of(engine: Engine, id: ExecutionId) -> Fork {
        Fork { engine, source: Source::Stored(id), plan: Plan::default() }
    }

    pub(crate) fn of_history(engine: Engine, history: History) -> Fork {
        Fork { engine, source: Source::File(Box::new(history)), plan: Plan::default() }
    }

    /// The state before which it parts, by its name in the machine that was recorded. Without it the fork begins at the start.
    pub fn at(mut self, state: impl Into<String>) -> Self {
        self.plan.at = Some(state.into());
        self
    }

    /// Which visit of the state, from 1; the first unless set. Visits count in the order of the journal.
    pub fn occurrence(mut self, visit: u32) -> Self {
        self.plan.occurrence = visit;
        self
    }

    /// Counts only visits in this branch or iteration, such as `3.1`; the workflow itself is the empty text.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.plan.scope = Some(scope.into());
        self
    }

    /// What the state yields instead of being run: JSON text. The state calls a task.
    pub fn result(mut self, json: impl Into<String>) -> Self {
        self.plan.result = Some(Ok(json.into().into()));
        self
    }

    /// The failure that the state comes to instead of being run: an error's name and cause.
    pub fn failure(mut self, error: impl Into<String>, cause: impl Into<String>) -> Self {
        self.plan.result = Some(Err(Failed::new(error, cause)));
        self
    }

    /// Another input, JSON text, with which it begins at the start.
    pub fn input(mut self, json: impl Into<String>) -> Self {
        self.plan.input = Some(json.into().into());
        self
    }

    /// Gives the fork a name of its own.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.plan.name = Some(name.into());
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// When the state is not there (with the nearest names) or was not visited so often, has no result to change, the result or input is no
    /// JSON of the right shape, today's code does not fit the past, or the name is taken.
    pub async fn start(self) -> Result<Execution<serde_json::Value>, Error> {
        let Fork { engine, source, plan } = self;
        let history = match source {
            Source::Stored(id) => engine.recorded(id).await?,
            Source::File(history) => *history,
        };
        let (id, live) = engine.fork_history(&history, &plan).await?;
        Ok(Execution::new(engine, id, live))
    }
}
