//! History files: one JSON document for one execution. The format is described in docs/histories.md; a change that older programs cannot
//! read takes the next version.

use std::{borrow::Cow, collections::BTreeMap, fs, path::Path, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{History, TOKEN_WITHHELD, aws, event};
use crate::{
    engine::Recorded,
    error::{Error, Kind},
    nearest::nearest_names,
    store::{ExecutionId, ExecutionRow, JournalRow, Link, Origin, Parent, Status, Wake},
};

const FORMAT: &str = "durafn-history";

/// The version that this program writes, and the newest that it reads.
const VERSION: u32 = 1;

/// What every version has.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document<'a> {
    format: Cow<'a, str>,
    version: u32,
    workflow: Cow<'a, str>,
    /// Which of the workflow's bodies it runs.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    workflow_version: u32,
    id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    status: Cow<'a, str>,
    nonce: Cow<'a, str>,
    /// Milliseconds since 1970.
    started_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<ParentDocument<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    machine: Cow<'a, str>,
    input: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    output: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Cow<'a, str>>,
    /// What was taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<String>,
    /// How many rows the journal has: a file that lost some is found out.
    rows: usize,
    journal: Vec<RowDocument<'a>>,
    machines: BTreeMap<String, Box<RawValue>>,
}

fn first() -> u32 {
    1
}

fn is_first(version: &u32) -> bool {
    *version == 1
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParentDocument<'a> {
    execution: i64,
    scope: Cow<'a, str>,
    ordinal: u32,
    /// The parent waits for it, or did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    awaited: bool,
    /// It goes on in the place of the parent, which has ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    continues: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowDocument<'a> {
    event: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    scope: Cow<'a, str>,
    ordinal: u32,
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visits: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    /// A payload that is JSON.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    payload: Option<Box<RawValue>>,
    /// A payload that is none: a cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
}

/// A value that is there, also where it is `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

impl History {
    /// Reads a history file. Also the JSON of `aws stepfunctions get-execution-history`, where the states in it belong to one workflow of this
    /// program.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no history, is of a newer version, was cut off, or has rows that do not fit together: says where.
    pub fn read(path: impl AsRef<Path>) -> Result<History, Error> {
        History::read_of(path, None)
    }

    /// Reads a history file as [`History::read`]; `workflow` says whose history of Step Functions it is.
    ///
    /// # Errors
    ///
    /// As [`History::read`].
    pub fn read_of(path: impl AsRef<Path>, workflow: Option<&str>) -> Result<History, Error> {
        let path = path.as_ref();
        let bad = |what: String| Error::from(Kind::History { place: path.display().to_string(), what });
        let bytes = fs::read(path).map_err(|error| bad(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| bad(format!("it is not UTF-8 text: {error}")))?;
        any(&text, workflow).map_err(bad)
    }

    /// Reads a history from the text of a file.
    ///
    /// # Errors
    ///
    /// As [`History::read`].
    pub fn parse(text: &str) -> Result<History, Error> {
        History::parse_of(text, None)
    }

    /// Reads a history from the text of a file as [`History::parse`]; `workflow` says whose history of Step Functions it is.
    ///
    /// # Errors
    ///
    /// As [`History::read`].
    pub fn parse_of(text: &str, workflow: Option<&str>) -> Result<History, Error> {
        any(text, workflow).map_err(|what| Kind::History { place: "the text".to_owned(), what }.into())
    }

    /// Writes the text of a history file.
    ///
    /// # Errors
    ///
    /// When a payload or a machine is no JSON: the store was edited.
    pub fn to_json(&self) -> Result<String, Error> {
        let unreadable = |what: String| Error::from(Kind::Unreadable { id: self.execution.id, what });
        let document = document(self).map_err(|error| unreadable(error.to_string()))?;
        let mut text = serde_json::to_string_pretty(&document).map_err(|error| unreadable(error.to_string()))?;
        text.push('\n');
        Ok(text)
    }
}

fn document(history: &History) -> serde_json::Result<Document<'_>> {
    let History { execution, rows, machines, redacted } = history;
    Ok(Document {
        format: FORMAT.into(),
        version: VERSION,
        workflow: execution.workflow.as_str().into(),
        workflow_version: execution.version,
        id: execution.id.0,
        name: execution.name.as_deref().map(Cow::from),
        status: execution.status.name().into(),
        nonce: execution.nonce.as_str().into(),
        started_at: execution.started_at,
        closed_at: execution.closed_at,
        parent: execution.parent.as_ref().map(|parent| ParentDocument {
            execution: parent.execution.0,
            scope: parent.scope.as_str().into(),
            ordinal: parent.ordinal,
            awaited: matches!(parent.link, Link::Awaited | Link::Released),
            continues: parent.link == Link::Continues,
        }),
        origin: execution.origin.clone(),
        machine: execution.machine.as_str().into(),
        input: raw(&execution.input)?,
        output: execution.output.as_deref().map(raw).transpose()?,
        error: execution.error.as_deref().map(Cow::from),
        cause: execution.cause.as_deref().map(Cow::from),
        redacted: redacted.clone(),
        rows: rows.len(),
        journal: rows.iter().map(row_document).collect(),
        machines: machines.iter().map(|(key, json)| Ok((key.clone(), raw(json)?))).collect::<Result<_, _>>()?,
    })
}

fn raw(json: &str) -> serde_json::Result<Box<RawValue>> {
    RawValue::from_string(json.to_owned())
}

fn row_document(row: &JournalRow) -> RowDocument<'_> {
    let event = event::numbers().find(|(number, _)| *number == row.event);
    let json = row.payload.as_deref().map(|payload| raw(payload).map_err(|_| payload));
    let (payload, text) = match json {
        None => (None, None),
        Some(Ok(json)) => (Some(json), None),
        Some(Err(text)) => (None, Some(text.into())),
    };
    RowDocument {
        event: event.map_or_else(|| row.event.to_string(), |(_, name)| name).into(),
        scope: (&*row.scope).into(),
        ordinal: row.ordinal,
        at: row.at,
        state: row.state,
        visits: row.visits.as_deref().map(Cow::from),
        // Who has the text of a token can end a task. A replay needs only that there was one.
        name: if event::WITH_TOKEN.contains(&row.event) {
            Some(TOKEN_WITHHELD.into())
        } else {
            row.name.as_deref().map(Cow::from)
        },
        number: row.number,
        payload,
        text,
    }
}

/// Reads a text of either format.
fn any(text: &str, workflow: Option<&str>) -> Result<History, String> {
    let is_ours = serde_json::from_str::<Head>(text).is_ok();
    if is_ours || !aws::looks_like_it(text) {
        return parse(text);
    }
    let history = aws::read(text, workflow)?;
    Recorded::read(&history.rows, history.execution.started_at)
        .map_err(|error| format!("its events do not follow each other: {error}"))?;
    Ok(history)
}

/// Reads a document and holds its rows against each other; says what is wrong with it.
fn parse(text: &str) -> Result<History, String> {
    let history = unchecked(text)?;
    Recorded::read(&history.rows, history.execution.started_at)
        .map_err(|error| format!("{error}; the file was edited, or a newer durafn wrote it"))?;
    Ok(history)
}

/// Reads a document whose rows may not fit together, as those of a store can that somebody edited.
pub(crate) fn unchecked(text: &str) -> Result<History, String> {
    let head: Head = serde_json::from_str(text).map_err(|error| unparsable(text, &error))?;
    if head.format != FORMAT {
        return Err(format!("its format is `{}`, and a history file's is `{FORMAT}`", head.format));
    }
    if head.version > VERSION {
        let (theirs, ours) = (head.version, VERSION);
        return Err(format!(
            "it has version {theirs}, and this program reads up to {ours}; read it with a newer durafn"
        ));
    }
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| unparsable(text, &error))?;
    if document.rows != document.journal.len() {
        let (said, found) = (document.rows, document.journal.len());
        return Err(format!("it says that its journal has {said} rows, and has {found}: rows were taken out or added"));
    }
    let numbers: BTreeMap<String, u8> = event::numbers().map(|(number, name)| (name, number)).collect();
    let rows = (1..).zip(document.journal).map(|(index, row)| read_row(index, row, &numbers));
    let rows: Vec<JournalRow> = rows.collect::<Result<_, _>>()?;
    let status = Status::by_name(&document.status)
        .ok_or_else(|| format!("`{}` is no status of an execution, such as `RUNNING` or `FAILED`", document.status))?;
    let execution = ExecutionRow {
        id: ExecutionId(document.id),
        workflow: document.workflow.into(),
        version: document.workflow_version,
        name: document.name.map(Into::into),
        machine: document.machine.into(),
        status,
        input: document.input.get().into(),
        output: document.output.map(|output| output.get().into()),
        error: document.error.map(Into::into),
        cause: document.cause.map(Into::into),
        nonce: document.nonce.into(),
        started_at: document.started_at,
        closed_at: document.closed_at,
        wake: if document.closed_at.is_some() { Wake::External } else { Wake::Active },
        parent: document.parent.map(|parent| Parent {
            execution: ExecutionId(parent.execution),
            scope: parent.scope.into(),
            ordinal: parent.ordinal,
            link: match (parent.continues, parent.awaited) {
                (true, _) => Link::Continues,
                (false, false) => Link::Detached,
                (false, true) if document.closed_at.is_some() => Link::Released,
                (false, true) => Link::Awaited,
            },
        }),
        origin: document.origin,
    };
    let machines = document.machines.into_iter().map(|(key, json)| (key, json.get().to_owned())).collect();
    Ok(History { execution, rows, machines, redacted: document.redacted })
}

fn unparsable(text: &str, error: &serde_json::Error) -> String {
    match error.classify() {
        _ if text.trim().is_empty() => "it is empty".to_owned(),
        serde_json::error::Category::Eof => format!("it is cut off: {error}"),
        serde_json::error::Category::Data => format!("it is no history file: {error}"),
        _ => format!("it is no JSON: {error}"),
    }
}

fn read_row(index: usize, row: RowDocument<'_>, numbers: &BTreeMap<String, u8>) -> Result<JournalRow, String> {
    let Some(number) = numbers.get(&*row.event) else {
        let near = match nearest_names(&row.event, numbers.keys().map(String::as_str)).as_slice() {
            [] => String::new(),
            near => format!(" (did you mean `{}`?)", near.join("` or `")),
        };
        return Err(format!(
            "row {index} of its journal is a `{}`, which this program does not know{near}: the file was edited, or a newer durafn reads it",
            row.event
        ));
    };
    if let Some(visits) = &row.visits
        && !visits.split(' ').all(|visit| visit.parse::<u32>().is_ok())
    {
        return Err(format!("row {index} of its journal has the visits `{visits}`, and those are numbers of states"));
    }
    let payload: Option<Arc<str>> = match (row.payload, row.text) {
        (Some(_), Some(_)) => return Err(format!("row {index} of its journal has both `payload` and `text`")),
        (Some(json), None) => Some(json.get().into()),
        (None, Some(text)) => Some((&*text).into()),
        (None, None) => None,
    };
    Ok(JournalRow {
        scope: row.scope.into(),
        ordinal: row.ordinal,
        event: *number,
        at: row.at,
        state: row.state,
        visits: row.visits.map(Into::into),
        name: row.name.map(Into::into),
        number: row.number,
        payload,
    })
}
