#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum BuyError {
    Declined,
}

#[task]
async fn charge(card: String) -> Result<u64, BuyError> {
    Ok(card.len() as u64)
}

#[task]
async fn double(n: u64) -> u64 {
    n * 2
}

#[workflow]
async fn buy(n: u64, card: String) -> Result<u64, BuyError> {
    let (a, b) = try_join!(double(n), charge(card.clone()))?;
    Ok(a + b)
}

#[workflow]
async fn count(n: u64) -> Result<u64, BuyError> {
    let (a, b) = try_join!(double(n), async { double(n + 1).await })?;
    Ok(a + b)
}

fn main() {}
