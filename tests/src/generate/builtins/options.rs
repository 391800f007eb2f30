//! What yields an option or a result.

use durafn_ir::{Builtin, TypeDef, TypeId};

use super::{Arg, Gen};

impl Gen<'_> {
    pub(super) fn option_args(&mut self, builtin: Builtin, ty: TypeId, of: TypeId) -> Option<Vec<Arg>> {
        use Builtin as B;
        let (bool, string, usize) = (self.types.bool(), self.types.string(), self.types.usize());
        let solid = self.types.any_solid(self.tape);
        let any = self.types.any(self.tape);
        let is_int = matches!(self.types.def(of), TypeDef::Int(_));
        let is_ordered = self.types.table.has_order(of);
        let pair = match self.types.def(of) {
            TypeDef::Tuple(items) if items.len() == 2 => Some((items[0], items[1])),
            _ => None,
        };
        Some(match builtin {
            B::BoolThenSome => vec![Arg::Of(bool), Arg::Of(of)],
            B::BoolThen => vec![Arg::Of(bool), Arg::To(vec![], of)],
            B::IntCheckedAdd | B::IntCheckedSub | B::IntCheckedMul | B::IntCheckedDiv | B::IntCheckedRem if is_int => {
                vec![Arg::Of(of), Arg::Of(of)]
            }
            B::IntCheckedNeg if is_int => vec![Arg::Of(of)],
            B::DurationCheckedSub if of == self.types.id(TypeDef::Duration) => vec![Arg::Of(of), Arg::Of(of)],
            B::StrSplitOnce | B::StrRsplitOnce if pair == Some((string, string)) => vec![Arg::Of(string), Arg::Needle],
            B::StrStripPrefix | B::StrStripSuffix if of == string => vec![Arg::Of(string), Arg::Needle],
            B::OptionMap => vec![Arg::Of(self.option(solid)), Arg::To(vec![solid], of)],
            B::OptionAndThen => vec![Arg::Of(self.option(solid)), Arg::To(vec![solid], ty)],
            B::OptionAnd => vec![Arg::Of(self.option(solid)), Arg::Of(ty)],
            B::OptionFilter => vec![Arg::Of(ty), Arg::To(vec![of], bool)],
            B::OptionOr | B::OptionXor => vec![Arg::Of(ty), Arg::Of(ty)],
            B::OptionOrElse => vec![Arg::Of(ty), Arg::To(vec![], ty)],
            B::OptionFlatten => vec![Arg::Of(self.option(ty))],
            B::OptionZip => match pair {
                Some((a, b)) if !self.types.nullable(a) && !self.types.nullable(b) => {
                    vec![Arg::Of(self.option(a)), Arg::Of(self.option(b))]
                }
                _ => return None,
            },
            B::ResultOk => vec![Arg::Of(self.types.id(TypeDef::Result(of, any)))],
            B::ResultErr => vec![Arg::Of(self.types.id(TypeDef::Result(any, of)))],
            B::ResultTranspose => match self.types.def(of) {
                TypeDef::Result(ok, err) if !self.types.nullable(ok) => {
                    let held = self.option(ok);
                    vec![Arg::Of(self.types.id(TypeDef::Result(held, err)))]
                }
                _ => return None,
            },
            B::VecSplitFirst | B::VecSplitLast => match pair {
                Some((item, rest)) if rest == self.vec(item) => vec![Arg::Of(rest)],
                _ => return None,
            },
            B::MapFirstKeyValue | B::MapLastKeyValue => match pair {
                Some((key, value)) if key == string => vec![Arg::Of(self.types.id(TypeDef::Map(value)))],
                _ => return None,
            },
            B::VecFirst | B::VecLast => vec![Arg::Of(self.vec(of))],
            B::VecGet => vec![Arg::Of(self.vec(of)), Arg::Of(usize)],
            B::MapGet => vec![Arg::Of(self.types.id(TypeDef::Map(of))), Arg::Of(string)],
            B::IterFind => vec![Arg::Calm(self.items(of)), Arg::To(vec![of], bool)],
            B::IterFindMap => vec![Arg::Calm(self.items(any)), Arg::CalmTo(vec![any], ty)],
            B::IterPosition if of == usize => vec![Arg::Calm(self.items(any)), Arg::To(vec![any], bool)],
            B::IterMin | B::IterMax if is_ordered => vec![Arg::Of(self.items(of))],
            B::IterMinByKey | B::IterMaxByKey => {
                let key = self.any_ordered();
                vec![Arg::Of(self.items(of)), Arg::CalmTo(vec![of], key)]
            }
            B::IterReduce => vec![Arg::Of(self.items(of)), Arg::To(vec![of, of], of)],
            B::IterLast => vec![Arg::Of(self.items(of))],
            B::IterNext => vec![Arg::Calm(self.items(of))],
            B::IterNth => vec![Arg::Calm(self.items(of)), Arg::Of(usize)],
            B::IterCollect => match self.types.def(of) {
                TypeDef::Vec(item) if !self.types.nullable(item) => {
                    let item = self.option(item);
                    vec![Arg::Calm(self.items(item))]
                }
                _ => return None,
            },
            _ => return None,
        })
    }

    pub(super) fn result_args(&mut self, builtin: Builtin, ty: TypeId, ok: TypeId, err: TypeId) -> Option<Vec<Arg>> {
        use Builtin as B;
        let any = self.types.any(self.tape);
        let is_parse_error = matches!(self.types.def(err), TypeDef::Opaque(name) if name == "ParseError");
        Some(match builtin {
            B::StrParse if is_parse_error => vec![Arg::Of(self.types.string())],
            B::OptionOkOr if !self.types.nullable(ok) => vec![Arg::Of(self.option(ok)), Arg::Of(err)],
            B::OptionOkOrElse if !self.types.nullable(ok) => vec![Arg::Of(self.option(ok)), Arg::To(vec![], err)],
            B::ResultMap => vec![Arg::Of(self.types.id(TypeDef::Result(any, err))), Arg::To(vec![any], ok)],
            B::ResultMapErr => vec![Arg::Of(self.types.id(TypeDef::Result(ok, any))), Arg::To(vec![any], err)],
            B::ResultAndThen => vec![Arg::Of(self.types.id(TypeDef::Result(any, err))), Arg::To(vec![any], ty)],
            B::ResultOrElse => vec![Arg::Of(self.types.id(TypeDef::Result(ok, any))), Arg::To(vec![any], ty)],
            B::OptionTranspose => match self.types.def(ok) {
                TypeDef::Option(held) => {
                    let held = self.types.id(TypeDef::Result(held, err));
                    vec![Arg::Of(self.option(held))]
                }
                _ => return None,
            },
            B::IterCollect => match self.types.def(ok) {
                TypeDef::Vec(item) => {
                    let item = self.types.id(TypeDef::Result(item, err));
                    vec![Arg::Calm(self.items(item))]
                }
                _ => return None,
            },
            _ => return None,
        })
    }
}
