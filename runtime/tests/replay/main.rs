//! Histories and what is done with them: verified, carried to files.

#[cfg(feature = "cli")]
mod files;
mod fork;
#[cfg(feature = "cli")]
mod pictures;
mod upgrades;
mod verify;

use durafn::{Engine, Execution, VirtualClock, history::History, prelude::*, store::ExecutionId};
use serde_json::Value;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum ShopError {
    Declined { card: String },
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Order {
    id: String,
    card: String,
    cents: u32,
    gift: bool,
}

#[task]
async fn reserve(id: String) -> Result<String, ShopError> {
    Ok(format!("slot of {id}"))
}

#[task]
async fn charge(card: String, cents: u32) -> Result<u32, ShopError> {
    if card.starts_with("5999") { Err(ShopError::Declined { card }) } else { Ok(cents) }
}

#[task]
async fn ship(to: String) -> Result<String, ShopError> {
    Ok(format!("shipped to {to}"))
}

#[task]
async fn send(to: String) -> Result<String, ShopError> {
    Ok(format!("shipped to {to}"))
}

#[task]
async fn announce(text: String) -> Result<String, ShopError> {
    Ok(text)
}

/// The workflow whose executions are recorded; the others are what became of it.
#[workflow(name = "shop")]
async fn shop(order: Order) -> Result<String, ShopError> {
    let slot = reserve(order.id.clone()).await?;
    let paid = charge(order.card.clone(), order.cents).await?;
    let shipped = ship(slot.clone()).await?;
    Ok(format!("{shipped} for {paid}"))
}

/// An engine in memory, whose time and whose tasks' time stand still.
async fn engine() -> Engine {
    let builder = Engine::builder().in_memory().clock(VirtualClock::at(0)).resource(VirtualClock::at(0));
    builder.open().await.expect("an engine")
}

/// An engine in memory with one execution that has ended.
async fn recorded(card: &str) -> (Engine, Execution<Result<String, ShopError>>) {
    let engine = engine().await;
    let order = Order { id: "A1".into(), card: card.into(), cents: 100, gift: true };
    let execution = engine.start(shop(order)).name("order-1").await.expect("an execution");
    let _ = execution.returned().await;
    (engine, execution)
}

async fn history(card: &str) -> History {
    let (engine, execution) = recorded(card).await;
    engine.recorded(execution.id()).await.expect("its history")
}
