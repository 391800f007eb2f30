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

/// The old body as version 1, another as version 2.
fn two_versions(world: &World) -> Program {
    program(world, "old", waits).version(2, "two", "w", |cx, _| waits_longer(cx))
}

#[tokio::test]
async fn running_executions_keep_their_version_and_new_ones_start_with_the_newest() {
    let world = waiting(1).await;
    let engine = world.open(two_versions(&world)).await;
    let check = engine.code_checked().await.unwrap();
    assert_eq!((check.checked, check.blocked), (0, 0), "version 1 is as it was");
    start(&engine, "0").await;
    settle(&engine, &world.clock).await;
    let versions = |id| {
        let engine = engine.clone();
        async move {
            let row = engine.describe(ExecutionId(id)).await.unwrap();
            (row.version, row.status, row.machine)
        }
    };
    assert_eq!(versions(1).await, (1, Status::Succeeded, "old".to_owned()));
    assert_eq!(versions(2).await, (2, Status::Succeeded, "two".to_owned()));
    for id in [1, 2] {
        assert_eq!(engine.replay(ExecutionId(id)).await.unwrap().divergence, None);
        let text = engine.recorded(ExecutionId(id)).await.unwrap().to_json().unwrap();
        assert_eq!(crate::history::History::parse(&text).unwrap().execution.version, id as u32);
    }
}

#[tokio::test]
async fn a_version_that_is_gone_parks_what_runs_it() {
    let world = waiting(1).await;
    let without = world.program().version(3, "three", "w", |cx, _| waits_longer(cx));
    let engine = world.open(without).await;
    engine.code_checked().await.unwrap();
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!(row.status, Status::Blocked);
    assert_eq!(
        row.cause.unwrap(),
        "there is no version 1 of workflow `w` in this program, but 3; it goes on when a program with it opens this store"
    );
    leave(engine).await;
    let engine = world.open(two_versions(&world)).await;
    settle(&engine, &world.clock).await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!((row.version, row.status), (1, Status::Succeeded));
}

#[tokio::test]
async fn a_name_is_one_across_versions() {
    let world = World::new();
    let engine = world.open(program(&world, "old", waits)).await;
    let first = engine.start_json("w", Some("n".into()), "0").await.unwrap().id();
    engine.wait_idle().await;
    leave(engine).await;
    let engine = world.open(two_versions(&world)).await;
    assert_eq!(engine.start_json("w", Some("n".into()), "0").await.unwrap().id(), first);
    assert!(engine.start_json("w", Some("n".into()), "1").await.unwrap_err().is_name_taken());
}

#[tokio::test]
async fn a_child_runs_the_version_that_its_parent_names_and_keeps_it() {
    let world = World::new();
    let parent = |world: &World, version: u32| {
        world.program().task("b", |input, _| Ok(input.to_owned())).workflow_of("p", "w", move |cx, _| async move {
            cx.enter(0);
            let adjust = Adjust::default();
            cx.child_by_name(0, ("inner", version), "1".into(), &adjust, |wire| wire.map(str::to_owned)).await;
            Ok("0".to_owned())
        })
    };
    let inner = |cx: Cx, days: u64| async move {
        cx.sleep(0, Duration::from_secs(86_400 * days)).await;
        Ok(days.to_string())
    };
    let both = |program: Program| {
        program
            .version(1, "i1", "inner", move |cx, _| inner(cx, 1))
            .version(2, "i2", "inner", move |cx, _| inner(cx, 2))
    };
    let engine = world.open(both(parent(&world, 1))).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    // The parent names another version now; its child is under way already.
    let engine = world.open(both(parent(&world, 2))).await;
    settle(&engine, &world.clock).await;
    let child = engine.describe(ExecutionId(2)).await.unwrap();
    assert_eq!((child.version, child.output.as_deref()), (1, Some("1")));
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().status, Status::Succeeded);
}
