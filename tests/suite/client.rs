//! A client beside an engine on one file, each with connections of its own, as two processes have them.

use std::sync::{Arc, Mutex};

use durafn::{
    Client, Engine, Failed,
    prelude::*,
    store::{ListFilter, Status},
};
use tempfile::TempDir;

#[derive(Clone, Default)]
struct Post(Arc<Mutex<Vec<String>>>);

impl Post {
    async fn token(&self) -> String {
        loop {
            if let Some(token) = self.0.lock().unwrap().pop() {
                return token;
            }
            tokio::task::yield_now().await;
        }
    }
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum Refusal {
    TooLate { days: u64 },
}

#[task(callback)]
async fn ask_outside(token: TaskToken<u64>, n: u64, context: TaskContext) -> Result<(), Refusal> {
    let _ = n;
    // No `#[resource]`: other engines of this binary have no such thing.
    let post: Post = context.resource().expect("this engine has one");
    post.0.lock().unwrap().push(token.to_string());
    Ok(())
}

#[workflow]
async fn asks_outside(n: u64) -> Result<u64, Refusal> {
    let answer = ask_outside(n).await?;
    Ok(answer + n)
}

async fn open(directory: &TempDir, post: &Post) -> Engine {
    let path = directory.path().join("run.db");
    Engine::builder().path(path).resource(post.clone()).open().await.unwrap()
}

async fn client(directory: &TempDir) -> Client {
    Client::open(directory.path().join("run.db")).await.unwrap()
}

#[tokio::test]
async fn a_client_completes_fails_and_is_told_why_not() {
    let (directory, post) = (TempDir::new().unwrap(), Post::default());
    let engine = open(&directory, &post).await;
    let client = client(&directory).await;
    let execution = engine.start(asks_outside(1)).await.unwrap();
    let token: TaskToken<u64> = post.token().await.parse().unwrap();
    client.heartbeat(&token).await.unwrap();
    assert!(client.complete_json(&token, "\"one\"").await.unwrap_err().is_bad_result());
    assert!(client.complete_json("f00d", "1").await.unwrap_err().is_unknown_token());
    client.complete(&token, 41).await.unwrap();
    assert!(client.complete(&token, 42).await.unwrap_err().is_used_token());
    assert_eq!(execution.result().await.unwrap(), 42);

    let execution = engine.start(asks_outside(2)).await.unwrap();
    let token = post.token().await;
    use durafn::Failure as _;
    client.fail(&token, Refusal::TooLate { days: 3 }.to_failed()).await.unwrap();
    let error = execution.result().await.unwrap_err();
    assert_eq!(error.failure(), Some(Refusal::TooLate { days: 3 }));

    let execution = engine.start(asks_outside(3)).await.unwrap();
    let token = post.token().await;
    client.stop(execution.id(), "Obsolete", "").await.unwrap();
    assert_eq!(execution.result().await.unwrap_err().name(), Some("Obsolete"));
    assert!(client.fail(&token, Failed::new("E", "")).await.unwrap_err().is_expired_token());
    assert!(client.stop(execution.id(), "Again", "").await.unwrap_err().is_ended());
}

#[tokio::test]
async fn a_client_starts_and_the_name_is_given_once() {
    let (directory, post) = (TempDir::new().unwrap(), Post::default());
    let engine = open(&directory, &post).await;
    let client = client(&directory).await;
    client.start(asks_outside(5), Some("five".to_owned())).await.unwrap();
    assert!(client.start_json("asks_outside", None, "\"five\"").await.unwrap_err().is_bad_input());
    let token = post.token().await;
    client.start(asks_outside(5), Some("five".to_owned())).await.unwrap();
    assert!(client.start(asks_outside(6), Some("five".to_owned())).await.unwrap_err().is_name_taken());
    client.complete_json(&token, "1").await.unwrap();
    let row = engine.find("asks_outside", "five").await.unwrap().unwrap();
    let execution = engine.execution(row.id).await.unwrap();
    assert_eq!(&*execution.output_json().await.unwrap(), "6");
}

#[tokio::test]
async fn what_is_asked_while_no_engine_runs_is_carried_out_at_the_next_open() {
    let (directory, post) = (TempDir::new().unwrap(), Post::default());
    assert!(Client::open(directory.path().join("run.db")).await.is_err(), "there is no file yet");
    let engine = open(&directory, &post).await;
    let id = engine.start(asks_outside(7)).name("seven").await.unwrap().id();
    let token = post.token().await;
    engine.wait_idle().await;
    engine.shutdown(Duration::ZERO).await.unwrap();

    let client = client(&directory).await;
    client.complete_json(&token, "10").await.unwrap();
    for _ in 0..2 {
        client.start_json("no_such_workflow", None, "1").await.unwrap();
    }
    client.start_json("asks_outside", None, "8").await.unwrap();
    drop(client);

    let engine = open(&directory, &post).await;
    assert_eq!(&*engine.execution(id).await.unwrap().output_json().await.unwrap(), "17");
    post.token().await;
    let running = ListFilter { status: Some(Status::Running), ..ListFilter::default() };
    assert_eq!(engine.list(&running).await.unwrap().len(), 1);
}
