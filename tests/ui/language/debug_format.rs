#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn describe(tags: Vec<String>, n: u64) -> String {
    format!("{tags:?} {n:04} {n:8}")
}

fn main() {}
