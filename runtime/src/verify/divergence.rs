//! A divergence as people and programs read it.

use std::fmt::{self, Write as _};

use durafn_ir::TypedMachine;
use serde_json::{Value, json};

use super::{Cause, Difference, cause::Evidence, diff::differences};
use crate::{
    engine::{self, Found, Recorded, Step},
    history::History,
    registry::Registry,
    store::ExecutionId,
};

/// How many differing places of an input the text names.
const NAMED: usize = 3;

/// What a replay has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// How many recorded entries today's code agrees with, from the first on.
    pub matching: u64,
    /// The first place where it does not; none where it agrees with all.
    pub divergence: Option<Divergence>,
}

/// The first place where today's code does other than what was recorded. Its text names the execution, the state, the source line, what
/// was recorded, what was attempted, the likely cause and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Divergence {
    /// The execution.
    pub execution: ExecutionId,
    /// Its workflow.
    pub workflow: String,
    /// The name it was started with.
    pub name: Option<String>,
    /// The scope: empty for the workflow itself, else the path to a branch or iteration.
    pub scope: String,
    /// The number of the durable entry within its scope.
    pub ordinal: u32,
    /// The state that today's code is in.
    pub state: Option<String>,
    /// Its source file and line.
    pub place: Option<(String, u32)>,
    /// The state that was recorded.
    pub recorded_state: Option<String>,
    /// What was recorded.
    pub recorded: String,
    /// What today's code attempts.
    pub attempted: String,
    /// Where the two inputs or outputs differ.
    pub differences: Vec<Difference>,
    /// The likely cause.
    pub cause: Cause,
    /// How many entries agreed before.
    pub matching: u64,
    /// Payloads were taken out of the history, so the code may have taken another way because of that.
    pub redacted: bool,
}

impl Divergence {
    /// Tells a divergence: states by name, the source line, the cause.
    pub(crate) fn describe(registry: &Registry, history: &History, found: &engine::Divergence) -> Divergence {
        let execution = &history.execution;
        let workflow = registry.workflow_of(&execution.workflow, execution.version).ok();
        let today = workflow.and_then(|workflow| workflow.machine());
        let state = found.state.and_then(|state| Some((today?, today?.states.get(state as usize)?)));
        let (recorded_machine, behind) = recorded(history, found);
        let recorded_state = found.recorded_state.zip(recorded_machine.as_ref());
        let recorded_state = recorded_state.and_then(|(state, machine)| machine.states.get(state as usize));
        let redacted = !history.redacted.is_empty();
        let differences = match (&found.recorded, &found.attempted) {
            (
                Found::Step(Step::Task { name: before, input: recorded }),
                Found::Step(Step::Task { name: now, input: attempted }),
            )
            | (
                Found::Step(Step::Child { name: before, input: recorded, .. }),
                Found::Step(Step::Child { name: now, input: attempted, .. }),
            ) if before == now => differences(recorded, attempted, redacted),
            (Found::Output(recorded), Found::Output(attempted)) => differences(recorded, attempted, redacted),
            _ => Vec::new(),
        };
        let evidence = Evidence {
            recorded: &found.recorded,
            attempted: &found.attempted,
            behind: &behind,
            recorded_machine: recorded_machine.as_ref(),
            machine: today,
        };
        Divergence {
            execution: execution.id,
            workflow: execution.workflow.clone(),
            name: execution.name.clone(),
            scope: found.scope.to_string(),
            ordinal: found.ordinal,
            state: state.map(|(_, state)| state.name.clone()),
            place: state.map(|(machine, state)| (machine.file.clone(), state.span.line)),
            recorded_state: recorded_state.map(|state| state.name.clone()),
            recorded: found.recorded.to_string(),
            attempted: found.attempted.to_string(),
            differences,
            cause: evidence.cause(),
            matching: found.matched,
            redacted,
        }
    }

    /// As a JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let parsed = |text: &Option<String>| -> Option<Value> { serde_json::from_str(text.as_deref()?).ok() };
        let difference = |difference: &Difference| {
            json!({
                "path": difference.path,
                "recorded": parsed(&difference.recorded),
                "attempted": parsed(&difference.attempted),
            })
        };
        json!({
            "workflow": self.workflow,
            "name": self.name,
            "scope": self.scope,
            "ordinal": self.ordinal,
            "state": self.state,
            "file": self.place.as_ref().map(|(file, _)| file),
            "line": self.place.as_ref().map(|(_, line)| line),
            "recordedState": self.recorded_state,
            "recorded": self.recorded,
            "attempted": self.attempted,
            "differences": self.differences.iter().map(difference).collect::<Vec<_>>(),
            "cause": self.cause.name(),
            "advice": self.cause.advice(),
            "redacted": self.redacted,
        })
    }
}

/// The machine that stood behind the place that differs, and what was recorded behind it in its scope.
fn recorded(history: &History, found: &engine::Divergence) -> (Option<TypedMachine>, Vec<Step>) {
    let at = history.rows.iter().position(|row| row.scope == found.scope && row.ordinal == found.ordinal);
    let keys = history.machine_keys();
    let key = at.map_or_else(|| keys.last(), |at| keys.get(at));
    let machine = history.machine(key.map_or(&*history.execution.machine, |key| &**key));
    let recorded = Recorded::read(&history.rows, history.execution.started_at).unwrap_or_default();
    (machine, recorded.steps(&found.scope).skip(found.ordinal as usize + 1).cloned().collect())
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "execution {} of workflow `{}`", self.execution.0, self.workflow)?;
        if let Some(name) = &self.name {
            write!(f, " (`{name}`)")?;
        }
        write!(f, " does not fit today's code")?;
        if let Some(state) = &self.state {
            write!(f, " at state `{state}`")?;
        }
        if let Some((file, line)) = &self.place {
            write!(f, " ({file}:{line})")?;
        }
        if !self.scope.is_empty() {
            write!(f, " in branch {}", self.scope)?;
        }
        write!(f, ": recorded is {}", self.recorded)?;
        if let Some(state) = &self.recorded_state {
            write!(f, " (state `{state}`)")?;
        }
        let entries = if self.matching == 1 { "entry agrees" } else { "entries agree" };
        write!(f, ", the code attempts {}; {} {entries} before it.", self.attempted, self.matching)?;
        if !self.differences.is_empty() {
            let named: Vec<_> = self.differences.iter().take(NAMED).map(ToString::to_string).collect();
            let more = self.differences.len().saturating_sub(NAMED);
            write!(f, " They differ at {}", named.join("; "))?;
            if more > 0 {
                write!(f, "; and at {more} more places")?;
            }
            f.write_char('.')?;
        }
        write!(f, " Likely cause: {}; {}.", self.cause, self.cause.advice())?;
        if self.redacted {
            write!(
                f,
                " Payloads were taken out of this history, or AWS does not tell them: the code may part from it because of that alone."
            )?;
        }
        write!(f, " It goes on as soon as code that does what was recorded opens this store, or can be stopped")
    }
}
