//! `try_join!`: branches at the same time.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, attempt, double, fails_first, greet, halve, note, strict};

#[workflow]
async fn two_calls(n: u64) -> Result<(u64, u64), Trouble> {
    let (a, b) = try_join!(async { Ok(double(n).await) }, async { Ok(halve(n).await) })?;
    Ok((a, b))
}
agrees!(two_calls [0, 5]);

#[workflow]
async fn a_single_branch(n: u64) -> Result<u64, Strict> {
    let (a,) = try_join!(strict(n))?;
    Ok(a)
}
agrees!(a_single_branch [2, 3]);

#[workflow]
async fn branches_of_many_states(n: u64, name: String) -> Result<String, Trouble> {
    let prefix = greet(name.clone()).await;
    let (length, (), doubled) = try_join!(
        async {
            let text = format!("{prefix} {name}");
            let length = attempt(text).await?;
            if length > 12 { Ok(length * 10) } else { Ok(double(length).await) }
        },
        async {
            for x in 0..n {
                note(format!("{name} {x}")).await;
                sleep(Duration::from_secs(x)).await;
            }
            Ok(())
        },
        async { Ok(double(n).await) },
    )?;
    Ok(format!("{prefix} {length} {doubled}"))
}
agrees!(branches_of_many_states [
    {"n": 0, "name": "a"}, {"n": 3, "name": "Ada"}, {"n": 1, "name": "busy"}
]);

#[workflow]
async fn the_first_failure_stops_the_others(how: String) -> Result<u64, Trouble> {
    let (n, m) = try_join!(
        async {
            sleep(Duration::from_secs(10)).await;
            note("never where the other one fails".to_string()).await;
            Ok(1)
        },
        async {
            let n = attempt(how.clone()).await?;
            Ok(n)
        },
    )?;
    Ok(n + m)
}
agrees!(the_first_failure_stops_the_others ["abc", "busy", "missing", "late", "unknown", "panic"]);

#[workflow]
async fn a_late_failure_lets_the_others_finish(how: String) -> Result<u64, Trouble> {
    let (n, m) = try_join!(
        async {
            note("first".to_string()).await;
            Ok(double(1).await)
        },
        async {
            sleep(Duration::from_secs(10)).await;
            attempt(how.clone()).await
        },
    )?;
    Ok(n + m)
}
agrees!(a_late_failure_lets_the_others_finish ["abc", "busy", "lost"]);

#[workflow]
async fn failures_of_branches_are_caught(how: String) -> u64 {
    match try_join!(attempt(how.clone()), async { Ok(double(2).await) }) {
        Ok((n, m)) => n + m,
        Err(Trouble::Busy { seconds }) => seconds,
        Err(Trouble::Fault(Fault::Timeout)) => 50,
        Err(_) => 99,
    }
}
agrees!(failures_of_branches_are_caught ["abc", "busy", "refused", "late", "lost", "unknown"]);

#[workflow]
async fn joins_in_joins(n: u64) -> Result<(u64, (u64, u64)), Strict> {
    let (a, b) = try_join!(strict(n), async {
        let (x, y) = try_join!(async { Ok(double(n).await) }, async { strict(n + 2).await })?;
        Ok((x, y))
    },)?;
    Ok((a, b))
}
agrees!(joins_in_joins [2, 4, 8]);

#[workflow]
async fn a_join_in_a_loop(rounds: u64) -> Result<u64, Strict> {
    let mut total = 0;
    for round in 0..rounds {
        let (a, b) = try_join!(strict(round * 2), async {
            let x = double(round).await;
            strict(x * 2).await
        })?;
        total += a + b;
    }
    Ok(total)
}
agrees!(a_join_in_a_loop [0, 1, 2, 4]);

#[workflow]
async fn branches_retry_on_their_own(times: u32) -> Result<(u32, u32), Trouble> {
    let (a, b) = try_join!(
        fails_first(times).retry(Retry::on("Busy").attempts(3).interval(Duration::from_secs(2))),
        fails_first(1).retry(Retry::on("Busy").attempts(1).interval(Duration::from_secs(1))),
    )?;
    Ok((a, b))
}
agrees!(branches_retry_on_their_own [0, 2, 3]);

#[workflow]
async fn branches_read_what_is_around_them(n: u64) -> Result<Vec<u64>, Strict> {
    let mut total = double(n).await;
    total += 1;
    let (a, b) = try_join!(
        async {
            let mut mine = total;
            mine += double(mine).await;
            Ok(mine)
        },
        async {
            let total = total + 100;
            Ok(double(total).await)
        },
    )?;
    Ok(vec![total, a, b])
}
agrees!(branches_read_what_is_around_them [0, 4]);

#[workflow]
async fn a_failing_expression_in_a_branch(n: u64, d: u64) -> Result<u64, Trouble> {
    let (a, b) = try_join!(
        async {
            let x = double(n).await;
            Ok(x / d)
        },
        async {
            sleep(Duration::from_secs(5)).await;
            Ok(1)
        },
    )?;
    Ok(a + b)
}
agrees!(a_failing_expression_in_a_branch [{"n": 4, "d": 2}, {"n": 4, "d": 0}]);

#[workflow]
async fn branches_that_return_early(n: u64) -> Result<(u64, u64), Strict> {
    let (a, b) = try_join!(
        async {
            if n > 5 {
                return Ok(0);
            }
            let x = strict(n).await?;
            Ok(x + 1)
        },
        async {
            for x in 0..n {
                if x == 2 {
                    return Ok(x * 100);
                }
                double(x).await;
            }
            Ok(1)
        },
    )?;
    Ok((a, b))
}
agrees!(branches_that_return_early [0, 2, 4, 6]);
