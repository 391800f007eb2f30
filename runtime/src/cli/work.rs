//! `work`

use std::{process::ExitCode, time::Duration};

use super::{App, BoxError, args::Work, output};
use crate::{Engine, Worker};

pub(super) async fn run(app: &App, args: Work) -> Result<ExitCode, BoxError> {
    let database = app.database(args.database.db.as_deref());
    let resources = (app.setup)(Engine::builder().path(database), database)?.into_resources();
    let mut worker = Worker::open(database)
        .resources(resources)
        .concurrency(args.concurrency)
        .grace(Duration::from_secs(args.grace));
    if !args.activities.is_empty() {
        worker = worker.activities(args.activities);
    }
    if let Some(name) = args.name {
        worker = worker.name(name);
    }
    let (activities, name) = worker.described()?;
    output::note(&format!(
        "{name} makes `{}` on {}; Ctrl-C lets what is under way come to its end",
        activities.join("`, `"),
        database.display()
    ));
    worker.run_until(asked_to_stop()).await?;
    Ok(ExitCode::SUCCESS)
}

/// Ready at Ctrl-C, and at the signal by which a process is asked to end.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where signals cannot be heard, the process ends by them.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
