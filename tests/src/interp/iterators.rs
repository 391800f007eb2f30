//! Methods of iterators.

use std::collections::BTreeMap;

use durafn_ir::{Builtin, Expr, TypeDef, TypeId, Typed};

use super::{
    Env, Eval, Failure, Val, numbers,
    sequences::{Items, by_order, count, items},
};

/// Methods of iterators. `ty` is the type of what the method yields.
pub(super) fn iter_method(
    eval: &Eval,
    builtin: Builtin,
    args: &[Expr<Typed>],
    ty: TypeId,
    env: &mut Env,
) -> Result<Val, Failure> {
    let items = items(eval.eval(&args[0], env)?);
    match builtin {
        Builtin::IterMap
        | Builtin::IterFilter
        | Builtin::IterFilterMap
        | Builtin::IterFlatMap
        | Builtin::IterFlatten
        | Builtin::IterEnumerate
        | Builtin::IterZip
        | Builtin::IterChain
        | Builtin::IterTake
        | Builtin::IterSkip
        | Builtin::IterStepBy
        | Builtin::IterTakeWhile
        | Builtin::IterSkipWhile
        | Builtin::IterRev => Ok(Val::Iter(adapt(eval, builtin, items, args, env)?)),
        _ => consume(eval, builtin, items, args, ty, env),
    }
}

/// What yields an iterator again.
fn adapt(eval: &Eval, builtin: Builtin, items: Items, args: &[Expr<Typed>], env: &mut Env) -> Result<Items, Failure> {
    let number = |env: &mut Env| eval.eval(&args[1], env).map(Val::index);
    Ok(match builtin {
        Builtin::IterMap => each(items, |item| eval.call(&args[1], [item], env)),
        Builtin::IterFilter => keep(items, |item| eval.call(&args[1], [item.clone()], env).map(Val::bool)),
        Builtin::IterFilterMap => flat(each(items, |item| eval.call(&args[1], [item], env))),
        Builtin::IterFlatMap => flat(each(items, |item| eval.call(&args[1], [item], env))),
        Builtin::IterFlatten => flat(items),
        Builtin::IterEnumerate => {
            let numbered = |(index, item): (usize, Result<Val, Failure>)| Ok(Val::Tuple(vec![count(index), item?]));
            items.into_iter().enumerate().map(numbered).collect()
        }
        Builtin::IterZip => {
            let other = super::sequences::items(eval.eval(&args[1], env)?);
            // The first asks its own items before the second's: one more than there are pairs, where the second ends early.
            let extra = items.get(other.len()).filter(|item| item.is_err()).cloned();
            let pairs = items.into_iter().zip(other).map(|(a, b)| Ok(Val::Tuple(vec![a?, b?])));
            pairs.chain(extra).collect()
        }
        Builtin::IterChain => {
            let other = super::sequences::items(eval.eval(&args[1], env)?);
            items.into_iter().chain(other).collect()
        }
        Builtin::IterTake => {
            let n = number(env)?;
            items.into_iter().take(n).collect()
        }
        Builtin::IterSkip => {
            let n = number(env)?;
            skipped(items, n)
        }
        Builtin::IterStepBy => match number(env)? {
            0 => return Err(Failure::eval("a step of 0")),
            step => items.into_iter().step_by(step).collect(),
        },
        Builtin::IterTakeWhile => {
            let mut taken = Vec::new();
            for item in items {
                match holds(eval, &item, &args[1], env) {
                    Ok(true) => taken.push(item),
                    Ok(false) => break,
                    Err(failure) => taken.push(Err(failure)),
                }
            }
            taken
        }
        Builtin::IterSkipWhile => {
            let mut rest = items.into_iter().peekable();
            let mut failed = None;
            while let Some(item) = rest.peek() {
                match holds(eval, item, &args[1], env) {
                    Ok(true) => drop(rest.next()),
                    Ok(false) => break,
                    Err(failure) => {
                        failed = Some(Err(failure));
                        rest.next();
                        break;
                    }
                }
            }
            failed.into_iter().chain(rest).collect()
        }
        _ => items.into_iter().rev().collect(),
    })
}

fn holds(eval: &Eval, item: &Result<Val, Failure>, closure: &Expr<Typed>, env: &mut Env) -> Result<bool, Failure> {
    eval.call(closure, [item.clone()?], env).map(Val::bool)
}

fn each(items: Items, mut f: impl FnMut(Val) -> Result<Val, Failure>) -> Items {
    items.into_iter().map(|item| item.and_then(&mut f)).collect()
}

fn keep(items: Items, mut f: impl FnMut(&Val) -> Result<bool, Failure>) -> Items {
    let verdict = |item: Result<Val, Failure>| match item {
        Ok(item) => match f(&item) {
            Ok(holds) => holds.then_some(Ok(item)),
            Err(failure) => Some(Err(failure)),
        },
        Err(failure) => Some(Err(failure)),
    };
    items.into_iter().filter_map(verdict).collect()
}

fn flat(nested: Items) -> Items {
    nested
        .into_iter()
        .flat_map(|inner| match inner {
            Ok(inner) => items(inner),
            Err(failure) => vec![Err(failure)],
        })
        .collect()
}

/// Without the first n. They are computed all the same, so a failure among them is met by the first `next`.
fn skipped(items: Items, n: usize) -> Items {
    let failed = items.iter().take(n).find(|item| item.is_err()).cloned();
    failed.into_iter().chain(items.into_iter().skip(n)).collect()
}

/// What ends an iterator.
fn consume(
    eval: &Eval,
    builtin: Builtin,
    items: Items,
    args: &[Expr<Typed>],
    ty: TypeId,
    env: &mut Env,
) -> Result<Val, Failure> {
    match builtin {
        Builtin::IterFind => find(items, |item| {
            let holds = eval.call(&args[1], [item.clone()], env)?.bool();
            Ok(holds.then_some(item))
        }),
        Builtin::IterFindMap => find(items, |item| match eval.call(&args[1], [item], env)? {
            Val::Option(found) => Ok(found.map(|found| *found)),
            other => unreachable!("{other:?} is no option"),
        }),
        Builtin::IterPosition => {
            let mut at = 0;
            find(items, |item| {
                at += 1;
                let holds = eval.call(&args[1], [item], env)?.bool();
                Ok(holds.then(|| count(at - 1)))
            })
        }
        Builtin::IterAny | Builtin::IterAll => {
            let decisive = builtin == Builtin::IterAny;
            let found = find(items, |item| {
                let holds = eval.call(&args[1], [item], env)?.bool();
                Ok((holds == decisive).then_some(Val::Unit))
            })?;
            Ok(Val::Bool((found == Val::NONE) != decisive))
        }
        Builtin::IterNext | Builtin::IterNth => {
            let n = match builtin {
                Builtin::IterNth => eval.eval(&args[1], env)?.index(),
                _ => 0,
            };
            skipped(items, n).into_iter().next().transpose().map(Val::option)
        }
        Builtin::IterCollect => collect(eval, items, ty),
        Builtin::IterFold => {
            let mut carried = eval.eval(&args[1], env)?;
            for item in items {
                carried = eval.call(&args[2], [carried, item?], env)?;
            }
            Ok(carried)
        }
        _ => {
            let items = items.into_iter().collect::<Result<Vec<Val>, Failure>>()?;
            reduce(eval, builtin, items, args, ty, env)
        }
    }
}

/// The first value that `f` yields.
fn find(items: Items, mut f: impl FnMut(Val) -> Result<Option<Val>, Failure>) -> Result<Val, Failure> {
    for item in items {
        if let Some(found) = f(item?)? {
            return Ok(Val::some(found));
        }
    }
    Ok(Val::NONE)
}

/// What needs every item.
fn reduce(
    eval: &Eval,
    builtin: Builtin,
    items: Vec<Val>,
    args: &[Expr<Typed>],
    ty: TypeId,
    env: &mut Env,
) -> Result<Val, Failure> {
    Ok(match builtin {
        Builtin::IterCount => count(items.len()),
        Builtin::IterLast => Val::option(items.into_iter().next_back()),
        // Of equals, `min` takes the first and `max` the last.
        Builtin::IterMin => Val::option(items.into_iter().min_by(by_order)),
        Builtin::IterMax => Val::option(items.into_iter().max_by(by_order)),
        Builtin::IterMinByKey | Builtin::IterMaxByKey => {
            let mut keyed = Vec::new();
            for item in items {
                keyed.push((eval.call(&args[1], [item.clone()], env)?, item));
            }
            let order = |a: &(Val, Val), b: &(Val, Val)| by_order(&a.0, &b.0);
            let keyed = keyed.into_iter();
            let found = if builtin == Builtin::IterMinByKey { keyed.min_by(order) } else { keyed.max_by(order) };
            Val::option(found.map(|(_, item)| item))
        }
        Builtin::IterReduce => {
            let mut items = items.into_iter();
            let mut reduced = items.next();
            for item in items {
                let before = reduced.take().expect("a first item");
                reduced = Some(eval.call(&args[1], [before, item], env)?);
            }
            Val::option(reduced)
        }
        Builtin::IterPartition => {
            let (mut kept, mut others) = (Vec::new(), Vec::new());
            for item in items {
                let holds = eval.call(&args[1], [item.clone()], env)?.bool();
                if holds { kept.push(item) } else { others.push(item) }
            }
            Val::Tuple(vec![Val::Vec(kept), Val::Vec(others)])
        }
        Builtin::IterUnzip => {
            let side = |name: &str| Val::Vec(items.iter().map(|pair| pair.clone().field(name)).collect());
            Val::Tuple(vec![side("0"), side("1")])
        }
        Builtin::IterSum | Builtin::IterProduct => total(eval, builtin, items, ty)?,
        other => unreachable!("{other:?} is no method of iterators"),
    })
}

/// From left to right, each step checked.
fn total(eval: &Eval, builtin: Builtin, items: Vec<Val>, ty: TypeId) -> Result<Val, Failure> {
    let is_sum = builtin == Builtin::IterSum;
    let types = eval.types();
    match types.get(ty) {
        TypeDef::Int(_) => {
            let mut total = i128::from(!is_sum);
            for item in items {
                let item = item.int();
                let next = if is_sum { total + item } else { total.saturating_mul(item) };
                total = numbers::int(types, ty, next)?.int();
            }
            Ok(Val::Int(total))
        }
        _ => {
            let mut total = if is_sum { 0.0 } else { 1.0 };
            for item in items {
                let item = item.float();
                let next = if is_sum { total + item } else { total * item };
                total = numbers::float(types, ty, next)?.float();
            }
            Ok(Val::Float(total))
        }
    }
}

fn collect(eval: &Eval, items: Items, ty: TypeId) -> Result<Val, Failure> {
    match *eval.types().get(ty) {
        TypeDef::Vec(_) => Ok(Val::Vec(items.into_iter().collect::<Result<_, _>>()?)),
        TypeDef::String => {
            let pieces = items.into_iter().map(|item| item.map(Val::string));
            Ok(Val::Str(pieces.collect::<Result<String, _>>()?))
        }
        TypeDef::Map(_) => {
            let mut entries = BTreeMap::new();
            for item in items {
                let Val::Tuple(mut pair) = item? else { unreachable!("no pair") };
                let value = pair.pop().expect("a value");
                entries.insert(pair.pop().expect("a key").string(), value);
            }
            Ok(Val::Map(entries))
        }
        TypeDef::Option(into) => {
            let mut held = Vec::new();
            for item in items {
                match item? {
                    Val::Option(Some(item)) => held.push(Ok(*item)),
                    _ => return Ok(Val::NONE),
                }
            }
            collect(eval, held, into).map(Val::some)
        }
        TypeDef::Result(into, _) => {
            let mut held = Vec::new();
            for item in items {
                match item? {
                    Val::Result(Ok(item)) => held.push(Ok(*item)),
                    failed => return Ok(failed),
                }
            }
            collect(eval, held, into).map(|value| Val::Result(Ok(Box::new(value))))
        }
        ref other => unreachable!("nothing is collected into {other:?}"),
    }
}
