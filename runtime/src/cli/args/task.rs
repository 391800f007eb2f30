//! The options of `task` and `work`.

use clap::{Args, Subcommand};

use super::{Database, Format};

/// `task`
#[derive(Debug, Subcommand)]
pub enum Task {
    /// List the attempts of activities that executions wait for: in the queue, or made by workers
    List {
        #[command(flatten)]
        database: Database,
        #[command(flatten)]
        format: Format,
    },
    /// Complete the task that waits for a token
    Complete {
        /// The token
        token: String,
        /// What the task yields, as JSON
        #[arg(default_value = "null")]
        value: String,
        #[command(flatten)]
        database: Database,
    },
    /// Fail the task that waits for a token
    Fail {
        /// The token
        token: String,
        /// The error's name
        #[arg(long)]
        error: String,
        /// What the error is about
        #[arg(long, default_value = "")]
        cause: String,
        #[command(flatten)]
        database: Database,
    },
    /// Take the attempt of an activity that has waited longest, for a worker of your own; prints it as JSON, or null
    Take {
        /// The activity's name
        activity: String,
        /// Who takes it, as histories tell it
        #[arg(long, default_value = "cli")]
        worker: String,
        /// How many seconds to wait for one
        #[arg(long, default_value_t = 60, value_name = "SECONDS")]
        wait: u64,
        #[command(flatten)]
        database: Database,
    },
    /// Say that the task with a token is alive
    Heartbeat {
        /// The token
        token: String,
        #[command(flatten)]
        database: Database,
    },
}

/// `work`
#[derive(Args, Debug)]
pub struct Work {
    /// Only this activity; may be given several times [default: all of the program]
    #[arg(long = "activity", value_name = "NAME")]
    pub(in crate::cli) activities: Vec<String>,
    /// So many at once
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(in crate::cli) concurrency: usize,
    /// The worker's name, as histories tell it [default: the program and the number of the process]
    #[arg(long)]
    pub(in crate::cli) name: Option<String>,
    /// How many seconds what is under way may take to end, once the worker is to stop
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    pub(in crate::cli) grace: u64,
    #[command(flatten)]
    pub(in crate::cli) database: Database,
}
