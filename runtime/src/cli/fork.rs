//! `fork` and `redrive`

use std::{path::Path, process::ExitCode, time::Duration};

use serde_json::{Value, json};

use super::{
    App, BoxError,
    args::{Fork, Redrive},
    executions::find,
    output,
    replay::is_file,
    start::wait,
};
use crate::{Engine, Execution, history::History};

pub(super) async fn fork(app: &App, args: &Fork) -> Result<ExitCode, BoxError> {
    let engine = open(app, args.database.db.as_deref(), args.later).await?;
    let mut fork = match is_file(&args.id) {
        true => engine.fork_of(History::read_of(&args.id, args.workflow.as_deref())?),
        false => engine.fork(find(&engine, &args.id).await?.id),
    };
    if let Some(at) = &args.at {
        let (state, visit) = state_and_visit(at);
        fork = fork.at(state).occurrence(visit);
    }
    if let Some(scope) = &args.scope {
        fork = fork.scope(scope);
    }
    if let Some(result) = &args.result {
        serde_json::from_str::<Value>(result).map_err(|error| format!("--result is no JSON: {error}"))?;
        fork = fork.result(result);
    }
    if let Some(failure) = &args.failure {
        fork = fork.failure(failure, &args.cause);
    }
    if let Some(input) = &args.input {
        fork = fork.input(input);
    }
    if let Some(name) = &args.name {
        fork = fork.name(name);
    }
    let execution = fork.start().await?;
    go_on(&engine, &execution, "is a fork", args.later, args.format.json).await
}

pub(super) async fn redrive(app: &App, args: &Redrive) -> Result<ExitCode, BoxError> {
    let engine = open(app, args.database.db.as_deref(), args.later).await?;
    let row = find(&engine, &args.id).await?;
    let execution = engine.redrive(row.id).await?;
    go_on(&engine, &execution, "is redriven", args.later, args.format.json).await
}

/// An engine that goes on with what is there, or one that only records.
async fn open(app: &App, database: Option<&Path>, later: bool) -> Result<Engine, BoxError> {
    let path = app.existing(database)?;
    if later { Ok(Engine::builder().path(path).paused().open().await?) } else { app.open(database).await }
}

async fn go_on(
    engine: &Engine,
    execution: &Execution<Value>,
    what: &str,
    later: bool,
    as_json: bool,
) -> Result<ExitCode, BoxError> {
    let id = execution.id().0;
    if !later {
        let waiting = format!("execution {id} {what} and runs; Ctrl-C leaves it resumable");
        return wait(engine, execution, waiting, as_json).await;
    }
    engine.shutdown(Duration::ZERO).await?;
    match as_json {
        true => output::json(&json!({ "id": id }))?,
        false => {
            output::text(&format!("execution {id} {what}; the next program that opens the database goes on with it"))?
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `Charge#2` is the second visit of `Charge`.
pub(super) fn state_and_visit(text: &str) -> (&str, u32) {
    match text.rsplit_once('#').map(|(state, visit)| (state, visit.parse())) {
        Some((state, Ok(visit))) if visit > 0 => (state, visit),
        _ => (text, 1),
    }
}
