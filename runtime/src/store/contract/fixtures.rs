//! What the suite writes.

use crate::store::{Committed, ExecutionId, JournalRow, NewExecution, Status, Store, StoreError, Unit, Update};

pub(in crate::store) const MACHINE: &str = "fingerprint-1";
pub(in crate::store) const STARTED: i64 = 1_700_000_000_000;

pub(in crate::store) async fn prepared<S: Store>(make: &impl AsyncFn() -> S) -> S {
    let store = make().await;
    prepare(&store).await;
    store
}

pub(in crate::store) async fn prepare<S: Store>(store: &S) {
    store.put_machine(MACHINE, "order", "{\"states\": []}").await.unwrap();
    if let Some(sharing) = store.sharing() {
        sharing.join(["order", "refund", "audit"].map(String::from).into()).await.unwrap();
    }
}

/// Makes the engine the owner of an execution that nobody owns, where engines share the store.
pub(in crate::store) async fn own<S: Store>(store: &S, id: ExecutionId) {
    if let Some(sharing) = store.sharing() {
        assert!(sharing.claim(id).await.unwrap(), "nobody owns it");
    }
}

pub(in crate::store) async fn create<S: Store>(store: &S, name: Option<&str>) -> ExecutionId {
    created(store.commit(Unit { create: Some(new_execution(name)), ..Unit::default() }).await)
}

pub(in crate::store) fn created(answer: Result<Committed, StoreError>) -> ExecutionId {
    match answer.unwrap() {
        Committed::Done { created: Some(id), .. } => id,
        other => panic!("nothing was created: {other:?}"),
    }
}

/// The execution because of which a unit is refused.
pub(in crate::store) async fn refusal<S: Store>(store: &S, unit: Unit) -> Option<ExecutionId> {
    match store.commit(unit).await {
        Err(StoreError::Closed(id)) => Some(id),
        _ => None,
    }
}

pub(in crate::store) fn new_execution(name: Option<&str>) -> NewExecution {
    NewExecution {
        workflow: "order".into(),
        version: 1,
        name: name.map(Into::into),
        machine: MACHINE.into(),
        input: "{\"amount\": 3}".into(),
        nonce: "nonce".into(),
        started_at: STARTED,
        parent: None,
        origin: None,
    }
}

pub(in crate::store) fn row(ordinal: u32) -> JournalRow {
    JournalRow {
        ordinal,
        event: 20,
        at: 3,
        payload: Some(format!("{{\"n\": {ordinal}}}").into()),
        ..JournalRow::default()
    }
}

pub(in crate::store) fn full_row() -> JournalRow {
    JournalRow {
        scope: "3.1.0.17".into(),
        ordinal: u32::MAX,
        event: 255,
        at: i64::MAX,
        state: Some(u32::MAX),
        visits: Some("4 7 4".into()),
        name: Some("charge_card".into()),
        number: Some(i64::MIN),
        payload: Some(format!("[\"{}\"]", "z".repeat(80)).into()),
    }
}

pub(in crate::store) fn append(id: ExecutionId, rows: Vec<JournalRow>) -> Unit {
    Unit { append: rows.into_iter().map(|row| (id, row)).collect(), ..Unit::default() }
}

pub(in crate::store) fn unit_of(id: ExecutionId, update: Update) -> Unit {
    Unit { update: vec![(id, update)], ..Unit::default() }
}

pub(in crate::store) fn closing(status: Status) -> Update {
    Update::Close {
        status,
        output: Some("[1]".into()),
        error: Some("Declined".into()),
        cause: Some("no money".into()),
        at: STARTED + 5,
    }
}
