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
async fn buy(card: String, n: u64) -> Result<String, BuyError> {
    let a = race!(charge(card.clone()), double(n));
    let b = timeout(Duration::from_secs(3)).await?;
    let c = tokio::select! { a = charge(card) => a };
    Ok(card)
}

fn main() {}
