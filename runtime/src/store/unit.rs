//! What every store checks of a unit before it writes anything.

use super::{ExecutionId, Status, Unit, Update};

/// The first execution that the unit changes although it is closed, does not exist, or was closed by the unit itself.
pub(super) fn first_closed<E>(
    unit: &Unit,
    mut is_open: impl FnMut(ExecutionId) -> Result<bool, E>,
) -> Result<Option<ExecutionId>, E> {
    let mut check = |id: ExecutionId| match id {
        ExecutionId::NEW => Ok(unit.create.is_some()),
        id => is_open(id),
    };
    let mut checked = None;
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
    let unblocked = unit.update.iter().filter_map(|(_, update)| match update {
        Update::Unblock { machine } => Some(machine.as_str()),
        _ => None,
    });
    unit.create.iter().map(|new| new.machine.as_str()).chain(unblocked)
}

/// # Panics
///
/// When the unit closes an execution into a state that is not an end.
pub(super) fn assert_well_formed(unit: &Unit) {
    for (id, update) in &unit.update {
        if let Update::Close { status, .. } = update {
            let ended = !matches!(status, Status::Running | Status::Blocked);
            assert!(ended, "execution {} cannot be closed as {status:?}", id.0);
        }
    }
}
