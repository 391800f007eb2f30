#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn run_job(job: String) {}

#[workflow]
async fn drain(jobs: Vec<String>) -> u64 {
    let mut jobs = jobs;
    let count = jobs.clear();
    run_job(jobs.push("last".to_owned())).await;
    let more = (jobs = Vec::new());
    0
}

fn main() {}
