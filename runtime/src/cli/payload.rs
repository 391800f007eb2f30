//! `payload`: one input or output, whole, however it is stored.

use std::{process::ExitCode, sync::Arc};

use super::{
    App, BoxError,
    args::{Payload, PayloadArg},
    executions::load,
    fork::state_and_visit,
    output,
    replay::is_file,
};
use crate::history::{EventKind, History, HistoryEvent};

pub(super) async fn run(app: &App, args: &Payload) -> Result<ExitCode, BoxError> {
    let history = match is_file(&args.id) {
        true => History::read_of(&args.id, args.workflow.as_deref())?,
        false => load(&app.look(args.database.db.as_deref()).await?, &args.id).await?,
    };
    let payload = match &args.at {
        Some(at) => of_state(&history.events()?, state_and_visit(at), args.scope.as_deref(), args.which)?,
        None => of_execution(&history, args.which)?,
    };
    match args.raw {
        true => output::bytes(payload.as_bytes())?,
        false => output::json(&output::parsed(&payload))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn of_execution(history: &History, which: PayloadArg) -> Result<Arc<str>, String> {
    let row = &history.execution;
    match which {
        PayloadArg::Input => Ok(Arc::clone(&row.input)),
        PayloadArg::Output => row.output.clone().ok_or_else(|| match &row.error {
            Some(error) => format!("execution {} has no output: it ended with {error}", row.id.0),
            None => format!("execution {} has no output: it is {}", row.id.0, row.status.name()),
        }),
    }
}

/// The payload of the N-th visit of a state.
fn of_state(
    events: &[HistoryEvent],
    (state, visit): (&str, u32),
    scope: Option<&str>,
    which: PayloadArg,
) -> Result<Arc<str>, String> {
    let is_entered = |event: &HistoryEvent| matches!(event.kind, EventKind::StateEntered(_));
    let is_it = |event: &HistoryEvent| {
        is_entered(event)
            && event.details.state.as_deref() == Some(state)
            && scope.is_none_or(|scope| scope == event.scope)
    };
    let visits: Vec<usize> = (0..events.len()).filter(|index| is_it(&events[*index])).collect();
    let Some(entered) = visits.get(visit as usize - 1).copied() else {
        let times = match visits.len() {
            0 => "was not entered; `history` shows the states".to_owned(),
            1 => "was entered once".to_owned(),
            times => format!("was entered {times} times"),
        };
        return Err(format!("`{state}` {times}{}", if visits.is_empty() { "" } else { ", so there is no such visit" }));
    };
    let inside = events[entered + 1..].iter().filter(|event| event.scope == events[entered].scope);
    let inside: Vec<_> = inside.take_while(|event| !is_entered(event)).collect();
    let found = inside.iter().find_map(|event| match (which, event.kind) {
        (PayloadArg::Input, EventKind::TaskScheduled | EventKind::ActivityScheduled) => event.details.input.clone(),
        (PayloadArg::Output, EventKind::TaskSucceeded | EventKind::ActivitySucceeded) => event.details.output.clone(),
        _ => None,
    });
    found.ok_or_else(|| {
        let is_call = inside.iter().any(|event| event.details.task.is_some());
        let failed = inside.iter().rev().find_map(|event| event.details.error.as_deref());
        match (which, is_call, failed) {
            (_, false, _) => {
                format!("`{state}` has no payloads of its own: tasks, activities and child executions have")
            }
            (PayloadArg::Output, _, Some(error)) => format!("`{state}` has no output: it failed with {error}"),
            (PayloadArg::Output, _, None) => format!("`{state}` has no output yet"),
            (PayloadArg::Input, ..) => format!("`{state}` has no input"),
        }
    })
}
