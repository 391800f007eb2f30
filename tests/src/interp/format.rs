//! `format!` and `to_string`.

use durafn_ir::{Expr, FloatType, FormatPart, TypeDef, Typed};

use super::{Env, Eval, Failure, Val};

/// The text of `format!`.
pub(super) fn format(eval: &Eval, parts: &[FormatPart<Typed>], env: &mut Env) -> Result<String, Failure> {
    let mut out = String::new();
    for part in parts {
        match part {
            FormatPart::Text(text) => out.push_str(text),
            FormatPart::Value { value, precision, pad } => {
                let text = value_text(eval, value, *precision, env)?;
                out.push_str(&match pad {
                    Some((fill, align, width)) => padded(&text, *fill, *align, *width as usize),
                    None => text,
                });
            }
        }
    }
    Ok(out)
}

fn value_text(eval: &Eval, expr: &Expr<Typed>, precision: Option<u32>, env: &mut Env) -> Result<String, Failure> {
    let is_single = matches!(eval.types().get(expr.ty), TypeDef::Float(FloatType::F32));
    Ok(match (eval.eval(expr, env)?, precision.map(|digits| digits as usize)) {
        (Val::Float(value), Some(digits)) if is_single => format!("{:.digits$}", value as f32),
        (Val::Float(value), Some(digits)) => format!("{value:.digits$}"),
        (Val::Str(value), Some(digits)) => value.chars().take(digits).collect(),
        (value, _) => display(value),
    })
}

/// As `Display` prints a string, character, integer or boolean.
pub(super) fn display(value: Val) -> String {
    match value {
        Val::Int(value) => value.to_string(),
        Val::Bool(value) => value.to_string(),
        Val::Timestamp(millis) => super::time::print(millis),
        value => value.string(),
    }
}

fn padded(text: &str, fill: char, align: char, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    let before = match align {
        '<' => 0,
        '^' => missing / 2,
        _ => missing,
    };
    let filled = |count: usize| fill.to_string().repeat(count);
    format!("{}{text}{}", filled(before), filled(missing - before))
}
