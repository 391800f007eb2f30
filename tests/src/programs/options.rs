//! Options: null on the wire, or the value.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Trouble, double, find, note};

#[workflow]
async fn tests_of_options(n: Option<u64>) -> (bool, bool, bool, bool, bool) {
    note("options".to_string()).await;
    (n.is_some(), n.is_none(), n.is_some_and(|n| n > 3), n.is_none_or(|n| n > 3), n == Some(4))
}
agrees!(tests_of_options [null, 0, 4]);

#[workflow]
async fn values_of_options(n: Option<u64>, text: Option<String>) -> (u64, u64, u64, String, String) {
    note("options".to_string()).await;
    (
        n.unwrap_or(7),
        n.unwrap_or_else(|| 3 + 4),
        n.unwrap_or_default(),
        text.clone().unwrap_or_default(),
        text.as_deref().unwrap_or("none").to_string(),
    )
}
agrees!(values_of_options [{"n": null, "text": null}, {"n": 0, "text": ""}, {"n": 5, "text": "x"}, {}]);

#[workflow]
async fn mapped_options(n: Option<u64>) -> (Option<u64>, u64, Option<u64>, Option<u64>, u64) {
    note("options".to_string()).await;
    (
        n.map(|n| n * 2),
        n.map_or(9, |n| n + 1),
        n.and_then(|n| n.checked_sub(1)),
        n.filter(|n| n % 2 == 0),
        n.map_or_else(|| 1, |n| n * n),
    )
}
agrees!(mapped_options [null, 0, 1, 4]);

#[workflow]
async fn options_of_two(a: Option<u64>, b: Option<u64>) -> (Option<u64>, Option<u64>, Option<(u64, u64)>, Option<u64>) {
    note("options".to_string()).await;
    (a.or(b), a.and(b), a.zip(b), a.or_else(|| b.map(|b| b + 1)))
}
agrees!(options_of_two [{"a": null, "b": null}, {"a": 1, "b": null}, {"a": null, "b": 2}, {"a": 1, "b": 2}]);

#[workflow]
async fn options_become_errors(n: u64) -> Result<u64, Trouble> {
    let found = find(n).await.ok_or(Trouble::NotFound)?;
    let less = found.checked_sub(20).ok_or_else(|| Trouble::Refused(format!("{found} is too small")))?;
    Ok(double(less).await)
}
agrees!(options_become_errors [0, 1, 5]);

#[workflow]
async fn options_are_built(n: u64) -> Vec<Option<u64>> {
    let mut all = vec![None, Some(n)];
    all.push(find(n).await);
    if n > 1 {
        all.push(Some(double(n).await));
    } else {
        all.push(None);
    }
    all.push((n > 2).then_some(n));
    all.push((n > 0).then(|| 10 / n));
    all
}
agrees!(options_are_built [0, 1, 3]);

#[workflow]
async fn an_option_that_changes(n: u64) -> Option<String> {
    let mut last: Option<String> = None;
    for x in 0..n {
        if x > 0 {
            last = Some(format!("{}{x}", last.unwrap_or_default()));
        }
        note(format!("{x}")).await;
    }
    last
}
agrees!(an_option_that_changes [0, 1, 2, 4]);

#[workflow]
async fn stored_results(n: Result<u64, String>) -> (bool, Option<u64>, Option<String>, u64, Result<u64, String>) {
    note("results".to_string()).await;
    let more = n.clone().map(|n| n + 1).map_err(|text| format!("{text}!"));
    (n.is_ok(), n.clone().ok(), n.clone().err(), n.unwrap_or_default(), more)
}
agrees!(stored_results [{"Ok": 5}, {"Err": "bad"}, {"Err": ""}]);

#[workflow]
async fn arguments_that_are_not_needed(n: Option<u64>, held: Vec<u64>) -> (u64, u64, Vec<u64>) {
    note("options".to_string()).await;
    let first = n.unwrap_or(held[0]);
    let mapped = n.map_or(held[1], |n| n + 1);
    let taken: Vec<u64> = held.iter().copied().skip(3).take(held[2] as usize).collect();
    (first, mapped, taken)
}
agrees!(arguments_that_are_not_needed [
    {"n": 7, "held": []},
    {"n": 7, "held": [1]},
    {"n": 7, "held": [1, 2]},
    {"n": 7, "held": [1, 2, 3]},
    {"n": null, "held": [1, 2, 3, 4]},
]);

#[workflow]
async fn a_value_that_nothing_looks_at(held: Vec<u64>) -> u64 {
    note("options".to_string()).await;
    match held[0] {
        _ => {
            note("after".to_string()).await;
        }
    }
    held.len() as u64
}
agrees!(a_value_that_nothing_looks_at [[], [1]]);
