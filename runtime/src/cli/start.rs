//! `start`

use std::{io::Read, path::Path, process::ExitCode, time::Duration};

use serde_json::{Value, json};

use super::{App, BoxError, NOT_SUCCEEDED, args::Start, output, with_spinner};
use crate::{Engine, Execution, store::Status};

/// How long running tasks of other executions may take to end once this one has.
const GRACE: Duration = Duration::from_secs(10);

pub(super) async fn run(app: &App, args: Start) -> Result<ExitCode, BoxError> {
    let input = input(args.input.as_deref(), args.input_file.as_deref())?;
    if args.detach {
        let client = app.client(args.database.db.as_deref()).await?;
        client.start_json(&args.workflow, args.name, &input).await?;
        output::text("the start is in the inbox of the database")?;
        return Ok(ExitCode::SUCCESS);
    }
    let engine = app.open(args.database.db.as_deref()).await?;
    let execution = engine.start_json(&args.workflow, args.name, &input).await?;
    let waiting = format!("execution {} of {} runs; Ctrl-C leaves it resumable", execution.id().0, args.workflow);
    wait(&engine, &execution, waiting, args.format.json).await
}

/// Waits for the end of an execution and tells it.
pub(super) async fn wait(
    engine: &Engine,
    execution: &Execution<Value>,
    waiting: String,
    as_json: bool,
) -> Result<ExitCode, BoxError> {
    let id = execution.id();
    tokio::select! {
        _ = with_spinner(waiting, execution.output_json()) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    let row = engine.describe(id).await?;
    engine.shutdown(GRACE).await?;
    let error = row.error.as_deref();
    match as_json {
        true => {
            let mut document = output::summary(&row);
            document["output"] = row.output.as_deref().map_or(json!(null), output::parsed);
            output::json(&document)?;
        }
        false => match (&row.output, error) {
            (Some(text), _) => output::text(text)?,
            (None, Some(error)) => {
                output::failed(&format!(
                    "execution {} failed with {error}: {}",
                    id.0,
                    row.cause.as_deref().unwrap_or("")
                ));
            }
            (None, None) => {
                output::failed(&format!("execution {} is {} and goes on at the next start", id.0, row.status.name()));
            }
        },
    }
    Ok(if row.status == Status::Succeeded { ExitCode::SUCCESS } else { ExitCode::from(NOT_SUCCEEDED) })
}

/// The input: given outright, from a file, or that of a workflow without parameters.
pub(super) fn input(text: Option<&str>, file: Option<&Path>) -> Result<String, BoxError> {
    match (text, file) {
        (Some(text), _) => Ok(text.to_owned()),
        (None, Some(path)) if path == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            Ok(text)
        }
        (None, Some(path)) => std::fs::read_to_string(path)
            .map_err(|error| format!("the input cannot be read from {}: {error}", path.display()).into()),
        (None, None) => Ok("{}".to_owned()),
    }
}
