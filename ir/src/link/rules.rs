//! The typing rule of each builtin.

use super::{
    Linked, Linker,
    methods::{Output, Param, Rule},
};
use crate::{Builtin, FloatType, IntType, Span, TypeDef, TypeId, TypeTable};

impl Linker<'_> {
    /// The rule of a method for a receiver of a type.
    pub(super) fn rule(
        &mut self,
        span: Span,
        builtin: Builtin,
        receiver: TypeId,
        want: Option<TypeId>,
    ) -> Linked<Rule> {
        match self.types.get(receiver).clone() {
            _ if builtin == Builtin::ToString => Some(self.is(TypeDef::String, vec![])),
            TypeDef::String => self.str_rule(span, builtin, want),
            TypeDef::Char => Some(match builtin {
                Builtin::CharToAsciiUppercase | Builtin::CharToAsciiLowercase => self.is(TypeDef::Char, vec![]),
                _ => self.is(TypeDef::Bool, vec![]),
            }),
            TypeDef::Bool => Some(match builtin {
                Builtin::BoolThenSome => {
                    let item = self.item_of(want);
                    Rule { params: vec![Param::Any(item)], output: Output::OptionOfArg(0) }
                }
                _ => Rule { params: vec![Param::Closure(vec![])], output: Output::OptionOfArg(0) },
            }),
            TypeDef::Int(int) => self.int_rule(span, builtin, receiver, int),
            TypeDef::Float(_) => Some(self.float_rule(builtin, receiver)),
            TypeDef::Option(item) => self.option_rule(span, builtin, receiver, item, want),
            TypeDef::Result(ok, err) => self.result_rule(span, builtin, receiver, ok, err),
            TypeDef::Vec(item) => self.vec_rule(span, builtin, receiver, item),
            TypeDef::Map(value) => self.map_rule(span, builtin, receiver, value),
            TypeDef::Iterator(item) => self.iter_rule(span, builtin, receiver, item, want),
            TypeDef::Duration => Some(self.duration_rule(builtin, receiver)),
            TypeDef::Timestamp => Some(match builtin {
                Builtin::TimestampDurationSince => self.is(TypeDef::Duration, vec![Param::Is(receiver)]),
                _ => self.is(TypeDef::Int(IntType::I64), vec![]),
            }),
            _ => self.no_rule(span, builtin, receiver),
        }
    }

    fn duration_rule(&mut self, builtin: Builtin, receiver: TypeId) -> Rule {
        match builtin {
            Builtin::DurationAsSecsF64 => self.is(TypeDef::Float(FloatType::F64), vec![]),
            Builtin::DurationSubsecMillis => self.is(TypeDef::Int(IntType::U32), vec![]),
            Builtin::DurationIsZero => self.is(TypeDef::Bool, vec![]),
            Builtin::DurationCheckedSub => self.is(TypeDef::Option(receiver), vec![Param::Is(receiver)]),
            Builtin::DurationSaturatingSub | Builtin::DurationAbsDiff => {
                self.is(TypeDef::Duration, vec![Param::Is(receiver)])
            }
            _ => self.is(TypeDef::Int(IntType::U64), vec![]),
        }
    }

    pub(super) fn no_rule(&mut self, span: Span, builtin: Builtin, receiver: TypeId) -> Linked<Rule> {
        let name = self.types.name(receiver);
        self.fail(span, format!("`{}` has no meaning in a workflow for a {name}", builtin.spelling()))
    }

    pub(super) fn is(&mut self, output: TypeDef, params: Vec<Param>) -> Rule {
        Rule { params, output: Output::Is(self.intern(output)) }
    }

    pub(super) fn usize(&mut self) -> TypeId {
        self.intern(TypeDef::Int(IntType::Usize))
    }

    pub(super) fn function_rule(&mut self, span: Span, builtin: Builtin, want: Option<TypeId>) -> Linked<Rule> {
        let output = match builtin {
            Builtin::DurationFromSecs
            | Builtin::DurationFromMillis
            | Builtin::DurationFromMins
            | Builtin::DurationFromHours => {
                let count = self.intern(TypeDef::Int(IntType::U64));
                return Some(self.is(TypeDef::Duration, vec![Param::Is(count)]));
            }
            Builtin::StringNew => return Some(self.is(TypeDef::String, vec![])),
            Builtin::StringFrom => return Some(self.is(TypeDef::String, vec![Param::Needle])),
            Builtin::VecNew => want.filter(|want| matches!(self.types.get(*want), TypeDef::Vec(_))),
            Builtin::MapNew => want.filter(|want| matches!(self.types.get(*want), TypeDef::Map(_))),
            _ => match want {
                Some(want) => {
                    self.has_default(span, want)?;
                    Some(want)
                }
                None => None,
            },
        };
        match output {
            Some(output) => Some(Rule { params: Vec::new(), output: Output::Is(output) }),
            None => {
                let name = builtin.spelling();
                self.fail(
                    span,
                    format!("the type of `{name}()` is not known here: annotate the variable that takes it"),
                )
            }
        }
    }

    fn str_rule(&mut self, span: Span, builtin: Builtin, want: Option<TypeId>) -> Linked<Rule> {
        use Builtin as B;
        let string = self.intern(TypeDef::String);
        Some(match builtin {
            B::StrIsEmpty => self.is(TypeDef::Bool, vec![]),
            B::StrContains | B::StrStartsWith | B::StrEndsWith => self.is(TypeDef::Bool, vec![Param::Needle]),
            B::StrReplace => self.is(TypeDef::String, vec![Param::Needle, Param::Is(string)]),
            B::StrRepeat => {
                let usize = self.usize();
                self.is(TypeDef::String, vec![Param::Is(usize)])
            }
            B::StrSplitn => {
                let usize = self.usize();
                self.is(TypeDef::Iterator(string), vec![Param::Is(usize), Param::Needle])
            }
            B::StrIsAscii => self.is(TypeDef::Bool, vec![]),
            B::StrEqIgnoreAsciiCase => self.is(TypeDef::Bool, vec![Param::Is(string)]),
            B::StrTrimStartMatches | B::StrTrimEndMatches => self.is(TypeDef::String, vec![Param::Needle]),
            B::StrSplit | B::StrRsplit => self.is(TypeDef::Iterator(string), vec![Param::Needle]),
            B::StrSplitWhitespace | B::StrLines => self.is(TypeDef::Iterator(string), vec![]),
            B::StrSplitOnce | B::StrRsplitOnce => {
                let pair = self.intern(TypeDef::Tuple(vec![string, string]));
                self.is(TypeDef::Option(pair), vec![Param::Needle])
            }
            B::StrStripPrefix | B::StrStripSuffix => self.is(TypeDef::Option(string), vec![Param::Needle]),
            B::StrChars => {
                let char = self.intern(TypeDef::Char);
                self.is(TypeDef::Iterator(char), vec![])
            }
            B::StrParse => return self.parse_rule(span, want),
            B::StrPush => {
                let char = self.intern(TypeDef::Char);
                self.is(TypeDef::String, vec![Param::Is(char)])
            }
            B::StrPushStr => self.is(TypeDef::String, vec![Param::Is(string)]),
            B::StrToUppercase
            | B::StrToLowercase
            | B::StrToAsciiUppercase
            | B::StrToAsciiLowercase
            | B::StrTrim
            | B::StrTrimStart
            | B::StrTrimEnd => self.is(TypeDef::String, vec![]),
            _ => return self.no_rule(span, builtin, string),
        })
    }

    fn int_rule(&mut self, span: Span, builtin: Builtin, receiver: TypeId, int: IntType) -> Linked<Rule> {
        use Builtin as B;
        let same = Param::Is(receiver);
        let (params, output) = match builtin {
            B::IntAbs | B::IntSignum | B::IntUnsignedAbs | B::IntIsPositive | B::IntIsNegative
                if int.range().0 == 0 =>
            {
                return self.no_rule(span, builtin, receiver);
            }
            B::IntUnsignedAbs => (vec![], TypeDef::Int(int.unsigned())),
            B::IntIsPositive | B::IntIsNegative => (vec![], TypeDef::Bool),
            B::IntCheckedNeg => (vec![], TypeDef::Option(receiver)),
            B::IntAbs | B::IntSignum => (vec![], TypeDef::Int(int)),
            B::IntAbsDiff => (vec![same], TypeDef::Int(int.unsigned())),
            B::IntPow => (vec![Param::Is(self.intern(TypeDef::Int(IntType::U32)))], TypeDef::Int(int)),
            B::IntClamp => (vec![same, Param::Is(receiver)], TypeDef::Int(int)),
            B::IntDivCeil if int.range().0 < 0 => return self.no_rule(span, builtin, receiver),
            B::IntCheckedAdd | B::IntCheckedSub | B::IntCheckedMul | B::IntCheckedDiv | B::IntCheckedRem => {
                (vec![same], TypeDef::Option(receiver))
            }
            _ => (vec![same], TypeDef::Int(int)),
        };
        Some(self.is(output, params))
    }

    fn float_rule(&mut self, builtin: Builtin, receiver: TypeId) -> Rule {
        let params = match builtin {
            Builtin::FloatPowi => vec![Param::Is(self.intern(TypeDef::Int(IntType::I32)))],
            Builtin::FloatMin | Builtin::FloatMax => vec![Param::Is(receiver)],
            Builtin::FloatClamp => vec![Param::Is(receiver), Param::Is(receiver)],
            _ => vec![],
        };
        Rule { params, output: Output::Is(receiver) }
    }

    fn option_rule(
        &mut self,
        span: Span,
        builtin: Builtin,
        receiver: TypeId,
        item: TypeId,
        want: Option<TypeId>,
    ) -> Linked<Rule> {
        use Builtin as B;
        let bool = self.intern(TypeDef::Bool);
        let (params, output) = match builtin {
            B::OptionIsSome | B::OptionIsNone => (vec![], Output::Is(bool)),
            B::OptionIsSomeAnd | B::OptionIsNoneOr => (vec![Param::ClosureTo(vec![item], bool)], Output::Is(bool)),
            B::OptionUnwrapOr => (vec![Param::Is(item)], Output::Is(item)),
            B::OptionUnwrapOrElse => (vec![Param::ClosureTo(vec![], item)], Output::Is(item)),
            B::OptionUnwrapOrDefault => {
                self.has_default(span, item)?;
                (vec![], Output::Is(item))
            }
            B::OptionMap => (vec![Param::Closure(vec![item])], Output::OptionOfArg(0)),
            B::OptionMapOr => match want {
                Some(want) => (vec![Param::Is(want), Param::ClosureTo(vec![item], want)], Output::Is(want)),
                None => (vec![Param::Any(None), Param::Closure(vec![item])], Output::Arg(1)),
            },
            B::OptionMapOrElse => (vec![Param::Closure(vec![]), Param::Closure(vec![item])], Output::Arg(1)),
            B::OptionAndThen => (vec![Param::Closure(vec![item])], Output::Arg(0)),
            B::OptionAnd => (vec![Param::Any(want)], Output::Arg(0)),
            B::OptionFilter => (vec![Param::ClosureTo(vec![item], bool)], Output::Is(receiver)),
            B::OptionXor => (vec![Param::Is(receiver)], Output::Is(receiver)),
            B::OptionTranspose => match *self.types.get(item) {
                TypeDef::Result(ok, err) => {
                    let option = self.intern(TypeDef::Option(ok));
                    (vec![], Output::Is(self.intern(TypeDef::Result(option, err))))
                }
                _ => return self.no_rule(span, builtin, receiver),
            },
            B::OptionOr => (vec![Param::Is(receiver)], Output::Is(receiver)),
            B::OptionOrElse => (vec![Param::ClosureTo(vec![], receiver)], Output::Is(receiver)),
            B::OptionZip => {
                let pair = move |types: &mut TypeTable, args: &[TypeId]| {
                    let TypeDef::Option(other) = *types.get(args[0]) else { return None };
                    let pair = types.intern(TypeDef::Tuple(vec![item, other]));
                    Some(types.intern(TypeDef::Option(pair)))
                };
                (vec![Param::Any(None)], Output::Of(Box::new(pair)))
            }
            B::OptionFlatten => match self.types.get(item) {
                TypeDef::Option(_) => (vec![], Output::Is(item)),
                _ => return self.no_rule(span, builtin, receiver),
            },
            B::OptionOkOr | B::OptionOkOrElse => return Some(self.ok_or(builtin, item, want)),
            _ => return self.no_rule(span, builtin, receiver),
        };
        Some(Rule { params, output })
    }

    fn ok_or(&mut self, builtin: Builtin, item: TypeId, want: Option<TypeId>) -> Rule {
        let error = want.and_then(|want| match *self.types.get(want) {
            TypeDef::Result(_, error) => Some(error),
            _ => None,
        });
        let param = match (builtin, error) {
            (Builtin::OptionOkOr, error) => Param::Any(error),
            (_, Some(error)) => Param::ClosureTo(vec![], error),
            (_, None) => Param::Closure(vec![]),
        };
        Rule {
            params: vec![param],
            output: Output::Of(Box::new(move |types, args| Some(types.intern(TypeDef::Result(item, args[0]))))),
        }
    }

    fn result_rule(&mut self, span: Span, builtin: Builtin, receiver: TypeId, ok: TypeId, err: TypeId) -> Linked<Rule> {
        use Builtin as B;
        let bool = TypeDef::Bool;
        Some(match builtin {
            B::ResultIsOk | B::ResultIsErr => self.is(bool, vec![]),
            B::ResultOk => self.is(TypeDef::Option(ok), vec![]),
            B::ResultErr => self.is(TypeDef::Option(err), vec![]),
            B::ResultMap => Rule {
                params: vec![Param::Closure(vec![ok])],
                output: Output::Of(Box::new(move |types, args| Some(types.intern(TypeDef::Result(args[0], err))))),
            },
            B::ResultMapErr => Rule {
                params: vec![Param::Closure(vec![err])],
                output: Output::Of(Box::new(move |types, args| Some(types.intern(TypeDef::Result(ok, args[0]))))),
            },
            B::ResultMapOr => Rule { params: vec![Param::Any(None), Param::Closure(vec![ok])], output: Output::Arg(1) },
            B::ResultAndThen => Rule { params: vec![Param::Closure(vec![ok])], output: Output::Arg(0) },
            B::ResultMapOrElse => {
                Rule { params: vec![Param::Closure(vec![err]), Param::Closure(vec![ok])], output: Output::Arg(1) }
            }
            B::ResultOrElse => Rule { params: vec![Param::Closure(vec![err])], output: Output::Arg(0) },
            B::ResultIsOkAnd | B::ResultIsErrAnd => {
                let held = if builtin == B::ResultIsOkAnd { ok } else { err };
                let bool = self.intern(bool);
                Rule { params: vec![Param::ClosureTo(vec![held], bool)], output: Output::Is(bool) }
            }
            B::ResultTranspose => match *self.types.get(ok) {
                TypeDef::Option(item) => {
                    let result = self.intern(TypeDef::Result(item, err));
                    self.is(TypeDef::Option(result), vec![])
                }
                _ => return self.no_rule(span, builtin, receiver),
            },
            B::ResultUnwrapOr => Rule { params: vec![Param::Is(ok)], output: Output::Is(ok) },
            B::ResultUnwrapOrElse => Rule { params: vec![Param::ClosureTo(vec![err], ok)], output: Output::Is(ok) },
            B::ResultUnwrapOrDefault => {
                self.has_default(span, ok)?;
                Rule { params: vec![], output: Output::Is(ok) }
            }
            _ => return self.no_rule(span, builtin, receiver),
        })
    }

    /// A type whose default value a machine knows.
    fn has_default(&mut self, span: Span, ty: TypeId) -> Linked<()> {
        if self.types.default_value(ty).is_some() {
            return Some(());
        }
        let name = self.types.name(ty);
        self.fail(span, format!("the default of {name} is not known to a workflow: write the value out"))
    }
}
