//! `schedule`

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{
    App, BoxError,
    args::{Database, MissedArg, OverlapArg, Schedule, ScheduleAdd, ScheduleOne},
    output,
};
use crate::{Missed, Overlap, Schedule as Rule, Scheduled, registry::Registry};

impl From<OverlapArg> for Overlap {
    fn from(arg: OverlapArg) -> Overlap {
        match arg {
            OverlapArg::Skip => Overlap::Skip,
            OverlapArg::Allow => Overlap::Allow,
            OverlapArg::Queue => Overlap::Queue,
            OverlapArg::Stop => Overlap::Stop,
        }
    }
}

impl From<MissedArg> for Missed {
    fn from(arg: MissedArg) -> Missed {
        match arg {
            MissedArg::Latest => Missed::Latest,
            MissedArg::All => Missed::All,
            MissedArg::None => Missed::None,
        }
    }
}

pub(super) async fn run(app: &App, args: Schedule) -> Result<ExitCode, BoxError> {
    match args {
        Schedule::List { database, format } => list(app, &database, format.json).await,
        Schedule::Add(args) => add(app, args).await,
        Schedule::Remove(args) => {
            app.client(args.database.db.as_deref()).await?.unschedule(&args.name).await?;
            done(&args, "is removed")
        }
        Schedule::Pause(args) => pause(app, &args, true, "fires no more until it is resumed").await,
        Schedule::Resume(args) => pause(app, &args, false, "fires again").await,
    }
}

async fn pause(app: &App, args: &ScheduleOne, paused: bool, what: &str) -> Result<ExitCode, BoxError> {
    app.client(args.database.db.as_deref()).await?.pause_schedule(&args.name, paused).await?;
    done(args, what)
}

fn done(args: &ScheduleOne, what: &str) -> Result<ExitCode, BoxError> {
    output::text(&format!("the schedule `{}` {what}", args.name))?;
    Ok(ExitCode::SUCCESS)
}

/// The rule that the arguments say.
fn rule(args: &ScheduleAdd) -> Result<Rule, BoxError> {
    let rule = match (&args.cron, args.every) {
        (None, Some(every)) => Rule::every(every)?,
        (Some(cron), _) => Rule::cron(cron, &args.time_zone)?,
        (None, None) => return Err("a schedule needs --cron or --every".into()),
    };
    let overlap = args.overlap.map_or(Overlap::default(), Overlap::from);
    Ok(rule.overlap(overlap).missed(args.missed.map_or(Missed::default(), Missed::from)))
}

async fn add(app: &App, args: ScheduleAdd) -> Result<ExitCode, BoxError> {
    let rule = rule(&args)?;
    // Another program may have it, but somebody who types its name means this one.
    Registry::linked_without_resources()?.workflow(&args.workflow)?;
    let input = super::start::input(args.input.as_deref(), args.input_file.as_deref())?;
    let client = app.client(args.database.db.as_deref()).await?;
    client.schedule_json(&args.name, &rule, &args.workflow, &input).await?;
    let added = client.schedules().await?.into_iter().find(|schedule| schedule.name == args.name);
    let next = added.and_then(|added| added.next).map_or("never".to_owned(), output::time);
    output::text(&format!(
        "the schedule `{}` fires next at {next}, where an engine with the workflow runs",
        args.name
    ))?;
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, database: &Database, as_json: bool) -> Result<ExitCode, BoxError> {
    let schedules = app.look(database.db.as_deref()).await?.schedules().await?;
    if as_json {
        output::json(&schedules.iter().map(document).collect::<Result<Value, _>>()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if schedules.is_empty() {
        output::text("no schedules")?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = schedules.iter().map(|schedule| {
        let next = match schedule.next {
            _ if schedule.paused => "paused".to_owned(),
            Some(next) => output::time(next),
            None => "never".to_owned(),
        };
        let (name, workflow) = (schedule.name.clone(), schedule.workflow.clone());
        vec![name, workflow, schedule.rule.to_string(), next, schedule.last.clone().unwrap_or_default()]
    });
    output::table(&["NAME", "WORKFLOW", "RULE", "NEXT", "LAST EXECUTION"], lines.collect())?;
    Ok(ExitCode::SUCCESS)
}

fn document(schedule: &Scheduled) -> Result<Value, serde_json::Error> {
    Ok(json!({
        "name": schedule.name,
        "workflow": schedule.workflow,
        "input": output::parsed(&schedule.input),
        "rule": serde_json::to_value(&schedule.rule)?,
        "paused": schedule.paused,
        "next": schedule.next.map(output::time),
        "lastExecution": schedule.last,
    }))
}
