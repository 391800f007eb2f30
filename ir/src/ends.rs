//! Ends: an edge to a Succeed becomes an end with an output, where each way to it can end.
//!
//! Done by the optimiser, and once more when types have shown that a catcher catches nothing, so that a task that cannot fail has one state less
//! behind it.

use crate::{Machine, Phase, StateId, StateKind, Target, fallible};

/// Makes one Succeed state the ends of the states before it. False where there is none left that allows it.
///
/// Native code reports a state wherever it comes from, so a Succeed goes away whole or not at all. A Task keeps an output that can fail out of its
/// own state: it may have a Retry.
pub fn fold_end<P: Phase>(machine: &mut Machine<P>) -> bool {
    let alive = machine.reachable();
    let ids = (0..machine.states.len() as u32).map(StateId).filter(|id| alive[id.0 as usize]);
    for id in ids.collect::<Vec<_>>() {
        let state = machine.state(id);
        let StateKind::Succeed(output) = &state.kind else { continue };
        let can_fail = fallible(output) || state.enter.iter().any(|assign| fallible(&assign.value));
        let ways = ways(machine, &alive, id);
        let is_winner = machine.is_race(state.region);
        let is_start = machine.regions.iter().any(|region| region.start == id);
        if ways.is_empty() || is_start || is_winner || !ways.iter().all(|way| can_end(machine, *way, can_fail)) {
            continue;
        }
        let (enter, output) = (state.enter.clone(), output.clone());
        for (from, edge) in ways {
            let edge = machine.states[from.0 as usize].edges_mut().swap_remove(edge);
            edge.assign.extend(enter.iter().cloned());
            edge.to = Target::End(output.clone());
        }
        return true;
    }
    false
}

/// The edges that lead to a state, each by its state and position.
fn ways<P: Phase>(machine: &Machine<P>, alive: &[bool], to: StateId) -> Vec<(StateId, usize)> {
    let mut ways = Vec::new();
    for (index, state) in machine.states.iter().enumerate().filter(|(index, _)| alive[*index]) {
        for (edge, each) in state.edges().into_iter().enumerate() {
            if matches!(each.to, Target::State(target) if target == to) {
                ways.push((StateId(index as u32), edge));
            }
        }
    }
    ways
}

fn can_end<P: Phase>(machine: &Machine<P>, (from, edge): (StateId, usize), can_fail: bool) -> bool {
    match &machine.state(from).kind {
        StateKind::Wait(..) => true,
        StateKind::Task(_) => edge == 0 && !can_fail,
        // What fails behind a join does so as `States.QueryEvaluationError`, which no catcher lists.
        StateKind::Parallel(parallel) => edge == 0 && !parallel.race,
        StateKind::Map(_) => edge == 0,
        // A Pass goes into the Succeed, not the other way round.
        StateKind::Pass(_) | StateKind::Choice(..) | StateKind::Succeed(_) | StateKind::Fail(_) => false,
    }
}
