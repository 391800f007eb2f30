//! Under construction.

mod builder;
pub mod callable;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
pub mod context;
pub mod data;
mod driver;
mod engine;
mod error;
mod execution;
pub mod failure;
#[cfg(feature = "cli")]
pub mod graph;
mod handle;
pub mod history;
pub mod prelude;
#[doc(hidden)]
pub mod private;
mod registry;
pub mod store;
pub mod task;

pub use builder::{CRASH_RESTARTS, EngineBuilder};
pub use clock::{Clock, SystemClock, VirtualClock};
pub use data::Data;
pub use driver::{Divergence, Replayed};
pub use error::{Error, ExecutionError};
pub use execution::{Execution, Start};
pub use failure::{Failed, Failure, Fault};
pub use handle::Engine;

pub use durafn_macros::{Data, Failure, task, workflow};
