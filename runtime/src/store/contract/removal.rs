//! What was removed is gone.

use super::*;
use crate::store::{NewToken, Removable, TokenError};

/// All that could be removed at a time.
async fn removable<S: Store>(store: &S, closed_before: i64) -> Vec<ExecutionId> {
    let which = Removable { closed_before, workflow: None, after: ExecutionId(0), limit: 100 };
    store.removable(&which).await.unwrap()
}

/// Promise 9: a removed execution is found by nothing, and its name is free; numbers go on.
pub async fn removed_means_gone<S: Store>(store: &S) {
    let old = create(store, Some("old")).await;
    let kept = create(store, None).await;
    let issue = Update::IssueToken(NewToken { token: "t".into(), task: "ask".into(), due: None });
    store.commit(unit_of(old, issue)).await.unwrap();
    store.commit(append(old, vec![full_row(), row(1)])).await.unwrap();
    store.commit(append(kept, vec![full_row()])).await.unwrap();
    store.commit(append(old, vec![row(2)])).await.unwrap();
    store.commit(unit_of(old, closing(Status::Succeeded))).await.unwrap();
    let open = create(store, Some("open")).await;

    assert_eq!(removable(store, i64::MAX).await, [old]);
    assert_eq!(removable(store, STARTED).await, [], "it ended later");
    assert_eq!(store.remove(&[old, open, ExecutionId(77)]).await.unwrap(), 1, "what is open stays");
    assert_eq!(store.execution(old).await.unwrap(), None);
    assert_eq!(store.execution_by_name("order", "old").await.unwrap(), None);
    assert_eq!(store.journal(old).await.unwrap(), []);
    assert_eq!(store.token("t").await.unwrap(), None);
    let answer = Post::Complete { token: "t".into(), result: Ok("1".into()) };
    let refused = store.post(answer, STARTED).await;
    assert!(matches!(refused, Err(StoreError::Token(TokenError::Unknown))), "{refused:?}");
    let listed: Vec<_> = store.list(&ListFilter::default()).await.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(listed, [open, kept]);
    while store.sweep().await.unwrap() {}
    assert_eq!(store.journal(kept).await.unwrap(), [full_row()]);

    let again = create(store, Some("old")).await;
    assert_eq!(again, ExecutionId(open.0 + 1), "no number is given twice");
    store.commit(append(again, vec![row(3)])).await.unwrap();
    assert_eq!(store.journal(again).await.unwrap(), [row(3)]);
}

/// Promise 9: the newest execution stays, and so do children of what is open.
pub async fn what_is_needed_still_stays<S: Store>(store: &S) {
    let parent = create(store, None).await;
    let unit = Unit {
        children: vec![NewExecution {
            parent: Some(crate::store::Parent { execution: parent, scope: "".into(), ordinal: 0, link: Link::Awaited }),
            ..new_execution(None)
        }],
        ..Unit::default()
    };
    let Committed::Done { children, .. } = store.commit(unit).await.unwrap() else { panic!("it creates a child") };
    let child = children[0];
    store.commit(unit_of(child, closing(Status::Failed))).await.unwrap();
    let last = create(store, None).await;
    store.commit(unit_of(last, closing(Status::Succeeded))).await.unwrap();
    assert_eq!(removable(store, i64::MAX).await, [], "a child of what is open, and the newest");
    assert_eq!(store.remove(&[child, last]).await.unwrap(), 0);

    store.commit(unit_of(parent, closing(Status::Succeeded))).await.unwrap();
    assert_eq!(removable(store, i64::MAX).await, [parent, child]);
    let page = Removable { closed_before: i64::MAX, workflow: None, after: parent, limit: 1 };
    assert_eq!(store.removable(&page).await.unwrap(), [child]);
    let others = Removable { workflow: Some("other".to_owned()), ..page };
    assert_eq!(store.removable(&others).await.unwrap(), []);
    assert_eq!(store.remove(&[parent]).await.unwrap(), 1);
    assert_eq!(store.execution(child).await.unwrap().unwrap().parent.unwrap().execution, parent);
    assert_eq!(store.remove(&[child]).await.unwrap(), 1);
}
