#![allow(unused)]

use durafn::prelude::*;

fn tax(amount: u64) -> u64 {
    amount / 5
}

#[workflow]
async fn price(amount: u64) -> u64 {
    let gross = amonut + 1;
    let compute = tax;
    gross
}

fn main() {}
