//! Rules 13 and 15: types agree, and what may stand where.

use super::Checker;
use crate::{
    Assign, CalleeKind, ContextValue, Edge, Expr, ExprKind, RegionId, State, StateKind, Target, Test, TypeDef, TypeId,
    Typed, VarId, WaitFor,
};

impl Checker<'_> {
    pub(super) fn types(&mut self) {
        for (_, state) in self.states() {
            self.assigns(state, &state.enter);
            self.own_types(state);
            self.joined(state);
            let result = self.result_type(state);
            match &state.kind {
                StateKind::Choice(..) | StateKind::Succeed(_) | StateKind::Fail(_) => {
                    state.edges().into_iter().for_each(|edge| self.edge_types(state, edge, None));
                }
                _ => {
                    let (success, _) = state.edges().split_first().map(|(first, rest)| (*first, rest.len())).unzip();
                    success.into_iter().for_each(|edge| self.edge_types(state, edge, result));
                }
            }
            for catcher in state.catchers() {
                if self.machine.types.failure(catcher.ty).is_none() {
                    self.at(13, state, "a catcher's type is no failure type");
                }
                self.edge_types(state, &catcher.next, Some(catcher.ty));
            }
            state.each_expr(&mut |expr| self.expr_places(state, expr));
        }
    }

    /// What the state's result is, where it has one of a known type.
    fn result_type(&self, state: &State<Typed>) -> Option<TypeId> {
        match &state.kind {
            StateKind::Task(task) if !task.detached => Some(task.callee.output),
            _ => None,
        }
    }

    /// The result of a Parallel is the tuple of its branches' outputs, that of a Map a vector of its body's.
    fn joined(&mut self, state: &State<Typed>) {
        if let StateKind::Parallel(parallel) = &state.kind
            && parallel.race
        {
            return self.raced(state, &parallel.branches, parallel.next.result);
        }
        let outputs: Option<Vec<TypeId>> = state.regions().iter().map(|region| self.region_output(*region)).collect();
        let (next, def) = match (&state.kind, outputs) {
            (StateKind::Parallel(parallel), Some(outputs)) => (&parallel.next, TypeDef::Tuple(outputs)),
            (StateKind::Map(map), Some(outputs)) => (&map.next, TypeDef::Vec(outputs[0])),
            _ => return,
        };
        let Some(var) = next.result.map(|var| self.machine.var(var)) else { return };
        if *self.machine.types.get(var.ty) != def {
            self.at(13, state, format!("the result does not fit `{}`", var.name));
        }
    }

    /// The result of a race is the output of any branch: one that only fails has none.
    fn raced(&mut self, state: &State<Typed>, branches: &[RegionId], result: Option<VarId>) {
        let result = result.map(|var| self.machine.var(var).ty);
        let outputs: Vec<TypeId> = branches.iter().filter_map(|region| self.region_output(*region)).collect();
        let expected = result.or(outputs.first().copied());
        if outputs.iter().any(|output| Some(*output) != expected) {
            self.at(13, state, "the branches of a race yield different types");
        }
    }

    fn region_output(&self, region: RegionId) -> Option<TypeId> {
        self.machine.states_of(region).find_map(|(_, state)| first_output(state))
    }

    fn own_types(&mut self, state: &State<Typed>) {
        match &state.kind {
            StateKind::Task(task) => {
                let params: Vec<TypeId> = task.callee.params.iter().map(|(_, ty)| *ty).collect();
                if params.len() != task.args.len() {
                    self.at(13, state, "arguments and parameters differ in number");
                }
                for (arg, param) in task.args.iter().zip(params) {
                    self.same(state, param, arg.ty, "an argument");
                }
                for seconds in task.timeout.iter().chain(&task.heartbeat) {
                    self.seconds(state, seconds);
                }
            }
            StateKind::Wait(WaitFor::Seconds(seconds), _) => self.seconds(state, seconds),
            StateKind::Wait(WaitFor::Until(until), _) => {
                self.kind(state, until, "a timestamp", |def| matches!(def, TypeDef::Timestamp));
            }
            StateKind::Choice(rules, _) => {
                for test in rules.iter().flat_map(|rule| &rule.tests) {
                    if let Test::If(condition) = test {
                        self.kind(state, condition, "a bool", |def| matches!(def, TypeDef::Bool));
                    }
                }
            }
            StateKind::Map(map) => {
                let item = self.machine.var(map.item).ty;
                match self.machine.types.get(map.items.ty) {
                    TypeDef::Vec(of) | TypeDef::Iterator(of) => self.same(state, item, *of, "the item"),
                    _ => self.at(13, state, "the items are no vector"),
                }
                if let Some(limit) = &map.concurrency {
                    self.kind(state, limit, "an integer", |def| matches!(def, TypeDef::Int(_)));
                }
            }
            StateKind::Succeed(output) => self.output(state, output),
            StateKind::Fail(failure) => {
                if self.machine.types.failure(failure.ty).is_none() {
                    self.at(13, state, "a failure is no failure type");
                }
            }
            StateKind::Pass(_) | StateKind::Parallel(_) => {}
        }
    }

    fn seconds(&mut self, state: &State<Typed>, expr: &Expr<Typed>) {
        self.kind(state, expr, "a number of seconds", |def| matches!(def, TypeDef::Int(_) | TypeDef::Duration));
    }

    fn kind(&mut self, state: &State<Typed>, expr: &Expr<Typed>, wants: &str, fits: impl Fn(&TypeDef) -> bool) {
        let types = &self.machine.types;
        if !fits(types.get(expr.ty)) {
            let message = format!("expected {wants}, found a {}", types.name(expr.ty));
            self.at(13, state, message);
        }
    }

    fn same(&mut self, state: &State<Typed>, wants: TypeId, has: TypeId, what: &str) {
        if wants != has {
            let types = &self.machine.types;
            let message = format!("{what} is a {} where a {} belongs", types.name(has), types.name(wants));
            self.at(13, state, message);
        }
    }

    fn assigns(&mut self, state: &State<Typed>, assigns: &[Assign<Typed>]) {
        for Assign { var, value } in assigns {
            self.assigned(state, *var, value.ty);
        }
    }

    fn assigned(&mut self, state: &State<Typed>, var: VarId, ty: TypeId) {
        let var = self.machine.var(var);
        self.same(state, var.ty, ty, &format!("the value of `{}`", var.name));
        if matches!(self.machine.types.get(ty), TypeDef::Iterator(_)) {
            self.at(15, state, format!("`{}` holds an iterator", var.name));
        }
    }

    fn edge_types(&mut self, state: &State<Typed>, edge: &Edge<Typed>, result: Option<TypeId>) {
        if let (Some(var), Some(ty)) = (edge.result, result) {
            self.assigned(state, var, ty);
        }
        self.assigns(state, &edge.assign);
        match &edge.to {
            Target::State(_) => {}
            Target::End(output) => self.output(state, output),
        }
    }

    /// All ends of a region yield one type, those of the workflow its output.
    fn output(&mut self, state: &State<Typed>, output: &Expr<Typed>) {
        let expected = match state.region.0 {
            0 => Some(self.machine.output),
            _ => self.region_output(state.region),
        };
        self.same(state, expected.unwrap_or(output.ty), output.ty, "the output");
        if matches!(self.machine.types.get(output.ty), TypeDef::Iterator(_)) {
            self.at(15, state, "the output is an iterator");
        }
    }

    fn expr_places(&mut self, state: &State<Typed>, expr: &Expr<Typed>) {
        let in_callback = matches!(&state.kind, StateKind::Task(task) if task.callee.kind != CalleeKind::Workflow);
        if matches!(*expr.kind, ExprKind::Lambda(..)) {
            self.at(15, state, "a closure stands alone");
        }
        expr.walk(&mut |inner| {
            if matches!(*inner.kind, ExprKind::Context(ContextValue::TaskToken)) && !in_callback {
                self.at(15, state, "a task token stands outside of a task's arguments");
            }
            let is_method = matches!(*inner.kind, ExprKind::Method(..));
            inner.each_child(&mut |child, _| {
                if !is_method && matches!(*child.kind, ExprKind::Lambda(..)) {
                    self.at(15, state, "a closure stands outside of a method's arguments");
                }
            });
        });
    }
}

fn first_output(state: &State<Typed>) -> Option<TypeId> {
    let of_edge = |edge: &Edge<Typed>| match &edge.to {
        Target::End(output) => Some(output.ty),
        Target::State(_) => None,
    };
    match &state.kind {
        StateKind::Succeed(output) => Some(output.ty),
        _ => state.edges().into_iter().find_map(of_edge),
    }
}
