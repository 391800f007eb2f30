//! Taking up executions from the store.

use std::sync::Arc;

use super::{
    Shared,
    live::{Live, Outcome},
    runner::{Past, Runner, park},
};
use crate::{
    engine::Recorded,
    error::Error,
    store::{ExecutionId, ExecutionRow, ListFilter, Status, Wake},
};

impl Shared {
    /// Takes up what is running: at once what is active or due, the rest when it is due. What is blocked is tried with today's code.
    ///
    /// # Errors
    ///
    /// When the store cannot tell.
    pub(super) async fn recover(self: &Arc<Self>) -> Result<(), Error> {
        self.load_all_due().await?;
        let blocked = ListFilter { status: Some(Status::Blocked), ..ListFilter::default() };
        for row in self.store.list(&blocked).await? {
            self.take_up(row.id).await;
        }
        Ok(())
    }

    /// Takes up executions that wait in the store and are due, in a task of its own.
    pub(super) fn load_due(self: &Arc<Self>) {
        self.busy.enter();
        let shared = Arc::clone(self);
        self.runtime.spawn(async move {
            if let Err(error) = shared.load_all_due().await {
                tracing::error!(%error, "executions that are due cannot be read");
                shared.timekeeper.look_into_store(shared.clock.now().saturating_add(RETRY_MILLIS));
            }
            shared.busy.leave();
        });
    }

    async fn load_all_due(self: &Arc<Self>) -> Result<(), Error> {
        let (due, next) = self.store.due(self.clock.now(), usize::MAX).await?;
        for id in due {
            self.take_up(id).await;
        }
        if let Some(next) = next {
            self.timekeeper.look_into_store(next);
        }
        Ok(())
    }

    /// The execution in memory; loads it where it is not.
    pub(super) async fn take_up(self: &Arc<Self>, id: ExecutionId) -> Arc<Live> {
        if let Some(live) = self.live().get(&id) {
            return Arc::clone(live);
        }
        let _nobody_is_created = self.creation.write().await;
        let live = {
            let mut all = self.live();
            if let Some(live) = all.get(&id) {
                return Arc::clone(live);
            }
            let live = Live::new(Some(id), &self.busy);
            all.insert(id, Arc::clone(&live));
            live
        };
        self.runtime.spawn(Arc::clone(self).load(id, Arc::clone(&live)));
        live
    }

    async fn load(self: Arc<Self>, id: ExecutionId, live: Arc<Live>) {
        match self.prepare(id, &live).await {
            Ok(runner) => runner.run(None).await,
            Err(outcome) => {
                self.leave(id);
                live.close(outcome);
            }
        }
    }

    /// A runner of a stored execution, or what became of it.
    async fn prepare(self: &Arc<Self>, id: ExecutionId, live: &Arc<Live>) -> Result<Runner, Outcome> {
        let gone = |error: Error| {
            tracing::error!(id = id.0, %error, "an execution cannot be read; it is tried again at the next open");
            Outcome::Gone(error)
        };
        let row = self.row(id).await.map_err(gone)?;
        if !matches!(row.status, Status::Running | Status::Blocked) {
            return Err(Outcome::of(row));
        }
        let rows = self.store.journal(id).await.map_err(|error| gone(error.into()))?;
        match self.runner(&row, &rows, live).await {
            Ok(runner) => Ok(runner),
            Err(cause) => {
                let known = (row.status == Status::Blocked).then_some(row.cause).flatten();
                park(self, id, &cause, known.as_deref()).await;
                Err(Outcome::Blocked { cause })
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
        let workflow = self.registry.find_workflow(&row.workflow).ok_or_else(|| {
            format!(
                "there is no workflow `{}` in this program; it goes on when a program with it opens this store",
                row.workflow
            )
        })?;
        let machine = self.stored_machine(workflow).await.map_err(|error| error.to_string())?;
        let recorded = Recorded::read(rows, row.started_at).map_err(|error| error.to_string())?;
        let before = recorded.machine().unwrap_or(&row.machine).to_owned();
        let past = Past {
            id: row.id,
            nonce: row.nonce.clone(),
            name: row.name.clone(),
            started_at: row.started_at,
            recorded,
            // Turning running sets the wake.
            wake: if row.status == Status::Blocked { Wake::Active } else { row.wake },
        };
        let mut runner = Runner::new(self, workflow, &row.input, past, |_| Arc::clone(live))
            .map_err(|error| format!("today's workflow does not take the recorded input: {error}"))?;
        runner.change_code(&before, &machine);
        if row.status == Status::Blocked {
            runner.unblock(machine, row.cause.clone().unwrap_or_default());
        }
        Ok(runner)
    }
}

/// Milliseconds until the store is asked again that could not answer.
const RETRY_MILLIS: i64 = 1_000;
