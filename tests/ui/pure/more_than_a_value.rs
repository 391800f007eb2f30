#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn rate() -> u64 {
    3
}

#[pure]
fn price(items: Vec<u64>) -> u64 {
    let mut sum = 0;
    for item in items {
        sum += item;
    }
    sum * rate().await
}

#[pure]
async fn total(items: &[u64]) -> u64 {
    items.iter().sum()
}

#[pure(fast)]
fn largest<T>(items: &[T]) -> &T {
    let at = now();
    &items[0]
}

fn main() {}
