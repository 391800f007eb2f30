#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn notify(user: String) {}

#[workflow]
async fn broadcast(users: Vec<String>) {
    for user in users {
        tokio::spawn(async move { notify(user).await });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
}

fn main() {}
