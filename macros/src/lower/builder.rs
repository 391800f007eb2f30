//! The machine under construction.

use std::collections::BTreeMap;

use durafn_ir::{
    Assign, CalleeHole, ConstHole, Edge, Expr, ExprKind, Literal, Machine, Region, RegionId, Span, Spelled, State,
    StateId, StateKind, Target, TypeHole, TypeTable, Var, VarId,
};

use super::{fold::Sequence, stmt::Dest};
use crate::{
    ast::{Local, LocalId, NodeId, Workflow},
    lowered::{Lowered, Point, TypeSource},
};

/// A state that does not exist yet.
pub(crate) const OPEN: Target = Target::State(StateId(u32::MAX));

/// Which edge of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The next edge; of a Choice, its default.
    Next,
    /// The edge of a Choice's rule.
    Rule(usize),
    /// The edge of a catcher.
    Catch(usize),
}

/// An open edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EdgeRef {
    pub(super) state: StateId,
    pub(super) slot: Slot,
}

/// Where the next state will be attached. Nothing open and no region to start: the place is unreachable.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursor {
    pub(super) edges: Vec<EdgeRef>,
    /// The region that has no state yet.
    pub(super) start: Option<RegionId>,
    /// The Pass to which an assignment can still be added: the last state, and the only open edge is its own.
    pub(super) pass: Option<StateId>,
}

impl Cursor {
    pub(super) fn of(edges: Vec<EdgeRef>) -> Cursor {
        Cursor { edges, start: None, pass: None }
    }

    pub(super) fn reachable(&self) -> bool {
        !self.edges.is_empty() || self.start.is_some()
    }

    /// Both ways lead to what comes next.
    pub(super) fn join(mut self, other: Cursor) -> Cursor {
        if !self.reachable() {
            return other;
        }
        if other.reachable() {
            self.edges.extend(other.edges);
            self.start = self.start.or(other.start);
            self.pass = None;
        }
        self
    }
}

/// A loop around the place.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) label: Option<String>,
    /// Where `continue` leads.
    pub(super) head: StateId,
    /// What `break` leaves open.
    pub(super) exits: Cursor,
    /// Where the value of `break value` goes.
    pub(super) dest: Dest,
    /// A block with a label: only a `break` that names it means it.
    pub(super) block: bool,
}

/// The builder. Its other parts are in the files beside this one.
pub(super) struct Builder<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) machine: Machine<Spelled>,
    /// Where native code reports a state, by state.
    pub(super) points: Vec<Vec<Point>>,
    pub(super) awaits: BTreeMap<NodeId, StateId>,
    type_holes: Vec<TypeSource>,
    const_holes: Vec<NodeId>,
    callee_holes: Vec<NodeId>,
    pub(super) cursor: Cursor,
    pub(super) region: RegionId,
    /// The region's code yields a `Result`: `Ok` ends it with a value, `Err` with a failure.
    pub(super) returns_result: bool,
    /// The branch of `join!` whose region this is: its failures are values.
    pub(super) joined: Option<NodeId>,
    pub(super) loops: Vec<Loop>,
    pub(super) errors: Vec<syn::Error>,
    /// Takes the assignments of code that only assigns, in place of states.
    pub(super) sink: Option<Sequence>,
    /// What `#[state(..)]` and the comment of the statement under way say, until a state takes them.
    pub(super) name: Option<String>,
    pub(super) comment: Option<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(workflow: &'a Workflow) -> Self {
        let mut builder = Builder::bare(workflow);
        builder.machine.output = Some(builder.type_hole(TypeSource::Output));
        if workflow.item.returns_result {
            builder.machine.failure = Some(Some(builder.type_hole(TypeSource::Failure)));
        }
        builder
    }

    /// A machine with nothing but the locals.
    pub(super) fn bare(workflow: &'a Workflow) -> Self {
        let root = RegionId(0);
        let item = &workflow.item;
        let mut builder = Builder {
            workflow,
            machine: Machine {
                name: workflow.attr.name.clone().unwrap_or_else(|| item.ident.to_string()),
                comment: item.comment.clone(),
                file: String::new(),
                kind: workflow.attr.kind,
                timeout_seconds: workflow.attr.timeout_seconds,
                params: item.params.iter().map(|param| param.ident.to_string()).collect(),
                output: None,
                failure: None,
                vars: Vec::new(),
                regions: vec![Region {
                    parent: None,
                    start: StateId(u32::MAX),
                    params: (0..item.params.len() as u32).map(VarId).collect(),
                }],
                states: Vec::new(),
                types: TypeTable::default(),
                patches: Vec::new(),
            },
            points: Vec::new(),
            awaits: BTreeMap::new(),
            type_holes: Vec::new(),
            const_holes: Vec::new(),
            callee_holes: Vec::new(),
            cursor: Cursor { edges: Vec::new(), start: Some(root), pass: None },
            region: root,
            returns_result: item.returns_result,
            joined: None,
            loops: Vec::new(),
            errors: Vec::new(),
            sink: None,
            name: None,
            comment: None,
        };
        for (index, local) in workflow.locals.iter().enumerate() {
            builder.declare(local, LocalId(index as u32));
        }
        builder
    }

    pub(super) fn finish(mut self) -> Result<Lowered, Vec<syn::Error>> {
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        crate::optimise::optimise(&mut self.machine, &mut self.points, &mut self.awaits);
        Ok(self.done())
    }

    /// What has been made, as it is.
    pub(super) fn done(self) -> Lowered {
        let mut enters: BTreeMap<Point, Vec<StateId>> = BTreeMap::new();
        for (index, points) in self.points.iter().enumerate() {
            for point in points {
                enters.entry(*point).or_default().push(StateId(index as u32));
            }
        }
        Lowered {
            machine: self.machine,
            enters,
            awaits: self.awaits,
            type_holes: self.type_holes,
            const_holes: self.const_holes,
            callee_holes: self.callee_holes,
        }
    }

    fn declare(&mut self, local: &Local, id: LocalId) {
        let hole = self.type_hole(TypeSource::Local(id));
        let span = span_of(local.ident.span());
        let var = self.variable(&crate::names::of_local(&local.ident), Some(hole), span);
        debug_assert_eq!(var, VarId(id.0), "locals are the first variables, in order");
    }

    /// The variable of a local.
    pub(super) fn local(&self, id: LocalId) -> VarId {
        VarId(id.0)
    }

    /// A new variable. The optimiser's last step makes its name unique among those that are left.
    pub(super) fn variable(&mut self, name: &str, ty: Option<TypeHole>, span: Span) -> VarId {
        let name = name.strip_prefix("r#").unwrap_or(name);
        let base: String = name.trim_start_matches('_').chars().take(70).collect();
        let name = match &*base {
            "" => "unused".to_owned(),
            // ASL keeps `$states` for itself.
            "states" => "states_value".to_owned(),
            _ => base,
        };
        self.machine.vars.push(Var { name, ty, region: self.region, span });
        VarId(self.machine.vars.len() as u32 - 1)
    }

    /// A variable that the user did not write.
    pub(super) fn temp(&mut self, name: &str, span: Span) -> VarId {
        self.variable(name, None, span)
    }

    pub(super) fn type_hole(&mut self, source: TypeSource) -> TypeHole {
        let index = self.type_holes.iter().position(|known| *known == source).unwrap_or_else(|| {
            self.type_holes.push(source);
            self.type_holes.len() - 1
        });
        TypeHole(index as u32)
    }

    pub(super) fn const_hole(&mut self, node: NodeId) -> ConstHole {
        self.const_holes.push(node);
        ConstHole(self.const_holes.len() as u32 - 1)
    }

    pub(super) fn callee_hole(&mut self, node: NodeId) -> CalleeHole {
        self.callee_holes.push(node);
        CalleeHole(self.callee_holes.len() as u32 - 1)
    }

    pub(super) fn error(&mut self, span: proc_macro2::Span, message: &str) {
        self.errors.push(syn::Error::new(span, message));
    }

    /// Adds a state where the cursor is. The cursor is then at nothing: the caller opens the state's edges.
    pub(super) fn state(&mut self, name: &str, span: Span, point: Option<Point>, kind: StateKind) -> StateId {
        let id = StateId(self.machine.states.len() as u32);
        let name = match kind {
            StateKind::Pass(_) => name.to_owned(),
            _ => self.name.take().unwrap_or_else(|| name.to_owned()),
        };
        let comment = match kind {
            StateKind::Pass(_) => None,
            _ => self.comment.take(),
        };
        self.machine.states.push(State { name, comment, span, region: self.region, enter: Vec::new(), kind });
        self.points.push(point.into_iter().collect());
        let cursor = std::mem::take(&mut self.cursor);
        self.close(cursor, id);
        id
    }

    /// Leads everything open in a cursor to a state.
    pub(super) fn close(&mut self, cursor: Cursor, to: StateId) {
        if let Some(region) = cursor.start {
            self.machine.regions[region.0 as usize].start = to;
        }
        for edge in cursor.edges {
            self.edge_mut(edge).to = Target::State(to);
        }
    }

    pub(super) fn edge_mut(&mut self, edge: EdgeRef) -> &mut Edge {
        let state = &mut self.machine.states[edge.state.0 as usize];
        match (edge.slot, &mut state.kind) {
            (Slot::Next, StateKind::Choice(_, default)) => default,
            (Slot::Rule(index), StateKind::Choice(rules, _)) => &mut rules[index].next,
            (Slot::Catch(index), StateKind::Task(task)) => &mut task.catch[index].next,
            (Slot::Catch(index), StateKind::Parallel(parallel)) => &mut parallel.catch[index].next,
            (Slot::Catch(index), StateKind::Map(map)) => &mut map.catch[index].next,
            (Slot::Next, StateKind::Pass(next) | StateKind::Wait(_, next)) => next,
            (Slot::Next, StateKind::Task(task)) => &mut task.next,
            (Slot::Next, StateKind::Parallel(parallel)) => &mut parallel.next,
            (Slot::Next, StateKind::Map(map)) => &mut map.next,
            (slot, kind) => unreachable!("{kind:?} has no edge {slot:?}"),
        }
    }

    /// The cursor behind one edge of a state.
    pub(super) fn behind(&self, state: StateId, slot: Slot) -> Cursor {
        Cursor::of(vec![EdgeRef { state, slot }])
    }

    /// Assigns a variable where the cursor is. `origin` is the statement that does so.
    pub(super) fn assign(&mut self, var: VarId, value: Expr, origin: NodeId) {
        if !self.cursor.reachable() || matches!(*value.kind, ExprKind::Var(same) if same == var) {
            return;
        }
        if let Some(sink) = &mut self.sink {
            sink.push((var, value));
            return;
        }
        let assign = Assign { var, value };
        if let Some(pass) = self.cursor.pass {
            self.edge_mut(EdgeRef { state: pass, slot: Slot::Next }).assign.push(assign);
            return;
        }
        let span = assign.value.span;
        let name = format!("Assign {}", self.machine.var(var).name);
        let edge = Edge { result: None, assign: vec![assign], to: OPEN };
        let pass = self.state(&name, span, Some(Point::Before(origin)), StateKind::Pass(edge));
        self.cursor = self.behind(pass, Slot::Next);
        self.cursor.pass = Some(pass);
    }

    /// Ends the region with a value.
    pub(super) fn succeed(&mut self, output: Expr, point: Point) {
        if self.cursor.reachable() {
            self.state("Return", output.span, Some(point), StateKind::Succeed(output));
        }
    }

    /// Ends the region with a failure.
    pub(super) fn fail(&mut self, error: Expr, name: &str, point: Point) {
        if self.cursor.reachable() {
            self.state(name, error.span, Some(point), StateKind::Fail(error));
        }
    }
}

/// An edge that leads to what comes next.
pub(super) fn open_edge(result: Option<VarId>, assign: Vec<Assign>) -> Edge {
    Edge { result, assign, to: OPEN }
}

/// An expression without a hole for its type.
pub(super) fn untyped(span: Span, kind: ExprKind) -> Expr {
    Expr { ty: None, span, kind: Box::new(kind) }
}

/// A variable as an expression.
pub(super) fn var(var: VarId, span: Span) -> Expr {
    untyped(span, ExprKind::Var(var))
}

/// `()`.
pub(super) fn unit(span: Span) -> Expr {
    untyped(span, ExprKind::Literal(Literal::Unit))
}

/// A place in the source, counted from 1.
pub(super) fn span_of(span: proc_macro2::Span) -> Span {
    let start = span.start();
    Span { line: start.line as u32, column: start.column as u32 + 1 }
}
