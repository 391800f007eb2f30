#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
enum BuyError {
    Declined,
}

#[task]
async fn charge(amount: u64) -> Result<u64, BuyError> {
    Ok(amount)
}

fn main() {}
