//! States: statements one after the other, with the edges that wait for a state to lead to.

mod nested;

use durafn_ir::{
    Assign, Builtin, Callee, Edge, Expr, ExprKind, Literal, Region, RegionId, Rule, Span, State, StateId, StateKind,
    Target, TaskState, Test, TypeDef, TypeId, Typed, TypedMachine, VarId, WaitFor, WorkflowKind,
};

use super::{Gen, Tape, expr, tasks, types::Types};

/// A machine and how many states it may still get.
struct Builder<'t> {
    expr: Gen<'t>,
    states: Vec<State<Typed>>,
    regions: Vec<Region>,
    callees: Vec<Callee>,
    /// Edges that lead to whatever comes next: the state, and which of its edges.
    open: Vec<(StateId, usize)>,
    left: usize,
    /// Loops and joins around the place.
    depth: usize,
    loops: usize,
    /// Retries and waits let time pass.
    failure: Option<TypeId>,
}

/// Leads nowhere yet.
const OPEN: Target<Typed> = Target::State(StateId(u32::MAX));

/// A machine out of choices.
pub(super) fn machine(tape: &mut Tape) -> TypedMachine {
    let types = Types::new(tape);
    let timeless = tape.chance(40);
    let mut generator = Gen {
        tape,
        types,
        vars: Vec::new(),
        readable: Vec::new(),
        assignable: Vec::new(),
        region: RegionId(0),
        may_fail: true,
        steady: false,
        timeless,
    };
    let failure = generator.tape.chance(70).then(|| {
        let failures = generator.types.failures.clone();
        generator.tape.pick(&failures)
    });
    let callees = tasks::callees(&mut generator);
    let left = generator.tape.pick(&[2, 3, 4, 5, 6, 8, 14]);
    let root = Region { parent: None, start: StateId(0), params: Vec::new() };
    let builder = Builder {
        expr: generator,
        states: Vec::new(),
        regions: vec![root],
        callees,
        open: Vec::new(),
        left,
        depth: 0,
        loops: 0,
        failure,
    };
    builder.workflow()
}

impl Builder<'_> {
    fn workflow(mut self) -> TypedMachine {
        let mut params = Vec::new();
        for _ in 0..1 + self.expr.tape.below(3) {
            let ty = self.expr.types.any(self.expr.tape);
            params.push(self.expr.var(ty));
        }
        self.expr.readable.extend(&params);
        self.expr.assignable.extend(&params);
        self.regions[0].params.clone_from(&params);
        let output = self.expr.types.any(self.expr.tape);
        self.statements();
        self.end(output);
        let Builder { expr: generator, states, regions, failure, .. } = self;
        let names = params.iter().map(|var| generator.vars[var.0 as usize].name.clone()).collect();
        TypedMachine {
            name: "generated".into(),
            comment: None,
            file: "generated.rs".into(),
            kind: WorkflowKind::Standard,
            timeout_seconds: None,
            params: names,
            output,
            failure,
            vars: generator.vars,
            regions,
            states,
            types: generator.types.table,
            patches: Vec::new(),
        }
    }

    fn state(&mut self, name: &str, kind: StateKind<Typed>) -> StateId {
        let id = StateId(self.states.len() as u32);
        for (from, edge) in std::mem::take(&mut self.open) {
            self.states[from.0 as usize].edges_mut().swap_remove(edge).to = Target::State(id);
        }
        let odd = self.expr.tape.chance(10);
        let name = if odd { format!("{name} \"{}\" > 1?", id.0) } else { format!("{name} {}", id.0) };
        let region = self.expr.region;
        let is_first = self.regions[region.0 as usize].start == StateId(u32::MAX);
        if is_first {
            self.regions[region.0 as usize].start = id;
        }
        self.left = self.left.saturating_sub(1);
        self.states.push(State { name, comment: None, span: Span::default(), region, enter: Vec::new(), kind });
        id
    }

    /// Something stands in the region at hand.
    fn has_begun(&self) -> bool {
        self.states.iter().any(|state| state.region == self.expr.region)
    }

    fn statements(&mut self) {
        let most = if self.depth == 0 { 8 } else { 3 };
        for _ in 0..most {
            if self.left == 0 || self.expr.tape.is_over() {
                return;
            }
            self.statement();
        }
    }

    fn statement(&mut self) {
        match self.expr.tape.below(16) {
            0 | 1 => self.assign(),
            2..=6 => self.task(),
            7..=9 => self.choice(),
            10 => self.wait(),
            11 | 12 if self.loops < 2 => self.repeat(),
            13 if self.depth < 2 => self.parallel(),
            14 | 15 if self.depth < 2 => self.map(),
            _ => self.assign(),
        }
    }

    /// What an assignment of a new or an old variable takes.
    fn assignment(&mut self, depth: usize) -> Assign<Typed> {
        let old = self.expr.assignable.clone();
        if !old.is_empty() && self.expr.tape.chance(50) {
            let var = self.expr.tape.pick(&old);
            let ty = self.expr.type_of(var);
            let value = self.expr.expr(ty, depth);
            return Assign { var, value: self.bounded(value) };
        }
        let ty = self.expr.types.any(self.expr.tape);
        let value = self.expr.expr(ty, depth);
        let var = self.expr.var(ty);
        self.declare(var);
        Assign { var, value }
    }

    fn declare(&mut self, var: VarId) {
        self.expr.readable.push(var);
        self.expr.assignable.push(var);
    }

    /// A value of a variable that a loop assigns again and again stays small.
    fn bounded(&mut self, value: Expr<Typed>) -> Expr<Typed> {
        if self.loops == 0 {
            return value;
        }
        let ty = value.ty;
        let usize = self.expr.types.usize();
        let three = expr(usize, ExprKind::Literal(Literal::Int(3)));
        match self.expr.types.def(ty) {
            TypeDef::Vec(_) => expr(ty, ExprKind::Method(Builtin::VecTruncate, vec![value, three])),
            _ => value,
        }
    }

    fn assigns(&mut self) -> Vec<Assign<Typed>> {
        let count = self.expr.tape.pick(&[0, 0, 1, 1, 2]);
        (0..count).map(|_| self.assignment(3)).collect()
    }

    fn edge(&mut self, result: Option<VarId>) -> Edge<Typed> {
        if let Some(result) = result {
            self.declare(result);
        }
        Edge { result, assign: self.assigns(), to: OPEN }
    }

    /// A state that only assigns.
    fn assign(&mut self) {
        let count = 1 + self.expr.tape.below(2);
        let assign = (0..count).map(|_| self.assignment(4)).collect();
        let id = self.state("Set", StateKind::Pass(Edge { result: None, assign, to: OPEN }));
        self.open.push((id, 0));
    }

    fn enter(&mut self, id: StateId, enter: Vec<Assign<Typed>>) {
        self.states[id.0 as usize].enter = enter;
    }

    /// Assignments on entry: nothing that varies, so that any state can have them.
    fn entry(&mut self) -> Vec<Assign<Typed>> {
        if !self.expr.tape.chance(25) {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.expr.steady, true);
        let assign = self.assignment(2);
        self.expr.steady = before;
        vec![assign]
    }

    fn task(&mut self) {
        let enter = self.entry();
        let callees = self.callees.clone();
        let callee = self.expr.tape.pick(&callees);
        let args = callee.params.iter().map(|(_, ty)| self.expr.expr(*ty, 3)).collect();
        let retry = self.expr.tape.chance(20).then(|| tasks::retriers(&mut self.expr, callee.failure));
        let timeout = self.expr.tape.chance(10).then(|| {
            let ty = self.expr.types.usize();
            expr(ty, ExprKind::Literal(Literal::Int(30)))
        });
        let before = self.scope();
        let ways = tasks::catchers(&mut self.expr, callee.failure);
        let (name, output) = (callee.name.clone(), callee.output);
        let catch = ways.iter().map(|way| self.catcher(way)).collect();
        self.restore(before);
        let result = self.expr.tape.chance(85).then(|| self.expr.var(output));
        let next = self.edge(result);
        let task = TaskState {
            callee: Box::new(callee),
            args,
            detached: false,
            anew: false,
            timeout,
            heartbeat: None,
            retry,
            catch,
            next,
        };
        let id = self.state(&name, StateKind::Task(task));
        self.enter(id, enter);
        self.handlers(id, before, &ways);
    }

    fn catcher(&mut self, way: &tasks::Way) -> durafn_ir::Catcher<Typed> {
        let before = self.scope();
        let result = way.takes_value.then(|| self.expr.var(way.ty));
        let assign = self.expr.infallible(|this| {
            let simple = this.tape.chance(30) && !this.assignable.is_empty();
            if !simple {
                return Vec::new();
            }
            let assignable = this.assignable.clone();
            let var = this.tape.pick(&assignable);
            let ty = this.type_of(var);
            vec![Assign { var, value: this.steady(|this| this.expr(ty, 2)) }]
        });
        self.restore(before);
        durafn_ir::Catcher { errors: way.errors.clone(), ty: way.ty, next: Edge { result, assign, to: OPEN } }
    }

    fn scope(&self) -> (usize, usize) {
        (self.expr.readable.len(), self.expr.assignable.len())
    }

    fn restore(&mut self, (readable, assignable): (usize, usize)) {
        self.expr.readable.truncate(readable);
        self.expr.assignable.truncate(assignable);
    }

    /// What follows a failure that is caught, and then success. Both lead to what comes next.
    fn handlers(&mut self, id: StateId, before: (usize, usize), ways: &[tasks::Way]) {
        let success = (self.expr.readable[before.0..].to_vec(), self.expr.assignable[before.1..].to_vec());
        self.restore(before);
        let mut done = vec![(id, 0)];
        for edge in 1..=ways.len() {
            self.open = vec![(id, edge)];
            let caught = self.states[id.0 as usize].edges()[edge].result;
            caught.into_iter().for_each(|var| self.declare(var));
            if self.expr.tape.chance(35) && self.left > 0 {
                self.depth += 1;
                self.statement();
                self.depth -= 1;
            }
            if self.expr.tape.chance(30) {
                self.fail(caught);
            }
            self.restore(before);
            done.append(&mut self.open);
        }
        let only_success = done.len() == 1;
        self.open = done;
        if only_success {
            self.expr.readable.extend(success.0);
            self.expr.assignable.extend(success.1);
        }
    }

    /// Ends the region with a failure, where the workflow has any.
    fn fail(&mut self, caught: Option<VarId>) {
        let Some(ty) = self.failure else { return };
        let caught = caught.filter(|var| self.expr.type_of(*var) == ty);
        let value = match caught {
            Some(var) if self.expr.tape.chance(60) => expr(ty, ExprKind::Var(var)),
            _ => self.expr.steady(|this| this.failure(ty)),
        };
        self.state("Fail", StateKind::Fail(value));
    }

    fn wait(&mut self) {
        if self.expr.timeless {
            return self.assign();
        }
        let enter = self.entry();
        let seconds = self.expr.seconds();
        let until = self.expr.tape.chance(25);
        let wait = if until {
            let ty = self.expr.types.id(TypeDef::Timestamp);
            WaitFor::Until(self.expr.expr(ty, 1))
        } else {
            WaitFor::Seconds(seconds)
        };
        let next = self.edge(None);
        let id = self.state("Wait", StateKind::Wait(wait, next));
        self.enter(id, enter);
        self.open.push((id, 0));
    }

    fn rule(&mut self) -> Rule<Typed> {
        let mut tests = Vec::new();
        for _ in 0..self.expr.tape.pick(&[1, 1, 2]) {
            if self.expr.tape.chance(40) {
                let ty = self.expr.types.any(self.expr.tape);
                let subject = self.expr.expr(ty, 2);
                let mut bound = Vec::new();
                let pattern = self.expr.pattern(ty, 2, &mut bound);
                tests.push(Test::Matches(subject, pattern));
                bound.into_iter().for_each(|var| self.declare(var));
            } else {
                let bool = self.expr.types.bool();
                tests.push(Test::If(self.expr.expr(bool, 3)));
            }
        }
        Rule { tests, next: self.edge(None) }
    }

    fn choice(&mut self) {
        let enter = self.entry();
        let before = self.scope();
        let mut scopes = Vec::new();
        let mut rules = Vec::new();
        for _ in 0..self.expr.tape.pick(&[1, 1, 2, 3]) {
            rules.push(self.rule());
            let readable = self.expr.readable.split_off(before.0);
            scopes.push((readable, self.expr.assignable.split_off(before.1)));
        }
        let default = self.edge(None);
        let readable = self.expr.readable.split_off(before.0);
        scopes.push((readable, self.expr.assignable.split_off(before.1)));
        let id = self.state("If", StateKind::Choice(rules, default));
        self.enter(id, enter);
        let mut done = Vec::new();
        for (edge, (readable, assignable)) in scopes.into_iter().enumerate() {
            self.open = vec![(id, edge)];
            self.expr.readable.extend(readable);
            self.expr.assignable.extend(assignable);
            if self.left > 0 && self.expr.tape.chance(60) {
                self.depth += 1;
                self.statements();
                self.depth -= 1;
            }
            if edge > 0 && self.expr.tape.chance(12) {
                self.fail(None);
            }
            self.restore(before);
            done.append(&mut self.open);
        }
        self.open = done;
    }

    /// `while counter < n && condition { .. }`.
    fn repeat(&mut self) {
        let ty = self.expr.types.id(TypeDef::Int(durafn_ir::IntType::U32));
        let bool = self.expr.types.bool();
        let number = |value| expr(ty, ExprKind::Literal(Literal::Int(value)));
        let counter = self.expr.var(ty);
        let read = || expr(ty, ExprKind::Var(counter));
        let zero = Assign { var: counter, value: number(0) };
        let first = self.state("Begin", StateKind::Pass(Edge { result: None, assign: vec![zero], to: OPEN }));
        self.open.push((first, 0));
        let before = self.scope();
        self.expr.readable.push(counter);
        let most = number(1 + self.expr.tape.below(3) as i128);
        let below = expr(bool, ExprKind::Binary(durafn_ir::BinaryOp::Lt, read(), most));
        let mut tests = vec![Test::If(below)];
        if self.expr.tape.chance(30) {
            tests.push(Test::If(self.expr.expr(bool, 2)));
        }
        let edge = || Edge { result: None, assign: Vec::new(), to: OPEN };
        let head = self.state("While", StateKind::Choice(vec![Rule { tests, next: edge() }], edge()));
        self.open = vec![(head, 0)];
        (self.depth, self.loops) = (self.depth + 1, self.loops + 1);
        self.statements();
        (self.depth, self.loops) = (self.depth - 1, self.loops - 1);
        let one_more = expr(ty, ExprKind::Binary(durafn_ir::BinaryOp::Add, read(), number(1)));
        let assign = vec![Assign { var: counter, value: one_more }];
        let back = Edge { result: None, assign, to: Target::State(head) };
        if !self.open.is_empty() {
            self.state("Again", StateKind::Pass(back));
        }
        self.restore(before);
        self.open = vec![(head, 1)];
    }

    /// Ends the region: by its last edges where they can, else by a state of its own.
    fn end(&mut self, output: TypeId) {
        if self.open.is_empty() && self.has_begun() {
            return;
        }
        let value = self.expr.expr(output, 4);
        let can_end = self.open.iter().all(|(from, edge)| {
            let kind = &self.states[from.0 as usize].kind;
            *edge == 0 && !matches!(kind, StateKind::Choice(..) | StateKind::Succeed(_))
        });
        if self.open.len() == 1 && can_end && self.expr.tape.chance(60) {
            for (from, edge) in std::mem::take(&mut self.open) {
                self.states[from.0 as usize].edges_mut().swap_remove(edge).to = Target::End(value.clone());
            }
            return;
        }
        self.state("Done", StateKind::Succeed(value));
    }
}
