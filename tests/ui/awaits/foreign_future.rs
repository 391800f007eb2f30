#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn charge(amount: u64) -> u64 {
    amount
}

#[workflow]
async fn buy(amount: u64) -> u64 {
    let later = charge(amount);
    let charged = later.await;
    charged + std::future::ready(1).await + async { 2 }.await
}

fn main() {}
