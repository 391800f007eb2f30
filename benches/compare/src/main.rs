//! Lets the systems take turns at each measurement, and writes what came of it.

mod costs;
mod peers;
mod program;

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Measures durafn beside its peers.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// How often each measurement is made; the median counts
    #[arg(long, global = true, default_value_t = 5)]
    rounds: usize,
    /// Only what has this in its name
    #[arg(long, global = true)]
    only: Option<String>,
    /// Where the files lie: the disk that is measured [default: a temporary folder]
    #[arg(long, global = true)]
    dir: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Each system at each measurement, in turns: a table in Markdown
    Peers,
    /// How costs grow: tables in Markdown, and pictures in docs/performance
    Costs,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let place = match &arguments.dir {
        Some(place) => tempfile::tempdir_in(place)?,
        None => tempfile::tempdir()?,
    };
    let only = arguments.only.as_deref().unwrap_or("");
    match arguments.command {
        Command::Peers => peers::run(place.path(), arguments.rounds, only),
        Command::Costs => costs::run(place.path(), arguments.rounds, only),
    }
}
