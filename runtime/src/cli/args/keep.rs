//! The options of `schedule`, `prune` and `backup`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Database, Format};

/// `schedule`
#[derive(Debug, Subcommand)]
pub enum Schedule {
    /// List the schedules
    List {
        #[command(flatten)]
        database: Database,
        #[command(flatten)]
        format: Format,
    },
    /// Add a schedule, or put it in the place of the one of its name
    Add(ScheduleAdd),
    /// Remove a schedule; what it has started goes on
    Remove(ScheduleOne),
    /// Let a schedule fire no more until it is resumed
    Pause(ScheduleOne),
    /// Let a schedule fire again; what would have fired meanwhile was not missed
    Resume(ScheduleOne),
}

/// `schedule add`
#[derive(Args, Debug)]
pub struct ScheduleAdd {
    /// The schedule's name, from which its executions have theirs
    pub(in crate::cli) name: String,
    /// The workflow that it starts
    pub(in crate::cli) workflow: String,
    /// A cron expression: minute, hour, day of the month, month, day of the week
    #[arg(long, value_name = "EXPRESSION", conflicts_with = "every", required_unless_present = "every")]
    pub(in crate::cli) cron: Option<String>,
    /// The time zone of the cron expression, such as Europe/Berlin
    #[arg(long, default_value = "UTC", value_name = "ZONE", conflicts_with = "every")]
    pub(in crate::cli) time_zone: String,
    /// A step such as 15m or 1h, counted from 1970 in UTC
    #[arg(long, value_name = "TIME", value_parser = crate::cli::keep::time)]
    pub(in crate::cli) every: Option<std::time::Duration>,
    /// What a firing does while the execution of the one before has not ended [default: skip]
    #[arg(long)]
    pub(in crate::cli) overlap: Option<OverlapArg>,
    /// What is made up for of firings that were missed [default: latest]
    #[arg(long)]
    pub(in crate::cli) missed: Option<MissedArg>,
    /// The input as JSON, as for `start`
    #[arg(long, value_name = "JSON", conflicts_with = "input_file")]
    pub(in crate::cli) input: Option<String>,
    /// A file that holds the input; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) input_file: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) database: Database,
}

/// One schedule.
#[derive(Args, Debug)]
pub struct ScheduleOne {
    /// The schedule's name
    pub(in crate::cli) name: String,
    #[command(flatten)]
    pub(in crate::cli) database: Database,
}

/// An overlap policy on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OverlapArg {
    /// It is passed over
    Skip,
    /// Another one is started beside it
    Allow,
    /// It waits for its end
    Queue,
    /// It is stopped, and another one is started
    Stop,
}

/// What is made up for, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MissedArg {
    /// The last of them
    Latest,
    /// All of them, in order
    All,
    /// None
    None,
}

/// `prune`
#[derive(Args, Debug)]
pub struct Prune {
    /// Those that ended so long ago, such as 30d or 12h
    #[arg(long, value_name = "TIME", value_parser = crate::cli::keep::time)]
    pub(in crate::cli) older_than: std::time::Duration,
    /// Only executions of this workflow
    #[arg(long)]
    pub(in crate::cli) workflow: Option<String>,
    /// Write each history to this folder before
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) export: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) database: Database,
}

/// `backup`
#[derive(Args, Debug)]
pub struct Backup {
    /// The copy, which must not exist
    pub(in crate::cli) file: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) database: Database,
}
