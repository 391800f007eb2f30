#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn part(n: u64) -> u64 {
    let low = n & 255;
    let text = n as char;
    let big = 9_007_199_254_740_993;
    low << 2
}

fn main() {}
