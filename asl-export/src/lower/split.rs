//! Passes for what varies. A state evaluates each of its fields on its own, so a value such as `uuid()` that several of them would compute is
//! assigned by a Pass in front.

use std::borrow::Cow;

use durafn_ir::{Assign, Edge, Liveness, Span, State, StateId, StateKind, Target, Typed, TypedMachine, VarId};

/// The machine with a Pass wherever one state would evaluate more than once what varies.
pub(crate) fn split_varying(machine: &TypedMachine) -> Cow<'_, TypedMachine> {
    let mut machine = Cow::Borrowed(machine);
    let mut index = 0;
    // The Passes that are added stand at the end, and are looked at in their turn.
    while index < machine.states.len() {
        if let Some(cut) = enter_cut(&machine, &machine.states[index]) {
            let machine = machine.to_mut();
            let rest = machine.states[index].enter.split_off(cut);
            let first = std::mem::replace(&mut machine.states[index].enter, rest);
            let before = add_pass(machine, index, Edge { result: None, assign: first, to: to_state(index) });
            redirect(machine, StateId(index as u32), before);
        }
        while let Some((edge, cut)) = edge_cut(&machine.states[index]) {
            let machine = machine.to_mut();
            let count = machine.states.len();
            let Some(Edge { assign, to, .. }) = machine.states[index].edges_mut().into_iter().nth(edge) else { break };
            let rest = Edge { result: None, assign: assign.split_off(cut), to: to.clone() };
            // The Pass is added behind all states there are.
            *to = to_state(count);
            add_pass(machine, index, rest);
        }
        index += 1;
    }
    machine
}

fn to_state(index: usize) -> Target<Typed> {
    Target::State(StateId(index as u32))
}

/// Where `enter` is cut: behind an assignment whose value varies and would be evaluated twice, or only after the state has acted.
fn enter_cut(machine: &TypedMachine, state: &State<Typed>) -> Option<usize> {
    if !state.enter.iter().any(|assign| assign.value.effects().varies) {
        return None;
    }
    let liveness = Liveness::of(machine);
    state.enter.iter().enumerate().rev().find_map(|(position, assign)| {
        let again = state.enter[position + 1..].iter().any(|later| later.value.reads(assign.var));
        let cut = again || must_come_before(&liveness, state, assign.var);
        (assign.value.effects().varies && cut).then_some(position + 1)
    })
}

fn must_come_before(liveness: &Liveness, state: &State<Typed>, var: VarId) -> bool {
    let inside = state.regions().iter().any(|region| liveness.captures(*region).contains(&var));
    let before = own_readers(state, var);
    // Where the state acts, its edges are evaluated after that.
    let acts =
        !matches!(state.kind, StateKind::Pass(_) | StateKind::Choice(..) | StateKind::Succeed(_) | StateKind::Fail(_));
    let after = state.edges().iter().map(|edge| edge_readers(liveness, edge, var)).max().unwrap_or(0);
    inside || before + after > 1 || (acts && after > 0)
}

/// How many fields of the state itself read a variable. The arguments of a Task are one.
fn own_readers(state: &State<Typed>, var: VarId) -> usize {
    let mut all = 0;
    state.each_own_expr(&mut |expr| all += usize::from(expr.reads(var)));
    match &state.kind {
        StateKind::Task(task) => {
            let args = task.args.iter().filter(|arg| arg.reads(var)).count();
            all - args + args.min(1)
        }
        // Name and cause of a failure are evaluated each on its own.
        StateKind::Fail(_) => all * 2,
        _ => all,
    }
}

/// How many fields of an edge read a variable, its own assignment among them where it is live behind the edge.
fn edge_readers(liveness: &Liveness, edge: &Edge<Typed>, var: VarId) -> usize {
    let assigned = edge.assign.iter().filter(|assign| assign.value.reads(var)).count();
    assigned + usize::from(liveness.at_target(edge).contains(&var))
}

/// The edge that is cut, and where: behind an assignment that varies and that a later one reads.
fn edge_cut(state: &State<Typed>) -> Option<(usize, usize)> {
    state.edges().iter().enumerate().find_map(|(index, edge)| {
        let cut = edge.assign.iter().enumerate().find_map(|(position, assign)| {
            let later = edge.assign[position + 1..].iter();
            let read = later.clone().any(|later: &Assign<Typed>| later.value.reads(assign.var));
            (assign.value.effects().varies && read).then_some(position + 1)
        });
        Some((index, cut?))
    })
}

/// A Pass beside a state, with one edge.
fn add_pass(machine: &mut TypedMachine, beside: usize, edge: Edge<Typed>) -> StateId {
    let State { name, region, span, .. } = &machine.states[beside];
    let base: String = name.chars().take(crate::names::LONGEST - 12).collect();
    let free = (1..).map(|number| match number {
        1 => format!("{base}: values"),
        number => format!("{base}: values {number}"),
    });
    let mut free = free.filter(|name| !machine.states.iter().any(|state| state.name == *name));
    let state = State {
        name: free.next().unwrap_or_default(),
        comment: None,
        span: Span { ..*span },
        region: *region,
        enter: Vec::new(),
        kind: StateKind::Pass(edge),
    };
    machine.states.push(state);
    StateId(machine.states.len() as u32 - 1)
}

/// Leads everything that led to a state to the Pass in front of it.
fn redirect(machine: &mut TypedMachine, state: StateId, pass: StateId) {
    for region in machine.regions.iter_mut().filter(|region| region.start == state) {
        region.start = pass;
    }
    for (index, other) in machine.states.iter_mut().enumerate() {
        if index == pass.0 as usize {
            continue;
        }
        for edge in other.edges_mut() {
            if edge.to == Target::State(state) {
                edge.to = Target::State(pass);
            }
        }
    }
}
