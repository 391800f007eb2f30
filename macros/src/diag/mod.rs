//! What is wrong with the user's source, gathered so that one mistake does not hide the next.

pub(crate) mod catalog;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod table;

use std::cell::RefCell;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

pub(crate) use catalog::Entry;

/// One mistake: its place and its full text.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    pub(crate) code: &'static str,
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// From the first token to the last. Spans cannot be joined on stable Rust, so both are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) start: Span,
    pub(crate) end: Span,
}

impl Place {
    /// The tokens of a node; the whole macro call where there are none.
    pub(crate) fn of(tokens: &impl ToTokens) -> Place {
        let mut tokens = tokens.to_token_stream().into_iter();
        let start = tokens.next().map_or_else(Span::call_site, |token| token.span());
        let end = tokens.last().map_or(start, |token| token.span());
        Place { start, end }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Place {
        Place { start: span, end: span }
    }
}

/// Takes diagnostics from every pass. It must be finished: dropping one unread is a bug of a pass.
#[derive(Debug)]
pub(crate) struct Collector {
    found: RefCell<Option<Vec<Diagnostic>>>,
}

impl Collector {
    pub(crate) fn new() -> Collector {
        Collector { found: RefCell::new(Some(Vec::new())) }
    }

    /// Adds a mistake. `args` fill the numbered gaps of the entry's text.
    pub(crate) fn report(&self, place: impl Into<Place>, entry: &'static Entry, args: &[&str]) {
        self.add(Diagnostic { code: entry.code, text: entry.text(args), place: place.into() });
    }

    /// Adds a mistake at the tokens of a node.
    pub(crate) fn report_at(&self, tokens: &impl ToTokens, entry: &'static Entry, args: &[&str]) {
        self.report(Place::of(tokens), entry, args);
    }

    /// Adds what syn found.
    pub(crate) fn syntax(&self, error: &syn::Error) {
        for error in error.clone() {
            self.report(error.span(), catalog::SYNTAX, &[&error.to_string()]);
        }
    }

    fn add(&self, diagnostic: Diagnostic) {
        if let Some(found) = &mut *self.found.borrow_mut() {
            found.push(diagnostic);
        }
    }

    /// Ends the collection: `Ok` where nothing is wrong.
    pub(crate) fn finish(self) -> Result<(), Diagnostics> {
        let mut found = self.found.borrow_mut().take().unwrap_or_default();
        if found.is_empty() {
            return Ok(());
        }
        // Passes report in their own order; a reader wants the order of the source. Spans inside a macro call have places, too.
        found.sort_by_key(|diagnostic| {
            let start = diagnostic.place.start.start();
            (start.line, start.column)
        });
        Err(Diagnostics(found))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.found.borrow().is_none(), "a collector of diagnostics was dropped unread");
        }
    }
}

/// The mistakes of one item, in the order of the source; at least one.
#[derive(Debug)]
pub(crate) struct Diagnostics(pub(crate) Vec<Diagnostic>);

impl Diagnostics {
    /// A single mistake.
    pub(crate) fn syntax(error: &syn::Error) -> Diagnostics {
        let collector = Collector::new();
        collector.syntax(error);
        collector.finish().err().unwrap_or(Diagnostics(Vec::new()))
    }

    /// What lowering found: constructs of the language that states cannot express.
    pub(crate) fn lowering(errors: Vec<syn::Error>) -> Diagnostics {
        let collector = Collector::new();
        for error in errors.into_iter().flatten() {
            let text = error.to_string().replace("\n  help:", "\nhelp:");
            collector.report(error.span(), catalog::INEXPRESSIBLE, &[&text]);
        }
        collector.finish().err().unwrap_or(Diagnostics(Vec::new()))
    }

    /// A mistake is in the signature, so that no callable can be made of it.
    pub(crate) fn in_signature(&self) -> bool {
        let of_signatures = ["D0002".."D0010", "D0023".."D0024", "D0050".."D0053"];
        self.0.iter().any(|found| of_signatures.iter().any(|codes| codes.contains(&found.code)))
    }

    /// `compile_error!` for each, in place of an item.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.0.iter().map(Diagnostic::to_compile_error).collect()
    }
}

impl Diagnostic {
    fn to_compile_error(&self) -> TokenStream {
        let Diagnostic { code, text, place } = self;
        let message = format!("[{code}] {text}");
        // rustc underlines from the first token of a macro call to its last.
        let path = quote_spanned!(place.start=> ::core::compile_error!);
        let body = quote_spanned!(place.end=> { #message });
        quote_spanned!(place.start=> #path #body)
    }
}

/// The known name that is spelled most like a wrong one, if any is.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let limit = name.chars().count().div_ceil(3);
    known
        .into_iter()
        .map(|known| (distance(name, known), known))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
