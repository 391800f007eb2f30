//! Parallel and Map. A region reads the variables around it, but not what its own Parallel or Map state assigns on entry, nor
//! parameters that are not yet variables: those are passed into it.

use std::collections::BTreeSet;

use durafn_ir::{
    Expr, ExprKind, FieldDef, Fields, Liveness, MapState, ParallelState, RegionId, StateId, StateKind, Target, Test,
    TypeDef, Typed, TypedMachine, VarId,
};

use super::{Environment, Findings, Site, errors::Decode};
use crate::{
    jsonata::{
        Jsonata, Result, Value,
        template::{payload, template},
    },
    model::{self, ProcessorConfig},
    names::Names,
};

impl Site<'_> {
    pub(crate) fn parallel(
        &mut self,
        id: StateId,
        parallel: &ParallelState<durafn_ir::Typed>,
        findings: &mut Findings,
    ) -> Result<model::State> {
        let passed = self.passed(id);
        let as_it_is = self.pending.is_empty() && passed.values().all(|value| reads_input(&value.expr));
        let (arguments, env) = if as_it_is { (None, passed) } else { self.handed_in(passed, Vec::new())? };
        let arguments = arguments.map(|arguments| payload(&self.forced(arguments)));
        let branches = parallel.branches.iter().map(|branch| self.lowering.region(*branch, env.clone(), findings));
        let branches = branches.collect();
        if parallel.race {
            let state = model::State { r#type: "Parallel", arguments, branches, ..Default::default() };
            return self.race(parallel, state);
        }
        let arrow = self.edge(&parallel.next, Some(Jsonata::states(["result"]).into()))?;
        let catch = self.catchers(&parallel.catch, Decode::Either)?;
        Ok(arrow.onto(model::State { r#type: "Parallel", arguments, branches, catch, ..Default::default() }))
    }

    pub(crate) fn map(
        &mut self,
        id: StateId,
        map: &MapState<durafn_ir::Typed>,
        findings: &mut Findings,
    ) -> Result<model::State> {
        let items = self.root(&map.items)?;
        let items = template(&self.forced(items));
        let max_concurrency = match &map.concurrency {
            Some(concurrency) => Some(template(&self.root(concurrency)?)),
            None => None,
        };
        let passed = self.passed(id);
        let (item_selector, env) = if passed.is_empty() && map.index.is_none() {
            (None, Environment::from([(map.item, Jsonata::states(["input"]).into())]))
        } else {
            let item = |key| Jsonata::states(["context", "Map", "Item", key]);
            let own = [(Some(map.item), item("Value")), (map.index, item("Index"))];
            self.handed_in(passed, own.into_iter().filter_map(|(var, value)| Some((var?, value))).collect())?
        };
        let item_selector = item_selector.map(|selector| payload(&selector));
        let mut body = self.lowering.region(map.body, env, findings);
        body.processor_config = Some(ProcessorConfig { mode: "INLINE" });
        let arrow = self.edge(&map.next, Some(Jsonata::states(["result"]).into()))?;
        let catch = self.catchers(&map.catch, Decode::Either)?;
        let state = model::State {
            r#type: "Map",
            items: Some(items),
            item_selector,
            max_concurrency,
            item_processor: Some(body),
            catch,
            ..Default::default()
        };
        Ok(arrow.onto(state))
    }

    /// What the regions of this state read that is not a variable when it starts.
    fn passed(&self, id: StateId) -> Environment {
        let vars = passed(self.lowering.machine, self.lowering.liveness, id);
        let env = &self.encoder.env;
        vars.into_iter().filter_map(|var| Some((var, env.get(&var)?.clone()))).collect()
    }

    /// An object that hands variables to a region, and what they stand for in it.
    fn handed_in(&mut self, passed: Environment, own: Vec<(VarId, Jsonata)>) -> Result<(Option<Jsonata>, Environment)> {
        let mut entries = Vec::new();
        let mut env = Environment::new();
        for (var, value) in own {
            entries.push((var, value));
        }
        for (var, value) in passed {
            entries.push((var, self.as_far_as_read(var, value)?));
        }
        let entries = entries.into_iter().map(|(var, value)| {
            let name = self.encoder.name(var).to_owned();
            env.insert(var, Jsonata::states(["input"]).field(&name).into());
            (name, value)
        });
        let object = Jsonata::object(entries.collect::<Vec<_>>());
        Ok((Some(object), env))
    }

    /// The value of a variable as the regions of this state read it: of a struct, the fields that they read.
    fn as_far_as_read(&mut self, var: VarId, value: Value) -> Result<Jsonata> {
        let machine = self.lowering.machine;
        let TypeDef::Struct(def) = machine.types.get(machine.var(var).ty) else {
            return Ok(self.encoder.present(value));
        };
        let (Fields::Named(all), false) = (&def.fields, def.transparent) else {
            return Ok(self.encoder.present(value));
        };
        let Some(read) = fields_read(machine, self.state.regions(), var) else {
            return Ok(self.encoder.present(value));
        };
        let fields: Vec<&FieldDef> = all.iter().filter(|field| read.contains(field.name.as_str())).collect();
        let apart = |field: &&FieldDef| !field.flatten && !field.skip;
        if value.missing || !value.expr.is_simple() || fields.len() == all.len() || !fields.iter().all(apart) {
            return Ok(self.encoder.present(value));
        }
        let mut entries = Vec::new();
        for field in fields {
            let read = self.encoder.field_in(value.expr.clone(), &def.fields, field)?;
            entries.push((field.key.clone(), self.encoder.present(read)));
        }
        Ok(Jsonata::object(entries))
    }
}

/// The fields of a struct that regions read; none where something reads it as a whole.
fn fields_read(machine: &TypedMachine, regions: &[RegionId], var: VarId) -> Option<BTreeSet<String>> {
    let mut fields = BTreeSet::new();
    for (_, state) in regions.iter().flat_map(|region| machine.states_of(*region)) {
        let mut whole = false;
        state.each_expr(&mut |expr| whole |= !reads_fields(expr, var, &mut fields));
        if whole {
            return None;
        }
        fields.extend(fields_read(machine, state.regions(), var)?);
    }
    Some(fields)
}

/// Collects the fields of a variable that an expression reads. False where it reads the whole.
fn reads_fields(expr: &Expr<Typed>, var: VarId, fields: &mut BTreeSet<String>) -> bool {
    match &*expr.kind {
        ExprKind::Var(other) if *other == var => false,
        ExprKind::Field(base, name) if matches!(*base.kind, ExprKind::Var(other) if other == var) => {
            fields.insert(name.clone());
            true
        }
        _ => {
            let mut apart = true;
            expr.each_child(&mut |child, _| apart &= reads_fields(child, var, fields));
            apart
        }
    }
}

/// The expression is a path into the state's input, which a Parallel hands to its branches.
fn reads_input(expr: &Jsonata) -> bool {
    match expr {
        Jsonata::Field(base, key) => (key == "input" && **base == Jsonata::var("states")) || reads_input(base),
        _ => false,
    }
}

/// The variables that are passed into the regions of a Parallel or Map.
fn passed(machine: &TypedMachine, liveness: &Liveness, id: StateId) -> BTreeSet<VarId> {
    let state = machine.state(id);
    let mut given: BTreeSet<VarId> = state.enter.iter().map(|assign| assign.var).collect();
    let region = machine.region(state.region);
    if region.start == id {
        given.extend(&region.params);
        if let Some(parent) = region.parent {
            given.extend(passed(machine, liveness, parent));
        }
    }
    let reads = state.regions().iter().flat_map(|inner| liveness.captures(*inner));
    reads.filter(|var| given.contains(var)).copied().collect()
}

/// Names every variable. One that is passed into a region is assigned there too, by another name where its own is assigned on
/// the way to the region: that is an error in ASL.
pub(crate) fn name_variables(machine: &TypedMachine, liveness: &Liveness) -> Names {
    let mut names = Names::of(machine);
    for (index, state) in machine.states.iter().enumerate() {
        let id = StateId(index as u32);
        for var in passed(machine, liveness, id) {
            if is_assigned_before(machine, id, var) {
                for region in state.regions() {
                    names.rename_within(*region, var);
                }
            }
        }
    }
    names
}

/// The variable may be assigned on the way to a state: another state assigns it, or the state lies on a loop.
fn is_assigned_before(machine: &TypedMachine, id: StateId, var: VarId) -> bool {
    let others = machine.states.iter().enumerate().filter(|(index, _)| *index != id.0 as usize);
    let elsewhere = others.into_iter().any(|(_, state)| assigns(state, var));
    elsewhere || (assigns(machine.state(id), var) && reaches_itself(machine, id))
}

fn assigns(state: &durafn_ir::State<durafn_ir::Typed>, var: VarId) -> bool {
    let by_test = match &state.kind {
        StateKind::Choice(rules, _) => rules.iter().flat_map(|rule| &rule.tests).any(|test| match test {
            Test::If(_) => false,
            Test::Matches(_, pattern) => pattern.bindings().contains(&var),
        }),
        _ => false,
    };
    by_test
        || state.enter.iter().any(|assign| assign.var == var)
        || state
            .edges()
            .iter()
            .any(|edge| edge.result == Some(var) || edge.assign.iter().any(|assign| assign.var == var))
}

fn reaches_itself(machine: &TypedMachine, id: StateId) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![id];
    while let Some(state) = next.pop() {
        for edge in machine.state(state).edges() {
            if let Target::State(to) = edge.to {
                if to == id {
                    return true;
                }
                if seen.insert(to) {
                    next.push(to);
                }
            }
        }
    }
    false
}
