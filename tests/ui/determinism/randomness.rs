#![allow(unused)]

use durafn::prelude::*;

#[workflow]
async fn lottery(players: Vec<String>) -> String {
    let ticket = uuid::Uuid::new_v4();
    let winner = fastrand::usize(..players.len());
    format!("{ticket}: {}", players[winner])
}

fn main() {}
