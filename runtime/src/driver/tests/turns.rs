//! Workflows of which only so many executions run at once.

use std::time::Duration;

use super::*;
use crate::store::{ExecutionId, Status, WAITS_FOR_TURN};

/// Notes that it begins, and ends a minute later.
fn program(world: &World) -> Program {
    world
        .program()
        .task("begin", |_, _| Ok("0".to_owned()))
        .workflow("w", async |cx, input| {
            must(&cx, 0, "begin", &input).await;
            cx.sleep(1, Duration::from_mins(1)).await;
            Ok(input)
        })
        .workflow("p", async |cx, input| child(&cx, 0, "w", &input, Adjust::default()).await)
}

async fn open(world: &World, limit: Option<usize>) -> Engine {
    let set = |builder: crate::EngineBuilder| match limit {
        Some(limit) => builder.workflow_concurrency("w", limit),
        None => builder,
    };
    program(world).open_with(&world.store, &world.clock, set).await
}

async fn start_five(engine: &Engine) -> Vec<Execution<serde_json::Value>> {
    let mut started = Vec::new();
    for n in 1..=5 {
        started.push(start(engine, &n.to_string()).await);
    }
    engine.wait_idle().await;
    started
}

async fn waiting(engine: &Engine) -> Vec<i64> {
    let mut rows = engine.list(&crate::store::ListFilter::default()).await.unwrap();
    rows.retain(|row| row.wake == WAITS_FOR_TURN && row.status == Status::Running);
    rows.iter().rev().map(|row| row.id.0).collect()
}

async fn a_minute(engine: &Engine, world: &World) {
    world.clock.advance(Duration::from_mins(1));
    engine.wait_idle().await;
}

#[tokio::test]
async fn executions_begin_in_order_and_wait_on_disk_alone() {
    let world = World::new();
    let engine = open(&world, Some(2)).await;
    let started = start_five(&engine).await;
    assert_eq!(world.effects.take(), ["begin(1)", "begin(2)"]);
    assert_eq!(waiting(&engine).await, [3, 4, 5]);
    let in_memory = engine.shared().in_memory();
    assert!(in_memory.iter().all(|id| id.0 <= 2), "{in_memory:?}");
    assert_eq!(engine.next_due(), Some(START + 60_000));
    a_minute(&engine, &world).await;
    assert_eq!(world.effects.take(), ["begin(3)", "begin(4)"]);
    a_minute(&engine, &world).await;
    assert_eq!(world.effects.take(), ["begin(5)"]);
    a_minute(&engine, &world).await;
    for (execution, output) in started.iter().zip(["1", "2", "3", "4", "5"]) {
        assert_eq!(outcome(execution).await, Ok(output.to_owned()));
    }
    assert_eq!(engine.next_due(), None);
}

#[tokio::test]
async fn whoever_waits_can_be_found_named_and_stopped() {
    let world = World::new();
    let engine = open(&world, Some(1)).await;
    let begins = async |name: &str, input: &str| engine.start_json("w", Some(name.to_owned()), input).await;
    let first = begins("a", "1").await.unwrap();
    let second = begins("b", "2").await.unwrap();
    let third = begins("c", "3").await.unwrap();
    assert_eq!(begins("c", "3").await.unwrap().id(), third.id());
    assert!(begins("c", "4").await.unwrap_err().is_name_taken());
    let found = engine.execution(third.id()).await.unwrap();
    second.stop("Enough", "").await.unwrap();
    assert!(outcome(&second).await.unwrap_err().contains("stopped with Enough"));
    engine.wait_idle().await;
    assert_eq!((world.effects.take(), waiting(&engine).await), (vec!["begin(1)".to_owned()], vec![3]));
    first.stop("Enough", "").await.unwrap();
    engine.wait_idle().await;
    assert_eq!(world.effects.take(), ["begin(3)"]);
    a_minute(&engine, &world).await;
    assert_eq!((outcome(&found).await, outcome(&third).await), (Ok("3".to_owned()), Ok("3".to_owned())));
}

#[tokio::test]
async fn the_line_outlives_the_engine_and_ends_with_its_limit() {
    let world = World::new();
    let engine = open(&world, Some(2)).await;
    start_five(&engine).await;
    leave(engine).await;
    let engine = open(&world, Some(2)).await;
    engine.wait_idle().await;
    assert_eq!((world.effects.take().len(), waiting(&engine).await), (2, vec![3, 4, 5]));
    start(&engine, "6").await;
    a_minute(&engine, &world).await;
    assert_eq!(
        (world.effects.take(), waiting(&engine).await),
        (vec!["begin(3)".into(), "begin(4)".into()], vec![5, 6])
    );
    leave(engine).await;
    let engine = open(&world, Some(3)).await;
    engine.wait_idle().await;
    assert_eq!((world.effects.take(), waiting(&engine).await), (vec!["begin(5)".to_owned()], vec![6]));
    leave(engine).await;
    let engine = open(&world, None).await;
    engine.wait_idle().await;
    assert_eq!((world.effects.take(), waiting(&engine).await), (vec!["begin(6)".to_owned()], vec![]));
    settle(&engine, &world.clock).await;
    assert!(
        engine
            .list(&crate::store::ListFilter::default())
            .await
            .unwrap()
            .iter()
            .all(|row| row.status == Status::Succeeded)
    );
}

#[tokio::test]
async fn a_child_does_not_wait_for_its_parents_line() {
    let world = World::new();
    let engine = open(&world, Some(1)).await;
    start(&engine, "1").await;
    engine.wait_idle().await;
    let parent = engine.start_json("p", None, "2").await.unwrap();
    engine.wait_idle().await;
    assert_eq!(world.effects.take(), ["begin(1)", "begin(2)"]);
    a_minute(&engine, &world).await;
    assert_eq!(outcome(&parent).await, Ok("2".to_owned()));
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().status, Status::Succeeded);
}

#[tokio::test]
async fn the_line_of_an_engine_that_is_gone_is_taken_over() {
    let (world, hub) = (World::new(), MemoryStore::new());
    let open = async || {
        let store = Arc::new(hub.share());
        program(&world).open_with(&store, &world.clock, |builder| builder.workflow_concurrency("w", 1)).await
    };
    let (one, other) = (open().await, open().await);
    for n in 1..=3 {
        start(&one, &n.to_string()).await;
    }
    one.wait_idle().await;
    assert_eq!(world.effects.take(), ["begin(1)"]);
    one.shutdown(Duration::ZERO).await.unwrap();
    while world.effects.counts().is_empty() {
        tokio::task::yield_now().await;
    }
    other.wait_idle().await;
    assert_eq!((world.effects.take(), waiting(&other).await), (vec!["begin(2)".to_owned()], vec![3]));
    settle(&other, &world.clock).await;
    assert_eq!(world.effects.take(), ["begin(3)"]);
    let rows = other.list(&crate::store::ListFilter::default()).await.unwrap();
    assert!(rows.iter().all(|row| row.status == Status::Succeeded), "{rows:?}");
}
