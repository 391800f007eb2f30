#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn nap(seconds: u64) {
    sleep(Duration::from_secs(seconds));
    sleep(Duration::from_millis(1_500)).await;
}

fn main() {}
