//! The running execution as generated code reaches it.
//!
//! A [`Cx`] is one scope of one execution: the workflow itself, a branch of a Parallel, an iteration of a Map. Generated bodies hold it in
//! a local of their own and hand an inner one to each branch; nothing is passed by the user.
//!
//! A failure that the awaiting type cannot hold, an arithmetic failure (an unwinding [`EvalFailed`]) and a panic end the scope: its
//! future is dropped, never resumed.

mod execution;
mod join;
mod race;
mod scope;
mod whole;

use std::{sync::Arc, time::Duration};

pub(crate) use execution::execution_arn;
pub use execution::{ExecutionContext, StartedExecution};
pub use join::{Branch, Joined, NoError, Parallel, Tried};
pub use race::Race;
pub(crate) use scope::{Body, EntryFuture, panic_message, poll_body};

use crate::{
    callable::{Adjust, Call, Returned, Task, Workflow},
    engine::{Core, EntryId, ScopeId, WaitFor},
    failure::Failed,
    store::Link,
};

/// One scope of a running execution.
#[derive(Clone)]
pub struct Cx {
    pub(crate) core: Arc<Core>,
    pub(crate) scope: ScopeId,
}

/// The payload with which generated code unwinds when an expression fails (`std::panic::resume_unwind`): the scope ends with
/// `States.QueryEvaluationError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalFailed {
    /// What failed.
    pub cause: String,
}

impl Cx {
    /// Notes that a state was entered. Visits of states without a durable entry are recorded with the next entry of the scope.
    pub fn enter(&self, state: u32) {
        self.core.enter(self.scope, state);
    }

    /// Runs a task durably.
    pub async fn call<T: Task>(&self, state: u32, call: Call<T>) -> T::Returned {
        let Call { args, adjust } = call;
        let input = match T::encode(&args) {
            Ok(input) => input,
            Err(error) => {
                let cause = format!("the input of `{}` cannot be written: {error}", T::NAME);
                return self.leave(Failed::new(crate::engine::QUERY_EVALUATION_ERROR, cause)).await;
            }
        };
        drop(args);
        self.call_by_name(state, T::NAME, input, &adjust, T::Returned::from_wire).await
    }

    /// Runs a workflow as a child execution, and waits for its end.
    pub async fn child<W: Workflow>(&self, state: u32, call: Call<W>) -> W::Returned {
        let (input, adjust) = self.child_input(call).await;
        self.child_by_name(state, (W::NAME, W::VERSION), input, &adjust, W::Returned::from_wire).await
    }

    /// Starts a workflow as a child execution that is not waited for.
    pub async fn start<W: Workflow>(&self, state: u32, call: Call<W>) -> StartedExecution {
        let (input, adjust) = self.child_input(call).await;
        let entry = self.core.open_child(self.scope, state, (W::NAME, W::VERSION), input, Link::Detached, &adjust);
        self.settle(entry, state, StartedExecution::from_wire).await
    }

    /// Starts the workflow anew in the place of this execution, which ends with what this yields: `()`.
    pub async fn continue_as_new<W: Workflow>(&self, state: u32, call: Call<W>) -> W::Returned {
        let (input, adjust) = self.child_input(call).await;
        self.continue_by_name(state, (W::NAME, W::VERSION), input, &adjust, W::Returned::from_wire).await
    }

    async fn child_input<W: Workflow>(&self, call: Call<W>) -> (String, Adjust) {
        let Call { args, adjust } = call;
        match W::encode(&args) {
            Ok(input) => (input, adjust),
            Err(error) => {
                let cause = format!("the input of `{}` cannot be written: {error}", W::NAME);
                self.leave(Failed::new(crate::engine::QUERY_EVALUATION_ERROR, cause)).await
            }
        }
    }

    /// As [`Cx::child`], before types.
    pub(crate) async fn child_by_name<R>(
        &self,
        state: u32,
        workflow: (&'static str, u32),
        input: String,
        adjust: &Adjust,
        decode: impl FnOnce(Result<&str, Failed>) -> Result<R, Failed>,
    ) -> R {
        let entry = self.core.open_child(self.scope, state, workflow, input, Link::Awaited, adjust);
        self.settle(entry, state, decode).await
    }

    /// As [`Cx::continue_as_new`], before types.
    pub(crate) async fn continue_by_name<R>(
        &self,
        state: u32,
        workflow: (&'static str, u32),
        input: String,
        adjust: &Adjust,
        decode: impl FnOnce(Result<&str, Failed>) -> Result<R, Failed>,
    ) -> R {
        let entry = self.core.open_child(self.scope, state, workflow, input, Link::Continues, adjust);
        self.settle(entry, state, |started| decode(started.map(|_| "null"))).await
    }

    /// As [`Cx::call`], before types: `decode` makes the result of its wire form.
    pub(crate) async fn call_by_name<R>(
        &self,
        state: u32,
        task: &'static str,
        input: String,
        adjust: &Adjust,
        decode: impl FnOnce(Result<&str, Failed>) -> Result<R, Failed>,
    ) -> R {
        let entry = self.core.open_call(self.scope, state, task, input, adjust);
        self.settle(entry, state, decode).await
    }

    /// Waits for an entry and decodes its result.
    async fn settle<R>(
        &self,
        entry: EntryId,
        state: u32,
        decode: impl FnOnce(Result<&str, Failed>) -> Result<R, Failed>,
    ) -> R {
        let closed = self.wait_for(entry).await;
        let decoded = match &closed.result {
            Ok(output) => decode(Ok(output)),
            Err(failed) => decode(Err(failed.clone())),
        };
        match decoded {
            Ok(returned) => returned,
            Err(failed) if closed.recorded && closed.result.is_ok() => {
                self.core.diverge_undecodable(self.scope, state, &failed.cause);
                std::future::pending().await
            }
            Err(failed) => self.leave(failed).await,
        }
    }

    /// Waits for a duration; fractions of a second are rounded up.
    pub async fn sleep(&self, state: u32, duration: Duration) {
        let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
        let entry = self.core.open_wait(self.scope, state, WaitFor::Seconds(seconds));
        self.wait_for(entry).await;
    }

    /// Waits until a point in time, taken to the millisecond.
    pub async fn sleep_until(&self, state: u32, until: impl Into<jiff::Timestamp>) {
        let until = until.into().as_millisecond();
        let entry = self.core.open_wait(self.scope, state, WaitFor::Until(until));
        self.wait_for(entry).await;
    }

    /// Opens a Parallel; `E` is the error type of its branches.
    pub fn parallel<'a, E: crate::Failure>(&self, state: u32) -> Parallel<'a, E> {
        Parallel::new(self.clone(), state)
    }

    /// Opens a race; `R` is what its branches yield.
    pub fn race<'a, R: Joined<Value: serde::Serialize + 'a>>(&self, state: u32) -> Race<'a, R> {
        Race::new(self.clone(), state)
    }

    /// Runs `body` once for each item, at most `concurrency` at once and in order, and yields the values in the order of the items. The
    /// first failure stops the others.
    pub async fn map<T, R, F, B>(
        &self,
        state: u32,
        items: Vec<T>,
        concurrency: Option<u64>,
        body: F,
    ) -> <R as Joined>::Many
    where
        T: Send,
        R: Joined,
        F: FnMut(Cx, T, u64) -> B + Send,
        B: Future<Output = R> + Send,
    {
        join::map(self, state, items, concurrency, body).await
    }

    /// The time, to the millisecond; the same in every replay.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.core.now(self.scope)).unwrap_or_default()
    }

    /// A random UUID; the same in every replay.
    #[must_use]
    pub fn uuid(&self) -> String {
        self.core.uuid(self.scope).into()
    }

    /// A random number from 0 up to and without 1; the same in every replay.
    #[must_use]
    pub fn random(&self) -> f64 {
        self.core.random(self.scope)
    }

    /// The code goes the new way of a patch; the same in every replay.
    #[must_use]
    pub fn patched(&self, name: &str) -> bool {
        self.core.patched(self.scope, name)
    }

    /// The execution as its workflow sees it.
    #[must_use]
    pub fn execution(&self) -> ExecutionContext {
        self.core.context()
    }

    /// The scope does what it does for the first time: what was recorded of it has been repeated.
    #[must_use]
    pub fn live(&self) -> bool {
        self.core.is_live(self.scope)
    }

    /// A debugger replays this execution and wants to see variables.
    #[must_use]
    pub fn observing(&self) -> bool {
        self.core.observing()
    }

    /// Shows a variable to the debugger; `value` is only called where [`Cx::observing`].
    pub fn observe(&self, slot: u32, name: &'static str, value: impl FnOnce() -> serde_json::Value) {
        if self.core.observing() {
            self.core.observe(self.scope, slot, name, value());
        }
    }

    fn wait_for(&self, entry: EntryId) -> EntryFuture<'_> {
        EntryFuture::new(&self.core, entry)
    }

    /// Ends the scope with a failure that no type around it holds.
    pub(crate) async fn leave<T>(&self, failed: Failed) -> T {
        self.core.fail_scope(self.scope, failed);
        std::future::pending().await
    }
}

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx").field("scope", &self.scope).finish_non_exhaustive()
    }
}
