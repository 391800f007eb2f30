//! Promise 10: the queue of activities.

use std::{collections::BTreeSet, sync::Arc};

use tokio::task::JoinSet;

use super::fixtures::{STARTED, closing, create, unit_of};
use crate::store::{
    ExecutionId, Message, MessageId, NewActivity, NewToken, Poll, Post, QueuedActivity, Status, Store, StoreError,
    TokenError, TokenStatus, Unit, Update,
};

fn attempt(task: &str, token: &str) -> NewActivity {
    NewActivity {
        token: token.into(),
        task: task.into(),
        input: "{\"n\": 1}".into(),
        attempt: 2,
        key: "nonce--0".into(),
        timeout: Some(30),
        heartbeat: None,
        queued_at: STARTED,
    }
}

async fn queue<S: Store>(store: &S, id: ExecutionId, task: &str, token: &str) {
    store.commit(unit_of(id, Update::QueueActivity(Box::new(attempt(task, token))))).await.unwrap();
}

async fn poll<S: Store>(store: &S, tasks: &[&str]) -> Option<QueuedActivity> {
    let tasks = tasks.iter().map(|&task| task.to_owned()).collect();
    store.poll_activity(&Poll { tasks, worker: "w".into(), at: STARTED + 5 }).await.unwrap()
}

async fn token_of<S: Store>(store: &S, tasks: &[&str]) -> Option<String> {
    poll(store, tasks).await.map(|queued| queued.activity.token.to_string())
}

/// Tokens that are waited for, with what is in the queue.
pub(super) async fn what_waits_is_told<S: Store>(store: &S) {
    let (first, second) = (create(store, None).await, create(store, None).await);
    queue(store, first, "work", "b").await;
    queue(store, first, "work", "a").await;
    let callback = NewToken { token: "c".into(), task: "ask".into(), due: Some(STARTED + 9) };
    store.commit(unit_of(second, Update::IssueToken(callback))).await.unwrap();
    assert_eq!(token_of(store, &["work"]).await.as_deref(), Some("b"));
    let told: Vec<_> = store.waiting_tokens().await.unwrap();
    let tokens: Vec<_> = told.iter().map(|told| (&*told.token, told.row.execution, told.queued.is_some())).collect();
    assert_eq!(tokens, [("a", first, true), ("b", first, false), ("c", second, false)]);
    assert_eq!(told[0].queued, Some(attempt("work", "a")));
    assert_eq!((told[1].row.due, told[2].row.due), (Some(STARTED + 5 + 30_000), Some(STARTED + 9)));
    store.commit(unit_of(first, closing(Status::Failed))).await.unwrap();
    store.expire_token("c", None).await.unwrap();
    assert_eq!(store.waiting_tokens().await.unwrap(), []);
}

/// Of many who poll, one gets an attempt, and the inbox says who.
pub(super) async fn attempts_are_handed_out_once<S: Store>(store: Arc<S>) {
    let id = create(&*store, None).await;
    let tokens: BTreeSet<String> = (0..8).map(|number| format!("token {number}")).collect();
    for token in &tokens {
        queue(&*store, id, "work", token).await;
    }
    let mut racers = JoinSet::new();
    for _ in 0..16 {
        let store = Arc::clone(&store);
        racers.spawn(async move { poll(&*store, &["work"]).await });
    }
    let handed_out: Vec<QueuedActivity> = racers.join_all().await.into_iter().flatten().collect();
    assert_eq!(handed_out.len(), 8);
    assert_eq!(handed_out.iter().map(|queued| queued.activity.token.to_string()).collect::<BTreeSet<_>>(), tokens);
    let first = &handed_out[0];
    assert_eq!(*first, QueuedActivity { execution: id, activity: attempt("work", &first.activity.token) });
    let inbox = store.inbox().await.unwrap();
    assert_eq!(inbox.len(), 8);
    let started = |message: &Message| {
        message.execution == Some(id)
            && matches!(&message.post, Post::ActivityStarted { worker, at, .. } if worker == "w" && *at == STARTED + 5)
    };
    assert!(inbox.iter().all(started), "{inbox:?}");
    let row = store.token(&first.activity.token).await.unwrap().unwrap();
    assert_eq!((row.status, row.due), (TokenStatus::Waiting, Some(STARTED + 30_005)), "its time counts from there");
}

/// The first of those that a worker can do, whatever else waits.
pub(super) async fn attempts_are_handed_out_in_their_order<S: Store>(store: &S) {
    let id = create(store, None).await;
    for (task, token) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("b", "5")] {
        queue(store, id, task, token).await;
    }
    assert_eq!(token_of(store, &[]).await, None);
    assert_eq!(token_of(store, &["d"]).await, None);
    assert_eq!(token_of(store, &["b"]).await.as_deref(), Some("2"));
    assert_eq!(token_of(store, &["b", "a"]).await.as_deref(), Some("1"));
    assert_eq!(token_of(store, &["b", "a"]).await.as_deref(), Some("3"));
    assert_eq!(token_of(store, &["b", "a"]).await.as_deref(), Some("5"));
    assert_eq!(token_of(store, &["b", "a"]).await, None);
    assert_eq!(token_of(store, &["c"]).await.as_deref(), Some("4"));
}

/// What was expired, or is of an execution that has ended, leaves the queue.
pub(super) async fn what_nobody_waits_for_is_not_handed_out<S: Store>(store: &S) {
    let (id, ended, reopened) = (create(store, None).await, create(store, None).await, create(store, None).await);
    for (of, token) in [(id, "by unit"), (id, "by call"), (ended, "by end"), (reopened, "by reopening"), (id, "used")] {
        queue(store, of, "work", token).await;
    }
    store.commit(unit_of(id, Update::ExpireToken("by unit".into()))).await.unwrap();
    store.expire_token("by call", None).await.unwrap();
    store.commit(unit_of(ended, closing(Status::Aborted))).await.unwrap();
    store.commit(unit_of(reopened, closing(Status::Failed))).await.unwrap();
    store.commit(unit_of(reopened, Update::Reopen)).await.unwrap();
    let completion = Post::Complete { token: "used".into(), result: Ok("1".into()) };
    store.post(completion, STARTED).await.unwrap();
    queue(store, id, "work", "wanted").await;
    assert_eq!(token_of(store, &["work"]).await.as_deref(), Some("wanted"));
    assert_eq!(token_of(store, &["work"]).await, None);
    let late = Post::ActivityStarted { token: "by end".into(), worker: "w".into(), at: STARTED };
    assert!(matches!(store.post(late, STARTED).await, Err(StoreError::Token(TokenError::Expired))));
    let taken: Vec<MessageId> = store.inbox().await.unwrap().into_iter().map(|message| message.id).collect();
    assert_eq!(taken.len(), 2, "the completion and the worker");
    store.commit(Unit { taken, ..Unit::default() }).await.unwrap();
}
