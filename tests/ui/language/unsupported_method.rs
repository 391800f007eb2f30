#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn shout(name: String, tags: Vec<String>) -> String {
    let loud = name.to_upercase();
    let bytes = name.as_bytes();
    let first = tags.first().unwrap();
    let mut tags = tags;
    tags.rotate_left(1);
    loud
}

#[workflow]
async fn narrow(name: String, n: u64) -> u8 {
    let bare = name.trim_matches('"').to_owned();
    u8::try_from(n).unwrap_or(u8::MAX)
}

fn main() {}
