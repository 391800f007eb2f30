#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn size(n: u64) -> u64 {
    let sum = 0;
    sum += n;
    let items = vec![1];
    items.push(n);
    n = 3;
    make(n).push(1);
    sum
}

fn main() {}
