//! `%` of floats: what a division leaves, exactly as Rust has it, by long division in base two.
//!
//! Engines disagree about their own `%`, and `a - b * trunc(a / b)` rounds. So the divisor is doubled while it fits twice into the dividend, and
//! subtracted on the way back. No step rounds: `rest - step` is exact where `step <= rest < 2 * step`, and a step is the divisor times a power
//! of two. Where `left - step` is rounded, it is still compared with `step` as if it were not, since rounding keeps the order.
//!
//! Between the largest double and the smallest there are 2,100 doublings; both functions call themselves in their last step, which takes no stack.

use super::{
    Jsonata, Result,
    arith::{DIVIDE_BY_ZERO, is_nonzero},
    ast::Op,
    scope::Encoder,
};

/// The functions. Not variables of a machine: those have Rust's names.
const DOUBLED: &str = "doubledStep";
const REDUCED: &str = "reducedRest";

/// `a % b`. Fails where `b` is 0.
pub(super) fn remainder(encoder: &mut Encoder<'_>, a: Jsonata, b: Jsonata) -> Result<Jsonata> {
    let zero = || Jsonata::Int(0);
    encoder.with_short("dividend", a, |encoder, a| {
        encoder.with_short("divisor", b, |encoder, b| {
            let names = ["left", "by", "negative", "rest", "step"].map(|base| encoder.fresh(base));
            let [left, by, negative, rest, step] = names.each_ref().map(Jsonata::var);
            let abs = |x: &Jsonata| Jsonata::Call("abs", vec![x.clone()]);
            let twice = || step.clone().binary(Op::Add, step.clone());
            let fits_twice = left.clone().binary(Op::Sub, step.clone()).binary(Op::Ge, step.clone());
            let doubled = fits_twice.then(Jsonata::Call(DOUBLED, vec![twice()]), step.clone());
            let fits = rest.clone().binary(Op::Ge, step.clone());
            let less = fits.then(rest.clone().binary(Op::Sub, step.clone()), rest.clone());
            let next = Jsonata::Call(REDUCED, vec![less, step.clone().binary(Op::Div, Jsonata::Int(2))]);
            let reduced = step.clone().binary(Op::Lt, by.clone()).then(rest.clone(), next);
            let highest = Jsonata::Call(DOUBLED, vec![by.clone()]);
            let divided = Jsonata::Call(REDUCED, vec![left.clone(), highest]);
            let size = left.clone().binary(Op::Lt, by.clone()).then(left.clone(), divided);
            let [left_name, by_name, negative_name, rest_name, step_name] = names;
            // The operands are read before the functions have their names.
            let bindings = vec![
                (left_name, abs(&a)),
                (by_name, abs(&b)),
                (negative_name, a.binary(Op::Lt, zero())),
                (DOUBLED.to_owned(), Jsonata::Lambda(vec![step_name.clone()], Box::new(doubled))),
                (REDUCED.to_owned(), Jsonata::Lambda(vec![rest_name.clone(), step_name], Box::new(reduced))),
                (rest_name, size),
            ];
            let signed = negative.then(Jsonata::Neg(Box::new(rest.clone())), rest);
            let result = Jsonata::Block(bindings, Box::new(signed));
            Ok(if is_nonzero(&b) { result } else { b.ne(zero()).then(result, Jsonata::error(DIVIDE_BY_ZERO)) })
        })
    })
}
