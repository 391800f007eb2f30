#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Clone, Debug)]
struct Order {
    id: String,
}

#[task]
async fn charge(order: Order) -> u64 {
    1
}

#[workflow]
async fn buy(order: Order) -> u64 {
    charge(order).await
}

fn main() {}
