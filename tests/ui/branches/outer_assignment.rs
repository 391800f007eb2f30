#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum BuyError {
    Declined,
}

#[task]
async fn charge(amount: u64) -> Result<u64, BuyError> {
    Ok(amount)
}

#[workflow]
async fn buy(amounts: Vec<u64>) -> Result<u64, BuyError> {
    let mut total = 0;
    map(amounts, |amount| async move {
        total += charge(amount).await?;
        Ok(())
    })
    .await?;
    Ok(total)
}

fn main() {}
