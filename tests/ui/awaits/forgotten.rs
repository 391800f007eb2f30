#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn charge(cents: u32) -> String {
    format!("{cents}")
}

#[workflow]
async fn pay(cents: u32) -> String {
    charge(cents);
    let reference = charge(cents);
    reference
}

fn main() {}
