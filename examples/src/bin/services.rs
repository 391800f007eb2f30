//! Microservices: a parent workflow with child workflows, waited for and only started, and integrations of AWS services.
//!
//! Each service is a workflow of its own with its own history. On AWS the parent starts them with `startExecution.sync:2`, and DynamoDB and SNS are called by Step
//! Functions itself; here the bodies of those two tasks stand in for them.
//!
//! ```text
//! cargo run -p examples --bin services -- start check_out --input-file examples/data/cart.json
//! cargo run -p examples --bin services -- list
//! ```

use std::{collections::BTreeMap, process::ExitCode};

use durafn::{cli::App, prelude::*};

/// What a customer buys.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Cart {
    pub id: String,
    pub customer: String,
    pub lines: Vec<CartLine>,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct CartLine {
    pub sku: String,
    pub quantity: u32,
    pub cents: u32,
}

/// A value as DynamoDB writes it.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Attribute {
    #[serde(rename = "S")]
    pub text: String,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
pub enum ShopError {
    OutOfStock { sku: String },
    Declined { cents: u32 },
}

/// Checks a cart out: stock and payment at once, then the record and the news. Analytics are nobody's business to wait for.
#[workflow]
pub async fn check_out(cart: Cart) -> Result<String, ShopError> {
    let cents: u32 = cart.lines.iter().map(|line| line.quantity * line.cents).sum();
    let (parcels, receipt) = try_join!(reserve_stock(cart.lines.clone()), take_payment(cart.customer.clone(), cents))?;

    let mut item = BTreeMap::new();
    item.insert("id".to_string(), Attribute { text: cart.id.clone() });
    item.insert("receipt".to_string(), Attribute { text: receipt.clone() });
    put_item("Orders".to_string(), item).await;
    let message = format!("{} parcels for {}", parcels.len(), cart.customer);
    publish("arn:aws:sns:us-east-1:123456789012:orders".to_string(), message).await;
    count_sale(cents).start().await;
    Ok(receipt)
}

/// The warehouse's own workflow: a parcel for each line.
#[workflow]
pub async fn reserve_stock(lines: Vec<CartLine>) -> Result<Vec<String>, ShopError> {
    map(lines, |line| reserve(line.sku, line.quantity)).concurrency(3).await
}

/// The payment's own workflow.
#[workflow(timeout = "10m")]
pub async fn take_payment(customer: String, cents: u32) -> Result<String, ShopError> {
    let card = card_of(customer).await;
    charge(card, cents).await
}

/// Counts a sale, some time.
#[workflow]
pub async fn count_sale(cents: u32) -> u32 {
    sleep(Duration::from_secs(1)).await;
    count(cents).await
}

#[task(timeout = "30s", retry(on = "States.Timeout", interval = "1s", attempts = 3))]
async fn reserve(sku: String, quantity: u32) -> Result<String, ShopError> {
    if sku.starts_with("GONE") { Err(ShopError::OutOfStock { sku }) } else { Ok(format!("{quantity}x{sku}")) }
}

#[task]
async fn card_of(customer: String) -> String {
    format!("card of {customer}")
}

#[task(timeout = "1m")]
async fn charge(card: String, cents: u32, context: TaskContext) -> Result<String, ShopError> {
    // The provider knows the key, so that a repeated attempt charges once.
    let _key = context.idempotency_key();
    if cents > 100_000 { Err(ShopError::Declined { cents }) } else { Ok(format!("{card}: {cents}")) }
}

#[task]
async fn count(cents: u32) -> u32 {
    cents
}

/// Writes the order's record.
#[task(resource = "arn:aws:states:::dynamodb:putItem", rename_all = "PascalCase")]
async fn put_item(table_name: String, item: BTreeMap<String, Attribute>) {
    println!("{table_name}: {} attributes written", item.len());
}

/// Tells whom it concerns.
#[task(resource = "arn:aws:states:::sns:publish", rename_all = "PascalCase")]
async fn publish(topic_arn: String, message: String) {
    println!("{topic_arn}: {message}");
}

fn main() -> ExitCode {
    App::new("services.db").main()
}

durafn::check_workflows!();
