//! Maps with string keys. Rust's maps are read in the order of their keys, JSONata's objects in the order they were built.

use durafn_ir::{Builtin, Expr, TypeDef, TypeId, Typed};

use super::{argument, call, no_encoding};
use crate::jsonata::{
    Jsonata, Result, Value,
    ast::{Entry, Key, Shape},
    encode::collected,
    scope::Encoder,
    types::shape,
};

impl Encoder<'_> {
    pub(super) fn map_method(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        let receiver = argument(args, 0, expr)?;
        let TypeDef::Map(value_type) = self.ty(receiver.ty) else { return no_encoding(method, expr) };
        let value_type = *value_type;
        let map = self.encode(receiver)?;
        let key = |this: &mut Self| this.encode(argument(args, 1, expr)?);
        let made = match method {
            Builtin::MapLen => call("count", [call("keys", [map])]),
            Builtin::MapIsEmpty => map.eq(Jsonata::object([])),
            Builtin::MapGet => return Ok(Value::maybe_missing(call("lookup", [map, key(self)?]))),
            Builtin::MapContainsKey => call("lookup", [map, key(self)?]).exists(),
            Builtin::MapInsert => {
                let key = key(self)?;
                let value = self.encode(argument(args, 2, expr)?)?;
                let entry = Jsonata::Object(vec![entry(key, value)]);
                call("merge", [Jsonata::array([(map, Shape::Single), (entry, Shape::Single)])])
            }
            Builtin::MapRemove => {
                let key = key(self)?;
                self.with_short("key", key, |this, key| {
                    let (value, name) = (this.fresh("v"), this.fresh("k"));
                    let keep = Jsonata::lambda([&value, &name], Jsonata::var(&name).ne(key));
                    // `$sift` that keeps nothing yields nothing.
                    let rest = call("sift", [map, keep]);
                    Ok(call("merge", [Jsonata::Collect(rest.into())]))
                })?
            }
            Builtin::MapClear => Jsonata::object([]),
            Builtin::MapExtend => {
                let more = argument(args, 1, expr)?;
                let encoded = self.encode(more)?;
                let more = if matches!(self.ty(more.ty), TypeDef::Map(_)) { encoded } else { self.map_of(encoded) };
                call("merge", [Jsonata::array([(map, Shape::Single), (more, Shape::Single)])])
            }
            Builtin::MapRetain => self.retained(map, value_type, argument(args, 1, expr)?)?,
            Builtin::MapFirstKeyValue | Builtin::MapLastKeyValue => {
                let at = if method == Builtin::MapFirstKeyValue { 0 } else { -1 };
                let shape = shape(&self.machine.types, value_type);
                self.with_short("map", map, |this, map| {
                    let key = this.keys(map.clone()).index(Jsonata::Int(at));
                    this.with_short("key", key, |_, key| {
                        let value = call("lookup", [map, key.clone()]);
                        let pair = super::option::pair((key.clone(), Shape::Single), (value, shape));
                        Ok(key.exists().then(pair, Jsonata::Null))
                    })
                })?
            }
            Builtin::MapKeys => self.keys(map),
            Builtin::MapValues | Builtin::MapIter => self.entries(map, method == Builtin::MapIter, value_type)?,
            _ => return no_encoding(method, expr),
        };
        Ok(made.into())
    }

    /// `map[key]`, which fails where there is none.
    pub(crate) fn map_index(&mut self, base: &Expr<Typed>, index: &Expr<Typed>) -> Result<Value> {
        let map = self.encode(base)?;
        let key = self.encode(index)?;
        let found = Value::maybe_missing(call("lookup", [map, key]));
        Ok(self.or_else(found, Jsonata::error("no entry found for key")).into())
    }

    fn retained(&mut self, map: Jsonata, value_type: TypeId, closure: &Expr<Typed>) -> Result<Jsonata> {
        let (params, body) = super::parameters(closure)?;
        let key = self.parameter(params.first(), value_type, closure)?;
        let value = self.parameter(params.get(1), value_type, closure)?;
        let test = self.encode(body)?;
        let rest = call("sift", [map, Jsonata::lambda([&value, &key], test)]);
        Ok(call("merge", [Jsonata::Collect(rest.into())]))
    }

    fn keys(&mut self, map: Jsonata) -> Jsonata {
        self.sorted_texts(Jsonata::Collect(call("keys", [map]).into()))
    }

    fn entries(&mut self, map: Jsonata, pairs: bool, value_type: TypeId) -> Result<Jsonata> {
        let shape = shape(&self.machine.types, value_type);
        self.with_short("map", map, |this, map| {
            let keys = this.keys(map.clone());
            let key = this.fresh("key");
            let value = call("lookup", [map, Jsonata::var(&key)]);
            let (made, shape) = if pairs {
                (super::option::pair((Jsonata::var(&key), Shape::Single), (value, shape)), Shape::Array)
            } else {
                (value, shape)
            };
            Ok(collected(call("map", [keys, Jsonata::lambda([&key], made)]), shape))
        })
    }

    /// A map of pairs; a later pair replaces an earlier one.
    pub(super) fn map_of(&mut self, pairs: Jsonata) -> Jsonata {
        let pair = self.fresh("pair");
        let made = Jsonata::Object(vec![entry(Jsonata::var(&pair).at(0), Jsonata::var(&pair).at(1))]);
        let parts = call("map", [pairs, Jsonata::lambda([&pair], made)]);
        call("merge", [Jsonata::Collect(parts.into())])
    }
}

fn entry(key: Jsonata, value: Jsonata) -> Entry {
    let key = match key {
        Jsonata::Str(text) => Key::Text(text),
        key => Key::Computed(key),
    };
    Entry { key, value, optional: false }
}
