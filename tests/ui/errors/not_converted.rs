#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Inner {
    Lost,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Outer {
    Empty,
}

#[task]
async fn look() -> Result<u64, Inner> {
    Ok(1)
}

#[workflow]
async fn search() -> Result<u64, Outer> {
    Ok(look().await?)
}

fn main() {}
