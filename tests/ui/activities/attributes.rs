#![allow(unused)]

use durafn::prelude::*;

#[task(activity, at_most_once)]
async fn once(n: u64) -> u64 {
    n
}

#[task(activity, resource = "arn:aws:states:::sqs:sendMessage")]
async fn elsewhere(n: u64) -> u64 {
    n
}

#[task(activity)]
async fn answered(token: TaskToken<u64>, n: u64) {}

#[task(activity = true)]
async fn valued(n: u64) -> u64 {
    n
}

fn main() {}
