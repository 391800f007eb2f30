//! The process ends at a commit, just before it is durable or just after; what runs then is run on the same store.

use super::{hooked::Hooked, *};
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use crate::{
    Failure, Fault,
    history::event::Event,
    store::{Crash, CrashStore, ExecutionId, Lastly, Status, StoreCall, StoreError},
};

/// A store that stops with its n-th write, which is durable or lost.
pub(super) fn crash_store(inner: &Arc<MemoryStore>, write: usize, durable: bool) -> CrashStore {
    let lastly = if durable { Lastly::Written } else { Lastly::Lost };
    CrashStore::crashing(Arc::clone(inner) as _, Some(Crash { write, lastly }))
}

/// Each task has an input of its own, so that an effect names its step. Steps 2 and 5 fail once.
fn program(effects: &Effects) -> Program {
    Program::new(effects)
        .task_with("a", retry(&["E"], 2), |input, context| match input {
            "2" | "5" if context.attempt() == 1 => Err(Failed::new("E", "")),
            input => Ok(input.to_owned()),
        })
        .async_task("slow", Policy::default(), |input, _| async {
            tokio::task::yield_now().await;
            Ok(input)
        })
        .workflow("w", move |cx, _| async move {
            let mut sum = String::new();
            for step in ["1", "2", "3"] {
                sum += &call(&cx, 0, "a", step).await?;
            }
            cx.sleep(1, Duration::from_secs(60)).await;
            let mut join = cx.parallel::<Fault>(2);
            let left = join.branch(|cx: Cx| async move {
                let first = call(&cx, 3, "slow", "4").await.map_err(fault)?;
                let second = call(&cx, 4, "a", "5").await.map_err(fault)?;
                Ok(first + &second)
            });
            let right = join.branch(|cx: Cx| async move {
                cx.sleep(5, Duration::from_secs(1)).await;
                call(&cx, 6, "slow", "6").await.map_err(fault)
            });
            join.run().await.map_err(|error| error.to_failed())?;
            sum += &left.take();
            sum += &right.take();
            let items: Vec<u64> = vec![7, 8, 9];
            let mapped = cx
                .map(7, items, Some(2), async |cx: Cx, item: u64, _| {
                    call(&cx, 8, "slow", &item.to_string()).await.map_err(fault)
                })
                .await;
            sum += &mapped.map_err(|error| error.to_failed())?.concat();
            Ok(sum)
        })
}

/// Attempts that the journal has the end of: `input#attempt`.
async fn ended(store: &MemoryStore) -> Vec<String> {
    ended_in(store, ExecutionId(1)).await
}

pub(super) async fn ended_in(store: &MemoryStore, id: ExecutionId) -> Vec<String> {
    let mut open = BTreeMap::new();
    let mut ended = Vec::new();
    for row in store.journal(id).await.unwrap() {
        let place = (row.scope.clone(), row.ordinal);
        match Event::from_row(&row).unwrap() {
            Event::TaskScheduled { input, .. } => {
                open.insert(place, (input, 1));
            }
            Event::TaskSucceeded { .. } => {
                let (input, attempt) = &open[&place];
                ended.push(format!("{input}#{attempt}"));
            }
            Event::TaskRetried { .. } => {
                let (input, attempt) = open.get_mut(&place).unwrap();
                ended.push(format!("{input}#{attempt}"));
                *attempt += 1;
            }
            _ => {}
        }
    }
    ended
}

/// Every attempt of a run without a crash.
const ATTEMPTS: [&str; 11] = ["1#1", "2#1", "2#2", "3#1", "4#1", "5#1", "5#2", "6#1", "7#1", "8#1", "9#1"];

/// Runs until the crash, then to the end. False where there was no crash.
async fn crash_at(commit: usize, durable: bool) -> bool {
    let inner = Arc::new(MemoryStore::new());
    let store = Arc::new(crash_store(&inner, commit, durable));
    let clock = VirtualClock::at(START);
    let engine = program(&Effects::default()).open(&store, &clock).await;
    let started = engine.start_json("w", Some("only".to_owned()), "0").await;
    settle(&engine, &clock).await;
    let crashed = store.has_crashed();
    assert_eq!(started.is_err(), crashed && commit == 0);
    leave(engine).await;

    let before = ended(&inner).await;
    let effects = Effects::default();
    let engine = program(&effects).open(&inner, &clock).await;
    let execution = engine.start_json("w", Some("only".to_owned()), "0").await.unwrap();
    settle(&engine, &clock).await;
    assert_eq!(outcome(&execution).await, Ok("123456789".to_owned()), "commit {commit}, durable {durable}");

    // What had ended before is not done again; everything else is done once.
    let missing = ATTEMPTS.iter().filter(|attempt| !before.iter().any(|ended| ended == *attempt));
    let mut expected: Vec<&str> = missing.map(|attempt| attempt.split('#').next().unwrap()).collect();
    let after = effects.take();
    let mut done: Vec<&str> = after.iter().map(|effect| effect.split(['(', ')']).nth(1).unwrap()).collect();
    expected.sort_unstable();
    done.sort_unstable();
    assert_eq!(done, expected, "commit {commit}, durable {durable}");
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
    crashed
}

#[tokio::test]
async fn a_crash_at_any_commit_loses_nothing_and_repeats_only_what_was_in_flight() {
    for durable in [false, true] {
        let mut commit = 0;
        while crash_at(commit, durable).await {
            commit += 1;
        }
        assert!(commit > 10, "{commit} commits");
    }
}

#[tokio::test]
async fn a_task_that_kills_the_process_is_given_up() {
    let world = World::new();
    let stuck = || {
        world
            .program()
            .async_task("a", Policy::default(), |_, _| std::future::pending())
            .workflow("w", async |cx, _| call(&cx, 0, "a", "0").await)
    };
    let first = world.open(stuck()).await;
    start(&first, "0").await;
    let mut engines = vec![first];
    // A crash leaves no word about what ran, so the engine is kept and never shut down.
    for _ in 0..crate::CRASH_RESTARTS {
        let rows = world.journal().await.len();
        let engine = world.open(stuck()).await;
        while world.journal().await.len() == rows {
            tokio::task::yield_now().await;
        }
        engines.push(engine);
    }
    let engine = world.open(stuck()).await;
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!((row.status, row.error.as_deref()), (Status::Failed, Some("States.TaskFailed")));
    assert!(row.cause.unwrap().contains("the process ended 6 times"));
}

#[tokio::test]
async fn a_medium_that_fails_for_a_while_loses_nothing() {
    let world = World::new();
    let commits = AtomicI64::new(4);
    let store = Arc::new(Hooked::hooked(&world.store, move |call| match call {
        StoreCall::Commit if (0..=2).contains(&commits.fetch_sub(1, Ordering::SeqCst)) => {
            Err(StoreError::Medium("disk full".to_owned()))
        }
        _ => Ok(()),
    }));
    let engine = program(&world.effects).open(&store, &world.clock).await;
    let execution = start(&engine, "0").await;
    let waited = tokio::spawn(async move { outcome(&execution).await });
    while !waited.is_finished() {
        if let Some(due) = world.clock.next_due() {
            world.clock.advance_to(due);
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(waited.await.unwrap(), Ok("123456789".to_owned()));
    assert_eq!(world.effects.take().len(), ATTEMPTS.len());
}

/// A workflow is loaded after a crash, and fails before its code has come to all that was under way.
#[tokio::test]
async fn what_a_failure_leaves_behind_is_let_go_of_although_the_code_did_not_come_to_it() {
    let world = World::new();
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let family = |world: &World| {
        let once = Policy { at_most_once: true, ..Policy::default() };
        let kept = Arc::clone(&tokens);
        let ask = move |_: &str, context: &TaskContext| {
            kept.lock().unwrap().push(context.token().unwrap().to_owned());
            Ok("null".to_owned())
        };
        world
            .program()
            .async_task("once", once, |_, _| std::future::pending())
            .task_with("ask", Policy { callback: true, ..Policy::default() }, ask)
            .workflow("slow", async |cx, _| {
                cx.sleep(0, Duration::from_secs(1_000_000)).await;
                Ok("0".to_owned())
            })
            .workflow("w", move |cx, _| async move {
                let mut join = cx.parallel::<Fault>(0);
                let _one = join.branch(|cx: Cx| async move { call(&cx, 1, "once", "1").await.map_err(fault) });
                let _two = join
                    .branch(|cx: Cx| async move { child(&cx, 2, "slow", "2", Adjust::default()).await.map_err(fault) });
                let _three = join.branch(|cx: Cx| async move {
                    let mut inner = cx.parallel::<Fault>(3);
                    let asked = inner.branch(|cx: Cx| async move { call(&cx, 4, "ask", "3").await.map_err(fault) });
                    inner.run().await.map(|()| asked.take())
                });
                join.run().await.map_err(|error| error.to_failed())?;
                Ok("0".to_owned())
            })
    };
    let crashed = world.open(family(&world)).await;
    start(&crashed, "0").await;
    while tokens.lock().unwrap().is_empty() || world.store.count().await.unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    let engine = world.open(family(&world)).await;
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!((row.status, row.error.as_deref()), (Status::Failed, Some("States.TaskFailed")));
    assert_eq!(engine.describe(ExecutionId(2)).await.unwrap().status, Status::Aborted, "nobody waits for the child");
    let token = tokens.lock().unwrap().pop().unwrap();
    assert!(engine.complete_json(&token, "1").await.unwrap_err().is_expired_token());
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
}

fn fault(failed: Failed) -> Fault {
    Fault::from_failed(&failed).unwrap()
}

/// Its body was lost, and its token was not.
#[tokio::test]
async fn a_completion_counts_although_its_attempt_is_not_started_again() {
    let world = World::new();
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let asking = || {
        let kept = Arc::clone(&tokens);
        let policy = Policy { callback: true, at_most_once: true, ..Policy::default() };
        let ask = move |_, context: TaskContext| {
            kept.lock().unwrap().push(context.token().unwrap().to_owned());
            std::future::pending()
        };
        world.program().async_task("ask", policy, ask).workflow("w", async |cx, _| call(&cx, 0, "ask", "0").await)
    };
    let crashed = world.open(asking()).await;
    start(&crashed, "0").await;
    while tokens.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let token = tokens.lock().unwrap().pop().unwrap();
    world
        .store
        .post(crate::store::Post::Complete { token: token.into(), result: Ok("7".into()) }, START)
        .await
        .unwrap();
    let engine = world.open(asking()).await;
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!((row.status, row.output.as_deref()), (Status::Succeeded, Some("7")), "{:?}", row.cause);
}
