//! Types of expressions, in both directions.

use super::{Linked, Linker};
use crate::{
    Arm, CastType, Construct, ContextValue, Expr, ExprKind, Fields, FloatType, FormatPart, IntType, Place, Span,
    Spelled, TypeDef, TypeId, Typed, VarId,
};

impl Linker<'_> {
    /// An expression that must have a type.
    pub(super) fn check(&mut self, expr: &Expr<Spelled>, expected: TypeId) -> Linked<Expr<Typed>> {
        let typed = self.infer(expr, Some(expected))?;
        if typed.ty != expected {
            let (wants, has) = (self.types.name(expected), self.types.name(typed.ty));
            return self.fail(expr.span, format!("expected a {wants}, found a {has}"));
        }
        Some(typed)
    }

    /// An expression whose own type decides; `hint` settles what it leaves open.
    pub(super) fn infer(&mut self, expr: &Expr<Spelled>, hint: Option<TypeId>) -> Linked<Expr<Typed>> {
        let captured = self.hole(expr.ty);
        let typed = self.kind_of(expr, captured.or(hint))?;
        match captured {
            Some(captured) if captured != typed.ty && !self.wraps(captured, &typed) => {
                let (wants, has) = (self.types.name(captured), self.types.name(typed.ty));
                self.fail(expr.span, format!("the compiler sees a {wants} here, the workflow a {has}"))
            }
            _ => Some(typed),
        }
    }

    /// For `parse`, the captured type may be the number alone.
    fn wraps(&self, captured: TypeId, typed: &Expr<Typed>) -> bool {
        let is_parse = matches!(*typed.kind, ExprKind::Method(crate::Builtin::StrParse, _));
        is_parse && matches!(self.types.get(typed.ty), TypeDef::Result(ok, _) if *ok == captured)
    }

    fn kind_of(&mut self, expr: &Expr<Spelled>, want: Option<TypeId>) -> Linked<Expr<Typed>> {
        let span = expr.span;
        let (ty, kind) = match &*expr.kind {
            ExprKind::Literal(literal) => return self.literal(span, literal, want),
            ExprKind::Const(hole) => match self.consts.get(hole.0 as usize).cloned() {
                Some((ty, value)) => (ty, ExprKind::Const(value)),
                None => return self.fail(span, format!("constant {} was not captured", hole.0)),
            },
            ExprKind::Var(var) => (self.var(span, *var)?, ExprKind::Var(*var)),
            ExprKind::Field(base, field) => {
                let base = self.infer(base, None)?;
                (self.field(span, base.ty, field)?, ExprKind::Field(base, field.clone()))
            }
            ExprKind::Index(base, index) => {
                let base = self.infer(base, None)?;
                let (item, index) = self.element(span, base.ty, index)?;
                (item, ExprKind::Index(base, index))
            }
            ExprKind::Unary(op, operand) => return self.unary(span, *op, operand, want),
            ExprKind::Binary(op, a, b) => return self.binary(span, *op, a, b, want),
            ExprKind::Cast(operand, target) => self.cast(span, operand, *target)?,
            ExprKind::If(condition, then, otherwise) => self.if_value(condition, then, otherwise, want)?,
            ExprKind::Match(subject, arms) => self.match_value(subject, arms, want)?,
            ExprKind::Let(var, value, body) => {
                let hint = self.vars.get(var.0 as usize).copied().flatten();
                let value = self.infer(value, hint)?;
                self.bind(span, *var, value.ty)?;
                let body = self.infer(body, want)?;
                (body.ty, ExprKind::Let(*var, value, body))
            }
            ExprKind::Construct(construct) => self.construct(span, construct, want)?,
            ExprKind::Tuple(items) => self.tuple(items, want)?,
            ExprKind::Array(items) => self.array(items, want)?,
            ExprKind::Repeat(value, count) => {
                let value = self.infer(value, self.item_of(want))?;
                let usize = self.intern(TypeDef::Int(IntType::Usize));
                let count = self.check(count, usize)?;
                (self.intern(TypeDef::Vec(value.ty)), ExprKind::Repeat(value, count))
            }
            ExprKind::Range { from, to, inclusive } => {
                let (from, to) = self.agreeing(span, from, to, self.item_of(want))?;
                if !matches!(self.types.get(from.ty), TypeDef::Int(_)) {
                    let name = self.types.name(from.ty);
                    return self.fail(span, format!("a range counts integers, not {name}"));
                }
                let ty = self.intern(TypeDef::Iterator(from.ty));
                (ty, ExprKind::Range { from, to, inclusive: *inclusive })
            }
            ExprKind::Format(parts) => (self.intern(TypeDef::String), ExprKind::Format(self.format(parts)?)),
            ExprKind::Method(method, args) => return self.method(span, method, args, want),
            ExprKind::Lambda(..) => return self.fail(span, "a closure stands only as an argument of a method"),
            ExprKind::Pure(hole, args) => {
                let Some(callee) = self.callees.get(hole.0 as usize).cloned() else {
                    return self.fail(span, format!("callee {} was not captured", hole.0));
                };
                return self.pure_call(span, callee, args);
            }
            ExprKind::Context(value) => (self.context_type(*value, want), ExprKind::Context(*value)),
            ExprKind::Patched(_) => (self.intern(TypeDef::Bool), ExprKind::Literal(crate::Literal::Bool(true))),
            ExprKind::With { base, place, value } => self.with(span, base, place, value, want)?,
        };
        Some(Expr { ty, span, kind: Box::new(kind) })
    }

    fn var(&mut self, span: Span, var: VarId) -> Linked<TypeId> {
        match self.vars.get(var.0 as usize) {
            Some(Some(ty)) => Some(*ty),
            Some(None) => {
                let name = self.var_name(var);
                self.fail(span, format!("the type of `{name}` is not known here: annotate it where it is declared"))
            }
            None => self.fail(span, format!("variable {} does not exist in this machine", var.0)),
        }
    }

    /// The type of a field of a value of a type.
    pub(super) fn field(&mut self, span: Span, base: TypeId, field: &str) -> Linked<TypeId> {
        let name = self.types.name(base);
        let message = match self.types.get(base) {
            TypeDef::Struct(def) => match def.fields.find(field) {
                Some((_, field)) => return Some(field.ty),
                None => format!("{name} has no field `{field}`"),
            },
            TypeDef::Tuple(items) => match field.parse::<usize>().ok().and_then(|index| items.get(index)) {
                Some(item) => return Some(*item),
                None => format!("{name} has no field `{field}`"),
            },
            TypeDef::Opaque(_) => format!(
                "{name} is opaque, so a workflow cannot look at its field `{field}`: derive `Data` for it, or read the field in a `#[task]`"
            ),
            _ => format!("a {name} has no fields"),
        };
        self.fail(span, message)
    }

    /// The type of an element, and the index typed.
    fn element(&mut self, span: Span, base: TypeId, index: &Expr<Spelled>) -> Linked<(TypeId, Expr<Typed>)> {
        match *self.types.get(base) {
            TypeDef::Vec(item) => {
                let usize = self.intern(TypeDef::Int(IntType::Usize));
                Some((item, self.check(index, usize)?))
            }
            TypeDef::Map(_) => self.fail(span, "a map is read by `.get(key)`, which says what happens without the key"),
            _ => {
                let name = self.types.name(base);
                self.fail(span, format!("a {name} cannot be indexed"))
            }
        }
    }

    fn cast(&mut self, span: Span, operand: &Expr<Spelled>, target: CastType) -> Linked<(TypeId, ExprKind<Typed>)> {
        let ty = self.intern(match target {
            CastType::Int(int) => TypeDef::Int(int),
            CastType::Float(float) => TypeDef::Float(float),
        });
        let operand = self.infer(operand, None)?;
        if !self.types.is_number(operand.ty) {
            let name = self.types.name(operand.ty);
            return self.fail(span, format!("`as` converts numbers, not a {name}"));
        }
        Some((ty, ExprKind::Cast(operand, target)))
    }

    fn if_value(
        &mut self,
        condition: &Expr<Spelled>,
        then: &Expr<Spelled>,
        otherwise: &Expr<Spelled>,
        want: Option<TypeId>,
    ) -> Linked<(TypeId, ExprKind<Typed>)> {
        let bool = self.intern(TypeDef::Bool);
        let condition = self.check(condition, bool);
        let branches = self.agreeing(then.span, then, otherwise, want);
        let (then, otherwise) = branches?;
        Some((then.ty, ExprKind::If(condition?, then, otherwise)))
    }

    fn match_value(
        &mut self,
        subject: &Expr<Spelled>,
        arms: &[Arm<Spelled>],
        want: Option<TypeId>,
    ) -> Linked<(TypeId, ExprKind<Typed>)> {
        let subject = self.infer(subject, None)?;
        let mut bound = true;
        for arm in arms {
            bound &= self.pattern(subject.span, &arm.pattern, subject.ty).is_some();
        }
        if !bound {
            return None;
        }
        let decisive = arms.iter().find(|arm| !arm.body.is_flexible()).map(|arm| &arm.body);
        let ty = match (want, decisive) {
            (None, Some(body)) => Some(self.infer(body, None)?.ty),
            (want, _) => want,
        };
        let bool = self.intern(TypeDef::Bool);
        let mut typed = Vec::new();
        let mut result = None;
        for Arm { pattern, guard, body } in arms {
            let guard = match guard {
                Some(guard) => self.check(guard, bool).map(Some),
                None => Some(None),
            };
            let body = self.infer(body, result.or(ty));
            if let Some(body) = &body {
                let expected = *result.get_or_insert(body.ty);
                self.expect(body.span, expected, body.ty)?;
            }
            typed.push(guard.zip(body).map(|(guard, body)| Arm { pattern: pattern.clone(), guard, body }));
        }
        let Some(result) = result else { return self.fail(subject.span, "a `match` as a value needs an arm") };
        Some((result, ExprKind::Match(subject, typed.into_iter().collect::<Linked<_>>()?)))
    }

    /// Two types that must be one.
    pub(super) fn expect(&mut self, span: Span, expected: TypeId, found: TypeId) -> Linked<()> {
        if expected == found {
            return Some(());
        }
        let (wants, has) = (self.types.name(expected), self.types.name(found));
        self.fail(span, format!("expected a {wants}, found a {has}"))
    }

    fn construct(
        &mut self,
        span: Span,
        construct: &Construct<Spelled>,
        want: Option<TypeId>,
    ) -> Linked<(TypeId, ExprKind<Typed>)> {
        let Construct { name, fields, base } = construct;
        let fits = |want: &TypeId| name != "Some" || matches!(self.types.get(*want), TypeDef::Option(_));
        let Some(ty) = want.filter(fits) else { return self.construct_some(span, construct) };
        if let (Some(plain), [(_, value)]) = (self.plain_ok(name, ty), fields.as_slice()) {
            return Some((plain, *self.check(value, plain)?.kind));
        }
        let mut typed = Vec::new();
        for (field, value) in fields {
            let field_ty = self.constructed_field(span, ty, name, field);
            typed.push(field_ty.and_then(|ty| self.check(value, ty)).map(|value| (field.clone(), value)));
        }
        if fields.is_empty() {
            self.variant_fields(span, ty, name)?;
        }
        let base = match base {
            Some(base) => Some(self.check(base, ty)?),
            None => None,
        };
        let fields = typed.into_iter().collect::<Linked<_>>()?;
        Some((ty, ExprKind::Construct(Construct { name: name.clone(), fields, base })))
    }

    /// The value of an await is written `Ok(output)`, since spelling does not tell whether a callee returns a `Result`. Where it does
    /// not, the value is the output itself.
    fn plain_ok(&self, name: &str, ty: TypeId) -> Option<TypeId> {
        let plain = match self.types.get(ty) {
            TypeDef::Result(..) => false,
            TypeDef::Enum(def) => def.find(name).is_none(),
            TypeDef::Struct(def) => def.name != name,
            _ => true,
        };
        (name == "Ok" && plain).then_some(ty)
    }

    /// `Some(x)` tells its type from what it holds.
    fn construct_some(&mut self, span: Span, construct: &Construct<Spelled>) -> Linked<(TypeId, ExprKind<Typed>)> {
        match (construct.name.as_str(), construct.fields.as_slice()) {
            ("Some", [(field, value)]) => {
                let value = self.infer(value, None)?;
                let ty = self.intern(TypeDef::Option(value.ty));
                let fields = vec![(field.clone(), value)];
                Some((ty, ExprKind::Construct(Construct { name: "Some".into(), fields, base: None })))
            }
            (name, _) => {
                self.fail(span, format!("the type of `{name}` is not known here: annotate the variable that takes it"))
            }
        }
    }

    /// The type that a field of a struct or variant takes.
    pub(super) fn constructed_field(&mut self, span: Span, ty: TypeId, name: &str, field: &str) -> Linked<TypeId> {
        if let (TypeDef::Tuple(_), _) = (self.types.get(ty), name) {
            return self.field(span, ty, field);
        }
        let fields = self.variant_fields(span, ty, name)?;
        match fields.find(field) {
            Some((_, field)) => Some(field.ty),
            None => self.fail(span, format!("`{name}` has no field `{field}`")),
        }
    }

    /// The fields of a struct, or of a variant by name; `Some`, `None`, `Ok` and `Err` too.
    pub(super) fn variant_fields(&mut self, span: Span, ty: TypeId, name: &str) -> Linked<Fields> {
        let newtype = |ty| Fields::Newtype(Box::new(crate::FieldDef::plain("0", ty)));
        let fields = match (self.types.get(ty), name) {
            (TypeDef::Option(inner), "Some") => Some(newtype(*inner)),
            (TypeDef::Option(_), "None") => Some(Fields::Unit),
            (TypeDef::Result(ok, _), "Ok") => Some(newtype(*ok)),
            (TypeDef::Result(_, err), "Err") => Some(newtype(*err)),
            (TypeDef::Struct(def), _) => Some(def.fields.clone()),
            (TypeDef::Enum(def), _) => def.find(name).map(|(_, variant)| variant.fields.clone()),
            _ => None,
        };
        match fields {
            Some(fields) => Some(fields),
            None => {
                let ty = self.types.name(ty);
                self.fail(span, format!("`{name}` is no form of a {ty}"))
            }
        }
    }

    fn tuple(&mut self, items: &[Expr<Spelled>], want: Option<TypeId>) -> Linked<(TypeId, ExprKind<Typed>)> {
        if items.is_empty() {
            let unit = self.intern(TypeDef::Unit);
            return Some((unit, ExprKind::Literal(crate::Literal::Unit)));
        }
        let hints = match want.map(|want| self.types.get(want)) {
            Some(TypeDef::Tuple(hints)) if hints.len() == items.len() => hints.iter().copied().map(Some).collect(),
            _ => vec![None; items.len()],
        };
        let items: Vec<Linked<Expr<Typed>>> =
            items.iter().zip(hints).map(|(item, hint)| self.infer(item, hint)).collect();
        let items: Vec<Expr<Typed>> = items.into_iter().collect::<Linked<_>>()?;
        let ty = self.intern(TypeDef::Tuple(items.iter().map(|item| item.ty).collect()));
        Some((ty, ExprKind::Tuple(items)))
    }

    fn array(&mut self, items: &[Expr<Spelled>], want: Option<TypeId>) -> Linked<(TypeId, ExprKind<Typed>)> {
        let hint = self.item_of(want);
        let item = match items.iter().find(|item| !item.is_flexible()).or(items.first()) {
            Some(decisive) if hint.is_none() => Some(self.infer(decisive, None)?.ty),
            _ => hint,
        };
        let mut typed = Vec::new();
        let mut item = item;
        for value in items {
            let value = self.infer(value, item)?;
            self.expect(value.span, item.unwrap_or(value.ty), value.ty)?;
            item = Some(value.ty);
            typed.push(value);
        }
        match item {
            Some(item) => Some((self.intern(TypeDef::Vec(item)), ExprKind::Array(typed))),
            None => self
                .fail(Span::default(), "the type of `vec![]` is not known here: annotate the variable that takes it"),
        }
    }

    /// What a vector, iterator or option of the wanted type holds.
    pub(super) fn item_of(&self, want: Option<TypeId>) -> Option<TypeId> {
        match self.types.get(want?) {
            TypeDef::Vec(item) | TypeDef::Iterator(item) | TypeDef::Option(item) => Some(*item),
            _ => None,
        }
    }

    fn format(&mut self, parts: &[FormatPart<Spelled>]) -> Linked<Vec<FormatPart<Typed>>> {
        let parts: Vec<Linked<FormatPart<Typed>>> = parts
            .iter()
            .map(|part| match part {
                FormatPart::Text(text) => Some(FormatPart::Text(text.clone())),
                FormatPart::Value { value, precision, pad } => {
                    let value = self.infer(value, None)?;
                    self.displayed(&value, precision.is_some())?;
                    if pad.is_some() && matches!(self.types.get(value.ty), TypeDef::Timestamp) {
                        return self.fail(value.span, "a timestamp has no width: pad its `.to_string()`");
                    }
                    Some(FormatPart::Value { value, precision: *precision, pad: *pad })
                }
            })
            .collect();
        parts.into_iter().collect()
    }

    fn displayed(&mut self, value: &Expr<Typed>, precision: bool) -> Linked<()> {
        let is_float = matches!(self.types.get(value.ty), TypeDef::Float(_));
        if self.types.is_display(value.ty) || (is_float && precision) {
            return Some(());
        }
        let name = self.types.name(value.ty);
        if is_float {
            return self
                .fail(value.span, "a float prints only with a precision, `{:.2}`: engines disagree on its digits");
        }
        self.fail(
            value.span,
            format!("a {name} has no text form in a workflow: print its fields, or format it in a `#[task]`"),
        )
    }

    fn context_type(&mut self, value: ContextValue, want: Option<TypeId>) -> TypeId {
        match value {
            ContextValue::Now | ContextValue::ExecutionStart => self.intern(TypeDef::Timestamp),
            ContextValue::Random => self.intern(TypeDef::Float(FloatType::F64)),
            ContextValue::Uuid
            | ContextValue::ExecutionId
            | ContextValue::ExecutionName
            | ContextValue::ExecutionWorkflow => self.intern(TypeDef::String),
            ContextValue::Execution => self.types.execution_context(),
            // A token has a type of its own where the task that takes it declares one.
            ContextValue::TaskToken => match want {
                Some(want) => want,
                None => self.intern(TypeDef::String),
            },
        }
    }

    fn with(
        &mut self,
        span: Span,
        base: &Expr<Spelled>,
        place: &Place<Spelled>,
        value: &Expr<Spelled>,
        want: Option<TypeId>,
    ) -> Linked<(TypeId, ExprKind<Typed>)> {
        let base = self.infer(base, want)?;
        let (part, place) = match place {
            Place::Field(field) => (self.field(span, base.ty, field)?, Place::Field(field.clone())),
            Place::Index(index) => {
                let (item, index) = self.element(span, base.ty, index)?;
                (item, Place::Index(index))
            }
        };
        let value = self.check(value, part)?;
        Some((base.ty, ExprKind::With { base, place, value }))
    }

    /// A closure whose parameters have these types.
    pub(super) fn lambda(
        &mut self,
        expr: &Expr<Spelled>,
        params: &[TypeId],
        want: Option<TypeId>,
    ) -> Linked<Expr<Typed>> {
        let ExprKind::Lambda(patterns, body) = &*expr.kind else {
            return self.fail(expr.span, "expected a closure: write it out, `|x| ..`");
        };
        if patterns.len() != params.len() {
            let (wants, has) = (params.len(), patterns.len());
            return self.fail(expr.span, format!("the closure takes {wants} parameters, not {has}"));
        }
        for (pattern, ty) in patterns.iter().zip(params) {
            self.pattern(expr.span, pattern, *ty)?;
        }
        let body = self.infer(body, want)?;
        Some(Expr { ty: body.ty, span: expr.span, kind: Box::new(ExprKind::Lambda(patterns.clone(), body)) })
    }
}
