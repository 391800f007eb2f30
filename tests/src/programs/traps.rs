//! Where JSONata is not Rust: a program for each trap.

use std::collections::BTreeMap;

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{double, echo};

#[workflow]
async fn numbers_are_doubles(n: u64) -> u64 {
    n + 1
}
agrees!(numbers_are_doubles [9_007_199_254_740_989_u64, 9_007_199_254_740_990_u64, 9_007_199_254_740_991_u64]);

#[workflow]
async fn division_by_zero_is_no_infinity(a: i64, b: i64) -> (i64, i64) {
    (a / b, a % b)
}
agrees!(division_by_zero_is_no_infinity [{"a": 1, "b": 0}, {"a": 0, "b": 0}, {"a": 1, "b": 1}]);

#[workflow]
async fn quotients_truncate_and_remainders_have_the_dividends_sign(a: i64, b: i64) -> (i64, i64) {
    (a / b, a % b)
}
agrees!(quotients_truncate_and_remainders_have_the_dividends_sign [
    {"a": 7, "b": 2}, {"a": -7, "b": 2}, {"a": 7, "b": -2}, {"a": -7, "b": -2}, {"a": -6, "b": 2}
]);

#[workflow]
async fn halves_round_away_from_zero(x: f64) -> f64 {
    x.round()
}
agrees!(halves_round_away_from_zero [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.0, 2.4]);

#[workflow]
async fn floats_print_with_a_precision(x: f64) -> String {
    format!("{x:.0} {x:.2} {x:.5}")
}
agrees!(floats_print_with_a_precision [0.0, 1.0, 0.125, 2.675, 1234567.891, -0.5, 1e10]);

#[workflow]
async fn numbers_are_read_strictly(text: String) -> Option<i64> {
    text.parse::<i64>().ok()
}
agrees!(numbers_are_read_strictly ["1", " 1 ", "1 ", "1.", ".5", "1e3", "0x1", "", "-0", "1_000", "+1", "++1"]);

#[workflow]
async fn lengths_count_characters(text: String, at: u32) -> (u64, String, Option<char>) {
    let head: String = text.chars().take(at as usize).collect();
    (text.chars().count() as u64, head, text.chars().nth(at as usize))
}
agrees!(lengths_count_characters [{"text": "a😀b", "at": 1}, {"text": "a😀b", "at": 2}, {"text": "é\u{301}", "at": 1}, {"text": "", "at": 0}]);

#[workflow]
async fn text_is_ordered_by_code_points(a: String, b: String) -> (bool, bool, bool) {
    (a < b, a == b, a >= b)
}
agrees!(text_is_ordered_by_code_points [
    {"a": "😀", "b": "\u{ffff}"}, {"a": "\u{ffff}", "b": "😀"}, {"a": "a", "b": "B"}, {"a": "", "b": "a"}, {"a": "é", "b": "é"}
]);

#[workflow]
async fn what_has_no_order_in_jsonata(a: bool, b: bool, c: (u8, String), d: (u8, String)) -> (bool, bool) {
    (a < b, c < d)
}
agrees!(what_has_no_order_in_jsonata [
    {"a": false, "b": true, "c": [1, "x"], "d": [1, "y"]}, {"a": true, "b": true, "c": [2, "x"], "d": [1, "y"]}
]);

#[workflow]
async fn lists_of_none_and_of_one_are_lists(items: Vec<Vec<u32>>) -> (Vec<Vec<u32>>, Vec<u32>, Vec<u32>, Vec<u32>) {
    let kept: Vec<Vec<u32>> = items.iter().filter(|item| !item.is_empty()).cloned().collect();
    let sums: Vec<u32> = items.iter().map(|item| item.iter().sum::<u32>()).collect();
    let flat: Vec<u32> = items.iter().flatten().copied().collect();
    let range: Vec<u32> = (0..flat.len() as u32).collect();
    (kept, sums, flat, range)
}
agrees!(lists_of_none_and_of_one_are_lists [[], [[]], [[1]], [[1, 2]], [[1], [2]], [[], [1]]]);

#[workflow]
async fn keys_of_none_and_of_one_are_lists(map: BTreeMap<String, Vec<u32>>) -> (Vec<String>, Vec<Vec<u32>>) {
    (map.keys().cloned().collect(), map.values().cloned().collect())
}
agrees!(keys_of_none_and_of_one_are_lists [{}, {"a": []}, {"a": [1]}, {"b": [1, 2], "a": []}]);

#[workflow]
async fn lists_within_lists_keep_their_level(items: Vec<u32>) -> (Vec<Vec<u32>>, Vec<Vec<Vec<u32>>>) {
    (vec![items.clone()], vec![vec![items]])
}
agrees!(lists_within_lists_keep_their_level [[], [1], [1, 2]]);

#[workflow]
async fn two_indices_and_the_first_character(rows: Vec<Vec<u32>>, text: String) -> (u32, Option<char>) {
    (rows[0][1], text.chars().next())
}
agrees!(two_indices_and_the_first_character [
    {"rows": [[1, 2]], "text": "abc"}, {"rows": [[1]], "text": ""}, {"rows": [], "text": "x"}, {"rows": [[1, 2], [3, 4]], "text": "😀"}
]);

#[workflow]
async fn extremes_of_nothing_are_none(items: Vec<i64>) -> (Option<i64>, Option<i64>, i64) {
    (items.iter().copied().max(), items.iter().copied().min(), items.iter().sum())
}
agrees!(extremes_of_nothing_are_none [[], [0], [-1], [3, 1, 2]]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Sparse {
    #[serde(default)]
    first: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<String>,
}

#[workflow]
async fn missing_keys_are_none(sparse: Sparse) -> (bool, bool, Option<u32>, Sparse) {
    let none = sparse.first.is_none();
    (none, sparse.second != Some("x".to_string()), sparse.first, sparse.clone())
}
agrees!(missing_keys_are_none [{"first": null}, {"first": 0}, {"first": null, "second": "x"}, {"first": 1, "second": ""}]);

#[workflow]
async fn nothing_is_true_but_true(
    items: Vec<u32>,
    lists: Vec<Vec<u32>>,
    map: BTreeMap<String, u32>,
) -> (bool, bool, bool, u32) {
    let found = if !items.is_empty() { 1 } else { 0 };
    (!items.is_empty(), !lists.is_empty(), !map.is_empty(), found)
}
agrees!(nothing_is_true_but_true [
    {"items": [0], "lists": [[]], "map": {}}, {"items": [], "lists": [], "map": {"a": 0}}, {"items": [0, 0], "lists": [[0]], "map": {}}
]);

/// Variables with the names of built-in functions of JSONata.
#[workflow]
async fn variables_hide_no_functions(count: u64, string: String, sum: Vec<u64>) -> (u64, String, u64, u64) {
    let append = double(count).await;
    let states = append + 1;
    (sum.len() as u64, format!("{string}{states}"), sum.iter().sum(), states)
}
agrees!(variables_hide_no_functions [{"count": 2, "string": "x", "sum": [1, 2]}, {"count": 0, "string": "", "sum": []}]);

#[workflow]
async fn defaults_for_what_is_not_there(n: Option<i64>, text: Option<String>) -> (i64, String) {
    (n.unwrap_or(7), text.unwrap_or_default())
}
agrees!(defaults_for_what_is_not_there [{}, {"n": null, "text": null}, {"n": 0, "text": ""}, {"n": -1, "text": "x"}]);

#[workflow]
async fn text_that_looks_like_an_expression(text: String, value: serde_json::Value) -> (String, serde_json::Value) {
    let same = echo(value).await;
    (format!("{text} {{% $$ %}} \\' $.a 'States.Format'"), same)
}
agrees!(text_that_looks_like_an_expression [
    {"text": "{% $states %}", "value": "{% $states %}"}, {"text": "$.x", "value": {"$.x": "$$.y"}}, {"text": "it's", "value": "\\"},
    {"text": "\"", "value": "\u{2028}"}
]);

#[workflow]
async fn white_space_is_that_of_unicode(text: String) -> (String, Vec<String>) {
    (text.trim().to_string(), text.split_whitespace().map(|word| word.to_string()).collect())
}
agrees!(white_space_is_that_of_unicode ["  a  b  ", "\u{a0}a\u{2003}b\u{3000}", "\t\n", "", "\u{85}x\u{feff}"]);

#[workflow]
async fn replacing_matches_literally(text: String, from: String) -> String {
    text.replace(&from, "$1-$$")
}
agrees!(replacing_matches_literally [
    {"text": "a.b", "from": "."}, {"text": "aaa", "from": "aa"}, {"text": "a$b", "from": "$"}, {"text": "x", "from": "y"}
]);

#[workflow]
async fn ties_keep_their_order(words: Vec<String>) -> Vec<String> {
    let mut words = words;
    words.sort_by_key(|word| word.chars().count());
    words
}
agrees!(ties_keep_their_order [[], ["a"], ["bb", "a", "cc", "b", "aa"], ["😀", "x", "é"]]);
