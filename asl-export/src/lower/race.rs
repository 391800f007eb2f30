//! Races. ASL has none: the branch that is first leaves its Parallel by an error, which stops the others, and the Parallel's first catcher takes
//! the value out of the error's cause.

use durafn_ir::{Expr, Fields, ParallelState, TypeDef, TypeId, Typed};

use super::{Site, errors::Decode};
use crate::refusal::{self, refused};
use crate::{
    jsonata::{Jsonata, Result, ast::Op, template::template},
    model,
};

/// The error by which a winner leaves. No failure has it: the name is reserved.
pub(crate) const WON: &str = "Durafn.Won";

/// What a value becomes that does not fit into a cause.
const TOO_LARGE: &str = "States.DataLimitExceeded";

/// The characters that a cause holds.
const LARGEST: u32 = 32_768;

/// The key under which a cause holds the value, so that text is quoted and every value is parsed alike.
const VALUE: &str = "v";

impl Site<'_> {
    /// The Parallel of a race. No branch ends without an error, so its own way on is never taken.
    pub(super) fn race(&mut self, race: &ParallelState<Typed>, state: model::State) -> Result<model::State> {
        let cause = Jsonata::states(["errorOutput", "Cause"]);
        let value = Jsonata::Call("parse", vec![cause]).field(VALUE);
        let arrow = self.edge(&race.next, Some(value.into()))?;
        let next = arrow.to.clone();
        let won = model::Catcher {
            error_equals: vec![WON.to_owned()],
            assign: arrow.assign,
            output: arrow.output,
            next: arrow.to.unwrap_or_default(),
        };
        let mut catch = vec![won];
        catch.extend(self.catchers(&race.catch, Decode::Either)?);
        Ok(model::State { catch, next, ..state })
    }

    /// Where a branch wins.
    pub(super) fn winner(&mut self, output: &Expr<Typed>) -> Result<model::State> {
        let value = self.root(output)?;
        let value = self.encoder.present(value.into());
        let text = Jsonata::Call("string", vec![Jsonata::object([(VALUE.to_owned(), value)])]);
        let (error, cause) = match is_small(&self.lowering.machine.types, output.ty, 0) {
            true => (Jsonata::str(WON), self.forced(text)),
            false if text.varies() => {
                return refused(output.span, refusal::VARYING_WINNER, &[]);
            }
            false => {
                let length = Jsonata::Call("length", vec![text.clone()]);
                let fits = length.binary(Op::Le, Jsonata::Int(LARGEST.into()));
                let error = fits.clone().then(Jsonata::str(WON), Jsonata::str(TOO_LARGE));
                let cause = fits.then(text, Jsonata::str("the value of the winner of a race is too large for a cause"));
                (error, self.forced(cause))
            }
        };
        Ok(model::State {
            r#type: "Fail",
            error: Some(template(&error)),
            cause: Some(template(&cause)),
            ..Default::default()
        })
    }
}

/// Every value of the type is far shorter than a cause may be.
fn is_small(types: &durafn_ir::TypeTable, ty: TypeId, depth: u32) -> bool {
    let small = |ty: TypeId| depth < 4 && is_small(types, ty, depth + 1);
    let all = |fields: &Fields| fields.iter().count() < 16 && fields.iter().all(|field| small(field.ty));
    match types.get(ty) {
        TypeDef::Bool | TypeDef::Int(_) | TypeDef::Float(_) | TypeDef::Unit | TypeDef::Timestamp => true,
        TypeDef::Option(inner) => small(*inner),
        TypeDef::Tuple(items) => items.len() < 16 && items.iter().all(|item| small(*item)),
        TypeDef::Struct(def) => all(&def.fields),
        TypeDef::Enum(def) => def.variants.iter().all(|variant| all(&variant.fields)),
        _ => false,
    }
}
