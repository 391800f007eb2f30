//! Express workflows: the language is the same, the execution is in memory and has five minutes.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, attempt, double, fails_first, hangs_first, note, strict};

#[workflow(express)]
async fn express_steps(n: u64) -> u64 {
    let twice = double(n).await;
    note(format!("{twice}")).await;
    if twice > 10 { double(twice).await } else { twice }
}
agrees!(express_steps [0, 3, 7]);

#[workflow(express)]
async fn express_failures(how: String) -> Result<String, Trouble> {
    match attempt(how).await {
        Ok(n) => Ok(format!("ok {n}")),
        Err(Trouble::NotFound) => Ok("not found".to_owned()),
        Err(other) => Err(other),
    }
}
agrees!(express_failures ["fine", "busy", "refused", "missing", "lost", "late"]);

#[workflow(express)]
async fn express_retries(times: u32) -> Result<u32, Trouble> {
    fails_first(times).retry(Retry::on("Busy").attempts(2).interval(Duration::from_secs(10)).backoff(2.0)).await
}
agrees!(express_retries [0, 2, 3]);

#[workflow(express)]
async fn express_timeouts(times: u32) -> Result<u32, Trouble> {
    hangs_first(times).timeout(Duration::from_secs(30)).retry(Retry::on("States.Timeout").attempts(1)).await
}
agrees!(express_timeouts [0, 1, 2]);

#[workflow(express)]
async fn express_maps(numbers: Vec<u64>) -> Result<Vec<u64>, Strict> {
    map(numbers, |n| async move {
        sleep(Duration::from_secs(n)).await;
        let even = strict(n).await?;
        Ok(double(even).await)
    })
    .concurrency(2)
    .await
}
agrees!(express_maps [[], [2, 4, 6], [2, 3]]);

#[workflow(express)]
async fn express_branches(n: u64) -> Result<(u64, u64), Strict> {
    let (a, b) = try_join!(strict(n), async {
        let twice = double(n).await;
        Ok(double(twice).await)
    })?;
    Ok((a, b))
}
agrees!(express_branches [2, 12]);

#[workflow(express)]
async fn express_races(n: u64) -> u64 {
    race!(
        async {
            sleep(Duration::from_secs(n)).await;
            double(1).await
        },
        async {
            sleep(Duration::from_secs(5)).await;
            double(2).await
        }
    )
}
agrees!(express_races [1, 9]);

#[workflow(express)]
async fn express_values(n: u64) -> bool {
    let twice = double(n).await;
    twice == n * 2 && uuid().chars().count() == 36 && random() < 1.0
}
agrees!(express_values [0, 60]);

#[workflow(express)]
async fn express_names() -> String {
    execution().name
}
agrees!(express_names[{}]);

/// Five minutes, whatever it waits for.
#[workflow(express)]
async fn express_hangs(times: u32) -> Result<u32, Trouble> {
    hangs_first(times).await
}
agrees!(express_hangs [0, 1]);

#[workflow(express)]
async fn express_sleeps(n: u64) -> u64 {
    for _ in 0..n {
        sleep(Duration::from_mins(2)).await;
    }
    double(n).await
}
agrees!(express_sleeps [2, 3]);

#[workflow(express, timeout = "30s")]
async fn express_with_less_time(n: u64) -> u64 {
    sleep(Duration::from_secs(n)).await;
    double(n).await
}
agrees!(express_with_less_time [29, 31]);
