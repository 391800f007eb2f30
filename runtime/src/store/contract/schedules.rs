//! Schedules are kept, and changed only by who knows them.

use super::*;
use crate::store::ScheduleRow;

fn named(name: &str) -> ScheduleRow {
    ScheduleRow {
        name: name.to_owned(),
        workflow: "order".to_owned(),
        input: "{\"amount\": 3}".into(),
        rule: "{}".to_owned(),
        paused: true,
        next: Some(i64::MAX),
        last: Some("b-1".to_owned()),
    }
}

/// A schedule is what was put last; a change of what it is no more is none.
pub async fn schedules_are_kept_and_swapped<S: Store>(store: &S) {
    let (a, b) = (named("a"), ScheduleRow { paused: false, next: None, last: None, ..named("b") });
    store.put_schedule(b.clone()).await.unwrap();
    store.put_schedule(ScheduleRow { workflow: "other".to_owned(), ..named("a") }).await.unwrap();
    store.put_schedule(a.clone()).await.unwrap();
    assert_eq!(store.schedules().await.unwrap(), [a.clone(), b.clone()]);

    let later = ScheduleRow { next: Some(7), ..b.clone() };
    assert!(store.swap_schedule(&b, Some(later.clone())).await.unwrap());
    assert!(!store.swap_schedule(&b, None).await.unwrap(), "it has changed");
    assert!(!store.swap_schedule(&named("c"), Some(named("c"))).await.unwrap(), "there is none");
    assert!(store.swap_schedule(&a, None).await.unwrap());
    assert_eq!(store.schedules().await.unwrap(), [later]);
}
