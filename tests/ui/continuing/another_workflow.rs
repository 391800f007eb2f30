//! What is no fresh start of the workflow itself.

use durafn::prelude::*;

#[task]
async fn poll(cursor: u64) -> u64 {
    cursor + 1
}

#[workflow]
async fn other(cursor: u64) {
    poll(cursor).await;
}

#[workflow]
async fn starts_another(cursor: u64) {
    return other(cursor).continue_as_new().await;
}

#[workflow]
async fn hands_on_too_much(cursor: u64) {
    return hands_on_too_much(cursor, 1).continue_as_new().await;
}

fn main() {}
