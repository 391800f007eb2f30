//! What a store promises about child executions.

use super::fixtures::{closing, create, new_execution, unit_of};
use crate::store::{
    Committed, ExecutionId, Link, LooseEnds, NewExecution, Parent, Status, Store, StoreError, Unit, Update, Wake,
};

pub(super) fn parent_of(execution: ExecutionId, link: Link) -> Parent {
    Parent { execution, scope: "1.0".into(), ordinal: 4, link }
}

fn child_of(execution: ExecutionId, name: &str, link: Link) -> NewExecution {
    NewExecution { parent: Some(parent_of(execution, link)), ..new_execution(Some(name)) }
}

/// Children appear with the unit of their parent, or not at all.
pub(super) async fn are_created_with_their_parents_unit<S: Store>(store: &S) {
    let new = ExecutionId::NEW;
    let unit = Unit {
        create: Some(new_execution(Some("parent"))),
        children: vec![child_of(new, "first", Link::Awaited), child_of(new, "second", Link::Detached)],
        ..Unit::default()
    };
    let Ok(Committed::Done { created: Some(parent), children }) = store.commit(unit).await else { panic!("created") };
    let rows = store.children(parent).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), children);
    let parents: Vec<_> = rows.into_iter().map(|row| row.parent.unwrap()).collect();
    assert_eq!(parents, [parent_of(parent, Link::Awaited), parent_of(parent, Link::Detached)]);
    assert_eq!(store.execution(children[0]).await.unwrap().unwrap().wake, Wake::Active);

    store.commit(unit_of(parent, closing(Status::Succeeded))).await.unwrap();
    let late = Unit { children: vec![child_of(parent, "late", Link::Awaited)], ..Unit::default() };
    assert!(matches!(store.commit(late).await, Err(StoreError::Closed(closed)) if closed == parent));
    assert_eq!(store.children(parent).await.unwrap().len(), 2);
}

/// Promise 4: an execution that goes on in the place of another has a name of its own, or is not created, nor the other one closed.
pub(super) async fn go_on_under_names_of_their_own<S: Store>(store: &S) {
    let taken = create(store, Some("feed~2")).await;
    let before = create(store, Some("feed")).await;
    let goes_on = |name| Unit {
        children: vec![child_of(before, name, Link::Continues)],
        ..unit_of(before, closing(Status::Succeeded))
    };
    let Ok(Committed::NameTaken(row)) = store.commit(goes_on("feed~2")).await else { panic!("the name is taken") };
    assert_eq!(row.id, taken);
    assert_eq!(store.execution(before).await.unwrap().unwrap().status, Status::Running);
    let Ok(Committed::Done { children, .. }) = store.commit(goes_on("feed~3")).await else { panic!("created") };
    let next = store.execution(children[0]).await.unwrap().unwrap();
    assert_eq!((next.status, next.parent), (Status::Running, Some(parent_of(before, Link::Continues))));
    assert_eq!(store.execution(before).await.unwrap().unwrap().status, Status::Succeeded);
    assert_eq!(store.loose_ends().await.unwrap(), LooseEnds::default(), "nobody waits for it");
}

/// A child that is not waited for any more is known until it ends, and a parent that waits for one that has ended until it has taken the end.
pub(super) async fn are_known_when_nobody_waits_for_them<S: Store>(store: &S) {
    let parent = create(store, Some("parent")).await;
    let mut children = Vec::new();
    for name in ["a", "b", "c"] {
        let link = if name == "c" { Link::Detached } else { Link::Awaited };
        let unit = Unit { children: vec![child_of(parent, name, link)], ..Unit::default() };
        let Ok(Committed::Done { children: created, .. }) = store.commit(unit).await else { panic!("created") };
        children.extend(created);
    }
    assert_eq!(store.loose_ends().await.unwrap(), LooseEnds::default());

    store.commit(unit_of(children[0], closing(Status::Succeeded))).await.unwrap();
    let waits = LooseEnds { parents: vec![parent], children: Vec::new() };
    assert_eq!(store.loose_ends().await.unwrap(), waits);
    let elsewhere = Update::Release { scope: "1.1".into(), ordinal: 4 };
    store.commit(unit_of(parent, elsewhere)).await.unwrap();
    assert_eq!(store.loose_ends().await.unwrap(), waits);
    let release = Update::Release { scope: "1.0".into(), ordinal: 4 };
    store.commit(unit_of(parent, release)).await.unwrap();
    let stops = LooseEnds { parents: Vec::new(), children: vec![children[1]] };
    assert_eq!(store.loose_ends().await.unwrap(), stops);
    store.commit(unit_of(children[1], closing(Status::Aborted))).await.unwrap();
    assert_eq!(store.loose_ends().await.unwrap(), LooseEnds::default());

    let unit = Unit { children: vec![child_of(parent, "d", Link::Awaited)], ..Unit::default() };
    let Ok(Committed::Done { children: last, .. }) = store.commit(unit).await else { panic!("created") };
    store.commit(unit_of(parent, closing(Status::Failed))).await.unwrap();
    assert_eq!(store.loose_ends().await.unwrap(), LooseEnds { parents: Vec::new(), children: last });
}
