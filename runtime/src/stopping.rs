//! Stopping many executions.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use crate::{
    error::{Error, Kind},
    store::{ExecutionId, ExecutionRow, Link, ListFilter, Status, Store},
};

/// Executions are looked for in pages of this size.
const PAGE: usize = 1_000;
/// So many are stopped at once: they share commits.
const AT_ONCE: usize = 64;

/// What became of executions that were to be stopped together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// They were stopped, or their engine was asked to. Children that they wait for follow, and are not counted.
    pub stopped: u64,
    /// They ended by themselves meanwhile.
    pub ended: u64,
}

/// Stops what a filter lets through and has not ended, page by page, each by `stop`.
///
/// A child follows what waits for it, where that is stopped too: stopped by itself first, it would fail its parent, which would act on that.
///
/// # Errors
///
/// When the filter asks for executions that have ended, or the store fails; what was stopped before stays so.
pub(crate) async fn stop_all<F: Future<Output = Result<(), Error>>>(
    store: &Arc<dyn Store>,
    filter: &ListFilter,
    stop: impl Fn(ExecutionId) -> F,
) -> Result<Stopped, Error> {
    let statuses = match filter.status {
        None => vec![Status::Running, Status::Blocked],
        Some(status @ (Status::Running | Status::Blocked)) => vec![status],
        Some(status) => {
            let what = format!("an execution that is {} cannot be stopped; ask for RUNNING or BLOCKED", status.name());
            return Err(Kind::Config(what.into()).into());
        }
    };
    let mut stopped = Stopped::default();
    let mut left = if filter.limit == 0 { usize::MAX } else { filter.limit };
    for status in statuses {
        let mut before = filter.before;
        while left > 0 {
            let page = ListFilter { workflow: filter.workflow.clone(), status: Some(status), before, limit: PAGE };
            let rows = store.list(&page).await?;
            let is_last = rows.len() < PAGE;
            before = rows.last().map(|row| row.id);
            let mut chosen = Vec::with_capacity(rows.len());
            for row in rows {
                if chosen.len() < left && !follows(store, filter, &row).await? {
                    chosen.push(row.id);
                }
            }
            left -= chosen.len();
            let mut ended = stream::iter(chosen).map(&stop).buffer_unordered(AT_ONCE);
            while let Some(ended) = ended.next().await {
                match ended {
                    Ok(()) => stopped.stopped += 1,
                    Err(error) if error.is_ended() => stopped.ended += 1,
                    Err(error) => return Err(error),
                }
            }
            if is_last {
                break;
            }
        }
    }
    Ok(stopped)
}

/// Its parent waits for it, and is stopped as well.
async fn follows(store: &Arc<dyn Store>, filter: &ListFilter, row: &ExecutionRow) -> Result<bool, Error> {
    let Some(parent) = row.parent.as_ref().filter(|parent| parent.link == Link::Awaited) else { return Ok(false) };
    let parent = store.execution(parent.execution).await?;
    Ok(parent.is_some_and(|parent| {
        parent.closed_at.is_none()
            && filter.workflow.as_ref().is_none_or(|workflow| *workflow == parent.workflow)
            && filter.status.is_none_or(|status| status == parent.status)
            && filter.before.is_none_or(|before| parent.id < before)
    }))
}
