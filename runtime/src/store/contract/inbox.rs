//! Promise 7: tokens and the inbox.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::fixtures::{STARTED, closing, create, unit_of};
use crate::{
    failure::Failed,
    store::{
        ExecutionId, Expiry, Message, MessageId, NewToken, Post, Status, Store, StoreError, TokenError, TokenStatus,
        Unit, Update,
    },
};

async fn issue<S: Store>(store: &S, id: ExecutionId, token: &str, due: Option<i64>) {
    let new = NewToken { token: token.into(), task: "ask".into(), due };
    store.commit(unit_of(id, Update::IssueToken(new))).await.unwrap();
}

fn completion(token: &str) -> Post {
    Post::Complete { token: token.into(), result: Ok("[1]".into()) }
}

/// Why a token cannot be completed; none where it was.
async fn refusal<S: Store>(store: &S, token: &str, at: i64) -> Option<TokenError> {
    refused(store.post(completion(token), at).await)
}

fn refused<T>(answer: Result<T, StoreError>) -> Option<TokenError> {
    match answer {
        Ok(_) => None,
        Err(StoreError::Token(error)) => Some(error),
        Err(other) => panic!("{other}"),
    }
}

/// Of many who complete a token, or expire it, one succeeds.
pub async fn tokens_are_completed_once<S: Store>(store: Arc<S>) {
    let id = create(&*store, None).await;
    issue(&*store, id, "a", None).await;
    let mut racers = JoinSet::new();
    for _ in 0..16 {
        let store = Arc::clone(&store);
        racers.spawn(async move { store.post(completion("a"), STARTED).await.is_ok() });
    }
    let won = racers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    assert_eq!(store.expire_token("a", None).await.unwrap(), Expiry::Used);
    assert_eq!(refusal(&*store, "a", STARTED).await, Some(TokenError::Used));
    assert_eq!(refusal(&*store, "b", STARTED).await, Some(TokenError::Unknown));
    issue(&*store, id, "a", None).await;
    assert_eq!(store.token("a").await.unwrap().unwrap().status, TokenStatus::Used, "used stays used");
}

/// A token is expired by a unit, by its time, and by the end of its execution.
pub async fn tokens_expire<S: Store>(store: &S) {
    let id = create(store, None).await;
    for token in ["by unit", "by call", "by end"] {
        issue(store, id, token, None).await;
    }
    issue(store, id, "by time", Some(STARTED + 10)).await;
    store.commit(unit_of(id, Update::ExpireToken("by unit".into()))).await.unwrap();
    assert_eq!(refusal(store, "by unit", STARTED).await, Some(TokenError::Expired));
    assert_eq!(store.expire_token("by call", None).await.unwrap(), Expiry::Expired);
    assert_eq!(refusal(store, "by call", STARTED).await, Some(TokenError::Expired));
    assert_eq!(refusal(store, "by time", STARTED + 10).await, Some(TokenError::Expired));
    issue(store, id, "by call", None).await;
    assert_eq!(refusal(store, "by call", STARTED).await, None, "issued again, it is waited for again");
    store.commit(unit_of(id, closing(Status::Aborted))).await.unwrap();
    assert_eq!(refusal(store, "by end", STARTED).await, Some(TokenError::Expired));
    assert_eq!(refused(store.heartbeat("by end", STARTED).await), Some(TokenError::Expired));
    store.commit(unit_of(id, Update::Reopen)).await.unwrap();
    assert_eq!(refusal(store, "by end", STARTED).await, Some(TokenError::Expired), "also when the execution goes on");
    assert_eq!(store.token("by call").await.unwrap().unwrap().status, TokenStatus::Used);
    assert_eq!(store.inbox().await.unwrap().len(), 1, "what was refused is not there");
}

/// A heartbeat keeps a token from expiring for silence, not for being late.
pub async fn heartbeats_keep_a_token<S: Store>(store: &S) {
    let id = create(store, None).await;
    issue(store, id, "a", None).await;
    assert_eq!(refused(store.heartbeat("b", STARTED).await), Some(TokenError::Unknown));
    store.heartbeat("a", STARTED + 5).await.unwrap();
    assert_eq!(store.token("a").await.unwrap().unwrap().beat, Some(STARTED + 5));
    assert_eq!(store.expire_token("a", Some(STARTED + 4)).await.unwrap(), Expiry::Alive(STARTED + 5));
    assert_eq!(store.expire_token("a", Some(STARTED + 5)).await.unwrap(), Expiry::Expired);
}

/// Messages are read in their order, exactly as they were posted, until a unit takes them.
pub async fn messages_stay_until_they_are_taken<S: Store>(store: &S) {
    let id = create(store, None).await;
    issue(store, id, "a", None).await;
    let failed = Failed::new("E", "why");
    let posts = [
        (Some(id), Post::Complete { token: "a".into(), result: Err(failed.clone()) }),
        (None, Post::Start { workflow: "order".into(), name: Some("n".into()), input: "{}".into() }),
        (Some(id), Post::Stop { execution: id, failed }),
    ];
    let mut expected = Vec::new();
    for (execution, post) in posts {
        let posted = store.post(post.clone(), STARTED).await.unwrap();
        expected.push(Message { id: posted, execution, post });
    }
    assert_eq!(store.inbox().await.unwrap(), expected);
    let taken = vec![expected[0].id, MessageId(i64::MAX)];
    store.commit(Unit { taken: taken.clone(), ..unit_of(id, closing(Status::Failed)) }).await.unwrap();
    assert_eq!(store.inbox().await.unwrap(), expected[1..]);
    let late = store.commit(Unit { taken: vec![expected[1].id], ..unit_of(id, closing(Status::Failed)) }).await;
    assert!(matches!(late, Err(StoreError::Closed(_))));
    assert_eq!(store.inbox().await.unwrap(), expected[1..], "a unit that is refused takes nothing");
    let ended = store.post(Post::Stop { execution: id, failed: Failed::new("", "") }, STARTED).await;
    assert!(matches!(ended, Err(StoreError::Closed(closed)) if closed == id));
}
