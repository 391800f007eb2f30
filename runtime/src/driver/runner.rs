//! One execution in memory: poll its code, commit, act, wait; and again.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    Shared,
    act::{Acted, After, grant},
    attempt::Running,
    awaited::Awaited,
    child::end_of,
    commit::close,
    express::InMemory,
    facts,
    live::{Live, Message, Outcome},
    permits::InHand,
    receive::Received,
    telemetry::Telemetry,
    timekeeper::Place,
};
use crate::{
    context::{Body, Cx, poll_body},
    engine::{Batch, Closing, Core, EntryId, Facts, Recorded, Release},
    error::{Error, Kind},
    metrics,
    registry::WorkflowDef,
    store::{Committed, ExecutionId, ExecutionRow, MessageId, NewExecution, Parent, StoreError, Unit, Update, Wake},
};

/// An execution that is to be created with its first commit.
pub(super) struct Creation {
    pub(super) new: NewExecution,
    pub(super) reply: oneshot::Sender<Result<Created, Error>>,
    /// The message that asks for it.
    pub(super) message: Option<MessageId>,
}

pub(super) enum Created {
    New(ExecutionId, Arc<Awaited>),
    /// The name is taken, by this one.
    Taken(Box<ExecutionRow>),
}

pub(super) struct Runner {
    pub(super) shared: Arc<Shared>,
    pub(super) live: Arc<Live>,
    pub(super) core: Arc<Core>,
    pub(super) body: Option<Body<'static, String>>,
    /// The body wants to be polled.
    pub(super) woken: Arc<Woken>,
    pub(super) waker: Waker,
    pub(super) id: ExecutionId,
    pub(super) nonce: String,
    pub(super) name: Option<String>,
    pub(super) parent: Option<Parent>,
    /// The span of the execution.
    pub(super) telemetry: Telemetry,
    pub(super) running: HashMap<EntryId, Running>,
    pub(super) permits: InHand,
    pub(super) draining: bool,
    /// What ran was taken back; nothing happens any more.
    pub(super) halted: bool,
    /// When the timekeeper wakes this execution.
    pub(super) reminder: Option<Place>,
    /// Since when it waits, in milliseconds since 1970, and nothing of it is under way.
    pub(super) waits_since: Option<i64>,
    pub(super) messages: Vec<Message>,
    pub(super) stopped: Option<oneshot::Sender<()>>,
    /// Messages that are carried out by the next unit.
    pub(super) taken: Vec<MessageId>,
    /// The cause for which it is blocked. It turns running with the first unit.
    pub(super) blocked: Option<String>,
    /// Nothing of it is stored.
    pub(super) express: Option<InMemory>,
}

/// What is known of an execution before it runs.
pub(super) struct Past {
    pub(super) id: ExecutionId,
    pub(super) nonce: String,
    pub(super) name: Option<String>,
    pub(super) facts: Facts,
    pub(super) recorded: Recorded,
    pub(super) wake: Wake,
    pub(super) parent: Option<Parent>,
}

/// Whether a body wants to be polled.
pub(super) struct Woken(AtomicBool);

impl std::task::Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// Whatever wakes the body happens on the runner's own way round, which polls it next.
    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

/// Whether the execution goes on.
pub(super) enum Step {
    On,
    Over(Outcome),
}

impl Runner {
    /// A runner for an execution that does not exist yet.
    ///
    /// # Errors
    ///
    /// When the input does not have the workflow's shape.
    pub(super) fn create(shared: &Arc<Shared>, workflow: &WorkflowDef, new: &NewExecution) -> Result<Runner, Error> {
        let past = Past {
            id: ExecutionId::NEW,
            nonce: new.nonce.clone(),
            name: new.name.clone(),
            facts: facts::of_new(workflow, new, shared.bounds),
            recorded: Recorded::default(),
            wake: Wake::Active,
            parent: None,
        };
        Runner::new(shared, workflow, &new.input, past, |busy| Live::new(None, Awaited::new(), busy))
    }

    /// A runner for what has happened so far.
    ///
    /// # Errors
    ///
    /// When the input does not have the workflow's shape.
    pub(super) fn new(
        shared: &Arc<Shared>,
        workflow: &WorkflowDef,
        input: &str,
        past: Past,
        live: impl FnOnce(&Arc<super::live::Busy>) -> Arc<Live>,
    ) -> Result<Runner, Error> {
        let Past { id, nonce, name, facts, recorded, wake, parent } = past;
        let core = Arc::new(Core::new(facts, Arc::clone(shared) as _, recorded, wake, false));
        core.set_now(shared.clock.now());
        let cx = Cx { core: Arc::clone(&core), scope: core.root() };
        let body =
            (workflow.run)(cx, input).map_err(|error| Kind::BadInput { workflow: workflow.name.to_owned(), error })?;
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        Ok(Runner {
            shared: Arc::clone(shared),
            live: live(&shared.busy),
            core,
            body: Some(body),
            waker: Waker::from(Arc::clone(&woken)),
            woken,
            id,
            telemetry: Telemetry::new(
                tracing::info_span!("execution", workflow = workflow.name, id = id.0, name, nonce),
                workflow.name,
                workflow.machine(),
            ),
            nonce,
            name,
            parent,
            running: HashMap::new(),
            permits: InHand::default(),
            draining: false,
            halted: false,
            reminder: None,
            waits_since: None,
            messages: Vec::new(),
            stopped: None,
            taken: Vec::new(),
            blocked: None,
            express: None,
        })
    }

    pub(super) fn workflow(&self) -> &'static str {
        self.telemetry.workflow()
    }

    /// The rows so far are of another machine than today's; `blocked` is the cause for which it is blocked. Where today's code fits, it turns running.
    pub(super) fn follow(&mut self, before: &str, today: &str, blocked: Option<String>) {
        if before != today {
            self.core.code_changed(before, today, blocked.is_some());
        }
        self.blocked = blocked;
    }

    /// Runs the execution until it is over or leaves memory. The place is that of an execution that is being taken up.
    pub(super) async fn run(mut self, creation: Option<Creation>, place: Option<OwnedSemaphorePermit>) {
        let mut step = match creation {
            Some(creation) => self.first(creation).await,
            None => {
                self.draining = self.shared.is_draining() && self.express.is_none();
                self.poll_body();
                self.receive_early().await;
                self.pass_time();
                self.question().await;
                self.turn().await
            }
        };
        drop(place);
        loop {
            match step {
                Step::Over(outcome) => return self.over(outcome),
                Step::On => {}
            }
            match self.receive().await {
                Received::Left => return,
                Received::Stay => step = self.turn().await,
            }
        }
    }

    /// Polls the code and commits, until there is nothing more to do but wait.
    async fn turn(&mut self) -> Step {
        loop {
            self.poll_body();
            let flushed = self.core.flush(&mut grant(&self.shared, self.draining, &mut self.permits));
            self.permits.give_back_unused();
            let batch = match flushed {
                Ok(batch) => batch,
                Err(divergence) => return self.block(&divergence).await,
            };
            if self.express.is_some() {
                match self.step_in_memory(batch).await {
                    Some(step) => return step,
                    None => continue,
                }
            }
            let (unit, mut after) = match self.unit(batch).await {
                Ok(made) => made,
                Err(error) => return self.unmade(error).await,
            };
            let shared = Arc::clone(&self.shared);
            // Children enter `live` before anybody else takes them up.
            let enters = if unit.children.is_empty() { None } else { Some(shared.creation.read().await) };
            if unit != Unit::default() {
                let commit = |unit| shared.commit(unit);
                match shared.commit_and_go_on(unit, &mut after.children, commit).await {
                    Ok(Committed::Done { children, .. }) => self.enter_children(&mut after, children),
                    Ok(Committed::NameTaken(_)) => {}
                    Err(error) => return Step::Over(self.lost(error).await),
                }
            }
            drop(enters);
            match self.act(after).await {
                Acted::Ended(outcome) => return Step::Over(outcome),
                Acted::Again => {}
                Acted::Waits if self.draining && self.running.is_empty() => {
                    return Step::Over(Outcome::Gone(self.shared.gone()));
                }
                Acted::Waits => return Step::On,
            }
        }
    }

    /// Creates the execution together with its first rows.
    async fn first(&mut self, creation: Creation) -> Step {
        let Creation { new, reply, message } = creation;
        self.poll_body();
        let shared = Arc::clone(&self.shared);
        let enters = shared.creation.read().await;
        self.draining = shared.is_draining();
        let batch = match self.core.flush(&mut grant(&shared, self.draining, &mut self.permits)) {
            Ok(batch) => batch,
            Err(_) => unreachable!("an execution without a past cannot leave it"),
        };
        let (mut unit, mut after) = match self.unit(batch).await {
            Ok(made) => made,
            Err(error) => {
                let _ = reply.send(Err(error));
                return Step::Over(Outcome::Gone(self.shared.gone()));
            }
        };
        unit.create = Some(new);
        unit.taken.extend(message);
        let commit = |unit| shared.store.commit(unit);
        let id = match shared.commit_and_go_on(unit, &mut after.children, commit).await {
            Ok(Committed::Done { created: None, .. }) => unreachable!("the unit creates an execution"),
            Ok(Committed::Done { created: Some(id), children }) => {
                self.id = id;
                self.enter_children(&mut after, children);
                id
            }
            Ok(Committed::NameTaken(row)) => {
                // Nobody may be waiting for the reply any more.
                let _ = reply.send(Ok(Created::Taken(row)));
                return Step::Over(Outcome::Gone(self.shared.gone()));
            }
            Err(error) => {
                let _ = reply.send(Err(error.into()));
                return Step::Over(Outcome::Gone(self.shared.gone()));
            }
        };
        self.live.created(id);
        self.telemetry.execution().record("id", id.0);
        metrics::execution_started(self.telemetry.workflow());
        shared.live().insert(id, Arc::clone(&self.live));
        drop(enters);
        let _ = reply.send(Ok(Created::New(id, Arc::clone(self.live.awaited()))));
        match self.act(after).await {
            Acted::Ended(outcome) => Step::Over(outcome),
            Acted::Again => self.turn().await,
            Acted::Waits if self.draining => Step::Over(Outcome::Gone(self.shared.gone())),
            Acted::Waits => Step::On,
        }
    }

    fn poll_body(&mut self) {
        let _entered = self.telemetry.execution().enter();
        let mut cx = Context::from_waker(&self.waker);
        while self.woken.0.swap(false, Ordering::Acquire) {
            let Some(body) = &mut self.body else { return };
            if let Poll::Ready(ended) = poll_body(body, &self.core, self.core.root(), &mut cx) {
                self.body = None;
                self.core.finish(ended, None);
            }
        }
    }

    /// The unit of a batch, and what is left to do after it.
    ///
    /// # Errors
    ///
    /// When a child execution cannot be made.
    async fn unit(&mut self, batch: Batch) -> Result<(Unit, After), Error> {
        let Batch { rows, wake, updates, closing, runs, cancels, launches, releases } = batch;
        let id = self.id;
        let (express, launches) = self.shared.split(launches);
        self.telemetry.count(id, &rows);
        let children = self.shared.new_children(id, launches, self.name.as_deref()).await?;
        for row in &rows {
            self.telemetry.transition(row);
        }
        let append = rows.into_iter().map(|row| (id, row)).collect();
        let taken = std::mem::take(&mut self.taken);
        let mut unit = Unit { children: children.clone(), append, taken, ..Unit::default() };
        if self.blocked.take().is_some() {
            unit.update.push((id, Update::Unblock));
        }
        let ends = |update: &Update| matches!(update, Update::QueueActivity(_) | Update::ExpireToken(_));
        let wakes_workers = closing.is_some() || updates.iter().any(ends);
        unit.update.extend(updates.into_iter().map(|update| (id, update)));
        let stops = releases.iter().any(|release| release.stop);
        let releases = releases.into_iter().map(|Release { scope, ordinal, .. }| Update::Release { scope, ordinal });
        unit.update.extend(releases.map(|release| (id, release)));
        if let Some(wake) = wake {
            unit.update.push((id, Update::Wake(wake)));
        }
        let ended = closing.map(|Closing { status, output, failed }| {
            let at = self.shared.clock.now();
            unit.update.push((id, close(status, output.clone(), failed.clone(), at)));
            Outcome::Ended { status, output, failed }
        });
        Ok((unit, After { runs, cancels, children, express, stops, wakes_workers, ended }))
    }

    /// A unit cannot be committed any more.
    async fn lost(&mut self, error: StoreError) -> Outcome {
        match error {
            StoreError::Closed(_) => match self.shared.row(self.id).await {
                Ok(row) => Outcome::of(row),
                Err(error) => Outcome::Gone(error),
            },
            StoreError::Shut => Outcome::Gone(self.shared.gone()),
            StoreError::Fenced => Outcome::Gone(error.into()),
            error => {
                tracing::error!(id = self.id.0, %error, "an execution leaves memory; it goes on at the next open");
                Outcome::Gone(error.into())
            }
        }
    }

    fn over(mut self, outcome: Outcome) {
        if let Outcome::Ended { status, .. } = &outcome {
            let took = self.shared.clock.now().saturating_sub(self.core.started_at());
            tracing::debug!(parent: self.telemetry.execution(), status = status.name(), millis = took, "execution ended");
            metrics::execution_closed(self.telemetry.workflow(), *status, took);
            if let Some(parent) = &self.parent
                && let Some(ended) = end_of(parent, self.name.clone().unwrap_or_default(), &outcome)
            {
                self.shared.tell_parent(parent, ended);
            }
            if let Some(stopped) = self.stopped.take() {
                // Whoever stopped it may have gone.
                let _ = stopped.send(());
            }
        }
        if !matches!(outcome, Outcome::Gone(_)) {
            self.shared.turn_is_over(self.id);
        }
        self.leave(outcome);
    }

    fn leave(&mut self, outcome: Outcome) {
        self.body = None;
        self.forget_reminder();
        self.give_up_place();
        for running in self.running.values() {
            running.cancel();
        }
        if let Some(id) = self.live.id() {
            self.shared.leave(id);
        }
        self.live.close(outcome);
    }
}

impl Drop for Runner {
    /// Also where the runtime is shut down under it, so that nobody waits for ever.
    fn drop(&mut self) {
        if !self.live.is_closed() {
            self.leave(Outcome::Gone(self.shared.gone()));
        }
    }
}
