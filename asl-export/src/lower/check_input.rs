//! The optional check of a workflow's input, in two states before the first.

use durafn_ir::RegionId;

use super::{Lowering, condition_text};
use crate::{
    jsonata::{Encoder, Jsonata},
    model::{ChoiceRule, Json, State, States},
};

const CHECK: &str = "Check the input";
const REFUSE: &str = "Refuse the input";

impl Lowering<'_> {
    /// Puts a Choice in front that lets an input of the right shape through.
    pub(super) fn with_checked_input(self, mut states: States) -> States {
        let condition = self.input_test();
        let rule = ChoiceRule {
            condition: condition_text(&condition),
            assign: Vec::new(),
            output: None,
            next: states.start_at.clone(),
        };
        let check =
            State { r#type: "Choice", choices: vec![rule], default: Some(REFUSE.to_owned()), ..Default::default() };
        let refuse = State {
            r#type: "Fail",
            error: Some(Json::from("States.TaskFailed")),
            cause: Some(Json::from("the input does not have the shape of the workflow's parameters")),
            ..Default::default()
        };
        states.start_at = CHECK.to_owned();
        states.states.insert(0, (CHECK.to_owned(), check));
        states.states.push((REFUSE.to_owned(), refuse));
        states
    }

    fn input_test(self) -> Jsonata {
        let mut encoder = Encoder::new(self.machine, self.names, RegionId(0));
        let params = &self.machine.region(RegionId(0)).params;
        let input = Jsonata::states(["input"]);
        let mut tests = Vec::new();
        for (var, name) in params.iter().zip(&self.machine.params) {
            let value = if params.len() == 1 { input.clone() } else { input.clone().field(name) };
            tests.push(encoder.conforms(value, self.machine.var(*var).ty, 0));
        }
        Jsonata::all(tests)
    }
}
