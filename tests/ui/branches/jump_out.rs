#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn check(item: u64) -> bool {
    item > 0
}

#[workflow]
async fn first(items: Vec<u64>) {
    'all: loop {
        map(items.clone(), |item| async move {
            if check(item).await {
                break 'all;
            }
        })
        .await;
    }
}

fn main() {}
