//! States: each region becomes the states of a machine, a branch, or a Map's body, one for one.
//!
//! ASL evaluates all expressions of one state on the values from before it, where the model assigns in order. So a state is
//! translated with an environment that says what each variable assigned so far in it stands for, and only what is read later is assigned.

mod check_input;
mod child;
mod edges;
mod errors;
mod facts;
mod failing;
mod nested;
mod race;
mod split;
mod task;

use std::collections::BTreeMap;

use durafn_ir::{Liveness, RegionId, Rule, State, StateId, StateKind, Target, Test, TypedMachine, VarId, WaitFor};

pub(crate) use facts::Ways;
pub(crate) use nested::name_variables;
pub(crate) use split::split_varying;

use crate::refusal;
use crate::{
    error::{ExportError, Warning},
    jsonata::{
        Encoder, Jsonata, Result, Value,
        simplify::Known,
        template::{braced, payload, template},
    },
    model::{self, ChoiceRule, Json},
    names::Names,
    options::Options,
};

/// What the variables of a state stand for when it is entered, where that is not a variable of the definition.
type Environment = BTreeMap<VarId, Value>;

/// States by name.
type NamedStates = Vec<(String, model::State)>;

/// Everything that translation reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lowering<'m> {
    pub(crate) machine: &'m TypedMachine,
    pub(crate) options: &'m Options,
    pub(crate) names: &'m Names,
    pub(crate) liveness: &'m Liveness,
    pub(crate) ways: &'m Ways,
}

/// What translation has to say besides its result.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) errors: Vec<ExportError>,
    pub(crate) warnings: Vec<Warning>,
}

/// A state while it is translated: its expressions, and the assignments that must be evaluated although nothing may read them, because they
/// can fail.
#[derive(Clone, Debug)]
pub(crate) struct Site<'m> {
    pub(crate) lowering: Lowering<'m>,
    pub(crate) state: &'m State<durafn_ir::Typed>,
    pub(crate) encoder: Encoder<'m>,
    pub(crate) pending: Vec<Jsonata>,
    /// What the state evaluates before its edges, to see where what varies is evaluated twice.
    pub(crate) evaluated: Vec<Jsonata>,
    /// What holds when the state is entered, and in a rule of a Choice what its condition says.
    pub(crate) known: Known,
}

impl<'m> Lowering<'m> {
    /// The workflow's states.
    pub(crate) fn workflow(self, findings: &mut Findings) -> model::States {
        let root = RegionId(0);
        let params = &self.machine.region(root).params;
        let input = Jsonata::states(["input"]);
        let env = params.iter().zip(&self.machine.params).map(|(var, name)| {
            let value = if params.len() == 1 { input.clone() } else { input.clone().field(name) };
            let is_option = matches!(self.machine.types.get(self.machine.var(*var).ty), durafn_ir::TypeDef::Option(_));
            (*var, Value { expr: value, missing: is_option && params.len() > 1 })
        });
        let states = self.region(root, env.collect(), findings);
        if self.options.check_input { self.with_checked_input(states) } else { states }
    }

    fn region(self, id: RegionId, env: Environment, findings: &mut Findings) -> model::States {
        let region = self.machine.region(id);
        let mut states = Vec::new();
        for (state_id, state) in self.machine.states_of(id) {
            let env = if state_id == region.start { env.clone() } else { self.handed_over(state_id) };
            match self.state(state_id, state, env, findings) {
                Ok((lowered, more)) => {
                    states.push((state.name.clone(), lowered));
                    states.extend(more);
                }
                Err(error) => findings.errors.push(error.in_state(&state.name)),
            }
        }
        if !self.machine.states_of(id).any(|(_, state)| ends(state)) {
            let start = self.machine.state(region.start);
            findings.errors.push(refusal::ENDLESS.in_state(start, &[]));
        }
        model::States { processor_config: None, start_at: self.machine.state(region.start).name.clone(), states }
    }

    fn state(
        self,
        id: StateId,
        state: &'m State<durafn_ir::Typed>,
        env: Environment,
        findings: &mut Findings,
    ) -> Result<(model::State, NamedStates)> {
        let mut site = Site::new(self, state, env);
        site.known = self.facts_at(id);
        site.enter()?;
        let mut more = Vec::new();
        let mut lowered = match &state.kind {
            StateKind::Pass(edge) => {
                let arrow = site.edge(edge, None)?;
                arrow.onto(model::State { r#type: "Pass", ..Default::default() })
            }
            StateKind::Task(task) => {
                let (lowered, others) = site.task(task)?;
                more = others;
                lowered
            }
            StateKind::Wait(wait, edge) => site.wait(wait, edge)?,
            StateKind::Choice(rules, default) => site.choice(rules, default)?,
            StateKind::Parallel(parallel) => site.parallel(id, parallel, findings)?,
            StateKind::Map(map) => site.map(id, map, findings)?,
            StateKind::Succeed(output) if self.machine.is_race(state.region) => site.winner(output)?,
            StateKind::Succeed(output) => {
                let output = site.root(output)?;
                let output = site.forced(output);
                model::State { r#type: "Succeed", output: Some(payload(&output)), ..Default::default() }
            }
            StateKind::Fail(error) => site.fail(error)?,
        };
        lowered.comment.clone_from(&state.comment);
        Ok((lowered, more))
    }
}

impl<'m> Site<'m> {
    fn new(lowering: Lowering<'m>, state: &'m State<durafn_ir::Typed>, env: Environment) -> Site<'m> {
        let mut encoder = Encoder::new(lowering.machine, lowering.names, state.region);
        encoder.env = env;
        Site { lowering, state, encoder, pending: Vec::new(), evaluated: Vec::new(), known: Known::new() }
    }

    fn enter(&mut self) -> Result<()> {
        for assign in &self.state.enter {
            let value = self.encoder.root_value(&assign.value)?;
            if value.expr.can_fail() {
                self.pending.push(value.expr.clone());
            }
            self.encoder.env.insert(assign.var, value);
        }
        Ok(())
    }

    pub(crate) fn root(&mut self, expr: &durafn_ir::Expr<durafn_ir::Typed>) -> Result<Jsonata> {
        self.encoder.root(expr)
    }

    /// An expression that is evaluated before the state does anything, with what must be evaluated by then bound around it.
    pub(crate) fn forced(&mut self, expr: Jsonata) -> Jsonata {
        let forced = force(&mut self.encoder, std::mem::take(&mut self.pending), expr);
        self.evaluated.push(forced.clone());
        forced.simplified_knowing(&self.known)
    }

    fn wait(
        &mut self,
        wait: &WaitFor<durafn_ir::Typed>,
        edge: &durafn_ir::Edge<durafn_ir::Typed>,
    ) -> Result<model::State> {
        let (seconds, timestamp) = match wait {
            WaitFor::Seconds(expr) => (Some(self.seconds(expr)?), None),
            WaitFor::Until(expr) => {
                let time = crate::jsonata::compare::instant(self.root(expr)?);
                (None, Some(template(&self.forced(time))))
            }
        };
        let arrow = self.edge(edge, None)?;
        Ok(arrow.onto(model::State { r#type: "Wait", seconds, timestamp, ..Default::default() }))
    }

    fn choice(
        &mut self,
        rules: &[Rule<durafn_ir::Typed>],
        default: &durafn_ir::Edge<durafn_ir::Typed>,
    ) -> Result<model::State> {
        let mut choices = Vec::new();
        for rule in rules {
            let mut site = self.clone();
            let condition = site.tests(&rule.tests)?;
            let condition = site.forced(condition);
            site.known.extend(condition.facts());
            let arrow = site.edge(&rule.next, None)?;
            self.pending.clear();
            choices.push(ChoiceRule {
                condition: condition_text(&condition),
                assign: arrow.assign,
                output: arrow.output,
                next: arrow.to.unwrap_or_default(),
            });
        }
        let mut arrow = self.edge(default, None)?;
        let default = arrow.to.take();
        Ok(arrow.onto(model::State { r#type: "Choice", choices, default, ..Default::default() }).without_end())
    }

    /// The tests of a rule as one condition. What they bind is in the environment afterwards.
    fn tests(&mut self, tests: &[Test<durafn_ir::Typed>]) -> Result<Jsonata> {
        let mut all = Vec::new();
        for test in tests {
            match test {
                Test::If(condition) => all.push(self.root(condition)?),
                Test::Matches(subject, pattern) => {
                    let value = self.encoder.root_value(subject)?;
                    all.extend(self.encoder.root_pattern(value, subject, pattern)?);
                }
            }
        }
        Ok(Jsonata::all(all))
    }

    pub(crate) fn target(&self, target: &Target<durafn_ir::Typed>) -> Option<String> {
        match target {
            Target::State(state) => Some(self.lowering.machine.state(*state).name.clone()),
            Target::End(_) => None,
        }
    }
}

/// The region can end here.
fn ends(state: &State<durafn_ir::Typed>) -> bool {
    let is_end = |edge: &&durafn_ir::Edge<durafn_ir::Typed>| matches!(edge.to, Target::End(_));
    matches!(state.kind, StateKind::Succeed(_) | StateKind::Fail(_)) || state.edges().iter().any(is_end)
}

/// An expression with others bound around it that must be evaluated with it.
pub(crate) fn force(encoder: &mut Encoder<'_>, pending: Vec<Jsonata>, expr: Jsonata) -> Jsonata {
    let missing: Vec<Jsonata> = pending.into_iter().filter(|value| !expr.surely_evaluates(value)).collect();
    missing.into_iter().rev().fold(expr, |expr, value| {
        let name = encoder.fresh("checked");
        Jsonata::bind(&name, value, expr)
    })
}

/// A Condition is always an expression.
fn condition_text(condition: &Jsonata) -> Json {
    Json::String(braced(condition))
}

impl model::State {
    fn without_end(mut self) -> model::State {
        self.end = false;
        self
    }
}
