#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn charge(amount: u64) -> u64 {
    amount
}

#[workflow]
async fn twice(amount: u64) {
    let (a, b) = join!(charge(amount).await, charge(amount)).await;
}

fn main() {}
