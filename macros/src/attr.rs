//! The arguments of our attributes: `#[workflow(..)]`, `#[task(..)]`, `#[state("..")]`, and doc comments.

use durafn_ir::{EVERY_TASK_ERROR, EXPRESS_SECONDS, Retrier, WorkflowKind};
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{
    Token,
    ext::IdentExt as _,
    parse::{Parse, ParseStream, Parser as _},
    punctuated::Punctuated,
};

use crate::{
    ast::{TaskAttr, WorkflowAttr},
    derive::rename::Rename,
    diag::{Collector, Entry, catalog},
    services,
};

/// The longest time that ASL's fields hold.
pub(crate) const LONGEST_SECONDS: u64 = 99_999_999;

/// Reserved names that a task can fail with. `States.ALL` is not among them: it would repeat a task for a failing assignment after it.
const RETRIABLE: [&str; 6] = [
    "States.Timeout",
    "States.HeartbeatTimeout",
    "States.TaskFailed",
    "States.Permissions",
    "States.DataLimitExceeded",
    "States.Http.Socket",
];

/// What does not go with `transaction`.
const NO_TRANSACTION: [&str; 6] = ["callback", "activity", "resource", "at_most_once", "timeout", "heartbeat"];

/// One argument: `name`, `name = value` or `name(arguments)`.
struct Arg {
    name: syn::Ident,
    value: Value,
}

enum Value {
    Flag,
    Expr(syn::Expr),
    List(Vec<Arg>),
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(syn::Ident::parse_any)?;
        let value = if input.parse::<Option<Token![=]>>()?.is_some() {
            Value::Expr(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Value::List(Punctuated::<Arg, Token![,]>::parse_terminated(&content)?.into_iter().collect())
        } else {
            Value::Flag
        };
        Ok(Arg { name, value })
    }
}

impl Arg {
    /// Where a mistake in the value is shown.
    fn value_tokens(&self) -> TokenStream {
        match &self.value {
            Value::Expr(expr) => expr.to_token_stream(),
            Value::Flag | Value::List(_) => self.name.to_token_stream(),
        }
    }
}

/// Reads one argument after the other; the names seen so far tell what is given twice.
struct Reader<'d> {
    diag: &'d Collector,
    seen: Vec<String>,
}

/// The arguments of `#[workflow(..)]`.
pub(crate) fn workflow(diag: &Collector, tokens: TokenStream) -> WorkflowAttr {
    let mut attr = WorkflowAttr::default();
    let mut reader = Reader { diag, seen: Vec::new() };
    let args = parse_args(diag, tokens);
    for arg in &args {
        match &*reader.name(arg) {
            "name" => attr.name = reader.name_value(arg),
            "express" if reader.flag(arg) => attr.kind = WorkflowKind::Express,
            "express" => {}
            "timeout" => attr.timeout_seconds = reader.duration(arg),
            "version" => attr.version = reader.version(arg),
            _ => reader.unknown(arg, "`name = \"..\"`, `version = 2`, `express` and `timeout = \"1h\"`"),
        }
    }
    if attr.kind == WorkflowKind::Express {
        if attr.timeout_seconds > Some(EXPRESS_SECONDS) {
            reader.blame(&args, &["timeout"], catalog::EXPRESS_TIMEOUT);
        }
        // The machine says so: it means the same wherever it is created.
        attr.timeout_seconds.get_or_insert(EXPRESS_SECONDS);
    }
    attr
}

/// The arguments of `#[task(..)]`.
pub(crate) fn task(diag: &Collector, tokens: TokenStream) -> TaskAttr {
    let mut attr = TaskAttr::default();
    let mut reader = Reader { diag, seen: Vec::new() };
    let args = parse_args(diag, tokens);
    for arg in &args {
        match &*reader.name(arg) {
            "name" => attr.name = reader.name_value(arg),
            "callback" => attr.callback = reader.flag(arg),
            "activity" => attr.activity = reader.flag(arg),
            "transaction" => attr.transaction = reader.flag(arg),
            "at_most_once" => attr.at_most_once = reader.flag(arg),
            "resource" => attr.resource = reader.text(arg),
            "rename_all" => attr.rename_all = reader.rename(arg),
            "timeout" => attr.timeout_seconds = reader.duration(arg),
            "heartbeat" => attr.heartbeat_seconds = reader.duration(arg),
            "retry" => attr.retry.extend(reader.retry(arg)),
            _ => reader.unknown(
                arg,
                "`name`, `callback`, `activity`, `resource`, `rename_all`, `transaction`, `at_most_once`, `timeout`, `heartbeat` and `retry(..)`",
            ),
        }
    }
    if attr.activity && (attr.callback || attr.resource.is_some()) {
        reader.blame(&args, &["activity"], catalog::TASK_KIND);
    }
    if attr.transaction {
        for arg in args.iter().filter(|arg| NO_TRANSACTION.iter().any(|name| arg.name == name)) {
            diag.report_at(&arg.name, catalog::TRANSACTION_KIND, &[&arg.name.to_string()]);
        }
    }
    if attr.activity && attr.at_most_once {
        reader.blame(&args, &["at_most_once"], catalog::ACTIVITY_ONCE);
    }
    let waits = attr.resource.as_ref().map(|resource| resource.ends_with(".waitForTaskToken"));
    if waits.is_some_and(|waits| waits != attr.callback) {
        reader.blame(&args, &["resource"], catalog::CALLBACK_RESOURCE);
    }
    if let Some((arg, arn)) = args.iter().find(|arg| arg.name == "resource").zip(attr.resource.as_ref()) {
        attr.integration = services::is_integration(diag, &arg.value_tokens(), arn);
    }
    if attr.timeout_seconds.is_some() && attr.heartbeat_seconds >= attr.timeout_seconds {
        reader.blame(&args, &["heartbeat"], catalog::HEARTBEAT);
    }
    attr
}

fn parse_args(diag: &Collector, tokens: TokenStream) -> Vec<Arg> {
    match Punctuated::<Arg, Token![,]>::parse_terminated.parse2(tokens) {
        Ok(args) => args.into_iter().collect(),
        Err(error) => {
            diag.syntax(&error);
            Vec::new()
        }
    }
}

impl Reader<'_> {
    /// The argument's name. Only `retry` may be repeated.
    fn name(&mut self, arg: &Arg) -> String {
        let name = arg.name.to_string();
        if name != "retry" && self.seen.contains(&name) {
            self.diag.report_at(&arg.name, catalog::TWICE, &[&name]);
        }
        self.seen.push(name.clone());
        name
    }

    /// Reports a mistake that lies in how arguments stand together, at those with these names.
    fn blame(&self, args: &[Arg], names: &[&str], entry: &'static Entry) {
        for arg in args.iter().filter(|arg| names.iter().any(|name| arg.name == name)) {
            self.diag.report_at(&arg.name, entry, &[]);
        }
    }

    fn unknown(&self, arg: &Arg, known: &str) {
        self.diag.report_at(&arg.name, catalog::UNKNOWN_ARGUMENT, &[&arg.name.to_string(), known]);
    }

    fn wants(&self, arg: &Arg, form: &str) {
        self.diag.report_at(&arg.name, catalog::ARGUMENT_FORM, &[&arg.name.to_string(), form]);
    }

    fn flag(&self, arg: &Arg) -> bool {
        let flag = matches!(arg.value, Value::Flag);
        if !flag {
            self.wants(arg, "no value");
        }
        flag
    }

    fn expr<'a>(&self, arg: &'a Arg, form: &str) -> Option<&'a syn::Expr> {
        match &arg.value {
            Value::Expr(expr) => Some(expr),
            Value::Flag | Value::List(_) => {
                self.wants(arg, form);
                None
            }
        }
    }

    fn text(&self, arg: &Arg) -> Option<String> {
        const FORM: &str = "a string that is not empty";
        let text = string(self.expr(arg, FORM)?).filter(|text| !text.value().is_empty());
        if text.is_none() {
            self.wants(arg, FORM);
        }
        text.map(|text| text.value())
    }

    /// A name that addresses a task or workflow. It becomes part of an ARN, so letters, digits, `-` and `_` only.
    fn name_value(&self, arg: &Arg) -> Option<String> {
        let text = self.text(arg)?;
        if text.len() <= 80 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            return Some(text);
        }
        self.wants(arg, "at most 80 letters, digits, `-` and `_`");
        None
    }

    fn rename(&self, arg: &Arg) -> Option<Rename> {
        const FORM: &str = "one of serde's rules such as `\"PascalCase\"`";
        let rule = string(self.expr(arg, FORM)?).and_then(|text| Rename::parse(text).ok());
        if rule.is_none() {
            self.wants(arg, FORM);
        }
        rule
    }

    fn duration(&self, arg: &Arg) -> Option<u64> {
        const FORM: &str = "a duration of whole seconds such as `\"30s\"`, `\"1h30m\"` or `\"7d\"`";
        let seconds = string(self.expr(arg, FORM)?).and_then(|text| parse_duration(&text.value()));
        if seconds.is_none() {
            self.wants(arg, FORM);
        }
        seconds
    }

    fn version(&self, arg: &Arg) -> Option<u32> {
        const FORM: &str = "a number from 1 on, such as `version = 2`";
        let version = match self.expr(arg, FORM)? {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(lit), .. }) => lit.base10_parse().ok(),
            _ => None,
        };
        let version = version.filter(|version| *version > 0);
        if version.is_none() {
            self.wants(arg, FORM);
        }
        version
    }

    fn retry(&self, arg: &Arg) -> Option<Retrier> {
        let args = match &arg.value {
            Value::List(args) => &args[..],
            Value::Flag => &[],
            Value::Expr(_) => {
                self.wants(arg, "a list: `retry(on = \"States.Timeout\", attempts = 3)`");
                return None;
            }
        };
        let mut retrier = default_retrier();
        let mut reader = Reader { diag: self.diag, seen: Vec::new() };
        for arg in args {
            reader.retry_field(arg, &mut retrier);
        }
        if retrier.max_delay_seconds.is_some_and(|longest| longest < retrier.interval_seconds) {
            self.wants(arg, "a `max_delay` no shorter than the `interval`");
        }
        Some(retrier)
    }

    fn retry_field(&mut self, arg: &Arg, retrier: &mut Retrier) {
        let seconds = |seconds: Option<u64>| seconds.and_then(|seconds| u32::try_from(seconds).ok());
        match &*self.name(arg) {
            "on" => {
                let names = self.expr(arg, "an error name or a list of them");
                if let Some(names) = names.and_then(|names| error_names(self.diag, names)) {
                    retrier.errors = names;
                }
            }
            "interval" => retrier.interval_seconds = seconds(self.duration(arg)).unwrap_or(retrier.interval_seconds),
            "max_delay" => retrier.max_delay_seconds = seconds(self.duration(arg)),
            "attempts" => {
                let value = self.expr(arg, "a whole number").and_then(|value| count(self.diag, value));
                retrier.max_attempts = value.unwrap_or(retrier.max_attempts);
            }
            "backoff" => {
                let value = self.expr(arg, "a number of at least 1").and_then(|value| backoff(self.diag, value));
                retrier.backoff_rate = value.unwrap_or(retrier.backoff_rate);
            }
            "jitter" => match self.expr(arg, "`full` or `none`") {
                Some(syn::Expr::Path(path)) if path.path.is_ident("full") => retrier.jitter = true,
                Some(syn::Expr::Path(path)) if path.path.is_ident("none") => retrier.jitter = false,
                Some(_) => self.wants(arg, "`full` or `none`"),
                None => {}
            },
            _ => self.unknown(arg, "`on`, `interval`, `backoff`, `attempts`, `max_delay` and `jitter`"),
        }
    }
}

/// What ASL assumes where a field is not given.
pub(crate) fn default_retrier() -> Retrier {
    Retrier {
        errors: EVERY_TASK_ERROR.map(str::to_owned).to_vec(),
        interval_seconds: 1,
        backoff_rate: 2.0,
        max_attempts: 3,
        max_delay_seconds: None,
        jitter: false,
    }
}

/// `"A"` or `["A", "B"]`.
pub(crate) fn error_names(diag: &Collector, expr: &syn::Expr) -> Option<Vec<String>> {
    let names: Vec<&syn::Expr> = match expr {
        syn::Expr::Array(array) => array.elems.iter().collect(),
        other => vec![other],
    };
    if names.is_empty() {
        diag.report_at(expr, catalog::ERROR_NAME, &["an empty list"]);
        return None;
    }
    names.into_iter().map(|name| error_name(diag, name)).collect()
}

fn error_name(diag: &Collector, expr: &syn::Expr) -> Option<String> {
    let name = string(expr).map(|text| text.value()).filter(|name| !name.is_empty());
    match name {
        Some(name) if !name.starts_with("States.") || RETRIABLE.contains(&&*name) || is_http_status(&name) => {
            Some(name)
        }
        Some(name) => {
            diag.report_at(expr, catalog::RESERVED_ERROR_NAME, &[&name, &RETRIABLE.join("`, `")]);
            None
        }
        None => {
            diag.report_at(expr, catalog::ERROR_NAME, &["this"]);
            None
        }
    }
}

/// What `http:invoke` fails with, `States.Http.StatusCode.503`.
fn is_http_status(name: &str) -> bool {
    let code = name.strip_prefix("States.Http.StatusCode.");
    code.is_some_and(|code| code.len() == 3 && code.chars().all(|c| c.is_ascii_digit()))
}

/// A literal number of retries.
pub(crate) fn count(diag: &Collector, expr: &syn::Expr) -> Option<u32> {
    let value = match expr {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(lit), .. }) => lit.base10_parse::<u32>().ok(),
        _ => None,
    };
    let value = value.filter(|value| u64::from(*value) <= LONGEST_SECONDS);
    if value.is_none() {
        diag.report_at(expr, catalog::ARGUMENT_FORM, &["attempts", "a whole number"]);
    }
    value
}

/// A literal factor.
pub(crate) fn backoff(diag: &Collector, expr: &syn::Expr) -> Option<f64> {
    let value = match expr {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(lit), .. }) => lit.base10_parse::<f64>().ok(),
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Float(lit), .. }) => lit.base10_parse::<f64>().ok(),
        _ => None,
    };
    let value = value.filter(|value| value.is_finite() && *value >= 1.0);
    if value.is_none() {
        diag.report_at(expr, catalog::ARGUMENT_FORM, &["backoff", "a number of at least 1"]);
    }
    value
}

fn string(expr: &syn::Expr) -> Option<&syn::LitStr> {
    match expr {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text),
        _ => None,
    }
}

/// `"1h30m"` in seconds: numbers with a unit each, from the largest unit to the smallest.
fn parse_duration(text: &str) -> Option<u64> {
    const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let mut total: u64 = 0;
    let mut units = UNITS.as_slice();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let position = units.iter().position(|(known, _)| *known == unit)?;
        total = total.checked_add(count.checked_mul(units[position].1)?)?;
        units = &units[position + 1..];
        rest = &rest[digits + 1..];
    }
    (1..=LONGEST_SECONDS).contains(&total).then_some(total)
}

/// The name in `#[state("..")]`.
pub(crate) fn state_name(diag: &Collector, attr: &syn::Attribute) -> Option<String> {
    let name = attr.parse_args::<syn::LitStr>().ok().map(|name| name.value());
    let legal = name
        .filter(|name| !name.trim().is_empty() && name.chars().count() <= 80 && !name.chars().any(char::is_control));
    if legal.is_none() {
        diag.report_at(attr, catalog::STATE_NAME, &[]);
    }
    legal
}

/// The text of the doc comment among attributes.
pub(crate) fn doc_comment(attrs: &[syn::Attribute]) -> Option<String> {
    let lines: Vec<String> = attrs.iter().filter_map(doc_line).collect();
    let text = lines.join("\n");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn doc_line(attr: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(syn::MetaNameValue { path, value, .. }) = &attr.meta else { return None };
    let text = string(value).filter(|_| path.is_ident("doc"))?.value();
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests;
