#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn generic<T>(value: T) -> T {
    value
}

#[task]
async fn borrows(text: &str) -> String {
    text.to_owned()
}

#[task(timeout = "soon", retries = 3)]
async fn late() {}

#[task(retry(on = "States.ALL"))]
async fn always() {}

fn main() {}
