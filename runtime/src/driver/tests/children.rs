//! Child executions: created once, waited for, told of, stopped with what waits for them.

use std::time::Duration;

use super::*;
use crate::clock::Clock as _;
use crate::store::{ExecutionId, ExecutionRow, Link, ListFilter, Status};

/// A parent that asks `c` for an answer, and `c`, which asks the task `a`.
fn pair(program: Program) -> Program {
    program
        .task("a", |input, _| match input {
            "bad" => Err(Failed::new("Bad", "why")),
            input => Ok(format!("{input}!")),
        })
        .workflow("c", |cx, input| async move { call(&cx, 0, "a", &input).await })
        .workflow("w", |cx, input| async move {
            match child(&cx, 0, "c", &input, Adjust::default()).await {
                Ok(output) => Ok(output),
                Err(failed) => Ok(format!("{} {}", failed.error, failed.cause)),
            }
        })
}

async fn rows(store: &impl Store) -> Vec<ExecutionRow> {
    let mut rows = store.list(&ListFilter::default()).await.unwrap();
    rows.reverse();
    rows
}

async fn statuses(store: &impl Store) -> Vec<Status> {
    rows(store).await.into_iter().map(|row| row.status).collect()
}

#[tokio::test]
async fn a_child_is_an_execution_of_its_own() {
    let world = World::new();
    assert_eq!(world.run(pair(world.program()), "x").await, Ok("x!".to_owned()));
    let all = rows(&*world.store).await;
    let (parent, child) = (&all[0], &all[1]);
    assert_eq!((child.workflow.as_str(), &*child.input, child.status), ("c", "x", Status::Succeeded));
    assert_eq!(child.name.as_deref(), Some(&*format!("{}-0-1", parent.nonce)));
    let known = child.parent.clone().unwrap();
    assert_eq!((known.execution, known.scope.as_str(), known.ordinal), (parent.id, "", 0));
    assert_eq!(known.link, Link::Released, "its end is taken");
    assert_eq!(
        world.journal().await,
        [
            r#"#0 ChildScheduled { workflow: "c", input: "x", link: Awaited }"#,
            r#"#0 ChildSucceeded { output: "x!" }"#,
            "#1 ExecutionSucceeded",
        ]
    );
}

#[tokio::test]
async fn its_failure_arrives_as_it_is() {
    let world = World::new();
    assert_eq!(world.run(pair(world.program()), "bad").await, Ok("Bad why".to_owned()));
}

#[tokio::test]
async fn retriers_see_a_failed_task_and_each_attempt_is_a_fresh_execution() {
    let world = World::new();
    let program = world
        .program()
        .task("a", |_, _| Err(Failed::new("Bad", "why")))
        .workflow("c", |cx, input| async move { call(&cx, 0, "a", &input).await })
        .workflow("w", |cx, input| async move {
            let adjust = |errors: &[&str]| Adjust { retry: Some(retry(errors, 2).retry.to_vec()), ..Adjust::default() };
            let own = child(&cx, 0, "c", &input, adjust(&["Bad"])).await.unwrap_err();
            let seen = child(&cx, 1, "c", &input, adjust(&["States.TaskFailed"])).await.unwrap_err();
            Ok(format!("{} {}", own.error, seen.error))
        });
    assert_eq!(world.run(program, "x").await, Ok("Bad Bad".to_owned()));
    assert_eq!(rows(&*world.store).await.len(), 1 + 1 + 3);
    assert_eq!(world.clock.now() - START, 3_000, "after 1 and 2 seconds");
}

fn sleeper(program: Program) -> Program {
    program.task("a", |input, _| Ok(input.to_owned())).workflow("c", |cx, input| async move {
        cx.sleep(0, Duration::from_secs(60)).await;
        call(&cx, 1, "a", &input).await
    })
}

#[tokio::test]
async fn a_child_that_takes_too_long_is_stopped() {
    let world = World::new();
    let program = sleeper(world.program()).workflow("w", |cx, input| async move {
        let adjust = Adjust { timeout: Some(Duration::from_secs(10)), ..Adjust::default() };
        Ok(child(&cx, 0, "c", &input, adjust).await.unwrap_err().error)
    });
    assert_eq!(world.run(program, "x").await, Ok("States.Timeout".to_owned()));
    assert_eq!(statuses(&*world.store).await, [Status::Succeeded, Status::Aborted]);
    assert_eq!(rows(&*world.store).await[1].closed_at, Some(START + 10_000));
    assert!(world.effects.take().is_empty());
}

#[tokio::test]
async fn the_time_of_a_child_goes_on_while_the_engine_is_closed() {
    let world = World::new();
    let store = Arc::new(super::hooked::Hooked::unclosed(&world.store));
    let program = || {
        sleeper(world.program()).workflow("w", |cx, input| async move {
            let adjust = Adjust { timeout: Some(Duration::from_secs(10)), ..Adjust::default() };
            Ok(child(&cx, 0, "c", &input, adjust).await.unwrap_err().error)
        })
    };
    let engine = program().open(&store, &world.clock).await;
    start(&engine, "x").await;
    engine.wait_idle().await;
    engine.shutdown(Duration::ZERO).await.unwrap();
    world.clock.advance_to(START + 30_000);
    let engine = program().open(&store, &world.clock).await;
    engine.wait_idle().await;
    assert_eq!(statuses(&*world.store).await, [Status::Succeeded, Status::Aborted]);
}

#[tokio::test]
async fn stopping_a_parent_stops_the_children_it_waits_for() {
    let world = World::new();
    let program = sleeper(world.program())
        .workflow("b", |cx, input| async move { child(&cx, 0, "c", &input, Adjust::default()).await })
        .workflow("w", |cx, input| async move {
            cx.core.open_child(cx.scope, 1, ("c", 1), "detached".to_owned(), Link::Detached, &Adjust::default());
            child(&cx, 0, "b", &input, Adjust::default()).await
        });
    let engine = world.open(program).await;
    let parent = start(&engine, "x").await;
    engine.wait_idle().await;
    engine.stop(parent.id(), "Stopped", "by hand").await.unwrap();
    engine.wait_idle().await;
    let ends: Vec<_> = rows(&*world.store).await.into_iter().map(|row| (row.workflow, row.status)).collect();
    let expected = [("w", Status::Aborted), ("c", Status::Running), ("b", Status::Aborted), ("c", Status::Aborted)];
    assert_eq!(ends, expected.map(|(name, status)| (name.to_owned(), status)));
    settle(&engine, &world.clock).await;
    assert_eq!(world.effects.take(), ["a(detached)"], "what is not waited for goes on");
}

#[tokio::test]
async fn a_parent_that_is_stopped_in_the_store_takes_its_children_along() {
    let world = World::new();
    let program = || {
        sleeper(world.program())
            .workflow("w", |cx, input| async move { child(&cx, 0, "c", &input, Adjust::default()).await })
    };
    let store = Arc::new(super::hooked::Hooked::unclosed(&world.store));
    let engine = program().open(&store, &world.clock).await;
    start(&engine, "x").await;
    engine.wait_idle().await;
    engine.shutdown(Duration::ZERO).await.unwrap();
    let engine = program().open_with(&store, &world.clock, |builder| builder.paused()).await;
    engine.stop(ExecutionId(1), "", "").await.unwrap();
    assert_eq!(statuses(&*world.store).await, [Status::Aborted, Status::Aborted]);
}

#[tokio::test]
async fn a_sibling_that_fails_stops_the_child() {
    let world = World::new();
    let program = sleeper(world.program()).task("fails", |_, _| Err(Failed::task_failed(""))).workflow(
        "w",
        |cx, input| async move {
            let fault = |failed: Failed| <crate::Fault as crate::Failure>::from_failed(&failed).unwrap();
            let mut join = cx.parallel::<crate::Fault>(0);
            let slow = input.clone();
            let left = join
                .branch(move |cx: Cx| async move { child(&cx, 1, "c", &slow, Adjust::default()).await.map_err(fault) });
            let right = join.branch(move |cx: Cx| async move { call(&cx, 2, "fails", &input).await.map_err(fault) });
            let failed = join.run().await.is_err();
            if failed {
                return Ok("failed".to_owned());
            }
            Ok(left.take() + &right.take())
        },
    );
    assert_eq!(world.run(program, "x").await, Ok("failed".to_owned()));
    assert_eq!(statuses(&*world.store).await, [Status::Succeeded, Status::Aborted]);
}

#[tokio::test]
async fn what_is_started_and_not_waited_for_outlives_its_parent() {
    let world = World::new();
    let program = sleeper(world.program()).workflow("w", |cx, input| async move {
        let entry = cx.core.open_child(cx.scope, 0, ("c", 1), input, Link::Detached, &Adjust::default());
        let closed = crate::context::EntryFuture::new(&cx.core, entry).await;
        Ok(closed.result.unwrap().to_string())
    });
    let output = world.run(program, "x").await.unwrap();
    let all = rows(&*world.store).await;
    let name = all[1].name.as_deref().unwrap();
    assert_eq!(output, format!(r#"{{"ExecutionArn":"arn:aws:states::local:execution:c:{name}"}}"#));
    assert_eq!(all[1].parent.as_ref().unwrap().link, Link::Detached);
    assert_eq!(world.effects.take(), ["a(x)"]);
    assert_eq!(statuses(&*world.store).await, [Status::Succeeded, Status::Succeeded]);
}

#[tokio::test]
async fn a_workflow_that_takes_too_long_times_out_with_all_it_waits_for() {
    let world = World::new();
    let program = sleeper(world.program())
        .workflow("w", |cx, input| async move { child(&cx, 0, "c", &input, Adjust::default()).await })
        .within(20, "w");
    let outcome = world.run(program, "x").await;
    assert_eq!(outcome, Err("execution 1 took too long".to_owned()));
    assert_eq!(statuses(&*world.store).await, [Status::TimedOut, Status::Aborted]);
    assert_eq!(rows(&*world.store).await[1].closed_at, Some(START + 20_000));
    let journal = world.journal().await;
    assert_eq!(journal.last().map(String::as_str), Some("#1 ExecutionTimedOut"));
}

#[tokio::test]
async fn a_child_that_times_out_is_a_timeout_to_its_parent() {
    let world = World::new();
    let program = sleeper(world.program()).within(20, "c").workflow("w", |cx, input| async move {
        let adjust = Adjust { retry: Some(retry(&["States.Timeout"], 1).retry.to_vec()), ..Adjust::default() };
        Ok(child(&cx, 0, "c", &input, adjust).await.unwrap_err().error)
    });
    assert_eq!(world.run(program, "x").await, Ok("States.Timeout".to_owned()));
    assert_eq!(statuses(&*world.store).await, [Status::Succeeded, Status::TimedOut], "no retrier saw a timeout");
}

#[tokio::test]
async fn time_runs_while_the_engine_is_closed() {
    let world = World::new();
    let store = Arc::new(super::hooked::Hooked::unclosed(&world.store));
    let program = || {
        let hangs = |_, _| std::future::pending();
        world
            .program()
            .async_task("hangs", Policy::default(), hangs)
            .workflow("w", |cx, input| async move { call(&cx, 0, "hangs", &input).await })
            .within(20, "w")
    };
    let engine = program().open(&store, &world.clock).await;
    start(&engine, "x").await;
    engine.shutdown(Duration::ZERO).await.unwrap();
    world.clock.advance_to(START + 20_000);
    let engine = program().open(&store, &world.clock).await;
    engine.wait_idle().await;
    assert_eq!(statuses(&*world.store).await, [Status::TimedOut]);
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
    assert_eq!(world.effects.take(), ["hangs(x)"], "it was not started again");
}

/// Two children at once, one of which runs one of its own; then one that fails and is repeated, and one that is not waited for.
fn family(effects: &Effects) -> Program {
    let fault = |failed: Failed| <crate::Fault as crate::Failure>::from_failed(&failed).unwrap();
    Program::new(effects)
        .task("a", |input, _| Ok(input.to_owned()))
        .task("bad", |_, _| Err(Failed::new("Bad", "")))
        .workflow("leaf", |cx, input| async move {
            cx.sleep(0, Duration::from_secs(5)).await;
            call(&cx, 1, "a", &input).await
        })
        .workflow("inner", |cx, input| async move {
            let first = call(&cx, 0, "a", &input).await?;
            Ok(first + &child(&cx, 1, "leaf", "2", Adjust::default()).await?)
        })
        .workflow("fails", |cx, input| async move { call(&cx, 0, "bad", &input).await })
        .workflow("w", move |cx, _| async move {
            let mut join = cx.parallel::<crate::Fault>(0);
            let left = join.branch(move |cx: Cx| async move {
                child(&cx, 1, "inner", "1", Adjust::default()).await.map_err(fault)
            });
            let right =
                join.branch(
                    move |cx: Cx| async move { child(&cx, 2, "leaf", "3", Adjust::default()).await.map_err(fault) },
                );
            join.run().await.map_err(|error| crate::Failure::to_failed(&error))?;
            let adjust = Adjust { retry: Some(retry(&["States.TaskFailed"], 1).retry.to_vec()), ..Adjust::default() };
            let failed = child(&cx, 3, "fails", "4", adjust).await.unwrap_err();
            let entry =
                cx.core.open_child(cx.scope, 4, ("leaf", 1), "5".to_owned(), Link::Detached, &Adjust::default());
            crate::context::EntryFuture::new(&cx.core, entry).await.result?;
            Ok(left.take() + &right.take() + &failed.error)
        })
}

/// Runs until the crash, then to the end. False where there was no crash.
async fn crash_at(commit: usize, durable: bool) -> bool {
    let place = format!("commit {commit}, durable {durable}");
    let inner = Arc::new(MemoryStore::new());
    let store = Arc::new(super::crash::crash_store(&inner, commit, durable));
    let clock = VirtualClock::at(START);
    let engine = family(&Effects::default()).open(&store, &clock).await;
    // The crash may come before it is started.
    let _ = engine.start_json("w", Some("only".to_owned()), "0").await;
    settle(&engine, &clock).await;
    let crashed = store.has_crashed();
    leave(engine).await;

    let mut before = Vec::new();
    for row in rows(&*inner).await {
        before.extend(super::crash::ended_in(&inner, row.id).await);
    }
    let effects = Effects::default();
    let engine = family(&effects).open(&inner, &clock).await;
    let execution = engine.start_json("w", Some("only".to_owned()), "0").await.unwrap();
    settle(&engine, &clock).await;
    assert_eq!(outcome(&execution).await, Ok("123Bad".to_owned()), "{place}");
    let mut ended: Vec<_> = rows(&*inner).await.into_iter().map(|row| (row.workflow, row.status)).collect();
    ended.sort_by_key(|(workflow, _)| workflow.clone());
    let expected = [
        ("fails", Status::Failed),
        ("fails", Status::Failed),
        ("inner", Status::Succeeded),
        ("leaf", Status::Succeeded),
        ("leaf", Status::Succeeded),
        ("leaf", Status::Succeeded),
        ("w", Status::Succeeded),
    ];
    assert_eq!(ended, expected.map(|(name, status)| (name.to_owned(), status)), "{place}");

    // What had succeeded before is not done again; everything else is done once.
    let mut wanted: Vec<String> = Vec::new();
    for effect in ["1", "2", "3", "5"] {
        if !before.contains(&format!("{effect}#1")) {
            wanted.push(format!("a({effect})"));
        }
    }
    let mut done = effects.take();
    done.retain(|effect| effect.starts_with("a("));
    done.sort_unstable();
    assert_eq!(done, wanted, "{place}");
    for row in rows(&*inner).await {
        assert!(engine.replay(row.id).await.unwrap().divergence.is_none(), "{place}");
    }
    crashed
}

#[tokio::test]
async fn a_crash_at_any_commit_creates_each_child_once_and_loses_no_end() {
    for durable in [false, true] {
        let mut commit = 0;
        while crash_at(commit, durable).await {
            commit += 1;
        }
        assert!(commit > 15, "{commit} commits");
    }
}

/// A sibling fails while a child waits: the commit that says so, and those after it, are the last of the process.
#[tokio::test]
async fn a_crash_at_any_commit_stops_what_nobody_waits_for() {
    let program = |effects: &Effects| {
        sleeper(Program::new(effects)).task("fails", |_, _| Err(Failed::task_failed(""))).workflow(
            "w",
            |cx, _| async move {
                let fault = |failed: Failed| <crate::Fault as crate::Failure>::from_failed(&failed).unwrap();
                let mut join = cx.parallel::<crate::Fault>(0);
                let _slow = join.branch(move |cx: Cx| async move {
                    child(&cx, 1, "c", "1", Adjust::default()).await.map_err(fault)
                });
                let _fails = join.branch(move |cx: Cx| async move {
                    cx.sleep(2, Duration::from_secs(1)).await;
                    call(&cx, 3, "fails", "2").await.map_err(fault)
                });
                let _failed = join.run().await.is_err();
                cx.sleep(4, Duration::from_secs(3_600)).await;
                Ok(String::new())
            },
        )
    };
    for commit in 1..12 {
        for durable in [false, true] {
            let inner = Arc::new(MemoryStore::new());
            let store = Arc::new(super::crash::crash_store(&inner, commit, durable));
            let clock = VirtualClock::at(START);
            let engine = program(&Effects::default()).open(&store, &clock).await;
            start(&engine, "0").await;
            engine.wait_idle().await;
            clock.advance_to(START + 1_000);
            engine.wait_idle().await;
            leave(engine).await;
            let effects = Effects::default();
            let engine = program(&effects).open(&inner, &clock).await;
            settle(&engine, &clock).await;
            assert_eq!(statuses(&*inner).await, [Status::Succeeded, Status::Aborted], "commit {commit}, {durable}");
        }
    }
}
