//! How many tasks run at once, how often they start, and whose turn it is.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::sync::Semaphore;

use super::*;

/// Tasks that end one by one, when they are let.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

impl Gate {
    fn shut() -> Gate {
        Gate(Arc::new(Semaphore::new(0)))
    }

    fn let_through(&self, tasks: usize) {
        self.0.add_permits(tasks);
    }

    fn task(&self, program: Program, name: &'static str) -> Program {
        let gate = Arc::clone(&self.0);
        program.async_task(name, Policy::default(), move |input, _| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(input)
            }
        })
    }
}

/// Calls a task for each of so many items: `a 5`.
fn wide(program: Program) -> Program {
    program.workflow("w", async |cx, input| {
        let (task, items) = input.split_once(' ').unwrap();
        let task: &'static str = ["a", "b"].into_iter().find(|known| *known == task).unwrap();
        let items: Vec<u64> = (0..items.parse().unwrap()).collect();
        let done = cx
            .map(0, items, None, async |cx: Cx, item, _| {
                call(&cx, 1, task, &item.to_string())
                    .await
                    .map_err(|failed| crate::Fault::Other { name: failed.error, cause: failed.cause })
            })
            .await;
        Ok(done.map_or_else(|fault| format!("\"{fault:?}\""), |done| done.len().to_string()))
    })
}

/// Lets everybody run until nobody wants to.
async fn quiesce() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_task_with_a_limit_does_not_hold_up_another() {
    let world = World::new();
    let gate = Gate::shut();
    let program = wide(gate.task(world.program(), "a").task("b", |input, _| Ok(input.to_owned())));
    let engine = program.open_with(&world.store, &world.clock, |builder| builder.task_concurrency("a", 2)).await;
    let limited = start(&engine, "a 5").await;
    quiesce().await;
    assert_eq!(world.effects.take(), ["a(0)", "a(1)"]);
    assert_eq!(outcome(&start(&engine, "b 3").await).await, Ok("3".to_owned()));
    world.effects.take();
    gate.let_through(1);
    quiesce().await;
    assert_eq!(world.effects.take(), ["a(2)"]);
    gate.let_through(4);
    assert_eq!(outcome(&limited).await, Ok("5".to_owned()));
}

#[tokio::test]
async fn executions_take_turns_however_wide_they_are() {
    let world = World::new();
    let gate = Gate::shut();
    let program = wide(gate.task(gate.task(world.program(), "a"), "b"));
    let engine = program.open_with(&world.store, &world.clock, |builder| builder.max_concurrent_tasks(1)).await;
    let crowd = start(&engine, "a 10000").await;
    quiesce().await;
    let few = start(&engine, "b 3").await;
    quiesce().await;
    for _ in 0..7 {
        gate.let_through(1);
        quiesce().await;
    }
    assert_eq!(world.effects.take(), ["a(0)", "a(1)", "b(0)", "a(2)", "b(1)", "a(3)", "b(2)", "a(4)"]);
    assert_eq!(outcome(&few).await, Ok("3".to_owned()));
    crowd.stop("", "").await.unwrap();
}

#[tokio::test]
async fn a_rate_holds_for_every_stretch_of_time() {
    let world = World::new();
    let program = wide(world.program().task("a", |input, _| Ok(input.to_owned())));
    let second = Duration::from_secs(1);
    let engine = program.open_with(&world.store, &world.clock, |builder| builder.task_rate("a", 3, second)).await;
    let execution = start(&engine, "a 8").await;
    let mut starts = Vec::new();
    for millis in [0, 400, 599, 1, 999, 1] {
        world.clock.advance(Duration::from_millis(millis));
        engine.wait_idle().await;
        starts.push(world.effects.take().len());
    }
    assert_eq!(starts, [3, 0, 0, 3, 0, 2]);
    assert_eq!(outcome(&execution).await, Ok("8".to_owned()));
    assert_eq!(engine.next_due(), None);
}

#[tokio::test]
async fn waiting_for_a_permit_is_no_attempt_and_survives_a_restart() {
    let world = World::new();
    let program = || {
        let policy = Policy { timeout: Some(1), ..Policy::default() };
        wide(world.program().task_with("a", policy, |input, context| Ok(format!("{input}{}", context.attempt()))))
    };
    let hour = Duration::from_hours(1);
    let engine = program().open_with(&world.store, &world.clock, |builder| builder.task_rate("a", 1, hour)).await;
    start(&engine, "a 2").await;
    engine.wait_idle().await;
    assert_eq!(engine.next_due(), Some(START + 3_600_000), "no timeout runs");
    leave(engine).await;
    assert_eq!(world.effects.take(), ["a(0)"]);
    let engine = program().open(&world.store, &world.clock).await;
    engine.wait_idle().await;
    assert_eq!(world.effects.take(), ["a(1)"]);
    let row = engine.describe(crate::store::ExecutionId(1)).await.unwrap();
    assert_eq!(row.output.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_stopped_execution_leaves_its_turn_to_others() {
    let world = World::new();
    let gate = Gate::shut();
    let program = wide(gate.task(world.program(), "a"));
    let engine = program.open_with(&world.store, &world.clock, |builder| builder.task_concurrency("a", 1)).await;
    let (first, second, third) =
        (start(&engine, "a 1").await, start(&engine, "a 1").await, start(&engine, "a 1").await);
    quiesce().await;
    second.stop("", "").await.unwrap();
    first.stop("", "").await.unwrap();
    quiesce().await;
    assert_eq!(world.effects.take().len(), 2, "of the first and the third");
    gate.let_through(1);
    assert_eq!(outcome(&third).await, Ok("1".to_owned()));
}

#[tokio::test]
async fn a_blocking_body_counts_until_it_returns() {
    let world = World::new();
    let (release, gate) = std::sync::mpsc::channel::<()>();
    let (gate, bodies) = (Arc::new(Mutex::new(gate)), Arc::new(AtomicUsize::new(0)));
    let begun = Arc::clone(&bodies);
    let policy = Policy { timeout: Some(30), ..Policy::default() };
    let program = world.program().async_task("a", policy, move |input, context| {
        let (gate, bodies) = (Arc::clone(&gate), Arc::clone(&bodies));
        crate::private::body::blocking(context, move || {
            bodies.fetch_add(1, Ordering::SeqCst);
            gate.lock().unwrap().recv().unwrap();
            Ok(input)
        })
    });
    let engine = wide(program).open_with(&world.store, &world.clock, |builder| builder.task_concurrency("a", 1)).await;
    let late = start(&engine, "a 1").await;
    while engine.next_due().is_none() || begun.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(outcome(&late).await, Ok("\"Timeout\"".to_owned()));
    let next = start(&engine, "a 1").await;
    quiesce().await;
    assert_eq!(begun.load(Ordering::SeqCst), 1, "the body that took too long still runs");
    release.send(()).unwrap();
    release.send(()).unwrap();
    assert_eq!(outcome(&next).await, Ok("1".to_owned()));
}

#[tokio::test]
async fn limits_that_mean_nothing_are_refused() {
    let refused = async |set: &dyn Fn(crate::EngineBuilder) -> crate::EngineBuilder| {
        let program = wide(World::new().program().task("a", |_, _| Ok("1".to_owned())));
        let builder = Engine::builder().in_memory().registry(program.registry);
        set(builder).open().await.unwrap_err().to_string()
    };
    let second = Duration::from_secs(1);
    for (message, part) in [
        (refused(&|builder| builder.task_concurrency("ab", 1)).await, "did you mean `a`?"),
        (refused(&|builder| builder.task_rate("c", 1, second)).await, "no such task"),
        (refused(&|builder| builder.task_concurrency("a", 0)).await, "give at least 1"),
        (refused(&|builder| builder.task_rate("a", 0, second)).await, "is no rate"),
        (refused(&|builder| builder.task_rate("a", 1, Duration::ZERO)).await, "is no rate"),
    ] {
        assert!(message.contains(part), "{message}");
    }
}
