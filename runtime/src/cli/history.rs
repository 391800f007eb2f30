//! `history`

use std::{fs, process::ExitCode};

use serde_json::{Map, Value};

use super::{
    App, BoxError,
    args::{History, HistoryCommand, HistoryExport},
    executions::{SHOWN, find, load},
    output,
    replay::is_file,
};
use crate::history::{History as Recorded, HistoryEvent};

pub(super) async fn run(app: &App, args: &History) -> Result<ExitCode, BoxError> {
    match &args.command {
        Some(HistoryCommand::Export(args)) => export(app, args).await,
        None => events(app, args).await,
    }
}

async fn export(app: &App, args: &HistoryExport) -> Result<ExitCode, BoxError> {
    let engine = app.look(args.database.db.as_deref()).await?;
    let row = find(&engine, &args.id).await?;
    let mut history = engine.recorded(row.id).await?;
    if !args.redact.is_empty() {
        history = history.redact(&args.redact)?;
    }
    let text = history.to_json()?;
    match &args.output {
        None => output::text(&text)?,
        Some(path) => fs::write(path, text)
            .map_err(|error| format!("the history cannot be written to {}: {error}", path.display()))?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn events(app: &App, args: &History) -> Result<ExitCode, BoxError> {
    let id = args.id.as_deref().unwrap_or_default();
    let history = match is_file(id) {
        true => Recorded::read_of(id, args.workflow.as_deref())?,
        false => load(&app.look(args.database.db.as_deref()).await?, id).await?,
    };
    let (row, events) = (&history.execution, history.events()?);
    if args.format.json {
        output::json(&events.iter().map(event).collect())?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = events.iter().map(|event| {
        let details = &event.details;
        let payload = details.input.as_deref().or(details.output.as_deref()).or(details.cause.as_deref());
        let payload = payload.or(details.worker.as_deref());
        vec![
            event.id.to_string(),
            output::duration(event.at - row.started_at),
            event.kind.name(),
            event.scope.clone(),
            details.state.clone().or_else(|| details.task.clone()).unwrap_or_default(),
            output::short(
                &[details.error.as_deref(), payload].into_iter().flatten().collect::<Vec<_>>().join(" "),
                SHOWN,
            ),
        ]
    });
    output::table(&["EVENT", "AT", "TYPE", "SCOPE", "STATE", "WHAT"], lines.collect())?;
    Ok(ExitCode::SUCCESS)
}

fn event(event: &HistoryEvent) -> Value {
    let details = &event.details;
    let mut document = Map::new();
    document.insert("id".to_owned(), event.id.into());
    document.insert("timestamp".to_owned(), output::time(event.at).into());
    document.insert("type".to_owned(), event.kind.name().into());
    if !event.scope.is_empty() {
        document.insert("scope".to_owned(), event.scope.clone().into());
    }
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            document.insert(key.to_owned(), value);
        }
    };
    put("state", details.state.clone().map(Value::from));
    put("task", details.task.clone().map(Value::from));
    put("attempt", details.attempt.map(Value::from));
    put("workerName", details.worker.clone().map(Value::from));
    put("index", details.index.map(Value::from));
    put("length", details.length.map(Value::from));
    put("input", details.input.as_deref().map(output::parsed));
    put("output", details.output.as_deref().map(output::parsed));
    put("error", details.error.clone().map(Value::from));
    put("cause", details.cause.as_deref().map(Value::from));
    Value::Object(document)
}
