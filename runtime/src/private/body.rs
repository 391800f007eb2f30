//! What bodies of workflows are made of besides expressions.

use std::{future::Future, time::Duration};

use crate::{
    Failed, Failure,
    callable::{
        BoxFuture, Call, Callable, Need, Returned as _, Task, Workflow,
        kind::{AwaitedByExpress, AwaitedByStandard, StandardWorkflow},
    },
    context::Cx,
    data::{Data, Plain},
    task::{TaskContext, TaskToken},
};

/// Awaits a call durably: as a task or as a child execution, by what it calls.
pub async fn call<C: Callable<Kind: AwaitedByStandard>>(cx: &Cx, state: u32, call: Call<C>) -> C::Returned {
    C::durable(cx, state, call).await
}

/// The same for a call that [`express`] has let through.
pub async fn call_of<C: Callable>(cx: &Cx, state: u32, call: Call<C>) -> C::Returned {
    C::durable(cx, state, call).await
}

/// A call that an Express workflow can wait for. Not a bound of the future, which rustc would report a second time.
pub fn express<C: Callable<Kind: AwaitedByExpress>>(call: Call<C>) -> Call<C> {
    call
}

/// Waits for a duration.
pub async fn sleep(cx: &Cx, state: u32, duration: Duration) {
    cx.sleep(state, duration).await;
}

/// Waits until a point in time.
pub async fn sleep_until(cx: &Cx, state: u32, until: impl Into<jiff::Timestamp>) {
    cx.sleep_until(state, until).await;
}

/// The wire form of what a body returned.
pub fn into_wire<C: Callable>(returned: C::Returned) -> Result<String, Failed> {
    returned.into_wire()
}

/// Awaits a child execution.
pub async fn child<W: Workflow>(cx: &Cx, state: u32, call: Call<W>) -> W::Returned {
    cx.child(state, call).await
}

/// Starts an execution that is not waited for.
pub async fn start<W: Workflow>(cx: &Cx, state: u32, call: Call<W>) -> crate::context::StartedExecution {
    cx.start(state, call).await
}

/// Starts the workflow `Own` anew in the place of the execution, by `W`: itself, or another of its bodies.
pub async fn continue_as_new<Own, W>(cx: &Cx, state: u32, call: Call<W>) -> Own::Returned
where
    Own: Workflow,
    W: Workflow<Returned = Own::Returned, Kind = StandardWorkflow>,
{
    const {
        assert!(
            same_text(Own::NAME, W::NAME),
            "`.continue_as_new()` starts the workflow itself anew: call the workflow, or another version of it"
        );
    }
    cx.continue_as_new(state, call).await
}

const fn same_text(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// A workflow that is awaited outside an engine.
pub fn outside_engine<W: Workflow>(_args: W::Args) -> BoxFuture<W::Returned> {
    panic!("`{}` is a workflow, which runs in an engine: start it there", W::NAME)
}

/// A callback that is awaited outside an engine.
pub fn nobody_completes<T: Task>(_args: T::Args) -> BoxFuture<T::Returned> {
    panic!("`{}` is a callback, which only an engine can wait for: run its workflow there", T::NAME)
}

/// A transaction that is awaited outside an engine, or served for a machine elsewhere.
pub fn only_in_an_engine<T: Task>() -> BoxFuture<T::Body> {
    Box::pin(async { panic!("`{}` is a transaction in an engine's file: run its workflow in an engine", T::NAME) })
}

/// The token of an attempt.
///
/// # Panics
///
/// When whoever runs the attempt has none: the task was declared a callback since.
pub fn token<T>(context: &TaskContext, task: &str) -> TaskToken<T> {
    let token = context.token().and_then(|token| token.parse().ok());
    token.unwrap_or_else(|| panic!("the callback `{task}` was run without a token"))
}

/// A `Result`, by what it holds.
#[diagnostic::on_unimplemented(
    message = "`?` stands in a workflow whose return type is no `Result`",
    note = "return `Result<T, E>` with an error that derives `Failure`, or `match` here"
)]
pub trait Outcome {
    type Error: Failure;
}

impl<T, E: Failure> Outcome for Result<T, E> {
    type Error = E;
}

/// A block with `?` inside a workflow that returns `R`: fails with the workflow's own error.
pub fn fails_as<R: Outcome, V, F: Future<Output = Result<V, R::Error>>>(block: F) -> F {
    block
}

/// Log macros run: the execution is live, and no replay.
pub fn live(cx: &Cx) -> bool {
    cx.live()
}

/// What an await yields: a plain value, or a `Result`.
pub trait Settled {
    /// The error type; of a plain value, [`NoError`](crate::context::NoError).
    type Error: Data;

    fn is_failure(&self) -> bool;
}

impl<T: Plain> Settled for T {
    type Error = crate::context::NoError;

    fn is_failure(&self) -> bool {
        false
    }
}

impl<T, E: Data> Settled for Result<T, E> {
    type Error = E;

    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

/// It is an `Err`.
pub fn failed<T: Settled>(value: &T) -> bool {
    value.is_failure()
}

/// The items of a `map`.
pub fn vector<T>(items: Vec<T>) -> Vec<T> {
    items
}

/// The argument of `.concurrency(..)`; 0 is no limit.
#[diagnostic::on_unimplemented(message = "`.concurrency(..)` takes an integer, not `{Self}`")]
pub trait Limit {
    fn limit(self) -> Option<u64>;
}

macro_rules! limits {
    ($($ty:ty)*) => {$(
        impl Limit for $ty {
            fn limit(self) -> Option<u64> {
                u64::try_from(self).ok().filter(|limit| *limit > 0)
            }
        }
    )*};
}

limits!(u8 u16 u32 u64 usize i32 i64);

/// The argument of `.concurrency(..)`.
pub fn limit<L: Limit>(limit: L) -> Option<u64> {
    limit.limit()
}

/// The argument of `sleep`, `.timeout(..)` and `.heartbeat(..)`: std's own type.
pub fn duration(duration: Duration) -> Duration {
    duration
}

/// `String::new()` and its like yield what std's do.
pub fn string(made: String) -> String {
    made
}

/// `Vec::new()`.
pub fn vec<T>(made: Vec<T>) -> Vec<T> {
    made
}

/// `BTreeMap::new()`.
pub fn map<T>(made: std::collections::BTreeMap<String, T>) -> std::collections::BTreeMap<String, T> {
    made
}

/// `Default::default()`.
pub fn default<T: super::convert::Defaulted>(made: T) -> T {
    made
}

/// Runs a task that is no `async fn` where it may block: on tokio's blocking pool, or in place where there is no tokio. Its panic goes on here.
pub async fn blocking<R: Send + 'static>(context: TaskContext, task: impl FnOnce() -> R + Send + 'static) -> R {
    let permit = context.permit();
    let task = move || {
        let _permit = permit;
        task()
    };
    match tokio::runtime::Handle::try_current() {
        Err(_) => task(),
        Ok(runtime) => match runtime.spawn_blocking(task).await {
            Ok(returned) => returned,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down, and this future with it.
                Err(_) => std::future::pending().await,
            },
        },
    }
}

/// A resource of a task by its type.
pub fn need<T: Clone + Send + Sync + 'static>() -> Need {
    Need { type_id: std::any::TypeId::of::<T>, type_name: std::any::type_name::<T>() }
}

/// A resource for an attempt.
///
/// # Panics
///
/// When there is none of the type; an engine refuses to open then, so this is for tasks awaited outside one.
pub fn resource<T: Clone + Send + Sync + 'static>(context: &TaskContext, task: &str) -> T {
    context.resource().unwrap_or_else(|| {
        let ty = std::any::type_name::<T>();
        panic!(
            "the task `{task}` needs a resource of type `{ty}`: give it to the engine, or in a test run the future in \
             `Resources::new().with(..).scope(..)`"
        )
    })
}
