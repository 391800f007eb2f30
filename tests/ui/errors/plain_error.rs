#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn look() -> Result<u64, std::io::Error> {
    Ok(1)
}

#[workflow]
async fn search() -> Result<u64, Box<dyn std::error::Error>> {
    Ok(1)
}

fn main() {}
