//! Running executions of a workflow, and how far they were held against code.

use super::super::{Checked, ExecutionId, NewExecution, RunningOn, Status, Store, Unit, Update};
use super::fixtures::{MACHINE, closing, create, created, new_execution, unit_of};

/// Only what runs, of one workflow, by number, in pages, with its machine; and what was checked is what was said last.
pub(super) async fn running_ones_are_paged<S: Store>(store: &S) {
    store.put_machine("fingerprint-2", "order", "{}").await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(create(store, None).await);
    }
    let other = NewExecution { workflow: "other".into(), ..new_execution(None) };
    created(store.commit(Unit { create: Some(other), ..Unit::default() }).await);
    store.commit(unit_of(ids[1], closing(Status::Failed))).await.unwrap();
    store.commit(unit_of(ids[2], Update::Block { cause: "gone".into() })).await.unwrap();
    store.commit(unit_of(ids[3], Update::Move { machine: "fingerprint-2".into() })).await.unwrap();
    let third = NewExecution { version: 3, ..new_execution(None) };
    let third = created(store.commit(Unit { create: Some(third), ..Unit::default() }).await);
    assert_eq!(store.execution(third).await.unwrap().unwrap().version, 3);
    let on = |index: usize, machine: &str| RunningOn { id: ids[index], version: 1, machine: machine.to_owned() };
    let third = RunningOn { id: third, version: 3, machine: MACHINE.to_owned() };
    let all = [on(0, MACHINE), on(3, "fingerprint-2"), on(4, MACHINE), third];
    assert_eq!(store.running("order", ExecutionId(0), 10).await.unwrap(), all);
    assert_eq!(store.running("order", ExecutionId(0), 2).await.unwrap(), all[..2]);
    assert_eq!(store.running("order", ids[3], 10).await.unwrap(), all[2..]);
    assert_eq!(store.running("nothing", ExecutionId(0), 10).await.unwrap(), []);

    assert_eq!(store.checked("order").await.unwrap(), None);
    for (code, to) in [("a", 7), ("b", 3)] {
        let checked = Checked { workflow: "order".into(), code: code.into(), to: ExecutionId(to) };
        store.commit(Unit { checked: Some(checked.clone()), ..Unit::default() }).await.unwrap();
        assert_eq!(store.checked("order").await.unwrap(), Some(checked));
    }
    assert_eq!(store.checked("other").await.unwrap(), None);
}
