#![allow(unused)]

use durafn::prelude::*;

#[workflow(version = 0)]
async fn nought(n: u64) -> u64 {
    n
}

#[workflow(version = "two")]
async fn words(n: u64) -> u64 {
    n
}

#[workflow(version = 1.5)]
async fn halves(n: u64) -> u64 {
    n
}

#[workflow(version = -1)]
async fn below(n: u64) -> u64 {
    n
}

#[workflow(version = 4294967296)]
async fn too_many(n: u64) -> u64 {
    n
}

#[workflow(version)]
async fn none(n: u64) -> u64 {
    n
}

#[workflow(version = 1, version = 2)]
async fn twice(n: u64) -> u64 {
    n
}

#[task(version = 2)]
async fn of_a_task(n: u64) -> u64 {
    n
}

fn main() {}
