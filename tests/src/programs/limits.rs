//! `timeout` around a block or a call.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, attempt, double, greet, hangs_first, ready_after, strict};

#[workflow]
async fn a_block_in_time(how: String, limit: u64) -> Result<u64, Trouble> {
    let n = timeout(Duration::from_secs(limit), async {
        sleep(Duration::from_secs(3)).await;
        attempt(how.clone()).await
    })
    .await?;
    Ok(n * 2)
}
agrees!(a_block_in_time [{"how": "abc", "limit": 5}, {"how": "busy", "limit": 5}, {"how": "abc", "limit": 2}]);

#[workflow]
async fn a_timeout_is_caught(limit: u64) -> u64 {
    match timeout(Duration::from_secs(limit), async {
        sleep(Duration::from_secs(3)).await;
        Ok(double(limit).await)
    })
    .await
    {
        Ok(n) => n,
        Err(Trouble::Fault(Fault::Timeout)) => 77,
        Err(_) => 99,
    }
}
agrees!(a_timeout_is_caught [5, 2]);

#[workflow]
async fn polling_with_a_deadline(ready: u32) -> Result<String, Trouble> {
    let found = timeout(Duration::from_mins(1), async {
        loop {
            if ready_after(ready).await {
                return Ok("ready".to_string());
            }
            sleep(Duration::from_secs(25)).await;
        }
    })
    .await;
    match found {
        Ok(text) => Ok(text),
        Err(Trouble::Fault(Fault::Timeout)) => Ok(greet("late".to_string()).await),
        Err(e) => Err(e),
    }
}
agrees!(polling_with_a_deadline [1, 2, 9]);

#[workflow]
async fn a_call_in_time(times: u32) -> u32 {
    match timeout(Duration::from_secs(30), hangs_first(times)).await {
        Ok(n) => n,
        Err(Trouble::Fault(Fault::Timeout)) => 77,
        Err(_) => 99,
    }
}
agrees!(a_call_in_time [0, 1]);

#[workflow]
async fn a_timeout_that_nothing_holds(limit: u64) -> Result<u64, Strict> {
    let n = timeout(Duration::from_secs(limit), async {
        sleep(Duration::from_secs(2)).await;
        strict(4).await
    })
    .await?;
    let m = timeout(Duration::from_secs(limit), async { double(n).await }).await;
    Ok(m)
}
agrees!(a_timeout_that_nothing_holds [1, 3]);

#[workflow]
async fn timeouts_in_timeouts(inner: u64, outer: u64) -> Result<String, Trouble> {
    timeout(Duration::from_secs(outer), async {
        let found = timeout(Duration::from_secs(inner), async {
            sleep(Duration::from_secs(5)).await;
            attempt("abc".to_string()).await
        })
        .await;
        let text = match found {
            Ok(n) => format!("{n}"),
            Err(Trouble::Fault(Fault::Timeout)) => "inner".to_string(),
            Err(e) => return Err(e),
        };
        sleep(Duration::from_secs(1)).await;
        Ok(text)
    })
    .await
}
agrees!(timeouts_in_timeouts [{"inner": 6, "outer": 9}, {"inner": 3, "outer": 9}, {"inner": 3, "outer": 2}]);

#[workflow]
async fn a_computed_duration(a: u64, b: u64) -> Result<u64, Trouble> {
    let n = timeout(Duration::from_secs(a - b), async {
        sleep(Duration::from_secs(3)).await;
        Ok(double(a).await)
    })
    .await?;
    Ok(n)
}
agrees!(a_computed_duration [{"a": 9, "b": 1}, {"a": 3, "b": 1}, {"a": 1, "b": 3}]);
