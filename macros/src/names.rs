//! Names that a person reads in a graph: a task's name, a condition's own text.

use durafn_ir::UnaryOp;

use crate::{
    ast::{AwaitKind, Block, Branch, Call, Expr, ExprKind, FormatPiece, Pat, PatKind},
    lower::{last_segment, member_name},
};

/// The longest name of a state that AWS takes, in characters.
pub(crate) const MAX_STATE_NAME: usize = 80;

/// The state of a call: `charge_card` becomes `ChargeCard`.
pub(crate) fn of_call(call: &Call) -> String {
    pascal_case(&last_segment(&call.path))
}

/// `charge_card` becomes `ChargeCard`.
pub(crate) fn pascal_case(name: &str) -> String {
    name.trim_start_matches("r#")
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
        })
        .collect()
}

/// The name of a local. Those that `normalise` makes are `__charge`, `__charge__2` and mean `charge`.
pub(crate) fn of_local(ident: &proc_macro2::Ident) -> String {
    let name = ident.to_string();
    match name.strip_prefix("__") {
        Some(made) => made.split("__").next().unwrap_or(made).to_owned(),
        None => name,
    }
}

/// A Parallel: its branches' first calls, `Charge, PrintLabel`.
pub(crate) fn of_branches(branches: &[Branch]) -> String {
    branches.iter().map(of_branch).collect::<Vec<_>>().join(", ")
}

/// A race: `Charge or Ship`; with a timer, `Charge with timeout`.
pub(crate) fn of_race(branches: &[Branch], timer: bool) -> String {
    match branches {
        [body, ..] if timer => format!("{} with timeout", of_branch(body)),
        _ => branches.iter().map(of_branch).collect::<Vec<_>>().join(" or "),
    }
}

/// A Map: `Reserve each`.
pub(crate) fn of_map(body: &Branch) -> String {
    format!("{} each", of_branch(body))
}

fn of_branch(branch: &Branch) -> String {
    first_call(&branch.body).unwrap_or_else(|| "Branch".to_owned())
}

fn first_call(block: &Block) -> Option<String> {
    let mut found = None;
    let mut look = |expr: &Expr| {
        if let ExprKind::Await(awaited) = &expr.kind
            && let AwaitKind::Call(call) = &awaited.kind
            && found.is_none()
        {
            found = Some(of_call(call));
        }
        false
    };
    crate::walk::any_in_block(block, &mut look);
    found
}

/// The text of an expression, close to how it was written.
pub(crate) fn text(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Lit { tokens, .. } => tokens.to_string(),
        ExprKind::Name(ident) | ExprKind::Local(_, ident) => of_local(ident),
        ExprKind::Path(path) => path_text(path),
        ExprKind::Field(base, member) => format!("{}.{}", text(base), member_name(member)),
        ExprKind::Index(base, index) => format!("{}[{}]", text(base), text(index)),
        ExprKind::Unary(UnaryOp::Not, operand) => format!("!{}", text(operand)),
        ExprKind::Unary(UnaryOp::Neg, operand) => format!("-{}", text(operand)),
        ExprKind::Ref { expr, .. } | ExprKind::Deref(expr) => text(expr),
        ExprKind::Paren(expr) => format!("({})", text(expr)),
        ExprKind::Binary(op, left, right) => format!("{} {} {}", text(left), op.symbol(), text(right)),
        ExprKind::Cast(value, ..) | ExprKind::Try(value) => text(value),
        ExprKind::Let(pat, value) => format!("let {} = {}", pat_text(pat), text(value)),
        ExprKind::Method { receiver, method, args, .. } => method_text(receiver, &method.to_string(), args),
        ExprKind::Pure { path, args } | ExprKind::Construct { path, args } | ExprKind::Function { path, args, .. } => {
            format!("{}({})", path_text(path), list(args))
        }
        ExprKind::Tuple(items) => format!("({})", list(items)),
        ExprKind::Array { items, .. } => format!("[{}]", list(items)),
        ExprKind::Range { from, to, inclusive } => {
            format!("{}{}{}", text(from), if *inclusive { "..=" } else { ".." }, text(to))
        }
        ExprKind::Matches { value, pat, .. } => format!("{} is {}", text(value), pat_text(pat)),
        ExprKind::Format(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                FormatPiece::Text(text) => text.clone(),
                FormatPiece::Value { value, .. } => format!("{{{}}}", text(value)),
            })
            .collect(),
        ExprKind::Struct { path, .. } => format!("{} {{..}}", path_text(path)),
        ExprKind::Context { path, .. } => format!("{}()", path_text(path)),
        ExprKind::Patched { path, name } => format!("{}(\"{name}\")", path_text(path)),
        ExprKind::Closure { body, .. } => format!("|..| {}", text(body)),
        ExprKind::Await(awaited) => match &awaited.kind {
            AwaitKind::Call(call) => last_segment(&call.path),
            AwaitKind::Sleep(_) | AwaitKind::SleepUntil(_) => "sleep".to_owned(),
            AwaitKind::TryJoin(branches) | AwaitKind::Join(branches) => of_branches(branches),
            AwaitKind::Race { branches, timer } => of_race(branches, *timer),
            AwaitKind::Map { body, .. } => of_map(body),
        },
        ExprKind::Block(block) => match (&block.stmts[..], &block.tail) {
            ([], Some(tail)) => text(tail),
            _ => "{..}".to_owned(),
        },
        _ => "..".to_owned(),
    }
}

fn method_text(receiver: &Expr, method: &str, args: &[Expr]) -> String {
    let plain = args.is_empty() && durafn_ir::IDENTITY_METHODS.contains(&method);
    if plain { text(receiver) } else { format!("{}.{method}({})", text(receiver), list(args)) }
}

fn list(exprs: &[Expr]) -> String {
    exprs.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn path_text(path: &syn::Path) -> String {
    let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    segments.join("::")
}

/// The text of a pattern.
pub(crate) fn pat_text(pat: &Pat) -> String {
    match &pat.kind {
        PatKind::Wild => "_".to_owned(),
        PatKind::Bind { ident, sub: None, .. } => ident.to_string(),
        PatKind::Bind { ident, sub: Some(sub), .. } => format!("{ident} @ {}", pat_text(sub)),
        PatKind::Lit { tokens, .. } | PatKind::Range { tokens, .. } => tokens.to_string(),
        PatKind::Tuple(items) => format!("({})", pats(items, ", ")),
        PatKind::Path(path) => path_text(path),
        PatKind::TupleStruct { path, items, .. } => format!("{}({})", path_text(path), pats(items, ", ")),
        PatKind::Struct { path, .. } => format!("{} {{..}}", path_text(path)),
        PatKind::Ref(inner) => pat_text(inner),
        PatKind::Or(items) => pats(items, " | "),
    }
}

fn pats(items: &[Pat], between: &str) -> String {
    items.iter().map(pat_text).collect::<Vec<_>>().join(between)
}

/// A name that AWS takes: without control characters and not too long.
pub(crate) fn legal(name: &str) -> String {
    let clean: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean: String = clean.chars().filter(|letter| !letter.is_control()).collect();
    if clean.chars().count() <= MAX_STATE_NAME {
        return clean;
    }
    let mut short: String = clean.chars().take(MAX_STATE_NAME - 2).collect();
    short.push_str("..");
    short
}
