//! The machine: one workflow as both back ends see it.

use serde::{Deserialize, Serialize};

use crate::{
    Arguments, Phase, Region, RegionId, Retrier, Spelled, State, StateId, StateKind, Target, TypeId, TypeTable, Typed,
    VarId,
};

/// A workflow as a state machine. `Machine<Spelled>` is what macros write; a [`TypedMachine`] is complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Machine<P: Phase = Spelled> {
    /// The workflow's name: the function's, unless set.
    pub name: String,
    /// The doc comment.
    pub comment: Option<String>,
    /// The source file, as the compiler names it.
    pub file: String,
    /// Standard or Express.
    pub kind: WorkflowKind,
    /// `TimeoutSeconds` of the whole execution.
    pub timeout_seconds: Option<u64>,
    /// The parameters in order: their wire names. Their variables are the root region's `params`.
    pub params: Vec<String>,
    /// The type of the output: of the `Ok` value where the function returns a `Result`.
    pub output: P::Type,
    /// The error type, where it returns a `Result`.
    pub failure: Option<P::Type>,
    /// Every variable.
    pub vars: Vec<Var<P>>,
    /// Region 0 is the workflow.
    pub regions: Vec<Region>,
    /// Every state of every region, in source order.
    pub states: Vec<State<P>>,
    /// The types; empty in a spelled machine.
    pub types: TypeTable,
    /// The patches that its code asks for, once they are taken for true: by linking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<String>,
}

/// A machine whose holes are filled.
pub type TypedMachine = Machine<Typed>;

/// How an execution is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkflowKind {
    /// Durable: every step is journaled.
    #[default]
    Standard,
    /// In memory, five minutes at most.
    Express,
}

/// How many seconds an Express execution may take.
pub const EXPRESS_SECONDS: u64 = 300;

/// A variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Var<P: Phase = Spelled> {
    /// Unique in the machine and a legal ASL variable name: the Rust name, with a number where it is taken.
    pub name: String,
    /// The type.
    pub ty: P::Type,
    /// The region that assigns it.
    pub region: RegionId,
    /// Where the user declared it.
    pub span: Span,
}

/// A task or workflow as its callers see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Callee {
    /// The name that addresses it.
    pub name: String,
    /// The doc comment.
    pub comment: Option<String>,
    /// What it is.
    pub kind: CalleeKind,
    /// The parameters that are payload: wire name and type. One is sent as it is, several as an object, none as `{}`.
    pub params: Vec<(String, TypeId)>,
    /// One is sent as an object too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_name: bool,
    /// Where a service takes each of them, and the token; none where the parameters' names say it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<Arguments>,
    /// The type of the output: of the `Ok` value where the function returns a `Result`.
    pub output: TypeId,
    /// The error type, where it returns a `Result`.
    pub failure: Option<TypeId>,
    /// Seconds an attempt may take.
    pub timeout_seconds: Option<u64>,
    /// Seconds between two heartbeats.
    pub heartbeat_seconds: Option<u64>,
    /// How failures are repeated.
    pub retry: Vec<Retrier>,
}

impl Callee {
    /// The only argument is the input.
    #[must_use]
    pub fn sends_one_value(&self) -> bool {
        self.params.len() == 1 && !self.by_name && self.places.is_none()
    }

    /// A call ends by a token, which somebody completes.
    #[must_use]
    pub fn waits_for_token(&self) -> bool {
        self.kind == CalleeKind::Callback || self.places.as_ref().is_some_and(Arguments::has_token)
    }
}

/// What a callee is, and where it runs on AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalleeKind {
    /// A task: Lambda function or activity, as the export is asked.
    Task,
    /// A task that polling workers serve: always an activity.
    Activity,
    /// A task that ends by a callback with a token.
    Callback,
    /// A task whose Resource is given; arguments and result are the service's own.
    Resource(String),
    /// A workflow.
    Workflow,
    /// A `#[pure] fn`: its body is compiled into the expressions that call it.
    Pure,
}

/// A place in the source: line and column count from 1, as compilers print them. Zero where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl<P: Phase> Machine<P> {
    /// The state behind an id.
    ///
    /// # Panics
    ///
    /// When the id belongs to another machine.
    #[must_use]
    pub fn state(&self, id: StateId) -> &State<P> {
        &self.states[id.0 as usize]
    }

    /// The region behind an id.
    ///
    /// # Panics
    ///
    /// When the id belongs to another machine.
    #[must_use]
    pub fn region(&self, id: RegionId) -> &Region {
        &self.regions[id.0 as usize]
    }

    /// The variable behind an id.
    ///
    /// # Panics
    ///
    /// When the id belongs to another machine.
    #[must_use]
    pub fn var(&self, id: VarId) -> &Var<P> {
        &self.vars[id.0 as usize]
    }

    /// The region is a branch of a race: its Succeed states are where it may win.
    #[must_use]
    pub fn is_race(&self, region: RegionId) -> bool {
        let parent = self.region(region).parent.and_then(|parent| self.states.get(parent.0 as usize));
        matches!(parent.map(|state| &state.kind), Some(StateKind::Parallel(parallel)) if parallel.race)
    }

    /// Which states something leads to. Types can show that a catcher catches nothing; the states that only it led to keep their numbers, and
    /// are no part of the machine any more.
    #[must_use]
    pub fn reachable(&self) -> Vec<bool> {
        let mut seen = vec![false; self.states.len()];
        let mut open: Vec<StateId> = self.regions.first().map(|region| region.start).into_iter().collect();
        while let Some(id) = open.pop() {
            // An edge to nowhere is for the verifier to report.
            let Some(state) = self.states.get(id.0 as usize) else { continue };
            if std::mem::replace(&mut seen[id.0 as usize], true) {
                continue;
            }
            open.extend(state.edges().into_iter().filter_map(|edge| match edge.to {
                Target::State(to) => Some(to),
                Target::End(_) => None,
            }));
            let inner = state.regions().iter().filter_map(|region| self.regions.get(region.0 as usize));
            open.extend(inner.map(|region| region.start));
        }
        seen
    }

    /// The states of one region that something leads to, with their ids, in source order.
    pub fn states_of(&self, region: RegionId) -> impl Iterator<Item = (StateId, &State<P>)> {
        let alive = self.reachable();
        self.states
            .iter()
            .enumerate()
            .filter(move |(index, state)| state.region == region && alive[*index])
            .map(|(index, state)| (StateId(index as u32), state))
    }
}
