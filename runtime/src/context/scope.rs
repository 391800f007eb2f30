//! Polling what belongs to a scope: its body, and the durable entries it waits for.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use super::EvalFailed;
use crate::{
    engine::{Closed, Core, EntryId, QUERY_EVALUATION_ERROR, RUNTIME_ERROR, ScopeId},
    failure::Failed,
};

/// Ready when a durable entry is closed. Dropped before that, it cancels what the entry has under way.
pub(crate) struct EntryFuture<'a> {
    core: &'a Core,
    entry: EntryId,
}

impl<'a> EntryFuture<'a> {
    pub(crate) fn new(core: &'a Core, entry: EntryId) -> Self {
        EntryFuture { core, entry }
    }
}

impl Future for EntryFuture<'_> {
    type Output = Closed;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Closed> {
        self.core.poll_entry(self.entry, cx.waker())
    }
}

impl Drop for EntryFuture<'_> {
    fn drop(&mut self) {
        self.core.drop_entry(self.entry);
    }
}

/// The future of a scope's body.
pub(crate) type Body<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'a>>;

/// Polls the body of a scope. It is ready when the body returns, unwinds, or waits for something that failed in a way it
/// cannot hold.
pub(crate) fn poll_body<T>(
    body: &mut Body<'_, T>,
    core: &Core,
    scope: ScopeId,
    cx: &mut Context<'_>,
) -> Poll<Result<T, Failed>> {
    match catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(cx))) {
        Ok(Poll::Ready(ended)) => Poll::Ready(ended),
        Ok(Poll::Pending) => match core.take_failure(scope) {
            Some(failed) => Poll::Ready(Err(failed)),
            None => Poll::Pending,
        },
        Err(payload) => Poll::Ready(Err(unwound(payload))),
    }
}

fn unwound(payload: Box<dyn Any + Send>) -> Failed {
    match payload.downcast::<EvalFailed>() {
        Ok(failed) => Failed::new(QUERY_EVALUATION_ERROR, failed.cause),
        Err(payload) => {
            Failed::new(RUNTIME_ERROR, format!("the workflow panicked: {}", panic_message(payload.as_ref())))
        }
    }
}

/// The text of a panic.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "no message",
    }
}
