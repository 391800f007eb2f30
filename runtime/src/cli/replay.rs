//! `replay`

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{App, BoxError, DIVERGED, args::Replay, executions::find, output};
use crate::{
    Engine, Replayed,
    store::{ExecutionId, ListFilter, Status},
};

/// How many executions are listed at once.
const PAGE: usize = 1_000;

pub(super) async fn run(app: &App, args: &Replay) -> Result<ExitCode, BoxError> {
    let engine = app.look(args.database.db.as_deref()).await?;
    match &args.id {
        Some(id) => one(&engine, id, args.format.json).await,
        None => all(&engine, args).await,
    }
}

async fn one(engine: &Engine, id: &str, as_json: bool) -> Result<ExitCode, BoxError> {
    let row = find(engine, id).await?;
    let replayed = engine.replay(row.id).await?;
    match (&replayed.divergence, as_json) {
        (_, true) => output::json(&document(row.id, &replayed))?,
        (None, false) => output::text(&format!(
            "execution {}: today's code agrees with all {} recorded entries",
            row.id.0, replayed.matching
        ))?,
        (Some(divergence), false) => output::text(&divergence.to_string())?,
    }
    Ok(code(replayed.divergence.is_some()))
}

async fn all(engine: &Engine, args: &Replay) -> Result<ExitCode, BoxError> {
    let mut filter = ListFilter { workflow: None, status: args.status.map(Status::from), before: None, limit: PAGE };
    let total: u64 = engine.count().await?.iter().map(|(_, _, count)| count).sum();
    let bar = indicatif::ProgressBar::new(total);
    let (mut checked, mut found) = (0_u64, Vec::new());
    loop {
        let rows = engine.list(&filter).await?;
        let Some(last) = rows.last() else { break };
        filter.before = Some(last.id);
        for row in &rows {
            let replayed = engine.replay(row.id).await?;
            checked += 1;
            bar.inc(1);
            if replayed.divergence.is_some() {
                found.push((row.id, replayed));
            }
        }
    }
    bar.finish_and_clear();
    if args.format.json {
        let diverged: Vec<_> = found.iter().map(|(id, replayed)| document(*id, replayed)).collect();
        output::json(&json!({ "checked": checked, "diverged": diverged }))?;
    } else {
        for (_, replayed) in &found {
            if let Some(divergence) = &replayed.divergence {
                output::text(&format!("{divergence}\n"))?;
            }
        }
        output::text(&format!("{checked} executions checked, {} would block", found.len()))?;
    }
    Ok(code(!found.is_empty()))
}

fn code(diverged: bool) -> ExitCode {
    if diverged { ExitCode::from(DIVERGED) } else { ExitCode::SUCCESS }
}

fn document(id: ExecutionId, replayed: &Replayed) -> Value {
    let divergence = replayed.divergence.as_ref().map(|divergence| {
        json!({
            "workflow": divergence.workflow,
            "name": divergence.name,
            "scope": divergence.scope,
            "state": divergence.state,
            "file": divergence.place.as_ref().map(|(file, _)| file),
            "line": divergence.place.as_ref().map(|(_, line)| line),
            "recordedState": divergence.recorded_state,
            "recorded": divergence.recorded,
            "attempted": divergence.attempted,
        })
    });
    json!({ "id": id.0, "matching": replayed.matching, "divergence": divergence })
}
