#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn note(text: String) {}

#[workflow]
async fn write() {
    tokio::join!(note("a".to_owned()), note("b".to_owned()));
    try_join!();
}

fn main() {}
