//! Times longer than an Express execution.

use durafn::prelude::*;

#[task]
async fn charge(order: String) -> u32 {
    order.len() as u32
}

#[workflow(express, timeout = "6m")]
async fn too_long(order: String) -> u32 {
    charge(order).await
}

#[workflow(express)]
async fn longer_waits(order: String) -> u32 {
    sleep(Duration::from_mins(10)).await;
    sleep(Duration::from_secs(300)).await;
    charge(order).timeout(Duration::from_hours(1)).await
}

fn main() {}
