use super::*;
use crate::store::{ExecutionId, Status};
use std::time::Duration;

fn program(world: &World) -> Program {
    world
        .program()
        .task("a", |input, _| Ok(input.to_owned()))
        .async_task("stuck", Policy::default(), |_, context| async move {
            context.cancelled().await;
            std::future::pending().await
        })
        .workflow("w", async |cx, input| match input.as_str() {
            "stuck" => call(&cx, 0, "stuck", "0").await,
            "wait" => {
                cx.sleep(1, Duration::from_secs(60)).await;
                call(&cx, 2, "a", "1").await
            }
            input => call(&cx, 2, "a", input).await,
        })
}

#[tokio::test]
async fn starting_again_by_name_yields_the_same_execution() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let named = |input: &'static str| engine.start_json("w", Some("n".to_owned()), input);
    let (first, second) = tokio::join!(named("1"), named(" 1 "));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.id(), second.id());
    assert_eq!((outcome(&first).await, outcome(&second).await), (Ok("1".to_owned()), Ok("1".to_owned())));
    assert_eq!(named("1").await.unwrap().id(), first.id());
    assert_eq!(world.effects.take(), ["a(1)"]);
    let error = named("2").await.unwrap_err();
    assert!(error.is_name_taken());
    assert!(error.to_string().starts_with("execution 1 of workflow `w` has the name `n` and another input"), "{error}");
}

#[tokio::test]
async fn many_starts_of_one_name_make_one_execution() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let starts = (0..200).map(|_| {
        let engine = engine.clone();
        tokio::spawn(async move { engine.start_json("w", Some("n".to_owned()), "1").await.unwrap().id() })
    });
    for start in starts.collect::<Vec<_>>() {
        assert_eq!(start.await.unwrap(), ExecutionId(1));
    }
    engine.wait_idle().await;
    assert_eq!(world.effects.take(), ["a(1)"]);
}

#[tokio::test]
async fn a_stop_ends_what_waits_and_what_runs() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    for (id, input) in [(1, "stuck"), (2, "wait")] {
        let execution = start(&engine, input).await;
        execution.stop("Enough", "it takes too long").await.unwrap();
        assert_eq!(
            outcome(&execution).await.unwrap_err(),
            format!("execution {id} was stopped with Enough: it takes too long")
        );
        let error = execution.stop("Enough", "").await.unwrap_err();
        assert!(error.is_ended(), "{error}");
    }
    engine.wait_idle().await;
    let stopped = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!((stopped.status, stopped.closed_at), (Status::Aborted, Some(START)));
    let missing = engine.stop(ExecutionId(9), "", "").await.unwrap_err();
    assert!(missing.is_unknown_execution());
}

#[tokio::test]
async fn a_shutdown_takes_back_what_runs_and_the_next_open_goes_on() {
    let world = World::new();
    let store = Arc::new(super::hooked::Hooked::unclosed(&world.store));
    let engine = program(&world).open(&store, &world.clock).await;
    let (stuck, wait) = (start(&engine, "stuck").await, start(&engine, "wait").await);
    engine.shutdown(Duration::ZERO).await.unwrap();
    assert!(outcome(&stuck).await.is_err() && outcome(&wait).await.is_err());
    assert!(engine.start_json("w", None, "1").await.unwrap_err().is_closed());
    assert!(engine.shutdown(Duration::ZERO).await.unwrap_err().is_closed());
    assert_eq!(world.journal().await[1..], ["#0 TaskInterrupted { attempt: 1 }"]);

    let engine = program(&world).open(&store, &world.clock).await;
    let stuck = engine.execution(ExecutionId(1)).await.unwrap();
    while !world.journal().await.last().unwrap().contains("TaskStarted") {
        tokio::task::yield_now().await;
    }
    stuck.stop("", "").await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(engine.describe(ExecutionId(2)).await.unwrap().output.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_shutdown_lets_running_tasks_end_and_starts_nothing_new() {
    let world = World::new();
    let (release, gate) = tokio::sync::oneshot::channel::<()>();
    let gate = Mutex::new(Some(gate));
    let program = world
        .program()
        .async_task("gated", Policy::default(), move |input, _| {
            let gate = gate.lock().unwrap().take();
            async move {
                gate.unwrap().await.unwrap();
                Ok(input)
            }
        })
        .task("a", |input, _| Ok(input.to_owned()))
        .workflow("w", async |cx, _| {
            call(&cx, 0, "gated", "1").await?;
            call(&cx, 1, "a", "2").await
        });
    let engine = world.open(program).await;
    start(&engine, "0").await;
    let shutdown = tokio::spawn({
        let engine = engine.clone();
        async move { engine.shutdown(Duration::from_secs(10)).await }
    });
    while engine.start_json("w", None, "0").await.is_ok() {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    shutdown.await.unwrap().unwrap();
    assert_eq!(world.effects.take(), ["gated(1)"]);
}

#[tokio::test]
async fn programs_that_do_not_fit_together_are_refused() {
    let error = Engine::builder().open().await.unwrap_err();
    assert!(error.is_program(), "{error}");
    let error = Engine::builder().in_memory().max_concurrent_tasks(0).open().await.unwrap_err();
    assert!(error.to_string().contains("no task could ever run"), "{error}");
}

#[tokio::test]
async fn what_is_logged_is_logged_once_however_often_the_code_runs() {
    let world = World::new();
    let store = Arc::new(super::hooked::Hooked::unclosed(&world.store));
    let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
    let logging = || {
        let lines = Arc::clone(&lines);
        world.program().task("a", |input, _| Ok(input.to_owned())).workflow("w", move |cx, input| {
            let lines = Arc::clone(&lines);
            let log = move |cx: &crate::context::Cx, line| {
                if crate::private::body::live(cx) {
                    lines.lock().unwrap().push(line);
                }
            };
            async move {
                log(&cx, "started");
                call(&cx, 0, "a", &input).await?;
                log(&cx, "called");
                cx.sleep(1, Duration::from_secs(60)).await;
                log(&cx, "slept");
                call(&cx, 2, "a", &input).await
            }
        })
    };
    let engine = logging().open(&store, &world.clock).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    engine.shutdown(Duration::ZERO).await.unwrap();
    assert_eq!(*lines.lock().unwrap(), ["started", "called"]);
    let engine = logging().open(&store, &world.clock).await;
    let execution = engine.execution(execution.id()).await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&execution).await, Ok("1".to_owned()));
    assert!(engine.replay(execution.id()).await.unwrap().divergence.is_none());
    assert_eq!(*lines.lock().unwrap(), ["started", "called", "slept"]);
}
