//! Random machines: well typed, accepted by the verifier, and run by the reference interpreter and by interpreters of others on the export.
//!
//! A machine is a function of a list of choices ([`Tape`]), which is a function of a seed. So a seed is a case, and a case is made simpler by leaving
//! out choices. What a builtin needs to be generated is one line in `builtins::TABLE`.

mod builtins;
pub mod case;
pub mod check;
pub mod coverage;
mod exprs;
mod leaves;
pub mod patches;
mod patterns;
pub mod run;
mod states;
pub mod tape;
mod tasks;
mod types;
mod values;

use durafn_ir::{Expr, ExprKind, RegionId, Span, TypeId, Typed, Var, VarId};

pub use builtins::without_support;
pub use case::Case;
pub use tape::{Tape, Tapes};
use types::Types;

/// A machine in the making.
struct Gen<'t> {
    tape: &'t mut Tape,
    types: Types,
    vars: Vec<Var<Typed>>,
    /// Variables that are assigned wherever the next expression is evaluated.
    readable: Vec<VarId>,
    /// Of those, the ones that statements may assign.
    assignable: Vec<VarId>,
    region: RegionId,
    /// Expressions may fail.
    may_fail: bool,
    /// Expressions yield the same whenever they are evaluated.
    steady: bool,
    /// Time stands still in this machine, so that expressions may read the clock.
    timeless: bool,
}

/// Names of variables. Some are those of functions of JSONata or of words that ASL knows.
const NAMES: [&str; 12] =
    ["a", "b", "x", "count", "sum", "map", "input", "result", "string", "context", "item", "index"];

impl Gen<'_> {
    /// A variable of the region at hand.
    fn var(&mut self, ty: TypeId) -> VarId {
        let number = self.vars.len();
        let name = self.tape.pick(&NAMES);
        let taken = self.vars.iter().any(|var| var.name == name);
        let name = if taken { format!("{name}_{number}") } else { name.to_owned() };
        self.vars.push(Var { name, ty, region: self.region, span: Span::default() });
        VarId(number as u32)
    }

    fn type_of(&self, var: VarId) -> TypeId {
        self.vars[var.0 as usize].ty
    }

    /// What `f` makes, with these variables to read besides.
    fn with_vars<T>(&mut self, vars: &[VarId], f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.readable.len();
        self.readable.extend(vars);
        let made = f(self);
        self.readable.truncate(before);
        made
    }

    /// What `f` makes where nothing may fail.
    fn infallible<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.may_fail, false);
        let made = f(self);
        self.may_fail = before;
        made
    }

    /// What `f` makes where nothing may vary from one evaluation to the next.
    fn steady<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.steady, true);
        let made = f(self);
        self.steady = before;
        made
    }
}

fn expr(ty: TypeId, kind: ExprKind<Typed>) -> Expr<Typed> {
    Expr { ty, span: Span::default(), kind: Box::new(kind) }
}
