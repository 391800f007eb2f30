#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn part(mut a: u64, mut b: u64) -> u64 {
    (a, b) = (b, a);
    [a, b] = [b, a];
    (a, c) = (b, a);
    a
}

fn main() {}
