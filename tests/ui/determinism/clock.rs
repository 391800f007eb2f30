#![allow(unused)]

use std::time::{Instant, SystemTime};

use durafn::prelude::*;

#[workflow]
async fn remind(deadline: u64) -> bool {
    let started = Instant::now();
    let late = SystemTime::now() > SystemTime::UNIX_EPOCH;
    late && started.elapsed().as_secs() > deadline
}

fn main() {}
