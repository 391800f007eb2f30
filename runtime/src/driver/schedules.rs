//! Firing schedules: a task for each of them sleeps until it fires, starts what is due, and notes in the store what comes next.
//!
//! What a schedule starts is named after the moment, so starting it again finds it. That makes the order safe: start first, then note. A schedule that
//! changed meanwhile, here or in another process, is not noted, and its task is made anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::task::AbortHandle;

use super::{Shared, live::UnderWay};
use crate::{
    error::Error,
    failure::Failed,
    registry::WorkflowDef,
    schedule::{Overlap, Scheduled, execution_name},
    store::{ExecutionRow, ScheduleRow, Status, StoreError},
};

/// After a failure of the store, a firing is tried again so much later.
const AGAIN_MILLIS: i64 = 5_000;

/// The error of an execution that was stopped for the next firing.
const SUPERSEDED: &str = "Schedule.Superseded";

/// The schedules that this engine fires.
#[derive(Debug, Default)]
pub(super) struct Schedules {
    /// Held while rows of the store are read or changed and what is known is made to agree, so that an older row never takes the place of a newer one.
    agreeing: tokio::sync::Mutex<()>,
    known: Mutex<BTreeMap<String, Known>>,
}

#[derive(Debug)]
struct Known {
    row: ScheduleRow,
    /// When it fires next; none while it waits for an execution, or is paused.
    sleeps_until: Option<i64>,
    task: Option<AbortHandle>,
}

impl Known {
    /// Its task is at work, or has nothing more to do.
    fn is_tended(&self) -> bool {
        self.sleeps_until.is_none() || self.task.as_ref().is_none_or(|task| !task.is_finished())
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Schedules {
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the first of them fires.
    pub(super) fn next(&self) -> Option<i64> {
        self.known().values().filter_map(|known| known.sleeps_until).min()
    }

    pub(super) fn clear(&self) {
        self.known().clear();
    }

    fn sleeps(&self, name: &str, until: Option<i64>) {
        if let Some(known) = self.known().get_mut(name) {
            known.sleeps_until = until;
        }
    }
}

/// What becomes of a schedule after it was looked at.
enum Fired {
    /// This is its row now.
    On(ScheduleRow),
    /// Its row was changed by somebody else: its task is made anew.
    Changed,
    /// The store failed, or the execution that it waits for is blocked.
    Again,
}

impl Shared {
    /// Reads the schedules, and makes tasks for those that are new or changed.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(crate) async fn look_at_schedules(self: &Arc<Self>) -> Result<(), Error> {
        Ok(self.look_at_schedules_once().await?)
    }

    async fn look_at_schedules_once(self: &Arc<Self>) -> Result<(), StoreError> {
        if self.read_only || self.paused {
            return Ok(());
        }
        let _alone = self.schedules.agreeing.lock().await;
        let rows = self.store.schedules().await?;
        let names: BTreeSet<String> = rows.iter().map(|row| row.name.clone()).collect();
        let mut known = self.schedules.known();
        known.retain(|name, _| names.contains(name));
        for row in rows {
            if known.get(&row.name).is_some_and(|known| known.row == row && known.is_tended()) {
                continue;
            }
            let name = row.name.clone();
            // The old task, if there is one, goes first.
            known.remove(&name);
            let (task, sleeps_until) = self.fire_later(&row);
            known.insert(name, Known { row, sleeps_until, task });
        }
        drop(known);
        self.busy.changed();
        Ok(())
    }

    /// The task of a schedule, and when it fires first. None where it never does here: it is paused, this program lacks its workflow, or cannot read its rule.
    fn fire_later(self: &Arc<Self>, row: &ScheduleRow) -> (Option<AbortHandle>, Option<i64>) {
        let scheduled = match Scheduled::read(row.clone()) {
            Ok(scheduled) => scheduled,
            Err(error) => {
                tracing::error!(%error, "a schedule is left alone");
                return (None, None);
            }
        };
        let Some(workflow) = self.registry.find_workflow(&row.workflow).map(Arc::clone) else {
            tracing::warn!(
                schedule = row.name,
                workflow = row.workflow,
                "a schedule waits for a program that has the workflow"
            );
            return (None, None);
        };
        if let Err(error) = self.registry.check_scheduled(&row.workflow) {
            tracing::error!(schedule = row.name, %error, "a schedule is left alone");
            return (None, None);
        }
        let (false, Some(next)) = (row.paused, row.next) else { return (None, None) };
        let (shared, row) = (Arc::downgrade(self), row.clone());
        let clock = Arc::clone(&self.clock);
        let task = self.runtime.spawn(async move {
            let mut row = row;
            while let Some(mut next) = row.next {
                while clock.now() < next {
                    clock.sleep_until(next).await;
                }
                let Some(shared) = shared.upgrade() else { return };
                match shared.fire(&workflow, &scheduled, &row, next).await {
                    Fired::On(changed) => row = changed,
                    Fired::Changed => return shared.look_again(),
                    Fired::Again => {
                        next = clock.now().saturating_add(AGAIN_MILLIS);
                        shared.schedules.sleeps(&row.name, Some(next));
                        shared.busy.changed();
                        drop(shared);
                        while clock.now() < next {
                            clock.sleep_until(next).await;
                        }
                    }
                }
            }
        });
        (Some(task.abort_handle()), Some(next))
    }

    /// Starts what is due, and notes what comes next.
    async fn fire(
        self: &Arc<Self>,
        workflow: &Arc<WorkflowDef>,
        scheduled: &Scheduled,
        row: &ScheduleRow,
        next: i64,
    ) -> Fired {
        let under_way = self.busy.under_way();
        match self.fire_busy(workflow, scheduled, row, next, under_way).await {
            Ok(fired) => fired,
            Err(error) if self.is_draining() => {
                tracing::debug!(schedule = row.name, %error, "a schedule fires at the next open");
                Fired::Changed
            }
            Err(error) => {
                tracing::error!(schedule = row.name, %error, "a schedule cannot fire; it is tried again");
                Fired::Again
            }
        }
    }

    /// Has the task of a changed schedule made anew, in a task of its own: that of the schedule is at its end.
    fn look_again(self: &Arc<Self>) {
        if self.is_draining() {
            return;
        }
        let (shared, under_way) = (Arc::clone(self), self.busy.under_way());
        self.runtime.spawn(async move {
            if let Err(error) = shared.persevere_with_schedules().await {
                tracing::debug!(%error, "schedules are read at the next open");
            }
            drop(under_way);
        });
    }

    /// As [`Shared::look_at_schedules`]; while the medium fails it is tried again.
    pub(super) async fn persevere_with_schedules(self: &Arc<Self>) -> Result<(), StoreError> {
        self.persevere("schedules cannot be read", || self.look_at_schedules_once()).await
    }

    async fn fire_busy(
        self: &Arc<Self>,
        workflow: &Arc<WorkflowDef>,
        scheduled: &Scheduled,
        row: &ScheduleRow,
        next: i64,
        mut under_way: UnderWay,
    ) -> Result<Fired, Error> {
        let rule = &scheduled.rule;
        let mut last = row.last.clone();
        if rule.on_overlap() == Overlap::Queue
            && let Some(running) = self.unfinished(row, last.as_deref()).await?
        {
            if running.status == Status::Blocked {
                // It goes on by itself some day, or somebody stops it.
                return Ok(Fired::Again);
            }
            let awaited = self.find(running).await?;
            self.schedules.sleeps(&row.name, None);
            // Nothing is under way meanwhile.
            drop(under_way);
            awaited.outcome().await;
            under_way = self.busy.under_way();
        }
        let due = rule.due(next, self.clock.now());
        let mut then = due.next;
        for at in due.firings {
            match (self.unfinished(row, last.as_deref()).await?, rule.on_overlap()) {
                (None, _) | (Some(_), Overlap::Allow) => {}
                (Some(running), Overlap::Skip) => {
                    let (schedule, running) = (&row.name, running.id.0);
                    tracing::info!(schedule, running, "a schedule passes over a firing: the one before has not ended");
                    continue;
                }
                // It left memory without an end.
                (Some(_), Overlap::Queue) if last == row.last => return Ok(Fired::Again),
                (Some(_), Overlap::Queue) => {
                    then = Some(at);
                    break;
                }
                (Some(running), Overlap::Stop) => {
                    let cause = format!("the schedule `{}` fires again", row.name);
                    match self.stop(running.id, Failed::new(SUPERSEDED, cause)).await {
                        // It may end by itself meanwhile.
                        Err(error) if !error.is_ended() => return Err(error),
                        _ => {}
                    }
                }
            }
            let name = execution_name(&row.name, at);
            match self.start(workflow, Some(name.clone()), Arc::clone(&row.input), None).await {
                Ok(_) => last = Some(name),
                Err(error) if error.is_store() || self.is_draining() => return Err(error),
                Err(error) => tracing::error!(schedule = row.name, name, %error, "a schedule passes over a firing"),
            }
        }
        let changed = ScheduleRow { next: then, last, ..row.clone() };
        let _alone = self.schedules.agreeing.lock().await;
        if !self.store.swap_schedule(row, Some(changed.clone())).await? {
            return Ok(Fired::Changed);
        }
        if let Some(known) = self.schedules.known().get_mut(&row.name)
            && known.row == *row
        {
            known.row = changed.clone();
            known.sleeps_until = changed.next;
        }
        drop(under_way);
        Ok(Fired::On(changed))
    }

    /// The execution that a schedule started last, where it has not ended.
    async fn unfinished(&self, row: &ScheduleRow, last: Option<&str>) -> Result<Option<ExecutionRow>, Error> {
        let Some(last) = last else { return Ok(None) };
        let found = self.store.execution_by_name(&row.workflow, last).await?;
        Ok(found.filter(|found| matches!(found.status, Status::Running | Status::Blocked)))
    }
}
