//! Strings and characters. Engines count characters differently, and read white space and `$` in patterns differently, so patterns are
//! spelled out and nothing is cut by position.

use durafn_ir::{Builtin, Expr, IntType, TypeDef, Typed};

use super::{argument, call, no_encoding};
use crate::jsonata::{
    Jsonata, Result, Value,
    ast::{Op, Shape},
    scope::Encoder,
    types::{Interval, MAX_INT},
};
use crate::refusal::{self, refused};

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
            Builtin::StrEndsWith => {
                let suffix = arg(self)?;
                self.ends_with(text, suffix)?.into()
            }
            Builtin::StrToUppercase => call("uppercase", [text]).into(),
            Builtin::StrToLowercase => call("lowercase", [text]).into(),
            Builtin::StrTrim => removed(text, format!("^[{WHITE}]+|[{WHITE}]+{END}")).into(),
            Builtin::StrTrimStart => removed(text, format!("^[{WHITE}]+")).into(),
            Builtin::StrTrimEnd => removed(text, format!("[{WHITE}]+{END}")).into(),
            Builtin::StrReplace => {
                let from = arg(self)?;
                let to = self.encode(argument(args, 2, expr)?)?;
                self.replaced(text, from, to)?.into()
            }
            Builtin::StrRepeat => {
                let count = arg(self)?;
                let position = self.fresh("i");
                let each = Jsonata::lambda([&position], text);
                let pieces = call("map", [Jsonata::Range(Jsonata::Int(1).into(), count.into()), each]);
                call("join", [Jsonata::Collect(pieces.into())]).into()
            }
            Builtin::StrSplit => {
                let separator = arg(self)?;
                self.pieces(text, separator)?.into()
            }
            Builtin::StrRsplit => {
                let separator = arg(self)?;
                let backwards = self.pieces(reversed(text), reversed(separator))?;
                let piece = self.fresh("piece");
                let forwards = Jsonata::lambda([&piece], reversed(Jsonata::var(&piece)));
                Jsonata::Collect(call("map", [backwards, forwards]).into()).into()
            }
            Builtin::StrSplitn => {
                let count = arg(self)?;
                let separator = self.encode(argument(args, 2, expr)?)?;
                self.splitn(text, count, separator)?.into()
            }
            Builtin::StrSplitWhitespace => self.words(text).into(),
            Builtin::StrSplitOnce => {
                let separator = arg(self)?;
                self.sides(text, separator, false)?.into()
            }
            Builtin::StrRsplitOnce => {
                let separator = arg(self)?;
                self.sides(text, separator, true)?.into()
            }
            Builtin::StrStripPrefix => {
                let prefix = arg(self)?;
                self.stripped(text, prefix)?.into()
            }
            Builtin::StrStripSuffix => {
                let suffix = arg(self)?;
                self.without_suffix(text, suffix)?.into()
            }
            Builtin::StrTrimStartMatches => {
                removed(text, format!("^({})+", escaped(&literal_pattern(arg(self)?, expr, method)?))).into()
            }
            Builtin::StrTrimEndMatches => {
                removed(text, format!("({})+{END}", escaped(&literal_pattern(arg(self)?, expr, method)?))).into()
            }
            Builtin::StrToAsciiUppercase => self.ascii_case("uppercase", "a-z", text).into(),
            Builtin::StrToAsciiLowercase => self.ascii_case("lowercase", "A-Z", text).into(),
            Builtin::StrEqIgnoreAsciiCase => {
                let other = arg(self)?;
                self.ascii_case("lowercase", "A-Z", text).eq(self.ascii_case("lowercase", "A-Z", other)).into()
            }
            Builtin::StrIsAscii => ascii("^\\u0000-\\u007F", text).not().into(),
            Builtin::StrChars => characters(text).into(),
            Builtin::StrLines => self.lines(text).into(),
            Builtin::StrParse => self.parse(text, expr)?.into(),
            Builtin::StrPush | Builtin::StrPushStr => text.binary(Op::Concat, arg(self)?).into(),
            Builtin::CharIsAsciiDigit => ascii("0-9", text).into(),
            Builtin::CharIsAsciiAlphabetic => ascii("A-Za-z", text).into(),
            Builtin::CharIsAsciiAlphanumeric => ascii("0-9A-Za-z", text).into(),
            Builtin::CharIsAsciiUppercase => ascii("A-Z", text).into(),
            Builtin::CharIsAsciiLowercase => ascii("a-z", text).into(),
            Builtin::CharIsAsciiHexdigit => ascii("0-9A-Fa-f", text).into(),
            Builtin::CharIsAsciiPunctuation => {
                ascii("\\u0021-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u007E", text).into()
            }
            Builtin::CharIsAscii => ascii("^\\u0000-\\u007F", text).not().into(),
            Builtin::CharIsWhitespace => ascii(WHITE, text).into(),
            Builtin::CharToAsciiUppercase => self.ascii_case("uppercase", "a-z", text).into(),
            Builtin::CharToAsciiLowercase => self.ascii_case("lowercase", "A-Z", text).into(),
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

    /// Backwards, the suffix is a prefix: no engine has to count characters.
    fn ends_with(&mut self, text: Jsonata, suffix: Jsonata) -> Result<Jsonata> {
        match &suffix {
            Jsonata::Str(literal) if literal.is_empty() => Ok(Jsonata::Bool(true)),
            Jsonata::Str(literal) => Ok(call("contains", [text, Jsonata::Regex(escaped(literal) + END)])),
            _ => self.starts_with(reversed(text), reversed(suffix)),
        }
    }

    fn stripped(&mut self, text: Jsonata, prefix: Jsonata) -> Result<Jsonata> {
        self.with_short("text", text, |this, text| {
            this.with_short("prefix", prefix, |this, prefix| {
                let starts = this.starts_with(text.clone(), prefix.clone())?;
                let rest = call("substringAfter", [text.clone(), prefix.clone()]);
                Ok(starts.then(unless_empty(prefix, rest, text), Jsonata::Null))
            })
        })
    }

    fn without_suffix(&mut self, text: Jsonata, suffix: Jsonata) -> Result<Jsonata> {
        if let Jsonata::Str(literal) = &suffix
            && !literal.is_empty()
        {
            let ending = Jsonata::Regex(escaped(literal) + END);
            return self.with_short("text", text, |_, text| {
                let rest = call("replace", [text.clone(), ending.clone(), Jsonata::str("")]);
                Ok(call("contains", [text, ending]).then(rest, Jsonata::Null))
            });
        }
        let rest = self.stripped(reversed(text), reversed(suffix))?;
        self.with_short("rest", rest, |_, rest| Ok(rest.clone().ne(Jsonata::Null).then(reversed(rest), Jsonata::Null)))
    }

    /// What stands around the first separator, or the last.
    fn sides(&mut self, text: Jsonata, separator: Jsonata, last: bool) -> Result<Jsonata> {
        let (text, separator) = if last { (reversed(text), reversed(separator)) } else { (text, separator) };
        self.with_short("text", text, |this, text| {
            this.with_short("separator", separator, |_, separator| {
                let of = |function| call(function, [text.clone(), separator.clone()]);
                let (before, after) = (of("substringBefore"), of("substringAfter"));
                let (before, after) = (
                    unless_empty(separator.clone(), before, Jsonata::str("")),
                    unless_empty(separator.clone(), after, text.clone()),
                );
                let sides = if last { [reversed(after), reversed(before)] } else { [before, after] };
                let sides = Jsonata::array(sides.map(|side| (side, Shape::Single)));
                Ok(call("contains", [text, separator]).then(sides, Jsonata::Null))
            })
        })
    }

    /// The pieces between separators. Between every two characters, and at both ends, stands the empty one.
    fn pieces(&mut self, text: Jsonata, separator: Jsonata) -> Result<Jsonata> {
        if matches!(&separator, Jsonata::Str(literal) if !literal.is_empty()) {
            return Ok(call("split", [text, separator]));
        }
        self.with_short("text", text, |this, text| {
            this.with_short("separator", separator, |_, separator| {
                let nothing = || Jsonata::array([(Jsonata::str(""), Shape::Single)]);
                let each = call("append", [call("append", [nothing(), characters(text.clone())]), nothing()]);
                Ok(unless_empty(separator.clone(), call("split", [text, separator]), each))
            })
        })
    }

    /// At most so many pieces: the last one is the rest.
    fn splitn(&mut self, text: Jsonata, count: Jsonata, separator: Jsonata) -> Result<Jsonata> {
        self.with_short("n", count, |this, n| {
            this.with_short("separator", separator, |this, separator| {
                let pieces = this.pieces(text, separator.clone())?;
                this.with_short("pieces", pieces, |this, pieces| {
                    let part = |this: &mut Self, op| {
                        let last = n.clone().binary(Op::Sub, Jsonata::Int(1));
                        this.where_position(pieces.clone(), Shape::Single, |position, _| position.binary(op, last))
                    };
                    let (first, rest) = (part(this, Op::Lt)?, part(this, Op::Ge)?);
                    let rest = Jsonata::array([(call("join", [rest, separator]), Shape::Single)]);
                    let fits = call("count", [pieces.clone()]).binary(Op::Le, n.clone());
                    let some = fits.then(pieces, call("append", [first, rest]));
                    Ok(n.eq(Jsonata::Int(0)).then(Jsonata::array([]), some))
                })
            })
        })
    }

    /// A `$` in the replacement means something to some engines, but not where the pieces are joined.
    fn replaced(&mut self, text: Jsonata, from: Jsonata, to: Jsonata) -> Result<Jsonata> {
        match (&from, &to) {
            (Jsonata::Str(literal), Jsonata::Str(to_literal))
                if !literal.is_empty() && !to_literal.contains(['$', '\\']) =>
            {
                Ok(call("replace", [text, from, to]))
            }
            _ => Ok(call("join", [self.pieces(text, from)?, to])),
        }
    }

    /// The letters of ASCII by `$uppercase` or `$lowercase`, which change others too.
    fn ascii_case(&mut self, function: &'static str, letters: &str, text: Jsonata) -> Jsonata {
        let found = self.fresh("found");
        let changed = Jsonata::lambda([&found], call(function, [Jsonata::var(&found).field("match")]));
        call("replace", [text, Jsonata::Regex(format!("[{letters}]")), changed])
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
            _ => refused(expr.span, refusal::PARSE, &[]),
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

/// The characters from last to first.
fn reversed(text: Jsonata) -> Jsonata {
    match text {
        Jsonata::Str(literal) => Jsonata::str(literal.chars().rev().collect::<String>()),
        text => call("join", [call("reverse", [characters(text)])]),
    }
}

/// `some`, but `none` where the needle is empty, which JSONata rejects or finds elsewhere.
fn unless_empty(needle: Jsonata, some: Jsonata, none: Jsonata) -> Jsonata {
    match &needle {
        Jsonata::Str(literal) if literal.is_empty() => none,
        Jsonata::Str(_) => some,
        _ => needle.ne(Jsonata::str("")).then(some, none),
    }
}

/// A pattern is written out, so the text must be known.
fn literal_pattern(pattern: Jsonata, expr: &Expr<Typed>, method: Builtin) -> Result<String> {
    match pattern {
        Jsonata::Str(literal) if !literal.is_empty() => Ok(literal),
        _ => refused(expr.span, refusal::TRIMMED_TEXT, &[&method.spelling()]),
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
