//! Methods and functions of std: which builtin a spelling means, and what its arguments must be.

use super::{Linked, Linker};
use crate::{Builtin, Expr, ExprKind, IDENTITY_METHODS, Receiver, Span, Spelled, TypeDef, TypeId, TypeTable, Typed};

/// A method that only lowering writes: what a `for` goes through, by position. A vector is that itself; a map is the vector of its pairs, an
/// iterator that of its items.
pub const ITEMS: &str = "for items";

/// Behind `insert` and `remove`, only lowering writes it: what the method yields, which is read before the receiver changes.
pub const OLD_VALUE: &str = " yields";

impl Builtin {
    /// The method that a spelling means for a receiver of a type.
    #[must_use]
    pub fn resolve(spelling: &str, types: &TypeTable, receiver: TypeId) -> Option<Builtin> {
        let def = types.get(receiver);
        Builtin::ALL.iter().copied().find(|builtin| builtin.spelling() == spelling && builtin.receiver().takes(def))
    }

    /// The associated function that a path means.
    #[must_use]
    pub fn function(spelling: &str) -> Option<Builtin> {
        Builtin::ALL
            .iter()
            .copied()
            .find(|builtin| builtin.receiver() == Receiver::Function && builtin.spelling() == spelling)
    }
}

impl Receiver {
    /// A value of this type can receive.
    #[must_use]
    pub fn takes(self, def: &TypeDef) -> bool {
        match self {
            Receiver::Str => matches!(def, TypeDef::String),
            Receiver::Char => matches!(def, TypeDef::Char),
            Receiver::Bool => matches!(def, TypeDef::Bool),
            Receiver::Int => matches!(def, TypeDef::Int(_)),
            Receiver::Float => matches!(def, TypeDef::Float(_)),
            Receiver::Option => matches!(def, TypeDef::Option(_)),
            Receiver::Result => matches!(def, TypeDef::Result(..)),
            Receiver::Vec => matches!(def, TypeDef::Vec(_)),
            Receiver::Map => matches!(def, TypeDef::Map(_)),
            Receiver::Iterator => matches!(def, TypeDef::Iterator(_)),
            Receiver::Duration => matches!(def, TypeDef::Duration),
            Receiver::Timestamp => matches!(def, TypeDef::Timestamp),
            Receiver::Display => {
                matches!(def, TypeDef::String | TypeDef::Char | TypeDef::Int(_) | TypeDef::Bool | TypeDef::Timestamp)
            }
            Receiver::Any => true,
            Receiver::Function => false,
        }
    }
}

/// What an argument must be.
pub(super) enum Param {
    /// Of a type.
    Is(TypeId),
    /// Any; literals take the type, where there is one.
    Any(Option<TypeId>),
    /// A string or a character to look for.
    Needle,
    /// A vector or iterator of items of a type, or of any.
    Items(Option<TypeId>),
    /// A closure with parameters of types.
    Closure(Vec<TypeId>),
    /// A closure with parameters of types that yields a type.
    ClosureTo(Vec<TypeId>, TypeId),
}

/// What a builtin yields.
pub(super) enum Output {
    /// A type.
    Is(TypeId),
    /// The type of an argument, or of what a closure yields.
    Arg(usize),
    /// An option of it.
    OptionOfArg(usize),
    /// Computed from the types of the arguments; none where they do not fit.
    Of(Box<ComputeOutput>),
}

/// The output's type from those of the arguments.
pub(super) type ComputeOutput = dyn FnOnce(&mut TypeTable, &[TypeId]) -> Option<TypeId>;

/// The typing rule of a builtin for one receiver: parameters after the receiver, and the output.
pub(super) struct Rule {
    pub(super) params: Vec<Param>,
    pub(super) output: Output,
}

impl Linker<'_> {
    pub(super) fn method(
        &mut self,
        span: Span,
        spelling: &str,
        args: &[Expr<Spelled>],
        want: Option<TypeId>,
    ) -> Linked<Expr<Typed>> {
        if let Some(function) = Builtin::function(spelling) {
            let rule = self.function_rule(span, function, want)?;
            return self.apply(span, function, rule, None, args);
        }
        let Some((receiver, rest)) = args.split_first() else {
            return self.fail(span, format!("`{spelling}` has no meaning in a workflow: call it in a `#[task]`"));
        };
        let hint = self.receiver_hint(spelling, args, want);
        let receiver = self.infer(receiver, hint)?;
        let is_iterator = matches!(self.types.get(receiver.ty), TypeDef::Iterator(_));
        if IDENTITY_METHODS.contains(&spelling) || (is_iterator && matches!(spelling, "iter" | "into_iter")) {
            return Some(receiver);
        }
        if spelling == ITEMS {
            return self.positioned(span, receiver);
        }
        if let Some(method) = spelling.strip_suffix(OLD_VALUE) {
            return self.yielded(span, method, receiver, rest);
        }
        match Builtin::resolve(spelling, &self.types, receiver.ty) {
            Some(Builtin::Into) => self.convert_into(span, receiver, want),
            Some(Builtin::IterFold) => {
                let item = self.item_of(Some(receiver.ty))?;
                let rule = self.fold_rule(item, rest, want)?;
                self.apply(span, Builtin::IterFold, rule, Some(receiver), rest)
            }
            Some(builtin) => {
                let rule = self.rule(span, builtin, receiver.ty, want)?;
                self.apply(span, builtin, rule, Some(receiver), rest)
            }
            None => self.unknown_method(span, spelling, receiver.ty),
        }
    }

    /// See [`ITEMS`].
    fn positioned(&mut self, span: Span, value: Expr<Typed>) -> Linked<Expr<Typed>> {
        let method = |ty, builtin, value| Expr { ty, span, kind: Box::new(ExprKind::Method(builtin, vec![value])) };
        let (iterator, item) = match *self.types.get(value.ty) {
            TypeDef::Map(held) => {
                let key = self.intern(TypeDef::String);
                let pair = self.intern(TypeDef::Tuple(vec![key, held]));
                let pairs = self.intern(TypeDef::Iterator(pair));
                (method(pairs, Builtin::MapIter, value), pair)
            }
            TypeDef::Iterator(item) => (value, item),
            _ => return Some(value),
        };
        let items = self.intern(TypeDef::Vec(item));
        Some(method(items, Builtin::IterCollect, iterator))
    }

    /// See [`OLD_VALUE`].
    fn yielded(
        &mut self,
        span: Span,
        method: &str,
        receiver: Expr<Typed>,
        args: &[Expr<Spelled>],
    ) -> Linked<Expr<Typed>> {
        match (self.types.get(receiver.ty), method, args) {
            (TypeDef::Map(_), _, [_, ..]) => {
                let rule = self.rule(span, Builtin::MapGet, receiver.ty, None)?;
                self.apply(span, Builtin::MapGet, rule, Some(receiver), &args[..1])
            }
            (TypeDef::Vec(item), "remove", [index]) => {
                let item = *item;
                let usize = self.intern(TypeDef::Int(crate::IntType::Usize));
                let index = self.check(index, usize)?;
                Some(Expr { ty: item, span, kind: Box::new(ExprKind::Index(receiver, index)) })
            }
            (TypeDef::Vec(_), ..) => {
                let ty = self.intern(TypeDef::Unit);
                Some(Expr { ty, span, kind: Box::new(ExprKind::Literal(crate::Literal::Unit)) })
            }
            _ => self.unknown_method(span, method, receiver.ty),
        }
    }

    fn unknown_method(&mut self, span: Span, spelling: &str, receiver: TypeId) -> Linked<Expr<Typed>> {
        let name = self.types.name(receiver);
        let message = match (self.types.get(receiver), spelling) {
            (TypeDef::String, "len") => {
                "`len` of a string counts bytes, which a machine cannot: use `.chars().count()`".into()
            }
            (TypeDef::Float(_), "to_string") => {
                "a float prints only with a precision, `format!(\"{:.2}\", x)`: engines disagree on its digits".into()
            }
            (TypeDef::Opaque(_), _) => {
                format!(
                    "{name} is opaque, so a workflow cannot call `{spelling}` on it: derive `Data` for it, or call it in a `#[task]`"
                )
            }
            _ => format!("`{spelling}` on a {name} has no meaning in a workflow: call it in a `#[task]`"),
        };
        self.fail(span, message)
    }

    /// Types the arguments by the rule.
    fn apply(
        &mut self,
        span: Span,
        builtin: Builtin,
        rule: Rule,
        receiver: Option<Expr<Typed>>,
        args: &[Expr<Spelled>],
    ) -> Linked<Expr<Typed>> {
        if args.len() != rule.params.len() {
            let (name, wants, has) = (builtin.spelling(), rule.params.len(), args.len());
            return self.fail(span, format!("`{name}` takes {wants} arguments, not {has}"));
        }
        let mut typed = Vec::new();
        for (arg, param) in args.iter().zip(&rule.params) {
            typed.push(self.argument(arg, param)?);
        }
        let ty = match rule.output {
            Output::Is(ty) => ty,
            Output::Arg(index) => typed[index].ty,
            Output::OptionOfArg(index) => self.intern(TypeDef::Option(typed[index].ty)),
            Output::Of(compute) => {
                let types: Vec<TypeId> = typed.iter().map(|arg| arg.ty).collect();
                match compute(&mut self.types, &types) {
                    Some(ty) => ty,
                    None => {
                        let found: Vec<String> = types.iter().map(|ty| self.types.name(*ty)).collect();
                        let (name, found) = (builtin.spelling(), found.join(", "));
                        return self.fail(span, format!("`{name}` has no meaning in a workflow with {found}"));
                    }
                }
            }
        };
        let args = receiver.into_iter().chain(typed).collect();
        Some(Expr { ty, span, kind: Box::new(ExprKind::Method(builtin, args)) })
    }

    fn argument(&mut self, arg: &Expr<Spelled>, param: &Param) -> Linked<Expr<Typed>> {
        match param {
            Param::Is(ty) => self.check(arg, *ty),
            Param::Any(hint) => self.infer(arg, *hint),
            Param::Needle => {
                let arg = self.infer(arg, None)?;
                match self.types.get(arg.ty) {
                    TypeDef::String | TypeDef::Char => Some(arg),
                    _ => {
                        let name = self.types.name(arg.ty);
                        self.fail(arg.span, format!("a string or a character can be looked for, not a {name}"))
                    }
                }
            }
            Param::Items(item) => {
                let hint = item.map(|item| self.items_hint(arg, item));
                let arg = self.infer(arg, hint)?;
                let found = self.items(&arg)?;
                self.expect(arg.span, item.unwrap_or(found), found)?;
                Some(arg)
            }
            Param::Closure(params) => self.lambda(arg, params, None),
            Param::ClosureTo(params, output) => {
                let closure = self.lambda(arg, params, Some(*output))?;
                self.expect(closure.span, *output, closure.ty)?;
                Some(closure)
            }
        }
    }

    fn items_hint(&mut self, arg: &Expr<Spelled>, item: TypeId) -> TypeId {
        match &*arg.kind {
            ExprKind::Array(_) | ExprKind::Repeat(..) => self.intern(TypeDef::Vec(item)),
            _ => self.intern(TypeDef::Iterator(item)),
        }
    }

    /// The type of the items of a vector, iterator or option.
    pub(super) fn items(&mut self, expr: &Expr<Typed>) -> Linked<TypeId> {
        match *self.types.get(expr.ty) {
            TypeDef::Vec(item) | TypeDef::Iterator(item) | TypeDef::Option(item) => Some(item),
            TypeDef::Map(value) => {
                let key = self.intern(TypeDef::String);
                Some(self.intern(TypeDef::Tuple(vec![key, value])))
            }
            _ => {
                let name = self.types.name(expr.ty);
                self.fail(expr.span, format!("a {name} has no items"))
            }
        }
    }
}
