//! Methods of vectors and maps.

use std::{cmp::Ordering, collections::BTreeMap};

use durafn_ir::{Builtin, Expr, TypeDef, TypeId, Typed};

use super::{Env, Eval, Failure, Val, eval::in_range, operators};

/// What each `next` yields or fails with.
pub(super) type Items = Vec<Result<Val, Failure>>;

/// The items of what can be iterated.
pub(super) fn items(value: Val) -> Items {
    match value {
        Val::Iter(items) => items,
        Val::Vec(items) => items.into_iter().map(Ok).collect(),
        Val::Option(held) => held.into_iter().map(|held| Ok(*held)).collect(),
        Val::Result(held) => held.into_iter().map(|held| Ok(*held)).collect(),
        Val::Map(entries) => entries.into_iter().map(|(key, value)| Ok(pair(key, value))).collect(),
        other => unreachable!("{other:?} has no items"),
    }
}

fn pair(key: String, value: Val) -> Val {
    Val::Tuple(vec![Val::Str(key), value])
}

/// A length or position.
pub(super) fn count(len: usize) -> Val {
    Val::Int(len as i128)
}

/// Methods of vectors.
pub(super) fn vec_method(eval: &Eval, builtin: Builtin, args: &[Expr<Typed>], env: &mut Env) -> Result<Val, Failure> {
    let Val::Vec(mut items) = eval.eval(&args[0], env)? else { unreachable!("no vector") };
    match builtin {
        Builtin::VecSortByKey | Builtin::VecSortUnstableByKey => return sort_by_key(eval, items, &args[1], env),
        Builtin::VecRetain => {
            let mut kept = Vec::new();
            for item in items {
                if eval.call(&args[1], [item.clone()], env)?.bool() {
                    kept.push(item);
                }
            }
            return Ok(Val::Vec(kept));
        }
        _ => {}
    }
    let mut rest = eval.all(&args[1..], env)?.into_iter();
    let mut next = || rest.next().expect("an argument");
    Ok(match builtin {
        Builtin::VecLen => count(items.len()),
        Builtin::VecIsEmpty => Val::Bool(items.is_empty()),
        Builtin::VecFirst => Val::option(items.first().cloned()),
        Builtin::VecLast => Val::option(items.last().cloned()),
        Builtin::VecGet => Val::option(items.get(next().index()).cloned()),
        Builtin::VecContains => Val::Bool(items.contains(&next())),
        Builtin::VecIter => Val::iter(items),
        Builtin::VecJoin => {
            let pieces: Vec<String> = items.into_iter().map(Val::string).collect();
            Val::Str(pieces.join(&next().string()))
        }
        Builtin::VecConcat => concat(eval, items, args[0].ty),
        Builtin::VecPush => {
            items.push(next());
            Val::Vec(items)
        }
        Builtin::VecInsert => {
            let index = next().index();
            in_range(index, items.len() + 1)?;
            items.insert(index, next());
            Val::Vec(items)
        }
        Builtin::VecDedup => {
            items.dedup();
            Val::Vec(items)
        }
        Builtin::VecSwap => {
            let (a, b) = (next().index(), next().index());
            in_range(a.max(b), items.len())?;
            items.swap(a, b);
            Val::Vec(items)
        }
        Builtin::VecSwapRemove => {
            let index = next().index();
            in_range(index, items.len())?;
            items.swap_remove(index);
            Val::Vec(items)
        }
        Builtin::VecSplitFirst => Val::option(items.split_first().map(end_and_rest)),
        Builtin::VecSplitLast => Val::option(items.split_last().map(end_and_rest)),
        Builtin::VecWindows | Builtin::VecChunks => {
            let size = next().index();
            let stretch = |items: &[Val]| Val::Vec(items.to_vec());
            match (builtin, size) {
                (_, 0) => return Err(Failure::eval("a stretch of no elements")),
                (Builtin::VecWindows, size) => Val::iter(items.windows(size).map(stretch)),
                (_, size) => Val::iter(items.chunks(size).map(stretch)),
            }
        }
        Builtin::VecExtend | Builtin::VecExtendFromSlice => {
            for item in self::items(next()) {
                items.push(item?);
            }
            Val::Vec(items)
        }
        Builtin::VecPop => {
            items.pop();
            Val::Vec(items)
        }
        Builtin::VecRemove => {
            let index = next().index();
            in_range(index, items.len())?;
            items.remove(index);
            Val::Vec(items)
        }
        Builtin::VecTruncate => {
            items.truncate(next().index());
            Val::Vec(items)
        }
        Builtin::VecClear => Val::Vec(Vec::new()),
        Builtin::VecReverse => {
            items.reverse();
            Val::Vec(items)
        }
        Builtin::VecSort | Builtin::VecSortUnstable => {
            items.sort_by(by_order);
            Val::Vec(items)
        }
        other => unreachable!("{other:?} is no method of vectors"),
    })
}

fn end_and_rest((end, rest): (&Val, &[Val])) -> Val {
    Val::Tuple(vec![end.clone(), Val::Vec(rest.to_vec())])
}

/// The order of two numbers.
pub(super) fn by_order(a: &Val, b: &Val) -> Ordering {
    operators::compare(a, b).expect("finite numbers")
}

fn concat(eval: &Eval, items: Vec<Val>, ty: TypeId) -> Val {
    let TypeDef::Vec(item) = *eval.types().get(ty) else { unreachable!("no vector") };
    if matches!(eval.types().get(item), TypeDef::String) {
        return Val::Str(items.into_iter().map(Val::string).collect());
    }
    let inner = |item| match item {
        Val::Vec(items) => items,
        other => unreachable!("{other:?} is no vector"),
    };
    Val::Vec(items.into_iter().flat_map(inner).collect())
}

fn sort_by_key(eval: &Eval, items: Vec<Val>, key: &Expr<Typed>, env: &mut Env) -> Result<Val, Failure> {
    // Nothing is compared where there is nothing to compare with, so no key is computed.
    if items.len() < 2 {
        return Ok(Val::Vec(items));
    }
    let mut keyed = Vec::new();
    for item in items {
        keyed.push((eval.call(key, [item.clone()], env)?, item));
    }
    keyed.sort_by(|(a, _), (b, _)| by_order(a, b));
    Ok(Val::Vec(keyed.into_iter().map(|(_, item)| item).collect()))
}

/// Methods of maps.
pub(super) fn map_method(eval: &Eval, builtin: Builtin, args: &[Expr<Typed>], env: &mut Env) -> Result<Val, Failure> {
    if builtin == Builtin::MapRetain {
        let Val::Map(entries) = eval.eval(&args[0], env)? else { unreachable!("no map") };
        let mut kept = BTreeMap::new();
        for (key, value) in entries {
            if eval.call(&args[1], [Val::str(&key), value.clone()], env)?.bool() {
                kept.insert(key, value);
            }
        }
        return Ok(Val::Map(kept));
    }
    let mut args = eval.all(args, env)?.into_iter();
    let Some(Val::Map(mut entries)) = args.next() else { unreachable!("no map") };
    let mut key = || args.next().expect("a key").string();
    Ok(match builtin {
        Builtin::MapLen => count(entries.len()),
        Builtin::MapIsEmpty => Val::Bool(entries.is_empty()),
        Builtin::MapGet => Val::option(entries.get(&key()).cloned()),
        Builtin::MapClear => Val::Map(BTreeMap::new()),
        Builtin::MapExtend => {
            for entry in items(args.next().expect("entries")) {
                let Val::Tuple(mut entry) = entry? else { unreachable!("no entry") };
                let value = entry.pop().expect("a value");
                entries.insert(entry.pop().expect("a key").string(), value);
            }
            Val::Map(entries)
        }
        Builtin::MapFirstKeyValue => Val::option(entries.pop_first().map(|(key, value)| pair(key, value))),
        Builtin::MapLastKeyValue => Val::option(entries.pop_last().map(|(key, value)| pair(key, value))),
        Builtin::MapContainsKey => Val::Bool(entries.contains_key(&key())),
        Builtin::MapInsert => {
            let key = key();
            entries.insert(key, args.next().expect("a value"));
            Val::Map(entries)
        }
        Builtin::MapRemove => {
            entries.remove(&key());
            Val::Map(entries)
        }
        Builtin::MapKeys => Val::iter(entries.into_keys().map(Val::Str)),
        Builtin::MapValues => Val::iter(entries.into_values()),
        Builtin::MapIter => Val::iter(entries.into_iter().map(|(key, value)| pair(key, value))),
        other => unreachable!("{other:?} is no method of maps"),
    })
}
