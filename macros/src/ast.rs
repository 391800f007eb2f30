//! The workflow language as types: what a `#[workflow]` body can say, each node with its span.
//!
//! `parse` turns syn's tree into this one and reports everything else; after it, a construct that is not here does not exist. Nodes carry a
//! number ([`NodeId`]) by which later passes keep what they learn: `resolve` which local a name means, `lower` which state
//! is entered before a node. The tree keeps the user's own tokens where native code repeats them (types, paths, patterns).

mod param;

use durafn_ir::{BinaryOp, Literal, UnaryOp, WorkflowKind};
use proc_macro2::{Ident, Span, TokenStream};

use crate::derive::rename::Rename;

pub(crate) use self::param::is_transaction;

/// A node of the tree, unique in a workflow, ascending in source order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) u32);

/// A local variable or parameter: an index into [`Workflow::locals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LocalId(pub(crate) u32);

/// A whole `#[workflow]` function.
#[derive(Debug)]
pub(crate) struct Workflow {
    pub(crate) attr: WorkflowAttr,
    pub(crate) item: Signature,
    pub(crate) body: Block,
    /// Every local of the body, filled by `resolve`; parameters come first, in order.
    pub(crate) locals: Vec<Local>,
}

/// The arguments of `#[workflow(..)]`.
#[derive(Debug, Default)]
pub(crate) struct WorkflowAttr {
    /// `name = ".."`: in place of the function's name.
    pub(crate) name: Option<String>,
    /// `express`.
    pub(crate) kind: WorkflowKind,
    /// `timeout = "1h"`, in seconds.
    pub(crate) timeout_seconds: Option<u64>,
    /// `version = 2`.
    pub(crate) version: Option<u32>,
}

/// What tasks and workflows have in common.
#[derive(Debug)]
pub(crate) struct Signature {
    /// Attributes that are not ours, doc comments included.
    pub(crate) attrs: Vec<syn::Attribute>,
    /// The doc comment's text.
    pub(crate) comment: Option<String>,
    pub(crate) vis: syn::Visibility,
    pub(crate) ident: Ident,
    pub(crate) params: Vec<Param>,
    /// The type as written; `()` where there is none.
    pub(crate) output: syn::Type,
    /// The type is spelled `Result<..>`.
    pub(crate) returns_result: bool,
}

/// A parameter: a plain identifier. Anything else is a diagnostic.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) ident: Ident,
    pub(crate) mutable: bool,
    pub(crate) ty: syn::Type,
    /// `#[resource]`: a task's own, not payload.
    pub(crate) resource: bool,
    /// Its key in the input, where that is set.
    pub(crate) key: Option<String>,
}

/// A whole `#[task]` function. Its body is any Rust and stays as it is.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) attr: TaskAttr,
    pub(crate) item: Signature,
    /// Written without `async`: the body blocks its thread.
    pub(crate) blocking: bool,
    pub(crate) body: syn::Block,
}

/// The arguments of `#[task(..)]`.
#[derive(Debug, Default)]
pub(crate) struct TaskAttr {
    /// `name = ".."`: in place of the function's name.
    pub(crate) name: Option<String>,
    /// `callback`: ends by a token that somebody completes. With `resource`: the service is given the token.
    pub(crate) callback: bool,
    /// `activity`: served by polling workers.
    pub(crate) activity: bool,
    /// `resource = "arn:.."`.
    pub(crate) resource: Option<String>,
    /// The resource is a service integration.
    pub(crate) integration: bool,
    /// `rename_all = ".."`: the keys of the parameters, as serde makes them.
    pub(crate) rename_all: Option<Rename>,
    /// `transaction`: commits writes of its own together with its result.
    pub(crate) transaction: bool,
    /// `at_most_once`: not run again after a crash.
    pub(crate) at_most_once: bool,
    /// `timeout = "30s"`, in seconds.
    pub(crate) timeout_seconds: Option<u64>,
    /// `heartbeat = "10s"`, in seconds.
    pub(crate) heartbeat_seconds: Option<u64>,
    /// `retry(..)`, in the order written.
    pub(crate) retry: Vec<durafn_ir::Retrier>,
}

/// A binding.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) ident: Ident,
    pub(crate) mutable: bool,
    /// How many branches or Map bodies enclose its declaration, and which: the node of each.
    pub(crate) scope: Vec<NodeId>,
    /// Bound by a pattern or closure within one expression, so never a variable of the machine: a closure's parameter, or a binding of a
    /// `match` that yields a pure value.
    pub(crate) closure: bool,
}

/// `{ .. }`.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) id: NodeId,
    pub(crate) span: Span,
    pub(crate) stmts: Vec<Stmt>,
    /// The last expression, without a semicolon.
    pub(crate) tail: Option<Box<Expr>>,
    /// What stands above the last expression.
    pub(crate) tail_label: TailLabel,
}

/// `#[state("..")]` and a comment above a block's last expression, as [`Stmt::state`] and [`Stmt::comment`] are for a statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct TailLabel {
    pub(crate) state: Option<String>,
    pub(crate) comment: Option<String>,
}

/// A statement.
#[derive(Clone, Debug)]
pub(crate) struct Stmt {
    pub(crate) id: NodeId,
    pub(crate) span: Span,
    /// `#[state("Charge card")]`: the name of the state that the statement makes.
    pub(crate) state: Option<String>,
    /// A comment for that state: `/// ..` above the statement.
    pub(crate) comment: Option<String>,
    pub(crate) kind: StmtKind,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub(crate) enum StmtKind {
    /// `let pat: ty = init else { .. };` A `let` without a value is a diagnostic.
    Let { pat: Pat, ty: Option<syn::Type>, init: Expr, otherwise: Option<Block> },
    /// An expression; its value is dropped.
    Expr(Expr),
    /// A `tracing` or `log` macro: runs natively, is nothing in ASL. Its tokens, verbatim.
    Log(TokenStream),
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) id: NodeId,
    pub(crate) span: Span,
    pub(crate) kind: ExprKind,
}

impl Expr {
    /// Without the parentheses around it.
    pub(crate) fn unparenthesised(&self) -> &Expr {
        match &self.kind {
            ExprKind::Paren(inner) => inner.unparenthesised(),
            _ => self,
        }
    }

    /// Without the parentheses and references around it.
    pub(crate) fn peeled(&self) -> &Expr {
        match &self.kind {
            ExprKind::Paren(inner) | ExprKind::Ref { expr: inner, .. } => inner.peeled(),
            _ => self,
        }
    }

    /// A condition that holds a `let` among its parts.
    pub(crate) fn has_let(&self) -> bool {
        match &self.unparenthesised().kind {
            ExprKind::Let(..) => true,
            ExprKind::Binary(BinaryOp::And, left, right) => left.has_let() || right.has_let(),
            _ => false,
        }
    }
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    /// A literal; its tokens keep suffixes.
    Lit { value: Literal, tokens: TokenStream },
    /// A single lower-case name, as yet unresolved or not a local: after `resolve`, a static error.
    Name(Ident),
    /// A local.
    Local(LocalId, Ident),
    /// A constant, a unit struct or a unit variant.
    Path(syn::Path),
    /// `a.b`, `a.0`.
    Field(Box<Expr>, syn::Member),
    /// `a[i]`.
    Index(Box<Expr>, Box<Expr>),
    /// `!a`, `-a`.
    Unary(UnaryOp, Box<Expr>),
    /// `&a`, `&mut a`: nothing in the model.
    Ref { mutable: bool, expr: Box<Expr> },
    /// `*a`: nothing in the model.
    Deref(Box<Expr>),
    /// `(a)`: nothing in the model.
    Paren(Box<Expr>),
    /// `a + b`, `a && b`, `a == b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a as u64` or `u64::from(a)`, to an integer or float by name.
    Cast(Box<Expr>, syn::Type, Casting),
    /// `place = value`; the place is a local with fields and indices.
    Assign(Box<Expr>, Box<Expr>),
    /// `place += value`.
    AssignOp(BinaryOp, Box<Expr>, Box<Expr>),
    /// `if`; the condition may hold [`ExprKind::Let`] joined by `&&`.
    If { cond: Box<Expr>, then: Block, otherwise: Option<Box<Expr>> },
    /// `let pat = value` in a condition.
    Let(Box<Pat>, Box<Expr>),
    /// `match`.
    Match { scrutinee: Box<Expr>, arms: Vec<Arm> },
    /// `while`; the condition as in `if`.
    While { label: Option<syn::Lifetime>, cond: Box<Expr>, body: Block },
    /// `loop`.
    Loop { label: Option<syn::Lifetime>, body: Block },
    /// `'label: { .. }`, left by `break 'label value`.
    Labelled { label: syn::Lifetime, body: Block },
    /// `for pat in iter`.
    For { label: Option<syn::Lifetime>, pat: Pat, iter: Box<Expr>, body: Block },
    /// `break 'label value`.
    Break { label: Option<syn::Lifetime>, value: Option<Box<Expr>> },
    /// `continue 'label`.
    Continue { label: Option<syn::Lifetime> },
    /// `return value`.
    Return(Option<Box<Expr>>),
    /// `{ .. }`.
    Block(Block),
    /// `(a, b)`; `()` is a literal.
    Tuple(Vec<Expr>),
    /// `vec![a, b]` (`vec`) or `[a, b]`.
    Array { vec: bool, items: Vec<Expr> },
    /// `vec![value; count]` or `[value; count]`.
    Repeat { vec: bool, value: Box<Expr>, count: Box<Expr> },
    /// `Path { field: value, ..base }`.
    Struct { path: syn::Path, fields: Vec<(syn::Member, Expr)>, base: Option<Box<Expr>> },
    /// A tuple struct's or variant's constructor: the path's last segment begins in upper case. `Some`, `Ok`, `Err` too.
    Construct { path: syn::Path, args: Vec<Expr> },
    /// An associated function of std: `Duration::from_secs(..)`, `String::new()`; its spelling as in
    /// [`durafn_ir::Builtin`]. A type's own arguments (`Vec::<u8>::new`) stay in the path.
    Function { path: syn::Path, spelling: String, args: Vec<Expr> },
    /// Call of a `#[pure] fn`.
    Pure { path: syn::Path, args: Vec<Expr> },
    /// `now()`, `uuid()`, `random()`, `execution()`.
    Context { path: syn::Path, which: ContextCall },
    /// `patched("name")`.
    Patched { path: syn::Path, name: String },
    /// A method of a standard type. `turbofish` holds its angle brackets.
    Method { receiver: Box<Expr>, method: Ident, turbofish: Option<TokenStream>, args: Vec<Expr> },
    /// A closure, as argument of a method.
    Closure { moves: bool, params: Vec<ClosureParam>, body: Box<Expr> },
    /// `a..b`, `a..=b`.
    Range { from: Box<Expr>, to: Box<Expr>, inclusive: bool },
    /// `format!(..)`, with its inline arguments made explicit. `tokens` are the macro's path.
    Format(Vec<FormatPiece>),
    /// `matches!(value, pat if guard)`.
    Matches { value: Box<Expr>, pat: Box<Pat>, guard: Option<Box<Expr>> },
    /// `a?`.
    Try(Box<Expr>),
    /// Whatever suspends.
    Await(Box<Await>),
}

/// A parameter of a closure.
#[derive(Clone, Debug)]
pub(crate) struct ClosureParam {
    pub(crate) pat: Pat,
    pub(crate) ty: Option<syn::Type>,
}

/// Calls that ask the execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContextCall {
    Now,
    Uuid,
    Random,
    Execution,
}

/// A piece of `format!`.
#[derive(Clone, Debug)]
pub(crate) enum FormatPiece {
    Text(String),
    /// A value with its precision and, as fill, alignment and width, its padding.
    Value {
        value: Expr,
        precision: Option<u32>,
        pad: Option<(char, char, u32)>,
    },
}

/// An arm of a `match`.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    pub(crate) id: NodeId,
    pub(crate) span: Span,
    pub(crate) pat: Pat,
    pub(crate) guard: Option<Expr>,
    pub(crate) body: Expr,
}

/// A pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pat {
    pub(crate) id: NodeId,
    pub(crate) span: Span,
    pub(crate) kind: PatKind,
}

/// What a pattern is.
#[derive(Clone, Debug)]
pub(crate) enum PatKind {
    Wild,
    /// `x`, `mut x`, `x @ pat`. `ref` is a diagnostic: values are owned.
    Bind {
        ident: Ident,
        mutable: bool,
        local: Option<LocalId>,
        sub: Option<Box<Pat>>,
    },
    Lit {
        value: Literal,
        tokens: TokenStream,
    },
    Range {
        from: Option<Literal>,
        to: Option<Literal>,
        inclusive: bool,
        tokens: TokenStream,
    },
    Tuple(Vec<Pat>),
    /// A unit struct, a unit variant, or `None`.
    Path(syn::Path),
    /// `Path(a, b)`. `..` stands for the fields between: `rest` is its position.
    TupleStruct {
        path: syn::Path,
        items: Vec<Pat>,
        rest: Option<usize>,
    },
    /// `Path { a, b: pat, .. }`.
    Struct {
        path: syn::Path,
        fields: Vec<(syn::Member, Pat)>,
        rest: bool,
    },
    /// `&pat`: nothing in the model.
    Ref(Box<Pat>),
    Or(Vec<Pat>),
}

/// What suspends: each becomes a state.
#[derive(Clone, Debug)]
pub(crate) struct Await {
    pub(crate) kind: AwaitKind,
}

/// The kinds of await.
#[derive(Clone, Debug)]
pub(crate) enum AwaitKind {
    /// `task(a, b).timeout(..).await`, of a task or a workflow.
    Call(Call),
    /// `sleep(duration).await`.
    Sleep(Expr),
    /// `sleep_until(timestamp).await`.
    SleepUntil(Expr),
    /// `try_join!(a, b)`.
    TryJoin(Vec<Branch>),
    /// `join!(a, b)`.
    Join(Vec<Branch>),
    /// `race!(a, b)`. `timeout(duration, a)` is the race of `a` and, as last branch, `async { sleep(duration).await; Err(Fault::Timeout) }`.
    Race { branches: Vec<Branch>, timer: bool },
    /// `map(items, |item| ..).concurrency(n).await`. A closure with two parameters takes the index second.
    Map { items: Expr, item: Pat, index: Option<Pat>, body: Branch, concurrency: Option<Expr> },
}

/// A call of a task or workflow.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: syn::Path,
    pub(crate) args: Vec<Expr>,
    /// `.timeout(..)` and `.heartbeat(..)`, and their names as they are written.
    pub(crate) timeout: Option<Expr>,
    pub(crate) heartbeat: Option<Expr>,
    pub(crate) adjusters: Vec<Ident>,
    /// `.retry(..)`, each with the policy it spells.
    pub(crate) retry: Vec<(TokenStream, durafn_ir::Retrier)>,
    /// `.start()`, and with `anew` `.continue_as_new()`.
    pub(crate) detached: bool,
    /// `.continue_as_new()`: the workflow itself, in the place of the execution that calls it.
    pub(crate) anew: bool,
}

/// How a number is made one of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Casting {
    /// `a as u64`.
    As,
    /// `u64::from(a)`, which compiles where nothing can be lost.
    From,
}

/// A branch of a Parallel or the body of a Map. A branch that is a lone call `task(x)` is the block `{ task(x).await }`.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) id: NodeId,
    pub(crate) body: Block,
    /// Written as a lone call, so its error type is the call's own.
    pub(crate) lone_call: bool,
}
