//! `task`

use std::{path::Path, process::ExitCode, time::Duration};

use serde_json::{Value, json};

use super::{App, BoxError, args::Task, output};
use crate::{ActivityAttempt, ActivityPlace, ActivityTask, Failed};

pub(super) async fn run(app: &App, args: Task) -> Result<ExitCode, BoxError> {
    let done = match args {
        Task::List { database, format } => return list(app, database.db.as_deref(), format.json).await,
        Task::Complete { token, value, database } => {
            app.client(database.db.as_deref()).await?.complete_json(token, &value).await?;
            "the task is completed"
        }
        Task::Fail { token, error, cause, database } => {
            app.client(database.db.as_deref()).await?.fail(token, Failed::new(error, cause)).await?;
            "the task is failed"
        }
        Task::Take { activity, worker, wait, database } => {
            let client = app.client(database.db.as_deref()).await?;
            let task = client.get_activity_task(&activity, &worker, Duration::from_secs(wait)).await?;
            output::json(&task.as_ref().map_or(Value::Null, described))?;
            return Ok(ExitCode::SUCCESS);
        }
        Task::Heartbeat { token, database } => {
            app.client(database.db.as_deref()).await?.heartbeat(token).await?;
            "the task is alive"
        }
    };
    output::text(done)?;
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, database: Option<&Path>, as_json: bool) -> Result<ExitCode, BoxError> {
    let attempts = app.look(database).await?.activities().await?;
    if as_json {
        output::json(&attempts.iter().map(listed).collect())?;
        return Ok(ExitCode::SUCCESS);
    }
    if attempts.is_empty() {
        output::text("no execution waits for an activity")?;
        return Ok(ExitCode::SUCCESS);
    }
    let times = |time: Option<i64>| time.map_or_else(String::new, output::time);
    let lines = attempts.iter().map(|attempt| {
        let (state, by, since, heartbeat, due) = match &attempt.place {
            ActivityPlace::Waiting { since } => ("waits", "", *since, None, None),
            ActivityPlace::Taken { by, since, heartbeat, due } => ("taken", by.as_str(), *since, *heartbeat, *due),
        };
        vec![
            attempt.execution.0.to_string(),
            attempt.activity.clone(),
            attempt.attempt.to_string(),
            state.to_owned(),
            by.to_owned(),
            output::time(since),
            times(heartbeat),
            times(due),
        ]
    });
    output::table(&["EXECUTION", "ACTIVITY", "ATTEMPT", "IS", "BY", "SINCE", "HEARTBEAT", "DUE"], lines.collect())?;
    Ok(ExitCode::SUCCESS)
}

fn listed(attempt: &ActivityAttempt) -> Value {
    let ActivityAttempt { execution, activity, attempt, token, place } = attempt;
    let mut document =
        json!({ "execution": execution.0, "activity": activity, "attempt": attempt, "taskToken": token });
    let more = match place {
        ActivityPlace::Waiting { since } => json!({ "status": "WAITING", "since": output::time(*since) }),
        ActivityPlace::Taken { by, since, heartbeat, due } => json!({
            "status": "TAKEN",
            "worker": by,
            "since": output::time(*since),
            "lastHeartbeat": heartbeat.map(output::time),
            "due": due.map(output::time),
        }),
    };
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
    document
}

/// With the names of GetActivityTask, and more.
fn described(task: &ActivityTask) -> Value {
    json!({
        "taskToken": task.token(),
        "input": output::parsed(task.input()),
        "activity": task.activity(),
        "execution": task.execution().0,
        "attempt": task.attempt(),
        "idempotencyKey": task.idempotency_key(),
        "timeoutSeconds": task.timeout().map(|timeout| timeout.as_secs()),
        "heartbeatSeconds": task.heartbeat().map(|heartbeat| heartbeat.as_secs()),
    })
}
