//! A stable hash of a machine.
//!
//! Two machines have the same fingerprint where they do the same: the same states of the same kinds in the same order, the same callees,
//! expressions, error names, retriers and wire forms of types.
//! Not counted: the names of states, variables and the workflow, comments, places in the source, the order in which states and types are listed, what
//! no edge leads to. The names of types, fields and variants count, since expressions refer to values by them.

use std::{collections::BTreeMap, fmt};

use crate::{
    Expr, ExprKind, Fields, Pattern, RegionId, Span, State, StateId, StateKind, Target, Test, TypeDef, TypeId, Typed,
    TypedMachine, VarId,
};

/// The version of the model. A change of meaning or structure raises it, and with it changes every fingerprint.
pub const IR_VERSION: u32 = 1;

/// The hash of a machine: 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl TypedMachine {
    /// The hash of what the machine does.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut canon = Canon::default();
        let states = self.canonical_order();
        canon.states = numbered(&states);
        let regions: Vec<RegionId> = region_order(self, &states);
        canon.regions = numbered(&regions);

        let mut hash = Fnv::new();
        let params: Vec<u32> = self.regions[0].params.iter().map(|param| canon.var(*param).0).collect();
        let output = canon.ty(self.output);
        let failure = self.failure.map(|failure| canon.ty(failure));
        hash.add(&(IR_VERSION, self.kind, self.timeout_seconds, &self.params, params, output, failure));
        for id in &states {
            hash.add(&canon.state(self.state(*id)));
        }
        for region in regions.iter().map(|region| self.region(*region)) {
            hash.add(&(
                canon.states.get(&region.start),
                region.parent.map(|parent| canon.states.get(&parent).copied()),
            ));
        }
        for var in canon.vars.clone().into_keys() {
            let ty = canon.ty(self.var(var).ty);
            hash.add(&(canon.vars[&var], ty));
        }
        // Describing a type can number further ones.
        let mut described = 0;
        while described < canon.type_order.len() {
            let ty = canon.type_order[described];
            hash.add(&canon.type_def(self.types.get(ty).clone()));
            described += 1;
        }
        hash.finish()
    }

    /// The states as a walk from the start meets them: a state, the regions inside it, then where its edges lead.
    fn canonical_order(&self) -> Vec<StateId> {
        let mut order = Vec::new();
        let mut pending = vec![self.regions[0].start];
        while let Some(id) = pending.pop() {
            if order.contains(&id) {
                continue;
            }
            order.push(id);
            let state = self.state(id);
            let inner = state.regions().iter().map(|region| self.region(*region).start);
            let next = state.edges().into_iter().filter_map(|edge| match edge.to {
                Target::State(to) => Some(to),
                Target::End(_) => None,
            });
            let met: Vec<StateId> = inner.chain(next).collect();
            pending.extend(met.into_iter().rev());
        }
        order
    }
}

fn region_order(machine: &TypedMachine, states: &[StateId]) -> Vec<RegionId> {
    let inner = states.iter().flat_map(|state| machine.state(*state).regions());
    std::iter::once(RegionId(0)).chain(inner.copied()).collect()
}

fn numbered<Id: Ord + Copy>(ids: &[Id]) -> BTreeMap<Id, u32> {
    ids.iter().enumerate().map(|(index, id)| (*id, index as u32)).collect()
}

/// Numbers in place of ids: by first mention, so that the order of listing does not count.
#[derive(Default)]
struct Canon {
    states: BTreeMap<StateId, u32>,
    regions: BTreeMap<RegionId, u32>,
    vars: BTreeMap<VarId, u32>,
    types: BTreeMap<TypeId, u32>,
    type_order: Vec<TypeId>,
}

impl Canon {
    fn var(&mut self, var: VarId) -> VarId {
        let next = self.vars.len() as u32;
        VarId(*self.vars.entry(var).or_insert(next))
    }

    fn ty(&mut self, ty: TypeId) -> TypeId {
        let next = self.types.len() as u32;
        TypeId(*self.types.entry(ty).or_insert_with(|| {
            self.type_order.push(ty);
            next
        }))
    }

    /// The state without what does not count, its ids replaced.
    fn state(&mut self, state: &State<Typed>) -> State<Typed> {
        let mut state = state.clone();
        state.name = String::new();
        state.comment = None;
        state.span = Span::default();
        state.region = RegionId(self.regions[&state.region]);
        state.each_expr_mut(&mut |expr| self.expr(expr));
        for assign in &mut state.enter {
            assign.var = self.var(assign.var);
        }
        for edge in state.edges_mut() {
            edge.result = edge.result.map(|var| self.var(var));
            for assign in &mut edge.assign {
                assign.var = self.var(assign.var);
            }
            if let Target::State(to) = &mut edge.to {
                *to = StateId(self.states[to]);
            }
        }
        self.kind(&mut state.kind);
        state
    }

    fn kind(&mut self, kind: &mut StateKind<Typed>) {
        let catchers = match kind {
            StateKind::Pass(_) | StateKind::Wait(..) | StateKind::Succeed(_) | StateKind::Fail(_) => return,
            StateKind::Choice(rules, _) => {
                for test in rules.iter_mut().flat_map(|rule| &mut rule.tests) {
                    match test {
                        Test::If(_) => {}
                        Test::Matches(_, pattern) => self.pattern(pattern),
                    }
                }
                return;
            }
            StateKind::Task(task) => {
                self.callee(&mut task.callee);
                &mut task.catch
            }
            StateKind::Parallel(parallel) => {
                for branch in &mut parallel.branches {
                    *branch = RegionId(self.regions[branch]);
                }
                &mut parallel.catch
            }
            StateKind::Map(map) => {
                map.item = self.var(map.item);
                map.index = map.index.map(|index| self.var(index));
                map.body = RegionId(self.regions[&map.body]);
                &mut map.catch
            }
        };
        for catcher in catchers {
            catcher.ty = self.ty(catcher.ty);
        }
    }

    fn callee(&mut self, callee: &mut crate::Callee) {
        callee.comment = None;
        callee.output = self.ty(callee.output);
        callee.failure = callee.failure.map(|failure| self.ty(failure));
        for (_, ty) in &mut callee.params {
            *ty = self.ty(*ty);
        }
    }

    fn expr(&mut self, expr: &mut Expr<Typed>) {
        expr.rewrite(&mut |expr| {
            expr.span = Span::default();
            expr.ty = self.ty(expr.ty);
            match &mut *expr.kind {
                ExprKind::Var(var) | ExprKind::Let(var, _, _) => *var = self.var(*var),
                ExprKind::Match(_, arms) => arms.iter_mut().for_each(|arm| self.pattern(&mut arm.pattern)),
                ExprKind::Lambda(params, _) => params.iter_mut().for_each(|param| self.pattern(param)),
                ExprKind::Pure(callee, _) => self.callee(callee),
                _ => {}
            }
        });
    }

    fn pattern(&mut self, pattern: &mut Pattern) {
        pattern.each_binding_mut(&mut |var| *var = self.var(*var));
    }

    fn type_def(&mut self, mut def: TypeDef) -> TypeDef {
        match &mut def {
            TypeDef::Pending
            | TypeDef::Unit
            | TypeDef::Bool
            | TypeDef::Int(_)
            | TypeDef::Float(_)
            | TypeDef::Char
            | TypeDef::String
            | TypeDef::Duration
            | TypeDef::Timestamp
            | TypeDef::Opaque(_) => {}
            TypeDef::Option(part) | TypeDef::Vec(part) | TypeDef::Map(part) | TypeDef::Iterator(part) => {
                *part = self.ty(*part);
            }
            TypeDef::Result(ok, err) => (*ok, *err) = (self.ty(*ok), self.ty(*err)),
            TypeDef::Tuple(items) => items.iter_mut().for_each(|item| *item = self.ty(*item)),
            TypeDef::Struct(def) => self.fields(&mut def.fields),
            TypeDef::Enum(def) => def.variants.iter_mut().for_each(|variant| self.fields(&mut variant.fields)),
        }
        def
    }

    fn fields(&mut self, fields: &mut Fields) {
        match fields {
            Fields::Unit => {}
            Fields::Newtype(field) => field.ty = self.ty(field.ty),
            Fields::Tuple(fields) | Fields::Named(fields) => {
                fields.iter_mut().for_each(|field| field.ty = self.ty(field.ty));
            }
        }
    }
}

/// FNV-1a, 128 bits, over the JSON of what is added. Not for secrets: it tells versions apart.
struct Fnv(u128);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn add(&mut self, part: &impl serde::Serialize) {
        // The model has string keys and finite numbers alone, so it always serializes.
        let text = serde_json::to_string(part).expect("the model is JSON");
        for byte in text.bytes().chain(std::iter::once(b'\n')) {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }

    fn finish(self) -> Fingerprint {
        Fingerprint(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BinaryOp, IntType, build::*, link};

    fn machine(amount: i128) -> TypedMachine {
        let mut b = Build::new("w");
        let x = b.param("x", TypeDef::Int(IntType::I32));
        let y = b.var("y", TypeDef::Int(IntType::I32));
        b.state("First", StateKind::Pass(to(1).with_assign(y, binary(BinaryOp::Add, var(x), int(amount)))));
        b.state("Last", StateKind::Succeed(var(y)));
        link(b.machine, b.holes).unwrap()
    }

    #[test]
    fn names_comments_and_places_do_not_count() {
        let mut renamed = machine(1);
        renamed.name = "v".into();
        renamed.states[0].name = "Start".into();
        renamed.states[0].comment = Some("Starts.".into());
        renamed.states[0].span = Span { line: 40, column: 2 };
        renamed.vars[1].name = "total".into();
        assert_eq!(machine(1).fingerprint(), renamed.fingerprint());
    }

    #[test]
    fn order_of_listing_does_not_count() {
        let mut swapped = machine(1);
        swapped.states.swap(0, 1);
        swapped.regions[0].start = StateId(1);
        if let StateKind::Pass(edge) = &mut swapped.states[1].kind {
            edge.to = Target::State(StateId(0));
        }
        assert_eq!(machine(1).fingerprint(), swapped.fingerprint());
    }

    #[test]
    fn values_and_types_count() {
        assert_ne!(machine(1).fingerprint(), machine(2).fingerprint());
        let mut wider = machine(1);
        let int64 = wider.types.intern(TypeDef::Int(IntType::I64));
        wider.vars[0].ty = int64;
        assert_ne!(machine(1).fingerprint(), wider.fingerprint());
    }

    #[test]
    fn fingerprint_is_stable_between_builds() {
        assert_eq!(machine(1).fingerprint().to_string().len(), 32);
        assert_eq!(machine(1).fingerprint(), machine(1).fingerprint());
    }
}
