//! One attempt of a task: a future that turns a panic into a failure.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::task::AbortHandle;

use super::permits::Permit;
use crate::{
    callable::BoxFuture, context::panic_message, failure::Failed, metrics::Attempted, registry::TaskDef,
    task::TaskContext,
};

/// The work of an attempt.
pub(crate) struct Attempt {
    work: BoxFuture<Result<String, Failed>>,
    span: tracing::Span,
    counted: Attempted,
}

impl Attempt {
    /// An attempt of a task. Nothing of it has run yet but reading its input.
    pub(crate) fn new(
        task: Option<&TaskDef>,
        name: &'static str,
        input: &str,
        context: TaskContext,
        span: tracing::Span,
    ) -> Self {
        let work = match task {
            Some(task) => catch_unwind(AssertUnwindSafe(|| (task.run)(input, context)))
                .unwrap_or_else(|panic| Box::pin(std::future::ready(Err(panicked(panic.as_ref()))))),
            None => {
                let cause = format!("there is no task `{name}` in this program");
                Box::pin(std::future::ready(Err(Failed::task_failed(cause))))
            }
        };
        Attempt { work, span, counted: Attempted::begin(name) }
    }
}

impl Future for Attempt {
    type Output = Result<Arc<str>, Failed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Attempt { work, span, counted } = &mut *self;
        let _entered = span.enter();
        let result = match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => result.map(Arc::from),
            Err(panic) => Err(panicked(panic.as_ref())),
        };
        counted.ends(result.is_ok());
        Poll::Ready(result)
    }
}

pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> Failed {
    Failed::task_failed(format!("the task panicked: {}", panic_message(panic)))
}

/// An attempt that did not end at once.
pub(super) struct Running {
    pub(super) abort: AbortHandle,
    pub(super) context: TaskContext,
    /// Leave for it to run. A blocking body keeps it beyond the end of the attempt, until it returns.
    pub(super) _permit: Option<Arc<Permit>>,
}

impl Running {
    /// Drops the work; a blocking task is told, since it cannot be dropped.
    pub(super) fn cancel(&self) {
        self.context.cancel();
        self.context.go_on();
        self.abort.abort();
    }
}
