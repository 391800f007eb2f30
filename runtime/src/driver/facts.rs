//! What does not change about an execution, as its code sees it.

use crate::{
    engine::{Bounds, Facts},
    registry::WorkflowDef,
    store::{ExecutionRow, NewExecution, Origin},
};

/// Of a stored execution.
pub(super) fn of_stored(workflow: &WorkflowDef, row: &ExecutionRow, bounds: Bounds) -> Facts {
    facts(workflow, (&row.nonce, &row.name, row.started_at), row.origin.as_ref(), bounds)
}

/// Of one that is just being created.
pub(super) fn of_new(workflow: &WorkflowDef, new: &NewExecution, bounds: Bounds) -> Facts {
    facts(workflow, (&new.nonce, &new.name, new.started_at), new.origin.as_ref(), bounds)
}

/// A fork's code sees the id and the name of the execution whose past it shares, and has the time that the workflow allows from the fork on.
fn facts(
    workflow: &WorkflowDef,
    (nonce, name, started_at): (&String, &Option<String>, i64),
    origin: Option<&Origin>,
    bounds: Bounds,
) -> Facts {
    let (id, name) = origin.map_or((nonce, name), |origin| (&origin.id, &origin.name));
    Facts {
        nonce: nonce.clone(),
        id: name.as_ref().unwrap_or(id).clone(),
        workflow: workflow.name,
        started_at,
        timed_from: origin.and_then(|origin| origin.at).unwrap_or(started_at),
        timeout: workflow.timeout(),
        bounds,
        dropped: workflow.dropped(),
    }
}
