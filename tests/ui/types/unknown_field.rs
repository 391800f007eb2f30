#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Order {
    id: String,
}

#[workflow]
async fn pay(order: Order) -> String {
    let id = order.ident;
    let Order { name, .. } = order;
    id
}

fn main() {}
