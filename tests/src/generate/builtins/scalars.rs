//! What yields a truth value, a number, text or a time.

use durafn_ir::{Builtin, IntType, TypeDef, TypeId};

use super::{Arg, Gen};

impl Gen<'_> {
    pub(super) fn bool_args(&mut self, builtin: Builtin) -> Option<Vec<Arg>> {
        use Builtin as B;
        let (bool, string) = (self.types.bool(), self.types.string());
        let any = self.types.any(self.tape);
        let solid = self.types.any_solid(self.tape);
        Some(match builtin {
            B::StrIsEmpty => vec![Arg::Of(string)],
            B::StrIsAscii => vec![Arg::Of(string)],
            B::StrEqIgnoreAsciiCase => vec![Arg::Of(string), Arg::Of(string)],
            B::StrContains | B::StrStartsWith | B::StrEndsWith => vec![Arg::Of(string), Arg::Needle],
            B::CharIsAsciiDigit
            | B::CharIsAsciiAlphabetic
            | B::CharIsAsciiAlphanumeric
            | B::CharIsAsciiUppercase
            | B::CharIsAsciiLowercase
            | B::CharIsAsciiHexdigit
            | B::CharIsAsciiPunctuation
            | B::CharIsAscii
            | B::CharIsWhitespace => vec![Arg::Of(self.types.id(TypeDef::Char))],
            B::IntIsPositive | B::IntIsNegative => {
                vec![Arg::Of(self.types.any_that(
                    self.tape,
                    |types, ty| matches!(types.table.get(ty), TypeDef::Int(int) if int.range().0 < 0),
                ))]
            }
            B::DurationIsZero => vec![Arg::Of(self.types.id(TypeDef::Duration))],
            B::ResultIsOkAnd => vec![Arg::Of(self.types.id(TypeDef::Result(any, solid))), Arg::To(vec![any], bool)],
            B::ResultIsErrAnd => vec![Arg::Of(self.types.id(TypeDef::Result(solid, any))), Arg::To(vec![any], bool)],
            B::OptionIsSome | B::OptionIsNone => vec![Arg::Of(self.option(solid))],
            B::OptionIsSomeAnd | B::OptionIsNoneOr => {
                vec![Arg::Of(self.option(solid)), Arg::To(vec![solid], bool)]
            }
            B::ResultIsOk | B::ResultIsErr => vec![Arg::Of(self.types.id(TypeDef::Result(any, solid)))],
            B::VecIsEmpty => vec![Arg::Of(self.vec(any))],
            B::VecContains => {
                let of = self.types.any_comparable(self.tape);
                vec![Arg::Of(self.vec(of)), Arg::Of(of)]
            }
            B::MapIsEmpty => vec![Arg::Of(self.types.id(TypeDef::Map(any)))],
            B::MapContainsKey => vec![Arg::Of(self.types.id(TypeDef::Map(any))), Arg::Of(string)],
            B::IterAny | B::IterAll => vec![Arg::Calm(self.items(any)), Arg::To(vec![any], bool)],
            _ => return None,
        })
    }

    pub(super) fn int_args(&mut self, builtin: Builtin, ty: TypeId, int: IntType) -> Option<Vec<Arg>> {
        use Builtin as B;
        let signed = int.range().0 < 0;
        let any = self.types.any(self.tape);
        let is_usize = int == IntType::Usize;
        Some(match builtin {
            B::IntAbs | B::IntSignum if signed => vec![Arg::Of(ty)],
            B::IntAbsDiff if !signed => {
                let wide = match int {
                    IntType::U32 => IntType::I32,
                    other => other,
                };
                let ty = self.types.id(TypeDef::Int(wide));
                vec![Arg::Of(ty), Arg::Of(ty)]
            }
            B::IntUnsignedAbs if !signed => {
                let signed = match int {
                    IntType::U8 => IntType::I8,
                    IntType::U16 => IntType::I16,
                    IntType::U32 => IntType::I32,
                    IntType::Usize => IntType::Isize,
                    _ => IntType::I64,
                };
                vec![Arg::Of(self.types.id(TypeDef::Int(signed)))]
            }
            B::IntPow => {
                let power = self.types.id(TypeDef::Int(IntType::U32));
                vec![Arg::Of(ty), Arg::Of(power)]
            }
            B::IntDivCeil if signed => return None,
            B::IntMin
            | B::IntMax
            | B::IntDivEuclid
            | B::IntRemEuclid
            | B::IntDivCeil
            | B::IntSaturatingAdd
            | B::IntSaturatingSub
            | B::IntSaturatingMul => vec![Arg::Of(ty), Arg::Of(ty)],
            B::IntClamp => vec![Arg::Of(ty), Arg::Of(ty), Arg::Of(ty)],
            B::IterSum | B::IterProduct => vec![Arg::Of(self.items(ty))],
            B::VecLen if is_usize => vec![Arg::Of(self.vec(any))],
            B::MapLen if is_usize => vec![Arg::Of(self.types.id(TypeDef::Map(any)))],
            B::IterCount if is_usize => vec![Arg::Of(self.items(any))],
            B::DurationAsSecs | B::DurationAsMillis if int == IntType::U64 => {
                vec![Arg::Of(self.types.id(TypeDef::Duration))]
            }
            B::DurationSubsecMillis if int == IntType::U32 => vec![Arg::Of(self.types.id(TypeDef::Duration))],
            B::TimestampAsSecond | B::TimestampAsMillisecond if int == IntType::I64 => {
                vec![Arg::Of(self.types.id(TypeDef::Timestamp))]
            }
            _ => return None,
        })
    }

    pub(super) fn duration_args(&mut self, builtin: Builtin, ty: TypeId) -> Option<Vec<Arg>> {
        use Builtin as B;
        let units = self.types.id(TypeDef::Int(IntType::U64));
        let time = self.types.id(TypeDef::Timestamp);
        Some(match builtin {
            B::DurationFromSecs | B::DurationFromMillis | B::DurationFromMins | B::DurationFromHours => {
                vec![Arg::Few(units)]
            }
            B::TimestampDurationSince => vec![Arg::Of(time), Arg::Of(time)],
            B::DurationSaturatingSub | B::DurationAbsDiff => vec![Arg::Of(ty), Arg::Of(ty)],
            _ => return None,
        })
    }

    pub(super) fn char_args(&mut self, builtin: Builtin, ty: TypeId) -> Option<Vec<Arg>> {
        let changes = matches!(builtin, Builtin::CharToAsciiUppercase | Builtin::CharToAsciiLowercase);
        changes.then(|| vec![Arg::Of(ty)])
    }

    pub(super) fn float_args(&mut self, builtin: Builtin, ty: TypeId) -> Option<Vec<Arg>> {
        use Builtin as B;
        Some(match builtin {
            B::FloatPowi => vec![Arg::Of(ty), Arg::Power],
            B::FloatMin | B::FloatMax => vec![Arg::Of(ty), Arg::Of(ty)],
            B::FloatClamp => vec![Arg::Of(ty), Arg::Of(ty), Arg::Of(ty)],
            B::IterSum | B::IterProduct => vec![Arg::Of(self.items(ty))],
            B::DurationAsSecsF64 => vec![Arg::Of(self.types.id(TypeDef::Duration))],
            B::FloatAbs
            | B::FloatFloor
            | B::FloatCeil
            | B::FloatRound
            | B::FloatTrunc
            | B::FloatSqrt
            | B::FloatFract
            | B::FloatSignum => vec![Arg::Of(ty)],
            _ => return None,
        })
    }

    pub(super) fn text_args(&mut self, builtin: Builtin, ty: TypeId) -> Option<Vec<Arg>> {
        use Builtin as B;
        Some(match builtin {
            B::StrToUppercase
            | B::StrToLowercase
            | B::StrToAsciiUppercase
            | B::StrToAsciiLowercase
            | B::StrTrim
            | B::StrTrimStart
            | B::StrTrimEnd => vec![Arg::Of(ty)],
            B::StrTrimStartMatches | B::StrTrimEndMatches => vec![Arg::Of(ty), Arg::Literal],
            B::StrReplace => vec![Arg::Of(ty), Arg::Needle, Arg::Of(ty)],
            B::StrRepeat => vec![Arg::Of(ty), Arg::Few(self.types.usize())],
            B::StrPush => vec![Arg::Of(ty), Arg::Of(self.types.id(TypeDef::Char))],
            B::StrPushStr => vec![Arg::Of(ty), Arg::Of(ty)],
            B::ToString => {
                vec![Arg::Of(self.types.any_that(self.tape, |types, ty| types.table.is_display(ty)))]
            }
            B::VecJoin => vec![Arg::Of(self.vec(ty)), Arg::Of(ty)],
            B::VecConcat => vec![Arg::Of(self.vec(ty))],
            B::IterCollect => {
                let char = self.types.id(TypeDef::Char);
                let of = self.tape.pick(&[ty, char]);
                vec![Arg::Of(self.items(of))]
            }
            B::StringNew => vec![],
            B::StringFrom => vec![Arg::Of(ty)],
            _ => return None,
        })
    }
}
