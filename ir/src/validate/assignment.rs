//! Rule 10: a variable is assigned before it is read, on every way.

use super::Checker;
use crate::{Edge, Expr, RegionId, State, StateId, StateKind, Target, Test, Typed, VarSet};

impl Checker<'_> {
    pub(super) fn assignments(&mut self) {
        self.region(RegionId(0), &VarSet::new());
    }

    /// A region that is entered where `outer` is assigned.
    fn region(&mut self, region: RegionId, outer: &VarSet) {
        let assigned = self.settle(region, outer);
        for (id, state) in self.machine.states_of(region) {
            let Some(before) = &assigned[id.0 as usize] else { continue };
            let inside = self.walk(state, before.clone(), &mut |_, _| {}, true);
            for inner in state.regions() {
                self.region(*inner, &inside);
            }
        }
    }

    /// What is assigned on every way to each state; nothing where no way leads.
    fn settle(&mut self, region: RegionId, outer: &VarSet) -> Vec<Option<VarSet>> {
        let mut assigned: Vec<Option<VarSet>> = vec![None; self.machine.states.len()];
        let start = self.machine.region(region);
        let first = outer.iter().chain(&start.params).copied().collect();
        assigned[start.start.0 as usize] = Some(first);
        let mut pending = vec![start.start];
        while let Some(id) = pending.pop() {
            let Some(before) = assigned[id.0 as usize].clone() else { continue };
            let mut reached: Vec<(StateId, VarSet)> = Vec::new();
            self.walk(self.machine.state(id), before, &mut |to, after| reached.push((to, after)), false);
            for (to, after) in reached {
                let known = &mut assigned[to.0 as usize];
                let met = match known {
                    None => after,
                    Some(known) => known.intersection(&after).copied().collect(),
                };
                if known.as_ref() != Some(&met) {
                    *known = Some(met);
                    pending.push(to);
                }
            }
        }
        assigned
    }

    /// Follows the evaluation of a state. Tells what is assigned at the target of each edge, and yields what is while the state runs.
    fn walk(
        &mut self,
        state: &State<Typed>,
        mut assigned: VarSet,
        leave: &mut dyn FnMut(StateId, VarSet),
        report: bool,
    ) -> VarSet {
        for assign in &state.enter {
            self.read(state, &assign.value, &assigned, report);
            assigned.insert(assign.var);
        }
        if let StateKind::Choice(rules, default) = &state.kind {
            for rule in rules {
                let mut bound = assigned.clone();
                for test in &rule.tests {
                    match test {
                        Test::If(condition) => self.read(state, condition, &bound, report),
                        Test::Matches(subject, pattern) => {
                            self.read(state, subject, &bound, report);
                            bound.extend(pattern.bindings());
                        }
                    }
                }
                self.leave(state, &rule.next, bound, leave, report);
            }
            self.leave(state, default, assigned.clone(), leave, report);
            return assigned;
        }
        state.each_own_expr(&mut |expr| self.read(state, expr, &assigned, report));
        for edge in state.edges() {
            self.leave(state, edge, assigned.clone(), leave, report);
        }
        assigned
    }

    fn leave(
        &mut self,
        state: &State<Typed>,
        edge: &Edge<Typed>,
        mut assigned: VarSet,
        leave: &mut dyn FnMut(StateId, VarSet),
        report: bool,
    ) {
        assigned.extend(edge.result);
        for assign in &edge.assign {
            self.read(state, &assign.value, &assigned, report);
            assigned.insert(assign.var);
        }
        match &edge.to {
            Target::State(to) => leave(*to, assigned),
            Target::End(output) => self.read(state, output, &assigned, report),
        }
    }

    fn read(&mut self, state: &State<Typed>, expr: &Expr<Typed>, assigned: &VarSet, report: bool) {
        if !report {
            return;
        }
        for var in expr.free_vars().difference(assigned) {
            let name = &self.machine.var(*var).name;
            self.at(10, state, format!("`{name}` is read where it may not be assigned"));
        }
    }
}
