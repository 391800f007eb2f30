//! Passes that move work between states.

use durafn_ir::{
    Assign, Expr, ExprKind, Literal, Liveness, Region, RegionId, Rule, State, StateId, StateKind, Target, Test,
    fallible,
};

use super::{
    Draft,
    graph::{EdgeAt, Predecessors},
};

/// A Pass with several ways to it moves onto them only what is not too much to write several times.
const LARGEST_COPY: usize = 12;

impl Draft<'_> {
    /// Removes Passes that do nothing. One at the start of a region with an input stays where the next state has other ways to it.
    pub(super) fn skip_empty(&mut self) {
        for id in self.ids() {
            let Some(edge) = self.pass(id) else { continue };
            let Target::State(to) = edge.to else { continue };
            if to == id || !edge.assign.is_empty() || !self.machine.state(id).enter.is_empty() {
                continue;
            }
            let predecessors = Predecessors::of(self.machine);
            let others = predecessors.edges(to).iter().any(|edge| edge.state != id);
            let looped = !predecessors.edges(id).is_empty();
            let takes_input = self.takes_input(self.machine.state(id).region, &predecessors);
            if predecessors.is_start(id) && takes_input && (others || looped) {
                self.redirect_edges(id, to);
            } else {
                self.redirect(id, to);
            }
        }
    }

    /// The region has parameters, or it reads those of a region around it that are handed on to it.
    fn takes_input(&self, region: RegionId, predecessors: &Predecessors) -> bool {
        let Region { mut parent, ref params, .. } = *self.machine.region(region);
        let mut handed_on = Vec::new();
        while let Some(state) = parent.filter(|state| predecessors.is_start(*state)) {
            let around = self.machine.region(self.machine.state(state).region);
            handed_on.extend(&around.params);
            parent = around.parent;
        }
        let reads = || Liveness::of(self.machine).captures(region).iter().any(|var| handed_on.contains(var));
        !params.is_empty() || (!handed_on.is_empty() && reads())
    }

    /// A Choice that is reached from one edge of another Choice alone, with nothing done between, joins it.
    pub(super) fn flatten(&mut self) -> bool {
        let predecessors = Predecessors::of(self.machine);
        for id in self.ids() {
            let state = self.machine.state(id);
            let StateKind::Choice(..) = &state.kind else { continue };
            let Some(at) = predecessors.only(id) else { continue };
            let StateKind::Choice(rules, _) = &self.machine.state(at.state).kind else { continue };
            if at.state == id || !state.enter.is_empty() || !self.edge(at).assign.is_empty() {
                continue;
            }
            // The default is the last edge; a rule's edge is in the way of the rules behind it.
            let from_default = at.edge == rules.len();
            if from_default {
                self.join_default(at.state, id);
            } else if !self.tests_bind(at) {
                self.join_rule(at.state, at.edge, id);
            } else {
                continue;
            }
            return true;
        }
        false
    }

    fn tests_bind(&self, at: EdgeAt) -> bool {
        let StateKind::Choice(rules, _) = &self.machine.state(at.state).kind else { return true };
        rules[at.edge].tests.iter().any(|test| match test {
            Test::If(_) => false,
            Test::Matches(_, pattern) => !pattern.bindings().is_empty(),
        })
    }

    fn take_choice(&mut self, id: StateId) -> (Vec<Rule>, durafn_ir::Edge) {
        let nothing = unit_at(self.machine.state(id));
        match std::mem::replace(&mut self.machine.states[id.0 as usize].kind, StateKind::Succeed(nothing)) {
            StateKind::Choice(rules, default) => (rules, default),
            kind => unreachable!("{kind:?} is no Choice"),
        }
    }

    /// `if a {..} else { if b {..} else {..} }`.
    fn join_default(&mut self, outer: StateId, inner: StateId) {
        let (inner_rules, inner_default) = self.take_choice(inner);
        if let StateKind::Choice(rules, default) = &mut self.machine.states[outer.0 as usize].kind {
            rules.extend(inner_rules);
            *default = inner_default;
        }
    }

    /// `if a { if b {..} else {..} }`: each inner rule is tried with the outer tests before it.
    fn join_rule(&mut self, outer: StateId, rule: usize, inner: StateId) {
        let (inner_rules, inner_default) = self.take_choice(inner);
        if let StateKind::Choice(rules, _) = &mut self.machine.states[outer.0 as usize].kind {
            let tests = std::mem::take(&mut rules[rule].tests);
            let nested = inner_rules.into_iter().map(|inner| {
                let tests = tests.iter().cloned().chain(inner.tests).collect();
                Rule { tests, next: inner.next }
            });
            let fallback = Rule { tests: tests.clone(), next: inner_default };
            let all: Vec<_> = nested.chain(std::iter::once(fallback)).collect();
            rules.splice(rule..=rule, all);
        }
    }

    /// Moves the assignments of a Pass onto the edges that lead to it, as far as each of them takes them.
    pub(super) fn backward(&mut self) -> bool {
        let predecessors = Predecessors::of(self.machine);
        for id in self.ids() {
            let Some(edge) = self.pass(id) else { continue };
            if predecessors.is_start(id) || !self.machine.state(id).enter.is_empty() {
                continue;
            }
            let ways = predecessors.edges(id);
            if ways.is_empty() || ways.iter().any(|way| way.state == id) {
                continue;
            }
            let forward = self.goes_forward(id, &predecessors) && self.copies_behind(id) <= ways.len();
            if ways.len() > 1 && (forward || !small(&edge.assign)) {
                continue;
            }
            let all_take = |assign: &Assign| ways.iter().all(|way| self.takes(*way, assign));
            let count = edge.assign.iter().take_while(|assign| all_take(assign)).count();
            // Several copies are worth it only where the Pass goes away.
            if count == 0 || (ways.len() > 1 && count < edge.assign.len()) {
                continue;
            }
            let ways = ways.to_vec();
            let moved: Vec<_> = self.edge_mut(EdgeAt { state: id, edge: 0 }).assign.drain(..count).collect();
            for way in ways {
                self.edge_mut(way).assign.extend(moved.iter().cloned());
            }
            return true;
        }
        false
    }

    /// Whether an edge takes an assignment: out of a Task, Parallel or Map that can retry or catch, only one that cannot fail or vary;
    /// out of a catcher likewise.
    fn takes(&self, way: EdgeAt, assign: &Assign) -> bool {
        match &self.machine.state(way.state).kind {
            StateKind::Pass(_) | StateKind::Wait(..) | StateKind::Choice(..) => true,
            StateKind::Task(_) => !fallible(&assign.value),
            // What fails behind a join does so as `States.QueryEvaluationError`, which no catcher lists, and nothing retries a join.
            // A winner's way out is a Catch on AWS.
            StateKind::Parallel(parallel) => (way.edge == 0 && !parallel.race) || !fallible(&assign.value),
            StateKind::Map(_) => way.edge == 0 || !fallible(&assign.value),
            StateKind::Succeed(_) | StateKind::Fail(_) => false,
        }
    }

    /// The next state is reached from here alone and can take assignments on entry.
    fn goes_forward(&self, id: StateId, predecessors: &Predecessors) -> bool {
        let Some(Target::State(to)) = self.pass(id).map(|edge| &edge.to) else { return false };
        let varies = |assign: &Assign| assign.value.effects().varies;
        predecessors.only(*to).is_some()
            && match &self.machine.state(*to).kind {
                StateKind::Task(_) => !self.assigns(id).iter().any(varies),
                StateKind::Parallel(_) | StateKind::Map(_) => {
                    !self.assigns(id).iter().any(varies) && self.regions_start_clean(*to, predecessors)
                }
                StateKind::Choice(..) | StateKind::Wait(..) | StateKind::Succeed(_) | StateKind::Fail(_) => true,
                StateKind::Pass(_) => false,
            }
    }

    /// How often the next state would write out the value of an assignment of a Pass that moved there: at most, of all of them.
    fn copies_behind(&self, id: StateId) -> usize {
        let Some(Target::State(to)) = self.pass(id).map(|edge| &edge.to) else { return 0 };
        self.assigns(id).iter().map(|assign| self.copies_in(*to, assign.var)).max().unwrap_or(0)
    }

    /// What a region reads of an entered variable comes with its input, so its start must not be come back to.
    fn regions_start_clean(&self, id: StateId, predecessors: &Predecessors) -> bool {
        let regions = self.machine.state(id).regions();
        regions.iter().all(|region| predecessors.edges(self.machine.region(*region).start).is_empty())
    }

    fn assigns(&self, id: StateId) -> &[Assign] {
        self.pass(id).map_or(&[], |edge| &edge.assign)
    }

    /// Moves a Pass into the `enter` list of the next state.
    pub(super) fn forward(&mut self) -> bool {
        let predecessors = Predecessors::of(self.machine);
        for id in self.ids() {
            let Some(Target::State(to)) = self.pass(id).map(|edge| edge.to.clone()) else { continue };
            if to == id || self.assigns(id).is_empty() || !self.goes_forward(id, &predecessors) {
                continue;
            }
            let state = &mut self.machine.states[id.0 as usize];
            let mut moved = std::mem::take(&mut state.enter);
            if let StateKind::Pass(edge) = &mut state.kind {
                moved.append(&mut edge.assign);
            }
            let early = moved.iter().any(|assign| fallible(&assign.value));
            let next = &mut self.machine.states[to.0 as usize];
            moved.append(&mut next.enter);
            next.enter = moved;
            if early {
                self.points[to.0 as usize] = self.points[id.0 as usize].clone();
            }
            self.redirect(id, to);
            return true;
        }
        false
    }

    /// An edge to a Succeed becomes an end, where every way to it can end.
    pub(super) fn ends(&mut self) -> bool {
        durafn_ir::fold_end(self.machine)
    }

    /// Ends and failures of one region that say the same are one state.
    pub(super) fn share(&mut self) -> bool {
        let ids: Vec<_> = self.ids().collect();
        for (position, first) in ids.iter().enumerate() {
            for second in &ids[position + 1..] {
                if !same_end(self.machine.state(*first), self.machine.state(*second)) {
                    continue;
                }
                let points = std::mem::take(&mut self.points[second.0 as usize]);
                self.points[first.0 as usize].extend(points);
                self.redirect(*second, *first);
                return true;
            }
        }
        false
    }
}

fn same_end(first: &State, second: &State) -> bool {
    let same = match (&first.kind, &second.kind) {
        (StateKind::Succeed(a), StateKind::Succeed(b)) | (StateKind::Fail(a), StateKind::Fail(b)) => {
            same_constant(a, b)
        }
        _ => false,
    };
    same && first.region == second.region
        && first.enter.is_empty()
        && second.enter.is_empty()
        && first.name == second.name
}

/// Equal apart from their places. Constants from different places of the source are different holes, so only what is written out counts.
fn same_constant(a: &Expr, b: &Expr) -> bool {
    match (&*a.kind, &*b.kind) {
        (ExprKind::Literal(a), ExprKind::Literal(b)) => a == b,
        (ExprKind::Var(a), ExprKind::Var(b)) => a == b,
        _ => false,
    }
}

fn small(assigns: &[Assign]) -> bool {
    assigns.iter().map(|assign| size(&assign.value)).sum::<usize>() <= LARGEST_COPY
}

pub(super) fn size(expr: &Expr) -> usize {
    let mut total = 1;
    expr.each_child(&mut |child, _| total += size(child));
    total
}

fn unit_at(state: &State) -> Expr {
    Expr { ty: None, span: state.span, kind: Box::new(ExprKind::Literal(Literal::Unit)) }
}
