#![allow(unused)]

use durafn::prelude::*;

#[workflow]
fn sync(n: u64) -> u64 {
    n
}

#[workflow]
async fn generic<T: Clone>(value: T) {}

#[workflow]
async fn borrowed(name: &str, (a, b): (u64, u64)) {}

#[workflow]
async fn no_result(name: String) -> u64 {
    sync(1).await?
}

fn main() {}
