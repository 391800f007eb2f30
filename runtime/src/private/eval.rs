//! How an expression fails.

use std::panic::resume_unwind;

use crate::context::EvalFailed;

/// Fails the expression, and with it the scope, as `States.QueryEvaluationError`. Unwinds without the panic hook: it is no bug of the program.
pub fn raise(cause: impl Into<String>) -> ! {
    resume_unwind(Box::new(EvalFailed { cause: cause.into() }))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The cause with which `f` fails, where it does.
    pub(crate) fn raised<T>(f: impl FnOnce() -> T) -> Option<String> {
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).err()?;
        Some(unwound.downcast::<EvalFailed>().expect("no panic").cause)
    }

    #[test]
    fn a_raise_is_no_panic() {
        assert_eq!(raised(|| -> () { raise("no") }).as_deref(), Some("no"));
    }
}
