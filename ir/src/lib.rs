//! The model of a durafn workflow: the contract between the compiler, the engine and the exporter.
//!
//! A [`Machine`] is one `#[workflow]` function as a state machine. The macros build it from spelling alone ([`Spelled`]), linking
//! fills in what only types can tell ([`Typed`]), and everything downstream reads the result: the exporter turns it into ASL, the engine
//! names states and fingerprints it, the reference interpreter of the tests runs it.
//!
//! # The language in one page
//!
//! * **Regions and states.** A machine has regions: the workflow itself, each branch of a Parallel, the body of each Map. A region starts at one
//!   state and ends by an edge with [`Target::End`], a Succeed or a Fail. [`StateKind`] says what states do.
//! * **Time.** States are entered one after the other within a region. Branches of a Parallel and iterations of a Map have no
//!   order between them.
//! * **Values.** Expressions ([`Expr`]) are pure; they can fail but do nothing. A value is JSON together with a type ([`TypeDef`])
//!   that tells its wire form.
//! * **Variables.** [`Machine::vars`] are assigned by `enter` lists and by edges, in order, and are visible in their region and in the regions
//!   inside it, which must not assign them. Variables bound by patterns, `Let` and closures inside an expression are visible
//!   there only; those bound by the tests of a Choice rule are assigned by its edge.
//! * **Failure.** A task fails with an error name and a cause. Retriers repeat it, then the first catcher that lists the name takes
//!   it, else the region fails. An expression that fails does so as `States.QueryEvaluationError`, which no catcher lists:
//!   the region fails, and with it the Parallel or Map around it, whose own catchers may list it.

pub mod arguments;
pub mod build;
mod builtin;
pub mod effects;
mod ends;
mod executions;
mod expr;
pub mod fingerprint;
pub mod link;
pub mod liveness;
mod machine;
mod patches;
mod phase;
pub mod print;
mod shape;
mod state;
mod types;
pub mod validate;
mod visit;

pub use arguments::{Argument, Arguments};
pub use builtin::{Builtin, IDENTITY_METHODS, Receiver};
pub use effects::{Effects, fallible};
pub use ends::fold_end;
pub use expr::{
    Arm, BinaryOp, CastType, Construct, ContextValue, Expr, ExprKind, FormatPart, Literal, Pattern, Place, UnaryOp,
};
pub use fingerprint::{Fingerprint, IR_VERSION};
pub use link::{
    Holes, ITEMS, LinkError, LinkErrors, MAX_EXACT_INT, OLD_VALUE, PureBody, PureFn, Pures, link, link_with,
};
pub use liveness::{Liveness, VarSet};
pub use machine::{Callee, CalleeKind, EXPRESS_SECONDS, Machine, Span, TypedMachine, Var, WorkflowKind};
pub use patches::take as take_patches;
pub use phase::{CalleeHole, ConstHole, Hole, Phase, Spelled, SpelledErrorName, TypeHole, Typed};
pub use state::{
    Assign, Catcher, EVERY_TASK_ERROR, Edge, ErrorName, MapState, ParallelState, Region, RegionId, Retrier, Rule,
    State, StateId, StateKind, Target, TaskState, Test, VarId, WaitFor,
};
pub use types::{
    EnumDef, FAULT_TYPE, FieldDef, Fields, FloatType, IntType, Omit, StructDef, Tagging, TypeDef, TypeId, TypeTable,
    VariantDef,
};
pub use validate::{Validated, Violation, is_well_formed, validate};
