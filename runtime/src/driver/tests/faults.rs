//! A medium that fails at any call, once or for a while: nothing is lost, and nothing that was acknowledged is done twice.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use super::{hooked::Hooked, *};
use crate::{
    Failure,
    store::{ExecutionId, Status, StoreError},
};

/// Waits so long that it leaves memory and is read again, between tasks alone and tasks side by side.
fn program(effects: &Effects) -> Program {
    Program::new(effects).task("a", |input, _| Ok(input.to_owned())).workflow("w", async |cx, _| {
        let mut sum = call(&cx, 0, "a", "1").await?;
        cx.sleep(1, Duration::from_secs(3_600)).await;
        sum += &call(&cx, 2, "a", "2").await?;
        let items: Vec<u64> = vec![3, 4, 5];
        let mapped = cx
            .map(3, items, None, async |cx: Cx, item: u64, _| {
                let done = call(&cx, 4, "a", &item.to_string()).await;
                done.map_err(|failed| crate::Fault::from_failed(&failed).unwrap())
            })
            .await;
        sum += &mapped.map_err(|error| error.to_failed())?.concat();
        cx.sleep(5, Duration::from_secs(3_600)).await;
        Ok(sum + &call(&cx, 6, "a", "6").await?)
    })
}

/// Runs with failures from the n-th call on. False where no call failed.
async fn fail_at(call: i64, failures: i64) -> bool {
    let inner = Arc::new(MemoryStore::new());
    // Calls until the first failure; below 0, calls that have failed or come after.
    let left = Arc::new(AtomicI64::new(call));
    let counter = Arc::clone(&left);
    let store = Arc::new(Hooked::hooked(&inner, move |_| {
        let left = counter.fetch_sub(1, Ordering::SeqCst);
        let fails = left <= 0 && -left < failures;
        if fails { Err(StoreError::Medium("the disk reported an error".to_owned())) } else { Ok(()) }
    }));
    let (clock, effects) = (VirtualClock::at(START), Effects::default());
    let registry = || program(&effects).registry;
    // Who opens or starts is told of a failure, and may ask again.
    let engine = loop {
        let builder = Engine::builder().shared_store(Arc::clone(&store) as _).clock(clock.clone());
        match builder.registry(registry()).open().await {
            Ok(engine) => break engine,
            Err(error) => assert!(error.to_string().contains("the disk reported an error"), "{error}"),
        }
    };
    let execution = loop {
        match engine.start_json("w", Some("only".to_owned()), "0").await {
            Ok(execution) => break execution,
            Err(error) => assert!(error.to_string().contains("the disk reported an error"), "{error}"),
        }
    };
    let waited = tokio::spawn(async move { outcome(&execution).await });
    while !waited.is_finished() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        if let Some(due) = clock.next_due() {
            clock.advance_to(due);
        }
    }
    assert_eq!(waited.await.unwrap(), Ok("123456".to_owned()), "call {call}, {failures} failures");
    let reached = left.swap(i64::MAX, Ordering::SeqCst) < 0;
    let expected = ["a(1)", "a(2)", "a(3)", "a(4)", "a(5)", "a(6)"].map(|effect| (effect.to_owned(), 1));
    assert_eq!(effects.counts(), expected.into(), "call {call}, {failures} failures");
    assert_eq!(inner.count().await.unwrap(), [("w".to_owned(), Status::Succeeded, 1)]);
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
    reached
}

#[tokio::test]
async fn an_error_of_the_medium_at_any_call_loses_nothing() {
    for failures in [1, 3] {
        let mut call = 0;
        while fail_at(call, failures).await {
            call += 1;
        }
        assert!(call > 10, "{call} calls");
    }
}

#[tokio::test]
async fn ten_thousand_starts_of_one_name_make_one_execution() {
    let world = World::new();
    let engine = world.open(program(&world.effects)).await;
    let starts = (0..10_000).map(|_| {
        let engine = engine.clone();
        tokio::spawn(async move { engine.start_json("w", Some("n".to_owned()), "0").await.unwrap().id() })
    });
    for start in starts.collect::<Vec<_>>() {
        assert_eq!(start.await.unwrap(), ExecutionId(1));
    }
    settle(&engine, &world.clock).await;
    assert_eq!(engine.count().await.unwrap(), [("w".to_owned(), Status::Succeeded, 1)]);
    assert_eq!(world.effects.take().len(), 6);
}
