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
async fn buy(card: String) -> Result<u64, BuyError> {
    let (a, b) = try_join!(charge(card), async { charge(card).await })?;
    Ok(a + b)
}

#[workflow]
async fn later(card: String) -> Result<String, BuyError> {
    let a = race!(charge(card), async {
        sleep(Duration::from_secs(1)).await;
        Ok(0)
    })?;
    Ok(format!("{card} {a}"))
}

fn main() {}
