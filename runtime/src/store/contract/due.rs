//! In which order executions want attention.

use super::super::{FIRST_TIMER, FIRST_WAITING, Status, Store, Update, Wake};
use super::fixtures::{closing, create, unit_of};

/// What is active comes first, then by time; what waits for something outside never; in pages; and the next time is told.
pub(super) async fn due_is_ordered<S: Store>(store: &S) {
    let wakes =
        [Wake::At(300), Wake::External, Wake::Active, Wake::At(100), Wake::At(200), Wake::Active, Wake::At(100)];
    let mut ids = Vec::new();
    for wake in wakes {
        let id = create(store, None).await;
        store.commit(unit_of(id, Update::Wake(wake))).await.unwrap();
        ids.push(id);
    }
    let closed = create(store, None).await;
    store.commit(unit_of(closed, closing(Status::Aborted))).await.unwrap();
    let order: Vec<_> = [2, 5, 3, 6, 4, 0].map(|index| (wakes[index], ids[index])).into();
    for (until, limit, count, next) in [
        (300, 10, 6, None),
        (299, 10, 5, Some(300)),
        (100, 10, 4, Some(200)),
        (99, 10, 2, Some(100)),
        (i64::MIN, 10, 2, Some(100)),
        (1000, 4, 4, None),
        (100, 1, 1, Some(200)),
        (1000, 0, 0, None),
    ] {
        let found = store.due(FIRST_WAITING, until, limit).await.unwrap();
        assert_eq!(found, (order[..count].to_vec(), next), "until {until}, {limit}");
    }
    for seen in 1..order.len() {
        let (rest, _) = store.due(order[seen - 1], 1000, 2).await.unwrap();
        assert_eq!(rest, order[seen..].iter().take(2).copied().collect::<Vec<_>>(), "after {seen}");
    }
    assert_eq!(store.due(FIRST_TIMER, 1000, 10).await.unwrap().0, order[2..]);
    store.commit(unit_of(ids[0], Update::Wake(Wake::Active))).await.unwrap();
    let active: Vec<_> = store.due(FIRST_WAITING, 0, 10).await.unwrap().0.into_iter().map(|(_, id)| id).collect();
    assert_eq!(active, [ids[0], ids[2], ids[5]]);
}
