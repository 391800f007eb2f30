//! Holding stored executions against today's code.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{
    Divergence, Replayed, Shared,
    replay::{Recording, replay},
};
use crate::{
    engine,
    error::{Error, Kind},
    history::History,
    store::{ExecutionId, ExecutionRow, ListFilter},
    verify::{Report, Unreadable},
};

/// How many executions are listed at once.
const PAGE: usize = 1_000;

/// How many executions are held against the code at once.
const AT_ONCE: usize = 16;

impl Shared {
    /// Why an execution is blocked.
    pub(super) async fn explain(&self, id: ExecutionId, found: &engine::Divergence) -> String {
        match History::load(&*self.store, id).await {
            Ok(history) => Divergence::describe(&self.registry, &history, found).to_string(),
            Err(_) => format!("recorded: {}; today's code: {}", found.recorded, found.attempted),
        }
    }

    /// Replays an execution.
    ///
    /// # Errors
    ///
    /// When there is no such execution or workflow, or the journal cannot be read.
    pub(crate) async fn replay(&self, id: ExecutionId) -> Result<Replayed, Error> {
        self.replay_row(self.row(id).await?).await
    }

    async fn replay_row(&self, execution: ExecutionRow) -> Result<Replayed, Error> {
        self.check_stored(self.registry.workflow_of(&execution.workflow, execution.version)?)
            .map_err(Kind::Diverged)?;
        let rows = self.store.journal(execution.id).await?;
        let ran = replay(&self.registry, Recording { execution: &execution, rows: &rows, redacted: false }, None)?;
        let divergence = match ran.divergence {
            Some(found) => {
                let history = History::complete(&*self.store, execution, rows).await?;
                Some(Divergence::describe(&self.registry, &history, &found))
            }
            None => None,
        };
        Ok(Replayed { matching: ran.matching, divergence })
    }

    /// Replays every execution that a filter lets through, several at once. `done` learns of each.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(crate) async fn verify(self: &Arc<Self>, filter: ListFilter, done: impl Fn()) -> Result<Report, Error> {
        let mut left = if filter.limit == 0 { usize::MAX } else { filter.limit };
        let mut filter = ListFilter { limit: PAGE.min(left), ..filter };
        let (mut report, mut running) = (Report::default(), JoinSet::new());
        while left > 0 {
            let rows = self.store.list(&filter).await?;
            let Some(last) = rows.last() else { break };
            filter.before = Some(last.id);
            left = left.saturating_sub(rows.len());
            filter.limit = PAGE.min(left);
            for row in rows {
                if running.len() >= AT_ONCE
                    && let Some(ended) = running.join_next().await
                {
                    take_in(&mut report, ended);
                    done();
                }
                let shared = Arc::clone(self);
                running.spawn_on(async move { shared.verdict(row).await }, &self.runtime);
            }
        }
        while let Some(ended) = running.join_next().await {
            take_in(&mut report, ended);
            done();
        }
        report.diverged.sort_by_key(|found| found.execution);
        report.unreadable.sort_by_key(|found| found.execution);
        Ok(report)
    }

    async fn verdict(&self, row: ExecutionRow) -> Verdict {
        let (execution, workflow) = (row.id, row.workflow.clone());
        match self.replay_row(row).await {
            Ok(Replayed { divergence: None, .. }) => Verdict::Fits,
            Ok(Replayed { divergence: Some(divergence), .. }) => Verdict::Diverged(Box::new(divergence)),
            Err(error) => Verdict::Unreadable(Unreadable { execution, workflow, why: error.to_string() }),
        }
    }
}

enum Verdict {
    Fits,
    Diverged(Box<Divergence>),
    Unreadable(Unreadable),
}

fn take_in(report: &mut Report, ended: Result<Verdict, tokio::task::JoinError>) {
    report.checked += 1;
    match ended {
        Ok(Verdict::Fits) => {}
        Ok(Verdict::Diverged(divergence)) => report.diverged.push(*divergence),
        Ok(Verdict::Unreadable(unreadable)) => report.unreadable.push(unreadable),
        Err(failed) => {
            // Otherwise the runtime is shut down.
            if let Ok(panicked) = failed.try_into_panic() {
                std::panic::resume_unwind(panicked);
            }
        }
    }
}
