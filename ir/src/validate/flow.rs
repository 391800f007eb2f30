//! Rules 2, 3, 7, 8, 9, 11, 12, 14 and 16: regions, edges and what they may hold.

use super::Checker;
use crate::{
    Assign, CalleeKind, Edge, RegionId, Retrier, State, StateId, StateKind, Target, TaskState, Test, TypeDef, Typed,
    VarId,
};

impl Checker<'_> {
    pub(super) fn regions(&mut self) {
        let machine = self.machine;
        if machine.regions[0].parent.is_some() {
            self.anywhere(2, "the workflow's region has a parent");
        }
        for (index, region) in machine.regions.iter().enumerate() {
            let id = RegionId(index as u32);
            if machine.state(region.start).region != id {
                self.anywhere(2, format!("region {index} starts at a state of another region"));
            }
            let owners: Vec<StateId> =
                self.states().filter(|(_, state)| state.regions().contains(&id)).map(|(id, _)| id).collect();
            if owners != Vec::from_iter(region.parent) {
                self.anywhere(2, format!("region {index} does not belong to its parent alone"));
            }
            let outwards = |region: &RegionId| Some(machine.state(machine.region(*region).parent?).region);
            let mut around = std::iter::successors(Some(id), outwards).take(machine.regions.len());
            if !around.any(|region| region == RegionId(0)) {
                self.anywhere(2, format!("region {index} is not within the workflow"));
            }
        }
    }

    pub(super) fn edges(&mut self) {
        let machine = self.machine;
        let alive = machine.reachable();
        for (id, state) in self.states() {
            for edge in state.edges() {
                match edge.to {
                    Target::State(to) => {
                        if machine.state(to).region != state.region {
                            self.at(
                                3,
                                state,
                                format!("an edge leads to `{}` of another region", machine.state(to).name),
                            );
                        }
                        let region = machine.region(state.region);
                        // A state that nothing leads to leads nowhere.
                        if to == region.start && !region.params.is_empty() && alive[id.0 as usize] {
                            self.at(7, state, "an edge leads back to the state that reads the parameters");
                        }
                    }
                    Target::End(_) => {}
                }
            }
            self.ends(state);
            self.anew(state);
            self.assigned_regions(state);
        }
    }

    fn anew(&mut self, state: &State<Typed>) {
        let machine = self.machine;
        let StateKind::Task(task @ TaskState { anew: true, .. }) = &state.kind else { return };
        let itself = task.callee.kind == CalleeKind::Workflow && task.callee.name == machine.name;
        if !itself || !task.detached {
            self.at(16, state, format!("`{}` is started in the place of `{}`", task.callee.name, machine.name));
        }
        let ends = match &task.next.to {
            Target::End(_) => true,
            Target::State(to) => matches!(machine.state(*to).kind, StateKind::Succeed(_)),
        };
        if state.region != RegionId(0) || !ends || !task.catch.is_empty() {
            self.at(16, state, "something follows the end of the execution");
        }
        if *machine.types.get(machine.output) != TypeDef::Unit {
            self.at(16, state, "an execution that continues as new has an output");
        }
    }

    fn ends(&mut self, state: &State<Typed>) {
        let is_end = |edge: &Edge<Typed>| matches!(edge.to, Target::End(_));
        let ends = state.edges().into_iter().any(is_end);
        if ends && self.machine.is_race(state.region) {
            self.at(8, state, "an edge ends a branch of a race: lead to a Succeed");
        }
        if ends && matches!(&state.kind, StateKind::Parallel(parallel) if parallel.race) {
            self.at(8, state, "a race ends its region: lead to a Succeed");
        }
        if matches!(state.kind, StateKind::Choice(..)) && state.edges().into_iter().any(is_end) {
            self.at(8, state, "a Choice ends its region: lead to a Succeed");
        }
        if state.catchers().iter().any(|catcher| is_end(&catcher.next)) {
            self.at(8, state, "a catcher ends its region: lead to a Succeed");
        }
    }

    fn assigned_regions(&mut self, state: &State<Typed>) {
        for var in assigned_vars(state) {
            let var = self.machine.var(var);
            if var.region != state.region {
                self.at(9, state, format!("`{}` is assigned outside of its region", var.name));
            }
        }
    }

    pub(super) fn effects(&mut self) {
        for (_, state) in self.states() {
            if is_retriable(state) && state.enter.iter().any(|assign| assign.value.effects().varies) {
                self.at(11, state, "an assignment on entry varies from attempt to attempt");
            }
            for catcher in state.catchers() {
                if catcher.next.assign.iter().any(|assign| assign.value.effects().fails) {
                    self.at(12, state, "an assignment of a catcher can fail");
                }
            }
        }
    }

    pub(super) fn error_names(&mut self) {
        for (_, state) in self.states() {
            for catcher in state.catchers() {
                self.name_list(state, &catcher.errors);
            }
            for Retrier { errors, interval_seconds, backoff_rate, .. } in retriers(state) {
                self.name_list(state, errors);
                if *backoff_rate < 1.0 || backoff_rate.is_nan() || *interval_seconds == 0 {
                    self.at(14, state, "a retrier has an interval or a backoff below 1");
                }
            }
        }
    }

    fn name_list(&mut self, state: &State<Typed>, names: &[String]) {
        if names.is_empty() {
            self.at(14, state, "a list of error names is empty");
        }
        if names.iter().any(|name| name == "States.ALL") {
            self.at(
                14,
                state,
                "`States.ALL` would take the failures of the state's own assignments: list what a task fails with",
            );
        }
    }
}

fn retriers(state: &State<Typed>) -> &[Retrier] {
    match &state.kind {
        StateKind::Task(task) => task.retry.as_ref().unwrap_or(&task.callee.retry),
        _ => &[],
    }
}

fn is_retriable(state: &State<Typed>) -> bool {
    !retriers(state).is_empty()
}

/// The variables that a state assigns: on entry, by its edges, by the patterns of its tests.
pub(super) fn assigned_vars(state: &State<Typed>) -> Vec<VarId> {
    let assigns = |list: &[Assign<Typed>]| list.iter().map(|assign| assign.var).collect::<Vec<_>>();
    let mut vars = assigns(&state.enter);
    for edge in state.edges() {
        vars.extend(edge.result);
        vars.extend(assigns(&edge.assign));
    }
    if let StateKind::Choice(rules, _) = &state.kind {
        for test in rules.iter().flat_map(|rule| &rule.tests) {
            match test {
                Test::If(_) => {}
                Test::Matches(_, pattern) => vars.extend(pattern.bindings()),
            }
        }
    }
    vars
}
