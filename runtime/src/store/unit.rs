//! What every store checks of a unit before it writes anything.

use super::{ExecutionId, Status, StoreError, Unit, Update};

/// Why a unit cannot be applied: it reopens what is open, or what does not exist; or it changes an execution that is closed and that it does not
/// reopen, that does not exist, or that the unit itself has closed.
pub(super) fn refusal<E>(
    unit: &Unit,
    mut is_open: impl FnMut(ExecutionId) -> Result<bool, E>,
    mut exists: impl FnMut(ExecutionId) -> Result<bool, E>,
) -> Result<Option<StoreError>, E> {
    for id in reopened(unit) {
        if id == ExecutionId::NEW || is_open(id)? {
            return Ok(Some(StoreError::Open(id)));
        }
        if !exists(id)? {
            return Ok(Some(StoreError::Closed(id)));
        }
    }
    Ok(first_closed(unit, is_open)?.map(StoreError::Closed))
}

fn reopened(unit: &Unit) -> impl Iterator<Item = ExecutionId> {
    unit.update.iter().filter(|(_, update)| matches!(update, Update::Reopen)).map(|(id, _)| *id)
}

/// The first execution that the unit changes although it is closed, does not exist, or was closed by the unit itself.
fn first_closed<E>(
    unit: &Unit,
    mut is_open: impl FnMut(ExecutionId) -> Result<bool, E>,
) -> Result<Option<ExecutionId>, E> {
    let mut check = |id: ExecutionId| match id {
        ExecutionId::NEW => Ok(unit.create.is_some()),
        id => Ok(reopened(unit).any(|reopened| reopened == id) || is_open(id)?),
    };
    let mut checked = None;
    for parent in unit.children.iter().filter_map(|child| child.parent.as_ref()) {
        if checked != Some(parent.execution) && !check(parent.execution)? {
            return Ok(Some(parent.execution));
        }
        checked = Some(parent.execution);
    }
    for (id, _) in &unit.append {
        if checked != Some(*id) && !check(*id)? {
            return Ok(Some(*id));
        }
        checked = Some(*id);
    }
    for (index, (id, _)) in unit.update.iter().enumerate() {
        let closes = |(other, update): &(ExecutionId, Update)| other == id && matches!(update, Update::Close { .. });
        if unit.update[..index].iter().any(closes) || (checked != Some(*id) && !check(*id)?) {
            return Ok(Some(*id));
        }
        checked = Some(*id);
    }
    Ok(None)
}

/// The machines that must be in the store for the unit to be applied.
pub(super) fn machines(unit: &Unit) -> impl Iterator<Item = &str> {
    let moved = unit.update.iter().filter_map(|(_, update)| match update {
        Update::Move { machine } => Some(machine.as_str()),
        _ => None,
    });
    unit.create.iter().chain(&unit.children).map(|new| new.machine.as_str()).chain(moved)
}

/// # Panics
///
/// When the unit closes an execution into a state that is not an end, or creates a child without a parent.
pub(super) fn assert_well_formed(unit: &Unit) {
    assert!(unit.children.iter().all(|child| child.parent.is_some()), "a child has a parent");
    for (id, update) in &unit.update {
        if let Update::Close { status, .. } = update {
            let ended = !matches!(status, Status::Running | Status::Blocked);
            assert!(ended, "execution {} cannot be closed as {status:?}", id.0);
        }
    }
}
