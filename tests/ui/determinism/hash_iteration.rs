#![allow(unused)]

use std::collections::HashMap;

use durafn::prelude::*;

#[task]
async fn charge(account: String, amount: u64) {}

#[workflow]
async fn settle(accounts: Vec<String>) {
    let mut open: HashMap<String, u64> = HashMap::new();
    for (account, amount) in open {
        charge(account, amount).await;
    }
}

fn main() {}
