//! `list`, `show`, `stop`

use std::{fmt::Write as _, process::ExitCode, time::Duration};

use serde_json::{Value, json};

use super::{
    App, BoxError,
    args::{List, One, StatusArg, Stop},
    output,
    replay::is_file,
    workflows,
};
use crate::{
    Clock, Engine, Stopped, SystemClock, graph,
    history::{EventKind, History, HistoryEvent},
    store::{ExecutionId, ExecutionRow, Link, ListFilter, Status, WAITS_FOR_TURN, Wake},
};

/// How much of a payload a table shows.
pub(super) const SHOWN: usize = 80;

impl From<StatusArg> for Status {
    fn from(arg: StatusArg) -> Status {
        match arg {
            StatusArg::Running => Status::Running,
            StatusArg::Succeeded => Status::Succeeded,
            StatusArg::Failed => Status::Failed,
            StatusArg::Aborted => Status::Aborted,
            StatusArg::TimedOut => Status::TimedOut,
            StatusArg::Blocked => Status::Blocked,
        }
    }
}

/// The execution that a number or a name means.
pub(super) async fn find(engine: &Engine, text: &str) -> Result<ExecutionRow, BoxError> {
    if let Ok(id) = text.parse()
        && let Ok(row) = engine.describe(ExecutionId(id)).await
    {
        return Ok(row);
    }
    let mut found = Vec::new();
    let mut workflows: Vec<_> = engine.count().await?.into_iter().map(|(workflow, ..)| workflow).collect();
    workflows.dedup();
    for workflow in workflows {
        let name = text.strip_prefix(&format!("{workflow}/")).unwrap_or(text);
        found.extend(engine.find(&workflow, name).await?);
    }
    found.dedup_by_key(|row| row.id);
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => {
            let not_kept = workflows::not_kept();
            Err(format!("there is no execution with the number or name `{text}`; `list` shows what there is{not_kept}")
                .into())
        }
        _ => {
            let ids: Vec<_> = found.iter().map(|row| format!("{}/{text} ({})", row.workflow, row.id.0)).collect();
            Err(format!("several workflows have an execution `{text}`: {}; name the one", ids.join(", ")).into())
        }
    }
}

/// An execution with its journal.
pub(super) async fn load(engine: &Engine, text: &str) -> Result<History, BoxError> {
    let row = find(engine, text).await?;
    Ok(engine.recorded(row.id).await?)
}

pub(super) async fn list(app: &App, args: &List) -> Result<ExitCode, BoxError> {
    let engine = app.look(args.database.db.as_deref()).await?;
    let filter = ListFilter {
        workflow: args.workflow.clone(),
        status: args.status.map(Status::from),
        before: None,
        limit: args.limit,
    };
    let rows = engine.list(&filter).await?;
    if args.format.json {
        output::json(&rows.iter().map(output::summary).collect())?;
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        output::text(&format!("no executions{}", workflows::not_kept()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = rows.iter().map(|row| {
        let took = row.closed_at.map_or_else(|| waits(row), |closed| output::duration(closed - row.started_at));
        vec![
            row.id.0.to_string(),
            related(row, |link| link != Link::Continues),
            output::versioned(&row.workflow, row.version),
            row.name.clone().unwrap_or_default(),
            row.status.name().to_owned(),
            output::time(row.started_at),
            took,
            row.origin.as_ref().map_or_else(String::new, |origin| origin.execution.0.to_string()),
            related(row, |link| link == Link::Continues),
            output::short(row.error.as_deref().unwrap_or(""), SHOWN),
        ]
    });
    let header = ["ID", "PARENT", "WORKFLOW", "NAME", "STATUS", "STARTED", "TOOK", "FORK OF", "CONTINUES", "ERROR"];
    output::table(&header, lines.collect())?;
    if args.limit > 0 && rows.len() == args.limit {
        eprintln!("the newest {} are shown; --limit N shows more", args.limit);
    }
    Ok(ExitCode::SUCCESS)
}

/// The number of the execution that one stands to in such a way.
fn related(row: &ExecutionRow, wanted: impl Fn(Link) -> bool) -> String {
    let parent = row.parent.as_ref().filter(|parent| wanted(parent.link));
    parent.map_or_else(String::new, |parent| parent.execution.0.to_string())
}

fn waits(row: &ExecutionRow) -> String {
    match row.wake {
        WAITS_FOR_TURN => "waits for its turn".to_owned(),
        Wake::At(due) => format!("waits until {}", output::time(due)),
        Wake::External => "waits for an answer".to_owned(),
        Wake::Active => String::new(),
    }
}

pub(super) async fn show(app: &App, args: &One) -> Result<ExitCode, BoxError> {
    let (history, children) = match is_file(&args.id) {
        true => (History::read_of(&args.id, args.workflow.as_deref())?, Vec::new()),
        false => {
            let engine = app.look(args.database.db.as_deref()).await?;
            let history = load(&engine, &args.id).await?;
            let children = engine.children(history.execution.id).await?;
            (history, children)
        }
    };
    let (row, events) = (&history.execution, history.events()?);
    // In a file time stands still.
    let now = if is_file(&args.id) { events.last().map(|event| event.at) } else { None };
    let now = now.unwrap_or_else(|| SystemClock.now());
    if args.format.json {
        let mut document = output::summary(row);
        document["input"] = output::parsed(&row.input);
        document["output"] = row.output.as_deref().map_or(Value::Null, output::parsed);
        document["machine"] = row.machine.clone().into();
        document["events"] = events.len().into();
        document["states"] = visited(&events).into();
        document["children"] = children.iter().map(output::summary).collect();
        output::json(&document)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::text(&page(&history, &children, &events, now)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The states of the workflow itself, in order.
fn visited(events: &[HistoryEvent]) -> Vec<Value> {
    let entered = events.iter().filter(|event| matches!(event.kind, EventKind::StateEntered(_)));
    entered
        .map(|event| json!({ "name": event.details.state, "scope": event.scope, "at": output::time(event.at) }))
        .collect()
}

fn page(history: &History, children: &[ExecutionRow], events: &[HistoryEvent], now: i64) -> Result<String, BoxError> {
    let row = &history.execution;
    let mut page = String::new();
    let mut line = |name: &str, value: &str| writeln!(page, "{name:<10} {value}");
    line("execution", &row.id.0.to_string())?;
    line("workflow", &output::versioned(&row.workflow, row.version))?;
    if let Some(name) = &row.name {
        line("name", name)?;
    }
    if let Some(origin) = &row.origin {
        line("forked", &format!("from execution {}, after {} rows of its journal", origin.execution.0, origin.rows))?;
    }
    let redriven = events.iter().filter(|event| event.kind == EventKind::ExecutionRedriven).count();
    if redriven > 0 {
        line("redriven", &format!("{redriven} times"))?;
    }
    line("status", row.status.name())?;
    if let Some(parent) = &row.parent {
        let number = parent.execution.0;
        match parent.link {
            Link::Awaited | Link::Released => line("parent", &number.to_string())?,
            Link::Detached => line("parent", &format!("{number}, which does not wait for it"))?,
            Link::Continues => line("continues", &format!("execution {number}, which continued as new"))?,
        }
    }
    line("started", &output::time(row.started_at))?;
    match row.closed_at {
        Some(closed) => {
            line("ended", &format!("{}, after {}", output::time(closed), output::duration(closed - row.started_at)))?
        }
        None if row.wake != Wake::Active => line("now", &waits(row))?,
        None => {}
    }
    line("events", &events.len().to_string())?;
    line("input", &row.input)?;
    if let Some(output) = &row.output {
        line("output", output)?;
    }
    if let Some(error) = &row.error {
        line("error", error)?;
    }
    if let Some(cause) = &row.cause {
        line("cause", cause)?;
    }
    for child in children {
        let goes_on = child.parent.as_ref().is_some_and(|parent| parent.link == Link::Continues);
        let (id, status) = (child.id.0, child.status.name());
        match (goes_on, &child.name) {
            (true, Some(name)) => line("continued", &format!("as execution {id}, `{name}` {status}"))?,
            (true, None) => line("continued", &format!("as execution {id} {status}"))?,
            (false, _) => line("child", &format!("{id} {} {status}", child.workflow))?,
        }
    }
    page.push('\n');
    page.push_str(&graph::timeline(history, now)?);
    Ok(page)
}

pub(super) async fn stop(app: &App, args: &Stop) -> Result<ExitCode, BoxError> {
    if args.id.is_none() && !args.all {
        return Err("name the execution to stop, or give --all".into());
    }
    let database = app.existing(args.database.db.as_deref())?;
    let engine = match Engine::builder().path(database).paused().open().await {
        Err(error) if error.is_held() => return stop_beside(app, args).await,
        engine => engine?,
    };
    let said = match &args.id {
        Some(id) => {
            let row = find(&engine, id).await?;
            engine.stop(row.id, &args.error, &args.cause).await?;
            format!("execution {} is stopped", row.id.0)
        }
        None => {
            let Stopped { stopped, ended } = engine.stop_all(&stop_filter(args), &args.error, &args.cause).await?;
            format!("{stopped} executions are stopped{}", ended_meanwhile(ended))
        }
    };
    engine.shutdown(Duration::ZERO).await?;
    output::text(&said)?;
    Ok(ExitCode::SUCCESS)
}

fn stop_filter(args: &Stop) -> ListFilter {
    let (workflow, status) = (args.workflow.clone(), args.status.map(Status::from));
    ListFilter { workflow, status, ..ListFilter::default() }
}

fn ended_meanwhile(ended: u64) -> String {
    if ended == 0 { String::new() } else { format!(", {ended} ended by themselves meanwhile") }
}

/// Another process runs an engine on the database: that one stops it.
async fn stop_beside(app: &App, args: &Stop) -> Result<ExitCode, BoxError> {
    let database = args.database.db.as_deref();
    let client = app.client(database).await?;
    let said = match &args.id {
        Some(id) => {
            let row = find(&app.look(database).await?, id).await?;
            client.stop(row.id, &args.error, &args.cause).await?;
            format!("execution {} is being stopped by the engine that runs it", row.id.0)
        }
        None => {
            let Stopped { stopped, ended } = client.stop_all(&stop_filter(args), &args.error, &args.cause).await?;
            format!("{stopped} executions are being stopped by the engine that runs them{}", ended_meanwhile(ended))
        }
    };
    output::text(&said)?;
    Ok(ExitCode::SUCCESS)
}
