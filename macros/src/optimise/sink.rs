//! Assignments that go to the state that reads them.
//!
//! In ASL the values of one `Assign` do not see each other, so `goods` and `shipping`, computed from it, would each write out the computation of `goods`.
//! Where the next state alone reads `shipping`, it computes it there, from the variable.

use durafn_ir::{Liveness, StateId, StateKind, Target, VarId, fallible};

use super::{
    Draft,
    fold::size,
    graph::{EdgeAt, Predecessors},
};

/// A value that is no longer than this may be written out twice.
const SHORT: usize = 4;

impl Draft<'_> {
    pub(super) fn sink(&mut self) -> bool {
        let predecessors = Predecessors::of(self.machine);
        for state in self.ids() {
            for edge in 0..self.machine.state(state).edges().len() {
                let at = EdgeAt { state, edge };
                let Some(to) = self.sinks_to(at, &predecessors) else { continue };
                let assign = self.edge_mut(at).assign.pop().expect("there is one that sinks");
                self.machine.states[to.0 as usize].enter.insert(0, assign);
                return true;
            }
        }
        false
    }

    /// Where the last assignment of an edge goes.
    fn sinks_to(&self, at: EdgeAt, predecessors: &Predecessors) -> Option<StateId> {
        let edge = self.edge(at);
        let (last, others) = edge.assign.split_last()?;
        let Target::State(to) = edge.to else { return None };
        // Regions are handed what their own state assigns on entry, and a Pass is folded as a whole.
        let takes =
            !matches!(self.machine.state(to).kind, StateKind::Pass(_) | StateKind::Parallel(_) | StateKind::Map(_));
        let repeats = others
            .iter()
            .any(|other| last.value.reads(other.var) && size(&other.value) > SHORT && other.var != last.var);
        let alone = predecessors.only(to).is_some_and(|only| only.state == at.state) && to != at.state;
        let sinks = takes && repeats && alone && !fallible(&last.value) && self.copies_in(to, last.var) <= 1;
        sinks.then_some(to)
    }

    /// How often a state would write out the value of a variable that it assigns on entry: where it reads it, and on each edge behind which
    /// it is still read.
    pub(super) fn copies_in(&self, id: StateId, var: VarId) -> usize {
        let live = Liveness::of(self.machine);
        let state = self.machine.state(id);
        let mut reads = 0;
        state.each_expr(&mut |expr| reads += expr.count_reads(var));
        let kept = state.edges().into_iter().filter(|edge| match edge.to {
            Target::State(to) => live.on_entry(to).contains(&var),
            Target::End(_) => false,
        });
        reads + kept.count()
    }
}
