use super::*;
use std::time::Duration;

fn two_steps(world: &World) -> Program {
    world
        .program()
        .task("a", |input, _| Ok(format!("{input}0")))
        .task("b", |input, _| Ok(format!("{input}1")))
        .workflow("w", async |cx, input| {
            cx.enter(5);
            let first = call(&cx, 0, "a", &input).await?;
            let second = call(&cx, 1, "b", &first).await?;
            cx.enter(6);
            Ok(second)
        })
}

#[tokio::test]
async fn steps_follow_each_other_and_are_journaled() {
    let world = World::new();
    assert_eq!(world.run(two_steps(&world), "7").await, Ok("701".to_owned()));
    assert_eq!(world.effects.take(), ["a(7)", "b(70)"]);
    assert_eq!(
        world.journal().await,
        [
            r#"#0 TaskScheduled { task: "a", input: "7", started: true } [5]"#,
            r#"#0 TaskSucceeded { output: "70" }"#,
            r#"#1 TaskScheduled { task: "b", input: "70", started: true }"#,
            r#"#1 TaskSucceeded { output: "701" }"#,
            "#2 ExecutionSucceeded [6]",
        ]
    );
}

#[tokio::test]
async fn a_finished_execution_is_not_run_again() {
    let world = World::new();
    world.run(two_steps(&world), "7").await.unwrap();
    world.effects.take();
    let engine = world.open(two_steps(&world)).await;
    engine.wait_idle().await;
    assert!(world.effects.take().is_empty());
    let execution = engine.execution(crate::store::ExecutionId(1)).await.unwrap();
    assert_eq!(outcome(&execution).await, Ok("701".to_owned()));
}

#[tokio::test]
async fn a_wait_is_over_when_the_clock_reaches_it_and_not_before() {
    let world = World::new();
    let program = world.program().workflow("w", async |cx, _| {
        cx.sleep(0, Duration::from_millis(59_001)).await;
        let until = jiff::Timestamp::from_millisecond(START + 90_000).unwrap();
        cx.sleep_until(1, until).await;
        Ok(cx.now().as_millisecond().to_string())
    });
    let engine = world.open(program).await;
    let execution = start(&engine, "0").await;
    engine.wait_idle().await;
    assert_eq!(engine.next_due(), Some(START + 60_000));
    world.clock.advance(Duration::from_millis(59_999));
    engine.wait_idle().await;
    assert_eq!(world.journal().await.len(), 1);
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&execution).await, Ok((START + 90_000).to_string()));
}

#[tokio::test]
async fn what_waits_in_the_store_is_taken_up_when_it_is_due() {
    let world = World::new();
    let program = || {
        world.program().task("a", |_, _| Ok("1".to_owned())).workflow("w", async |cx, _| {
            cx.sleep(0, Duration::from_secs(60)).await;
            call(&cx, 1, "a", "0").await
        })
    };
    let engine = world.open(program()).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    let engine = world.open(program()).await;
    engine.wait_idle().await;
    assert_eq!(engine.next_due(), Some(START + 60_000));
    assert!(world.effects.take().is_empty());
    settle(&engine, &world.clock).await;
    assert_eq!(world.effects.take(), ["a(0)"]);
}

#[tokio::test]
async fn values_that_vary_are_the_same_in_a_replay() {
    let world = World::new();
    let program = || {
        world.program().task("a", |input, _| Ok(input.to_owned())).workflow("w", async |cx, _| {
            let input = format!("[{},\"{}\",{:?}]", cx.now().as_millisecond(), cx.uuid(), cx.random());
            let first = call(&cx, 0, "a", &input).await?;
            cx.sleep(1, Duration::from_secs(1)).await;
            assert_eq!(first, input);
            call(&cx, 2, "a", &input).await
        })
    };
    let engine = world.open(program()).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    leave(engine).await;
    let first = world.effects.take();
    let engine = world.open(program()).await;
    settle(&engine, &world.clock).await;
    assert_eq!(world.effects.take(), first);
}

#[tokio::test]
async fn a_failing_expression_and_a_panic_fail_the_execution() {
    let world = World::new();
    let program = world.program().workflow("w", async |_, input| {
        if input == "1" {
            crate::private::raise("1 / 0".to_owned());
        }
        panic!("no {input}")
    });
    let engine = world.open(program).await;
    let (first, second) = (start(&engine, "1").await, start(&engine, "2").await);
    assert_eq!(outcome(&first).await.unwrap_err(), "execution 1 failed with States.QueryEvaluationError: 1 / 0");
    assert_eq!(
        outcome(&second).await.unwrap_err(),
        "execution 2 failed with States.Runtime: the workflow panicked: no 2"
    );
}

#[tokio::test]
async fn a_workflow_that_awaits_nothing_ends_with_its_first_commit() {
    let world = World::new();
    let program = world.program().workflow("w", async |_, input| Ok(input));
    assert_eq!(world.run(program, "3").await, Ok("3".to_owned()));
    assert_eq!(world.journal().await, ["#0 ExecutionSucceeded"]);
}
