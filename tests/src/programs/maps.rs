//! `map`: the same for each item.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, add, attempt, double, list, note, strict};

#[workflow]
async fn a_call_for_each(all: Vec<u64>) -> Vec<u64> {
    map(all, |n| double(n)).await
}
agrees!(a_call_for_each [[], [1], [1, 2, 3]]);

#[workflow]
async fn a_call_by_name(all: Vec<u64>) -> Result<Vec<u64>, Strict> {
    map(all, strict).await
}
agrees!(a_call_by_name [[], [2], [2, 4], [2, 3, 4], [20]]);

#[workflow]
async fn several_states_for_each(texts: Vec<String>, extra: u64) -> Result<Vec<u64>, Trouble> {
    let all = map(texts, |text| async move {
        let n = attempt(text.clone()).await?;
        if n > 2 {
            note(format!("{text} has {n}")).await;
            return Ok(n + extra);
        }
        Ok(double(n).await)
    })
    .await?;
    Ok(all)
}
agrees!(several_states_for_each [
    {"texts": [], "extra": 1}, {"texts": ["a"], "extra": 1}, {"texts": ["a", "bcd", ""], "extra": 5}
]);

#[workflow]
async fn positions(texts: Vec<String>) -> Result<Vec<String>, Trouble> {
    let lengths = map(texts, |text, index| async move {
        let n = attempt(text.clone()).await?;
        Ok(format!("{index}: {text} {n}"))
    })
    .concurrency(2)
    .await?;
    Ok(lengths)
}
agrees!(positions [[], ["a"], ["a", "bc", "def"]]);

#[workflow]
async fn one_at_a_time(all: Vec<i64>) -> Vec<i64> {
    map(all, |n, index| add(n, index as i64)).concurrency(1).await
}
agrees!(one_at_a_time [[], [5], [5, 6, 7]]);

#[workflow]
async fn one_at_a_time_until_one_fails(all: Vec<u64>) -> Result<Vec<u64>, Strict> {
    map(all, |n| strict(n)).concurrency(1).await
}
agrees!(one_at_a_time_until_one_fails [[2, 4], [2, 3, 4], [3], [2, 4, 11]]);

#[workflow]
async fn a_failing_item_is_caught(texts: Vec<String>) -> u64 {
    match map(texts, |text| attempt(text)).await {
        Ok(all) => all.iter().sum(),
        Err(Trouble::Busy { seconds }) => seconds * 100,
        Err(Trouble::NotFound) => 404,
        Err(Trouble::Fault(Fault::Other { .. })) => 500,
        Err(_) => 999,
    }
}
agrees!(a_failing_item_is_caught [[], ["a", "bc"], ["a", "busy"], ["missing"], ["a", "unknown", "b"], ["lost"], ["panic"]]);

#[workflow]
async fn maps_in_maps(rows: Vec<Vec<u64>>) -> Vec<Vec<u64>> {
    map(rows, |row| async move {
        let doubled = map(row, |n| double(n)).await;
        note(format!("{}", doubled.len())).await;
        doubled
    })
    .await
}
agrees!(maps_in_maps [[], [[]], [[1]], [[1, 2], [], [3]]]);

#[workflow]
async fn a_map_over_a_tasks_result(n: u64) -> (u64, Vec<u64>) {
    let doubled = map(list(n).await, |x| double(x)).await;
    let sum = doubled.iter().sum();
    (sum, doubled)
}
agrees!(a_map_over_a_tasks_result [0, 1, 3]);

#[workflow]
async fn a_map_in_a_loop(rounds: u64) -> Vec<u64> {
    let mut all = vec![1];
    for _ in 0..rounds {
        all = map(all, |n| double(n)).await;
        all.push(1);
    }
    all
}
agrees!(a_map_in_a_loop [0, 1, 3]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Line {
    sku: String,
    count: u64,
}

#[workflow]
async fn items_that_are_structs(lines: Vec<Line>, factor: u64) -> Result<Vec<String>, Trouble> {
    let labels = map(lines, |Line { sku, count }| async move {
        let mut n = count;
        while n < factor {
            n = double(n + 1).await;
        }
        Ok(format!("{sku}:{n}"))
    })
    .concurrency(3)
    .await?;
    Ok(labels)
}
agrees!(items_that_are_structs [
    {"lines": [], "factor": 3},
    {"lines": [{"sku": "a", "count": 1}, {"sku": "b", "count": 9}, {"sku": "c", "count": 0}, {"sku": "d", "count": 2}], "factor": 7}
]);

#[workflow]
async fn a_map_whose_results_nobody_reads(texts: Vec<String>) -> u64 {
    map(texts.clone(), |text| note(text)).await;
    texts.len() as u64
}
agrees!(a_map_whose_results_nobody_reads [[], ["a"], ["a", "b"]]);

#[workflow]
async fn a_computed_concurrency(all: Vec<u64>, at_once: u64) -> Vec<u64> {
    map(all, |n| double(n)).concurrency(at_once as usize).await
}
agrees!(a_computed_concurrency [{"all": [1, 2, 3], "at_once": 1}, {"all": [1, 2, 3], "at_once": 2}, {"all": [], "at_once": 5}]);
