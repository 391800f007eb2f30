//! The contract as a test suite, for any store: one function for each numbered promise of [`store`](super), and more for what is read.
//! They panic where a store breaks the contract, and run on a tokio runtime of either flavour.

mod activity;
mod children;
mod due;
pub(super) mod fixtures;
pub mod inbox;
pub mod removal;
mod running;
pub mod schedules;
pub mod sharing;

use std::{collections::HashSet, sync::Arc};

use tokio::task::JoinSet;

use self::fixtures::{
    MACHINE, STARTED, append, closing, create, created, full_row, new_execution, own, prepared, refusal, row, unit_of,
};
use super::{
    Committed, ExecutionId, ExecutionRow, FIRST_WAITING, JournalRow, Link, ListFilter, NewExecution, Post, Status,
    Store, StoreError, Unit, Update, Wake,
};

/// Checks all that can be checked without opening a store again. `make` gives an empty store each time.
pub async fn check<S: Store>(make: impl AsyncFn() -> S) {
    units_are_atomic(&prepared(&make).await).await;
    units_keep_their_order(Arc::new(prepared(&make).await)).await;
    names_are_given_once(Arc::new(prepared(&make).await)).await;
    writes_are_read(&prepared(&make).await).await;
    reads_go_on_beside_writes(Arc::new(prepared(&make).await)).await;
    closed_means_closed(&prepared(&make).await).await;
    only_a_reopening_reopens(&prepared(&make).await).await;
    blocked_is_not_closed(&prepared(&make).await).await;
    children::are_created_with_their_parents_unit(&prepared(&make).await).await;
    children::go_on_under_names_of_their_own(&prepared(&make).await).await;
    children::are_known_when_nobody_waits_for_them(&prepared(&make).await).await;
    a_dropped_commit_counts(Arc::new(prepared(&make).await)).await;
    machines_are_kept(&prepared(&make).await).await;
    payloads_are_kept_exactly(&prepared(&make).await).await;
    lists_are_filtered_and_paged(&prepared(&make).await).await;
    due::due_is_ordered(&prepared(&make).await).await;
    running::running_ones_are_paged(&prepared(&make).await).await;
    inbox::tokens_are_completed_once(Arc::new(prepared(&make).await)).await;
    inbox::tokens_expire(&prepared(&make).await).await;
    inbox::heartbeats_keep_a_token(&prepared(&make).await).await;
    inbox::messages_stay_until_they_are_taken(&prepared(&make).await).await;
    removal::removed_means_gone(&prepared(&make).await).await;
    removal::what_is_needed_still_stays(&prepared(&make).await).await;
    schedules::schedules_are_kept_and_swapped(&prepared(&make).await).await;
    activity::attempts_are_handed_out_once(Arc::new(prepared(&make).await)).await;
    activity::what_waits_is_told(&prepared(&make).await).await;
    activity::attempts_are_handed_out_in_their_order(&prepared(&make).await).await;
    activity::what_nobody_waits_for_is_not_handed_out(&prepared(&make).await).await;
    after_close_nothing_works(&prepared(&make).await).await;
}

/// Checks promise 2 as far as it goes without crashes. `open` opens the same medium each time, empty at first.
pub async fn check_reopening<S: Store>(open: impl AsyncFn() -> S) {
    let store = prepared(&open).await;
    let id = create(&store, Some("kept")).await;
    let row = full_row();
    store.commit(append(id, vec![row.clone(), row.clone()])).await.unwrap();
    let before = store.execution(id).await.unwrap();
    store.close().await.unwrap();
    drop(store);

    let store = open().await;
    own(&store, id).await;
    assert_eq!(store.execution(id).await.unwrap(), before);
    assert_eq!(store.journal(id).await.unwrap(), [row.clone(), row.clone()]);
    assert!(store.machine(MACHINE).await.unwrap().is_some());
    store.commit(append(id, vec![row.clone()])).await.unwrap();
    store.commit(unit_of(id, closing(Status::Succeeded))).await.unwrap();
    let start = Post::Start { workflow: "order".into(), name: None, input: "1".into() };
    store.post(start, STARTED).await.unwrap();
    // Without a close: what was acknowledged is there all the same.
    drop(store);

    let store = open().await;
    assert_eq!(store.journal(id).await.unwrap(), [row.clone(), row.clone(), row]);
    assert_eq!(store.inbox().await.unwrap().len(), 1, "what was posted is there");
    assert_eq!(store.execution(id).await.unwrap().unwrap().status, Status::Succeeded);
    assert_eq!(refusal(&store, append(id, vec![full_row()])).await, Some(id), "closed before it was opened again");
    assert_eq!(create(&store, None).await, ExecutionId(id.0 + 1), "numbers go on");
}

/// Promise 1: a unit is applied whole or not at all.
pub async fn units_are_atomic<S: Store>(store: &S) {
    let open = create(store, None).await;
    let closed = create(store, None).await;
    store.commit(unit_of(closed, closing(Status::Failed))).await.unwrap();

    let refused = Unit {
        create: Some(new_execution(Some("refused"))),
        children: Vec::new(),
        append: vec![(open, row(0)), (ExecutionId::NEW, row(0)), (closed, row(0))],
        update: vec![(open, Update::Wake(Wake::At(7)))],
        ..Unit::default()
    };
    assert_eq!(refusal(store, refused).await, Some(closed));
    assert!(store.execution_by_name("order", "refused").await.unwrap().is_none());
    assert_eq!(store.journal(open).await.unwrap(), []);
    assert_eq!(store.execution(open).await.unwrap().unwrap().wake, Wake::Active);

    let late = Unit {
        append: vec![(open, row(0))],
        update: vec![(ExecutionId(99), closing(Status::Failed))],
        ..Unit::default()
    };
    assert_eq!(refusal(store, late).await, Some(ExecutionId(99)));
    assert_eq!(store.journal(open).await.unwrap(), []);

    let no_machine = Unit {
        create: Some(NewExecution { machine: "never put".into(), ..new_execution(None) }),
        append: vec![(open, row(0))],
        ..Unit::default()
    };
    assert!(matches!(store.commit(no_machine).await, Err(StoreError::NoMachine(_))));
    assert_eq!(store.journal(open).await.unwrap(), []);

    let whole = Unit {
        create: Some(NewExecution {
            parent: Some(children::parent_of(open, Link::Awaited)),
            ..new_execution(Some("child"))
        }),
        children: Vec::new(),
        append: vec![(open, row(0)), (ExecutionId::NEW, row(0))],
        update: vec![(open, Update::Wake(Wake::External)), (ExecutionId::NEW, Update::Wake(Wake::At(STARTED)))],
        ..Unit::default()
    };
    let child = created(store.commit(whole).await);
    assert_eq!(child.0, closed.0 + 1, "numbers are consecutive: what was refused took none");
    assert_eq!(store.journal(open).await.unwrap(), [row(0)]);
    assert_eq!(store.journal(child).await.unwrap(), [row(0)]);
    assert_eq!(store.execution(open).await.unwrap().unwrap().wake, Wake::External);
    let child = store.execution(child).await.unwrap().unwrap();
    assert_eq!(child.wake, Wake::At(STARTED));
    assert_eq!(child.parent, Some(children::parent_of(open, Link::Awaited)));
}

/// Promise 3: units are applied in the order of the calls, and journals are read in that order.
pub async fn units_keep_their_order<S: Store>(store: Arc<S>) {
    const EXECUTIONS: usize = 20;
    const ROWS: u32 = 50;
    let mut ids = Vec::new();
    for _ in 0..EXECUTIONS {
        ids.push(create(&*store, None).await);
    }
    // A future's first poll is its call: here all are called, in order, before any is waited for.
    let mut tasks = JoinSet::new();
    for id in ids.clone() {
        let store = store.clone();
        tasks.spawn(async move {
            let mut calls: Vec<_> = (0..ROWS).map(|ordinal| store.commit(append(id, vec![row(ordinal)]))).collect();
            std::future::poll_fn(|context| {
                calls.retain_mut(|call| match call.as_mut().poll(context) {
                    std::task::Poll::Ready(answer) => answer.map(|_| false).unwrap(),
                    std::task::Poll::Pending => true,
                });
                if calls.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            })
            .await;
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for id in ids {
        let journal = store.journal(id).await.unwrap();
        assert_eq!(journal, (0..ROWS).map(row).collect::<Vec<_>>());
    }
}

/// Promise 4: of any number that race for a name, one gets it and all learn which.
pub async fn names_are_given_once<S: Store>(store: Arc<S>) {
    let mut tasks = JoinSet::new();
    for number in 0..200 {
        let store = store.clone();
        tasks.spawn(async move {
            let new = NewExecution { nonce: format!("nonce {number}"), ..new_execution(Some("only one")) };
            let appended = vec![(ExecutionId::NEW, row(0))];
            store.commit(Unit { create: Some(new), append: appended, ..Unit::default() }).await.unwrap()
        });
    }
    let mut winners = Vec::new();
    let mut seen = HashSet::new();
    while let Some(done) = tasks.join_next().await {
        match done.unwrap() {
            Committed::Done { created, .. } => winners.push(created.unwrap()),
            Committed::NameTaken(row) => assert!(seen.insert(row.id) || seen.len() == 1),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(seen, HashSet::from([winners[0]]));
    assert_eq!(store.journal(winners[0]).await.unwrap().len(), 1);
    assert_eq!(store.list(&ListFilter::default()).await.unwrap().len(), 1);

    let elsewhere = NewExecution { workflow: "refund".into(), ..new_execution(Some("only one")) };
    created(store.commit(Unit { create: Some(elsewhere), ..Unit::default() }).await);
    store.commit(unit_of(winners[0], closing(Status::Succeeded))).await.unwrap();
    let again = store.commit(Unit { create: Some(new_execution(Some("only one"))), ..Unit::default() }).await.unwrap();
    let Committed::NameTaken(taken) = again else { panic!("a closed execution keeps its name") };
    assert_eq!(taken.status, Status::Succeeded);
}

/// Promise 5: a read sees every commit that returned before it.
pub async fn writes_are_read<S: Store>(store: &S) {
    let id = create(store, Some("read")).await;
    let expected = ExecutionRow {
        id,
        workflow: "order".into(),
        version: 1,
        name: Some("read".into()),
        machine: MACHINE.into(),
        status: Status::Running,
        input: "{\"amount\": 3}".into(),
        output: None,
        error: None,
        cause: None,
        nonce: "nonce".into(),
        started_at: STARTED,
        closed_at: None,
        wake: Wake::Active,
        parent: None,
        origin: None,
    };
    assert_eq!(store.execution(id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(store.execution_by_name("order", "read").await.unwrap(), Some(expected));
    assert_eq!(store.execution_by_name("refund", "read").await.unwrap(), None);
    assert_eq!(store.execution(ExecutionId(id.0 + 1)).await.unwrap(), None);
    assert_eq!(store.journal(ExecutionId(id.0 + 1)).await.unwrap(), []);
    let mut written = Vec::new();
    for ordinal in 0..20 {
        written.push(row(ordinal));
        store.commit(append(id, vec![row(ordinal)])).await.unwrap();
        assert_eq!(store.journal(id).await.unwrap(), written);
    }
}

/// Promise 5: reads are whole and answered while others write.
pub async fn reads_go_on_beside_writes<S: Store>(store: Arc<S>) {
    let id = create(&*store, None).await;
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for ordinal in 0..100 {
                store.commit(append(id, vec![row(2 * ordinal), row(2 * ordinal + 1)])).await.unwrap();
            }
        }
    });
    let mut seen = 0;
    while seen < 200 {
        let journal = store.journal(id).await.unwrap();
        assert_eq!(journal.len() % 2, 0, "half a unit was read");
        assert!(journal.len() >= seen, "what was read before is gone");
        seen = journal.len();
        tokio::task::yield_now().await;
    }
    writing.await.unwrap();
}

/// Promise 6: nothing changes an execution that is closed.
pub async fn closed_means_closed<S: Store>(store: &S) {
    for status in [Status::Succeeded, Status::Failed, Status::Aborted, Status::TimedOut] {
        let id = create(store, None).await;
        // The rows of a unit come before its changes: the last row and the end are one unit.
        let end = Unit { append: vec![(id, row(0))], update: vec![(id, closing(status))], ..Unit::default() };
        store.commit(end).await.unwrap();
        let closed = store.execution(id).await.unwrap().unwrap();
        assert_eq!((closed.status, closed.closed_at, closed.wake), (status, Some(STARTED + 5), Wake::External));
        assert_eq!((closed.output.as_deref(), closed.error.as_deref()), (Some("[1]"), Some("Declined")));
        assert_eq!(closed.cause.as_deref(), Some("no money"));

        let block = Update::Block { cause: "late".into() };
        let unblock = Update::Unblock;
        let moved = Update::Move { machine: MACHINE.into() };
        for update in [closing(Status::Failed), Update::Wake(Wake::Active), block, unblock, moved] {
            assert_eq!(refusal(store, unit_of(id, update)).await, Some(id));
        }
        assert_eq!(refusal(store, append(id, vec![row(1)])).await, Some(id));
        assert_eq!(store.execution(id).await.unwrap(), Some(closed));
        assert_eq!(store.journal(id).await.unwrap(), [row(0)]);
    }
    let twice = create(store, None).await;
    let update = vec![(twice, closing(Status::Failed)), (twice, Update::Wake(Wake::Active))];
    assert_eq!(refusal(store, Unit { update, ..Unit::default() }).await, Some(twice));
    assert_eq!(store.execution(twice).await.unwrap().unwrap().status, Status::Running);
    assert_eq!(refusal(store, append(ExecutionId::NEW, vec![row(0)])).await, Some(ExecutionId::NEW));
    assert_eq!(refusal(store, append(ExecutionId(-1), vec![row(0)])).await, Some(ExecutionId(-1)));
}

/// Promise 6: a unit that reopens an execution may append to it, and takes back its end.
pub async fn only_a_reopening_reopens<S: Store>(store: &S) {
    let id = create(store, None).await;
    let open = store.commit(unit_of(id, Update::Reopen)).await;
    assert!(matches!(open, Err(StoreError::Open(refused)) if refused == id), "{open:?}");
    assert_eq!(refusal(store, unit_of(ExecutionId(99), Update::Reopen)).await, Some(ExecutionId(99)));
    let before = store.execution(id).await.unwrap();
    for round in 1..=2 {
        store.commit(unit_of(id, closing(Status::Failed))).await.unwrap();
        assert_eq!(refusal(store, append(id, vec![row(0)])).await, Some(id));
        let reopening = Unit { append: vec![(id, row(0))], update: vec![(id, Update::Reopen)], ..Unit::default() };
        store.commit(reopening).await.unwrap();
        assert_eq!(store.execution(id).await.unwrap(), before, "as it was before it ended");
        assert_eq!(store.journal(id).await.unwrap().len(), round);
        assert_eq!(store.execution(id).await.unwrap().unwrap().wake, Wake::Active);
        store.commit(append(id, vec![])).await.unwrap();
    }
}

/// An execution that is parked can be written to, waits for nothing, and runs again; its machine changes by itself.
pub async fn blocked_is_not_closed<S: Store>(store: &S) {
    store.put_machine("fingerprint-2", "order", "{}").await.unwrap();
    let id = create(store, None).await;
    store.commit(unit_of(id, Update::Block { cause: "state 3 is gone".into() })).await.unwrap();
    let blocked = store.execution(id).await.unwrap().unwrap();
    assert_eq!((blocked.status, blocked.cause.as_deref()), (Status::Blocked, Some("state 3 is gone")));
    assert_eq!((blocked.error, blocked.closed_at), (None, None));
    assert_eq!(store.due(FIRST_WAITING, i64::MAX, 10).await.unwrap(), (vec![], None));
    own(store, id).await;
    store.commit(append(id, vec![row(0)])).await.unwrap();

    let unknown = unit_of(id, Update::Move { machine: "never put".into() });
    assert!(matches!(store.commit(unknown).await, Err(StoreError::NoMachine(_))));
    store.commit(unit_of(id, Update::Wake(Wake::External))).await.unwrap();
    store.commit(unit_of(id, Update::Unblock)).await.unwrap();
    assert_eq!(store.execution(id).await.unwrap().unwrap().machine, MACHINE);
    store.commit(unit_of(id, Update::Move { machine: "fingerprint-2".into() })).await.unwrap();
    let running = store.execution(id).await.unwrap().unwrap();
    assert_eq!((running.status, running.cause, running.wake), (Status::Running, None, Wake::Active));
    assert_eq!(running.machine, "fingerprint-2");
    assert_eq!(store.due(FIRST_WAITING, 0, 10).await.unwrap(), (vec![(Wake::Active, id)], None));
}

/// A `commit` that is dropped after its first poll counts.
pub async fn a_dropped_commit_counts<S: Store>(store: Arc<S>) {
    let id = create(&*store, None).await;
    {
        let mut call = store.commit(append(id, vec![row(0)]));
        std::future::poll_fn(|context| {
            let _ = call.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
    }
    store.commit(append(id, vec![row(1)])).await.unwrap();
    assert_eq!(store.journal(id).await.unwrap(), [row(0), row(1)]);
}

/// Machines are found by fingerprint, and the first JSON stays.
pub async fn machines_are_kept<S: Store>(store: &S) {
    store.put_machine("f", "order", "{\"states\":[]}").await.unwrap();
    store.put_machine("f", "order", "{}").await.unwrap();
    assert_eq!(store.machine("f").await.unwrap().as_deref(), Some("{\"states\":[]}"));
    assert_eq!(store.machine("g").await.unwrap(), None);
}

/// Every field of a row comes back as it was, whatever a store shares between payloads.
pub async fn payloads_are_kept_exactly<S: Store>(store: &S) {
    let input: Arc<str> = format!("\"{}\"", "i".repeat(100)).into();
    let new = NewExecution { input: input.clone(), ..new_execution(None) };
    let id = created(store.commit(Unit { create: Some(new), ..Unit::default() }).await);
    let texts = ["", "0", "12", "1e3", "null", "\"ä\u{1F980}\\u0000\"", "  {\"b\": 1, \"a\": 2}\n"].map(Arc::from);
    let long = (0..12).map(|number| format!("[{number}, \"{}\"]", "x".repeat(60 + number % 4)).into());
    let large = Arc::from(format!("\"{}\"", "y".repeat(300_000)));
    let payloads: Vec<Arc<str>> = texts.into_iter().chain(long).chain([large, input]).collect();
    let mut expected = vec![full_row(), JournalRow::default()];
    for payload in payloads.iter().chain(&payloads).chain(payloads.iter().rev()) {
        expected.push(JournalRow { payload: Some(payload.clone()), ..row(1) });
    }
    for rows in expected.chunks(7) {
        store.commit(append(id, rows.to_vec())).await.unwrap();
    }
    assert_eq!(store.journal(id).await.unwrap(), expected);
}

/// Listing goes from the newest to the oldest, by any filter, page by page; counting agrees.
pub async fn lists_are_filtered_and_paged<S: Store>(store: &S) {
    let mut all = Vec::new();
    for number in 0..30 {
        let workflow = ["order", "refund", "audit"][number % 3];
        let new = NewExecution { workflow: workflow.into(), ..new_execution(None) };
        let id = created(store.commit(Unit { create: Some(new), ..Unit::default() }).await);
        if number % 4 == 0 {
            store.commit(unit_of(id, closing(Status::Failed))).await.unwrap();
        }
        all.insert(0, store.execution(id).await.unwrap().unwrap());
    }
    for workflow in [None, Some("order"), Some("audit"), Some("nothing")] {
        for status in [None, Some(Status::Running), Some(Status::Failed), Some(Status::Blocked)] {
            let filter = ListFilter { workflow: workflow.map(Into::into), status, before: None, limit: 0 };
            let fits = |row: &&ExecutionRow| {
                workflow.is_none_or(|workflow| row.workflow == workflow)
                    && status.is_none_or(|status| row.status == status)
            };
            let expected: Vec<_> = all.iter().filter(fits).cloned().collect();
            assert_eq!(store.list(&filter).await.unwrap(), expected, "{filter:?}");
            assert_eq!(pages(store, filter, 4).await, expected);
        }
    }
    let mut counted = store.count().await.unwrap();
    counted.sort_by_key(|(workflow, status, _)| (workflow.clone(), *status as i64));
    let count = |workflow: &str, status| {
        all.iter().filter(|row| row.workflow == workflow && row.status == status).count() as u64
    };
    let pairs =
        ["audit", "order", "refund"].into_iter().flat_map(|name| [(name, Status::Running), (name, Status::Failed)]);
    let expected: Vec<_> = pairs.map(|(name, status)| (name.to_owned(), status, count(name, status))).collect();
    assert_eq!(counted, expected);
}

async fn pages<S: Store>(store: &S, mut filter: ListFilter, limit: usize) -> Vec<ExecutionRow> {
    filter.limit = limit;
    let mut listed = Vec::new();
    loop {
        let page = store.list(&filter).await.unwrap();
        assert!(page.len() <= limit);
        let Some(last) = page.last() else { return listed };
        filter.before = Some(last.id);
        listed.extend(page);
    }
}

/// After `close` every call fails, and none hangs.
pub async fn after_close_nothing_works<S: Store>(store: &S) {
    let id = create(store, None).await;
    store.close().await.unwrap();
    let shut = |error: Option<StoreError>| assert!(matches!(error, Some(StoreError::Shut)), "{error:?}");
    shut(store.commit(append(id, vec![row(0)])).await.err());
    shut(store.put_machine("late", "order", "{}").await.err());
    shut(store.execution(id).await.err());
    shut(store.journal(id).await.err());
    shut(store.due(FIRST_WAITING, 0, 1).await.err());
    shut(store.close().await.err());
}
