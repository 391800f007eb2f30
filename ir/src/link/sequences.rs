//! The typing rules of vectors, maps and iterators.

use super::{
    Linked, Linker,
    methods::{Output, Param, Rule},
};
use crate::{Builtin, Expr, Span, Spelled, TypeDef, TypeId, TypeTable};

impl Linker<'_> {
    pub(super) fn vec_rule(&mut self, span: Span, builtin: Builtin, receiver: TypeId, item: TypeId) -> Linked<Rule> {
        use Builtin as B;
        let usize = self.usize();
        let same = |params| Rule { params, output: Output::Is(receiver) };
        Some(match builtin {
            B::VecLen => self.is(TypeDef::Int(crate::IntType::Usize), vec![]),
            B::VecIsEmpty => self.is(TypeDef::Bool, vec![]),
            B::VecFirst | B::VecLast => self.is(TypeDef::Option(item), vec![]),
            B::VecGet => self.is(TypeDef::Option(item), vec![Param::Is(usize)]),
            B::VecContains => {
                self.comparable(span, item)?;
                self.is(TypeDef::Bool, vec![Param::Is(item)])
            }
            B::VecIter => self.is(TypeDef::Iterator(item), vec![]),
            B::VecJoin => match self.types.get(item) {
                TypeDef::String => self.is(TypeDef::String, vec![Param::Is(item)]),
                _ => return self.no_rule(span, builtin, receiver),
            },
            B::VecConcat => match self.types.get(item) {
                TypeDef::Vec(_) | TypeDef::String => Rule { params: vec![], output: Output::Is(item) },
                _ => return self.no_rule(span, builtin, receiver),
            },
            B::VecPush => same(vec![Param::Is(item)]),
            B::VecInsert => same(vec![Param::Is(usize), Param::Is(item)]),
            B::VecRetain => {
                let bool = self.intern(TypeDef::Bool);
                same(vec![Param::ClosureTo(vec![item], bool)])
            }
            B::VecDedup => {
                self.comparable(span, item)?;
                same(vec![])
            }
            B::VecSwap => same(vec![Param::Is(usize), Param::Is(usize)]),
            B::VecSplitFirst | B::VecSplitLast => {
                let pair = self.intern(TypeDef::Tuple(vec![item, receiver]));
                self.is(TypeDef::Option(pair), vec![])
            }
            B::VecWindows | B::VecChunks => self.is(TypeDef::Iterator(receiver), vec![Param::Is(usize)]),
            B::VecExtendFromSlice => same(vec![Param::Is(receiver)]),
            B::VecExtend => same(vec![Param::Items(Some(item))]),
            B::VecRemove | B::VecSwapRemove | B::VecTruncate => same(vec![Param::Is(usize)]),
            B::VecPop | B::VecClear | B::VecReverse => same(vec![]),
            B::VecSort | B::VecSortUnstable => {
                self.ordered(span, item)?;
                same(vec![])
            }
            B::VecSortByKey | B::VecSortUnstableByKey => keyed(item, receiver),
            _ => return self.no_rule(span, builtin, receiver),
        })
    }

    pub(super) fn map_rule(&mut self, span: Span, builtin: Builtin, receiver: TypeId, value: TypeId) -> Linked<Rule> {
        use Builtin as B;
        let key = self.intern(TypeDef::String);
        let same = |params| Rule { params, output: Output::Is(receiver) };
        Some(match builtin {
            B::MapLen => self.is(TypeDef::Int(crate::IntType::Usize), vec![]),
            B::MapIsEmpty => self.is(TypeDef::Bool, vec![]),
            B::MapGet => self.is(TypeDef::Option(value), vec![Param::Is(key)]),
            B::MapContainsKey => self.is(TypeDef::Bool, vec![Param::Is(key)]),
            B::MapInsert => same(vec![Param::Is(key), Param::Is(value)]),
            B::MapClear => same(vec![]),
            B::MapExtend => {
                let pair = self.intern(TypeDef::Tuple(vec![key, value]));
                same(vec![Param::Items(Some(pair))])
            }
            B::MapRetain => {
                let bool = self.intern(TypeDef::Bool);
                same(vec![Param::ClosureTo(vec![key, value], bool)])
            }
            B::MapFirstKeyValue | B::MapLastKeyValue => {
                let pair = self.intern(TypeDef::Tuple(vec![key, value]));
                self.is(TypeDef::Option(pair), vec![])
            }
            B::MapRemove => same(vec![Param::Is(key)]),
            B::MapKeys => self.is(TypeDef::Iterator(key), vec![]),
            B::MapValues => self.is(TypeDef::Iterator(value), vec![]),
            B::MapIter => {
                let pair = self.intern(TypeDef::Tuple(vec![key, value]));
                self.is(TypeDef::Iterator(pair), vec![])
            }
            _ => return self.no_rule(span, builtin, receiver),
        })
    }

    pub(super) fn iter_rule(
        &mut self,
        span: Span,
        builtin: Builtin,
        receiver: TypeId,
        item: TypeId,
        want: Option<TypeId>,
    ) -> Linked<Rule> {
        use Builtin as B;
        let bool = self.intern(TypeDef::Bool);
        let usize = self.usize();
        let same = |params| Rule { params, output: Output::Is(receiver) };
        let holds = || vec![Param::ClosureTo(vec![item], bool)];
        let closure = || vec![Param::Closure(vec![item])];
        Some(match builtin {
            B::IterMap => computed(closure(), |types, args| Some(types.intern(TypeDef::Iterator(args[0])))),
            B::IterFilter | B::IterTakeWhile | B::IterSkipWhile => same(holds()),
            B::IterFilterMap => computed(closure(), |types, args| match *types.get(args[0]) {
                TypeDef::Option(found) => Some(types.intern(TypeDef::Iterator(found))),
                _ => None,
            }),
            B::IterFlatMap => computed(closure(), |types, args| iterator_of_items(types, args[0])),
            B::IterFlatten => computed(vec![], move |types, _| iterator_of_items(types, item)),
            B::IterFind => self.is(TypeDef::Option(item), holds()),
            B::IterFindMap => {
                computed(closure(), |types, args| matches!(types.get(args[0]), TypeDef::Option(_)).then_some(args[0]))
            }
            B::IterPosition => self.is(TypeDef::Option(usize), holds()),
            B::IterAny | B::IterAll => self.is(TypeDef::Bool, holds()),
            B::IterSum | B::IterProduct => {
                self.numeric(span, builtin, item)?;
                Rule { params: vec![], output: Output::Is(item) }
            }
            B::IterMin | B::IterMax => {
                self.ordered(span, item)?;
                self.is(TypeDef::Option(item), vec![])
            }
            B::IterMinByKey | B::IterMaxByKey => {
                let option = self.intern(TypeDef::Option(item));
                keyed(item, option)
            }
            B::IterReduce => {
                let option = self.intern(TypeDef::Option(item));
                Rule { params: vec![Param::ClosureTo(vec![item, item], item)], output: Output::Is(option) }
            }
            B::IterPartition => {
                let vec = self.intern(TypeDef::Vec(item));
                self.is(TypeDef::Tuple(vec![vec, vec]), holds())
            }
            B::IterUnzip => match self.types.get(item).clone() {
                TypeDef::Tuple(sides) if sides.len() == 2 => {
                    let sides = sides.into_iter().map(|side| self.intern(TypeDef::Vec(side))).collect();
                    self.is(TypeDef::Tuple(sides), vec![])
                }
                _ => return self.no_rule(span, builtin, receiver),
            },
            B::IterCount => Rule { params: vec![], output: Output::Is(usize) },
            B::IterEnumerate => {
                let pair = self.intern(TypeDef::Tuple(vec![usize, item]));
                self.is(TypeDef::Iterator(pair), vec![])
            }
            B::IterZip => computed(vec![Param::Items(None)], move |types, args| {
                let other = items_of(types, args[0])?;
                let pair = types.intern(TypeDef::Tuple(vec![item, other]));
                Some(types.intern(TypeDef::Iterator(pair)))
            }),
            B::IterChain => same(vec![Param::Items(Some(item))]),
            B::IterTake | B::IterSkip | B::IterStepBy => same(vec![Param::Is(usize)]),
            B::IterRev => same(vec![]),
            B::IterLast | B::IterNext => self.is(TypeDef::Option(item), vec![]),
            B::IterNth => self.is(TypeDef::Option(item), vec![Param::Is(usize)]),
            B::IterCollect => return self.collect_rule(span, item, want),
            _ => return self.no_rule(span, builtin, receiver),
        })
    }

    /// The carried value has the type of the closure's first parameter, else of the first value.
    pub(super) fn fold_rule(&mut self, item: TypeId, args: &[Expr<Spelled>], want: Option<TypeId>) -> Linked<Rule> {
        let known = args.get(1).and_then(|closure| self.closure_param(closure, 0)).or(want);
        let carried = match (known, args.first()) {
            (Some(known), _) => known,
            (None, Some(first)) => self.infer(first, None)?.ty,
            (None, None) => item,
        };
        let params = vec![Param::Is(carried), Param::ClosureTo(vec![carried, item], carried)];
        Some(Rule { params, output: Output::Is(carried) })
    }

    fn numeric(&mut self, span: Span, builtin: Builtin, item: TypeId) -> Linked<()> {
        if self.types.is_number(item) {
            return Some(());
        }
        let (name, item) = (builtin.spelling(), self.types.name(item));
        self.fail(span, format!("`{name}` in a workflow takes numbers, not {item}"))
    }

    fn comparable(&mut self, span: Span, item: TypeId) -> Linked<()> {
        if self.types.is_comparable(item) {
            return Some(());
        }
        let item = self.types.name(item);
        self.fail(span, format!("a {item} holds opaque values and cannot be compared: compare in a `#[task]`"))
    }
}

fn computed(params: Vec<Param>, output: impl FnOnce(&mut TypeTable, &[TypeId]) -> Option<TypeId> + 'static) -> Rule {
    Rule { params, output: Output::Of(Box::new(output)) }
}

fn items_of(types: &mut TypeTable, ty: TypeId) -> Option<TypeId> {
    match *types.get(ty) {
        TypeDef::Vec(item) | TypeDef::Iterator(item) | TypeDef::Option(item) => Some(item),
        TypeDef::Result(item, _) => Some(item),
        TypeDef::Map(value) => {
            let key = types.intern(TypeDef::String);
            Some(types.intern(TypeDef::Tuple(vec![key, value])))
        }
        _ => None,
    }
}

fn iterator_of_items(types: &mut TypeTable, ty: TypeId) -> Option<TypeId> {
    let item = items_of(types, ty)?;
    Some(types.intern(TypeDef::Iterator(item)))
}

/// A closure that yields the key by which items are held against each other.
fn keyed(item: TypeId, output: TypeId) -> Rule {
    computed(vec![Param::Closure(vec![item])], move |types, args| types.has_order(args[0]).then_some(output))
}
