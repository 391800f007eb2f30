//! What is recorded of an execution, and how it is told.

pub(crate) mod event;
mod told;

pub use told::{Details, EventKind, HistoryEvent, StateType};

use crate::{
    error::{Error, Kind as ErrorKind},
    store::{ExecutionId, Store},
};

/// The history of an execution.
pub(crate) async fn read(store: &dyn Store, id: ExecutionId) -> Result<Vec<HistoryEvent>, Error> {
    let row = store.execution(id).await?.ok_or(ErrorKind::UnknownExecution(id))?;
    let rows = store.journal(id).await?;
    let mut machines = told::Machines::default();
    for key in told::machines(&row, &rows) {
        if let Some(json) = store.machine(&key).await? {
            machines.add(key, &json);
        }
    }
    told::tell(&row, &rows, &machines).map_err(|error| ErrorKind::Unreadable { id, what: error.to_string() }.into())
}
