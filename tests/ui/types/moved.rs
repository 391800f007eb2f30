#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn note(text: String) {}

#[workflow]
async fn write(text: String) -> String {
    note(text).await;
    text
}

fn main() {}
