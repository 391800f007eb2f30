//! Callbacks whose token a service passes on.

use durafn::{Failed, Fault, prelude::*};
use durafn_tests::{
    agreement::{Reply, World},
    agrees,
};
use serde_json::json;

use crate::agreement::tasks::{Trouble, double};

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Parcel {
    id: String,
    grams: u32,
}

/// What somebody does with the token.
fn act(context: &TaskContext, how: &str) {
    match how {
        "yes" => World::reply(context, Reply::Complete(json!(7))),
        "busy" => World::reply(context, Reply::Fail(Failed::new("Busy", r#"{"Busy":{"seconds":3}}"#))),
        "missing" => World::reply(context, Reply::Fail(Failed::new("NotFound", "\"NotFound\""))),
        "lost" => World::reply(context, Reply::Fail(Failed::new("States.TaskFailed", "it was lost"))),
        _ => {}
    }
}

#[task(
    callback,
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    rename_all = "PascalCase",
    timeout = "1h",
    heartbeat = "10m"
)]
async fn ask_queue(
    queue_url: String,
    #[serde(rename = "MessageBody.token")] token: TaskToken<u64>,
    #[serde(rename = "MessageBody.parcel")] parcel: Parcel,
    #[serde(rename = "MessageBody.how")] how: String,
    context: TaskContext,
) -> Result<(), Trouble> {
    assert_eq!(context.token(), Some(token.as_str()));
    assert!(queue_url.starts_with("https://") && parcel.grams > 0);
    if how == "no queue" {
        return Err(Trouble::NotFound);
    }
    act(&context, &how);
    Ok(())
}

#[workflow]
async fn asks_by_queue(how: String) -> Result<u64, Trouble> {
    let parcel = Parcel { id: format!("P-{how}"), grams: 20 };
    match ask_queue("https://sqs.example/q".to_owned(), parcel, how).await {
        Ok(n) => Ok(double(n).await),
        Err(Trouble::NotFound) => Ok(1),
        Err(Trouble::Busy { seconds }) => Ok(seconds),
        Err(Trouble::Fault(Fault::HeartbeatTimeout)) => Ok(2),
        Err(Trouble::Fault(Fault::TaskFailed { .. })) => Ok(3),
        Err(other) => Err(other),
    }
}
agrees!(asks_by_queue ["yes", "busy", "missing", "lost", "silence", "no queue"]);

/// A token of its own for each attempt, deep inside of the arguments.
#[task(
    callback,
    resource = "arn:aws:states:::ecs:runTask.waitForTaskToken",
    rename_all = "PascalCase",
    retry(on = "Busy", interval = "1s", attempts = 2)
)]
async fn ask_container(
    cluster: String,
    #[serde(rename = "Overrides.ContainerOverrides[0].Name")] container: String,
    #[serde(rename = "Overrides.ContainerOverrides[0].Environment[0].Name")] variable: String,
    #[serde(rename = "Overrides.ContainerOverrides[0].Environment[0].Value")] token: TaskToken<Vec<u32>>,
    #[serde(rename = "Overrides.ContainerOverrides[0].Command")] command: Vec<String>,
    context: TaskContext,
) -> Result<(), Trouble> {
    drop(token);
    assert_eq!((cluster.as_str(), container.as_str(), variable.as_str()), ("main", "worker", "TASK_TOKEN"));
    match command.len() as u32 {
        0 => World::reply(&context, Reply::Fail(Failed::new("Busy", r#"{"Busy":{"seconds":1}}"#))),
        length if context.attempt() < length => {
            World::reply(&context, Reply::Fail(Failed::new("Busy", r#"{"Busy":{"seconds":2}}"#)));
        }
        length => World::reply(&context, Reply::Complete(json!([length, context.attempt()]))),
    }
    Ok(())
}

#[workflow]
async fn asks_by_container(command: Vec<String>) -> Result<Vec<u32>, Trouble> {
    ask_container("main".to_owned(), "worker".to_owned(), "TASK_TOKEN".to_owned(), command).await
}
agrees!(asks_by_container [[], ["run"], ["run", "twice"]]);

/// The token is an argument of its own, and the only one.
#[task(callback, resource = "arn:aws:states:::aws-sdk:example:ask.waitForTaskToken")]
async fn ask_alone(#[serde(rename = "Token")] token: TaskToken<Option<String>>, context: TaskContext) {
    drop(token);
    World::reply(&context, Reply::Complete(json!(null)));
}

#[workflow]
async fn asks_alone(n: u64) -> Option<String> {
    double(n).await;
    ask_alone().await
}
agrees!(asks_alone[1]);

/// A function that is given: its own failure comes in Lambda's form, the callback's as it is.
#[task(callback, resource = "arn:aws:states:::lambda:invoke.waitForTaskToken", rename_all = "PascalCase")]
async fn ask_function(
    function_name: String,
    #[serde(rename = "Payload.answerTo")] token: TaskToken<()>,
    #[serde(rename = "Payload.how")] how: String,
    context: TaskContext,
) -> Result<(), Trouble> {
    drop(token);
    assert!(!function_name.is_empty());
    match how.as_str() {
        "done" => World::reply(&context, Reply::Complete(json!(null))),
        how => act(&context, how),
    }
    Ok(())
}

#[workflow]
async fn asks_by_function(hows: Vec<String>) -> Result<Vec<String>, Trouble> {
    map(hows, |how| async move {
        match ask_function("ask".to_owned(), how.clone()).await {
            Ok(()) => Ok(how),
            Err(Trouble::Busy { seconds }) => Ok(format!("busy for {seconds}")),
            Err(other) => Err(other),
        }
    })
    .await
}
agrees!(asks_by_function [[], ["done", "busy", "done"], ["done", "missing"]]);
