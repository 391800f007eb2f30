//! `start`

use std::{io::Read, path::Path, process::ExitCode, time::Duration};

use serde_json::{Value, json};

use super::{App, BoxError, NOT_SUCCEEDED, args::Start, output, with_spinner, workflows};
use crate::{
    Engine, Execution, Run,
    store::{ExecutionRow, Status},
};

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
    if workflows::is_express(&args.workflow) {
        let run = engine.run_json(&args.workflow, &input);
        let run = args.name.into_iter().fold(run, Run::name);
        let waiting = format!("an Express execution of {} runs; Ctrl-C ends it", args.workflow);
        return run_express(&engine, run, waiting, args.format.json).await;
    }
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
    tell(&row, as_json)
}

/// Runs an Express workflow, of which nothing is kept.
async fn run_express(engine: &Engine, run: Run<Value>, waiting: String, as_json: bool) -> Result<ExitCode, BoxError> {
    let ended = tokio::select! {
        ended = with_spinner(waiting, run.with_history()) => Some(ended),
        _ = tokio::signal::ctrl_c() => None,
    };
    engine.shutdown(if ended.is_some() { GRACE } else { Duration::ZERO }).await?;
    match ended {
        Some(ended) => tell(&ended?.1.execution, as_json),
        None => {
            output::failed("the Express execution was ended, and nothing of it is kept");
            Ok(ExitCode::from(NOT_SUCCEEDED))
        }
    }
}

/// What became of an execution.
fn tell(row: &ExecutionRow, as_json: bool) -> Result<ExitCode, BoxError> {
    let id = row.id;
    let error = row.error.as_deref();
    match as_json {
        true => {
            let mut document = output::summary(row);
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
