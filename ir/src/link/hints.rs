//! Types that reach a receiver from the end of its chain: in `(0..n).map(|i| ..)` the closure's parameter tells what the range counts.
//!
//! A hint settles only literals, so a missing one means their default type and a wrong one is reported as a mismatch.

use super::Linker;
use crate::{Expr, ExprKind, Pattern, Spelled, TypeDef, TypeId};

impl Linker<'_> {
    /// What a flexible receiver should be, seen from its method.
    pub(super) fn receiver_hint(
        &mut self,
        spelling: &str,
        args: &[Expr<Spelled>],
        want: Option<TypeId>,
    ) -> Option<TypeId> {
        let receiver = args.first()?;
        if !chain_root(receiver).is_flexible() {
            return None;
        }
        match spelling {
            "map" | "filter" | "filter_map" | "flat_map" | "find" | "find_map" | "any" | "all" | "position"
            | "take_while" | "skip_while" | "partition" | "reduce" | "min_by_key" | "max_by_key" => {
                let item = self.closure_param(args.get(1)?, 0)?;
                Some(self.iterator(item))
            }
            "fold" => {
                let item = self.closure_param(args.get(2)?, 1)?;
                Some(self.iterator(item))
            }
            "rev" | "skip" | "take" | "step_by" | "chain" => want,
            "iter" | "into_iter" => {
                let item = self.item_of(want)?;
                Some(self.intern(TypeDef::Vec(item)))
            }
            "collect" => {
                let item = self.item_of(want)?;
                Some(self.iterator(item))
            }
            "enumerate" => {
                let item = self.pair_of(want)?.1;
                Some(self.iterator(item))
            }
            "zip" => {
                let item = self.pair_of(want)?.0;
                Some(self.iterator(item))
            }
            "sum" | "product" => want.map(|want| self.iterator(want)),
            "contains" => {
                let item = self.infer(args.get(1)?, None)?.ty;
                Some(self.intern(TypeDef::Vec(item)))
            }
            "min" | "max" | "clamp" => match args.get(1) {
                Some(other) if !other.is_flexible() => Some(self.infer(other, None)?.ty),
                Some(_) => want,
                None => {
                    let item = self.item_of(want)?;
                    Some(self.iterator(item))
                }
            },
            "last" | "next" | "nth" => {
                let item = self.item_of(want)?;
                Some(self.iterator(item))
            }
            _ => want.filter(|want| self.types.is_number(*want)),
        }
    }

    fn iterator(&mut self, item: TypeId) -> TypeId {
        self.intern(TypeDef::Iterator(item))
    }

    fn pair_of(&self, want: Option<TypeId>) -> Option<(TypeId, TypeId)> {
        match self.types.get(self.item_of(want)?) {
            TypeDef::Tuple(items) => match items.as_slice() {
                [a, b] => Some((*a, *b)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The type of a closure's parameter, where the variables in it have known types.
    pub(super) fn closure_param(&mut self, closure: &Expr<Spelled>, index: usize) -> Option<TypeId> {
        match &*closure.kind {
            ExprKind::Lambda(patterns, _) => self.pattern_type(patterns.get(index)?),
            _ => None,
        }
    }

    fn pattern_type(&mut self, pattern: &Pattern) -> Option<TypeId> {
        match pattern {
            Pattern::Bind(var, _) => self.vars.get(var.0 as usize).copied().flatten(),
            Pattern::Tuple(items) => {
                let items: Option<Vec<TypeId>> = items.iter().map(|item| self.pattern_type(item)).collect();
                Some(self.intern(TypeDef::Tuple(items?)))
            }
            _ => None,
        }
    }
}

/// The expression that a chain of methods starts from.
fn chain_root(expr: &Expr<Spelled>) -> &Expr<Spelled> {
    match &*expr.kind {
        ExprKind::Method(_, args) => args.first().map_or(expr, chain_root),
        _ => expr,
    }
}
