#![allow(unused)]

use durafn::prelude::*;

#[task]
async fn note(text: String) {}

#[workflow]
async fn write() {
    let later = async { note("a".to_owned()).await };
    async { note("b".to_owned()).await }.await;
}

fn main() {}
