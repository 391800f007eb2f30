//! `task`

use std::{process::ExitCode, time::Duration};

use serde_json::{Value, json};

use super::{App, BoxError, args::Task, output};
use crate::{ActivityTask, Failed};

pub(super) async fn run(app: &App, args: Task) -> Result<ExitCode, BoxError> {
    let done = match args {
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
