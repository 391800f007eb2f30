//! Attempts that commit their own result.
//!
//! The body runs where the store writes. What it has written and the row by which the attempt succeeds are one commit, before the engine learns of it; a
//! failure is journaled by the engine, as any other. No row of the engine's own may follow the start of such an attempt before its end is known: it has no
//! timeout, and a shutdown waits for it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{
    attempt::{Running, panicked},
    live::Message,
    permits::Permit,
    runner::Runner,
};
use crate::{
    callable::Transact,
    engine::{EntryId, Run},
    failure::Failed,
    metrics::Attempted,
    store::{StoreError, TransactionBody},
    task::TaskContext,
};

/// How an attempt ended.
pub(super) enum Transacted {
    /// Its success is in the journal.
    Done(Arc<str>),
    Failed(Failed),
    /// The store was gone before.
    Lost,
}

impl Runner {
    /// Starts an attempt of a transaction.
    pub(super) fn start_transaction(
        &mut self,
        run: Run,
        transact: Transact,
        context: TaskContext,
        permit: Option<Arc<Permit>>,
    ) {
        let span = self.telemetry.attempt(&run);
        let Run { entry, task, input, attempt, .. } = run;
        let Some(row) = self.core.success_row(entry) else { return };
        let (id, shared, live) = (self.id, Arc::clone(&self.shared), Arc::clone(&self.live));
        let bounds = shared.bounds;
        let body: TransactionBody = Arc::new({
            let context = context.clone();
            move |tx| {
                if context.is_cancelled() {
                    return Err(Failed::task_failed("it was stopped before it began"));
                }
                let _entered = span.enter();
                let ended = catch_unwind(AssertUnwindSafe(|| transact(&input, context.clone(), tx)));
                let output: Arc<str> = ended.unwrap_or_else(|panic| Err(panicked(panic.as_ref())))?.into();
                match bounds.oversized(&output, || format!("the result of task `{task}`")) {
                    Some(failed) => Err(failed),
                    None => Ok(output),
                }
            }
        });
        let mut counted = Attempted::begin(task);
        let handle = self.shared.runtime.spawn(async move {
            let commit = || shared.store.transact(id, row.clone(), Arc::clone(&body));
            let ended = match shared.persevere("a transaction cannot be written", commit).await {
                Ok(Ok(output)) => Transacted::Done(output),
                Ok(Err(failed)) => Transacted::Failed(failed),
                Err(error @ StoreError::NoTables) => Transacted::Failed(Failed::task_failed(error.to_string())),
                // The next commit of the execution finds out too.
                Err(_) => Transacted::Lost,
            };
            match ended {
                Transacted::Done(_) => counted.ends(true),
                Transacted::Failed(_) => counted.ends(false),
                Transacted::Lost => {}
            }
            // Whoever reads no more has ended.
            let _ = live.send(Message::Transacted { entry, attempt, ended });
        });
        self.running.insert(entry, Running { abort: handle.abort_handle(), context, _permit: permit });
    }

    /// Takes in the end of an attempt of a transaction.
    pub(super) async fn end_transaction(&mut self, entry: EntryId, attempt: u32, ended: Transacted) {
        match ended {
            Transacted::Done(output) => self.core.attempt_committed(entry, attempt, output),
            Transacted::Failed(failed) => self.end_attempt(entry, attempt, Err(failed)).await,
            Transacted::Lost => self.core.attempt_interrupted(entry, attempt),
        }
    }
}
