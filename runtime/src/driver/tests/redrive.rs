//! Going on from the state that failed.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::{crash::crash_store, *};
use crate::{
    Clock, Failure, Fault,
    store::{ExecutionId, Status},
};

const ID: ExecutionId = ExecutionId(1);

fn fault(failed: Failed) -> Fault {
    Fault::from_failed(&failed).unwrap()
}

/// Whether what is broken fails, and workflow `w` with task `a`, which fails on `bad..` while it does. `"parallel"` and `"map"` fan
/// out.
struct Shop {
    world: World,
    broken: Arc<AtomicBool>,
}

impl Shop {
    fn new() -> Shop {
        Shop { world: World::new(), broken: Arc::new(AtomicBool::new(true)) }
    }

    fn program(&self) -> Program {
        let broken = Arc::clone(&self.broken);
        self.world
            .program()
            .task_with("a", retry(&["E"], 1), move |input, _| {
                let fails = input.starts_with("bad") && broken.load(Ordering::SeqCst);
                if fails { Err(Failed::new("E", "why")) } else { Ok(input.to_owned()) }
            })
            .workflow("w", async |cx, input| {
                let first = must(&cx, 0, "a", "1").await;
                let middle = match &*input {
                    "map" => {
                        let items = ["2", "bad3", "4", "bad5", "6"].map(str::to_owned).to_vec();
                        let mapped: Result<Vec<String>, Fault> = cx
                            .map(1, items, Some(3), async |cx: Cx, item: String, _| {
                                call(&cx, 2, "a", &item).await.map_err(fault)
                            })
                            .await;
                        mapped.map_err(|error| error.to_failed())?.concat()
                    }
                    "parallel" => {
                        let mut join = cx.parallel::<Fault>(1);
                        let left = join.branch(|cx: Cx| async move { call(&cx, 2, "a", "2").await.map_err(fault) });
                        let right = join.branch(|cx: Cx| async move {
                            call(&cx, 3, "a", "3").await.map_err(fault)?;
                            cx.sleep(4, Duration::from_secs(1)).await;
                            call(&cx, 5, "a", "bad4").await.map_err(fault)
                        });
                        join.run().await.map_err(|error| error.to_failed())?;
                        left.take() + &right.take()
                    }
                    "own" => {
                        let _ = call(&cx, 1, "a", "bad2").await;
                        cx.enter(9);
                        return Err(Failed::new("Own", "decided"));
                    }
                    "stuck" => {
                        cx.sleep(1, Duration::from_secs(60)).await;
                        "2".to_owned()
                    }
                    _ => must(&cx, 1, "a", "bad2").await,
                };
                let last = must(&cx, 6, "a", "7").await;
                Ok(first + &middle + &last)
            })
    }

    /// Runs an execution to its end, and yields the engine.
    async fn failed(&self, input: &str) -> Engine {
        let engine = self.world.open(self.program()).await;
        start(&engine, input).await;
        settle(&engine, &self.world.clock).await;
        assert_eq!(engine.describe(ID).await.unwrap().status, Status::Failed);
        self.world.effects.take();
        engine
    }

    fn repair(&self) {
        self.broken.store(false, Ordering::SeqCst);
    }

    async fn redriven(&self, engine: &Engine) -> Result<String, String> {
        let execution = engine.redrive(ID).await.unwrap();
        settle(engine, &self.world.clock).await;
        let ended = outcome(&execution).await;
        assert_eq!(engine.replay(ID).await.unwrap().divergence, None, "what a redrive wrote replays");
        ended
    }
}

#[tokio::test]
async fn the_failed_call_runs_again_and_what_succeeded_does_not() {
    let shop = Shop::new();
    let engine = shop.failed("0").await;
    shop.repair();
    assert_eq!(shop.redriven(&engine).await, Ok("1bad27".to_owned()));
    assert_eq!(shop.world.effects.take(), ["a(bad2)", "a(7)"]);
    let journal = shop.world.journal().await;
    assert_eq!(
        journal[5..9],
        [
            r##"#1 TaskFailed { error: "E", cause: "why" }"##,
            r##"#2 ExecutionFailed { error: "E" }"##,
            "#0 ExecutionRedriven",
            "#1 TaskStarted { attempt: 1 }",
        ]
    );
    let row = engine.describe(ID).await.unwrap();
    assert_eq!((row.status, row.error, row.cause), (Status::Succeeded, None, None));
    let events: Vec<String> = engine.history(ID).await.unwrap().iter().map(|event| event.kind.name()).collect();
    let from = events.iter().position(|name| name == "ExecutionRedriven").unwrap();
    assert_eq!(
        events[from - 1..from + 6],
        [
            "ExecutionFailed",
            "ExecutionRedriven",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited"
        ]
    );
}

#[tokio::test]
async fn attempts_count_anew_and_it_can_be_redriven_again() {
    let shop = Shop::new();
    let engine = shop.failed("0").await;
    for _ in 0..2 {
        assert!(shop.redriven(&engine).await.unwrap_err().contains("failed with E: why"));
        assert_eq!(shop.world.effects.take(), ["a(bad2)", "a(bad2)"], "one retry each time");
    }
    shop.repair();
    assert_eq!(shop.redriven(&engine).await, Ok("1bad27".to_owned()));
}

#[tokio::test]
async fn only_the_failed_branch_runs_again() {
    let shop = Shop::new();
    let engine = shop.failed("parallel").await;
    assert!(shop.redriven(&engine).await.is_err());
    assert_eq!(shop.world.effects.take(), ["a(bad4)", "a(bad4)"]);
    shop.repair();
    assert_eq!(shop.redriven(&engine).await, Ok("12bad47".to_owned()));
    assert_eq!(shop.world.effects.take(), ["a(bad4)", "a(7)"]);
}

#[tokio::test]
async fn only_iterations_that_did_not_succeed_run_again() {
    let shop = Shop::new();
    let engine = shop.failed("map").await;
    shop.repair();
    assert_eq!(shop.redriven(&engine).await, Ok("12bad34bad567".to_owned()));
    let mut again = shop.world.effects.take();
    again.sort();
    assert_eq!(again, ["a(7)", "a(bad3)", "a(bad5)"]);
}

#[tokio::test]
async fn a_stopped_execution_goes_on_waiting() {
    let shop = Shop::new();
    let engine = shop.world.open(shop.program()).await;
    let execution = start(&engine, "stuck").await;
    engine.wait_idle().await;
    execution.stop("Enough", "").await.unwrap();
    assert_eq!(engine.replay(ID).await.unwrap().divergence, None);
    assert_eq!(shop.redriven(&engine).await, Ok("127".to_owned()));
    assert_eq!(Clock::now(&shop.world.clock), START + 60_000, "the timer kept its time");
}

#[tokio::test]
async fn what_cannot_be_redriven_says_why() {
    let shop = Shop::new();
    let engine = shop.failed("own").await;
    let refused = async |engine: &Engine| {
        let error = engine.redrive(ID).await.unwrap_err();
        assert!(error.is_not_redrivable(), "{error}");
        error.to_string()
    };
    assert!(refused(&engine).await.contains("would fail again at once with `Own`"));
    assert_eq!(engine.describe(ID).await.unwrap().status, Status::Failed);

    let shop = Shop::new();
    let engine = shop.failed("0").await;
    shop.repair();
    shop.redriven(&engine).await.unwrap();
    assert!(refused(&engine).await.contains("it has succeeded, so nothing is left to do"));
    assert!(engine.redrive(ExecutionId(9)).await.unwrap_err().is_unknown_execution());

    let shop = Shop::new();
    leave(shop.failed("0").await).await;
    let changed = shop
        .world
        .program()
        .task("b", |_, _| Ok(String::new()))
        .workflow("w", async |cx, _| call(&cx, 0, "b", "1").await);
    let engine = shop.world.open(changed).await;
    let error = engine.redrive(ID).await.unwrap_err();
    assert!(error.is_diverged() && error.to_string().contains("the code attempts task `b`"), "{error}");
    assert_eq!(engine.describe(ID).await.unwrap().status, Status::Failed);
}

/// The process ends at each commit of a redrive, before and after it is durable; in the end all is done, and nothing that had succeeded
/// is done again.
#[tokio::test]
async fn a_crash_in_a_redrive_loses_nothing() {
    for input in ["0", "parallel", "map"] {
        for (left, durable) in (0..20).flat_map(|left| [(left, false), (left, true)]) {
            let shop = Shop::new();
            leave(shop.failed(input).await).await;
            shop.repair();
            let inner = Arc::clone(&shop.world.store);
            let store = Arc::new(crash_store(&inner, left, durable));
            let engine = shop.program().open(&store, &shop.world.clock).await;
            if let Ok(execution) = engine.redrive(ID).await {
                settle(&engine, &shop.world.clock).await;
                drop(execution);
            }
            let crashed = store.has_crashed();
            leave(engine).await;
            let engine = shop.world.open(shop.program()).await;
            settle(&engine, &shop.world.clock).await;
            if engine.describe(ID).await.unwrap().status == Status::Failed {
                engine.redrive(ID).await.unwrap();
                settle(&engine, &shop.world.clock).await;
            }
            let row = engine.describe(ID).await.unwrap();
            assert_eq!(row.status, Status::Succeeded, "{input} {left} {durable}: {:?}", row.cause);
            assert_eq!(engine.replay(ID).await.unwrap().divergence, None);
            let effects = shop.world.effects.counts();
            assert!(effects.keys().all(|effect| effect.contains("bad") || effect == "a(7)"), "{effects:?}");
            if !crashed {
                assert!(effects.values().all(|times| *times == 1), "{effects:?}");
                break;
            }
        }
    }
}
