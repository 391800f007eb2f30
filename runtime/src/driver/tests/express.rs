//! Express executions: nothing of them in the store, five minutes, a place for each, children of both kinds.

use std::{sync::atomic::AtomicBool, sync::atomic::Ordering, time::Duration};

use super::{hooked::Hooked, *};
use crate::{
    Error, ExecutionError,
    clock::Clock as _,
    history::EventKind,
    store::{ExecutionId, Link, ListFilter, Post, Status, StoreError},
};

/// An Express workflow `w` that waits as many seconds as its input says, then calls the task `a`.
fn program(world: &World) -> Program {
    world
        .program()
        .task("a", |input, _| match input {
            "bad" => Err(Failed::new("Bad", "why")),
            input => Ok(format!("\"{input}\"")),
        })
        .workflow("w", |cx, input| async move {
            if let Ok(seconds) = input.parse() {
                cx.sleep(0, Duration::from_secs(seconds)).await;
            }
            call(&cx, 1, "a", &input).await
        })
        .express("w")
}

async fn executions(store: &impl Store) -> Vec<(String, Status)> {
    let rows = store.list(&ListFilter::default()).await.unwrap();
    rows.into_iter().rev().map(|row| (row.workflow, row.status)).collect()
}

/// Runs `w` while the clock is moved from timer to timer.
async fn run(engine: &Engine, clock: &VirtualClock, input: &str) -> Result<String, ExecutionError> {
    let running = tokio::spawn(engine.run_json("w", input).output_json());
    // From then on the engine has something to do.
    tokio::task::yield_now().await;
    settle(engine, clock).await;
    running.await.unwrap().map(|output| output.to_string())
}

/// A store that fails whatever is asked of it, once the switch is on.
fn broken(world: &World) -> (Arc<Hooked>, Arc<AtomicBool>) {
    let switch = Arc::new(AtomicBool::new(false));
    let is_on = Arc::clone(&switch);
    let store = Hooked::hooked(&world.store, move |_| match is_on.load(Ordering::SeqCst) {
        true => Err(StoreError::Shut),
        false => Ok(()),
    });
    (Arc::new(store), switch)
}

#[tokio::test]
async fn a_run_asks_nothing_of_the_store() {
    let world = World::new();
    let (store, switch) = broken(&world);
    let engine = program(&world).open(&store, &world.clock).await;
    switch.store(true, Ordering::SeqCst);
    assert_eq!(run(&engine, &world.clock, "60").await.unwrap(), "\"60\"");
    let failed = run(&engine, &world.clock, "bad").await.unwrap_err();
    assert_eq!(failed.to_string(), "Express execution -2 failed with Bad: why");
    assert_eq!(world.effects.take(), ["a(60)", "a(bad)"]);
    assert_eq!(world.clock.now(), START + 60_000);
    assert_eq!(executions(&*world.store).await, []);
}

#[tokio::test]
async fn it_takes_five_minutes_at_most() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    assert_eq!(run(&engine, &world.clock, "299").await.unwrap(), "\"299\"");
    let late = run(&engine, &world.clock, "301").await.unwrap_err();
    assert!(matches!(late, ExecutionError::TimedOut { id: ExecutionId(-2) }), "{late}");
    assert_eq!(world.clock.now(), START + 299_000 + 300_000);
    assert_eq!(world.effects.take(), ["a(299)"]);
}

#[tokio::test]
async fn a_shorter_time_of_its_own_counts() {
    let world = World::new();
    let engine = world.open(program(&world).within(10, "w")).await;
    let late = run(&engine, &world.clock, "11").await.unwrap_err();
    assert!(matches!(late, ExecutionError::TimedOut { .. }), "{late}");
    assert_eq!(world.clock.now(), START + 10_000);
}

#[tokio::test]
async fn what_waits_gets_its_place_in_order_and_what_does_not_is_refused() {
    let world = World::new();
    let engine = program(&world).open_with(&world.store, &world.clock, |set| set.max_express_executions(2)).await;
    let running: Vec<_> =
        ["60", "70", "1", "2"].map(|input| tokio::spawn(engine.run_json("w", input).output_json())).into();
    while world.clock.next_due() != Some(START + 60_000) {
        tokio::task::yield_now().await;
    }
    let refused = engine.run_json("w", "3").without_waiting().output_json().await.unwrap_err();
    let ExecutionError::Engine(refused) = refused else { panic!("{refused}") };
    assert!(refused.is_overloaded());
    assert!(refused.to_string().starts_with("2 Express executions run at once"), "{refused}");
    settle(&engine, &world.clock).await;
    for (run, output) in running.into_iter().zip(["\"60\"", "\"70\"", "\"1\"", "\"2\""]) {
        assert_eq!(&*run.await.unwrap().unwrap(), output);
    }
    assert_eq!(world.effects.take(), ["a(60)", "a(1)", "a(2)", "a(70)"]);
    engine.run_json("w", "x").without_waiting().output_json().await.unwrap();
    engine.run_json("w", "x").without_waiting().output_json().await.unwrap();
}

#[tokio::test]
async fn no_place_at_all_is_a_mistake() {
    let error = Engine::builder().in_memory().max_express_executions(0).open().await.unwrap_err();
    assert!(error.is_program(), "{error}");
}

#[tokio::test]
async fn one_that_is_started_is_waited_for_by_its_handle_and_stopped() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let (first, second) = (start(&engine, "60").await, start(&engine, "60").await);
    assert_eq!((first.id(), second.id()), (ExecutionId(-1), ExecutionId(-2)));
    let same = engine.execution(first.id()).await.unwrap();
    engine.stop(second.id(), "Enough", "by hand").await.unwrap();
    let stopped = second.output_json().await.unwrap_err();
    assert_eq!(stopped.to_string(), "Express execution -2 was stopped with Enough: by hand");
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&same).await, Ok("\"60\"".to_owned()));
    for error in [
        engine.stop(second.id(), "Enough", "").await.unwrap_err(),
        engine.describe(first.id()).await.unwrap_err(),
        engine.execution(first.id()).await.unwrap_err(),
        engine.history(first.id()).await.unwrap_err(),
        engine.stop(ExecutionId(-9), "Enough", "").await.unwrap_err(),
    ] {
        assert!(error.is_unknown_execution() && error.to_string().contains("is an Express one"), "{error}");
    }
}

#[tokio::test]
async fn a_shutdown_lets_it_run_until_the_deadline() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let running = start(&engine, "5").await;
    let clock = world.clock.clone();
    let shutdown = engine.shutdown(Duration::from_secs(10));
    let moves = async {
        while clock.next_due() != Some(START + 5_000) {
            tokio::task::yield_now().await;
        }
        clock.advance_to(START + 5_000);
    };
    let (shut, ()) = tokio::join!(shutdown, moves);
    shut.unwrap();
    assert_eq!(outcome(&running).await, Ok("\"5\"".to_owned()), "with a task that started meanwhile");
}

fn is_closed<T>(ended: Result<T, ExecutionError>) -> bool {
    matches!(ended, Err(ExecutionError::Engine(error)) if Error::is_closed(&error))
}

#[tokio::test]
async fn what_is_left_at_the_deadline_is_dropped() {
    let world = World::new();
    let engine = program(&world).open_with(&world.store, &world.clock, |set| set.max_express_executions(1)).await;
    let running = start(&engine, "60").await;
    let waiting = tokio::spawn(engine.run_json("w", "1").output_json());
    tokio::task::yield_now().await;
    engine.shutdown(Duration::ZERO).await.unwrap();
    assert!(is_closed(running.output_json().await));
    assert!(is_closed(waiting.await.unwrap()));
    assert!(is_closed(engine.run_json("w", "1").output_json().await));
    assert!(world.effects.take().is_empty());
}

#[tokio::test]
async fn only_express_workflows_are_run() {
    let world = World::new();
    let engine = world.open(program(&world).workflow("s", async |_, input| Ok(input))).await;
    let refused = engine.run_json("s", "1").output_json().await.unwrap_err();
    assert!(refused.to_string().starts_with("`s` is a Standard workflow"), "{refused}");
}

#[tokio::test]
async fn a_run_tells_its_history() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let (execution, history) = engine.run_json("w", "bad").name("n").with_history().await.unwrap();
    assert_eq!(outcome(&execution).await.unwrap_err(), "Express execution -1 failed with Bad: why");
    let row = &history.execution;
    assert_eq!((row.status, row.name.as_deref(), row.error.as_deref()), (Status::Failed, Some("n"), Some("Bad")));
    let kinds: Vec<EventKind> = history.events().unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds.first(), Some(&EventKind::ExecutionStarted));
    assert_eq!(kinds.last(), Some(&EventKind::ExecutionFailed));
    assert_eq!(history.rows.len(), 3, "{:?}", history.rows);
}

/// `w` starts `w2`, an Express workflow, and `s`, a Standard one.
fn family(world: &World) -> Program {
    let started = |cx: &Cx, state, name, input: &str| {
        cx.core.open_child(cx.scope, state, name, input.to_owned(), Link::Detached, &Adjust::default());
    };
    program(world)
        .workflow("w2", |cx, input| async move { call(&cx, 0, "a", &input).await })
        .express("w2")
        .workflow("s", |cx, input| async move {
            cx.sleep(0, Duration::from_secs(600)).await;
            call(&cx, 1, "a", &input).await
        })
        .workflow("starts", move |cx, input| async move {
            started(&cx, 0, ("w2", 1), "express");
            started(&cx, 1, ("s", 1), "standard");
            call(&cx, 2, "a", &input).await
        })
}

#[tokio::test]
async fn an_express_execution_starts_others() {
    let world = World::new();
    let program = family(&world).express("starts");
    let engine = program.open_with(&world.store, &world.clock, |set| set.max_express_executions(1)).await;
    engine.run_json("starts", "own").output_json().await.unwrap();
    settle(&engine, &world.clock).await;
    let mut effects = world.effects.take();
    assert_eq!(effects.pop().as_deref(), Some("a(standard)"), "also after the five minutes of what started it");
    effects.sort();
    assert_eq!(effects, ["a(express)", "a(own)"]);
    assert_eq!(executions(&*world.store).await, [("s".to_owned(), Status::Succeeded)]);
}

#[tokio::test]
async fn a_standard_execution_starts_an_express_one() {
    let world = World::new();
    let engine = world.open(family(&world)).await;
    engine.start_json("starts", None, "own").await.unwrap();
    settle(&engine, &world.clock).await;
    let mut effects = world.effects.take();
    effects.sort();
    assert_eq!(effects, ["a(express)", "a(own)", "a(standard)"]);
    let succeeded = |name: &str| (name.to_owned(), Status::Succeeded);
    assert_eq!(executions(&*world.store).await, [succeeded("starts"), succeeded("s")]);
}

#[tokio::test]
async fn one_that_is_asked_for_through_the_store_runs_in_memory() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let post = Post::Start { workflow: "w".into(), name: None, input: "x".into() };
    engine.shared().post(post).await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(world.effects.take(), ["a(x)"]);
    assert_eq!(executions(&*world.store).await, []);
    assert!(world.store.inbox().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stored_execution_of_what_is_an_express_workflow_now_is_blocked() {
    let world = World::new();
    let store = Arc::new(Hooked::unclosed(&world.store));
    let standard = world.program().workflow("w", |cx, input| async move {
        cx.sleep(0, Duration::from_secs(60)).await;
        Ok(input)
    });
    let engine = standard.open(&store, &world.clock).await;
    start(&engine, "1").await;
    engine.wait_idle().await;
    engine.shutdown(Duration::ZERO).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let engine = program(&world).open(&store, &world.clock).await;
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!(row.status, Status::Blocked);
    assert!(row.cause.unwrap().contains("today's `w` is an Express one"));
    assert!(engine.replay(ExecutionId(1)).await.unwrap_err().is_diverged());
    let (_, history) = engine.run_json("w", "x").with_history().await.unwrap();
    let refused = engine.fork_of(history).start().await.unwrap_err();
    assert!(refused.to_string().contains("cannot be forked"), "{refused}");
}
