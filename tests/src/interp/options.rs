//! Methods of `bool`, `Option` and `Result`.

use durafn_ir::{Builtin, Expr, TypeId, Typed};

use super::{Env, Eval, Failure, Val};

/// Methods of `bool` and `Option`.
pub(super) fn option_method(
    eval: &Eval,
    builtin: Builtin,
    args: &[Expr<Typed>],
    env: &mut Env,
) -> Result<Val, Failure> {
    let receiver = eval.eval(&args[0], env)?;
    if let Val::Bool(holds) = receiver {
        return match builtin {
            Builtin::BoolThenSome => {
                let value = eval.eval(&args[1], env)?;
                Ok(Val::option(holds.then_some(value)))
            }
            _ if holds => eval.call(&args[1], [], env).map(Val::some),
            _ => Ok(Val::NONE),
        };
    }
    let Val::Option(held) = receiver else { unreachable!("no option") };
    let held = held.map(|held| *held);
    // Arguments that are no closures are evaluated whether or not they are needed.
    let eager = |index: usize, env: &mut Env| eval.eval(&args[index], env);
    Ok(match (builtin, held) {
        (Builtin::OptionIsSome, held) => Val::Bool(held.is_some()),
        (Builtin::OptionIsNone, held) => Val::Bool(held.is_none()),
        (Builtin::OptionIsSomeAnd, Some(held)) => eval.call(&args[1], [held], env)?,
        (Builtin::OptionIsSomeAnd, None) => Val::Bool(false),
        (Builtin::OptionIsNoneOr, Some(held)) => eval.call(&args[1], [held], env)?,
        (Builtin::OptionIsNoneOr, None) => Val::Bool(true),
        (Builtin::OptionUnwrapOr, held) => {
            let other = eager(1, env)?;
            held.unwrap_or(other)
        }
        (Builtin::OptionUnwrapOrElse | Builtin::OptionUnwrapOrDefault, Some(held)) => held,
        (Builtin::OptionUnwrapOrElse, None) => eval.call(&args[1], [], env)?,
        (Builtin::OptionUnwrapOrDefault, None) => {
            let durafn_ir::TypeDef::Option(item) = *eval.types().get(args[0].ty) else { unreachable!("no option") };
            eval.default(item)?
        }
        (Builtin::OptionMap, Some(held)) => Val::some(eval.call(&args[1], [held], env)?),
        (Builtin::OptionMap, None) => Val::NONE,
        (Builtin::OptionMapOr, held) => {
            let other = eager(1, env)?;
            match held {
                Some(held) => eval.call(&args[2], [held], env)?,
                None => other,
            }
        }
        (Builtin::OptionMapOrElse, Some(held)) => eval.call(&args[2], [held], env)?,
        (Builtin::OptionMapOrElse, None) => eval.call(&args[1], [], env)?,
        (Builtin::OptionAndThen, Some(held)) => eval.call(&args[1], [held], env)?,
        (Builtin::OptionAndThen, None) => Val::NONE,
        (Builtin::OptionAnd, held) => {
            let other = eager(1, env)?;
            if held.is_some() { other } else { Val::NONE }
        }
        (Builtin::OptionFilter, Some(held)) => {
            let holds = eval.call(&args[1], [held.clone()], env)?.bool();
            Val::option(holds.then_some(held))
        }
        (Builtin::OptionFilter, None) => Val::NONE,
        (Builtin::OptionOr, held) => {
            let other = eager(1, env)?;
            held.map_or(other, Val::some)
        }
        (Builtin::OptionOrElse, Some(held)) => Val::some(held),
        (Builtin::OptionOrElse, None) => eval.call(&args[1], [], env)?,
        (Builtin::OptionXor, held) => match (held, eager(1, env)?) {
            (Some(a), Val::Option(None)) => Val::some(a),
            (None, other) => other,
            _ => Val::NONE,
        },
        (Builtin::OptionTranspose, Some(Val::Result(Ok(held)))) => Val::Result(Ok(Box::new(Val::some(*held)))),
        (Builtin::OptionTranspose, Some(failed)) => failed,
        (Builtin::OptionTranspose, None) => Val::Result(Ok(Box::new(Val::NONE))),
        (Builtin::OptionZip, held) => match (held, eager(1, env)?) {
            (Some(a), Val::Option(Some(b))) => Val::some(Val::Tuple(vec![a, *b])),
            _ => Val::NONE,
        },
        (Builtin::OptionFlatten, held) => held.unwrap_or(Val::NONE),
        (Builtin::OptionOkOr, held) => {
            let error = eager(1, env)?;
            Val::Result(held.map(Box::new).ok_or(Box::new(error)))
        }
        (Builtin::OptionOkOrElse, Some(held)) => Val::Result(Ok(Box::new(held))),
        (Builtin::OptionOkOrElse, None) => Val::Result(Err(Box::new(eval.call(&args[1], [], env)?))),
        (other, _) => unreachable!("{other:?} is no method of options"),
    })
}

/// Methods of `Result`. `ty` is the type of what the method yields.
pub(super) fn result_method(
    eval: &Eval,
    builtin: Builtin,
    args: &[Expr<Typed>],
    ty: TypeId,
    env: &mut Env,
) -> Result<Val, Failure> {
    let Val::Result(held) = eval.eval(&args[0], env)? else { unreachable!("no result") };
    let held = held.map(|ok| *ok).map_err(|err| *err);
    let err = |error: Val| Val::Result(Err(Box::new(error)));
    Ok(match (builtin, held) {
        (Builtin::ResultIsOk, held) => Val::Bool(held.is_ok()),
        (Builtin::ResultIsErr, held) => Val::Bool(held.is_err()),
        (Builtin::ResultOk, held) => Val::option(held.ok()),
        (Builtin::ResultErr, held) => Val::option(held.err()),
        (Builtin::ResultMap, Ok(value)) => Val::Result(Ok(Box::new(eval.call(&args[1], [value], env)?))),
        (Builtin::ResultMap | Builtin::ResultAndThen, Err(error)) => err(error),
        (Builtin::ResultMapErr, Ok(value)) => Val::Result(Ok(Box::new(value))),
        (Builtin::ResultMapErr, Err(error)) => err(eval.call(&args[1], [error], env)?),
        (Builtin::ResultMapOr, held) => {
            let other = eval.eval(&args[1], env)?;
            match held {
                Ok(value) => eval.call(&args[2], [value], env)?,
                Err(_) => other,
            }
        }
        (Builtin::ResultMapOrElse, Ok(value)) => eval.call(&args[2], [value], env)?,
        (Builtin::ResultMapOrElse | Builtin::ResultOrElse, Err(error)) => eval.call(&args[1], [error], env)?,
        (Builtin::ResultOrElse, Ok(value)) => Val::Result(Ok(Box::new(value))),
        (Builtin::ResultIsOkAnd, Ok(value)) => eval.call(&args[1], [value], env)?,
        (Builtin::ResultIsErrAnd, Err(error)) => eval.call(&args[1], [error], env)?,
        (Builtin::ResultIsOkAnd | Builtin::ResultIsErrAnd, _) => Val::Bool(false),
        (Builtin::ResultTranspose, Ok(Val::Option(held))) => {
            Val::Option(held.map(|held| Box::new(Val::Result(Ok(held)))))
        }
        (Builtin::ResultTranspose, Ok(other)) => unreachable!("{other:?} is no option"),
        (Builtin::ResultTranspose, Err(error)) => Val::some(err(error)),
        (Builtin::ResultAndThen, Ok(value)) => eval.call(&args[1], [value], env)?,
        (Builtin::ResultUnwrapOr, held) => {
            let other = eval.eval(&args[1], env)?;
            held.unwrap_or(other)
        }
        (Builtin::ResultUnwrapOrElse | Builtin::ResultUnwrapOrDefault, Ok(value)) => value,
        (Builtin::ResultUnwrapOrElse, Err(error)) => eval.call(&args[1], [error], env)?,
        (Builtin::ResultUnwrapOrDefault, Err(_)) => eval.default(ty)?,
        (other, _) => unreachable!("{other:?} is no method of results"),
    })
}
