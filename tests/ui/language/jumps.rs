#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn part(ns: Vec<u64>) -> u64 {
    let found = for n in ns {
        break n;
    };
    break;
    'block: {
        continue 'block;
    }
    loop {
        break 'outer;
    }
}

fn main() {}
