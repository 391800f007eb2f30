#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn run_job(job: String) {}

#[workflow]
async fn drain(jobs: Vec<String>) -> u64 {
    let mut jobs = jobs;
    let done = 0;
    while let Some(job) = jobs.pop() {
        run_job(job).await;
        done += 1;
    }
    done
}

fn main() {}
