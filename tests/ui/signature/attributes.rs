#![allow(unused)]

use durafn::prelude::*;

#[workflow(tiemout = "1h", express, timeout = "soon")]
async fn slow(n: u64) -> u64 {
    n
}

#[task(timeout = "10s", heartbeat = "1m", retry(on = "States.ALL", attempts = -1))]
async fn work(n: u64) -> u64 {
    n
}

#[workflow]
async fn labelled(n: u64) -> u64 {
    #[state("")]
    let m = work(n).await;
    #[allow(unused)]
    let k = m;
    k
}

fn main() {}
