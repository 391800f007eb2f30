//! Stopping many executions; and what running tasks learn of it that nobody wants any more.

use std::time::Duration;

use super::*;
use crate::store::{ExecutionId, ListFilter, Status};

/// `w` waits for an hour, `p` for its child `w`, and notes where that fails; `x` ends at once.
fn program(world: &World) -> Program {
    world
        .program()
        .task("note", |_, _| Ok("0".to_owned()))
        .workflow("w", async |cx, input| {
            cx.sleep(0, Duration::from_hours(1)).await;
            Ok(input)
        })
        .workflow("x", async |_, input| Ok(input))
        .workflow("p", async |cx, input| match child(&cx, 0, "w", &input, Adjust::default()).await {
            Ok(output) => Ok(output),
            Err(_) => call(&cx, 1, "note", "0").await,
        })
}

fn of(workflow: &str, status: Option<Status>) -> ListFilter {
    ListFilter { workflow: Some(workflow.to_owned()), status, ..ListFilter::default() }
}

async fn counts(engine: &Engine) -> Vec<(String, Status, u64)> {
    engine.wait_idle().await;
    engine.count().await.unwrap()
}

#[tokio::test]
async fn all_that_a_filter_lets_through_is_stopped_and_counted() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    for _ in 0..1_500 {
        start(&engine, "1").await;
    }
    engine.wait_idle().await;
    let some = ListFilter { limit: 10, ..of("w", None) };
    assert_eq!(engine.stop_all(&some, "Enough", "of it").await.unwrap().stopped, 10);
    for workflow in ["x", "p", "p"] {
        engine.start_json(workflow, None, "1").await.unwrap();
    }
    engine.wait_idle().await;
    let parents = engine.stop_all(&of("p", Some(Status::Running)), "Enough", "of it").await.unwrap();
    assert_eq!((parents.stopped, parents.ended), (2, 0));
    let (w, p, x) = ("w".to_owned(), "p".to_owned(), "x".to_owned());
    assert_eq!(
        counts(&engine).await,
        [
            (p.clone(), Status::Aborted, 2),
            (w.clone(), Status::Running, 1_490),
            (w.clone(), Status::Aborted, 12),
            (x.clone(), Status::Succeeded, 1)
        ],
        "ten, and the children of the two"
    );
    let row = engine.describe(ExecutionId(1_500)).await.unwrap();
    assert_eq!((row.error.as_deref(), row.cause.as_deref()), (Some("Enough"), Some("of it")));
    assert_eq!(engine.stop_all(&ListFilter::default(), "Enough", "").await.unwrap().stopped, 1_490);
    assert_eq!(
        counts(&engine).await,
        [(p, Status::Aborted, 2), (w, Status::Aborted, 1_502), (x, Status::Succeeded, 1)]
    );
    assert_eq!(engine.stop_all(&ListFilter::default(), "Enough", "").await.unwrap(), crate::Stopped::default());
    assert_eq!(world.effects.take(), [""; 0], "no parent has seen its child fail");
}

#[tokio::test]
async fn children_that_are_meant_are_stopped_by_themselves() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let parent = engine.start_json("p", None, "1").await.unwrap();
    engine.wait_idle().await;
    assert_eq!(engine.stop_all(&of("w", None), "Enough", "").await.unwrap().stopped, 1);
    assert_eq!(outcome(&parent).await, Ok("0".to_owned()));
    assert_eq!(world.effects.take(), ["note(0)"]);
}

#[tokio::test]
async fn what_has_ended_cannot_be_asked_for() {
    let world = World::new();
    let engine = world.open(program(&world)).await;
    let error = engine.stop_all(&of("w", Some(Status::Failed)), "", "").await.unwrap_err();
    assert!(error.to_string().contains("is FAILED cannot be stopped"), "{error}");
}

/// A task that cannot be dropped: it says that it has begun, polls whether it is wanted, and says how it found out that it is not.
fn polls(program: Program, policy: Policy) -> Program {
    let effects = program.effects.clone();
    program.async_task("a", policy, move |input, context| {
        let effects = effects.clone();
        crate::private::body::blocking(context.clone(), move || {
            effects.note("begun".to_owned());
            while !context.is_cancelled() {
                std::thread::yield_now();
            }
            effects.note("told".to_owned());
            Ok(input)
        })
    })
}

async fn until(world: &World, effect: &str) {
    while !world.effects.counts().contains_key(effect) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_blocking_task_is_told_whatever_makes_it_unwanted() {
    let limited = Policy { timeout: Some(5), ..Policy::default() };
    for what in ["stop", "timeout", "execution timeout", "race", "join", "shutdown"] {
        let world = World::new();
        let policy = if what == "timeout" { limited.clone() } else { Policy::default() };
        let program = polls(world.program(), policy).workflow("w", async |cx, input| match input.as_str() {
            "race" => {
                let mut race = cx.race::<Result<String, crate::Fault>>(0);
                race.branch(|cx: Cx| async move { Ok(must(&cx, 1, "a", "0").await) });
                race.branch(|cx: Cx| async move {
                    cx.sleep(2, Duration::from_secs(1)).await;
                    Ok("1".to_owned())
                });
                race.run().await.map_err(|fault| crate::Failure::to_failed(&fault))
            }
            "join" => {
                let mut join = cx.parallel::<crate::Fault>(0);
                let _slow = join.branch(|cx: Cx| async move { Ok(must(&cx, 1, "a", "0").await) });
                let _fails = join.branch(|cx: Cx| async move {
                    cx.sleep(2, Duration::from_secs(1)).await;
                    Err::<String, _>(crate::Fault::Timeout)
                });
                join.run().await.map(|()| input).map_err(|fault| crate::Failure::to_failed(&fault))
            }
            _ => Ok(must(&cx, 0, "a", "0").await),
        });
        let program = if what == "execution timeout" { program.within(9, "w") } else { program };
        let engine = world.open(program).await;
        let execution = start(&engine, what).await;
        until(&world, "begun").await;
        match what {
            "stop" => execution.stop("", "").await.unwrap(),
            "shutdown" => engine.shutdown(Duration::ZERO).await.unwrap(),
            _ => {
                while engine.next_due().is_none() {
                    tokio::task::yield_now().await;
                }
                world.clock.advance(Duration::from_secs(10));
            }
        }
        until(&world, "told").await;
    }
}
