//! Executions that wait leave memory, and come back.

use std::time::Duration;

use super::*;
use crate::{
    driver::timekeeper::LINGER_MILLIS,
    store::{ExecutionId, Status},
};

const HOUR: Duration = Duration::from_secs(3_600);

/// Calls, waits an hour, calls again, with a retry between; `twice` waits twice.
fn program(world: &World) -> Program {
    world
        .program()
        .task("a", |input, _| Ok(input.to_owned()))
        .task_with("flaky", retry(&["E"], 2), |input, context| match context.attempt() {
            1 => Err(Failed::new("E", "")),
            _ => Ok(input.to_owned()),
        })
        .workflow("w", async |cx, input| {
            call(&cx, 0, "a", &input).await?;
            cx.sleep(1, HOUR).await;
            call(&cx, 2, "flaky", &input).await?;
            cx.sleep(3, HOUR).await;
            call(&cx, 4, "a", "9").await
        })
}

/// Lets what waits leave memory.
async fn linger(engine: &Engine, world: &World) {
    engine.wait_idle().await;
    world.clock.advance(Duration::from_millis(LINGER_MILLIS.unsigned_abs()));
    while !in_memory(engine).is_empty() {
        tokio::task::yield_now().await;
    }
}

fn in_memory(engine: &Engine) -> Vec<ExecutionId> {
    engine.shared().in_memory()
}

#[tokio::test]
async fn what_waits_leaves_memory_and_comes_back_by_itself() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    assert_eq!(in_memory(&engine), [execution.id()]);
    linger(&engine, &world).await;
    assert_eq!(engine.next_due(), Some(START + 3_600_000));
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&execution).await, Ok("9".to_owned()), "a handle from before is told");
    assert_eq!(world.effects.take(), ["a(1)", "flaky(1)", "flaky(1)", "a(9)"]);
    assert!(engine.replay(execution.id()).await.unwrap().divergence.is_none());
}

#[tokio::test]
async fn a_handle_waits_across_any_number_of_absences() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let execution = start(&engine, "1").await;
    let waits = tokio::spawn(async move { outcome(&execution).await });
    for _ in 0..2 {
        linger(&engine, &world).await;
        world.clock.advance_to(engine.next_due().unwrap());
        engine.wait_idle().await;
        // The retry.
        if let Some(due) = engine.next_due() {
            world.clock.advance_to(due);
        }
    }
    settle(&engine, &world.clock).await;
    assert_eq!(waits.await.unwrap(), Ok("9".to_owned()));
}

#[tokio::test]
async fn a_stop_reaches_what_is_not_in_memory() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let execution = start(&engine, "1").await;
    linger(&engine, &world).await;
    execution.stop("Enough", "").await.unwrap();
    assert!(outcome(&execution).await.unwrap_err().contains("was stopped with Enough"));
    assert_eq!(engine.describe(execution.id()).await.unwrap().status, Status::Aborted);
    engine.wait_idle().await;
    assert!(in_memory(&engine).is_empty());
}

#[tokio::test]
async fn whoever_waits_for_what_is_not_in_memory_learns_of_the_shutdown() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let execution = start(&engine, "1").await;
    linger(&engine, &world).await;
    let waits = tokio::spawn(async move { outcome(&execution).await });
    engine.shutdown(Duration::ZERO).await.unwrap();
    assert!(waits.await.unwrap().is_err());
}

#[tokio::test]
async fn more_than_fit_leave_at_once_and_all_are_woken() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let count = 5_000;
    for _ in 0..count {
        start(&engine, "1").await;
    }
    engine.wait_idle().await;
    assert!(in_memory(&engine).len() < count, "{} of them wait in memory", in_memory(&engine).len());
    settle(&engine, &world.clock).await;
    assert_eq!(engine.count().await.unwrap(), [("w".to_owned(), Status::Succeeded, count as u64)]);
    assert_eq!(
        world.effects.counts(),
        [("a(1)", 1), ("a(9)", 1), ("flaky(1)", 2)].map(|(what, times)| (what.to_owned(), times * count)).into()
    );
}

#[tokio::test]
async fn a_message_and_the_leave_cross_without_loss() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    for _ in 0..50 {
        let execution = start(&engine, "1").await;
        engine.wait_idle().await;
        world.clock.advance(Duration::from_millis(LINGER_MILLIS.unsigned_abs()));
        execution.stop("Enough", "").await.unwrap();
        assert!(outcome(&execution).await.is_err());
    }
}
