#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn double(n: u64) -> u64 {
    n * 2
}

#[workflow]
async fn part(ns: Vec<u64>) -> Vec<u64> {
    let mut sum = 0;
    ns.iter().map(|n| { sum += n; sum }).collect::<Vec<_>>();
    ns.iter().map(|n| double(*n).await).collect()
}

fn main() {}
