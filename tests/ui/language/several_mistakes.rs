#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum BuyError {
    Declined,
}

#[task]
async fn charge(order: String) -> Result<u64, BuyError> {
    Ok(1)
}

#[workflow]
async fn buy(order: String) -> Result<u64, BuyError> {
    let id;
    let total = charge(oder).await?;
    if total & 1 == 1 {
        println!("odd");
        return Err(BuyError::Declined);
    }
    for tag in order.split(',') {
        let now = std::time::SystemTime::now();
    }
    Ok(total)
}

// The callers of a workflow with mistakes show none of their own.
#[workflow]
async fn outer(order: String) -> Result<u64, BuyError> {
    buy(order).await
}

fn main() {}
