//! What a change yields, and changes of parts.

use std::collections::BTreeMap;

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{add, double, note};

#[workflow]
async fn a_stack_is_worked_off(mut todo: Vec<u64>) -> Vec<u64> {
    let mut done = Vec::new();
    while let Some(n) = todo.pop() {
        if n > 3 {
            todo.push(n - 3);
            todo.push(1);
        }
        done.push(double(n).await);
    }
    done
}
agrees!(a_stack_is_worked_off [[], [1], [7, 2]]);

#[workflow]
async fn popped_values_in_expressions(mut ns: Vec<i64>) -> i64 {
    let sum = ns.pop().unwrap_or(1) * 10 + ns.pop().unwrap_or(2);
    let left = ns.len() as i64;
    add(sum, ns.pop().map_or(left, |n| n + left)).await
}
agrees!(popped_values_in_expressions [[], [5], [5, 6], [5, 6, 7, 8]]);

#[workflow]
async fn what_is_read_before_a_change(mut ns: Vec<i64>) -> (Vec<i64>, Option<i64>, usize) {
    let parts = (ns.clone(), ns.pop(), ns.len());
    note("taken".to_owned()).await;
    parts
}
agrees!(what_is_read_before_a_change [[], [1, 2]]);

#[workflow]
async fn removed_elements(mut ns: Vec<u64>, at: usize) -> (u64, Vec<u64>) {
    let removed = ns.remove(at);
    let twice = double(removed).await;
    if twice > 10 { (ns.remove(0) + 1, ns) } else { (twice, ns) }
}
agrees!(removed_elements [{"ns": [1, 2, 3], "at": 1}, {"ns": [1, 2, 30], "at": 2}, {"ns": [1], "at": 1}]);

#[workflow]
async fn entries_of_a_map(mut stock: BTreeMap<String, u64>, sku: String) -> (u64, u64, Vec<String>) {
    let before = stock.insert(sku.clone(), 50).unwrap_or(7);
    let twice = double(before).await;
    let gone = stock.remove("a").unwrap_or(0) + twice;
    (before, gone, stock.keys().cloned().collect())
}
agrees!(entries_of_a_map [{"stock": {}, "sku": "a"}, {"stock": {"a": 1, "b": 2}, "sku": "b"}, {"stock": {"x": 1}, "sku": "y"}]);

#[workflow]
async fn a_change_behind_and(mut ns: Vec<u64>, go: bool) -> (bool, Vec<u64>) {
    let popped = go && ns.pop().is_some_and(|n| n > 1);
    note(format!("{popped}")).await;
    (popped, ns)
}
agrees!(a_change_behind_and [{"ns": [1, 2], "go": true}, {"ns": [2, 1], "go": true}, {"ns": [1], "go": false}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Order {
    id: String,
    items: Vec<Item>,
    totals: Totals,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Item {
    sku: String,
    #[serde(rename = "quantity")]
    qty: u64,
    prices: (u64, u64),
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, Default)]
struct Totals {
    net: u64,
    marks: Vec<Vec<u64>>,
}

#[workflow]
async fn nested_parts_are_assigned(mut order: Order, at: usize) -> Order {
    order.items[at].qty += 1;
    order.items[at].prices.1 = double(order.items[at].qty).await;
    order.totals.marks[at][0] *= 3;
    order.totals.marks[0].push(order.items[at].prices.1);
    order.totals.net = order.items.iter().map(|item| item.qty * item.prices.1).sum();
    order
}
agrees!(nested_parts_are_assigned [
    {"order": {"id": "o", "items": [{"sku": "a", "quantity": 1, "prices": [1, 2]}, {"sku": "b", "quantity": 5, "prices": [3, 4]}],
               "totals": {"net": 0, "marks": [[1], [2, 3]]}}, "at": 1},
    {"order": {"id": "o", "items": [{"sku": "a", "quantity": 1, "prices": [1, 2]}], "totals": {"net": 0, "marks": [[9]]}}, "at": 0},
    {"order": {"id": "o", "items": [], "totals": {"net": 0, "marks": []}}, "at": 0}
]);

#[workflow]
async fn places_swap(mut a: i64, mut b: i64) -> (i64, i64, i64) {
    let mut sum = 0;
    (a, b) = (b, a);
    sum = add(a, sum).await;
    (sum, (a, _), b) = (sum + 1, (b, a), sum);
    note(format!("{sum}")).await;
    (a, b, sum)
}
agrees!(places_swap [{"a": 1, "b": 2}, {"a": -5, "b": 5}]);

#[workflow]
async fn fibonacci_by_swaps(n: u64) -> u64 {
    let (mut a, mut b) = (0_u64, 1_u64);
    for _ in 0..n {
        (a, b) = (b, a + b);
    }
    double(a).await
}
agrees!(fibonacci_by_swaps [0, 1, 10]);

#[workflow]
async fn parts_swap(mut pair: (i64, Vec<i64>)) -> (i64, Vec<i64>) {
    (pair.0, pair.1[0]) = (pair.1[0], pair.0);
    note("swapped".to_owned()).await;
    pair
}
agrees!(parts_swap [[1, [2, 3]], [1, []]]);

#[workflow]
async fn changes_in_arms(mut ns: Vec<u64>, how: Option<bool>) -> (Option<u64>, Vec<u64>) {
    let taken = match how {
        Some(true) => ns.pop(),
        Some(false) if ns.len() > 1 => Some(ns.remove(0)),
        _ => None,
    };
    note("taken".to_owned()).await;
    (taken, ns)
}
agrees!(changes_in_arms [
    {"ns": [1, 2], "how": true}, {"ns": [1, 2], "how": false}, {"ns": [1], "how": false}, {"ns": [1], "how": null}
]);

#[workflow]
async fn names_are_shadowed_across_awaits(n: u64) -> (u64, String) {
    let n = double(n).await;
    let text = {
        let n = format!("<{n}>");
        note(n.clone()).await;
        n
    };
    let n = if n > 4 {
        let n = n + 1;
        double(n).await
    } else {
        n
    };
    (n, text)
}
agrees!(names_are_shadowed_across_awaits [1, 4]);
