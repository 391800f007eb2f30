//! Parallel and Map: scopes inside a scope.

use std::{
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::{Deserialize, Serialize};

use super::{
    Cx,
    scope::{Body, EntryFuture, poll_body},
    whole::Whole,
};
use crate::{
    Failure,
    data::Plain,
    engine::{Core, Decided, EntryId, JoinKind, ScopeId},
    failure::Failed,
};

/// The error type of what cannot fail by itself: branches that return plain values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoError {}

/// What the body of a Map may yield, and what the Map yields then: a value and a vector, or a `Result` and a `Result` of a vector.
pub trait Joined: Sized + Send {
    /// The value of success.
    type Value: Send + Serialize;
    /// The error.
    type Error: Failure;
    /// The result of the Map.
    type Many;

    /// As a `Result`.
    ///
    /// # Errors
    ///
    /// The body's own.
    fn into_result(self) -> Result<Self::Value, Self::Error>;

    /// The result of the Map.
    fn many(values: Result<Vec<Self::Value>, Self::Error>) -> Self::Many;

    /// As the body yielded it.
    fn from_result(result: Result<Self::Value, Self::Error>) -> Self;
}

impl<V: Send + Serialize, E: Failure> Joined for Result<V, E> {
    type Value = V;
    type Error = E;
    type Many = Result<Vec<V>, E>;

    fn into_result(self) -> Result<V, E> {
        self
    }

    fn many(values: Result<Vec<V>, E>) -> Self::Many {
        values
    }

    fn from_result(result: Result<V, E>) -> Self {
        result
    }
}

impl<V: Plain + Send + Serialize> Joined for V {
    type Value = V;
    type Error = NoError;
    type Many = Vec<V>;

    fn into_result(self) -> Result<V, NoError> {
        Ok(self)
    }

    fn many(values: Result<Vec<V>, NoError>) -> Vec<V> {
        match values {
            Ok(values) => values,
            Err(never) => match never {},
        }
    }

    fn from_result(result: Result<V, NoError>) -> Self {
        match result {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }
}

/// What a branch of `try_join!` yields.
#[diagnostic::on_unimplemented(
    message = "a branch of `try_join!` yields a `Result`, not `{Self}`",
    note = "for branches that cannot fail write `join!`, which yields their values as they are",
    note = "beside branches that can fail, make it a block: `async {{ Ok(task(..).await) }}`"
)]
pub trait Tried {
    /// The value of success.
    type Value;
    /// The error.
    type Error;

    /// As a `Result`.
    ///
    /// # Errors
    ///
    /// The branch's own.
    fn tried(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E: Failure> Tried for Result<T, E> {
    type Value = T;
    type Error = E;

    fn tried(self) -> Result<T, E> {
        self
    }
}

/// A Parallel under construction: branches are added, then it runs.
#[must_use = "a Parallel does nothing until it runs"]
pub struct Parallel<'a, E> {
    cx: Cx,
    state: u32,
    branches: Vec<Start<'a>>,
    whole: Whole,
    error: PhantomData<fn() -> E>,
}

type Start<'a> = Box<dyn FnOnce(Cx) -> Body<'a, ()> + Send + 'a>;

/// The value of a branch, once its Parallel has run.
#[derive(Debug)]
pub struct Branch<T>(Arc<Mutex<Option<T>>>);

impl<'a, E: Failure> Parallel<'a, E> {
    pub(super) fn new(cx: Cx, state: u32) -> Self {
        Parallel { cx, state, branches: Vec::new(), whole: Whole::default(), error: PhantomData }
    }

    /// Adds a branch.
    pub fn branch<T, F, B>(&mut self, body: F) -> Branch<T>
    where
        T: Send + Serialize + 'a,
        F: FnOnce(Cx) -> B + Send + 'a,
        B: Future<Output: Tried<Value = T, Error = E>> + Send + 'a,
    {
        let whole = self.whole.clone();
        let slot = Arc::new(Mutex::new(None));
        let branch = Branch(Arc::clone(&slot));
        self.branches.push(Box::new(move |cx| {
            let value = body(cx);
            Box::pin(async move {
                let value = value.await.tried().map_err(|error| error.to_failed())?;
                whole.add(&value);
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            })
        }));
        branch
    }

    /// Runs the branches concurrently until all have succeeded or one has failed; the others are dropped then.
    ///
    /// # Errors
    ///
    /// The first failure. One that `E` cannot hold ends the scope around the Parallel instead.
    pub async fn run(self) -> Result<(), E> {
        let Parallel { cx, state, branches, whole, error: _ } = self;
        let join = Join::open(&cx, state, JoinKind::Parallel, branches.len());
        whole.measure(join.limits_result());
        let mut running = FuturesUnordered::new();
        for (index, start) in (0..).zip(branches) {
            running.push(join.scope(index, start));
        }
        let mut failed = None;
        while let Some((index, ended)) = running.next().await {
            if let Err(error) = ended
                && join.decides(index)
            {
                failed = Some(Decided::Failed { index, failed: error });
                break;
            }
        }
        drop(running);
        let decided = failed.unwrap_or_else(|| join.decide_whole(JoinKind::Parallel, &whole));
        match join.close(decided).await {
            Ok(()) => Ok(()),
            Err(failed) => match E::from_failed(&failed) {
                Some(error) => Err(error),
                None => cx.leave(failed).await,
            },
        }
    }
}

impl<T> Branch<T> {
    /// The value of the branch.
    ///
    /// # Panics
    ///
    /// When its Parallel did not run to success.
    #[must_use]
    pub fn take(self) -> T {
        let value = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.expect("a branch has a value once its Parallel has succeeded")
    }
}

pub(super) async fn map<T, R, F, B>(
    cx: &Cx,
    state: u32,
    items: Vec<T>,
    concurrency: Option<u64>,
    mut body: F,
) -> R::Many
where
    T: Send,
    R: Joined,
    F: FnMut(Cx, T, u64) -> B + Send,
    B: Future<Output = R> + Send,
{
    let count = items.len();
    let join = Join::open(cx, state, JoinKind::Map, count);
    let whole = Whole::default();
    whole.measure(join.limits_result());
    let at_once =
        concurrency.filter(|limit| *limit > 0).map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let mut waiting = (0..).zip(items);
    let mut running = FuturesUnordered::new();
    let slots: Arc<Mutex<Vec<Option<R::Value>>>> = Arc::new(Mutex::new((0..count).map(|_| None).collect()));
    let mut start = |index: u32, item| {
        let (slots, whole) = (Arc::clone(&slots), whole.clone());
        join.scope(index, |cx| {
            let value = body(cx, item, u64::from(index));
            Box::pin(async move {
                let value = value.await.into_result().map_err(|error| error.to_failed())?;
                whole.add(&value);
                slots.lock().unwrap_or_else(PoisonError::into_inner)[index as usize] = Some(value);
                Ok(())
            }) as Body<'_, ()>
        })
    };
    for (index, item) in waiting.by_ref().take(at_once) {
        running.push(start(index, item));
    }
    let mut failed = None;
    while let Some((index, ended)) = running.next().await {
        match ended {
            Err(error) if join.decides(index) => {
                failed = Some(Decided::Failed { index, failed: error });
                break;
            }
            Err(_) => {}
            Ok(()) => {
                if let Some((index, item)) = waiting.next() {
                    running.push(start(index, item));
                }
            }
        }
    }
    drop(running);
    let decided = failed.unwrap_or_else(|| join.decide_whole(JoinKind::Map, &whole));
    match join.close(decided).await {
        Ok(()) => {
            let values = std::mem::take(&mut *slots.lock().unwrap_or_else(PoisonError::into_inner));
            R::many(Ok(values.into_iter().flatten().collect()))
        }
        Err(failed) => match R::Error::from_failed(&failed) {
            Some(error) => R::many(Err(error)),
            None => cx.leave(failed).await,
        },
    }
}

/// The durable entry of a Parallel or Map.
pub(super) struct Join<'a> {
    core: &'a Arc<Core>,
    entry: EntryId,
    /// Cancels the entry where the scope around it is dropped.
    alive: EntryFuture<'a>,
}

impl<'a> Join<'a> {
    pub(super) fn open(cx: &'a Cx, state: u32, kind: JoinKind, count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let entry = cx.core.open_join(cx.scope, state, kind, count);
        Join { core: &cx.core, entry, alive: EntryFuture::new(&cx.core, entry) }
    }

    pub(super) fn scope<'b>(&self, index: u32, start: impl FnOnce(Cx) -> Body<'b, ()>) -> Scope<'b> {
        let cx = Cx { core: Arc::clone(self.core), scope: self.core.open_scope(self.entry, index) };
        Scope { core: Arc::clone(self.core), scope: cx.scope, index, body: Some(start(cx)) }
    }

    /// The end of this branch is the one that decides the join: the first, or the one that was recorded as the first.
    pub(super) fn decides(&self, index: u32) -> bool {
        self.core.decides(self.entry, index)
    }

    fn limits_result(&self) -> bool {
        self.core.limits_result(self.entry)
    }

    /// The decision where every scope has succeeded.
    fn decide_whole(&self, what: JoinKind, whole: &Whole) -> Decided {
        whole.bytes().map_or(Decided::Succeeded, |bytes| self.core.decide_whole(what, bytes))
    }

    pub(super) async fn close(self, decided: Decided) -> Result<(), Failed> {
        self.core.close_join(self.entry, decided);
        self.alive.await.result.map(drop)
    }
}

/// A branch or iteration.
pub(super) struct Scope<'a> {
    core: Arc<Core>,
    scope: ScopeId,
    index: u32,
    body: Option<Body<'a, ()>>,
}

impl Future for Scope<'_> {
    type Output = (u32, Result<(), Failed>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let scope = &mut *self;
        let Some(body) = &mut scope.body else { return Poll::Pending };
        let Poll::Ready(ended) = poll_body(body, &scope.core, scope.scope, cx) else { return Poll::Pending };
        scope.body = None;
        match scope.core.close_scope(scope.scope, ended) {
            Some(ended) => Poll::Ready((scope.index, ended)),
            None => Poll::Pending,
        }
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        self.body = None;
        self.core.drop_scope(self.scope);
    }
}

impl<E> std::fmt::Debug for Parallel<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parallel")
            .field("state", &self.state)
            .field("branches", &self.branches.len())
            .finish_non_exhaustive()
    }
}
