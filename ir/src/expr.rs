//! Pure values: expressions and patterns.
//!
//! An expression means what the same Rust means: operands are evaluated from left to right, `&&`, `||`, `if` and `match` only
//! as far as needed. It has no effect; it can only fail, by overflow, division by zero, an index out of range or the like, and then
//! the state that evaluates it fails with `States.QueryEvaluationError`. References and clones do not exist here:
//! `&x`, `*x`, `x.clone()` and `x.as_str()` are `x`.

use serde::{Deserialize, Serialize};

use crate::{Phase, Span, Spelled, VarId};

/// An expression with its type and its place in the source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Expr<P: Phase = Spelled> {
    /// The type: in a spelled machine, the hole that holds it, where generated code captured one.
    pub ty: P::Type,
    /// Where the user wrote it.
    pub span: Span,
    /// What it is.
    pub kind: Box<ExprKind<P>>,
}

/// What an expression computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum ExprKind<P: Phase = Spelled> {
    /// A literal.
    Literal(Literal),
    /// A constant, unit struct or unit variant, named by a path.
    Const(P::Const),
    /// A variable.
    Var(VarId),
    /// A field of a struct or tuple, by Rust name or position.
    Field(Expr<P>, String),
    /// An element of a vector; out of range fails.
    Index(Expr<P>, Expr<P>),
    /// `!a`, `-a`.
    Unary(UnaryOp, Expr<P>),
    /// `a + b`, `a == b`, `a && b`, ...
    Binary(BinaryOp, Expr<P>, Expr<P>),
    /// `a as u32`: the target is the type of the expression itself.
    Cast(Expr<P>, CastType),
    /// `if c { a } else { b }`.
    If(Expr<P>, Expr<P>, Expr<P>),
    /// `match` as a value.
    Match(Expr<P>, Vec<Arm<P>>),
    /// `{ let x = value; body }`.
    Let(VarId, Expr<P>, Expr<P>),
    /// A struct, or a variant with fields; `Some`, `Ok` and `Err` too.
    Construct(Construct<P>),
    /// `(a, b)`.
    Tuple(Vec<Expr<P>>),
    /// `vec![a, b]` or `[a, b]`.
    Array(Vec<Expr<P>>),
    /// `vec![value; count]`.
    Repeat(Expr<P>, Expr<P>),
    /// `a..b` or `a..=b`, an iterator of integers.
    Range {
        /// The first value.
        from: Expr<P>,
        /// The end.
        to: Expr<P>,
        /// The end is a value of the range.
        inclusive: bool,
    },
    /// `format!`.
    Format(Vec<FormatPart<P>>),
    /// A method of a standard type. The receiver is the first argument.
    Method(P::Method, Vec<Expr<P>>),
    /// A closure. Stands only as an argument of a method.
    Lambda(Vec<Pattern>, Expr<P>),
    /// Call of a `#[pure] fn`.
    Pure(P::Callee, Vec<Expr<P>>),
    /// A value that only the execution knows.
    Context(ContextValue),
    /// `patched("name")`: the execution takes the new way. Linking takes it for true.
    Patched(String),
    /// The value with the element or field at a place replaced: what `x.a[i].b = v` assigns to `x`.
    With {
        /// The value before.
        base: Expr<P>,
        /// Which part is replaced.
        place: Place<P>,
        /// What it becomes.
        value: Expr<P>,
    },
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum Place<P: Phase = Spelled> {
    /// A field by Rust name or position.
    Field(String),
    /// An element; out of range fails.
    Index(Expr<P>),
}

/// A literal value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `()`.
    Unit,
    /// `true`, `false`.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// A float.
    Float(f64),
    /// A string.
    Str(String),
    /// A character.
    Char(char),
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Neg,
}

/// Operators with two operands. Arithmetic on integers is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// The target of `as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CastType {
    /// An integer, with the wrapping and saturation that Rust gives `as`.
    Int(crate::IntType),
    /// A float.
    Float(crate::FloatType),
}

/// One arm of a `match` that yields a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Arm<P: Phase = Spelled> {
    /// What it matches.
    pub pattern: Pattern,
    /// `if ..`, which sees the bindings.
    pub guard: Option<Expr<P>>,
    /// The value.
    pub body: Expr<P>,
}

/// A struct expression, a tuple-struct or variant call, or a bare variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Construct<P: Phase = Spelled> {
    /// The last segment of the path: the struct's name or the variant's.
    pub name: String,
    /// The fields by Rust name or position, in the order written.
    pub fields: Vec<(String, Expr<P>)>,
    /// `..base`.
    pub base: Option<Expr<P>>,
}

/// One piece of `format!`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum FormatPart<P: Phase = Spelled> {
    /// Text.
    Text(String),
    /// A value printed as `Display` prints it.
    Value {
        /// The value.
        value: Expr<P>,
        /// `{:.2}`: digits after the point.
        precision: Option<u32>,
        /// `{:>8}`: fill, alignment (`<`, `^`, `>`) and width in code points.
        pad: Option<(char, char, u32)>,
    },
}

/// A value that only the execution knows; recorded with the state that evaluates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContextValue {
    /// The time, as a timestamp.
    Now,
    /// A random UUID, version 4.
    Uuid,
    /// A random number from 0 to below 1.
    Random,
    /// The execution's id.
    ExecutionId,
    /// The execution's name.
    ExecutionName,
    /// When the execution started, as a timestamp.
    ExecutionStart,
    /// The workflow's name.
    ExecutionWorkflow,
    /// All of it, as a value of [`TypeTable::execution_context`](crate::TypeTable::execution_context).
    Execution,
    /// The token of the callback that is being waited for; stands only in the arguments of such a task.
    TaskToken,
}

/// What a value is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// `_`
    Wild,
    /// `x`, `x @ pattern`.
    Bind(VarId, Option<Box<Pattern>>),
    /// A literal.
    Literal(Literal),
    /// `a..=b`, `a..`, ...
    Range {
        /// The smallest value.
        from: Option<Literal>,
        /// The end.
        to: Option<Literal>,
        /// The end is part of the range.
        inclusive: bool,
    },
    /// `(a, b)`.
    Tuple(Vec<Pattern>),
    /// A struct or variant by the last segment of its path, with the fields that the pattern mentions, by Rust name or
    /// position. `Some`, `None`, `Ok` and `Err` too.
    Fields(String, Vec<(String, Pattern)>),
    /// `a | b`. Binds the same variables on each side.
    Or(Vec<Pattern>),
}
