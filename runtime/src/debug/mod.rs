//! Time travel: a recorded execution taken apart, forwards and backwards.
//!
//! [`Engine::record`](crate::Engine::record) runs today's code through an execution's journal once, without any effect, and keeps what went
//! by: each visit of a state, what it was given and what it gave, and every variable with its values. That is a [`Recording`]. A
//! [`Session`] is a cursor on it: since everything is there, a step back costs as little as a step forward.
//!
//! # Order
//!
//! [Moments](Moment) stand in the order in which the journal recorded them, so that concurrent branches interleave as they did. A
//! visit without a durable entry of its own (a Choice, a Pass) stands where the next entry of its scope does, because the journal
//! says no more than that.
//!
//! # Values
//!
//! A moment is the instant at which a state is entered: its variables are those that the code has bound by then, in the scope of
//! the state and in those around it. What changes until the next moment of the scope is told by that one. In production nothing is
//! captured.
//!
//! ```standalone_crate
//! use durafn::{Engine, debug::{Direction, Session}, prelude::*};
//!
//! #[task]
//! async fn price(sku: String) -> u32 {
//!     sku.len() as u32 * 100
//! }
//!
//! #[workflow]
//! async fn total(skus: Vec<String>) -> u32 {
//!     let mut sum = 0;
//!     for sku in skus {
//!         sum += price(sku).await;
//!     }
//!     sum
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let engine = Engine::builder().in_memory().open().await?;
//! let execution = engine.start(total(vec!["MUG".into(), "LAMP".into()])).await?;
//! assert_eq!(execution.result().await?, 700);
//!
//! let mut session = Session::new(engine.record(execution.id()).await?);
//! assert!(session.to_state(Direction::Forward, "Price", Some(2)).is_ok());
//! assert_eq!(session.variable("sum").unwrap(), 300);
//! assert!(session.back(1).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod journal;
mod recording;
mod session;

#[cfg(test)]
pub(crate) mod tests;

pub use self::{
    journal::{Attempt, Entry, Outcome},
    recording::{Change, Moment, Recording},
    session::{Direction, Session, Stuck},
};
