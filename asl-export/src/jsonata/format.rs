//! Text: `format!` and `to_string`.

use durafn_ir::{Expr, FloatType, FormatPart, Span, TypeDef, Typed};

use super::{Jsonata, Result, ast::Op, scope::Encoder, types::MAX_PRINTED};
use crate::refusal::{self, malformed, refused};

impl Encoder<'_> {
    pub(crate) fn format(&mut self, parts: &[FormatPart<Typed>], span: Span) -> Result<Jsonata> {
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                FormatPart::Text(text) => pieces.push(Jsonata::str(text)),
                FormatPart::Value { value, precision, pad } => {
                    let text = match precision {
                        Some(digits) => self.fixed(value, *digits)?,
                        None => self.display(value)?,
                    };
                    pieces.push(match pad {
                        Some(pad) => self.pad(text, *pad, span)?,
                        None => text,
                    });
                }
            }
        }
        let alone = pieces.len() == 1;
        let joined = pieces.into_iter().map(|piece| if alone { piece } else { shortened(piece) });
        Ok(joined.reduce(|all, piece| all.binary(Op::Concat, piece)).unwrap_or_else(|| Jsonata::str("")))
    }

    /// The text that `Display` prints.
    pub(crate) fn display(&mut self, value: &Expr<Typed>) -> Result<Jsonata> {
        let range = self.interval(value);
        let text = self.encode(value)?;
        match self.ty(value.ty) {
            TypeDef::String | TypeDef::Char => Ok(text),
            TypeDef::Timestamp if super::compare::instant(text.clone()) != text => Ok(text),
            TypeDef::Timestamp => {
                let same = Jsonata::Call("fromMillis", vec![super::compare::millis(text)]);
                Ok(super::compare::canonical(same))
            }
            TypeDef::Bool => Ok(Jsonata::Call("string", vec![text])),
            TypeDef::Int(_) if range.high > MAX_PRINTED || range.low < -MAX_PRINTED => {
                Ok(Jsonata::Call("formatNumber", vec![text, Jsonata::str("0")]))
            }
            TypeDef::Int(_) => Ok(match text {
                Jsonata::Int(int) => Jsonata::str(int.to_string()),
                text => Jsonata::Call("string", vec![text]),
            }),
            TypeDef::Float(_) => refused(value.span, refusal::PRINTED_FLOAT, &[]),
            _ => refused(value.span, refusal::PRINTED_VALUE, &[]),
        }
    }

    /// A float with a number of digits after the point, rounded as Rust rounds: by the exact value, halves to even.
    fn fixed(&mut self, value: &Expr<Typed>, digits: u32) -> Result<Jsonata> {
        if !matches!(self.ty(value.ty), TypeDef::Float(FloatType::F64)) {
            return refused(value.span, refusal::PRECISION, &[]);
        }
        if digits > 9 {
            return refused(value.span, refusal::DIGITS, &[]);
        }
        let value = self.encode(value)?;
        self.with_short("x", value, |this, x| Ok(fixed_text(this, x, digits)))
    }

    fn pad(&mut self, text: Jsonata, (fill, align, width): (char, char, u32), span: Span) -> Result<Jsonata> {
        let width = i128::from(width);
        let padded = |text, width| Jsonata::Call("pad", vec![text, width, Jsonata::str(fill)]);
        match align {
            '<' => Ok(padded(text, Jsonata::Int(width))),
            '>' => Ok(padded(text, Jsonata::Int(-width))),
            '^' => self.with_short("text", text, |_, text| {
                // The odd space goes to the right.
                let length = Jsonata::Call("length", vec![text.clone()]);
                let both = Jsonata::Int(width).binary(Op::Add, length);
                let left = Jsonata::Call("floor", vec![both.binary(Op::Div, Jsonata::Int(2))]);
                Ok(padded(padded(text, Jsonata::Neg(left.into())), Jsonata::Int(width)))
            }),
            _ => malformed(span, format!("the alignment `{align}`")),
        }
    }
}

/// `&` prints numbers and booleans as `$string` does.
fn shortened(piece: Jsonata) -> Jsonata {
    match piece {
        Jsonata::Call("string", mut args) if args.len() == 1 => args.remove(0),
        piece => piece,
    }
}

/// The value times a power of ten is `scaled + rest` exactly: `rest` is what rounding the product lost, found by splitting the factor
/// into halves whose products are exact. What the product lost decides where it looks like a half.
fn fixed_text(encoder: &mut Encoder<'_>, x: Jsonata, digits: u32) -> Jsonata {
    const SPLIT: i128 = (1 << 27) + 1;
    let mut name = |base| encoder.fresh(base);
    let (size, scaled, split, high, rest, floor, half, n) = (
        name("size"),
        name("scaled"),
        name("split"),
        name("high"),
        name("rest"),
        name("floor_value"),
        name("half"),
        name("n"),
    );
    let var = |name: &str| Jsonata::var(name);
    let factor = Jsonata::Int(10_i128.pow(digits));
    let call = |function, args| Jsonata::Call(function, args);
    let high_part = var(&split).binary(Op::Sub, var(&split).binary(Op::Sub, var(&size)));
    let low_part = var(&size).binary(Op::Sub, var(&high));
    let lost = var(&high).binary(Op::Mul, factor.clone()).binary(Op::Sub, var(&scaled));
    let lost = lost.binary(Op::Add, low_part.binary(Op::Mul, factor.clone()));
    let is_odd = var(&floor).binary(Op::Rem, Jsonata::Int(2)).eq(Jsonata::Int(1));
    let tie_up = var(&rest)
        .binary(Op::Gt, Jsonata::Int(0))
        .binary(Op::Or, var(&rest).eq(Jsonata::Int(0)).binary(Op::And, is_odd));
    let up = var(&half)
        .clone()
        .binary(Op::Gt, Jsonata::Float(0.5))
        .binary(Op::Or, var(&half).eq(Jsonata::Float(0.5)).binary(Op::And, tie_up));
    let rounded = up.then(var(&floor).binary(Op::Add, Jsonata::Int(1)), var(&floor));
    let fits = var(&scaled).binary(Op::Lt, Jsonata::Int(1 << 52));
    let rounded = fits.then(rounded, Jsonata::error("a float too large for its precision"));
    let sign = x.clone().binary(Op::Lt, Jsonata::Int(0)).then(Jsonata::str("-"), Jsonata::str(""));
    let printed = call("formatNumber", vec![var(&n), Jsonata::str("0")]);
    let body = if digits == 0 {
        sign.binary(Op::Concat, printed)
    } else {
        let width = i128::from(digits);
        let fraction = var(&n).binary(Op::Rem, factor.clone());
        let whole = call("floor", vec![var(&n).binary(Op::Div, factor.clone())]);
        let whole = call("formatNumber", vec![whole, Jsonata::str("0")]);
        let padded = call("pad", vec![call("string", vec![fraction]), Jsonata::Int(-width), Jsonata::str("0")]);
        sign.binary(Op::Concat, whole).binary(Op::Concat, Jsonata::str(".")).binary(Op::Concat, padded)
    };
    Jsonata::Block(
        vec![
            (size.clone(), call("abs", vec![x])),
            (scaled.clone(), var(&size).binary(Op::Mul, factor)),
            (split, Jsonata::Int(SPLIT).binary(Op::Mul, var(&size))),
            (high, high_part),
            (rest, lost),
            (floor.clone(), call("floor", vec![var(&scaled)])),
            (half, var(&scaled).binary(Op::Sub, var(&floor))),
            (n, rounded),
        ],
        Box::new(body),
    )
}
