//! Methods and functions of std, one encoding each.

use durafn_ir::{Builtin, Expr, Typed};

use super::{Jsonata, Result, Value, scope::{Encoder, USE_A_TASK, unsupported}};

impl Encoder<'_> {
    pub(crate) fn builtin(&mut self, method: Builtin, args: &[Expr<Typed>], expr: &Expr<Typed>) -> Result<Value> {
        let _ = args;
        unsupported(expr.span, format!("`{}`", method.spelling()), USE_A_TASK)
    }
    pub(crate) fn map_index(&mut self, base: &Expr<Typed>, index: &Expr<Typed>) -> Result<Value> {
        let map = self.encode(base)?;
        let key = self.encode(index)?;
        let found = Value::maybe_missing(Jsonata::Call("lookup", vec![map, key]));
        Ok(self.or_else(found, Jsonata::error("no entry found for key")).into())
    }
}
