//! The commands and their options.

// clap's derive wants the types of public fields to be public.
#![allow(unreachable_pub)]

mod keep;
mod payload;
mod task;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

pub use self::{
    keep::{Backup, MissedArg, OverlapArg, Prune, Schedule, ScheduleAdd, ScheduleOne},
    payload::{Payload, PayloadArg},
    task::{Task, Work},
};

/// A command of the command line.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// List the workflows of this program
    Workflows(Format),
    /// Start a workflow here and wait for its end
    Start(Start),
    /// List executions, the newest first
    List(List),
    /// Show an execution: its state, its input and output, where its time went
    Show(One),
    /// Show what happened in an execution, event by event, or write it to a history file
    History(History),
    /// Print an input or output of an execution or of one of its states, whole
    Payload(Payload),
    /// End an execution from outside
    Stop(Stop),
    /// Complete, fail or keep alive a task that waits for its token; list and take activities
    #[command(subcommand)]
    Task(Task),
    /// Make activities of this program for the engine on a database, until it is stopped
    Work(Work),
    /// Run today's code against recorded histories, without any effect
    Replay(Replay),
    /// Start an execution with the past of another, up to one of its states, and wait for its end
    Fork(Fork),
    /// Go on with an execution that failed or was stopped, from the state that failed, and wait for its end
    Redrive(Redrive),
    /// Step through an execution, forwards and backwards
    Debug(Debug),
    /// Write a workflow as Amazon States Language
    Export(Export),
    /// Draw a workflow, or an execution over its workflow: what became of each state
    Graph(Graph),
    /// Check every workflow: types, the model's rules, the export
    Check(Format),
    /// Start executions by themselves: list schedules, add one, remove it, pause it
    #[command(subcommand)]
    Schedule(Schedule),
    /// Remove executions that ended long ago, with their histories
    Prune(Prune),
    /// Copy the database, also while an engine runs on it
    Backup(Backup),
    /// Write a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// How results are written.
#[derive(Args, Clone, Copy, Debug)]
pub struct Format {
    /// Write one JSON document instead of a table
    #[arg(long)]
    pub(super) json: bool,
}

/// Which database.
#[derive(Args, Clone, Debug)]
pub struct Database {
    /// The database file [default: the program's own]
    #[arg(long, value_name = "PATH")]
    pub(super) db: Option<PathBuf>,
}

/// `start`
#[derive(Args, Debug)]
pub struct Start {
    /// The workflow's name
    pub(super) workflow: String,
    /// The input as JSON: the parameter's value, or an object by parameter name where there are several
    #[arg(long, value_name = "JSON", conflicts_with = "input_file")]
    pub(super) input: Option<String>,
    /// A file that holds the input; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) input_file: Option<PathBuf>,
    /// A name for the execution: starting again with the same name and input is the same execution
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Leave it to the engine that runs on the database, or to the next one, and do not wait
    #[arg(long)]
    pub(super) detach: bool,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) format: Format,
}

/// `list`
#[derive(Args, Debug)]
pub struct List {
    /// Only executions of this workflow
    #[arg(long)]
    pub(super) workflow: Option<String>,
    /// Only executions in this state
    #[arg(long)]
    pub(super) status: Option<StatusArg>,
    /// At most so many; 0 is all
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(super) limit: usize,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) format: Format,
}

/// A status on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[allow(missing_docs)]
pub enum StatusArg {
    Running,
    Succeeded,
    Failed,
    Aborted,
    TimedOut,
    Blocked,
}

/// `history`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct History {
    /// The execution's number or name, or a history file
    #[arg(required = true, value_name = "ID|FILE")]
    pub(super) id: Option<String>,
    /// With a history of AWS: the workflow whose it is, where the file does not tell
    #[arg(long, value_name = "NAME")]
    pub(super) workflow: Option<String>,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) format: Format,
    #[command(subcommand)]
    pub(super) command: Option<HistoryCommand>,
}

/// `history export`
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Write an execution with its journal and machines as one file, which `replay` reads on any machine
    Export(HistoryExport),
}

/// `history export`
#[derive(Args, Debug)]
pub struct HistoryExport {
    /// The execution's number, or its name
    pub(super) id: String,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Take values out, by a JSON path such as $.input.card or $..card; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(super) redact: Vec<String>,
    #[command(flatten)]
    pub(super) database: Database,
}

/// `show`
#[derive(Args, Debug)]
pub struct One {
    /// The execution's number or name, or a history file
    #[arg(value_name = "ID|FILE")]
    pub(super) id: String,
    /// With a history of AWS: the workflow whose it is, where the file does not tell
    #[arg(long, value_name = "NAME")]
    pub(super) workflow: Option<String>,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) format: Format,
}

/// `stop`
#[derive(Args, Debug)]
pub struct Stop {
    /// The execution's number, or its name
    #[arg(conflicts_with = "all")]
    pub(super) id: Option<String>,
    /// All that run or are blocked, or those of them that --workflow and --status say
    #[arg(long)]
    pub(super) all: bool,
    /// With --all: only those of this workflow
    #[arg(long, requires = "all")]
    pub(super) workflow: Option<String>,
    /// With --all: only those that are running, or blocked
    #[arg(long, requires = "all")]
    pub(super) status: Option<StatusArg>,
    /// The error that its record takes
    #[arg(long, default_value = "Stopped")]
    pub(super) error: String,
    /// What the error is about
    #[arg(long, default_value = "")]
    pub(super) cause: String,
    #[command(flatten)]
    pub(super) database: Database,
}

/// `debug`
#[derive(Args, Debug)]
pub struct Debug {
    /// The execution's number or name, or a history file
    pub(super) id: String,
    /// Read commands as text from standard input, also on a terminal; `help` lists them
    #[arg(long)]
    pub(super) plain: bool,
    /// A command to carry out, in place of reading them; repeatable
    #[arg(short, long, value_name = "COMMAND")]
    pub(super) command: Vec<String>,
    /// The folder that the names of source files are relative to [default: the current one or one around it]
    #[arg(long, value_name = "DIR")]
    pub(super) source: Option<PathBuf>,
    /// With a history of AWS: the workflow whose it is, where the file does not tell
    #[arg(long, value_name = "NAME")]
    pub(super) workflow: Option<String>,
    #[command(flatten)]
    pub(super) database: Database,
}

/// `replay`
#[derive(Args, Debug)]
pub struct Replay {
    /// The execution's number or name, or a history file
    #[arg(required_unless_present = "all", value_name = "ID|FILE")]
    pub(super) id: Option<String>,
    /// Every execution: the gate before a deploy
    #[arg(long, conflicts_with = "id")]
    pub(super) all: bool,
    /// With --all: only executions in this state
    #[arg(long, requires = "all")]
    pub(super) status: Option<StatusArg>,
    /// With --all: only executions of this workflow. With a history of AWS: whose it is
    #[arg(long, value_name = "NAME")]
    pub(super) workflow: Option<String>,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) format: Format,
}

/// `fork`
#[derive(Args, Debug)]
pub struct Fork {
    /// The execution's number or name, or a history file
    #[arg(value_name = "ID|FILE")]
    pub(super) id: String,
    /// The state before which it parts; #N is its N-th visit. Without it the fork begins at the start
    #[arg(long, value_name = "STATE[#N]")]
    pub(super) at: Option<String>,
    /// Count only visits in this branch or iteration, such as 3.1
    #[arg(long, value_name = "PATH", requires = "at")]
    pub(super) scope: Option<String>,
    /// What the state yields instead of being run
    #[arg(long, value_name = "JSON", requires = "at")]
    pub(super) result: Option<String>,
    /// The error that the state fails with instead of being run
    #[arg(long, value_name = "NAME", requires = "at", conflicts_with = "result")]
    pub(super) failure: Option<String>,
    /// With --failure: what the error is about
    #[arg(long, value_name = "TEXT", requires = "failure", default_value = "")]
    pub(super) cause: String,
    /// Another input, with which it begins at the start
    #[arg(long, value_name = "JSON", conflicts_with = "at")]
    pub(super) input: Option<String>,
    /// With a history of AWS: the workflow whose it is, where the file does not tell
    #[arg(long, value_name = "NAME")]
    pub(super) workflow: Option<String>,
    /// A name for the fork
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Only record it: the next program that opens the database goes on with it
    #[arg(long)]
    pub(super) later: bool,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) format: Format,
}

/// `redrive`
#[derive(Args, Debug)]
pub struct Redrive {
    /// The execution's number, or its name
    pub(super) id: String,
    /// Only record it: the next program that opens the database goes on with it
    #[arg(long)]
    pub(super) later: bool,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) format: Format,
}

/// `export`
#[derive(Args, Debug)]
pub struct Export {
    /// The workflow's name
    pub(super) workflow: String,
    /// Which version of it, where it has several [default: the newest]
    #[arg(long, value_name = "N")]
    pub(super) version: Option<u32>,
    /// Where tasks run
    #[arg(long, value_enum, default_value_t = TargetArg::Lambda)]
    pub(super) target: TargetArg,
    /// The region that ARNs name; with --account
    #[arg(long, requires = "account")]
    pub(super) region: Option<String>,
    /// The account that ARNs name; with --region
    #[arg(long, requires = "region")]
    pub(super) account: Option<String>,
    /// Fill in a placeholder of the definition
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(super) substitutions: Vec<(String, String)>,
    /// Begin with a Choice that checks the input's shape
    #[arg(long)]
    pub(super) check_input: bool,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// Where tasks run on AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetArg {
    /// One Lambda function for all tasks
    Lambda,
    /// A Lambda function for each task
    LambdaPerTask,
    /// Activities
    Activity,
}

/// `graph`
#[derive(Args, Debug)]
pub struct Graph {
    /// The workflow's name; or an execution's number or name, or a history file
    #[arg(value_name = "WORKFLOW|ID|FILE")]
    pub(super) what: String,
    /// The language of the drawing
    #[arg(long, value_enum, default_value_t = GraphFormat::Mermaid)]
    pub(super) format: GraphFormat,
    /// With a history of AWS: the workflow whose it is, where the file does not tell
    #[arg(long, value_name = "NAME")]
    pub(super) workflow: Option<String>,
    #[command(flatten)]
    pub(super) database: Database,
}

/// The language of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Mermaid, as Markdown pages show it
    Mermaid,
    /// DOT, for Graphviz
    Dot,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("this is not NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
