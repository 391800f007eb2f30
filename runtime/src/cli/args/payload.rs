//! The options of `payload`.

use clap::{Args, ValueEnum};

use super::Database;

/// `payload`
#[derive(Args, Debug)]
pub struct Payload {
    /// The execution's number or name, or a history file
    #[arg(value_name = "ID|FILE")]
    pub(in crate::cli) id: String,
    /// What of it
    pub(in crate::cli) which: PayloadArg,
    /// Of this state in place of the execution; #N is its N-th visit
    #[arg(long, value_name = "STATE[#N]")]
    pub(in crate::cli) at: Option<String>,
    /// Count only visits in this branch or iteration, such as 3.1
    #[arg(long, value_name = "PATH", requires = "at")]
    pub(in crate::cli) scope: Option<String>,
    /// Write the stored text to the byte, without a line's end, in place of indented JSON
    #[arg(long)]
    pub(in crate::cli) raw: bool,
    /// With a history of AWS: the workflow whose it is, where the file does not tell
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) workflow: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) database: Database,
}

/// A payload on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum PayloadArg {
    Input,
    Output,
}
