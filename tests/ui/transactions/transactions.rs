use durafn::prelude::*;

#[task(transaction)]
async fn waits(n: u64, tx: &Transaction<'_>) -> u64 {
    n
}

#[task(transaction)]
fn without(n: u64) -> u64 {
    n
}

#[task(transaction)]
fn twice(n: u64, one: &Transaction<'_>, two: &Transaction<'_>) -> u64 {
    n
}

#[task]
fn plain(n: u64, tx: &Transaction<'_>) -> u64 {
    n
}

#[task(transaction, timeout = "5s", at_most_once)]
fn limited(n: u64, _tx: &Transaction<'_>) -> u64 {
    n
}

#[task(transaction)]
fn borrowed(name: &str, tx: &Transaction<'_>) -> u64 {
    1
}

#[workflow]
async fn run(n: u64, tx: &Transaction<'_>) -> u64 {
    n
}

fn main() {}
