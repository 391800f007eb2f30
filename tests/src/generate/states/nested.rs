//! States with regions inside: Parallel and Map.

use durafn_ir::{Edge, MapState, ParallelState, Region, RegionId, StateId, StateKind, TypeDef, TypeId, VarId};

use super::{Builder, OPEN};
use crate::generate::tasks;

impl Builder<'_> {
    /// A region inside the state that comes next.
    fn inner(&mut self, parent: StateId, params: Vec<VarId>, region: RegionId, output: TypeId) {
        let before = self.scope();
        let outer = std::mem::replace(&mut self.expr.region, region);
        let assignable = std::mem::take(&mut self.expr.assignable);
        let open = std::mem::take(&mut self.open);
        let loops = std::mem::take(&mut self.loops);
        self.expr.readable.extend(&params);
        self.expr.assignable.clone_from(&params);
        self.regions[region.0 as usize] = Region { parent: Some(parent), start: StateId(u32::MAX), params };
        self.depth += 1;
        self.statements();
        self.end(output);
        self.depth -= 1;
        self.expr.region = outer;
        (self.expr.assignable, self.open, self.loops) = (assignable, open, loops);
        self.restore(before);
    }

    /// A region to be, so that its variables can name it.
    fn reserve(&mut self) -> RegionId {
        self.regions.push(Region { parent: None, start: StateId(u32::MAX), params: Vec::new() });
        RegionId(self.regions.len() as u32 - 1)
    }

    pub(super) fn parallel(&mut self) {
        let enter = self.entry();
        let branches: Vec<RegionId> = (0..self.expr.tape.pick(&[2, 2, 3])).map(|_| self.reserve()).collect();
        let outputs: Vec<TypeId> = branches.iter().map(|_| self.expr.types.any(self.expr.tape)).collect();
        let before = self.scope();
        let ways = tasks::join_catchers(&mut self.expr);
        let catch = ways.iter().map(|way| self.catcher(way)).collect();
        let ty = self.expr.types.id(TypeDef::Tuple(outputs.clone()));
        let result = self.expr.var(ty);
        let next = Edge { result: Some(result), assign: Vec::new(), to: OPEN };
        let id = self
            .state("Join", StateKind::Parallel(ParallelState { branches: branches.clone(), race: false, catch, next }));
        self.enter(id, enter);
        for (region, output) in branches.into_iter().zip(outputs) {
            self.inner(id, Vec::new(), region, output);
        }
        self.declare(result);
        self.joined(id, before, &ways);
    }

    pub(super) fn map(&mut self) {
        let enter = self.entry();
        let of = self.expr.types.any(self.expr.tape);
        let def = if self.expr.tape.chance(25) { TypeDef::Iterator(of) } else { TypeDef::Vec(of) };
        let items_ty = self.expr.types.id(def);
        let items = self.expr.expr(items_ty, 3);
        let usize = self.expr.types.usize();
        let concurrency = self.expr.tape.chance(40).then(|| self.expr.few(usize, 1));
        let body = self.reserve();
        let output = self.expr.types.any(self.expr.tape);
        let before = self.scope();
        let ways = tasks::join_catchers(&mut self.expr);
        let catch = ways.iter().map(|way| self.catcher(way)).collect();
        let ty = self.expr.types.id(TypeDef::Vec(output));
        let result = self.expr.var(ty);
        let outer = std::mem::replace(&mut self.expr.region, body);
        let item = self.expr.var(of);
        let index = self.expr.tape.chance(40).then(|| self.expr.var(usize));
        self.expr.region = outer;
        let next = Edge { result: Some(result), assign: Vec::new(), to: OPEN };
        let map = MapState { items, item, index, body, concurrency, catch, next };
        let id = self.state("Each", StateKind::Map(map));
        self.enter(id, enter);
        self.inner(id, std::iter::once(item).chain(index).collect(), body, output);
        self.declare(result);
        self.joined(id, before, &ways);
    }

    /// The edges out of a Parallel or Map.
    fn joined(&mut self, id: StateId, before: (usize, usize), ways: &[tasks::Way]) {
        let assigns = self.assigns();
        self.states[id.0 as usize].edges_mut().swap_remove(0).assign = assigns;
        self.handlers(id, before, ways);
    }
}
