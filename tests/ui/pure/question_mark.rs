#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Trouble {
    Empty,
}

#[pure]
fn first(items: &[u64]) -> Result<u64, Trouble> {
    items.first().copied().ok_or(Trouble::Empty)
}

#[pure]
fn doubled(items: &[u64]) -> u64 {
    first(items)? * 2
}

fn main() {}
