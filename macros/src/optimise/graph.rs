//! Edges by place, and who leads where.

use durafn_ir::{Edge, Machine, Spelled, StateId, StateKind, Target};

use super::Draft;

/// An edge: a state and the position among [`edges`](durafn_ir::State::edges).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EdgeAt {
    pub(super) state: StateId,
    pub(super) edge: usize,
}

/// What leads to each state.
pub(super) struct Predecessors {
    edges: Vec<Vec<EdgeAt>>,
    starts: Vec<bool>,
}

impl Predecessors {
    pub(super) fn of(machine: &Machine<Spelled>) -> Predecessors {
        let mut found =
            Predecessors { edges: vec![Vec::new(); machine.states.len()], starts: vec![false; machine.states.len()] };
        let alive = machine.reachable();
        for region in &machine.regions {
            if region.parent.is_none_or(|parent| alive[parent.0 as usize]) {
                found.starts[region.start.0 as usize] = true;
            }
        }
        for (index, state) in machine.states.iter().enumerate().filter(|(index, _)| alive[*index]) {
            for (edge, target) in state.edges().into_iter().enumerate() {
                if let Target::State(to) = target.to {
                    found.edges[to.0 as usize].push(EdgeAt { state: StateId(index as u32), edge });
                }
            }
        }
        found
    }

    /// The edges that lead to a state.
    pub(super) fn edges(&self, state: StateId) -> &[EdgeAt] {
        &self.edges[state.0 as usize]
    }

    /// A region starts at the state.
    pub(super) fn is_start(&self, state: StateId) -> bool {
        self.starts[state.0 as usize]
    }

    /// The only edge that leads to a state.
    pub(super) fn only(&self, state: StateId) -> Option<EdgeAt> {
        match self.edges(state) {
            [edge] if !self.is_start(state) => Some(*edge),
            _ => None,
        }
    }
}

impl Draft<'_> {
    pub(super) fn edge(&self, at: EdgeAt) -> &Edge {
        self.machine.state(at.state).edges()[at.edge]
    }

    pub(super) fn edge_mut(&mut self, at: EdgeAt) -> &mut Edge {
        self.machine.states[at.state.0 as usize].edges_mut().swap_remove(at.edge)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = StateId> + use<> {
        let alive = self.machine.reachable();
        (0..self.machine.states.len() as u32).map(StateId).filter(move |id| alive[id.0 as usize])
    }

    /// The edge of a Pass.
    pub(super) fn pass(&self, id: StateId) -> Option<&Edge> {
        match &self.machine.state(id).kind {
            StateKind::Pass(edge) => Some(edge),
            _ => None,
        }
    }

    /// Leads everything that leads to `from` to `to` instead, the start of a region too.
    pub(super) fn redirect(&mut self, from: StateId, to: StateId) {
        for region in &mut self.machine.regions {
            if region.start == from {
                region.start = to;
            }
        }
        self.redirect_edges(from, to);
    }

    /// The same for edges alone.
    pub(super) fn redirect_edges(&mut self, from: StateId, to: StateId) {
        for state in &mut self.machine.states {
            for edge in state.edges_mut() {
                if edge.to == Target::State(from) {
                    edge.to = Target::State(to);
                }
            }
        }
    }
}
