//! What is recorded of an execution, and how it is told.
//!
//! [`Engine::history`](crate::Engine::history) tells it in the terms of Step Functions ([`HistoryEvent`]). What is stored is a journal
//! ([`JournalRow`](crate::store::JournalRow)), from which that is derived on reading:
//!
//! * `scope` and `ordinal` are the place of a durable entry: the first row of a place opens the entry, later ones say what became of it.
//! * `at` is milliseconds since the execution started, `state` the index of the state in the machine, on rows that open an entry.
//! * `visits`: states that were entered since the entry before in this scope and have no entry of their own (Pass, Choice, Succeed,
//!   Fail, ..), on rows that open an entry or end a scope.
//! * `event`, and by it `name`, `number` and `payload`:
//!
//! | event | | opens | `name` | `number` | `payload` |
//! |---|---|---|---|---|---|
//! | 1 | a task is scheduled | yes | the task | 1 where its first attempt starts at once, else 0 | input |
//! | 2 | an attempt starts; again the same one where the process had ended meanwhile | | | the attempt, from 1 | |
//! | 3 | an attempt was taken back by a shutdown | | | the attempt | |
//! | 4 | an attempt failed, another follows | | the error | when, in ms since 1970 | cause |
//! | 5 | a task succeeded | | | | output |
//! | 6 | a task failed for good | | the error | | cause |
//! | 7 | an attempt of a callback has a token | | the token | the attempt | |
//! | 8 | the body of a callback has returned; its token ends the attempt | | | | |
//! | 10 | a wait for a number of seconds, from the time of the row | yes | | the seconds | |
//! | 11 | a wait until a time | yes | | ms since 1970 | |
//! | 12 | a wait is over | | | | |
//! | 13 | a child execution is scheduled, and started with the same commit | yes | the workflow | 1 where it is not waited for, else 0 | input |
//! | 14 | a further attempt: another child execution starts; also where a fork starts one of its own | | | the attempt | |
//! | 15 | a child execution failed or took too long, another follows | | `States.TaskFailed` or `States.Timeout` | when, in ms since 1970 | cause |
//! | 16 | a child execution succeeded, or was started and is not waited for | | | | output |
//! | 17 | a child execution failed for good | | the error | | cause |
//! | 20 | a Parallel starts | yes | | how many branches | |
//! | 21 | a Map starts | yes | | how many items | |
//! | 22 | every branch or iteration of it succeeded | | | | |
//! | 23 | one of them failed first, the others were dropped | | the error | its index | cause |
//! | 24 | a branch or iteration succeeded: the last row of its scope | | | | |
//! | 25 | a branch or iteration failed: the last row of its scope | | the error | | cause |
//! | 26 | a race starts | yes | | how many branches | |
//! | 27 | a race is won: the branch ended first, with a success, the others were dropped | | | its index | |
//! | 30 | `now()` | yes | | ms since 1970 | |
//! | 31 | `uuid()` | yes | the UUID | | |
//! | 32 | `random()` | yes | | the number times 2^53 | |
//! | 33 | the code of this scope goes the new way of a patch, from the first time it asks on; no entry, so the ordinal is that of the next one | | the patch | | |
//! | 40 | the execution succeeded; its output is in its own row | | | | |
//! | 41 | the execution failed; its cause is in its own row | | the error | | |
//! | 42 | the execution was stopped | | the error, where one was given | | |
//! | 43 | the execution took too long | | | | |
//! | 51 | the execution goes on after its end: what had failed is open again | | | | |
//! | 50 | rows from here on are of another machine | | its key | | the key of the machine before |
//!
//! An attempt's number is not on its last row: it is that of the last start. A branch or iteration has the scope `E.I`: the place `E` of
//! its Parallel or Map, and its index `I`.

mod aws;
pub(crate) mod event;
pub(crate) mod file;
mod kind;
mod record;
#[cfg(feature = "cli")]
mod redact;
mod told;

pub use kind::{Details, EventKind, HistoryEvent, StateType};
pub use record::History;

/// In the place of a token, which a history does not tell.
const TOKEN_WITHHELD: &str = "withheld";

/// Stands in a history for a text that was taken out of it; a number follows.
pub(crate) const REDACTED_TEXT: &str = "[redacted ";

/// The key of an object that stands in a history for another value that was taken out of it.
pub(crate) const REDACTED_KEY: &str = "$redacted";
