//! `continue_as_new`: each execution has exactly one that goes on in its place.

use std::time::Duration;

use super::{
    crash::{crash_store, ended_in},
    *,
};
use crate::{
    history::History,
    store::{ExecutionId, ExecutionRow, Link, ListFilter, Status},
};

/// Calls the task `a` with its input, waits a second and goes on with one less, down to 1.
fn program(effects: &Effects) -> Program {
    Program::new(effects)
        .task("a", |input, _| Ok(input.to_owned()))
        .workflow("w", async |cx, input| {
            must(&cx, 0, "a", &input).await;
            cx.sleep(1, Duration::from_secs(1)).await;
            match input.parse::<u32>().unwrap() {
                1 => Ok("null".to_owned()),
                n => anew(&cx, 2, "w", &(n - 1).to_string()).await,
            }
        })
        .workflow("p", async |cx, input| child(&cx, 0, "w", &input, Adjust::default()).await)
}

async fn rows(engine: &Engine) -> Vec<ExecutionRow> {
    let mut rows = engine.list(&ListFilter::default()).await.unwrap();
    rows.reverse();
    rows
}

fn names(rows: &[ExecutionRow]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_deref().unwrap_or_default()).collect()
}

/// Runs until the crash, then to the end. False where there was no crash.
async fn crash_at(commit: usize, durable: bool) -> bool {
    let inner = Arc::new(MemoryStore::new());
    let store = Arc::new(crash_store(&inner, commit, durable));
    let clock = VirtualClock::at(START);
    let engine = program(&Effects::default()).open(&store, &clock).await;
    let _ = engine.start_json("w", Some("only".to_owned()), "10").await;
    settle(&engine, &clock).await;
    let crashed = store.has_crashed();
    leave(engine).await;

    let mut done = Vec::new();
    for id in 1..=10 {
        done.extend(ended_in(&inner, ExecutionId(id)).await);
    }
    let effects = Effects::default();
    let engine = program(&effects).open(&inner, &clock).await;
    let execution = engine.start_json("w", Some("only".to_owned()), "10").await.unwrap();
    settle(&engine, &clock).await;
    assert_eq!(outcome(&execution).await, Ok("null".to_owned()), "commit {commit}, durable {durable}");

    let all = rows(&engine).await;
    assert!(all.iter().all(|row| row.status == Status::Succeeded), "commit {commit}, durable {durable}");
    let numbered = (2..=10).map(|n| format!("only~{n}"));
    let expected: Vec<_> = std::iter::once("only".to_owned()).chain(numbered).collect();
    assert_eq!(names(&all), expected, "commit {commit}, durable {durable}");
    for (before, row) in all.iter().zip(&all[1..]) {
        let parent = row.parent.as_ref().unwrap();
        assert_eq!((parent.execution, parent.link), (before.id, Link::Continues));
        assert_eq!(row.started_at, before.closed_at.unwrap().max(row.started_at));
    }
    // What had ended before the crash is not done again, and the rest is done once.
    done.extend(effects.take().iter().map(|effect| format!("{}#1", effect.trim_matches(['a', '(', ')']))));
    done.sort_by_key(|effect| std::cmp::Reverse(effect.trim_end_matches("#1").parse::<u32>().unwrap()));
    assert_eq!(done, (1..=10).rev().map(|n| format!("{n}#1")).collect::<Vec<_>>(), "commit {commit}");
    for row in &all {
        assert!(engine.replay(row.id).await.unwrap().divergence.is_none());
    }
    crashed
}

#[tokio::test]
async fn a_crash_at_any_commit_leaves_one_that_goes_on() {
    for durable in [false, true] {
        let mut commit = 0;
        while crash_at(commit, durable).await {
            commit += 1;
        }
        assert!(commit >= 30, "{commit} commits");
    }
}

#[tokio::test]
async fn the_end_and_the_fresh_start_are_one_commit() {
    let world = World::new();
    let engine = world.open(program(&world.effects)).await;
    start(&engine, "2").await;
    settle(&engine, &world.clock).await;
    assert_eq!(
        world.journal().await[4..],
        [
            r#"#2 ChildScheduled { workflow: "w", input: "1", link: Continues }"#,
            r#"#2 ChildSucceeded { output: "null" }"#,
            "#3 ExecutionSucceeded",
        ]
    );
    let all = rows(&engine).await;
    assert_eq!(names(&all), ["", ""], "what has no name goes on without one");
    assert_ne!(all[0].nonce, all[1].nonce);
}

#[tokio::test]
async fn one_may_go_on_before_it_has_done_anything() {
    let world = World::new();
    let program = world.program().workflow("w", async |cx, input| match &*input {
        "0" => Ok("null".to_owned()),
        _ => anew(&cx, 0, "w", "0").await,
    });
    let engine = world.open(program).await;
    let execution = engine.start_json("w", Some("a".to_owned()), "1").await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&execution).await, Ok("null".to_owned()));
    assert_eq!(names(&rows(&engine).await), ["a", "a~2"]);
}

#[tokio::test]
async fn a_taken_name_is_passed_by() {
    let world = World::new();
    let engine = world.open(program(&world.effects)).await;
    for (name, input) in [("feed~2", "1"), ("feed", "3")] {
        engine.start_json("w", Some(name.to_owned()), input).await.unwrap();
    }
    settle(&engine, &world.clock).await;
    let all = rows(&engine).await;
    let other = format!("feed~2.{}", all[2].nonce);
    assert_eq!(names(&all), ["feed~2", "feed", &other, "feed~3"]);
    assert!(all.iter().all(|row| row.status == Status::Succeeded));
}

#[tokio::test]
async fn a_turn_is_passed_on() {
    let world = World::new();
    let open = async || {
        let limited = |builder: crate::EngineBuilder| builder.workflow_concurrency("w", 1);
        program(&world.effects).open_with(&world.store, &world.clock, limited).await
    };
    let engine = open().await;
    start(&engine, "4").await;
    start(&engine, "1").await;
    for _ in 0..2 {
        engine.wait_idle().await;
        world.clock.advance(Duration::from_secs(1));
    }
    engine.wait_idle().await;
    leave(engine).await;
    let engine = open().await;
    settle(&engine, &world.clock).await;
    assert_eq!(world.effects.take(), ["a(4)", "a(3)", "a(2)", "a(1)", "a(1)"]);
    let all = rows(&engine).await;
    assert_eq!(all[1].status, Status::Succeeded);
    let last = all.iter().filter(|row| row.id != all[1].id).map(|row| row.closed_at).max().unwrap();
    assert!(all[1].closed_at > last, "the other one waited for the end of all");
}

#[tokio::test]
async fn the_timeout_counts_anew() {
    let world = World::new();
    let engine = world.open(program(&world.effects).within(2, "w")).await;
    start(&engine, "5").await;
    settle(&engine, &world.clock).await;
    let all = rows(&engine).await;
    assert_eq!(all.iter().map(|row| row.status).collect::<Vec<_>>(), [Status::Succeeded; 5]);
}

#[tokio::test]
async fn whoever_waits_has_the_end_of_the_first_alone() {
    let world = World::new();
    let engine = world.open(program(&world.effects)).await;
    let parent = engine.start_json("p", None, "3").await.unwrap();
    engine.wait_idle().await;
    world.clock.advance(Duration::from_secs(1));
    engine.wait_idle().await;
    assert_eq!(outcome(&parent).await, Ok("null".to_owned()));
    let open: Vec<_> = rows(&engine).await.into_iter().filter(|row| row.closed_at.is_none()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].parent.as_ref().map(|parent| parent.execution), Some(ExecutionId(2)));
    engine.stop(open[0].id, "Enough", "").await.unwrap();
    assert!(engine.stop(ExecutionId(2), "Enough", "").await.is_err(), "it has ended");
    settle(&engine, &world.clock).await;
    assert_eq!(world.effects.take(), ["a(3)", "a(2)"]);
}

#[tokio::test]
async fn a_fork_goes_on_by_itself() {
    let world = World::new();
    let engine = world.open(program(&world.effects)).await;
    engine.start_json("w", Some("only".to_owned()), "2").await.unwrap();
    settle(&engine, &world.clock).await;
    engine.fork(ExecutionId(1)).at("#2").start().await.unwrap();
    settle(&engine, &world.clock).await;
    let all = rows(&engine).await;
    let goes_on = |row: &ExecutionRow| row.parent.as_ref().map(|parent| parent.execution.0);
    assert_eq!(all.iter().map(goes_on).collect::<Vec<_>>(), [None, Some(1), None, Some(3)]);
    assert_eq!(names(&all), ["only", "only~2", "", ""]);
    assert!(engine.redrive(ExecutionId(1)).await.is_err(), "it has succeeded");
}

#[tokio::test]
async fn a_history_file_says_what_it_continues() {
    let world = World::new();
    let engine = world.open(program(&world.effects)).await;
    start(&engine, "2").await;
    settle(&engine, &world.clock).await;
    let text = engine.recorded(ExecutionId(2)).await.unwrap().to_json().unwrap();
    let parent = History::parse(&text).unwrap().execution.parent.unwrap();
    assert_eq!((parent.execution, parent.link), (ExecutionId(1), Link::Continues));
}
