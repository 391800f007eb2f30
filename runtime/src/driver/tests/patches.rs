//! `patched`: old and new executions share a body.

use std::time::Duration;

use super::*;
use crate::{
    Failure, Fault,
    callable::BoxFuture,
    store::{ExecutionId, Status},
};

type Body = fn(Cx) -> BoxFuture<Result<String, Failed>>;

const DAY: Duration = Duration::from_secs(86_400);

fn program(world: &World, machine: &'static str, body: Body) -> Program {
    let program = world.program();
    let program = ["a", "b", "c", "new"]
        .into_iter()
        .fold(program, |program, name| program.task(name, |input, _| Ok(input.to_owned())));
    program.workflow_of(machine, "w", move |cx, _| body(cx))
}

/// Runs a body up to its first wait, moves the clock so that it has come to its second, and so on; then closes.
async fn recorded(body: Body, days: u64) -> World {
    let world = World::new();
    let engine = world.open(program(&world, "old", body)).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    for _ in 0..days {
        world.clock.advance(DAY);
        engine.wait_idle().await;
    }
    leave(engine).await;
    world.effects.take();
    world
}

/// Goes on with other code to the end: how it ended, and what was done.
async fn go_on(world: &World, machine: &'static str, body: Body) -> (Status, Vec<String>) {
    let engine = world.open(program(world, machine, body)).await;
    settle(&engine, &world.clock).await;
    let status = engine.describe(ExecutionId(1)).await.unwrap().status;
    if status != Status::Blocked {
        assert_eq!(engine.replay(ExecutionId(1)).await.unwrap().divergence, None);
    }
    leave(engine).await;
    (status, world.effects.take())
}

fn old(cx: Cx) -> BoxFuture<Result<String, Failed>> {
    Box::pin(async move {
        cx.sleep(0, DAY).await;
        call(&cx, 1, "a", "1").await?;
        cx.sleep(2, DAY).await;
        call(&cx, 3, "b", "2").await
    })
}

/// A step more before `a`, and another way at the end.
fn patched(cx: Cx) -> BoxFuture<Result<String, Failed>> {
    Box::pin(async move {
        cx.sleep(0, DAY).await;
        if cx.patched("more") {
            call(&cx, 4, "new", "0").await?;
        }
        call(&cx, 1, "a", "1").await?;
        cx.sleep(2, DAY).await;
        let last = if cx.patched("more") { "c" } else { "b" };
        call(&cx, 3, last, "2").await
    })
}

/// The new way alone.
fn later(cx: Cx) -> BoxFuture<Result<String, Failed>> {
    Box::pin(async move {
        cx.sleep(0, DAY).await;
        call(&cx, 4, "new", "0").await?;
        call(&cx, 1, "a", "1").await?;
        cx.sleep(2, DAY).await;
        call(&cx, 3, "c", "2").await
    })
}

#[tokio::test]
async fn an_execution_before_the_place_goes_the_new_way() {
    let world = recorded(old, 0).await;
    assert_eq!(
        go_on(&world, "new", patched).await,
        (Status::Succeeded, vec!["new(0)".into(), "a(1)".into(), "c(2)".into()])
    );
    let journal = world.journal().await;
    let rows: Vec<_> = journal.iter().filter(|row| row.contains("Patched")).collect();
    assert_eq!(rows, [r#"#1 Patched { patch: "more" }"#], "once, and it takes no place");
}

#[tokio::test]
async fn an_execution_behind_the_place_keeps_to_the_old_way() {
    let world = recorded(old, 1).await;
    assert_eq!(go_on(&world, "new", patched).await, (Status::Succeeded, vec!["b(2)".into()]));
    assert!(!world.journal().await.iter().any(|row| row.contains("Patched")));
}

#[tokio::test]
async fn a_new_execution_goes_the_new_way_also_after_a_restart() {
    for days in 0..=1 {
        let world = recorded(patched, days).await;
        let (status, effects) = go_on(&world, "old", patched).await;
        assert_eq!((status, effects.last().map(String::as_str)), (Status::Succeeded, Some("c(2)")));
    }
}

#[tokio::test]
async fn a_patch_is_taken_out_when_nothing_goes_the_old_way() {
    for days in 0..=1 {
        let world = recorded(patched, days).await;
        let (status, effects) = go_on(&world, "later", later).await;
        assert_eq!((status, effects.last().map(String::as_str)), (Status::Succeeded, Some("c(2)")));
    }
    let world = recorded(old, 1).await;
    assert_eq!(go_on(&world, "new", later).await, (Status::Blocked, vec![]), "it goes the old way");
    assert_eq!(go_on(&world, "newer", patched).await, (Status::Succeeded, vec!["b(2)".into()]));
}

#[tokio::test]
async fn a_patch_can_move_within_its_scope() {
    let world = recorded(patched, 1).await;
    let (status, effects) = go_on(&world, "new", |cx| {
        Box::pin(async move {
            // Before it was recorded.
            let is_new = cx.patched("more");
            later(cx).await.map(|output| format!("{output} {is_new}"))
        })
    })
    .await;
    assert_eq!((status, effects), (Status::Succeeded, vec!["c(2)".into()]));
    let world = recorded(patched, 1).await;
    let (status, effects) = go_on(&world, "new", |cx| {
        Box::pin(async move {
            cx.sleep(0, DAY).await;
            call(&cx, 4, "new", "0").await?;
            call(&cx, 1, "a", "1").await?;
            cx.sleep(2, DAY).await;
            call(&cx, 3, if cx.patched("more") { "c" } else { "b" }, "2").await
        })
    })
    .await;
    assert_eq!((status, effects), (Status::Succeeded, vec!["c(2)".into()]));
}

/// Two days, each with a task that a patch changes.
fn looped(cx: Cx, change: Option<&'static str>) -> BoxFuture<Result<String, Failed>> {
    Box::pin(async move {
        for _ in 0..3 {
            let is_new = change.is_some_and(|patch| cx.patched(patch));
            call(&cx, 0, if is_new { "new" } else { "a" }, "1").await?;
            cx.sleep(1, DAY).await;
        }
        Ok("0".to_owned())
    })
}

#[tokio::test]
async fn a_loop_keeps_to_what_was_decided_first() {
    let world = recorded(|cx| looped(cx, None), 0).await;
    let (status, effects) = go_on(&world, "new", |cx| looped(cx, Some("p"))).await;
    assert_eq!((status, effects), (Status::Succeeded, vec!["a(1)".into(), "a(1)".into()]));
}

/// Two branches, of which each waits for another time.
fn branches(cx: Cx, change: Option<&'static str>, around: bool) -> BoxFuture<Result<String, Failed>> {
    Box::pin(async move {
        if around && let Some(change) = change {
            let _ = cx.patched(change);
        }
        let branch = |days: u32| {
            move |cx: Cx| async move {
                cx.sleep(0, DAY * days).await;
                let is_new = change.is_some_and(|patch| cx.patched(patch));
                let called = call(&cx, 1, if is_new { "new" } else { "a" }, &days.to_string()).await;
                cx.sleep(2, DAY * 9).await;
                called.map_err(|failed| Fault::from_failed(&failed).unwrap())
            }
        };
        let mut parallel = cx.parallel::<Fault>(4);
        let _ = (parallel.branch(branch(1)), parallel.branch(branch(5)));
        let _ = parallel.run().await;
        let is_new = change.is_some_and(|patch| cx.patched(patch));
        call(&cx, 3, if is_new { "new" } else { "b" }, "3").await
    })
}

#[tokio::test]
async fn a_branch_decides_for_itself_unless_the_scope_around_it_has() {
    let world = recorded(|cx| branches(cx, None, false), 1).await;
    let (status, effects) = go_on(&world, "new", |cx| branches(cx, Some("p"), false)).await;
    assert_eq!((status, effects), (Status::Succeeded, vec!["new(5)".into(), "new(3)".into()]));
    let world = recorded(|cx| branches(cx, None, false), 1).await;
    let (status, effects) = go_on(&world, "new", |cx| branches(cx, Some("p"), true)).await;
    assert_eq!((status, effects), (Status::Succeeded, vec!["a(5)".into(), "b(3)".into()]), "it had begun");
}

#[tokio::test]
async fn a_redriven_execution_keeps_to_its_way() {
    let fails = |cx: Cx| -> BoxFuture<Result<String, Failed>> {
        Box::pin(async move {
            if !cx.patched("p") {
                return call(&cx, 0, "a", "0").await;
            }
            call(&cx, 0, "once", "1").await
        })
    };
    let world = World::new();
    let broken = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let program = {
        let broken = Arc::clone(&broken);
        move |world: &World| {
            let broken = Arc::clone(&broken);
            let once = move |input: &str, _: &TaskContext| match broken.swap(false, std::sync::atomic::Ordering::SeqCst)
            {
                true => Err(Failed::new("Broken", "")),
                false => Ok(input.to_owned()),
            };
            world.program().task("once", once).task("a", |_, _| Ok("old".into())).workflow("w", move |cx, _| fails(cx))
        }
    };
    assert!(world.run(program(&world), "0").await.is_err());
    let engine = world.open(program(&world)).await;
    engine.redrive(ExecutionId(1)).await.unwrap();
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!((row.status, row.output.as_deref()), (Status::Succeeded, Some("1")));
}
