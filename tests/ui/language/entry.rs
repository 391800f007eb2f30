use std::collections::BTreeMap;

use durafn::prelude::*;

#[workflow]
async fn held(words: Vec<String>) -> u64 {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for word in words {
        let count = counts.entry(word).or_insert(0);
        *count += 1;
    }
    0
}

#[workflow]
async fn modified(word: String) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    counts.entry(word).and_modify(|count| *count += 1).or_insert(1);
    counts
}

#[workflow]
async fn not_mutable(word: String) -> BTreeMap<String, u64> {
    let counts: BTreeMap<String, u64> = BTreeMap::new();
    *counts.entry(word).or_insert(0) += 1;
    counts
}

fn main() {}
