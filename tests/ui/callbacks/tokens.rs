#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Approval {
    approved: bool,
}

#[task(callback, timeout = "7d")]
async fn without_token(order: String) {}

#[task(callback)]
async fn two_tokens(token: TaskToken<Approval>, other: TaskToken<Approval>) {}

#[task(callback)]
async fn untyped(token: TaskToken) {}

#[task]
async fn no_callback(token: TaskToken<Approval>) {}

#[task(callback, activity)]
async fn polled(token: TaskToken<Approval>) {}

#[task(callback, timeout = "10s", heartbeat = "10s")]
async fn silent(token: TaskToken<Approval>) {}

#[task(callback)]
async fn answers(token: TaskToken<Approval>) -> u64 {
    1
}

#[workflow]
async fn approve(token: TaskToken<Approval>) -> u64 {
    1
}

#[task]
async fn work(n: u64) -> u64 {
    n
}

#[workflow]
async fn supervise(n: u64) -> u64 {
    work(n).timeout(Duration::from_mins(1)).heartbeat(Duration::from_secs(60)).await
}

fn main() {}
