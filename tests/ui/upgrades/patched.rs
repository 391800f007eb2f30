//! `patched` is a whole condition of an `if`, with a name that is written out.

use durafn::prelude::*;

const NAME: &str = "pays-first";

#[task]
async fn pay(cents: u32) -> u32 {
    cents
}

#[workflow]
async fn bound(cents: u32) -> u32 {
    let pays_first = patched("pays-first");
    if pays_first { pay(cents).await } else { cents }
}

#[workflow]
async fn of_a_constant(cents: u32) -> u32 {
    if patched(NAME) { pay(cents).await } else { cents }
}

#[workflow]
async fn without_a_name(cents: u32) -> u32 {
    if patched() { pay(cents).await } else { cents }
}

#[workflow]
async fn of_an_empty_name(cents: u32) -> u32 {
    if patched("") { pay(cents).await } else { cents }
}

#[workflow]
async fn in_a_loop(cents: u32) -> u32 {
    let mut left = cents;
    while patched("pays-first") {
        left = pay(left).await;
    }
    left
}

#[workflow]
async fn awaited(cents: u32) -> u32 {
    if patched("pays-first").await { pay(cents).await } else { cents }
}

#[pure]
fn in_a_pure_function(cents: u32) -> u32 {
    if patched("pays-first") { cents } else { 0 }
}

fn main() {}
