//! `replay`

use std::{path::Path, process::ExitCode};

use serde_json::{Value, json};

use super::{App, BoxError, DIVERGED, args::Replay, executions::find, output};
use crate::{
    Engine, Replayed,
    history::History,
    store::{ExecutionId, ListFilter, Status},
    verify::{self, Group, Report},
};

/// How many executions of a group the table names.
const NAMED: usize = 5;

pub(super) async fn run(app: &App, args: &Replay) -> Result<ExitCode, BoxError> {
    let as_json = args.format.json;
    match args.id.as_deref() {
        Some(file) if is_file(file) => {
            let history = History::read_of(file, args.workflow.as_deref())?;
            tell(history.execution.id, &verify::replay(&history)?, as_json)
        }
        Some(id) => {
            let engine = app.look(args.database.db.as_deref()).await?;
            let row = find(&engine, id).await?;
            tell(row.id, &engine.replay(row.id).await?, as_json)
        }
        None => all(&app.look(args.database.db.as_deref()).await?, args).await,
    }
}

/// What is meant is a file: no number, and a file is there or its name ends as one.
pub(super) fn is_file(text: &str) -> bool {
    let path = Path::new(text);
    text.parse::<i64>().is_err() && (path.is_file() || path.extension().is_some_and(|ending| ending == "json"))
}

fn tell(id: ExecutionId, replayed: &Replayed, as_json: bool) -> Result<ExitCode, BoxError> {
    match (&replayed.divergence, as_json) {
        (divergence, true) => {
            let divergence = divergence.as_ref().map(verify::Divergence::to_json);
            output::json(&json!({ "id": id.0, "matching": replayed.matching, "divergence": divergence }))?;
        }
        (None, false) => output::text(&format!(
            "execution {}: today's code agrees with all {} recorded entries",
            id.0, replayed.matching
        ))?,
        (Some(divergence), false) => output::text(&divergence.to_string())?,
    }
    Ok(code(replayed.divergence.is_none()))
}

async fn all(engine: &Engine, args: &Replay) -> Result<ExitCode, BoxError> {
    let status = args.status.map(Status::from);
    let filter = ListFilter { workflow: args.workflow.clone(), status, ..ListFilter::default() };
    let counts = engine.count().await?;
    let chosen = counts.iter().filter(|(workflow, of, _)| {
        args.workflow.as_ref().is_none_or(|wanted| wanted == workflow) && status.is_none_or(|wanted| wanted == *of)
    });
    let bar = indicatif::ProgressBar::new(chosen.map(|(_, _, count)| count).sum());
    let report = engine.verify_with(&filter, || bar.inc(1)).await?;
    bar.finish_and_clear();
    match args.format.json {
        true => output::json(&document(&report))?,
        false => table(&report)?,
    }
    Ok(code(report.is_good()))
}

fn table(report: &Report) -> Result<(), BoxError> {
    let groups = report.groups();
    if !groups.is_empty() {
        let line = |group: &Group| {
            let mut named: Vec<String> = group.executions.iter().take(NAMED).map(|id| id.0.to_string()).collect();
            if group.executions.len() > NAMED {
                named.push("..".to_owned());
            }
            vec![
                group.executions.len().to_string(),
                group.workflow.clone(),
                output::short(&group.cause, super::executions::SHOWN),
                group.state.clone().unwrap_or_default(),
                group.place.as_ref().map_or_else(String::new, |(file, line)| format!("{file}:{line}")),
                named.join(" "),
            ]
        };
        let header = ["WOULD BLOCK", "WORKFLOW", "LIKELY CAUSE", "STATE", "LINE", "EXECUTIONS"];
        output::table(&header, groups.iter().map(line).collect())?;
        output::text("")?;
        // One of each group says it in full.
        for group in &groups {
            let first = group.executions.first();
            if let Some(found) = report.diverged.iter().find(|found| Some(&found.execution) == first) {
                output::text(&format!("{found}\n"))?;
            }
        }
    }
    output::text(&format!("{} executions checked, {} would block", report.checked, report.blocked()))
}

fn code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::from(DIVERGED) }
}

fn document(report: &Report) -> Value {
    let diverged = report
        .diverged
        .iter()
        .map(|found| json!({ "id": found.execution.0, "matching": found.matching, "divergence": found.to_json() }));
    let unreadable = report
        .unreadable
        .iter()
        .map(|found| json!({ "id": found.execution.0, "workflow": found.workflow, "why": found.why }));
    let groups = report.groups().into_iter().map(|group| {
        json!({
            "workflow": group.workflow,
            "cause": group.cause,
            "state": group.state,
            "file": group.place.as_ref().map(|(file, _)| file),
            "line": group.place.as_ref().map(|(_, line)| line),
            "executions": group.executions.iter().map(|id| id.0).collect::<Vec<_>>(),
        })
    });
    json!({
        "checked": report.checked,
        "diverged": diverged.collect::<Vec<_>>(),
        "unreadable": unreadable.collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
    })
}
