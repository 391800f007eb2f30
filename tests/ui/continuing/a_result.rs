//! Workflows with a result, and one that has no need to continue.

use durafn::prelude::*;

#[task]
async fn poll(cursor: u64) -> u64 {
    cursor + 1
}

#[workflow]
async fn has_a_result(cursor: u64) -> u64 {
    let next = poll(cursor).await;
    return has_a_result(next).continue_as_new().await;
}

#[workflow(express)]
async fn is_short(cursor: u64) {
    let next = poll(cursor).await;
    return is_short(next).continue_as_new().await;
}

#[workflow]
async fn says_it_twice(cursor: u64) {
    poll(cursor).await;
    return says_it_twice(cursor).start().continue_as_new().await;
}

fn main() {}
