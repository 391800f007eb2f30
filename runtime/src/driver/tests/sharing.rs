//! Several engines on one store.

use std::time::Duration;

use super::*;
use crate::store::{ExecutionId, Status};

/// A store for several engines, and what they have in common.
struct Hub {
    store: MemoryStore,
    clock: VirtualClock,
    effects: Effects,
}

impl Hub {
    fn new() -> Hub {
        Hub { store: MemoryStore::new(), clock: VirtualClock::at(START), effects: Effects::default() }
    }

    fn program(&self) -> Program {
        Program::new(&self.effects)
    }

    /// One more engine, and its handle on the store.
    async fn open(&self, program: Program) -> (Engine, Arc<MemoryStore>) {
        let store = Arc::new(self.store.share());
        (program.open(&store, &self.clock).await, store)
    }

    async fn status(&self, id: ExecutionId) -> Status {
        self.store.execution(id).await.unwrap().unwrap().status
    }

    async fn until(&self, condition: impl AsyncFn() -> bool) {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    }
}

/// `w` calls `a`, which is done, and `slow`, which answers once its gate is open.
fn gated(hub: &Hub, gate: &Arc<Notify>) -> Program {
    let (gate, policy) = (Arc::clone(gate), Policy::default());
    hub.program()
        .task("a", |input, _| Ok(input.to_owned()))
        .async_task("slow", policy, move |input, _| {
            let gate = Arc::clone(&gate);
            async move {
                gate.notified().await;
                Ok(input)
            }
        })
        .workflow("w", |cx, input| async move {
            let first = must(&cx, 0, "a", &input).await;
            let slow = must(&cx, 1, "slow", &first).await;
            Ok(must(&cx, 2, "a", &slow).await)
        })
}

use tokio::sync::Notify;

#[tokio::test]
async fn an_execution_is_run_by_one_engine_and_awaited_in_any() {
    let (hub, gate) = (Hub::new(), Arc::new(Notify::new()));
    let (one, _) = hub.open(gated(&hub, &gate)).await;
    let (other, _) = hub.open(gated(&hub, &gate)).await;
    let started = one.start_json("w", Some("only".into()), "1").await.unwrap();
    let found = other.start_json("w", Some("only".into()), "1").await.unwrap();
    assert_eq!(found.id(), started.id());
    assert!(other.start_json("w", Some("only".into()), "2").await.unwrap_err().is_name_taken());
    hub.until(async || hub.effects.counts().contains_key("slow(1)")).await;
    gate.notify_waiters();
    assert_eq!(outcome(&found).await.unwrap(), "1");
    assert_eq!(outcome(&started).await.unwrap(), "1");
    assert_eq!(outcome(&other.execution(started.id()).await.unwrap()).await.unwrap(), "1", "also afterwards");
    assert_eq!(hub.effects.take(), ["a(1)", "slow(1)", "a(1)"]);
    for (engine, place) in [(one, "one"), (other, "other")] {
        assert!(engine.shared().in_memory().is_empty(), "{place}");
        engine.shutdown(Duration::ZERO).await.unwrap();
    }
}

#[tokio::test]
async fn a_fenced_engine_does_nothing_more_and_another_goes_on() {
    let (hub, gate) = (Hub::new(), Arc::new(Notify::new()));
    let (one, lease) = hub.open(gated(&hub, &gate)).await;
    let (other, _) = hub.open(gated(&hub, &gate)).await;
    let started = start(&one, "1").await;
    let awaited = other.execution(started.id()).await.unwrap();
    hub.until(async || hub.effects.counts().contains_key("slow(1)")).await;
    lease.fence();
    let error = started.output_json().await.unwrap_err();
    assert!(matches!(&error, crate::ExecutionError::Engine(error) if error.is_fenced()), "{error:?}");
    assert!(error.to_string().contains("lost its lease") && error.to_string().contains("Open it again"), "{error}");
    assert!(one.start_json("w", None, "2").await.unwrap_err().is_fenced());
    assert!(one.stop(started.id(), "E", "").await.unwrap_err().is_fenced());
    hub.until(async || hub.effects.counts()["slow(1)"] == 2).await;
    gate.notify_waiters();
    assert_eq!(outcome(&awaited).await.unwrap(), "1");
    assert_eq!(hub.effects.take(), ["a(1)", "slow(1)", "slow(1)", "a(1)"], "what had finished did not run again");
    assert_eq!(hub.store.list(&crate::store::ListFilter::default()).await.unwrap().len(), 1);
    one.shutdown(Duration::from_secs(1)).await.unwrap();
    assert!(one.shutdown(Duration::ZERO).await.is_err(), "once");
}

#[tokio::test]
async fn an_attempt_that_a_fenced_engine_began_counts_as_begun() {
    let hub = Hub::new();
    let program = || {
        let once = Policy { at_most_once: true, ..Policy::default() };
        let pending = |_: String, _: TaskContext| std::future::pending::<Result<String, Failed>>();
        hub.program().async_task("once", once, pending).workflow("w", |cx, input| async move {
            match call(&cx, 0, "once", &input).await {
                Err(failed) => Ok(format!("\"{}\"", failed.error)),
                done => done.map_err(|_| unreachable!()),
            }
        })
    };
    let (one, lease) = hub.open(program()).await;
    let (other, _) = hub.open(program()).await;
    let started = start(&one, "1").await;
    hub.until(async || hub.effects.counts().contains_key("once(1)")).await;
    lease.fence();
    let awaited = other.execution(started.id()).await.unwrap();
    assert_eq!(outcome(&awaited).await.unwrap(), "\"States.TaskFailed\"");
    assert_eq!(hub.effects.take(), ["once(1)"]);
}

#[tokio::test]
async fn an_orderly_end_hands_over() {
    let hub = Hub::new();
    let program = || {
        hub.program().task("a", |input, _| Ok(input.to_owned())).workflow("w", |cx, input| async move {
            let first = must(&cx, 0, "a", &input).await;
            cx.enter(1);
            cx.sleep(1, Duration::from_secs(60)).await;
            Ok(must(&cx, 2, "a", &first).await)
        })
    };
    let (one, _) = hub.open(program()).await;
    let (other, _) = hub.open(program()).await;
    let started = start(&one, "1").await;
    one.wait_idle().await;
    let awaited = other.execution(started.id()).await.unwrap();
    assert_eq!(other.next_due(), None, "it is not its own");
    one.shutdown(Duration::ZERO).await.unwrap();
    hub.until(async || other.next_due().is_some()).await;
    settle(&other, &hub.clock).await;
    assert_eq!(outcome(&awaited).await.unwrap(), "1");
    assert_eq!(hub.effects.take(), ["a(1)", "a(1)"]);
}

#[tokio::test]
async fn a_stop_and_a_completion_reach_the_engine_that_runs_the_execution() {
    let hub = Hub::new();
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let program = || {
        let noted = Arc::clone(&tokens);
        let callback = Policy { callback: true, ..Policy::default() };
        let ask = move |_: &str, context: &TaskContext| {
            noted.lock().unwrap().push(context.token().unwrap().to_owned());
            Ok("null".to_owned())
        };
        hub.program()
            .task_with("ask", callback, ask)
            .workflow("w", |cx, input| async move { Ok(must(&cx, 0, "ask", &input).await) })
    };
    let (one, _) = hub.open(program()).await;
    let (other, _) = hub.open(program()).await;
    let started = start(&one, "1").await;
    hub.until(async || !tokens.lock().unwrap().is_empty()).await;
    let token = tokens.lock().unwrap().pop().unwrap();
    other.heartbeat(&token).await.unwrap();
    other.complete_json(&token, "41").await.unwrap();
    assert_eq!(outcome(&started).await.unwrap(), "41");
    assert!(one.complete_json(&token, "42").await.unwrap_err().is_used_token());

    let started = start(&one, "2").await;
    other.stop(started.id(), "Obsolete", "").await.unwrap();
    assert_eq!(started.output_json().await.unwrap_err().name(), Some("Obsolete"));
    assert!(other.stop(started.id(), "Again", "").await.unwrap_err().is_ended());
    assert!(hub.store.inbox().await.unwrap().is_empty(), "all was carried out");
}

#[tokio::test]
async fn executions_of_another_program_are_neither_run_nor_blocked() {
    let (hub, gate) = (Hub::new(), Arc::new(Notify::new()));
    let (one, lease) = hub.open(gated(&hub, &gate)).await;
    let stranger = hub
        .program()
        .task("b", |input, _| Ok(input.to_owned()))
        .workflow("v", |cx, input| async move { Ok(must(&cx, 0, "b", &input).await) });
    let (other, _) = hub.open(stranger).await;
    let started = start(&one, "1").await;
    let start = crate::store::Post::Start { workflow: "w".into(), name: None, input: "2".into() };
    hub.until(async || hub.effects.counts().contains_key("slow(1)")).await;
    lease.fence();
    hub.store.post(start, START).await.unwrap();
    let awaited = other.execution(started.id()).await.unwrap();
    outcome(&other.start_json("v", None, "3").await.unwrap()).await.unwrap();
    other.wait_idle().await;
    assert_eq!(hub.status(started.id()).await, Status::Running);
    let (third, _) = hub.open(gated(&hub, &gate)).await;
    hub.until(async || hub.effects.counts().contains_key("slow(2)") && hub.effects.counts()["slow(1)"] == 2).await;
    gate.notify_waiters();
    assert_eq!(outcome(&awaited).await.unwrap(), "1");
    third.wait_idle().await;
    assert!(hub.store.inbox().await.unwrap().is_empty());
}

#[tokio::test]
async fn whoever_waits_learns_that_another_engine_has_parked_it() {
    let (hub, gate) = (Hub::new(), Arc::new(Notify::new()));
    let (old, _) = hub.open(gated(&hub, &gate)).await;
    // It cannot run it, so it does not try.
    let (stranger, _) = hub.open(hub.program().workflow("v", async |_, input| Ok(input))).await;
    let started = start(&old, "1").await;
    hub.until(async || hub.effects.counts().contains_key("slow(1)")).await;
    let awaited = stranger.execution(started.id()).await.unwrap();
    old.shutdown(Duration::ZERO).await.unwrap();
    let changed = hub.program().task("b", |input, _| Ok(input.to_owned()));
    let changed = changed.workflow_of("new", "w", async |cx, input| Ok(must(&cx, 0, "b", &input).await));
    let (_new, _) = hub.open(changed).await;
    let error = awaited.output_json().await.unwrap_err();
    assert!(matches!(&error, crate::ExecutionError::Blocked { .. }), "{error:?}");
}

/// An old program and a new one, at once.
#[tokio::test]
async fn what_one_program_parks_another_goes_on_with() {
    let (hub, gate) = (Hub::new(), Arc::new(Notify::new()));
    let changed = |hub: &Hub| {
        let program = hub.program().task("b", |input, _| Ok(input.to_owned()));
        program.workflow_of("new", "w", |cx, input| async move { Ok(must(&cx, 0, "b", &input).await) })
    };
    let (old, _) = hub.open(gated(&hub, &gate)).await;
    let started = start(&old, "1").await;
    hub.until(async || hub.effects.counts().contains_key("slow(1)")).await;
    old.shutdown(Duration::ZERO).await.unwrap();
    let (new, _) = hub.open(changed(&hub)).await;
    hub.until(async || hub.status(started.id()).await == Status::Blocked).await;
    let (_newer, _) = hub.open(changed(&hub)).await;
    let (old, _) = hub.open(gated(&hub, &gate)).await;
    hub.until(async || hub.effects.counts()["slow(1)"] == 2).await;
    let awaited = new.execution(started.id()).await.unwrap();
    gate.notify_waiters();
    assert_eq!(outcome(&awaited).await.unwrap(), "1");
    old.wait_idle().await;
    assert_eq!(hub.effects.take(), ["a(1)", "slow(1)", "slow(1)", "a(1)"]);
}

/// Parents and children that are taken over may come apart.
#[tokio::test]
async fn a_parent_learns_of_a_child_that_another_engine_runs() {
    let (hub, gate) = (Hub::new(), Arc::new(Notify::new()));
    let family = |hub: &Hub| {
        gated(hub, &gate).workflow("p", |cx, input| async move {
            child(&cx, 0, "w", &input, Adjust::default()).await.map_err(|_| unreachable!())
        })
    };
    let (parents, lease) = hub.open(family(&hub)).await;
    let parent = parents.start_json("p", None, "1").await.unwrap();
    hub.until(async || hub.effects.counts().contains_key("slow(1)")).await;
    lease.fence();
    // This one has no `p`: it takes over the child alone.
    let (children, _) = hub.open(gated(&hub, &gate)).await;
    hub.until(async || hub.effects.counts()["slow(1)"] == 2).await;
    let (parents, _) = hub.open(family(&hub)).await;
    let awaited = parents.execution(parent.id()).await.unwrap();
    parents.wait_idle().await;
    gate.notify_waiters();
    assert_eq!(outcome(&awaited).await.unwrap(), "1");
    assert_eq!(hub.effects.counts()["slow(1)"], 2);

    let parent = parents.start_json("p", None, "2").await.unwrap();
    hub.until(async || hub.effects.counts().contains_key("slow(2)")).await;
    let child = parents.children(parent.id()).await.unwrap()[0].id;
    children.stop(parent.id(), "Enough", "").await.unwrap();
    hub.until(async || hub.status(child).await == Status::Aborted).await;
}

#[tokio::test]
async fn the_workers_of_an_engine_make_what_another_engine_queues() {
    let hub = Hub::new();
    let program = |hub: &Hub| {
        let activity = Policy { activity: true, ..Policy::default() };
        hub.program()
            .task_with("work", activity, |input, _| Ok(format!("[{input}]")))
            .workflow("w", async |cx, input| call(&cx, 0, "work", &input).await)
    };
    let serving = Arc::new(hub.store.share());
    let serving = program(&hub).open_with(&serving, &hub.clock, |engine| engine.serve_activities(1)).await;
    serving.wait_idle().await;
    let (other, _) = hub.open(program(&hub)).await;
    let execution = other.start_json("w", None, "1").await.unwrap();
    assert_eq!(outcome(&execution).await.unwrap(), "[1]");
    assert_eq!(hub.effects.take(), ["work(1)"]);
}
