//! Child executions: waited for, nested, failing, repeated, timed out, and only started.

use durafn::{Fault, prelude::*};
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, attempt, double, fails_first, hangs_first, note, strict};

#[workflow]
async fn twice(n: u64) -> u64 {
    double(double(n).await).await
}

#[workflow]
async fn one_child(n: u64) -> u64 {
    twice(n).await + 1
}
agrees!(one_child [0, 5]);

#[workflow]
async fn nested_two_deep(n: u64) -> u64 {
    let first = one_child(n).await;
    one_child(first).await
}
agrees!(nested_two_deep [0, 3]);

#[workflow]
async fn several_arguments(a: u64, b: String) -> String {
    format!("{b}{}", double(a).await)
}

#[workflow]
async fn a_child_of_several_arguments(a: u64) -> String {
    several_arguments(a, "x".to_owned()).await
}
agrees!(a_child_of_several_arguments [1, 2]);

#[workflow]
async fn nothing() {
    note("x".to_owned()).await;
}

#[workflow]
async fn a_child_without_parameters_or_output() -> u64 {
    nothing().await;
    double(2).await
}
agrees!(a_child_without_parameters_or_output[{}]);

#[workflow]
async fn children_in_a_map(numbers: Vec<u64>) -> Vec<u64> {
    map(numbers, |n| twice(n)).concurrency(2).await
}
agrees!(children_in_a_map [[], [1, 2, 3]]);

#[workflow]
async fn children_in_branches(n: u64) -> Result<(u64, u64), Trouble> {
    let (left, right) = try_join!(
        async {
            let a = twice(n).await;
            Ok(twice(a).await)
        },
        tells(n)
    )?;
    Ok((left, right))
}
agrees!(children_in_branches [1, 4]);

#[workflow]
async fn tells(n: u64) -> Result<u64, Trouble> {
    if n > 100 {
        return Err(Trouble::Busy { seconds: n });
    }
    Ok(double(n).await)
}

#[workflow]
async fn children_in_a_loop(n: u64) -> u64 {
    let mut sum = 0;
    for i in 0..n {
        sum += twice(i).await;
    }
    sum
}
agrees!(children_in_a_loop [0, 3]);

#[workflow]
async fn tries(how: String) -> Result<u64, Trouble> {
    attempt(how).await
}

#[workflow]
async fn a_failure_that_passes(how: String) -> Result<u64, Trouble> {
    tries(how).await
}
agrees!(a_failure_that_passes ["fine", "busy", "refused", "missing", "late", "lost", "unknown", "panic"]);

#[workflow]
async fn a_failure_that_passes_two_parents(how: String) -> Result<u64, Trouble> {
    let n = a_failure_that_passes(how).await?;
    Ok(n + 1)
}
agrees!(a_failure_that_passes_two_parents ["fine", "busy", "refused", "missing", "late", "lost", "unknown"]);

#[workflow]
async fn a_failure_of_its_own_enum(n: u64) -> Result<u64, Strict> {
    strict(n).await
}

#[workflow]
async fn a_failure_that_is_matched(n: u64) -> String {
    match a_failure_of_its_own_enum(n).await {
        Ok(n) => format!("ok {n}"),
        Err(Strict::TooBig { limit }) => format!("more than {limit}"),
        Err(Strict::Odd) => "odd".to_owned(),
    }
}
agrees!(a_failure_that_is_matched [2, 3, 10]);

#[workflow]
async fn faults_that_are_matched(how: String) -> Result<String, Trouble> {
    match tries(how).await {
        Ok(n) => Ok(format!("ok {n}")),
        Err(Trouble::Busy { seconds }) if seconds > 100 => Ok("very busy".to_owned()),
        Err(Trouble::NotFound) => Ok("not found".to_owned()),
        Err(Trouble::Fault(Fault::Timeout)) => Ok("late".to_owned()),
        Err(Trouble::Fault(Fault::TaskFailed { .. })) => Ok("lost".to_owned()),
        Err(Trouble::Fault(Fault::Other { name, .. })) => Ok(name),
        Err(other) => Err(other),
    }
}
agrees!(faults_that_are_matched ["fine", "busy", "very busy", "refused", "missing", "late", "lost", "unknown"]);

#[workflow]
async fn fails_with_its_own(n: u64) -> Result<u64, Trouble> {
    match tells(n).await {
        Ok(n) => Ok(n),
        Err(_) => Err(Trouble::Refused(format!("at {n}"))),
    }
}
agrees!(fails_with_its_own [1, 101]);

#[workflow]
async fn counts_on(times: u32) -> Result<u32, Trouble> {
    fails_first(times).retry(Retry::on("Busy").attempts(1)).await
}

#[workflow]
async fn a_child_that_is_repeated(n: u64) -> Result<u64, Trouble> {
    tells(n).retry(Retry::on("States.TaskFailed").attempts(2)).await
}
agrees!(a_child_that_is_repeated [1, 500]);

#[workflow]
async fn a_child_with_retries_inside(times: u32) -> Result<u32, Trouble> {
    counts_on(times).await
}
agrees!(a_child_with_retries_inside [0, 1, 2]);

#[workflow]
async fn hangs(times: u32) -> Result<u32, Trouble> {
    hangs_first(times).await
}

#[workflow]
async fn a_child_that_takes_too_long(times: u32) -> Result<u32, Trouble> {
    match hangs(times).timeout(Duration::from_secs(60)).await {
        Err(Trouble::Fault(Fault::Timeout)) => Ok(1_000),
        other => other,
    }
}
agrees!(a_child_that_takes_too_long [0, 1]);

#[workflow]
async fn a_timeout_that_leaves(times: u32) -> Result<u32, Strict> {
    match hangs_plain(times).timeout(Duration::from_secs(60)).await {
        Ok(n) => Ok(n),
        Err(Strict::Odd) => Ok(7),
        Err(other) => Err(other),
    }
}
agrees!(a_timeout_that_leaves [0, 1]);

#[workflow]
async fn hangs_plain(times: u32) -> Result<u32, Strict> {
    match hangs_first(times).await {
        Ok(n) => Ok(n),
        Err(_) => Err(Strict::Odd),
    }
}

#[workflow(timeout = "1m")]
async fn limited(times: u32) -> Result<u32, Trouble> {
    hangs_first(times).await
}
agrees!(limited [0, 1]);

#[workflow]
async fn a_child_with_a_limit(times: u32) -> Result<u32, Trouble> {
    match limited(times).await {
        Err(Trouble::Fault(Fault::Timeout)) => Ok(1_000),
        other => other,
    }
}
agrees!(a_child_with_a_limit [0, 1]);

#[workflow]
async fn no_retrier_sees_the_childs_own_timeout(times: u32) -> Result<u32, Trouble> {
    limited(times).retry(Retry::on("States.Timeout").attempts(2)).await
}
agrees!(no_retrier_sees_the_childs_own_timeout [0, 1]);

#[workflow]
async fn a_sibling_fails(n: u64) -> Result<u64, Strict> {
    match try_join!(a_failure_of_its_own_enum(2), a_failure_of_its_own_enum(n)) {
        Ok((a, b)) => Ok(a + b),
        Err(Strict::Odd) => Ok(0),
        Err(other) => Err(other),
    }
}
agrees!(a_sibling_fails [2, 3, 12]);

#[workflow]
async fn only_started(n: u64) -> u64 {
    twice(n).start().await;
    double(n).await
}
agrees!(only_started [0, 4]);

#[workflow]
async fn started_and_named(n: u64) -> bool {
    let started = twice(n).start().await;
    started.execution_arn.is_empty()
}
agrees!(started_and_named[1]);

#[workflow]
async fn a_failure_that_nobody_awaits(how: String) -> u64 {
    tries(how).start().await;
    double(1).await
}
agrees!(a_failure_that_nobody_awaits ["fine", "busy"]);
