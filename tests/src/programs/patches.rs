//! `patched`: an execution that begins goes the new way everywhere, and the export has no other.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::double;

/// Adds one.
#[task(name = "add-one")]
async fn add(n: u64) -> u64 {
    n + 1
}

#[workflow]
async fn a_task_more(n: u64) -> u64 {
    let mut total = add(n).await;
    if patched("double-it") {
        total = double(total).await;
    }
    add(total).await
}

#[workflow]
async fn another_way(n: u64) -> u64 {
    if !patched("doubled") {
        return add(n).await;
    }
    double(n).await
}

#[workflow]
async fn from_the_start_of_a_loop(n: u64) -> u64 {
    let mut n = n;
    if patched("begin-at-one") {
        n += 1;
    }
    while n < 5 {
        n = if patched("faster") && n > 2 { double(n).await } else { add(n).await };
    }
    n
}

#[workflow]
async fn among_other_conditions(n: u64) -> u64 {
    let scale = if n > 3 && durafn::patched("scale") { 10 } else { 1 };
    let label = if n > 100 {
        add(n).await
    } else if patched("label") || add(n).await > 3 {
        double(n).await
    } else {
        0
    };
    scale * label
}

#[workflow]
async fn in_branches(ns: Vec<u64>) -> Vec<u64> {
    let (first, doubled) = join!(
        async { if patched("first") { add(1).await } else { double(1).await } },
        map(ns.clone(), |n| async move { if patched("double-all") { double(n).await } else { add(n).await } }),
    );
    let all: Vec<u64> = ns.iter().map(|n| if patched("closure") { n + first } else { *n }).collect();
    doubled.into_iter().zip(all).map(|(a, b)| a + b).collect()
}

agrees!(a_task_more [0, 3]);
agrees!(another_way [0, 3]);
agrees!(from_the_start_of_a_loop [0, 2, 9]);
agrees!(among_other_conditions [1, 4, 101]);
agrees!(in_branches [[], [1, 2]]);
