//! Durable workflows as ordinary async functions.
//!
//! A `#[workflow]` is an async function whose awaits are durable steps: it runs on one SQLite file, survives any crash by replay, and is also a
//! state machine, exported as Amazon States Language. A `#[task]` is where effects are.
//!
//! ```standalone_crate
//! use durafn::{Engine, prelude::*};
//!
//! #[derive(Serialize, Deserialize, Failure, Clone, Debug)]
//! enum TripError {
//!     Full,
//!     Declined { cents: u32 },
//! }
//!
//! /// Reserves a seat: any Rust, any effect.
//! #[task(timeout = "30s", retry(interval = "1s", attempts = 3))]
//! async fn reserve(flight: String) -> Result<String, TripError> {
//!     if flight.is_empty() { Err(TripError::Full) } else { Ok(format!("{flight}-12A")) }
//! }
//!
//! #[task]
//! async fn charge(seat: String, cents: u32) -> Result<u32, TripError> {
//!     println!("{seat}: {cents}");
//!     if cents > 100_000 { Err(TripError::Declined { cents }) } else { Ok(cents) }
//! }
//!
//! #[task]
//! async fn release(seat: String) {
//!     println!("{seat} is free again");
//! }
//!
//! /// Books a seat, and gives it back where the card is refused.
//! #[workflow]
//! async fn book(flight: String, cents: u32) -> Result<String, TripError> {
//!     let seat = reserve(flight).await?;
//!     match charge(seat.clone(), cents).await {
//!         Ok(_) => Ok(seat),
//!         Err(error) => {
//!             release(seat.clone()).await;
//!             Err(error)
//!         }
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let engine = Engine::builder().in_memory().open().await?; // or Engine::open("trips.db")
//!     let trip = engine.start(book("DU17".into(), 9_900)).name("trip-1").await?;
//!     assert_eq!(trip.result().await?, "DU17-12A");
//!
//!     let refused = engine.start(book("DU17".into(), 990_000)).await?.result().await.unwrap_err();
//!     assert!(matches!(refused.failure(), Some(TripError::Declined { cents: 990_000 })));
//!     Ok(())
//! }
//! ```
//!
//! Kill the process at any moment and open the file again: what was running goes on, and no step that finished runs twice.
//!
//! The body of a workflow is a checked subset of Rust. A clock, randomness, I/O, a thread or a lock in it does not compile, and the message says what
//! to write instead:
//!
//! ```compile_fail
//! use durafn::prelude::*;
//!
//! #[workflow]
//! async fn roll() -> u64 {
//!     rand::random() // use `durafn::random()`, whose value is recorded
//! }
//! ```
//!
//! # Cookbook
//!
//! ## Wait for days
//!
//! A timer is a row in the file. In a test, a clock that is moved by hand lets it pass at once.
//!
//! ```standalone_crate
//! use durafn::{Engine, VirtualClock, prelude::*};
//!
//! #[task]
//! async fn remind(user: String) -> String {
//!     format!("{user} was reminded")
//! }
//!
//! #[workflow]
//! async fn follow_up(user: String) -> String {
//!     sleep(Duration::from_hours(7 * 24)).await;
//!     remind(user).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = VirtualClock::at(0);
//! let engine = Engine::builder().in_memory().clock(clock.clone()).open().await?;
//! let execution = engine.start(follow_up("Ada".into())).await?;
//! engine.wait_idle().await;
//! clock.advance(Duration::from_hours(7 * 24));
//! assert_eq!(execution.result().await?, "Ada was reminded");
//! # Ok(())
//! # }
//! ```
//!
//! ## Many at once
//!
//! `map` runs a task, or an `async` block of several steps, for each item; `try_join!` runs branches. The first failure stops the others. What a branch takes from
//! around it, it takes by `.clone()`.
//!
//! ```standalone_crate
//! use durafn::{Engine, prelude::*};
//!
//! #[derive(Serialize, Deserialize, Failure, Clone, Debug)]
//! enum ShopError { OutOfStock { sku: String } }
//!
//! #[task]
//! async fn price(sku: String) -> Result<u32, ShopError> {
//!     if sku == "GONE" { Err(ShopError::OutOfStock { sku }) } else { Ok(sku.len() as u32) }
//! }
//!
//! #[workflow]
//! async fn total(skus: Vec<String>, extra: String) -> Result<u32, ShopError> {
//!     let prices = map(skus, |sku| price(sku)).concurrency(10).await?;
//!     let (extra, gift) = try_join!(price(extra.clone()), async {
//!         let cents = price("gift".to_owned()).await?;
//!         Ok(cents + 1)
//!     })?;
//!     let sum: u32 = prices.iter().sum();
//!     Ok(sum + extra + gift)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::builder().in_memory().open().await?;
//! let skus = vec!["a".to_owned(), "bb".to_owned()];
//! assert_eq!(engine.start(total(skus, "ccc".into())).await?.result().await?, 1 + 2 + 3 + 5);
//! let failed = engine.start(total(vec!["GONE".into()], "a".into())).await?.result().await.unwrap_err();
//! assert_eq!(failed.name(), Some("OutOfStock"));
//! # Ok(())
//! # }
//! ```
//!
//! ## Survive timeouts and panics
//!
//! A variant marked `#[fault]` takes what the machinery reports. Without one, such failures end the execution.
//!
//! ```standalone_crate
//! use durafn::{Engine, prelude::*};
//!
//! #[derive(Serialize, Deserialize, Failure, Clone, Debug)]
//! enum PayError {
//!     Declined,
//!     #[fault]
//!     Fault(Fault),
//! }
//!
//! #[task(timeout = "10s")]
//! async fn pay(cents: u32) -> Result<String, PayError> {
//!     match cents {
//!         0 => Err(PayError::Declined),
//!         1 => panic!("the bank's answer has no amount"),
//!         _ => Ok("paid".to_owned()),
//!     }
//! }
//!
//! #[workflow]
//! async fn settle(cents: u32) -> Result<String, PayError> {
//!     match pay(cents).await {
//!         Ok(answer) => Ok(answer),
//!         Err(PayError::Fault(_)) => Ok("ask the bank".to_owned()),
//!         Err(error) => Err(error),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::builder().in_memory().open().await?;
//! assert_eq!(engine.start(settle(5)).await?.result().await?, "paid");
//! assert_eq!(engine.start(settle(1)).await?.result().await?, "ask the bank");
//! assert_eq!(engine.start(settle(0)).await?.result().await.unwrap_err().name(), Some("Declined"));
//! # Ok(())
//! # }
//! ```
//!
//! ## Charge once, however often a task runs
//!
//! A task that was running when the process ended runs again. Its idempotency key stays the same. Pools and clients are resources.
//!
//! ```standalone_crate
//! use durafn::{Engine, prelude::*};
//! use std::{collections::BTreeMap, sync::{Arc, Mutex}};
//!
//! #[derive(Clone, Default)]
//! struct Bank(Arc<Mutex<BTreeMap<String, u32>>>);
//!
//! #[task]
//! async fn charge(cents: u32, #[resource] bank: Bank, context: TaskContext) -> u32 {
//!     let mut books = bank.0.lock().unwrap();
//!     *books.entry(context.idempotency_key().to_owned()).or_insert(cents)
//! }
//!
//! #[workflow]
//! async fn pay(cents: u32) -> u32 {
//!     charge(cents).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bank = Bank::default();
//! let engine = Engine::builder().in_memory().resource(bank.clone()).open().await?;
//! assert_eq!(engine.start(pay(5)).await?.result().await?, 5);
//! assert_eq!(bank.0.lock().unwrap().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! ## See what happened
//!
//! ```standalone_crate
//! use durafn::{Engine, prelude::*};
//!
//! #[task]
//! async fn greet(name: String) -> String { format!("Hello, {name}!") }
//!
//! #[workflow]
//! async fn hello(name: String) -> String { greet(name).await }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::builder().in_memory().open().await?;
//! let execution = engine.start(hello("Ada".into())).await?;
//! execution.result().await?;
//! let events: Vec<String> = engine.history(execution.id()).await?.iter().map(|event| event.kind.name()).collect();
//! assert_eq!(events[..3], ["ExecutionStarted", "TaskStateEntered", "TaskScheduled"]);
//! // Would today's code do the same again?
//! assert!(engine.replay(execution.id()).await?.divergence.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! ## Test a workflow
//!
//! With the feature `testing`, `durafn::testing` has an engine whose clock moves by itself, mocked tasks, and crashes at every write.
//!
//! ## The command line and the export
//!
//! With the feature `cli`, `durafn::cli::App` gives a program the commands `start`, `work`, `list`, `show`, `history`, `replay`, `fork`, `redrive`,
//! `check`, `graph` and `export`.
//!
//! # More
//!
//! The book is in `docs/` of the repository: the language, errors, differences from the exported machine, operations, the file, and a page for those who know
//! Step Functions.

// The macros of a unit test name this crate as its users do.
#[cfg(test)]
extern crate self as durafn;

mod builder;
pub mod callable;
mod check;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
mod clock;
pub mod context;
pub mod data;
pub mod debug;
mod driver;
mod engine;
mod error;
mod execution;
mod express;
pub mod failure;
mod fork;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "cli")]
pub mod graph;
mod handle;
pub mod history;
mod limits;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
mod metrics;
mod nearest;
pub mod prelude;
#[doc(hidden)]
pub mod private;
mod registry;
mod retention;
mod schedule;
mod stopping;
pub mod store;
pub mod task;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;
pub mod verify;
mod worker;

pub use builder::{CRASH_RESTARTS, EngineBuilder};
pub use client::Client;
pub use clock::{Clock, SystemClock, VirtualClock};
pub use data::Data;
pub use error::{Error, ExecutionError};
pub use execution::{Execution, Start};
pub use express::Run;
pub use failure::{Failed, Failure, Fault};
pub use fork::Fork;
pub use handle::Engine;
pub use limits::{MAX_EXPRESS_EXECUTIONS, PAYLOAD_LIMIT};
pub use retention::{Pruned, Retention};
pub use schedule::{Missed, Overlap, Schedule, Scheduled};
pub use stopping::Stopped;
pub use transaction::Transaction;
pub use verify::{Divergence, Replayed};
pub use worker::{ActivityAttempt, ActivityPlace, ActivityTask, Worker};

/// The SQLite library of [`Transaction`].
pub use rusqlite;

pub use durafn_macros::{Data, Failure, pure, task, workflow};

/// The book and the front page, so that their snippets are compiled.
#[cfg(doctest)]
#[doc(hidden)]
pub mod book {
    #[doc = include_str!("../../README.md")]
    pub mod readme {}
    #[doc = include_str!("../../docs/language.md")]
    pub mod language {}
    #[doc = include_str!("../../docs/errors.md")]
    pub mod errors {}
    #[doc = include_str!("../../docs/differences.md")]
    pub mod differences {}
    #[doc = include_str!("../../docs/upgrades.md")]
    pub mod upgrades {}
    #[cfg(feature = "cli")]
    #[doc = include_str!("../../docs/operations.md")]
    pub mod operations {}
    #[cfg(feature = "testing")]
    #[doc = include_str!("../../docs/testing.md")]
    pub mod testing {}
    #[doc = include_str!("../../docs/from-step-functions.md")]
    pub mod from_step_functions {}
}
