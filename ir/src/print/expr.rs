//! Expressions and patterns as Rust-like text.

use super::Print;
use crate::{
    Arm, BinaryOp, CastType, Construct, ContextValue, Expr, ExprKind, FloatType, FormatPart, Literal, Pattern, Place,
    UnaryOp, Var, VarId,
};

pub(super) fn text<P: Print>(expr: &Expr<P>, vars: &[Var<P>]) -> String {
    let list = |items: &[Expr<P>]| items.iter().map(|item| text(item, vars)).collect::<Vec<_>>().join(", ");
    match &*expr.kind {
        ExprKind::Literal(literal) => literal_text(literal),
        ExprKind::Const(value) => P::const_text(value),
        ExprKind::Var(var) => var_name(*var, vars),
        ExprKind::Field(base, field) => format!("{}.{field}", tight(base, vars)),
        ExprKind::Index(base, index) => format!("{}[{}]", tight(base, vars), text(index, vars)),
        ExprKind::Unary(op, operand) => {
            let sign = if *op == UnaryOp::Not { "!" } else { "-" };
            format!("{sign}{}", tight(operand, vars))
        }
        ExprKind::Binary(op, a, b) => binary_text(*op, a, b, vars),
        ExprKind::Cast(operand, target) => format!("{} as {}", tight(operand, vars), cast_name(*target)),
        ExprKind::If(condition, then, otherwise) => {
            format!("if {} {{ {} }} else {{ {} }}", text(condition, vars), text(then, vars), text(otherwise, vars))
        }
        ExprKind::Match(subject, arms) => {
            let arms: Vec<String> = arms.iter().map(|arm| arm_text(arm, vars)).collect();
            format!("match {} {{ {} }}", text(subject, vars), arms.join(", "))
        }
        ExprKind::Let(var, value, body) => {
            format!("{{ let {} = {}; {} }}", var_name(*var, vars), text(value, vars), text(body, vars))
        }
        ExprKind::Construct(construct) => construct_text(construct, vars),
        ExprKind::Tuple(items) => match items.as_slice() {
            [item] => format!("({},)", text(item, vars)),
            items => format!("({})", list(items)),
        },
        ExprKind::Array(items) => format!("[{}]", list(items)),
        ExprKind::Repeat(value, count) => format!("[{}; {}]", text(value, vars), text(count, vars)),
        ExprKind::Range { from, to, inclusive } => {
            let dots = if *inclusive { "..=" } else { ".." };
            format!("{}{dots}{}", tight(from, vars), tight(to, vars))
        }
        ExprKind::Format(parts) => format_text(parts, vars),
        ExprKind::Method(method, args) => match (P::method_text(method), args.split_first()) {
            (path, _) if path.contains("::") => format!("{path}({})", list(args)),
            (name, Some((receiver, rest))) => format!("{}.{name}({})", tight(receiver, vars), list(rest)),
            (name, None) => format!("{name}()"),
        },
        ExprKind::Lambda(params, body) => {
            let params: Vec<String> = params.iter().map(|param| pattern_text(param, vars)).collect();
            format!("|{}| {}", params.join(", "), text(body, vars))
        }
        ExprKind::Pure(callee, args) => format!("{}({})", P::callee_text(callee), list(args)),
        ExprKind::Context(value) => context_text(*value).into(),
        ExprKind::Patched(name) => format!("patched({name:?})"),
        ExprKind::With { base, place, value } => {
            let place = match place {
                Place::Field(field) => format!(".{field}"),
                Place::Index(index) => format!("[{}]", text(index, vars)),
            };
            format!("{} with {place} = {}", tight(base, vars), text(value, vars))
        }
    }
}

pub(super) fn var_name<P: Print>(var: VarId, vars: &[Var<P>]) -> String {
    vars.get(var.0 as usize).map_or_else(|| format!("var_{}", var.0), |var| var.name.clone())
}

/// The text with parentheses where something stands tighter beside it.
fn tight<P: Print>(expr: &Expr<P>, vars: &[Var<P>]) -> String {
    let is_loose = match &*expr.kind {
        ExprKind::Binary(..)
        | ExprKind::Unary(..)
        | ExprKind::Cast(..)
        | ExprKind::Range { .. }
        | ExprKind::Lambda(..)
        | ExprKind::If(..)
        | ExprKind::Match(..)
        | ExprKind::With { .. } => true,
        ExprKind::Literal(Literal::Int(value)) => *value < 0,
        ExprKind::Literal(Literal::Float(value)) => value.is_sign_negative(),
        _ => false,
    };
    let text = text(expr, vars);
    if is_loose { format!("({text})") } else { text }
}

fn binary_text<P: Print>(op: BinaryOp, a: &Expr<P>, b: &Expr<P>, vars: &[Var<P>]) -> String {
    let operand = |expr: &Expr<P>, is_right: bool| match &*expr.kind {
        ExprKind::Binary(inner, ..) => {
            let (inner, outer) = (precedence(*inner), precedence(op));
            let needs = inner < outer || (inner == outer && (is_right || outer == precedence(BinaryOp::Eq)));
            if needs { format!("({})", text(expr, vars)) } else { text(expr, vars) }
        }
        ExprKind::Unary(..) | ExprKind::Cast(..) | ExprKind::Literal(_) => text(expr, vars),
        _ => tight(expr, vars),
    };
    format!("{} {} {}", operand(a, false), op.symbol(), operand(b, true))
}

fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 0,
        BinaryOp::And => 1,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => 2,
        BinaryOp::Add | BinaryOp::Sub => 3,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 4,
    }
}

fn arm_text<P: Print>(arm: &Arm<P>, vars: &[Var<P>]) -> String {
    let guard = arm.guard.as_ref().map(|guard| format!(" if {}", text(guard, vars))).unwrap_or_default();
    format!("{}{guard} => {}", pattern_text(&arm.pattern, vars), text(&arm.body, vars))
}

fn construct_text<P: Print>(construct: &Construct<P>, vars: &[Var<P>]) -> String {
    let Construct { name, fields, base } = construct;
    if base.is_none() && is_positional(fields.iter().map(|(name, _)| name.as_str())) {
        let values: Vec<String> = fields.iter().map(|(_, value)| text(value, vars)).collect();
        return if values.is_empty() { name.clone() } else { format!("{name}({})", values.join(", ")) };
    }
    let mut parts: Vec<String> =
        fields.iter().map(|(field, value)| format!("{field}: {}", text(value, vars))).collect();
    parts.extend(base.as_ref().map(|base| format!("..{}", text(base, vars))));
    format!("{name} {{ {} }}", parts.join(", "))
}

/// The names are 0, 1, 2 and so on.
fn is_positional<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    names.enumerate().all(|(index, name)| name == index.to_string())
}

fn format_text<P: Print>(parts: &[FormatPart<P>], vars: &[Var<P>]) -> String {
    let mut template = String::new();
    let mut values = Vec::new();
    for part in parts {
        match part {
            FormatPart::Text(text) => {
                template.push_str(&text.replace('{', "{{").replace('}', "}}").replace('"', "\\\""));
            }
            FormatPart::Value { value, precision, pad } => {
                let pad = pad.map(|(fill, align, width)| format!("{fill}{align}{width}")).unwrap_or_default();
                let precision = precision.map(|digits| format!(".{digits}")).unwrap_or_default();
                let spec = format!("{pad}{precision}");
                template.push_str(&if spec.is_empty() { "{}".into() } else { format!("{{:{spec}}}") });
                values.push(format!(", {}", text(value, vars)));
            }
        }
    }
    format!("format!(\"{template}\"{})", values.concat())
}

pub(super) fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Unit => "()".into(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Float(value) => format!("{value:?}"),
        Literal::Str(value) => format!("{value:?}"),
        Literal::Char(value) => format!("{value:?}"),
    }
}

pub(super) fn pattern_text<P: Print>(pattern: &Pattern, vars: &[Var<P>]) -> String {
    let list = |items: &[Pattern], separator: &str| {
        items.iter().map(|item| pattern_text(item, vars)).collect::<Vec<_>>().join(separator)
    };
    match pattern {
        Pattern::Wild => "_".into(),
        Pattern::Bind(var, None) => var_name(*var, vars),
        Pattern::Bind(var, Some(inner)) => format!("{} @ {}", var_name(*var, vars), pattern_text(inner, vars)),
        Pattern::Literal(literal) => literal_text(literal),
        Pattern::Range { from, to, inclusive } => {
            let bound = |bound: &Option<Literal>| bound.as_ref().map(literal_text).unwrap_or_default();
            format!("{}{}{}", bound(from), if *inclusive { "..=" } else { ".." }, bound(to))
        }
        Pattern::Tuple(items) => format!("({})", list(items, ", ")),
        Pattern::Fields(name, fields) if fields.is_empty() => name.clone(),
        Pattern::Fields(name, fields) if is_positional(fields.iter().map(|(name, _)| name.as_str())) => {
            let fields: Vec<String> = fields.iter().map(|(_, field)| pattern_text(field, vars)).collect();
            format!("{name}({})", fields.join(", "))
        }
        Pattern::Fields(name, fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(field, pattern)| format!("{field}: {}", pattern_text(pattern, vars))).collect();
            format!("{name} {{ {} }}", fields.join(", "))
        }
        Pattern::Or(alternatives) => list(alternatives, " | "),
    }
}

fn cast_name(target: CastType) -> &'static str {
    match target {
        CastType::Int(int) => int.name(),
        CastType::Float(FloatType::F32) => "f32",
        CastType::Float(FloatType::F64) => "f64",
    }
}

fn context_text(value: ContextValue) -> &'static str {
    match value {
        ContextValue::Now => "now()",
        ContextValue::Uuid => "uuid()",
        ContextValue::Random => "random()",
        ContextValue::ExecutionId => "execution().id",
        ContextValue::ExecutionName => "execution().name",
        ContextValue::ExecutionStart => "execution().start_time",
        ContextValue::ExecutionWorkflow => "execution().workflow",
        ContextValue::Execution => "execution()",
        ContextValue::TaskToken => "task_token()",
    }
}
