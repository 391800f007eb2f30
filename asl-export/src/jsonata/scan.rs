//! Splits JSONata text into tokens, as far as looking for names needs it.

/// A token. Literals are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// `$name`, without the dollar.
    Variable(&'t str),
    /// A word, or a name in back quotes.
    Name(&'t str),
    /// A sign, or a literal as `"`.
    Symbol(&'t str),
}

/// The tokens of an expression.
pub(crate) fn scan(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' => (Token::Symbol("\""), quoted(rest, '"')),
            '`' => {
                let length = quoted(rest, '`');
                (Token::Name(rest[1..length].trim_end_matches('`')), length)
            }
            '/' if starts_value(tokens.last()) => (Token::Symbol("\""), quoted(rest, '/')),
            '$' => {
                let length = 1 + word(&rest[1..]);
                (Token::Variable(&rest[1..length]), length)
            }
            '0'..='9' => (Token::Symbol("\""), number(rest)),
            c if c.is_alphabetic() || c == '_' => {
                let length = word(rest);
                (Token::Name(&rest[..length]), length)
            }
            ':' if rest.starts_with(":=") => (Token::Symbol(&rest[..2]), 2),
            c => (Token::Symbol(&rest[..c.len_utf8()]), c.len_utf8()),
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// A `/` here begins a pattern: it stands where a value is wanted.
fn starts_value(previous: Option<&Token<'_>>) -> bool {
    match previous {
        None => true,
        Some(Token::Variable(_) | Token::Name(_)) => false,
        Some(Token::Symbol(sign)) => !matches!(*sign, ")" | "]" | "}" | "\""),
    }
}

/// The length of what stands between two quotes, both included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (position, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            c if c == quote => return position + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// A number with its exponent; `1..3` is two numbers.
fn number(text: &str) -> usize {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(text.len());
    text[..end].find("..").unwrap_or(end)
}
