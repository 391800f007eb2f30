//! A medium that fails at any call, once or for a while: nothing is lost, and nothing that was acknowledged is done twice.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use super::{hooked::Hooked, *};
use crate::{
    Error, Failure, Missed, Overlap, Retention, Schedule, Transaction,
    store::{ExecutionId, ListFilter, Post, Removable, ScheduleRow, Status, StoreError},
};

const BROKEN: &str = "the disk reported an error";

/// A store on a medium that fails for some calls from the n-th on.
struct Flaky {
    store: Arc<Hooked>,
    /// Calls until the first failure; below 0, calls that have failed or come after.
    left: Arc<AtomicI64>,
    first: i64,
    passes: AtomicI64,
}

impl Flaky {
    fn new(inner: &Arc<MemoryStore>, call: i64, failures: i64) -> Flaky {
        let left = Arc::new(AtomicI64::new(call));
        let counter = Arc::clone(&left);
        let store = Hooked::hooked(inner, move |_| {
            let left = counter.fetch_sub(1, Ordering::SeqCst);
            let fails = left <= 0 && -left < failures;
            if fails { Err(StoreError::Medium(BROKEN.to_owned())) } else { Ok(()) }
        });
        Flaky { store: Arc::new(store), left, first: call, passes: AtomicI64::new(0) }
    }

    /// Lets the engine work, and moves the clock when it has had the time to.
    ///
    /// # Panics
    ///
    /// When that was done too often.
    async fn pass(&self, clock: &VirtualClock) {
        let passes = self.passes.fetch_add(1, Ordering::SeqCst);
        assert!(passes < 3_000, "it hangs with failures from call {} on", self.first);
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        if let Some(due) = clock.next_due() {
            clock.advance_to(due);
        }
        // Workers wait for time of their own.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    /// Lets the engine work until nothing runs any more.
    async fn settle(&self, inner: &MemoryStore, clock: &VirtualClock) {
        while inner.count().await.unwrap().iter().any(|(_, status, _)| *status == Status::Running) {
            self.pass(clock).await;
        }
    }

    /// Whether a call has failed. From here on none does.
    fn has_failed(&self) -> bool {
        self.left.swap(i64::MAX, Ordering::SeqCst) < 0
    }
}

/// Asks again as long as the medium fails: whoever asks is told of it.
async fn again<T>(ask: impl AsyncFn() -> Result<T, Error>) -> T {
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => assert!(error.to_string().contains(BROKEN), "{error}"),
        }
    }
}

/// For each call of a run, and for one failure and several in a row.
async fn everywhere(run: impl AsyncFn(i64, i64) -> bool) {
    for failures in [1, 3] {
        let mut call = 0;
        while run(call, failures).await {
            call += 1;
        }
        assert!(call > 5, "{call} calls");
    }
}

/// Waits so long that it leaves memory and is read again, between tasks alone and tasks side by side.
fn program(effects: &Effects) -> Program {
    Program::new(effects).task("a", |input, _| Ok(input.to_owned())).workflow("w", async |cx, _| {
        let mut sum = call(&cx, 0, "a", "1").await?;
        cx.sleep(1, Duration::from_secs(3_600)).await;
        sum += &call(&cx, 2, "a", "2").await?;
        let items: Vec<u64> = vec![3, 4, 5];
        let mapped = cx
            .map(3, items, None, async |cx: Cx, item: u64, _| {
                let done = call(&cx, 4, "a", &item.to_string()).await;
                done.map_err(|failed| crate::Fault::from_failed(&failed).unwrap())
            })
            .await;
        sum += &mapped.map_err(|error| error.to_failed())?.concat();
        cx.sleep(5, Duration::from_secs(3_600)).await;
        Ok(sum + &call(&cx, 6, "a", "6").await?)
    })
}

/// Opens an engine, and runs `w` to its end; `meanwhile` is done over and over.
async fn run_on(
    flaky: &Flaky,
    clock: &VirtualClock,
    program: impl Fn() -> Program,
    meanwhile: impl AsyncFn(&Engine),
) -> (Engine, Result<String, String>) {
    let engine = again(async || {
        let builder = Engine::builder().shared_store(Arc::clone(&flaky.store) as _).clock(clock.clone());
        builder.tables(TABLES).serve_activities(1).registry(program().registry).open().await
    })
    .await;
    let execution = again(async || engine.start_json("w", Some("only".to_owned()), "0").await).await;
    let waited = tokio::spawn(async move { outcome(&execution).await });
    while !waited.is_finished() {
        flaky.pass(clock).await;
        meanwhile(&engine).await;
    }
    (engine, waited.await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_medium_at_any_call_loses_nothing() {
    everywhere(async |call, failures| {
        let inner = Arc::new(MemoryStore::new());
        let flaky = Flaky::new(&inner, call, failures);
        let (clock, effects) = (VirtualClock::at(START), Effects::default());
        let (engine, ended) = run_on(&flaky, &clock, || program(&effects), async |_| {}).await;
        assert_eq!(ended, Ok("123456".to_owned()), "call {call}, {failures} failures");
        let reached = flaky.has_failed();
        let expected = ["a(1)", "a(2)", "a(3)", "a(4)", "a(5)", "a(6)"].map(|effect| (effect.to_owned(), 1));
        assert_eq!(effects.counts(), expected.into(), "call {call}, {failures} failures");
        assert_eq!(inner.count().await.unwrap(), [("w".to_owned(), Status::Succeeded, 1)]);
        assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
        reached
    })
    .await;
}

const TABLES: [&str; 1] = ["CREATE TABLE app_entry (what TEXT NOT NULL) STRICT"];

/// Writes an entry, and yields how many there are.
fn enter(input: &str, _context: TaskContext, tx: &Transaction<'_>) -> Result<String, Failed> {
    let written = tx.execute("INSERT INTO app_entry VALUES (?1)", [input]);
    let count = written.and_then(|_| tx.query_row("SELECT count(*) FROM app_entry", [], |row| row.get::<_, i64>(0)));
    count.map(|count| count.to_string()).map_err(|error| Failed::new("Sql", error.to_string()))
}

/// Transactions, an activity, a callback, and children: one that is waited for, one that is not waited for in the end.
fn all_kinds(effects: &Effects, tokens: &Arc<Mutex<Vec<String>>>) -> Program {
    let tokens = Arc::clone(tokens);
    let activity = Policy { activity: true, ..Policy::default() };
    let callback = Policy { callback: true, ..Policy::default() };
    Program::new(effects)
        .task("a", |input, _| Ok(input.to_owned()))
        .task_with("work", activity, |input, _| Ok(input.to_owned()))
        .task_with("ask", callback, move |_, context| {
            tokens.lock().unwrap().push(context.token().unwrap().to_owned());
            Ok("null".to_owned())
        })
        .transaction("enter", Policy::default(), enter)
        .workflow("c", async |cx, input| call(&cx, 0, "a", &input).await)
        .workflow("slow", async |cx, _| {
            cx.sleep(0, Duration::from_secs(1_000_000)).await;
            Ok("0".to_owned())
        })
        .workflow("w", async |cx, _| {
            let mut sum = call(&cx, 0, "enter", "1").await?;
            sum += &call(&cx, 1, "work", "2").await?;
            sum += &call(&cx, 2, "ask", "3").await?;
            sum += &child(&cx, 3, "c", "4", Adjust::default()).await?;
            let mut race = cx.race::<Result<String, crate::Fault>>(4);
            race.branch(|cx: Cx| async move {
                let done = child(&cx, 5, "slow", "0", Adjust::default()).await;
                done.map_err(|failed| crate::Fault::from_failed(&failed).unwrap())
            });
            race.branch(|cx: Cx| async move {
                cx.sleep(6, Duration::from_secs(10)).await;
                Ok("5".to_owned())
            });
            sum += &race.run().await.map_err(|error| error.to_failed())?;
            Ok(sum + &call(&cx, 7, "enter", "2").await?)
        })
}

#[tokio::test(start_paused = true)]
async fn an_error_at_any_call_of_whatever_waits_loses_nothing() {
    everywhere(async |call, failures| {
        let what = format!("call {call}, {failures} failures");
        let inner = Arc::new(MemoryStore::new());
        let flaky = Flaky::new(&inner, call, failures);
        let (clock, effects, tokens) = (VirtualClock::at(START), Effects::default(), Arc::default());
        let (engine, ended) = run_on(
            &flaky,
            &clock,
            || all_kinds(&effects, &tokens),
            async |engine| {
                let token = tokens.lock().unwrap().pop();
                if let Some(token) = token {
                    // What failed may have been posted all the same.
                    match engine.complete_json(&token, "3").await {
                        Ok(()) => {}
                        Err(error) if error.is_used_token() => {}
                        Err(error) => {
                            assert!(error.to_string().contains(BROKEN), "{what}: {error}");
                            tokens.lock().unwrap().push(token);
                        }
                    }
                }
            },
        )
        .await;
        assert_eq!(ended, Ok("123452".to_owned()), "{what}");
        // The child that lost is stopped, some time.
        flaky.settle(&inner, &clock).await;
        let reached = flaky.has_failed();
        let expected = ["a(4)", "ask(3)", "work(2)"].map(|effect| (effect.to_owned(), 1));
        assert_eq!(effects.counts(), expected.into(), "{what}");
        let mut counts = inner.count().await.unwrap();
        counts.sort_by(|one, other| one.0.cmp(&other.0));
        let expected = [("c", Status::Succeeded), ("slow", Status::Aborted), ("w", Status::Succeeded)];
        assert_eq!(counts, expected.map(|(name, status)| (name.to_owned(), status, 1)), "{what}");
        assert!(inner.inbox().await.unwrap().is_empty(), "{what}");
        assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
        reached
    })
    .await;
}

/// Another process posts; the engine alone hears that something was posted, and reads what.
#[tokio::test(start_paused = true)]
async fn an_error_at_any_call_delays_what_another_process_has_posted_and_no_more() {
    everywhere(async |call, failures| {
        let inner = Arc::new(MemoryStore::new());
        let flaky = Flaky::new(&inner, call, failures);
        let (clock, effects, tokens) = (VirtualClock::at(START), Effects::default(), Arc::default());
        let (engine, ended) = run_on(
            &flaky,
            &clock,
            || all_kinds(&effects, &tokens),
            async |_| {
                let token = tokens.lock().unwrap().pop();
                if let Some(token) = token {
                    inner.post(Post::Complete { token: token.into(), result: Ok("3".into()) }, START).await.unwrap();
                    let start =
                        Post::Start { workflow: "c".to_owned(), name: Some("posted".to_owned()), input: "9".into() };
                    inner.post(start, START).await.unwrap();
                }
            },
        )
        .await;
        assert_eq!(ended, Ok("123452".to_owned()), "call {call}, {failures} failures");
        while inner.count().await.unwrap().iter().any(|(_, status, _)| *status == Status::Running)
            || !inner.inbox().await.unwrap().is_empty()
        {
            flaky.pass(&clock).await;
        }
        let reached = flaky.has_failed();
        assert_eq!(effects.counts()["a(9)"], 1, "call {call}, {failures} failures");
        drop(engine);
        reached
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_error_at_any_call_makes_a_schedule_fire_no_less_and_no_more() {
    everywhere(async |call, failures| {
        let inner = Arc::new(MemoryStore::new());
        let rule = Schedule::every(Duration::from_hours(1)).unwrap().missed(Missed::All).overlap(Overlap::Allow);
        let row = ScheduleRow {
            name: "s".to_owned(),
            workflow: "c".to_owned(),
            input: "7".into(),
            rule: rule.to_json(),
            paused: false,
            next: Some(3_600_000),
            last: None,
        };
        inner.put_schedule(row).await.unwrap();
        let flaky = Flaky::new(&inner, call, failures);
        let (clock, effects) = (VirtualClock::at(0), Effects::default());
        let engine = again(async || {
            let registry = all_kinds(&effects, &Arc::default()).registry;
            let builder = Engine::builder().shared_store(Arc::clone(&flaky.store) as _).clock(clock.clone());
            builder.tables(TABLES).registry(registry).open().await
        })
        .await;
        let fired = async || inner.list(&ListFilter::default()).await.unwrap().len();
        while fired().await < 3 || inner.schedules().await.unwrap()[0].next == Some(3 * 3_600_000) {
            flaky.pass(&clock).await;
        }
        let reached = flaky.has_failed();
        inner.put_schedule(ScheduleRow { paused: true, ..inner.schedules().await.unwrap().remove(0) }).await.unwrap();
        flaky.settle(&inner, &clock).await;
        drop(engine);
        let names = inner.list(&ListFilter::default()).await.unwrap();
        let names: Vec<_> = names.iter().rev().filter_map(|row| row.name.as_deref()).take(3).collect();
        let expected = ["s-19700101T010000Z", "s-19700101T020000Z", "s-19700101T030000Z"];
        assert_eq!(names, expected, "call {call}, {failures} failures");
        assert_eq!(effects.counts()["a(7)"], fired().await, "call {call}, {failures} failures");
        reached
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_error_at_any_call_of_a_removal_removes_what_is_old_and_nothing_else() {
    everywhere(async |call, failures| {
        let inner = Arc::new(MemoryStore::new());
        let (clock, effects) = (VirtualClock::at(START), Effects::default());
        let open = async |store: &Arc<Hooked>| {
            let builder = Engine::builder().shared_store(Arc::clone(store) as _).clock(clock.clone());
            let registry = all_kinds(&effects, &Arc::default()).registry;
            builder.tables(TABLES).registry(registry).open().await
        };
        let whole = Arc::new(Hooked::unclosed(&inner));
        let engine = open(&whole).await.unwrap();
        for day in 0..4 {
            let execution = engine.start_json("c", None, &day.to_string()).await.unwrap();
            outcome(&execution).await.unwrap();
            clock.advance(Duration::from_hours(24));
        }
        leave(engine).await;
        let flaky = Flaky::new(&inner, call, failures);
        let engine = again(async || open(&flaky.store).await).await;
        let retention = Retention::keep(Duration::from_hours(50));
        again(async || engine.prune(&retention).await).await;
        let reached = flaky.has_failed();
        let left = inner.list(&ListFilter::default()).await.unwrap();
        let left: Vec<_> = left.iter().map(|row| row.id.0).collect();
        assert_eq!(left, [4, 3], "call {call}, {failures} failures");
        let which = Removable { closed_before: i64::MAX, workflow: None, after: ExecutionId(0), limit: 9 };
        assert_eq!(inner.removable(&which).await.unwrap(), [ExecutionId(3)]);
        reached
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_starts_of_one_name_make_one_execution() {
    let world = World::new();
    let engine = world.open(program(&world.effects)).await;
    let starts = (0..10_000).map(|_| {
        let engine = engine.clone();
        tokio::spawn(async move { engine.start_json("w", Some("n".to_owned()), "0").await.unwrap().id() })
    });
    for start in starts.collect::<Vec<_>>() {
        assert_eq!(start.await.unwrap(), ExecutionId(1));
    }
    settle(&engine, &world.clock).await;
    assert_eq!(engine.count().await.unwrap(), [("w".to_owned(), Status::Succeeded, 1)]);
    assert_eq!(world.effects.take().len(), 6);
}
