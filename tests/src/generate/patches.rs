//! Patches put into a machine that has none, so that taking them for true leaves it as it was: in conditions, as rules that never hold, and as a
//! Choice on the way to a state.

use durafn_ir::{
    BinaryOp, Edge, Expr, ExprKind, Literal, Rule, State, StateId, StateKind, Target, Test, TypeDef, TypeId, Typed,
    TypedMachine, UnaryOp,
};

use super::Tape;

/// The machine with patches.
#[must_use]
pub fn patched(machine: &TypedMachine, tape: &mut Tape) -> TypedMachine {
    let mut patched = machine.clone();
    let bool = patched.types.intern(TypeDef::Bool);
    for state in &mut patched.states {
        if let StateKind::Choice(rules, default) = &mut state.kind
            && !rules.iter().flat_map(|rule| &rule.tests).any(is_settled)
        {
            in_rules(rules, default, bool, tape);
        }
    }
    for from in 0..machine.states.len() {
        for edge in 0..machine.states[from].edges().len() {
            if tape.chance(30) {
                on_the_way(&mut patched, (from, edge), bool, tape);
            }
        }
    }
    patched
}

fn is_settled(test: &Test<Typed>) -> bool {
    matches!(test, Test::If(condition) if matches!(*condition.kind, ExprKind::Literal(Literal::Bool(_))))
}

fn made(ty: TypeId, kind: ExprKind<Typed>) -> Expr<Typed> {
    Expr { ty, span: durafn_ir::Span::default(), kind: Box::new(kind) }
}

fn asked(bool: TypeId, tape: &mut Tape) -> Expr<Typed> {
    let name = tape.pick(&["first", "second", "third"]);
    made(bool, ExprKind::Patched(name.to_owned()))
}

fn not(bool: TypeId, operand: Expr<Typed>) -> Expr<Typed> {
    made(bool, ExprKind::Unary(UnaryOp::Not, operand))
}

fn in_rules(rules: &mut Vec<Rule<Typed>>, default: &Edge<Typed>, bool: TypeId, tape: &mut Tape) {
    for test in rules.iter_mut().flat_map(|rule| &mut rule.tests) {
        if let Test::If(condition) = test {
            let asked = asked(bool, tape);
            let inner = condition.clone();
            let binary = |op, a, b| made(bool, ExprKind::Binary(op, a, b));
            *condition = match tape.below(5) {
                0 => inner,
                1 => binary(BinaryOp::And, asked, inner),
                2 => binary(BinaryOp::And, inner, asked),
                3 => binary(BinaryOp::Or, not(bool, asked), inner),
                _ => made(bool, ExprKind::If(asked, inner.clone(), not(bool, inner))),
            };
        }
    }
    if tape.chance(50) {
        let never = Rule { tests: vec![Test::If(not(bool, asked(bool, tape)))], next: default.clone() };
        rules.insert(tape.below(rules.len() + 1), never);
    }
    if tape.chance(50) {
        let rule = tape.below(rules.len());
        rules[rule].tests.push(Test::If(asked(bool, tape)));
    }
}

/// A Choice in front of where an edge leads: the old way goes anywhere in the region.
fn on_the_way(machine: &mut TypedMachine, (from, edge): (usize, usize), bool: TypeId, tape: &mut Tape) {
    let Target::State(to) = machine.states[from].edges()[edge].to else { return };
    let region = machine.states[from].region;
    let others: Vec<StateId> = machine.states_of(region).map(|(id, _)| id).collect();
    let Some(old) = (!others.is_empty()).then(|| tape.pick(&others)) else { return };
    let way = |to| Edge { result: None, assign: Vec::new(), to: Target::State(to) };
    let rule = Rule { tests: vec![Test::If(asked(bool, tape))], next: way(to) };
    let choice = StateId(machine.states.len() as u32);
    machine.states.push(State {
        name: format!("Patch {}", choice.0),
        comment: None,
        span: durafn_ir::Span::default(),
        region,
        enter: Vec::new(),
        kind: StateKind::Choice(vec![rule], way(old)),
    });
    machine.states[from].edges_mut().swap_remove(edge).to = Target::State(choice);
}
