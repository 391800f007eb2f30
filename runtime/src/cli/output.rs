//! What commands write.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use super::BoxError;
pub(super) use crate::graph::duration;
use crate::store::{ExecutionRow, Link};

/// Says on standard error why a command did not work.
pub(super) fn failed(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: {message}");
    ExitCode::FAILURE
}

/// Says something on standard error.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// Writes a text to standard output. A reader that has gone away is no error.
pub(super) fn text(text: &str) -> Result<(), BoxError> {
    match text.ends_with('\n') {
        true => bytes(text.as_bytes()),
        false => bytes(format!("{text}\n").as_bytes()),
    }
}

/// Writes bytes to standard output as they are. A reader that has gone away is no error.
pub(super) fn bytes(bytes: &[u8]) -> Result<(), BoxError> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes a JSON document.
pub(super) fn json(value: &Value) -> Result<(), BoxError> {
    text(&serde_json::to_string_pretty(value)?)
}

/// Writes a table.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>) -> Result<(), BoxError> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    text(&table.trim_fmt())
}

/// A time in UTC, to the millisecond.
pub(super) fn time(millis: i64) -> String {
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => format!("{millis} ms"),
    }
}

/// JSON text as a value; text that is none as a string.
pub(super) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Text on one line, cut where it is long.
pub(super) fn short(text: &str, longest: usize) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A workflow's name, with its version where that is not the first.
pub(super) fn versioned(workflow: &str, version: u32) -> String {
    if version == 1 { workflow.to_owned() } else { format!("{workflow} (version {version})") }
}

/// An execution without its payloads.
pub(super) fn summary(row: &ExecutionRow) -> Value {
    let related = |wanted: fn(Link) -> bool| {
        row.parent.as_ref().filter(|parent| wanted(parent.link)).map(|parent| parent.execution.0)
    };
    serde_json::json!({
        "id": row.id.0,
        "name": row.name,
        "workflow": row.workflow,
        "version": row.version,
        "status": row.status.name(),
        "startDate": time(row.started_at),
        "stopDate": row.closed_at.map(time),
        "error": row.error,
        "cause": row.cause,
        "forkedFrom": row.origin,
        "parent": related(|link| link != Link::Continues),
        "continues": related(|link| link == Link::Continues),
    })
}
