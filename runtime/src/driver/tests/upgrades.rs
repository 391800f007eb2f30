//! Code that changes under executions that wait.

use std::time::Duration;

use super::*;
use crate::{
    callable::BoxFuture,
    store::{ExecutionId, ListFilter, Status},
    verify::CodeCheck,
};

type Body = fn(Cx) -> BoxFuture<Result<String, Failed>>;

/// Waits for a day and calls `b`.
fn waits(cx: Cx) -> BoxFuture<Result<String, Failed>> {
    Box::pin(async move {
        call(&cx, 0, "a", "1").await?;
        cx.sleep(1, Duration::from_secs(86_400)).await;
        call(&cx, 2, "b", "2").await
    })
}

/// Waits for another time.
fn waits_longer(cx: Cx) -> BoxFuture<Result<String, Failed>> {
    Box::pin(async move {
        call(&cx, 0, "a", "1").await?;
        cx.sleep(1, Duration::from_secs(99_999)).await;
        call(&cx, 2, "b", "2").await
    })
}

fn program(world: &World, machine: &'static str, body: Body) -> Program {
    world.program().task("a", |input, _| Ok(input.to_owned())).task("b", |input, _| Ok(input.to_owned())).workflow_of(
        machine,
        "w",
        move |cx, _| body(cx),
    )
}

/// Some executions of `waits` that wait, of machine `old`.
async fn waiting(count: usize) -> World {
    let world = World::new();
    let engine = world.open(program(&world, "old", waits)).await;
    for _ in 0..count {
        start(&engine, "0").await;
    }
    engine.wait_idle().await;
    leave(engine).await;
    world.effects.take();
    world
}

/// Opens with other code and waits for the check.
async fn checked(world: &World, machine: &'static str, body: Body) -> (Engine, CodeCheck) {
    let engine = world.open(program(world, machine, body)).await;
    let check = engine.code_checked().await.unwrap();
    (engine, check)
}

async fn statuses(engine: &Engine) -> Vec<Status> {
    let mut rows = engine.list(&ListFilter::default()).await.unwrap();
    rows.reverse();
    rows.into_iter().map(|row| row.status).collect()
}

#[tokio::test]
async fn what_does_not_fit_is_parked_before_it_wakes() {
    let world = waiting(3).await;
    let (engine, check) = checked(&world, "new", waits_longer).await;
    assert_eq!((check.checked, check.blocked), (3, 3));
    assert_eq!(statuses(&engine).await, [Status::Blocked; 3]);
    let cause = engine.describe(ExecutionId(2)).await.unwrap().cause.unwrap();
    assert!(
        cause.contains("recorded is a wait of 86400 seconds, the code attempts a wait of 99999 seconds"),
        "{cause}"
    );
    assert!(engine.shared().in_memory().is_empty());
    assert!(world.effects.take().is_empty());
}

#[tokio::test]
async fn what_fits_waits_on_and_is_not_looked_at_again() {
    let world = waiting(3).await;
    for (machine, count) in [("old", 0), ("new", 3), ("new", 0), ("newer", 3), ("new", 3), ("new", 0)] {
        let (engine, check) = checked(&world, machine, waits).await;
        assert_eq!((check.checked, check.blocked), (count, 0), "{machine}");
        assert!(engine.shared().in_memory().is_empty());
        assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().machine, "old", "nothing is written about it");
        leave(engine).await;
    }
    let (engine, _) = checked(&world, "new", waits).await;
    settle(&engine, &world.clock).await;
    assert_eq!(statuses(&engine).await, [Status::Succeeded; 3]);
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().machine, "new", "its last rows are of it");
}

#[tokio::test]
async fn executions_that_started_since_are_looked_at_alone() {
    let world = waiting(2).await;
    let (engine, check) = checked(&world, "new", waits).await;
    assert_eq!(check.checked, 2);
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    let (engine, check) = checked(&world, "new", waits).await;
    assert_eq!(check.checked, 0, "the third is of today's machine, the others were looked at");
    leave(engine).await;
    let (_, check) = checked(&world, "newer", waits_longer).await;
    assert_eq!((check.checked, check.blocked), (3, 3));
}

#[tokio::test]
async fn what_is_parked_goes_on_when_code_that_fits_is_back() {
    let world = waiting(2).await;
    let (engine, _) = checked(&world, "new", waits_longer).await;
    leave(engine).await;
    let (engine, _) = checked(&world, "newest", waits).await;
    engine.wait_idle().await;
    assert_eq!(statuses(&engine).await, [Status::Running; 2]);
    // That its rows are of another machine from now on is recorded at once, also where it goes on waiting.
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().machine, "newest");
    assert_eq!(world.journal().await.last().unwrap(), r#"#0 CodeChanged { from: "old", to: "newest" }"#);
    settle(&engine, &world.clock).await;
    assert_eq!(statuses(&engine).await, [Status::Succeeded; 2]);
}

#[tokio::test]
async fn a_workflow_that_is_gone_parks_what_waits() {
    let world = waiting(2).await;
    let engine = world.open(world.program()).await;
    let check = engine.code_checked().await.unwrap();
    assert_eq!((check.checked, check.blocked), (2, 2));
    assert_eq!(statuses(&engine).await, [Status::Blocked; 2]);
}

#[tokio::test]
async fn a_check_is_not_waited_for_where_there_is_none() {
    let world = waiting(1).await;
    let paused = program(&world, "new", waits).open_with(&world.store, &world.clock, |builder| builder.paused()).await;
    let error = paused.code_checked().await.unwrap_err();
    assert!(error.to_string().contains("use `verify`"), "{error}");
    leave(paused).await;
    let engine = world.open(program(&world, "new", waits)).await;
    engine.shutdown(Duration::ZERO).await.unwrap();
    assert!(engine.code_checked().await.unwrap_err().is_closed());
}
