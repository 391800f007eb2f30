#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn size(n: Option<u64>) -> u64 {
    match n {
        Some(0) => 1,
        None => 2,
    }
}

fn main() {}
