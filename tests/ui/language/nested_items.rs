#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn part(n: u64) -> u64 {
    fn helper(n: u64) -> u64 {
        n
    }
    use std::collections::BTreeMap;
    let double = |n: u64| n * 2;
    helper(n)
}

fn main() {}
