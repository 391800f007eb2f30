//! The measurements on durafn once more, after the workflow that waits was changed: behind its wait it has one more state.

mod run;
#[path = "wait_changed.rs"]
mod wait;

use std::process::ExitCode;

fn main() -> ExitCode {
    workload::finish(run::run())
}
