#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn size(n: u64) -> u64 {
    let half = halved(n);
    missing(half).await
}

fn main() {}
