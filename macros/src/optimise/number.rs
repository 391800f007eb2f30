//! The last step: states that are left, in source order, under unique names.

use std::collections::{BTreeMap, BTreeSet};

use durafn_ir::{
    Catcher, Expr, ExprKind, Machine, RegionId, Spelled, SpelledErrorName, StateId, StateKind, Target, Test, VarId,
};

use crate::{
    ast::NodeId,
    lowered::Point,
    names::{MAX_STATE_NAME, legal},
};

/// Drops states and regions that nothing leads to and numbers the rest.
pub(super) fn compact(
    machine: &mut Machine<Spelled>,
    points: &mut Vec<Vec<Point>>,
    awaits: &mut BTreeMap<NodeId, StateId>,
) {
    let alive = machine.reachable();
    let regions: Vec<bool> =
        machine.regions.iter().map(|region| region.parent.is_none_or(|parent| alive[parent.0 as usize])).collect();
    let new_state = numbering(&alive);
    let new_region = numbering(&regions);
    let state = |id: StateId| StateId(new_state[id.0 as usize]);
    let region = |id: RegionId| RegionId(new_region[id.0 as usize]);
    retain(&mut machine.states, &alive);
    retain(points, &alive);
    retain(&mut machine.regions, &regions);
    for each in &mut machine.regions {
        each.parent = each.parent.map(state);
        each.start = state(each.start);
    }
    for var in &mut machine.vars {
        var.region = if regions[var.region.0 as usize] { region(var.region) } else { RegionId(0) };
    }
    for each in &mut machine.states {
        each.region = region(each.region);
        for edge in each.edges_mut() {
            if let Target::State(to) = &mut edge.to {
                *to = state(*to);
            }
        }
        match &mut each.kind {
            StateKind::Parallel(parallel) => parallel.branches.iter_mut().for_each(|id| *id = region(*id)),
            StateKind::Map(map) => map.body = region(map.body),
            _ => {}
        }
    }
    awaits.retain(|_, id| alive[id.0 as usize]);
    awaits.values_mut().for_each(|id| *id = state(*id));
}

/// The new number of each that stays.
fn numbering(stays: &[bool]) -> Vec<u32> {
    let mut next = 0;
    stays
        .iter()
        .map(|stays| {
            let number = next;
            next += u32::from(*stays);
            number
        })
        .collect()
}

fn retain<T>(items: &mut Vec<T>, stays: &[bool]) {
    let mut stays = stays.iter();
    items.retain(|_| *stays.next().expect("one flag for each"));
}

/// Makes names legal and unique: the second `ChargeCard` is `ChargeCard 2`. States that linking may drop take theirs last.
pub(super) fn name(machine: &mut Machine<Spelled>) {
    let mut taken = BTreeSet::new();
    let stays = certain(machine).reachable();
    let mut order: Vec<usize> = (0..machine.states.len()).collect();
    order.sort_by_key(|index| !stays[*index]);
    for index in order {
        let state = &mut machine.states[index];
        let wanted = legal(&state.name);
        let unique = (1..).map(|n| if n == 1 { wanted.clone() } else { numbered(&wanted, n) });
        let name = unique.into_iter().find(|name| !taken.contains(name)).expect("some number is free");
        taken.insert(name.clone());
        state.name = name;
    }
}

/// The machine where every error that passes on needs no catcher.
fn certain(machine: &Machine<Spelled>) -> Machine<Spelled> {
    let passed_on = |catcher: &Catcher<Spelled>| matches!(catcher.errors[..], [SpelledErrorName::PassedOn(_)]);
    let mut certain = machine.clone();
    for state in &mut certain.states {
        match &mut state.kind {
            StateKind::Task(task) => task.catch.retain(|catcher| !passed_on(catcher)),
            StateKind::Parallel(parallel) => parallel.catch.retain(|catcher| !passed_on(catcher)),
            StateKind::Map(map) => map.catch.retain(|catcher| !passed_on(catcher)),
            _ => {}
        }
    }
    certain
}

/// Gives variables their final names: those that states assign first, in order of declaration, then those inside expressions.
pub(super) fn name_variables(machine: &mut Machine<Spelled>) {
    let (assigned, local) = occurring(&certain(machine));
    let unused: Vec<_> = (0..machine.vars.len() as u32).map(VarId).collect();
    let mut taken = BTreeSet::new();
    let mut done = BTreeSet::new();
    for var in assigned.into_iter().chain(local).chain(unused) {
        if !done.insert(var) {
            continue;
        }
        let base = machine.var(var).name.clone();
        let unique = (1..).map(|n| if n == 1 { base.clone() } else { format!("{base}_{n}") });
        let name = unique.into_iter().find(|name| !taken.contains(name)).expect("some number is free");
        taken.insert(name.clone());
        machine.vars[var.0 as usize].name = name;
    }
}

/// The variables that states set, and those that occur in expressions.
fn occurring(machine: &Machine<Spelled>) -> (BTreeSet<VarId>, BTreeSet<VarId>) {
    let mut assigned: BTreeSet<VarId> = machine.regions.iter().flat_map(|region| region.params.clone()).collect();
    let mut local = BTreeSet::new();
    let alive = machine.reachable();
    for (state, _) in machine.states.iter().zip(alive).filter(|(_, alive)| *alive) {
        assigned.extend(state.enter.iter().map(|assign| assign.var));
        for edge in state.edges() {
            assigned.extend(edge.result);
            assigned.extend(edge.assign.iter().map(|assign| assign.var));
        }
        if let StateKind::Choice(rules, _) = &state.kind {
            for test in rules.iter().flat_map(|rule| &rule.tests) {
                if let Test::Matches(_, pattern) = test {
                    local.extend(pattern.bindings());
                }
            }
        }
        state.each_expr(&mut |expr| expr.walk(&mut |expr| bound(expr, &mut local)));
    }
    (assigned, local)
}

fn bound(expr: &Expr, out: &mut BTreeSet<VarId>) {
    match &*expr.kind {
        ExprKind::Let(var, ..) => {
            out.insert(*var);
        }
        ExprKind::Match(_, arms) => out.extend(arms.iter().flat_map(|arm| arm.pattern.bindings())),
        ExprKind::Lambda(params, _) => out.extend(params.iter().flat_map(durafn_ir::Pattern::bindings)),
        _ => {}
    }
}

fn numbered(name: &str, number: u32) -> String {
    let suffix = format!(" {number}");
    let room = MAX_STATE_NAME - suffix.chars().count();
    name.chars().take(room).chain(suffix.chars()).collect()
}
