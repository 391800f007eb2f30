//! Order processing: a thousand orders from reservation to shipment, on one SQLite file, through any crash.
//!
//! Without a command it runs the main job: each line of the input starts one execution, named after its order; an execution that is there from an earlier
//! run is not started again but goes on where it stopped. With `--kill-after N` the process kills itself in the middle.
//!
//! ```text
//! cargo run --release -p examples --bin orders -- --kill-after 300
//! cargo run --release -p examples --bin orders
//! cargo run -q -p examples --bin orders -- export fulfil
//! ```

mod bank;
mod job;
mod workflow;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use durafn::cli::{App, Command};

use crate::bank::Bank;

/// Processes orders durably.
#[derive(Parser)]
#[command(name = "orders", version, about, subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
struct Orders {
    #[command(flatten)]
    job: job::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

fn main() -> ExitCode {
    let args = Orders::parse();
    let app = App::new("orders.db").setup(|builder, database| Ok(builder.resource(Bank::open(database)?)));
    match args.command {
        Some(command) => app.run::<Orders>(command),
        None => app.block_on(async |app| job::run(app, args.job).await),
    }
}

/// Where the orders come from by default: the file that the repository brings.
fn default_orders() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/orders.jsonl"))
}

// Recorded executions, which today's code must repeat. A file is added where the workflow grows, never changed.
#[cfg(test)]
durafn::verify_histories!("tests/histories");

durafn::check_workflows!();
