use super::*;
use crate::{Failure, Fault};
use std::time::Duration;

fn fault(failed: Failed) -> Fault {
    Fault::from_failed(&failed).unwrap()
}

/// Two branches: the first sleeps so many seconds and yields the task's answer to the input, the second waits for five.
fn race(world: &World, seconds: u64) -> Program {
    let program = world.program().task("a", |input, _| match input {
        "bad" => Err(Failed::new("E", "why")),
        input => Ok(input.to_owned()),
    });
    program.workflow("w", move |cx, input| async move {
        let mut race = cx.race::<Result<String, Fault>>(0);
        race.branch(|cx: Cx| async move {
            cx.sleep(1, Duration::from_secs(seconds)).await;
            call(&cx, 2, "a", &input).await.map_err(fault)
        });
        race.branch(|cx: Cx| async move {
            cx.sleep(3, Duration::from_secs(5)).await;
            cx.enter(9);
            Ok("5".to_owned())
        });
        let won = race.run().await;
        cx.sleep(4, Duration::from_secs(60)).await;
        won.map_err(|error| error.to_failed())
    })
}

#[tokio::test]
async fn the_winner_is_recorded_around_the_branches_and_the_others_are_dropped() {
    let world = World::new();
    assert_eq!(world.run(race(&world, 2), "1").await, Ok("1".to_owned()));
    assert_eq!(
        world.journal().await,
        [
            "#0 RaceStarted { branches: 2 }",
            "0.0#0 WaitSeconds { seconds: 2 }",
            "0.1#0 WaitSeconds { seconds: 5 }",
            "0.0#0 WaitEnded",
            r#"0.0#1 TaskScheduled { task: "a", input: "1", started: true }"#,
            r#"0.0#1 TaskSucceeded { output: "1" }"#,
            "0.0#2 ScopeSucceeded",
            "#0 RaceWon { index: 0 }",
            "#1 WaitSeconds { seconds: 60 }",
            "#1 WaitEnded",
            "#2 ExecutionSucceeded",
        ]
    );
    assert_eq!(crate::Clock::now(&world.clock) - START, 62_000, "nobody waited for the other branch");
}

#[tokio::test]
async fn a_failure_that_is_first_is_the_result() {
    let world = World::new();
    assert_eq!(world.run(race(&world, 2), "bad").await.unwrap_err(), "execution 1 failed with E: why");
    let journal = world.journal().await;
    assert!(journal.contains(&r#"#0 JoinFailed { index: 0, error: "E", cause: "why" }"#.to_owned()), "{journal:?}");
}

#[tokio::test]
async fn of_branches_that_end_at_once_the_first_that_was_added_wins() {
    let world = World::new();
    let program = world.program().workflow("w", async |cx, _| {
        let mut race = cx.race::<u64>(0);
        for index in 0..3_u64 {
            race.branch(move |cx: Cx| async move {
                cx.sleep(1, Duration::from_secs(if index == 0 { 2 } else { 1 })).await;
                index
            });
        }
        Ok(race.run().await.to_string())
    });
    assert_eq!(world.run(program, "0").await, Ok("1".to_owned()));
}

#[tokio::test]
async fn a_race_that_is_decided_is_replayed_without_its_losers() {
    let world = World::new();
    let program = || {
        let program = world.program().task("a", |input, _| Ok(input.to_owned()));
        program.workflow("w", async |cx, _| {
            let mut race = cx.race::<String>(0);
            race.branch(|cx: Cx| async move {
                cx.sleep(1, Duration::from_secs(1)).await;
                must(&cx, 2, "a", "1").await
            });
            race.branch(|cx: Cx| async move { must(&cx, 3, "a", "2").await });
            let won = race.run().await;
            cx.sleep(4, Duration::from_secs(60)).await;
            Ok(must(&cx, 5, "a", &won).await)
        })
    };
    let engine = world.open(program()).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    assert_eq!(world.effects.take(), ["a(2)"]);
    let engine = world.open(program()).await;
    settle(&engine, &world.clock).await;
    assert_eq!(world.effects.take(), ["a(2)"], "only what comes after the race, with the winner's value");
}
