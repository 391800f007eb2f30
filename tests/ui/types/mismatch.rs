#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn charge(cents: u32) -> String {
    format!("{cents}")
}

#[workflow]
async fn pay(cents: u32) -> u32 {
    let reference = charge(cents).await;
    let twice = cents + reference;
    charge("much".to_owned()).await;
    reference
}

fn main() {}
