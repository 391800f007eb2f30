//! The last step: states that are left, in source order, under unique names.

use std::collections::{BTreeMap, BTreeSet};

use durafn_ir::{Machine, RegionId, Spelled, StateId, StateKind, Target};

use super::graph::reachable;
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
    let alive = reachable(machine);
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

/// Makes names legal and unique: the second `ChargeCard` is `ChargeCard 2`.
pub(super) fn name(machine: &mut Machine<Spelled>) {
    let mut taken = BTreeSet::new();
    for state in &mut machine.states {
        let wanted = legal(&state.name);
        let unique = (1..).map(|n| if n == 1 { wanted.clone() } else { numbered(&wanted, n) });
        let name = unique.into_iter().find(|name| !taken.contains(name)).expect("some number is free");
        taken.insert(name.clone());
        state.name = name;
    }
}

fn numbered(name: &str, number: u32) -> String {
    let suffix = format!(" {number}");
    let room = MAX_STATE_NAME - suffix.chars().count();
    name.chars().take(room).chain(suffix.chars()).collect()
}
