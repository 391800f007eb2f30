//! The rest of the book's examples in a process to be killed. See `examples_child`.

#![allow(dead_code, unreachable_pub, reason = "an example is a program of its own")]

#[path = "../../../examples/src/bin/rollout.rs"]
mod rollout;
#[path = "../../../examples/src/bin/services.rs"]
mod services;

use std::error::Error;

use durafn_tests::killable;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    killable::main(|engine, _| engine).await
}
