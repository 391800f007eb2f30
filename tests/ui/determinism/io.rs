#![allow(unused)]

use std::fs;

use durafn::prelude::*;

#[workflow]
async fn import(path: String) -> u64 {
    let text = fs::read_to_string(path);
    println!("imported");
    let home = std::env::var("HOME");
    0
}

fn main() {}
