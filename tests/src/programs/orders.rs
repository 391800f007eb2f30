//! Whole workflows, as users write them.

use durafn::prelude::*;
use durafn_tests::{agreement::World, agrees};

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Order {
    id: String,
    items: Vec<Item>,
    amount: u64,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Item {
    sku: String,
    quantity: u64,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Reservation {
    sku: String,
    shelf: u64,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Approval {
    approved: bool,
    by: String,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Shipment {
    order: String,
    payment: String,
    label: String,
    parcels: u64,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum OrderError {
    OutOfStock {
        sku: String,
    },
    CardDeclined,
    Rejected(String),
    #[fault]
    Fault(Fault),
}

/// Reserves the stock for one line of the order.
#[task(timeout = "30s", retry(on = "States.Timeout", interval = "1s", backoff = 2.0, attempts = 3, jitter = full))]
async fn reserve(order_id: String, item: Item, context: TaskContext) -> Result<Reservation, OrderError> {
    if item.sku == "slow" && context.attempt() < 3 {
        return World::hang(&context).await;
    }
    if item.sku == "gone" {
        return Err(OrderError::OutOfStock { sku: item.sku });
    }
    Ok(Reservation { sku: item.sku, shelf: item.quantity + order_id.chars().count() as u64 })
}

/// A human decides.
#[task(timeout = "7d")]
async fn ask_approval(order: Order, context: TaskContext) -> Result<Approval, OrderError> {
    match order.id.as_str() {
        "nobody" => World::hang(&context).await,
        id => Ok(Approval { approved: !id.starts_with("no"), by: "Ada".to_owned() }),
    }
}

#[task]
async fn escalate(order: Order) -> Result<(), OrderError> {
    if order.amount > 5_000 { Err(OrderError::Rejected("nobody answers".to_owned())) } else { Ok(()) }
}

#[task]
async fn carrier_ready(context: TaskContext) -> Result<bool, OrderError> {
    Ok(World::count(&context, "carrier_ready") > 2)
}

#[task]
async fn charge(order: Order) -> Result<String, OrderError> {
    if order.amount == 13 { Err(OrderError::CardDeclined) } else { Ok(format!("paid {}", order.amount)) }
}

#[task]
async fn print_label(order_id: String) -> Result<String, OrderError> {
    Ok(format!("label of {order_id}"))
}

/// Takes an order from reservation to shipment.
#[workflow]
async fn fulfil(order: Order) -> Result<Shipment, OrderError> {
    let reserved = map(order.items.clone(), |item| reserve(order.id.clone(), item)).concurrency(5).await?;
    if order.amount > 1_000 {
        match ask_approval(order.clone()).await {
            Ok(Approval { approved: true, .. }) => {}
            Ok(Approval { by, .. }) => return Err(OrderError::Rejected(by)),
            Err(OrderError::Fault(Fault::Timeout)) => escalate(order.clone()).await?,
            Err(e) => return Err(e),
        }
    }
    let mut waited = 0;
    while !carrier_ready().await? && waited < 5 {
        sleep(Duration::from_secs(60)).await;
        waited += 1;
    }
    let (payment, label) = try_join!(charge(order.clone()), print_label(order.id.clone()))?;
    Ok(Shipment { order: order.id, payment, label, parcels: reserved.len() as u64 })
}
agrees!(fulfil [
    {"id": "o1", "items": [], "amount": 10},
    {"id": "o2", "items": [{"sku": "a", "quantity": 1}, {"sku": "slow", "quantity": 2}], "amount": 1001},
    {"id": "o3", "items": [{"sku": "a", "quantity": 1}, {"sku": "gone", "quantity": 2}], "amount": 10},
    {"id": "no", "items": [{"sku": "a", "quantity": 1}], "amount": 2000},
    {"id": "nobody", "items": [{"sku": "a", "quantity": 1}], "amount": 2000},
    {"id": "nobody", "items": [{"sku": "a", "quantity": 1}], "amount": 9000},
    {"id": "o4", "items": [{"sku": "a", "quantity": 1}], "amount": 13}
]);
