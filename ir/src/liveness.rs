//! Which variables are still read later, for both phases of the model.
//!
//! A variable is live at a point where some way from there reads it before it is assigned again. What a nested region reads of the variables around it
//! (its captures) counts as read by its Parallel or Map. A read by an assignment whose own variable is dead counts as well: who removes
//! dead assignments computes liveness again afterwards.

use std::collections::BTreeSet;

use crate::{Assign, Edge, Machine, Phase, RegionId, Rule, State, StateId, StateKind, Target, Test, VarId};

/// A set of variables.
pub type VarSet = BTreeSet<VarId>;

/// The live variables of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveness {
    on_entry: Vec<VarSet>,
    captures: Vec<VarSet>,
}

impl Liveness {
    /// Computes what is live where.
    #[must_use]
    pub fn of<P: Phase>(machine: &Machine<P>) -> Liveness {
        let mut liveness = Liveness {
            on_entry: vec![VarSet::new(); machine.states.len()],
            captures: vec![VarSet::new(); machine.regions.len()],
        };
        for region in inner_first(machine) {
            liveness.settle(machine, region);
        }
        liveness
    }

    /// The variables live when a state is entered, before its `enter` list.
    #[must_use]
    pub fn on_entry(&self, state: StateId) -> &VarSet {
        &self.on_entry[state.0 as usize]
    }

    /// The variables around a region that it, or a region inside it, reads. Its parameters are not among them.
    #[must_use]
    pub fn captures(&self, region: RegionId) -> &VarSet {
        &self.captures[region.0 as usize]
    }

    /// The variables live after the `enter` list of a state.
    #[must_use]
    pub fn after_enter<P: Phase>(&self, state: &State<P>) -> VarSet {
        let mut live = VarSet::new();
        match &state.kind {
            StateKind::Choice(rules, default) => {
                live.extend(self.before_edge(default));
                for rule in rules {
                    live.extend(self.before_rule(rule));
                }
            }
            _ => {
                for edge in state.edges() {
                    live.extend(self.before_edge(edge));
                }
                for region in state.regions() {
                    live.extend(self.captures(*region));
                }
                state.each_own_expr(&mut |expr| live.extend(expr.free_vars()));
            }
        }
        live
    }

    /// The variables live before an edge sets its result and makes its assignments. The result is not among them.
    #[must_use]
    pub fn before_edge<P: Phase>(&self, edge: &Edge<P>) -> VarSet {
        let mut live = self.before_assigns(&edge.assign, self.at_target(edge));
        if let Some(result) = edge.result {
            live.remove(&result);
        }
        live
    }

    /// The variables live where an edge leads, after its assignments: those that the next state or the output reads.
    #[must_use]
    pub fn at_target<P: Phase>(&self, edge: &Edge<P>) -> VarSet {
        match &edge.to {
            Target::State(state) => self.on_entry(*state).clone(),
            Target::End(output) => output.free_vars(),
        }
    }

    /// The variables live before a list of assignments, given those live after it.
    #[must_use]
    pub fn before_assigns<P: Phase>(&self, assigns: &[Assign<P>], after: VarSet) -> VarSet {
        let mut live = after;
        for Assign { var, value } in assigns.iter().rev() {
            live.remove(var);
            live.extend(value.free_vars());
        }
        live
    }

    fn before_rule<P: Phase>(&self, rule: &Rule<P>) -> VarSet {
        let mut live = self.before_edge(&rule.next);
        for test in rule.tests.iter().rev() {
            match test {
                Test::If(condition) => live.extend(condition.free_vars()),
                Test::Matches(subject, pattern) => {
                    for var in pattern.bindings() {
                        live.remove(&var);
                    }
                    live.extend(subject.free_vars());
                }
            }
        }
        live
    }

    /// Repeats until nothing changes: loops make a state depend on itself.
    fn settle<P: Phase>(&mut self, machine: &Machine<P>, region: RegionId) {
        loop {
            let mut changed = false;
            for index in (0..machine.states.len()).rev().filter(|index| machine.states[*index].region == region) {
                let state = &machine.states[index];
                let live = self.before_assigns(&state.enter, self.after_enter(state));
                if live != self.on_entry[index] {
                    self.on_entry[index] = live;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        let Some(start) = self.on_entry.get(machine.region(region).start.0 as usize) else { return };
        let params = &machine.region(region).params;
        self.captures[region.0 as usize] = start.iter().filter(|var| !params.contains(var)).copied().collect();
    }
}

/// The regions, each after those inside it. A region's captures must be known before its Parallel or Map is looked at.
fn inner_first<P: Phase>(machine: &Machine<P>) -> Vec<RegionId> {
    let depth = |region: RegionId| {
        let parents = std::iter::successors(Some(region), |region| {
            machine.region(*region).parent.map(|state| machine.state(state).region)
        });
        parents.take(machine.regions.len()).count()
    };
    let mut regions: Vec<RegionId> = (0..machine.regions.len() as u32).map(RegionId).collect();
    regions.sort_by_key(|region| std::cmp::Reverse(depth(*region)));
    regions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BinaryOp, MapState, Pattern, StateId, TypeDef, build::*};

    fn names<'a>(b: &'a Build, live: &VarSet) -> Vec<&'a str> {
        live.iter().map(|var| b.machine.var(*var).name.as_str()).collect()
    }

    /// `let mut i = 0; while i < limit { i += 1; dead = i }; i`
    fn counting() -> (Build, Liveness) {
        let mut b = Build::new("w");
        let (limit, i) = (b.param("limit", TypeDef::Bool), b.var("i", TypeDef::Bool));
        let dead = b.var("dead", TypeDef::Bool);
        b.state("Start", StateKind::Pass(to(1).with_assign(i, int(0))));
        let again = Rule { tests: vec![Test::If(binary(BinaryOp::Lt, var(i), var(limit)))], next: to(2) };
        b.state("Head", StateKind::Choice(vec![again], to(3)));
        let next = to(1).with_assign(i, binary(BinaryOp::Add, var(i), int(1))).with_assign(dead, var(i));
        b.state("Body", StateKind::Pass(next));
        b.state("Done", StateKind::Succeed(var(i)));
        let liveness = Liveness::of(&b.machine);
        (b, liveness)
    }

    #[test]
    fn loops_keep_their_variables_alive() {
        let (b, liveness) = counting();
        assert_eq!(names(&b, liveness.on_entry(StateId(0))), ["limit"]);
        assert_eq!(names(&b, liveness.on_entry(StateId(1))), ["limit", "i"]);
        assert_eq!(names(&b, liveness.on_entry(StateId(2))), ["limit", "i"]);
        assert_eq!(names(&b, liveness.on_entry(StateId(3))), ["i"]);
    }

    #[test]
    fn edges_tell_what_their_target_reads() {
        let (b, liveness) = counting();
        let edge = b.machine.states[0].edges()[0];
        assert_eq!(names(&b, &liveness.at_target(edge)), ["limit", "i"]);
        assert_eq!(names(&b, &liveness.before_edge(edge)), ["limit"]);
        let body = b.machine.states[2].edges()[0];
        assert!(!names(&b, &liveness.at_target(body)).contains(&"dead"));
    }

    #[test]
    fn what_a_body_reads_is_read_by_its_map() {
        let mut b = Build::new("w");
        let (items, factor) = (b.param("items", TypeDef::Bool), b.param("factor", TypeDef::Bool));
        let item = b.var_in(RegionId(1), "item", None);
        let map = MapState {
            items: var(items),
            item,
            index: None,
            body: RegionId(1),
            concurrency: None,
            catch: vec![],
            next: end(unit()),
        };
        b.state("Each", StateKind::Map(map));
        let body = b.region(StateId(0), StateId(1), &[item]);
        b.state_in(body, "One", StateKind::Pass(end(binary(BinaryOp::Mul, var(item), var(factor)))));
        let liveness = Liveness::of(&b.machine);
        assert_eq!(names(&b, liveness.captures(body)), ["factor"]);
        assert_eq!(names(&b, liveness.on_entry(StateId(0))), ["items", "factor"]);
        assert_eq!(names(&b, liveness.on_entry(StateId(1))), ["factor", "item"]);
    }

    #[test]
    fn tests_bind_before_the_edge_assigns() {
        let mut b = Build::new("w");
        let (x, n) = (b.param("x", TypeDef::Bool), b.var("n", TypeDef::Bool));
        let tests = vec![Test::Matches(var(x), Pattern::Bind(n, None)), Test::If(var(n))];
        b.state("Which", StateKind::Choice(vec![Rule { tests, next: to(1) }], to(2)));
        b.state("Yes", StateKind::Succeed(var(n)));
        b.state("No", StateKind::Succeed(unit()));
        let liveness = Liveness::of(&b.machine);
        assert_eq!(names(&b, liveness.on_entry(StateId(0))), ["x"]);
    }
}
