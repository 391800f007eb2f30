//! Patterns against values.

use durafn_ir::{Literal, Pattern};

use super::{Env, Val};

/// The value matches; then its parts are bound. What a failed alternative bound is never read.
pub(super) fn matches(pattern: &Pattern, value: &Val, env: &mut Env) -> bool {
    match pattern {
        Pattern::Wild => true,
        Pattern::Bind(var, inner) => {
            let holds = inner.as_ref().is_none_or(|inner| matches(inner, value, env));
            if holds {
                env.insert(*var, value.clone());
            }
            holds
        }
        Pattern::Literal(literal) => of_literal(literal) == *value,
        Pattern::Range { from, to, inclusive } => {
            let above = from.as_ref().is_none_or(|from| at_most(&of_literal(from), value));
            let below = to.as_ref().is_none_or(|to| {
                let to = of_literal(to);
                at_most(value, &to) && (*inclusive || *value != to)
            });
            above && below
        }
        Pattern::Tuple(items) => match value {
            Val::Tuple(values) => items.iter().zip(values).all(|(item, value)| matches(item, value, env)),
            Val::Unit => items.is_empty(),
            _ => false,
        },
        Pattern::Fields(name, fields) => matches_fields(name, fields, value, env),
        Pattern::Or(alternatives) => alternatives.iter().any(|alternative| matches(alternative, value, env)),
    }
}

fn matches_fields(name: &str, fields: &[(String, Pattern)], value: &Val, env: &mut Env) -> bool {
    let mut all = |values: &[(String, Val)]| {
        fields.iter().all(|(field, pattern)| {
            let value = values.iter().find(|(name, _)| name == field);
            value.is_some_and(|(_, value)| matches(pattern, value, env))
        })
    };
    let held = |value: &Val| [("0".to_owned(), value.clone())];
    match (name, value) {
        ("Some", Val::Option(Some(value))) => all(&held(value)),
        ("None", Val::Option(None)) => true,
        ("Ok", Val::Result(Ok(value))) => all(&held(value)),
        ("Err", Val::Result(Err(value))) => all(&held(value)),
        (_, Val::Option(_) | Val::Result(_)) => false,
        (_, Val::Struct(values)) => all(values),
        (_, Val::Enum(variant, values)) => variant == name && all(values),
        (_, Val::Tuple(values)) => {
            let named: Vec<(String, Val)> =
                values.iter().enumerate().map(|(index, value)| (index.to_string(), value.clone())).collect();
            all(&named)
        }
        _ => false,
    }
}

/// The value of a literal.
pub(super) fn of_literal(literal: &Literal) -> Val {
    match literal {
        Literal::Unit => Val::Unit,
        Literal::Bool(value) => Val::Bool(*value),
        Literal::Int(value) => Val::Int(*value),
        Literal::Float(value) => Val::Float(*value),
        Literal::Str(value) => Val::str(value),
        Literal::Char(value) => Val::Char(*value),
    }
}

fn at_most(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => a <= b,
        (Val::Float(a), Val::Float(b)) => a <= b,
        (Val::Char(a), Val::Char(b)) => a <= b,
        (a, b) => unreachable!("{a:?} and {b:?} have no order"),
    }
}
