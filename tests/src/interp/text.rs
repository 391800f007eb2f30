//! Methods of strings and characters.

use durafn_ir::{Builtin, Expr, FloatType, TypeDef, TypeId, Typed};

use super::{Env, Eval, Failure, Val, format};

/// Methods of strings and characters, and `to_string`.
pub(super) fn method(
    eval: &Eval,
    builtin: Builtin,
    args: &[Expr<Typed>],
    ty: TypeId,
    env: &mut Env,
) -> Result<Val, Failure> {
    let mut args = eval.all(args, env)?.into_iter();
    let receiver = args.next().expect("a receiver");
    if builtin == Builtin::ToString {
        return Ok(Val::Str(format::display(receiver)));
    }
    if let Val::Char(c) = receiver {
        return Ok(Val::Bool(match builtin {
            Builtin::CharIsAsciiDigit => c.is_ascii_digit(),
            Builtin::CharIsAsciiAlphabetic => c.is_ascii_alphabetic(),
            Builtin::CharIsAsciiAlphanumeric => c.is_ascii_alphanumeric(),
            Builtin::CharIsAsciiUppercase => c.is_ascii_uppercase(),
            Builtin::CharIsAsciiLowercase => c.is_ascii_lowercase(),
            Builtin::CharIsAsciiHexdigit => c.is_ascii_hexdigit(),
            Builtin::CharIsAsciiPunctuation => c.is_ascii_punctuation(),
            Builtin::CharIsAscii => c.is_ascii(),
            Builtin::CharIsWhitespace => c.is_whitespace(),
            Builtin::CharToAsciiUppercase => return Ok(Val::Char(c.to_ascii_uppercase())),
            Builtin::CharToAsciiLowercase => return Ok(Val::Char(c.to_ascii_lowercase())),
            other => unreachable!("{other:?} is no method of characters"),
        }));
    }
    let text = receiver.string();
    match builtin {
        Builtin::StrParse => return Ok(parse(eval, &text, ty)),
        Builtin::StrRepeat => return Ok(Val::Str(text.repeat(args.next().expect("a count").index()))),
        Builtin::StrSplitn => {
            let (count, separator) =
                (args.next().expect("a count").index(), args.next().expect("a separator").string());
            return Ok(Val::iter(text.splitn(count, &separator).map(Val::str)));
        }
        _ => {}
    }
    // What is looked for or put in: a character is a string of one.
    let mut args = args.map(Val::string);
    let mut next = || args.next().expect("an argument");
    Ok(match builtin {
        Builtin::StrIsEmpty => Val::Bool(text.is_empty()),
        Builtin::StrContains => Val::Bool(text.contains(&next())),
        Builtin::StrStartsWith => Val::Bool(text.starts_with(&next())),
        Builtin::StrEndsWith => Val::Bool(text.ends_with(&next())),
        Builtin::StrToUppercase => Val::Str(text.to_uppercase()),
        Builtin::StrToLowercase => Val::Str(text.to_lowercase()),
        Builtin::StrTrim => Val::str(text.trim()),
        Builtin::StrTrimStart => Val::str(text.trim_start()),
        Builtin::StrTrimEnd => Val::str(text.trim_end()),
        Builtin::StrReplace => {
            let (from, to) = (next(), next());
            Val::Str(text.replace(&from, &to))
        }
        Builtin::StrSplit => Val::iter(text.split(&next()).map(Val::str)),
        Builtin::StrSplitWhitespace => Val::iter(text.split_whitespace().map(Val::str)),
        Builtin::StrRsplit => Val::iter(text.rsplit(&next()).map(Val::str)),
        Builtin::StrTrimStartMatches => Val::str(text.trim_start_matches(&next())),
        Builtin::StrTrimEndMatches => Val::str(text.trim_end_matches(&next())),
        Builtin::StrToAsciiUppercase => Val::Str(text.to_ascii_uppercase()),
        Builtin::StrToAsciiLowercase => Val::Str(text.to_ascii_lowercase()),
        Builtin::StrEqIgnoreAsciiCase => Val::Bool(text.eq_ignore_ascii_case(&next())),
        Builtin::StrIsAscii => Val::Bool(text.is_ascii()),
        Builtin::StrRsplitOnce => {
            let sides = text.rsplit_once(&next()).map(|(a, b)| Val::Tuple(vec![Val::str(a), Val::str(b)]));
            Val::option(sides)
        }
        Builtin::StrSplitOnce => {
            let sides = text.split_once(&next()).map(|(a, b)| Val::Tuple(vec![Val::str(a), Val::str(b)]));
            Val::option(sides)
        }
        Builtin::StrStripPrefix => Val::option(text.strip_prefix(&next()).map(Val::str)),
        Builtin::StrStripSuffix => Val::option(text.strip_suffix(&next()).map(Val::str)),
        Builtin::StrChars => Val::iter(text.chars().map(Val::Char)),
        Builtin::StrLines => Val::iter(text.lines().map(Val::str)),
        Builtin::StrPush | Builtin::StrPushStr => Val::Str(text + &next()),
        other => unreachable!("{other:?} is no method of strings"),
    })
}

/// The number or boolean that a text is.
fn parse(eval: &Eval, text: &str, ty: TypeId) -> Val {
    let TypeDef::Result(ok, _) = *eval.types().get(ty) else { unreachable!("`parse` yields a result") };
    let parsed = match eval.types().get(ok) {
        TypeDef::Int(int) => parse_int(text, int.range()).map(Val::Int),
        TypeDef::Float(FloatType::F64) => text.parse::<f64>().ok().map(Val::Float),
        TypeDef::Float(FloatType::F32) => text.parse::<f32>().ok().map(|value| Val::Float(value.into())),
        TypeDef::Bool => text.parse::<bool>().ok().map(Val::Bool),
        TypeDef::Char => text.parse::<char>().ok().map(Val::Char),
        _ => Some(Val::str(text)),
    };
    Val::Result(match parsed {
        Some(value) => Ok(Box::new(value)),
        None => Err(Box::new(Val::Opaque(serde_json::json!(text)))),
    })
}

/// Digits after an optional sign; unsigned types take no minus, not even before a zero.
fn parse_int(text: &str, (min, max): (i128, i128)) -> Option<i128> {
    if min == 0 && text.starts_with('-') {
        return None;
    }
    text.parse::<i128>().ok().filter(|value| (min..=max).contains(value))
}
