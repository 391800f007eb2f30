#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn size(n: u64) -> u64 {
    let twice;
    if n > 1 { twice = n * 2 } else { twice = n }
    twice
}

fn main() {}
