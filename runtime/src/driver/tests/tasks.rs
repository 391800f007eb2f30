use super::*;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

fn failing(world: &World, policy: Policy, errors: &'static [&'static str]) -> Program {
    let tried = AtomicUsize::new(0);
    world
        .program()
        .task_with("a", policy, move |_, _| match errors.get(tried.fetch_add(1, Ordering::SeqCst)) {
            Some(error) => Err(Failed::new(*error, "why")),
            None => Ok("1".to_owned()),
        })
        .workflow("w", async |cx, input| call(&cx, 0, "a", &input).await)
}

#[tokio::test]
async fn a_failure_is_retried_with_growing_intervals_and_recorded() {
    let world = World::new();
    let program = failing(&world, retry(&["E"], 3), &["E", "E"]);
    assert_eq!(world.run(program, "0").await, Ok("1".to_owned()));
    assert_eq!(crate::Clock::now(&world.clock), START + 3_000);
    assert_eq!(
        world.journal().await,
        [
            r#"#0 TaskScheduled { task: "a", input: "0", started: true }"#.to_owned(),
            format!(r#"#0 TaskRetried {{ error: "E", cause: "why", due: {} }}"#, START + 1_000),
            "#0 TaskStarted { attempt: 2 }".to_owned(),
            format!(r#"#0 TaskRetried {{ error: "E", cause: "why", due: {} }}"#, START + 3_000),
            "#0 TaskStarted { attempt: 3 }".to_owned(),
            r#"#0 TaskSucceeded { output: "1" }"#.to_owned(),
            "#1 ExecutionSucceeded".to_owned(),
        ]
    );
}

#[tokio::test]
async fn the_last_failure_reaches_the_workflow() {
    let world = World::new();
    let program = failing(&world, retry(&["E"], 1), &["E", "E"]);
    assert_eq!(world.run(program, "0").await.unwrap_err(), "execution 1 failed with E: why");
    assert_eq!(world.effects.take().len(), 2);
}

#[tokio::test]
async fn a_retry_survives_a_restart() {
    let world = World::new();
    let engine = world.open(failing(&world, retry(&["E"], 1), &["E"])).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    let engine = world.open(failing(&world, retry(&["E"], 1), &["E"])).await;
    settle(&engine, &world.clock).await;
    let row = engine.describe(crate::store::ExecutionId(1)).await.unwrap();
    assert_eq!(row.error.as_deref(), Some("E"), "the attempt before the restart counts");
}

#[tokio::test]
async fn a_panic_is_a_failed_task_with_its_message() {
    let world = World::new();
    let program = world
        .program()
        .task("a", |input, _| panic!("no {input}"))
        .workflow("w", async |cx, input| call(&cx, 0, "a", &input).await);
    assert_eq!(
        world.run(program, "0").await.unwrap_err(),
        "execution 1 failed with States.TaskFailed: the task panicked: no 0"
    );
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_dropped_and_told() {
    struct Dropped(Effects);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.note("dropped".to_owned());
        }
    }
    let world = World::new();
    let effects = world.effects.clone();
    let policy = Policy { timeout: Some(30), ..retry(&["States.Timeout"], 1) };
    let program = world
        .program()
        .async_task("a", policy, move |_, context| {
            let dropped = Dropped(effects.clone());
            async move {
                let _dropped = dropped;
                if context.attempt() == 1 {
                    std::future::pending::<()>().await;
                }
                Ok("1".to_owned())
            }
        })
        .workflow("w", async |cx, input| call(&cx, 0, "a", &input).await);
    let engine = world.open(program).await;
    let execution = start(&engine, "0").await;
    while engine.next_due().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(engine.next_due(), Some(START + 30_000));
    world.clock.advance(Duration::from_secs(30));
    while !world.effects.counts().contains_key("dropped") {
        tokio::task::yield_now().await;
    }
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&execution).await, Ok("1".to_owned()));
    let journal = world.journal().await;
    assert!(journal[1].contains("States.Timeout") && journal[1].contains("longer than 30 seconds"), "{journal:?}");
}

#[tokio::test]
async fn tasks_see_their_attempt_and_a_key_that_stays() {
    let world = World::new();
    let effects = world.effects.clone();
    let program = world
        .program()
        .task_with("a", retry(&["E"], 1), move |_, context| {
            effects.note(context.idempotency_key().to_owned());
            if context.attempt() == 1 { Err(Failed::new("E", "")) } else { Ok("1".to_owned()) }
        })
        .workflow("w", async |cx, input| call(&cx, 0, "a", &input).await);
    world.run(program, "0").await.unwrap();
    let effects = world.effects.take();
    assert_eq!(effects[1], effects[3]);
    assert!(effects[1].ends_with("--0"), "{effects:?}");
}

#[tokio::test]
async fn no_more_tasks_run_at_once_than_may() {
    let world = World::new();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let program = world
        .program()
        .async_task("a", Policy::default(), move |input, _| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                for _ in 0..5 {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(input)
            }
        })
        .workflow("w", async |cx, _| {
            let items: Vec<u64> = (0..20).collect();
            let done = cx
                .map(0, items, None, async |cx: Cx, item, _| {
                    call(&cx, 1, "a", &item.to_string())
                        .await
                        .map_err(|failed| crate::Fault::Other { name: failed.error, cause: failed.cause })
                })
                .await;
            Ok(done.unwrap().len().to_string())
        });
    let engine = program.open_with(&world.store, &world.clock, |builder| builder.max_concurrent_tasks(3)).await;
    let (first, second) = (start(&engine, "0").await, start(&engine, "0").await);
    engine.wait_idle().await;
    assert_eq!((outcome(&first).await, outcome(&second).await), (Ok("20".to_owned()), Ok("20".to_owned())));
    assert_eq!(seen.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn blocking_work_that_is_slow_does_not_hold_up_others() {
    let world = World::new();
    let (release, gate) = std::sync::mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let program = world
        .program()
        .async_task("slow", Policy::default(), move |_, _| {
            let gate = Arc::clone(&gate);
            async move {
                let work = tokio::task::spawn_blocking(move || gate.lock().unwrap().recv().map_err(|_| ()));
                work.await.unwrap().unwrap();
                Ok("1".to_owned())
            }
        })
        .workflow("w", async |cx, input| match input.as_str() {
            "slow" => call(&cx, 0, "slow", "0").await,
            _ => Ok(input),
        });
    let engine = world.open(program).await;
    let slow = start(&engine, "slow").await;
    assert_eq!(outcome(&start(&engine, "2").await).await, Ok("2".to_owned()));
    release.send(()).unwrap();
    assert_eq!(outcome(&slow).await, Ok("1".to_owned()));
}
