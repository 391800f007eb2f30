//! Prints JSONata: brackets only where the grammar needs them.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Element, Entry, Jsonata, Key, Op, Shape};

/// Binding powers of JSONata's parser, from loose to tight.
mod power {
    pub(super) const ANY: u8 = 0;
    pub(super) const COND: u8 = 20;
    pub(super) const OR: u8 = 25;
    pub(super) const AND: u8 = 30;
    pub(super) const COMPARE: u8 = 40;
    pub(super) const ADD: u8 = 50;
    pub(super) const MUL: u8 = 60;
    pub(super) const PATH: u8 = 75;
    pub(super) const ATOM: u8 = 100;
}

impl Op {
    fn power(self) -> u8 {
        match self {
            Op::Or => power::OR,
            Op::And => power::AND,
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::In => power::COMPARE,
            Op::Add | Op::Sub | Op::Concat => power::ADD,
            Op::Mul | Op::Div | Op::Rem => power::MUL,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Op::Add => "+",
            Op::Sub => "-",
            Op::Mul => "*",
            Op::Div => "/",
            Op::Rem => "%",
            Op::Concat => "&",
            Op::And => "and",
            Op::Or => "or",
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
            Op::In => "in",
        }
    }

    /// `a op (b op c)` is `a op b op c`.
    fn associates(self) -> bool {
        matches!(self, Op::And | Op::Or | Op::Concat)
    }
}

impl Display for Jsonata {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write(f, self, power::ANY)
    }
}

fn power_of(expr: &Jsonata) -> u8 {
    match expr {
        Jsonata::Cond(..) => power::COND,
        Jsonata::Binary(op, ..) => op.power(),
        Jsonata::Neg(_) => power::MUL,
        Jsonata::Int(value) if *value < 0 => power::MUL,
        Jsonata::Float(value) if value.is_sign_negative() => power::MUL,
        Jsonata::Field(..) | Jsonata::Index(..) | Jsonata::Keep(_) => power::PATH,
        _ => power::ATOM,
    }
}

/// Writes an expression where the grammar takes one of at least the given power.
fn write(f: &mut Formatter<'_>, expr: &Jsonata, least: u8) -> fmt::Result {
    if power_of(expr) < least {
        f.write_char('(')?;
        write_bare(f, expr)?;
        return f.write_char(')');
    }
    write_bare(f, expr)
}

fn write_bare(f: &mut Formatter<'_>, expr: &Jsonata) -> fmt::Result {
    match expr {
        Jsonata::Null => f.write_str("null"),
        Jsonata::Bool(value) => write!(f, "{value}"),
        Jsonata::Int(value) => write!(f, "{value}"),
        Jsonata::Float(value) => write_float(f, *value),
        Jsonata::Str(text) => write_string(f, text),
        Jsonata::Regex(pattern) => write!(f, "/{pattern}/"),
        Jsonata::Var(name) => write!(f, "${name}"),
        Jsonata::Field(base, key) => write_field(f, base, key),
        Jsonata::Index(base, index) => {
            // `a[i][j]` would ignore the second index.
            write_base(f, base, matches!(**base, Jsonata::Index(..)))?;
            f.write_char('[')?;
            write(f, index, power::ANY)?;
            f.write_char(']')
        }
        Jsonata::Keep(base) => {
            write_base(f, base, false)?;
            f.write_str("[]")
        }
        Jsonata::Call(name, args) => {
            write!(f, "${name}(")?;
            write_list(f, args, |f, arg| write(f, arg, power::ANY))?;
            f.write_char(')')
        }
        Jsonata::Neg(operand) => {
            f.write_char('-')?;
            write(f, operand, power::PATH)
        }
        Jsonata::Binary(op, a, b) => write_binary(f, *op, a, b),
        Jsonata::Cond(test, then, other) => {
            write(f, test, power::COND + 1)?;
            f.write_str(" ? ")?;
            write(f, then, if other.is_some() { power::COND + 1 } else { power::ANY })?;
            if let Some(other) = other {
                f.write_str(" : ")?;
                write(f, other, power::ANY)?;
            }
            Ok(())
        }
        Jsonata::Object(entries) => write_object(f, entries),
        Jsonata::Array(elements) => {
            f.write_char('[')?;
            write_list(f, elements, write_element)?;
            f.write_char(']')
        }
        Jsonata::Range(from, to) => {
            f.write_char('[')?;
            write(f, from, power::COND + 1)?;
            f.write_str("..")?;
            write(f, to, power::COND + 1)?;
            f.write_char(']')
        }
        Jsonata::Collect(sequence) => {
            f.write_char('[')?;
            write(f, sequence, power::ANY)?;
            f.write_char(']')
        }
        Jsonata::Lambda(params, body) => {
            f.write_str("function(")?;
            write_list(f, params, |f, param| write!(f, "${param}"))?;
            f.write_str(") { ")?;
            write(f, body, power::ANY)?;
            f.write_str(" }")
        }
        Jsonata::Block(bindings, body) => {
            f.write_char('(')?;
            for (name, value) in bindings {
                write!(f, "${name} := ")?;
                write(f, value, power::ANY)?;
                f.write_str("; ")?;
            }
            write(f, body, power::ANY)?;
            f.write_char(')')
        }
    }
}

/// The left of `.`, `[` and `[]`.
fn write_base(f: &mut Formatter<'_>, base: &Jsonata, brackets: bool) -> fmt::Result {
    let plain = matches!(
        base,
        Jsonata::Var(_) | Jsonata::Field(..) | Jsonata::Index(..) | Jsonata::Call(..) | Jsonata::Block(..)
    );
    if plain && !brackets {
        return write_bare(f, base);
    }
    f.write_char('(')?;
    write_bare(f, base)?;
    f.write_char(')')
}

fn write_field(f: &mut Formatter<'_>, base: &Jsonata, key: &str) -> fmt::Result {
    if key.contains('`') {
        f.write_str("$lookup(")?;
        write(f, base, power::ANY)?;
        f.write_str(", ")?;
        write_string(f, key)?;
        return f.write_char(')');
    }
    write_base(f, base, false)?;
    if is_plain_key(key) { write!(f, ".{key}") } else { write!(f, ".`{key}`") }
}

/// The key can stand after a point as it is.
fn is_plain_key(key: &str) -> bool {
    let mut chars = key.chars();
    let starts = chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let goes_on = chars.all(|next| next.is_ascii_alphanumeric() || next == '_');
    starts && goes_on && !matches!(key, "and" | "or" | "in" | "true" | "false" | "null" | "function")
}

fn write_binary(f: &mut Formatter<'_>, op: Op, a: &Jsonata, b: &Jsonata) -> fmt::Result {
    let power = op.power();
    // Two comparisons in a row read as one that chains, so each is bracketed.
    write(f, a, if power == power::COMPARE { power + 1 } else { power })?;
    write!(f, " {} ", op.text())?;
    let chains = matches!(b, Jsonata::Binary(inner, ..) if *inner == op) && op.associates();
    write(f, b, if chains { power } else { power + 1 })
}

fn write_object(f: &mut Formatter<'_>, entries: &[Entry]) -> fmt::Result {
    f.write_char('{')?;
    write_list(f, entries, |f, Entry { key, value, optional: _ }| {
        match key {
            Key::Text(text) => write_string(f, text)?,
            Key::Computed(key) => write(f, key, power::ANY)?,
        }
        f.write_str(": ")?;
        write(f, value, power::ANY)
    })?;
    f.write_char('}')
}

fn write_element(f: &mut Formatter<'_>, element: &Element) -> fmt::Result {
    let value = &element.value;
    let brackets = matches!(value, Jsonata::Array(_) | Jsonata::Range(..) | Jsonata::Collect(_));
    match element.shape {
        Shape::Single => write(f, value, power::ANY),
        Shape::Array if brackets => write_bare(f, value),
        Shape::Array => {
            f.write_char('[')?;
            write(f, value, power::ANY)?;
            f.write_char(']')
        }
        Shape::Either => {
            f.write_str("$type(")?;
            write(f, value, power::ANY)?;
            f.write_str(") = \"array\" ? [[")?;
            write(f, value, power::ANY)?;
            f.write_str("]] : ")?;
            write(f, value, power::ANY)
        }
    }
}

fn write_list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    mut write_item: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write_item(f, item)?;
    }
    Ok(())
}

fn write_float(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e15).contains(&size) { write!(f, "{value:e}") } else { write!(f, "{value}") }
}

/// JSONata reads the escapes of JSON.
fn write_string(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if is_invisible(c) => write!(f, "\\u{:04x}", c as u32)?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

/// Characters that a reader of the definition could not see, or that tools drop.
fn is_invisible(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{d7ff}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}
