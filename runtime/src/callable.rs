//! Tasks and workflows as values: what `#[task]` and `#[workflow]` make of a function.
//!
//! `#[task] async fn charge(order: Order) -> Result<Payment, ChargeError>` becomes `fn charge(order: Order) -> Call<impl Task<..>>`. A
//! [`Call`] is the call not yet made: awaited in a workflow it is a durable step, handed to [`Engine::start`](crate::Engine::start) it
//! is an execution, awaited anywhere else it runs the plain function.
//!
//! On the wire a function with one parameter takes that value's JSON as it is, with several an object by parameter name, with none an
//! empty object. Its result is the `Ok` value's JSON.

pub mod kind;

use std::{any::TypeId as RustTypeId, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use durafn_ir::{Callee, Retrier, TypeId, TypeTable, TypedMachine, WorkflowKind};
use serde::de::DeserializeOwned;

use crate::{
    context::Cx,
    data::{Data, Plain},
    error::{Error, Kind},
    failure::{Failed, Failure},
    private::wire,
    task::TaskContext,
    transaction::Transaction,
};

/// A future that owns what it needs.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// A running function that ends in wire form.
pub type Wired = BoxFuture<Result<String, Failed>>;

/// A function that the macros made callable by name with JSON in and out.
pub trait Callable: Send + Sync + 'static {
    /// The name that addresses it: the function's, unless set.
    const NAME: &'static str;
    /// The parameters that are payload, as a tuple.
    type Args: Send + 'static;
    /// What the function returns: a plain value, or a `Result` whose error derives `Failure`.
    type Returned: Returned;
    /// Which workflows can wait for it: one of [`kind`].
    type Kind;

    /// How its callers see it.
    fn describe(types: &mut TypeTable) -> Callee;

    /// The wire form of arguments: JSON text.
    ///
    /// # Errors
    ///
    /// When serde cannot write a value: a map with keys that are not strings, or a hand-written impl that fails.
    fn encode(args: &Self::Args) -> Result<String, serde_json::Error>;

    /// Arguments from their wire form.
    ///
    /// # Errors
    ///
    /// When the JSON does not have the shape: says where in the JSON.
    fn decode(json: &str) -> Result<Self::Args, InputError>;

    /// Runs the plain function, outside an engine.
    fn run_plain(args: Self::Args) -> BoxFuture<Self::Returned>;

    /// Awaits a call in a scope of an execution: a task as a step, a workflow as a child.
    fn durable(cx: &Cx, state: u32, call: Call<Self>) -> impl Future<Output = Self::Returned> + Send
    where
        Self: Sized;
}

/// A callable that does the work: any Rust, any I/O.
pub trait Task: Callable {
    /// What the body returns: of a callback nothing or an error, else what the call yields. It is [`Returned`] either way; the bound stands at
    /// [`Callable::Returned`] alone, so that a type that is not is reported once.
    type Body: Send + 'static;
    /// An attempt ends by its token.
    const CALLBACK: bool = false;
    /// An attempt is queued for a worker.
    const ACTIVITY: bool = false;
    /// An attempt that has begun is not run again after a crash.
    const AT_MOST_ONCE: bool = false;

    /// It commits writes of its own together with its result.
    const TRANSACTION: bool = false;

    /// Types of the parameters marked `#[resource]`.
    fn needs() -> Vec<Need>;

    /// Runs one attempt.
    fn run(args: Self::Args, context: TaskContext) -> BoxFuture<Self::Body>;

    /// The wire form of what the body returned.
    ///
    /// # Errors
    ///
    /// As [`Returned::into_wire`].
    fn body_into_wire(body: Self::Body) -> Result<String, Failed>;

    /// Runs one attempt of a transaction.
    ///
    /// # Panics
    ///
    /// Where the task is none.
    fn transact(args: Self::Args, context: TaskContext, tx: &Transaction<'_>) -> Self::Body {
        let _ = (args, context, tx);
        unreachable!("`{}` is no transaction", Self::NAME)
    }
}

/// A callable whose steps are durable.
#[diagnostic::on_unimplemented(
    message = "only a workflow can be started",
    note = "a task is awaited: leave `.start()` out; to go on beside it, run both with `try_join!`"
)]
pub trait Workflow: Callable {
    /// Standard or Express.
    const KIND: WorkflowKind;

    /// Which of the workflow's bodies this is.
    const VERSION: u32 = 1;

    /// Runs the body in a scope of an execution.
    fn run(cx: Cx, args: Self::Args) -> BoxFuture<Self::Returned>;

    /// The machine, linked at the first call and kept.
    ///
    /// # Errors
    ///
    /// What types make impossible: each with its place in the source.
    fn machine() -> Result<&'static TypedMachine, &'static durafn_ir::LinkErrors>;
}

/// What a task or workflow may return: a value that derives `Data`, or `Result<T, E>` of such a value and an error that derives
/// `Failure`. Implemented by durafn alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a task or workflow returns",
    note = "return a type that derives `Data`, or `Result<T, E>` of such a type and an error that derives `Failure`"
)]
pub trait Returned: Sized + Send + 'static {
    /// The value of success.
    type Value: Data + Send + 'static;

    /// Describes the value of success.
    fn describe_value(types: &mut TypeTable) -> TypeId {
        Self::Value::describe(types)
    }

    /// Describes the error, where it is a `Result`.
    fn describe_failure(types: &mut TypeTable) -> Option<TypeId>;

    /// The wire form: JSON text of the value, or the error's name and cause.
    ///
    /// # Errors
    ///
    /// The failure that the function returned; or, where serde cannot write the value, `States.TaskFailed` with the reason.
    fn into_wire(self) -> Result<String, Failed>;

    /// From the wire form.
    ///
    /// # Errors
    ///
    /// The failure as it came, where the type cannot hold it: it leaves the function that waits for it.
    fn from_wire(wire: Result<&str, Failed>) -> Result<Self, Failed>;
}

#[diagnostic::do_not_recommend]
impl<T: Data + DeserializeOwned + Plain + Send + 'static> Returned for T {
    type Value = T;

    fn describe_failure(_types: &mut TypeTable) -> Option<TypeId> {
        None
    }

    fn into_wire(self) -> Result<String, Failed> {
        value_to_wire(&self)
    }

    fn from_wire(wire: Result<&str, Failed>) -> Result<Self, Failed> {
        value_from_wire(wire?)
    }
}

impl<T: Data + DeserializeOwned + Send + 'static, E: Failure> Returned for Result<T, E> {
    type Value = T;

    fn describe_failure(types: &mut TypeTable) -> Option<TypeId> {
        Some(E::describe(types))
    }

    fn into_wire(self) -> Result<String, Failed> {
        self.map_err(|error| error.to_failed()).and_then(|value| value_to_wire(&value))
    }

    fn from_wire(wire: Result<&str, Failed>) -> Result<Self, Failed> {
        match wire {
            Ok(json) => value_from_wire(json).map(Ok),
            Err(failed) => E::from_failed(&failed).map(Err).ok_or(failed),
        }
    }
}

fn value_to_wire<T: Data>(value: &T) -> Result<String, Failed> {
    wire::encode(value).map_err(|error| Failed::task_failed(format!("the result cannot be written as JSON: {error}")))
}

fn value_from_wire<T: DeserializeOwned>(json: &str) -> Result<T, Failed> {
    wire::decode(json).map_err(|error| Failed::task_failed(format!("the result does not have its type: {error}")))
}

/// What the body of a callback may return: nothing, or `Result<(), E>`. Implemented by durafn alone.
#[diagnostic::on_unimplemented(
    message = "the body of a callback cannot return `{Self}`",
    note = "it asks and returns nothing, or `Result<(), E>`; the value comes with the token"
)]
pub trait Asks<T>: Returned {
    /// What the call yields when the token is completed with a `T`.
    type Answered: Returned;
}

impl<T: Data + DeserializeOwned + Plain + Send + 'static> Asks<T> for () {
    type Answered = T;
}

impl<T: Data + DeserializeOwned + Send + 'static, E: Failure> Asks<T> for Result<(), E> {
    type Answered = Result<T, E>;
}

/// A call of a task or workflow, not yet made.
#[must_use = "a call does nothing until it is awaited or started"]
pub struct Call<C: Callable> {
    pub(crate) args: C::Args,
    pub(crate) adjust: Adjust,
}

impl<W: Workflow> Call<W> {
    /// The input of an execution, in its wire form.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn input(&self) -> Result<Arc<str>, Error> {
        let unwritable = |error| Kind::UnwritableInput { workflow: W::NAME.to_owned(), error };
        Ok(W::encode(&self.args).map_err(unwritable)?.into())
    }
}

/// What `.timeout(..)`, `.heartbeat(..)` and `.retry(..)` set for one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adjust {
    /// In place of the callee's own.
    pub timeout: Option<Duration>,
    /// In place of the callee's own.
    pub heartbeat: Option<Duration>,
    /// In place of the callee's own.
    pub retry: Option<Vec<Retrier>>,
}

/// A resource that a task asks for.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// The type.
    pub type_id: fn() -> RustTypeId,
    /// Its name, for messages.
    pub type_name: &'static str,
}

/// An input that does not have the shape a function takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .path.is_empty() || .path == "." { String::new() } else { format!("at `{path}`: ") })]
pub struct InputError {
    /// Where in the JSON, such as `items[2].sku`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

/// A task, as the engine finds it.
pub struct TaskEntry {
    /// The name that addresses it.
    pub name: &'static str,
    /// Where it is defined: file and line.
    pub place: (&'static str, u32),
    /// How its callers see it.
    pub describe: fn(&mut TypeTable) -> Callee,
    /// Types of its resources.
    pub needs: fn() -> Vec<Need>,
    /// An attempt ends by its token.
    pub callback: bool,
    /// An attempt is queued for a worker.
    pub activity: bool,
    /// An attempt that has begun is not run again after a crash.
    pub at_most_once: bool,
    /// Runs one attempt from wire form to wire form. A panic unwinds out of the future.
    pub run: fn(&str, TaskContext) -> Wired,
    /// Runs one attempt of a transaction from wire form to wire form. A panic unwinds.
    pub transact: Option<Transact>,
    /// Holds a result against the type of what the call yields.
    pub check_result: fn(&str) -> Result<(), Failed>,
}

/// Runs one attempt of a transaction.
pub type Transact = fn(&str, TaskContext, &Transaction<'_>) -> Result<String, Failed>;

/// A workflow, as the engine finds it.
pub struct WorkflowEntry {
    /// The name that addresses it.
    pub name: &'static str,
    /// Which of the bodies under this name it is.
    pub version: u32,
    /// Where it is defined: file and line.
    pub place: (&'static str, u32),
    /// Standard or Express.
    pub kind: WorkflowKind,
    /// How its callers see it.
    pub describe: fn(&mut TypeTable) -> Callee,
    /// Holds an input against the parameters.
    pub check_input: fn(&str) -> Result<(), InputError>,
    /// Runs the body from wire form to wire form.
    pub run: fn(Cx, &str) -> Result<Wired, InputError>,
    /// The machine.
    pub machine: fn() -> Result<&'static TypedMachine, &'static durafn_ir::LinkErrors>,
}

inventory::collect!(TaskEntry);
inventory::collect!(WorkflowEntry);

impl TaskEntry {
    /// The entry of a task; generated code submits it.
    #[must_use]
    pub const fn of<T: Task>(file: &'static str, line: u32) -> TaskEntry {
        TaskEntry {
            name: T::NAME,
            place: (file, line),
            describe: T::describe,
            needs: T::needs,
            callback: T::CALLBACK,
            activity: T::ACTIVITY,
            at_most_once: T::AT_MOST_ONCE,
            run: run_task::<T>,
            transact: if T::TRANSACTION { Some(run_transaction::<T>) } else { None },
            check_result: |json| T::Returned::from_wire(Ok(json)).map(drop),
        }
    }
}

impl WorkflowEntry {
    /// The entry of a workflow; generated code submits it.
    #[must_use]
    pub const fn of<W: Workflow>(file: &'static str, line: u32) -> WorkflowEntry {
        WorkflowEntry {
            name: W::NAME,
            version: W::VERSION,
            place: (file, line),
            kind: W::KIND,
            describe: W::describe,
            check_input: |json| W::decode(json).map(drop),
            run: run_workflow::<W>,
            machine: W::machine,
        }
    }
}

fn run_task<T: Task>(input: &str, context: TaskContext) -> Wired {
    match T::decode(input) {
        Ok(args) => {
            let returned = T::run(args, context);
            Box::pin(async move { T::body_into_wire(returned.await) })
        }
        Err(error) => {
            Box::pin(std::future::ready(Err(Failed::task_failed(format!("the input of `{}` {error}", T::NAME)))))
        }
    }
}

fn run_transaction<T: Task>(input: &str, context: TaskContext, tx: &Transaction<'_>) -> Result<String, Failed> {
    match T::decode(input) {
        Ok(args) => T::body_into_wire(T::transact(args, context, tx)),
        Err(error) => Err(Failed::task_failed(format!("the input of `{}` {error}", T::NAME))),
    }
}

fn run_workflow<W: Workflow>(cx: Cx, input: &str) -> Result<Wired, InputError> {
    let returned = W::run(cx, W::decode(input)?);
    Ok(Box::pin(async move { returned.await.into_wire() }))
}

impl<C: Callable> Call<C> {
    /// A call with its arguments; generated code makes it.
    pub fn new(args: C::Args) -> Self {
        Call { args, adjust: Adjust::default() }
    }

    /// Fails an attempt with `States.Timeout` after this time, in place of what the task declares. Whole seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.adjust.timeout = Some(timeout);
        self
    }

    /// Fails an attempt with `States.HeartbeatTimeout` when it has not sent a heartbeat for this long, in place of what the task
    /// declares. Whole seconds.
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.adjust.heartbeat = Some(heartbeat);
        self
    }
}

impl<C: Callable> Call<C> {
    #[doc(hidden)]
    pub fn retriers(mut self, retriers: Vec<Retrier>) -> Self {
        self.adjust.retry = Some(retriers);
        self
    }
}

impl<C: Callable> IntoFuture for Call<C> {
    type Output = C::Returned;
    type IntoFuture = BoxFuture<C::Returned>;

    fn into_future(self) -> Self::IntoFuture {
        C::run_plain(self.args)
    }
}

impl<C: Callable> fmt::Debug for Call<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("callee", &C::NAME).field("adjust", &self.adjust).finish_non_exhaustive()
    }
}

impl fmt::Debug for TaskEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskEntry").field("name", &self.name).field("place", &self.place).finish_non_exhaustive()
    }
}

impl fmt::Debug for WorkflowEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkflowEntry").field("name", &self.name).field("place", &self.place).finish_non_exhaustive()
    }
}
