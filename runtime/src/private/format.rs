//! What `format!` prints.

/// Printed by `{}` as ASL can print it too. Implemented by durafn alone: a hand-written `Display` has no meaning there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be printed by `{{}}` in a workflow",
    note = "strings, characters, integers, booleans and timestamps can; a float needs a precision: `{{:.2}}`",
    note = "print the fields of a type of your own one by one, or make the text in a `#[task]`"
)]
pub trait Shown {}

macro_rules! shown {
    ($($ty:ty)*) => {$(impl Shown for $ty {})*};
}

shown!(jiff::Timestamp str String char bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize u128);

impl<T: Shown + ?Sized> Shown for &T {}
impl<T: Shown + ?Sized> Shown for &mut T {}
impl<T: Shown + ?Sized> Shown for Box<T> {}

/// The argument of a `{}`.
pub fn shown<T: Shown + ?Sized>(value: &T) -> &T {
    value
}

/// Printed by `{:.2}`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be printed with a precision in a workflow",
    note = "floats can; for the start of a text use `.chars().take(n).collect::<String>()`"
)]
pub trait Fixed {
    fn value(&self) -> f64;
}

impl Fixed for f64 {
    fn value(&self) -> f64 {
        *self
    }
}

impl Fixed for f32 {
    fn value(&self) -> f64 {
        f64::from(*self)
    }
}

impl<T: Fixed + ?Sized> Fixed for &T {
    fn value(&self) -> f64 {
        (**self).value()
    }
}

/// The argument of a `{:.2}`. JSON does not tell -0 from 0, so neither does the text.
pub fn fixed<T: Fixed + ?Sized>(value: &T) -> f64 {
    value.value() + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_zero_is_zero() {
        assert_eq!(format!("{:.1}", fixed(&-0.0_f64)), "0.0");
        assert_eq!(format!("{:.1} {}", fixed(&&1.25), shown("a")), "1.2 a");
    }
}
