//! Rule 1: ids are in range.

use super::{Checker, flow::assigned_vars};
use crate::{Callee, Expr, ExprKind, Pattern, State, StateKind, Target, TypeDef, TypeId, Typed, VarId};

impl Checker<'_> {
    pub(super) fn ids(&mut self) {
        let machine = self.machine;
        let (states, regions, vars) = (machine.states.len(), machine.regions.len(), machine.vars.len());
        if regions == 0 {
            self.anywhere(1, "there is no region");
        }
        for region in &machine.regions {
            let parent = region.parent.is_none_or(|parent| (parent.0 as usize) < states);
            if !parent || region.start.0 as usize >= states {
                self.anywhere(1, "a region names a state that does not exist");
            }
            self.vars_exist(None, region.params.iter().copied());
        }
        if vars > 0 && machine.vars.iter().any(|var| var.region.0 as usize >= regions) {
            self.anywhere(1, "a variable belongs to a region that does not exist");
        }
        for (_, state) in self.states() {
            if state.region.0 as usize >= regions {
                self.at(1, state, format!("region {} does not exist", state.region.0));
            }
            for region in state.regions().iter().filter(|region| region.0 as usize >= regions) {
                self.at(1, state, format!("region {} does not exist", region.0));
            }
            for edge in state.edges() {
                match edge.to {
                    Target::State(to) if to.0 as usize >= states => {
                        self.at(1, state, format!("state {} does not exist", to.0));
                    }
                    _ => {}
                }
            }
            self.vars_exist(Some(state), mentioned_vars(state).into_iter());
            self.types_exist(Some(state), mentioned_types(state).into_iter());
        }
        self.types_exist(None, machine.vars.iter().map(|var| var.ty).chain([machine.output]).chain(machine.failure));
        self.parts_of_types();
    }

    fn vars_exist(&mut self, state: Option<&State<Typed>>, vars: impl Iterator<Item = VarId>) {
        let count = self.machine.vars.len();
        for var in vars.filter(|var| var.0 as usize >= count) {
            let message = format!("variable {} does not exist", var.0);
            match state {
                Some(state) => self.at(1, state, message),
                None => self.anywhere(1, message),
            }
        }
    }

    fn types_exist(&mut self, state: Option<&State<Typed>>, types: impl Iterator<Item = TypeId>) {
        let count = self.machine.types.iter().count();
        for ty in types.filter(|ty| ty.0 as usize >= count) {
            let message = format!("type {} does not exist", ty.0);
            match state {
                Some(state) => self.at(1, state, message),
                None => self.anywhere(1, message),
            }
        }
    }

    /// A type that is made of itself has a name, so that following it ends.
    fn parts_of_types(&mut self) {
        let types = &self.machine.types;
        for (id, def) in types.iter() {
            self.types_exist(None, types.parts(id).into_iter());
            if matches!(def, TypeDef::Pending) {
                self.anywhere(1, format!("type {} was never described", id.0));
            }
        }
        if !self.violations.is_empty() {
            return;
        }
        let mut seen = vec![Seen::No; types.iter().count()];
        for (id, _) in types.iter() {
            if self.is_endless(id, &mut seen) {
                return self.anywhere(1, format!("type {} is made of itself without a name", id.0));
            }
        }
    }

    fn is_endless(&self, id: TypeId, seen: &mut [Seen]) -> bool {
        let types = &self.machine.types;
        let goes_on = !matches!(types.get(id), TypeDef::Enum(_) | TypeDef::Struct(_));
        match std::mem::replace(&mut seen[id.0 as usize], Seen::Within) {
            Seen::Within => return true,
            Seen::Done => {}
            Seen::No => {
                if goes_on && types.parts(id).into_iter().any(|part| self.is_endless(part, seen)) {
                    return true;
                }
            }
        }
        seen[id.0 as usize] = Seen::Done;
        false
    }
}

/// How far a type was followed.
#[derive(Clone, Copy)]
enum Seen {
    No,
    Within,
    Done,
}

/// Every variable that a state mentions anywhere.
fn mentioned_vars(state: &State<Typed>) -> Vec<VarId> {
    let mut vars = assigned_vars(state);
    if let StateKind::Map(map) = &state.kind {
        vars.push(map.item);
        vars.extend(map.index);
    }
    state.each_expr(&mut |root| root.walk(&mut |expr| vars.extend(own_vars(expr))));
    vars
}

fn own_vars(expr: &Expr<Typed>) -> Vec<VarId> {
    match &*expr.kind {
        ExprKind::Var(var) | ExprKind::Let(var, _, _) => vec![*var],
        ExprKind::Match(_, arms) => arms.iter().flat_map(|arm| arm.pattern.bindings()).collect(),
        ExprKind::Lambda(params, _) => params.iter().flat_map(Pattern::bindings).collect(),
        _ => Vec::new(),
    }
}

/// Every type that a state mentions anywhere.
fn mentioned_types(state: &State<Typed>) -> Vec<TypeId> {
    let mut types: Vec<TypeId> = state.catchers().iter().map(|catcher| catcher.ty).collect();
    if let StateKind::Task(task) = &state.kind {
        types.extend(types_of_callee(&task.callee));
    }
    state.each_expr(&mut |root| {
        root.walk(&mut |expr| {
            types.push(expr.ty);
            if let ExprKind::Pure(callee, _) = &*expr.kind {
                types.extend(types_of_callee(callee));
            }
        });
    });
    types
}

fn types_of_callee(callee: &Callee) -> impl Iterator<Item = TypeId> + use<'_> {
    callee.params.iter().map(|(_, ty)| *ty).chain([callee.output]).chain(callee.failure)
}
