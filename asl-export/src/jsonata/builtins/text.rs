//! Strings and characters. Engines count characters differently, and read white space and `$` in patterns differently, so patterns are
//! spelled out and nothing is cut by position.

use durafn_ir::{Builtin, Expr, IntType, TypeDef, Typed};

use super::{argument, call, no_encoding};
use crate::jsonata::{
    Jsonata, Result, Value,
    ast::{Op, Shape},
    scope::{Encoder, unsupported},
    types::{Interval, MAX_INT},
};

/// The characters that Rust takes for white space.
const WHITE: &str = "\\t-\\r \\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";

/// One code point: two units where the engine counts units.
const CODE_POINT: &str = "[\\uD800-\\uDBFF][\\uDC00-\\uDFFF]|[\\s\\S]";

/// The end of the text; `$` would hold before a last line feed too.
const END: &str = "(?![\\s\\S])";

impl Encoder<'_> {
    pub(super) fn text_method(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        let receiver = argument(args, 0, expr)?;
        if method == Builtin::ToString {
            return Ok(self.display(receiver)?.into());
        }
        let text = self.encode(receiver)?;
        let arg = |this: &mut Self| this.encode(argument(args, 1, expr)?);
        let ascii = |class: &str, text| call("contains", [text, Jsonata::Regex(format!("[{class}]"))]);
        Ok(match method {
            Builtin::StrIsEmpty => text.eq(Jsonata::str("")).into(),
            Builtin::StrContains => call("contains", [text, arg(self)?]).into(),
            Builtin::StrStartsWith => {
                let prefix = arg(self)?;
                self.starts_with(text, prefix)?.into()
            }
            Builtin::StrEndsWith => call("contains", [text, ending(&arg(self)?, expr, method)?]).into(),
            Builtin::StrToUppercase => call("uppercase", [text]).into(),
            Builtin::StrToLowercase => call("lowercase", [text]).into(),
            Builtin::StrTrim => removed(text, format!("^[{WHITE}]+|[{WHITE}]+{END}")).into(),
            Builtin::StrTrimStart => removed(text, format!("^[{WHITE}]+")).into(),
            Builtin::StrTrimEnd => removed(text, format!("[{WHITE}]+{END}")).into(),
            Builtin::StrReplace => {
                let from = literal_pattern(arg(self)?, expr, method)?;
                let to = self.encode(argument(args, 2, expr)?)?;
                replaced(text, from, to).into()
            }
            Builtin::StrRepeat => {
                let count = arg(self)?;
                let position = self.fresh("i");
                let each = Jsonata::lambda([&position], text);
                let pieces = call("map", [Jsonata::Range(Jsonata::Int(1).into(), count.into()), each]);
                call("join", [Jsonata::Collect(pieces.into())]).into()
            }
            Builtin::StrSplit => call("split", [text, literal_pattern(arg(self)?, expr, method)?]).into(),
            Builtin::StrSplitWhitespace => self.words(text).into(),
            Builtin::StrSplitOnce => {
                let separator = literal_pattern(arg(self)?, expr, method)?;
                self.with_short("text", text, |_, text| Ok(split_once(text, separator)))?.into()
            }
            Builtin::StrStripPrefix => {
                let prefix = literal_pattern(arg(self)?, expr, method)?;
                self.with_short("text", text, |this, text| {
                    let starts = this.starts_with(text.clone(), prefix.clone())?;
                    Ok(starts.then(call("substringAfter", [text, prefix]), Jsonata::Null))
                })?
                .into()
            }
            Builtin::StrStripSuffix => {
                let suffix = ending(&arg(self)?, expr, method)?;
                self.with_short("text", text, |_, text| {
                    let rest = call("replace", [text.clone(), suffix.clone(), Jsonata::str("")]);
                    Ok(call("contains", [text, suffix]).then(rest, Jsonata::Null))
                })?
                .into()
            }
            Builtin::StrChars => characters(text).into(),
            Builtin::StrLines => self.lines(text).into(),
            Builtin::StrParse => self.parse(text, expr)?.into(),
            Builtin::StrPush | Builtin::StrPushStr => text.binary(Op::Concat, arg(self)?).into(),
            Builtin::CharIsAsciiDigit => ascii("0-9", text).into(),
            Builtin::CharIsAsciiAlphabetic => ascii("A-Za-z", text).into(),
            Builtin::CharIsAsciiAlphanumeric => ascii("0-9A-Za-z", text).into(),
            _ => return no_encoding(method, expr),
        })
    }

    fn starts_with(&mut self, text: Jsonata, prefix: Jsonata) -> Result<Jsonata> {
        if let Jsonata::Str(literal) = &prefix {
            let pattern = format!("^{}", escaped(literal));
            return Ok(if literal.is_empty() {
                Jsonata::Bool(true)
            } else {
                call("contains", [text, Jsonata::Regex(pattern)])
            });
        }
        self.with_short("text", text, |this, text| {
            this.with_short("prefix", prefix, |_, prefix| {
                // Nothing stands before its first occurrence.
                let before = call("substringBefore", [text.clone(), prefix.clone()]).eq(Jsonata::str(""));
                Ok(call("contains", [text, prefix]).binary(Op::And, before))
            })
        })
    }

    fn words(&mut self, text: Jsonata) -> Jsonata {
        let pieces = call("split", [text, Jsonata::Regex(format!("[{WHITE}]+"))]);
        let word = self.fresh("word");
        let test = Jsonata::var(&word).ne(Jsonata::str(""));
        Jsonata::Collect(call("filter", [pieces, Jsonata::lambda([&word], test)]).into())
    }

    /// The text after the last line feed is a line only where there is any.
    fn lines(&mut self, text: Jsonata) -> Jsonata {
        let (line, position, all) = (self.fresh("line"), self.fresh("i"), self.fresh("lines"));
        let pieces = call("split", [text, Jsonata::Regex("\\r?\\n".to_owned())]);
        let last = call("count", [Jsonata::var(&all)]).binary(Op::Sub, Jsonata::Int(1));
        let test = Jsonata::var(&position).binary(Op::Lt, last);
        let test = test.binary(Op::Or, Jsonata::var(&line).ne(Jsonata::str("")));
        Jsonata::Collect(call("filter", [pieces, Jsonata::lambda([&line, &position, &all], test)]).into())
    }

    /// `text.parse()`: the error is not looked into.
    fn parse(&mut self, text: Jsonata, expr: &Expr<Typed>) -> Result<Jsonata> {
        let TypeDef::Result(ok, _) = self.ty(expr.ty) else {
            return no_encoding(Builtin::StrParse, expr);
        };
        let success = |value| Jsonata::object([("Ok".to_owned(), value)]);
        let failure = || Jsonata::object([("Err".to_owned(), Jsonata::Null)]);
        match self.ty(*ok) {
            TypeDef::Int(int) => {
                let int = *int;
                self.with_short("text", text, |this, text| this.parse_int(text, int, success, failure))
            }
            TypeDef::Bool => self.with_short("text", text, |_, text| {
                let is = |word: &str| text.clone().eq(Jsonata::str(word));
                let no = is("false").then(success(Jsonata::Bool(false)), failure());
                Ok(is("true").then(success(Jsonata::Bool(true)), no))
            }),
            TypeDef::String => Ok(success(text)),
            _ => unsupported(expr.span, "`parse` into this type", "parse it in a `#[task]`"),
        }
    }

    fn parse_int(
        &mut self,
        text: Jsonata,
        int: IntType,
        success: impl Fn(Jsonata) -> Jsonata,
        failure: impl Fn() -> Jsonata,
    ) -> Result<Jsonata> {
        let (low, high) = int.range();
        let signs = if low == 0 { "\\+?" } else { "[+-]?" };
        let is_number = call("contains", [text.clone(), Jsonata::Regex(format!("^{signs}[0-9]+{END}"))]);
        // `$number` takes neither a plus sign nor, on every engine, leading zeros.
        let plain = removed(text, "^\\+".to_owned());
        let plain = call("replace", [plain, Jsonata::Regex("^(-?)0+(?=[0-9])".to_owned()), Jsonata::str("$1")]);
        let name = self.fresh("n");
        let n = Jsonata::var(&name);
        let everything = Interval::new(i128::MIN, i128::MAX);
        let inside = crate::jsonata::arith::within(&n, everything, Interval::new(low.max(-MAX_INT), high.min(MAX_INT)));
        let outside = if high > MAX_INT {
            // Beyond the type it is an error, between there and 2^53 a number that JSONata cannot hold.
            let beyond = n.clone().binary(Op::Ge, Jsonata::Float(high as f64));
            let beyond = if low < 0 {
                beyond.binary(Op::Or, n.clone().binary(Op::Lt, Jsonata::Float(low as f64)))
            } else {
                beyond
            };
            beyond.then(failure(), Jsonata::error(crate::jsonata::arith::OVERFLOW))
        } else {
            failure()
        };
        let parsed = Jsonata::bind(&name, call("number", [plain]), inside.then(success(n), outside));
        Ok(is_number.then(parsed, failure()))
    }
}

/// The code points of a text.
fn characters(text: Jsonata) -> Jsonata {
    let found = call("match", [text, Jsonata::Regex(CODE_POINT.to_owned())]);
    Jsonata::Collect(found.field("match").into())
}

fn removed(text: Jsonata, pattern: String) -> Jsonata {
    call("replace", [text, Jsonata::Regex(pattern), Jsonata::str("")])
}

/// A `$` in the replacement means something to some engines, but not where the pieces are joined.
fn replaced(text: Jsonata, from: Jsonata, to: Jsonata) -> Jsonata {
    match &to {
        Jsonata::Str(literal) if !literal.contains(['$', '\\']) => call("replace", [text, from, to]),
        _ => call("join", [call("split", [text, from]), to]),
    }
}

fn split_once(text: Jsonata, separator: Jsonata) -> Jsonata {
    let sides = ["substringBefore", "substringAfter"]
        .map(|side| (call(side, [text.clone(), separator.clone()]), Shape::Single));
    call("contains", [text, separator]).then(Jsonata::array(sides), Jsonata::Null)
}

/// A literal at the end of the text, as a pattern.
fn ending(suffix: &Jsonata, expr: &Expr<Typed>, method: Builtin) -> Result<Jsonata> {
    match literal_pattern(suffix.clone(), expr, method)? {
        Jsonata::Str(literal) => Ok(Jsonata::Regex(escaped(&literal) + END)),
        _ => no_encoding(method, expr),
    }
}

/// JSONata rejects an empty separator, and no length is alike on all engines, so that the text must be known.
fn literal_pattern(pattern: Jsonata, expr: &Expr<Typed>, method: Builtin) -> Result<Jsonata> {
    match &pattern {
        Jsonata::Str(literal) if !literal.is_empty() => Ok(pattern),
        _ => unsupported(
            expr.span,
            format!("`{}` with an argument that is not a literal, or is empty", method.spelling()),
            "pass a literal that is not empty, or compute it in a `#[task]`",
        ),
    }
}

/// Text as a pattern that matches it alone.
fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        match c {
            '\n' => pattern.push_str("\\n"),
            '\r' => pattern.push_str("\\r"),
            '\t' => pattern.push_str("\\t"),
            c if c.is_ascii_punctuation() && c != '_' => pattern.extend(['\\', c]),
            c => pattern.push(c),
        }
    }
    pattern
}
