#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn part(items: Vec<u64>) -> u64 {
    let some = &items[1..3];
    for n in 0.. {}
    match items.as_slice() {
        [first, ..] => *first,
        [] => 0,
    }
}

fn main() {}
