#![allow(unused)]

use durafn::prelude::*;

const LIMIT: u64 = 3;

#[workflow]
async fn part(n: u64, s: String) -> u64 {
    match n {
        LIMIT => 1,
        n if n == LIMIT + 1 => 2,
        u64::MAX => 3,
        ref other => *other,
    }
}

fn main() {}
