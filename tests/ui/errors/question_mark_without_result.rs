#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Trouble {
    Lost,
}

#[task]
async fn look() -> Result<u64, Trouble> {
    Ok(1)
}

#[workflow]
async fn search() -> u64 {
    look().await?
}

fn main() {}
