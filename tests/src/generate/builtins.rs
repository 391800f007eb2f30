//! Methods and functions of std: what each yields, and what it takes for a type that is wanted.

mod items;
mod options;
mod rare;
mod scalars;

use durafn_ir::{Builtin, Expr, ExprKind, FloatType, IntType, TypeDef, TypeId, Typed};

use super::{Gen, expr};

/// What a builtin can yield.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Yields {
    Bool,
    Int,
    Float,
    Char,
    Text,
    Option,
    Result,
    Tuple,
    Vec,
    Map,
    Items,
    Duration,
    Any,
}

/// What an argument is.
enum Arg {
    /// A value of a type.
    Of(TypeId),
    /// An integer of a type, from 0 to a few.
    Few(TypeId),
    /// Text or a character to look for.
    Needle,
    /// The same as a literal that is not empty.
    Literal,
    /// A small exponent.
    Power,
    /// A closure. It may fail where the machine may.
    To(Vec<TypeId>, TypeId),
    /// Of a type, and nothing in it fails: items that a method may not all look at.
    Calm(TypeId),
    /// A closure that cannot fail.
    CalmTo(Vec<TypeId>, TypeId),
}

macro_rules! table {
    ($($yields:ident: $($builtin:ident)*;)*) => {
        /// Every builtin that is generated, by what it yields.
        const TABLE: &[(Yields, &[Builtin])] = &[$((Yields::$yields, &[$(Builtin::$builtin,)*]),)*];
    };
}

table! {
    Bool: StrIsEmpty StrContains StrStartsWith StrEndsWith StrEqIgnoreAsciiCase StrIsAscii CharIsAsciiDigit
        CharIsAsciiAlphabetic CharIsAsciiAlphanumeric CharIsAsciiUppercase CharIsAsciiLowercase CharIsAsciiHexdigit
        CharIsAsciiPunctuation CharIsAscii CharIsWhitespace IntIsPositive IntIsNegative OptionIsSome OptionIsNone
        OptionIsSomeAnd OptionIsNoneOr ResultIsOk ResultIsErr ResultIsOkAnd ResultIsErrAnd VecIsEmpty VecContains
        MapIsEmpty MapContainsKey IterAny IterAll DurationIsZero;
    Int: IntAbs IntAbsDiff IntUnsignedAbs IntPow IntMin IntMax IntClamp IntSignum IntDivEuclid IntRemEuclid IntDivCeil
        IntSaturatingAdd IntSaturatingSub IntSaturatingMul VecLen MapLen IterSum IterProduct IterCount DurationAsSecs
        DurationAsMillis DurationSubsecMillis TimestampAsSecond TimestampAsMillisecond;
    Float: FloatAbs FloatFloor FloatCeil FloatRound FloatTrunc FloatSqrt FloatFract FloatSignum FloatPowi FloatMin
        FloatMax FloatClamp IterSum IterProduct DurationAsSecsF64;
    Char: CharToAsciiUppercase CharToAsciiLowercase;
    Text: StrToUppercase StrToLowercase StrToAsciiUppercase StrToAsciiLowercase StrTrim StrTrimStart StrTrimEnd
        StrTrimStartMatches StrTrimEndMatches StrReplace StrRepeat StrPush StrPushStr ToString VecJoin VecConcat
        IterCollect StringNew StringFrom;
    Option: BoolThenSome BoolThen IntCheckedAdd IntCheckedSub IntCheckedMul IntCheckedDiv IntCheckedRem IntCheckedNeg
        StrSplitOnce StrRsplitOnce StrStripPrefix StrStripSuffix OptionMap OptionAndThen OptionAnd OptionFilter OptionOr
        OptionOrElse OptionXor OptionZip OptionFlatten ResultOk ResultErr ResultTranspose VecFirst VecLast VecGet
        VecSplitFirst VecSplitLast MapGet MapFirstKeyValue MapLastKeyValue IterFind IterFindMap IterPosition IterMin
        IterMax IterMinByKey IterMaxByKey IterReduce IterLast IterNext IterNth IterCollect DurationCheckedSub;
    Result: StrParse OptionOkOr OptionOkOrElse OptionTranspose ResultMap ResultMapErr ResultAndThen ResultOrElse
        IterCollect;
    Tuple: IterPartition IterUnzip;
    Vec: VecConcat VecPush VecInsert VecExtend VecExtendFromSlice VecPop VecRemove VecTruncate VecClear VecReverse
        VecRetain VecDedup VecSwap VecSwapRemove VecSort VecSortByKey VecSortUnstable VecSortUnstableByKey IterCollect
        VecNew;
    Map: MapInsert MapRemove MapClear MapExtend MapRetain IterCollect MapNew;
    Items: VecIter VecWindows VecChunks StrSplit StrRsplit StrSplitn StrSplitWhitespace StrChars StrLines MapKeys
        MapValues MapIter IterMap IterFilter IterFilterMap IterFlatMap IterFlatten IterEnumerate IterZip IterChain
        IterTake IterSkip IterStepBy IterTakeWhile IterSkipWhile IterRev;
    Duration: DurationFromSecs DurationFromMillis DurationFromMins DurationFromHours TimestampDurationSince
        DurationSaturatingSub DurationAbsDiff;
    Any: OptionUnwrapOr OptionUnwrapOrElse OptionUnwrapOrDefault OptionMapOr OptionMapOrElse ResultMapOr
        ResultMapOrElse ResultUnwrapOr ResultUnwrapOrElse ResultUnwrapOrDefault IterFold Into Default;
}

/// Builtins that no line of the table generates.
#[must_use]
pub fn without_support() -> Vec<Builtin> {
    let known: Vec<Builtin> = TABLE.iter().flat_map(|(_, builtins)| *builtins).copied().collect();
    Builtin::ALL.iter().copied().filter(|builtin| !known.contains(builtin)).collect()
}

fn yields(def: &TypeDef) -> Option<Yields> {
    Some(match def {
        TypeDef::Bool => Yields::Bool,
        TypeDef::Int(_) => Yields::Int,
        TypeDef::Float(_) => Yields::Float,
        TypeDef::Char => Yields::Char,
        TypeDef::String => Yields::Text,
        TypeDef::Option(_) => Yields::Option,
        TypeDef::Result(..) => Yields::Result,
        TypeDef::Tuple(_) => Yields::Tuple,
        TypeDef::Vec(_) => Yields::Vec,
        TypeDef::Map(_) => Yields::Map,
        TypeDef::Iterator(_) => Yields::Items,
        TypeDef::Duration => Yields::Duration,
        _ => return None,
    })
}

impl Gen<'_> {
    /// A call of a builtin that yields a type; none where the one that was chosen has no form for it.
    pub(super) fn builtin(&mut self, ty: TypeId, depth: usize) -> Option<Expr<Typed>> {
        let def = self.types.def(ty);
        let own = yields(&def);
        let general = (!matches!(def, TypeDef::Iterator(_))).then_some(Yields::Any);
        let fitting = TABLE.iter().filter(|(yields, _)| Some(*yields) == own || Some(*yields) == general);
        let builtins: Vec<Builtin> = fitting.flat_map(|(_, builtins)| *builtins).copied().collect();
        let builtin = self.tape.pick(&builtins);
        if builtin.can_fail() && !self.may_fail {
            return None;
        }
        let args = self.args(builtin, ty, &def)?;
        let args = args.into_iter().map(|arg| self.arg(arg, depth)).collect();
        Some(expr(ty, ExprKind::Method(builtin, args)))
    }

    fn arg(&mut self, arg: Arg, depth: usize) -> Expr<Typed> {
        match arg {
            Arg::Of(ty) => self.expr(ty, depth),
            Arg::Few(ty) => self.few(ty, depth),
            Arg::Needle if self.tape.chance(35) => {
                let types = [TypeDef::String, TypeDef::Char].map(|def| self.types.id(def));
                let ty = self.tape.pick(&types);
                self.expr(ty, depth)
            }
            Arg::Needle | Arg::Literal => self.needle(),
            Arg::Power => {
                let ty = self.types.id(TypeDef::Int(IntType::I32));
                if self.tape.chance(25) {
                    return self.few(ty, depth);
                }
                let power = self.tape.pick(&[0, 1, 2, 3, -1, -2, 7]);
                expr(ty, ExprKind::Literal(durafn_ir::Literal::Int(power)))
            }
            Arg::To(params, output) => self.closure(&params, output, depth),
            Arg::Calm(ty) => self.infallible(|this| this.expr(ty, depth)),
            Arg::CalmTo(params, output) => self.infallible(|this| this.closure(&params, output, depth)),
        }
    }

    fn closure(&mut self, params: &[TypeId], output: TypeId, depth: usize) -> Expr<Typed> {
        let mut bound = Vec::new();
        let patterns = params.iter().map(|ty| self.irrefutable(*ty, 2, &mut bound)).collect();
        let body = self.with_vars(&bound, |this| this.expr(output, depth));
        expr(output, ExprKind::Lambda(patterns, body))
    }

    fn items(&mut self, of: TypeId) -> TypeId {
        self.types.id(TypeDef::Iterator(of))
    }

    fn option(&mut self, of: TypeId) -> TypeId {
        self.types.id(TypeDef::Option(of))
    }

    fn vec(&mut self, of: TypeId) -> TypeId {
        self.types.id(TypeDef::Vec(of))
    }

    fn any_ordered(&mut self) -> TypeId {
        self.types.any_that(self.tape, |types, ty| types.table.has_order(ty))
    }

    /// What a builtin takes so that it yields a type.
    fn args(&mut self, builtin: Builtin, ty: TypeId, def: &TypeDef) -> Option<Vec<Arg>> {
        match def {
            TypeDef::Option(of) if !self.types.nullable(*of) => {
                if let Some(args) = self.option_args(builtin, ty, *of) {
                    return Some(args);
                }
            }
            // An option of what may be null has no form in JSON.
            TypeDef::Option(_) => return None,
            TypeDef::Bool => return self.bool_args(builtin).or_else(|| self.any_args(builtin, ty)),
            TypeDef::Int(int) => return self.int_args(builtin, ty, *int).or_else(|| self.any_args(builtin, ty)),
            TypeDef::Float(FloatType::F64) => {
                return self.float_args(builtin, ty).or_else(|| self.any_args(builtin, ty));
            }
            TypeDef::String => return self.text_args(builtin, ty).or_else(|| self.any_args(builtin, ty)),
            TypeDef::Result(ok, err) => {
                if let Some(args) = self.result_args(builtin, ty, *ok, *err) {
                    return Some(args);
                }
            }
            TypeDef::Vec(of) => return self.vec_args(builtin, ty, *of).or_else(|| self.any_args(builtin, ty)),
            TypeDef::Map(of) => return self.map_args(builtin, ty, *of).or_else(|| self.any_args(builtin, ty)),
            TypeDef::Iterator(of) => return self.items_args(builtin, *of),
            TypeDef::Duration => return self.duration_args(builtin, ty).or_else(|| self.any_args(builtin, ty)),
            TypeDef::Char => return self.char_args(builtin, ty).or_else(|| self.any_args(builtin, ty)),
            TypeDef::Tuple(of) if of.len() == 2 => {
                if let Some(args) = self.pair_args(builtin, of[0], of[1]) {
                    return Some(args);
                }
            }
            _ => {}
        }
        self.any_args(builtin, ty)
    }

    /// What yields any type.
    fn any_args(&mut self, builtin: Builtin, ty: TypeId) -> Option<Vec<Arg>> {
        use Builtin as B;
        let is_solid = !self.types.nullable(ty);
        let has_default = self.has_default(ty);
        let any = self.types.any(self.tape);
        let solid = self.types.any_solid(self.tape);
        Some(match builtin {
            B::OptionUnwrapOr if is_solid => vec![Arg::Of(self.option(ty)), Arg::Of(ty)],
            B::OptionUnwrapOrElse if is_solid => vec![Arg::Of(self.option(ty)), Arg::To(vec![], ty)],
            B::OptionUnwrapOrDefault if is_solid && has_default => vec![Arg::Of(self.option(ty))],
            B::OptionMapOr => vec![Arg::Of(self.option(solid)), Arg::Of(ty), Arg::To(vec![solid], ty)],
            B::OptionMapOrElse => vec![Arg::Of(self.option(solid)), Arg::To(vec![], ty), Arg::To(vec![solid], ty)],
            B::ResultMapOr => {
                vec![Arg::Of(self.types.id(TypeDef::Result(any, solid))), Arg::Of(ty), Arg::To(vec![any], ty)]
            }
            B::ResultMapOrElse => {
                let held = self.types.id(TypeDef::Result(any, solid));
                vec![Arg::Of(held), Arg::To(vec![solid], ty), Arg::To(vec![any], ty)]
            }
            B::ResultUnwrapOr => vec![Arg::Of(self.types.id(TypeDef::Result(ty, any))), Arg::Of(ty)],
            B::ResultUnwrapOrElse => vec![Arg::Of(self.types.id(TypeDef::Result(ty, any))), Arg::To(vec![any], ty)],
            B::ResultUnwrapOrDefault if has_default => vec![Arg::Of(self.types.id(TypeDef::Result(ty, any)))],
            B::IterFold => vec![Arg::Of(self.items(any)), Arg::Of(ty), Arg::To(vec![ty, any], ty)],
            B::Into => vec![Arg::Of(self.source_of(ty)?)],
            B::Default if has_default => vec![],
            _ => return None,
        })
    }

    /// The default of the type is known, and written in JSONata.
    fn has_default(&self, ty: TypeId) -> bool {
        match self.types.table.get(ty) {
            TypeDef::Char | TypeDef::Timestamp => false,
            TypeDef::Tuple(of) => of.iter().all(|ty| self.has_default(*ty)),
            _ => self.types.table.default_value(ty).is_some(),
        }
    }

    /// A type that `into` makes this one of.
    fn source_of(&mut self, ty: TypeId) -> Option<TypeId> {
        let source = match self.types.def(ty) {
            TypeDef::Int(IntType::U64 | IntType::I64) => TypeDef::Int(IntType::U32),
            TypeDef::Int(IntType::I32) => TypeDef::Int(IntType::U8),
            TypeDef::Float(FloatType::F64) => TypeDef::Int(IntType::I32),
            TypeDef::String => TypeDef::Char,
            TypeDef::Option(of) if !self.types.nullable(of) => return Some(of),
            _ => return None,
        };
        Some(self.types.id(source))
    }
}
