//! Tasks that polling workers serve.

use durafn::{Fault, prelude::*};
use durafn_tests::{agreement::World, agrees};

use crate::agreement::tasks::{Trouble, add, double};

#[task(activity)]
async fn weigh(item: String, grams: u32) -> u32 {
    grams + item.chars().count() as u32
}

/// One after the other.
#[workflow]
async fn weighed(item: String) -> u32 {
    let one = weigh(item.clone(), 10).await;
    let other = weigh(item, one).await;
    one + other
}
agrees!(weighed ["", "a", "four"]);

#[task(activity, timeout = "1m", retry(on = "Busy", interval = "1s", attempts = 2))]
async fn pack(n: u32, context: TaskContext) -> Result<String, Trouble> {
    match n {
        0 => Err(Trouble::NotFound),
        1 => Err(Trouble::Busy { seconds: context.attempt().into() }),
        2 if context.attempt() == 1 => Err(Trouble::Busy { seconds: 1 }),
        3 => panic!("the box is too small"),
        _ => Ok(format!("{n} packed by attempt {}", context.attempt())),
    }
}

#[workflow]
async fn packed(n: u32) -> Result<String, Trouble> {
    pack(n).await
}
agrees!(packed [0, 1, 2, 3, 4]);

#[workflow]
async fn packed_or_not(n: u32) -> Result<String, Trouble> {
    match pack(n).await {
        Ok(box_) => Ok(box_),
        Err(Trouble::NotFound) => Ok("nothing".to_owned()),
        Err(Trouble::Busy { seconds }) => Ok(format!("busy for {seconds}")),
        Err(Trouble::Fault(Fault::TaskFailed { cause })) => Ok(cause),
        Err(other) => Err(other),
    }
}
agrees!(packed_or_not [0, 1, 2, 3, 4]);

/// Never answers, so often.
#[task(activity, timeout = "30s", retry(on = "States.Timeout", interval = "2s", attempts = 1))]
async fn late(times: u32, context: TaskContext) -> Result<u32, Trouble> {
    if context.attempt() <= times {
        return World::hang(&context).await;
    }
    Ok(context.attempt())
}

#[workflow]
async fn comes_late(times: u32) -> Result<u32, Trouble> {
    match late(times).await {
        Ok(attempt) => Ok(attempt),
        Err(Trouble::Fault(Fault::Timeout)) => Ok(100),
        Err(other) => Err(other),
    }
}
agrees!(comes_late [0, 1, 2]);

#[task(activity, heartbeat = "10s")]
async fn supervise(n: u32, context: TaskContext) -> Result<u32, Trouble> {
    if n == 0 {
        return World::hang(&context).await;
    }
    context.heartbeat();
    Ok(n)
}

#[workflow]
async fn supervised(n: u32) -> Result<u32, Trouble> {
    match supervise(n).await {
        Ok(n) => Ok(n),
        Err(Trouble::Fault(Fault::HeartbeatTimeout)) => Ok(100),
        Err(other) => Err(other),
    }
}
agrees!(supervised [0, 1]);

/// What the call sets counts in place of what the task declares.
#[workflow]
async fn adjusted(times: u32) -> Result<u32, Trouble> {
    late(times).timeout(Duration::from_secs(5)).retry(Retry::on("States.Timeout").attempts(2)).await
}
agrees!(adjusted [1, 2, 3]);

#[workflow]
async fn activities_in_a_map(items: Vec<String>) -> u32 {
    let grams = map(items, |item, index| async move {
        let first = weigh(item, 7).await;
        weigh("lid".to_owned(), first).await + index as u32
    })
    .concurrency(2)
    .await;
    grams.iter().sum()
}
agrees!(activities_in_a_map [[], ["a"], ["a", "bb", "ccc", "dddd", "eeeee"]]);

/// An activity that is cancelled because the other branch fails.
#[workflow]
async fn activity_beside(n: u32) -> Result<String, Trouble> {
    let (packed, sum) = try_join!(pack(n), async {
        sleep(Duration::from_secs(1)).await;
        let twice = double(n as u64).await;
        Ok(add(twice as i64, 1).await)
    })?;
    Ok(format!("{packed}, {sum}"))
}
agrees!(activity_beside [0, 2, 4]);

/// An activity that is given up before its own time.
#[workflow]
async fn activity_or_time(times: u32) -> Result<u32, Trouble> {
    match timeout(Duration::from_secs(10), late(times)).await {
        Err(Trouble::Fault(Fault::Timeout)) => Ok(100),
        made => made,
    }
}
agrees!(activity_or_time [0, 1]);
