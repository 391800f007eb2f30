use super::*;
use crate::{Fault, store::ExecutionId};

/// The history as text: the event's name and what it is about.
async fn told(engine: &Engine) -> Vec<String> {
    let events = engine.history(ExecutionId(1)).await.unwrap();
    let text = events.into_iter().map(|event| {
        let details = event.details;
        let words = [
            Some(event.kind.name()),
            (!event.scope.is_empty()).then_some(event.scope),
            details.state,
            details.task,
            details.attempt.map(|attempt| format!("attempt {attempt}")),
            details.index.map(|index| format!("index {index}")),
            details.error,
            details.output.map(|output| output.to_string()),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    text.collect()
}

#[tokio::test]
async fn a_history_is_told_in_the_terms_of_step_functions() {
    let world = World::new();
    let program = world
        .program()
        .task_with("a", retry(&["E"], 1), |_, context| match context.attempt() {
            1 => Err(Failed::new("E", "")),
            _ => Ok("1".to_owned()),
        })
        .workflow("w", async |cx, _| {
            cx.enter(9);
            let one = call(&cx, 0, "a", "0").await?;
            cx.sleep(1, std::time::Duration::from_secs(1)).await;
            Ok(one)
        });
    let engine = world.open(program).await;
    start(&engine, "0").await;
    settle(&engine, &world.clock).await;
    assert_eq!(
        told(&engine).await,
        [
            "ExecutionStarted",
            "PassStateEntered #9",
            "PassStateExited #9",
            "TaskStateEntered #0",
            "TaskScheduled a attempt 1",
            "TaskStarted a attempt 1",
            "TaskFailed a attempt 1 E",
            "TaskScheduled a attempt 2",
            "TaskStarted a attempt 2",
            "TaskSucceeded a attempt 2 1",
            "TaskStateExited #0 1",
            "WaitStateEntered #1",
            "WaitStateExited #1",
            "ExecutionSucceeded 1",
        ]
    );
}

#[tokio::test]
async fn a_failed_map_tells_of_the_iterations_it_dropped() {
    let world = World::new();
    let program = world.program().task("a", |_, _| Err(Failed::new("E", "why"))).workflow("w", async |cx, _| {
        let done: Result<Vec<u64>, Fault> = cx
            .map(0, vec![0_u64, 1], None, async |cx: Cx, item: u64, _| {
                if item == 0 {
                    cx.sleep(1, std::time::Duration::from_secs(1)).await;
                }
                must(&cx, 2, "a", "0").await;
                Ok(item)
            })
            .await;
        assert!(done.is_err());
        Ok("0".to_owned())
    });
    let engine = world.open(program).await;
    start(&engine, "0").await;
    settle(&engine, &world.clock).await;
    assert_eq!(
        told(&engine).await,
        [
            "ExecutionStarted",
            "MapStateEntered #0",
            "MapStateStarted",
            "MapIterationStarted 0.0 index 0",
            "WaitStateEntered 0.0 #1",
            "MapIterationStarted 0.1 index 1",
            "TaskStateEntered 0.1 #2",
            "TaskScheduled 0.1 a attempt 1",
            "TaskStarted 0.1 a attempt 1",
            "TaskFailed 0.1 a attempt 1 E",
            "MapIterationFailed 0.1 index 1 E",
            "WaitStateAborted 0.0 #1",
            "MapIterationAborted 0.0 index 0",
            "MapStateFailed E",
            "MapStateExited #0",
            "ExecutionSucceeded 0",
        ]
    );
}
