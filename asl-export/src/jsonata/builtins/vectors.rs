//! Vectors. Their changing methods yield the vector that they leave.

use durafn_ir::{Builtin, Expr, ExprKind, TypeDef, TypeId, Typed};

use super::{argument, call, no_encoding};
use crate::jsonata::{
    Jsonata, Result, Value,
    ast::{Op, Shape},
    compare,
    encode::{collected, inside},
    scope::Encoder,
    types::{Interval, item_type, shape},
};
use crate::refusal::{self, refused};

impl Encoder<'_> {
    pub(super) fn vec_method(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        let receiver = argument(args, 0, expr)?;
        let Some(item) = item_type(&self.machine.types, receiver) else { return no_encoding(method, expr) };
        let shape = shape(&self.machine.types, item);
        let array = self.encode(receiver)?;
        let made = match method {
            Builtin::VecLen => call("count", [array]),
            Builtin::VecIsEmpty => array.eq(Jsonata::array([])),
            Builtin::VecFirst => return Ok(Value::maybe_missing(array.at(0))),
            Builtin::VecLast => return Ok(Value::maybe_missing(array.index(Jsonata::Int(-1)))),
            Builtin::VecGet => {
                let index = self.encode(argument(args, 1, expr)?)?;
                return Ok(Value::maybe_missing(array.index(index)));
            }
            Builtin::VecContains => {
                let wanted = self.encode(argument(args, 1, expr)?)?;
                self.contains(array, wanted, item)?
            }
            Builtin::VecIter => array,
            Builtin::VecJoin => call("join", [array, self.encode(argument(args, 1, expr)?)?]),
            // Strings one after the other are a string.
            Builtin::VecConcat if matches!(self.ty(expr.ty), TypeDef::String) => call("join", [array]),
            Builtin::VecConcat => self.concatenated(array),
            Builtin::VecPush => {
                let value = self.encode(argument(args, 1, expr)?)?;
                call("append", [array, Jsonata::array([(value, shape)])])
            }
            Builtin::VecSwap => {
                let (a, b) = (argument(args, 1, expr)?, argument(args, 2, expr)?);
                let (a, b) = (self.encode(a)?, self.encode(b)?);
                self.swapped(array, a, b, shape)?
            }
            Builtin::VecSwapRemove => {
                let index = self.encode(argument(args, 1, expr)?)?;
                self.swap_removed(array, index, shape)?
            }
            Builtin::VecRetain => {
                let closure = argument(args, 1, expr)?;
                let (params, body) = super::parameters(closure)?;
                let name = self.parameter(params.first(), item, closure)?;
                let test = self.encode(body)?;
                collected(call("filter", [array, Jsonata::lambda([&name], test)]), shape)
            }
            Builtin::VecDedup => self.deduplicated(array, item, shape)?,
            Builtin::VecSplitFirst | Builtin::VecSplitLast => {
                self.split_end(array, method == Builtin::VecSplitFirst, shape)?
            }
            Builtin::VecWindows | Builtin::VecChunks => {
                let size = self.encode(argument(args, 1, expr)?)?;
                self.stretches(array, size, method == Builtin::VecWindows, shape)?
            }
            Builtin::VecExtendFromSlice | Builtin::VecExtend => {
                call("append", [array, self.encode(argument(args, 1, expr)?)?])
            }
            Builtin::VecInsert => self.inserted(array, args, shape, expr)?,
            Builtin::VecPop => self.where_position(array, shape, |position, count| {
                position.binary(Op::Lt, count.binary(Op::Sub, Jsonata::Int(1)))
            })?,
            Builtin::VecRemove => {
                let index = argument(args, 1, expr)?;
                let (range, index) = (self.interval(index), self.encode(index)?);
                self.removed(array, index, range, shape)?
            }
            Builtin::VecTruncate => {
                let limit = self.encode(argument(args, 1, expr)?)?;
                self.where_position(array, shape, |position, _| position.binary(Op::Lt, limit))?
            }
            Builtin::VecClear => Jsonata::array([]),
            Builtin::VecReverse => call("reverse", [array]),
            Builtin::VecSort | Builtin::VecSortUnstable => self.sorted(array, item, expr)?,
            Builtin::VecSortByKey | Builtin::VecSortUnstableByKey => {
                self.sorted_by_key(array, item, argument(args, 1, expr)?, shape)?
            }
            _ => return no_encoding(method, expr),
        };
        Ok(made.into())
    }

    /// `in` compares strings, numbers and booleans, and objects by identity on some engines.
    fn contains(&mut self, array: Jsonata, wanted: Jsonata, item: TypeId) -> Result<Jsonata> {
        use TypeDef::{Bool, Char, Float, Int, String, Timestamp};
        if matches!(self.ty(item), Bool | Char | Float(_) | Int(_) | String) {
            return Ok(wanted.binary(Op::In, array));
        }
        if matches!(self.ty(item), Timestamp) {
            return self.with_short("wanted", compare::millis(wanted), |this, wanted| {
                let item = this.fresh("item");
                let same = Jsonata::lambda([&item], compare::millis(Jsonata::var(&item)).eq(wanted));
                Ok(call("filter", [array, same]).exists())
            });
        }
        self.with_short("wanted", wanted, |this, wanted| {
            let item = this.fresh("item");
            let same = Jsonata::lambda([&item], Jsonata::var(&item).eq(wanted));
            Ok(call("filter", [array, same]).exists())
        })
    }

    /// The arrays in an array, one after the other.
    pub(super) fn concatenated(&mut self, arrays: Jsonata) -> Jsonata {
        let (all, part) = (self.fresh("all"), self.fresh("part"));
        let appended = call("append", [Jsonata::var(&all), Jsonata::var(&part)]);
        call("reduce", [arrays, Jsonata::lambda([&all, &part], appended), Jsonata::array([])])
    }

    /// The elements whose position passes a test on it and on their number.
    pub(super) fn where_position(
        &mut self,
        array: Jsonata,
        shape: Shape,
        test: impl FnOnce(Jsonata, Jsonata) -> Jsonata,
    ) -> Result<Jsonata> {
        self.with_short("items", array, |this, array| {
            let (item, position) = (this.fresh("item"), this.fresh("i"));
            let test = test(Jsonata::var(&position), call("count", [array.clone()]));
            Ok(collected(call("filter", [array, Jsonata::lambda([&item, &position], test)]), shape))
        })
    }

    fn inserted(&mut self, array: Jsonata, args: &[Expr<Typed>], shape: Shape, expr: &Expr<Typed>) -> Result<Jsonata> {
        let index = argument(args, 1, expr)?;
        let index = self.encode(index)?;
        let value = self.encode(argument(args, 2, expr)?)?;
        self.with_short("items", array, |this, array| {
            this.with_short("index", index, |this, index| {
                let part = |this: &mut Self, op| {
                    let index = index.clone();
                    this.where_position(array.clone(), shape, |position, _| position.binary(op, index))
                };
                let (before, after) = (part(this, Op::Lt)?, part(this, Op::Ge)?);
                let whole = call("append", [call("append", [before, Jsonata::array([(value, shape)])]), after]);
                let fits = index.clone().binary(Op::Le, call("count", [array.clone()]));
                Ok(fits.then(whole, Jsonata::error("insertion index is out of bounds")))
            })
        })
    }

    fn removed(&mut self, array: Jsonata, index: Jsonata, range: Interval, shape: Shape) -> Result<Jsonata> {
        self.with_short("items", array, |this, array| {
            this.with_short("index", index, |this, index| {
                let wanted = index.clone();
                let rest = this.where_position(array.clone(), shape, |position, _| position.ne(wanted))?;
                Ok(inside(&array, index, range, rest))
            })
        })
    }

    fn sorted(&mut self, array: Jsonata, item: TypeId, expr: &Expr<Typed>) -> Result<Jsonata> {
        match self.ty(item) {
            TypeDef::Int(_) | TypeDef::Float(_) => Ok(call("sort", [array])),
            TypeDef::String | TypeDef::Char => Ok(self.sorted_texts(array)),
            _ => {
                let (a, b) = (self.fresh("a"), self.fresh("b"));
                match (self.ranks(item, Jsonata::var(&a)), self.ranks(item, Jsonata::var(&b))) {
                    (Some(of_a), Some(of_b)) => {
                        let test = compare::lexical(Op::Gt, &of_a, &of_b);
                        Ok(call("sort", [array, Jsonata::lambda([&a, &b], test)]))
                    }
                    _ => refused(expr.span, refusal::SORTED_VALUES, &[]),
                }
            }
        }
    }

    /// Texts by code points.
    pub(super) fn sorted_texts(&mut self, array: Jsonata) -> Jsonata {
        let (a, b) = (self.fresh("a"), self.fresh("b"));
        let test = crate::jsonata::compare::text_order(Op::Gt, Jsonata::var(&a), Jsonata::var(&b));
        call("sort", [array, Jsonata::lambda([&a, &b], test)])
    }

    /// What a key's value is compared by.
    pub(super) fn key_ranks(&mut self, key: &Expr<Typed>) -> Result<Vec<Jsonata>> {
        let missing = || refused(key.span, refusal::SORT_KEY, &[]);
        if let ExprKind::Tuple(parts) = &*key.kind {
            let mut all = Vec::new();
            for part in parts {
                all.extend(self.key_ranks(part)?);
            }
            return Ok(all);
        }
        let value = self.encode(key)?;
        match self.ranks(key.ty, value) {
            Some(ranks) => Ok(ranks),
            None => missing(),
        }
    }

    /// Engines may swap items that compare equal, so that positions decide between those.
    fn sorted_by_key(&mut self, array: Jsonata, item: TypeId, closure: &Expr<Typed>, shape: Shape) -> Result<Jsonata> {
        let (params, body) = super::parameters(closure)?;
        let value = self.parameter(params.first(), item, closure)?;
        let ranks = self.key_ranks(body)?;
        let (position, a, b, entry) = (self.fresh("i"), self.fresh("a"), self.fresh("b"), self.fresh("entry"));
        let names: Vec<String> = match ranks.len() {
            1 => vec!["key".to_owned()],
            many => (0..many).map(|number| format!("key{number}")).collect(),
        };
        let rest = [("at".to_owned(), Jsonata::var(&position)), ("value".to_owned(), Jsonata::var(&value))];
        let record = Jsonata::object(names.iter().cloned().zip(ranks).chain(rest));
        let records = call("map", [array, Jsonata::lambda([&value, &position], record)]);
        let of = |side: &str, field: &str| Jsonata::var(side).field(field);
        let keys = |side: &str| -> Vec<Jsonata> {
            names.iter().map(String::as_str).chain(["at"]).map(|name| of(side, name)).collect()
        };
        let test = compare::lexical(Op::Gt, &keys(&a), &keys(&b));
        let sorted = call("sort", [Jsonata::Collect(records.into()), Jsonata::lambda([&a, &b], test)]);
        let values = call("map", [sorted, Jsonata::lambda([&entry], of(&entry, "value"))]);
        Ok(collected(values, shape))
    }
}
