//! Vectors whose elements change places, or are taken in stretches.

use durafn_ir::{TypeDef, TypeId};

use super::call;
use crate::jsonata::{
    Jsonata, Result,
    ast::{Op, Shape},
    compare,
    encode::collected,
    scope::Encoder,
};

impl Encoder<'_> {
    /// Two elements in each other's place.
    pub(super) fn swapped(&mut self, array: Jsonata, a: Jsonata, b: Jsonata, shape: Shape) -> Result<Jsonata> {
        self.with_short("items", array, |this, array| {
            this.with_short("a", a, |this, a| {
                this.with_short("b", b, |this, b| {
                    let (item, at) = (this.fresh("item"), this.fresh("i"));
                    let here = |index: &Jsonata| Jsonata::var(&at).eq(index.clone());
                    let of = |index: &Jsonata| array.clone().index(index.clone());
                    let rest = here(&b).then(of(&a), Jsonata::var(&item));
                    let chosen = here(&a).then(of(&b), rest);
                    let each = call("map", [array.clone(), Jsonata::lambda([&item, &at], chosen)]);
                    let inside = |index: &Jsonata| index.clone().binary(Op::Lt, call("count", [array.clone()]));
                    let fits = inside(&a).binary(Op::And, inside(&b));
                    Ok(fits.then(collected(each, shape), Jsonata::error("index out of bounds")))
                })
            })
        })
    }

    /// Without the element at an index, whose place the last one takes.
    pub(super) fn swap_removed(&mut self, array: Jsonata, index: Jsonata, shape: Shape) -> Result<Jsonata> {
        self.with_short("items", array, |this, array| {
            this.with_short("index", index, |this, index| {
                let (item, at) = (this.fresh("item"), this.fresh("i"));
                let chosen = Jsonata::var(&at)
                    .eq(index.clone())
                    .then(array.clone().index(Jsonata::Int(-1)), Jsonata::var(&item));
                let each = call("map", [array.clone(), Jsonata::lambda([&item, &at], chosen)]);
                let kept = this.where_position(collected(each, shape), shape, |position, count| {
                    position.binary(Op::Lt, count.binary(Op::Sub, Jsonata::Int(1)))
                })?;
                let fits = index.binary(Op::Lt, call("count", [array]));
                Ok(fits.then(kept, Jsonata::error("index out of bounds")))
            })
        })
    }

    /// Of equal neighbours the first.
    pub(super) fn deduplicated(&mut self, array: Jsonata, item: TypeId, shape: Shape) -> Result<Jsonata> {
        let is_time = matches!(self.ty(item), TypeDef::Timestamp);
        self.with_short("items", array, |this, array| {
            let (name, at) = (this.fresh("item"), this.fresh("i"));
            let position = Jsonata::var(&at);
            let before = array.clone().index(position.clone().binary(Op::Sub, Jsonata::Int(1)));
            let (this_one, before) = match is_time {
                true => (compare::millis(Jsonata::var(&name)), compare::millis(before)),
                false => (Jsonata::var(&name), before),
            };
            let differs = position.eq(Jsonata::Int(0)).binary(Op::Or, this_one.ne(before));
            Ok(collected(call("filter", [array, Jsonata::lambda([&name, &at], differs)]), shape))
        })
    }

    /// The first or last element and the others; null for none.
    pub(super) fn split_end(&mut self, array: Jsonata, first: bool, shape: Shape) -> Result<Jsonata> {
        self.with_short("items", array, |this, array| {
            let rest = this.where_position(array.clone(), shape, |position, count| match first {
                true => position.binary(Op::Gt, Jsonata::Int(0)),
                false => position.binary(Op::Lt, count.binary(Op::Sub, Jsonata::Int(1))),
            })?;
            let end = array.clone().index(Jsonata::Int(if first { 0 } else { -1 }));
            let pair = super::option::pair((end, shape), (rest, Shape::Array));
            Ok(array.ne(Jsonata::array([])).then(pair, Jsonata::Null))
        })
    }

    /// Neighbours, so many at a time: from each position, or one stretch after the other.
    pub(super) fn stretches(
        &mut self,
        array: Jsonata,
        size: Jsonata,
        overlapping: bool,
        shape: Shape,
    ) -> Result<Jsonata> {
        self.with_short("items", array, |this, array| {
            this.with_short("size", size, |this, size| {
                let count = call("count", [array.clone()]);
                let start = this.fresh("start");
                let from = match overlapping {
                    true => Jsonata::var(&start),
                    false => Jsonata::var(&start).binary(Op::Mul, size.clone()),
                };
                let stretch = this.where_position(array.clone(), shape, |position, _| {
                    let end = from.clone().binary(Op::Add, size.clone());
                    position.clone().binary(Op::Ge, from).binary(Op::And, position.binary(Op::Lt, end))
                })?;
                let last = match overlapping {
                    true => count.binary(Op::Sub, size.clone()),
                    false => call("ceil", [count.binary(Op::Div, size.clone())]).binary(Op::Sub, Jsonata::Int(1)),
                };
                let starts = Jsonata::Range(Jsonata::Int(0).into(), last.into());
                let all = collected(call("map", [starts, Jsonata::lambda([&start], stretch)]), Shape::Array);
                Ok(match size {
                    Jsonata::Int(1..) => all,
                    size => size.ne(Jsonata::Int(0)).then(all, Jsonata::error("a stretch of no elements")),
                })
            })
        })
    }
}
