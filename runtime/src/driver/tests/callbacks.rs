//! Callbacks, heartbeats, and attempts that are made at most once.

use super::*;
use crate::{
    Error, Failure, Fault,
    store::{ExecutionId, Status},
};

/// The tokens that the task was given, in order.
type Tokens = Arc<Mutex<Vec<String>>>;

fn callback() -> Policy {
    Policy { callback: true, timeout: Some(60), ..Policy::default() }
}

/// A workflow that asks and yields the answer.
fn asking(world: &World, policy: Policy, tokens: &Tokens) -> Program {
    let tokens = Arc::clone(tokens);
    world
        .program()
        .task_with("ask", policy, move |_, context| {
            tokens.lock().unwrap().push(context.token().unwrap().to_owned());
            Ok("null".to_owned())
        })
        .workflow("w", async |cx, input| call(&cx, 0, "ask", &input).await)
}

fn last(tokens: &Tokens) -> String {
    tokens.lock().unwrap().last().cloned().unwrap()
}

#[tokio::test]
async fn a_callback_waits_until_somebody_completes_its_token() {
    let (world, tokens) = (World::new(), Tokens::default());
    let engine = world.open(asking(&world, callback(), &tokens)).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    let token = last(&tokens);
    assert_eq!(token.len(), 32);
    assert_eq!(
        world.journal().await,
        [
            r#"#0 TaskScheduled { task: "ask", input: "1", started: true }"#.to_owned(),
            format!("#0 TaskToken {{ attempt: 1, token: {token:?} }}"),
            "#0 TaskSubmitted".to_owned(),
        ]
    );
    engine.complete_json(&token, "[7]").await.unwrap();
    assert_eq!(outcome(&execution).await, Ok("[7]".to_owned()));
    assert!(engine.complete_json(&token, "[8]").await.unwrap_err().is_used_token());
    assert!(engine.complete_json("f00d", "1").await.unwrap_err().is_unknown_token());
    assert!(world.store.inbox().await.unwrap().is_empty());
    assert_eq!(world.effects.take(), ["ask(1)"]);
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
}

#[tokio::test]
async fn a_failure_by_token_is_retried_with_a_token_of_its_own() {
    let (world, tokens) = (World::new(), Tokens::default());
    let policy = Policy { retry: retry(&["No"], 1).retry, ..callback() };
    let engine = world.open(asking(&world, policy, &tokens)).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    let first = last(&tokens);
    engine.fail(&first, Failed::new("No", "not today")).await.unwrap();
    settle_retries(&engine, &world).await;
    let second = last(&tokens);
    assert_ne!(first, second);
    engine.fail(&second, Failed::new("No", "never")).await.unwrap();
    assert_eq!(outcome(&execution).await, Err("execution 1 failed with No: never".to_owned()));
}

/// Moves the clock to the next attempt.
async fn settle_retries(engine: &Engine, world: &World) {
    engine.wait_idle().await;
    world.clock.advance(std::time::Duration::from_secs(1));
    engine.wait_idle().await;
}

#[tokio::test]
async fn a_body_that_fails_fails_the_attempt_and_its_token_is_expired() {
    let (world, tokens) = (World::new(), Tokens::default());
    let noted = Arc::clone(&tokens);
    let policy = Policy { retry: retry(&["Mail"], 1).retry, ..callback() };
    let program = world
        .program()
        .task_with("ask", policy, move |_, context| {
            noted.lock().unwrap().push(context.token().unwrap().to_owned());
            if context.attempt() == 1 { Err(Failed::new("Mail", "")) } else { Ok("null".to_owned()) }
        })
        .workflow("w", async |cx, input| call(&cx, 0, "ask", &input).await);
    let engine = world.open(program).await;
    let execution = start(&engine, "1").await;
    settle_retries(&engine, &world).await;
    let all = tokens.lock().unwrap().clone();
    assert!(engine.complete_json(&all[0], "1").await.unwrap_err().is_expired_token());
    engine.complete_json(&all[1], "2").await.unwrap();
    assert_eq!(outcome(&execution).await, Ok("2".to_owned()));
}

#[tokio::test]
async fn the_time_of_a_callback_counts_from_its_start_also_over_a_restart() {
    let (world, tokens) = (World::new(), Tokens::default());
    let engine = world.open(asking(&world, callback(), &tokens)).await;
    start(&engine, "1").await;
    engine.wait_idle().await;
    leave(engine).await;
    world.clock.advance(std::time::Duration::from_secs(40));
    let engine = world.open(asking(&world, callback(), &tokens)).await;
    engine.wait_idle().await;
    assert_eq!(engine.next_due(), Some(START + 60_000));
    world.clock.advance_to(START + 60_000);
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!((row.status, row.error.as_deref()), (Status::Failed, Some("States.Timeout")));
    assert!(engine.complete_json(last(&tokens), "1").await.unwrap_err().is_expired_token());
    assert_eq!(world.effects.take().len(), 1, "the body has returned, so it does not run again");
}

#[tokio::test]
async fn a_token_is_completed_before_the_body_returns_and_the_body_runs_on() {
    let world = World::new();
    let (given, mut taken) = tokio::sync::mpsc::unbounded_channel();
    let (release, gate) = tokio::sync::oneshot::channel::<()>();
    let (gate, done) = (Arc::new(Mutex::new(Some(gate))), world.effects.clone());
    let program = world
        .program()
        .async_task("ask", callback(), move |_, context| {
            given.send(context.token().unwrap().to_owned()).unwrap();
            let (gate, done) = (gate.lock().unwrap().take().unwrap(), done.clone());
            async move {
                gate.await.unwrap();
                done.note("the mail is noted".to_owned());
                Ok("null".to_owned())
            }
        })
        .workflow("w", async |cx, input| call(&cx, 0, "ask", &input).await);
    let engine = world.open(program).await;
    let execution = start(&engine, "1").await;
    engine.complete_json(taken.recv().await.unwrap(), "5").await.unwrap();
    assert_eq!(outcome(&execution).await, Ok("5".to_owned()));
    release.send(()).unwrap();
    while world.effects.counts().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.effects.take(), ["ask(1)", "the mail is noted"]);
}

#[tokio::test]
async fn after_a_crash_the_body_runs_again_with_the_same_token() {
    let (world, tokens) = (World::new(), Tokens::default());
    let stuck = || {
        let tokens = Arc::clone(&tokens);
        world
            .program()
            .async_task("ask", callback(), move |_, context| {
                tokens.lock().unwrap().push(context.token().unwrap().to_owned());
                std::future::pending()
            })
            .workflow("w", async |cx, input| call(&cx, 0, "ask", &input).await)
    };
    // A crash leaves no word about what ran, so the engine is kept and never shut down.
    let first = world.open(stuck()).await;
    start(&first, "1").await;
    while tokens.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let second = world.open(stuck()).await;
    while tokens.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    let all = tokens.lock().unwrap().clone();
    assert_eq!(all[0], all[1]);
    second.complete_json(&all[0], "3").await.unwrap();
    second.wait_idle().await;
    let row = second.describe(ExecutionId(1)).await.unwrap();
    assert_eq!(row.output.as_deref(), Some("3"));
}

#[tokio::test]
async fn what_was_completed_while_no_engine_ran_does_not_run_again() {
    let (world, tokens) = (World::new(), Tokens::default());
    let engine = world.open(asking(&world, callback(), &tokens)).await;
    start(&engine, "1").await;
    engine.wait_idle().await;
    leave(engine).await;
    let post = crate::store::Post::Complete { token: last(&tokens).into(), result: Ok("4".into()) };
    world.store.post(post, START).await.unwrap();
    let engine = world.open(asking(&world, callback(), &tokens)).await;
    engine.wait_idle().await;
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().output.as_deref(), Some("4"));
    assert!(world.store.inbox().await.unwrap().is_empty());
    assert_eq!(world.effects.take().len(), 1);
}

#[tokio::test]
async fn a_completion_that_came_before_the_timeout_counts() {
    let (world, tokens) = (World::new(), Tokens::default());
    let engine = world.open(asking(&world, callback(), &tokens)).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    // Posted by somebody else: the timer is due before the engine hears of it.
    let post = crate::store::Post::Complete { token: last(&tokens).into(), result: Ok("9".into()) };
    world.store.post(post, START + 59_999).await.unwrap();
    world.clock.advance_to(START + 60_000);
    assert_eq!(outcome(&execution).await, Ok("9".to_owned()));
}

#[tokio::test]
async fn a_branch_that_is_dropped_expires_its_token() {
    let (world, tokens) = (World::new(), Tokens::default());
    let program = asking(&world, callback(), &tokens).task("no", |_, _| Err(Failed::new("E", ""))).workflow(
        "w",
        async |cx, _| {
            let fault = |failed: Failed| <Fault as crate::Failure>::from_failed(&failed).unwrap();
            let mut join = cx.parallel::<Fault>(1);
            let _asks = join.branch(|cx: Cx| async move { call(&cx, 2, "ask", "1").await.map_err(fault) });
            let _fails = join.branch(|cx: Cx| async move {
                cx.sleep(3, std::time::Duration::from_secs(5)).await;
                call(&cx, 4, "no", "1").await.map_err(fault)
            });
            assert!(join.run().await.is_err());
            cx.sleep(5, std::time::Duration::from_secs(100)).await;
            Ok("0".to_owned())
        },
    );
    let engine = world.open(program).await;
    start(&engine, "1").await;
    engine.wait_idle().await;
    world.clock.advance(std::time::Duration::from_secs(5));
    engine.wait_idle().await;
    let refused: Error = engine.complete_json(last(&tokens), "1").await.unwrap_err();
    assert!(refused.is_expired_token(), "{refused}");
}

#[tokio::test]
async fn heartbeats_by_token_keep_a_callback_alive_and_silence_fails_it() {
    let (world, tokens) = (World::new(), Tokens::default());
    let policy = Policy { heartbeat: Some(10), ..callback() };
    let engine = world.open(asking(&world, policy, &tokens)).await;
    start(&engine, "1").await;
    engine.wait_idle().await;
    let token = last(&tokens);
    world.clock.advance(std::time::Duration::from_secs(8));
    engine.heartbeat(&token).await.unwrap();
    let rows = world.journal().await.len();
    world.clock.advance(std::time::Duration::from_secs(9));
    engine.wait_idle().await;
    assert_eq!(world.journal().await.len(), rows, "a heartbeat is no row of the journal");
    assert_eq!(engine.next_due(), Some(START + 18_000));
    world.clock.advance_to(START + 18_000);
    engine.wait_idle().await;
    let row = engine.describe(ExecutionId(1)).await.unwrap();
    assert_eq!(row.error.as_deref(), Some("States.HeartbeatTimeout"));
    assert!(engine.heartbeat(&token).await.unwrap_err().is_expired_token());
}

#[tokio::test]
async fn heartbeats_keep_a_task_alive_and_silence_fails_it() {
    let world = World::new();
    let policy = Policy { heartbeat: Some(10), ..Policy::default() };
    let clock = world.clock.clone();
    let program = world
        .program()
        .async_task("slow", policy, move |_, context| {
            let clock = clock.clone();
            async move {
                crate::Clock::sleep_until(&clock, START + 8_000).await;
                context.heartbeat();
                std::future::pending().await
            }
        })
        .workflow("w", async |cx, input| call(&cx, 0, "slow", &input).await);
    let engine = world.open(program).await;
    let execution = start(&engine, "1").await;
    while engine.next_due().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(engine.next_due(), Some(START + 10_000));
    world.clock.advance_to(START + 8_000);
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    world.clock.advance_to(START + 10_000);
    while engine.next_due() != Some(START + 18_000) {
        tokio::task::yield_now().await;
    }
    world.clock.advance_to(START + 18_000);
    let failed = outcome(&execution).await.unwrap_err();
    assert!(failed.contains("States.HeartbeatTimeout: attempt 1 sent no heartbeat for 10 seconds"), "{failed}");
}

#[tokio::test]
async fn an_attempt_that_had_begun_is_made_at_most_once() {
    let world = World::new();
    let stuck = || {
        let policy = Policy { at_most_once: true, ..retry(&["States.TaskFailed"], 1) };
        world
            .program()
            .async_task("pay", policy, |_, context| async move {
                if context.attempt() == 1 { std::future::pending().await } else { Ok("2".to_owned()) }
            })
            .workflow("w", async |cx, input| call(&cx, 0, "pay", &input).await)
    };
    let crashed = world.open(stuck()).await;
    start(&crashed, "1").await;
    while world.effects.counts().is_empty() {
        tokio::task::yield_now().await;
    }
    let engine = world.open(stuck()).await;
    settle(&engine, &world.clock).await;
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().output.as_deref(), Some("2"));
    assert_eq!(world.effects.take().len(), 2, "the first attempt once, and the second");
}

#[tokio::test]
async fn a_redrive_hands_out_another_token_and_the_old_one_stays_expired() {
    let (world, tokens) = (World::new(), Tokens::default());
    let engine = world.open(asking(&world, callback(), &tokens)).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    let first = last(&tokens);
    execution.stop("Enough", "").await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(90));
    let execution = engine.redrive(ExecutionId(1)).await.unwrap();
    engine.wait_idle().await;
    let second = last(&tokens);
    assert_ne!(first, second);
    assert!(engine.complete_json(&first, "1").await.unwrap_err().is_expired_token());
    assert_eq!(engine.next_due(), Some(START + 150_000), "its time counts from the new token");
    engine.complete_json(&second, "2").await.unwrap();
    assert_eq!(outcome(&execution).await, Ok("2".to_owned()));
    assert_eq!(engine.replay(ExecutionId(1)).await.unwrap().divergence, None);
}

/// Asks in one branch, while the other goes on.
fn asking_beside(world: &World, policy: Policy, tokens: &Tokens) -> Program {
    asking(world, policy, tokens).task("a", |input, _| Ok(input.to_owned())).workflow("w", async |cx, _| {
        let mut join = cx.parallel::<Fault>(0);
        let asked = join.branch(|cx: Cx| async move { Ok(call(&cx, 1, "ask", "1").await.unwrap()) });
        let other = join.branch(|cx: Cx| async move {
            call(&cx, 2, "a", "2").await.unwrap();
            cx.sleep(3, std::time::Duration::from_secs(5)).await;
            Ok(call(&cx, 4, "a", "3").await.unwrap())
        });
        join.run().await.map_err(|error| error.to_failed())?;
        Ok(asked.take() + &other.take())
    })
}

#[tokio::test]
async fn a_fork_has_tokens_of_its_own() {
    for policy in [callback(), Policy { at_most_once: true, ..callback() }] {
        let (world, tokens) = (World::new(), Tokens::default());
        let engine = world.open(asking_beside(&world, policy, &tokens)).await;
        let source = start(&engine, "0").await;
        engine.wait_idle().await;
        let first = last(&tokens);
        world.clock.advance(std::time::Duration::from_secs(5));
        engine.wait_idle().await;
        let fork = engine.fork(ExecutionId(1)).at("#4").start().await.unwrap();
        engine.wait_idle().await;
        let second = last(&tokens);
        assert_ne!(first, second);
        engine.complete_json(&second, "\"fork\"").await.unwrap();
        assert_eq!(outcome(&fork).await, Ok("\"fork\"3".to_owned()));
        engine.complete_json(&first, "\"source\"").await.unwrap();
        assert_eq!(outcome(&source).await, Ok("\"source\"3".to_owned()));
        assert_eq!(world.effects.counts()["ask(1)"], 2);
        assert_eq!(engine.replay(fork.id()).await.unwrap().divergence, None);
    }
}

#[tokio::test]
async fn a_history_file_has_no_token() {
    let (world, tokens) = (World::new(), Tokens::default());
    let engine = world.open(asking_beside(&world, callback(), &tokens)).await;
    start(&engine, "0").await;
    engine.wait_idle().await;
    world.clock.advance(std::time::Duration::from_secs(5));
    engine.wait_idle().await;
    let text = engine.recorded(ExecutionId(1)).await.unwrap().to_json().unwrap();
    assert!(text.contains("task-token") && !text.contains(&last(&tokens)), "{text}");
    let fork = engine.fork_of(crate::history::History::parse(&text).unwrap()).at("#4").start().await.unwrap();
    engine.wait_idle().await;
    engine.complete_json(last(&tokens), "1").await.unwrap();
    assert_eq!(outcome(&fork).await, Ok("13".to_owned()));
}
