use super::*;
use crate::{Failure, Fault, context::NoError};
use std::time::Duration;

fn fault(failed: Failed) -> Fault {
    Fault::from_failed(&failed).unwrap()
}

/// `E` on input `"bad"`, else the input.
fn echo(world: &World) -> Program {
    world.program().task("a", |input, _| match input {
        "bad" => Err(Failed::new("E", "why")),
        input => Ok(input.to_owned()),
    })
}

fn parallel(world: &World) -> Program {
    echo(world).workflow("w", async |cx, input| {
        let (left, right) = (input.clone(), "2".to_owned());
        cx.enter(0);
        let mut join = cx.parallel::<Fault>(0);
        let a = join.branch(|cx: Cx| async move {
            cx.enter(8);
            call(&cx, 1, "a", &left).await.map_err(fault)
        });
        let b = join.branch(|cx: Cx| async move {
            cx.sleep(2, Duration::from_secs(5)).await;
            call(&cx, 3, "a", &right).await.map_err(fault)
        });
        match join.run().await {
            Ok(()) => Ok(format!("[{},{}]", a.take(), b.take())),
            Err(error) => call(&cx, 4, "a", &format!("{error:?}")).await,
        }
    })
}

#[tokio::test]
async fn branches_run_at_once_and_are_joined() {
    let world = World::new();
    assert_eq!(world.run(parallel(&world), "1").await, Ok("[1,2]".to_owned()));
    assert_eq!(
        world.journal().await,
        [
            "#0 ParallelStarted { branches: 2 }",
            r#"0.0#0 TaskScheduled { task: "a", input: "1", started: true } [8]"#,
            "0.1#0 WaitSeconds { seconds: 5 }",
            r#"0.0#0 TaskSucceeded { output: "1" }"#,
            "0.0#1 ScopeSucceeded",
            "0.1#0 WaitEnded",
            r#"0.1#1 TaskScheduled { task: "a", input: "2", started: true }"#,
            r#"0.1#1 TaskSucceeded { output: "2" }"#,
            "0.1#2 ScopeSucceeded",
            "#0 JoinSucceeded",
            "#1 ExecutionSucceeded",
        ]
    );
}

#[tokio::test]
async fn the_first_failure_drops_the_other_branches_and_is_recorded_around_them() {
    let world = World::new();
    let output = world.run(parallel(&world), "bad").await.unwrap();
    assert!(output.contains("Other"), "{output}");
    assert_eq!(
        world.journal().await[3..6],
        [
            r#"0.0#0 TaskFailed { error: "E", cause: "why" }"#,
            r#"0.0#1 ScopeFailed { error: "E", cause: "why" }"#,
            r#"#0 JoinFailed { index: 0, error: "E", cause: "why" }"#,
        ]
    );
    assert_eq!(crate::Clock::now(&world.clock), START, "the other branch's timer is gone");
}

#[tokio::test]
async fn a_failed_join_is_replayed_without_its_dropped_branches() {
    let world = World::new();
    let program = || {
        echo(&world).workflow("w", async |cx, _| {
            let mut join = cx.parallel::<Fault>(0);
            let _ = join.branch(|cx: Cx| async move {
                cx.sleep(1, Duration::from_secs(1)).await;
                call(&cx, 2, "a", "dropped").await.map_err(fault)
            });
            let _ = join.branch(|cx: Cx| async move { call(&cx, 3, "a", "bad").await.map_err(fault) });
            let failed = join.run().await.unwrap_err();
            cx.sleep(4, Duration::from_secs(60)).await;
            call(&cx, 5, "a", &format!("{failed:?}")).await
        })
    };
    let engine = world.open(program()).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    let first = world.effects.take();
    assert_eq!(first, ["a(bad)"]);
    let engine = world.open(program()).await;
    settle(&engine, &world.clock).await;
    let again = world.effects.take();
    assert_eq!(again.len(), 1);
    assert!(again[0].contains("Other"), "{again:?}");
}

fn map(world: &World, concurrency: Option<u64>) -> Program {
    echo(world).workflow("w", move |cx, input| async move {
        let items: Vec<&'static str> = match input.as_str() {
            "none" => vec![],
            "bad" => vec!["1", "bad", "3"],
            _ => vec!["1", "2", "3"],
        };
        let done = cx
            .map(0, items, concurrency, async |cx: Cx, item: &'static str, index: u64| {
                cx.enter(9);
                cx.sleep(1, Duration::from_secs(3 - index)).await;
                call(&cx, 2, "a", item).await.map_err(fault)
            })
            .await;
        match done {
            Ok(values) => Ok(format!("[{}]", values.join(","))),
            Err(error) => Err(error.to_failed()),
        }
    })
}

#[tokio::test]
async fn values_of_a_map_keep_the_order_of_the_items() {
    for concurrency in [None, Some(1), Some(2), Some(0), Some(9)] {
        let world = World::new();
        assert_eq!(world.run(map(&world, concurrency), "all").await, Ok("[1,2,3]".to_owned()));
        let seconds = (crate::Clock::now(&world.clock) - START) / 1_000;
        assert_eq!(seconds, if concurrency == Some(1) { 6 } else { 3 }, "{concurrency:?}");
    }
}

#[tokio::test]
async fn a_map_over_nothing_yields_nothing() {
    let world = World::new();
    assert_eq!(world.run(map(&world, None), "none").await, Ok("[]".to_owned()));
    assert_eq!(world.journal().await, ["#0 MapStarted { items: 0 }", "#0 JoinSucceeded", "#1 ExecutionSucceeded"]);
}

#[tokio::test]
async fn a_failing_iteration_ends_the_map() {
    let world = World::new();
    assert_eq!(world.run(map(&world, None), "bad").await.unwrap_err(), "execution 1 failed with E: why");
    assert_eq!(world.effects.take(), ["a(3)", "a(bad)"]);
}

#[tokio::test]
async fn what_a_branch_cannot_hold_fails_its_join_and_what_that_cannot_hold_the_execution() {
    let world = World::new();
    let program = echo(&world).workflow("w", async |cx, _| {
        let mut join = cx.parallel::<NoError>(0);
        let a = join.branch(|cx: Cx| async move { Ok(must(&cx, 1, "a", "bad").await) });
        join.run().await.map_err(|never| match never {})?;
        Ok(a.take())
    });
    assert_eq!(world.run(program, "0").await.unwrap_err(), "execution 1 failed with E: why");
}

#[tokio::test]
async fn an_expression_that_fails_in_a_branch_fails_the_join_by_name() {
    let world = World::new();
    let program = echo(&world).workflow("w", async |cx, _| {
        let items = vec![1_u64, 0];
        let done: Vec<u64> = cx
            .map(0, items, None, async |_: Cx, item: u64, _| {
                if item == 0 {
                    crate::private::raise("1 / 0".to_owned());
                }
                item
            })
            .await;
        Ok(format!("{done:?}"))
    });
    assert_eq!(
        world.run(program, "0").await.unwrap_err(),
        "execution 1 failed with States.QueryEvaluationError: 1 / 0"
    );
}

#[tokio::test]
async fn joins_nest() {
    let world = World::new();
    let program = echo(&world).workflow("w", async |cx, _| {
        let rows = cx
            .map(0, vec![0_u64, 1], Some(1), async |cx: Cx, row: u64, _| {
                let cells = cx
                    .map(1, vec![0_u64, 1, 2], None, async |cx: Cx, cell: u64, _| {
                        call(&cx, 2, "a", &(row * 10 + cell).to_string()).await.map_err(fault)
                    })
                    .await?;
                Ok::<_, Fault>(cells.join(","))
            })
            .await;
        Ok(rows.map_err(|error| error.to_failed())?.join(";"))
    });
    assert_eq!(world.run(program, "0").await, Ok("0,1,2;10,11,12".to_owned()));
    assert!(world.journal().await.iter().any(|row| row.starts_with("0.1.0.2#0 TaskScheduled")));
}

#[tokio::test]
async fn a_thousand_branches_cost_a_thousand_polls_and_not_a_million() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static POLLS: AtomicUsize = AtomicUsize::new(0);
    let world = World::new();
    let program = echo(&world).workflow("w", async |cx, _| {
        let items: Vec<u64> = (0..1_000).collect();
        let done = cx
            .map(0, items, None, async |cx: Cx, item: u64, _| {
                let step = call(&cx, 1, "a", "1");
                let mut step = std::pin::pin!(step);
                std::future::poll_fn(|cx| {
                    POLLS.fetch_add(1, Ordering::Relaxed);
                    step.as_mut().poll(cx)
                })
                .await
                .map_err(fault)?;
                Ok::<_, Fault>(item)
            })
            .await;
        Ok(done.map_err(|error| error.to_failed())?.len().to_string())
    });
    assert_eq!(world.run(program, "0").await, Ok("1000".to_owned()));
    assert!(POLLS.load(Ordering::Relaxed) <= 2_000, "{POLLS:?}");
}
