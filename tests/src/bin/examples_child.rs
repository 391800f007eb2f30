//! The book's examples in a process to be killed. Those whose tasks have the same names are in `services_child`.

#![allow(dead_code, unreachable_pub, reason = "an example is a program of its own")]

#[path = "../../../examples/src/bin/approval.rs"]
mod approval;
#[path = "../../../examples/src/bin/orders/bank.rs"]
mod bank;
#[path = "../../../examples/src/bin/batch.rs"]
mod batch;
#[path = "../../../examples/src/bin/etl.rs"]
mod etl;
#[path = "../../../examples/src/bin/training.rs"]
mod training;
#[path = "../../../examples/src/bin/orders/workflow.rs"]
mod workflow;

use std::error::Error;

use durafn_tests::killable;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    killable::main(|engine, file| engine.resource(bank::Bank::open(file).expect("the bank's books"))).await
}
