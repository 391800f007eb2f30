//! The pure core: the state of one execution. It does no I/O, reads no clock and knows neither tokio nor SQL.
//!
//! The workflow's code calls the core through [`Cx`](crate::context::Cx): it opens durable entries, and waits for them to close. The driver
//! tells it what happened ([`Core::attempt_ended`], [`Core::fire`], ..), polls the workflow's code, and then takes what must be
//! committed and done ([`Core::flush`]): rows first, effects after.
//!
//! # Identity and replay
//!
//! A durable entry is identified by its scope and its ordinal within the scope. An execution that is loaded starts with what its journal
//! recorded ([`recorded`]); the code runs from the beginning, and each entry that it opens is held against the recorded one: kind,
//! callee and input must agree. Where they do, the entry continues from its recorded state, and where it was closed the code
//! goes on at once; beyond the last recorded entry, entries are new. Where they do not, the execution has diverged
//! ([`divergence`]): the core turns inert and the driver parks it.
//!
//! # What each durable thing may do
//!
//! [`call`]: a task and its attempts; [`activity`]: those that a worker makes; [`commit`]: those whose success is committed elsewhere, or that are taken back. [`child`]: a child execution and its attempts. [`wait`]: a timer. [`join`]: a Parallel or Map, and its scopes. [`value`]: a time, a UUID, a random
//! number. [`patch`]: which way changed code goes. [`end`]: how a scope ends. Their rows are those of [`history::event`](crate::history).
//!
//! # Scopes under a join that is decided
//!
//! The first failure of a join, and the winner of a race, is recorded in the scope around it, in the unit that recorded how that scope ended. When such a journal is replayed, the
//! join's scopes are *sealed*: their recorded entries are matched, but none is continued and none is new, because the
//! live run dropped them at that point. A replay without effects is the same thing with the root sealed.

mod activity;
mod call;
mod child;
mod commit;
mod core;
mod divergence;
mod end;
mod join;
mod matching;
mod patch;
mod progress;
mod recorded;
mod redrive;
mod retry;
#[cfg(test)]
mod simulation;
mod slab;
mod start;
mod state;
mod value;
mod wait;

pub(crate) use self::{
    call::{Policy, Suspect, later},
    child::{ChildEnd, Launch, Release},
    core::{Batch, Bounds, Closed, Closing, Core, Draw, Facts, Host, Observer, Run},
    divergence::{Divergence, Found, Step, same, same_json},
    join::{Decided, JoinKind},
    recorded::Recorded,
    start::Grant,
    wait::WaitFor,
};

/// A durable entry that is open, or closed and not yet taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EntryId(slab::Id);

/// A scope that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ScopeId(slab::Id);

/// The text that all attempts of a call share, and no other call has.
pub(crate) fn idempotency_key(nonce: &str, scope: &str, ordinal: u32) -> String {
    format!("{nonce}-{scope}-{ordinal}")
}

/// An expression failed.
pub(crate) const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";

/// The workflow's own code panicked. Nothing retries or catches it, as on AWS.
pub(crate) const RUNTIME_ERROR: &str = "States.Runtime";

/// An attempt was silent for too long.
pub(crate) const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";

/// A payload is larger than it may be.
pub(crate) const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";

/// An attempt took too long.
pub(crate) const TIMEOUT: &str = "States.Timeout";
