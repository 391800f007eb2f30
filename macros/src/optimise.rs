//! Fewer states that mean the same.
//!
//! On AWS every transition is billed, so pure work moves into the states around it. No pass moves, adds or removes a state that is durable
//! (Task, Wait, Parallel, Map), none changes what such a state is given, and each keeps the order in which expressions that can fail are evaluated with
//! respect to states: an expression fails in the state that is entered last before it natively. Where native code reports a state that takes
//! over the work of a Pass before it, the report moves to where that work begins.
//!
//! Passes, repeated until nothing changes:
//!
//! 1. `flatten`: a Choice that is reached only from one edge of another Choice joins it.
//! 2. `backward`: a Pass moves its assignments onto the edges that lead to it. Edges out of a state with Retry or Catch take only what cannot fail and
//!    does not vary: a failing assignment would act as the state's own error. Every Task may have a Retry.
//! 3. `forward`: what is left becomes the `enter` list of the next state, where that is reached from here alone.
//! 4. `sink`: of assignments on one edge, one that would repeat another's value and that the next state alone reads, once, moves there.
//! 5. `ends`: an edge to a Succeed becomes an end with an output, out of states that can end.
//! 6. `dead`: assignments that nobody reads and that cannot fail go; so do results.
//! 7. `coalesce`: a result that is only copied to a variable goes there at once.
//! 8. `share`: ends and failures that say the same are one state.
//!
//! Last, states that nothing leads to are dropped, the rest are numbered in source order and named uniquely.

mod dead;
mod fold;
mod graph;
mod number;
mod sink;

use std::collections::BTreeMap;

use durafn_ir::{Machine, Spelled, StateId};

use crate::{ast::NodeId, lowered::Point};

/// The machine under work, with where native code reports each state.
struct Draft<'a> {
    machine: &'a mut Machine<Spelled>,
    points: &'a mut Vec<Vec<Point>>,
}

/// The pass.
pub(crate) fn optimise(
    machine: &mut Machine<Spelled>,
    points: &mut Vec<Vec<Point>>,
    awaits: &mut BTreeMap<NodeId, StateId>,
) {
    let mut draft = Draft { machine, points };
    draft.skip_empty();
    // What can be computed once, on the way out of a state, is not computed again in each field of the next.
    while draft.flatten()
        || draft.backward()
        || draft.forward() | draft.ends() | draft.dead() | draft.coalesce() | draft.share()
        || draft.sink()
    {
        draft.skip_empty();
    }
    number::compact(draft.machine, draft.points, awaits);
    number::name(draft.machine);
    number::name_variables(draft.machine);
}
