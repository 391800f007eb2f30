//! Patches: `if patched("name")` in a machine.
//!
//! A patch is a decision of an execution: the new way for one that comes to it for the first time, the old way for one that had passed the
//! place before the patch was written. A machine is the new way alone, since on AWS an execution runs the definition that it was started with.
//! So linking takes every `patched` for true: conditions become simpler, a Choice that decides nothing any more goes away, and the states
//! of the old way keep their numbers, for executions that still take it natively, while nothing leads to them.

use crate::{
    BinaryOp, Edge, Expr, ExprKind, Literal, Machine, Phase, Rule, State, StateId, StateKind, Target, Test, UnaryOp,
    effects::fallible,
};

/// Takes every patch of a machine for true, and keeps their names in [`Machine::patches`]. Linking does so.
pub fn take<P: Phase>(machine: &mut Machine<P>) {
    let mut names = Vec::new();
    let mut decided = Vec::new();
    for (index, state) in machine.states.iter_mut().enumerate() {
        let mut touched = false;
        state.each_expr_mut(&mut |expr| touched |= fold(expr, &mut names));
        if touched && decide(state) {
            decided.push(StateId(index as u32));
        }
    }
    for id in decided {
        skip(machine, id);
    }
    machine.patches = names;
}

/// Makes an expression simpler where it holds a patch. False where it holds none.
fn fold<P: Phase>(expr: &mut Expr<P>, names: &mut Vec<String>) -> bool {
    if let ExprKind::Patched(name) = &mut *expr.kind {
        let name = std::mem::take(name);
        if !names.contains(&name) {
            names.push(name);
        }
        *expr.kind = ExprKind::Literal(Literal::Bool(true));
        return true;
    }
    let mut touched = false;
    expr.each_child_mut(&mut |child, _| touched |= fold(child, names));
    if touched && let Some(simpler) = simpler(expr) {
        *expr = simpler;
    }
    touched
}

/// What is left of an expression of which a part is known.
fn simpler<P: Phase>(expr: &Expr<P>) -> Option<Expr<P>> {
    let literal = |value| {
        let kind = Box::new(ExprKind::Literal(Literal::Bool(value)));
        Some(Expr { ty: expr.ty.clone(), span: expr.span, kind })
    };
    match &*expr.kind {
        ExprKind::Unary(UnaryOp::Not, operand) => literal(!known(operand)?),
        ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), a, b) => {
            // What ends the evaluation: false of `&&`, true of `||`.
            let ends = *op == BinaryOp::Or;
            match (known(a), known(b)) {
                (Some(a), _) if a == ends => literal(ends),
                (Some(_), _) => Some(b.clone()),
                (None, Some(b)) if b != ends => Some(a.clone()),
                (None, Some(_)) if !a.effects().fails => literal(ends),
                (None, _) => None,
            }
        }
        ExprKind::If(condition, then, otherwise) => {
            Some(if known(condition)? { then.clone() } else { otherwise.clone() })
        }
        _ => None,
    }
}

fn known<P: Phase>(expr: &Expr<P>) -> Option<bool> {
    match *expr.kind {
        ExprKind::Literal(Literal::Bool(value)) => Some(value),
        _ => None,
    }
}

/// Drops the rules of a Choice that never hold, and those behind one that always does. True where nothing is left to choose: it is a Pass.
fn decide<P: Phase>(state: &mut State<P>) -> bool {
    let StateKind::Choice(rules, default) = &mut state.kind else { return false };
    let never = |test: &Test<P>| matches!(test, Test::If(condition) if known(condition) == Some(false));
    let always = |test: &Test<P>| matches!(test, Test::If(condition) if known(condition) == Some(true));
    let mut left = Vec::new();
    for Rule { mut tests, next } in std::mem::take(rules) {
        if tests.iter().any(never) {
            continue;
        }
        tests.retain(|test| !always(test));
        if tests.is_empty() {
            *default = next;
            break;
        }
        left.push(Rule { tests, next });
    }
    if left.is_empty() {
        state.kind = StateKind::Pass(default.clone());
        return true;
    }
    *rules = left;
    false
}

/// Leads past a Pass what leads to it, where its assignments can be made on the way. Otherwise it stays.
fn skip<P: Phase>(machine: &mut Machine<P>, id: StateId) {
    let State { enter, kind: StateKind::Pass(edge), .. } = machine.state(id) else { return };
    let Target::State(to) = edge.to else { return };
    let assign: Vec<_> = enter.iter().chain(&edge.assign).cloned().collect();
    let fixed = assign.iter().all(|assign| !fallible(&assign.value));
    let is_start = machine.regions.iter().any(|region| region.start == id);
    if to == id || !fixed || (is_start && (!assign.is_empty() || is_reached_by_another(machine, id, to))) {
        return;
    }
    let leads_to = |edge: &Edge<P>, to| matches!(edge.to, Target::State(target) if target == to);
    for state in &mut machine.states {
        for edge in state.edges_mut().into_iter().filter(|edge| leads_to(edge, id)) {
            edge.assign.extend(assign.iter().cloned());
            edge.to = Target::State(to);
        }
    }
    for region in machine.regions.iter_mut().filter(|region| region.start == id) {
        region.start = to;
    }
}

/// Something else than one state leads to another: that cannot be the start of a region.
fn is_reached_by_another<P: Phase>(machine: &Machine<P>, from: StateId, to: StateId) -> bool {
    let alive = machine.reachable();
    let states = machine.states.iter().enumerate().filter(|(index, _)| *index != from.0 as usize && alive[*index]);
    let mut edges = states.flat_map(|(_, state)| state.edges());
    edges.any(|edge| matches!(edge.to, Target::State(target) if target == to))
}

#[cfg(test)]
mod tests;
