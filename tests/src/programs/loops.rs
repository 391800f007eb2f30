//! Loops, with states in them and without.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, double, is_even, list, note, one, strict};

#[workflow]
async fn a_while_loop(n: u64) -> u64 {
    let mut x = n;
    while x < 100 {
        x = double(x).await;
    }
    x
}
agrees!(a_while_loop [1, 30, 100, 64]);

#[workflow]
async fn a_loop_that_breaks_with_a_value(n: u64) -> u64 {
    let mut tries = 0;
    let found = loop {
        tries += 1;
        let x = double(n + tries).await;
        if x > 12 {
            break x * 10;
        }
    };
    found + tries
}
agrees!(a_loop_that_breaks_with_a_value [0, 5, 50]);

#[workflow]
async fn a_for_over_a_vector(names: Vec<String>) -> u64 {
    let mut count = 0;
    for name in names {
        note(name).await;
        count += 1;
    }
    count
}
agrees!(a_for_over_a_vector [[], ["a"], ["a", "b", "ç"]]);

#[workflow]
async fn a_for_over_a_range(from: u64, to: u64) -> Vec<u64> {
    let mut all = vec![];
    for n in from..to {
        all.push(double(n).await);
    }
    for n in from..=to {
        all.push(n);
    }
    all
}
agrees!(a_for_over_a_range [{"from": 0, "to": 3}, {"from": 2, "to": 2}, {"from": 3, "to": 1}]);

#[workflow]
async fn a_for_with_positions(names: Vec<String>) -> Vec<String> {
    let mut all = vec![];
    for (index, name) in names.iter().enumerate() {
        if is_even(index as u64).await {
            all.push(format!("{index}: {name}"));
        }
    }
    all
}
agrees!(a_for_with_positions [[], ["a"], ["a", "b", "c"]]);

#[workflow]
async fn a_for_over_a_tasks_result(n: u64) -> u64 {
    let mut sum = 0;
    for x in list(n).await {
        sum += double(x).await;
    }
    sum
}
agrees!(a_for_over_a_tasks_result [0, 1, 4]);

#[workflow]
async fn labels(limit: u64) -> Vec<u64> {
    let mut seen = vec![];
    'outer: for a in 0..4 {
        for b in 0..4 {
            if b > a {
                continue 'outer;
            }
            if a * 10 + b >= limit {
                break 'outer;
            }
            if is_even(a + b).await {
                continue;
            }
            seen.push(a * 10 + b);
        }
    }
    seen
}
agrees!(labels [0, 11, 22, 99]);

#[workflow]
async fn a_loop_in_a_loop(width: u64, height: u64) -> u64 {
    let mut total = 0;
    let mut y = 0;
    while y < height {
        let mut x = 0;
        loop {
            if x >= width {
                break;
            }
            total += double(x * y).await;
            x += 1;
        }
        y += 1;
    }
    total
}
agrees!(a_loop_in_a_loop [{"width": 2, "height": 3}, {"width": 0, "height": 2}, {"width": 3, "height": 0}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Item {
    price: u64,
    wanted: bool,
}

#[workflow]
async fn a_loop_that_only_computes(items: Vec<Item>) -> u64 {
    let mut count = 0;
    let mut sum = 0;
    for item in &items {
        if item.wanted {
            sum += item.price;
            count += 1;
        }
    }
    double(sum * 100 + count).await
}
agrees!(a_loop_that_only_computes [
    [], [{"price": 3, "wanted": true}], [{"price": 3, "wanted": false}],
    [{"price": 3, "wanted": true}, {"price": 5, "wanted": false}, {"price": 7, "wanted": true}]
]);

#[workflow]
async fn a_while_that_only_computes(n: u64) -> u64 {
    let mut steps = 0;
    let mut x = n;
    while x > 1 {
        x = if x % 2 == 0 { x / 2 } else { 3 * x + 1 };
        steps += 1;
    }
    double(steps).await
}
agrees!(a_while_that_only_computes [1, 6, 7]);

#[workflow]
async fn an_error_out_of_a_loop(numbers: Vec<u64>) -> Result<u64, Strict> {
    let mut sum = 0;
    for n in numbers {
        sum += strict(n).await?;
    }
    Ok(sum)
}
agrees!(an_error_out_of_a_loop [[], [2, 4], [2, 3, 4], [2, 40, 3]]);

#[workflow]
async fn a_while_let(numbers: Vec<u64>) -> u64 {
    let mut left = numbers;
    let mut sum = 0;
    while let Some(last) = left.last().copied() {
        sum = sum * 10 + double(last).await;
        left.pop();
    }
    sum
}
agrees!(a_while_let [[], [1], [1, 2, 3]]);

#[workflow]
async fn a_loop_at_the_start(limit: u64) -> u64 {
    loop {
        if is_even(limit).await {
            return limit;
        }
        return double(limit).await;
    }
}
agrees!(a_loop_at_the_start [3, 4]);

#[workflow]
async fn variables_of_a_loop_start_anew(n: u64) -> Vec<u64> {
    let mut all = vec![];
    for x in 0..n {
        let mut inner = 0;
        inner += double(x).await;
        let shadow = inner + 1;
        let shadow = shadow * 2;
        all.push(shadow);
    }
    all
}
agrees!(variables_of_a_loop_start_anew [0, 1, 3]);

/// What was done is undone from the last to the first.
#[workflow]
async fn backwards(names: Vec<String>) -> u64 {
    let mut done: Vec<(String, u64)> = vec![];
    for (index, name) in names.iter().enumerate() {
        done.push((name.clone(), index as u64));
    }
    let mut sum = 0;
    for (name, index) in done.iter().rev() {
        note(name.clone()).await;
        sum = sum * 10 + index;
    }
    for (name, _) in done.into_iter().rev().take(2) {
        note(name).await;
    }
    sum
}
agrees!(backwards [[], ["a"], ["a", "b", "c"]]);

#[workflow]
async fn iterators_without_closures(words: Vec<String>, ns: Vec<u64>) -> u64 {
    let mut sum = 0;
    for (word, n) in words.iter().zip(ns.iter().skip(1)) {
        note(format!("{word} {n}")).await;
    }
    for (index, n) in ns.iter().chain(ns.iter()).copied().rev().enumerate() {
        sum += one().await * n * index as u64;
    }
    for letter in words.concat().chars() {
        note(letter.to_string()).await;
    }
    for part in "a,b,,c".split(',') {
        note(part.to_owned()).await;
    }
    for n in ns.iter().step_by(2) {
        sum += *n;
    }
    let options = vec![Some(1_u64), None, Some(ns.len() as u64)];
    for n in options.iter().flatten() {
        sum += one().await + n;
    }
    sum
}
agrees!(iterators_without_closures [{"words": [], "ns": []}, {"words": ["ab", "ü"], "ns": [3, 5, 7]}, {"words": ["x"], "ns": [1]}]);
