//! `task`

use std::process::ExitCode;

use super::{App, BoxError, args::Task, output};
use crate::Failed;

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
        Task::Heartbeat { token, database } => {
            app.client(database.db.as_deref()).await?.heartbeat(token).await?;
            "the task is alive"
        }
    };
    output::text(done)?;
    Ok(ExitCode::SUCCESS)
}
