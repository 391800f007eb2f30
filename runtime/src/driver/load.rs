//! Taking up executions from the store.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{
    Shared,
    awaited::Awaited,
    facts,
    live::{Live, Message, Outcome},
    park::park,
    runner::{Past, Runner},
};
use crate::{
    engine::Recorded,
    error::{Error, Kind},
    history::event::CHILD_SCHEDULED,
    metrics,
    store::{ExecutionId, ExecutionRow, FIRST_TIMER, FIRST_WAITING, Status, StoreError, WAITS_FOR_TURN, Waiting, Wake},
};

/// Executions that are taken up at once because they are due; the others wait until one of these has gone on.
pub(super) const AT_ONCE: usize = 1_000;
/// Executions that are due are read in pages of this size.
pub(super) const PAGE: usize = 1_000;

/// Why an execution does not run here.
enum Unprepared {
    /// This became of it.
    Over(Outcome),
    /// Another engine runs it.
    Elsewhere,
}

impl Shared {
    /// Takes up what is running: at once what is active or due, the rest when it is due. Then today's code is held against what waits and what is
    /// blocked.
    ///
    /// # Errors
    ///
    /// When the store cannot tell.
    pub(super) async fn recover(self: &Arc<Self>) -> Result<(), Error> {
        // First, so that nothing runs again that somebody has completed meanwhile.
        self.look_into_inbox(true).await?;
        let now = self.clock.now();
        let first = self.store.due(FIRST_WAITING, now, PAGE).await?;
        let loose = self.store.loose_ends().await?;
        self.busy.enter();
        let shared = Arc::clone(self);
        self.runtime.spawn(async move {
            // Where the store is gone, so is what runs.
            let _ = shared.fill_turns().await;
            shared.take_up_due(Some(first), FIRST_WAITING, now).await;
            if !loose.children.is_empty() {
                shared.stop_released();
            }
            for id in loose.parents {
                shared.take_up_in_turn(id).await;
            }
            shared.check_code().await;
            shared.busy.leave();
        });
        Ok(())
    }

    /// Takes up executions that wait in the store and are due, in a task of its own. What is active is in memory already.
    pub(super) fn load_due(self: &Arc<Self>) {
        self.busy.enter();
        let shared = Arc::clone(self);
        self.runtime.spawn(async move {
            shared.take_up_due(None, FIRST_TIMER, shared.clock.now()).await;
            shared.busy.leave();
        });
    }

    /// Takes up what is due, page by page.
    async fn take_up_due(self: &Arc<Self>, first: Option<(Vec<Waiting>, Option<i64>)>, after: Waiting, now: i64) {
        let mut page = first;
        let mut after = after;
        loop {
            let (due, next) = match page.take() {
                Some(page) => page,
                None => match self
                    .persevere("executions that are due cannot be read", || self.store.due(after, now, PAGE))
                    .await
                {
                    Ok(page) => page,
                    Err(_) => return,
                },
            };
            for (_, id) in &due {
                self.take_up_in_turn(*id).await;
            }
            match due.last() {
                Some(last) if due.len() == PAGE => after = *last,
                _ => {
                    if let Some(next) = next.filter(|next| Wake::At(*next) < WAITS_FOR_TURN) {
                        self.timekeeper.look_into_store(next);
                    }
                    return;
                }
            }
        }
    }

    /// Takes up an execution once there is a place for it.
    pub(super) async fn take_up_in_turn(self: &Arc<Self>, id: ExecutionId) {
        // The semaphore is never closed.
        let place = Arc::clone(&self.loading).acquire_owned().await.ok();
        if !self.is_draining() {
            self.take_up(id, place).await;
        }
    }

    /// The execution in memory; loads it where it is not. The place is given back when it has gone on.
    pub(super) async fn take_up(self: &Arc<Self>, id: ExecutionId, place: Option<OwnedSemaphorePermit>) -> Arc<Live> {
        if let Some(live) = self.live().get(&id) {
            return Arc::clone(live);
        }
        let _nobody_is_created = self.creation.write().await;
        let live = {
            let mut all = self.live();
            if let Some(live) = all.get(&id) {
                return Arc::clone(live);
            }
            let awaited = self.absent.take(id).unwrap_or_else(Awaited::new);
            let live = Live::new(Some(id), awaited, &self.busy);
            all.insert(id, Arc::clone(&live));
            live
        };
        self.runtime.spawn(Arc::clone(self).load(id, Arc::clone(&live), place));
        live
    }

    async fn load(self: Arc<Self>, id: ExecutionId, live: Arc<Live>, place: Option<OwnedSemaphorePermit>) {
        match self.prepare(id, &live).await {
            Ok(runner) => {
                metrics::execution_loaded(runner.workflow());
                runner.run(None, place).await;
            }
            Err(Unprepared::Over(outcome)) => {
                if !matches!(outcome, Outcome::Gone(_)) {
                    self.turn_is_over(id);
                }
                self.leave(id);
                live.close(outcome);
            }
            Err(Unprepared::Elsewhere) => {
                self.turn_is_over(id);
                self.leave_to_others(id, &live).await;
            }
        }
    }

    /// A runner of a stored execution.
    async fn prepare(self: &Arc<Self>, id: ExecutionId, live: &Arc<Live>) -> Result<Runner, Unprepared> {
        let gone = |error: StoreError| {
            tracing::error!(id = id.0, %error, "an execution cannot be read; it goes on at the next open");
            Unprepared::Over(Outcome::Gone(error.into()))
        };
        let row = self.persevere("an execution cannot be read", || self.store.execution(id)).await.map_err(gone)?;
        let row = row.ok_or_else(|| Unprepared::Over(Outcome::Gone(Kind::UnknownExecution(id).into())))?;
        if !matches!(row.status, Status::Running | Status::Blocked) {
            return Err(Unprepared::Over(Outcome::of(row)));
        }
        let Some(row) = self.own(row).await.map_err(gone)? else { return Err(Unprepared::Elsewhere) };
        let rows = self.persevere("a journal cannot be read", || self.store.journal(id)).await.map_err(gone)?;
        if rows.iter().any(|row| row.event == CHILD_SCHEDULED) {
            for ended in self.ended_children(id).await.map_err(gone)? {
                // Its runner reads it first of all.
                let _ = live.send(Message::ChildEnded(Box::new(ended)));
            }
        }
        match self.runner(&row, &rows, live).await {
            Ok(runner) => Ok(runner),
            Err(cause) => {
                let known = (row.status == Status::Blocked).then_some(row.cause).flatten();
                park(self, id, &cause, known.as_deref()).await;
                Err(Unprepared::Over(Outcome::Blocked { cause }))
            }
        }
    }

    /// A runner of a stored execution, or why today's code cannot run it at all.
    async fn runner(
        self: &Arc<Self>,
        row: &ExecutionRow,
        rows: &[crate::store::JournalRow],
        live: &Arc<Live>,
    ) -> Result<Runner, String> {
        let workflow = self
            .registry
            .workflow_of(&row.workflow, row.version)
            .map_err(|error| format!("{error}; it goes on when a program with it opens this store"))?;
        self.check_stored(workflow)?;
        let store = || self.stored_machine(workflow);
        let machine = self.insist("a machine cannot be written", store).await.map_err(|error| error.to_string())?;
        let recorded = Recorded::read(rows, row.started_at).map_err(|error| error.to_string())?;
        let before = recorded.machine().unwrap_or(&row.machine).to_owned();
        let past = Past {
            id: row.id,
            nonce: row.nonce.clone(),
            name: row.name.clone(),
            facts: facts::of_stored(workflow, row, self.bounds),
            recorded,
            // Turning running sets the wake.
            wake: if row.status == Status::Blocked { Wake::Active } else { row.wake },
            parent: row.parent.clone(),
        };
        let mut runner = Runner::new(self, workflow, &row.input, past, |_| Arc::clone(live))
            .map_err(|error| format!("today's workflow does not take the recorded input: {error}"))?;
        runner.telemetry.recall(rows);
        let blocked = (row.status == Status::Blocked).then(|| row.cause.clone().unwrap_or_default());
        runner.follow(&before, &machine, blocked);
        Ok(runner)
    }
}
