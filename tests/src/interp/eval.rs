//! Expressions.

use std::{cell::Cell, collections::HashMap};

use durafn_ir::{
    Arm, Builtin, Callee, Construct, ContextValue, Expr, ExprKind, Fields, Place, StructDef, TypeDef, TypeId,
    TypeTable, Typed, TypedMachine, UnaryOp, VarId,
};

use super::{
    Context, Failure, Val, format, iterators, numbers, operators, options, pattern, sequences, text, time, wire,
};

/// The variables and their values. A variable has one binding in a machine, so inner ones need no scope of their own.
pub(super) type Env = HashMap<VarId, Val>;

/// Evaluates expressions of one execution.
pub(super) struct Eval<'a> {
    types: &'a TypeTable,
    context: &'a Context,
    workflow: &'a str,
    uuids: Cell<u32>,
    evaluated: Cell<u32>,
}

/// Most items of a range: as many as JSONata makes.
const MAX_RANGE: i128 = 10_000_000;

/// More expressions than any test evaluates.
const MAX_EVALUATED: u32 = 20_000_000;

impl<'a> Eval<'a> {
    /// For expressions of this machine.
    pub(super) fn new(machine: &'a TypedMachine, context: &'a Context) -> Eval<'a> {
        Eval { types: &machine.types, context, workflow: &machine.name, uuids: Cell::new(0), evaluated: Cell::new(0) }
    }

    /// The types of the machine.
    pub(super) fn types(&self) -> &'a TypeTable {
        self.types
    }

    /// The value of an expression.
    pub(super) fn eval(&self, expr: &Expr<Typed>, env: &mut Env) -> Result<Val, Failure> {
        self.evaluated.set(self.evaluated.get() + 1);
        if self.evaluated.get() > MAX_EVALUATED {
            return Err(Failure::new("States.Runtime", "the machine computes without end"));
        }
        Ok(match &*expr.kind {
            ExprKind::Literal(literal) => pattern::of_literal(literal),
            ExprKind::Const(json) => wire::decode(self.types, expr.ty, json)?,
            ExprKind::Var(var) => match env.get(var) {
                Some(value) => value.clone(),
                None => unreachable!("variable {} is read before it is assigned", var.0),
            },
            ExprKind::Field(base, field) => self.eval(base, env)?.field(field),
            ExprKind::Index(base, index) => {
                let (items, index) = (self.eval(base, env)?, self.eval(index, env)?.index());
                let Val::Vec(mut items) = items else { unreachable!("only vectors are indexed") };
                in_range(index, items.len())?;
                items.swap_remove(index)
            }
            ExprKind::Unary(op, operand) => {
                let operand_ty = operand.ty;
                match (op, self.eval(operand, env)?) {
                    (UnaryOp::Not, value) => Val::Bool(!value.bool()),
                    (UnaryOp::Neg, Val::Int(value)) => numbers::int(self.types, operand_ty, -value)?,
                    (UnaryOp::Neg, value) => Val::Float(-value.float()),
                }
            }
            ExprKind::Binary(op, a, b) => return operators::binary(self, *op, a, b, env),
            ExprKind::Cast(operand, target) => numbers::cast(self.eval(operand, env)?, *target)?,
            ExprKind::If(condition, then, otherwise) => {
                let taken = if self.eval(condition, env)?.bool() { then } else { otherwise };
                self.eval(taken, env)?
            }
            ExprKind::Match(subject, arms) => {
                let value = self.eval(subject, env)?;
                self.arm(&value, arms, env)?
            }
            ExprKind::Let(var, value, body) => {
                let value = self.eval(value, env)?;
                env.insert(*var, value);
                self.eval(body, env)?
            }
            ExprKind::Construct(construct) => self.construct(expr.ty, construct, env)?,
            ExprKind::Tuple(items) => Val::Tuple(self.all(items, env)?),
            ExprKind::Array(items) => Val::Vec(self.all(items, env)?),
            ExprKind::Repeat(value, count) => {
                let value = self.eval(value, env)?;
                Val::Vec(vec![value; self.eval(count, env)?.index()])
            }
            ExprKind::Range { from, to, inclusive } => {
                let (from, to) = (self.eval(from, env)?.int(), self.eval(to, env)?.int());
                let end = if *inclusive { to + 1 } else { to };
                if end - from > MAX_RANGE {
                    return Err(Failure::eval(format!("a range of {} items is too long", end - from)));
                }
                Val::iter((from..end).map(Val::Int))
            }
            ExprKind::Format(parts) => Val::Str(format::format(self, parts, env)?),
            ExprKind::Method(builtin, args) => self.method(*builtin, args, expr.ty, env)?,
            ExprKind::Lambda(..) => unreachable!("a closure stands only among the arguments of a method"),
            ExprKind::Pure(callee, args) => self.pure(callee, args, env)?,
            ExprKind::Context(value) => self.context_value(*value),
            ExprKind::Patched(_) => Val::Bool(true),
            ExprKind::With { base, place, value } => {
                let base = self.eval(base, env)?;
                self.with(base, place, value, env)?
            }
        })
    }

    /// The values of expressions from left to right.
    pub(super) fn all(&self, exprs: &[Expr<Typed>], env: &mut Env) -> Result<Vec<Val>, Failure> {
        exprs.iter().map(|expr| self.eval(expr, env)).collect()
    }

    /// What a closure yields for arguments.
    pub(super) fn call<const N: usize>(
        &self,
        closure: &Expr<Typed>,
        args: [Val; N],
        env: &mut Env,
    ) -> Result<Val, Failure> {
        let ExprKind::Lambda(params, body) = &*closure.kind else { unreachable!("no closure") };
        for (param, arg) in params.iter().zip(&args) {
            if !pattern::matches(param, arg, env) {
                unreachable!("a closure's parameter always matches");
            }
        }
        self.eval(body, env)
    }

    fn arm(&self, value: &Val, arms: &[Arm<Typed>], env: &mut Env) -> Result<Val, Failure> {
        for Arm { pattern, guard, body } in arms {
            if !pattern::matches(pattern, value, env) {
                continue;
            }
            let holds = match guard {
                Some(guard) => self.eval(guard, env)?.bool(),
                None => true,
            };
            if holds {
                return self.eval(body, env);
            }
        }
        unreachable!("a match covers every value")
    }

    fn construct(&self, ty: TypeId, construct: &Construct<Typed>, env: &mut Env) -> Result<Val, Failure> {
        let Construct { name, fields, base } = construct;
        let mut given = Vec::new();
        for (field, value) in fields {
            given.push((field.clone(), self.eval(value, env)?));
        }
        let base = match base {
            Some(base) => Some(self.eval(base, env)?),
            None => None,
        };
        let single = |given: Vec<(String, Val)>| given.into_iter().next().map(|(_, value)| Box::new(value));
        Ok(match (self.types.get(ty), name.as_str()) {
            (TypeDef::Option(_), _) => Val::Option(single(given)),
            (TypeDef::Result(..), "Ok") => Val::Result(Ok(single(given).expect("Ok holds a value"))),
            (TypeDef::Result(..), _) => Val::Result(Err(single(given).expect("Err holds a value"))),
            (TypeDef::Struct(StructDef { fields, .. }), _) => Val::Struct(self.fields(fields, given, base)?),
            (TypeDef::Enum(def), name) => {
                let (_, variant) = def.find(name).expect("a variant");
                Val::Enum(name.to_owned(), self.fields(&variant.fields, given, None)?)
            }
            (def, name) => unreachable!("`{name}` is no form of {def:?}"),
        })
    }

    /// The fields in declaration order. A skipped one holds its default, as it would after any crossing of the wire.
    fn fields(
        &self,
        defs: &Fields,
        mut given: Vec<(String, Val)>,
        base: Option<Val>,
    ) -> Result<Vec<(String, Val)>, Failure> {
        let mut fields = Vec::new();
        for def in defs {
            let at = given.iter().position(|(name, _)| *name == def.name);
            let value = match (at, &base) {
                _ if def.skip => wire::skipped(self.types, def)?,
                (Some(at), _) => given.swap_remove(at).1,
                (None, Some(base)) => base.clone().field(&def.name),
                (None, None) => unreachable!("the field {} is missing", def.name),
            };
            fields.push((def.name.clone(), value));
        }
        Ok(fields)
    }

    fn with(&self, base: Val, place: &Place<Typed>, value: &Expr<Typed>, env: &mut Env) -> Result<Val, Failure> {
        match (base, place) {
            (Val::Struct(mut fields), Place::Field(field)) => {
                let value = self.eval(value, env)?;
                let slot = fields.iter_mut().find(|(name, _)| name == field).expect("a field");
                slot.1 = value;
                Ok(Val::Struct(fields))
            }
            (Val::Tuple(mut items), Place::Field(field)) => {
                items[field.parse::<usize>().expect("a position")] = self.eval(value, env)?;
                Ok(Val::Tuple(items))
            }
            (Val::Vec(mut items), Place::Index(index)) => {
                let index = self.eval(index, env)?.index();
                in_range(index, items.len())?;
                items[index] = self.eval(value, env)?;
                Ok(Val::Vec(items))
            }
            (base, place) => unreachable!("{base:?} has no {place:?}"),
        }
    }

    fn context_value(&self, value: ContextValue) -> Val {
        match value {
            ContextValue::Now | ContextValue::ExecutionStart => {
                Val::Timestamp(time::parse(&self.context.now).expect("a timestamp"))
            }
            ContextValue::Uuid => {
                self.uuids.set(self.uuids.get() + 1);
                Val::Str(format!("00000000-0000-4000-8000-{:012}", self.uuids.get()))
            }
            ContextValue::Random => Val::Float(self.context.random),
            ContextValue::ExecutionId => Val::str(&self.context.id),
            ContextValue::ExecutionWorkflow => Val::str(self.workflow),
            ContextValue::Execution => {
                let parts = [
                    ("id", ContextValue::ExecutionId),
                    ("name", ContextValue::ExecutionName),
                    ("start_time", ContextValue::ExecutionStart),
                    ("workflow", ContextValue::ExecutionWorkflow),
                ];
                Val::Struct(parts.map(|(name, part)| (name.to_owned(), self.context_value(part))).into())
            }
            ContextValue::ExecutionName => Val::str(&self.context.name),
            ContextValue::TaskToken => Val::str("token"),
        }
    }

    fn pure(&self, callee: &Callee, _: &[Expr<Typed>], _: &mut Env) -> Result<Val, Failure> {
        unreachable!("linking puts the body of `{}` in place of its call", callee.name)
    }

    fn method(&self, builtin: Builtin, args: &[Expr<Typed>], ty: TypeId, env: &mut Env) -> Result<Val, Failure> {
        let value = self.unchecked_method(builtin, args, ty, env)?;
        // What only selects or passes values on may hold integers past 2^53; what computes may not.
        if builtin.can_fail() { numbers::exact(value) } else { Ok(value) }
    }

    fn unchecked_method(
        &self,
        builtin: Builtin,
        args: &[Expr<Typed>],
        ty: TypeId,
        env: &mut Env,
    ) -> Result<Val, Failure> {
        use durafn_ir::Receiver as R;
        match builtin.receiver() {
            R::Str | R::Char | R::Display => text::method(self, builtin, args, ty, env),
            R::Int => numbers::int_method(self, builtin, args, env),
            R::Float => numbers::float_method(self, builtin, args, env),
            R::Bool | R::Option => options::option_method(self, builtin, args, env),
            R::Result => options::result_method(self, builtin, args, ty, env),
            R::Vec => sequences::vec_method(self, builtin, args, env),
            R::Map => sequences::map_method(self, builtin, args, env),
            R::Iterator => iterators::iter_method(self, builtin, args, ty, env),
            R::Duration | R::Timestamp | R::Function | R::Any => self.function(builtin, args, ty, env),
        }
    }

    fn function(&self, builtin: Builtin, args: &[Expr<Typed>], ty: TypeId, env: &mut Env) -> Result<Val, Failure> {
        use std::time::Duration;
        let args = self.all(args, env)?;
        let from = |unit_millis: u64, args: Vec<Val>| {
            let count = args.into_iter().next().expect("a count").int() as u64;
            let seconds = count.checked_mul(unit_millis / 1000).filter(|seconds| *seconds <= 1 << 53);
            let seconds = seconds.ok_or_else(|| Failure::eval(format!("a duration of {count} units is too long")))?;
            Ok(Val::Duration(Duration::from_secs(seconds)))
        };
        Ok(match builtin {
            Builtin::DurationAsSecs => Val::Int(duration(&args[0]).as_secs().into()),
            Builtin::DurationAsMillis => Val::Int(duration(&args[0]).as_millis() as i128),
            Builtin::DurationAsSecsF64 => Val::Float(duration(&args[0]).as_secs_f64()),
            Builtin::DurationSubsecMillis => Val::Int(duration(&args[0]).subsec_millis().into()),
            Builtin::DurationIsZero => Val::Bool(duration(&args[0]).is_zero()),
            Builtin::DurationCheckedSub => {
                Val::option(duration(&args[0]).checked_sub(duration(&args[1])).map(Val::Duration))
            }
            Builtin::DurationSaturatingSub => Val::Duration(duration(&args[0]).saturating_sub(duration(&args[1]))),
            Builtin::DurationAbsDiff => Val::Duration(duration(&args[0]).abs_diff(duration(&args[1]))),
            Builtin::TimestampDurationSince => {
                let between = timestamp(&args[0]) - timestamp(&args[1]);
                let between = u64::try_from(between).map_err(|_| Failure::eval("the other time is later"))?;
                Val::Duration(Duration::from_millis(between))
            }
            Builtin::TimestampAsSecond => Val::Int((timestamp(&args[0]) / 1000).into()),
            Builtin::TimestampAsMillisecond => Val::Int(timestamp(&args[0]).into()),
            Builtin::DurationFromSecs => Val::Duration(Duration::from_secs(args[0].clone().int() as u64)),
            Builtin::DurationFromMillis => Val::Duration(Duration::from_millis(args[0].clone().int() as u64)),
            Builtin::DurationFromMins => return from(60_000, args),
            Builtin::DurationFromHours => return from(3_600_000, args),
            Builtin::StringNew => Val::str(""),
            Builtin::StringFrom => Val::Str(args[0].clone().string()),
            Builtin::VecNew => Val::Vec(Vec::new()),
            Builtin::MapNew => Val::Map(Default::default()),
            Builtin::Default => self.default(ty)?,
            Builtin::Into => self.into(args.into_iter().next().expect("a value"), ty),
            other => unreachable!("{other:?} is no function"),
        })
    }

    /// The default value of a type.
    pub(super) fn default(&self, ty: TypeId) -> Result<Val, Failure> {
        wire::decode(self.types, ty, &self.types.default_value(ty).expect("a type with a known default"))
    }

    fn into(&self, value: Val, ty: TypeId) -> Val {
        match (value, self.types.get(ty)) {
            (Val::Int(value), TypeDef::Float(_)) => Val::Float(value as f64),
            (Val::Char(value), TypeDef::String) => Val::Str(value.into()),
            (value @ Val::Option(_), TypeDef::Option(inner))
                if !matches!(self.types.get(*inner), TypeDef::Option(_)) =>
            {
                value
            }
            (value, TypeDef::Option(_)) => Val::some(value),
            (value, _) => value,
        }
    }
}

/// The duration that a value is.
pub(super) fn duration(value: &Val) -> std::time::Duration {
    match value {
        Val::Duration(duration) => *duration,
        other => unreachable!("{other:?} is no duration"),
    }
}

/// The milliseconds since 1970 that a value is.
fn timestamp(value: &Val) -> i64 {
    match value {
        Val::Timestamp(millis) => *millis,
        other => unreachable!("{other:?} is no timestamp"),
    }
}

/// The index is one of so many.
pub(super) fn in_range(index: usize, len: usize) -> Result<(), Failure> {
    if index < len { Ok(()) } else { Err(Failure::eval(format!("index {index} is out of range of {len}"))) }
}
