//! Methods that yield what is rarely asked for: their type is asked for because of them.

use durafn_ir::{Builtin, Expr, ExprKind, IntType, TypeDef, TypeId, Typed};

use super::super::{Gen, expr};

use Builtin as B;

const RARE: [Builtin; 41] = [
    B::StrSplitOnce,
    B::StrRsplitOnce,
    B::StrStripPrefix,
    B::StrStripSuffix,
    B::StrParse,
    B::StrSplit,
    B::StrRsplit,
    B::StrSplitn,
    B::StrSplitWhitespace,
    B::StrLines,
    B::StrChars,
    B::MapKeys,
    B::MapIter,
    B::MapFirstKeyValue,
    B::MapLastKeyValue,
    B::IterEnumerate,
    B::IterZip,
    B::IterPosition,
    B::IterPartition,
    B::IterUnzip,
    B::OptionZip,
    B::OptionFlatten,
    B::OptionTranspose,
    B::ResultTranspose,
    B::IntCheckedAdd,
    B::IntCheckedSub,
    B::IntCheckedMul,
    B::IntCheckedDiv,
    B::IntCheckedRem,
    B::IntCheckedNeg,
    B::VecSplitFirst,
    B::VecSplitLast,
    B::VecWindows,
    B::VecChunks,
    B::DurationAsSecs,
    B::DurationAsMillis,
    B::DurationCheckedSub,
    B::DurationFromMins,
    B::TimestampDurationSince,
    B::TimestampAsSecond,
    B::TimestampAsMillisecond,
];

impl Gen<'_> {
    /// A call of one of these methods; items in a vector.
    pub(in crate::generate) fn rare(&mut self, depth: usize) -> Option<Expr<Typed>> {
        let builtin = self.tape.pick(&RARE);
        if builtin.can_fail() && !self.may_fail {
            return None;
        }
        let ty = self.result_of(builtin);
        let def = self.types.def(ty);
        let args = self.args(builtin, ty, &def)?;
        let args = args.into_iter().map(|arg| self.arg(arg, depth)).collect();
        let value = expr(ty, ExprKind::Method(builtin, args));
        Some(match def {
            TypeDef::Iterator(of) => expr(self.vec(of), ExprKind::Method(B::IterCollect, vec![value])),
            _ => value,
        })
    }

    /// A type that the method can yield.
    fn result_of(&mut self, builtin: Builtin) -> TypeId {
        let (string, usize) = (self.types.string(), self.types.usize());
        let (any, other) = (self.types.any(self.tape), self.types.any(self.tape));
        let [solid, second] = [(); 2].map(|()| self.types.any_solid(self.tape));
        let int = self.types.any_that(self.tape, |types, ty| matches!(types.table.get(ty), TypeDef::Int(_)));
        let many = self.vec(any);
        let mut tuple = |items: [TypeId; 2]| self.types.id(TypeDef::Tuple(items.into()));
        match builtin {
            B::StrSplitOnce | B::StrRsplitOnce => {
                let pair = tuple([string, string]);
                self.option(pair)
            }
            B::StrStripPrefix | B::StrStripSuffix => self.option(string),
            B::StrParse => {
                let error = self.types.id(TypeDef::Opaque("ParseError".into()));
                self.types.id(TypeDef::Result(int, error))
            }
            B::StrChars => {
                let char = self.types.id(TypeDef::Char);
                self.items(char)
            }
            B::MapIter => {
                let pair = tuple([string, any]);
                self.items(pair)
            }
            B::MapFirstKeyValue | B::MapLastKeyValue => {
                let pair = tuple([string, any]);
                self.option(pair)
            }
            B::IterEnumerate => {
                let pair = tuple([usize, any]);
                self.items(pair)
            }
            B::IterZip => {
                let pair = tuple([any, other]);
                self.items(pair)
            }
            B::IterPosition => self.option(usize),
            B::IterPartition => tuple([many, many]),
            B::IterUnzip => {
                let others = self.vec(other);
                self.types.id(TypeDef::Tuple(vec![many, others]))
            }
            B::OptionZip => {
                let pair = tuple([solid, second]);
                self.option(pair)
            }
            B::OptionFlatten => self.option(solid),
            B::OptionTranspose => {
                let option = self.option(solid);
                self.types.id(TypeDef::Result(option, other))
            }
            B::ResultTranspose => {
                let result = self.types.id(TypeDef::Result(solid, other));
                self.option(result)
            }
            B::IntCheckedAdd
            | B::IntCheckedSub
            | B::IntCheckedMul
            | B::IntCheckedDiv
            | B::IntCheckedRem
            | B::IntCheckedNeg => self.option(int),
            B::VecSplitFirst | B::VecSplitLast => {
                let pair = tuple([any, many]);
                self.option(pair)
            }
            B::VecWindows | B::VecChunks => self.items(many),
            B::DurationAsSecs | B::DurationAsMillis => self.types.id(TypeDef::Int(IntType::U64)),
            B::DurationCheckedSub => {
                let duration = self.types.id(TypeDef::Duration);
                self.option(duration)
            }
            B::DurationFromMins | B::TimestampDurationSince => self.types.id(TypeDef::Duration),
            B::TimestampAsSecond | B::TimestampAsMillisecond => self.types.id(TypeDef::Int(IntType::I64)),
            // Pieces of text.
            _ => self.items(string),
        }
    }
}
