//! `prune` and `backup`

use std::{process::ExitCode, time::Duration};

use super::{
    App, BoxError,
    args::{Backup, Prune},
    output, with_spinner,
};
use crate::{Engine, Retention, store::back_up};

/// A time such as `30d` or `12h`. A day is 24 hours.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let form = || format!("`{text}` is no time: write one such as `30d`, `12h` or `1h30m`");
    let span: jiff::Span = text.parse().map_err(|_| form())?;
    let seconds = span.total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours())).map_err(|_| form())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| form())
}

pub(super) async fn prune(app: &App, args: Prune) -> Result<ExitCode, BoxError> {
    let database = app.existing(args.database.db.as_deref())?;
    let mut retention = Retention::keep(args.older_than);
    retention.workflow = args.workflow;
    retention.export_to = args.export;
    let engine = match Engine::builder().path(database).paused().open().await {
        Err(error) if error.is_held() => {
            let advice = "an engine that runs removes what is old by itself, where it is built with `retention(..)`";
            return Err(format!("{error}; {advice}").into());
        }
        engine => engine?,
    };
    let pruned = with_spinner("removing".to_owned(), engine.prune(&retention)).await;
    engine.shutdown(Duration::ZERO).await?;
    output::text(&match pruned?.removed {
        1 => "1 execution is removed".to_owned(),
        removed => format!("{removed} executions are removed"),
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn backup(app: &App, args: Backup) -> Result<ExitCode, BoxError> {
    let (from, to) = (app.database(args.database.db.as_deref()).to_owned(), args.file.clone());
    let copied = tokio::task::spawn_blocking(move || back_up(from, to));
    let copied = with_spinner("copying".to_owned(), copied).await;
    copied.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))?;
    output::text(&format!("{} is a copy of all that was committed when it began", args.file.display()))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_days_hours_and_less() {
        assert_eq!(time("30d"), Ok(Duration::from_hours(30 * 24)));
        assert_eq!(time("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(time("0s"), Ok(Duration::ZERO));
        for nonsense in ["", "soon", "30", "-1d", "1month", "99999999999999999999d"] {
            assert!(time(nonsense).unwrap_err().contains("is no time"), "{nonsense}");
        }
    }
}
