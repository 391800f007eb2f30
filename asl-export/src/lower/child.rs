//! Failures of child executions. `startExecution.sync:2` reports each as `States.TaskFailed`, with the child's own name and cause inside the
//! cause, so that no catcher can tell them apart: a Choice does, and a Fail passes on what nobody catches.

use durafn_ir::{Catcher, Typed, VarId};

use super::{
    NamedStates, Site, condition_text,
    errors::{Caught, is_one_of, out_of_lambda},
};
use crate::{
    jsonata::{Encoder, Jsonata, Result, ast::Op, template::template},
    model::{self, ChoiceRule, Json},
    names::LONGEST,
    options::Target,
};

/// The names that the Task itself fails with. `States.TaskFailed` stands for every failure of the child.
const OWN_NAMES: [&str; 2] = ["States.Timeout", "States.HeartbeatTimeout"];

const CHILD_FAILED: &str = "States.TaskFailed";

impl Site<'_> {
    /// The catchers of a Task that runs a child execution, and the states that they lead to.
    pub(crate) fn child_catchers(&self, catchers: &[Catcher<Typed>]) -> Result<(Vec<model::Catcher>, NamedStates)> {
        let mut own = Vec::new();
        for catcher in catchers {
            let mut narrow = catcher.clone();
            narrow.errors.retain(|name| OWN_NAMES.contains(&name.as_str()));
            if !narrow.errors.is_empty() {
                own.push(self.catcher(&narrow, super::errors::Decode::Plain)?);
            }
        }
        let passes_on = self.state_name("fails");
        let fail = (passes_on.clone(), pass_on());
        if catchers.is_empty() {
            own.push(self.catch_child(Vec::new(), passes_on));
            return Ok((own, vec![fail]));
        }
        let tells_apart = self.state_name("failed");
        own.push(self.catch_child(self.read_by(catchers), tells_apart.clone()));
        let choice = (tells_apart, self.tell_apart(catchers, passes_on)?);
        Ok((own, vec![choice, fail]))
    }

    /// A Choice by the name of the child's error.
    fn tell_apart(&self, catchers: &[Catcher<Typed>], otherwise: String) -> Result<model::State> {
        let mut site = self.clone();
        site.pending.clear();
        site.encoder = Encoder::new(self.lowering.machine, self.lowering.names, self.state.region);
        let caught = child_error();
        let mut choices = Vec::new();
        for catcher in catchers {
            let error = site.caught_value(catcher, &caught)?.map(Into::into);
            let arrow = site.edge(&catcher.next, error)?;
            choices.push(ChoiceRule {
                condition: condition_text(&matches(&caught.error, &catcher.errors)),
                assign: arrow.assign,
                output: arrow.output,
                next: arrow.to.unwrap_or_default(),
            });
        }
        Ok(model::State { r#type: "Choice", choices, default: Some(otherwise), ..Default::default() })
    }

    /// What this state has changed and a catcher reads: the Choice between them has only variables.
    fn read_by(&self, catchers: &[Catcher<Typed>]) -> Vec<(String, Json)> {
        let mut site = self.clone();
        let reads: std::collections::BTreeSet<VarId> =
            catchers.iter().flat_map(|catcher| self.lowering.liveness.before_edge(&catcher.next)).collect();
        let mut assign = Vec::new();
        for var in reads {
            let Some(value) = self.encoder.env.get(&var).cloned() else { continue };
            let value = site.encoder.present(value);
            assign.push((site.encoder.name(var).to_owned(), template(&value)));
        }
        assign
    }

    fn catch_child(&self, assign: Vec<(String, Json)>, next: String) -> model::Catcher {
        let output = Some(child_output(self.lowering.options.target));
        model::Catcher { error_equals: vec![CHILD_FAILED.to_owned()], assign, output, next }
    }

    /// A name for a state that the machine does not have.
    fn state_name(&self, suffix: &str) -> String {
        let states = &self.lowering.machine.states;
        let room = LONGEST - suffix.len() - 5;
        let base: String = self.state.name.chars().take(room).collect();
        let names = (1..).map(|number| match number {
            1 => format!("{base} {suffix}"),
            number => format!("{base} {suffix} {number}"),
        });
        let mut free = names.filter(|name| !states.iter().any(|state| state.name == *name));
        free.next().unwrap_or(base)
    }
}

/// The child's error, as the catcher hands it to the next state.
fn child_error() -> Caught {
    let cause = Jsonata::states(["input", "Cause"]);
    let value = Jsonata::Call("parse", vec![cause.clone()]);
    Caught { error: Jsonata::states(["input", "Error"]), cause, value, foreign: false }
}

/// The child's own error, out of the description of its execution. An error in starting it has no such description. What a Lambda function reported and
/// the child passed on is still in Lambda's object.
fn child_output(target: Target) -> Json {
    let (error, cause) = (Jsonata::states(["errorOutput", "Error"]), Jsonata::states(["errorOutput", "Cause"]));
    let child = |body| Jsonata::bind("child", Jsonata::Call("parse", vec![cause.clone()]), body);
    let of = |key: &str| Jsonata::var("child").field(key);
    let timed_out = of("Status").eq(Jsonata::str("TIMED_OUT"));
    let unnamed = timed_out.then(Jsonata::str("States.Timeout"), Jsonata::str(CHILD_FAILED));
    let own_error = child(of("Error").exists().then(of("Error"), unnamed));
    let text = match target {
        Target::Lambda { .. } => out_of_lambda(&of("Cause")),
        Target::Activity => of("Cause"),
    };
    let own_cause = child(of("Cause").exists().then(text, Jsonata::str("")));
    let from_child = || error.clone().eq(Jsonata::str(CHILD_FAILED));
    template(&Jsonata::object([
        ("Error".to_owned(), from_child().then(own_error, error.clone())),
        ("Cause".to_owned(), from_child().then(own_cause, cause.clone())),
    ]))
}

/// An error name that a list of names catches, as a catcher would.
fn matches(error: &Jsonata, names: &[String]) -> Jsonata {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if names.contains(&"States.ALL") {
        return Jsonata::Bool(true);
    }
    let listed = is_one_of(error.clone(), &names);
    if !names.contains(&CHILD_FAILED) {
        return listed;
    }
    let narrow = is_one_of(error.clone(), &["States.Timeout", "States.QueryEvaluationError"]);
    if names.len() == 1 { narrow.not() } else { listed.binary(Op::Or, narrow.not()) }
}

/// Fails as the child failed.
fn pass_on() -> model::State {
    let Caught { error, cause, .. } = child_error();
    model::State { r#type: "Fail", error: Some(template(&error)), cause: Some(template(&cause)), ..Default::default() }
}
