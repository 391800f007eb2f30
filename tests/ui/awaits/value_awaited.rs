#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn stamp() -> String {
    let at = now().await;
    let id = uuid().await;
    id
}

fn main() {}
