//! Expressions of a type.

use durafn_ir::{
    Arm, BinaryOp, Builtin, CastType, Expr, ExprKind, Fields, FloatType, FormatPart, IntType, Literal, Place, TypeDef,
    TypeId, Typed, UnaryOp,
};

use super::{Gen, expr};

use BinaryOp as B;

impl Gen<'_> {
    /// An expression of a type, at most so deep.
    pub(super) fn expr(&mut self, ty: TypeId, depth: usize) -> Expr<Typed> {
        if depth == 0 || self.tape.is_over() {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        let is_items = matches!(self.types.def(ty), TypeDef::Iterator(_));
        let made = match self.tape.below(20) {
            0..=2 => None,
            3..=9 => (0..3).find_map(|_| self.builtin(ty, depth)),
            10..=12 => self.operator(ty, depth),
            13..=14 => self.construct(ty, depth),
            _ if is_items => (0..3).find_map(|_| self.builtin(ty, depth)),
            15 => self.part(ty, depth),
            16 => Some(self.conditional(ty, depth)),
            17 => Some(self.match_value(ty, depth)),
            18 if self.tape.chance(60) => self.let_rare(ty, depth),
            18 => Some(self.let_value(ty, depth)),
            _ => self.with_part(ty, depth),
        };
        made.unwrap_or_else(|| self.leaf(ty))
    }

    /// What has syntax of its own for the type.
    fn operator(&mut self, ty: TypeId, depth: usize) -> Option<Expr<Typed>> {
        match self.types.def(ty) {
            TypeDef::Bool => Some(self.comparison(ty, depth)),
            TypeDef::Int(int) => self.int_operator(ty, int, depth),
            TypeDef::Float(FloatType::F64) => self.float_operator(ty, depth),
            TypeDef::String => Some(self.text_operator(ty, depth)),
            TypeDef::Duration | TypeDef::Timestamp => self.time_operator(ty, depth),
            TypeDef::Iterator(of) => self.range_of(ty, of, depth),
            _ => None,
        }
    }

    fn binary(&mut self, ty: TypeId, op: BinaryOp, of: TypeId, depth: usize) -> Expr<Typed> {
        let (a, b) = (self.expr(of, depth), self.expr(of, depth));
        expr(ty, ExprKind::Binary(op, a, b))
    }

    fn comparison(&mut self, bool: TypeId, depth: usize) -> Expr<Typed> {
        match self.tape.below(6) {
            0 | 1 => {
                let of = self.types.any_comparable(self.tape);
                let op = self.tape.pick(&[B::Eq, B::Ne]);
                self.binary(bool, op, of, depth)
            }
            2 | 3 => {
                let of = self.types.any_that(self.tape, |types, ty| types.table.has_order(ty));
                let op = self.tape.pick(&[B::Lt, B::Le, B::Gt, B::Ge]);
                self.binary(bool, op, of, depth)
            }
            4 => {
                let op = self.tape.pick(&[B::And, B::Or]);
                self.binary(bool, op, bool, depth)
            }
            _ => expr(bool, ExprKind::Unary(UnaryOp::Not, self.expr(bool, depth))),
        }
    }

    fn int_operator(&mut self, ty: TypeId, int: IntType, depth: usize) -> Option<Expr<Typed>> {
        let wide = matches!(int, IntType::U64 | IntType::I64 | IntType::Usize | IntType::Isize);
        if self.tape.chance(25) && (self.may_fail || !wide) {
            let from = self.types.any_that(self.tape, |types, ty| {
                matches!(types.table.get(ty), TypeDef::Int(_) | TypeDef::Float(FloatType::F64))
            });
            return Some(expr(ty, ExprKind::Cast(self.expr(from, depth), CastType::Int(int))));
        }
        if !self.may_fail {
            return None;
        }
        if int.range().0 < 0 && self.tape.chance(15) {
            return Some(expr(ty, ExprKind::Unary(UnaryOp::Neg, self.expr(ty, depth))));
        }
        let op = self.tape.pick(&[B::Add, B::Sub, B::Mul, B::Div, B::Rem]);
        Some(self.binary(ty, op, ty, depth))
    }

    fn float_operator(&mut self, ty: TypeId, depth: usize) -> Option<Expr<Typed>> {
        if self.tape.chance(25) {
            let from = self.types.any_that(self.tape, |types, ty| matches!(types.table.get(ty), TypeDef::Int(_)));
            return Some(expr(ty, ExprKind::Cast(self.expr(from, depth), CastType::Float(FloatType::F64))));
        }
        if !self.may_fail {
            return None;
        }
        if self.tape.chance(15) {
            return Some(expr(ty, ExprKind::Unary(UnaryOp::Neg, self.expr(ty, depth))));
        }
        let op = self.tape.pick(&[B::Add, B::Sub, B::Mul, B::Div]);
        Some(self.binary(ty, op, ty, depth))
    }

    fn text_operator(&mut self, ty: TypeId, depth: usize) -> Expr<Typed> {
        if self.tape.chance(30) && self.may_fail {
            return self.binary(ty, B::Add, ty, depth);
        }
        let parts = (0..1 + self.tape.below(3)).map(|_| self.format_part(depth)).collect();
        expr(ty, ExprKind::Format(parts))
    }

    fn format_part(&mut self, depth: usize) -> FormatPart<Typed> {
        if self.tape.chance(30) {
            return FormatPart::Text(self.tape.pick(&["-", "{", "", "'\"\\", "😀"]).into());
        }
        let pad = self.tape.chance(25).then(|| {
            let fill = self.tape.pick(&[' ', '0', '😀']);
            (fill, self.tape.pick(&['<', '^', '>']), self.tape.below(7) as u32)
        });
        if self.tape.chance(20) {
            let float = self.types.id(TypeDef::Float(FloatType::F64));
            let precision = Some(self.tape.below(4) as u32);
            // What is too large for its precision fails, which is a documented difference.
            let [low, high] = [-1e12, 1e12].map(|bound| expr(float, ExprKind::Literal(Literal::Float(bound))));
            let value = self.expr(float, depth);
            let value = expr(float, ExprKind::Method(Builtin::FloatMax, vec![value, low]));
            let value = expr(float, ExprKind::Method(Builtin::FloatMin, vec![value, high]));
            return FormatPart::Value { value, precision, pad };
        }
        let of = self.types.any_that(self.tape, |types, ty| types.table.is_display(ty));
        FormatPart::Value { value: self.expr(of, depth), precision: None, pad }
    }

    fn time_operator(&mut self, ty: TypeId, depth: usize) -> Option<Expr<Typed>> {
        if !self.may_fail {
            return None;
        }
        let duration = self.types.id(TypeDef::Duration);
        let op = self.tape.pick(&[B::Add, B::Sub]);
        let is_duration = ty == duration;
        if is_duration && self.tape.chance(40) {
            let factor = self.types.id(TypeDef::Int(IntType::U32));
            if self.tape.chance(40) {
                let by = self.tape.pick(&[1, 2, 3, 7, 1000]);
                let by = expr(factor, ExprKind::Literal(Literal::Int(by)));
                return Some(expr(ty, ExprKind::Binary(B::Div, self.expr(ty, depth), by)));
            }
            let (mut a, mut b) = (self.expr(ty, depth), self.few(factor, depth));
            if self.tape.chance(30) {
                std::mem::swap(&mut a, &mut b);
            }
            let op = B::Mul;
            return Some(expr(ty, ExprKind::Binary(op, a, b)));
        }
        let (a, b) = (self.expr(ty, depth), self.expr(duration, depth));
        Some(expr(ty, ExprKind::Binary(op, a, b)))
    }

    fn range_of(&mut self, ty: TypeId, of: TypeId, depth: usize) -> Option<Expr<Typed>> {
        if !matches!(self.types.def(of), TypeDef::Int(_)) {
            return None;
        }
        let (from, to) = (self.few(of, depth), self.few(of, depth));
        Some(expr(ty, ExprKind::Range { from, to, inclusive: self.tape.chance(40) }))
    }

    fn conditional(&mut self, ty: TypeId, depth: usize) -> Expr<Typed> {
        let bool = self.types.bool();
        let (condition, then, otherwise) = (self.expr(bool, depth), self.expr(ty, depth), self.expr(ty, depth));
        expr(ty, ExprKind::If(condition, then, otherwise))
    }

    fn let_value(&mut self, ty: TypeId, depth: usize) -> Expr<Typed> {
        let of = self.types.any(self.tape);
        let value = self.expr(of, depth);
        let var = self.var(of);
        let body = self.with_vars(&[var], |this| this.expr(ty, depth));
        expr(ty, ExprKind::Let(var, value, body))
    }

    /// A variable with what a method yields whose type is rarely asked for.
    fn let_rare(&mut self, ty: TypeId, depth: usize) -> Option<Expr<Typed>> {
        let value = self.rare(depth)?;
        let var = self.var(value.ty);
        let body = self.with_vars(&[var], |this| this.expr(ty, depth));
        Some(expr(ty, ExprKind::Let(var, value, body)))
    }

    fn match_value(&mut self, ty: TypeId, depth: usize) -> Expr<Typed> {
        let of = self.types.any(self.tape);
        let subject = self.expr(of, depth);
        let mut arms = Vec::new();
        for _ in 0..1 + self.tape.below(3) {
            let mut bound = Vec::new();
            let pattern = self.pattern(of, 2, &mut bound);
            arms.push(self.with_vars(&bound, |this| {
                let bool = this.types.bool();
                let guard = this.tape.chance(20).then(|| this.expr(bool, depth.min(1)));
                Arm { pattern, guard, body: this.expr(ty, depth) }
            }));
        }
        let mut bound = Vec::new();
        let pattern = self.irrefutable(of, 1, &mut bound);
        let body = self.with_vars(&bound, |this| this.expr(ty, depth));
        arms.push(Arm { pattern, guard: None, body });
        expr(ty, ExprKind::Match(subject, arms))
    }

    /// A field or element of something.
    fn part(&mut self, ty: TypeId, depth: usize) -> Option<Expr<Typed>> {
        if self.may_fail && self.tape.chance(30) {
            let (vec, usize) = (self.types.id(TypeDef::Vec(ty)), self.types.usize());
            let (base, index) = (self.expr(vec, depth), self.few(usize, depth));
            return Some(expr(ty, ExprKind::Index(base, index)));
        }
        let holders: Vec<(TypeId, String)> = self
            .types
            .data
            .iter()
            .flat_map(|of| self.parts(*of))
            .filter(|(_, _, held)| *held == ty)
            .map(|(of, name, _)| (of, name))
            .collect();
        if holders.is_empty() {
            return None;
        }
        let (of, name) = self.tape.pick(&holders);
        Some(expr(ty, ExprKind::Field(self.expr(of, depth), name)))
    }

    /// The fields of a type: its id, each name and type.
    fn parts(&self, of: TypeId) -> Vec<(TypeId, String, TypeId)> {
        match self.types.table.get(of) {
            TypeDef::Tuple(items) => {
                items.iter().enumerate().map(|(position, ty)| (of, position.to_string(), *ty)).collect()
            }
            TypeDef::Struct(def) => def.fields.iter().map(|field| (of, field.name.clone(), field.ty)).collect(),
            _ => Vec::new(),
        }
    }

    /// A value with a part replaced.
    fn with_part(&mut self, ty: TypeId, depth: usize) -> Option<Expr<Typed>> {
        let (place, of) = match self.types.def(ty) {
            TypeDef::Vec(of) if self.may_fail => {
                let usize = self.types.usize();
                (Place::Index(self.few(usize, depth)), of)
            }
            TypeDef::Struct(def) if def.transparent || !matches!(def.fields, Fields::Named(_)) => return None,
            TypeDef::Tuple(_) | TypeDef::Struct(_) => {
                let skipped = |name: &str| match self.types.table.get(ty) {
                    TypeDef::Struct(def) => def.fields.find(name).is_some_and(|(_, field)| field.skip),
                    _ => false,
                };
                let parts: Vec<_> = self.parts(ty).into_iter().filter(|(_, name, _)| !skipped(name)).collect();
                if parts.is_empty() {
                    return None;
                }
                let (_, name, of) = self.tape.pick(&parts);
                (Place::Field(name), of)
            }
            _ => return None,
        };
        let (base, value) = (self.expr(ty, depth), self.expr(of, depth));
        Some(expr(ty, ExprKind::With { base, place, value }))
    }

    /// A number of whole seconds: of no machine's whole life.
    pub(super) fn seconds(&mut self) -> Expr<Typed> {
        let ty = self.types.id(TypeDef::Int(IntType::U64));
        if self.tape.chance(50) {
            let duration = self.types.id(TypeDef::Duration);
            let value = self.tape.pick(&[0_u32, 1, 1500]);
            let millis = expr(ty, ExprKind::Literal(Literal::Int(value.into())));
            return expr(duration, ExprKind::Method(Builtin::DurationFromMillis, vec![millis]));
        }
        self.few(ty, 2)
    }
}
