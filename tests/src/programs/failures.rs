//! What a workflow does with a task's error.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, attempt, double, note, strict};

#[workflow]
async fn errors_leave(how: String) -> Result<u64, Trouble> {
    let n = attempt(how).await?;
    Ok(double(n).await)
}
agrees!(errors_leave ["abc", "busy", "refused", "missing", "late", "lost", "unknown", "panic"]);

#[workflow]
async fn errors_are_returned(how: String) -> Result<u64, Trouble> {
    attempt(how).await
}
agrees!(errors_are_returned ["abc", "busy", "refused", "unknown"]);

#[workflow]
async fn errors_without_faults_leave(n: u64) -> Result<u64, Strict> {
    Ok(strict(n).await? + 1)
}
agrees!(errors_without_faults_leave [4, 3, 12]);

/// An error that takes others in.
#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum Outer {
    Inner(#[from] Strict),
    #[failure(name = "Outer.Other")]
    Other {
        code: i32,
    },
    #[fault]
    Machinery(Fault),
}

#[workflow]
async fn errors_are_converted(n: u64) -> Result<u64, Outer> {
    let found = strict(n).await?;
    if found == 8 {
        return Err(Outer::Other { code: -8 });
    }
    Ok(found)
}
agrees!(errors_are_converted [2, 3, 8, 11]);

#[workflow]
async fn whole_variants(how: String) -> String {
    match attempt(how).await {
        Ok(n) => format!("ok {n}"),
        Err(Trouble::Busy { seconds }) => format!("busy {seconds}"),
        Err(Trouble::Refused(why)) => why,
        Err(Trouble::NotFound) => "not found".to_string(),
        Err(Trouble::Fault(_)) => "fault".to_string(),
    }
}
agrees!(whole_variants ["abc", "busy", "refused", "missing", "late", "lost", "unknown", "panic"]);

#[workflow]
async fn each_fault(how: String) -> String {
    match attempt(how).await {
        Ok(_) => "ok".to_string(),
        Err(Trouble::Fault(Fault::Timeout)) => "timeout".to_string(),
        Err(Trouble::Fault(Fault::HeartbeatTimeout)) => "heartbeat".to_string(),
        Err(Trouble::Fault(Fault::TaskFailed { cause })) => format!("failed: {cause}"),
        Err(Trouble::Fault(Fault::Other { name, cause })) => format!("{name}: {cause}"),
        Err(_) => "declared".to_string(),
    }
}
agrees!(each_fault ["abc", "late", "lost", "unknown", "panic", "busy"]);

#[workflow]
async fn guards_on_errors(how: String) -> Result<u64, Trouble> {
    match attempt(how).await {
        Ok(n) if n > 5 => Ok(n),
        Ok(n) => Ok(n * 100),
        Err(Trouble::Busy { seconds }) if seconds < 60 => {
            sleep(Duration::from_secs(seconds)).await;
            Ok(0)
        }
        Err(Trouble::Busy { .. }) => Err(Trouble::NotFound),
        Err(e) => Err(e),
    }
}
agrees!(guards_on_errors ["abc", "abcdefgh", "busy", "very busy", "refused", "unknown"]);

#[workflow]
async fn literals_in_errors(how: String) -> u64 {
    match attempt(how).await {
        Ok(3) => 1,
        Ok(4..=6) => 2,
        Ok(_) => 3,
        Err(Trouble::Busy { seconds: 5 }) => 4,
        Err(Trouble::Busy { seconds: 100.. }) => 5,
        Err(_) => 6,
    }
}
agrees!(literals_in_errors ["abc", "abcd", "abcdefg", "busy", "very busy", "refused", "panic"]);

#[workflow]
async fn errors_are_thrown_again(how: String) -> Result<u64, Trouble> {
    match attempt(how).await {
        Ok(n) => Ok(n),
        Err(error) => {
            note("it failed".to_string()).await;
            Err(error)
        }
    }
}
agrees!(errors_are_thrown_again ["abc", "busy", "refused", "missing", "late", "unknown"]);

#[workflow]
async fn some_errors_are_not_caught(how: String) -> Result<u64, Trouble> {
    match attempt(how).await {
        Err(Trouble::NotFound) => Ok(0),
        other => other,
    }
}
agrees!(some_errors_are_not_caught ["abc", "missing", "busy", "panic"]);

#[workflow]
async fn if_let_on_a_result(how: String) -> u64 {
    if let Ok(n) = attempt(how.clone()).await {
        return double(n).await;
    }
    if let Err(Trouble::Refused(_)) = attempt(how).await { 7 } else { 8 }
}
agrees!(if_let_on_a_result ["abc", "refused", "busy", "lost"]);

#[workflow]
async fn let_else_on_a_result(how: String) -> Result<u64, Trouble> {
    let Ok(n) = attempt(how).await else {
        note("none".to_string()).await;
        return Err(Trouble::NotFound);
    };
    Ok(double(n).await)
}
agrees!(let_else_on_a_result ["abc", "busy", "unknown"]);

#[workflow]
async fn results_as_values(how: String) -> (bool, u64, Option<u64>) {
    let first = attempt(how.clone()).await.is_ok();
    let second = attempt(how.clone()).await.unwrap_or(99);
    let third = attempt(how).await.ok();
    (first, second, third)
}
agrees!(results_as_values ["abc", "busy", "panic", "unknown"]);

#[workflow]
async fn results_that_are_kept(how: String) -> Result<u64, Trouble> {
    let kept = attempt(how).await;
    note("kept".to_string()).await;
    let n = kept?;
    Ok(n + 1)
}
agrees!(results_that_are_kept ["abc", "busy", "refused", "missing", "late", "unknown"]);

#[workflow]
async fn errors_are_mapped(n: u64) -> Result<u64, Outer> {
    let found = strict(n).await.map_err(|error| match error {
        Strict::TooBig { limit } => Outer::Other { code: limit as i32 },
        Strict::Odd => Outer::Other { code: -1 },
    })?;
    Ok(found)
}
agrees!(errors_are_mapped [6, 7, 10]);

#[workflow]
async fn errors_of_the_workflow_itself(n: u64) -> Result<u64, Trouble> {
    match n {
        0 => Err(Trouble::NotFound),
        1 => Err(Trouble::Refused("ü \"quoted\" {% 1 %}".to_string())),
        2 => Err(Trouble::Busy { seconds: n }),
        3 => Err(Trouble::Fault(Fault::Timeout)),
        4 => Err(Trouble::Fault(Fault::Other { name: "My.Own".to_string(), cause: format!("n is {n}") })),
        _ => Ok(n),
    }
}
agrees!(errors_of_the_workflow_itself [0, 1, 2, 3, 4, 5]);

/// Compensation in the opposite order, then the error itself.
#[workflow]
async fn what_was_done_is_undone(steps: Vec<String>) -> Result<u64, Trouble> {
    let mut done: Vec<String> = vec![];
    let mut failure: Option<Trouble> = None;
    for step in steps {
        match attempt(step.clone()).await {
            Ok(_) => done.push(step),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    if let Some(error) = failure {
        while let Some(step) = done.last().cloned() {
            note(format!("undo {step}")).await;
            done.pop();
        }
        return Err(error);
    }
    Ok(done.len() as u64)
}
agrees!(what_was_done_is_undone [[], ["a", "b"], ["a", "b", "busy", "c"], ["refused"]]);
