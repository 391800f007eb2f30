//! Running code against a recorded journal, without effects.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake as WakeUp, Waker},
};

use super::facts;
use crate::{
    context::{Body, Cx, poll_body},
    engine::{self, Bounds, Core, Draw, Grant, Host, Launch, Observer, Policy, Recorded},
    error::{Error, Kind},
    failure::Failed,
    registry::Registry,
    store::{ExecutionRow, JournalRow, Status},
};

/// What the code was run against, and how far it came.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) matching: u64,
    pub(crate) divergence: Option<engine::Divergence>,
}

/// What is recorded, as a replay sees it.
#[derive(Clone, Copy)]
pub(crate) struct Recording<'a> {
    pub(crate) execution: &'a ExecutionRow,
    pub(crate) rows: &'a [JournalRow],
    /// Payloads were taken out of it.
    pub(crate) redacted: bool,
}

/// How an execution would go on.
pub(crate) enum Outlook {
    /// It does or waits for something, among others for the children that were under way.
    GoesOn { children: Vec<Launch> },
    /// It ends at once.
    Ends { status: Status, failed: Option<Failed> },
    /// Its code does not fit.
    Diverged(Box<engine::Divergence>),
}

/// Runs today's code against a recording. The observer sees states and variables go by.
///
/// # Errors
///
/// When the workflow is not in this program, does not take the recorded input, or a row cannot be read.
pub(crate) fn replay(
    registry: &Arc<Registry>,
    recording: Recording<'_>,
    observer: Option<Box<dyn Observer>>,
) -> Result<Ran, Error> {
    let (core, mut body) = prepare(registry, recording, true)?;
    if let Some(observer) = observer {
        core.set_observer(observer);
    }
    if let Some(ended) = poll(&core, &mut body) {
        core.finish(ended, recording.execution.output.as_deref());
    }
    Ok(Ran { matching: core.matched(), divergence: core.divergence() })
}

/// Runs today's code to the end of what is recorded, and looks what it would do next. Nothing of that is done.
///
/// # Errors
///
/// As [`replay`].
pub(crate) fn outlook(registry: &Arc<Registry>, recording: Recording<'_>, now: i64) -> Result<Outlook, Error> {
    let (core, mut body) = prepare(registry, recording, false)?;
    core.set_now(now);
    if let Some(ended) = poll(&core, &mut body) {
        core.finish(ended, None);
    }
    Ok(match core.flush(&mut |_| Grant::Nothing) {
        Err(divergence) => Outlook::Diverged(divergence),
        Ok(batch) => match batch.closing {
            Some(closing) => Outlook::Ends { status: closing.status, failed: closing.failed },
            None => Outlook::GoesOn { children: core.recorded_children() },
        },
    })
}

type Prepared = (Arc<Core>, Body<'static, String>);

fn prepare(registry: &Arc<Registry>, recording: Recording<'_>, sealed: bool) -> Result<Prepared, Error> {
    let Recording { execution, rows, redacted } = recording;
    let workflow = registry.workflow_of(&execution.workflow, execution.version)?;
    let mut recorded = Recorded::read(rows, execution.started_at)
        .map_err(|error| Kind::Unreadable { id: execution.id, what: error.to_string() })?;
    recorded.redacted = redacted;
    let host = Arc::new(Still(Arc::clone(registry)));
    let core = Arc::new(Core::new(
        facts::of_stored(workflow, execution, Bounds::default()),
        host,
        recorded,
        execution.wake,
        sealed,
    ));
    let cx = Cx { core: Arc::clone(&core), scope: core.root() };
    let body = (workflow.run)(cx, &execution.input)
        .map_err(|error| Kind::BadInput { workflow: workflow.name.to_owned(), error })?;
    Ok((core, body))
}

/// Polls a body until it waits for something that will not come.
fn poll(core: &Core, body: &mut Body<'static, String>) -> Option<Result<String, Failed>> {
    let again = Arc::new(Again(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&again));
    while again.0.swap(false, Ordering::Acquire) {
        if let Poll::Ready(ended) = poll_body(body, core, core.root(), &mut Context::from_waker(&waker)) {
            return Some(ended);
        }
    }
    None
}

struct Again(AtomicBool);

impl WakeUp for Again {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

/// The surroundings of a replay, in which nothing happens.
struct Still(Arc<Registry>);

impl Host for Still {
    fn policy(&self, task: &str) -> Policy {
        self.0.task(task).map(|task| task.policy.clone()).unwrap_or_default()
    }

    fn entropy(&self, _draw: Draw<'_>) -> u128 {
        0
    }
}
