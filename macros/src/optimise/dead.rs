//! Assignments and results that nobody reads.

use durafn_ir::{Assign, Edge, ExprKind, Liveness, fallible};

use super::Draft;

impl Draft<'_> {
    /// Removes assignments of variables that are dead and values that cannot fail; results that are dead.
    pub(super) fn dead(&mut self) -> bool {
        let live = Liveness::of(self.machine);
        let mut changed = false;
        for state in &mut self.machine.states {
            let after = live.after_enter(state);
            changed |= prune(&mut state.enter, after);
            for edge in state.edges_mut() {
                let at_target = live.at_target(edge);
                changed |= prune(&mut edge.assign, at_target);
                changed |= forget_result(edge, &live);
            }
        }
        changed
    }
}

impl Draft<'_> {
    /// `result = r; v = r` is `result = v`, where nobody else reads `r`.
    pub(super) fn coalesce(&mut self) -> bool {
        let live = Liveness::of(self.machine);
        let mut changed = false;
        for state in &mut self.machine.states {
            for edge in state.edges_mut() {
                changed |= take_result(edge, &live);
            }
        }
        changed
    }
}

fn take_result(edge: &mut Edge, live: &Liveness) -> bool {
    let Some(result) = edge.result else { return false };
    let copies = |assign: &Assign| matches!(*assign.value.kind, ExprKind::Var(var) if var == result);
    let Some(at) = edge.assign.iter().position(copies) else { return false };
    let target = edge.assign[at].var;
    let reads = |var, assigns: &[Assign]| assigns.iter().any(|assign| assign.value.reads(var));
    let free = !live.at_target(edge).contains(&result)
        && !reads(result, &edge.assign[..at])
        && !reads(result, &edge.assign[at + 1..])
        && !reads(target, &edge.assign[..at])
        && edge.assign[..at].iter().all(|assign| assign.var != target);
    if free {
        edge.assign.remove(at);
        edge.result = Some(target);
    }
    free
}

/// Removes dead assignments from a list, given what is live after it.
fn prune(assigns: &mut Vec<Assign>, mut live: durafn_ir::VarSet) -> bool {
    let before = assigns.len();
    let mut kept = Vec::new();
    for assign in std::mem::take(assigns).into_iter().rev() {
        if live.remove(&assign.var) || fallible(&assign.value) {
            live.extend(assign.value.free_vars());
            kept.push(assign);
        }
    }
    kept.reverse();
    *assigns = kept;
    assigns.len() != before
}

fn forget_result(edge: &mut Edge, live: &Liveness) -> bool {
    let Some(result) = edge.result else { return false };
    let read = live.before_assigns(&edge.assign, live.at_target(edge)).contains(&result);
    if !read {
        edge.result = None;
    }
    !read
}
