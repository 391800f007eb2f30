#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn note(text: String) {}

#[workflow]
async fn write(seconds: u64) {
    note("a".to_owned()).delay(Duration::from_secs(1)).await;
    note("b".to_owned()).retry(Retry::on("States.Timeout").attempts(seconds)).await;
    sleep(Duration::from_secs(1)).timeout(Duration::from_secs(2)).await;
}

fn main() {}
