//! Edges: what is assigned on the way out of a state, and what it yields.

use durafn_ir::{Edge, Target, Typed};

use super::{Site, force};
use crate::refusal::malformed;
use crate::{
    jsonata::{
        Jsonata, Result, Value,
        template::{payload, template},
    },
    model::{self, Json},
};

/// The fields by which a state, a rule or a catcher leaves.
#[derive(Debug)]
pub(crate) struct Arrow {
    pub(crate) assign: Vec<(String, Json)>,
    pub(crate) output: Option<Json>,
    /// The next state; none at the end of the region.
    pub(crate) to: Option<String>,
}

impl Arrow {
    pub(crate) fn onto(self, state: model::State) -> model::State {
        let end = self.to.is_none();
        model::State { assign: self.assign, output: self.output, next: self.to, end, ..state }
    }
}

impl Site<'_> {
    /// An edge, given what its result variable stands for.
    pub(crate) fn edge(&self, edge: &Edge<Typed>, result: Option<Value>) -> Result<Arrow> {
        let mut site = self.clone();
        if let (Some(var), Some(value)) = (edge.result, &result) {
            site.encoder.env.insert(var, value.clone());
        }
        for assign in &edge.assign {
            let value = site.encoder.root_value(&assign.value)?;
            if value.expr.can_fail() {
                site.pending.push(value.expr.clone());
            }
            site.encoder.env.insert(assign.var, value);
        }
        let mut leaves = site.assigned(edge);
        let mut output = match &edge.to {
            Target::State(_) => None,
            Target::End(output) => Some(site.root(output)?),
        };
        site.force_leaves(&mut leaves, &mut output);
        site.check_varying(&leaves, output.as_ref())?;
        Ok(Arrow {
            assign: leaves.into_iter().map(|(name, value)| (name, template(&site.shortened(value)))).collect(),
            output: output.filter(|output| !site.is_default(output)).map(|output| payload(&site.shortened(output))),
            to: site.target(&edge.to),
        })
    }

    /// The variables that this state has changed and that are read where the edge leads.
    fn assigned(&mut self, edge: &Edge<Typed>) -> Vec<(String, Jsonata)> {
        let Target::State(to) = edge.to else { return Vec::new() };
        let handed_over = self.lowering.handed_over(to);
        let mut assigned = Vec::new();
        let live = self.lowering.liveness.at_target(edge);
        for var in live.into_iter().filter(|var| !handed_over.contains_key(var)) {
            let Some(value) = self.encoder.env.get(&var).cloned() else { continue };
            let name = self.encoder.name(var).to_owned();
            let value = self.encoder.present(value);
            if value != Jsonata::var(&name) {
                assigned.push((name, value));
            }
        }
        assigned
    }

    /// Sees to it that assignments that can fail are evaluated, although nothing may read them.
    fn force_leaves(&mut self, leaves: &mut [(String, Jsonata)], output: &mut Option<Jsonata>) {
        let pending = std::mem::take(&mut self.pending);
        let evaluated = |value: &Jsonata| {
            leaves.iter().any(|(_, leaf)| leaf.surely_evaluates(value))
                || output.as_ref().is_some_and(|output| output.surely_evaluates(value))
        };
        let missing: Vec<Jsonata> = pending.into_iter().filter(|value| !evaluated(value)).collect();
        if missing.is_empty() {
            return;
        }
        match (leaves.first_mut(), output) {
            (Some((_, leaf)), _) => *leaf = force(&mut self.encoder, missing, leaf.clone()),
            (None, Some(output)) => *output = force(&mut self.encoder, missing, output.clone()),
            // What the next state is given is read by nobody.
            (None, output) => *output = Some(force(&mut self.encoder, missing, Jsonata::Null)),
        }
    }

    fn shortened(&self, value: Jsonata) -> Jsonata {
        value.simplified_knowing(&self.known)
    }

    /// A Task, Parallel or Map yields its result where it says nothing else.
    fn is_default(&self, output: &Jsonata) -> bool {
        use durafn_ir::StateKind::{Map, Parallel, Task};
        *output == Jsonata::states(["result"]) && matches!(self.state.kind, Task(_) | Parallel(_) | Map(_))
    }

    /// What varies must be evaluated once: each field of a state is evaluated on its own.
    fn check_varying(&self, leaves: &[(String, Jsonata)], output: Option<&Jsonata>) -> Result<()> {
        let all: Vec<&Jsonata> =
            self.evaluated.iter().chain(leaves.iter().map(|(_, leaf)| leaf)).chain(output).collect();
        for value in self.encoder.env.values().filter(|value| value.expr.varies()) {
            let readers = all.iter().filter(|leaf| leaf.any_part(&|part| *part == value.expr)).count();
            if readers > 1 {
                return malformed(self.state.span, format!("`{}` evaluated more than once in one state", value.expr));
            }
        }
        Ok(())
    }
}
