//! States, edges and regions: the control flow of a machine.
//!
//! A [`Region`] is what ASL calls a state machine inside a state machine: the whole workflow, one branch of a Parallel, or the
//! body of a Map. States of a region lead only to states of that region.
//!
//! Order of evaluation within a state: `enter`, then the state's own expressions (arguments, conditions), then what it does, then the
//! assignments of the edge that is taken, in order, each seeing those before it, and last the output of an edge that ends
//! the region. Assignments of `enter` and of edges are sequential here; that ASL evaluates one `Assign` in parallel is the
//! exporter's business.

use serde::{Deserialize, Serialize};

use crate::{Expr, Pattern, Phase, Span, Spelled};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
    };
}

id!(
    /// A state: an index into [`Machine::states`](crate::Machine::states). Native code reports visits by it.
    StateId
);
id!(
    /// A region: an index into [`Machine::regions`](crate::Machine::regions). Region 0 is the workflow.
    RegionId
);
id!(
    /// A variable: an index into [`Machine::vars`](crate::Machine::vars).
    VarId
);

/// The name of an error, such as `States.Timeout` or `CardDeclined`.
pub type ErrorName = String;

/// One state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct State<P: Phase = Spelled> {
    /// Unique in the machine, at most 80 characters. A label, not identity.
    pub name: String,
    /// The comment: a task's doc comment, or the one above the statement.
    pub comment: Option<String>,
    /// Where the user wrote it.
    pub span: Span,
    /// The region it belongs to.
    pub region: RegionId,
    /// Assignments made on entry, before anything else in the state. Never holds what changes between attempts where
    /// the state can be retried.
    pub enter: Vec<Assign<P>>,
    /// What it does.
    pub kind: StateKind<P>,
}

/// What a state does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum StateKind<P: Phase = Spelled> {
    /// Nothing but its assignments.
    Pass(Edge<P>),
    /// Calls a task or starts a child workflow.
    Task(TaskState<P>),
    /// Waits.
    Wait(WaitFor<P>, Edge<P>),
    /// Takes the first rule whose tests hold.
    Choice(Vec<Rule<P>>, Edge<P>),
    /// Runs its branches concurrently; the result is the array of their outputs, and the first failure stops the others. In a race, the first
    /// branch that ends stops the others, and how it ends is how the state ends.
    Parallel(ParallelState<P>),
    /// Runs its body once for each item; the result is the array of the outputs in the order of the items.
    Map(MapState<P>),
    /// Ends the region with an output. Stands where an edge that cannot end leads: out of a Choice or a Catch.
    Succeed(Expr<P>),
    /// Ends the region with a failure: a value of a failure type, which tells name and cause.
    Fail(Expr<P>),
}

/// A call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct TaskState<P: Phase = Spelled> {
    /// Who is called.
    pub callee: P::Callee,
    /// The arguments in order of the callee's parameters.
    pub args: Vec<Expr<P>>,
    /// `.start()`: a child workflow that is not waited for.
    pub detached: bool,
    /// `.continue_as_new()`: the workflow itself, in the place of the execution that starts it. It is `detached`, and ends the workflow's region.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
    /// `.timeout(..)`: seconds, in place of the callee's own.
    pub timeout: Option<Expr<P>>,
    /// `.heartbeat(..)`: seconds, in place of the callee's own.
    pub heartbeat: Option<Expr<P>>,
    /// `.retry(..)`, in place of the callee's own.
    pub retry: Option<Vec<Retrier>>,
    /// Where failures lead that do not leave the function.
    pub catch: Vec<Catcher<P>>,
    /// Where success leads.
    pub next: Edge<P>,
}

/// Concurrent branches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct ParallelState<P: Phase = Spelled> {
    /// The branches, which read the variables around them and assign only their own.
    pub branches: Vec<RegionId>,
    /// The first branch that ends decides: its output is the result. Its regions end in a Succeed or a Fail, not by an edge, and the state itself
    /// leads to a state: on AWS a winner leaves its region by an error, which a Catch takes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub race: bool,
    /// Where failures lead that do not leave the function.
    pub catch: Vec<Catcher<P>>,
    /// Where success leads.
    pub next: Edge<P>,
}

/// One body for many items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct MapState<P: Phase = Spelled> {
    /// The items: a vector.
    pub items: Expr<P>,
    /// The item within the body.
    pub item: VarId,
    /// The item's position within the body, where the body wants it.
    pub index: Option<VarId>,
    /// The body.
    pub body: RegionId,
    /// How many iterations may run at once; none or 0 is no limit.
    pub concurrency: Option<Expr<P>>,
    /// Where failures lead that do not leave the function.
    pub catch: Vec<Catcher<P>>,
    /// Where success leads.
    pub next: Edge<P>,
}

/// What a Wait waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum WaitFor<P: Phase = Spelled> {
    /// A number of whole seconds.
    Seconds(Expr<P>),
    /// A timestamp.
    Until(Expr<P>),
}

/// The way from one state to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Edge<P: Phase = Spelled> {
    /// The variable that takes the state's result: a task's output, a Parallel's or Map's array, a catcher's error. It is assigned
    /// before `assign`, which may mention it.
    pub result: Option<VarId>,
    /// Assignments in order.
    pub assign: Vec<Assign<P>>,
    /// Where it leads.
    pub to: Target<P>,
}

/// `var = value`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Assign<P: Phase = Spelled> {
    /// The variable.
    pub var: VarId,
    /// Its value.
    pub value: Expr<P>,
}

/// Where an edge leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum Target<P: Phase = Spelled> {
    /// To a state of the same region.
    State(StateId),
    /// To the end of the region, with its output. Not out of a Choice, nor out of a Catch.
    End(Expr<P>),
}

/// One rule of a Choice: the tests hold one after the other, and each sees what those before it bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Rule<P: Phase = Spelled> {
    /// All of them hold.
    pub tests: Vec<Test<P>>,
    /// Where it leads. Variables that the tests bound are assigned before its own assignments.
    pub next: Edge<P>,
}

/// A test of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum Test<P: Phase = Spelled> {
    /// A condition.
    If(Expr<P>),
    /// A value and a pattern, which binds.
    Matches(Expr<P>, Pattern),
}

/// Where failures with these names lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Catcher<P: Phase = Spelled> {
    /// The names.
    pub errors: Vec<P::ErrorName>,
    /// The type of the error value: a failure type. The edge's `result` takes the value.
    pub ty: P::Type,
    /// Where it leads. Its assignments cannot fail.
    pub next: Edge<P>,
}

/// When and how a failed attempt is repeated. Field by field as in ASL's `Retry`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrier {
    /// The names of errors.
    pub errors: Vec<ErrorName>,
    /// Seconds before the first retry.
    pub interval_seconds: u32,
    /// Factor from one interval to the next, at least 1.
    pub backoff_rate: f64,
    /// Retries, not counting the first attempt.
    pub max_attempts: u32,
    /// The longest interval in seconds.
    pub max_delay_seconds: Option<u32>,
    /// Full jitter: the delay is random between 0 and the interval.
    pub jitter: bool,
}

/// The errors that a retrier or handler without names of its own covers: what a task can fail with. Never `States.ALL`, which would repeat a task for a
/// failing assignment after it.
pub const EVERY_TASK_ERROR: [&str; 3] = ["States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout"];

/// A state machine, a branch, or the body of a Map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// The Parallel or Map it belongs to; none for the workflow.
    pub parent: Option<StateId>,
    /// The first state. No edge leads back to it where the region has `params`, so that it can read them from its input.
    pub start: StateId,
    /// Variables that the region's input sets: the workflow's parameters; a Map's item and index.
    pub params: Vec<VarId>,
}
