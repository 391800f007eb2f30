//! Children of executions that are redriven, forked, or carried off as a file.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::*;
use crate::{
    Failure, Fault,
    history::History,
    store::{ExecutionId, ExecutionRow, Link, ListFilter, Status},
};

const PARENT: ExecutionId = ExecutionId(1);

/// Workflow `w`, which waits for `c`, which sleeps a minute and calls task `a`: that fails while something is broken.
fn program(world: &World, broken: &Arc<AtomicBool>) -> Program {
    let broken = Arc::clone(broken);
    let adjust = || Adjust { retry: Some(retry(&["States.TaskFailed"], 1).retry.to_vec()), ..Adjust::default() };
    world
        .program()
        .task("a", move |input, _| match broken.load(Ordering::SeqCst) {
            true => Err(Failed::new("Bad", "why")),
            false => Ok(format!("{input}!")),
        })
        .workflow("c", |cx, input| async move {
            cx.sleep(0, Duration::from_secs(60)).await;
            call(&cx, 1, "a", &input).await
        })
        .workflow("w", move |cx, input| async move { child(&cx, 0, "c", &input, adjust()).await })
}

async fn rows(world: &World) -> Vec<ExecutionRow> {
    let mut rows = world.store.list(&ListFilter::default()).await.unwrap();
    rows.reverse();
    rows
}

async fn statuses(world: &World) -> Vec<Status> {
    rows(world).await.into_iter().map(|row| row.status).collect()
}

#[tokio::test]
async fn a_redrive_starts_another_child_in_the_place_of_one_that_failed() {
    let (world, broken) = (World::new(), Arc::new(AtomicBool::new(true)));
    let engine = world.open(program(&world, &broken)).await;
    start(&engine, "x").await;
    settle(&engine, &world.clock).await;
    assert_eq!(statuses(&world).await, [Status::Failed; 3], "the parent, and two attempts");
    let redriven = engine.redrive(PARENT).await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&redriven).await, Err("execution 1 failed with Bad: why".to_owned()));
    assert_eq!(statuses(&world).await, [Status::Failed; 5], "retriers count from the start");
    broken.store(false, Ordering::SeqCst);
    let redriven = engine.redrive(PARENT).await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&redriven).await, Ok("x!".to_owned()));
    let all = rows(&world).await;
    let names: Vec<_> = all[1..].iter().map(|row| row.name.clone().unwrap()).collect();
    assert_eq!(names, [1, 2, 3, 4, 5].map(|attempt| format!("{}-0-{attempt}", all[0].nonce)));
    assert_eq!(engine.replay(PARENT).await.unwrap().divergence, None);
    assert!(engine.history(PARENT).await.is_ok());
}

#[tokio::test]
async fn a_redrive_of_a_stopped_parent_starts_another_child() {
    let (world, broken) = (World::new(), Arc::new(AtomicBool::new(false)));
    let engine = world.open(program(&world, &broken)).await;
    start(&engine, "x").await;
    engine.wait_idle().await;
    engine.stop(PARENT, "Stopped", "by hand").await.unwrap();
    engine.wait_idle().await;
    let redriven = engine.redrive(PARENT).await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&redriven).await, Ok("x!".to_owned()));
    assert_eq!(statuses(&world).await, [Status::Succeeded, Status::Aborted, Status::Succeeded]);
    assert_eq!(world.effects.take(), ["a(x)"]);
}

#[tokio::test]
async fn a_redrive_gives_the_time_anew() {
    let (world, broken) = (World::new(), Arc::new(AtomicBool::new(false)));
    let program = || program(&world, &broken).within(50, "w");
    let engine = world.open(program()).await;
    start(&engine, "x").await;
    settle(&engine, &world.clock).await;
    assert_eq!(statuses(&world).await, [Status::TimedOut, Status::Aborted]);
    world.clock.advance_to(START + 100_000);
    engine.redrive(PARENT).await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(statuses(&world).await, [Status::TimedOut, Status::Aborted, Status::Aborted]);
    assert_eq!(rows(&world).await[0].closed_at, Some(START + 150_000));
}

/// Waits for `c` beside a task that follows another.
fn beside(program: Program) -> Program {
    program.workflow("w", |cx, _| async move {
        let fault = |failed: Failed| Fault::from_failed(&failed).unwrap();
        let mut join = cx.parallel::<Fault>(0);
        let left = join.branch(move |cx: Cx| async move {
            let adjust = Adjust { timeout: Some(Duration::from_secs(90)), ..Adjust::default() };
            child(&cx, 1, "c", "x", adjust).await.map_err(fault)
        });
        let right = join.branch(move |cx: Cx| async move {
            cx.sleep(2, Duration::from_secs(30)).await;
            call(&cx, 3, "a", "y").await.map_err(fault)
        });
        join.run().await.map_err(|error| error.to_failed())?;
        Ok(left.take() + &right.take())
    })
}

#[tokio::test]
async fn a_fork_waits_for_a_child_of_its_own() {
    let (world, broken) = (World::new(), Arc::new(AtomicBool::new(false)));
    let engine = world.open(beside(program(&world, &broken))).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    world.clock.advance_to(START + 40_000);
    engine.wait_idle().await;
    let fork = engine.fork(PARENT).at("#3").start().await.unwrap();
    engine.wait_idle().await;
    let all = rows(&world).await;
    let (child, forked) = (&all[1], &all[3]);
    assert_eq!((all.len(), forked.workflow.as_str()), (4, "c"));
    assert_ne!(forked.name, child.name);
    let link = |row: &ExecutionRow| row.parent.as_ref().map(|parent| (parent.execution, parent.link));
    assert_eq!(link(child), Some((PARENT, Link::Awaited)), "the other's child stays the other's");
    assert_eq!(link(forked), Some((fork.id(), Link::Awaited)));
    assert_eq!(forked.started_at, START + 40_000);

    engine.stop(PARENT, "", "").await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&fork).await, Ok("x!y!".to_owned()), "its time counts from the fork");
    assert_eq!(statuses(&world).await, [Status::Aborted, Status::Aborted, Status::Succeeded, Status::Succeeded]);
    assert_eq!(rows(&world).await[2].closed_at, Some(START + 100_000));
    assert_eq!(engine.replay(fork.id()).await.unwrap().divergence, None);
}

#[tokio::test]
async fn a_fork_behind_a_child_keeps_its_answer() {
    let (world, broken) = (World::new(), Arc::new(AtomicBool::new(false)));
    let program = program(&world, &broken).workflow("w", |cx, input| async move {
        let answer = child(&cx, 0, "c", &input, Adjust::default()).await?;
        call(&cx, 1, "a", &answer).await
    });
    let engine = world.open(program).await;
    start(&engine, "x").await;
    settle(&engine, &world.clock).await;
    world.effects.take();
    let fork = engine.fork(PARENT).at("#1").start().await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&fork).await, Ok("x!!".to_owned()));
    assert_eq!(world.effects.take(), ["a(x!)"]);
    assert_eq!(rows(&world).await.len(), 3, "no further child");

    let changed = engine.fork(PARENT).at("#0").result("y").start().await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&changed).await, Ok("y!".to_owned()), "a child's result can be changed as a task's");
    assert_eq!(world.effects.take(), ["a(y)"]);
    assert_eq!(rows(&world).await.len(), 4, "no further child");
}

#[tokio::test]
async fn history_files_carry_children_and_what_waits_for_them() {
    let (world, broken) = (World::new(), Arc::new(AtomicBool::new(false)));
    let program = world
        .program()
        .task("a", |_, _| Ok("2".to_owned()))
        .workflow("c", |cx, input| async move { call(&cx, 1, "a", &input).await })
        .workflow("w", |cx, input| async move { child(&cx, 0, "c", &input, Adjust::default()).await });
    drop(broken);
    let engine = world.open(program).await;
    start(&engine, "1").await;
    settle(&engine, &world.clock).await;
    for id in [PARENT, ExecutionId(2)] {
        let mut history = History::load(&*world.store, id).await.unwrap();
        // Here machines are no JSON.
        history.machines.clear();
        assert_eq!(History::parse(&history.to_json().unwrap()).unwrap(), history);
    }
}
