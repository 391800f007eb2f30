//! Methods of std beyond the first ones, as users write them.

use std::collections::BTreeMap;

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{note, one};

#[workflow]
async fn text_by_what_is_computed(
    text: String,
    part: String,
) -> (Vec<String>, Vec<String>, Option<(String, String)>, Option<String>, Option<String>, String, bool) {
    note(text.clone()).await;
    let pieces: Vec<String> = text.splitn(2, part.as_str()).map(|piece| piece.to_string()).collect();
    let backwards: Vec<String> = text.rsplit(&part).map(|piece| piece.to_string()).collect();
    let sides = text.rsplit_once(part.as_str()).map(|(left, right)| (left.to_string(), right.to_string()));
    let after = text.strip_prefix(part.as_str()).map(|rest| rest.to_string());
    let before = text.strip_suffix(part.as_str()).map(|rest| rest.to_string());
    (pieces, backwards, sides, after, before, text.replace(&part, "$1"), text.ends_with(part.as_str()))
}
agrees!(text_by_what_is_computed [
    {"text": "a-b-c", "part": "-"}, {"text": "aaa", "part": "aa"}, {"text": "a😀b", "part": "😀"}, {"text": "ab", "part": ""}, {"text": "", "part": "x"}
]);

#[workflow]
async fn ascii_of_text(text: String) -> (String, String, bool, bool, u64, String) {
    note(text.clone()).await;
    let marks = text.chars().filter(|c| c.is_ascii_punctuation() || c.is_whitespace()).count() as u64;
    let upper: String = text.chars().map(|c| c.to_ascii_uppercase()).collect();
    let trimmed = text.trim_end_matches("!").trim_start_matches('a');
    (text.to_ascii_lowercase(), upper, text.is_ascii(), text.eq_ignore_ascii_case("ABC"), marks, trimmed.to_string())
}
agrees!(ascii_of_text ["", "abC", "aaÄß!!", "a b!", "😀"]);

#[workflow]
async fn rearranged(items: Vec<u32>) -> (Vec<u32>, Vec<u32>, Vec<Vec<u32>>, Vec<Vec<u32>>, Option<(u32, Vec<u32>)>) {
    one().await;
    let mut changed = items.clone();
    changed.retain(|item| *item > 1);
    changed.dedup();
    changed.extend_from_slice(&items);
    changed.sort_unstable();
    let mut swapped = items.clone();
    if swapped.len() > 1 {
        swapped.swap(0, 1);
        swapped.swap_remove(0);
    }
    let windows: Vec<Vec<u32>> = items.windows(2).map(|pair| pair.to_vec()).collect();
    let chunks: Vec<Vec<u32>> = items.chunks(2).map(|pair| pair.to_vec()).collect();
    let split = items.split_first().map(|(first, rest)| (*first, rest.to_vec()));
    (changed, swapped, windows, chunks, split)
}
agrees!(rearranged [[], [1], [3, 3, 1], [5, 4, 4, 2, 2]]);

#[workflow]
async fn parted(items: Vec<i32>) -> (Vec<i32>, Vec<i32>, Option<i32>, Vec<i32>, Vec<bool>, Option<usize>) {
    one().await;
    let (small, large): (Vec<i32>, Vec<i32>) = items.iter().copied().partition(|item| *item < 3);
    let product = items.iter().copied().reduce(|a, b| a * b);
    let (numbers, even): (Vec<i32>, Vec<bool>) = items.iter().map(|item| (*item, item % 2 == 0)).unzip();
    let found = items.iter().position(|item| 6 / *item == 2);
    (small, large, product, numbers, even, found)
}
agrees!(parted [[], [3], [1, 3, 0], [0, 3], [5, -2]]);

#[workflow]
async fn maps_changed(
    counts: BTreeMap<String, u32>,
    more: BTreeMap<String, u32>,
) -> (BTreeMap<String, u32>, Option<(String, u32)>) {
    one().await;
    let mut all = counts.clone();
    all.extend(more);
    all.retain(|key, count| key != "x" && *count > 0);
    let last = all.last_key_value().map(|(key, count)| (key.clone(), *count));
    (all, last)
}
agrees!(maps_changed [
    {"counts": {}, "more": {}}, {"counts": {"a": 1, "x": 5, "z": 0}, "more": {"b": 2, "a": 3}}, {"counts": {"x": 1}, "more": {}}
]);

#[workflow]
async fn numbers_and_options(
    n: i32,
    x: f64,
    a: Option<u32>,
    b: Option<u32>,
) -> (u32, bool, Option<i32>, f64, f64, Option<u32>) {
    one().await;
    (n.unsigned_abs(), n.is_negative(), n.checked_rem(4), x.powi(5), x.signum(), a.xor(b))
}
agrees!(numbers_and_options [
    {"n": -7, "x": 1.5, "a": 1, "b": null}, {"n": 0, "x": 0.0, "a": null, "b": null}, {"n": 9, "x": -0.1, "a": 1, "b": 2}, {"n": 2147483647, "x": 1e200, "a": null, "b": 3}
]);
