#![allow(unused)]

use durafn::prelude::*;

struct Plain;

#[pure]
fn of(plain: Plain, n: u32) -> u64 {
    n
}

fn main() {}
