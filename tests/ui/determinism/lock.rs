#![allow(unused)]

use std::sync::Mutex;

use durafn::prelude::*;

static TOTAL: Mutex<u64> = Mutex::new(0);

#[workflow]
async fn count(by: u64) -> u64 {
    let own = Mutex::new(by);
    *TOTAL.lock().unwrap() + by
}

fn main() {}
