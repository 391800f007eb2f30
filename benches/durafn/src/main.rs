//! The measurements on durafn; with `bare` as the first argument, on rusqlite alone.

mod bare;
mod run;
mod wait;

use std::process::ExitCode;

fn main() -> ExitCode {
    workload::finish(if std::env::args().any(|word| word == "bare") { bare::run() } else { run::run() })
}
