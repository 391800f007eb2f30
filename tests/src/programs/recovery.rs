//! Errors, and what is done about them.

use durafn::{Fault, prelude::*};
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, attempt, double, note, strict};

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum Outer {
    Empty,
    #[from]
    Strict(Strict),
    #[from]
    Trouble(Trouble),
    Text(String),
    #[fault]
    Fault(Fault),
}

#[workflow]
async fn errors_within_errors(how: String, n: u64) -> Result<u64, Outer> {
    match attempt(how).await {
        Ok(n) => Ok(n),
        Err(Trouble::Busy { seconds: 5 }) => match strict(n).await {
            Ok(n) => Ok(n + 100),
            Err(Strict::TooBig { limit }) => Err(Outer::Text(format!("over {limit}"))),
            Err(error) => Err(Outer::Strict(error)),
        },
        Err(Trouble::Refused(_)) => Err(Outer::Empty),
        Err(error) => Err(error.into()),
    }
}
agrees!(errors_within_errors [
    {"how": "ab", "n": 0}, {"how": "busy", "n": 2}, {"how": "busy", "n": 11}, {"how": "busy", "n": 3},
    {"how": "refused", "n": 0}, {"how": "missing", "n": 0}, {"how": "late", "n": 0}, {"how": "very busy", "n": 0}
]);

#[workflow]
async fn both_sides_are_converted(how: String, n: u64) -> Result<u64, Outer> {
    let first = strict(n).await?;
    let second = attempt(how).await?;
    Ok(first + second)
}
agrees!(both_sides_are_converted [
    {"how": "abc", "n": 2}, {"how": "missing", "n": 2}, {"how": "lost", "n": 4}, {"how": "abc", "n": 3}, {"how": "x", "n": 12}
]);

#[workflow]
async fn errors_are_mapped_by_closures(how: String) -> Result<u64, Outer> {
    let n = attempt(how.clone()).await.map_err(|error| match error {
        Trouble::NotFound => Outer::Empty,
        error => Outer::Trouble(error),
    })?;
    attempt(how).await.map_err(Outer::Trouble).map(|m| m + n)
}
agrees!(errors_are_mapped_by_closures ["abcd", "missing", "busy", "unknown"]);

#[workflow]
async fn results_become_values(how: String) -> (Option<u64>, u64, u64, bool) {
    let ok = attempt(how.clone()).await.ok();
    let or = attempt(how.clone()).await.unwrap_or(7);
    let computed = attempt(how.clone()).await.unwrap_or_else(|_| or * 2);
    let failed = attempt(how).await.is_err();
    (ok, or, computed, failed)
}
agrees!(results_become_values ["abc", "busy", "late", "lost"]);

#[workflow]
async fn absence_becomes_an_error(n: Option<u64>) -> Result<u64, Outer> {
    let n = n.filter(|n| *n != 3).ok_or(Outer::Empty)?;
    let m = super::tasks::find(n).await.ok_or_else(|| Outer::Text(format!("none at {n}")))?;
    Ok(m)
}
agrees!(absence_becomes_an_error [null, 3, 0, 5]);

#[workflow]
async fn results_are_chained(how: String) -> Result<u64, Trouble> {
    attempt(how).await.and_then(|n| if n > 3 { Err(Trouble::Busy { seconds: n }) } else { Ok(n + 1) })
}
agrees!(results_are_chained ["ab", "abcdef", "missing"]);

#[workflow]
async fn an_error_out_of_a_branch(how: String) -> Result<(u64, u64), Outer> {
    let both = try_join!(async { Ok(attempt(how.clone()).await?) }, async { Ok(double(2).await) });
    match both {
        Ok(both) => Ok(both),
        Err(Outer::Trouble(Trouble::NotFound)) => Ok((0, 0)),
        Err(error) => Err(error),
    }
}
agrees!(an_error_out_of_a_branch ["ab", "missing", "busy"]);

#[workflow]
async fn an_error_out_of_a_map(ns: Vec<u64>) -> Result<Vec<u64>, Strict> {
    match map(ns, |n| strict(n)).await {
        Ok(all) => Ok(all),
        Err(Strict::Odd) => Ok(vec![]),
        Err(error) => Err(error),
    }
}
agrees!(an_error_out_of_a_map [[], [2, 4], [2, 3], [12]]);

#[workflow]
async fn faults_are_told_apart(how: String) -> Result<String, Trouble> {
    match attempt(how).await {
        Ok(n) => Ok(format!("{n}")),
        Err(Trouble::Fault(Fault::Timeout)) => Ok("late".to_owned()),
        Err(Trouble::Fault(Fault::Other { name, .. })) if name == "Lambda.Unknown" => Ok(name),
        Err(Trouble::Fault(Fault::TaskFailed { cause })) => Ok(cause),
        Err(error) => Err(error),
    }
}
agrees!(faults_are_told_apart ["abc", "late", "unknown", "lost", "busy"]);

#[workflow]
async fn if_let_on_one_error(how: String) -> u64 {
    if let Err(Trouble::NotFound) = attempt(how.clone()).await {
        note("missing".to_owned()).await;
        return 1;
    }
    if let Err(Trouble::Busy { seconds }) = attempt(how).await { seconds } else { 2 }
}
agrees!(if_let_on_one_error ["abc", "missing", "busy", "refused", "late"]);

#[workflow]
#[allow(unused_must_use)]
async fn a_dropped_result(how: String) -> u64 {
    attempt(how).await;
    double(1).await
}
agrees!(a_dropped_result ["abc", "busy", "late"]);

#[workflow]
async fn remainders_at_the_edge(n: i64, by: i64) -> Vec<i64> {
    let all = vec![n % by, n / by];
    note("divided".to_owned()).await;
    all
}
agrees!(remainders_at_the_edge [{"n": 7, "by": -2}, {"n": -7, "by": 2}, {"n": 7, "by": 0}, {"n": -7, "by": -1}]);

#[workflow]
async fn the_least_by_minus_one(n: i32) -> i32 {
    note("before".to_owned()).await;
    n % -1
}
agrees!(the_least_by_minus_one [5, -2147483648]);

#[workflow]
async fn closures_that_can_fail_run_first(ns: Vec<u64>) -> Option<u64> {
    note("search".to_owned()).await;
    let shares: Vec<u64> = ns.iter().map(|n| 10 / n).collect();
    shares.into_iter().find(|n| *n > 1)
}
agrees!(closures_that_can_fail_run_first [[], [2, 5], [20, 5, 1], [5, 0], [0]]);
