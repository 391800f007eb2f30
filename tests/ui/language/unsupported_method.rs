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

fn main() {}
