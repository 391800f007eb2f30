//! Activities: queued, taken by workers here and elsewhere, ended by a token or by time.

use std::time::Duration;

use super::*;
use crate::{
    ActivityPlace, ActivityTask,
    engine::HEARTBEAT_TIMEOUT,
    store::{ExecutionId, Post, Status},
};

fn activity() -> Policy {
    Policy { activity: true, ..Policy::default() }
}

/// A workflow that calls one activity; what makes it here notes it.
fn working(world: &World, policy: Policy) -> Program {
    let work = |input: &str, _: &TaskContext| Ok(format!("[{input}]"));
    world.program().task_with("work", policy, work).workflow("w", async |cx, input| call(&cx, 0, "work", &input).await)
}

async fn take(engine: &Engine) -> Option<ActivityTask> {
    engine.wait_idle().await;
    engine.get_activity_task("work", "worker 1", Duration::ZERO).await.unwrap()
}

async fn told(engine: &Engine) -> Vec<String> {
    let events = engine.history(ExecutionId(1)).await.unwrap();
    let told = events.iter().map(|event| {
        let worker = event.details.worker.iter().map(|worker| format!(" by {worker}"));
        let error = event.details.error.iter().map(|error| format!(" {error}"));
        event.kind.name() + &worker.chain(error).collect::<String>()
    });
    told.collect()
}

#[tokio::test]
async fn an_activity_waits_for_a_worker_which_completes_it() {
    let world = World::new();
    let engine = world.open(working(&world, activity())).await;
    let execution = start(&engine, "1").await;
    let task = take(&engine).await.unwrap();
    assert_eq!((task.input(), task.attempt(), task.activity()), ("1", 1, "work"));
    assert!(task.idempotency_key().ends_with("--0"), "{}", task.idempotency_key());
    assert!(take(&engine).await.is_none(), "it is handed out once");
    engine.complete_json(task.token(), "[7]").await.unwrap();
    assert_eq!(outcome(&execution).await, Ok("[7]".to_owned()));
    assert!(engine.complete_json(task.token(), "[8]").await.unwrap_err().is_used_token());
    let token = task.token();
    assert_eq!(
        world.journal().await,
        [
            r#"#0 ActivityScheduled { task: "work", input: "1" }"#.to_owned(),
            format!("#0 ActivityQueued {{ attempt: 1, token: {token:?} }}"),
            format!("#0 ActivityStarted {{ worker: \"worker 1\", at: {START} }}"),
            r#"#0 TaskSucceeded { output: "[7]" }"#.to_owned(),
            "#1 ExecutionSucceeded".to_owned(),
        ]
    );
    assert_eq!(
        told(&engine).await[1..5],
        ["TaskStateEntered", "ActivityScheduled", "ActivityStarted by worker 1", "ActivitySucceeded"]
    );
    assert!(world.store.inbox().await.unwrap().is_empty());
    assert!(world.effects.take().is_empty(), "nothing of it runs here");
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
}

#[tokio::test]
async fn time_counts_from_the_worker_and_who_is_late_is_told_so() {
    let world = World::new();
    let policy = Policy { timeout: Some(60), ..retry(&["States.Timeout"], 1) };
    let engine = world.open(working(&world, Policy { activity: true, ..policy })).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    world.clock.advance(Duration::from_secs(1_000));
    let first = take(&engine).await.unwrap();
    engine.wait_idle().await;
    assert_eq!(engine.next_due(), Some(START + 1_060_000));
    world.clock.advance_to(START + 1_060_000);
    engine.wait_idle().await;
    assert!(engine.complete_json(first.token(), "1").await.unwrap_err().is_expired_token());
    world.clock.advance(Duration::from_secs(1));
    let second = take(&engine).await.unwrap();
    assert_eq!((second.attempt(), second.idempotency_key()), (2, first.idempotency_key()));
    engine.complete_json(second.token(), "2").await.unwrap();
    assert_eq!(outcome(&execution).await, Ok("2".to_owned()));
    let told = told(&engine).await;
    assert_eq!(told[4..7], ["ActivityTimedOut States.Timeout", "ActivityScheduled", "ActivityStarted by worker 1"]);
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
}

#[tokio::test]
async fn heartbeats_keep_an_activity_alive_and_silence_fails_it() {
    let world = World::new();
    let engine = world.open(working(&world, Policy { heartbeat: Some(10), ..activity() })).await;
    let execution = start(&engine, "1").await;
    let task = take(&engine).await.unwrap();
    engine.wait_idle().await;
    world.clock.advance(Duration::from_secs(8));
    engine.heartbeat(task.token()).await.unwrap();
    world.clock.advance(Duration::from_secs(9));
    engine.wait_idle().await;
    assert_eq!(engine.next_due(), Some(START + 18_000));
    world.clock.advance(Duration::from_secs(1));
    assert!(outcome(&execution).await.unwrap_err().contains(HEARTBEAT_TIMEOUT));
    assert!(engine.heartbeat(task.token()).await.unwrap_err().is_expired_token());
}

#[tokio::test]
async fn a_failure_is_retried_by_whoever_comes_next() {
    let world = World::new();
    let policy = Policy { activity: true, ..retry(&["No"], 1) };
    let engine = world.open(working(&world, policy)).await;
    let execution = start(&engine, "1").await;
    let first = take(&engine).await.unwrap();
    engine.fail(first.token(), Failed::new("No", "not today")).await.unwrap();
    assert!(take(&engine).await.is_none(), "the retrier pauses");
    world.clock.advance(Duration::from_secs(1));
    let second = take(&engine).await.unwrap();
    assert_ne!(first.token(), second.token());
    engine.fail(second.token(), Failed::new("No", "never")).await.unwrap();
    assert_eq!(outcome(&execution).await, Err("execution 1 failed with No: never".to_owned()));
}

#[tokio::test]
async fn the_engine_may_go_while_an_activity_waits_and_while_a_worker_has_it() {
    let world = World::new();
    let program = || working(&world, Policy { timeout: Some(60), ..activity() });
    let engine = world.open(program()).await;
    start(&engine, "1").await;
    engine.wait_idle().await;
    leave(engine).await;
    let engine = world.open(program()).await;
    let task = take(&engine).await.unwrap();
    engine.wait_idle().await;
    leave(engine).await;
    world.clock.advance(Duration::from_secs(40));
    let engine = world.open(program()).await;
    assert!(take(&engine).await.is_none(), "who has it keeps it");
    assert_eq!(engine.next_due(), Some(START + 60_000));
    leave(engine).await;
    // The worker is done while no engine runs.
    world.store.post(Post::Complete { token: task.token().into(), result: Ok("5".into()) }, START).await.unwrap();
    world.clock.advance(Duration::from_secs(100));
    let engine = world.open(program()).await;
    engine.wait_idle().await;
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().output.as_deref(), Some("5"));
    assert!(world.store.inbox().await.unwrap().is_empty());
    assert_eq!(engine.replay(ExecutionId(1)).await.unwrap().divergence, None);
}

#[tokio::test]
async fn what_was_taken_and_done_while_no_engine_ran_is_told_in_order() {
    let world = World::new();
    let program = || working(&world, Policy { timeout: Some(60), ..activity() });
    let engine = world.open(program()).await;
    start(&engine, "1").await;
    engine.wait_idle().await;
    leave(engine).await;
    let poll = crate::store::Poll { tasks: vec!["work".to_owned()], worker: "far away".to_owned(), at: START + 7 };
    let queued = world.store.poll_activity(&poll).await.unwrap().unwrap();
    let done = Post::Complete { token: Arc::clone(&queued.activity.token), result: Ok("6".into()) };
    world.store.post(done, START + 9).await.unwrap();
    let engine = world.open(program()).await;
    engine.wait_idle().await;
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().status, Status::Succeeded);
    assert_eq!(told(&engine).await[2..5], ["ActivityScheduled", "ActivityStarted by far away", "ActivitySucceeded"]);
}

#[tokio::test]
async fn an_execution_that_is_stopped_leaves_nothing_in_the_queue() {
    let world = World::new();
    let engine = world.open(working(&world, activity())).await;
    let execution = start(&engine, "1").await;
    engine.wait_idle().await;
    execution.stop("Enough", "").await.unwrap();
    assert!(take(&engine).await.is_none());
    let execution = engine.redrive(ExecutionId(1)).await.unwrap();
    let task = take(&engine).await.unwrap();
    engine.complete_json(task.token(), "2").await.unwrap();
    assert_eq!(outcome(&execution).await, Ok("2".to_owned()));
    assert_eq!(engine.replay(ExecutionId(1)).await.unwrap().divergence, None);
}

/// Calls `work` three times at once.
fn three(world: &World, policy: Policy) -> Program {
    working(world, policy).workflow("w", async |cx, _| {
        let fault = |failed: Failed| <crate::Fault as crate::Failure>::from_failed(&failed).unwrap();
        let mut join = cx.parallel::<crate::Fault>(0);
        let branches = ["1", "2", "3"]
            .map(|input| join.branch(move |cx: Cx| async move { call(&cx, 1, "work", input).await.map_err(fault) }));
        join.run().await.map_err(|error| crate::Failure::to_failed(&error))?;
        Ok(branches.into_iter().map(|branch| branch.take()).collect::<Vec<_>>().join("+"))
    })
}

#[tokio::test]
async fn the_engine_serves_activities_itself_in_their_order_where_it_is_told_to() {
    let world = World::new();
    let engine =
        three(&world, activity()).open_with(&world.store, &world.clock, |engine| engine.serve_activities(1)).await;
    let execution = start(&engine, "0").await;
    engine.wait_idle().await;
    assert_eq!(outcome(&execution).await, Ok("[1]+[2]+[3]".to_owned()));
    assert_eq!(world.effects.take(), ["work(1)", "work(2)", "work(3)"]);
    engine.shutdown(Duration::from_secs(5)).await.unwrap();
}

/// An activity that never ends, unless it is the second attempt.
fn stuck(world: &World, policy: Policy) -> Program {
    let dropped = world.effects.clone();
    let hangs = move |_, context: TaskContext| {
        let dropped = dropped.clone();
        async move {
            if context.attempt() > 1 {
                return Ok("2".to_owned());
            }
            let _noted = Noted(dropped);
            std::future::pending().await
        }
    };
    world
        .program()
        .async_task("work", Policy { activity: true, ..policy }, hangs)
        .workflow("w", async |cx, input| call(&cx, 0, "work", &input).await)
}

/// Notes when it is dropped.
struct Noted(Effects);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.note("dropped".to_owned());
    }
}

async fn until(effects: &Effects, count: usize) {
    while effects.counts().len() < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_attempt_that_nobody_waits_for_is_dropped_by_the_worker() {
    let world = World::new();
    let program = stuck(&world, Policy { timeout: Some(60), ..retry(&["States.Timeout"], 1) });
    let engine = program.open_with(&world.store, &world.clock, |engine| engine.serve_activities(1)).await;
    let execution = start(&engine, "1").await;
    until(&world.effects, 1).await;
    while engine.next_due().is_none() {
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_secs(60));
    until(&world.effects, 2).await;
    settle(&engine, &world.clock).await;
    assert_eq!(outcome(&execution).await, Ok("2".to_owned()));
    assert_eq!(world.effects.take(), ["work(1)", "dropped", "work(1)"]);
}

#[tokio::test]
async fn a_shutdown_fails_what_its_workers_have_and_retriers_decide() {
    let world = World::new();
    let program = || stuck(&world, retry(&["States.TaskFailed"], 1));
    let store = Arc::new(hooked::Hooked::unclosed(&world.store));
    let serve = |engine: crate::EngineBuilder| engine.serve_activities(1);
    let engine = program().open_with(&store, &world.clock, serve).await;
    start(&engine, "1").await;
    until(&world.effects, 1).await;
    engine.shutdown(Duration::ZERO).await.unwrap();
    assert_eq!(world.effects.take(), ["work(1)", "dropped"]);
    let engine = program().open_with(&store, &world.clock, serve).await;
    settle(&engine, &world.clock).await;
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().output.as_deref(), Some("2"));
    let failed = "ActivityFailed States.TaskFailed".to_owned();
    assert!(told(&engine).await.contains(&failed));
}

#[tokio::test]
async fn a_task_that_was_under_way_when_it_was_made_an_activity_is_queued() {
    let world = World::new();
    let mut plain = stuck(&world, Policy::default());
    let run = Box::new(|_: &str, _| Box::pin(std::future::pending()) as crate::callable::BoxFuture<_>);
    let task = TaskDef { policy: Policy::default(), run, transact: None };
    plain.registry.add_task("work", task);
    let crashed = world.open(plain).await;
    start(&crashed, "1").await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    let engine = world.open(working(&world, activity())).await;
    let task = take(&engine).await.unwrap();
    engine.complete_json(task.token(), "9").await.unwrap();
    engine.wait_idle().await;
    assert_eq!(engine.describe(ExecutionId(1)).await.unwrap().output.as_deref(), Some("9"));
    assert_eq!(
        told(&engine).await[2..6],
        ["TaskScheduled", "TaskStarted", "ActivityScheduled", "ActivityStarted by worker 1"]
    );
}

#[tokio::test]
async fn what_waits_and_what_workers_have_is_told() {
    let world = World::new();
    let program = working(&world, activity());
    let asking = Policy { callback: true, ..Policy::default() };
    let program = program
        .task_with("ask", asking, |_, _| Ok("null".to_owned()))
        .workflow("c", async |cx, input| call(&cx, 0, "ask", &input).await);
    let engine = world.open(program).await;
    assert_eq!(engine.activities().await.unwrap(), []);
    start(&engine, "1").await;
    engine.wait_idle().await;
    world.clock.advance(Duration::from_secs(1));
    start(&engine, "2").await;
    engine.start_json("c", None, "3").await.unwrap();
    engine.wait_idle().await;
    world.clock.advance(Duration::from_secs(1));
    let task = take(&engine).await.unwrap();
    engine.heartbeat(task.token()).await.unwrap();
    engine.wait_idle().await;
    let told = engine.activities().await.unwrap();
    assert_eq!(told.iter().map(|attempt| attempt.execution.0).collect::<Vec<_>>(), [1, 2], "a callback is none");
    assert_eq!((&*told[0].activity, told[0].attempt, &*told[0].token), ("work", 1, task.token()));
    let (by, since, heartbeat) = ("worker 1".to_owned(), START + 2_000, Some(START + 2_000));
    assert_eq!(told[0].place, ActivityPlace::Taken { by, since, heartbeat, due: None });
    assert_eq!(told[1].place, ActivityPlace::Waiting { since: START + 1_000 });
    engine.complete_json(task.token(), "1").await.unwrap();
    settle(&engine, &world.clock).await;
    assert_eq!(engine.activities().await.unwrap().len(), 1);
}
