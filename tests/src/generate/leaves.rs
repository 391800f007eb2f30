//! Expressions without others in them, and the constructors of values.

use durafn_ir::{Construct, ContextValue, EnumDef, Expr, ExprKind, Fields, Literal, StructDef, TypeDef, TypeId, Typed};

use super::{Gen, expr, values};

impl Gen<'_> {
    /// A variable of the type, else a literal or the smallest value that can be written.
    pub(super) fn leaf(&mut self, ty: TypeId) -> Expr<Typed> {
        let vars: Vec<_> = self.readable.iter().copied().filter(|var| self.type_of(*var) == ty).collect();
        if !vars.is_empty() && !self.tape.chance(25) {
            // The latest is the most interesting.
            let var = vars[vars.len() - 1 - self.tape.below(vars.len())];
            return expr(ty, ExprKind::Var(var));
        }
        match self.types.def(ty) {
            TypeDef::Iterator(of) => {
                let vec = self.types.id(TypeDef::Vec(of));
                let leaf = self.leaf(vec);
                expr(ty, ExprKind::Method(durafn_ir::Builtin::VecIter, vec![leaf]))
            }
            TypeDef::Timestamp if self.timeless && self.tape.chance(50) => {
                let value = self.tape.pick(&[ContextValue::ExecutionStart, ContextValue::Now]);
                let value = if self.steady { ContextValue::ExecutionStart } else { value };
                expr(ty, ExprKind::Context(value))
            }
            TypeDef::Bool if self.tape.chance(5) => self.context_test(),
            _ => match self.literal(ty) {
                Some(literal) => expr(ty, ExprKind::Literal(literal)),
                None => expr(ty, ExprKind::Const(values::value(&self.types.table, ty, self.tape, 2))),
            },
        }
    }

    /// What is the same whatever an execution is called and draws.
    fn context_test(&mut self) -> Expr<Typed> {
        let (bool, string) = (self.types.bool(), self.types.string());
        let float = self.types.id(TypeDef::Float(durafn_ir::FloatType::F64));
        let of = |ty, value| expr(ty, ExprKind::Context(value));
        let is_empty = |value| expr(bool, ExprKind::Method(durafn_ir::Builtin::StrIsEmpty, vec![of(string, value)]));
        match self.tape.below(if self.steady { 2 } else { 4 }) {
            0 => is_empty(ContextValue::ExecutionName),
            1 => is_empty(ContextValue::ExecutionId),
            2 => is_empty(ContextValue::Uuid),
            _ => {
                let one = expr(float, ExprKind::Literal(Literal::Float(1.0)));
                expr(bool, ExprKind::Binary(durafn_ir::BinaryOp::Lt, of(float, ContextValue::Random), one))
            }
        }
    }

    /// A literal, where the type has any.
    pub(super) fn literal(&mut self, ty: TypeId) -> Option<Literal> {
        Some(match self.types.def(ty) {
            TypeDef::Unit => Literal::Unit,
            TypeDef::Bool => Literal::Bool(self.tape.below(2) == 1),
            TypeDef::Int(int) => Literal::Int(values::int(int, self.tape)),
            TypeDef::Float(_) => Literal::Float(self.tape.pick(&values::FLOATS)),
            TypeDef::Char => Literal::Char(self.tape.pick(&values::CHARS)),
            TypeDef::String => Literal::Str(self.tape.pick(&values::TEXTS).into()),
            _ => return None,
        })
    }

    /// Text to look for: not empty, as a literal.
    pub(super) fn needle(&mut self) -> Expr<Typed> {
        let (char, string) = (self.types.id(TypeDef::Char), self.types.string());
        if self.tape.chance(40) {
            return expr(char, ExprKind::Literal(Literal::Char(self.tape.pick(&values::CHARS))));
        }
        let text = self.tape.pick(&["a", ",", "b", " ", "😀", "a,", "$1", "."]);
        expr(string, ExprKind::Literal(Literal::Str(text.into())))
    }

    /// An integer from 0 to a few, so that nothing that is counted by it grows out of hand.
    pub(super) fn few(&mut self, ty: TypeId, depth: usize) -> Expr<Typed> {
        let literal = |value| expr(ty, ExprKind::Literal(Literal::Int(value)));
        if depth == 0 || !self.tape.chance(30) {
            return literal(self.tape.below(4) as i128);
        }
        let any = self.expr(ty, depth - 1);
        expr(ty, ExprKind::Method(durafn_ir::Builtin::IntMin, vec![any, literal(3)]))
    }

    /// A value written out: its parts are expressions.
    pub(super) fn construct(&mut self, ty: TypeId, depth: usize) -> Option<Expr<Typed>> {
        let kind = match self.types.def(ty) {
            TypeDef::Option(_) if self.tape.chance(30) => construct("None", Vec::new()),
            TypeDef::Option(of) => construct("Some", vec![("0".into(), self.expr(of, depth))]),
            TypeDef::Result(ok, err) => match self.tape.below(2) {
                0 => construct("Ok", vec![("0".into(), self.expr(ok, depth))]),
                _ => construct("Err", vec![("0".into(), self.expr(err, depth))]),
            },
            TypeDef::Tuple(of) => ExprKind::Tuple(of.into_iter().map(|of| self.expr(of, depth)).collect()),
            TypeDef::Vec(of) if self.tape.chance(15) => {
                let usize = self.types.usize();
                ExprKind::Repeat(self.expr(of, depth), self.few(usize, depth))
            }
            TypeDef::Vec(of) => {
                let count = self.tape.pick(&[0, 1, 1, 2, 3]);
                ExprKind::Array((0..count).map(|_| self.expr(of, depth)).collect())
            }
            TypeDef::Struct(def) => self.structure(ty, &def, depth)?,
            TypeDef::Enum(def) => self.variant(&def, depth),
            _ => return None,
        };
        Some(expr(ty, kind))
    }

    fn structure(&mut self, ty: TypeId, def: &StructDef, depth: usize) -> Option<ExprKind<Typed>> {
        let StructDef { name, fields, transparent } = def;
        if *fields == Fields::Unit {
            return None;
        }
        let mut given = self.fields(fields, depth);
        let mut base = None;
        if matches!(fields, Fields::Named(_)) && !transparent && given.len() > 1 && self.tape.chance(25) {
            given.truncate(1);
            base = Some(self.expr(ty, depth));
        }
        Some(ExprKind::Construct(Construct { name: name.clone(), fields: given, base }))
    }

    pub(super) fn variant(&mut self, def: &EnumDef, depth: usize) -> ExprKind<Typed> {
        let variant = &def.variants[self.tape.below(def.variants.len())];
        construct(&variant.name, self.fields(&variant.fields, depth))
    }

    /// A value of a failure type, with an error name that a program would choose.
    pub(super) fn failure(&mut self, ty: TypeId) -> Expr<Typed> {
        let TypeDef::Enum(def) = self.types.def(ty) else { unreachable!("a failure type is an enum") };
        let variant = self.tape.pick(&def.variants);
        let fields = if variant.fault {
            vec![("0".into(), self.failure(self.types.failures[0]))]
        } else if variant.error.is_none() {
            let string = self.types.string();
            let name = expr(string, ExprKind::Literal(Literal::Str("Custom.Error".into())));
            vec![("name".into(), name), ("cause".into(), self.expr(string, 2))]
        } else {
            self.fields(&variant.fields, 2)
        };
        expr(ty, construct(&variant.name, fields))
    }

    fn fields(&mut self, fields: &Fields, depth: usize) -> Vec<(String, Expr<Typed>)> {
        fields.iter().map(|field| (field.name.clone(), self.expr(field.ty, depth))).collect()
    }
}

fn construct(name: &str, fields: Vec<(String, Expr<Typed>)>) -> ExprKind<Typed> {
    ExprKind::Construct(Construct { name: name.into(), fields, base: None })
}
