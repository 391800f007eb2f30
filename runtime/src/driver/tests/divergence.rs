use super::*;
use crate::store::{ExecutionId, Status};
use std::time::Duration;

type Body = fn(Cx) -> crate::callable::BoxFuture<Result<String, Failed>>;

fn program(world: &World, machine: &'static str, body: Body) -> Program {
    world.program().task("a", |input, _| Ok(input.to_owned())).task("b", |input, _| Ok(input.to_owned())).workflow_of(
        machine,
        "w",
        move |cx, _| body(cx),
    )
}

fn recorded(cx: Cx) -> crate::callable::BoxFuture<Result<String, Failed>> {
    Box::pin(async move {
        call(&cx, 0, "a", r#"{"x":1,"y":2}"#).await?;
        cx.sleep(1, Duration::from_secs(60)).await;
        call(&cx, 2, "b", "3").await
    })
}

/// Runs the recorded code up to its wait, then other code; yields the status and the cause.
async fn change_to(body: Body) -> (World, Engine, Status, String) {
    let world = World::new();
    let engine = world.open(program(&world, "old", recorded)).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    world.effects.take();
    world.clock.advance(Duration::from_secs(60));
    let engine = world.open(program(&world, "new", body)).await;
    settle(&engine, &world.clock).await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    (world, engine, row.status, row.cause.unwrap_or_default())
}

#[tokio::test]
async fn another_input_parks_the_execution_and_nothing_runs() {
    let (world, engine, status, cause) = change_to(|cx| {
        Box::pin(async move {
            call(&cx, 0, "a", r#"{"x":1,"y":3}"#).await?;
            call(&cx, 2, "b", "3").await
        })
    })
    .await;
    assert_eq!(status, Status::Blocked);
    assert!(cause.contains(r#"execution 1 of workflow `w` does not fit today's code"#), "{cause}");
    assert!(cause.contains(r#"recorded is task `a` with input {"x":1,"y":2}"#), "{cause}");
    assert!(cause.contains(r#"the code attempts task `a` with input {"x":1,"y":3}; 0 entries agree"#), "{cause}");
    assert!(world.effects.take().is_empty());
    let error = engine.execution(ExecutionId(1)).await.unwrap().output_json().await.unwrap_err();
    assert!(matches!(error, crate::ExecutionError::Blocked { .. }));
}

#[tokio::test]
async fn a_step_that_was_added_removed_or_moved_is_named() {
    let cases: [(Body, &str); 4] = [
        (
            |cx| {
                Box::pin(async move {
                    call(&cx, 0, "a", r#"{"x":1,"y":2}"#).await?;
                    call(&cx, 1, "b", "new").await
                })
            },
            "recorded is a wait of 60 seconds, the code attempts task `b` with input new; 1 entry agrees",
        ),
        (|_| Box::pin(async { Ok("0".to_owned()) }), "the code attempts the end, with success; 0 entries agree"),
        (|_| Box::pin(async { panic!("changed") }), "the code attempts the end, with States.Runtime"),
        (
            |cx| {
                Box::pin(async move {
                    cx.parallel::<crate::Fault>(0).run().await.map_err(|_| Failed::new("", ""))?;
                    Ok("0".to_owned())
                })
            },
            "the code attempts a Parallel of 0 branches",
        ),
    ];
    for (body, expected) in cases {
        let (.., status, cause) = change_to(body).await;
        assert_eq!(status, Status::Blocked);
        assert!(cause.contains(expected), "{cause}");
    }
}

#[tokio::test]
async fn the_order_of_keys_and_the_names_of_states_do_not_matter() {
    let (world, engine, status, _) = change_to(|cx| {
        Box::pin(async move {
            call(&cx, 7, "a", r#"{"y":2,"x":1}"#).await?;
            cx.enter(9);
            cx.sleep(8, Duration::from_secs(60)).await;
            call(&cx, 2, "b", "3").await
        })
    })
    .await;
    assert_eq!(status, Status::Succeeded);
    assert_eq!(world.effects.take(), ["b(3)"]);
    let journal = world.journal().await;
    assert_eq!(journal[3], r#"#0 CodeChanged { from: "old", to: "new" }"#);
    assert_eq!(engine.replay(ExecutionId(1)).await.unwrap().matching, 4);
}

#[tokio::test]
async fn a_parked_execution_goes_on_with_code_that_fits() {
    let (world, engine, status, _) = change_to(|_| Box::pin(async { Ok("0".to_owned()) })).await;
    assert_eq!(status, Status::Blocked);
    leave(engine).await;
    let engine = world.open(program(&world, "newest", recorded)).await;
    settle(&engine, &world.clock).await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!((row.status, row.output.as_deref(), row.machine.as_str()), (Status::Succeeded, Some("3"), "newest"));
}

#[tokio::test]
async fn a_parked_execution_can_be_stopped() {
    let (_, engine, ..) = change_to(|_| Box::pin(async { Ok("0".to_owned()) })).await;
    engine.stop(ExecutionId(1), "GivenUp", "too old").await.unwrap();
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!(
        (row.status, row.error.as_deref(), row.cause.as_deref()),
        (Status::Aborted, Some("GivenUp"), Some("too old"))
    );
}

#[tokio::test]
async fn an_execution_of_a_workflow_that_is_gone_is_parked() {
    let world = World::new();
    let engine = world.open(program(&world, "old", recorded)).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    world.clock.advance(Duration::from_secs(60));
    let engine = world.open(world.program()).await;
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!(row.status, Status::Blocked);
    assert!(row.cause.unwrap().contains("there is no workflow `w` in this program"));
}

#[tokio::test]
async fn a_replay_compares_the_output_and_does_nothing() {
    let world = World::new();
    world.run(program(&world, "old", recorded), "0").await.unwrap();
    world.effects.take();
    let engine = world
        .open(program(&world, "new", |cx| Box::pin(async move { recorded(cx).await.map(|output| output + "!") })))
        .await;
    let replayed = engine.replay(ExecutionId(1)).await.unwrap();
    let divergence = replayed.divergence.unwrap();
    assert_eq!(divergence.recorded, "the end, with output 3");
    assert_eq!(divergence.attempted, "the end, with output 3!");
    assert_eq!(divergence.matching, 4);
    assert!(world.effects.take().is_empty());
}

#[tokio::test]
async fn an_output_that_no_longer_decodes_parks_the_execution() {
    let (.., status, cause) = change_to(|cx| {
        Box::pin(async move {
            let adjust = Adjust::default();
            cx.call_by_name(0, "a", r#"{"x":1,"y":2}"#.to_owned(), &adjust, |wire| {
                wire.and_then(|_| Err::<String, _>(Failed::task_failed("missing field `z`")))
            })
            .await;
            Ok("0".to_owned())
        })
    })
    .await;
    assert_eq!(status, Status::Blocked);
    assert!(cause.contains("recorded is an output that does not fit its type (missing field `z`)"), "{cause}");
}
