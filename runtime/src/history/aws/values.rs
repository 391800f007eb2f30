//! `now()`, `uuid()` and `random()`: Step Functions records no such values. They are found where they were assigned to a variable or sent
//! to a task; where they were not, the journal has a place for them that is marked as unknown.

use std::collections::HashMap;

use durafn_ir::{Assign, ContextValue, Edge, Expr, ExprKind, State, StateKind, Typed, TypedMachine, VarId};
use serde_json::Value;

use crate::history::{REDACTED_TEXT, event::Event};

/// A value that the code takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    kind: ContextValue,
    /// The variable that it is, where it is one as it stands.
    var: Option<VarId>,
    /// The argument of the call that it is.
    arg: Option<usize>,
}

/// What a state takes before it acts, in order.
pub(super) fn before(state: &State<Typed>) -> Vec<Taken> {
    let mut taken = Vec::new();
    state.enter.iter().for_each(|assign| of_assign(assign, &mut taken));
    let args = match &state.kind {
        StateKind::Task(task) => &task.args[..],
        _ => &[],
    };
    for (index, arg) in args.iter().enumerate() {
        for taken in &mut taken {
            if matches!(&*arg.kind, ExprKind::Var(var) if taken.var == Some(*var)) {
                taken.arg = Some(index);
            }
        }
    }
    state.each_own_expr(&mut |expr| {
        let arg = args.iter().position(|arg| std::ptr::eq(arg, expr));
        of_expr(expr, None, arg, &mut taken);
    });
    taken
}

/// What an edge takes.
pub(super) fn of_edge(edge: &Edge<Typed>) -> Vec<Taken> {
    let mut taken = Vec::new();
    edge.assign.iter().for_each(|assign| of_assign(assign, &mut taken));
    if let durafn_ir::Target::End(output) = &edge.to {
        of_expr(output, None, None, &mut taken);
    }
    taken
}

fn of_assign(assign: &Assign<Typed>, taken: &mut Vec<Taken>) {
    of_expr(&assign.value, Some(assign.var), None, taken);
}

fn of_expr(expr: &Expr<Typed>, var: Option<VarId>, arg: Option<usize>, taken: &mut Vec<Taken>) {
    if let ExprKind::Context(kind @ (ContextValue::Now | ContextValue::Uuid | ContextValue::Random)) = &*expr.kind {
        taken.push(Taken { kind: *kind, var, arg });
        return;
    }
    expr.each_child(&mut |child, _| of_expr(child, None, None, taken));
}

/// Where values can be found.
pub(super) struct Sources<'a> {
    pub(super) machine: &'a TypedMachine,
    /// Variables that the service reports, by name: JSON text.
    pub(super) assigned: &'a HashMap<String, String>,
    /// The callee's parameters and the input of the call.
    pub(super) call: Option<(&'a [String], &'a Value)>,
}

impl Taken {
    /// The row of the value, and what is unknown of it.
    pub(super) fn event(self, sources: &Sources<'_>, at: i64, number: usize) -> (Event, Option<&'static str>) {
        let found = self.assigned(sources).or_else(|| self.sent(sources));
        let known = found.as_ref().and_then(|value| self.read(value));
        if let Some(known) = known {
            return (known, None);
        }
        match self.kind {
            ContextValue::Uuid => (Event::Uuid { uuid: format!("{REDACTED_TEXT}uuid {number}]").into() }, Some("name")),
            ContextValue::Random => (Event::Random { bits: 0 }, Some("number")),
            _ => (Event::Now { millis: at }, Some("number")),
        }
    }

    fn assigned(self, sources: &Sources<'_>) -> Option<Value> {
        let name = &sources.machine.var(self.var?).name;
        serde_json::from_str(sources.assigned.get(name)?).ok()
    }

    fn sent(self, sources: &Sources<'_>) -> Option<Value> {
        let (params, input) = sources.call?;
        let arg = self.arg?;
        match params {
            [_] => Some(input.clone()),
            _ => input.get(params.get(arg)?).cloned(),
        }
    }

    fn read(self, value: &Value) -> Option<Event> {
        Some(match self.kind {
            ContextValue::Uuid => Event::Uuid { uuid: value.as_str()?.into() },
            ContextValue::Random => {
                let number = value.as_f64().filter(|number| (0.0..1.0).contains(number))?;
                Event::Random { bits: (number * (1_u64 << 53) as f64) as u64 }
            }
            _ => Event::Now { millis: value.as_str()?.parse::<jiff::Timestamp>().ok()?.as_millisecond() },
        })
    }
}
