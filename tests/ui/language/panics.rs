#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn half(n: u64) -> u64 {
    assert!(n % 2 == 0, "odd");
    n.checked_div(2).expect("not by zero")
}

fn main() {}
