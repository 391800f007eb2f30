//! A medium that fails at any call, once or for a while: nothing is lost, and nothing that was acknowledged is done twice.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use async_trait::async_trait;

use super::*;
use crate::Failure;
use crate::store::{
    Committed, ExecutionId, ExecutionRow, Expiry, JournalRow, ListFilter, LooseEnds, Message, MessageId, Post, Status,
    StoreError, TokenRow, Unit, Waiting,
};

/// A store whose calls fail from the n-th on, so many of them.
#[derive(Debug)]
struct Failing {
    inner: Arc<MemoryStore>,
    /// Calls until the first failure; below 0, calls that have failed or come after.
    left: AtomicI64,
    failures: i64,
}

impl Failing {
    fn ask(&self) -> Result<(), StoreError> {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        if left <= 0 && -left < self.failures {
            Err(StoreError::Medium("the disk reported an error".to_owned()))
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Store for Failing {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        self.ask()?;
        self.inner.commit(unit).await
    }

    async fn put_machine(&self, fingerprint: &str, workflow: &str, json: &str) -> Result<(), StoreError> {
        self.ask()?;
        self.inner.put_machine(fingerprint, workflow, json).await
    }

    async fn machine(&self, fingerprint: &str) -> Result<Option<String>, StoreError> {
        self.ask()?;
        self.inner.machine(fingerprint).await
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        self.ask()?;
        self.inner.execution(id).await
    }

    async fn execution_by_name(&self, workflow: &str, name: &str) -> Result<Option<ExecutionRow>, StoreError> {
        self.ask()?;
        self.inner.execution_by_name(workflow, name).await
    }

    async fn list(&self, filter: &ListFilter) -> Result<Vec<ExecutionRow>, StoreError> {
        self.ask()?;
        self.inner.list(filter).await
    }

    async fn count(&self) -> Result<Vec<(String, Status, u64)>, StoreError> {
        self.ask()?;
        self.inner.count().await
    }

    async fn children(&self, parent: ExecutionId) -> Result<Vec<ExecutionRow>, StoreError> {
        self.ask()?;
        self.inner.children(parent).await
    }

    async fn loose_ends(&self) -> Result<LooseEnds, StoreError> {
        self.ask()?;
        self.inner.loose_ends().await
    }

    async fn journal(&self, id: ExecutionId) -> Result<Vec<JournalRow>, StoreError> {
        self.ask()?;
        self.inner.journal(id).await
    }

    async fn due(&self, after: Waiting, until: i64, limit: usize) -> Result<(Vec<Waiting>, Option<i64>), StoreError> {
        self.ask()?;
        self.inner.due(after, until, limit).await
    }

    async fn post(&self, post: Post, at: i64) -> Result<MessageId, StoreError> {
        self.ask()?;
        self.inner.post(post, at).await
    }

    async fn inbox(&self) -> Result<Vec<Message>, StoreError> {
        self.ask()?;
        self.inner.inbox().await
    }

    async fn posted(&self) {
        self.inner.posted().await;
    }

    async fn token(&self, token: &str) -> Result<Option<TokenRow>, StoreError> {
        self.ask()?;
        self.inner.token(token).await
    }

    async fn heartbeat(&self, token: &str, at: i64) -> Result<(), StoreError> {
        self.ask()?;
        self.inner.heartbeat(token, at).await
    }

    async fn expire_token(&self, token: &str, silent_since: Option<i64>) -> Result<Expiry, StoreError> {
        self.ask()?;
        self.inner.expire_token(token, silent_since).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
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

/// Runs with failures from the n-th call on. False where no call failed.
async fn fail_at(call: i64, failures: i64) -> bool {
    let inner = Arc::new(MemoryStore::new());
    let store = Arc::new(Failing { inner: Arc::clone(&inner), left: AtomicI64::new(call), failures });
    let (clock, effects) = (VirtualClock::at(START), Effects::default());
    let registry = || program(&effects).registry;
    // Who opens or starts is told of a failure, and may ask again.
    let engine = loop {
        let builder = Engine::builder().shared_store(Arc::clone(&store) as _).clock(clock.clone());
        match builder.registry(registry()).open().await {
            Ok(engine) => break engine,
            Err(error) => assert!(error.to_string().contains("the disk reported an error"), "{error}"),
        }
    };
    let execution = loop {
        match engine.start_json("w", Some("only".to_owned()), "0").await {
            Ok(execution) => break execution,
            Err(error) => assert!(error.to_string().contains("the disk reported an error"), "{error}"),
        }
    };
    let waited = tokio::spawn(async move { outcome(&execution).await });
    while !waited.is_finished() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        if let Some(due) = clock.next_due() {
            clock.advance_to(due);
        }
    }
    assert_eq!(waited.await.unwrap(), Ok("123456".to_owned()), "call {call}, {failures} failures");
    let reached = store.left.swap(i64::MAX, Ordering::SeqCst) < 0;
    let expected = ["a(1)", "a(2)", "a(3)", "a(4)", "a(5)", "a(6)"].map(|effect| (effect.to_owned(), 1));
    assert_eq!(effects.counts(), expected.into(), "call {call}, {failures} failures");
    assert_eq!(inner.count().await.unwrap(), [("w".to_owned(), Status::Succeeded, 1)]);
    assert!(engine.replay(ExecutionId(1)).await.unwrap().divergence.is_none());
    reached
}

#[tokio::test]
async fn an_error_of_the_medium_at_any_call_loses_nothing() {
    for failures in [1, 3] {
        let mut call = 0;
        while fail_at(call, failures).await {
            call += 1;
        }
        assert!(call > 10, "{call} calls");
    }
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
