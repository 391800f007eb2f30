//! Tasks that several programs call. Each is a function of its input and of how often it was called.

use durafn::{Fault, prelude::*};
use durafn_tests::agreement::World;

/// An error that holds faults.
#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    Busy {
        seconds: u64,
    },
    Refused(String),
    #[failure(name = "Not.Found")]
    NotFound,
    #[fault]
    Fault(Fault),
}

/// An error that holds no faults: they leave the function.
#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
pub(crate) enum Strict {
    TooBig { limit: u64 },
    Odd,
}

#[task]
pub(crate) async fn double(n: u64) -> u64 {
    n * 2
}

/// Runs on the blocking pool.
#[task]
pub(crate) fn halve(n: u64) -> u64 {
    n / 2
}

#[task]
pub(crate) async fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[task]
pub(crate) async fn one() -> u64 {
    1
}

#[task]
pub(crate) async fn note(text: String) {
    let _ = text;
}

#[task]
pub(crate) async fn greet(name: String) -> String {
    format!("Hello, {name}!")
}

#[task]
pub(crate) async fn echo(value: serde_json::Value) -> serde_json::Value {
    value
}

#[task]
pub(crate) async fn echo_text(text: String) -> String {
    text
}

#[task]
pub(crate) async fn is_even(n: u64) -> bool {
    n.is_multiple_of(2)
}

#[task]
pub(crate) async fn find(n: u64) -> Option<u64> {
    (n > 0).then_some(n * 10)
}

#[task]
pub(crate) async fn list(n: u64) -> Vec<u64> {
    (0..n).collect()
}

/// Fails from 10 on, and for odd numbers.
#[task]
pub(crate) async fn strict(n: u64) -> Result<u64, Strict> {
    match n {
        10.. => Err(Strict::TooBig { limit: 10 }),
        n if n % 2 == 1 => Err(Strict::Odd),
        n => Ok(n),
    }
}

/// Ends as it is told.
#[task]
pub(crate) async fn attempt(how: String) -> Result<u64, Trouble> {
    match how.as_str() {
        "busy" => Err(Trouble::Busy { seconds: 5 }),
        "very busy" => Err(Trouble::Busy { seconds: 500 }),
        "refused" => Err(Trouble::Refused("no \"entry\"".to_owned())),
        "missing" => Err(Trouble::NotFound),
        "late" => Err(Trouble::Fault(Fault::Timeout)),
        "lost" => Err(Trouble::Fault(Fault::TaskFailed { cause: "it was lost".to_owned() })),
        "unknown" => Err(Trouble::Fault(Fault::Other { name: "Lambda.Unknown".to_owned(), cause: "gone".to_owned() })),
        "panic" => panic!("told to"),
        how => Ok(how.chars().count() as u64),
    }
}

/// True from the call of this number on.
#[task]
pub(crate) async fn ready_after(calls: u32, context: TaskContext) -> bool {
    World::count(&context, "ready_after") >= calls
}

/// Fails at its first attempts, with `Busy`.
#[task]
pub(crate) async fn fails_first(times: u32, context: TaskContext) -> Result<u32, Trouble> {
    match context.attempt() {
        attempt if attempt <= times => Err(Trouble::Busy { seconds: u64::from(attempt) }),
        attempt => Ok(attempt),
    }
}

/// Does not answer at its first attempts.
#[task]
pub(crate) async fn hangs_first(times: u32, context: TaskContext) -> Result<u32, Trouble> {
    match context.attempt() {
        attempt if attempt <= times => World::hang(&context).await,
        attempt => Ok(attempt),
    }
}
