//! Promises 11 to 13, for stores that several engines share.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{
    children::parent_of,
    fixtures::{append, closing, create, created, new_execution, own, prepare, row, unit_of},
};
use crate::store::{
    Committed, ExecutionId, FIRST_WAITING, Link, MessageId, NewExecution, NewToken, Post, Store, StoreError, Unit,
    Update, Wake,
};

/// Checks what holds where engines share a store. `make` gives two handles on an empty store; `fence` ends the lease of one, as another engine does.
pub async fn check<S: Store>(make: impl AsyncFn() -> [S; 2], fence: impl Fn(&S)) {
    let pair = async || {
        let [one, other] = make().await;
        prepare(&one).await;
        prepare(&other).await;
        [one, other]
    };
    let [one, other] = pair().await;
    only_the_owner_changes_an_execution(&one, &other).await;
    let [one, other] = pair().await;
    what_is_blocked_or_closed_is_nobodys(&one, &other).await;
    let [one, other] = pair().await;
    children_are_released_whoever_owns_them(&one, &other).await;
    let [one, other] = pair().await;
    one_of_all_who_claim_succeeds([Arc::new(one), Arc::new(other)], &fence).await;
    let [one, other] = pair().await;
    messages_reach_the_owner(&one, &other, &fence).await;
    let [one, other] = pair().await;
    a_start_is_carried_out_once(&one, &other).await;
    let [one, other] = pair().await;
    other.sharing().unwrap().join(vec!["audit".into()]).await.unwrap();
    executions_of_other_programs_are_left_alone(&one, &other).await;
    let [one, other] = pair().await;
    a_fenced_engine_writes_nothing(&one, &other, &fence).await;
    let [one, other] = pair().await;
    an_orderly_end_frees_at_once(&one, &other).await;
}

async fn claim<S: Store>(store: &S, id: ExecutionId) -> bool {
    store.sharing().expect("it is shared").claim(id).await.unwrap()
}

async fn freed<S: Store>(store: &S) -> Vec<ExecutionId> {
    let (freed, _) = store.sharing().expect("it is shared").freed(FIRST_WAITING, i64::MAX, 100).await.unwrap();
    freed.into_iter().map(|(_, id)| id).collect()
}

async fn due<S: Store>(store: &S) -> Vec<ExecutionId> {
    let (due, _) = store.due(FIRST_WAITING, i64::MAX, 100).await.unwrap();
    due.into_iter().map(|(_, id)| id).collect()
}

#[track_caller]
fn not_owned(answer: Result<Committed, StoreError>, expected: ExecutionId) {
    assert!(matches!(answer, Err(StoreError::NotOwned(id)) if id == expected), "{answer:?}");
}

#[track_caller]
fn fenced<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Fenced)), "{answer:?}");
}

async fn only_the_owner_changes_an_execution<S: Store>(one: &S, other: &S) {
    let id = create(one, Some("mine")).await;
    let theirs = create(other, None).await;
    for update in [Update::Wake(Wake::External), closing(crate::store::Status::Failed)] {
        not_owned(other.commit(unit_of(id, update)).await, id);
    }
    let mixed = Unit { append: vec![(theirs, row(0)), (id, row(0))], ..Unit::default() };
    not_owned(other.commit(mixed).await, id);
    let child = NewExecution { parent: Some(parent_of(id, Link::Awaited)), ..new_execution(None) };
    not_owned(other.commit(Unit { children: vec![child], ..Unit::default() }).await, id);
    assert_eq!(other.journal(theirs).await.unwrap(), [], "a unit is applied whole or not at all");
    assert!(!claim(other, id).await, "its owner is alive");
    one.commit(append(id, vec![row(0)])).await.unwrap();
    assert!(claim(one, id).await, "it is the owner already");
    assert_eq!(other.journal(id).await.unwrap(), [row(0)], "everybody may look");
    assert_eq!((due(one).await, due(other).await), (vec![id], vec![theirs]));
    let named = other.commit(Unit { create: Some(new_execution(Some("mine"))), ..Unit::default() }).await.unwrap();
    assert!(matches!(named, Committed::NameTaken(row) if row.id == id));
}

async fn what_is_blocked_or_closed_is_nobodys<S: Store>(one: &S, other: &S) {
    let id = create(one, None).await;
    one.commit(append(id, vec![row(0)])).await.unwrap();
    one.commit(unit_of(id, Update::Block { cause: "no".into() })).await.unwrap();
    not_owned(one.commit(append(id, vec![row(1)])).await, id);
    assert_eq!(other.sharing().unwrap().blocked().await.unwrap(), [id]);
    assert!(claim(other, id).await);
    assert_eq!(one.sharing().unwrap().blocked().await.unwrap(), [], "somebody tries it");
    other.commit(append(id, vec![row(1)])).await.unwrap();
    assert!(!claim(one, id).await);
    other.commit(unit_of(id, closing(crate::store::Status::Failed))).await.unwrap();
    assert!(matches!(one.commit(append(id, vec![row(2)])).await, Err(StoreError::Closed(_))));
    assert!(!claim(one, id).await, "it has ended");
    one.commit(Unit { append: vec![(id, row(2))], ..unit_of(id, Update::Reopen) }).await.unwrap();
    not_owned(other.commit(append(id, vec![row(3)])).await, id);
    one.commit(append(id, vec![row(3)])).await.unwrap();
    assert_eq!(one.journal(id).await.unwrap(), (0..4).map(row).collect::<Vec<_>>());
}

/// The parent's owner changes the link of a child that another owns, and both are told what is left to do by their own.
async fn children_are_released_whoever_owns_them<S: Store>(one: &S, other: &S) {
    let parent = create(one, None).await;
    let child = |link| NewExecution { parent: Some(parent_of(parent, link)), ..new_execution(None) };
    let children = vec![child(Link::Awaited), child(Link::Awaited)];
    let Committed::Done { children, .. } = one.commit(Unit { children, ..Unit::default() }).await.unwrap() else {
        panic!("nothing has a name")
    };
    for id in &children {
        one.commit(unit_of(*id, Update::Block { cause: "no".into() })).await.unwrap();
        own(other, *id).await;
    }
    other.commit(unit_of(children[0], closing(crate::store::Status::Failed))).await.unwrap();
    assert_eq!(one.loose_ends().await.unwrap().parents, [parent]);
    assert_eq!(other.loose_ends().await.unwrap().parents, []);
    one.commit(unit_of(parent, closing(crate::store::Status::Failed))).await.unwrap();
    assert_eq!(one.loose_ends().await.unwrap().children, []);
    assert_eq!(other.loose_ends().await.unwrap().children, [children[1]]);
}

async fn one_of_all_who_claim_succeeds<S: Store>([one, other]: [Arc<S>; 2], fence: impl Fn(&S)) {
    let mut ids = Vec::new();
    for _ in 0..40 {
        let id = create(&*one, None).await;
        one.commit(unit_of(id, Update::Block { cause: "no".into() })).await.unwrap();
        ids.push(id);
    }
    let mut claims = JoinSet::new();
    for id in &ids {
        for store in [&one, &other] {
            let (store, id) = (Arc::clone(store), *id);
            claims.spawn(async move { claim(&*store, id).await });
        }
    }
    let claimed = claims.join_all().await.into_iter().filter(|claimed| *claimed).count();
    assert_eq!(claimed, ids.len());
    fence(&one);
    for id in ids {
        assert!(claim(&*other, id).await, "its owner has ended, or it is one's own");
    }
}

async fn messages_reach_the_owner<S: Store>(one: &S, other: &S, fence: impl Fn(&S)) {
    let id = create(one, None).await;
    let new = NewToken { token: "t".into(), task: "ask".into(), due: None };
    one.commit(unit_of(id, Update::IssueToken(new))).await.unwrap();
    let complete = Post::Complete { token: "t".into(), result: Ok("1".into()) };
    let message = other.post(complete, 0).await.unwrap();
    let failed = crate::failure::Failed::new("E", "");
    let stop = other.post(Post::Stop { execution: id, failed }, 0).await.unwrap();
    let seen = async |store: &S| -> Vec<MessageId> {
        store.inbox().await.unwrap().into_iter().map(|message| message.id).collect()
    };
    assert_eq!((seen(one).await, seen(other).await), (vec![message, stop], vec![]));
    fence(one);
    assert_eq!(seen(other).await, [message, stop], "nobody owns it");
}

async fn a_start_is_carried_out_once<S: Store>(one: &S, other: &S) {
    let start = Post::Start { workflow: "order".into(), name: None, input: "1".into() };
    let message = one.post(start, 0).await.unwrap();
    for store in [one, other] {
        assert_eq!(store.inbox().await.unwrap().len(), 1, "whoever is first carries it out");
    }
    let unit = Unit { create: Some(new_execution(None)), taken: vec![message], ..Unit::default() };
    created(other.commit(unit.clone()).await);
    let again = one.commit(unit).await;
    assert!(matches!(again, Err(StoreError::Taken(taken)) if taken == message), "{again:?}");
    one.commit(Unit { taken: vec![message], ..Unit::default() }).await.unwrap();
}

async fn executions_of_other_programs_are_left_alone<S: Store>(one: &S, audits: &S) {
    let (order, audit) = (create(one, None).await, create_of(one, "audit").await);
    let far = create_of(one, "audit").await;
    one.commit(unit_of(far, Update::Wake(Wake::At(9_000)))).await.unwrap();
    assert_eq!((freed(audits).await, due(audits).await), (vec![], vec![]));
    one.close().await.unwrap();
    assert_eq!((freed(audits).await, due(audits).await), (vec![audit, far], vec![audit, far]));
    let sharing = audits.sharing().unwrap();
    assert_eq!(sharing.freed(FIRST_WAITING, 8_999, 10).await.unwrap(), (vec![(Wake::Active, audit)], Some(9_000)));
    assert_eq!(audits.due(FIRST_WAITING, 8_999, 10).await.unwrap(), (vec![(Wake::Active, audit)], Some(9_000)));
    assert!(claim(audits, order).await, "what is asked by its number can be had");
    own(audits, far).await;
    assert_eq!((freed(audits).await, due(audits).await), (vec![audit], vec![order, audit, far]));
}

async fn create_of<S: Store>(store: &S, workflow: &str) -> ExecutionId {
    let new = NewExecution { workflow: workflow.into(), ..new_execution(None) };
    created(store.commit(Unit { create: Some(new), ..Unit::default() }).await)
}

async fn a_fenced_engine_writes_nothing<S: Store>(one: &S, other: &S, fence: impl Fn(&S)) {
    let id = create(one, None).await;
    let new = NewToken { token: "t".into(), task: "ask".into(), due: None };
    one.commit(unit_of(id, Update::IssueToken(new))).await.unwrap();
    fence(one);
    fenced(one.commit(append(id, vec![row(0)])).await);
    one.sharing().unwrap().fenced().await;
    fenced(one.commit(Unit { create: Some(new_execution(None)), ..Unit::default() }).await);
    fenced(one.put_machine("late", "order", "{}").await);
    fenced(one.post(Post::Start { workflow: "order".into(), name: None, input: "1".into() }, 0).await);
    fenced(one.expire_token("t", None).await);
    fenced(one.heartbeat("t", 0).await);
    fenced(one.sharing().unwrap().claim(id).await);
    fenced(one.sharing().unwrap().join(Vec::new()).await);
    own(other, id).await;
    other.commit(append(id, vec![row(1)])).await.unwrap();
    fenced(one.commit(append(id, vec![row(2)])).await);
    assert_eq!(one.journal(id).await.unwrap(), [row(1)], "it may look");
    assert_eq!(other.token("t").await.unwrap().unwrap().status, crate::store::TokenStatus::Waiting);
    assert_eq!((other.inbox().await.unwrap().len(), other.machine("late").await.unwrap()), (0, None));
    assert_eq!(other.list(&crate::store::ListFilter::default()).await.unwrap().len(), 1);
    one.close().await.unwrap();
    other.commit(append(id, vec![row(3)])).await.unwrap();
}

/// And others are told of it.
async fn an_orderly_end_frees_at_once<S: Store>(one: &S, other: &S) {
    let (id, ended, blocked) = (create(one, None).await, create(one, None).await, create(one, None).await);
    one.commit(unit_of(blocked, crate::store::Update::Block { cause: "changed".into() })).await.unwrap();
    one.commit(unit_of(ended, closing(crate::store::Status::Failed))).await.unwrap();
    other.posted().await;
    let sharing = other.sharing().unwrap();
    let rows = sharing.over(vec![id, ended, blocked, ExecutionId(99)]).await.unwrap();
    assert_eq!(rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), [ended, blocked]);
    assert_eq!(freed(other).await, []);
    one.close().await.unwrap();
    other.posted().await;
    while freed(other).await.is_empty() {
        other.posted().await;
    }
    assert_eq!(freed(other).await, [id]);
    own(other, id).await;
    other.commit(append(id, vec![row(0)])).await.unwrap();
}
