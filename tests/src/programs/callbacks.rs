//! Tasks that end by a token that somebody completes.

use durafn::{Failed, Failure as _, Fault, prelude::*};
use durafn_tests::{
    agreement::{Reply, World},
    agrees,
};
use serde_json::json;

use crate::agreement::tasks::{Strict, Trouble, add, double};

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Approval {
    approved: bool,
    by: String,
}

/// What a person does with a token, as the input says.
fn act(context: &TaskContext, how: &str) {
    let fail = |error: &str, cause: String| World::reply(context, Reply::Fail(Failed::new(error, cause)));
    match how {
        "yes" => World::reply(context, Reply::Complete(json!({"approved": true, "by": "Ada"}))),
        "no" => World::reply(context, Reply::Complete(json!({"approved": false, "by": "Bob"}))),
        "busy" => World::reply(context, Reply::Fail(Trouble::Busy { seconds: 3 }.to_failed())),
        "refused" => World::reply(context, Reply::Fail(Trouble::Refused("no \"entry\"".to_owned()).to_failed())),
        "missing" => World::reply(context, Reply::Fail(Trouble::NotFound.to_failed())),
        "lost" => fail("States.TaskFailed", "it was lost".to_owned()),
        "unknown" => fail("Somebody.Else", "gone".to_owned()),
        _ => {}
    }
}

#[task(callback, timeout = "7d")]
async fn ask(token: TaskToken<Approval>, how: String, context: TaskContext) -> Result<(), Trouble> {
    assert_eq!(context.token(), Some(token.as_str()));
    if how == "no mail" {
        return Err(Trouble::Busy { seconds: 1 });
    }
    act(&context, &how);
    Ok(())
}

#[task]
async fn ask_the_boss(how: String) -> String {
    format!("the boss decides about {how}")
}

/// The order page's approval: silence is escalated.
#[workflow]
async fn approval(how: String) -> Result<String, Trouble> {
    match ask(how.clone()).await {
        Ok(Approval { approved: true, by }) => Ok(by),
        Ok(Approval { by, .. }) => Err(Trouble::Refused(by)),
        Err(Trouble::Fault(Fault::Timeout)) => Ok(ask_the_boss(how).await),
        Err(error) => Err(error),
    }
}
agrees!(approval ["yes", "no", "busy", "refused", "missing", "lost", "unknown", "silence", "no mail"]);

#[workflow]
async fn passed_on(how: String) -> Result<bool, Trouble> {
    let answer = ask(how).timeout(Duration::from_secs(5)).await?;
    Ok(answer.approved)
}
agrees!(passed_on ["yes", "busy", "silence", "unknown", "no mail"]);

#[task(callback)]
async fn number(token: TaskToken<u64>, n: u64, context: TaskContext) {
    drop(token);
    World::reply(&context, Reply::Complete(json!(n * 10)));
}

/// A callback that cannot fail by itself, and waits for ever.
#[workflow]
async fn plain(n: u64) -> u64 {
    let tens = number(n).await;
    double(tens + 1).await
}
agrees!(plain[4]);

#[task(callback, timeout = "1h")]
async fn early(token: TaskToken<u64>, n: u64, context: TaskContext) -> Result<(), Strict> {
    drop(token);
    let reply = if n.is_multiple_of(2) { Reply::Complete(json!(n + 1)) } else { Reply::Fail(Strict::Odd.to_failed()) };
    World::reply_early(&context, reply).await;
    Ok(())
}

/// The token is completed before the body returns.
#[workflow]
async fn before_the_body_returns(n: u64) -> Result<u64, Strict> {
    let found = match early(n).await {
        Ok(found) => found,
        Err(Strict::Odd) => 0,
        Err(error) => return Err(error),
    };
    Ok(double(found).await)
}
agrees!(before_the_body_returns [2, 3]);

#[task(callback, timeout = "1h", heartbeat = "10s")]
async fn supervised(token: TaskToken<u64>, n: u64, context: TaskContext) -> Result<(), Trouble> {
    drop(token);
    if n > 0 {
        World::reply(&context, Reply::Complete(json!(n)));
    }
    Ok(())
}

#[workflow]
async fn heartbeats(n: u64) -> Result<String, Trouble> {
    match supervised(n).await {
        Ok(n) => Ok(format!("{n}")),
        Err(Trouble::Fault(Fault::HeartbeatTimeout)) => Ok("no heartbeat".to_owned()),
        Err(error) => Err(error),
    }
}
agrees!(heartbeats [3, 0]);

/// A heartbeat that is set for the call, of a task that runs and is silent.
#[workflow]
async fn silent_task(times: u32) -> Result<u32, Trouble> {
    crate::agreement::tasks::hangs_first(times)
        .timeout(Duration::from_secs(60))
        .heartbeat(Duration::from_secs(5))
        .retry(Retry::on("States.HeartbeatTimeout").attempts(1))
        .await
}
agrees!(silent_task [0, 1, 2]);

#[task(callback, timeout = "1m", retry(on = ["Busy", "States.Timeout"], interval = "1s", attempts = 2))]
async fn stubborn(token: TaskToken<u64>, n: u32, context: TaskContext) -> Result<(), Trouble> {
    drop(token);
    match context.attempt() {
        attempt if attempt >= n => World::reply(&context, Reply::Complete(json!(attempt))),
        1 => World::reply(&context, Reply::Fail(Trouble::Busy { seconds: 1 }.to_failed())),
        2 => return Err(Trouble::Busy { seconds: 2 }),
        _ => {}
    }
    Ok(())
}

/// Each attempt has a token of its own: one is failed, one is never asked, one times out.
#[workflow]
async fn retried(n: u32) -> Result<u64, Trouble> {
    stubborn(n).await
}
agrees!(retried [1, 2, 3, 9]);

#[workflow]
async fn in_a_map(all: Vec<String>) -> Result<Vec<String>, Trouble> {
    let answers = map(all, |how| ask(how)).concurrency(2).await?;
    Ok(answers.into_iter().map(|answer| answer.by).collect())
}
agrees!(in_a_map [["yes", "no", "yes"], [], ["yes", "missing", "yes"]]);

#[workflow]
async fn in_a_parallel(how: String, n: u64) -> Result<u64, Trouble> {
    let (answer, sum) = try_join!(ask(how), async {
        let tens = number(n).await;
        sleep(Duration::from_secs(5)).await;
        Ok(double(tens).await)
    })?;
    Ok(if answer.approved { sum } else { 0 })
}
agrees!(in_a_parallel [{"how": "yes", "n": 1}, {"how": "no", "n": 2}, {"how": "refused", "n": 3}]);

#[task(at_most_once, timeout = "5s")]
async fn once(n: i64) -> i64 {
    n + 1
}

/// Without a crash, at most once changes nothing.
#[workflow]
async fn at_most_once(n: i64) -> i64 {
    let sum = add(n, 1).await;
    once(sum).await
}
agrees!(at_most_once[4]);
