//! Vectors and iterators over them: none, one and many elements.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{double, list, note};

#[workflow]
async fn tests_of_vectors(all: Vec<u64>) -> (u64, bool, Option<u64>, Option<u64>, Option<u64>, bool) {
    note("vectors".to_string()).await;
    (all.len() as u64, all.is_empty(), all.first().copied(), all.last().copied(), all.get(1).copied(), all.contains(&2))
}
agrees!(tests_of_vectors [[], [1], [2], [1, 2, 3]]);

#[workflow]
async fn elements_by_position(all: Vec<Vec<u64>>, row: usize, column: usize) -> u64 {
    note("vectors".to_string()).await;
    all[row][column]
}
agrees!(elements_by_position [
    {"all": [[1, 2], [3]], "row": 0, "column": 1}, {"all": [[1, 2], [3]], "row": 1, "column": 0},
    {"all": [[7]], "row": 0, "column": 0}, {"all": [[1, 2], [3]], "row": 1, "column": 1}, {"all": [], "row": 0, "column": 0}
]);

#[workflow]
async fn vectors_grow_and_shrink(all: Vec<u64>) -> (Vec<u64>, Vec<u64>, Vec<u64>) {
    let mut grown = all.clone();
    grown.push(double(1).await);
    grown.insert(0, 9);
    grown.extend(all.clone());
    note("grown".to_string()).await;
    let mut shrunk = grown.clone();
    shrunk.pop();
    shrunk.remove(0);
    let mut short = grown.clone();
    short.truncate(2);
    (grown, shrunk, short)
}
agrees!(vectors_grow_and_shrink [[], [1], [1, 2, 3]]);

#[workflow]
async fn sorted_vectors(all: Vec<i64>) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
    note("sort".to_string()).await;
    let mut up = all.clone();
    up.sort();
    let mut back = all.clone();
    back.reverse();
    let mut by_size = all;
    by_size.sort_by_key(|n| n.abs());
    (up, back, by_size)
}
agrees!(sorted_vectors [[], [3], [3, -1, 2], [2, 2, 1], [-5, 5, 0, -5, 10]]);

#[workflow]
async fn mapped_and_filtered(all: Vec<u64>) -> (Vec<u64>, Vec<u64>, Vec<u64>, Vec<Vec<u64>>) {
    let more = list(all.len() as u64).await;
    let doubled: Vec<u64> = all.iter().map(|n| n * 2).collect();
    let odd: Vec<u64> = all.iter().filter(|n| *n % 2 == 1).copied().collect();
    let both: Vec<u64> = all.iter().filter_map(|n| n.checked_sub(2)).collect();
    let nested: Vec<Vec<u64>> = more.iter().map(|n| vec![*n]).collect();
    (doubled, odd, both, nested)
}
agrees!(mapped_and_filtered [[], [1], [2], [1, 2, 3, 5]]);

#[workflow]
async fn sums_and_counts(all: Vec<i64>) -> (i64, i64, u64, Option<i64>, Option<i64>) {
    note("sums".to_string()).await;
    (
        all.iter().sum(),
        all.iter().take(3).product(),
        all.iter().filter(|n| **n > 1).count() as u64,
        all.iter().min().copied(),
        all.iter().max().copied(),
    )
}
agrees!(sums_and_counts [[], [5], [1, -2, 3, 4], [2, 2]]);

#[workflow]
async fn searches(all: Vec<u64>) -> (bool, bool, Option<u64>, Option<u64>, Option<u64>) {
    note("search".to_string()).await;
    (
        all.iter().any(|n| *n > 2),
        all.iter().all(|n| *n > 2),
        all.iter().find(|n| **n > 2).copied(),
        all.iter().position(|n| *n > 2).map(|at| at as u64),
        all.iter().find_map(|n| n.checked_sub(3)),
    )
}
agrees!(searches [[], [1], [3], [1, 5, 2, 9]]);

#[workflow]
async fn slices_of_iterators(all: Vec<u64>) -> (Vec<u64>, Vec<u64>, Vec<u64>, Vec<u64>, Vec<u64>) {
    note("slices".to_string()).await;
    (
        all.iter().skip(1).copied().collect(),
        all.iter().take(2).copied().collect(),
        all.iter().rev().copied().collect(),
        all.iter().step_by(2).copied().collect(),
        all.iter().skip_while(|n| **n < 3).take_while(|n| **n < 9).copied().collect(),
    )
}
agrees!(slices_of_iterators [[], [1], [1, 2, 3], [4, 1, 9, 2]]);

#[workflow]
async fn two_iterators(left: Vec<u64>, right: Vec<String>) -> (Vec<(u64, String)>, Vec<(u64, u64)>, Vec<u64>) {
    note("two".to_string()).await;
    let pairs: Vec<(u64, String)> = left.iter().copied().zip(right.iter().cloned()).collect();
    let places: Vec<(u64, u64)> = left.iter().enumerate().map(|(at, n)| (at as u64, *n)).collect();
    let chained: Vec<u64> = left.iter().copied().chain(right.iter().map(|text| text.chars().count() as u64)).collect();
    (pairs, places, chained)
}
agrees!(two_iterators [
    {"left": [], "right": []}, {"left": [1], "right": ["a"]}, {"left": [1, 2, 3], "right": ["a", "bc"]}, {"left": [], "right": ["😀"]}
]);

#[workflow]
async fn nested_vectors(all: Vec<Vec<u64>>) -> (Vec<u64>, Vec<u64>, Vec<Vec<u64>>, u64) {
    note("nested".to_string()).await;
    let flat: Vec<u64> = all.iter().flatten().copied().collect();
    let flat_again: Vec<u64> = all.iter().flat_map(|row| row.iter().map(|n| n + 1)).collect();
    let some: Vec<Vec<u64>> = all.iter().filter(|row| !row.is_empty()).cloned().collect();
    (flat, flat_again, some, all.len() as u64)
}
agrees!(nested_vectors [[], [[]], [[1]], [[], [1], []], [[1, 2], [3]]]);

#[workflow]
async fn folds(all: Vec<u64>) -> (u64, String, u64) {
    note("fold".to_string()).await;
    let digits = all.iter().fold(0, |number, digit| number * 10 + digit);
    let text = all.iter().fold(String::new(), |text, n| format!("{text}{n};"));
    let range: u64 = (1..=all.len() as u64).map(|n| n * n).sum();
    (digits, text, range)
}
agrees!(folds [[], [7], [1, 2, 3]]);

#[workflow]
async fn vectors_of_constants(n: usize) -> (Vec<u64>, Vec<String>, u64) {
    note("constants".to_string()).await;
    let zeros = vec![0; n];
    let names = vec!["a".to_string(), "b".to_string()];
    let squares: Vec<u64> = (0..n as u64).map(|n| n * n).collect();
    (zeros, names, squares.iter().sum())
}
agrees!(vectors_of_constants [0, 1, 4]);

#[workflow]
async fn vectors_into_options(texts: Vec<String>) -> (Option<Vec<u64>>, Option<u64>) {
    note("collect".to_string()).await;
    let numbers: Option<Vec<u64>> = texts.iter().map(|text| text.parse::<u64>().ok()).collect();
    let first = texts.iter().next().and_then(|text| text.parse::<u64>().ok());
    (numbers, first)
}
agrees!(vectors_into_options [[], ["1"], ["1", "2"], ["1", "x"], ["x"]]);

#[workflow]
async fn the_best_of_many(all: Vec<(String, u64)>) -> (Option<String>, Option<String>, Vec<String>) {
    note("best".to_string()).await;
    let most = all.iter().max_by_key(|(_, n)| *n).map(|(name, _)| name.clone());
    let least = all.iter().min_by_key(|(_, n)| *n).map(|(name, _)| name.clone());
    let names: Vec<String> = all.iter().map(|(name, n)| format!("{name}{n}")).collect();
    (most, least, names)
}
agrees!(the_best_of_many [[], [["a", 1]], [["a", 1], ["b", 3], ["c", 3], ["d", 1]]]);
