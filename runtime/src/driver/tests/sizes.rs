//! Payloads that are too large.

use super::*;
use crate::store::ExecutionId;

/// A payload of so many bytes: text with its quotes.
fn payload(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

/// `a` yields a payload of as many bytes as its input says.
fn program(world: &World, policy: Policy) -> Program {
    world
        .program()
        .task_with("a", policy, |input, _| Ok(payload(input.parse().unwrap())))
        .task("b", |input, _| Ok(input.len().to_string()))
}

async fn open(world: &World, program: Program, limit: impl Into<Option<usize>>) -> Engine {
    program.open_with(&world.store, &world.clock, |builder| builder.payload_limit(limit)).await
}

#[tokio::test]
async fn a_start_with_an_input_that_is_too_large_creates_nothing() {
    let world = World::new();
    let engine = open(&world, world.program().workflow("w", async |_, input| Ok(input)), 100).await;
    let error = engine.start_json("w", None, &payload(101)).await.unwrap_err();
    assert!(error.is_too_large());
    assert_eq!(
        error.to_string(),
        "the input of workflow `w` has 101 bytes of JSON, and may have 100: hand on a key by which a task finds it, or set \
         `payload_limit` of the engine"
    );
    assert_eq!(engine.count().await.unwrap(), []);
    assert_eq!(outcome(&start(&engine, &payload(100)).await).await, Ok(payload(100)));
}

#[tokio::test]
async fn a_result_that_is_too_large_fails_the_attempt() {
    for (policy, attempts) in
        [(Policy::default(), 1), (retry(&["States.Timeout"], 1), 1), (retry(&["States.TaskFailed"], 1), 2)]
    {
        let world = World::new();
        let program = program(&world, policy).workflow("w", async |cx, input| Ok(must(&cx, 0, "a", &input).await));
        let engine = open(&world, program, 100).await;
        let execution = start(&engine, "101").await;
        settle(&engine, &world.clock).await;
        let error = outcome(&execution).await.unwrap_err();
        assert!(error.contains("States.DataLimitExceeded: the result of task `a` has 101 bytes"), "{error}");
        assert_eq!(world.effects.take().len(), attempts);
    }
}

#[tokio::test]
async fn a_call_whose_input_is_too_large_starts_nothing_and_is_recorded() {
    let world = World::new();
    let body = async |cx: Cx, input: String| {
        let grown = format!("[{input},{input}]");
        call(&cx, 0, "b", &grown).await.or_else(|failed| Ok(format!("\"{}\"", failed.error)))
    };
    let engine = open(&world, program(&world, retry(&["States.ALL"], 3)).workflow("w", body), 100).await;
    let execution = start(&engine, &payload(60)).await;
    assert_eq!(outcome(&execution).await, Ok("\"States.DataLimitExceeded\"".to_owned()));
    assert_eq!(world.effects.take(), [""; 0]);
    // What is recorded holds, whatever the limit is today.
    let replayed = engine.replay(ExecutionId(1)).await.unwrap();
    assert!(replayed.divergence.is_none(), "{replayed:?}");
    let names: Vec<_> = engine.history(ExecutionId(1)).await.unwrap().iter().map(|event| event.kind.name()).collect();
    assert_eq!(
        names,
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskFailed",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
}

#[tokio::test]
async fn an_output_that_is_too_large_fails_the_execution_and_replays() {
    let world = World::new();
    let program = || {
        program(&world, Policy::default()).workflow("w", async |cx, input| {
            let part = must(&cx, 0, "a", &input).await;
            Ok(format!("[{part},{part}]"))
        })
    };
    let engine = open(&world, program(), 100).await;
    let error = outcome(&start(&engine, "60").await).await.unwrap_err();
    assert!(error.contains("States.DataLimitExceeded: the output of workflow `w` has 123 bytes"), "{error}");
    let replayed = engine.replay(ExecutionId(1)).await.unwrap();
    assert!(replayed.divergence.is_none(), "{replayed:?}");
    leave(engine).await;
    let engine = open(&world, program(), None).await;
    engine.redrive(ExecutionId(1)).await.unwrap();
    engine.wait_idle().await;
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().output.map(|output| output.len()), Some(123));
}

#[tokio::test]
async fn a_child_whose_input_is_too_large_is_not_created() {
    let world = World::new();
    let program = world.program().workflow("c", async |_, input| Ok(input)).workflow("w", async |cx, input| {
        let grown = format!("[{input},{input}]");
        child(&cx, 0, "c", &grown, Adjust::default()).await.or_else(|failed| Ok(format!("\"{}\"", failed.error)))
    });
    let engine = open(&world, program, 100).await;
    assert_eq!(outcome(&start(&engine, &payload(60)).await).await, Ok("\"States.DataLimitExceeded\"".to_owned()));
    assert_eq!(engine.children(ExecutionId(1)).await.unwrap(), []);
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
}

/// Two or three results that are small, and large together.
async fn whole_results_are_limited(joined: Program, what: &str, world: &World, again: impl FnOnce() -> Program) {
    let engine = open(world, joined, 100).await;
    let error = outcome(&start(&engine, "40").await).await.unwrap_err();
    assert!(error.contains("States.DataLimitExceeded") && error.contains(what), "{error}");
    let replayed = engine.replay(ExecutionId(1)).await.unwrap();
    assert!(replayed.divergence.is_none(), "{replayed:?}");
    let failed = [crate::history::EventKind::MapStateFailed, crate::history::EventKind::ParallelStateFailed];
    assert!(engine.history(ExecutionId(1)).await.unwrap().iter().any(|event| failed.contains(&event.kind)));
    let done = world.effects.take().len();
    leave(engine).await;

    // Without the limit it goes on, and nothing that succeeded runs again.
    let engine = open(world, again(), None).await;
    engine.redrive(ExecutionId(1)).await.unwrap();
    engine.wait_idle().await;
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().output.as_deref(), Some(&*done.to_string()));
    assert_eq!(world.effects.take(), [""; 0]);
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
}

#[tokio::test]
async fn a_map_whose_results_are_too_large_together_fails() {
    let world = World::new();
    let mapped = || {
        program(&world, Policy::default()).workflow("w", async |cx, input: String| {
            let items = vec![input.clone(), input.clone(), input];
            let mapped = cx.map(0, items, None, async |cx: Cx, item: String, _| must(&cx, 1, "a", &item).await).await;
            Ok(mapped.len().to_string())
        })
    };
    whole_results_are_limited(mapped(), "the result of a Map, as a whole, has 136 bytes", &world, mapped).await;
}

#[tokio::test]
async fn a_parallel_whose_results_are_too_large_together_fails() {
    let world = World::new();
    let joined = || {
        program(&world, Policy::default()).workflow("w", async |cx, input: String| {
            let mut join = cx.parallel::<crate::Fault>(0);
            let (left, right, third) = (input.clone(), input.clone(), input);
            let left = join.branch(async move |cx: Cx| Ok(must(&cx, 1, "a", &left).await));
            let right = join.branch(async move |cx: Cx| Ok(must(&cx, 2, "a", &right).await));
            let third = join.branch(async move |cx: Cx| Ok(must(&cx, 3, "a", &third).await));
            join.run().await.map_err(|error| crate::Failure::to_failed(&error))?;
            Ok([left.take(), right.take(), third.take()].len().to_string())
        })
    };
    whole_results_are_limited(joined(), "the result of a Parallel, as a whole, has 136 bytes", &world, joined).await;
}
