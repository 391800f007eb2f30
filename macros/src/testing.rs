//! What the tests of parsing, resolving and checking share: from a source's text to its tree or its mistakes.

use proc_macro2::TokenStream;

use crate::{ast::Workflow, compile, diag::Diagnostics};

/// Compiles a workflow's text, arguments of the attribute first.
pub(crate) fn front(attr: &str, source: &str) -> Result<Workflow, Diagnostics> {
    let tokens = |text: &str| text.parse::<TokenStream>().expect("the source falls into tokens");
    compile::front(tokens(attr), tokens(source))
}

/// The mistakes of a whole function: code, line and full text each.
pub(crate) fn errors(source: &str) -> Vec<(&'static str, usize, String)> {
    let found = front("", source).err().map(|found| found.0).unwrap_or_default();
    found.into_iter().map(|found| (found.code, found.place.start.start().line, found.text)).collect()
}

/// The mistakes of a body, line by line: `line code what`, where `what` is the first line of the text. The body sees an `order` and a `mut total`.
pub(crate) fn body_errors(body: &str) -> Vec<String> {
    let source = format!("async fn run(order: Order, mut total: u64) -> Result<(), Failed> {{\n{body}\nOk(()) }}");
    let describe = |(code, line, text): (&str, usize, String)| {
        format!("{} {code} {}", line - 1, text.lines().next().unwrap_or_default())
    };
    errors(&source).into_iter().map(describe).collect()
}

/// The codes of a body's mistakes.
pub(crate) fn codes(body: &str) -> Vec<&'static str> {
    let source = format!("async fn run(order: Order, mut total: u64) -> Result<(), Failed> {{\n{body}\nOk(()) }}");
    errors(&source).into_iter().map(|(code, ..)| code).collect()
}

/// The codes of a pure function's mistakes.
pub(crate) fn pure_errors(source: &str) -> Vec<&'static str> {
    let found = compile::pure_front(source.parse().expect("the source falls into tokens"));
    found.err().map(|found| found.0.iter().map(|found| found.code).collect()).unwrap_or_default()
}
