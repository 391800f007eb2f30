//! Why a workflow cannot be exported, and what to look at when it can.

use std::fmt::{self, Display, Formatter};

use durafn_ir::Span;

/// Everything that keeps a workflow from being exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ExportErrors {
    /// The workflow's name.
    pub workflow: String,
    /// The source file.
    pub file: String,
    /// Each reason; never empty.
    pub errors: Vec<ExportError>,
}

/// One construct that has no faithful form in ASL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    /// The state it stands in, where there is one.
    pub state: Option<String>,
    /// The place in the source.
    pub span: Span,
    /// The construct and why it cannot be exported.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// Something that differs on AWS for some values, or that only the service can check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The state it is about, where there is one.
    pub state: Option<String>,
    /// What it is.
    pub message: String,
}

impl ExportError {
    pub(crate) fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> ExportError {
        ExportError { state: None, span, message: message.into(), help: help.into() }
    }

    pub(crate) fn in_state(mut self, state: &str) -> ExportError {
        self.state.get_or_insert_with(|| state.to_owned());
        self
    }
}

impl Display for ExportErrors {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let count = self.errors.len();
        let things = if count == 1 { "construct has" } else { "constructs have" };
        write!(f, "workflow `{}` cannot be exported to ASL: {count} {things} no faithful form", self.workflow)?;
        for error in &self.errors {
            write!(f, "\n  {}:{}:{}", self.file, error.span.line, error.span.column)?;
            if let Some(state) = &error.state {
                write!(f, " in state `{state}`")?;
            }
            write!(f, ": {}\n    help: {}", error.message, error.help)?;
        }
        Ok(())
    }
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.state {
            Some(state) => write!(f, "state `{state}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
