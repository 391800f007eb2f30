//! What `lower` and `optimise` hand to both emitters: the machine, and where native code meets it.

use std::collections::BTreeMap;

use durafn_ir::{Machine, Spelled, StateId};

use crate::ast::{LocalId, NodeId};

/// A workflow after lowering.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The machine. Its type holes are indices into `type_holes`, and so on.
    pub(crate) machine: Machine<Spelled>,
    /// The states that native code reports when evaluation reaches a point, in order. States that the optimiser folded away are
    /// not in it.
    pub(crate) enters: BTreeMap<Point, Vec<StateId>>,
    /// The state of each await: of [`ExprKind::Await`](crate::ast::ExprKind::Await) nodes. Its visit is among `enters`.
    pub(crate) awaits: BTreeMap<NodeId, StateId>,
    /// What fills each type hole.
    pub(crate) type_holes: Vec<TypeSource>,
    /// The path expression that fills each constant hole.
    pub(crate) const_holes: Vec<NodeId>,
    /// The await or pure call whose callee fills each callee hole.
    pub(crate) callee_holes: Vec<NodeId>,
}

/// A point of evaluation in the native code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Point {
    /// Before anything of a statement, block, arm body or expression is evaluated. For a block: on entering it.
    Before(NodeId),
    /// At the head of a `while`, `loop` or `for`, each time round, before its condition, and the last time too.
    Head(NodeId),
    /// After an await whose `Result` is matched on, when it is `Ok`, before an arm is chosen.
    OnOk(NodeId),
    /// The same when it is `Err`. For a `?`: on its error path, before it leaves the function.
    OnError(NodeId),
}

/// Where rustc's inference tells a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TypeSource {
    /// The type of a local.
    Local(LocalId),
    /// The type of an expression's value.
    Value(NodeId),
    /// The error type of an awaited or tried expression's `Result`.
    Error(NodeId),
    /// The workflow's output: of the `Ok` value where it returns a `Result`.
    Output,
    /// The workflow's error type.
    Failure,
}
