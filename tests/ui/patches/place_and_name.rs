#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn charge(order: String) -> String {
    order
}

#[workflow]
async fn fulfil(order: String) -> String {
    let name = "fraud-check";
    if patched(name) {
        charge(order.clone()).await;
    }
    if patched("") || patched() || patched("a", "b") {
        charge(order.clone()).await;
    }
    let new = patched("fraud-check");
    while patched("loop") {}
    if durafn::patched("awaited").await {
        charge(order.clone()).await;
    }
    order
}

#[pure]
fn price(n: u64) -> u64 {
    if patched("price") { n + 1 } else { n }
}

fn main() {}
