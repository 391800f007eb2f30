//! Attempts: how they are repeated, and when they take too long.

use durafn::prelude::*;
use durafn_tests::{agreement::World, agrees};

use super::tasks::{Trouble, attempt, fails_first, hangs_first};

#[task(retry(on = "Busy", interval = "2s", backoff = 3.0, attempts = 3, max_delay = "10s", jitter = full))]
async fn with_every_field(times: u32, context: TaskContext) -> Result<u32, Trouble> {
    match context.attempt() {
        attempt if attempt <= times => Err(Trouble::Busy { seconds: u64::from(attempt) }),
        attempt => Ok(attempt),
    }
}

#[workflow]
async fn a_retrier_with_every_field(times: u32) -> Result<u32, Trouble> {
    with_every_field(times).await
}
agrees!(a_retrier_with_every_field [0, 1, 3, 4, 9]);

/// `Busy` twice, then `Refused`, then `Busy` again: each retrier counts what it matched.
#[task(
    retry(on = "Busy", interval = "1s", attempts = 2),
    retry(on = ["Refused", "Not.Found"], interval = "1s", attempts = 1),
    retry(on = "States.TaskFailed", interval = "1s", attempts = 1)
)]
async fn with_several(script: Vec<String>, context: TaskContext) -> Result<u32, Trouble> {
    match script.get(context.attempt() as usize - 1).map(String::as_str) {
        Some("busy") => Err(Trouble::Busy { seconds: 1 }),
        Some("refused") => Err(Trouble::Refused("no".to_owned())),
        Some("missing") => Err(Trouble::NotFound),
        Some("lost") => Err(Trouble::Fault(Fault::TaskFailed { cause: "lost".to_owned() })),
        Some("late") => Err(Trouble::Fault(Fault::Timeout)),
        Some("unknown") => Err(Trouble::Fault(Fault::Other { name: "Some.Other".to_owned(), cause: "?".to_owned() })),
        _ => Ok(context.attempt()),
    }
}

#[workflow]
async fn several_retriers(script: Vec<String>) -> Result<u32, Trouble> {
    with_several(script).await
}
agrees!(several_retriers [
    [],
    ["busy", "busy"],
    ["busy", "busy", "busy"],
    ["busy", "refused", "busy"],
    ["refused", "missing"],
    ["missing", "busy", "lost", "busy"],
    ["unknown"],
    ["unknown", "lost"],
    ["late"]
]);

#[workflow]
async fn a_retry_of_the_call(times: u32) -> Result<u32, Trouble> {
    let policy = fails_first(times)
        .retry(
            Retry::on("Busy")
                .attempts(2)
                .interval(Duration::from_secs(1))
                .backoff(1.5)
                .max_delay(Duration::from_mins(1)),
        )
        .await?;
    let any = fails_first(1).retry(Retry::on_any().attempts(1).full_jitter()).await?;
    Ok(policy * 10 + any)
}
agrees!(a_retry_of_the_call [0, 2, 3]);

#[workflow]
async fn a_retry_of_any_error(how: String) -> Result<u64, Trouble> {
    attempt(how).retry(Retry::on_any().attempts(1).interval(Duration::from_secs(1))).await
}
agrees!(a_retry_of_any_error ["ok", "busy", "late", "lost", "unknown", "panic"]);

#[workflow]
async fn retries_that_run_out(times: u32) -> u32 {
    match fails_first(times).retry(Retry::on("Busy").attempts(1)).await {
        Ok(attempt) => attempt,
        Err(Trouble::Busy { seconds }) => seconds as u32 * 100,
        Err(_) => 0,
    }
}
agrees!(retries_that_run_out [0, 1, 2, 5]);

#[task(timeout = "30s")]
async fn within_thirty_seconds(hangs: bool, context: TaskContext) -> Result<u32, Trouble> {
    if hangs { World::hang(&context).await } else { Ok(context.attempt()) }
}

#[workflow]
async fn a_timeout_of_the_task(hangs: bool) -> Result<u32, Trouble> {
    within_thirty_seconds(hangs).await
}
agrees!(a_timeout_of_the_task [false, true]);

#[workflow]
async fn a_timeout_of_the_call(times: u32) -> Result<u32, Trouble> {
    hangs_first(times).timeout(Duration::from_secs(7)).await
}
agrees!(a_timeout_of_the_call [0, 1]);

#[workflow]
async fn a_timeout_that_is_computed(times: u32, seconds: u64) -> Result<u32, Trouble> {
    hangs_first(times).timeout(Duration::from_secs(seconds * 2)).await
}
agrees!(a_timeout_that_is_computed [{"times": 0, "seconds": 1}, {"times": 1, "seconds": 30}]);

#[workflow]
async fn a_timeout_that_is_repeated(times: u32) -> Result<u32, Trouble> {
    hangs_first(times)
        .timeout(Duration::from_secs(2))
        .retry(Retry::on("States.Timeout").attempts(2).interval(Duration::from_secs(1)))
        .await
}
agrees!(a_timeout_that_is_repeated [0, 1, 2, 3]);

#[workflow]
async fn a_timeout_that_is_caught(times: u32) -> Result<u32, Trouble> {
    match hangs_first(times).timeout(Duration::from_mins(1)).await {
        Err(Trouble::Fault(Fault::Timeout)) => Ok(0),
        Err(other) => Err(other),
        Ok(attempt) => Ok(attempt),
    }
}
agrees!(a_timeout_that_is_caught [0, 1]);
