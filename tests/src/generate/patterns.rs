//! Patterns against a type.

use durafn_ir::{Fields, Literal, Pattern, TypeDef, TypeId, VarId};

use super::{Gen, values};

impl Gen<'_> {
    /// A pattern that every value of the type matches.
    pub(super) fn irrefutable(&mut self, ty: TypeId, depth: usize, bound: &mut Vec<VarId>) -> Pattern {
        match self.types.def(ty) {
            TypeDef::Tuple(items) if depth > 0 && self.tape.chance(60) => {
                Pattern::Tuple(items.into_iter().map(|item| self.irrefutable(item, depth - 1, bound)).collect())
            }
            _ if self.tape.chance(15) => Pattern::Wild,
            _ => self.bind(ty, bound),
        }
    }

    fn bind(&mut self, ty: TypeId, bound: &mut Vec<VarId>) -> Pattern {
        let var = self.var(ty);
        bound.push(var);
        Pattern::Bind(var, None)
    }

    /// A pattern; what it binds is added.
    pub(super) fn pattern(&mut self, ty: TypeId, depth: usize, bound: &mut Vec<VarId>) -> Pattern {
        match self.tape.below(8) {
            0 if depth < 2 => Pattern::Wild,
            1 => self.bind(ty, bound),
            2 if depth > 0 => {
                let inner = self.pattern(ty, depth - 1, bound);
                self.bound_to(ty, inner, bound)
            }
            3 if depth > 0 => {
                // Binds nothing, or the same on each side.
                let (a, b) = (self.closed(ty, depth - 1), self.closed(ty, depth - 1));
                if !self.tape.chance(30) {
                    return Pattern::Or(vec![a, b]);
                }
                let var = self.var(ty);
                bound.push(var);
                Pattern::Or([a, b].map(|side| Pattern::Bind(var, Some(Box::new(side)))).into())
            }
            _ => self.shape(ty, depth, Some(bound)),
        }
    }

    fn bound_to(&mut self, ty: TypeId, inner: Pattern, bound: &mut Vec<VarId>) -> Pattern {
        let var = self.var(ty);
        bound.push(var);
        Pattern::Bind(var, Some(Box::new(inner)))
    }

    /// A pattern that binds nothing.
    fn closed(&mut self, ty: TypeId, depth: usize) -> Pattern {
        self.shape(ty, depth, None)
    }

    fn inner(&mut self, ty: TypeId, depth: usize, bound: &mut Option<&mut Vec<VarId>>) -> Pattern {
        match bound {
            _ if depth == 0 => Pattern::Wild,
            Some(bound) => self.pattern(ty, depth - 1, bound),
            None => self.closed(ty, depth - 1),
        }
    }

    /// The form that the type's values have.
    fn shape(&mut self, ty: TypeId, depth: usize, mut bound: Option<&mut Vec<VarId>>) -> Pattern {
        match self.types.def(ty) {
            TypeDef::Int(_) | TypeDef::Char if self.tape.chance(40) => self.range(ty),
            TypeDef::Option(of) => match self.tape.below(2) {
                0 => Pattern::Fields("None".into(), Vec::new()),
                _ => {
                    let inner = self.inner(of, depth, &mut bound);
                    Pattern::Fields("Some".into(), vec![("0".into(), inner)])
                }
            },
            TypeDef::Result(ok, err) => {
                let (name, of) = self.tape.pick(&[("Ok", ok), ("Err", err)]);
                let inner = self.inner(of, depth, &mut bound);
                Pattern::Fields(name.into(), vec![("0".into(), inner)])
            }
            TypeDef::Tuple(items) => {
                Pattern::Tuple(items.into_iter().map(|item| self.inner(item, depth, &mut bound)).collect())
            }
            TypeDef::Struct(def) => self.field_patterns(&def.name, &def.fields, depth, &mut bound),
            TypeDef::Enum(def) => {
                let variant = self.tape.pick(&def.variants);
                self.field_patterns(&variant.name, &variant.fields, depth, &mut bound)
            }
            TypeDef::Float(_) => Pattern::Wild,
            _ => self.literal(ty).map_or(Pattern::Wild, Pattern::Literal),
        }
    }

    fn field_patterns(
        &mut self,
        name: &str,
        fields: &Fields,
        depth: usize,
        bound: &mut Option<&mut Vec<VarId>>,
    ) -> Pattern {
        let mut mentioned = Vec::new();
        for field in fields {
            if self.tape.chance(70) {
                mentioned.push((field.name.clone(), self.inner(field.ty, depth, bound)));
            }
        }
        Pattern::Fields(name.into(), mentioned)
    }

    fn range(&mut self, ty: TypeId) -> Pattern {
        let bounds = match self.types.def(ty) {
            TypeDef::Int(int) => {
                let (a, b) = (values::int(int, self.tape), values::int(int, self.tape));
                [a.min(b), a.max(b)].map(Literal::Int)
            }
            _ => ['a', 'z'].map(Literal::Char),
        };
        let [from, to] = bounds;
        match self.tape.below(3) {
            0 => Pattern::Range { from: Some(from), to: Some(to), inclusive: true },
            1 => Pattern::Range { from: Some(from), to: None, inclusive: false },
            _ => Pattern::Range { from: None, to: Some(to), inclusive: self.tape.chance(50) },
        }
    }
}
