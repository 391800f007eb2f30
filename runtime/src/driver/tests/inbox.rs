//! What was posted is carried out, whatever comes in between.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use super::{held::Hold, hooked::Hooked, *};
use crate::store::{ExecutionId, Post, Status, StoreCall, StoreError};

fn sleeping(world: &World) -> Program {
    world.program().workflow("w", async |cx, input| {
        cx.enter(0);
        cx.sleep(0, Duration::from_hours(1)).await;
        Ok(input)
    })
}

/// Lets tasks that need no time come to their end.
async fn yields() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_inbox_that_could_not_be_read_is_read_again() {
    let world = World::new();
    let failures = Arc::new(AtomicU32::new(0));
    let left = Arc::clone(&failures);
    let store = Arc::new(Hooked::hooked(&world.store, move |call| {
        let fails = call == StoreCall::Read
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails { Err(StoreError::Medium("the disk reported an error".to_owned())) } else { Ok(()) }
    }));
    let engine = sleeping(&world).open(&store, &world.clock).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    failures.store(2, Ordering::SeqCst);
    // As by another process, which says nothing more.
    let failed = Failed::new("Enough", "");
    world.store.post(Post::Stop { execution: execution.id(), failed }, START).await.unwrap();
    for _ in 0..3 {
        yields().await;
        world.clock.advance(Duration::from_secs(1));
    }
    yields().await;
    assert_eq!(world.store.execution(execution.id()).await.unwrap().unwrap().status, Status::Aborted);
    assert!(world.store.inbox().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_posted_is_carried_out_though_nobody_waits_for_it() {
    let world = World::new();
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let given = Arc::clone(&tokens);
    let policy = crate::engine::Policy { callback: true, ..Policy::default() };
    let program = world
        .program()
        .task_with("ask", policy, move |_, context| {
            given.lock().unwrap().push(context.token().unwrap().to_owned());
            Ok("null".to_owned())
        })
        .workflow("w", async |cx, input| call(&cx, 0, "ask", &input).await);
    let store = Hold::around(&world.store);
    let engine = program.open(&store, &world.clock).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    let token = tokens.lock().unwrap().remove(0);
    store.layer().arm();
    tokio::select! {
        biased;
        done = engine.complete_json(&token, "7") => panic!("it is held back: {done:?}"),
        () = store.layer().reached.notified() => {}
    }
    // The request behind it is gone.
    store.layer().released.notify_one();
    engine.wait_idle().await;
    assert_eq!(outcome(&execution).await, Ok("7".to_owned()));
}

#[tokio::test]
async fn who_could_not_be_stopped_keeps_its_turn() {
    let world = World::new();
    let fails = Arc::new(AtomicBool::new(false));
    let once = Arc::clone(&fails);
    let store = Arc::new(Hooked::hooked(&world.store, move |call| match call {
        StoreCall::Commit if once.swap(false, Ordering::SeqCst) => {
            Err(StoreError::Medium("the disk reported an error".to_owned()))
        }
        _ => Ok(()),
    }));
    let limited = |builder: crate::EngineBuilder| builder.workflow_concurrency("w", 1);
    let engine = sleeping(&world).open_with(&store, &world.clock, limited).await;
    start(&engine, "1").await;
    let second = start(&engine, "2").await;
    engine.wait_idle().await;
    fails.store(true, Ordering::SeqCst);
    let error = second.stop("Enough", "").await.unwrap_err().to_string();
    assert!(error.contains("the disk reported an error"), "{error}");
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&second).await, Ok("2".to_owned()));
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().status, Status::Succeeded);
}
