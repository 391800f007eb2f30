//! Child executions: created with their parent's unit, told of to it when they end, stopped when it waits no more.

use std::sync::Arc;

use super::{
    Shared,
    act::After,
    awaited::Awaited,
    continuation::next_name,
    facts,
    live::{Live, Message, Outcome},
    park::park,
    runner::{Past, Runner, Step},
    stop::Stopped,
};
use crate::{
    callable::BoxFuture,
    engine::{ChildEnd, Launch, Recorded},
    error::Error,
    failure::Failed,
    metrics,
    store::{ExecutionId, ExecutionRow, Link, NewExecution, Parent, StoreError, Wake},
};

impl Shared {
    /// The children to create with a unit of their parent, and what goes on in its place.
    ///
    /// # Errors
    ///
    /// When there is no such workflow, or it has no machine.
    pub(super) async fn new_children(
        &self,
        parent: ExecutionId,
        launches: Vec<Launch>,
        parent_name: Option<&str>,
    ) -> Result<Vec<NewExecution>, Error> {
        let mut children = Vec::with_capacity(launches.len());
        for Launch { workflow, version, name, input, scope, ordinal, link, .. } in launches {
            let definition = self.registry.workflow_of(&workflow, version)?;
            let store = || self.stored_machine(definition);
            let machine = self.insist("the machine of a child cannot be written", store).await?;
            children.push(NewExecution {
                workflow: workflow.into(),
                nonce: self.chance.nonce_of_child(&name),
                version,
                name: if link == Link::Continues { parent_name.map(next_name) } else { Some(name) },
                machine: machine.to_string(),
                input,
                started_at: self.clock.now(),
                parent: Some(Parent { execution: parent, scope: scope.into(), ordinal, link }),
                origin: None,
            });
        }
        Ok(children)
    }

    /// Runs children that were just created. One that somebody asked for by its number runs already.
    pub(super) fn run_children(self: &Arc<Self>, parent: ExecutionId, children: Vec<(ExecutionId, NewExecution)>) {
        if self.is_draining() {
            return;
        }
        for (id, mut new) in children {
            if let Some(known) = &mut new.parent {
                known.execution = parent;
            }
            let live = {
                let mut all = self.live();
                if all.contains_key(&id) {
                    continue;
                }
                let awaited = self.absent.take(id).unwrap_or_else(Awaited::new);
                let live = Live::new(Some(id), awaited, &self.busy);
                all.insert(id, Arc::clone(&live));
                live
            };
            self.runtime.spawn(Arc::clone(self).run_child(id, new, live));
        }
    }

    async fn run_child(self: Arc<Self>, id: ExecutionId, new: NewExecution, live: Arc<Live>) {
        let runner = match self.registry.workflow_of(&new.workflow, new.version) {
            Ok(workflow) => {
                let past = Past {
                    id,
                    nonce: new.nonce.clone(),
                    name: new.name.clone(),
                    facts: facts::of_new(workflow, &new, self.bounds),
                    recorded: Recorded::default(),
                    wake: Wake::Active,
                    parent: new.parent.clone(),
                };
                Runner::new(&self, workflow, &new.input, past, |_| Arc::clone(&live))
            }
            Err(error) => Err(error),
        };
        match runner {
            Ok(runner) => {
                metrics::execution_started(runner.workflow());
                runner.run(None, None).await;
            }
            Err(error) => {
                let cause = error.to_string();
                park(&self, id, &cause, None).await;
                self.leave(id);
                live.close(Outcome::Blocked { cause });
            }
        }
    }

    /// Tells a parent that a child has ended; takes it up where it is only in the store.
    pub(super) fn tell_parent(self: &Arc<Self>, parent: &Parent, ended: ChildEnd) {
        if parent.link != Link::Awaited || self.is_draining() || self.paused {
            return;
        }
        let id = parent.execution;
        let mut message = Message::ChildEnded(Box::new(ended));
        if let Some(live) = self.live().get(&id) {
            match live.send(message) {
                Ok(()) => return,
                Err(refused) => message = refused,
            }
        }
        self.busy.enter();
        let shared = Arc::clone(self);
        self.runtime.spawn(async move {
            shared.tell(id, message).await;
            shared.busy.leave();
        });
    }

    /// Stops the children that nobody waits for any more, in a task of its own.
    pub(super) fn stop_released(self: &Arc<Self>) {
        self.busy.enter();
        let shared = Arc::clone(self);
        self.runtime.spawn(async move {
            shared.stop_all_released().await;
            shared.busy.leave();
        });
    }

    pub(super) fn stop_all_released(self: &Arc<Self>) -> BoxFuture<()> {
        let shared = Arc::clone(self);
        Box::pin(async move {
            let read = || shared.store.loose_ends();
            let children = match shared.persevere("children to stop cannot be read", read).await {
                Ok(loose) => loose.children,
                Err(error) => {
                    tracing::debug!(%error, "children to stop cannot be read; they are stopped at the next open");
                    return;
                }
            };
            for child in children {
                let failed = Failed::new("", "the execution that waited for it waits no more");
                let stop = || shared.stop_here(child, failed.clone());
                match shared.insist("a child cannot be stopped", stop).await {
                    // Whoever runs it finds it released.
                    Ok(Stopped::Here | Stopped::Elsewhere) => {}
                    // It ended by itself meanwhile, or the next open stops it.
                    Err(error) => tracing::debug!(id = child.0, %error, "a child is not stopped"),
                }
            }
        })
    }

    /// The ends of children that an execution waits for, and may not have been told.
    ///
    /// # Errors
    ///
    /// When the engine or its store is shut down.
    pub(super) async fn ended_children(&self, parent: ExecutionId) -> Result<Vec<ChildEnd>, StoreError> {
        let rows = self.persevere("children cannot be read", || self.store.children(parent)).await?;
        let waited_for = |row: &ExecutionRow| {
            row.closed_at.is_some() && row.parent.as_ref().is_some_and(|parent| parent.link == Link::Awaited)
        };
        Ok(rows.into_iter().filter(waited_for).filter_map(awaited).collect())
    }
}

impl Runner {
    pub(super) fn enter_children(&self, after: &mut After, ids: Vec<ExecutionId>) {
        let children: Vec<_> = ids.into_iter().zip(std::mem::take(&mut after.children)).collect();
        self.shared.pass_turn_on(self.id, &children);
        self.shared.run_children(self.id, children);
    }

    /// A unit cannot be made: the execution is parked.
    pub(super) async fn unmade(&mut self, error: Error) -> Step {
        if self.shared.is_draining() {
            return Step::Over(Outcome::Gone(error));
        }
        self.park(format!("a child execution cannot be started: {error}")).await
    }
}

/// What a parent is told of the end of a child.
pub(super) fn awaited(row: ExecutionRow) -> Option<ChildEnd> {
    let (parent, name) = (row.parent.clone()?, row.name.clone().unwrap_or_default());
    end_of(&parent, name, &Outcome::of(row))
}

/// As [`awaited`]; none where it has not ended.
pub(super) fn end_of(parent: &Parent, name: String, outcome: &Outcome) -> Option<ChildEnd> {
    let Outcome::Ended { status, output, failed } = outcome else { return None };
    let (scope, ordinal) = (parent.scope.clone(), parent.ordinal);
    Some(ChildEnd { name, scope, ordinal, status: *status, output: output.clone(), failed: failed.clone() })
}
