#![allow(unused)]

use durafn::prelude::*;

use std::collections::{BTreeMap, HashMap};

#[workflow]
async fn part(stock: HashMap<String, u64>, by_number: BTreeMap<u64, u64>) -> u64 {
    let mut sum = 0;
    for (_, n) in &stock {
        sum += n;
    }
    sum
}

fn main() {}
