//! What is known where a state is entered that only one edge leads to: conditions that hold, and values that need no variable.

use std::collections::BTreeSet;

use durafn_ir::{Edge, Rule, StateId, StateKind, Target, Test, Typed, TypedMachine, VarId};

use super::{Environment, Lowering, Site};
use crate::jsonata::{Jsonata, Value, simplify::Known};

/// For each state the only edge that leads to it, where there is one and no region starts there.
#[derive(Debug)]
pub(crate) struct Ways(Vec<Option<(StateId, usize)>>);

impl Ways {
    pub(crate) fn of(machine: &TypedMachine) -> Ways {
        let mut ways: Vec<Vec<(StateId, usize)>> = vec![Vec::new(); machine.states.len()];
        for (index, (state, _)) in
            machine.states.iter().zip(machine.reachable()).enumerate().filter(|(_, (_, alive))| *alive)
        {
            for (edge, target) in state.edges().into_iter().enumerate() {
                if let Target::State(to) = target.to {
                    ways[to.0 as usize].push((StateId(index as u32), edge));
                }
            }
        }
        let mut only: Vec<_> =
            ways.into_iter().map(|ways| if let [way] = ways[..] { Some(way) } else { None }).collect();
        for region in &machine.regions {
            only[region.start.0 as usize] = None;
        }
        Ways(only)
    }

    fn only(&self, id: StateId) -> Option<(StateId, usize)> {
        self.0[id.0 as usize]
    }
}

impl Lowering<'_> {
    /// Conditions that hold when a state is entered: those of the rules on the only way to it, as far as no state on the way changes what they
    /// speak of.
    pub(super) fn facts_at(self, id: StateId) -> Known {
        let mut known = Known::new();
        let mut changed: BTreeSet<String> = BTreeSet::from(["states".to_owned()]);
        let mut seen = BTreeSet::new();
        let mut at = id;
        while seen.insert(at)
            && let Some((before, edge)) = self.ways.only(at)
        {
            let region = self.machine.state(before).region;
            let name = |var: &VarId| self.names.get(self.machine, region, *var).to_owned();
            changed.extend(self.changed_on(before, edge).iter().map(name));
            let (facts, _) = self.rule_at(before, edge).unwrap_or_default();
            known.extend(facts.into_iter().filter(|fact| !changed.iter().any(|name| fact.mentions(name))));
            at = before;
        }
        known
    }

    /// What variables stand for that the only way to a state would set, where that is a path into a variable: the state alone reads them,
    /// and it may as well read the path.
    pub(super) fn handed_over(self, id: StateId) -> Environment {
        let Some((before, edge)) = self.ways.only(id) else { return Environment::new() };
        let Some((_, bound)) = self.rule_at(before, edge) else { return Environment::new() };
        let region = self.machine.state(before).region;
        let names: BTreeSet<&str> =
            self.changed_on(before, edge).into_iter().map(|var| self.names.get(self.machine, region, var)).collect();
        let stays =
            |value: &Value| value.expr.root_of_path().is_some_and(|root| root != "states" && !names.contains(root));
        let set = |var: &VarId| self.machine.state(before).edges()[edge].assign.iter().any(|assign| assign.var == *var);
        bound.into_iter().filter(|(var, value)| stays(value) && !set(var) && self.is_read_by_one(id, *var)).collect()
    }

    /// No state behind this one reads the variable, and no region inside it.
    fn is_read_by_one(self, id: StateId, var: VarId) -> bool {
        let state = self.machine.state(id);
        self.liveness.on_entry(id).contains(&var)
            && state.edges().iter().all(|edge| match edge.to {
                Target::State(to) => !self.liveness.on_entry(to).contains(&var),
                Target::End(_) => true,
            })
            && state.regions().iter().all(|region| !self.liveness.captures(*region).contains(&var))
    }

    /// Of the edge of a rule: its conditions, and what its patterns bind. Only where the Choice reads nothing but variables.
    fn rule_at(self, before: StateId, edge: usize) -> Option<(Known, Environment)> {
        let state = self.machine.state(before);
        let StateKind::Choice(rules, _) = &state.kind else { return None };
        let rule = rules.get(edge)?;
        let starts = self.machine.region(state.region).start == before;
        if !state.enter.is_empty() || starts || self.is_handed_something(before) {
            return None;
        }
        let mut site = Site::new(self, state, Environment::new());
        let condition = site.tests(&rule.tests).ok()?;
        Some((condition.facts(), site.encoder.env))
    }

    /// Something may be handed over to a Choice: then its conditions speak of more than variables.
    fn is_handed_something(self, id: StateId) -> bool {
        let before = self.ways.only(id).map(|(before, _)| &self.machine.state(before).kind);
        matches!(before, Some(StateKind::Choice(..)))
    }

    /// The variables that a state sets where it leaves by an edge.
    fn changed_on(self, before: StateId, edge: usize) -> BTreeSet<VarId> {
        let state = self.machine.state(before);
        let mut changed: BTreeSet<VarId> = state.enter.iter().map(|assign| assign.var).collect();
        let Edge { result, assign, .. } = state.edges()[edge];
        changed.extend(result);
        changed.extend(assign.iter().map(|assign| assign.var));
        if let StateKind::Choice(rules, _) = &state.kind
            && let Some(Rule { tests, .. }) = rules.get(edge)
        {
            changed.extend(tests.iter().flat_map(bound_by));
        }
        changed
    }
}

fn bound_by(test: &Test<Typed>) -> Vec<VarId> {
    match test {
        Test::If(_) => Vec::new(),
        Test::Matches(_, pattern) => pattern.bindings(),
    }
}

impl Jsonata {
    /// The variable that a path begins with.
    fn root_of_path(&self) -> Option<&str> {
        match self {
            Jsonata::Var(name) => Some(name),
            Jsonata::Field(base, _) => base.root_of_path(),
            Jsonata::Index(base, index) if matches!(**index, Jsonata::Int(_)) => base.root_of_path(),
            _ => None,
        }
    }
}
