//! What yields a vector, a map, a pair of vectors or an iterator.

use durafn_ir::{Builtin, TypeDef, TypeId};

use super::{Arg, Gen};

impl Gen<'_> {
    /// What yields two values at once.
    pub(super) fn pair_args(&mut self, builtin: Builtin, a: TypeId, b: TypeId) -> Option<Vec<Arg>> {
        let (TypeDef::Vec(first), TypeDef::Vec(second)) = (self.types.def(a), self.types.def(b)) else { return None };
        match builtin {
            Builtin::IterPartition if first == second => {
                Some(vec![Arg::Of(self.items(first)), Arg::To(vec![first], self.types.bool())])
            }
            Builtin::IterUnzip => {
                let pair = self.types.id(TypeDef::Tuple(vec![first, second]));
                Some(vec![Arg::Of(self.items(pair))])
            }
            _ => None,
        }
    }

    pub(super) fn vec_args(&mut self, builtin: Builtin, ty: TypeId, of: TypeId) -> Option<Vec<Arg>> {
        use Builtin as B;
        let is_ordered = self.types.table.has_order(of);
        Some(match builtin {
            B::VecConcat => vec![Arg::Of(self.vec(ty))],
            B::VecPush => vec![Arg::Of(ty), Arg::Of(of)],
            B::VecInsert => vec![Arg::Of(ty), Arg::Few(self.types.usize()), Arg::Of(of)],
            B::VecExtend => {
                let items = self.items(of);
                vec![Arg::Of(ty), Arg::Of(self.tape.pick(&[ty, items]))]
            }
            B::VecRemove | B::VecSwapRemove => vec![Arg::Of(ty), Arg::Few(self.types.usize())],
            B::VecSwap => vec![Arg::Of(ty), Arg::Few(self.types.usize()), Arg::Few(self.types.usize())],
            B::VecExtendFromSlice => vec![Arg::Of(ty), Arg::Of(ty)],
            B::VecRetain => vec![Arg::Of(ty), Arg::To(vec![of], self.types.bool())],
            B::VecDedup if self.types.comparable(of) => vec![Arg::Of(ty)],
            B::VecTruncate => vec![Arg::Of(ty), Arg::Of(self.types.usize())],
            B::VecPop | B::VecClear | B::VecReverse => vec![Arg::Of(ty)],
            B::VecSort | B::VecSortUnstable if is_ordered => vec![Arg::Of(ty)],
            B::VecSortByKey | B::VecSortUnstableByKey => {
                let key = self.any_ordered();
                vec![Arg::Of(ty), Arg::CalmTo(vec![of], key)]
            }
            B::IterCollect => vec![Arg::Of(self.items(of))],
            B::VecNew => vec![],
            _ => return None,
        })
    }

    pub(super) fn map_args(&mut self, builtin: Builtin, ty: TypeId, of: TypeId) -> Option<Vec<Arg>> {
        let string = self.types.string();
        Some(match builtin {
            Builtin::MapInsert => vec![Arg::Of(ty), Arg::Of(string), Arg::Of(of)],
            Builtin::MapRemove => vec![Arg::Of(ty), Arg::Of(string)],
            Builtin::IterCollect => {
                let pair = self.types.id(TypeDef::Tuple(vec![string, of]));
                vec![Arg::Of(self.items(pair))]
            }
            Builtin::MapClear => vec![Arg::Of(ty)],
            Builtin::MapExtend => {
                let pair = self.types.id(TypeDef::Tuple(vec![string, of]));
                let many = [self.vec(pair), self.items(pair)];
                vec![Arg::Of(ty), Arg::Of(self.tape.pick(&many))]
            }
            Builtin::MapRetain => vec![Arg::Of(ty), Arg::To(vec![string, of], self.types.bool())],
            Builtin::MapNew => vec![],
            _ => return None,
        })
    }

    pub(super) fn items_args(&mut self, builtin: Builtin, of: TypeId) -> Option<Vec<Arg>> {
        use Builtin as B;
        let (bool, string, usize) = (self.types.bool(), self.types.string(), self.types.usize());
        let any = self.types.any(self.tape);
        let is_solid = !self.types.nullable(of);
        let same = self.items(of);
        let pair = match self.types.def(of) {
            TypeDef::Tuple(items) if items.len() == 2 => Some((items[0], items[1])),
            _ => None,
        };
        Some(match builtin {
            B::VecIter => vec![Arg::Of(self.vec(of))],
            B::StrSplit | B::StrRsplit if of == string => vec![Arg::Of(string), Arg::Needle],
            B::StrSplitn if of == string => vec![Arg::Of(string), Arg::Few(usize), Arg::Needle],
            B::VecWindows | B::VecChunks if matches!(self.types.def(of), TypeDef::Vec(_)) => {
                vec![Arg::Of(of), Arg::Few(usize)]
            }
            B::StrSplitWhitespace | B::StrLines if of == string => vec![Arg::Of(string)],
            B::StrChars if of == self.types.id(TypeDef::Char) => vec![Arg::Of(string)],
            B::MapKeys if of == string => vec![Arg::Of(self.types.id(TypeDef::Map(any)))],
            B::MapValues => vec![Arg::Of(self.types.id(TypeDef::Map(of)))],
            B::MapIter => match pair {
                Some((key, value)) if key == string => vec![Arg::Of(self.types.id(TypeDef::Map(value)))],
                _ => return None,
            },
            B::IterMap => vec![Arg::Of(self.items(any)), Arg::To(vec![any], of)],
            B::IterFilter => vec![Arg::Of(same), Arg::To(vec![of], bool)],
            B::IterFilterMap if is_solid => {
                let found = self.option(of);
                vec![Arg::Of(self.items(any)), Arg::To(vec![any], found)]
            }
            B::IterFlatMap => {
                let many = self.vec(of);
                vec![Arg::Of(self.items(any)), Arg::To(vec![any], many)]
            }
            B::IterFlatten => {
                let inner = if is_solid && self.tape.chance(40) { self.option(of) } else { self.vec(of) };
                vec![Arg::Of(self.items(inner))]
            }
            B::IterEnumerate => match pair {
                Some((position, item)) if position == usize => vec![Arg::Of(self.items(item))],
                _ => return None,
            },
            B::IterZip => match pair {
                Some((a, b)) => vec![Arg::Calm(self.items(a)), Arg::Calm(self.items(b))],
                None => return None,
            },
            B::IterChain => vec![Arg::Of(same), Arg::Of(same)],
            B::IterTake | B::IterSkip => vec![Arg::Calm(same), Arg::Of(usize)],
            B::IterStepBy => vec![Arg::Calm(same), Arg::Few(usize)],
            B::IterTakeWhile | B::IterSkipWhile => vec![Arg::Calm(same), Arg::CalmTo(vec![of], bool)],
            B::IterRev => vec![Arg::Calm(same)],
            _ => return None,
        })
    }
}
