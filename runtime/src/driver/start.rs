//! Starting an execution.

use std::sync::Arc;

use durafn_ir::WorkflowKind;
use tokio::sync::oneshot;

use super::{
    Awaited, NewExpress, Shared, StartedExpress,
    runner::{self, Creation, Runner},
};
use crate::{
    engine::same_json,
    error::{Error, Kind},
    registry::WorkflowDef,
    store::{Committed, ExecutionId, ExecutionRow, MessageId, NewExecution, StoreError, Unit, Update, WAITS_FOR_TURN},
};

impl Shared {
    /// Starts an execution, or finds the one that was started with the same name and input. With a message, that is carried out by it.
    pub(crate) async fn start(
        self: &Arc<Self>,
        workflow: &Arc<WorkflowDef>,
        name: Option<String>,
        input: Arc<str>,
        message: Option<MessageId>,
    ) -> Result<(ExecutionId, Arc<Awaited>), Error> {
        self.check_starts()?;
        if workflow.kind == WorkflowKind::Express {
            let express = NewExpress { name, input, at_once: false, rows: None };
            let StartedExpress { id, awaited, .. } = self.start_express(workflow, express).await?;
            return Ok((id, awaited));
        }
        self.check_size(&input, || format!("the input of workflow `{}`", workflow.name))?;
        let machine = self.stored_machine(workflow).await?;
        let new = NewExecution {
            workflow: workflow.name.to_owned(),
            version: workflow.version,
            name: name.clone(),
            machine: machine.to_string(),
            input: Arc::clone(&input),
            nonce: self.chance.nonce(),
            started_at: self.clock.now(),
            parent: None,
            origin: None,
        };
        if self.turns.is_limited(workflow.name) {
            return self.start_in_turn(workflow, new, message).await;
        }
        let (reply, created) = oneshot::channel();
        let runner = Runner::create(self, workflow, &new)?;
        self.runtime.spawn(runner.run(Some(Creation { new, reply, message }), None));
        match created.await.unwrap_or_else(|_| Err(self.gone()))? {
            runner::Created::New(id, awaited) => Ok((id, awaited)),
            runner::Created::Taken(row) => self.started_before(workflow, name, &input, *row).await,
        }
    }

    /// Creates an execution that begins when it is its turn.
    async fn start_in_turn(
        self: &Arc<Self>,
        workflow: &Arc<WorkflowDef>,
        new: NewExecution,
        message: Option<MessageId>,
    ) -> Result<(ExecutionId, Arc<Awaited>), Error> {
        let bad_input = |error| Kind::BadInput { workflow: workflow.name.to_owned(), error };
        (workflow.check_input)(&new.input).map_err(bad_input)?;
        let (name, input) = (new.name.clone(), Arc::clone(&new.input));
        let unit = Unit {
            create: Some(new),
            update: vec![(ExecutionId::NEW, Update::Wake(WAITS_FOR_TURN))],
            taken: message.into_iter().collect(),
            ..Unit::default()
        };
        let (shared, limited) = (Arc::clone(self), workflow.name);
        let created = self.whole(async move {
            let committed = shared.store.commit(unit).await?;
            let awaited = match &committed {
                Committed::Done { created: Some(id), .. } => Some(shared.enter_line(limited, *id)),
                _ => None,
            };
            Ok((committed, awaited))
        });
        let (committed, awaited) = created.await?;
        match committed {
            Committed::Done { created: Some(id), .. } => Ok((id, awaited.unwrap_or_else(Awaited::new))),
            Committed::Done { created: None, .. } => Err(StoreError::Closed(ExecutionId::NEW).into()),
            Committed::NameTaken(row) => self.started_before(workflow, name, &input, *row).await,
        }
    }

    /// The execution that has the name, where it was started with the same input.
    async fn started_before(
        self: &Arc<Self>,
        workflow: &WorkflowDef,
        name: Option<String>,
        input: &str,
        row: ExecutionRow,
    ) -> Result<(ExecutionId, Arc<Awaited>), Error> {
        let id = row.id;
        if same_json(&row.input, input, false) {
            return Ok((id, self.find(row).await?));
        }
        let name = name.unwrap_or_default();
        Err(Kind::NameTaken { workflow: workflow.name.to_owned(), name, by: id }.into())
    }
}
