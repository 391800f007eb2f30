//! What a callable is to the workflow that waits for it, as types: what a kind of workflow cannot wait for does not compile.
//!
//! | [`Callable::Kind`](super::Callable::Kind) | is | a Standard workflow waits | an Express workflow waits |
//! |---|---|---|---|
//! | [`Plain`] | a task that the engine runs, or one request to a service | yes | yes |
//! | [`Callback`] | a task that ends by its token | yes | no |
//! | [`Activity`] | a task that polling workers serve | yes | no |
//! | [`Transaction`] | a task that commits together with its step | yes | no |
//! | [`Job`] | a job of a service, waited for to its end (`.sync`) | yes | no |
//! | [`StandardWorkflow`] | a workflow | yes | no |
//! | [`ExpressWorkflow`] | a workflow marked `express` | no | no |
//!
//! ```compile_fail
//! use durafn::prelude::*;
//!
//! #[workflow]
//! async fn pack(order: String) -> String { order }
//!
//! #[workflow(express)]
//! async fn ship(order: String) -> String {
//!     pack(order).await // an Express workflow cannot wait for `StandardWorkflow`
//! }
//! ```
//!
//! Step Functions can start every workflow from every other; that asks for no kind.
//!
//! ```
//! # use durafn::prelude::*;
//! # #[workflow]
//! # async fn pack(order: String) -> String { order }
//! #[workflow(express)]
//! async fn ship(order: String) -> String {
//!     pack(order).start().await.execution_arn
//! }
//! ```

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
    )*};
}

kinds! {
    /// A task that the engine runs, or one request to a service.
    Plain;
    /// A task that ends by its token.
    Callback;
    /// A task that polling workers serve.
    Activity;
    /// A task that commits together with its step.
    Transaction;
    /// A job of a service that is waited for to its end.
    Job;
    /// A workflow.
    StandardWorkflow;
    /// A workflow marked `express`.
    ExpressWorkflow;
}

/// A Standard workflow can wait for it.
#[diagnostic::on_unimplemented(
    message = "a Standard workflow cannot wait for `{Self}`",
    label = "an Express workflow is started, or run from outside",
    note = "an Express workflow keeps nothing that could be waited for: start it with `.start()`, or leave `express` out of it"
)]
pub trait AwaitedByStandard {}

impl AwaitedByStandard for Plain {}
impl AwaitedByStandard for Callback {}
impl AwaitedByStandard for Activity {}
impl AwaitedByStandard for Transaction {}
impl AwaitedByStandard for Job {}
impl AwaitedByStandard for StandardWorkflow {}

/// A schedule can start it.
#[diagnostic::on_unimplemented(
    message = "an Express workflow cannot be scheduled",
    label = "this is a `{Self}`",
    note = "a schedule starts an execution once for each firing, which only the file can tell: schedule a Standard workflow that starts this one with `.start()`"
)]
pub trait Schedulable {}

impl Schedulable for StandardWorkflow {}

/// It is run to its end in one call.
#[diagnostic::on_unimplemented(
    message = "only an Express workflow is run",
    label = "this is a `{Self}`",
    note = "start it, and wait for its result: `engine.start(..).await?.result().await?`"
)]
pub trait RunsAtOnce {}

impl RunsAtOnce for ExpressWorkflow {}

/// An Express workflow can wait for it.
#[diagnostic::on_unimplemented(
    message = "an Express workflow cannot wait for `{Self}`",
    label = "an Express workflow runs tasks and sends requests",
    note = "Step Functions lets an Express workflow send requests and nothing more: no token, no activity, no `.sync`, no end of another workflow; and \
            there is no commit that a transaction could be a part of",
    note = "leave `express` out of the workflow; or start the other workflow with `.start()`"
)]
pub trait AwaitedByExpress {}

impl AwaitedByExpress for Plain {}
