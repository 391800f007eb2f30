//! Awaits: each is a state.

use durafn_ir::{
    Assign, BinaryOp, Catcher, Construct, Expr, ExprKind, Literal, MapState, ParallelState, Region, RegionId, Span,
    SpelledErrorName, StateId, StateKind, TaskState, VarId, WaitFor,
};

use super::{
    builder::{Builder, Cursor, Slot, open_edge, span_of, unit, untyped, var},
    expr::binary,
    stmt::Dest,
};
use crate::{
    ast::{self, Await, AwaitKind, Branch, Call, ExprKind as Ast, NodeId, Pat, PatKind},
    lowered::{Point, TypeSource},
    names,
    normalise::yields_result,
};

/// What becomes of a failure that the awaited `Result` can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnFailure {
    /// It leaves the function as it is: no Catch.
    Leaves,
    /// It leaves the function by this `?`, which can make another error of it: a Catch where types say so.
    Converts(NodeId),
    /// It is part of the value: `Err(..)`.
    Value,
}

/// What becomes of the branches of a Parallel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joining {
    /// The first failure stops the others.
    Tried,
    /// Each yields a value, its failure included.
    Settled,
    /// The first that ends stops the others.
    Raced { timer: bool },
}

/// The type of what is awaited decides whether it fails: not that of a timer or of `join!`.
pub(super) fn can_fail(awaited: &Await) -> bool {
    !matches!(awaited.kind, AwaitKind::Sleep(_) | AwaitKind::SleepUntil(_) | AwaitKind::Join(_))
}

/// Whatever the state has for a result, the code gets `()`: of a timer, and of a start that ends the execution.
fn yields_nothing(kind: &AwaitKind) -> bool {
    matches!(kind, AwaitKind::Sleep(_) | AwaitKind::SleepUntil(_) | AwaitKind::Call(Call { anew: true, .. }))
}

impl Builder<'_> {
    /// An await whose value goes to a destination.
    pub(super) fn await_into(&mut self, expr: &ast::Expr, awaited: &Await, dest: &Dest, failure: OnFailure) {
        let span = span_of(expr.span);
        let failure = if matches!(awaited.kind, AwaitKind::Join(_)) { OnFailure::Leaves } else { failure };
        let state = self.await_state(expr, awaited);
        if yields_nothing(&awaited.kind) {
            return self.put(unit(span), dest, expr.id);
        }
        if let OnFailure::Converts(question_mark) = failure {
            self.convert(state, expr.id, question_mark, span);
        }
        match (failure, dest) {
            (OnFailure::Leaves | OnFailure::Converts(_), Dest::Drop) => {}
            (OnFailure::Leaves | OnFailure::Converts(_), Dest::Var(var)) => self.set_result(state, Slot::Next, *var),
            (_, Dest::Return) => {
                let output = self.temp("output", span);
                self.set_result(state, Slot::Next, output);
                self.succeed(var(output, span), Point::Before(expr.id));
            }
            (OnFailure::Value, Dest::Drop) => {
                let failed = self.catch_all(state, expr.id);
                self.cursor = std::mem::take(&mut self.cursor).join(failed);
            }
            (OnFailure::Value, Dest::Var(dest)) => self.returned_value(expr.id, state, *dest, span),
        }
    }

    /// A catcher for what `?` converts, and the failure it becomes.
    fn convert(&mut self, state: StateId, node: NodeId, question_mark: NodeId, span: Span) {
        let from = self.type_hole(TypeSource::Error(node));
        let into = match self.joined {
            Some(branch) => self.type_hole(TypeSource::Error(branch)),
            None if self.machine.failure.is_none() => return,
            None => self.type_hole(TypeSource::Failure),
        };
        let names = match self.joined {
            Some(_) => SpelledErrorName::All(from),
            None => SpelledErrorName::Converted(from, into),
        };
        let after = self.catch(state, node, vec![names]);
        let before = std::mem::replace(&mut self.cursor, after);
        let error = self.variable("error", Some(from), span);
        self.set_result(state, Slot::Catch(0), error);
        let kind = ExprKind::Method("into".to_owned(), vec![var(error, span)]);
        let converted = Expr { ty: Some(into), span, kind: Box::new(kind) };
        let name = format!("{} failed", self.machine.state(state).name);
        self.leave(converted, &name, Point::OnError(question_mark));
        self.cursor = before;
    }

    /// `?` leaves the region with an error: the region fails, or yields `Err(error)` where it is a branch of `join!`.
    pub(super) fn leave(&mut self, error: Expr, name: &str, point: Point) {
        let Some(branch) = self.joined else { return self.fail(error, name, point) };
        let (result, span) = (self.type_hole(TypeSource::Value(branch)), error.span);
        let kind = ExprKind::Construct(Construct {
            name: "Err".to_owned(),
            fields: vec![("0".to_owned(), error)],
            base: None,
        });
        self.succeed(Expr { ty: Some(result), span, kind: Box::new(kind) }, point);
    }

    /// The error that `?` makes of another.
    pub(super) fn converted(&mut self, error: Expr) -> Expr {
        let into = match self.joined {
            Some(branch) => TypeSource::Error(branch),
            None if self.machine.failure.is_none() => return error,
            None => TypeSource::Failure,
        };
        let (into, span) = (self.type_hole(into), error.span);
        Expr { ty: Some(into), span, kind: Box::new(ExprKind::Method("into".to_owned(), vec![error])) }
    }

    /// A branch of `join!` ends with what an await yields: with its failure too, where that is a value.
    pub(super) fn return_settled(&mut self, expr: &ast::Expr, awaited: &Await) {
        let span = span_of(expr.span);
        let output = self.temp("output", span);
        self.await_into(expr, awaited, &Dest::Var(output), OnFailure::Value);
        let state = self.state("Return", span, Some(Point::OnOk(expr.id)), StateKind::Succeed(var(output, span)));
        self.points[state.0 as usize].push(Point::OnError(expr.id));
    }

    /// `dest` becomes `Ok(output)` or `Err(error)`; or, for a callee that returns a plain value, that value: the constructor's hole tells.
    fn returned_value(&mut self, node: NodeId, state: StateId, dest: VarId, span: Span) {
        let ty = self.type_hole(TypeSource::Value(node));
        let wrapped = |name: &str, inner: VarId| {
            let fields = vec![("0".to_owned(), var(inner, span))];
            let kind = ExprKind::Construct(Construct { name: name.to_owned(), fields, base: None });
            Assign { var: dest, value: Expr { ty: Some(ty), span, kind: Box::new(kind) } }
        };
        let output = self.temp("output", span);
        self.set_result(state, Slot::Next, output);
        self.edge_mut(super::builder::EdgeRef { state, slot: Slot::Next }).assign.push(wrapped("Ok", output));
        let failed = self.catch_all(state, node);
        let error = self.temp("error", span);
        for edge in failed.edges.clone() {
            let edge = self.edge_mut(edge);
            edge.result = Some(error);
            edge.assign.push(wrapped("Err", error));
        }
        self.cursor = std::mem::take(&mut self.cursor).join(failed);
    }

    /// A catcher for every error that the awaited `Result` can hold. Yields the place behind it.
    fn catch_all(&mut self, state: StateId, node: NodeId) -> Cursor {
        let ty = self.type_hole(TypeSource::Error(node));
        self.catch(state, node, vec![SpelledErrorName::All(ty)])
    }

    /// Adds a catcher. Yields the place behind it.
    pub(super) fn catch(&mut self, state: StateId, node: NodeId, errors: Vec<SpelledErrorName>) -> Cursor {
        let ty = Some(self.type_hole(TypeSource::Error(node)));
        let catcher = Catcher { errors, ty, next: open_edge(None, Vec::new()) };
        let catchers = match &mut self.machine.states[state.0 as usize].kind {
            StateKind::Task(task) => &mut task.catch,
            StateKind::Parallel(parallel) => &mut parallel.catch,
            StateKind::Map(map) => &mut map.catch,
            kind => unreachable!("{kind:?} cannot catch"),
        };
        catchers.push(catcher);
        let slot = Slot::Catch(catchers.len() - 1);
        self.behind(state, slot)
    }

    pub(super) fn set_result(&mut self, state: StateId, slot: Slot, result: VarId) {
        self.edge_mut(super::builder::EdgeRef { state, slot }).result = Some(result);
    }

    /// The state of an await, without catchers. The cursor is behind it.
    pub(super) fn await_state(&mut self, expr: &ast::Expr, awaited: &Await) -> StateId {
        let span = span_of(expr.span);
        let point = Some(Point::Before(expr.id));
        let state = match &awaited.kind {
            AwaitKind::Call(call) => {
                let task = self.task(expr.id, call);
                self.state(&names::of_call(call), span, point, StateKind::Task(task))
            }
            AwaitKind::Sleep(duration) => {
                let seconds = self.seconds(duration);
                let kind = StateKind::Wait(WaitFor::Seconds(seconds), open_edge(None, Vec::new()));
                self.state("Sleep", span, point, kind)
            }
            AwaitKind::SleepUntil(time) => {
                let time = self.expr(time);
                let kind = StateKind::Wait(WaitFor::Until(time), open_edge(None, Vec::new()));
                self.state("Sleep until", span, point, kind)
            }
            AwaitKind::TryJoin(branches) => self.parallel(branches, Joining::Tried, span, point),
            AwaitKind::Join(branches) => self.parallel(branches, Joining::Settled, span, point),
            AwaitKind::Race { branches, timer } => {
                self.parallel(branches, Joining::Raced { timer: *timer }, span, point)
            }
            AwaitKind::Map { items, item, index, body, concurrency } => {
                self.map(items, item, index.as_ref(), body, concurrency.as_ref(), span, point)
            }
        };
        self.awaits.insert(expr.id, state);
        self.cursor = self.behind(state, Slot::Next);
        state
    }

    fn task(&mut self, node: NodeId, call: &Call) -> TaskState {
        let callee = self.callee_hole(node);
        let args = self.exprs(&call.args);
        let timeout = call.timeout.as_ref().map(|timeout| self.seconds(timeout));
        let heartbeat = call.heartbeat.as_ref().map(|heartbeat| self.seconds(heartbeat));
        let retry: Vec<_> = call.retry.iter().map(|(_, retrier)| retrier.clone()).collect();
        TaskState {
            callee,
            args,
            detached: call.detached,
            anew: call.anew,
            timeout,
            heartbeat,
            retry: (!retry.is_empty()).then_some(retry),
            catch: Vec::new(),
            next: open_edge(None, Vec::new()),
        }
    }

    /// A duration as a number of whole seconds where its spelling tells one, else as it is: it is rounded up to whole seconds then.
    fn seconds(&mut self, duration: &ast::Expr) -> Expr {
        let span = span_of(duration.span);
        let times = |count: Expr, factor: i128| match *count.kind {
            ExprKind::Literal(Literal::Int(n)) => untyped(span, ExprKind::Literal(Literal::Int(n * factor))),
            _ => binary(BinaryOp::Mul, count, untyped(span, ExprKind::Literal(Literal::Int(factor))), span),
        };
        match &duration.kind {
            Ast::Paren(inner) => self.seconds(inner),
            Ast::Function { spelling, args, .. } if args.len() == 1 => {
                let count = self.expr(&args[0]);
                match &**spelling {
                    "Duration::from_secs" => count,
                    "Duration::from_mins" => times(count, 60),
                    "Duration::from_hours" => times(count, 3_600),
                    _ => self.expr(duration),
                }
            }
            _ => self.expr(duration),
        }
    }

    fn parallel(&mut self, branches: &[Branch], how: Joining, span: Span, point: Option<Point>) -> StateId {
        let next = open_edge(None, Vec::new());
        let (race, name) = match how {
            Joining::Raced { timer } => (true, names::of_race(branches, timer)),
            Joining::Tried | Joining::Settled => (false, names::of_branches(branches)),
        };
        let kind = ParallelState { branches: Vec::new(), race, catch: Vec::new(), next };
        let state = self.state(&name, span, point, StateKind::Parallel(kind));
        let values = how == Joining::Settled;
        let regions: Vec<_> =
            branches.iter().map(|branch| self.region(state, branch, values, |_, _| Vec::new())).collect();
        if let StateKind::Parallel(parallel) = &mut self.machine.states[state.0 as usize].kind {
            parallel.branches = regions;
        }
        state
    }

    #[allow(clippy::too_many_arguments)]
    fn map(
        &mut self,
        items: &ast::Expr,
        item: &Pat,
        index: Option<&Pat>,
        body: &Branch,
        concurrency: Option<&ast::Expr>,
        span: Span,
        point: Option<Point>,
    ) -> StateId {
        let items = self.map_items(items);
        let concurrency = concurrency.map(|limit| self.expr(limit));
        let kind = MapState {
            items,
            item: VarId(0),
            index: None,
            body: RegionId(0),
            concurrency,
            catch: Vec::new(),
            next: open_edge(None, Vec::new()),
        };
        let state = self.state(&names::of_map(body), span, point, StateKind::Map(kind));
        let mut params = (VarId(0), None);
        let region = self.region(state, body, false, |builder, origin| {
            params.0 = builder.param(item, "item", origin);
            params.1 = index.map(|index| builder.param(index, "index", origin));
            std::iter::once(params.0).chain(params.1).collect()
        });
        if let StateKind::Map(map) = &mut self.machine.states[state.0 as usize].kind {
            (map.item, map.index, map.body) = (params.0, params.1, region);
        }
        state
    }

    fn map_items(&mut self, items: &ast::Expr) -> Expr {
        match &items.kind {
            Ast::Method { receiver, method, args, .. }
                if args.is_empty() && (method == "into_iter" || method == "iter") =>
            {
                self.expr(receiver)
            }
            Ast::Paren(inner) | Ast::Ref { expr: inner, .. } => self.map_items(inner),
            _ => self.expr(items),
        }
    }

    /// A parameter of a Map's body. A pattern takes it apart in the body.
    fn param(&mut self, pat: &Pat, name: &str, origin: NodeId) -> VarId {
        match &pat.kind {
            PatKind::Bind { local: Some(local), sub: None, .. } => self.local(*local),
            _ => {
                let span = span_of(pat.span);
                let param = self.temp(name, span);
                self.destructure(pat, var(param, span), origin);
                param
            }
        }
    }

    /// The region of a branch or body. Its failures are its own, or `values`.
    fn region(
        &mut self,
        parent: StateId,
        branch: &Branch,
        values: bool,
        params: impl FnOnce(&mut Self, NodeId) -> Vec<VarId>,
    ) -> RegionId {
        let region = RegionId(self.machine.regions.len() as u32);
        self.machine.regions.push(Region { parent: Some(parent), start: StateId(u32::MAX), params: Vec::new() });
        for (index, local) in self.workflow.locals.iter().enumerate() {
            if local.scope.last() == Some(&branch.id) {
                self.machine.vars[index].region = region;
            }
        }
        let outer = (
            std::mem::replace(&mut self.cursor, Cursor { edges: Vec::new(), start: Some(region), pass: None }),
            std::mem::replace(&mut self.region, region),
            std::mem::replace(&mut self.returns_result, !values && yields_result(&branch.body)),
            std::mem::replace(&mut self.joined, values.then_some(branch.id)),
            std::mem::take(&mut self.loops),
            self.name.take(),
            self.comment.take(),
        );
        self.machine.regions[region.0 as usize].params = params(self, branch.body.id);
        self.block_into(&branch.body, &Dest::Return);
        (self.cursor, self.region, self.returns_result, self.joined, self.loops, self.name, self.comment) = outer;
        region
    }
}
