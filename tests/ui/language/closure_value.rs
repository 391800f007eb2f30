#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn price(amounts: Vec<u64>) -> u64 {
    let tax = |amount: u64| amount / 5;
    let mut sum = 0;
    amounts.iter().for_each(|amount| sum += amount);
    sum
}

fn main() {}
