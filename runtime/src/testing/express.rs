//! Express workflows in the kit: what an execution did is read from its rows, which it hands over at its end.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};

use super::{
    drive::{Moved, ONE_YEAR, World},
    elapsed, journal,
    run::Run,
};
use crate::{
    Clock,
    callable::{Call, Workflow},
    express,
};

/// Runs an Express workflow to its end, moving the world on.
///
/// # Panics
///
/// When it cannot be run, never ends, and where the test fails on the way.
pub(super) async fn run<W: Workflow>(world: &World, call: &Call<W>) -> Run<W::Returned> {
    let mut running = pin!(express::Run::of(world.engine.clone(), call).with_history());
    let limit = world.site.clock.now().saturating_add(ONE_YEAR);
    let ended = loop {
        if let Some(ended) = now(running.as_mut()).await {
            break ended;
        }
        world.idle().await;
        if let Some(ended) = now(running.as_mut()).await {
            break ended;
        }
        match world.step(limit).await {
            Ok(Moved::On) => {}
            Ok(Moved::Nothing | Moved::Later) => panic!(
                "the Express execution of workflow `{}` waits for a place that nobody leaves: `max_express_executions` of the engine counts those \
                 that were started before too",
                W::NAME
            ),
            Err(error) => panic!("the Express execution of workflow `{}` cannot be run to its end: {error}", W::NAME),
        }
    };
    let (_, history) = ended.unwrap_or_else(|error| panic!("workflow `{}` cannot be run: {error}", W::NAME));
    let execution = &history.execution;
    Run::new(journal::trace_of(&history), None, Some(elapsed(execution.started_at, execution.closed_at)))
}

/// What a future yields without a wait.
async fn now<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
