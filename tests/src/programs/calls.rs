//! Calls: parameters, outputs, and where in an expression they stand.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{add, attempt, double, echo, find, greet, halve, list, note, one};

#[workflow]
async fn one_task(name: String) -> String {
    greet(name).await
}
agrees!(one_task ["Ada", "", "Zoë 😀", "{% $x %}", "a\nb\"c\\"]);

#[workflow]
async fn no_parameters() -> u64 {
    one().await
}
agrees!(no_parameters [{}, null, {"event": 1}]);

#[workflow]
async fn many_parameters(a: i64, b: i64) -> i64 {
    add(b, a).await
}
agrees!(many_parameters [{"a": 1, "b": 2}, {"a": -5, "b": 0}, {"b": 3, "a": 4}]);

#[workflow]
async fn a_result_that_nobody_reads(text: String) {
    note(text).await;
}
agrees!(a_result_that_nobody_reads ["x", ""]);

#[workflow]
async fn async_and_plain_tasks(n: u64) -> u64 {
    let doubled = double(n).await;
    halve(doubled + 6).await
}
agrees!(async_and_plain_tasks [0, 21]);

#[workflow]
async fn calls_within_expressions(n: u64) -> u64 {
    double(n + one().await).await + double(halve(n).await).await * 3
}
agrees!(calls_within_expressions [0, 7, 100]);

#[workflow]
async fn calls_within_calls(n: u64) -> u64 {
    double(double(double(n).await).await).await
}
agrees!(calls_within_calls [1, 5]);

#[workflow]
async fn calls_in_a_condition(n: u64) -> u64 {
    if double(n).await > 10 && halve(n).await < 50 { double(1).await } else { 0 }
}
agrees!(calls_in_a_condition [3, 6, 100, 99]);

#[workflow]
async fn calls_in_a_struct(n: u64) -> (u64, Vec<u64>, Option<u64>) {
    (double(n).await, list(n).await, find(n).await)
}
agrees!(calls_in_a_struct [0, 1, 3]);

#[workflow]
async fn values_that_nobody_looks_into(value: serde_json::Value) -> serde_json::Value {
    let first = echo(value).await;
    echo(first).await
}
agrees!(values_that_nobody_looks_into [null, [], [[]], {"a": {"b": [1, "two", null, 2.5]}}, "{% 1 %}", [1], [null]]);

/// Calls between which nothing happens but calls.
#[workflow]
async fn a_sequence_of_calls(text: String) -> Result<u64, super::tasks::Trouble> {
    note(text.clone()).await;
    let first = attempt(text.clone()).await?;
    note(format!("{text}: {first}")).await;
    let second = attempt(format!("{text}{first}")).await?;
    Ok(first * 100 + second)
}
agrees!(a_sequence_of_calls ["abc", "", "refused"]);

#[workflow]
async fn nothing_but_a_value(n: u64) -> u64 {
    n + 1
}
agrees!(nothing_but_a_value [0, 41]);

#[workflow]
async fn names_and_comments_of_states(n: u64) -> u64 {
    /// Twice as much.
    #[state("Make it double")]
    let doubled = double(n).await;
    #[state("Enough?")]
    if doubled > 10 {
        note("enough".to_string()).await;
    }
    doubled
}
agrees!(names_and_comments_of_states [1, 10]);
