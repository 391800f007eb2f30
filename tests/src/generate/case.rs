//! A case: a machine and inputs.

use durafn_ir::{Callee, StateKind, TypedMachine};
use serde_json::{Map, Value};

use super::{Tape, states, tasks, values};
use crate::oracle::Answer;

/// A machine with inputs to run it on.
#[derive(Clone, Debug)]
pub struct Case {
    /// The machine.
    pub machine: TypedMachine,
    /// The inputs.
    pub inputs: Vec<Value>,
    callees: Vec<Callee>,
}

/// Choices that make the inputs: the first of the list.
const FOR_INPUTS: usize = 24;

impl Case {
    /// The case that choices make.
    #[must_use]
    pub fn of(mut choices: Vec<u32>) -> Case {
        let rest = choices.split_off(choices.len().min(FOR_INPUTS));
        let machine = states::machine(&mut Tape::new(rest));
        let mut tape = Tape::new(choices);
        let inputs = (0..2).map(|_| input(&machine, &mut tape)).collect();
        let callees = machine.states.iter().filter_map(|state| match &state.kind {
            StateKind::Task(task) => Some((*task.callee).clone()),
            _ => None,
        });
        Case { callees: callees.collect(), machine, inputs }
    }

    /// How an attempt of a task ends.
    #[must_use]
    pub fn answer(&self, task: &str, input: &Value, attempt: u32) -> Answer {
        tasks::answer(&self.machine, &self.callees, task, input, attempt)
    }
}

fn input(machine: &TypedMachine, tape: &mut Tape) -> Value {
    let vars = &machine.regions[0].params;
    let mut values = vars.iter().map(|var| values::value(&machine.types, machine.var(*var).ty, tape, 3));
    match machine.params.len() {
        1 => values.next().unwrap_or_default(),
        _ => Value::Object(machine.params.iter().cloned().zip(values).collect::<Map<_, _>>()),
    }
}
